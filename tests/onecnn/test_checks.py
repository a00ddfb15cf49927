"""Self-checks print one line each, whatever a learner's work does."""
import numpy as np
import pytest

from onecnn import checks
from onecnn.checks import grade


def printed(capsys, *arguments, **options):
    """What one check prints, without its line end."""
    grade("1 a task", *arguments, **options)
    out, err = capsys.readouterr()
    assert err == "" and out.endswith("\n")
    return out[:-1]


@pytest.mark.parametrize("verdict", [True, 1, np.True_, np.array([1])])
def test_right(capsys, verdict):
    assert printed(capsys, lambda: verdict, "look again") == "[ok]   1 a task"


@pytest.mark.parametrize("verdict", [False, 0, np.False_, None])
def test_wrong(capsys, verdict):
    assert printed(capsys, lambda: verdict, "look again") == "[no]   1 a task. Hint: look again"


def test_a_hint_that_fits_the_mistake(capsys):
    line = printed(capsys, lambda answer: answer == 4 or f"{answer} is too small", "look again", answer=3)
    assert line == "[no]   1 a task. Hint: 3 is too small"


def test_an_empty_hint_is_still_a_no(capsys):
    assert printed(capsys, lambda: "", "look again").startswith("[no] ")


def test_an_exception_is_shown_with_the_hint(capsys):
    line = printed(capsys, lambda: 1 / 0, "look again")
    assert line == "[no]   1 a task: ZeroDivisionError: division by zero. Hint: look again"


def not_done():
    raise NotImplementedError("your code here")


def test_a_function_not_yet_written(capsys):
    assert printed(capsys, not_done, "look again") == "[todo] 1 a task"


def test_an_answer_not_yet_given(capsys):
    asked = []
    assert printed(capsys, asked.append, "look again", answer=...) == "[todo] 1 a task"
    assert not asked, "the test does not see an answer that is missing"


@pytest.mark.parametrize("answer", [None, 0, "", False, [...]])
def test_any_other_answer_is_tested(capsys, answer):
    assert printed(capsys, lambda given: given is answer, "look again", answer=answer) == "[ok]   1 a task"


def test_an_array_is_an_answer(capsys):
    assert printed(capsys, lambda given: given.sum() == 3, "look again", answer=np.arange(3)) == "[ok]   1 a task"


def test_verdicts_stand_in_one_column(capsys):
    lines = [printed(capsys, test, "look again") for test in (lambda: True, lambda: False, not_done)]
    assert {line.index("1 a task") for line in lines} == {7}


def test_a_verdict_that_is_neither_true_nor_false(capsys):
    """An answer of the wrong shape turns ``answer == 3`` into an array."""
    line = printed(capsys, lambda answer: answer == 3, "look again", answer=np.array([3, 4]))
    assert line.startswith("[no]   1 a task") and line.endswith("Hint: look again")


def test_a_message_of_many_lines_is_one_line(capsys):
    def broken():
        raise RuntimeError("shapes do not fit\n\nOperands: 3 and 4")

    line = printed(capsys, broken, "look again")
    assert "\n" not in line
    assert "RuntimeError: shapes do not fit" in line and line.endswith("Hint: look again")


def test_a_function_that_returns_nothing(capsys):
    grade("1 sum", lambda: float(None) > 0, hint="add them")
    assert capsys.readouterr().out.endswith("Hint: does your function end with return? add them\n")


def test_names_that_a_function_uses():
    def answer(x):
        import numpy.linalg as la

        def inner(y):
            return np.dot(y, y)

        return [la.norm(inner(one)) for one in x]

    assert {"np", "dot", "numpy", "linalg", "norm"} <= checks.names(answer.__code__)
    assert "sum" not in checks.names(answer.__code__)
