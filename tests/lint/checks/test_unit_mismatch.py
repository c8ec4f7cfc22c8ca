from __future__ import annotations

import pytest

from tests.linting import dashboard, found, in_panel, panel

LAG = "(debezium_metrics_MilliSecondsBehindSource != -1)"
QUEUE = "debezium_metrics_QueueRemainingCapacity / debezium_metrics_QueueTotalCapacity"


def shows(unit: str, expression: str) -> list[str]:
    return in_panel("unit-mismatch", expression, fieldConfig={"defaults": {"unit": unit}})


@pytest.mark.parametrize(
    ("unit", "expression"),
    [
        ("s", LAG),
        ("ms", f"{LAG} / 1000"),
        ("percent", QUEUE),
        ("percentunit", f"100 * {QUEUE}"),
        ("bytes", "debezium_metrics_QueueRemainingCapacity"),
        ("percent", "rate(debezium_metrics_TotalNumberOfEventsSeen[$__rate_interval])"),
        ("s", "debezium_metrics_Connected"),
        ("ops", "debezium_metrics_CurrentQueueSizeInBytes"),
        ("s", "time()"),
        ("s", f"max({LAG}) or NaN * max({LAG})"),
    ],
)
def test_another_unit(unit: str, expression: str) -> None:
    assert shows(unit, expression)


@pytest.mark.parametrize(
    ("unit", "expression"),
    [
        ("ms", LAG),
        ("s", f"max by (server) ({LAG}) / 1000"),
        ("s", f"{LAG} * 0.001"),
        ("percentunit", QUEUE),
        ("percent", f"100 * (1 - {QUEUE})"),
        ("ops", "sum(rate(debezium_metrics_TotalNumberOfEventsSeen[$__rate_interval]))"),
        ("bytes", "debezium_metrics_CurrentQueueSizeInBytes"),
        ("short", LAG),
        ("none", "debezium_metrics_Connected"),
        ("bool_yes_no", "debezium_metrics_Connected"),
        ("percent", "unknown_metric"),
        ("s", "time() - timestamp(up)"),
        ("Bps", "deriv(debezium_metrics_CurrentQueueSizeInBytes[5m])"),
        ("s", f"{LAG} / 1000 or vector(0)"),
        ("s", f"max({LAG}) / 1000 or NaN * max({LAG})"),
        ("dateTimeAsIso", "1000 * time()"),
    ],
)
def test_the_same_unit(unit: str, expression: str) -> None:
    assert not shows(unit, expression)


def test_the_axis_of_an_old_graph_is_read() -> None:
    assert in_panel("unit-mismatch", LAG, type="graph", fieldConfig=None, yaxes=[{"format": "s"}])


def in_table(*overrides: dict[str, object], transformations: tuple[dict[str, object], ...] = ()) -> list[str]:
    config = {"defaults": {"unit": "ms"}, "overrides": list(overrides)}
    return in_panel(
        "unit-mismatch",
        "debezium_metrics_QueueRemainingCapacity",
        type="table",
        fieldConfig=config,
        transformations=list(transformations),
    )


def test_a_column_may_have_a_unit_of_its_own_under_whatever_name() -> None:
    assert in_table()
    renamed: dict[str, object] = {"id": "organize", "options": {"renameByName": {"Value": "Free"}}}
    assert in_table(transformations=(renamed,))
    for unit in ("short", "none", "cps"):
        of_free: dict[str, object] = {
            "matcher": {"id": "byName", "options": "Free"},
            "properties": [{"id": "unit", "value": unit}],
        }
        assert bool(in_table(of_free, transformations=(renamed,))) is (unit == "cps")


@pytest.mark.parametrize("kind", ["calculateField", "reduce", "groupBy"])
def test_a_transformation_may_make_other_values(kind: str) -> None:
    assert not in_table(transformations=({"id": kind, "options": {}},))


def overridden(unit: str, matcher: str, options: str) -> list[str]:
    """Return what is said of a panel in seconds whose queries A and B give a lag and a share."""
    config = {
        "defaults": {"unit": "s"},
        "overrides": [{"matcher": {"id": matcher, "options": options}, "properties": [{"id": "unit", "value": unit}]}],
    }
    targets = [{"refId": "A", "expr": f"{LAG} / 1000"}, {"refId": "B", "expr": f"100 * {QUEUE}"}]
    return found("unit-mismatch", dashboard(panel(fieldConfig=config, targets=targets)))


def test_an_override_for_a_query_gives_it_its_unit() -> None:
    assert not overridden("percent", "byFrameRefID", "B")
    assert "expression returns s" in overridden("percent", "byFrameRefID", "A")[0]
    assert "shows the unit 'ms'" in overridden("ms", "byFrameRefID", "B")[0]


def test_an_override_for_a_name_may_be_about_any_query() -> None:
    assert not overridden("percent", "byName", "Queue")
    assert not overridden("a unit of their own", "byRegexp", ".*")
    assert overridden("ms", "byName", "Queue")


def test_a_hidden_query_is_drawn_by_an_expression_in_its_own_unit() -> None:
    hidden = {"refId": "A", "expr": LAG, "hide": True}
    shown = {
        "refId": "B",
        "datasource": {"type": "__expr__", "uid": "__expr__"},
        "type": "math",
        "expression": "$A / 5",
    }
    of_both = panel("up", targets=[hidden, shown], fieldConfig={"defaults": {"unit": "percentunit"}})
    assert not found("unit-mismatch", dashboard(of_both))
    of_one = panel("up", targets=[hidden | {"hide": False}, shown], fieldConfig={"defaults": {"unit": "percentunit"}})
    assert found("unit-mismatch", dashboard(of_one))
