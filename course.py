#!/usr/bin/env python3
"""One CNN, Every Framework: the one command.

    python3 course.py lab     set everything up and open JupyterLab
    python3 course.py test    set everything up and run every test and notebook

The chapters on deployment and practice, and one on clusters, use one more environment: add --with deployment, once.
Needs nothing but Python 3.9 or newer to start, and a Python 3.11 somewhere on the machine.
"""
import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Optional

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

if sys.version_info < (3, 9):  # noqa: UP036
    sys.exit("course.py needs Python 3.9 or newer to start; this is " + sys.version.split()[0] + ".")

from tools import environments, installer, lanes, settings, steps  # noqa: E402

HELP = {
    "setup": "make the environments, kernels and digits (lab and test do it for you)",
    "lab": "open the course in JupyterLab",
    "test": "run all tests, and every notebook, against its stored outputs",
    "check": "show what is installed, what is missing, and how to get it",
    "quiz": "for teachers: print the quizzes, to hand out or to ask",
    "handout": "for teachers: make a copy for students, or nbgrader's assignments",
    "build": "for authors: run the sources and write the notebooks",
    "new": "for authors: begin a chapter that passes the tests",
    "race": "time the frameworks against each other on this machine",
    "wheelhouse": "for classrooms: collect all packages in a folder, to set up without a network",
    "pin": "for maintainers: write the pinned requirements from the short .in files",
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="course.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands", required=True)
    made = {name: commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False,
                                      add_help=name not in ("build", "race")) for name, text in HELP.items()}
    for name in ("setup", "lab", "test", "wheelhouse"):
        made[name].add_argument("--with", action="append", default=[], choices=environments.OPTIONAL, dest="extra",
                                help="make this optional environment, too (once: what is there stays)")
    made["setup"].add_argument("--cuda", action="store_true", help="Linux: take PyTorch's CUDA build (2 GB more)")
    made["setup"].add_argument("--in-place", action="store_true",
                               help="use the Python that runs this command as course environment (conda, Binder)")
    made["lab"].add_argument("--port", type=int, help="the port to listen on (default: a free one from 8888 on)")
    made["lab"].add_argument("--no-browser", action="store_true", help="print the address, open no browser")
    made["pin"].add_argument("--upgrade", action="store_true", help="take the newest versions, not those pinned before")
    made["quiz"].add_argument("chapter", nargs="*", help="such as 05_deployment/02_serving, or a part (default: all)")
    made["quiz"].add_argument("--answers", action="store_true", help="mark the right options, and say why of each")
    made["handout"].add_argument("folder", type=Path, help="to be made")
    made["handout"].add_argument("--nbgrader", action="store_true",
                                 help="nbgrader's folder in place of a copy: an assignment for each exercise, with points")
    made["new"].add_argument("chapter", help="its part and name, such as 06_practice/01_name")
    made["test"].epilog = ("A chapter, such as 05_deployment/02_serving, or a part, such as 05_deployment: its notebooks, "
                           "exercises and solutions, the wrong answers, its tests. All further arguments go to pytest.")
    made["test"].add_argument("--quick", action="store_true", help="the tests of a minute: no notebook, no chapter's tests")
    made["test"].add_argument("--require-all-kernels", action="store_true",
                              help="set up all kernels; fail where one is missing, instead of skipping its notebooks")
    return top


def check_port(port: int) -> None:
    """Raises :class:`steps.SetupError` if nothing can listen on the port."""
    if not 0 < port < 65536:
        raise steps.SetupError(f"There is no port {port}: ports go from 1 to 65535. Leave --port out to get a free one.")
    with socket.socket() as probe:
        if os.name == "posix":  # elsewhere this option would take the port away from who has it
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            why = "is for administrators" if isinstance(error, PermissionError) else "is in use"
            raise steps.SetupError(f"Port {port} {why}. Choose another, or leave --port out to get a free one.") from None


