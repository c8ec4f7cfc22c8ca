"""PromQL as a tree whose nodes know their place in the text.

`check` decides what is valid; its tree has no positions. This one has, so that a message can put a caret under
the offending part. It reads only what `check` has accepted. Parentheses for grouping make no node; they belong
to the node that they enclose.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import evolve, field, frozen

from dashlib.promql.errors import PromQLError
from dashlib.promql.layout import CLAUSE, FUNCTION, OPERATOR
from dashlib.promql.tokens import STRING, Token, unquoted
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dashlib.promql.matchers import Matcher
    from dashlib.promql.selectors import Selector

AGGREGATIONS: Final = frozenset(
    {"avg", "bottomk", "count", "count_values", "group", "max", "min", "quantile", "stddev", "stdvar", "sum", "topk"}
)
COMPARISONS: Final = frozenset({"==", "!=", ">", "<", ">=", "<="})
SET_OPERATORS: Final = frozenset({"and", "or", "unless"})

_PARAMETERS: Final = frozenset({"bottomk", "count_values", "quantile", "topk"})
_PRECEDENCE: Final = {
    "or": 1,
    "and": 2,
    "unless": 2,
    **dict.fromkeys(COMPARISONS, 3),
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "%": 5,
    "atan2": 5,
    "^": 6,
}
_UNARY: Final = 6
_QUOTES: Final = frozenset("\"'`")
_GLUED: Final = frozenset({"identifier", "keyword", "variable", "number", "duration"})


@frozen(eq=False, kw_only=True, repr=False)
class Node(Value):
    """A part of an expression.

    Attributes:
        start: offset of its first character.
        end: offset behind its last character.
    """

    start: int
    end: int

    @property
    def children(self) -> tuple[Node, ...]:
        """The parts that it is made of, in the order of the text."""
        return ()


@frozen(eq=False, kw_only=True, repr=False)
class Number(Node):
    """A number; `value` is None where a Grafana variable stands for one."""

    value: float | None


@frozen(eq=False, kw_only=True, repr=False)
class Text(Node):
    """A string, without its quotes."""

    value: str


@frozen(eq=False, kw_only=True, repr=False)
class Vector(Node):
    """A selector, with its range, `offset` and `@`."""

    selector: Selector

    @property
    def metric(self) -> str:
        """The metric's name, from the text or from a `__name__` matcher; empty where it has none."""
        return self.selector.name

    @property
    def matchers(self) -> tuple[tuple[Matcher, int, int], ...]:
        """The selector's matchers, each with where it begins and ends in the expression."""
        selector = self.selector
        return tuple((one, *place) for one, place in zip(selector.matchers, selector.places, strict=True))


@frozen(eq=False, kw_only=True, repr=False)
class Call(Node):
    """A function and its arguments; `function` is a variable where the reader of a dashboard chooses it."""

    function: str
    arguments: tuple[Node, ...] = ()

    @property
    def children(self) -> tuple[Node, ...]:
        """The arguments."""
        return self.arguments


@frozen(eq=False, kw_only=True, repr=False)
class Aggregation(Node):
    """An aggregation.

    Attributes:
        operator: `sum`, `max`, ….
        operand: what is aggregated.
        parameter: the first argument of `topk`, `quantile` and their kind.
        grouping: `by`, `without`, or empty.
        labels: the labels of the grouping.
    """

    operator: str
    operand: Node
    parameter: Node | None = None
    grouping: str = ""
    labels: tuple[str, ...] = ()

    @property
    def children(self) -> tuple[Node, ...]:
        """The parameter, if there is one, and what is aggregated."""
        return (self.operand,) if self.parameter is None else (self.parameter, self.operand)


@frozen(eq=False, kw_only=True, repr=False)
class Binary(Node):
    """An operator between two operands.

    Attributes:
        operator: as written, in lower case.
        operator_start: offset of the operator.
        left: left operand.
        right: right operand.
        is_bool: a comparison with `bool`.
        matching: `on`, `ignoring`, or empty.
        labels: the labels of the matching.
        group: `group_left`, `group_right`, or empty.
        included: the labels in the parentheses behind `group_left` or `group_right`.
    """

    operator: str
    operator_start: int
    left: Node
    right: Node
    is_bool: bool = False
    matching: str = ""
    labels: tuple[str, ...] = ()
    group: str = ""
    included: tuple[str, ...] = ()

    @property
    def children(self) -> tuple[Node, ...]:
        """Both operands."""
        return self.left, self.right


@frozen(eq=False, kw_only=True, repr=False)
class Negation(Node):
    """A unary minus or plus."""

    operand: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """What is negated."""
        return (self.operand,)


@frozen(eq=False, kw_only=True, repr=False)
class Subquery(Node):
    """An expression over a range, with its `offset` and `@`: `x[1h:1m] offset 5m`.

    Attributes:
        operand: what is asked again and again.
        range: how far back, as it is written.
        step: how often, as it is written; it may be empty.
        end_of_range: offset behind `[range:step]`, before `offset` and `@`.
    """

    operand: Node
    range: str
    step: str
    end_of_range: int

    @property
    def children(self) -> tuple[Node, ...]:
        """What is asked again and again."""
        return (self.operand,)


