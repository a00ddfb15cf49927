"""``course.py build``: turns the py:percent sources into executed notebooks. It is the only writer of ``.ipynb``.

The same source gives the same file: cell ids come from position and source, no timing is stored, and a rebuild that changes
nothing but the outputs of cells tagged ``nbval-ignore-output`` leaves the file as it was.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from tools import contents
from tools.steps import SetupError

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("notebooks", "solutions", "exercises")
HEADER = "# ---\n# jupyter:"  # with which a notebook's source begins; other .py files are programs that notebooks start
SECONDS, GIGABYTES = 60, 1.5
CELL_TIMEOUT = 300
IGNORED = "nbval-ignore-output"
NAMED = re.compile(r"[\"'](\d\d_\w+/\d\d_\w+)")  # a chapter in code: "05_deployment/02_serving", also before "/program"
ROSTER = re.compile(r"\b(networks|trained)\.")


class Result(NamedTuple):
    """What came of one notebook. ``state``: built, unchanged, skipped or failed."""

    path: str
    state: str
    seconds: float = 0.0
    gigabytes: float = 0.0
    message: str = ""


def sources(paths: list[str]) -> list[Path]:
    """The ``.py`` sources below ``paths`` (files of a pair, or folders), sorted; all of the course without paths."""
    found: list[Path] = []
    for path in [Path(p).resolve() for p in paths] or [ROOT / folder for folder in FOLDERS]:
        found += filter(is_source, path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    missing = [path for path in found if not path.exists()]
    if missing:
        sys.exit(f"No such notebook source: {missing[0]}")
    return sorted(set(found))


def is_source(file: Path) -> bool:
    """True for a notebook's source, false for a program."""
    return file.read_text(encoding="utf-8").startswith(HEADER)


def fingerprint(source: Path) -> str:
    """Hash of all that a built notebook depends on: its source, the programs and data of its chapter, those of the chapters
    that these name and their sources, the package, the pins. An exercise depends on its chapter's programs, too."""
    digest = hashlib.sha256()
    pins = [file for file in (ROOT / "requirements").rglob("*") if file.suffix in (".txt", ".json")]
    for file in [*_depends_on(source), *sorted((ROOT / "onecnn").glob("*.py")), *sorted(pins)]:
        text = file.read_bytes()
        if file in pins:  # a hash more, for another platform, changes no output
            text = re.sub(rb" \\\n +--hash=\S+", b"", text)
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\n" + text)
    if source.stem == contents.START:
        digest.update((ROOT / "notebooks" / "contents.json").read_bytes())
    return digest.hexdigest()


def _depends_on(source: Path) -> list[Path]:
    """The source, and what lies in its chapter's folder; then the same for each chapter that one of these programs names.

    Who loops over the roster, or deploys what its networks learned, names all of them.
    """
    from onecnn import networks

    def in_folder(chapter: str) -> list[Path]:
        folder = ROOT / "notebooks" / chapter
        return [file for file in folder.rglob("*") if file.is_file()
                and not any(part.startswith((".", "__pycache__")) for part in file.relative_to(folder).parts)]

    def names(text: str) -> set[str]:
        return {*NAMED.findall(text), *(entry.notebook for entry in networks.NETWORKS if ROSTER.search(text))}

    named: set[str] = set()
    todo = [source, *in_folder(contents.identifier(source))]
    for file in todo:
        found = names(file.read_text(encoding="utf-8")) - named if file.suffix == ".py" else ()
        named.update(found)
        todo += [other for chapter in sorted(found) for other in in_folder(chapter) if other not in todo]
    sources = [ROOT / "notebooks" / f"{chapter}.py" for chapter in named]
    return [source, *sorted({*todo[1:], *(file for file in sources if file.exists() and file != source)})]