def lab(options: argparse.Namespace, rest: list[str]) -> int:
    """JupyterLab on loopback, its token on."""
    command = [*course_python(), "-m", "jupyterlab", "--ip=127.0.0.1", f"--ServerApp.root_dir={ROOT}",
               "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb",
               "--FileContentsManager.delete_to_trash=False",
               f"--config={settings.lab()}",
               "--LabApp.extension_manager=readonly",  # nothing is asked of the network
               "--KernelManager.transport_encryption=auto"]  # a kernel's ports are open to every user of the machine
    if options.port:
        command += [f"--port={options.port}", "--ServerApp.port_retries=0"]
    if options.no_browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # a container's only user is root; the server still listens on loopback alone
    return run([*command, *rest], settings.for_readers(steps.work_environ()))


def test(options: argparse.Namespace, rest: list[str]) -> int:
    """pytest over the tests and, with nbval, over every notebook, on two workers; or over a part of them."""
    extra = [*(["--require-all-kernels"] if options.require_all_kernels else []), *(lanes.QUICK if options.quick else [])]
    return run([*course_python(), "-m", "pytest", "--nbval", "-n", "2", *extra, *rest])


def course_python() -> list[str]:
    """The course environment's interpreter, as the start of a command."""
    return [str(environments.python_of(environments.COURSE))]


def run(command: list[str], env: Optional[dict[str, str]] = None) -> int:
    """Runs a command in the repository's root and returns its exit code."""
    process = subprocess.Popen(command, cwd=ROOT, env=steps.work_environ() if env is None else env)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            pass  # the command has got it too, and ends in its own way: JupyterLab asks, pytest sums up


def main(arguments: list[str]) -> int:
    """Runs one command; returns the exit code."""
    options, rest = parser().parse_known_args(arguments or ["--help"])
    if rest and options.command in ("setup", "check", "quiz", "handout", "new", "wheelhouse", "pin"):
        parser().error(f"unknown argument: {rest[0]}")
    try:
        if options.command == "check":
            from tools import checkup
            return checkup.main()
        if options.command == "quiz":
            from tools import contents, quiz
            return quiz.main(contents.read(ROOT).chapters, options.chapter, options.answers)
        if options.command == "handout":
            from tools import handout
            return handout.main(options.folder, options.nbgrader)
        if (options.command in ("test", "build", "new", "pin") and (ROOT / "exercises").exists()
                and not (ROOT / "solutions").exists()):
            raise steps.SetupError(f"This copy was made for students: python3 course.py {options.command} needs the solutions "
                                   "and tests that it lacks.")
        if options.command in ("build", "new", "wheelhouse", "pin") and not {"-h", "--help"}.intersection(rest):
            environments.check_writable(f"python3 course.py {options.command}")
        if options.command == "new":
            from tools import new
            new.check(ROOT, options.chapter)
        if options.command == "test":
            rest = lanes.arguments(rest, options.quick)
        if getattr(options, "port", None) is not None:
            check_port(options.port)
        extra = environments.OPTIONAL if getattr(options, "require_all_kernels", False) else getattr(options, "extra", ())
        installer.setup(cuda=getattr(options, "cuda", False), here=getattr(options, "in_place", False),
                        quiet=options.command != "setup", extra=extra)
        if options.command == "lab":
            return lab(options, rest)
        if options.command == "test":
            return test(options, rest)
        if options.command == "build":
            return run([*course_python(), "-m", "tools.build", *rest])
        if options.command == "new":
            return run([*course_python(), "-m", "tools.build", *map(str, new.write(ROOT, options.chapter))])
        if options.command == "race":
            return run([*course_python(), "-m", "onecnn.race", *rest])
        if options.command in ("wheelhouse", "pin"):
            from tools import pins
            return pins.wheelhouse(extra) if options.command == "wheelhouse" else pins.pin(options.upgrade)
    except steps.SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:  # a folder that cannot be written, a disk that is full
        print(f"\n{error}\nMend that and run this again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again: it goes on where it must.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
