"""What a test or a build does not read: personal settings, in files and in variables, that would change what a cell prints.

Frameworks' own files in the home folder are closed in :mod:`onecnn.lesson`, for readers, too.
"""
import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools import steps

# Beginnings of variables' names, and what they could do. Dropped, unless KEPT names the variable.
DROPPED = {
    "PYTHON": "PYTHONSTARTUP runs in every kernel, PYTHONOPTIMIZE takes the asserts out, PYTHONWARNINGS=error stops imports",
    "PYTEST_ADDOPTS": "another comparison in a pytest that a test starts",
    "PYTEST_PLUGINS": "the same",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "no nbval there",
    "IPYTHONDIR": "replaced by an empty folder",
    "JUPYTER_CONFIG": "replaced by an empty folder",
    "JUPYTER_PATH": "kernels of other courses",
    "JUPYTER_PREFER_ENV_PATH": "kernels of the home folder before ours",
    "MPLCONFIGDIR": "replaced by a folder of ours",
    "MPLBACKEND": "figures in a window",
    "MATPLOTLIBRC": "another style of figures",
    "KERAS_": "another engine, fewer epochs",
    "TF_": "another Keras, another log, a cluster",
    "TF2_": "TensorFlow 1 in place of 2",
    "JAX_": "float64, no compilation, checks that print",
    "XLA_": "more devices, other rounding, dumps",
    "TORCH": "logs, no compilation, other messages",
    "PYTORCH_": "fall-backs, other allocators",
    "THEANO": "another device, mode or type",
    "CHAINER": "another type, more or fewer checks, iDeep",
    "MXNET_": "other engines, fused graphs, other sums",
    "DMLC_": "an import of MXNet that never returns, since it is a server's",
    "RAY_": "somebody's cluster",
    "GLOG_": "Caffe's log",
    "OMP_": "fixed places, printed settings",
    "GOMP_": "fixed places",
    "KMP_": "fixed places, printed settings",
    "MKL_": "other kernels, other sums",
    "ONEDNN_": "a printed line a kernel, bfloat16 in place of float32",
    "DNNL_": "the same, by the older name",
    "CUDA_VISIBLE_DEVICES": "a GPU, where every number is a CPU's",
    "RANK": "a job of torchrun, from within which the course is run",
    "LOCAL_RANK": "the same",
    "WORLD_SIZE": "the same",
    "LOCAL_WORLD_SIZE": "the same",
    "GROUP_RANK": "the same",
    "PET_": "the same, as options",
    "MASTER_": "the same",
    "SLURM_": "a cluster's job, which JAX and TensorFlow look for",
    "OMPI_": "the same, of Open MPI",
    "PMI": "the same, of MPICH",
    "UVICORN_": "options of the service",
    "WEB_CONCURRENCY": "the number of the service's processes",
    "PROMETHEUS_": "the service's counters in a folder that may not exist",
    "TS_": "TorchServe's settings",
    "NODE_OPTIONS": "Node's debugger",
    "JAVA_TOOL_OPTIONS": "Java's line that it has picked them up",
    "JDK_JAVA_OPTIONS": "the same",
    "NO_COLOR": "printed tables without or with escape codes",
    "FORCE_COLOR": "the same",
    "CLICOLOR": "the same",
    "COLUMNS": "the width of printed tables",
    "JUPYTER_COLUMNS": "the same, in a notebook",
    "TQDM_": "other bars",
    "LINES": "their height",
}
# Places for files, numbers of threads and stand-ins for other processors: none of them may change what a cell prints.
KEPT = {
    *steps.KEPT, "TORCHINDUCTOR_CACHE_DIR", "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS", "TF_ENABLE_ONEDNN_OPTS", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA",
}
KEEP = "ONECNN_KEEP"  # a variable: names of further variables to keep, for a maintainer's experiment


# A settings file for JupyterLab, read after the user's own, which may have switched the token off.
LAB = """
from jupyter_server.auth.identity import PasswordIdentityProvider


class OwnToken(PasswordIdentityProvider):
    token_generated = True  # so that the address is shown with it


c.ServerApp.identity_provider_class = OwnToken
c.ServerApp.disable_check_xsrf = False
"""


def lab() -> Path:
    """Writes the settings of ``course.py lab``, with a new token or ``$JUPYTER_TOKEN``, where nobody else can read them."""
    folder = steps.own_folder("lab") if os.name == "posix" else steps.STATE
    file, token = folder / "jupyter_server_config.py", os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24)
    file.write_text(f"{LAB}c.IdentityProvider.token = {token!r}\n", encoding="utf-8")
    return file


def personal(name: str) -> bool:
    """Whether a test or a build drops the environment variable ``name``."""
    return name.startswith(tuple(DROPPED)) and name not in KEPT and name not in os.environ.get(KEEP, "").split()


# A reader's, in JupyterLab: how it looks, and which GPU she has.
HERS = ("IPYTHON", "JUPYTER", "MPL", "MATPLOTLIB", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "TQDM_", "CUDA_VISIBLE_DEVICES")


def for_readers(env: dict[str, str]) -> dict[str, str]:
    """The process environment for JupyterLab: without what would let a framework compute in another way than the text says."""
    return {name: value for name, value in env.items() if not personal(name) or name.startswith(HERS)}


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """Takes the personal settings out of this process and of all that it starts; puts them back at the end.

    IPython and Jupyter get empty folders. Matplotlib gets one in the cache, which keeps its list of fonts: to make the list
    can take so long that Matplotlib says so, in a cell.
    """
    from onecnn import paths
    before, fonts, folder = dict(os.environ), paths.cache() / "matplotlib", Path(tempfile.mkdtemp(prefix="one-cnn-"))
    try:
        for name in filter(personal, before):
            del os.environ[name]
        os.environ.update(steps.places())  # pytest may have been started by hand
        tempfile.tempdir = None  # found anew, by TMPDIR
        if not os.environ.get("OMP_NUM_THREADS", "1").isdecimal():
            del os.environ["OMP_NUM_THREADS"]  # "4,2", for nested loops, is one number too many for Theano
        with contextlib.suppress(OSError):
            fonts.mkdir(exist_ok=True)
        for name, place in {"IPYTHONDIR": folder / "ipython", "JUPYTER_CONFIG_DIR": folder / "jupyter",
                            "MPLCONFIGDIR": fonts if os.access(fonts, os.W_OK) else folder / "matplotlib"}.items():
            place.mkdir(exist_ok=True)
            os.environ[name] = str(place)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        tempfile.tempdir = None
        shutil.rmtree(folder, ignore_errors=True)  # a kernel that is just ending may still write there
