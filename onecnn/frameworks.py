"""The register: one entry for each framework. Every status line, table and timeline of the course is made from it."""
from importlib import metadata
from typing import NamedTuple, Tuple


class Source(NamedTuple):
    """Where a fact was read, and the ISO date on which that was last checked."""

    url: str
    checked: str


class Release(NamedTuple):
    """A release: its version, and its date as ISO year, month or day, as exactly as the source says."""

    version: str
    date: str


class Framework(NamedTuple):
    """One framework. ``status``: live (developed), legacy (runs, no longer developed) or archived (closed by its owner)."""

    key: str
    name: str
    by: str
    language: str
    status: str
    first: Release
    last: Release
    parents: Tuple[str, ...]  # keys of the frameworks whose ideas or code it continues
    fate: str  # one sentence: what came of it
    notebook: str  # "02_frameworks/02_pytorch"; empty where the course has none yet
    kernel: str
    package: str  # the PyPI distribution whose version runs here; empty where there is none
    sources: Tuple[Source, ...]


CHECKED = "2026-11-24"

FRAMEWORKS: Tuple[Framework, ...] = (
    Framework(
        "pytorch", "PyTorch", "Facebook AI Research; since 2022 the PyTorch Foundation", "Python, C++", "live",
        Release("0.1.1", "2016-09"), Release("2.13.0", "2026"), ("torch7", "chainer"),
        "The default of research, and of most new products.",
        "02_frameworks/02_pytorch", "python3", "torch",
        (Source("https://github.com/pytorch/pytorch/releases", CHECKED),),
    ),
    Framework(
        "tensorflow", "TensorFlow", "Google", "Python, C++", "live", Release("0.5.0", "2015-11"), Release("2.21.0", "2026"),
        ("theano",), "x", "02_frameworks/01_tensorflow", "python3", "tensorflow-cpu",
        (Source("https://github.com/tensorflow/tensorflow/releases", CHECKED),),
    ),
    Framework(
        "keras", "Keras", "Google", "Python", "live", Release("0.1", "2015-03"), Release("3.15.1", "2026"),
        ("theano",), "x", "02_frameworks/03_keras", "python3", "keras",
        (Source("https://github.com/keras-team/keras/releases", CHECKED),),
    ),
    Framework(
        "mxnet", "MXNet", "DMLC; Apache", "C++, Python", "archived", Release("0.1", "2015"), Release("1.9.1", "2022-05"),
        ("theano",), "x", "02_frameworks/04_mxnet", "museum", "mxnet",
        (Source("https://attic.apache.org/projects/mxnet.html", CHECKED),),
    ),
    Framework(
        "numpy", "NumPy by hand", "you", "Python", "live", Release("1.0", "2006-10"), Release("2.4.6", "2026"),
        (), "x", "01_history/02_by_hand", "python3", "numpy",
        (Source("https://numpy.org/", CHECKED),),
    ),
)


def get(key: str) -> Framework:
    """The entry with this key. Raises ``KeyError`` with the known keys."""
    for framework in FRAMEWORKS:
        if framework.key == key:
            return framework
    raise KeyError(f"no framework '{key}'; known: {', '.join(entry.key for entry in FRAMEWORKS)}")


def version_here(framework: Framework) -> str:
    """The version installed for this interpreter, without a build label such as ``+cpu``; empty if there is none."""
    try:
        return metadata.version(framework.package).split("+")[0] if framework.package else ""
    except metadata.PackageNotFoundError:
        return ""


def status_text(key: str) -> str:
    """The status line as Markdown: live or retired, first and last release, the version that runs here."""
    entry = get(key)
    last = "latest release checked" if entry.status == "live" else "last release"
    parts = [f"**{entry.name}: {entry.status}**", f"by {entry.by}",
             f"first release {entry.first.version} ({entry.first.date})",
             f"{last} {entry.last.version} ({entry.last.date})"]
    here = version_here(entry)
    parts.append(f"ran here: {here}" if here else "not installed here")
    return " · ".join(parts)


def status(key: str) -> None:
    """Shows the status line of a notebook's framework."""
    show_markdown(status_text(key))


def show_markdown(text: str) -> None:
    """Shows Markdown made by code; its plain text is the same text, so that nbval compares it."""
    from IPython.display import display
    display({"text/markdown": text, "text/plain": text}, raw=True)
