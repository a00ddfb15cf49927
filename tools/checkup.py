"""``course.py check``: a table of what is installed, what is missing, and how to get it. Standard library only."""
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Optional

from tools import environments, kernels, python311
from tools.environments import BROKEN, CAFFE, CLOSED, COURSE, DEPLOYMENT, ENVIRONMENTS, FOREIGN, MADE, MISSING, MUSEUM
from tools.steps import ROOT, SetupError, clean_environ, work_environ

SETUP = "python3 course.py setup"
FRAMEWORKS = {COURSE: ("torch", "tensorflow-cpu", "tensorflow", "keras", "jax", "onnxruntime", "numpy", "jupyterlab"),
              MUSEUM: ("mxnet", "Theano", "chainer", "numpy"), CAFFE: ("caffe", "numpy"),
              DEPLOYMENT: ("ray", "executorch", "openvino", "ai-edge-litert", "kserve", "torchserve", "litserve")}
MODULES = {"tensorflow-cpu": "tensorflow", "Theano": "theano", "ai-edge-litert": "ai_edge_litert", "torchserve": "ts"}
ALTERNATIVES = ("tensorflow-cpu", "tensorflow")  # one of the two, by platform
MEMORY_GB = 2.0
NOT_ASKED_FOR = "not set up"
CLOSED_CURE = "ask its owner, or copy the course without it"
IMPORT_SECONDS = 180  # all imports of an environment, from a cold disk
TOGETHER_GB = 6  # less memory than that, and the environments take turns
LOADER = ("LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "DYLD_LIBRARY_PATH")
# Imports as a notebook does. Says what it begins ("+") and what failed ("-"), with the first cause and where that lay.
IMPORTS = """
import os, sys, traceback
sys.path.pop(0)
say = lambda *words: print("one-cnn", *(" ".join(str(word).split()) for word in words), sep="\t", flush=True)
for name in sys.argv[1:]:
    say("+", name)
    try:
        __import__(name, fromlist=["x"])
        if name == "onecnn.lesson": sys.modules[name].start()
    except BaseException as error:
        while error.__cause__ or (error.__context__ and not error.__suppress_context__):
            error = error.__cause__ or error.__context__
        place = traceback.extract_tb(error.__traceback__)[-1].filename
        text = next(iter(str(error).strip().splitlines()), "")[:200]
        say("-", name, f"{type(error).__name__}: {text} (in {place})")
os._exit(0)  # what happens at the end is another matter
"""
COMPILER_CURE = "Debian and Ubuntu: sudo apt install g++; macOS: xcode-select --install"

Row = tuple[str, str, str]  # of the table: what, found or why not, cure


def packages(environment: environments.Environment, names: list[str]) -> dict[str, Optional[str]]:
    """``{distribution: version or None}``, read in the environment's own interpreter."""
    code = ("import json, sys\nfrom importlib import metadata\nfound = {}\nfor name in sys.argv[1:]:\n"
            "    try: found[name] = metadata.version(name)\n"
            "    except metadata.PackageNotFoundError: found[name] = None\nprint(json.dumps(found))")
    done = subprocess.run([str(environments.python_of(environment)), "-c", code, *names],
                          capture_output=True, text=True, timeout=60, env=clean_environ(), cwd=ROOT)
    return json.loads(done.stdout) if done.returncode == 0 else dict.fromkeys(names)


def failed_imports(environment: environments.Environment, names: list[str]) -> dict[str, str]:
    """``{module: why}`` of those that the environment's interpreter cannot import when it is started as its kernel is."""
    failed, names = {}, list(names)
    while names:
        said, ending = _import(environment, names)
        lines = [line.split("\t")[1:] for line in said.splitlines() if line.startswith("one-cnn\t")]
        failed.update({line[1]: line[2] for line in lines if line[0] == "-"})
        begun = [line[1] for line in lines if line[0] == "+"]
        if not ending:
            break
        failed[begun[-1] if begun else names[0]] = ending
        names = names[len(begun) or 1:]  # the others may be well
    return failed


def _import(environment: environments.Environment, names: list[str]) -> tuple[str, str]:
    """``(standard output, how it ended)`` of a process that imports the modules; the second is empty if it ended well."""
    command = [str(environments.python_of(environment)), "-c", IMPORTS, *names]
    with tempfile.TemporaryDirectory() as folder:
        flags = {"THEANO_FLAGS": f"cxx=,blas.ldflags=,base_compiledir={folder!r}"}  # it is to compile nothing
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                  cwd=ROOT, timeout=IMPORT_SECONDS,
                                  env={**work_environ(), **kernels.variables(environment), **flags})
        except subprocess.TimeoutExpired as late:
            return (late.stdout or b"").decode("utf-8", "replace"), f"not done after {IMPORT_SECONDS} seconds"
    return done.stdout.decode("utf-8", "replace"), _ending(done.returncode)


