"""The kernel ``caffe``: the real BVLC Caffe 1.0.0, Debian bullseye's packages unpacked without root in ``.museum/caffe``.

apt downloads the packages into a folder of its own and checks them against Debian's signed index; then each must have the
SHA-256 that ``requirements/caffe-debian.txt`` names. Programs are started by bullseye's own loader, on bullseye's libraries,
so the machine's own are neither used nor changed. Standard library only.
"""
import hashlib
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from tools import packages
from tools.steps import ROOT, STATE, WHEELHOUSE, SetupError, run_step

SUITE = "bullseye"
PACKAGES = ("caffe", "python3-caffe", "libopenblas0-pthread")
PINS = ROOT / "requirements" / "caffe-debian.txt"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SOURCES = Path("/etc/apt")
PYTHON = "3.9"
# Nothing runs these: documentation, perl, command-line tools. Matplotlib comes as a wheel: Debian's looks in /usr/share.
UNUSED = ("bin", "sbin", "var", "usr/share", "usr/sbin", "usr/lib/x86_64-linux-gnu/perl*",
          "usr/lib/x86_64-linux-gnu/libperl*", "usr/lib/python3/dist-packages/matplotlib*",
          "usr/lib/python3/dist-packages/mpl_toolkits")
# Theirs is a wheel's promise: it runs on glibc 2.31 and older. pip reads no range here, so each is named.
WHEELS = ("manylinux_2_31", "manylinux_2_28", "manylinux_2_27", "manylinux_2_24", "manylinux_2_17", "manylinux2014",
          "manylinux_2_12", "manylinux2010", "manylinux_2_5", "manylinux1")

APT_CONF = """\
Dir::State "{folder}";
Dir::State::status "{folder}/status";
Dir::State::Lists "{folder}/lists";
Dir::Cache "{folder}/cache";
Dir::Etc "{folder}/etc";
Dir::Etc::SourceList "{folder}/sources.list";
APT::Architecture "amd64";
APT::Architectures {{ "amd64"; }};
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
"""
LAUNCHER = """\
#!/bin/sh
# Starts {program} on bullseye's own loader and libraries. Written by course.py setup.
here=$(dirname "$(dirname "$(readlink -f "$0")")")
debian=$here/debian
gnu=$debian/usr/lib/x86_64-linux-gnu
unset LD_PRELOAD LD_AUDIT  # a library of the machine's would want the machine's own C library
export PYTHONHOME="$debian/usr"
export PYTHONPATH="$here/site-packages:$(dirname "$(dirname "$here")")${{PYTHONPATH:+:$PYTHONPATH}}"
exec "$debian/lib/x86_64-linux-gnu/ld-2.31.so" --library-path \
"$gnu/openblas-pthread:$debian/usr/lib:$debian/lib/x86_64-linux-gnu:$gnu:$gnu/blas:$gnu/lapack" \
"$debian/usr/bin/{program}" "$@"
"""


def no_packages(system: str, machine: str) -> str:
    """Why Caffe has no packages for a platform; empty if it has."""
    if (system, machine) != ("Linux", "x86_64"):
        return f"Caffe comes as Debian's packages for Linux on x86_64; this is {system} on {machine}"
    return ""


def unavailable() -> str:
    """Why this platform cannot have Caffe; empty if it can."""
    reason = no_packages(platform.system(), platform.machine().lower())
    if reason:
        return reason
    if re.search("[;:]", str(ROOT)):
        return f"the loader of Caffe's libraries cuts a path at ; and :, as in {ROOT}. Rename the folder"
    if not shutil.which("dpkg-deb"):
        return "Caffe comes as Debian's packages, and this system has no dpkg-deb to unpack them. Use Debian, Ubuntu or Binder"
    if any(WHEELHOUSE.glob("*.deb")):
        return ""
    if not shutil.which("apt-get"):
        return "Caffe comes as Debian's packages, and this system has no apt-get to fetch them"
    if not mirror():
        return ("Caffe comes from a Debian mirror, and apt's sources name none here. Set DEBIAN_MIRROR to the address of one "
                "(it ends in /debian), then: python3 course.py setup")
    if not KEYRING.exists():
        return (f"Debian's keys are not in {KEYRING}, so nothing could be checked. Install the package "
                "debian-archive-keyring, then: python3 course.py setup")
    return ""


def mirror() -> str:
    """The Debian mirror: ``DEBIAN_MIRROR`` (empty means none), else the first that the machine's own apt sources name."""
    if "DEBIAN_MIRROR" in os.environ:
        return os.environ["DEBIAN_MIRROR"].strip()
    for file in [SOURCES / "sources.list", *sorted((SOURCES / "sources.list.d").glob("*"))]:
        if file.suffix in (".list", ".sources") and file.is_file():
            lines = [line for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
                     if re.match(r"deb\s|URIs:", line)]
            found = re.search(r"(?:https?://|mirror\+file:/)\S*/debian(?:\.list)?/?(?=\s|$)", "\n".join(lines))
            if found:
                return found.group()
    return ""


def pins() -> dict[str, str]:
    """``{name=version: sha256}`` of every Debian package."""
    lines = PINS.read_text(encoding="utf-8").splitlines()
    return dict(line.split() for line in lines if line and not line.startswith("#"))


