"""The hooks before a commit: what they say of the tree is said of the whole of it."""
import re
from pathlib import Path

from onecnn import paths


def hooks():
    """``{id: hook}`` of the configuration, as pre-commit reads it."""
    from pre_commit.clientlib import load_config
    repos = load_config(paths.ROOT / ".pre-commit-config.yaml")["repos"]
    return {hook["id"]: hook for repo in repos for hook in repo["hooks"]}


def test_no_hook_is_given_names():
    assert hooks() and all(hook["pass_filenames"] is False for hook in hooks().values())
    assert hooks()["ruff"]["entry"].endswith(" ruff check .")


def test_what_a_hook_reads_starts_it():
    started = {name for name, hook in hooks().items() if re.search(hook["files"], "pyproject.toml")}
    assert started == {"ruff", "mypy"}, "their settings"
    for name in ("course.py", "tests/tools/test_hooks.py", "notebooks/02_frameworks/02_pytorch.py"):
        assert Path(paths.ROOT, name).exists() and re.search(hooks()["ruff"]["files"], name)
