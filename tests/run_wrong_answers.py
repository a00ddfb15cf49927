"""Runs a solution's cells in its kernel's interpreter, then each wrong answer; prints the checks' lines as JSON.

    python run_wrong_answers.py SOLUTION.py WRONG.json
"""
import contextlib
import io
import json
import linecache
import sys
from pathlib import Path

from onecnn import cells, lesson
from tools import exercises


def run(source: str, name: str, namespace: dict) -> str:
    """Executes a cell and returns what it printed. Its lines are made known, so that ``inspect`` finds them."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, name, "exec"), namespace)
    return out.getvalue()


def main(solution: Path, wrong: list) -> dict:
    """``{"solution": [lines], "wrong": [[lines of the cells that follow the wrong answer] for each]}``."""
    code = cells.read(solution)
    blocks = [number for number, cell in enumerate(code) for _ in exercises.solution_blocks(cell.source)]
    namespace, before, lines = {"__name__": "__main__"}, [], []
    for number, cell in enumerate(code):
        before.append(dict(namespace))
        lines += run(cell.source, f"<cell {number}>", namespace).splitlines()
    answers = []
    for turn, (task, block, replacement) in enumerate(wrong):
        first = blocks[block]
        last = next(n for n in range(first, len(code)) if f'"{task}"' in code[n].source)
        mine, printed = dict(before[first]), []
        for number in range(first, last + 1):
            source = code[number].source
            if number == first:
                start, end, _ = exercises.solution_blocks(source)[block - blocks.index(first)]
                text = source.splitlines()
                source = "\n".join([*text[:start], replacement.strip("\n"), *text[end + 1:]])
            printed += run(source, f"<wrong {turn}, cell {number}>", mine).splitlines()
        answers.append(printed)
    return {"solution": lines, "wrong": answers}


if __name__ == "__main__":
    lesson.start()
    print(json.dumps(main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))))
