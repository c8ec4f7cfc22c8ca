"""A long expression over several lines, by its clauses: only space is added, no word is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashlib.promql.expressions import read
from dashlib.promql.tree import SET_OPERATORS, Aggregation, Binary, Call, Node, Subquery

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How long a line is at most, as far as there is a place to break it.
WIDTH: Final = 100
_INDENT: Final = "  "
_CHAINS: Final = ({"and", "unless"}, {"or"}, {"+", "-"}, {"*", "/", "%"})


def over_lines(expression: str, width: int = WIDTH) -> str:
    """Return an expression over lines of at most so many characters, where its clauses allow it.

    Args:
        expression: PromQL without Grafana's variables, with single spaces where there is space.
        width: of a line.

    Raises:
        PromQLError: it is not valid.
    """
    return "\n".join(_lines(expression, read(expression).tree, width))


def _lines(text: str, node: Node, width: int) -> list[str]:
    """Return the lines of a part, without the space before them."""
    whole = text[node.start : node.end]
    if len(whole) <= width:
        return [whole]
    start, end = node.start, node.end
    first = min((child.start for child in node.children), default=start)
    if text[start] == "(" and _encloses(text, node):
        inner = text[start + 1 : end - 1].strip()
        return ["(", *_indented(over_lines(inner, width - len(_INDENT)).split("\n")), ")"]
    if isinstance(node, Aggregation | Call):
        return _arguments(text, node, width, text[start:first].rstrip(), end)
    if isinstance(node, Subquery):
        *before, last = _lines(text, node.operand, width)
        return [*before, last + text[node.operand.end : end]]
    if isinstance(node, Binary):
        return list(_operands(text, node, width))
    return [whole]


def _arguments(text: str, node: Aggregation | Call, width: int, opening: str, end: int) -> list[str]:
    """Return the lines of a function or aggregation: each argument on lines of its own."""
    if not node.children or not opening.endswith("(") or text[end - 1] != ")":
        return [text[node.start : end]]
    inside: list[str] = []
    for index, child in enumerate(node.children):
        *before, last = _lines(text, child, width - len(_INDENT))
        comma = "," if index < len(node.children) - 1 else ""
        inside += [*before, last + comma]
    return [opening, *_indented(inside), ")"]


def _operands(text: str, node: Binary, width: int) -> Iterator[str]:
    """Yield the lines of an operator with its operands: the operator begins a line, its right side goes on in it."""
    left = _lines(text, node.left, width)
    operator = text[node.operator_start : node.right.start].rstrip()
    right = _lines(text, node.right, width - len(operator) - 1)
    is_set = node.operator in SET_OPERATORS
    if not is_set and len(right) == 1 and _is_block(left) and len(left[-1]) + len(operator) + len(right[0]) < width:
        yield from left[:-1]  # (…) / 1000
        yield f"{left[-1]} {operator} {right[0]}"
        return
    yield from left if _is_block(left) or _is_same_chain(text, node.left, node) else _indented(left)
    if len(f"{operator} {right[0]}") <= width and _is_block(right):
        yield f"{operator} {right[0]}"
        yield from right[1:]
    else:
        yield operator
        yield from _indented(_lines(text, node.right, width - len(_INDENT)))


def _is_block(lines: list[str]) -> bool:
    """Tell whether lines are one line, or one pair of parentheses with what stands in it."""
    return all(line.startswith((" ", ")")) for line in lines[1:])


def _is_same_chain(text: str, left: Node, node: Binary) -> bool:
    """Tell whether a left side and its operator read as one chain: `a and b unless c`, `a + b - c`."""
    if not isinstance(left, Binary) or (text[left.start] == "(" and _encloses(text, left)):
        return False
    return any({left.operator, node.operator} <= chain for chain in _CHAINS)


def _encloses(text: str, node: Node) -> bool:
    """Tell whether parentheses are around all of a part."""
    depth = 0
    for token in read(text[node.start : node.end]).words:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0:
            return node.start + token.end == node.end
    return False


def _indented(lines: list[str]) -> list[str]:
    return [_INDENT + line for line in lines]
