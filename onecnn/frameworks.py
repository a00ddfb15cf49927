"""The register: one entry for each framework. Every status line, table and timeline of the course is made from it.

Facts were read in stored copies of the pages named in ``sources``. Versions and upload days of packages were also compared
with the package index's own metadata; the release page is where a reader sees them. A date is as exact as the sources are.
"""
import re
from importlib import metadata
from typing import NamedTuple

from onecnn import lesson


class Source(NamedTuple):
    """Where facts were read, the ISO date on which that was last checked, and which facts of the entry they are."""

    url: str
    checked: str
    supports: tuple[str, ...] = ()  # names as in facts()
    copy: str = ""  # where it was read, if only a copy of the page could be


class Release(NamedTuple):
    """A release: its date as ISO year, month or day, and its version, empty where no source gives a number."""

    date: str
    version: str = ""


class Framework(NamedTuple):
    """One framework. ``status``: live (developed), legacy (runs, no longer developed) or archived (closed by its owner)."""

    key: str
    name: str
    by: str
    language: str
    status: str
    first: Release
    last: Release
    fate: str  # one sentence: what came of it
    sources: tuple[Source, ...]
    parents: tuple[str, ...] = ()  # keys of the frameworks whose ideas or code it continues
    notebook: str = ""  # "02_frameworks/02_pytorch"; empty where the course has none
    kernel: str = ""  # in which its chapter runs or will run; empty where none is planned
    package: str = ""  # the distribution whose version runs here; empty where there is none
    ended: str = ""  # when its makers ended its development; empty where it lives, or where nobody said so
    why: str = ""  # their reason, in one sentence
    absorbed_by: str = ""  # key of the framework into which its code or its makers went when it ended


CHECKED = "2026-11-24"
_TORCH7 = "https://publications.idiap.ch/downloads/papers/2011/Collobert_NIPSWORKSHOP_2011.pdf"
_ALEXNET = "https://papers.nips.cc/paper_files/paper/2012/hash/c399862d3b9d6b76c8436e924a68c45b-Abstract.html"
_AUTOGRAD = "https://indico.ijclab.in2p3.fr/event/2914/contributions/6483/subcontributions/180/attachments/6060/7185/automl-short.pdf"
_LATER = {"https://pypi.org/project/Lasagne/": "2026-11-29"}  # what was read on another day
_COPIES = {  # pages of which only a copy could be read
    _TORCH7: "https://www.scribd.com/document/443016431/Collobert-NIPSWORKSHOP-2011-pdf",
    "https://arxiv.org/abs/1603.04467": "https://www.arxiv-vanity.com/papers/1603.04467/",
    "https://lasagne.readthedocs.io/en/latest/":
        "https://vdocuments.site/lasagne-documentation-read-the-docs-lasagne-documentation-release-02dev1-lasagne.html",
    "https://www.mathworks.com/help/pdf_doc/deeplearning/nnet_ug.pdf":
        "https://vdocuments.mx/neural-network-toolbox-users-guide.html",
    _AUTOGRAD: "https://pdffox.com/autograd-effortless-gradients-in-numpy-pdf-free.html",
    "https://en.wikipedia.org/wiki/Theano_(software)": "https://wikisum.wiki/wiki/Theano_(software)",
    "https://github.com/keras-team/keras/commits/master": "https://github.com/topics/keras",
}


def _read(pages: dict[str, str]) -> tuple[Source, ...]:
    """``{url: "fact, fact"}`` as sources; a url without its scheme is one on GitHub."""
    whole = {url if "://" in url else f"https://github.com/{url}": facts for url, facts in pages.items()}
    return tuple(Source(url, _LATER.get(url, CHECKED), tuple(facts.split(", ")), _COPIES.get(url, ""))
                 for url, facts in whole.items())