def tree_of(
    text: str, words: Iterable[Token], chosen: Mapping[int, tuple[str, int]], selectors: Iterable[Selector]
) -> Node:
    """Return the tree of a valid expression; `Expression.tree` asks for it.

    Args:
        text: the expression.
        words: its tokens without space and comments.
        chosen: its variables that stand for a function, an operator or a clause: what, and their end, by start.
        selectors: its selectors.

    Raises:
        PromQLError: it is nested too deeply to be read.
    """
    try:
        end = Token("end", "", len(text), len(text))
        tokens = [*_merged(text, words, chosen), end]
        return _Reader(text, tokens, {one.start: one for one in selectors}).binary(0)
    except RecursionError:
        raise PromQLError("this expression is nested too deeply", text, 0) from None


def _merged(text: str, words: Iterable[Token], chosen: Mapping[int, tuple[str, int]]) -> list[Token]:
    """Return words with each variable that is chosen, and what is glued to it, as one."""
    merged: list[Token] = []
    behind = 0
    for word in words:
        if word.start < behind:
            continue
        if word.start in chosen:
            role, behind = chosen[word.start]
            merged.append(Token(role, text[word.start : behind], word.start, behind))
        else:
            merged.append(word)
    return merged


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, a parent before its children, in the order of the text."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed(here.children))


def walk_up(node: Node) -> list[Node]:
    """Return a node and all below it, children before their parent."""
    return list(walk(node))[::-1]


