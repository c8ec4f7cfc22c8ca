"""What an expression gives: which labels its series carry, in which unit, and whether a value is a counter's.

Pure: the facts about metrics come in as a function from an exported name to `MetricFacts`. What is not known stays
unknown and contradicts nothing, so that a check built on this stays silent where it cannot be sure.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import evolve, frozen

from dashlib.promql import tree as syntax
from dashlib.promql.matchers import passes
from dashlib.promql.tree import Aggregation, Binary, Call, Negation, Node, Number, Subquery, Text, Vector
from dashlib.promql.variables import has_variable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dashlib.promql.matchers import Matcher

NAME: Final = "__name__"

# Units whose size means something: 1000 of one may be one of another. Of the others (events, rows, an ordinal) only
# the kind is kept.
_MEASURED: Final = frozenset({"s", "epoch_s", "bytes", "ratio"})

_KEEPS_VALUE: Final = frozenset(
    {
        "abs", "ceil", "clamp", "clamp_max", "clamp_min", "floor", "round", "scalar", "sort", "sort_desc", "vector",
        "label_join", "label_replace", "avg_over_time", "last_over_time", "max_over_time", "min_over_time",
        "quantile_over_time", "stddev_over_time", "sum_over_time", "predict_linear", "holt_winters", "delta", "idelta",
        "increase",
    }
)  # fmt: skip
_PER_SECOND: Final = frozenset({"rate", "irate", "deriv"})
_COUNTS: Final = frozenset({"changes", "resets", "count_over_time"})
_YES_OR_NO: Final = frozenset({"absent", "absent_over_time", "present_over_time"})
_INSTANTS: Final = frozenset({"time", "timestamp"})
#: Functions that give a value of those that a histogram has counted.
_OF_OBSERVATIONS: Final = frozenset({"histogram_quantile", "histogram_avg", "histogram_stddev"})
_KEEPS_NAME: Final = frozenset({"last_over_time", "label_join", "label_replace", "sort", "sort_desc"})
# What counters count, by the words before `_total`; not what there is, in all (`nodes_total`, `bytes_total`).
_COUNTED: Final = (  # compiled when it is needed, for which metrics of a catalog are not
    r"(?:^|_)(?:(?<!uptime_)seconds|(?:requests?|responses?|errors?|failures?|failed|fails|faults|exceptions|panics|"
    r"events?|messages|records|retries|timeouts?|drops|dropped|discarded|discards|rejected|rejections|skipped|restarts|"
    r"calls|operations|ops|queries|statements|commits|rollbacks|transactions|deadlocks|hits|misses|evictions|evicted|"
    r"attempts|packets|reads|writes|inserts|updates|deletes|samples|notifications|evaluations|scrapes|gc_collections|"
    r"invocations|executions|completed|processed|switches|elections|rebalances|reloads|flushes|compactions|throttled|"
    r"seen|committed|accepted|handled|started|finished|sent|received|transmitted|written|read)(?:_bytes)?|"
    r"(?:receive|transmit|network|io|sent|received|read|written)_bytes|bytes_(?:in|out))_total$"
)
# What is so at the moment: it is counted anew each time.
_NOW: Final = re.compile(r"_(?:active|pending|current|open|queued|waiting|running|inflight|in_flight|idle|unfinished)_")
#: Functions for which a counter is the right thing, or that look only at whether and when there is a sample.
COUNTER_FUNCTIONS: Final = frozenset(
    {"rate", "irate", "increase", "resets", "changes", "absent", "absent_over_time", "present_over_time",
     "count_over_time", "timestamp"}
)  # fmt: skip
#: What Prometheus itself records of each target at each scrape, one that fails, too.
OF_EACH_TARGET: Final = frozenset(
    {"up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
     "scrape_series_added", "scrape_body_size_bytes", "scrape_timeout_seconds", "scrape_sample_limit"}
)  # fmt: skip
_NAN_OF_NAN: Final = frozenset({"+", "-", "*", "/", "%"})
_SELECTIONS: Final = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
_VALUE_OF_OPERAND: Final = frozenset({"sum", "avg", "min", "max", "quantile", "stddev"}) | _SELECTIONS


@frozen
class Unit:
    """What a value measures, and how large one of it is.

    Attributes:
        base: `s`, `bytes`, `ratio`, `epoch_s`, `bool`, `events`, `events/s`, ….
        factor: one of the value is this many of the base: 0.001 for milliseconds, 0.01 for percent. Of what is only
            counted alone it means nothing, but a ratio of two such values takes it along.
    """

    base: str
    factor: float = 1.0

    @property
    def name(self) -> str:
        """The unit in words: `ms`, `percent`, `events/s`."""
        known = _NAMES.get((self.base, round(math.log10(self.factor), 6) if self.factor > 0 else 0.0))
        plain = self.factor == 1 or not _is_measured(self.base)
        return known or (self.base if plain else f"{self.factor:g} {self.base}")

    def times(self, number: float) -> Unit | None:
        """Return the unit of a value of this unit that was multiplied with a constant."""
        return Unit(self.base, self.factor / number) if number > 0 and math.isfinite(number) else None

    def is_like(self, other: Unit) -> bool:
        """Tell whether values of both may be compared, added, or shown as the same."""
        if not _is_measured(self.base) and not _is_measured(other.base):
            return (self.base in _STATES) == (other.base in _STATES) or "count" in {self.base, other.base}
        return self.base == other.base and math.isclose(self.factor, other.factor, rel_tol=1e-6)


_COUNTS_PER_SECOND: Final = frozenset({"count/s", "requests/s"})
_YES_NO_UNITS: Final = frozenset({"bool", "text"})
_STATES: Final = _YES_NO_UNITS | {"number"}
_NAMES: Final = {
    ("s", 0.0): "s",
    ("s", -3.0): "ms",
    ("s", -6.0): "µs",
    ("s", -9.0): "ns",
    ("ratio", -2.0): "percent",
    ("ratio", 0.0): "ratio (0-1)",
    ("epoch_s", 0.0): "seconds since 1970",
    ("epoch_s", -3.0): "milliseconds since 1970",
}


def _is_measured(base: str) -> bool:
    return base.removesuffix("/s") in _MEASURED


@frozen
class Labels:
    """Which labels the series of a result may carry.

    Attributes:
        certain: labels that each series has, with a value that is not empty.
        possible: the only labels that a series may have; None where any is possible.
        dropped: labels that no series has, where any other is possible.
    """

    certain: frozenset[str] = frozenset()
    possible: frozenset[str] | None = frozenset()
    dropped: frozenset[str] = frozenset()

    def may_have(self, label: str) -> bool:
        """Tell whether a series may have a label; which label a variable is remains unknown."""
        if has_variable(label):
            return True
        return label in self.possible if self.possible is not None else label not in self.dropped

    def keep(self, names: frozenset[str]) -> Labels:
        """Return what is left when only these labels stay; a variable among them may be any."""
        if any(map(has_variable, names)):
            return Labels(self.certain & names, self.possible, self.dropped)
        return Labels(self.certain & names, frozenset(name for name in names if self.may_have(name)))

    def drop(self, names: frozenset[str]) -> Labels:
        """Return what is left when these labels go; a variable among them may be any."""
        if any(map(has_variable, names)):
            return Labels(frozenset(), self.possible, self.dropped)
        if self.possible is not None:
            return Labels(self.certain - names, self.possible - names)
        return Labels(self.certain - names, None, self.dropped | names)

    def add(self, names: frozenset[str], *, certain: bool = False) -> Labels:
        """Return what is there when these labels may be there too; a variable among them may be any."""
        if any(map(has_variable, names)):
            return Labels(self.certain, None)
        return Labels(
            self.certain | names if certain else self.certain,
            None if self.possible is None else self.possible | names,
            self.dropped - names,
        )


ANY_LABELS: Final = Labels(possible=None)
_NO_LABELS: Final = Labels()


@frozen
class MetricFacts:
    """What is known about an exported metric.

    Attributes:
        name: its exported name.
        kind: `counter`, `gauge`, `info`, `histogram` (a native one), or empty where that is not known.
        unit: of the exported value; None where that is not known.
        certain: labels that each of its series has.
        dropped: labels that none of its series has; only where that is certain.
        observed: of a histogram, classic or native, the unit of the values that it counts; None where it is not known.
    """

    name: str
    kind: str = ""
    unit: Unit | None = None
    certain: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    observed: Unit | None = None


Facts: TypeAlias = "Callable[[str], MetricFacts]"


@frozen
class Type:
    """What an expression gives.

    Attributes:
        is_vector: series, not a single number or text.
        labels: of the series.
        unit: of the values; None where it is not known.
        observed: as of `MetricFacts`, while what a histogram counted is still told apart.
        is_counter: the values are those of a counter that only grows.
        constant: the value, if it is always the same.
        is_filtered: a comparison has removed some series.
    """

    is_vector: bool = True
    labels: Labels = ANY_LABELS
    unit: Unit | None = None
    observed: Unit | None = None
    is_counter: bool = False
    constant: float | None = None
    is_filtered: bool = False


def unknown_metric(name: str) -> MetricFacts:
    """Return what the name of a metric alone tells: Prometheus' conventions for counters.

    A name that ends with `_total` is a counter's where it speaks of events, time or what flows (`requests_total`). Of
    others nothing is told: many exporters call so how much there is (`queue_capacity_total`, `nodes_offline_total`,
    `active_requests_total`). What a rule records may be anything, too.
    """
    is_counter = ":" not in name and (
        name.endswith("_bucket") or (re.search(_COUNTED, name) is not None and not _NOW.search(name))
    )
    return MetricFacts(name, kind="counter" if is_counter else "")


def types(root: Node, facts: Facts = unknown_metric) -> Mapping[int, Type]:
    """Return the type of each node of a tree, by the `id` of the node.

    Args:
        root: the tree of an `Expression`.
        facts: what is known about a metric, by exported name.
    """
    found: dict[int, Type] = {}
    for node in syntax.walk_up(root):
        found[id(node)] = _type(node, found, facts)
    return found


def labels_matched(node: Binary, side: Type) -> Labels:
    """Return the labels of one side of an operator that are compared with the other side's."""
    if node.matching == "on":
        return side.labels.keep(frozenset(node.labels))
    return side.labels.drop(frozenset({*node.labels, NAME}))