FRAMEWORKS: tuple[Framework, ...] = (  # in order of birth
    Framework(
        key="numpy", name="NumPy by hand", by="Travis Oliphant and NumPy's contributors", language="Python, C", status="live",
        # 1.0rc2 was tagged on 2006-10-09; later accounts date 1.0 to the 25th.
        first=Release("2006-10", "1.0"), last=Release("2026-11-15", "2.5.5"),
        fate="Not a framework: the array library that united Numeric and Numarray, in which this course's reference "
             "is written.",
        notebook="01_history/02_by_hand", kernel="python3", package="numpy",
        sources=_read({"https://www.python.org/pipermail/numpy-svn/2006-October/000585.html": "first",
                       "https://www.noze.it/en/insights/numpy-1-0/": "first, fate",
                       "https://www.numpy.org/old_array_packages.html": "fate", "numpy/numpy/releases": "last"}),
    ),
    Framework(
        key="theano", name="Theano", by="LISA, later MILA, Université de Montréal", language="Python, generated C and CUDA",
        status="legacy",
        # In use since 2007 according to its own package description; 0.1 is the first release in its notes.
        first=Release("2009-04-02", "0.1"), last=Release("2020-07-27", "1.0.5"), parents=("numpy",),
        fate="MILA announced the end on 2017-09-28, yet it did not die: maintenance releases came until 2020, and PyMC's "
             "developers continue its code as PyTensor.",
        notebook="01_history/03_theano", kernel="museum", package="theano",
        sources=_read({"Theano/Theano/blob/master/HISTORY.txt": "first", "Theano/Theano/releases": "last, 2020",
                       "Theano/Theano/blob/master/DESCRIPTION.txt": "from numpy",
                       "https://groups.google.com/d/msg/theano-users/7Poq8BZutbY/rNCIfvAEAwAJ": "ended, 2017-09-28",
                       "https://discourse.mc-stan.org/t/off-topic-future-of-theano/2071": "ended, fate",
                       "Theano/Theano": "fate", "pymc-devs/pytensor": "fate"}),
        ended="2017-09-28",
        why="Companies now stood behind other frameworks, and an old code base had come in the way of new ideas.",
    ),
    Framework(
        key="torch7", name="Torch7", by="Ronan Collobert (Idiap), Koray Kavukcuoglu (NEC), Clément Farabet (NYU)",
        language="Lua, C", status="legacy",
        # It is the fourth Torch: the odd numbers are no gaps. It had no numbered releases: the end is the year in which work
        # moved to PyTorch.
        first=Release("2011", "7"), last=Release("2017"), parents=("torch",),
        fate="Its C libraries TH and THNN became PyTorch's core and were rewritten there as ATen; the Lua side was "
             "left behind.",
        notebook="01_history/04_torch7", kernel="python3",
        # Of the slides from which docslib's text was made, no page of their authors could be found.
        sources=_read({_TORCH7: "first",
                       "https://docslib.org/doc/4031299/torch7-and-not-so-deep-machine-learning": "from torch",
                       "torch/torch7": "fate", "https://en.wikipedia.org/wiki/Torch_(machine_learning)": "last",
                       "https://soumith.ch/posts/2023/12/pytorch-design-origins/": "last, ended, into pytorch, fate"}),
        ended="2017", why="Its maintainers wanted a modern design in Python, and built it on Torch7's own C code.",
        absorbed_by="pytorch",
    ),
    Framework(
        key="caffe", name="Caffe", by="Yangqing Jia; Berkeley Vision and Learning Center (BVLC)", language="C++, Python",
        status="legacy",
        # The release page shows the day and the month; the year is that of Caffe2, which it announces as ready.
        first=Release("2013-12"), last=Release("2017-04-18", "1.0"), parents=("cuda-convnet",),
        fate="Release 1.0 was also the shift into maintenance, and the 1.1 that it promised never came; Caffe2 is another "
             "program, not its next version.",
        notebook="02_frameworks/05_caffe", kernel="caffe", package="caffe",
        sources=_read({"BVLC/caffe/releases/tag/1.0": "last, ended, fate", "BVLC/caffe/releases?page=2": "first",
                       "https://en.wikipedia.org/wiki/Caffe_(software)": "first",
                       "https://www.edge-ai-vision.com/2016/01/"
                       "the-caffe-deep-learning-framework-an-interview-with-the-core-developers/": "from cuda-convnet",
                       # A translation of a Chinese interview with Jia, which itself could not be found.
                       "https://codestudyblog.com/8ten13/80424151628.html": "from cuda-convnet"}),
        ended="2017-04-18", why="It was stable now, and the next generation was to be Caffe2.",
    ),
    Framework(
        key="keras", name="Keras", by="François Chollet; Google", language="Python", status="live",
        first=Release("2015-03-27"), last=Release("2026-07-29", "3.15.1"), parents=("theano", "torch7"),
        fate="Born on Theano, folded into TensorFlow as tf.keras, and since Keras 3 (2023) again one API over several "
             "engines: JAX, TensorFlow, PyTorch.",
        notebook="02_frameworks/03_keras", kernel="python3", package="keras",
        # The day is the one that GitHub's topic page names, which still lists Theano and CNTK as engines.
        sources=_read({"keras-team/keras/commits/master": "first",
                       "keras-team/keras/blob/0.3.0/keras/__init__.py": "from theano, from torch7",
                       "keras-team/keras/releases/tag/2.4.0": "fate", "keras-team/keras/blob/master/README.md": "fate",
                       "https://discuss.ai.google.dev/t/keras-newsletter-december-1-2023/28008": "2023",
                       "keras-team/keras/releases": "last"}),
    ),
    Framework(
        key="cntk", name="CNTK", by="Microsoft", language="C++, Python", status="legacy",
        # Most accounts say 2016: that is the move from CodePlex, where it was meant for academic use, to GitHub.
        first=Release("2015-04"), last=Release("2019-04", "2.7"),
        fate="Microsoft called 2.7 the last main release, without new features after it, and turned to ONNX and ONNX Runtime.",
        sources=_read({"Microsoft/CNTK": "first, ended, fate", "microsoft/CNTK/releases/tag/v2.7": "last, ended",
                       "https://www.pcper.com/news/General-Tech/Microsoft-Lets-Anyone-Git-Their-Deep-Learning-Open-Source-CNTK":
                       "first"}),
        ended="2019-04", why="Microsoft put its work into ONNX and ONNX Runtime.",
    ),
    Framework(
        key="chainer", name="Chainer", by="Seiya Tokui; Preferred Networks", language="Python", status="legacy",
        # 7.8.1.post1 followed for the documentation alone.
        first=Release("2015-06", "1.0.0"), last=Release("2022-01-05", "7.8.1"), parents=("numpy", "theano"),
        fate="Define-by-run, its idea, won elsewhere: on 2019-12-05 its company moved to PyTorch and left Chainer in "
             "maintenance.",
        notebook="01_history/05_chainer", kernel="museum", package="chainer",
        sources=_read({"chainer/chainer/releases": "last", "https://en.wikipedia.org/wiki/Chainer": "first, from numpy",
                       "chainer/chainer.org/blob/master/_posts/2017-09-29-thank-you-theano.md": "from theano",
                       "https://chainer.org/announcement/2019/12/05/released-v7.html": "ended, into pytorch, fate, 2019-12-05",
                       "https://pc.watch.impress.co.jp/docs/news/1222796.html": "ended, 2019-12-05",
                       "https://beam2d.net/blog/2019/12/10/chainer-look-back-en": "fate"}),
        ended="2019-12-05", why="Designs had converged, and its company chose to support a framework with more users.",
        absorbed_by="pytorch",
    ),
    Framework(
        key="mxnet", name="MXNet", by="DMLC; from 2017 Apache", language="C++, Python and others", status="archived",
        # A user linked to its repository on 2015-07-23, so it was public by then; no source gives the first number.
        first=Release("2015-07"), last=Release("2022-05", "1.9.1"), parents=("cxxnet",),
        fate="A top-level Apache project on 2022-09-21 and retired on 2023-09-20; its repository is read-only since "
             "2023-11-17, and 2.0 stayed a beta.",
        notebook="02_frameworks/04_mxnet", kernel="museum", package="mxnet",
        sources=_read({"dmlc/cxxnet/issues/157": "first", "dmlc/cxxnet": "from cxxnet",
                       "https://attic.apache.org/projects/mxnet.html": "ended, fate",
                       "apache/attic/blob/main/_data/projects/mxnet.yaml": "ended, 2022-09-21, 2023-09-20",
                       "dmlc/mxnet/releases": "last, 2023-11-17", "apache/mxnet/issues/21206": "ended, 2022",
                       "https://www.mail-archive.com/dev@mxnet.apache.org/msg00938.html": "fate, 2017"}),
        ended="2023-09-20", why="Hardly anyone had worked on it since the end of 2022, as a maintainer wrote.",
    ),
    Framework(
        key="lasagne", name="Lasagne", by="Sander Dieleman and others", language="Python", status="legacy",
        # The documentation of 0.2.dev1 is dated 2018-06-10; no 0.2 was released.
        first=Release("2015-08-13", "0.1"), last=Release("2015-08-13", "0.1"), parents=("theano",),
        fate="Layers for Theano that did not hide it; its 0.2 never left development.",
        sources=_read({"https://sander.ai/software/": "from theano, fate",
                       "https://pypi.org/project/Lasagne/": "first, last",
                       "https://lasagne.readthedocs.io/en/latest/": "fate"}),
    ),
    Framework(
        key="tensorflow", name="TensorFlow", by="Google", language="Python, C++", status="live",
        first=Release("2015-11-09", "0.5.0"), last=Release("2026-03-06", "2.21.0"), parents=("theano", "distbelief"),
        fate="Graphs and sessions until 2.0 (2019-09-30) made eager execution the default; TensorFlow 1's way still runs as "
             "tf.compat.v1.",
        notebook="02_frameworks/01_tensorflow", kernel="python3", package="tensorflow-cpu",
        sources=_read({"tensorflow/tensorflow/blob/master/RELEASE.md": "first, fate",
                       "https://www.peggyktc.com/2025/11/10-years-ago-this-week-tensorflow.html": "first",
                       "https://www.thoughtworks.com/en-au/radar/platforms/tensorflow": "fate",
                       "https://arxiv.org/abs/1603.04467": "from distbelief",
                       "zer0n/deepframeworks/blob/master/README.md": "from theano",
                       "tensorflow/tensorflow/releases": "last, 2019-09-30"}),
    ),
    Framework(
        key="pytorch", name="PyTorch", by="Facebook AI Research; since 2022-09 the PyTorch Foundation", language="Python, C++",
        status="live",
        # Before 2016-09-01, the day of alpha-2. The public beta of 2017-01, often given as its birth, came later.
        first=Release("2016", "alpha-1"), last=Release("2026-10-28", "2.15.0"), parents=("torch7", "chainer", "autograd"),
        fate="Took in Torch's C code, Chainer's define-by-run and Caffe2's repository, and has belonged to a "
             "foundation, not to one company, since 2022-09-12.",
        notebook="02_frameworks/02_pytorch", kernel="python3", package="torch",
        # Not all of it lives: its model server TorchServe was archived on 2025-08-07.
        sources=_read({"pytorch/pytorch/commit/34b673844fdfcbea0bc29a644c67246fe356e7ca": "first",
                       "pytorch/pytorch/releases": "last",
                       "https://soumith.ch/posts/2023/12/pytorch-design-origins/": "from torch7, from chainer, fate",
                       "pytorch/pytorch/blob/main/README.md": "from chainer, from autograd",
                       "https://hackernoon.com/how-is-pytorch-different-from-tensorflow-2c90f44747d6": "fate",
                       "https://www.linux.com/news/meta-transitions-pytorch-to-the-linux-foundation-"
                       "further-accelerating-ai-ml-open-source-collaboration/": "fate, 2022-09, 2022-09-12"}),
    ),
    Framework(
        key="paddlepaddle", name="PaddlePaddle", by="Baidu", language="C++, Python", status="live",
        # The month is its team's own; no source gives the first number.
        first=Release("2016-09"), last=Release("2026-03-24", "3.3.1"),
        fate="An internal project of Baidu for three years before it was opened, and still released.",
        sources=_read({"https://www.synopsys.com/blogs/software-security/paddlepaddle-dives-evolution-of-deep-learning/":
                       "first, fate", "PaddlePaddle/Paddle/releases": "last"}),
    ),
    Framework(
        key="caffe2", name="Caffe2", by="Facebook", language="C++, Python", status="archived",
        # No numbered last release: the end is the day on which its readme sent readers to PyTorch's repository.
        first=Release("2017-04"), last=Release("2018-03-30"), parents=("caffe",),
        fate="Facebook's successor to Caffe: merged into PyTorch's repository, left out of its default build in 2021; its own "
             "repository was archived on 2023-02-07.",
        sources=_read({"https://syncedreview.com/2018/04/02/caffe2-merges-with-pytorch/": "first, last, ended, into pytorch",
                       "https://caffe2.ai/blog/2018/05/02/Caffe2_PyTorch_1_0.html": "ended, into pytorch, fate",
                       "BVLC/caffe/releases/tag/1.0": "from caffe", "pytorch/pytorch/pull/66658": "2021",
                       "facebookarchive/caffe2/pulls": "2023-02-07"}),
        ended="2018-03-30", why="One package for research and for production, instead of two from one company.",
        absorbed_by="pytorch",
    ),
    Framework(
        key="jax", name="JAX", by="Google", language="Python, C++", status="live",
        first=Release("2018-12-07", "0.1"), last=Release("2026-10-21", "0.12.0.1"), parents=("numpy", "autograd"),
        fate="Autograd and XLA behind NumPy's interface, grown from a research project into an engine of Keras; on "
             "Python 3.11, which this course runs, 0.10.2 is the last.",
        notebook="02_frameworks/06_jax", kernel="python3", package="jax",
        sources=_read({"jax-ml/jax": "from numpy, from autograd, fate", "jax-ml/jax/releases": "first, last",
                       "https://research.google/pubs/pub47008/": "fate"}),
    ),
)

