"""The reader of the table of contents, on small tables of its own: what it refuses, and what it makes."""
import copy
import json
from pathlib import Path

import pytest

from tools import contents

ROUTE = {"id": "all", "title": "All", "line": "all of it", "begin": "00_start_here", "first": []}


def record(name, *before, **changes):
    return {"id": name, "title": name[-3:].upper(), "line": "about it", "kernel": "python3", "minutes": 20, "needs": [],
            "before": list(before), "paths": ["all"], **changes}


DATA = {"paths": [ROUTE], "parts": [
    {"id": "", "title": "Start", "chapters": [record("00_start_here")]},
    {"id": "01_a", "title": "A", "chapters": [record("01_a/01_one", "00_start_here"), record("01_a/02_two", "01_a/01_one")]},
    {"id": "02_b", "title": "B", "chapters": [record("02_b/01_six", "01_a/02_two", "00_start_here", kernel="deployment",
                                                     needs=["museum", "compiler"])]}]}


def chapter(data, part, place):
    return data["parts"][part]["chapters"][place]


def parse(data):
    return contents.parse(json.dumps(data))


@pytest.mark.parametrize(("change", "message"), [
    *[(lambda data, name=name: chapter(data, 1, 0).pop(name), f"'{name}' is missing") for name in record("x")],
    *[(lambda data, name=name: data["paths"][0].pop(name), f"'{name}' is missing") for name in ROUTE],
    (lambda data: data["parts"][1].pop("title"), "part 2 (01_a): the field 'title' is missing"),
    (lambda data: data.pop("paths"), "the field 'paths' is missing"),
    (lambda data: chapter(data, 1, 0).update(minuts=3), "no field 'minuts'"),
    (lambda data: data.update(version=2), "no field 'version'"),
    (lambda data: chapter(data, 1, 0).update(minutes="20"), "'minutes' must be of type int"),
    (lambda data: chapter(data, 1, 0).update(minutes=True), "'minutes' must be of type int"),
    *[(lambda data, minutes=minutes: chapter(data, 1, 0).update(minutes=minutes), "'minutes' must be from 1 to 180")
      for minutes in (-1, 0, 181)],
    (lambda data: chapter(data, 1, 0).update(needs="museum"), "'needs' must be of type list"),
    *[(lambda data, field=field, item=item: chapter(data, 1, 0).update({field: [item]}),
       f"part '01_a', chapter 1 (01_a/01_one): in '{field}' each must be of type str")
      for field in ("before", "needs", "paths") for item in ({}, ["museum"], None)],
    *[(lambda data, field=field, item=item: chapter(data, 1, 0).update({field: [item, item]}),
       f"in '{field}' one stands twice")
      for field, item in (("before", "00_start_here"), ("needs", "museum"), ("paths", "all"))],
    *[(lambda data, change=change, text=text: change(data, text), f"must {said}") for text, said in (
        ("", "not be empty"), (" \t", "not be empty"), ("a | b", "not hold |"), ("a\\b", "not hold \\"),
        ("a <!-- end -->", "not hold <!--"), ("a]", "not hold ]"), ("a\nb", "be one line"), ("a\u2028b", "be one line"),
        ("\ud800", "be one line")) for change in (
            lambda data, text: chapter(data, 1, 0).update(title=text),
            lambda data, text: chapter(data, 1, 0).update(line=text),
            lambda data, text: data["parts"][1].update(title=text), lambda data, text: data["paths"][0].update(title=text),
            lambda data, text: data["paths"][0].update(line=text))],
    (lambda data: chapter(data, 1, 0).update(paths=[]), "'paths' must not be empty"),
    (lambda data: chapter(data, 1, 0).update(kernel="musem"),
     "01_a/01_one: there is no kernel 'musem'. There are python3, museum, caffe, deployment."),
    (lambda data: chapter(data, 1, 0).update(kernel=""), "there is no kernel ''"),
    (lambda data: chapter(data, 1, 0).update(needs=["compilr"]),
     "01_a/01_one: no chapter can need 'compilr', only python3, museum, caffe, deployment, compiler."),
    (lambda data: chapter(data, 1, 0).update(before=["a\nb"]), "'a\\nb' is no chapter"),
    (lambda data: chapter(data, 1, 0).update({"a\nb": 1}), "no field 'a\\nb'"),
    (lambda data: chapter(data, 1, 0).update(id=""), "a chapter without an id: it stands in part '01_a'"),
    (lambda data: chapter(data, 0, 0).update(id=""), "there is no chapter '00_start_here'"),
    (lambda data: chapter(data, 1, 0).update(id="01_a/01_one\n"), "must have a name such as 01_name"),
    (lambda data: chapter(data, 1, 0).update(id="01_a/٠١_one"), "must have a name such as 01_name"),
    (lambda data: chapter(data, 1, 1).update(id="01_a/03_two"), "chapter 02 of the part '01_a' must have a name such as 02_"),
    (lambda data: data["parts"][1]["chapters"].reverse(), "01_a/02_two: chapter 01 of the part '01_a' must have"),
    (lambda data: data["parts"].reverse(), "the part '02_b' must have a name such as 01_name"),
    (lambda data: data["parts"].append(data["parts"].pop(0)), "the part '' must have a name such as 03_name"),
    (lambda data: data["parts"].pop(1), "the part '02_b' must have a name such as 01_name"),
    (lambda data: data["parts"].append({"id": "03_c", "title": "C", "chapters": []}), "the part '03_c' has no chapter"),
    (lambda data: data["parts"].clear(), "there is no chapter '00_start_here'"),
    (lambda data: data["paths"].append({**ROUTE, "id": ""}), "path 2: 'id' must not be empty"),
    (lambda data: chapter(data, 1, 0).update(before=["01_a/03_ten"]), "'01_a/03_ten' is no chapter"),
    (lambda data: chapter(data, 1, 0).update(paths=["al"]), "'al' is no chapter and no path"),
    (lambda data: chapter(data, 1, 0).update(before=["02_b/01_six"]), "in a circle: 01_a/01_one, 01_a/02_two, 02_b/01_six"),
    (lambda data: chapter(data, 1, 0).update(before=["01_a/01_one"]), "in a circle"),
    (lambda data: chapter(data, 1, 0).update(id="02_b/01_one"), "stands in part '01_a'"),
    (lambda data: chapter(data, 1, 1).update(id="01_a/01_one"), "'01_a/01_one' stands twice"),
    (lambda data: data["paths"].append({**ROUTE, "id": "few"}), "'few' begins with '00_start_here', which is none of its"),
    (lambda data: data["paths"][0].update(first=["03_c/01_none"]), "'all' begins with '03_c/01_none', which is none of its"),
    (lambda data: (data["paths"].append({**ROUTE, "id": "few", "begin": "01_a/01_one"}),
                   chapter(data, 1, 0).update(paths=["few"])), "builds on 00_start_here, which path 'few' lacks"),
    (lambda data: data["parts"].append("03_c"), "part 4: not a record"),
])
def test_a_faulty_table_is_refused_in_one_line(change, message):
    data = copy.deepcopy(DATA)
    change(data)
    with pytest.raises(contents.ContentsError) as error:
        parse(data)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_text_that_is_no_json_is_refused():
    with pytest.raises(contents.ContentsError, match=r"contents.json is no JSON: .*line 1"):
        contents.parse("{,}")
    with pytest.raises(contents.ContentsError, match=r"^contents.json is no JSON: .*recursion.*$"):
        contents.parse("[" * 100_000)


