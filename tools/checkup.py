"""``course.py check``: a table of what is installed, what is missing, and how to get it. Standard library only."""
import json
import os
import platform
import shutil
import subprocess
import sys

from tools import environments, kernels, python311
from tools.environments import BROKEN, CAFFE, COURSE, DEPLOYMENT, ENVIRONMENTS, FOREIGN, MADE, MISSING, MUSEUM
from tools.steps import ROOT, SetupError, clean_environ

SETUP = "python3 course.py setup"
FRAMEWORKS = {COURSE: ("torch", "tensorflow-cpu", "tensorflow", "keras", "jax", "onnxruntime", "numpy", "jupyterlab"),
              MUSEUM: ("mxnet", "Theano", "chainer", "numpy"), CAFFE: ("caffe", "numpy"),
              DEPLOYMENT: ("ray", "executorch", "openvino", "ai-edge-litert", "kserve", "torchserve", "litserve")}
ALTERNATIVES = ("tensorflow-cpu", "tensorflow")  # one of the two, by platform
MEMORY_GB = 2.0
NOT_ASKED_FOR = "not set up"
COMPILER_CURE = "Debian and Ubuntu: sudo apt install g++; macOS: xcode-select --install"


def packages(environment, names) -> dict:
    """``{distribution: version or None}``, read in the environment's own interpreter."""
    code = ("import json, sys\nfrom importlib import metadata\nfound = {}\nfor name in sys.argv[1:]:\n"
            "    try: found[name] = metadata.version(name)\n"
            "    except metadata.PackageNotFoundError: found[name] = None\nprint(json.dumps(found))")
    done = subprocess.run([str(environments.python_of(environment)), "-c", code, *names],
                          capture_output=True, text=True, timeout=60, env=clean_environ(), cwd=ROOT)
    return json.loads(done.stdout) if done.returncode == 0 else dict.fromkeys(names)


def rows() -> list:
    """The table: ``(what, found or why not, cure)``; a cure means that something is missing that could be here."""
    table = []
    try:
        table.append(("Python 3.11", python311.find_python311(), ""))
    except SetupError as error:
        table.append(("Python 3.11", "missing", str(error).replace("\n", " ")))
    for environment in ENVIRONMENTS:
        table += _environment_rows(environment)
    table.append(_digits_row())
    found, needed = environments.compiler(), not environments.unavailable(MUSEUM)
    table.append(("C++ compiler", found or "none (Theano and torch.compile need one)",
                  "" if found or not needed else COMPILER_CURE))
    table += _machine_rows()
    return table


def _environment_rows(environment) -> list:
    what, folder = f"kernel {environment.kernel}", environment.folder
    chosen = environments.in_place() if environment is COURSE else None
    reason = environments.unavailable(environment)
    if reason and not chosen:
        return [(what, f"not for this machine: {reason}", "open the course on Binder" if environment is COURSE else "")]
    state, command = environments.state(environment), environment.command
    if state == MISSING and environment.optional:
        size = f"{environment.download:.1f} GB to download, {environment.disk:.1f} GB on disk"
        return [(what, f"{NOT_ASKED_FOR}: {size}", command)]
    if state != MADE:
        return [(what, state, f"rename or remove the folder {folder}, then: {command}" if state == FOREIGN else command)]
    anew = "conda env update -f environment.yml" if chosen else f"remove the folder {folder}, then: {command}"
    try:
        pins = environments.unconditional_pins(environment)
        found = packages(environment, [*FRAMEWORKS[environment], *pins])
        kernel = kernels.kernel_file(environment)
        python = str(environments.python_of(environment))
        registered = kernel.exists() and json.loads(kernel.read_text(encoding="utf-8"))["argv"][0] == python
    except (SetupError, OSError, ValueError, subprocess.TimeoutExpired):
        return [(what, BROKEN, anew)]
    result = [(what, python, "") if registered else (what, "not registered with Jupyter", SETUP)]
    for name in FRAMEWORKS[environment]:
        if found[name]:
            result.append((f"  {name}", found[name], ""))
        elif name not in ALTERNATIVES or not any(found[other] for other in ALTERNATIVES):
            result.append((f"  {name}", "missing", anew))
    changed = [f"{name} {found[name] or 'missing'} instead of {version}" for name, version in pins.items()
               if (found[name] or "").split("+")[0] != version]
    pinned = f"{len(pins) - len(changed)} of {len(pins)} as pinned"
    result.append(("  all packages", "; ".join([pinned, *changed[:3]]), anew if changed else ""))
    return result


def _digits_row() -> tuple:
    if not environments.is_made(COURSE):
        return ("digits", "not looked at: no course environment", "")
    code = "from onecnn import mnist\nif not mnist.small_file().exists(): raise SystemExit('missing')\nmnist.load()"
    done = subprocess.run([str(environments.python_of(COURSE)), "-c", code], cwd=ROOT, capture_output=True, text=True,
                          env=clean_environ())
    if done.returncode == 0:
        return ("digits", "4,000 + 1,000, checksum right", "")
    return ("digits", "damaged" if "checksum" in done.stderr else "missing", SETUP)


def _machine_rows() -> list:
    free = shutil.disk_usage(ROOT).free / 1e9
    needed = max(0.5, environments.disk_needed(env for env in ENVIRONMENTS if not environments.is_made(env)
                                               and not environments.unavailable(env) and not env.optional))
    table = [("free disk", f"{free:.1f} GB", "" if free >= needed else f"make room: {needed:.1f} GB needed")]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
        table.append(("memory", f"{memory:.0f} GB", "" if memory > MEMORY_GB * 0.9 else f"{MEMORY_GB:.0f} GB needed"))
    table.append(("machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores", ""))
    return table


def main() -> int:
    """Prints the table; 1 if something is missing that this machine could have and that is not optional, else 0."""
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
