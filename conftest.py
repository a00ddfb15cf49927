"""pytest for the whole tree: the rules under which nbval can trust a notebook."""
import contextlib
import gc
import os
import re
from pathlib import Path

import durations
import pytest
from jupyter_client.manager import KernelManager

from onecnn import lesson, paths
from tools import settings

NO_KERNEL = pytest.StashKey()
ROOT = Path(__file__).resolve().parent
SLOW = {"first_copy": "sets up a copy of the course", "tree": "runs pytest on notebooks", "honest": "climbs the whole ladder",
        "climbed": "climbs the ladder with each bug", "empty_cache": "trains a network"}  # fixtures: what asks for one is slow

REFUSED = {  # nbval's options with which a notebook could pass that should not, or fail that should
    "nbval_lax": "it compares no output, and every notebook would pass",
    "nbval_current_env": "each notebook names the kernel that its outputs are from",
    "current_env": "each notebook names the kernel that its outputs are from",
    "nbval_kernel_name": "each notebook names the kernel that its outputs are from",
    "nbval_sanitize_with": "outputs are compared as they are", "sanitize_with": "outputs are compared as they are"}


def pytest_addoption(parser):
    parser.addoption("--require-all-kernels", action="store_true",
                     help="fail where a notebook's kernel is missing, instead of skipping the notebook")
    parser.addoption("--mutants", default="3", metavar="N|all",
                     help="how many mutants of each solution its checks are tried on (tests/mutants.py)")
    parser.addoption("--platforms", default="some", metavar="some|all",
                     help="which chapters run without the kernels that a platform lacks (tests/tools/test_platforms.py)")
    durations.add_options(parser)
    parser.addoption("--chapters", metavar="NAMES", help="of the tests in tests/tree, only those about these chapters")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    for name, reason in REFUSED.items():
        if getattr(config.option, name, None):
            raise pytest.UsageError(f"not with --{name.replace('_', '-')}: {reason}")
    if not hasattr(config, "workerinput"):  # xdist's workers inherit what the first process has
        stack = contextlib.ExitStack()
        try:
            stack.enter_context(settings.apart())
        except paths.CacheRefused as reason:
            raise pytest.UsageError(str(reason)) from None
        config.add_cleanup(stack.close)
        config.pluginmanager.register(durations.Durations(config))
    KernelManager.transport_encryption.default_value = "auto"  # a kernel's ports are open to every user of the machine
    config.addinivalue_line("filterwarnings", "ignore::pytest.PytestCacheWarning")  # another user's course: only to be read
    # Two notebooks at a time on two cores: the tests' own processes, too, take the notebooks' number of threads. And what they
    # import shall leave nothing in the home folder.
    for name, value in {**lesson.THREADS, **lesson.UNTOLD}.items():
        os.environ.setdefault(name, value)
    if not config.option.nbval:
        return
    if getattr(config.option, "lf", False) or getattr(config.option, "failedfirst", False):
        raise pytest.UsageError("--lf and --ff run single cells, and a notebook's cells need those before them: "
                                "name the notebook instead")
    if any("ipynb::" in argument for argument in config.args):
        raise pytest.UsageError("a notebook runs as a whole: name the file, without ::Cell")
    if getattr(config.option, "numprocesses", None):
        config.option.dist = "loadfile"  # the default would hand a notebook's cells to several workers
        config.option.loadscopereorder = False  # it would begin with the files of most tests, not with the longest


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """A solution's notebook is nbval's, with its wrong answers behind it."""
    found = yield
    if found and file_path.suffix == ".ipynb" and ROOT / "solutions" in file_path.parents:
        from solution_file import SolutionFile
        return [SolutionFile.from_parent(parent, path=file_path)]
    return found


def of_chapters(item, chapters):
    """Whether a test may stay: it is not the tree's, or a parameter is one of the chapters, a file of it, or in its folder."""
    if ROOT / "tests" / "tree" not in item.path.parents:
        return True
    for value in item.callspec.params.values() if hasattr(item, "callspec") else ():
        value = getattr(value, "id", value)  # a contents.Chapter
        if isinstance(value, Path) and ROOT in value.parents:
            file = value.relative_to(ROOT).with_suffix("").as_posix()
            value = re.sub("^(notebooks|exercises|solutions|tests/wrong_answers)/", "", file)
        if isinstance(value, str) and any(f"{value}/".startswith(f"{chapter}/") for chapter in chapters):
            return True
    return False


def pytest_collection_modifyitems(config, items):
    """Leaves out other chapters' tests, skips the notebooks that cannot run here, begins with what takes longest."""
    if config.option.chapters:
        chapters = config.option.chapters.split(",")
        config.hook.pytest_deselected(items=[item for item in items if not of_chapters(item, chapters)])
        items[:] = [item for item in items if of_chapters(item, chapters)]
    skip_without_kernel(config, items)
    for item in items:
        for fixture in SLOW.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow(reason=SLOW[fixture]))
    if hasattr(config, "workerinput"):
        durations.longest_first(items)


def pytest_collection_finish():
    """The tests themselves, thousands of objects, are no garbage: the ladder's climbs look for some a hundred times."""
    gc.collect()
    gc.freeze()


def skip_without_kernel(config, items):
    """Skips the notebooks that cannot run here, with the reason, before nbval starts their kernel."""
    from jupyter_client.kernelspec import KernelSpecManager

    from tools import contents
    known = KernelSpecManager().find_kernel_specs()
    failing = set()
    for item in items:
        if item.path.suffix != ".ipynb":
            continue
        reason = contents.reason_to_skip(item.path, item.parent.nb.metadata.kernelspec.name, known)
        if not reason:
            continue
        if config.option.require_all_kernels and item.path not in failing:
            failing.add(item.path)  # its first cell fails, the others are skipped
            item.stash[NO_KERNEL] = reason
        else:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if NO_KERNEL in item.stash:
        pytest.fail(item.stash[NO_KERNEL], pytrace=False)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    if hasattr(item.parent, "keep") and hasattr(item, "cell_num"):
        item.parent.keep(item.cell_num)
