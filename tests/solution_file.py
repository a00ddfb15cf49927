"""How pytest runs a solution's notebook: nbval's cells, then in the same kernel its wrong answers and mutants.

What the kernel has loaded, trained and compiled for the right answers is then there for the wrong ones.
"""
import ast
import contextlib
import functools
import math
import re
import runpy
import time
from pathlib import Path
from queue import Empty
from typing import Optional

import mutants
import pytest
from nbval.plugin import IPyNbFile

from tools import exercises

IN_KERNEL = Path(__file__).with_name("in_kernel.py")
SECONDS = 300  # for one wrong answer
AGAIN = 1.5  # seconds: the right answers of a solution that are tried again took no longer together
SHOWN = 2000  # characters of an output
SAMPLED = 3  # mutants of a solution, where not all are asked for: --mutants
MUTANT_SECONDS = 60


def verdicts(lines) -> dict:
    """``{task: verdict}`` from printed check lines."""
    found = {}
    for line in lines:
        match = re.match(r"\[(ok|todo|no)\]\s+(\d+ [^.:]*)", line)
        if match:
            found[match.group(2).strip()] = match.group(1)
    return found


def cut(text: str) -> str:
    """The text, or its beginning and end."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN // 2]}\n[...]\n{text[-SHOWN // 2:]}"


class AnswerError(Exception):
    """What is wrong with an answer, or with a file of them; the message is all that is shown."""


class KernelError(AnswerError):
    """Code that the kernel did not run to its end; ``detail`` is its traceback."""

    def __init__(self, what: str, detail: str = ""):
        super().__init__(f"{what}\n{cut(detail)}".strip())
        self.what, self.detail = what, cut(detail)


@functools.cache
def wrong_answers(solution: Path) -> list:
    """``[(task, number of the solution block, answer)]`` for a solution's path, with either suffix. Raises AnswerError."""
    name, names = _answers_file(solution)
    found = names.get("WRONG")
    if not isinstance(found, list) or not found or not all(
            isinstance(entry, tuple) and [*map(type, entry)] == [str, int, str] for entry in found):
        raise AnswerError(f"{name} needs a list WRONG of (task, number of the solution block, answer)")
    return found


def _answers_file(solution: Path) -> tuple:
    """The name of the file of wrong answers, and what it defines. Raises AnswerError."""
    root = next(folder.parent for folder in solution.parents if folder.name == "solutions")
    file = root / "tests" / "wrong_answers" / solution.relative_to(root / "solutions").with_suffix(".py")
    name = file.relative_to(root).as_posix()
    try:
        return name, runpy.run_path(str(file))
    except (Exception, SystemExit) as error:
        raise AnswerError(f"{name} cannot be read: {type(error).__name__}: {error}") from None


@functools.cache
def equivalent(solution: Path) -> dict:
    """``{what a mutant changes: why no check can tell it from the right answer}``, the file's EQUIVALENT."""
    found: dict = _answers_file(solution)[1].get("EQUIVALENT", {})
    return found


