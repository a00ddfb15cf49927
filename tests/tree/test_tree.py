"""The tree's own rules: pairs agree, notebooks hold what they must and nothing else, links lead somewhere."""
import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import nbformat
import pytest

from onecnn import cells, paths
from tools import build, contents, readme

ROOT = paths.ROOT
SOURCES = build.sources([])
LESSONS = [source for source in SOURCES if source.parts[len(ROOT.parts)] == "notebooks"]
CHAPTERS = [source for source in LESSONS if source.stem not in contents.PAGES]
LONG = 45  # minutes: a longer chapter has a place to stop
IGNORED_SHARE = 0.15


def name(source):
    return str(source.relative_to(ROOT))


each_source = pytest.mark.parametrize("source", SOURCES, ids=name)
each_lesson = pytest.mark.parametrize("source", LESSONS, ids=name)
each_chapter = pytest.mark.parametrize("source", CHAPTERS, ids=name)


def read(source):
    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell):
    return cell.metadata.get("tags", [])


def git(root, *words):
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout


def tracked_files(root=ROOT):
    """Every file that git knows or would add; without git, or where it declines, every file that is not ignored."""
    try:
        if Path(git(root, "rev-parse", "--show-toplevel").strip()).samefile(root):  # not a repository around the archive
            listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
            return [root / name for name in listed.split("\0") if name and (root / name).is_file()]
    except (OSError, subprocess.CalledProcessError):
        pass
    ignored, found = (root / ".gitignore").read_text(encoding="utf-8").replace("/\n", "\n").splitlines(), []
    for place, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not any(fnmatch(name, pattern) for pattern in ignored)
                      and (name in (".ci", ".github") or not name.startswith("."))]  # tools' caches ignore themselves
        found += [Path(place, name) for name in files]
    return found


ARCHIVE = {".gitignore": "made/\n*.egg-info/\n", "a.md": "", "notebooks/b c.ipynb": "", ".ci/run": "", "made/d.md": "",
           "x/e.egg-info/f.md": "", ".tool_cache/g.md": "", "x/naïve.py": ""}
KEPT = {".gitignore", "a.md", "notebooks/b c.ipynb", ".ci/run", "x/naïve.py"}


@pytest.mark.parametrize("repository", ["own", "none", "around", "somebody else's", "no git"])
def test_files_are_found_with_git_and_without(tmp_path, monkeypatch, repository):
    """A ZIP download, one that lies in another repository, a folder whose owner git does not trust, a machine without git."""
    root = tmp_path / "outer" / "course"
    for file, text in ARCHIVE.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text, encoding="utf-8")
    if repository == "no git":
        monkeypatch.setenv("PATH", str(tmp_path))
    elif not shutil.which("git"):
        pytest.skip("no git here")
    if repository == "around":
        git(root.parent, "init", "-q")
        (root.parent / ".gitignore").write_text("course\n")
    if repository in ("own", "somebody else's"):
        git(root, "init", "-q")
        (root / ".tool_cache" / ".gitignore").write_text("*\n")
    if repository == "somebody else's":
        monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert {str(file.relative_to(root)) for file in tracked_files(root)} == KEPT


def test_every_notebook_has_a_source():
    built = {path for folder in build.FOLDERS for path in (ROOT / folder).rglob("*.ipynb")
             if ".ipynb_checkpoints" not in path.parts}
    assert {path.with_suffix(".py") for path in built} == set(SOURCES)


@each_source
def test_pair_agrees_by_content(source):
    fresh, stored = build.load(source), read(source)
    assert [(c.id, c.cell_type, c.source, tags(c)) for c in stored.cells] == [
        (c.id, c.cell_type, c.source, tags(c)) for c in fresh.cells], "run: python3 course.py build"
    assert stored.metadata == fresh.metadata


@each_source
def test_only_what_belongs_is_stored(source):
    notebook = read(source)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert all(set(cell.metadata) <= {"tags", "jupyter"} for cell in notebook.cells)
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "a cell without its count is run by nbval, but not compared"


@each_source
def test_outputs_are_clean(source):
    for cell in code_cells(read(source)):
        for output in cell.outputs:
            text = output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
            assert output.get("name") != "stderr", f"log noise: {text[:200]}"
            assert not re.search(r"0x[0-9a-f]{8,}", text), f"an address: {text[:200]}"
            assert not re.search(r"(?<![\w.])/(home|root|tmp|work|Users)/", text), f"a machine's path: {text[:200]}"


@each_source
def test_figures_have_alt_text(source):
    for cell in code_cells(read(source)):
        for output in cell.outputs:
            data = output.get("data", {})
            if "image/png" in data:
                assert len(output.metadata["image/png"]["alt"]) > 20
            assert not {"image/jpeg", "image/svg+xml"} & set(data), "use lesson.show"