def _type(node: Node, found: Mapping[int, Type], facts: Facts) -> Type:  # noqa: PLR0911  # one for each kind of node
    match node:
        case Vector():
            return _vector(node, facts)
        case Number():
            return Type(is_vector=False, labels=_NO_LABELS, constant=node.value)
        case Negation():
            inner = found[id(node.operand)]
            return evolve(inner, constant=None if inner.constant is None else -inner.constant, is_counter=False)
        case Subquery():
            return found[id(node.operand)]
        case Aggregation():
            return _aggregation(node, found[id(node.operand)])
        case Binary():
            return _binary(node, found[id(node.left)], found[id(node.right)])
        case Call():
            return _call(node, found)
    return Type(is_vector=False, labels=_NO_LABELS)


def _vector(node: Vector, facts: Facts) -> Type:
    known = facts(node.metric) if node.metric else MetricFacts("")
    matched = frozenset(matcher.label for matcher in node.selector.matchers if _demands_label(matcher))
    absent = frozenset(
        matcher.label for matcher in node.selector.matchers if matcher.operator == "=" and not matcher.value
    )
    labels = Labels(known.certain | matched | {NAME}, None, (known.dropped | absent) - matched)
    is_counter = known.kind in {"counter", "histogram"}
    return Type(labels=labels, unit=known.unit, observed=known.observed, is_counter=is_counter)