class SolutionFile(IPyNbFile):
    """A solution's notebook, whose kernel goes on to its wrong answers."""

    lost = ""  # why its kernel runs nothing more

    def setup(self):
        super().setup()
        self.starts = {}  # number of a cell: when it began; one more for the first wrong answer
        self.execute("import sys, types\nsys.modules['in_kernel'] = types.ModuleType('in_kernel')\n"
                     f"exec({IN_KERNEL.read_text(encoding='utf-8')!r}, sys.modules['in_kernel'].__dict__)\ndel sys, types")

    def teardown(self):
        if self.kernel is not None and not self.kernel.is_alive():
            self.kernel.stop()  # nbval would leave a dead kernel's channels open
        else:
            super().teardown()

    def collect(self):
        yield from super().collect()
        try:
            tasks = dict.fromkeys(task for task, *_ in wrong_answers(self.path))
        except AnswerError:
            tasks = [""]  # one test, that says so
        for task in tasks:
            yield WrongAnswers.from_parent(self, name=f"wrong answers to {task}" if task else "wrong answers", task=task)
        if "" not in tasks:
            yield Mutants.from_parent(self, name="mutants")
            yield RightAnswers.from_parent(self, name="right answers again")

    @functools.cached_property
    def cells(self) -> list:
        """The sources of the code cells."""
        return [cell.source for cell in self.nb.cells if cell.cell_type == "code"]

    @functools.cached_property
    def blocks(self) -> list:
        """``(number of the cell, first line, last line)`` of each solution block."""
        return [(number, first, last) for number, source in enumerate(self.cells)
                for first, last, _ in exercises.solution_blocks(source)]

    def keep(self, number: int) -> None:
        """Remembers the notebook's names before the cell ``number``, if a wrong answer is to start there, and the time."""
        self.starts[number] = time.monotonic()
        if any(number == there for there, *_ in self.blocks):
            self.execute(f"__import__('in_kernel').keep({number}, get_ipython().user_ns)")

    def with_answer(self, task: str, block: int, answer: Optional[str] = None) -> tuple:
        """``(number of the first cell, sources)``: the cells from the block to the task's check, with another answer."""
        if not 0 <= block < len(self.blocks):
            raise AnswerError(f"there is no solution block {block}: they go from 0 to {len(self.blocks) - 1}")
        number, first, last = self.blocks[block]
        check = next((n for n in range(number, len(self.cells)) if f'"{task}"' in self.cells[n]), None)
        if check is None:
            raise AnswerError(f"no cell from the solution block {block} on checks \"{task}\"")
        lines = self.cells[number].splitlines()
        if answer is not None:
            lines[first:last + 1] = [answer.strip("\n")]
        return number, ["\n".join(lines), *self.cells[number + 1:check + 1]]

    def printed(self, task: str, block: int, name: str, answer: Optional[str] = None) -> tuple:
        """``(lines, changed)``: what the cells print with an answer, the right one by default, and what it left changed."""
        first, sources = self.with_answer(task, block, answer)
        text, changed = self.execute("", f"__import__('in_kernel').printed({first}, {sources!r}, {name!r})", SECONDS)
        return text.splitlines(), changed

    def mutants(self) -> list:
        """``[(task, block, what, answer)]`` of all solution blocks, each with the last task that it is part of."""
        tasks = {block: task for task, block, _ in wrong_answers(self.path)}
        return [(tasks[block], block, what, answer) for block, (number, first, last) in enumerate(self.blocks)
                if block in tasks for what, answer in mutants.mutants(self.cells[number], first, last)]

    def execute(self, code: str, value: str = "None", seconds: float = 60):
        """Runs ``code`` in the kernel, unseen by the notebook, then evaluates ``value``, a literal. Raises KernelError."""
        if self.lost:
            raise KernelError(f"not tried, since {self.lost}")
        client, end = self.kernel.kc, time.monotonic() + seconds
        sent = client.execute(code, silent=True, store_history=False, allow_stdin=False, user_expressions={"value": value})
        found = self.message(client.get_shell_msg, sent, end, seconds)
        while self.message(client.get_iopub_msg, sent, end, seconds).get("execution_state") != "idle":
            pass
        if found["status"] == "ok":
            found = found["user_expressions"]["value"]
        if found["status"] != "ok":
            raise KernelError("an error in", "\n".join(found.get("traceback") or [found["status"]]))
        return ast.literal_eval(found["data"]["text/plain"])

    def message(self, receive, sent: str, end: float, seconds: float) -> dict:
        """The content of the next message about what was ``sent``. Raises KernelError if the kernel dies, or time is over."""
        while time.monotonic() < end:
            try:
                found = receive(timeout=0.5)
            except Empty:
                if not self.kernel.is_alive():
                    self.lost = "the kernel died before"
                    raise KernelError("the kernel died of") from None
            else:
                if found["parent_header"].get("msg_id") == sent:
                    return found["content"]
        self.kernel.interrupt()  # which the code may ignore: nothing more is asked of this kernel
        self.lost = f"the kernel was busy for more than {seconds} seconds before"
        raise KernelError(f"more than {seconds} seconds for")


class Answers(pytest.Item):
    """A test of answers, which tells what is wrong with them."""

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value) if isinstance(excinfo.value, AnswerError) else super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, 0, f"{self.path.relative_to(self.config.rootpath)}::{self.name}"