def test_few_cells_ignore_their_output():
    all_cells = [cell for source in SOURCES for cell in code_cells(read(source))]
    ignoring = [cell for cell in all_cells if build.IGNORED in tags(cell)]
    assert len(ignoring) / len(all_cells) <= IGNORED_SHARE


@each_source
def test_known_tags_only(source):
    used = {tag for cell in read(source).cells for tag in tags(cell)}
    assert used <= {cells.TAG, build.IGNORED, "raises-exception"}


@each_lesson
def test_opening(source):
    notebook = read(source)
    first, code = notebook.cells[0], code_cells(notebook)
    assert first.source.startswith("# ")
    assert "**You will learn" in first.source and "**Before you start" in first.source
    assert "lesson.start()" in code[0].source and not code[0].outputs, "the first code cell is silent"


@each_chapter
def test_chapter_is_complete(source):
    notebook = read(source)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    code = "\n".join(cell.source for cell in code_cells(notebook))
    assert text.count("<details>") >= 2 and text.count("Predict, then run") >= 2, "at least two predictions"
    assert "lesson.show(" in code or "figures." in code, "no figure"
    if source.parent.name == "02_frameworks" or any(cells.TAG in tags(cell) for cell in notebook.cells):
        assert "frameworks.status(" in code, "no status line"
        assert re.search(r"^## .*trap", text, re.MULTILINE | re.IGNORECASE), "no trap"
        assert "failed_rung" in code, "no rung is seen to fail"
        assert "Choose it when" in text and "void it when" in text
    assert re.search(r"^## Sources", text, re.MULTILINE) and re.search(r"checked 20\d\d-\d\d-\d\d", text)
    exercise = f"exercises/{contents.identifier(source)}.ipynb"
    assert exercise in text and (ROOT / exercise).exists()


@each_lesson
def test_cells_are_short(source):
    for cell in read(source).cells:
        lines = [line for line in cell.source.splitlines() if line.strip()]
        if cell.cell_type == "code":
            limit = 40 if cells.TAG in tags(cell) else 20 if "lesson.show(" in cell.source else 15
            assert len(lines) <= limit, f"{len(lines)} lines: {lines[0]}"
        elif not re.search(r"<details>|^\||^- ", cell.source, re.MULTILINE) and not cell.source.startswith("# "):
            words = len(re.sub(r"\(http\S+|\$[^$]*\$", "", cell.source).split())
            assert words <= 90, f"{words} words: {lines[0]}"


@each_chapter
def test_a_long_chapter_has_a_place_to_stop(source):
    text, stop = source.read_text(encoding="utf-8"), "# **Half-way.**"
    whole = contents.minutes(text)
    assert text.count(stop) <= 1
    if whole > LONG:
        assert stop in text, f"{whole} minutes: say where to stop"
    if stop in text:
        assert 0.35 <= contents.minutes(text[:text.index(stop)]) / whole <= 0.65


@pytest.mark.parametrize("file", [path for path in tracked_files() if path.suffix in (".md", ".ipynb")], ids=name)
def test_links_between_files_resolve(file):
    if file.suffix == ".ipynb":
        text = "\n".join(c.source for c in nbformat.read(file, as_version=4).cells if c.cell_type == "markdown")
    else:
        text = file.read_text(encoding="utf-8")
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:|#", target):
            assert (file.parent / target.split("#")[0]).exists(), target


def test_readme_holds_the_register():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.with_table(text) == text, "run: python3 course.py build"
    assert readme.PICTURE.exists()


PROGRAMS = sorted(file for file in (ROOT / "notebooks").rglob("*.py") if file not in SOURCES)


def chapter_of(file):
    """The chapter to which a notebook, its exercise, its solution or a program in its folder belongs."""
    return "/".join(file.relative_to(ROOT).with_suffix("").parts[1:3])


def users(module):
    """The chapters that import the module of ``onecnn``, and its other modules that do."""
    pattern = re.compile(rf"from onecnn import [^#\n]*\b{module}\b|from onecnn\.{module} import|onecnn\.{module}:")
    chapters = {chapter_of(file) for file in [*SOURCES, *PROGRAMS] if pattern.search(file.read_text(encoding="utf-8"))}
    package = {file.stem for file in (ROOT / "onecnn").glob("*.py") if pattern.search(file.read_text(encoding="utf-8"))}
    return chapters | (package - {module})


FOR_ONE_CHAPTER = {"hardware": "a register, whose facts are tested like those of frameworks",
                   "faults": "what bugs plants: data, for the tests of the package, too",
                   "kernel": "what every notebook's kernel is",
                   "side_effects": "what the ladder watches beside its rungs"}


