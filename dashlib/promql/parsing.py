"""Whether Prometheus takes an expression, and where it stumbles if not.

`promql_parser` (Prometheus' grammar, in Rust) decides. It has no positions and knows no Grafana variables: the layout
gives the positions, and stand-ins of equal length take the variables' places.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dashlib.promql.errors import PromQLError
from dashlib.promql.layout import place_of
from dashlib.promql.objections import LISTS, labels_in_parentheses, objection
from dashlib.promql.stand_ins import name_for, text_for_parser
from dashlib.promql.tokens import BINARY_WORDS, unquoted

if TYPE_CHECKING:
    import promql_parser

    from dashlib.promql.layout import Layout

MAX_OPERATORS: Final = 250
"""Operators that follow one another, with those around their brackets: the tree is as deep as their chain."""
MAX_OPERATORS_IN_ALL: Final = 2000
"""Operators in one expression: each look into the tree copies what lies below."""
_TYPES: Final = {
    "matrix": "a range, such as x[5m]", "vector": "an instant vector", "scalar": "a number", "string": "a string",
}  # fmt: skip


def parse(layout: Layout) -> promql_parser.Expr:
    """Parse an expression as Prometheus 2.42 would, with stand-ins for Grafana variables.

    Raises:
        PromQLError: Prometheus 2.42 would not take the expression, or Prometheus 3 would not.
    """
    chains = [0]  # how many operators stand before, in each bracket that is open
    deep = in_all = 0
    for index, (word, text) in enumerate(zip(layout.words, layout.texts, strict=True)):
        kind = word.kind
        if kind == "punctuation" and text != ":":
            if text in "([{":
                chains.append(0)
            elif text in ")]}" and len(chains) > 1:
                deep -= chains.pop()
            continue
        reason = objection(layout, index, kind, text)
        if (kind == "operator" or text in BINARY_WORDS) and layout.bracket(index) != "{":  # a matcher's makes no tree
            chains[-1] += 1
            deep, in_all = deep + 1, in_all + 1
            if deep > MAX_OPERATORS:
                reason = f"more than {MAX_OPERATORS} operators in a row"
            elif in_all > MAX_OPERATORS_IN_ALL:
                reason = f"more than {MAX_OPERATORS_IN_ALL} operators in one expression"
        if reason is not None:
            raise PromQLError(reason, layout.expression, word.start)
    tree = _parse_text(text_for_parser(layout))
    if isinstance(tree, str):
        raise _located(layout, tree)
    return tree


def is_accepted(text: str) -> bool:
    """Tell whether the parser takes an expression, without a look at its words; `parse` refuses some of these."""
    return not isinstance(_parse_text(text), str)


def _parse_text(text: str) -> promql_parser.Expr | str:
    """Return the parser's tree, or what it has against the text."""
    import promql_parser

    try:
        return promql_parser.parse(text)
    except UnicodeEncodeError:
        return "the expression contains half of a surrogate pair, which is not valid text"
    except ValueError as error:
        return str(error)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what a Rust panic becomes; it is not an Exception
            raise
        return "the parser crashed on this expression"


def _located(layout: Layout, reason: str) -> PromQLError:
    """Return the error for what the parser said, at the smallest part of the expression it says it of."""
    first, behind = _failing_part(layout, reason)
    place = first
    without_labels = next((at for at in range(first, behind) if _lacks_parentheses(layout, at)), None)
    if reason == "invalid promql query" and without_labels is not None:
        place, reason = without_labels, labels_in_parentheses(layout.text(without_labels))
    elif reason == "invalid promql query":
        place = next((index for index in range(first, behind) if _is_unexpected(layout, index)), first)
        reason = f"unexpected {layout.words[place].text!r}" if place != first else "this is not a PromQL expression"
    for index in range(first, behind):
        # the parser quotes what it stumbles over: a function, an operator, a label, a regular expression
        kind, text, _, _ = layout.words[index]
        value = unquoted(text) if kind == "string" else name_for(text)
        if f"'{value}'" in reason or (value and reason.endswith(f" for {value}")):
            place = index
            break
    for word in layout.words:
        if word.kind == "variable":
            reason = reason.replace(f"'{name_for(word.text)}'", f"'{word.text}'")
    of_call = re.fullmatch(r"expected type (\w+) in call to function '(.+)', got (\w+)", reason)
    if of_call is not None and of_call[1] in _TYPES and of_call[3] in _TYPES:
        reason = f"{of_call[2]}() takes {_TYPES[of_call[1]]}; it got {_TYPES[of_call[3]]}"
    if reason == "unexpected left brace '{' inside braces":
        reason += " (only an f-string doubles them)"
    return PromQLError(reason, layout.expression, layout.words[place].start if layout.words else 0)


def _failing_part(layout: Layout, reason: str) -> tuple[int, int]:
    """Return first word and word behind of the smallest bracketed part that the parser refuses for the same reason."""
    parts: list[tuple[int, int, int]] = []  # length first: the shortest are tried first
    for opener, closer in layout.closes.items():
        first = opener
        if layout.text(first) == "[":
            first -= 1
            first = layout.opened[first] if layout.text(first) in {")", "}"} else first
        if layout.text(first) in {"(", "{"} and layout.kind(first - 1) in {"identifier", "variable"}:
            first -= 1
        first = max(first, 0)
        parts.append((closer - first, first, closer + 1))
    spent = 0
    for length, first, behind in sorted(parts):
        spent += length
        if spent > 20_000:  # noqa: PLR2004 - words; a good place is not worth a long wait
            break
        if _parse_text(text_for_parser(layout, first, behind)) == reason:
            return first, behind
    return 0, len(layout.words)


def _lacks_parentheses(layout: Layout, index: int) -> bool:
    """Tell whether a word is `by`, `on` or their like, without its list of labels."""
    is_keyword = layout.kind(index) == "keyword" and layout.text(index) in LISTS
    return is_keyword and layout.text(index + 1) != "(" and place_of(layout, index) == "expression"


def _is_unexpected(layout: Layout, index: int) -> bool:
    """Return whether a word cannot stand beside its neighbors: `a b`, `a + * b`, `(a +)`."""
    if place_of(layout, index) != "expression" or layout.text(index - 1) in {"@", "offset"}:
        return False
    before, following = layout.text(index - 1), layout.text(index + 1)
    if layout.is_binary(index):
        no_left = before in {"", "(", ","} or layout.is_binary(index - 1)
        return (no_left and layout.text(index) not in {"+", "-"}) or following in {"", ")", ","}
    values = {"identifier", "number", "duration", "string", "variable"}
    return layout.kind(index) in values and (layout.kind(index - 1) in values or before in {"]", "}"})