def _demands_label(matcher: Matcher) -> bool:
    """Tell whether a matcher lets only series pass that have its label, as far as that shows without variables."""
    return not has_variable(matcher.value) and not passes(matcher, "", unreadable=True)


def _aggregation(node: Aggregation, inner: Type) -> Type:
    if node.operator in _SELECTIONS:
        return evolve(inner, constant=None)
    names = frozenset(node.labels)
    labels = inner.labels.drop(names | {NAME}) if node.grouping == "without" else inner.labels.keep(names)
    if node.operator == "count_values" and isinstance(node.parameter, Text):
        labels = labels.add(frozenset({node.parameter.value}), certain=True)
    return Type(
        labels=labels,
        unit=_unit_of_aggregation(node.operator, inner.unit),
        observed=inner.observed if node.operator in _VALUE_OF_OPERAND else None,
        is_counter=inner.is_counter and node.operator in _VALUE_OF_OPERAND,
        constant=1.0 if node.operator == "group" else None,
        is_filtered=inner.is_filtered,
    )


def _unit_of_aggregation(operator: str, unit: Unit | None) -> Unit | None:
    if operator in {"count", "count_values"} or (operator == "sum" and unit is not None and unit.base in _YES_NO_UNITS):
        return Unit("count")
    if operator == "group":
        return Unit("bool")
    if operator == "avg" and unit == Unit("bool"):
        return Unit("ratio")  # how many of them hold
    return unit if operator in _VALUE_OF_OPERAND else None


