"""The register: one entry for each framework. Every status line, table and timeline of the course is made from it.

Facts were read in stored copies of the pages named in ``sources``. Versions and upload days of packages were also compared
with the package index's own metadata; the release page is where a reader sees them. A date is as exact as the sources are.
"""
from importlib import metadata
from typing import NamedTuple


class Source(NamedTuple):
    """Where a fact was read, and the ISO date on which that was last checked."""

    url: str
    checked: str


class Release(NamedTuple):
    """A release: its version (empty where no source gives a number), and its date as ISO year, month or day."""

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
    parents: tuple[str, ...]  # keys of the frameworks whose ideas or code it continues
    fate: str  # one sentence: what came of it
    notebook: str  # "02_frameworks/02_pytorch"; empty where the course has none yet
    kernel: str  # in which its chapter runs or will run; empty where none is planned
    package: str  # the distribution whose version runs here; empty where there is none
    sources: tuple[Source, ...]


CHECKED = "2026-11-24"


def _read(*urls: str) -> tuple[Source, ...]:
    return tuple(Source(url, CHECKED) for url in urls)


FRAMEWORKS: tuple[Framework, ...] = (  # in order of birth
    Framework(
        "numpy", "NumPy by hand", "Travis Oliphant and NumPy's contributors", "Python, C", "live",
        # 1.0rc2 was tagged on 2006-10-09; later accounts date 1.0 to the 25th.
        Release("1.0", "2006-10"), Release("2.5.5", "2026-11-15"), (),
        "Not a framework: the array library that united Numeric and Numarray, in which this course's reference is written.",
        "01_history/02_by_hand", "python3", "numpy",
        _read("https://www.python.org/pipermail/numpy-svn/2006-October/000585.html",
              "https://www.noze.it/en/insights/numpy-1-0/",
              "https://www.numpy.org/old_array_packages.html",
              "https://github.com/numpy/numpy/releases"),
    ),
    Framework(
        "theano", "Theano", "LISA, later MILA, Université de Montréal", "Python, generated C and CUDA", "legacy",
        # In use since 2007 according to its own package description; 0.1 is the first release in its notes.
        Release("0.1", "2009-04-02"), Release("1.0.5", "2020-07-27"), ("numpy",),
        "MILA announced the end on 2017-09-28, yet it did not die: maintenance releases came until 2020, and PyMC's "
        "developers continue its code as PyTensor.",
        "", "museum", "theano",
        _read("https://github.com/Theano/Theano/blob/master/HISTORY.txt",
              "https://groups.google.com/d/msg/theano-users/7Poq8BZutbY/rNCIfvAEAwAJ",
              "https://discourse.mc-stan.org/t/off-topic-future-of-theano/2071",
              "https://github.com/Theano/Theano", "https://github.com/pymc-devs/pytensor"),
    ),
    Framework(
        "torch7", "Torch7", "Ronan Collobert (Idiap), Koray Kavukcuoglu (NEC), Clément Farabet (NYU)", "Lua, C", "legacy",
        # Its authors' slides say that Torch has been around since 2000; most accounts say 2002. Torch7 is the fourth Torch,
        # and the odd numbers are no gaps. It had no numbered releases: the end is the year in which work moved to PyTorch.
        Release("7", "2011"), Release("", "2017"), (),
        "Its C libraries TH and THNN became PyTorch's core and were rewritten there as ATen; the Lua side was left behind.",
        "", "python3", "",
        _read("https://www.scribd.com/document/443016431/Collobert-NIPSWORKSHOP-2011-pdf",
              "https://docslib.org/doc/4031299/torch7-and-not-so-deep-machine-learning",
              "https://github.com/torch/torch7", "https://en.wikipedia.org/wiki/Torch_(machine_learning)"),
    ),
    Framework(
        "caffe", "Caffe", "Yangqing Jia; Berkeley Vision and Learning Center (BVLC)", "C++, Python", "legacy",
        # The release page shows the day and the month; the year is that of Caffe2, which it announces as ready.
        Release("", "2013-12"), Release("1.0", "2017-04-18"), (),
        "Release 1.0 was also the shift into maintenance, and the 1.1 that it promised never came; Caffe2 is another "
        "program, not its next version.",
        "", "caffe", "",
        _read("https://github.com/BVLC/caffe/releases/tag/1.0", "https://github.com/BVLC/caffe/releases?page=2",
              "https://en.wikipedia.org/wiki/Caffe_(software)"),
    ),
    Framework(
        "keras", "Keras", "François Chollet; Google", "Python", "live",
        Release("", "2015-03-27"), Release("3.15.1", "2026-07-29"), ("theano",),
        "Born on Theano, folded into TensorFlow as tf.keras, and since Keras 3 (2023) again one API over several engines: "
        "JAX, TensorFlow, PyTorch.",
        "02_frameworks/03_keras", "python3", "keras",
        # GitHub's topic page still lists Theano and CNTK as engines; the README is what holds today.
        _read("https://github.com/topics/keras", "https://github.com/keras-team/keras/blob/master/README.md",
              "https://discuss.ai.google.dev/t/keras-newsletter-december-1-2023/28008",
              "https://github.com/keras-team/keras/releases"),
    ),
    Framework(
        "cntk", "CNTK", "Microsoft", "C++, Python", "legacy",
        # Most accounts say 2016: that is the move from CodePlex, where it was meant for academic use, to GitHub.
        Release("", "2015-04"), Release("2.7", "2019-04"), (),
        "Microsoft called 2.7 the last main release, without new features after it, and turned to ONNX and ONNX Runtime.",
        "", "", "",
        _read("https://github.com/Microsoft/CNTK",
              "https://www.pcper.com/news/General-Tech/Microsoft-Lets-Anyone-Git-Their-Deep-Learning-Open-Source-CNTK"),
    ),
    Framework(
        "chainer", "Chainer", "Seiya Tokui; Preferred Networks", "Python", "legacy",
        # 7.8.1.post1 followed for the documentation alone.
        Release("1.0.0", "2015-06"), Release("7.8.1", "2022-01-05"), ("numpy",),
        "Define-by-run, its idea, won elsewhere: on 2019-12-05 its company moved to PyTorch and left Chainer in maintenance.",
        "", "museum", "chainer",
        _read("https://github.com/chainer/chainer/releases",
              "https://chainer.org/announcement/2019/12/05/released-v7.html",
              "https://pc.watch.impress.co.jp/docs/news/1222796.html",
              "https://beam2d.net/blog/2019/12/10/chainer-look-back-en",
              "https://en.wikipedia.org/wiki/Chainer"),
    ),
    Framework(
        "lasagne", "Lasagne", "Sander Dieleman and others", "Python", "legacy",
        # The documentation of 0.2.dev1 is dated 2018-06-10; no 0.2 was released.
        Release("0.1", "2015-08-13"), Release("0.1", "2015-08-13"), ("theano",),
        "Layers for Theano that did not hide it; its 0.2 never left development.",
        "", "", "",
        _read("https://sander.ai/software/",
              "https://vdocument.in/lasagne-documentation-2019-04-02-lasagne-documentation-release-01-alternatively.html",
              "https://vdocuments.site/"
              "lasagne-documentation-read-the-docs-lasagne-documentation-release-02dev1-lasagne.html"),
    ),
    Framework(
        "mxnet", "MXNet", "DMLC; from 2017 Apache", "C++, Python and others", "archived",
        # Public by 2015-09-28, when the authors of CXXNet sent their users to it; no source gives the first number.
        Release("", "2015-09"), Release("1.9.1", "2022-05"), ("theano",),
        "A top-level Apache project on 2022-09-21 and retired on 2023-09-20; its repository is read-only since 2023-11-17, "
        "and 2.0 stayed a beta.",
        "02_frameworks/04_mxnet", "museum", "mxnet",
        _read("https://attic.apache.org/projects/mxnet.html",
              "https://github.com/apache/attic/blob/main/_data/projects/mxnet.yaml",
              "https://github.com/dmlc/mxnet/releases", "https://github.com/dmlc/cxxnet",
              "https://github.com/apache/mxnet/issues/21206",
              "https://www.mail-archive.com/dev@mxnet.apache.org/msg00938.html"),
    ),
    Framework(
        "tensorflow", "TensorFlow", "Google", "Python, C++", "live",
        Release("0.5.0", "2015-11-09"), Release("2.21.0", "2026-03-06"), ("theano",),
        "Graphs and sessions until 2.0 (2019-09-30) made eager execution the default; TensorFlow 1's way still runs as "
        "tf.compat.v1.",
        "02_frameworks/01_tensorflow", "python3", "tensorflow-cpu",
        _read("https://github.com/tensorflow/tensorflow/blob/master/RELEASE.md",
              "https://www.peggyktc.com/2025/11/10-years-ago-this-week-tensorflow.html",
              "https://www.thoughtworks.com/en-au/radar/platforms/tensorflow",
              "https://github.com/tensorflow/tensorflow/releases"),
    ),
    Framework(
        "pytorch", "PyTorch", "Facebook AI Research; since 2022-09 the PyTorch Foundation", "Python, C++", "live",
        # Before 2016-09-01, the day of alpha-2. The public beta of 2017-01, often given as its birth, came later.
        Release("alpha-1", "2016"), Release("2.15.0", "2026-10-28"), ("torch7", "chainer", "caffe2"),
        "Took in Torch's C code, Chainer's define-by-run and Caffe2's repository, and has belonged to a foundation, not to "
        "one company, since 2022-09-12.",
        "02_frameworks/02_pytorch", "python3", "torch",
        # Not all of it lives: its model server TorchServe was archived on 2025-08-07.
        _read("https://github.com/pytorch/pytorch/commit/34b673844fdfcbea0bc29a644c67246fe356e7ca",
              "https://github.com/pytorch/pytorch/releases",
              "https://hackernoon.com/how-is-pytorch-different-from-tensorflow-2c90f44747d6",
              "https://www.linux.com/news/"
              "meta-transitions-pytorch-to-the-linux-foundation-further-accelerating-ai-ml-open-source-collaboration/",
              "https://github.com/pytorch/serve/issues/3396"),
    ),
    Framework(
        "paddlepaddle", "PaddlePaddle", "Baidu", "C++, Python", "live",
        # The month is its team's own; no source gives the first number.
        Release("", "2016-09"), Release("3.3.1", "2026-03-24"), (),
        "An internal project of Baidu for three years before it was opened, and still released.",
        "", "", "",
        _read("https://www.synopsys.com/blogs/software-security/paddlepaddle-dives-evolution-of-deep-learning/",
              "https://github.com/PaddlePaddle/Paddle/releases"),
    ),
    Framework(
        "caffe2", "Caffe2", "Facebook", "C++, Python", "archived",
        # No numbered last release: the end is the day on which its readme sent readers to PyTorch's repository.
        Release("", "2017-04"), Release("", "2018-03-30"), ("caffe",),
        "Facebook's successor to Caffe: merged into PyTorch's repository, left out of its default build in 2021; its own "
        "repository was archived on 2023-02-07.",
        "", "", "",
        _read("https://syncedreview.com/2018/04/02/caffe2-merges-with-pytorch/",
              "https://caffe2.ai/blog/2018/05/02/Caffe2_PyTorch_1_0.html", "https://github.com/caffe2/caffe2",
              "https://github.com/pytorch/builder/pull/864"),
    ),
    Framework(
        "jax", "JAX", "Google", "Python, C++", "live",
        Release("0.1", "2018-12-07"), Release("0.12.0.1", "2026-10-21"), ("numpy",),
        "Autograd and XLA behind NumPy's interface, grown from a research project into an engine of Keras; on Python 3.11, "
        "which this course runs, 0.10.2 is the last.",
        "", "python3", "jax",
        _read("https://github.com/jax-ml/jax", "https://github.com/jax-ml/jax/releases",
              "https://research.google/pubs/pub47008/"),
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
    names = [framework.package, framework.package.replace("-cpu", "")]  # on macOS tensorflow-cpu is called tensorflow
    for name in filter(None, names):
        try:
            return metadata.version(name).split("+")[0]
        except metadata.PackageNotFoundError:
            continue
    return ""


def status_text(key: str) -> str:
    """The status line as Markdown: live or retired, first and last release, the version that runs here."""
    entry = get(key)
    last = "latest release checked" if entry.status == "live" else "last release"
    parts = [f"**{entry.name}: {entry.status}**", f"by {entry.by}",
             _release("first release", entry.first, "public since"), _release(last, entry.last, "ended")]
    here = version_here(entry)
    parts.append(f"ran here: {here}" if here else "not installed here")
    return " · ".join(parts)


def _release(words: str, release: Release, words_without_version: str) -> str:
    if not release.version:
        return f"{words_without_version} {release.date}"
    return f"{words} {release.version} ({release.date})"


def status(key: str) -> None:
    """Shows the status line of a notebook's framework."""
    show_markdown(status_text(key))


def table_markdown(link_prefix: str = "") -> str:
    """The course's table of frameworks as Markdown. ``link_prefix``: from the reader's folder to the repository's root."""
    rows = ["| Framework | Years | Status | What came of it | Here |", "|---|---|---|---|---|"]
    for entry in FRAMEWORKS:
        begin, end = entry.first.date[:4], "" if entry.status == "live" else entry.last.date[:4]
        years = begin if begin == end else f"{begin}–{end}"
        here = f"[{entry.notebook}]({link_prefix}notebooks/{entry.notebook}.ipynb)" if entry.notebook else "-"
        rows.append(f"| {entry.name} | {years} | {entry.status} | {entry.fate} | {here} |")
    return "\n".join(rows)


def show_markdown(text: str) -> None:
    """Shows Markdown made by code; its plain text is the same text, so that nbval compares it."""
    from IPython.display import display
    display({"text/markdown": text, "text/plain": text}, raw=True)