@pytest.mark.parametrize("module", sorted(file.stem for file in (ROOT / "onecnn").glob("[a-z]*.py")))
def test_package_holds_what_is_shared(module):
    """What one chapter alone uses lies in that chapter's folder."""
    found = users(module)
    assert len(found) >= 2 or module in FOR_ONE_CHAPTER, f"onecnn.{module} is used by {sorted(found) or 'nobody'} alone"


def test_programs_lie_with_their_chapter():
    for program in PROGRAMS:
        assert program.parent.with_suffix(".py") in SOURCES, f"{name(program)}: no notebook has this folder's name"


def test_program_names_are_told_apart():
    """They are imported by their bare names, by workers that start in their folder, too."""
    stems = [program.stem for program in PROGRAMS]
    assert not {stem for stem in stems if stems.count(stem) > 1}
    for stem in stems:
        assert stem.isidentifier() and stem not in sys.stdlib_module_names, stem
        found = importlib.util.find_spec(stem)
        assert found is None or ROOT / "notebooks" in Path(found.origin).parents, f"{stem} is a package's name, too"


PATH_LINES = {  # who may change sys.path: for what is no program of ours
    "notebooks/05_deployment/06_browser/graph_model.py", "notebooks/01_history/07_where_they_went.py", "onecnn/cells.py",
    "onecnn/side_effects.py"}  # the last puts it back where a function has changed it


@pytest.mark.parametrize("file", [*SOURCES, *PROGRAMS, *sorted((ROOT / "onecnn").glob("*.py"))], ids=name)
def test_nobody_imports_tools_or_looks_elsewhere(file):
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"^\s*(from|import) (tools|tests|course)\b", text, re.MULTILINE), "notebooks import onecnn"
    assert name(file) in PATH_LINES or "sys.path" not in text, "cells.program loads a chapter's program"


def test_data_lies_with_its_chapter():
    folders = {source.with_suffix("") for source in SOURCES}
    for file in tracked_files():
        parts = file.relative_to(ROOT).parts
        if parts[0] in (*build.FOLDERS, "onecnn", "tests") and file.suffix not in (".py", ".ipynb"):
            known = ("notebooks/contents.json", "notebooks/citations.json", "tests/durations.json",
                     "tests/tree/universals.json")
            assert name(file) in known or any(folder in file.parents for folder in folders), name(file)


def test_tests_mirror_what_they_test():
    chapters = {chapter_of(source) for source in SOURCES} | {"00_start_here"}
    modules = {file.stem for file in (ROOT / "onecnn").glob("[a-z]*.py")} | {"imports"}
    for file in (ROOT / "tests").rglob("test_*.py"):
        folder, *rest = file.relative_to(ROOT / "tests").parts
        assert folder in ("tree", "onecnn", "tools", "chapters"), name(file)
        tested = "/".join([*rest[:-1], file.stem.replace("test_", "", 1)])
        if folder in ("onecnn", "chapters"):
            assert any(tested.startswith(one) for one in (modules if folder == "onecnn" else chapters)), name(file)


@pytest.mark.parametrize("file", [
    ROOT / "course.py", *sorted((ROOT / "onecnn").glob("*.py")), *sorted((ROOT / "tools").glob("*.py"))], ids=name)
def test_runs_on_python_3_9(file):
    ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))


@pytest.mark.parametrize("file", sorted((ROOT / "onecnn").glob("*.py")), ids=name)
def test_package_imports_no_framework(file):
    """Nor any other library but NumPy, outside functions: Caffe's kernel has little else."""
    statements = ast.parse(file.read_text(encoding="utf-8")).body
    found = {alias.name for one in statements if isinstance(one, ast.Import) for alias in one.names}
    found |= {one.module for one in statements if isinstance(one, ast.ImportFrom)}
    own = {"ipykernel"} if file.stem == "kernel" else set()  # which a kernel has
    assert {module.split(".")[0] for module in found} <= {*sys.stdlib_module_names, "numpy", "onecnn", *own}


def test_no_second_binder_folder():
    assert not (ROOT / "binder").exists() and not (ROOT / ".binder").exists(), "repo2docker would ignore environment.yml"


def test_ruff():
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_no_path_of_a_machine_is_committed():
    """The patterns are put together here, so that this file does not hold them."""
    pattern = re.compile(r"(?<![\w.])/(?:" + "|".join(("work/main", "home/[a-z]+/", "root/", "Users/[a-z]+/")) + ")")
    for file in tracked_files():
        if file.suffix in (".py", ".md", ".ipynb", ".txt", ".toml", ".yml", ".in", ""):
            found = pattern.search(Path(file).read_text(encoding="utf-8", errors="ignore"))
            assert not found, f"{name(file)}: {found}"
