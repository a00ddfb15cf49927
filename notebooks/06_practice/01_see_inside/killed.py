"""Writes curves of so many points, each twice, and is gone without a word, as a killed process is.

    python killed.py FOLDER COUNT ...

Both writers get all points. The one in ``FOLDER/COUNT/careless`` is left as it is, the one in
``FOLDER/COUNT/careful`` is flushed.
"""
import os
import sys

from onecnn import lesson

lesson.start()
for name in ("pandas", "scipy", "sklearn"):  # Keras would import them for TensorFlow: 130 MB
    sys.modules[name] = None

import tensorflow as tf  # as on any machine where it is installed: TensorBoard finds it
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter


def main(folder: str, *counts: str) -> None:
    for count in counts:
        writers = [EventFileWriter(f"{folder}/{count}/{name}") for name in ("careless", "careful")]
        for writer in writers:
            for step in range(int(count)):
                point = Summary.Value(tag="loss", simple_value=1.0)
                writer.add_event(Event(step=step, summary=Summary(value=[point])))
        writers[1].flush()
    print(tf.__version__, flush=True)
    os._exit(0)  # nothing of Python's own tidying up is done


if __name__ == "__main__":
    main(*sys.argv[1:])
