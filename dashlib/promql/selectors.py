"""The vector selectors of an expression, with their places."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dashlib.promql.layout import CLAUSE, FUNCTION, NAMES, OPERATOR, behind_modifier, variable_name
from dashlib.promql.matchers import Matcher
from dashlib.promql.stand_ins import is_number
from dashlib.promql.tokens import BINARY_WORDS, GROUPINGS, unquoted

if TYPE_CHECKING:
    from dashlib.promql.layout import Layout
    from dashlib.promql.tokens import Token

_BEFORE_OPERANDS = BINARY_WORDS | {"(", ","}


class Selector(NamedTuple):
    """One vector selector in the text.

    Attributes:
        metric: metric name as written, variables included; empty when there are only matchers. A `__name__` matcher
            stays among the matchers.
        matchers: label matchers in the order written.
        start: offset of the name, or of the brace when there is no name.
        end: offset behind name and braces, before range, `offset` and `@`.
        name_end: offset behind the metric name (`start` when it has none).
        open_brace: offset of `{`, if there is one.
        range: text between `[` and `]` of a range selector, otherwise None. The brackets of a subquery
            (`x[1h:1m]`) belong to the subquery, not to the selector.
        end_of_modifiers: offset behind range, `offset` and `@`.
        call: for a range selector, the span of the innermost function call that takes it: from the function's name to
            behind its closing parenthesis.
        places: for each matcher, the offset of its label and that behind its value.
    """

    metric: str
    matchers: tuple[Matcher, ...]
    start: int
    end: int
    name_end: int
    open_brace: int | None
    range: str | None
    end_of_modifiers: int
    call: tuple[int, int] | None
    places: tuple[tuple[int, int], ...] = ()

    @property
    def name(self) -> str:
        """The metric's name, from the text or from an `=` matcher on `__name__`; empty where it has none."""
        return self.metric or next(
            (one.value for one in self.matchers if one.label == "__name__" and one.operator == "="), ""
        )


def selectors_in(layout: Layout) -> tuple[Selector, ...]:
    """Return the vector selectors of a valid expression, in the order of the text."""
    found: list[Selector] = []
    operand = True  # whether an operand is due: tells the metric `and` from the operator
    index = 0
    while index < len(layout.words):
        kind, text = layout.words[index].kind, layout.text(index)
        following = layout.text(index + 1)
        step = 1
        if text in GROUPINGS and following == "(":
            step = layout.closes[index + 1] + 1 - index
        elif text in {"bool", "group_left", "group_right"}:
            pass  # an operand is due as before
        elif index in layout.roles:
            operand = layout.roles[index] == OPERATOR or (operand and layout.roles[index] == FUNCTION)
        elif layout.roles.get(index + 1) == CLAUSE and layout.text(index + 2) == "(" and operand:
            pass  # sum $grouping (x)
        elif text == "[":
            step = layout.closes[index] + 1 - index  # a subquery
        elif text == "@" or (text == "offset" and not operand):
            step = behind_modifier(layout, index) - index
        elif text == "{" or (kind in NAMES and _is_metric(layout, index, operand=operand)):
            selector, end = _selector(layout, index)
            found.append(selector)
            step, operand = end - index, False
        else:
            operand = kind == "operator" or text in _BEFORE_OPERANDS
        index += step
    return tuple(found)


def _is_metric(layout: Layout, index: int, *, operand: bool) -> bool:
    """Return whether a name is a metric, and not an operator, a function, an aggregation, or a plain variable."""
    word, following = layout.words[index], layout.text(index + 1)
    if following == "(" or not operand or index in layout.roles:
        return False
    if word.kind == "identifier" and following in {"by", "without"} and layout.text(index + 2) == "(":
        # sum by (a) (x), but not the metric of sum(x by (a)), which is not valid
        return False
    if word.kind == "variable" and is_number(layout, index):
        return False
    if variable_name(word.text):
        alone = layout.text(index - 1) in {"", "(", ","} and following in {"", ")", ","}
        return alone or following in {"{", "[", "offset", "@"}
    return True


def _selector(layout: Layout, index: int) -> tuple[Selector, int]:
    """Return the selector that begins at a word, and the index of the word behind it and its modifiers."""
    words = layout.words
    start = words[index].start
    metric, name_end = "", start
    if words[index].text != "{":
        metric, name_end = words[index].text, words[index].end
        index += 1
    open_brace: int | None = None
    operators: list[int] = []
    if layout.text(index) == "{":
        open_brace, close = words[index].start, layout.closes[index]
        operators = [at for at in range(index + 1, close) if words[at].kind == "operator"]
        index = close + 1
    end = words[index - 1].end
    range_text, call = None, None
    if layout.text(index) == "[":
        close = layout.closes[index]
        if all(word.text != ":" for word in words[index:close]):
            range_text = layout.expression[words[index].end : words[close].start].strip()
            call = _call(layout, index)
            index = close + 1
    while layout.text(index) in {"offset", "@"}:
        index = behind_modifier(layout, index)
    return Selector(
        metric=metric,
        matchers=tuple(_matcher(*words[at - 1 : at + 2]) for at in operators),
        start=start,
        end=end,
        name_end=name_end,
        open_brace=open_brace,
        range=range_text,
        end_of_modifiers=words[index - 1].end,
        call=call,
        places=tuple((words[at - 1].start, words[at + 1].end) for at in operators),
    ), index


def _call(layout: Layout, index: int) -> tuple[int, int] | None:
    """Return the span of the innermost call around a word; parentheses for grouping are not one."""
    opener = layout.opened[index]
    while opener >= 0 and not layout.caller(opener):
        opener = layout.opened[opener]
    return (layout.words[opener - 1].start, layout.words[layout.closes[opener]].end) if opener >= 0 else None


def _matcher(label: Token, operator: Token, value: Token) -> Matcher:
    name = unquoted(label.text) if label.kind == "string" else label.text
    return Matcher(name, operator.text, unquoted(value.text) if value.kind == "string" else value.text)