def apt(folder: Path, source: str = "") -> list[str]:
    """The start of an apt command that knows nothing but ``folder``, with the mirror ``source`` in it."""
    for name in ("lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    dumped = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, timeout=30).stdout
    proxies = "".join(f"{line}\n" for line in dumped.splitlines() if re.match(r'Acquire::https?::\S* "[^"]', line))
    for name, text in (("apt.conf", proxies + APT_CONF.format(folder=folder)),
                       ("sources.list", f"deb [signed-by={KEYRING}] {source or mirror()} {SUITE} main\n")):
        (folder / name).touch()
        (folder / name).chmod(0o600)  # before the text: a proxy's or a mirror's address may hold a password
        (folder / name).write_text(text, encoding="utf-8")
    return ["env", "LC_ALL=C", f"APT_CONFIG={folder / 'apt.conf'}", "apt-get", "-y"]


def download(folder: Path) -> list[Path]:
    """Every package of the pins, in ``folder``; those that are there already are kept. Raises :class:`SetupError`."""
    command = apt(folder)
    run_step([*command, "update"], "reading the index of Debian's packages")
    run_step([*command, "install", "--download-only", *pins()], f"fetching {len(pins())} Debian packages, 165 MB")
    return checked(folder / "cache" / "archives")


def checked(folder: Path) -> list[Path]:
    """The files of the pins in ``folder``, in the pins' order. Raises :class:`SetupError` if one is missing or damaged."""
    found = {hashlib.sha256(file.read_bytes()).hexdigest(): file for file in folder.glob("*.deb")}
    missing = [pin for pin, digest in pins().items() if digest not in found]
    if missing:
        raise SetupError(f"Of Debian's packages {len(missing)} are missing or damaged in {folder}: {', '.join(missing[:3])}.\n"
                         + ("Make the wheelhouse anew elsewhere, or remove it here to use the network."
                            if folder == WHEELHOUSE else "Remove that folder and run this again."))
    return [found[digest] for digest in pins().values()]


def make(folder: Path, requirements: Path, python: Path) -> None:
    """Makes the kernel's folder, with ``python``'s pip for what Debian has not. Raises :class:`SetupError`."""
    downloads = STATE / "debian"  # kept until all is done: an interrupted download goes on where it was
    offline = any(WHEELHOUSE.glob("*.deb"))
    files = checked(WHEELHOUSE) if offline else download(downloads)
    debian, site, programs = folder / "debian", folder / "site-packages", folder / "bin"
    run_step(["sh", "-c", 'mkdir -p "$0" && for deb in "$@"; do dpkg-deb -x "$deb" "$0" || exit; done', str(debian),
              *map(str, files)], f"unpacking {len(files)} packages")
    for pattern in UNUSED:
        for path in debian.glob(pattern):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    packages.pip(python, [*pip("install"), "--target", site, "-r", requirements], "installing its kernel")
    record = site / "caffe-1.0.0.dist-info"  # Debian's package leaves Python none; importlib.metadata reads this one
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: caffe\nVersion: 1.0.0\n", encoding="utf-8")
    programs.mkdir()
    for name, program in (("python", f"python{PYTHON}"), ("caffe", "caffe")):
        (programs / name).write_text(LAUNCHER.format(program=program), encoding="utf-8")
        (programs / name).chmod(0o755)
    run_step([str(programs / "caffe"), "--version"], "starting Caffe")
    run_step([str(programs / "python"), "-c", "import caffe, ipykernel, matplotlib"], "starting its Python")
    shutil.rmtree(downloads, ignore_errors=True)


def pip(command: str) -> list[str]:
    """pip's arguments for wheels that run on bullseye's Python and C library."""
    platforms = [word for name in WHEELS for word in ("--platform", f"{name}_x86_64")]
    return [command, "--no-deps", "--require-hashes", "--only-binary=:all:", "--python-version", PYTHON, *platforms]


def pin() -> str:
    """The text of ``requirements/caffe-debian.txt``, from the mirror's signed index."""
    folder = STATE / "debian-pins"
    command = apt(folder)
    run_step([*command, "update"], "reading the index of Debian's packages")
    done = subprocess.run([*command, "install", "--simulate", *PACKAGES], capture_output=True, text=True, check=True)
    chosen = dict(re.findall(r"^Inst (\S+) \((\S+) ", done.stdout, re.MULTILINE))
    names = [f"{name}={number}" for name, number in sorted(chosen.items())]
    shown = subprocess.run([*command[:-2], "apt-cache", "show", *names], capture_output=True, text=True, check=True).stdout
    digests = {}
    for entry in shown.strip().split("\n\n"):
        fields = dict(re.findall(r"^(Package|Version|SHA256): (\S+)$", entry, re.MULTILINE))
        digests[f"{fields['Package']}={fields['Version']}"] = fields["SHA256"]
    shutil.rmtree(folder)
    return (f"# Caffe and all it needs, from Debian {SUITE}. Generated by: python3 course.py pin\n"
            + "".join(f"{name} {digests[name]}\n" for name in names))