def metadata(notebook: "NotebookNode") -> dict[str, Any]:
    """What is stored of a notebook's metadata: what JupyterLab would add is there, so opening it changes nothing."""
    from onecnn.kernel import Kernel
    return {"kernelspec": notebook.metadata["kernelspec"], "language_info": Kernel.language_info}


def load(source: Path) -> "NotebookNode":
    """The notebook of a source, without outputs: kernelspec and language as metadata, ids from position and content."""
    import jupytext
    notebook: NotebookNode = jupytext.read(source)
    notebook.metadata = metadata(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.id = hashlib.sha256(f"{number}\n{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        cell.metadata = {name: cell.metadata[name] for name in ("tags", "jupyter") if cell.metadata.get(name)}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def execute(notebook: "NotebookNode", folder: Path) -> tuple[float, float]:
    """Runs every cell in the notebook's own kernel; returns seconds and peak memory (GB) of the kernel's processes."""
    from nbclient import NotebookClient
    from traitlets.config import Config
    # With this variable set ipykernel leaves C-level output alone, as it does under nbval: both then see the same.
    os.environ["PYTEST_CURRENT_TEST"] = "course.py build"
    client = NotebookClient(notebook, timeout=CELL_TIMEOUT, kernel_name=notebook.metadata["kernelspec"]["name"],
                            record_timing=False, resources={"metadata": {"path": str(folder)}},
                            config=Config({"KernelManager": {"transport_encryption": "auto"}}))
    stop, peak = threading.Event(), [0.0]
    watcher = threading.Thread(target=_watch_memory, args=(stop, peak), daemon=True)
    watcher.start()
    start = time.perf_counter()
    try:
        client.execute()
    finally:
        stop.set()
        watcher.join()
    seconds = time.perf_counter() - start
    notebook.metadata = metadata(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = _merge_streams(cell.outputs)
            if any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in cell.outputs):
                cell.outputs = [o for o in cell.outputs if "application/vnd.jupyter.widget-view+json" not in o.get("data", {})]
    return seconds, peak[0]


def _watch_memory(stop: threading.Event, peak: list[float]) -> None:
    """Samples the memory of this process's children: proportional shares where the system tells, else resident sizes."""
    import psutil
    me = psutil.Process()
    while not stop.wait(0.3):
        total = 0
        for child in me.children(recursive=True):
            try:
                total += getattr(child.memory_full_info(), "pss", 0) or child.memory_info().rss
            except psutil.Error:
                continue
        peak[0] = max(peak[0], total / 1e9)


def _merge_streams(outputs: "list[NotebookNode]") -> "list[NotebookNode]":
    """Neighbouring pieces of one stream become one: where they are cut depends on timing."""
    merged: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream" and merged and merged[-1].get("name") == output.name:
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def comparable(notebook: "NotebookNode") -> str:
    """The notebook as JSON without the outputs of cells that are allowed to differ."""
    data = json.loads(json.dumps(notebook))
    for cell in data["cells"]:
        if IGNORED in cell["metadata"].get("tags", []):
            cell["outputs"] = []
    return json.dumps(data, sort_keys=True)


def build(source: Path, force: bool = False) -> Result:
    """Builds one notebook, unless it is up to date."""
    from jupyter_client.kernelspec import KernelSpecManager
    from nbclient.exceptions import CellExecutionError

    from onecnn import cells
    name, target = str(source.relative_to(ROOT)), source.with_suffix(".ipynb")
    if not force and up_to_date(source):
        return Result(name, "unchanged")
    wanted = fingerprint(source)
    notebook = load(source)
    kernel = notebook.metadata["kernelspec"]["name"]
    try:
        reason = contents.reason_to_skip(source, kernel, KernelSpecManager().find_kernel_specs())
        if reason:
            return Result(name, "skipped", message=reason)
        cells.interpreter(kernel)
        seconds, gigabytes = execute(notebook, source.parent)
    except cells.KernelMissing as error:
        return Result(name, "skipped", message=str(error))
    except (CellExecutionError, RuntimeError, OSError) as error:  # the last two: a kernel that dies, hangs or does not start
        return Result(name, "failed", message=str(error)[-1500:])
    if _stored(target) != comparable(notebook):
        _write(notebook, target)
    _stamp(source).parent.mkdir(parents=True, exist_ok=True)
    _stamp(source).write_text(wanted + _file_hash(target))
    return Result(name, "built", seconds, gigabytes)


def save(file: Path, text: str) -> None:
    """Writes a text in which nothing but what is generated has changed. If it is a source, its built notebook gets the text
    without being run: the code, and with it every output, is the same.
    """
    import nbformat
    target, fresh = file.with_suffix(".ipynb"), file.suffix == ".py" and up_to_date(file)
    file.write_text(text, encoding="utf-8")
    if file.suffix != ".py" or not target.exists():
        return
    old, new = nbformat.read(target, as_version=4), load(file)
    before, after = ([cell for cell in notebook.cells if cell.cell_type == "code"] for notebook in (old, new))
    if [(cell.source, cell.metadata) for cell in before] != [(cell.source, cell.metadata) for cell in after]:
        return  # the next build runs it
    for was, cell in zip(before, after):
        cell.execution_count, cell.outputs = was.execution_count, was.outputs
    _write(new, target)
    if fresh:
        _stamp(file).write_text(fingerprint(file) + _file_hash(target))


def up_to_date(source: Path) -> bool:
    """True if the notebook was built from its source, and all else that it depends on, as they are now."""
    stamp, target = _stamp(source), source.with_suffix(".ipynb")
    return stamp.exists() and target.exists() and stamp.read_text() == fingerprint(source) + _file_hash(target)


def _stamp(source: Path) -> Path:
    """The file that tells what the notebook was last built from."""
    name = str(source.relative_to(ROOT))
    return ROOT / ".cache" / "built" / hashlib.sha256(name.encode()).hexdigest()[:16]


def _write(notebook: "NotebookNode", target: Path) -> None:
    """Writes the notebook, whole or not at all."""
    import nbformat
    temporary = target.with_suffix(".ipynb.part")
    temporary.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", encoding="utf-8")
    temporary.replace(target)


def _stored(target: Path) -> Optional[str]:
    """``comparable`` of the notebook in ``target``; None if there is none, or none that can be read."""
    import nbformat
    try:
        return comparable(nbformat.read(target, as_version=4))
    except Exception:  # a merge conflict, say; half a notebook raises many kinds
        return None


def _file_hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main(arguments: list[str]) -> int:
    """The command line; returns the exit code."""
    from tools import exercises, readme, settings
    parser = argparse.ArgumentParser(prog="course.py build", description=(
        "Run the notebooks' sources (.py) and write the executed notebooks (.ipynb) beside them. Exercises are generated "
        "from solutions first. What has not changed is left alone."))
    parser.add_argument("paths", nargs="*", metavar="PATH", help="sources or folders (default: all)")
    parser.add_argument("--force", action="store_true", help="build even what has not changed")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="notebooks at a time (default: 2)")
    options = parser.parse_args(arguments)
    try:
        exercises.generate(ROOT)
        contents.write(ROOT, save)
    except SetupError as error:
        sys.exit(str(error))
    todo = sources(options.paths)
    failed = over = 0
    with settings.apart(), concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(build, source, options.force) for source in todo]):
            result = done.result()
            failed += result.state == "failed"
            note = result.message
            if result.state == "built":
                note = f"{result.seconds:5.1f} s  {result.gigabytes:4.2f} GB"
                if result.seconds > SECONDS or result.gigabytes > GIGABYTES:
                    over += 1
                    note += f"  over the budget of {SECONDS} s and {GIGABYTES} GB"
            print(f"{result.state:<10} {result.path:<50} {note}", flush=True)
    if not options.paths:
        readme.update()
    if over:
        print(f"{over} over budget; measure alone (--jobs 1 --force) before you judge.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
