"""A panel about now shows no series that has vanished: it asks instantly, or its expression still has a value."""

from __future__ import annotations

import enum
import itertools
import math
from typing import TYPE_CHECKING

from dashlib.declare.panel_kinds import kinds_that_show
from dashlib.documents.values import object_of, objects_in, seconds_of, text_of
from dashlib.lint.findings import Check, Problem
from dashlib.promql.tree import COMPARISONS, Aggregation, Binary, Call, Negation, Node, Number, Subquery, Vector, walk
from dashlib.promql.types import NAME, OF_EACH_TARGET

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashlib.lint.subjects import Lint, Panel, Query
    from dashlib.promql.types import Labels

# Kinds that reduce each series to one value, and what Grafana replaces: both names of the old single stat, and a graph
# whose axis lists series. A table reduces where a transformation does.
_KINDS = kinds_that_show("value")
_OLD_KINDS = frozenset({"singlestat", "grafana-singlestat-panel", "briangann-gauge-panel"})
_TABLES = frozenset({"table", "table-old"})

# Prometheus writes these for each target, whether or not the target answers.
# Each evaluation chooses or names its series anew.
_CHOOSE = frozenset({"topk", "bottomk", "count_values"})
_ASK_FOR_ABSENCE = frozenset({"absent", "absent_over_time"})


class _AtLastStep(enum.IntEnum):
    """What a range query surely has at its last step, for each series that it has at any step."""

    NOTHING = 0
    NUMBER_OR_NAN = 1
    NUMBER = 2


# What a reducer needs at the last step to say how it is now: the others pass over null and NaN to the value before.
_NEEDS = {
    "last": _AtLastStep.NUMBER_OR_NAN,
    "lastNotNull": _AtLastStep.NUMBER,
    "current": _AtLastStep.NUMBER,
}