RELATIVES: tuple[Framework, ...] = (  # in the family tree, not in the course's table: forerunners, and what came between
    Framework(
        key="lush", name="SN and Lush", by="Léon Bottou, Yann LeCun", language="Lisp, C", status="legacy",
        # SN, the simulator, is of 1987; Lush, its free heir, of about 2002. The date of its last manual stands for the end.
        first=Release("1987"), last=Release("2011-02-10"),
        fate="A Lisp for neural networks: LeNet grew up in it, banks read cheques with it, and in 2001 it became free "
             "software.",
        sources=_read({"https://lush.sourceforge.net/credits.html": "first, fate, 2001",
                       "https://lush.sourceforge.net/lush-manual.pdf": "last"}),
    ),
    Framework(
        key="matlab", name="Matlab's toolbox", by="MathWorks", language="Matlab", status="live",
        first=Release("1992"), last=Release("2026", "R2026b"),
        fate="The Neural Network Toolbox, sold since 1992; as Deep Learning Toolbox it now reads PyTorch, TensorFlow "
             "and ONNX.",
        sources=_read({"https://www.mathworks.com/help/pdf_doc/deeplearning/nnet_ug.pdf": "first, 1992",
                       "https://ww2.mathworks.cn/help/deeplearning/index.html?lang=en": "last, fate"}),
    ),
    Framework(
        key="torch", name="Torch 1 to 5", by="Ronan Collobert and others", language="C++ and others", status="legacy",
        # Wikipedia has October 2002. Its authors' own slides: around since 2000, four versions, odd numbers.
        first=Release("2000"), last=Release("2011"), parents=("lush",),
        fate="Three versions in various languages, by one main developer, until he and two others wrote Torch7.",
        sources=_read({"https://docslib.org/doc/4031299/torch7-and-not-so-deep-machine-learning": "first, fate",
                       _TORCH7: "last, ended",
                       "https://atcold.github.io/2024/08/09/SN-code.html": "from lush"}),
        ended="2011", why="Torch7 took over.",
    ),
    Framework(
        key="eblearn", name="EBLearn", by="Pierre Sermanet, Koray Kavukcuoglu, Yann LeCun", language="C++", status="legacy",
        first=Release("2008"), last=Release("2012-04-09"),
        fate="Convolutional networks in C++, for robots and road signs; one of its authors went on to Torch7.",
        sources=_read({"https://eblearn.sourceforge.net/documentation/libeblearn_html/libeblearn_8h_source.html": "first",
                       "https://eblearn.sourceforge.net/all_docs.html": "last", "https://eblearn.sourceforge.net/": "fate",
                       _TORCH7: "fate"}),
    ),
    Framework(
        key="cuda-convnet", name="cuda-convnet", by="Alex Krizhevsky", language="C++, CUDA", status="legacy",
        first=Release("2011"), last=Release("2014"),
        fate="One student's GPU program, with which AlexNet won ImageNet in 2012; a second version was its last.",
        sources=_read({"https://www.cs.toronto.edu/~kriz/": "first", "ulrichstern/cuda-convnet": "fate",
                       "akrizhevsky/cuda-convnet2/blob/master/ProjectHome.md": "last, fate",  # after a paper of 2014
                       "https://arxiv.org/abs/1404.5997": "last", _ALEXNET: "fate, 2012"}),
    ),
    Framework(
        key="distbelief", name="DistBelief", by="Google", language="unpublished", status="archived",
        first=Release("2011"), last=Release("2015-11-09"),
        fate="Google's inner system for networks on many machines; never released, and replaced by TensorFlow.",
        sources=_read({"https://arxiv.org/abs/1603.04467": "first, last, ended, into tensorflow, fate"}),
        ended="2015-11-09", why="Its makers built a second system from what they had learned.", absorbed_by="tensorflow",
    ),
    Framework(
        key="cxxnet", name="CXXNET", by="Tianqi Chen, Bing Xu", language="C++, CUDA", status="legacy",
        first=Release("2014-12"), last=Release("2015-09-28"),  # a pull request of 2014-12-18 shows it public
        fate="Small, fast, told what to do by a file; its authors and those of Minerva and Purine then wrote MXNet together.",
        sources=_read({"dmlc/cxxnet/pull/16": "first", "dmlc/cxxnet": "last, ended, into mxnet, fate",
                       "apache/mxnet/issues/169": "fate"}),
        ended="2015-09-28", why="Its authors moved on to the next generation, MXNet.", absorbed_by="mxnet",
    ),
    Framework(
        key="autograd", name="Autograd", by="Dougal Maclaurin, David Duvenaud, Matt Johnson", language="Python",
        status="legacy",
        first=Release("2015"), last=Release("2026-07", "1.9.1"), parents=("numpy",),  # presented at ICML 2015
        fate="Gradients of plain NumPy code, loops and all: left by its main developers for JAX, and kept alive by others.",
        sources=_read({_AUTOGRAD: "first, fate",
                       "HIPS/autograd/blob/master/README.md": "from numpy", "HIPS/autograd/releases": "last, fate",
                       "HIPS/autograd/pull/620": "ended", "tslearn-team/tslearn/pull/494": "into jax, fate"}),
        ended="2024-05-25", why="Its last maintainer could not keep up; its main developers had gone on to write JAX.",
        absorbed_by="jax",
    ),
    Framework(
        key="onnx", name="ONNX", by="Facebook, Microsoft and others", language="Protocol Buffers, C++, Python", status="live",
        first=Release("2017-09"), last=Release("2026-10", "1.23.2"),
        fate="Not a framework: a file format in which networks travel; of the three that it began with, PyTorch is left.",
        package="onnx",
        sources=_read({
            "https://azure.microsoft.com/en-us/blog/microsoft-and-facebook-create-open-ecosystem-for-ai-model-interoperability/":
            "first, fate", "onnx/onnx/releases": "last"}),
    ),
    Framework(
        key="pytensor", name="PyTensor", by="PyMC's developers", language="Python, generated C, JAX and Numba", status="live",
        first=Release("2022-11"), last=Release("2026-11", "3.3.8"), parents=("theano",),
        fate="Theano's code today, by way of Aesara: the engine of PyMC.",
        sources=_read({"https://www.pymc.io/blog/pytensor_announcement.html": "first, from theano, fate",
                       "https://en.wikipedia.org/wiki/Theano_(software)": "fate", "pymc-devs/pytensor/releases": "last"}),
    ),
)

