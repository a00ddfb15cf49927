"""For maintainers, before a release: the tests and notebooks as other processors would run them. Not part of CI; takes hours.

    python3 -m tools.processors [--only NAME] [PATH ...]

Each library of numbers can be told to leave a processor's newer instructions unused; so this processor stands in for older
ones, and a new one for all of them. What is not told so is the museum: its old BLAS can crash, and old NumPy warns. Files that
start it run without the variables of BLAS and NumPy. PATHs are files and folders for pytest; without one, all of the course
that has the kernel ``python3`` or ``deployment``, and the tests of package and chapters.
"""
import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from tools import contents, environments, settings
from tools.steps import ROOT, STATE, clean_environ

MUSEUM = re.compile(r"museum|caffe|04_mxnet|03_theano|05_chainer")
PATHS = ("tests/onecnn", "tests/chapters", "notebooks", "solutions")


class StandIn(NamedTuple):
    """A processor: ``instructions`` that this one must have, and the names of that generation in each library."""

    instructions: str
    onednn: str
    aten: str
    xla: str
    blas: str
    numpy: str  # what NumPy does not use


STAND_INS = {
    "sse4": StandIn("SSE42", "SSE41", "default", "SSE4_2", "Nehalem", "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"),
    "avx": StandIn("AVX", "AVX", "default", "AVX", "Sandybridge", "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"),
    "avx2": StandIn("AVX2", "AVX2", "avx2", "AVX2", "Haswell", "X86_V4 AVX512_ICL AVX512_SPR"),
    "zen": StandIn("AVX2", "AVX2", "avx2", "AVX2", "Zen", "X86_V4 AVX512_ICL AVX512_SPR"),
    "avx512": StandIn("X86_V4", "AVX512_CORE", "avx512", "AVX512", "SkylakeX", "AVX512_ICL AVX512_SPR"),
    "vnni": StandIn("AVX512_ICL", "AVX512_CORE_VNNI", "avx512", "AVX512_VNNI", "SkylakeX", "AVX512_SPR"),
    "amx": StandIn("AVX512_SPR", "AVX512_CORE_AMX", "avx512", "AMX", "SapphireRapids", ""),
}
THREADS = {
    f"{count} threads": {"OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count, "TF_NUM_INTRAOP_THREADS": count,
                         "TF_NUM_INTEROP_THREADS": count} for count in ("2", "4")}


def instructions() -> dict[str, bool]:
    """Which of NumPy's names of instructions this processor has, and whether NumPy chooses among kernels for them."""
    import numpy._core._multiarray_umath as internal
    return {name: name in internal.__cpu_dispatch__ for name, there in internal.__cpu_features__.items() if there}


def variables(name: str, here: dict[str, bool], museum: bool) -> dict[str, str]:
    """The environment variables of a stand-in, for files that start the museum's kernels or for others."""
    if name not in STAND_INS:
        return THREADS.get(name, {})
    found = STAND_INS[name]
    unused = " ".join(word for word in found.numpy.split() if here.get(word))
    given = {"ONEDNN_MAX_CPU_ISA": found.onednn, "DNNL_MAX_CPU_ISA": found.onednn, "ATEN_CPU_CAPABILITY": found.aten,
             "XLA_FLAGS": f"--xla_cpu_max_isa={found.xla}", settings.KEEP: "XLA_FLAGS"}
    if museum:
        return given
    return {**given, "OPENBLAS_CORETYPE": found.blas, **({"NPY_DISABLE_CPU_FEATURES": unused} if unused else {})}


def files(paths: list[str]) -> list[list[Path]]:
    """Two lists: the files below ``paths`` that start the museum's kernels, and the others."""
    found: tuple[list[Path], list[Path]] = ([], [])
    for path in [Path(path) for path in paths] or [ROOT / part for part in PATHS]:
        inside = [*path.rglob("test_*.py"), *path.rglob("*.ipynb")] if path.is_dir() else [path]
        for file in sorted(one.resolve() for one in inside if ".ipynb_checkpoints" not in one.parts):
            text = file.with_suffix(".py").read_text(encoding="utf-8")
            if file.suffix == ".ipynb":
                header = text.split("# ---", 2)[1]
                if not re.search(r"name: (python3|deployment)\b", header):  # they have one and the same NumPy
                    continue
                museum = bool({"museum", "caffe"} & set(contents.needs(file)))
            else:
                museum = bool(MUSEUM.search(text))
            found[not museum].append(file)
    return list(found)


def run(name: str, groups: list[list[Path]], here: dict[str, bool], workers: int) -> tuple[int, int, list[str]]:
    """``(passed, failed, failing ids)`` of pytest under a stand-in; its output goes to a log below ``.course``."""
    log, passed, failing = STATE / "processors" / f"{name.replace(' ', '-')}.log", 0, []
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as stream:
        for museum, group in zip((True, False), groups):
            if not group:
                continue
            command = [environments.python_of(environments.COURSE), "-m", "pytest", "--nbval", "-n", workers, "-q", "-rfE",
                       "--tb=short", "-p", "no:cacheprovider", *group]
            done = subprocess.run(list(map(str, command)), cwd=ROOT, env={**clean_environ(), **variables(name, here, museum)},
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            stream.write(done.stdout)
            stream.flush()
            failing += re.findall(r"^(?:FAILED|ERROR) (.*?)(?: - .*)?$", done.stdout, re.MULTILINE)
            passed += sum(map(int, re.findall(r"(\d+) passed", done.stdout.rstrip().rpartition("\n")[2])))
            if done.returncode not in (0, 1, 5):
                failing.append(f"pytest itself: exit code {done.returncode}")
    return passed, len(failing), failing


def main(arguments: list[str]) -> int:
    """The command line; returns the exit code."""
    here = instructions()
    known = [*(name for name, one in STAND_INS.items() if one.instructions in here), *THREADS, "as it is"]
    parser = argparse.ArgumentParser(prog="python3 -m tools.processors", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", metavar="PATH")
    parser.add_argument("--only", action="append", choices=known, metavar="NAME",
                        help=f"this stand-in (again for more): {', '.join(known)}")
    parser.add_argument("-n", type=int, default=min(2, os.cpu_count() or 1), dest="workers", help="files at a time (2)")
    options = parser.parse_args(arguments)
    groups, wrong = files(options.paths), 0
    print(f"{sum(map(len, groups))} files each. This processor cannot stand in for: "
          f"{', '.join(name for name in STAND_INS if name not in known) or 'none of them missing'}.\n\n"
          f"{'stand-in':<10} {'passed':>6} {'failed':>6} {'minutes':>7}", flush=True)
    for name in options.only or known:
        start = time.monotonic()
        passed, failed, failing = run(name, groups, here, options.workers)
        wrong += failed
        minutes = (time.monotonic() - start) / 60
        print(f"{name:<10} {passed:>6} {failed:>6} {minutes:>7.1f}", *failing, sep="\n    ", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
