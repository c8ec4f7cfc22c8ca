"""Whether two compiled alerts say the same of every input: then no proof can tell them apart.

Both are brought into one form by laws of PromQL, each of which holds whatever the samples are:

- parentheses, the name of a recording rule, how a number is written and a label that is named twice say nothing;
- a factor above 0 is the same inside and around an aggregation, a slope, a growth, a product and a quotient, and it
  changes no sign; where only presence is looked at it changes nothing;
- the largest value is above a level with those that are not above it as without them; likewise the smallest below;
- what a join asks of a label of one side, it asks of the other; what is not like a name is not that name;
- what a join looks for on its right may be grouped by further labels than those by which it is joined;
- what is 0 is 0 whatever it is multiplied with;
- a whole number that is above 3.03 is above 3; a count, and what is left of it by a join, is above 0;
- what is never above 1 is 1 where it is at least 1, and so is the mean of several such where it is so of the smallest;
  likewise at the lowest value that there is, and there with a sum of what is never below 0;
- where only presence or its time is looked at, every aggregation is the same; a growth is its rate times the window;
- what is younger than a day, of what is younger than an hour, is younger than an hour.

What the samples of an exported series may be is known of those that are 0 or 1, and of counters. What is of one form
says the same; what is not may still do so. A recording rule counts as what it computes where it is evaluated before
what asks it, as in a proof, and as often at least.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import evolve, frozen

from dashlib import promql
from dashlib.promql.tree import Aggregation, Binary, Call, Negation, Number, Subquery, Vector, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dashlib.promql.tree import Node

#: What is said of a rule that a mutant changes into one of the same form.
REASON: Final = "it says the same by the laws of PromQL"

#: A form of an expression: nested tuples that compare.
Form: TypeAlias = "tuple[Any, ...]"
#: Filters of labels that all series of a result have passed.
Filters: TypeAlias = "frozenset[tuple[str, str, str]]"

_SETS: Final = frozenset({"and", "or", "unless"})
_COMPARISONS: Final = frozenset({"==", "!=", ">", "<", ">=", "<="})
_LINEAR: Final = frozenset(
    {"rate", "irate", "increase", "delta", "deriv", "max_over_time", "min_over_time", "avg_over_time", "last_over_time"}
)
_WHOLE: Final = frozenset({"resets", "changes", "count_over_time"})
_PRESENCE: Final = frozenset({"count", "group"})
_PROPORTIONAL: Final = frozenset({"max", "min", "sum", "avg"})
#: For so many seconds Prometheus sees a sample: the time of a sample that is there is not older.
_LOOKBACK: Final = 300.0
#: Aggregations of which each has a series where another one of the same labels has.
_SAME_SERIES: Final = _PROPORTIONAL | _PRESENCE
#: What gives one of the values that it is given, or one that lies between them.
_ONE_OF: Final = frozenset({"max", "min", "max_over_time", "min_over_time", "last_over_time"})
_BETWEEN: Final = _ONE_OF | {"avg", "avg_over_time"}
#: What all have where one of these has it, if it is the highest value that there is, or the lowest, or 0 as the lowest.
_AT_HIGHEST: Final = {"avg": "min", "avg_over_time": "min_over_time"}
_AT_LOWEST: Final = {"avg": "max", "avg_over_time": "max_over_time"}
_AT_ZERO: Final = _AT_LOWEST | {"sum": "max", "sum_over_time": "max_over_time"}


@frozen
class Values:
    """What the samples of a series may be.

    Attributes:
        lowest: none is below it.
        highest: none is above it.
        whole: all are whole numbers.
    """

    lowest: float = -math.inf
    highest: float = math.inf
    whole: bool = False


_ANY: Final = Values()


def same(one: Sequence[Any], other: Sequence[Any], values: Callable[[str], Values] = lambda _name: _ANY) -> bool:
    """Tell whether two compiled alerts say the same.

    Args:
        one: a rule, the recording rules that it asks, and how often it is evaluated.
        other: likewise.
        values: returns what the samples of an exported series may be, by its name.
    """
    (rule, records, *rest), (other_rule, other_records, *other_rest) = one, other
    beside = [{key: value for key, value in each.items() if key != "expr"} for each in (rule, other_rule)]
    if beside[0] != beside[1] or rest != other_rest or _seldom(one) != _seldom(other):
        return False
    return _form_of(rule["expr"], records, values) == _form_of(other_rule["expr"], other_records, values)


def _seldom(alert: Sequence[Any]) -> set[tuple[str, str]]:
    """Return the records that are not simply what they compute: of rare ones, and of all that is looked back at.

    Each with how often it is evaluated.
    """
    rule, records, own = alert
    texts = [rule["expr"], *(record["expr"] for record, _ in records)]
    looked_back_at = {
        node.metric
        for text in texts
        for node, above in with_ancestors(promql.read(text).tree)
        if isinstance(node, Vector)
        and (node.selector.end_of_modifiers > node.selector.end or any(isinstance(each, Subquery) for each in above))
    }
    often = promql.duration_seconds(own)
    return {
        (record["record"], interval)
        for record, interval in records
        if promql.duration_seconds(interval) > often or record["record"] in looked_back_at
    }


def _form_of(
    expression: str, records: Sequence[tuple[Mapping[str, Any], str]], values: Callable[[str], Values]
) -> Form:
    """Return the form of an expression, with its recording rules in the place of their names."""
    places: dict[str, tuple[int, str]] = {}
    for place, (rule, _) in enumerate(records):
        places.setdefault(rule["record"], (place, rule["expr"]))
    return _Reader(expression, len(records), places, values).form_of_all(promql.read(expression).tree)


@frozen
class _Reader:
    """Reads an expression.

    Attributes:
        text: of it.
        place: behind how many recording rules it is evaluated; of a later one it sees the last value.
        records: the place and the expression of each recording rule.
        values: what the samples of an exported series may be.
        ageless: how old values may be is asked outside, and need not be asked inside.
    """

    text: str
    place: int
    records: Mapping[str, tuple[int, str]]
    values: Callable[[str], Values]
    ageless: bool = False

    def form_of_all(self, node: Node) -> Form:
        """Return the form of the whole: what asks inside how old its values are need not ask it outside."""
        if not (ages := self._ages(node)) or len(set(ages)) > 1 or _asked_age(node) is not None:
            return self.form(node)
        factor, filters, form = evolve(self, ageless=True).read(node)
        return (_number(factor), filters, ("younger", ages[0], form))

    def form(self, node: Node) -> Form:
        """Return the form of a part."""
        factor, filters, form = self.read(node)
        return (_number(factor), filters, form)

    def read(self, node: Node) -> tuple[float, Filters, Form]:
        """Return what a part is multiplied with, the filters that all of it has passed, and the rest of its form."""
        if self.ageless and not isinstance(node, Vector | Binary):
            return evolve(self, ageless=False).read(node)
        match node:
            case Vector():
                found = self._vector(node)
            case Subquery():
                factor, filters, form = self.read(node.operand)
                behind = "".join(self.text[node.operand.end : node.end].split()).lstrip(")")
                found = factor, filters, ("subquery", behind, form)
            case Aggregation():
                found = self._aggregation(node)
            case Call():
                found = self._call(node)
            case Binary():
                found = self._binary(node)
            case _:
                number = self._number_of(node)
                said = self.text[node.start : node.end] if number is None else _number(number)
                found = 1.0, frozenset(), ("constant", said)
        return found

    def _number_of(self, node: Node) -> float | None:
        """Return the number that a part is; None for anything else."""
        if isinstance(node, Negation):
            value = self._number_of(node.operand)
            return None if value is None else -value if self.text[node.start] == "-" else value
        if isinstance(node, Binary) and node.operator == "/" and self._number_of(node.right):
            left, right = self._number_of(node.left), self._number_of(node.right)
            return None if left is None or right is None else left / right
        return node.value if isinstance(node, Number) else None

    def _vector(self, node: Vector) -> tuple[float, Filters, Form]:
        selector = node.selector
        filters = frozenset((each.label, each.operator, each.value) for each in selector.matchers)
        behind = self.text[selector.end : selector.end_of_modifiers]
        place, expression = self.records.get(node.metric, (self.place, ""))
        if place >= self.place:
            own = frozenset(each for each in filters if each[0] != "__name__")
            return 1.0, own, ("series", node.metric, tuple(sorted(filters - own)), behind)
        reader = evolve(self, text=expression, place=place, ageless=self.ageless and not behind)
        factor, inner, form = reader.read(promql.read(expression).tree)
        return factor, filters | inner, ("seen", behind, form) if behind else form

    def _aggregation(self, node: Aggregation) -> tuple[float, Filters, Form]:
        factor, filters, form = self.read(node.operand)
        through = frozenset(each for each in filters if node.grouping == "by" and each[0] in node.labels)
        if node.grouping == "without":
            through = frozenset(each for each in filters if each[0] not in node.labels)
        parameter = () if node.parameter is None else self.read(node.parameter)
        labels = tuple(sorted({*node.labels}))
        if node.operator in _PRESENCE:
            factor, form = 1.0, _present(form)
        if node.operator not in _PROPORTIONAL | _PRESENCE:
            form, factor = ("times", _number(factor), form), 1.0
        return factor, through, (node.operator, parameter, node.grouping, labels, filters - through, form)

    def _call(self, node: Call) -> tuple[float, Filters, Form]:
        if node.function in _LINEAR and len(node.arguments) == 1:
            argument, function = node.arguments[0], node.function
            factor, filters, form = self.read(argument)
            if function == "increase" and isinstance(argument, Vector) and argument.selector.range:
                factor, function = factor * promql.duration_seconds(argument.selector.range), "rate"
            return factor, filters, (function, form)
        if node.function == "timestamp":
            _, filters, form = self.read(node.arguments[0])
            return 1.0, filters, (node.function, _present(form))
        arguments = tuple(self.form(each) for each in node.arguments)
        return 1.0, frozenset(), ("call", node.function, arguments)

    def _binary(self, node: Binary) -> tuple[float, Filters, Form]:
        if (aged := self._aged(node)) is not None:
            return aged
        number, first = self._number_of(node.right), self._number_of(node.left)
        if number is not None and not node.is_bool:
            factor, filters, form = self.read(node.left)
            if node.operator in ("*", "/") and number > 0:
                return factor * number if node.operator == "*" else factor / number, filters, form
            if node.operator in _COMPARISONS:
                is_zero = node.operator == "==" and number == 0
                compared = self._compared(node.operator, float(_number(number / factor)), form)
                return 1.0 if is_zero else factor, filters, compared
        if node.operator == "*" and first is not None and first > 0:
            factor, filters, form = self.read(node.right)
            return factor * first, filters, form
        if (node.operator in ("and", "unless") and node.matching == "on") or node.operator == "or":
            return self._set(node)
        matching = (node.matching, tuple(sorted(node.labels)), node.group, tuple(sorted(node.included)))
        factor, sides = 1.0, (self.form(node.left), self.form(node.right))
        if node.operator in ("*", "/") and number is None and first is None:
            (one, own, left), (other, others, right) = self.read(node.left), self.read(node.right)
            factor = one * other if node.operator == "*" else one / other
            sides = (("1", own, left), ("1", others, right))
        if number == 0 and node.operator in _COMPARISONS:
            sides = (("1", *sides[0][1:]), sides[1])  # a factor above 0 changes no sign
        if node.operator in ("and", "unless"):
            sides = (sides[0], ("1", sides[1][1], _present(sides[1][2])))
        return factor, frozenset(), ("binary", node.operator, node.is_bool, matching, *sides)

    def _aged(self, node: Binary) -> tuple[float, Filters, Form] | None:
        """Return what a part is that asks how old its values are, or that is asked so; None for any other."""
        most = _asked_age(node)
        if most is not None and self.ageless:
            return evolve(self, ageless=False).read(node.left)
        if most is not None and (ages := self._ages(node.left)) and (len(set(ages)) == 1 or min(ages) >= most):
            factor, filters, form = evolve(self, ageless=True).read(node.left)
            return factor, filters, ("younger", min(most, *ages), form)
        return evolve(self, ageless=False).read(node) if self.ageless and node.operator not in _SETS else None

    def _ages(self, node: Node) -> list[float] | None:
        """Return the ages that the values of a part are not older than, as it asks; None where some may be of any."""
        match node:
            case Vector():
                place, expression = self.records.get(node.metric, (self.place, ""))
                if place < self.place and node.selector.end == node.selector.end_of_modifiers:
                    return evolve(self, text=expression, place=place)._ages(promql.read(expression).tree)
            case Call(function="timestamp"):
                return []
            case Binary(operator="or") if self._ages(node.left) == []:
                return self._ages(node.right)
            case Binary(operator="and" | "unless"):
                return self._ages(node.left)
            case Binary() if (most := _asked_age(node)) is not None:
                return [most]
        return None

    def _set(self, node: Binary) -> tuple[float, Filters, Form]:
        factor, own, left = self.read(node.left)
        asked = self if node.operator == "or" else evolve(self, ageless=False)
        other_factor, others, right = asked.read(node.right)
        right = right if node.operator == "or" else _joined(_present(right), frozenset(node.labels))
        labels = tuple(sorted(node.labels))
        if node.operator == "or":
            both = frozenset(
                each for each in own & others if not node.matching or (node.matching == "on" and each[0] in labels)
            )
            sides = ((_number(factor), own - both, left), (_number(other_factor), others - both, right))
            return 1.0, both, ("or", node.matching, labels, *sides)
        # What a join asks of both sides is said once; of the right side only matters what is there.
        joined = frozenset(each for each in others if each[0] in labels)
        said = frozenset(each for each in joined if _is_said(each, own))
        filters = own | joined - said if node.operator == "and" else own
        return factor, filters, (node.operator, labels, left, others - said - (filters & joined), right)

    def _compared(self, operator: str, number: float, form: Form) -> Form:
        known = self._values_of(form)
        if number == known.highest:
            operator = {"==": ">=", "!=": "<"}.get(operator, operator)
        if number == known.lowest:
            operator = {"==": "<=", "!=": ">"}.get(operator, operator)
        if operator == ">=" and number == known.highest:
            form = _all_at_once(form, _AT_HIGHEST)
        if operator == "<=" and number == known.lowest:
            form = _all_at_once(form, _AT_LOWEST if number else _AT_ZERO)
        is_whole = self._values_of(form).whole
        if is_whole and operator in (">", ">="):
            operator, number = ">", float(math.floor(number) if operator == ">" else math.ceil(number) - 1)
        if is_whole and operator in ("<", "<="):
            operator, number = "<", float(math.ceil(number) if operator == "<" else math.floor(number) + 1)
        if (operator == ">" and number < known.lowest) or (operator == "<" and number > known.highest):
            return form
        if operator in (">", ">="):
            form = _without(form, "max", lambda value: value < number or (operator == ">" and value == number))
        if operator in ("<", "<="):
            form = _without(form, "min", lambda value: value > number or (operator == "<" and value == number))
        return ("compared", operator, number, form)

    def _values_of(self, form: Form) -> Values:
        """Return what the values of a form may be."""
        found = _ANY
        match form:
            case ("series", str(name), *_):
                found = self.values(name)
            case ("count", *_):
                found = Values(1, whole=True)
            case ("group", *_):
                found = Values(1, 1, whole=True)
            case ("or", _, _, ("1", _, tuple(left)), ("1", _, tuple(right))):
                one, other = self._values_of(left), self._values_of(right)
                lowest, highest = min(one.lowest, other.lowest), max(one.highest, other.highest)
                found = Values(lowest, highest, whole=one.whole and other.whole)
            case ("call", str(function), *_) | (str(function), *_) if function in _WHOLE:
                found = Values(0, whole=True)
            case (str(function), *_, tuple(inner)) if function in _BETWEEN:
                known = self._values_of(inner)
                found = evolve(known, whole=known.whole and function in _ONE_OF)
            case ("sum", *_, tuple(inner)) if (known := self._values_of(inner)).lowest >= 0:
                found = Values(0, whole=known.whole)
            case ("and" | "unless", _, tuple(inner), *_) | ("compared", _, _, tuple(inner)):
                found = self._values_of(inner)
            case ("seen" | "subquery", _, tuple(inner)):
                found = self._values_of(inner)
        return found


def _all_at_once(form: Form, otherwise: Mapping[str, str]) -> Form:
    """Return the form of what is at one end of its values, for which it is enough to look at one of several."""
    if form[0] in otherwise or form[0] in _ONE_OF:
        return (otherwise.get(form[0], form[0]), *form[1:-1], _all_at_once(form[-1], otherwise))
    if form[0] in ("and", "unless"):
        return (*form[:2], _all_at_once(form[2], otherwise), *form[3:])
    return form


def _is_said(matcher: tuple[str, str, str], filters: Filters) -> bool:
    """Tell whether filters let pass only what a matcher lets pass: what is not like a name is not that name."""
    label, operator, value = matcher
    return matcher in filters or (
        operator == "!="
        and any(
            each[:2] == (label, "!~") and promql.passes(promql.Matcher(label, "=~", each[2]), value) for each in filters
        )
    )


def _asked_age(node: Node) -> float | None:
    """Return the seconds that values, which are times, may be old: of `x >= time() - 3000`, 3000."""
    match node:
        case Binary(
            operator=">=",
            is_bool=False,
            right=Binary(operator="-", left=Call(function="time"), right=Number(value=float() as seconds)),
        ) if seconds >= _LOOKBACK:
            return seconds
    return None


def _present(form: Form) -> Form:
    """Return the form of what is only looked at for its being there: how it is aggregated is all the same."""
    if form[0] in _SAME_SERIES:
        return ("group", *form[1:-1], _present(form[-1]))
    if form[0] == "or":
        return (*form[:3], *((*side[:2], _present(side[2])) for side in form[3:]))
    if form[0] in ("and", "unless"):
        return (*form[:2], _present(form[2]), *form[3:])
    return form


def _joined(form: Form, labels: frozenset[str]) -> Form:
    """Return the form of what is only looked at for its being there with some labels: no others tell it apart."""
    match form:
        case (str(operator), _, "by", tuple(grouped), *_) if operator in _SAME_SERIES:
            return (*form[:3], tuple(each for each in grouped if each in labels), *form[4:])
        case ("or", "", *_):
            return (*form[:3], *((*side[:2], _joined(side[2], labels)) for side in form[3:]))
        case ("and" | "unless", tuple(own), tuple(left), *_):
            return (*form[:2], _joined(left, labels.union(own)), *form[3:])
        case ("last_over_time", tuple(inner)):
            return (form[0], _joined(inner, labels))
        case ("seen", _, tuple(inner)):
            return (*form[:2], _joined(inner, labels))
    return form


def _without(form: Form, operator: str, is_no_matter: Callable[[float], bool]) -> Form:
    """Return the form of what is compared without the filters of single values that make no difference to that."""
    if form[0] == "compared" and form[1] == "!=" and is_no_matter(form[2]):
        return _without(form[3], operator, is_no_matter)
    if form[0] == operator:
        return (*form[:-1], _without(form[-1], operator, is_no_matter))
    if form[0] in ("and", "unless"):
        return (*form[:2], _without(form[2], operator, is_no_matter), *form[3:])
    return form


def _number(value: float) -> str:
    """Return a number without what a multiplication leaves behind its last digits."""
    return format(value, ".12g")
