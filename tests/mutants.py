"""Mutants of a solution: the right answer with one small fault, made by rule. A check that is worth its name finds each.

Mutation testing: DeMillo, Lipton, Sayward, "Hints on Test Data Selection", Computer 11 (4), 1978. Kept libraries (mutmut,
cosmic-ray) mutate modules and run a test command for each; here the code lies in a notebook's cell, its test in the next one,
and both need what the kernel has trained before.
"""
import ast
import random
from collections.abc import Iterator

OPERATORS = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "/", ast.Mod: "//", ast.Pow: "*",
             ast.MatMult: "*", ast.BitAnd: "|", ast.BitOr: "&"}
COMPARISONS = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==", ast.In: "not in",
               ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is"}
OTHERS = {"min": "max", "max": "min", "argmin": "argmax", "argmax": "argmin", "sum": "mean", "mean": "sum", "any": "all",
          "all": "any", "zeros": "ones", "ones": "zeros", "floor": "ceil", "ceil": "floor", "median": "min",
          "minimum": "maximum", "maximum": "minimum", "zeros_like": "ones_like", "ones_like": "zeros_like", "append": "extend"}


def mutants(cell: str, first: int, last: int) -> list[tuple[str, str]]:
    """``[(what has changed, answer)]`` for the solution between the lines ``first`` and ``last`` (markers, from 0) of a cell.

    ``what``: ``"old line -> new line"``, or the sentence of a rule; each once.
    """
    try:
        tree = ast.parse(cell)
    except SyntaxError:  # a cell of magics
        return []
    lines = cell.splitlines()
    inside = [node for node in ast.walk(tree) if hasattr(node, "lineno") and first + 1 < node.lineno <= last]
    found: dict[str, str] = {}
    for node in inside:
        for new in _replacements(node, cell):
            text, what = _replaced(lines, node, new, first, last)
            if _reads(cell, lines, text, first, last):
                found.setdefault(what, text)
    for what, text in _whole(tree, lines, first, last):
        if _reads(cell, lines, text, first, last):
            found.setdefault(what, text)
    return list(found.items())


def sample(all_mutants: list, count: int, seed: str) -> list:
    """``count`` of them, the same ones everywhere for one ``seed``."""
    return random.Random(seed).sample(all_mutants, min(count, len(all_mutants)))


def _reads(cell: str, lines: list[str], text: str, first: int, last: int) -> bool:
    """Whether the cell with the answer is Python, and another program than before."""
    new = "\n".join([*lines[:first], text, *lines[last + 1:]])
    try:
        return ast.dump(ast.parse(new)) != ast.dump(ast.parse(cell))
    except SyntaxError:
        return False


def _replaced(lines: list[str], node: ast.AST, new: str, first: int, last: int) -> tuple[str, str]:
    """The block with ``new`` in the node's place, and the change as one line."""
    row, end = node.lineno - 1, node.end_lineno - 1
    before = lines[row].encode()[:node.col_offset].decode()
    after = lines[end].encode()[node.end_col_offset:].decode()
    block = [*lines[first + 1:row], before + new + after, *lines[end + 1:last]]
    return "\n".join(block), f"{' '.join(part.strip() for part in lines[row:end + 1])} -> {(before + new + after).strip()}"


