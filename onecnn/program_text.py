"""The text of a program that defines given functions, so that a fresh process can have them too.

Functions that :func:`onecnn.cells.functions` gave rest on those cells' text. Functions of a notebook rest on what its reader
ran: of all executed cells, the last statements that define them and what they use, edits included.
"""
import ast
import functools
import linecache
import symtable
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Callable

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
INNER = (*DEFINITIONS, ast.Lambda, ast.comprehension)
TEXT = "__program_text__"  # under this name a module keeps the text that it was executed from


class NoText(LookupError):
    """A function's program text is not known: it was defined inside another function, or far from a notebook."""


def of(functions: Mapping[str, Callable[..., Any]]) -> str:
    """A program that defines ``functions`` under their keys. Raises :class:`NoText` with the name of one that it cannot."""
    namespaces = {id(names): names for names in map(_globals, functions.values())}
    if len(namespaces) > 1:
        raise NoText("the functions come from several modules, and no one program has them all")
    names, given = next(iter(namespaces.values())), {}
    for wanted, function in functions.items():
        found = next((name for name, value in list(names.items()) if value is function and name.isidentifier()), None)
        if found is None:
            raise NoText(f"{wanted} has no name in its module, so its text cannot be found")
        given[wanted] = found
    text = names.get(TEXT) or "\n".join(_statements(_executed(names), set(given.values())))
    if not text:
        raise NoText("neither a notebook's cells nor a text of a program is known")
    return "\n".join([text, *(f"{wanted} = {found}" for wanted, found in given.items() if wanted != found)])


def _globals(function: Any) -> dict[str, Any]:
    """The module in which the function was written, whatever wraps it: a decorator, or ``functools.partial``."""
    while isinstance(function, functools.partial) or hasattr(function, "__wrapped__"):
        function = function.func if isinstance(function, functools.partial) else function.__wrapped__
    if hasattr(function, "__globals__"):
        names: dict[str, Any] = function.__globals__
        return names
    return vars(sys.modules[getattr(function, "__module__", "builtins")])  # a class


def _executed(names: dict[str, Any]) -> list[str]:
    """The cells that ran in this notebook, oldest first. Who runs a notebook without keeping its history (nbval) leaves
    IPython's ``In`` empty; then what IPython keeps for tracebacks has them."""
    history: list[str] = names.get("In", [])
    if any(history) or "get_ipython" not in names:
        return history
    files = getattr(names["get_ipython"]().compile, "_filename_map", {})
    return ["".join(linecache.getlines(file)) for file in files]


def _statements(executed: list[str], needed: set[str]) -> list[str]:
    """Of the executed cells, those top-level statements on which the names ``needed`` rest, in their order.

    All that ever gave such a name a meaning: a function sees what its names mean when it is called, the rest what they meant
    when it ran.
    """
    statements: list[tuple[str, ast.stmt]] = []
    for cell in executed:
        try:
            lines, parsed = cell.splitlines(), ast.parse(cell).body
        except SyntaxError:  # a cell of magics
            continue
        statements += [("\n".join(lines[_first_line(one) - 1:one.end_lineno]), one) for one in parsed]
    needed, known, taken = set(needed), -1, []
    while len(needed) > known:
        known = len(needed)
        taken = [text for text, one in statements if (_bound(text) | _touched(one)) & needed or _sets_a_variable(one)]
        needed.update(*(_read(text) for text in taken))
    return taken


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _bound(text: str) -> set[str]:
    """The names that the statement gives a meaning at the top level."""
    return {symbol.get_name() for symbol in symtable.symtable(text, "cell", "exec").get_symbols() if symbol.is_assigned()
            or symbol.is_imported()}


def _touched(statement: ast.stmt) -> set[str]:
    """The names of what the statement changes in place: ``x.a = ...``, ``x[i] = ...``, ``x.hybridize()``."""
    changed = [node for node in _inner(statement)
               if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store)]
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        changed.append(statement.value.func)  # type: ignore[arg-type]
    return {node.id for one in changed if isinstance(one, (ast.Attribute, ast.Subscript, ast.Call)) for node in [_base(one)]
            if isinstance(node, ast.Name)}


def _sets_a_variable(statement: ast.stmt) -> bool:
    """Whether the statement sets an environment variable: frameworks read them when they are imported, unseen by any name."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return ast.unparse(statement.value.func) in ("os.environ.setdefault", "os.environ.update")
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return any(isinstance(one, ast.Subscript) and ast.unparse(one.value) == "os.environ" for one in targets)


def _base(node: ast.AST) -> ast.AST:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node


def _read(text: str) -> set[str]:
    """The names of the module that the statement reads, inside functions too, where their own variables are not meant."""
    def names(table: symtable.SymbolTable) -> Iterator[str]:
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (table.get_type() == "module" or symbol.is_global()):
                yield symbol.get_name()
        for inner in table.get_children():
            yield from names(inner)

    return set(names(symtable.symtable(text, "cell", "exec")))


def _inner(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of the statement, but not those inside functions and classes that it defines."""
    if isinstance(statement, DEFINITIONS):
        return
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [one for one in ast.iter_child_nodes(node) if not isinstance(one, INNER)]
