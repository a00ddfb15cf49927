"""The table of what runs where says what set-up decides."""
import pytest

from onecnn import paths
from tools import contents, environments, platforms


@pytest.mark.parametrize("title, system, machine", platforms.PLATFORMS)
def test_the_table_is_what_set_up_decides(monkeypatch, title, system, machine):
    monkeypatch.setattr(environments.platform, "system", lambda: system)
    monkeypatch.setattr(environments.platform, "machine", lambda: machine)
    here = platforms.kernels(system, machine)
    for env in environments.ENVIRONMENTS:
        if env is not environments.CAFFE:  # what it asks of this machine beside is none of the platform's
            assert (env.kernel in here) == (not environments.unavailable(env) and "python3" in here)
    assert ("caffe" in here) == ((system, machine) == ("Linux", "x86_64"))


def test_the_whole_course_runs_on_linux_and_part_of_it_elsewhere():
    chapters = [(chapter.kernel, chapter.needs) for chapter in contents.read().chapters]
    rows = {row.split(" | ")[0].strip("| "): row for row in platforms.table(chapters).splitlines()[2:]}
    assert f"| {len(chapters)} of {len(chapters)} |" in rows["Linux on x86-64"]
    assert rows["macOS on Intel"].endswith("| none: use Binder |")
    assert 10 < int(rows["Windows on x86-64"].split("|")[-2].split()[0]) < len(chapters)
    text = (paths.ROOT / "TEACHING.md").read_text(encoding="utf-8")
    assert platforms.table(chapters) in text, "run: python3 course.py build"
