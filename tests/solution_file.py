"""How pytest runs a solution's notebook: nbval's cells, then its wrong answers in the same kernel, one test a task.

What the kernel has loaded, trained and compiled for the right answers is then there for the wrong ones.
"""
import ast
import functools
import importlib.util
import re
from pathlib import Path
from queue import Empty

import pytest
from nbval.plugin import IPyNbFile

from tools import exercises

IN_KERNEL = Path(__file__).with_name("in_kernel.py")
SECONDS = 300  # for one task's wrong answers


def verdicts(lines) -> dict:
    """``{task: verdict}`` from printed check lines."""
    found = {}
    for line in lines:
        match = re.match(r"\[(ok|todo|no)\]\s+(\d+ [^.:]*)", line)
        if match:
            found[match.group(2).strip()] = match.group(1)
    return found


@functools.cache
def wrong_answers(solution: Path) -> list:
    """``[(task, number of the solution block, replacement)]`` for a solution's path, with either suffix."""
    file = solution.parents[2] / "tests" / "wrong_answers" / solution.parent.name / f"{solution.stem}.py"
    spec = importlib.util.spec_from_file_location("wrong", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.WRONG


class KernelError(Exception):
    """Code that the kernel did not run to its end; the message is its traceback."""


class SolutionFile(IPyNbFile):
    """A solution's notebook, whose kernel goes on to its wrong answers."""

    def setup(self):
        super().setup()
        self.execute("import sys, types\nsys.modules['in_kernel'] = types.ModuleType('in_kernel')\n"
                     f"exec({IN_KERNEL.read_text(encoding='utf-8')!r}, sys.modules['in_kernel'].__dict__)\ndel sys, types")

    def collect(self):
        yield from super().collect()
        for task in dict.fromkeys(task for task, *_ in wrong_answers(self.path)):
            yield WrongAnswers.from_parent(self, name=f"wrong answers to {task}", task=task)

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
        """Remembers the notebook's names before the cell ``number``, if a wrong answer is to start there."""
        if any(number == there for there, *_ in self.blocks):
            self.execute(f"__import__('in_kernel').keep({number}, get_ipython().user_ns)")

    def with_answer(self, task: str, block: int, answer: str) -> tuple:
        """``(number of the first cell, sources)``: the cells from the block to the task's check, with another answer."""
        number, first, last = self.blocks[block]
        check = next(n for n in range(number, len(self.cells)) if f'"{task}"' in self.cells[n])
        lines = self.cells[number].splitlines()
        lines[first:last + 1] = [answer.strip("\n")]
        return number, ["\n".join(lines), *self.cells[number + 1:check + 1]]

    def execute(self, code: str, value: str = "None", seconds: float = 60):
        """Runs ``code`` in the kernel, unseen by the notebook, then evaluates ``value``, a literal. Raises KernelError."""
        client = self.kernel.kc
        sent = client.execute(code, silent=True, store_history=False, allow_stdin=False, user_expressions={"value": value})
        try:
            while True:
                reply = client.get_shell_msg(timeout=seconds)
                if reply["parent_header"].get("msg_id") == sent:
                    break
            self.kernel.await_idle(sent, timeout=seconds)
        except Empty:
            self.kernel.interrupt()
            raise KernelError(f"took more than {seconds} seconds") from None
        found = reply["content"]
        if found["status"] == "ok":
            found = found["user_expressions"]["value"]
        if found["status"] != "ok":
            raise KernelError("\n".join(found.get("traceback") or [found["status"]]))
        return ast.literal_eval(found["data"]["text/plain"])


class WrongAnswers(pytest.Item):
    """All wrong answers to one task of a solution: each is to be told ``[no]``."""

    def __init__(self, name, parent, task):
        super().__init__(name, parent)
        self.task = task

    def runtest(self):
        accepted = []
        for number, (task, block, answer) in enumerate(wrong_answers(self.path)):
            if task == self.task:
                first, sources = self.parent.with_answer(task, block, answer)
                lines = self.parent.execute("", f"__import__('in_kernel').printed({first}, {sources!r}, 'wrong {number}')",
                                            SECONDS).splitlines()
                if verdicts(lines).get(task) != "no":
                    accepted.append(f"{answer.strip()}\nprinted: {lines}")
        if accepted:
            raise AssertionError(f"'{self.task}' accepted\n" + "\n\n".join(accepted))

    def repr_failure(self, excinfo, style=None):
        told = isinstance(excinfo.value, (AssertionError, KernelError))
        return str(excinfo.value) if told else super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, 0, f"{self.path.relative_to(self.config.rootpath)}::{self.name}"
