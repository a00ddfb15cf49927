"""The package, the tools and ``course.py`` are what their annotations say: mypy, as strict as ``pyproject.toml`` has it."""
import os
import re
import subprocess
import sys

from onecnn import paths

ROOT = paths.ROOT
WRONG = '''\
import re


def half(number: int) -> str:
    return number // 2


def first(text: str) -> str:
    return re.match("a", text).group()


def untold(number):
    return number
'''


def mypy(*arguments):
    done = subprocess.run([sys.executable, "-m", "mypy", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True,
                          timeout=300)
    return done.returncode, done.stdout + done.stderr


def test_types(tmp_path):
    """From what mypy kept of an earlier run, where that can be written: 2 seconds in place of 12."""
    elsewhere = [] if os.access(ROOT / ".course", os.W_OK) else ["--cache-dir", tmp_path]
    code, said = mypy(*elsewhere)
    assert code == 0, said


def test_a_wrong_type_is_seen(tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text(WRONG, encoding="utf-8")
    code, said = mypy("--cache-dir", tmp_path / "cache", file)
    assert code == 1, said
    assert re.findall(r"\[([a-z-]+)\]$", said, re.MULTILINE) == ["return-value", "union-attr", "no-untyped-def"]
