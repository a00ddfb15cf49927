"""The one table of contents, ``notebooks/contents.json``, and what is made from it. Standard library only; Python 3.9.

``needs`` says what a notebook runs beside its own kernel. ``write`` brings up to date what is generated: the map in
``00_start_here``, the README's list, and in each chapter the line "Before you start" and the links at its end.
"""
import functools
import json
import os
import re
import textwrap
from collections.abc import Container
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional, get_origin

from tools import environments, platforms, quiz
from tools.steps import ROOT, SetupError

FOLDERS = ("notebooks", "solutions", "exercises")
START, GLOSSARY = "00_start_here", "00_glossary"
PAGES = (START, GLOSSARY)  # which are no chapters to walk through
WIDTH = 98  # of a line's text; with "# " before it, 100 columns
WORDS = {"compiler": "a C++ compiler"}  # what a notebook can need that is no kernel
OPTIONAL = {"deployment": "`deployment` (`python3 course.py lab --with deployment`)"}  # a kernel that has to be asked for
CHAPTERS, MAP, QUIZ, PLATFORMS, END = (
    "<!-- made by course.py build: chapters -->", "<!-- made by course.py build: map -->",
    "<!-- made by course.py build: quiz -->", "<!-- made by course.py build: platforms -->", "<!-- end -->")
BEGIN_MARK = "<!-- made by"  # begins each region's first line
PART = re.compile(r"[0-9]{2}_[a-z][a-z0-9_]*")  # and a chapter's own name
LONGEST = 180  # minutes of a chapter
WORDS_A_MINUTE, LINES_A_MINUTE = 200, 12  # a strict reader's own estimate, of prose and of code
TO_RUN = 1  # minutes: a notebook's budget
BEFORE_MARK = "**Before you start:**"
BEFORE = re.compile(r"\*\*Before you start:\*\*.*?\bminutes\.(?=\n|\Z)", re.DOTALL)
ON_PATHS, IN_ORDER = "**On your path:**", "**In the order of the folders:**"
LINK = re.compile(re.escape(IN_ORDER))
LINKS = re.compile(rf"\n*# %% \[markdown\]\n# (?:{re.escape(ON_PATHS)}|{LINK.pattern})[^\n]*(?:\n#[^%\n]*)*\n*\Z")


class ContentsError(SetupError):
    """``contents.json`` is not what it must be, or what is generated has no place of its own in a file. One line."""


class Chapter(NamedTuple):
    """A chapter. ``id``: its path below ``notebooks``, without a suffix. ``needs``: what it runs beside its own kernel: other
    kernels, "compiler". ``before``: the ids of the chapters to know. ``paths``: the ids of the paths that it belongs to.
    """

    id: str
    title: str
    line: str
    kernel: str
    minutes: int
    needs: tuple[str, ...]
    before: tuple[str, ...]
    paths: tuple[str, ...]

    @property
    def part(self) -> str:
        """The id of its part: its folder; empty for what stands beside the folders."""
        return self.id.rpartition("/")[0]

    @property
    def number(self) -> str:
        """The number in its file's name."""
        return self.id.rpartition("/")[2].partition("_")[0]


class Part(NamedTuple):
    """A folder of chapters."""

    id: str
    title: str
    chapters: tuple[Chapter, ...]


class Route(NamedTuple):
    """A path through the course; ``begin`` is the id of the chapter to begin with, ``first`` those that come before the
    course's order would have them."""

    id: str
    title: str
    line: str
    begin: str
    first: tuple[str, ...]