def _ending(code: int) -> str:
    if code < 0:
        try:
            return f"the process was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"the process was ended by signal {-code}"
    return f"the process ended with exit code {code}" if code else ""


def rows() -> list[Row]:
    """The table: ``(what, found or why not, cure)``; a cure means that something is missing that could be here."""
    table = []
    try:
        table.append(("Python 3.11", python311.find_python311(), ""))
    except SetupError as error:
        table.append(("Python 3.11", "missing, and needed by set-up only", "") if environments.only_read() else
                     ("Python 3.11", "missing", str(error).replace("\n", " ")))
    with ThreadPoolExecutor(len(ENVIRONMENTS) if _memory() > TOGETHER_GB else 1) as pool:
        table += [row for found in pool.map(_environment_rows, ENVIRONMENTS) for row in found]
    table.append(_digits_row())
    found, needed = environments.compiler(), not environments.unavailable(MUSEUM)
    table.append(("C++ compiler", found or "none (Theano and torch.compile need one)",
                  "" if found or not needed else COMPILER_CURE))
    table += _machine_rows()
    return table


def _environment_rows(environment: environments.Environment) -> list[Row]:
    what, folder = f"kernel {environment.kernel}", environment.folder
    chosen = environments.in_place() if environment is COURSE else None
    reason = environments.unavailable(environment)
    if reason and not chosen:
        return [(what, f"not for this machine: {reason}", "open the course on Binder" if environment is COURSE else "")]
    state, ask = environments.state(environment), _ask()
    command = ask + environment.command
    if state == MISSING and environment.optional:
        size = f"{environment.download:.1f} GB to download, {environment.disk:.1f} GB on disk"
        return [(what, f"{NOT_ASKED_FOR}: {size}", command)]
    if state == CLOSED:
        return [(what, f"{state}: {environments.closed(environment)}", CLOSED_CURE)]
    if state == FOREIGN:
        return [(what, state, f"{ask}rename or remove the folder {folder}, then: {environment.command}")]
    if state != MADE:
        return [(what, state, command)]
    if environments.state(COURSE) == CLOSED:  # whose Jupyter starts all kernels
        return [(what, f"{CLOSED}: {environments.closed(COURSE)}", CLOSED_CURE)]
    anew = "conda env update -f environment.yml" if chosen else f"remove the folder {folder}, then: {environment.command}"
    anew = ask + anew
    try:
        pins = environments.unconditional_pins(environment)
        found = packages(environment, [*FRAMEWORKS[environment], *pins])
        python, registered = str(environments.python_of(environment)), kernels.is_registered(environment)
        modules = [MODULES.get(name, name) for name in FRAMEWORKS[environment] if found[name]]
        failed = failed_imports(environment, ["onecnn.lesson", *dict.fromkeys(modules)])
    except SetupError as error:  # the course's Python, which the other kernels need, does not run
        return [(what, BROKEN, anew) if environment is COURSE else
                (what, "not looked at: no course environment", f"{ask}{error}")]
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return [(what, BROKEN, anew)]
    result = [(what, python, "") if registered else (what, "not registered with Jupyter", ask + SETUP)]
    for name in FRAMEWORKS[environment]:
        version = found[name]
        why = failed.pop(MODULES.get(name, name), "") if version else ""
        if why:
            loader = " ".join(f"-u {variable}" for variable in LOADER if os.environ.get(variable))
            again = f"env {loader} python3 course.py check; if that does not help: " if loader else ""
            result.append((f"  {name}", f"{version}, import {MODULES.get(name, name)} fails: {why}", again + anew))
        elif version:
            result.append((f"  {name}", version, ""))
        elif name not in ALTERNATIVES or not any(found[other] for other in ALTERNATIVES):
            result.append((f"  {name}", "missing", anew))
    result += [(f"  {name}", f"import {name} fails: {why}", anew) for name, why in failed.items()]
    changed = [f"{name} {found[name] or 'missing'} instead of {version}" for name, version in pins.items()
               if (found[name] or "").split("+")[0] != version]
    pinned = f"{len(pins) - len(changed)} of {len(pins)} as pinned"
    result.append(("  all packages", "; ".join([pinned, *changed[:3]]), anew if changed else ""))
    return result