@pytest.mark.parametrize("name", ["notebooks/contents.json", "README.md", "notebooks/01_a/01_one.py"])
@pytest.mark.parametrize("wrong", ["latin-1", "utf-16"])
def test_a_file_in_another_encoding_is_refused(tree, name, wrong):
    text = (tree / name).read_text(encoding="utf-8") + "Ä"
    (tree / name).write_text(text, encoding=wrong)
    with pytest.raises(contents.ContentsError, match=rf"{name} is not in UTF-8: see byte \d+$"):
        contents.write(tree)


def test_neighbours_cross_the_borders_of_parts():
    course = parse(DATA)
    names = [[other and other.id for other in course.neighbours(one.id)] for one in course.chapters]
    assert names == [[None, "01_a/01_one"], ["00_start_here", "01_a/02_two"], ["01_a/01_one", "02_b/01_six"],
                     ["01_a/02_two", None]]


def test_a_path_puts_a_chapter_after_what_it_builds_on():
    data = copy.deepcopy(DATA)
    data["paths"].append({**ROUTE, "id": "few"})
    for part, place in ((0, 0), (1, 0), (1, 1)):
        chapter(data, part, place)["paths"].append("few")
    chapter(data, 1, 0)["before"] = ["01_a/02_two"]
    chapter(data, 1, 1)["before"] = []
    course = parse(data)
    assert [one.id for one in course.along(course.routes[1])] == ["01_a/02_two", "01_a/01_one"]
    assert [one.id for one in course.along(course.routes[0])] == ["01_a/01_one", "01_a/02_two", "02_b/01_six"]  # all of them
    first, last = (contents.links_markdown(course, course.find(name)) for name in ("01_a/02_two", "01_a/01_one"))
    assert first.startswith("**On your path:**\n\n- *All, 1 of 2:* here → [ONE](01_one.ipynb)\n\n**In the order of")
    assert "- *All, 2 of 2:* [TWO](02_two.ipynb) → here. You have walked all of it\n" in last
    assert "\n- " not in contents.links_markdown(course, course.find("02_b/01_six"))
    text = contents.with_chapter(SOURCE, course, course.find("01_a/01_one"))
    assert contents.with_chapter(text, course, course.find("01_a/01_one")) == text