class Contents(NamedTuple):
    """The course: its paths, its parts, its chapters in order."""

    routes: tuple[Route, ...]
    parts: tuple[Part, ...]

    @property
    def chapters(self) -> list[Chapter]:
        """All chapters, in the course's order."""
        return [chapter for part in self.parts for chapter in part.chapters]

    @property
    def by_id(self) -> dict[str, Chapter]:
        """All chapters by their ids."""
        return {chapter.id: chapter for chapter in self.chapters}

    def find(self, identifier: str) -> Optional[Chapter]:
        """The chapter of this id, or None."""
        return self.by_id.get(identifier)

    def along(self, route: Route) -> list[Chapter]:
        """A path's chapters: its ``first`` ones, then the others in the course's order, each after those that it builds on;
        all, in the course's order, if the path has them all."""
        members = {chapter.id: chapter for chapter in self.chapters if route.id in chapter.paths}
        if len(members) == len(self.chapters):
            return [chapter for chapter in self.chapters if chapter.id not in PAGES]
        order: dict[str, Chapter] = {}

        def place(identifier: str) -> None:
            if identifier not in order:
                for other in members[identifier].before:
                    place(other)
                order[identifier] = members[identifier]

        for identifier in (*route.first, *members):
            place(identifier)
        return [chapter for chapter in order.values() if chapter.id not in PAGES]

    def neighbours(self, identifier: str) -> tuple[Optional[Chapter], Optional[Chapter]]:
        """The chapters before and after this one; None at either end. The glossary is open beside them all."""
        line = [None, *(chapter for chapter in self.chapters if chapter.id in (identifier, START)
                        or chapter.id not in PAGES), None]
        at = [chapter and chapter.id for chapter in line].index(identifier)
        return line[at - 1], line[at + 1]


# Reading

def read(root: Path = ROOT) -> Contents:
    """The table of contents of the course in ``root``. Raises :class:`ContentsError`."""
    return parse(_text(root / "notebooks" / "contents.json"))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ContentsError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ContentsError(f"{file} is not in UTF-8: see byte {error.start + 1}") from None


@functools.lru_cache(maxsize=1)
def parse(text: str) -> Contents:
    """The table of contents in ``text``. Raises :class:`ContentsError`: a field is missing, unknown or of another type, an id
    stands twice or names nothing, numbers have a gap, a part is empty, a title would break its link or its table, chapters
    wait for one another in a circle, a path leaves out what its chapters need.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ContentsError(f"contents.json is no JSON: {error}") from None
    data = _fields(data, {"paths": list, "parts": list}, "contents.json")
    routes = tuple(Route(**_fields(one, Route.__annotations__, f"path {place}")) for place, one in enumerate(data["paths"], 1))
    parts = []
    for number, one in enumerate(data["parts"], 1):
        part = _fields(one, {"id": str, "title": str, "chapters": list}, f"part {number}")
        parts.append(Part(part["id"], part["title"], tuple(
            Chapter(**_fields(chapter, Chapter.__annotations__, f"part '{part['id']}', chapter {place}"))
            for place, chapter in enumerate(part["chapters"], 1))))
    contents = Contents(routes, tuple(parts))
    _check(contents)
    return contents


def _fields(record: Any, wanted: dict[str, Any], where: str) -> dict[str, Any]:
    """The record, if it has the wanted fields and no others; lists become tuples."""
    wanted = {name: get_origin(kind) or kind for name, kind in wanted.items()}  # tuple[str, ...] asks for a tuple
    if not isinstance(record, dict):
        raise ContentsError(f"contents.json, {where}: not a record with fields")
    if isinstance(record.get("id"), str) and record["id"]:
        where = f"{where} ({_plain(record['id'])})"
    for name, kind in wanted.items():
        if name not in record:
            raise ContentsError(f"contents.json, {where}: the field '{name}' is missing")
        asked = list if kind is tuple else kind
        if not isinstance(record[name], asked) or isinstance(record[name], bool):
            raise ContentsError(f"contents.json, {where}: '{name}' must be of type {asked.__name__}")
        if kind is tuple and not all(isinstance(one, str) for one in record[name]):
            raise ContentsError(f"contents.json, {where}: in '{name}' each must be of type str")
        if kind is tuple and len(set(record[name])) < len(record[name]):
            raise ContentsError(f"contents.json, {where}: in '{name}' one stands twice")
        if name in ("title", "line"):
            _check_words(record[name], f"contents.json, {where}: '{name}'")
    for name in record:
        if name not in wanted:
            raise ContentsError(f"contents.json, {where}: there is no field {name!a}; the fields are {', '.join(wanted)}")
    return {name: tuple(value) if wanted[name] is tuple else value for name, value in record.items()}


def _plain(identifier: str) -> str:
    """The id in a message of one line, whatever stands in it."""
    return ascii(identifier)[1:-1]


def _check_words(text: str, where: str) -> None:
    """Raises :class:`ContentsError` for a text that would break a line, a table's row, a link or a comment of Markdown."""
    if not text.strip():
        raise ContentsError(f"{where} must not be empty")
    found = next((one for one in ("|", "\\", "<!--", "[", "]") if one in text), None)
    if found:
        raise ContentsError(f"{where} must not hold {found}")
    if not text.isprintable():
        raise ContentsError(f"{where} must be one line of printable characters")