def _ask() -> str:
    """What a cure begins with that must be carried out in the course's folder; empty for who can write there."""
    return f"ask {environments.owner()}: " if environments.only_read() else ""


def _digits_row() -> Row:
    if not environments.is_made(COURSE):
        return ("digits", "not looked at: no course environment", "")
    code = "from onecnn import mnist\nif not mnist.small_file().exists(): raise SystemExit('missing')\nmnist.load()"
    done = subprocess.run([str(environments.python_of(COURSE)), "-c", code], cwd=ROOT, capture_output=True, text=True,
                          env=work_environ())
    if done.returncode == 0:
        return ("digits", "4,000 + 1,000, checksum right", "")
    refused = done.stderr.partition("CacheRefused: ")[2].strip()
    if refused:
        return ("digits", "not looked at: no folder for them", refused)
    return ("digits", "damaged" if "checksum" in done.stderr else "missing", SETUP)


def _machine_rows() -> list[Row]:
    free = shutil.disk_usage(ROOT).free / 1e9
    needed = max(0.5, environments.disk_needed(env for env in ENVIRONMENTS if not environments.is_made(env)
                                               and not environments.unavailable(env) and not env.optional))
    table = [("free disk", f"{free:.1f} GB", "" if free >= needed else f"{_ask()}make room: {needed:.1f} GB needed")]
    if environments.unfit(ROOT):
        table.append(("folder", str(ROOT), environments.unfit(ROOT)))
    memory = _memory()
    if memory:
        table.append(("memory", f"{memory:.0f} GB", "" if memory > MEMORY_GB * 0.9 else f"{MEMORY_GB:.0f} GB needed"))
    table.append(("machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores", ""))
    return table


def _memory() -> float:
    """The machine's memory in GB; 0 if it does not say."""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    return 0


def main() -> int:
    """Prints the table; 1 if something is missing that this machine could have and that is not optional, else 0."""
    print("Importing every framework, as its kernel does: about a minute.\n", flush=True)
    table, missing, optional = rows(), 0, 0
    width = max(len(what) for what, _, _ in table)
    for what, found, cure in table:
        later = found.startswith(NOT_ASKED_FOR)
        optional, missing = optional + later, missing + bool(cure and not later)
        print(f"{'optional' if later else 'MISSING' if cure else 'ok':<8} {what:<{width}}  {found}")
        if cure:
            print(f"{'':<8} {'':<{width}}  -> {cure}")
    here = "Everything that is not optional is here." if optional else "Everything that this machine can have is here."
    print(f"\n{missing} to mend." if missing else f"\n{here}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
