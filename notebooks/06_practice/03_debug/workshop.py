"""The workshop for ``script.py``: loads it with some of its bugs mended, and plays a debugger's
commands, so that a notebook that runs by itself can show what you would type.
"""
import contextlib
import json
import linecache
import os
import pdb
import subprocess
import sys
import tempfile
import types
from pathlib import Path

from onecnn import paths

# Hypothesis keeps what it learned about your code in a folder; here it goes when the program ends.
_scratch = tempfile.TemporaryDirectory()
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = _scratch.name

SCRIPT = Path(__file__).with_name("script.py")

# Those that the chapter finds: name, wrong lines, right lines.
FOUND = {
    "loss": ("torch.softmax(logits, 1).log()", "torch.log_softmax(logits, 1)"),
    "list": ("self.convolutions = [nn.Conv2d(1, 16, 3), nn.Conv2d(16, 32, 3)]",
             "self.convolutions = nn.ModuleList([nn.Conv2d(1, 16, 3), nn.Conv2d(16, 32, 3)])"),
    "start": ("nn.init.normal_(layer.weight)", "nn.init.kaiming_normal_(layer.weight)"),
    "accuracy": (".argmax(1, keepdim=True)", ".argmax(1)"),
    "labels": ("    images = images[torch.randperm(len(images))]",
               "    order = torch.randperm(len(images))\n"
               "    images, labels = images[order], labels[order]"),
    "batches": ("range(0, count - size, size)", "range(0, count, size)"),
    "seed": ("    model = Net()\n    torch.manual_seed(seed)",
             "    torch.manual_seed(seed)\n    model = Net()"),
}
_loaded = 0


def text(*names, mends=()):
    """The script's text with the bugs of these names mended, and ``mends``, (wrong, right)."""
    source = SCRIPT.read_text(encoding="utf-8")
    for wrong, right in (*(FOUND[name] for name in names), *mends):
        if source.count(wrong) != 1:
            raise ValueError(f"this does not stand in the script once: {wrong!r}")
        source = source.replace(wrong, right)
    return source


def load(*names, mends=()):
    """The script as a module, with those bugs mended."""
    global _loaded
    _loaded += 1
    source, module = text(*names, mends=mends), types.ModuleType(f"script_{_loaded}")
    file = f"<script {_loaded}>"  # Python's tools find its lines where linecache keeps them
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    exec(compile(source, file, "exec"), module.__dict__)
    return module


def mended(name):
    """Prints the wrong lines (-) and the right ones (+)."""
    whole = [line.strip() for line in text().splitlines()]
    right = [line.strip() for line in text(name).splitlines()]
    for sign, lines, others in (("-", whole, right), ("+", right, whole)):
        if sorted(lines) == sorted(others):  # lines have changed places
            lines = FOUND[name][sign == "+"].splitlines()
            print(*(f"{sign} {line.strip()}" for line in lines), sep="\n")
        else:
            print(*(f"{sign} {line}" for line in lines if line not in others), sep="\n")


class _Played(pdb.Pdb):
    """Python's debugger, with its commands given in advance, and without paths of this machine."""

    def __init__(self, commands):
        super().__init__(nosigint=True, readrc=False)
        self.cmdqueue = list(commands)

    def precmd(self, line):
        print(f"(Pdb) {line}")
        return super().precmd(line)

    def print_stack_entry(self, entry, prompt_prefix=""):
        frame, number = entry
        line = linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()
        print(f"> {frame.f_code.co_name}\n-> {line}")


def debug(commands, function, *arguments):
    """Calls the function in the debugger, which stops at its first line."""
    _Played([*commands, "continue"]).runcall(function, *arguments)


def post_mortem(commands, error):
    """Opens the debugger where the error was raised, as ``%debug`` does."""
    played = _Played([*commands, "quit"])
    played.reset()
    played.interaction(None, error.__traceback__)


@contextlib.contextmanager
def at_breakpoint(commands):
    """Where the next ``breakpoint()`` stops, these commands are played."""
    def stop():
        sys.breakpointhook = lambda: None
        _Played([*commands, "continue"]).set_trace(sys._getframe(1))

    sys.breakpointhook = stop
    try:
        yield
    finally:
        sys.breakpointhook = sys.__breakpointhook__


def pytest(file, planted=()):
    """Runs the tests of a file beside this one, and prints each one's verdict."""
    command = ["-m", "pytest", "-q", "-rA", "--tb=no", "--color=no", "-p", "no:cacheprovider",
               "-c", os.devnull, "--rootdir", ".", "--noconftest"]  # not the course's own settings
    done = subprocess.run(
        [sys.executable, *command, file], cwd=SCRIPT.parent, capture_output=True, text=True,
        timeout=120, env={**os.environ, "PLANTED": json.dumps(planted), "COLUMNS": "100",
                          "PYTHONPATH": str(paths.ROOT),
                          "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "",
                          "PYTHONDONTWRITEBYTECODE": "1"})
    for line in done.stdout.splitlines():
        if line.startswith(("PASSED", "FAILED", "ERROR")):
            print(line.replace(f"{file}::", ""))
    print("exit code:", done.returncode)


def apart(function):
    """The same function with global variables of its own: torch.compile leaves some there, and
    would complain when the notebook's are cleared at its end."""
    return types.FunctionType(function.__code__, {"__builtins__": __builtins__}, function.__name__)