def _call(node: Call, found: Mapping[int, Type]) -> Type:
    name = node.function
    if has_variable(name):
        return Type()
    arguments = [found[id(argument)] for argument in node.arguments]
    vector = next((argument for argument in arguments if argument.is_vector), None)
    if name in {"absent", "absent_over_time"}:
        return Type(labels=_labels_of_absent(node.arguments[0]), unit=Unit("bool"), constant=1.0)
    if vector is None or name in {"vector", "scalar"}:
        inner = arguments[0] if arguments else Type(constant=None)
        return Type(
            is_vector=name != "scalar" and name not in {"time", "pi"},
            labels=_NO_LABELS,
            unit=Unit("epoch_s") if name == "time" else inner.unit,
            constant=inner.constant if name == "vector" else None,
        )
    labels = vector.labels if name in _KEEPS_NAME else vector.labels.drop(frozenset({NAME}))
    if name in {"label_replace", "label_join"} and isinstance(node.arguments[1], Text):
        labels = labels.add(frozenset({node.arguments[1].value}))
    if name.startswith("histogram_quantile"):
        labels = labels.drop(frozenset({"le"}))
    return Type(
        labels=labels,
        unit=_unit_of_histogram(name, vector) if name.startswith("histogram_") else _unit_of_call(name, vector.unit),
        observed=None if name.startswith("histogram_") else vector.observed,
        is_counter=vector.is_counter and name in _KEEPS_NAME,
        is_filtered=vector.is_filtered,
    )


def _unit_of_call(name: str, unit: Unit | None) -> Unit | None:
    if name in _PER_SECOND:
        return _per_second(unit) if name != "deriv" or unit is None or unit.base != "s" else None
    if name in _COUNTS:
        return Unit("count")
    if name in _YES_OR_NO:
        return Unit("bool")
    if name in _INSTANTS:
        return Unit("epoch_s")
    if name == "avg_over_time" and unit == Unit("bool"):
        return Unit("ratio")  # for how much of the time it holds
    return unit if name in _KEEPS_VALUE else None


def _unit_of_histogram(name: str, histogram: Type) -> Unit | None:
    if name in _OF_OBSERVATIONS:
        return histogram.observed
    if name == "histogram_sum":  # of a rate, the sum of a second's values
        is_rate = histogram.unit is not None and histogram.unit.base.endswith("/s")
        return _per_second(histogram.observed) if is_rate else histogram.observed
    if name == "histogram_fraction":
        return Unit("ratio")
    return histogram.unit if name == "histogram_count" else None


def _per_second(unit: Unit | None) -> Unit | None:
    if unit is None:
        return None
    return Unit("ratio", unit.factor) if unit.base == "s" else Unit(f"{unit.base}/s", unit.factor)


def _labels_of_absent(argument: Node) -> Labels:
    """`absent()` gives the labels of `=` matchers, where its argument is a selector; none otherwise."""
    if not isinstance(argument, Vector):
        return _NO_LABELS
    times: dict[str, int] = {}
    for matcher in argument.selector.matchers:
        times[matcher.label] = times.get(matcher.label, 0) + 1
    labels = frozenset(
        matcher.label
        for matcher in argument.selector.matchers
        if matcher.operator == "=" and matcher.value and times[matcher.label] == 1 and matcher.label != NAME
    )
    return Labels(labels, labels)


def _binary(node: Binary, left: Type, right: Type) -> Type:
    is_comparison = node.operator in syntax.COMPARISONS
    unit = Unit("bool") if is_comparison and node.is_bool else _unit_of_binary(node.operator, left, right)
    constant = None
    if left.constant is not None and right.constant is not None and not (left.is_vector or right.is_vector):
        constant = _calculated(node.operator, left.constant, right.constant)
    elif node.operator in _NAN_OF_NAN and (_is_nan(left) or _is_nan(right)):
        constant = math.nan
    filters = (is_comparison and not node.is_bool) or node.operator in {"and", "unless"}
    if node.operator == "or":
        filters = left.is_filtered and right.is_filtered
    return Type(
        is_vector=left.is_vector or right.is_vector,
        labels=_labels_of_binary(node, left, right),
        unit=unit,
        observed=left.observed if node.operator in {"and", "unless"} or left.observed == right.observed else None,
        is_counter=left.is_counter and (node.operator in {"and", "unless"} or (is_comparison and not node.is_bool)),
        constant=constant,
        is_filtered=filters or left.is_filtered or (node.operator != "or" and right.is_filtered),
    )