def test_a_path_may_put_chapters_first():
    data = copy.deepcopy(DATA)
    data["paths"].append({**ROUTE, "id": "few"})
    for part, place in ((0, 0), (1, 0), (1, 1)):
        chapter(data, part, place)["paths"].append("few")
        chapter(data, part, place)["before"] = []
    for first, order in (([], ["01_a/01_one", "01_a/02_two"]), (["01_a/02_two"], ["01_a/02_two", "01_a/01_one"])):
        data["paths"][1]["first"] = first
        course = parse(data)
        assert [one.id for one in course.along(course.routes[1])] == order


@pytest.mark.parametrize(("words", "lines", "expected"), [
    (0, 0, 5), (400, 24, 5), (1000, 60, 10), (1400, 60, 15), (0, 1200, 100)])
def test_minutes_are_counted(words, lines, expected):
    source = f"# %% [markdown]\n# {'word ' * words}\n\n# %%\n" + "x = 1\n\n" * lines
    assert contents.minutes(source) == expected
    assert contents.minutes(source + "\n# %% [markdown]\n# [](https://address.of/many-words) <br>\n") == expected


@pytest.mark.parametrize(("path", "found"), [
    ("notebooks/03_comparison/03_graphs.ipynb", ("museum", "compiler")),
    ("/somewhere/exercises/03_comparison/03_graphs.py", ("museum", "compiler")),
    ("solutions/03_comparison/03_graphs.ipynb", ("museum", "compiler")),
    ("notebooks/02_frameworks/02_pytorch.py", ()),
    ("/notebooks/exercises/01_toys/03_graphs.py", ()),
    ("tests/tree/test_tree.py", ()),
])
def test_needs_of_a_notebook_its_exercise_and_its_solution(path, found):
    assert contents.needs(Path(path)) == found


SOURCE = """\
# %% [markdown]
# # Six
#
# **Before you start:** whatever, 1
# minutes.
# No more than ten minutes. Kept as it is.
#
# So is this, in some minutes.

# %%
print("no minutes.")

# %% [markdown]
# **Next:** is a word that a chapter may use. The end.

# %% [markdown]
# **In the order of the folders:** [wrong](x.ipynb) ·
# [wrong](y.ipynb)
"""


def test_a_chapter_keeps_all_but_what_is_generated():
    course = parse(DATA)
    text = contents.with_chapter(SOURCE, course, course.find("02_b/01_six"))
    assert text == """\
# %% [markdown]
# # Six
#
# **Before you start:** [TWO](../01_a/02_two.ipynb) and [ERE](../00_start_here.ipynb). Kernel
# `deployment` (`python3 course.py lab --with deployment`), about 20 minutes.
# No more than ten minutes. Kept as it is.
#
# So is this, in some minutes.

# %%
print("no minutes.")

# %% [markdown]
# **Next:** is a word that a chapter may use. The end.

# %% [markdown]
# **In the order of the folders:** previous [TWO](../01_a/02_two.ipynb) ·
# [all chapters](../00_start_here.ipynb)
"""
    assert contents.with_chapter(text, course, course.find("02_b/01_six")) == text