def _check(contents: Contents) -> None:
    """Raises :class:`ContentsError` where the records do not fit each other."""
    chapters, routes = contents.chapters, [route.id for route in contents.routes]
    known = contents.by_id
    for ids in ([chapter.id for chapter in chapters], routes, [part.id for part in contents.parts]):
        twice = next((one for one in ids if ids.count(one) > 1), None)
        if twice is not None:
            raise ContentsError(f"contents.json: {twice!a} stands twice")
    if "" in routes:
        raise ContentsError(f"contents.json, path {routes.index('') + 1}: 'id' must not be empty")
    if START not in known:
        raise ContentsError(f"contents.json: there is no chapter '{START}'")
    for number, part in enumerate(contents.parts, 1 if contents.parts[0].id else 0):
        if number and (not PART.fullmatch(part.id) or int(part.id[:2]) != number):
            raise ContentsError(f"contents.json: the part {part.id!a} must have a name such as {number:02}_name, "
                                "for parts run without gaps")
    for part in contents.parts:
        _check_part(part, known, routes)
    for route in contents.routes:
        for begin in (route.begin, *route.first):
            if begin not in known or route.id not in known[begin].paths:
                raise ContentsError(f"contents.json: path {route.id!a} begins with {begin!a}, which is none of its chapters")
    _no_circle(known)


def _check_part(part: Part, known: dict[str, Chapter], routes: list[str]) -> None:
    """Raises :class:`ContentsError` where a part has no chapters, or one does not fit its place, the paths or the others."""
    kernels = [environment.kernel for environment in environments.ENVIRONMENTS]
    if not part.chapters:
        raise ContentsError(f"contents.json: the part {part.id!a} has no chapter")
    for number, chapter in enumerate(part.chapters, 1):
        where = f"contents.json, {_plain(chapter.id) or 'a chapter without an id'}"
        name = chapter.id.rpartition("/")[2]
        unknown = [one for one in chapter.before if one not in known] + [one for one in chapter.paths if one not in routes]
        if unknown:
            raise ContentsError(f"{where}: {unknown[0]!a} is no chapter and no path")
        if chapter.part != part.id:
            raise ContentsError(f"{where}: it stands in part '{part.id}'")
        number = number if part.id else 0  # what stands beside the folders comes before them all
        if not PART.fullmatch(name) or int(name[:2]) != number:
            raise ContentsError(f"{where}: chapter {number:02} of the part '{part.id}' must have a name such as "
                                f"{number:02}_name, for chapters run without gaps")
        if not 1 <= chapter.minutes <= LONGEST:
            raise ContentsError(f"{where}: 'minutes' must be from 1 to {LONGEST}")
        if not chapter.paths:
            raise ContentsError(f"{where}: 'paths' must not be empty")
        if chapter.kernel not in kernels:
            raise ContentsError(f"{where}: there is no kernel {chapter.kernel!a}. There are {', '.join(kernels)}.")
        strange = next((one for one in chapter.needs if one not in (*kernels, *WORDS)), None)
        if strange is not None:
            raise ContentsError(f"{where}: no chapter can need {strange!a}, only {', '.join((*kernels, *WORDS))}.")
        for route in chapter.paths:
            left_out = [one for one in chapter.before if route not in known[one].paths]
            if left_out:
                raise ContentsError(f"{where}: it builds on {left_out[0]}, which path '{route}' lacks")


