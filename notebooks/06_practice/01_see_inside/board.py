"""What reads event files here, and serves them: TensorBoard without TensorFlow.

    python board.py --logdir FOLDER --host 127.0.0.1 --port 6006

TensorBoard imports TensorFlow where it is installed, for its file systems. It asks for a module
called ``notf`` before (``tensorboard/compat/__init__.py``), and does without where that is found.
"""
import sys
import types

sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("notf"))

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

KEPT = {"scalars": 0, "histograms": 0, "images": 0, "tensors": 0}  # 0: all of them


def read(folder: str) -> EventAccumulator:
    """All that the event files in the folder hold now."""
    return EventAccumulator(str(folder), size_guidance=KEPT).Reload()


def curve(folder: str, tag: str = "loss") -> list:
    """The values of a curve, in the order of its steps, however its writer kept them."""
    events = read(folder)
    if tag in events.Tags()["scalars"]:
        return [event.value for event in events.Scalars(tag)]
    from tensorboard.util.tensor_util import make_ndarray
    return [float(make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)]


if __name__ == "__main__":
    from tensorboard import main
    main.run_main()