def with_ancestors(node: Node) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Yield a node and all below it, each with what is above it, the nearest first."""
    waiting: list[tuple[Node, tuple[Node, ...]]] = [(node, ())]
    while waiting:
        here, above = waiting.pop()
        yield here, above
        waiting.extend((child, (here, *above)) for child in reversed(here.children))


def is_in_guard(node: Node, above: tuple[Node, ...]) -> bool:
    """Tell whether an expression only asks whether a part is there: it is on the right of an `and` or `unless`.

    Args:
        node: the part.
        above: what is above it, the nearest first, as `with_ancestors` gives it.
    """
    below = node
    for parent in above:
        if isinstance(parent, Binary) and parent.operator in {"and", "unless"} and below is parent.right:
            return True
        below = parent
    return False


def vectors(node: Node) -> Iterator[Vector]:
    """Yield the selectors in a tree, in the order of the text."""
    return (here for here in walk(node) if isinstance(here, Vector))


def metrics_behind(node: Node) -> tuple[str, ...]:
    """Return the names of the metrics whose labels the result of a part carries, each once."""
    if isinstance(node, Vector):
        return (node.metric,)
    if isinstance(node, Binary) and node.operator != "or":
        sides = (node.right, node.left) if node.group == "group_right" else (node.left, node.right)
        return metrics_behind(sides[0]) or metrics_behind(sides[1])
    return tuple(dict.fromkeys(name for child in node.children for name in metrics_behind(child)))


def sides_at(node: Node, position: int) -> list[tuple[str, ...]]:
    """Return the metrics to whose series a list of labels applies: of an aggregation, or of both sides of a join.

    Args:
        node: the tree.
        position: where the list of labels stands in the expression.
    """
    while (inner := next((each for each in node.children if each.start <= position < each.end), None)) is not None:
        node = inner
    if isinstance(node, Binary):
        return [metrics_behind(node.left), metrics_behind(node.right)]
    return [metrics_behind(node.operand)] if isinstance(node, Aggregation) else []


@frozen
class _Reader:
    expression: str
    tokens: list[Token]
    selectors: Mapping[int, Selector]
    position: list[int] = field(init=False, factory=lambda: [0])

    @property
    def here(self) -> Token:
        """The token that is next; an empty one, which ends them all, behind the last."""
        return self.tokens[self.position[0]]

    def take(self) -> Token:
        token = self.here
        if token.kind != "end":
            self.position[0] += 1
        return token

    def binary(self, least: int) -> Node:
        left = self.operand()
        while True:
            self._clause()
            token = self.here
            operator = token.text.lower()
            precedence = _PRECEDENCE.get(operator, 0) if token.kind in {"operator", "keyword"} else 0
            if token.kind == OPERATOR:
                operator, precedence = token.text, _PRECEDENCE[">"]
            if precedence <= least:
                return left
            self.take()
            is_bool = self.here.text.lower() == "bool"
            if is_bool:
                self.take()
            matching, labels = self._grouping("on", "ignoring")
            group, included = self._grouping("group_left", "group_right")
            right = self.binary(precedence - 1 if operator == "^" else precedence)
            left = Binary(
                start=left.start,
                end=right.end,
                operator=operator,
                operator_start=token.start,
                left=left,
                right=right,
                is_bool=is_bool,
                matching=matching,
                labels=labels,
                group=group,
                included=included,
            )

    def operand(self) -> Node:
        token = self.here
        selector = self.selectors.get(token.start)
        if selector is not None and token.kind != "end":
            while self.here.kind != "end" and self.here.start < selector.end_of_modifiers:
                self.take()
            return self._modified(Vector(start=selector.start, end=selector.end_of_modifiers, selector=selector))
        if token.kind == "operator":
            self.take()
            inner = self.binary(_UNARY - 1)
            return Negation(start=token.start, end=inner.end, operand=inner)
        if token.text == "(":
            self.take()
            inner = self.binary(0)
            return self._modified(evolve(inner, start=token.start, end=self.take().end))
        if token.kind == "string":
            self.take()
            return Text(start=token.start, end=token.end, value=unquoted(token.text))
        if token.kind in {"identifier", FUNCTION}:
            return self._modified(self._call())
        return self._number()

    def _number(self) -> Number:
        first = last = self.take()
        while self.here.start == last.end and self.here.kind in _GLUED:
            last = self.take()
        text = self.expression[first.start : last.end]
        return Number(start=first.start, end=last.end, value=_value(text))

    def _call(self) -> Node:
        name = self.take()
        is_chosen = name.kind == FUNCTION
        operator = name.text if is_chosen else name.text.lower()
        if operator not in AGGREGATIONS and not (is_chosen and self._is_grouped()):
            arguments, end = self._arguments()
            return Call(start=name.start, end=end, function=name.text, arguments=arguments)
        grouping, labels = self._by_or_without()
        arguments, end = self._arguments()
        if not grouping:
            grouping, labels = self._by_or_without()
            end = self.tokens[self.position[0] - 1].end
        has_parameter = (is_chosen or operator in _PARAMETERS) and len(arguments) > 1
        return Aggregation(
            start=name.start,
            end=end,
            operator=operator,
            operand=arguments[-1],
            parameter=arguments[0] if has_parameter else None,
            grouping=grouping,
            labels=labels,
        )

    def _by_or_without(self) -> tuple[str, tuple[str, ...]]:
        chosen = self._clause()
        return ("by", chosen) if chosen else self._grouping("by", "without")

    def _is_grouped(self) -> bool:
        """Tell whether `by` or `without` stands before or behind the arguments that are next."""
        if self.here.text.lower() in {"by", "without"}:
            return True
        depth, at = 0, self.position[0]
        while at < len(self.tokens):
            depth += {"(": 1, ")": -1}.get(self.tokens[at].text, 0)
            at += 1
            if depth == 0:
                break
        return at < len(self.tokens) and self.tokens[at].text.lower() in {"by", "without"}

    def _arguments(self) -> tuple[tuple[Node, ...], int]:
        self.take()
        arguments = []
        while self.here.text != ")":
            arguments.append(self.binary(0))
            if self.here.text == ",":
                self.take()
        return tuple(arguments), self.take().end

    def _clause(self) -> tuple[str, ...]:
        """Read a variable that stands for a clause, and return it: which one is unknown."""
        return (self.take().text,) if self.here.kind == CLAUSE else ()

    def _grouping(self, *words: str) -> tuple[str, tuple[str, ...]]:
        word = self.here.text.lower()
        if word not in words or self.here.kind != "keyword":
            return "", ()
        self.take()
        if self.here.text != "(":
            return word, ()
        opening = self.take()
        while self.here.text != ")":
            self.take()
        inside = self.expression[opening.end : self.take().start]
        if _QUOTES.isdisjoint(inside):
            return word, tuple([part for part in re.split(r"[\s,]+", inside) if part])
        labels = re.findall(rf"{STRING}|[^\s,]+", inside)
        return word, tuple([unquoted(one) if one[0] in _QUOTES else one for one in labels])

    def _modified(self, node: Node) -> Node:
        """Read the subqueries, `offset`s and `@`s behind an operand."""
        while self.here.text in {"[", "@"} or self.here.text.lower() == "offset" or self.here.kind == CLAUSE:
            if self._clause():
                continue
            if self.here.text == "[":
                opening = self.take()
                while self.here.text != "]":
                    self.take()
                closing = self.take()
                range_, _, step = self.expression[opening.end : closing.start].partition(":")
                node = Subquery(
                    start=node.start,
                    end=closing.end,
                    operand=node,
                    range=range_.strip(),
                    step=step.strip(),
                    end_of_range=closing.end,
                )
                continue
            self.take()
            while self.here.text in {"+", "-"}:
                self.take()
            last = self.take()
            while self.here.start == last.end and self.here.kind in _GLUED:
                last = self.take()
            if self.here.text == "(":  # @ start()
                self.take()
                last = self.take()
            if isinstance(node, Subquery):
                node = evolve(node, end=last.end)
        return node


def _value(text: str) -> float | None:
    try:
        return float(int(text, 16)) if text[:2].lower() == "0x" else float(text)
    except ValueError:
        return None