def _no_circle(known: dict[str, Chapter]) -> None:
    """Raises :class:`ContentsError` if chapters wait for one another."""
    waiting = dict(known)
    while waiting:
        ready = [name for name, chapter in waiting.items() if not set(chapter.before) & set(waiting)]
        if not ready:
            raise ContentsError(f"contents.json: these chapters build on one another in a circle: {', '.join(waiting)}")
        for name in ready:
            del waiting[name]


def text_of(contents: dict[str, Any]) -> str:
    """The file's text for its data as ``json.loads`` gives it: lists of words on one line."""
    text = json.dumps(contents, indent=2, ensure_ascii=False)
    return re.sub(r"\[\s*([^\[\]{}]*?)\s*\]", lambda one: f"[{re.sub(chr(10) + ' *', ' ', one.group(1))}]", text) + "\n"


# What a notebook is in the table

def identifier(notebook: Path) -> str:
    """``"05_deployment/02_serving"`` for a notebook, exercise or solution of that chapter; empty for any other file."""
    parts = notebook.with_suffix("").parts
    at = next((place for place in range(len(parts) - 1, -1, -1) if parts[place] in FOLDERS), None)
    return "" if at is None else "/".join(parts[at + 1:])


def needs(notebook: Path) -> tuple[str, ...]:
    """What a notebook, its exercise and its solution run beside their own kernel, such as ``("museum", "compiler")``.

    Empty for a file that is no chapter of the course.
    """
    chapter = read().find(identifier(notebook))
    return chapter.needs if chapter else ()


# What is made from it

def reason_to_skip(notebook: Path, kernel: str, known: Container[str]) -> str:
    """Why the notebook cannot run where only the kernels ``known`` are; empty if it can."""
    for need in (kernel, *needs(notebook)):
        if need == "compiler":
            if not environments.compiler():
                return f"it needs {WORDS[need]}: python3 course.py check says how to get one"
        elif need not in known:
            reasons = {env.kernel: environments.unavailable(env) or (env.optional and env.command)
                       or "python3 course.py check says how to get it" for env in environments.ENVIRONMENTS}
            return f"kernel '{need}' is missing: {reasons.get(need, 'unknown kernel')}"
    return ""


def link(here: str, chapter: Chapter, folder: str = "") -> str:
    """A Markdown link to the chapter from the notebook with the id ``here``; with ``folder``, from the file beside it."""
    target = os.path.relpath(f"/{folder}{chapter.id}.ipynb", f"/{here}/..").replace(os.sep, "/")
    return f"[{chapter.title}]({target})"