def _replacements(node: ast.AST, cell: str) -> Iterator[str]:
    def text(one: ast.AST) -> str:
        return ast.get_source_segment(cell, one) or ast.unparse(one)

    if isinstance(node, ast.BinOp):
        left, right = text(node.left), text(node.right)
        if type(node.op) in OPERATORS:
            yield f"({left} {OPERATORS[type(node.op)]} {right})"
        yield f"({left})"
        yield f"({right})"
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        yield f"({text(node.left)} {COMPARISONS[type(node.ops[0])]} {text(node.comparators[0])})"
        yield "True"
        yield "False"
    elif isinstance(node, ast.BoolOp):
        other = " or " if isinstance(node.op, ast.And) else " and "
        yield "(" + other.join(f"({text(value)})" for value in node.values) + ")"
        for left_out in range(len(node.values)):
            kept = [f"({text(value)})" for number, value in enumerate(node.values) if number != left_out]
            yield "(" + (" and " if isinstance(node.op, ast.And) else " or ").join(kept) + ")"
    elif isinstance(node, ast.UnaryOp) and not isinstance(node.operand, ast.Constant):
        yield f"({text(node.operand)})"
    elif isinstance(node, ast.IfExp):
        yield f"({text(node.body)})"
        yield f"({text(node.orelse)})"
    elif isinstance(node, ast.If):
        return
    elif isinstance(node, ast.Constant):
        yield from _constants(node.value)
    elif isinstance(node, ast.Attribute) and node.attr in OTHERS:
        yield f"{text(node.value)}.{OTHERS[node.attr]}"
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in OTHERS:
        yield OTHERS[node.id]
    elif isinstance(node, ast.Call):
        yield from _calls(node, text)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        if isinstance(node.slice, ast.Slice):
            yield text(node.value)
        if isinstance(node.slice, ast.Slice) and node.slice.lower is None and node.slice.upper is None and node.slice.step:
            return
    elif isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign, ast.Continue, ast.Break)):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) and node.col_offset:
            yield "pass"
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)) and any(part.ifs for part in node.generators):
        open_, close = text(node)[0], text(node)[-1]
        parts = " ".join(f"for {text(part.target)} in {text(part.iter)}" for part in node.generators)
        yield f"{open_}{text(node.elt)} {parts}{close}"


def _constants(value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield str(not value)
    elif isinstance(value, int):
        yield str(value + 1)
        yield f"({value - 1})"
    elif isinstance(value, float):
        yield repr(value * 2 or 1.0)
    elif isinstance(value, str):
        yield repr(f"{value}x")


def _calls(node: ast.Call, text) -> Iterator[str]:
    function, arguments = text(node.func), [text(one) for one in node.args]
    keywords = [f"{one.arg}={text(one.value)}" if one.arg else f"**{text(one.value)}" for one in node.keywords]
    for left_out in range(len(keywords)):
        yield f"{function}({', '.join(arguments + keywords[:left_out] + keywords[left_out + 1:])})"
    if len(arguments) == 2:
        yield f"{function}({', '.join([arguments[1], arguments[0], *keywords])})"
    if len(arguments) == 1 and not keywords and not isinstance(node.args[0], (ast.Starred, ast.GeneratorExp)):
        yield arguments[0]
    if isinstance(node.func, ast.Attribute) and not (isinstance(node.func.value, ast.Name) and len(node.func.value.id) < 4):
        yield text(node.func.value)  # the call on an object is left out


def _whole(tree: ast.Module, lines: list[str], first: int, last: int) -> Iterator[tuple[str, str]]:
    """Mutants of a function as a whole: a parameter that keeps the value of the first call; the first result, given always."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
                 and node.lineno <= first + 1 and (node.end_lineno or 0) > first + 1]
    block = lines[first + 1:last]
    if functions and block:
        function = max(functions, key=lambda one: one.lineno)  # the innermost
        start = next((line for line in block if line.strip()), "")
        indent = start[:len(start) - len(start.lstrip())]
        for argument in function.args.posonlyargs + function.args.args + function.args.kwonlyargs:
            if argument.arg == "self":
                continue
            keep = f'{indent}{argument.arg} = globals().setdefault("_first_{argument.arg}", {argument.arg})'
            yield f"the argument {argument.arg} keeps its first value", "\n".join([keep, *block])
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and node.value is not None and first + 1 < node.lineno <= last:
            value = " ".join(ast.unparse(node.value).split())
            text, _ = _replaced(lines, node, f'return globals().setdefault("_first", {value})', first, last)
            yield f"return {value} -> the first result, always", text
    for node in ast.walk(tree):
        if isinstance(node, (ast.If, ast.While)) and first + 1 < node.lineno <= last:
            for constant in ("True", "False") if isinstance(node, ast.If) else ("False",):
                yield _replaced(lines, node.test, constant, first, last)[::-1]