EVERYTHING = tuple(sorted(FRAMEWORKS + RELATIVES, key=lambda entry: entry.first.date))  # in order of birth


def facts(entry: Framework) -> list[str]:
    """Names of what an entry claims: first, last, fate, ended, "from KEY", "into KEY", and each date in its sentences."""
    claims = ["first", "last", "fate", *(f"from {key}" for key in entry.parents)]
    claims += ["ended"] if entry.ended else []
    claims += [f"into {entry.absorbed_by}"] if entry.absorbed_by else []
    return claims + re.findall(r"\b(?:19|20)\d\d(?:-\d\d){0,2}\b", f"{entry.by} {entry.fate} {entry.why}")


def proof(entry: Framework, fact: str) -> list[Source]:
    """The sources that the entry names for one of its facts; empty: it has none."""
    return [source for source in entry.sources if fact in source.supports]


def get(key: str) -> Framework:
    """The entry with this key. Raises ``KeyError`` with the known keys."""
    for framework in EVERYTHING:
        if framework.key == key:
            return framework
    raise KeyError(f"no framework '{key}'; known: {', '.join(entry.key for entry in EVERYTHING)}")


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
    here, rebuilt = version_here(entry), entry.notebook and not entry.package
    parts.append(f"ran here: {here}" if here else "rebuilt here" if rebuilt else "not installed here")
    return " · ".join(parts)


def _release(words: str, release: Release, words_without_version: str) -> str:
    if not release.version:
        return f"{words_without_version} {release.date}"
    return f"{words} {release.version} ({release.date})"


def status(key: str) -> None:
    """Shows the status line of a notebook's framework."""
    lesson.show_markdown(status_text(key))


def table_markdown(link_prefix: str = "") -> str:
    """The course's table of frameworks as Markdown. ``link_prefix``: from the reader's folder to the repository's root."""
    rows = ["| Framework | Years | Status | What came of it | Here |", "|---|---|---|---|---|"]
    for entry in FRAMEWORKS:
        begin, end = entry.first.date[:4], "" if entry.status == "live" else entry.last.date[:4]
        years = begin if begin == end else f"{begin}–{end}"
        here = f"[{entry.notebook}]({link_prefix}notebooks/{entry.notebook}.ipynb)" if entry.notebook else "-"
        rows.append(f"| {entry.name} | {years} | {entry.status} | {entry.fate} | {here} |")
    return "\n".join(rows)