def wrap(text: str, indent: str = "") -> str:
    """Markdown in lines of ``WIDTH`` where it can be: code and links stay whole. ``indent`` begins each line but the first."""
    whole = re.sub(r"`[^`]*`|\[[^]]*\]\([^)]*\)", lambda found: found.group().replace(" ", "\0"), text)
    lines = textwrap.wrap(whole, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace("\0", " ")


def kernels(chapter: Chapter) -> str:
    """The chapter's kernel and what else it needs, for a table."""
    others = [WORDS.get(need, f"`{need}`") for need in chapter.needs]
    return f"`{chapter.kernel}`" + (f"; also {', '.join(others)}" if others else "")


def minutes(source: str) -> int:
    """How long a chapter takes, from its source, to five minutes: its words, its lines of code, and a minute to run.

    Links count by their words. What is folded counts, too: it is there to be read.
    """
    words = lines = 0
    for cell in re.split(r"^# %%", source, flags=re.MULTILINE)[1:]:
        head, _, body = cell.partition("\n")
        if "[markdown]" in head:
            words += len(re.sub(r"\]\([^)]*\)|<[^>]*>|^#", " ", body, flags=re.MULTILINE).split())
        else:
            lines += sum(1 for line in body.splitlines() if line.strip())
    return max(5, 5 * round((words / WORDS_A_MINUTE + lines / LINES_A_MINUTE + TO_RUN) / 5))


def hours(chapters: list[Chapter]) -> str:
    """How long the chapters take, in words."""
    return f"{len(chapters)} chapters, {round(sum(chapter.minutes for chapter in chapters) / 30) / 2:g} hours"


def map_markdown(contents: Contents) -> str:
    """The map in ``00_start_here``: the paths, and every other chapter by part."""
    lines = []
    for route in contents.routes:
        chapters = contents.along(route)
        first, later = (link(START, chapter) for chapter in (chapters[0], contents.by_id[route.begin]))
        begin = f"Begin with {first}" + (f", or, if you have trained a network, with {later}" if later != first else "")
        lines.append(wrap(f"- **{route.title}** ({hours(chapters)}): {route.line}. {begin}.", "  "))
    lines += ["", "| Chapter | Kernel | Minutes |", "|---|---|---|"]
    for part in contents.parts:
        chapters = [chapter for chapter in part.chapters if chapter.id not in PAGES]
        if chapters and part.id:
            lines.append(f"| **{part.title}**, in `{part.id}` | | |")
        lines += [f"| {chapter.number} {link(START, chapter)}: {chapter.line} | {kernels(chapter)} | {chapter.minutes} |"
                  for chapter in chapters]
    return "\n".join(lines)


def list_markdown(contents: Contents) -> str:
    """The README's list: a line for each part."""
    lines = []
    for part in contents.parts:
        links = ", ".join(link("README", chapter, "notebooks/") for chapter in part.chapters)
        lines.append(wrap(f"- **{part.title}:** {links}", "  "))
    return "\n".join(lines)


def before_markdown(contents: Contents, chapter: Chapter) -> str:
    """A chapter's line "Before you start", wrapped; it ends with "minutes."."""
    links = [link(chapter.id, contents.by_id[one]) for one in chapter.before]
    known = f"{', '.join(links[:-1])}{' and ' if links[:-1] else ''}{links[-1]}. Kernel" if links else "kernel"
    kernel = OPTIONAL.get(chapter.kernel, f"`{chapter.kernel}`")
    text = f"**Before you start:** {known} {kernel}, about {chapter.minutes} minutes."
    return wrap(text)


def links_markdown(contents: Contents, chapter: Chapter) -> str:
    """The links at a chapter's end: its neighbours on each path that it belongs to, then those in the course."""
    before, after = contents.neighbours(chapter.id)
    parts = [f"{word} {link(chapter.id, other)}" for word, other in (("previous", before), ("next", after)) if other]
    if chapter.id != START:
        parts.append(f"[all chapters]({os.path.relpath(f'/{START}.ipynb', f'/{chapter.id}/..').replace(os.sep, '/')})")
    routes = [wrap(f"- {_on(contents, route, chapter)}", "  ") for route in contents.routes
              if chapter in contents.along(route)
              and any(route.id not in other.paths for other in contents.chapters)]  # else it is the course's order
    return "\n".join([*([ON_PATHS, "", *routes, ""] if routes else []), wrap(f"{IN_ORDER} {' · '.join(parts)}")])


def _on(contents: Contents, route: Route, chapter: Chapter) -> str:
    """Where the chapter stands on a path, and its neighbours there. The first path, the core, is in bold."""
    line = contents.along(route)
    at, mark = line.index(chapter), "**" if route is contents.routes[0] else "*"
    before = f"{link(chapter.id, line[at - 1])} → " if at else ""
    after = f" → {link(chapter.id, line[at + 1])}" if at + 1 < len(line) else ". You have walked all of it"
    return f"{mark}{route.title}, {at + 1} of {len(line)}:{mark} {before}here{after}"


def with_chapter(text: str, contents: Contents, chapter: Chapter) -> str:
    """The source ``text`` of a chapter with what is generated in it.

    Raises :class:`ContentsError` if a region has no place, or more than one.
    """
    name = f"notebooks/{chapter.id}.py"
    if text.count(BEFORE_MARK) > 1:
        raise ContentsError(f"{name}: '{BEFORE_MARK}' stands there more than once")
    opening, cell, rest = text.partition("\n# %%\n")
    before = comment(before_markdown(contents, chapter))
    opening, count = BEFORE.subn(lambda _: before[2:], opening, count=1)
    if not count:
        raise ContentsError(f"{name}: the opening cell has no '**Before you start:** ... minutes.'")
    text = LINKS.sub("", opening + cell + rest).rstrip("\n")
    if LINK.search(text):
        raise ContentsError(f"{name}: the links '{IN_ORDER}' stand there more than once, or not at the end")
    text = f"{text}\n\n# %% [markdown]\n{comment(links_markdown(contents, chapter))}\n"
    if chapter.id == START:
        text = _between(text, f"# {MAP}", f"#\n{comment(map_markdown(contents))}\n#", f"# {END}", name)
    return text


def with_quiz(text: str, root: Path, identifier: str) -> str:
    """The source ``text`` of a chapter with its quiz, if it has one.

    Raises :class:`ContentsError` if it has no place for it, or more than one, or a place and no quiz.
    """
    file, name = quiz.file_of(root, identifier), f"notebooks/{identifier}.py"
    if not file.exists():
        if QUIZ in text:
            raise ContentsError(f"{name}: there is a place for a quiz, but no {file.relative_to(root).as_posix()}")
        return text
    lines = (line if line.startswith("<details") else wrap(line) for line in quiz.markdown(quiz.read(file)).split("\n"))
    made = comment("\n".join(lines))
    return _between(text, f"# {QUIZ}", f"#\n{made}\n#", f"# {END}", name)


def with_list(text: str, contents: Contents) -> str:
    """The README's text with the list of chapters."""
    return _between(text, CHAPTERS, list_markdown(contents), END, "README.md")


def comment(markdown: str) -> str:
    """Markdown as a py:percent file holds it."""
    return "\n".join(f"# {line}".rstrip() for line in markdown.split("\n"))


def _between(text: str, begin: str, made: str, end: str, name: str) -> str:
    """The text with ``made`` between the lines ``begin`` and ``end``, which stand there once."""
    found = re.findall(f"^{re.escape(begin)}\n(.*?)^{re.escape(end)}$", text, flags=re.DOTALL | re.MULTILINE)
    if not found or BEGIN_MARK in found[0]:  # the end of another region is none of this one
        raise ContentsError(f"{name}: no line '{begin}' with a line '{end}' after it")
    if text.count(begin) > 1:
        raise ContentsError(f"{name}: '{begin}' stands there more than once")
    at = text.index(f"{begin}\n{found[0]}{end}") + len(begin) + 1
    return text[:at] + made + "\n" + text[at + len(found[0]):]


def made(root: Path = ROOT) -> dict[Path, str]:
    """``{file: text}`` of the README, TEACHING.md, every chapter's source and the table of contents, as they must be."""
    table = root / "notebooks" / "contents.json"
    files, contents = {}, read(root)
    for chapter in contents.chapters:
        file = root / "notebooks" / f"{chapter.id}.py"
        if not file.exists():
            raise ContentsError(f"contents.json names {chapter.id}, but there is no {file.relative_to(root)}")
        files[file] = with_quiz(_text(file), root, chapter.id)
    data = json.loads(_text(table))
    for part in data["parts"]:
        for record in part["chapters"]:
            record["minutes"] = minutes(files[root / "notebooks" / f"{record['id']}.py"])
    contents = parse(text_of(data))
    for chapter in contents.chapters:
        file = root / "notebooks" / f"{chapter.id}.py"
        files[file] = with_chapter(files[file], contents, chapter)
    made_files = {table: text_of(data), root / "README.md": with_list(_text(root / "README.md"), contents), **files}
    teaching = root / "TEACHING.md"
    if teaching.exists():
        rows = platforms.table([(chapter.kernel, chapter.needs) for chapter in contents.chapters])
        made_files[teaching] = _between(_text(teaching), PLATFORMS, rows, END, "TEACHING.md")
    return made_files


def write(root: Path = ROOT, save: Optional[Callable[[Path, str], None]] = None) -> list[Path]:
    """Writes what has changed; returns the files. A course without a table of contents has none.

    ``save(file, text)`` writes one of them: by default as it is, for the builder so that its notebook gets the text, too.
    """
    if not (root / "notebooks" / "contents.json").exists():
        return []
    changed = {file: text for file, text in made(root).items() if file.read_text(encoding="utf-8") != text}
    for file, text in changed.items():
        (save or _save)(file, text)
    return list(changed)


def _save(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