def _together(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yield one problem a dashboard, at the first of its panels."""
    for linted, found in itertools.groupby(problems, key=lambda problem: problem.linted):
        of_dashboard = list(found)
        names = ", ".join(dict.fromkeys(problem.message for problem in of_dashboard))
        what = "a panel shows" if len(of_dashboard) == 1 else f"{len(of_dashboard)} panels show"
        yield Problem(
            linted=linted,
            pointer=of_dashboard[0].pointer,
            message=f"{what} vanished series at their last value, as if current, until they leave the dashboard's time "
            f"range: {names}",
            suggestion="use an instant query (`instant: true`); or give the expression a value at the last step for "
            "every series that it lists: sum(…) or vector(0) for a total; for series, sum by (…) (x) or NaN * sum by "
            "(…) (last_over_time(x[$__range])), reduced with `last`, as `lastNotNull` skips NaN",
            severity=None if linted.is_declared else "info",
        )


CHECK = Check(
    "stale-now",
    "warning",
    "A panel of current values does not show the last value of a series that has vanished.",
    together=_together,
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every stat, gauge, bar gauge and reduced table that may show a value from before its series vanished."""
    for panel in lint.panels:
        needs = [_NEEDS[reducer] for reducer in _reducers(panel) if reducer in _NEEDS]
        if needs and any(_at_last_step(query, query.tree) < max(needs) for query in _asked_over_a_range(panel)):
            yield panel.linted.problem(panel.pointer, repr(panel.title) if panel.title else panel.name)


# --- panels ----------------------------------------------------------------------------------------------------


def _reducers(panel: Panel) -> Sequence[str]:
    """Return with what a panel reduces each series to a value, by Grafana's names; nothing if it does not."""
    for _, step in objects_in(panel.data.get("transformations"), "") if panel.kind in _KINDS | _TABLES else ():
        reducers = _of_transformation(text_of(step.get("id")), object_of(step.get("options")))
        if reducers and not step.get("disabled"):
            return reducers
    if panel.kind not in _KINDS:
        return _of_old_kind(panel)
    options = object_of(panel.data.get("options"))
    reduce = object_of(options.get("reduceOptions") or options.get("fieldOptions"))  # the latter before Grafana 7
    if reduce.get("values"):
        return ()
    before_6_2 = object_of(options.get("valueOptions")).get("stat")
    return _texts(reduce.get("calcs")) or _texts([before_6_2]) or ("lastNotNull",)


def _of_old_kind(panel: Panel) -> Sequence[str]:
    if panel.kind in _OLD_KINDS:
        return _texts([panel.data.get("valueName")])
    axis = object_of(panel.data.get("xaxis"))
    if panel.kind == "graph" and axis.get("mode") == "series":
        return _texts(axis.get("values"))
    if panel.kind in _TABLES and panel.data.get("transform") == "timeseries_aggregations":
        return [text_of(column.get("value")) for _, column in objects_in(panel.data.get("columns"), "")]
    return ()


def _of_transformation(kind: str, options: dict[str, object]) -> Sequence[str]:
    if kind == "reduce":
        return _texts(options.get("reducers")) or ("max",)
    if kind == "groupBy":
        # the other fields are labels, and the time that says how old the row is
        fields = [object_of(field) for name, field in object_of(options.get("fields")).items() if name[:5] == "Value"]
        return [name for field in fields for name in _texts(field.get("aggregations"))]
    if kind == "timeSeriesTable":
        return [text_of(object_of(of_query).get("stat")) for of_query in options.values()] or ("lastNotNull",)
    return ()


def _texts(value: object) -> Sequence[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else ()


def _asked_over_a_range(panel: Panel) -> Iterator[Query]:
    """Yield the PromQL that a panel asks at many moments and shows."""
    for query in panel.promql:
        of_panel = query.of_panel
        if query.tree is not None and of_panel is not None and not (of_panel.is_instant or of_panel.is_hidden):
            yield query


def _range_of(panel: Panel | None) -> float:
    """Return the seconds that a panel shows by default; infinity where the dashboard does not say."""
    if panel is None:
        return math.inf
    time = object_of(panel.dashboard.data.get("time"))
    start = text_of(panel.data.get("timeFrom")) or text_of(time.get("from")).removeprefix("now-")
    return seconds_of(start) or math.inf


# --- expressions -----------------------------------------------------------------------------------------------


def _at_last_step(query: Query, node: Node | None) -> _AtLastStep:  # noqa: PLR0911  # one for each kind of node
    match node:
        case Number(value=value):
            return _AtLastStep.NUMBER_OR_NAN if value is not None and math.isnan(value) else _AtLastStep.NUMBER
        case Vector() | Subquery():
            return _of_series(query, node)
        case Negation():
            return _at_last_step(query, node.operand)
        case Aggregation():
            return _of_aggregation(query, node)
        case Call():
            return _of_call(query, node)
        case Binary():
            return _of_operator(query, node)
    return _AtLastStep.NUMBER


def _of_series(query: Query, node: Vector | Subquery) -> _AtLastStep:
    """Tell of a selector, or of a window: one as long as the panel's own range still sees all that the panel lists."""
    if isinstance(node, Subquery):
        window, inner = node.range, _at_last_step(query, node.operand)
    else:
        window = node.selector.range or ""
        is_fixed_in_time = "@" in query.expression[node.selector.end : node.selector.end_of_modifiers]
        is_there = is_fixed_in_time or node.metric in OF_EACH_TARGET
        inner = _AtLastStep.NUMBER if is_there else _AtLastStep.NOTHING
    is_long = "__range" in window or (seconds_of(window) or 0) >= _range_of(query.panel)
    return _AtLastStep.NUMBER if is_long else inner


def _of_aggregation(query: Query, node: Aggregation) -> _AtLastStep:
    inner = _at_last_step(query, node.operand)
    if node.operator in _CHOOSE:
        return _AtLastStep.NOTHING
    return _AtLastStep.NUMBER if inner and node.operator in {"count", "group"} else inner


def _of_call(query: Query, node: Call) -> _AtLastStep:
    if node.function in _ASK_FOR_ABSENCE:
        return _AtLastStep.NOTHING
    arguments = [_at_last_step(query, argument) for argument in node.arguments]
    if node.function == "scalar":  # NaN where its argument is gone
        return max(arguments[0], _AtLastStep.NUMBER_OR_NAN)
    return min(arguments, default=_AtLastStep.NUMBER)


def _of_operator(query: Query, node: Binary) -> _AtLastStep:
    left, right = _at_last_step(query, node.left), _at_last_step(query, node.right)
    if node.operator == "or":
        if left:
            return min(left, right)
        replaces = _are_the_same_series(query.type_of(node.left).labels, query.type_of(node.right).labels)
        return right if replaces else _AtLastStep.NOTHING
    if node.operator == "unless" or (node.operator in COMPARISONS and not node.is_bool):
        return _AtLastStep.NOTHING
    both = min(left, right)
    if node.operator == "and":
        return left if both else both
    if node.operator in {"/", "%"} and _is_filled_with_zero(query, node.right):
        both = min(both, _AtLastStep.NUMBER_OR_NAN)  # 0 / 0
    return _AtLastStep.NUMBER if both and node.is_bool else both


def _is_filled_with_zero(query: Query, divisor: Node) -> bool:
    return any(
        isinstance(node, Binary) and node.operator == "or" and query.type_of(node.right).constant == 0
        for node in walk(divisor)
    )


def _are_the_same_series(left: Labels, right: Labels) -> bool:
    """Tell whether the right side of an `or` may go on with the left side's series: the same labels, name included.

    `x or NaN * last_over_time(x[…])` does not: the right side has no name, so that both are listed.
    """
    if not all(right.may_have(name) for name in left.certain) or (NAME in right.certain and not left.may_have(NAME)):
        return False
    return right.possible is None or (left.possible is not None and left.possible <= right.possible)