class WrongAnswers(Answers):
    """All wrong answers to one task of a solution: each is to be told ``[no]``, and to leave things as they were."""

    def __init__(self, name, parent, task):
        super().__init__(name, parent)
        self.task, self.tried = task, False

    def runtest(self):
        problems = []
        for number, (task, block, answer) in enumerate(wrong_answers(self.path)):
            if task == self.task:
                problems += self.problems(f"wrong {number}", block, answer)
        if problems:
            raise AnswerError("\n\n".join(problems))

    def problems(self, name: str, block: int, answer: str) -> list:
        """What is wrong with one answer, each with the answer."""
        if self.parent.lost:
            return [] if self.tried else [f"'{self.task}': not tried, since {self.parent.lost}"]
        self.tried = True
        self.parent.starts.setdefault(len(self.parent.cells), time.monotonic())
        shown = cut(answer.strip())
        try:
            lines, changed = self.parent.printed(self.task, block, name, answer)
        except KernelError as error:
            return [f"'{self.task}': {error.what} the answer\n{shown}\n{error.detail}".strip()]
        except AnswerError as error:
            return [f"'{self.task}': {error}, for the answer\n{shown}"]
        found = [f"'{self.task}': {name} left changed by the answer\n{shown}" for name in changed]
        if verdicts(lines).get(self.task) != "no":
            found.append(f"'{self.task}' accepted\n{shown}\nprinted: {cut(str(lines))}")
        return found


class Mutants(Answers):
    """Right answers with one small fault each (:mod:`mutants`): the check tells each, but for those that are equivalent.

    A few, always the same; with ``--mutants all`` each of them, and whether what is said to be equivalent still is.
    """

    def runtest(self):
        known, everything = equivalent(self.path), self.parent.mutants()
        wanted = self.config.getoption("mutants", str(SAMPLED))
        chosen = everything if wanted == "all" else mutants.sample(
            [one for one in everything if one[2] not in known], int(wanted), self.path.stem)
        survivors, unknown = [], set(known) - {what for *_, what, _ in everything}
        for number, (task, block, what, answer) in enumerate(chosen):
            if what not in known and self.accepted(f"mutant {number}", task, block, answer):
                survivors.append(f"'{task}' accepts: {what}")
        if wanted == "all":
            survivors += [f"said to be equivalent, but no mutant: {what}" for what in sorted(unknown)]
            print(f"{len(chosen)} mutants, {len(known)} equivalent, {len(survivors)} survive")
        if survivors:
            raise AnswerError("\n".join(survivors))

    def accepted(self, name: str, task: str, block: int, answer: str) -> bool:
        if self.parent.lost:
            raise AnswerError(f"not tried, since {self.parent.lost}")
        first, sources = self.parent.with_answer(task, block, answer)
        value = f"__import__('in_kernel').limited({MUTANT_SECONDS}, {first}, {sources!r}, {name!r})"
        try:
            text, _ = self.parent.execute("", value, SECONDS)
        except KernelError as error:
            if self.parent.lost:
                raise AnswerError(f"{error.what} {name}: {answer}") from None
            return False  # the learner sees an exception
        return verdicts(text.splitlines()).get(task) == "ok"


class RightAnswers(Answers):
    """After the wrong answers, the right ones are still right: none has changed what the others work with.

    Only where that is quick: the rest is trained, compiled or served.
    """

    def costs(self) -> dict:
        """``{(task, block): seconds}`` that the cells of a right answer took; infinite if they did not run."""
        found, starts = {}, self.parent.starts
        for task, block, _ in wrong_answers(self.path):
            with contextlib.suppress(AnswerError):  # told where it is tried
                number, sources = self.parent.with_answer(task, block)
                found[task, block] = starts.get(number + len(sources), math.inf) - starts.get(number, -math.inf)
        return found

    def runtest(self):
        if self.parent.lost:
            raise AnswerError(f"not tried, since {self.parent.lost}")
        seconds, problems = 0, []
        for (task, block), cost in sorted(self.costs().items(), key=lambda pair: pair[1]):
            seconds += cost
            if seconds <= AGAIN:
                lines, _ = self.parent.printed(task, block, "right")
                if verdicts(lines).get(task) != "ok":
                    problems.append(f"'{task}' does not accept the right answer any more, after the wrong ones\n"
                                    f"printed: {cut(str(lines))}")
        if problems:
            raise AnswerError("\n\n".join(problems))
