"""A network's text: what a fresh process needs to have the same functions."""
import linecache
import sys
import types

import pytest

from onecnn import cells, program_text

CELLS = [
    "if True:\n    import math\nfrom onecnn import lesson\nlesson.start()\nprint('noise')",
    "def twice(x):\n    return 2 * x",
    "%matplotlib inline",
    "base = 1\nunused = [print('never') for _ in range(3)]",
    "table = {}\ntable['a'] = base\ntable.update(b=2)",
    "import functools\n@functools.lru_cache\ndef answer(x):\n    return twice(x) + table['a'] + table['b'] + math.pi",
    "base = 10",
    "x = print('a variable of a function is not this one')",
    "def twice(x):  # the reader's second thought\n    return 2 * x + 100",
]


@pytest.fixture
def notebook(monkeypatch):
    """A module in which the cells were executed, as Jupyter does."""
    module = types.ModuleType("a_notebook")
    monkeypatch.setitem(sys.modules, "a_notebook", module)
    module.In = ["", *CELLS]
    for cell in CELLS:
        if not cell.startswith("%") and "lesson" not in cell:
            exec(cell, module.__dict__)
    module.math = __import__("math")
    return module


def run(text):
    namespace = {}
    exec(text, namespace)
    return namespace


def test_of_a_notebook_only_what_the_functions_rest_on(notebook):
    text = program_text.of({"answer": notebook.answer})
    assert "not this one" not in text and "noise" not in text and "never" not in text and "lesson.start" not in text
    assert "    import math" in text and "@functools.lru_cache" in text and "table.update(b=2)" in text


def test_the_readers_last_edit_counts(notebook):
    import math
    found = run(program_text.of({"answer": notebook.answer}))["answer"](5)
    assert found == notebook.answer(5), "the second twice"
    assert abs(found - (110 + 1 + 2 + math.pi)) < 1e-9


def test_a_wrapped_function_belongs_to_its_own_module(notebook):
    """A decorator's wrapper has the globals of the module that defines the decorator; ``torch.no_grad()`` is one."""
    for cell in ("import contextlib\nimport functools\n@contextlib.contextmanager\ndef open_door():\n    yield",
                 "@open_door()\ndef through(x):\n    return twice(x)",
                 "def power(x, n):\n    return twice(x) ** n\nsquare = functools.partial(power, n=2)"):
        notebook.In.append(cell)
        exec(cell, notebook.__dict__)
    assert notebook.through.__globals__ is not notebook.__dict__
    found = run(program_text.of({"logits": notebook.through, "square": notebook.square}))
    assert found["logits"](1) == 102 and found["square"](1) == 102 ** 2


def test_another_name_is_kept(notebook):
    text = program_text.of({"logits": notebook.twice})
    assert run(text)["logits"](1) == 102


def test_a_notebook_that_runs_without_history(notebook, monkeypatch):
    """nbval's way: ``In`` stays empty."""
    monkeypatch.setattr(notebook, "In", [""])
    for number, cell in enumerate(CELLS):
        monkeypatch.setitem(linecache.cache, f"<cell {number}>", (len(cell), None, cell.splitlines(True), f"<cell {number}>"))
    compiler = types.SimpleNamespace(_filename_map={f"<cell {number}>": number for number in range(len(CELLS))})
    notebook.get_ipython = lambda: types.SimpleNamespace(compile=compiler)
    assert run(program_text.of({"answer": notebook.answer}))["answer"](5) == notebook.answer(5)


def test_of_a_chapters_cells_their_whole_text():
    functions = cells.functions("01_history/02_by_hand")
    text = program_text.of({"build": functions.build, "load": functions.load})
    assert "def convolve_backward" in text and "np.empty(31 << 20" in text


def test_what_has_no_text_says_so(notebook):
    def inside():
        return 1

    with pytest.raises(program_text.NoText, match="load has no name in its module"):
        program_text.of({"load": inside})
    with pytest.raises(program_text.NoText, match="several modules"):
        program_text.of({"build": notebook.twice, "load": cells.functions})
    with pytest.raises(program_text.NoText, match="neither a notebook"):
        program_text.of({"build": cells.functions})



def test_variables_that_frameworks_read_belong_to_the_program(notebook, monkeypatch):
    monkeypatch.setitem(vars(notebook), "In", ["import os", "place = 'blas'", "os.environ['FLAGS'] = f'use={place}'",
                                               "os.environ.setdefault('ENGINE', 'one')", "print('no part of it')",
                                               "def answer(x):\n    return x"])
    exec("def answer(x):\n    return x", vars(notebook))
    text = program_text.of({"answer": notebook.answer})
    assert text.splitlines() == ["import os", "place = 'blas'", "os.environ['FLAGS'] = f'use={place}'",
                                 "os.environ.setdefault('ENGINE', 'one')", "def answer(x):", "    return x"]
