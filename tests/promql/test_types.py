"""Labels, units and kinds through expressions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib import promql
from dashlib.promql.types import MetricFacts, Type, Unit, types, unknown_metric

FACTS = {
    "ms": MetricFacts("ms", "gauge", Unit("s", 0.001), frozenset({"server"})),
    "seconds": MetricFacts("seconds", "gauge", Unit("s")),
    "bytes": MetricFacts("bytes", "gauge", Unit("bytes")),
    "rows": MetricFacts("rows", "gauge", Unit("rows")),
    "up": MetricFacts("up", "gauge", Unit("bool")),
    "made": MetricFacts("made", "gauge", Unit("epoch_s", 0.001)),
    "events_total": MetricFacts("events_total", "counter", Unit("events"), frozenset({"server"})),
    "lean": MetricFacts("lean", "gauge", Unit("rows"), frozenset({"server"}), frozenset({"table"})),
}


def type_of(expression: str) -> Type:
    root = promql.read(expression).tree
    return types(root, lambda name: FACTS.get(name) or unknown_metric(name))[id(root)]


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        ("ms", "ms"),
        ("ms / 1000", "s"),
        ("ms * 0.001", "s"),
        ("ms / (10 * 100)", "s"),
        ("max by (a) (ms != -1) / 1000", "s"),
        ("ms / seconds", "0.001 ratio"),
        ("rows / rows", "ratio (0-1)"),
        ("100 * rows / rows", "percent"),
        ("100 * (1 - rows / rows)", "percent"),
        ("rate(events_total[5m])", "events/s"),
        ("increase(events_total[5m])", "events"),
        ("sum(rate(events_total[5m])) * 60", "events/s"),
        ("rate(bytes[5m])", "bytes/s"),
        ("deriv(seconds[5m])", None),
        ("rate(seconds[5m])", "ratio (0-1)"),
        ("rows / (sum(rate(rows[5m])) > 0)", "s"),
        ("bytes / rate(bytes[5m])", "s"),
        ("rows / (60 * rate(rows[5m]))", "60 s"),
        ("bytes / rate(rows[5m])", None),
        ("count(ms)", "count"),
        ("sum(up)", "count"),
        ("sum(up) / count(up)", "ratio (0-1)"),
        ("avg(up)", "ratio (0-1)"),
        ("100 * avg by (job) (up)", "percent"),
        ("avg_over_time(up[1h])", "ratio (0-1)"),
        ("time()", "seconds since 1970"),
        ("time() - made / 1000", "s"),
        ("time() - seconds", "seconds since 1970"),
        ("ms + seconds", None),
        ("ms > bool 5", "bool"),
        ("ms > 5", "ms"),
        ("ms or seconds", None),
        ("seconds or NaN * ms", "s"),
        ("NaN * max(ms) or seconds", "s"),
        ("seconds or vector(NaN)", "s"),
        ("ms and seconds", "ms"),
        ("up * ms", "ms"),
        ("unknown / 1000", None),
        ("absent(ms)", "bool"),
        ("changes(ms[5m])", "count"),
        ("ms ^ 2", None),
        ("quantile(0.9, ms)", "ms"),
        ("max_over_time(ms[5m])", "ms"),
        ("scalar(ms)", "ms"),
        ("ms / 0", None),
        ("5", None),
    ],
)
def test_the_unit(expression: str, unit: str | None) -> None:
    found = type_of(expression).unit
    assert (found.name if found is not None else None) == unit


@pytest.mark.parametrize(
    ("expression", "certain", "possible"),
    [
        ("ms", {"server", "__name__"}, None),
        ("ms / 1000", {"server"}, None),
        ("sum(ms)", set(), set()),
        ("sum by (server, task) (ms)", {"server"}, {"server", "task"}),
        ("sum without (server) (ms)", set(), None),
        ('x{a="b", c=~"d|", e!=""}', {"__name__", "a", "e"}, None),
        ('absent(x{a="b", c=~"d"})', {"a"}, {"a"}),
        ("absent(sum(x))", set(), set()),
        ("ms * on (server) seconds", {"server"}, {"server"}),
        ("ms * on (server) group_left (a) seconds", {"server"}, None),
        ("sum by (a) (x) or sum by (b) (y)", set(), {"a", "b"}),
        ("sum by (a) (x) and sum by (a, b) (y)", set(), {"a"}),
        ("vector(1)", set(), set()),
        ("topk(1, ms)", {"server", "__name__"}, None),
        ("count_values('v', ms)", {"v"}, {"v"}),
        ("sum by (a) (label_replace(sum(x), 'a', '', '', ''))", set(), {"a"}),
        ("x / sum by (a) (y)", set(), {"a"}),
    ],
)
def test_the_labels(expression: str, certain: set[str], possible: set[str] | None) -> None:
    labels = type_of(expression).labels
    assert labels.certain == certain
    assert (None if labels.possible is None else labels.possible - {"__name__"}) == possible


def test_a_label_that_a_metric_never_has() -> None:
    assert not type_of("lean").labels.may_have("table")
    assert type_of('lean{table="x"}').labels.may_have("table")
    assert not type_of("sum by (table) (lean)").labels.may_have("table")


@pytest.mark.parametrize(
    ("expression", "is_counter"),
    [
        ("events_total", True),
        ("sum(events_total)", True),
        ("last_over_time(events_total[5m])", True),
        ("events_total > 5", True),
        ("rate(events_total[5m])", False),
        ("events_total * 2", False),
        ("count(events_total)", False),
        ("ms", False),
        ("requests_total", True),
    ],
)
def test_whether_it_is_a_counter(expression: str, is_counter: bool) -> None:  # noqa: FBT001
    assert type_of(expression).is_counter is is_counter


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_scaling_there_and_back_is_the_same_unit(one: float, other: float) -> None:
    scaled = Unit("s", 0.001).times(one * other)
    assert scaled is not None
    back = scaled.times(1 / one)
    assert back is not None
    again = back.times(1 / other)
    assert again is not None
    assert again.is_like(Unit("s", 0.001))


@pytest.mark.parametrize(
    "expression",
    [
        "sum by ($group) (ms)",
        "sum(ms) by ($group, job)",
        "sum(ms) $grouping",
        "sum $grouping (ms)",
        "sum without ($group) (ms)",
        "$aggregation(ms)",
        "$aggregation by ($group) (ms)",
        "ms / ignoring ($label) group_left ($more) rows",
        "ms $or on (entity) rows",
        'label_replace(sum(ms), "$label", "x", "", "")',
        'count_values("$label", ms)',
    ],
)
def test_labels_that_a_variable_chooses_may_be_any(expression: str) -> None:
    assert type_of(expression).labels.may_have("anything")


def test_what_a_variable_does_to_a_value_is_not_known() -> None:
    assert type_of("$fn(ms[5m])").unit is None
    assert type_of("ms $operator 1000").unit is None
    assert not type_of("$fn(events_total[5m])").is_counter