def test_a_chapter_without_a_place_for_the_line_is_refused():
    course = parse(DATA)
    with pytest.raises(contents.ContentsError, match=r"01_a/01_one\.py: the opening cell has no"):
        contents.with_chapter("# %% [markdown]\n# # One\n\n# %%\n1\n", course, course.find("01_a/01_one"))


@pytest.fixture
def tree(tmp_path):
    """A course with ``DATA``, whose generated regions are out of date."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "contents.json").write_text(contents.text_of(DATA), encoding="utf-8")
    (tmp_path / "README.md").write_text(f"# X\n\n{contents.CHAPTERS}\nold\n{contents.END}\nkept\n", encoding="utf-8")
    for one in parse(DATA).chapters:
        file = tmp_path / "notebooks" / f"{one.id}.py"
        file.parent.mkdir(exist_ok=True)
        text = SOURCE if one.part else SOURCE.replace("Kept", f"# # Map\n#\n# {contents.MAP}\n# {contents.END}\n#\n# Kept")
        file.write_text(text, encoding="utf-8")
    return tmp_path


def edit(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


NEXT = "# %% [markdown]\n# **In the order of the folders:** [wrong](y.ipynb)\n"
REGION = f"{contents.CHAPTERS}\nold\n{contents.END}\n"


@pytest.mark.parametrize(("name", "old", "new", "message"), [
    ("README.md", REGION, f"{REGION}\n{REGION}", "README.md: '<!-- made by course.py build: chapters -->' .* more than once"),
    ("README.md", REGION, "", "README.md: no line '<!-- made by course.py build: chapters -->'"),
    ("README.md", contents.END, "", "README.md: no line .* with a line '<!-- end -->' after it"),
    ("README.md", contents.END, f"<!-- made by another -->\n{contents.END}", "README.md: no line .* '<!-- end -->' after it"),
    ("notebooks/00_start_here.py", f"# {contents.MAP}\n", f"# {contents.MAP}\n# {contents.END}\n# {contents.MAP}\n",
     "00_start_here.py: '# <!-- made by course.py build: map -->' stands there more than once"),
    ("notebooks/01_a/01_one.py", '# %%\nprint', f"{NEXT}\n# %%\nprint", r"01_one.py: the links .* more than once, or not at"),
    ("notebooks/01_a/01_one.py", "# %% [markdown]\n# **In the order", f"{NEXT}\n# %% [markdown]\n# **In the order",
     r"01_one.py: the links '\*\*In the order of the folders:\*\*' stand there more than once"),
    ("notebooks/01_a/01_one.py", "# So is this", "# **Before you start:** So is this",
     r"01_one.py: '\*\*Before you start:\*\*' stands there more than once"),
])
def test_a_region_that_does_not_stand_once_is_refused_and_nothing_written(tree, name, old, new, message):
    edit(tree / name, old, new)
    before = {file: file.read_bytes() for file in tree.rglob("*.*")}
    with pytest.raises(contents.ContentsError, match=message) as error:
        contents.write(tree)
    assert "\n" not in str(error.value)
    assert {file: file.read_bytes() for file in tree.rglob("*.*")} == before


def test_a_course_without_a_table_has_nothing_to_write(tmp_path):
    assert contents.write(tmp_path) == []


def test_write_changes_what_is_out_of_date_and_nothing_else(tree):
    assert len(contents.write(tree)) == 6
    assert contents.write(tree) == []
    readme = (tree / "README.md").read_text(encoding="utf-8")
    assert "[TWO](notebooks/01_a/02_two.ipynb)" in readme and "old" not in readme and readme.endswith("kept\n")
    start = (tree / "notebooks" / "00_start_here.py").read_text(encoding="utf-8")
    assert "# | 01 [SIX](02_b/01_six.ipynb): about it | `deployment`; also `museum`, a C++ compiler | 5 |\n" in start
    assert contents.read(tree).find("02_b/01_six").minutes == 5  # as counted
    (tree / "notebooks" / "01_a" / "01_one.py").unlink()
    with pytest.raises(contents.ContentsError, match="names 01_a/01_one, but there is no"):
        contents.write(tree)
