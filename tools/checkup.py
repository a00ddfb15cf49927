"""``course.py check``: a table of what is installed, what is missing, and how to get it. Standard library only."""
import json
import os
import platform
import shutil
import subprocess
import sys

from tools import environments
from tools.environments import COURSE, ENVIRONMENTS, MUSEUM, ROOT

SETUP = "python3 course.py setup"
FRAMEWORKS = {COURSE: ("torch", "tensorflow-cpu", "tensorflow", "keras", "jax", "onnxruntime", "numpy", "jupyterlab"),
              MUSEUM: ("mxnet", "Theano", "chainer", "numpy")}
ALTERNATIVES = ("tensorflow-cpu", "tensorflow")  # one of the two, by platform
MEMORY_GB = 2.0


def packages(environment) -> dict:
    """``{distribution: version or None}`` of the environment's frameworks, read in its own interpreter."""
    code = ("import json, sys\nfrom importlib import metadata\nfound = {}\nfor name in sys.argv[1:]:\n"
            "    try: found[name] = metadata.version(name)\n"
            "    except metadata.PackageNotFoundError: found[name] = None\nprint(json.dumps(found))")
    done = subprocess.run([str(environments.python_of(environment)), "-c", code, *FRAMEWORKS[environment]],
                          capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout) if done.returncode == 0 else dict.fromkeys(FRAMEWORKS[environment])


def rows() -> list:
    """The table: ``(what, found or why not, cure)``; a cure means that something is missing that could be here."""
    table = []
    try:
        table.append(("Python 3.11", environments.find_python311(), ""))
    except environments.SetupError as error:
        table.append(("Python 3.11", "missing", str(error).replace("\n", " ")))
    for environment in ENVIRONMENTS:
        table += _environment_rows(environment)
    table.append(_digits_row())
    compiler = shutil.which(os.environ.get("CXX", "g++")) or shutil.which("clang++")
    table.append(("C++ compiler", compiler or "none (only Theano needs one)", ""))
    table += _machine_rows()
    return table


def _environment_rows(environment) -> list:
    what = f"kernel {environment.kernel}"
    reason = environments.unavailable(environment)
    if reason:
        return [(what, f"not for this machine: {reason}", "")]
    if not environments.is_made(environment):
        half = (ROOT / environment.folder).exists()
        return [(what, "half-made or out of date" if half else "missing", SETUP)]
    found = packages(environment)
    result = [(what, str(environments.python_of(environment)), "")]
    for name, version in found.items():
        if version:
            result.append((f"  {name}", version, ""))
        elif name not in ALTERNATIVES or not any(found[other] for other in ALTERNATIVES):
            folder = environment.folder
            result.append((f"  {name}", "missing", f"remove the folder {folder}, then {SETUP}"))
    return result


def _digits_row() -> tuple:
    if not environments.is_made(COURSE):
        return ("digits", "not looked at: no course environment", "")
    code = "from onecnn import mnist\nif not mnist.small_file().exists(): raise SystemExit('missing')\nmnist.load()"
    done = subprocess.run([str(environments.python_of(COURSE)), "-c", code], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        return ("digits", "4,000 + 1,000, checksum right", "")
    return ("digits", "damaged" if "checksum" in done.stderr else "missing", SETUP)


def _machine_rows() -> list:
    free = shutil.disk_usage(ROOT).free / 1e9
    needed = sum(env.disk for env in ENVIRONMENTS if not environments.is_made(env) and not environments.unavailable(env))
    table = [("free disk", f"{free:.0f} GB", "" if free > max(needed, 0.5) else f"make room: {needed + 0.5:.1f} GB needed")]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
        table.append(("memory", f"{memory:.0f} GB", "" if memory > MEMORY_GB * 0.9 else f"{MEMORY_GB:.0f} GB needed"))
    table.append(("machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores", ""))
    return table


def main() -> int:
    """Prints the table; 1 if something is missing that this machine could have, else 0."""
    table = rows()
    width = max(len(what) for what, _, _ in table)
    for what, found, cure in table:
        print(f"{'MISSING' if cure else 'ok':<8} {what:<{width}}  {found}")
        if cure:
            print(f"{'':<8} {'':<{width}}  -> {cure}")
    missing = sum(bool(cure) for _, _, cure in table)
    print(f"\n{missing} to mend." if missing else "\nEverything that this machine can have is here.")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
