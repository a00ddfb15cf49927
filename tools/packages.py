"""Installs pinned packages, each checked by its hash: with uv, or with pip where uv cannot. Standard library only.

Where packages come from is what pip's own settings say, be it in files or variables: index, certificate, proxy and their like.
Both installers are told these and no others: ``PIP_TARGET`` or ``PIP_USER`` would send the packages elsewhere.
"""
import ast
import contextlib
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Optional, Union

from tools.steps import ROOT, STATE, WHEELHOUSE, SetupError, clean_environ, run_step

TORCH_CPU = "https://download.pytorch.org/whl/cpu"
TORCH = STATE / "torch"  # its wheel, between two environments
CUDA = ROOT / "requirements" / "cuda.txt"  # the default build, and what only that asks for
SOURCES = ("index-url", "extra-index-url", "find-links", "no-index", "cert", "client-cert", "proxy", "trusted-host", "timeout",
           "retries", "keyring-provider", "no-cache-dir", "cache-dir")
UV_KEEPS = ("UV_CACHE_DIR", "UV_LINK_MODE", "UV_HTTP_TIMEOUT")  # the others would send packages elsewhere, or other ones
ABSENT = """
import re, sys
from importlib import metadata
from pip._vendor.packaging.requirements import Requirement
def plain(name): return re.sub(r"[-_.]+", "-", name).lower()
there = {plain(found.metadata["Name"] or ""): found.version.split("+")[0] for found in metadata.distributions()}
for pin in map(Requirement, sys.stdin.read().splitlines()):
    if (not pin.marker or pin.marker.evaluate()) and str(pin.specifier) != f"=={there.get(plain(pin.name))}":
        print(pin.name)
"""


def pins(requirements: Path) -> list[str]:
    """The entries of a requirement file, of one or more lines each: name, version, where it holds, hashes."""
    return re.findall(r"^[\w.-]+==.*(?:\n .*)*", requirements.read_text(encoding="utf-8"), re.MULTILINE)


def name(pin: str) -> str:
    """The package of an entry."""
    return pin.split("==")[0]


def version(pin: str) -> str:
    """The version of an entry."""
    return re.split(r"[\s;]", pin.split("==")[1])[0]


def sources(python: Path) -> dict[str, str]:
    """Where packages come from: a wheelhouse if there is one, else what pip's settings say."""
    return {"no-index": "1", "find-links": str(WHEELHOUSE)} if WHEELHOUSE.exists() else settings(python)


def settings(python: Path) -> dict[str, str]:
    """What pip's settings say about where packages come from: ``{option: value}``."""
    env = {**clean_environ(), "PIP_QUIET": "0"}  # a quiet pip lists nothing
    done = subprocess.run([str(python), "-m", "pip", "config", "list"], capture_output=True, text=True, env=env, cwd=ROOT,
                          encoding="utf-8", errors="replace")
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise SetupError(f"pip cannot read its settings, which say where packages come from: {reason}\n"
                         "Mend that and run this again.")
    said = re.findall(r"^(global|install|:env:)\.([\w-]+)=(.*)$", done.stdout, re.MULTILINE)
    found = {}
    for wanted in ("global", "install", ":env:"):  # as pip reads them: the last one counts
        for section, option, value in said:
            option = {"default-timeout": "timeout"}.get(option.replace("_", "-"), option.replace("_", "-"))
            if section == wanted and option in SOURCES and ast.literal_eval(value):
                found[option] = ast.literal_eval(value)
    return found


def pip_environ(found: dict[str, str]) -> dict[str, str]:
    """The process environment in which pip knows these sources and nothing else of the user's."""
    env = {name: value for name, value in clean_environ().items() if not name.startswith("PIP_")}
    chosen = {name: value for name, value in {"retries": "2", **found}.items() if name != "find-links"}
    return {**env, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1",
            "PIP_PROGRESS_BAR": "off", **{f"PIP_{name.upper().replace('-', '_')}": value for name, value in chosen.items()}}