def _labels_of_binary(node: Binary, left: Type, right: Type) -> Labels:
    operator = node.operator
    if has_variable(operator):
        return ANY_LABELS  # `or` keeps all of both sides, `+` only what is matched
    if operator in {"and", "unless"}:
        return left.labels
    if operator == "or":
        return _either(left.labels, right.labels)
    keeps_name = operator in syntax.COMPARISONS and not node.is_bool
    if not (left.is_vector and right.is_vector):
        labels = left.labels if left.is_vector else right.labels
        return labels if keeps_name else labels.drop(frozenset({NAME}))
    if node.group:
        many, one = (left, right) if node.group == "group_left" else (right, left)
        included = frozenset(label for label in node.included if one.labels.may_have(label))
        missing = frozenset(node.included) - included
        labels = many.labels.add(included).drop(missing)
    elif node.matching == "on":
        labels = left.labels.keep(frozenset(node.labels))
    else:
        labels = left.labels.drop(frozenset(node.labels))
        if right.labels.possible is not None and labels.possible is None:
            # without `on` both sides have the same labels
            labels = Labels(labels.certain, right.labels.possible | {NAME})
    return labels if keeps_name and node.group != "group_right" else labels.drop(frozenset({NAME}))


def _either(left: Labels, right: Labels) -> Labels:
    certain = left.certain & right.certain
    if left.possible is None or right.possible is None:
        dropped = frozenset(
            name for name in left.dropped | right.dropped if not left.may_have(name) and not right.may_have(name)
        )
        return Labels(certain, None, dropped)
    return Labels(certain, left.possible | right.possible)


def _unit_of_binary(operator: str, left: Type, right: Type) -> Unit | None:
    if operator in {"and", "unless", "%"}:
        return left.unit
    if operator in syntax.COMPARISONS:
        return left.unit if left.is_vector else right.unit
    combine = {"or": _unit_of_either, "+": _unit_of_sum, "-": _unit_of_difference, "*": _unit_of_product}
    return combine.get(operator, _unit_of_quotient if operator == "/" else _no_unit)(left, right)


def _is_nan(side: Type) -> bool:
    return side.constant is not None and math.isnan(side.constant)


def _no_unit(_left: Type, _right: Type) -> None:
    return None


def _unit_of_either(left: Type, right: Type) -> Unit | None:
    if _is_nan(left) or _is_nan(right):  # no value, in whatever unit
        return left.unit if _is_nan(right) else right.unit
    one, other = left.unit, right.unit
    return one if one is not None and other is not None and one.is_like(other) else None


def _unit_of_difference(left: Type, right: Type) -> Unit | None:
    one, other = left.unit, right.unit
    if one is not None and other is not None and one.base == other.base == "epoch_s":
        return Unit("s", one.factor) if math.isclose(one.factor, other.factor) else None
    return _unit_of_sum(left, right)


def _unit_of_sum(left: Type, right: Type) -> Unit | None:
    one, other = left.unit, right.unit
    if one is None or other is None:
        return (one or other) if left.constant is not None or right.constant is not None else None
    if {one.base, other.base} == {"epoch_s", "s"} and math.isclose(one.factor, other.factor):
        return one if one.base == "epoch_s" else other
    return one if one.is_like(other) else None


def _unit_of_product(left: Type, right: Type) -> Unit | None:
    for constant, other in ((left, right), (right, left)):
        if constant.constant is not None:
            return other.unit.times(constant.constant) if other.unit is not None else None
    if left.unit is None or right.unit is None:
        return None
    for one, other_unit in ((left.unit, right.unit), (right.unit, left.unit)):
        if one.base == "bool":
            return other_unit
        if one.base == "ratio":
            return Unit(other_unit.base, other_unit.factor * one.factor)
    return None


def _unit_of_quotient(left: Type, right: Type) -> Unit | None:
    if right.constant is not None:
        inverse = 1 / right.constant if right.constant else math.inf
        return left.unit.times(inverse) if left.unit is not None else None
    if left.unit is None or right.unit is None:
        return None
    one, other = left.unit, right.unit
    factor = one.factor / other.factor
    per_second = one.base == "ratio" or (one.base.endswith("/s") and _is_measured(one.base))
    if other.base in _COUNTS_PER_SECOND and per_second:
        # what a second brings, by how many it brings: the mean of each
        return Unit("s" if one.base == "ratio" else one.base.removesuffix("/s"), one.factor)
    if one.base not in {"ratio", *_YES_NO_UNITS} and other.base.endswith("/s") and not one.base.endswith("/s"):
        # what there is, by what a second takes of it: how long it lasts
        is_same = one.base == other.base.removesuffix("/s")
        if is_same or not (_is_measured(one.base) or _is_measured(other.base)):
            return Unit("s", factor)
    if one.base == other.base or not (_is_measured(one.base) or _is_measured(other.base)):
        return Unit("ratio", factor)
    return Unit(f"{one.base}/s", factor) if other.base == "s" else None


def _calculated(operator: str, left: float, right: float) -> float | None:
    try:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                return left / right
            case _:
                return None
    except (ZeroDivisionError, OverflowError):
        return None
