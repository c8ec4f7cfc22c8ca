"""Stand-ins for Grafana's variables, so that Prometheus' grammar, which has none, can parse an expression."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dashlib.promql import variables
from dashlib.promql.layout import CLAUSE, FUNCTION, MATCHERS, OPERATOR, VALUE, place_of, variable_name
from dashlib.promql.tokens import GROUPINGS, quoted

if TYPE_CHECKING:
    from dashlib.promql.layout import Layout

_SCALAR_ARGUMENTS: Final = {
    "topk": (0,),
    "bottomk": (0,),
    "quantile": (0,),
    "clamp": (1, 2),
    "clamp_max": (1,),
    "clamp_min": (1,),
    "histogram_fraction": (0, 1),
    "histogram_quantile": (0,),
    "predict_linear": (1,),
    "quantile_over_time": (0,),
    "round": (1,),
    "vector": (0,),
}


def text_for_parser(layout: Layout, first: int = 0, behind: int | None = None) -> str:
    """Return the text of words with stand-ins for variables.

    Offsets stay, with one exception: the parser unescapes raw strings, which it should not, so those that hold a
    backslash are requoted.
    """
    pieces: list[str] = []
    words = layout.words[first:behind]
    end = words[0].start if first else 0
    for index, (kind, text, start, after) in enumerate(words, first):
        if kind == "variable":
            pieces += layout.expression[end:start], _stand_in(layout, index)
            end = after
        elif text[0] == "`" and "\\" in text:
            pieces += layout.expression[end:start], quoted(text[1:-1])
            end = after
    pieces.append(layout.expression[end : words[-1].end if behind is not None else None])
    return "".join(pieces)


def _stand_in(layout: Layout, index: int) -> str:
    """Return a string that is valid where the variable is, as long as it where that is possible."""
    text = layout.words[index].text
    role = layout.roles.get(index)
    if role is not None:
        return _stand_in_for_role(layout, index, role).ljust(len(text))
    place = place_of(layout, index)
    if place == "duration":
        # ${n}m: digits before what follows; $interval: a whole duration. Leading zeros fill the length.
        return variables.replaced(text, lambda one: ("1s" if one.end == len(text) else "1").rjust(len(one.text), "0"))
    if place == "timestamp" or (place == "expression" and is_number(layout, index)):
        return variables.replaced(text, lambda one: "1".rjust(len(one.text), "0"))
    return name_for(text)


def _stand_in_for_role(layout: Layout, index: int, role: str) -> str:
    if role == FUNCTION:
        return _function_for(layout, index)
    if role == OPERATOR and layout.bracket(index) == "{":
        return "=~"
    if role == OPERATOR:
        following = layout.text(index + 1)
        return " == " if following == "bool" else " + "
    return {MATCHERS: 'x="x"', VALUE: '"x"'}.get(role, "")


def _function_for(layout: Layout, index: int) -> str:
    """Return a function that takes what is between the parentheses behind a variable."""
    opener = index + 1
    while layout.text(opener) != "(" or layout.text(opener - 1) in GROUPINGS:
        opener = layout.closes[opener] + 1 if layout.text(opener) == "(" else opener + 1
    closer = layout.closes[opener]
    ends = [at for at in range(opener + 1, closer) if layout.opened[at] == opener and layout.text(at) == ","]
    ranges = [_is_range(layout, end - 1) for end in (*ends, closer)]
    if opener != index + 1 or (not any(ranges) and len(ranges) == 1):
        return "sum" if len(ranges) == 1 else "topk"
    if len(ranges) == 1:
        return "rate"
    if any(ranges):
        return "predict_linear" if ranges[0] else "quantile_over_time"
    return "topk" if ends[0] == opener + 2 else "clamp_max"


def _is_range(layout: Layout, last: int) -> bool:
    """Return whether an argument that ends at a word is a range: `x[5m]`, `x[5m] offset 1h`."""
    if layout.text(last) == "]" or layout.roles.get(last) == CLAUSE:
        return layout.text(last) == "]" or layout.text(last - 1) == "]"
    return layout.text(last - 1) in {"offset", "@"} and layout.text(last - 2) == "]"


def name_for(text: str) -> str:
    """Return a name of equal length: alike for one variable, different for two (on($a) group_left($b))."""
    return variables.replaced(text, lambda one: re.sub("[^A-Za-z0-9_]", "_", one.text))


def is_number(layout: Layout, index: int) -> bool:
    """Return whether a variable in an expression must be a number rather than a metric."""
    text = layout.words[index].text
    if text[0].isdigit() or variable_name(text) in variables.NUMBERS:
        return True
    if layout.text(index + 1) in {"{", "[", "(", "offset", "@"}:
        return False
    opener, argument = layout.opened[index], layout.argument[index]
    if argument == 0 and index == opener + 1 and layout.text(index + 1) == "," and _is_called_by_choice(layout, opener):
        return True  # $aggregation($n, x)
    while opener >= 0 and not layout.caller(opener):
        opener, argument = layout.opened[opener], layout.argument[opener]
    return opener >= 0 and argument in _SCALAR_ARGUMENTS.get(layout.caller(opener), ())


def _is_called_by_choice(layout: Layout, opener: int) -> bool:
    before = opener - 1
    if layout.text(before) == ")" and layout.text(layout.opened[before] - 1) in {"by", "without"}:
        before = layout.opened[before] - 2
    return layout.roles.get(before) == FUNCTION
