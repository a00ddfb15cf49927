"""Who imports whom in the package: in no circle, and the truth knows nothing of those who are held against it."""
import ast
import sys

import pytest

from onecnn import paths

PACKAGE = paths.ROOT / "onecnn"
MODULES = sorted(file.stem for file in PACKAGE.glob("*.py") if file.stem != "__init__")


def imported(text, package="onecnn"):
    """What a module's text imports, at its top and inside functions: ``"onecnn.spec"``, ``"numpy"``."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "the package imports itself by its name"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if node.module == package else {node.module}
    return found


def graph(texts, package="onecnn"):
    """``{module: the modules of the package that it imports}``, for ``{module: text}``."""
    return {module: {name.split(".")[1] for name in imported(text, package) if name.startswith(f"{package}.")}
            for module, text in texts.items()}


def circles(imports):
    """Each way from a module back to itself, as a list of names that begins with the alphabetically first."""
    found, ways = [], [[module] for module in imports]
    while ways:
        way = ways.pop()
        for following in imports.get(way[-1], ()):
            if following == way[0]:
                found.append(way)
            elif following > way[0] and following not in way:
                ways.append([*way, following])
    return sorted(found)


def reached(imports, module):
    """``module`` and all that it imports, by way of others too."""
    seen, waiting = set(), [module]
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += imports[module]
    return seen


@pytest.fixture(scope="module")
def texts():
    return {module: (PACKAGE / f"{module}.py").read_text(encoding="utf-8") for module in MODULES}


def test_no_circle_of_imports(texts):
    assert circles(graph(texts)) == []


def test_no_circle_among_the_tools():
    texts = {file.stem: file.read_text(encoding="utf-8") for file in (paths.ROOT / "tools").glob("*.py")}
    assert circles(graph(texts, "tools")) == []


def test_a_circle_would_be_found():
    assert circles(graph({"a": "from onecnn import b, spec", "b": "def f():\n    import onecnn.c", "spec": "",
                          "c": "def g():\n    from onecnn.a import h"})) == [["a", "b", "c"]]
    assert circles(graph({"a": "def f():\n    from onecnn import a"})) == [["a"]]


def test_imports_lead_somewhere(texts):
    assert set().union(*graph(texts).values()) <= set(MODULES)


TRUTH, DIGITS = {"expected", "mnist", "paths", "reference", "spec"}, {"numpy", "mlxtend", "tqdm"}
ITS_PROCESS = {"cells", "frameworks", "ladder", "lesson", "networks", "program_text",
               "side_effects"}  # and the table of the chapters' names
NOTEBOOKS = {"IPython", "cycler", "jupyter_client", "matplotlib"}


@pytest.mark.parametrize("module, inside, outside", [
    ("spec", TRUTH, DIGITS), ("reference", TRUTH, DIGITS), ("expected", TRUTH, DIGITS),
    ("ladder", TRUTH | ITS_PROCESS, DIGITS | NOTEBOOKS)])  # which starts a fresh process of a chapter's kernel
def test_the_truth_imports_no_framework(texts, module, inside, outside):
    """What they reach in the package, and outside it nothing but NumPy, Python, the digits' own library, and a notebook's."""
    known = reached(graph(texts), module)
    assert known <= inside
    found = {name.split(".")[0] for one in known for name in imported(texts[one])} - {"onecnn"}
    assert found - set(sys.stdlib_module_names) <= outside
