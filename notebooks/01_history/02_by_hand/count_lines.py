"""Logical lines of code, as Python's own tokenizer counts them: a ``NEWLINE`` token ends each, and
comments and blank lines have none."""
import ast
import io
import tokenize

from onecnn import cells, ladder


def lines(source: str) -> int:
    """How many logical lines a source has."""
    return sum(token.type == tokenize.NEWLINE
               for token in tokenize.generate_tokens(io.StringIO(source).readline))


def tagged(notebook: str) -> str:
    """The source of a chapter's ``same-cnn`` cells."""
    return "\n".join(cell.source for cell in cells.read(cells.locate(notebook))
                     if cells.TAG in cell.tags)


def counted() -> dict[str, int]:
    """Lines of the network by hand: of the layers ``forward``, of those that walk ``backward`` (by
    their names, and ``unflatten``), of the ``seven`` functions; and of all ``pytorch``'s cells."""
    source, found = tagged("01_history/02_by_hand"), {"forward": 0, "backward": 0, "seven": 0}
    for part in ast.parse(source).body:
        if isinstance(part, ast.FunctionDef):
            walks_back = "backward" in part.name or part.name == "unflatten"
            kind = ("seven" if part.name in ladder.Network._fields else
                    "backward" if walks_back else "forward")
            found[kind] += lines(ast.get_source_segment(source, part) or "")
    return {**found, "pytorch": lines(tagged("02_frameworks/02_pytorch"))}