def uv_arguments(found: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """``(arguments, process environment)`` with which uv takes packages from where pip would."""
    env = {name: value for name, value in clean_environ().items()
           if not name.startswith(("PIP_", "UV_")) or name in UV_KEEPS}
    env.update(UV_NO_CONFIG="1", UV_SYSTEM_CERTS="1", UV_HTTP_RETRIES=found.get("retries", "2"), UV_PYTHON_DOWNLOADS="never")
    named = {"cert": ("SSL_CERT_FILE",), "client-cert": ("SSL_CLIENT_CERT",), "timeout": ("UV_HTTP_TIMEOUT",),
             "proxy": ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")}
    for option, variables in named.items():
        if option in found:
            value = found[option] if option != "proxy" or "://" in found[option] else f"http://{found[option]}"
            env.update({name: value for variable in variables for name in (variable, variable.lower())
                        if option == "proxy" or name == variable})
    arguments = ["--index-strategy", "unsafe-best-match"]  # of several indexes, as pip does; the hash decides
    for option, argument in (("index-url", "--default-index"), ("extra-index-url", "--index"), ("find-links", "--find-links"),
                             ("trusted-host", "--allow-insecure-host")):
        for value in found.get(option, "").split() if option != "find-links" else _links(found):
            arguments += [argument, value]
    if found.get("keyring-provider") in ("subprocess", "import"):
        arguments += ["--keyring-provider", "subprocess"]
    if _on(found.get("no-index")):
        arguments.append("--no-index")
    if _on(found.get("no-cache-dir")):
        arguments.append("--no-cache")
    return arguments, env


def _links(found: dict[str, str]) -> list[str]:
    """The folders and pages of ``find-links``: a path may hold spaces, a list is separated by them."""
    value = found.get("find-links", "")
    return [value] if value and Path(value).exists() else value.split()


def _on(value: Optional[str]) -> bool:
    return str(value or "").lower() in ("1", "true", "yes", "on", "t", "y")


def uv(python: Path) -> list[str]:
    """The start of a uv command, from the environment of this interpreter; empty if it has none that runs."""
    command = [str(python), "-m", "uv"]
    done = subprocess.run([*command, "--version"], capture_output=True, env=clean_environ(), cwd=ROOT)
    return command if done.returncode == 0 else []


def pip(python: Path, arguments: Sequence[Union[str, Path]], what: str, total: int = 0, optional: bool = False,
        given: Optional[dict[str, str]] = None) -> bool:
    """Runs pip. ``given``: its sources, if not the user's."""
    found = sources(python) if given is None else given
    links = [word for link in _links(found) for word in ("--find-links", link)]  # a variable's value is split at spaces
    command = [str(python), "-m", "pip", str(arguments[0]), *links, *map(str, arguments[1:])]
    return run_step(command, what, total, optional, pip_environ(found))


def install(python: Path, requirements: Path, course: Path, names: Optional[Collection[str]] = None,
            arguments: Iterable[str] = ()) -> None:
    """Installs the pins of a requirement file, or those of these names, each checked by its hash, and makes sure of them.

    ``course``: the interpreter whose environment has uv, itself perhaps. Raises :class:`tools.steps.SetupError`.
    """
    chosen = [pin for pin in pins(requirements) if names is None or name(pin) in names]
    file = _written(chosen)
    what = f"installing {f'{len(chosen)} packages' if names is None else ' and '.join(map(name, chosen))}"
    command, found = uv(course), sources(python)
    options, env = uv_arguments(found)
    rest = ["--no-deps", "--require-hashes", *arguments, "-r", str(file)]
    if not command or not run_step([*command, "pip", "install", "--python", str(python), "--compile-bytecode", *cache(),
                                    *options, *rest], what, 0, True, env):
        if command:
            print("      uv could not: pip tries", flush=True)
        pip(python, ["install", *rest], what, len(chosen), given=found)
    lacking = absent(python, chosen)
    if lacking:
        raise SetupError(f"After {what} the environment lacks {', '.join(lacking[:3])}.\n"
                         f"Look for a setting that sends packages elsewhere: {python} -m pip config list")


def _written(entries: Iterable[str]) -> Path:
    file = STATE / "requirements.txt"
    file.write_text("\n".join(entries) + "\n", encoding="utf-8")
    return file


def without_hashes(pin: str) -> str:
    """An entry on one line: name, version, where it holds."""
    return re.split(r" \\\n| --hash", pin)[0].strip()


def absent(python: Path, entries: Iterable[str]) -> list[str]:
    """The packages that this interpreter does not find in the pinned version, of those that this platform needs."""
    lines = "\n".join(map(without_hashes, entries))
    done = subprocess.run([str(python), "-c", ABSENT], input=lines, capture_output=True, text=True, env=clean_environ(),
                          cwd=ROOT)
    if done.returncode:
        raise SetupError(f"{python} does not run: {(done.stderr.strip().splitlines() or ['no output'])[-1]}")
    return done.stdout.split()


def cache() -> list[str]:
    """uv's own cache, if it can be written; else one in the course's folder. Where it can, uv links files from there."""
    there = Path(os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    with contextlib.suppress(RuntimeError):  # a user without a home folder
        there = there.expanduser()
    while not there.exists() and there != there.parent:
        there = there.parent
    usable = there.is_absolute() and os.access(there, os.W_OK) and there.stat().st_dev == ROOT.stat().st_dev
    return [] if usable else ["--cache-dir", str(STATE / "uv")]


def install_torch(python: Path, version: str, course: Path, cuda: bool) -> None:
    """PyTorch for Linux: the build for the CPU, which saves 2 GB, if its own index can be reached; else the default one.

    That build's hash is not the one of the pins, and is not checked. The default one's is, and those of what it asks for.
    """
    given = sources(python)
    if not cuda:
        own = given if WHEELHOUSE.exists() else {**given, "index-url": TORCH_CPU, "retries": "0", "timeout": "8"}
        if not list(TORCH.glob(f"torch-{version}+cpu-*.whl")):
            partial = STATE / "torch.partial"  # complete or not there at all
            for folder in (TORCH, partial):
                shutil.rmtree(folder, ignore_errors=True)
            if pip(python, ["download", "--no-deps", "-d", partial, f"torch=={version}"],
                   "fetching torch for the CPU, a build whose hash is not checked", optional=True, given=own):
                partial.rename(TORCH)
        wheel = next(TORCH.glob(f"torch-{version}+cpu-*.whl"), None)
        command = uv(course)
        if wheel and command and run_step([*command, "pip", "install", "--python", str(python), "--no-deps", "--no-index",
                                           "--compile-bytecode", *cache(), str(wheel)], "installing torch", 0, True,
                                          uv_arguments({})[1]):
            return
        if wheel:
            pip(python, ["install", "--no-deps", "--no-index", wheel], "installing torch", given={})
            return
        print("      not to be had: going on with the default index\n", end="", flush=True)
    install(python, CUDA, course)


def collect(python: Path, requirements: Path, folder: Path, arguments: Iterable[str] = ()) -> None:
    """Downloads the pins, each checked by its hash, into a folder for set-ups without a network; torch as for a set-up."""
    entries, given = pins(requirements), settings(python)
    torch = own_torch(entries)
    if torch:
        entries = [pin for pin in entries if name(pin) != "torch"]
        if not pip(python, ["download", "--no-deps", "-d", folder, f"torch=={torch}"], "collecting torch for the CPU",
                   optional=True, given={**given, "index-url": TORCH_CPU, "retries": "1", "timeout": "15"}):
            print("      not to be had: going on with the default index", flush=True)
            entries = [*pins(CUDA), *entries]
    pip(python, ["download", "--no-deps", "--require-hashes", *arguments, "-d", folder, "-r", _written(entries)],
        f"collecting {len(entries)} packages", len(entries), given=given)


def own_torch(entries: Iterable[str]) -> str:
    """The version of PyTorch that is pinned, if it has builds with and without CUDA for this platform; else empty."""
    torch = next((pin for pin in entries if name(pin) == "torch"), "")
    return version(torch) if torch and platform.system() == "Linux" else ""
