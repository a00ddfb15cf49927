"""What every notebook begins with, and how it shows a figure or a table."""
import io
import os
import random
import sys
from typing import TYPE_CHECKING, Any

from onecnn import paths

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# After Okabe and Ito's palette (https://jfly.uni-koeln.de/color/, checked 2026-11-24), darkened: on white, a line or marker
# has a contrast of 3:1, and colour-blind readers tell them apart as before. Yellow is a ground to write on.
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW, BLACK = (
    "#004C8C", "#C08400", "#00916A", "#A83200", "#CC79A7", "#3399E6", "#F0E442", "#000000")
COLORS = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK, YELLOW)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

# Nobody is told what a reader runs, and nothing is left in the home or the temporary folder.
UNTOLD = {
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime 1.32 keeps a device's number and a database of events in the home folder
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray's report
    "NODE_DISABLE_COMPILE_CACHE": "1",  # npm's, in a folder of the temporary one that anybody can guess
}

QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",  # TensorFlow's and XLA's C++ log lines
    "GLOG_minloglevel": "2",  # Caffe's
    "GLOG_logtostderr": "1",  # else it leaves log files in the temporary folder
    "MXNET_SUBGRAPH_VERBOSE": "0",  # MXNet's, on each symbolic network
    "JAX_PLATFORMS": "cpu",  # no search for a TPU
    "CUDA_VISIBLE_DEVICES": "",  # every number in the course is a CPU's
    **UNTOLD,
}


# One thread: for a network this small a second one gains nothing (PyTorch climbs the ladder in 4.2 s with one thread, 3.8 s
# with two), and two notebooks at once, with two threads each on two cores, take five times as long (measured 2026-11-24).
THREADS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",  # with more threads: a thread that waits leaves its core to others
}


LOOPBACK = ("localhost", "127.0.0.1", "::1")


def own_settings() -> dict[str, str]:
    """Variables that close what a reader has set up for other work: Keras's engine or layout, a GPU for Theano, a proxy that
    would be asked for what runs on this machine."""
    return {
        **_without_proxy(),
        "KERAS_HOME": str(paths.cache() / "keras"),  # ~/.keras/keras.json
        "THEANORC": os.devnull,  # ~/.theanorc
        "FSSPEC_CONFIG_DIR": os.devnull,  # ~/.config/fsspec, which PyTorch's checkpoints and Ray read
        # PyTorch's compiler would take a folder of the temporary one whose name anybody can guess
        "TORCHINDUCTOR_CACHE_DIR": os.environ.get("TORCHINDUCTOR_CACHE_DIR") or str(paths.cache() / "inductor"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # figures stand in the notebook
    }


def _without_proxy() -> dict[str, str]:
    """The variables with which nothing on this machine is looked for behind a proxy; none where no proxy is set.

    gRPC (TensorFlow, JAX) knows them in small letters only, and its own before the others:
    https://grpc.github.io/grpc/core/md_doc_core_default_http_proxy_mapper.html (read 2026-11-29).
    """
    set_here = {name.lower() for name, value in os.environ.items() if value and name.lower().endswith("_proxy")}
    if not set_here - {"no_proxy", "no_grpc_proxy"}:
        return {}

    def joined(*names: str) -> list[str]:
        said = ",".join(os.environ.get(name, "") for name in names).split(",")
        return list(dict.fromkeys([*filter(None, map(str.strip, said)), *LOOPBACK]))

    both, its_own = joined("no_proxy", "NO_PROXY"), joined("no_grpc_proxy")
    if "*" in both:  # no proxy at all, if it stands alone; gRPC does not know it
        return {"no_proxy": "*", "NO_PROXY": "*", "no_grpc_proxy": ",".join(its_own)}
    return {"no_proxy": ",".join(both), "NO_PROXY": ",".join(both),
            **({"no_grpc_proxy": ",".join(its_own)} if "no_grpc_proxy" in set_here else {})}


def start(seed: int = 0, threads: bool = True) -> None:
    """Quiet logs, fixed seeds, one thread, the course's own settings. Call it before a framework is imported. Prints nothing.
    Without ``threads`` their number stays what the environment says.

    A log's, a thread's or a device's variable that is already set is left as it is: ``OMP_NUM_THREADS=4 python3 course.py
    lab`` gives four threads, ``CUDA_VISIBLE_DEVICES=0`` shows PyTorch's CUDA build the first GPU, which is hidden otherwise.
    """
    for name, value in {**QUIET, **(THREADS if threads else {})}.items():
        os.environ.setdefault(name, value)
    os.environ.update(own_settings())
    # None stands there for "not to be imported": OpenVINO has no variable to switch its reports off.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # its type tells of modules alone
    random.seed(seed)
    import numpy as np  # not earlier: its BLAS reads the number of threads when it is loaded
    np.random.seed(seed)


def figure(width: float = 7.0, height: float = 3.0, rows: int = 1, columns: int = 1, **options: Any) -> "tuple[Figure, Any]":
    """``(fig, axes)`` in the course's style; sizes in inches. Further options go to ``matplotlib.pyplot.subplots``."""
    import matplotlib.pyplot as plt
    from cycler import cycler
    plt.rcParams.update({
        "axes.prop_cycle": cycler(color=COLORS[:6]), "axes.spines.top": False, "axes.spines.right": False,
        "axes.titlesize": 11, "font.size": 10, "figure.facecolor": "white", "legend.frameon": False,
    })
    return plt.subplots(rows, columns, figsize=(width, height), layout="constrained", **options)


def show(fig: "Figure", alt: str, caption: str = "") -> None:
    """Shows a Matplotlib figure once, with its text alternative for readers who do not see it.

    The text stands in the output's metadata, where nbconvert looks for it, and below the figure, because JupyterLab and GitHub
    give the image no alternative of its own. Where it is too long to stand there, ``caption`` does, and the text unfolds.
    """
    import matplotlib.pyplot as plt
    from IPython.display import display
    stream = io.BytesIO()
    fig.savefig(stream, format="png", dpi=144, metadata={"Software": None})
    plt.close(fig)
    width, height = (int(inches * 96) for inches in fig.get_size_inches())
    display({"image/png": stream.getvalue(), "text/plain": f"Figure: {alt}"}, raw=True,
            metadata={"image/png": {"alt": alt, "width": width, "height": height}})
    below = f"{caption}<details><summary>In words</summary>{alt}</details>" if caption else alt
    display({"text/markdown": f"<small>{below}</small>", "text/plain": ""}, raw=True)


def show_markdown(text: str) -> None:
    """Shows Markdown made by code; its plain text is the same text, so that nbval compares it."""
    from IPython.display import display
    display({"text/markdown": text, "text/plain": text}, raw=True)
