from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from dashlib.documents.document import Origin
from dashlib.sources import Source
from tests.linting import DATASOURCE, dashboard, declared, found, linted, panel, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Shell

CONNECTED = "max by (server) (debezium_metrics_Connected)"
WAS_THERE = "NaN * max by (server) (last_over_time(debezium_metrics_Connected[$__range]))"


def now(expression: str = CONNECTED, **changes: Any) -> dict[str, Any]:
    """Return a stat over a range as Grafana saves it, with other keys changed."""
    return panel(expression, **{"type": "stat", "options": {"reduceOptions": {"calcs": ["lastNotNull"]}}, **changes})


def reduced(*calculations: str, **options: Any) -> dict[str, Any]:
    return {"options": {"reduceOptions": {"calcs": list(calculations), **options}}}


def is_found(one: dict[str, Any], **changes: Any) -> bool:
    return bool(found("stale-now", dashboard(one, **changes)))


@pytest.mark.parametrize("kind", ["stat", "gauge", "bargauge"])
@pytest.mark.parametrize("changes", [{}, reduced("last"), reduced(), {"options": None}, reduced("max", "lastNotNull")])
def test_a_panel_about_now_takes_the_last_value_of_a_range(kind: str, changes: dict[str, Any]) -> None:
    assert is_found(now(type=kind, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"targets": [{"refId": "A", "expr": CONNECTED, "datasource": DATASOURCE, "instant": True}]},
        {"targets": [{"refId": "A", "expr": CONNECTED, "datasource": DATASOURCE, "hide": True}]},
        {"targets": [{"refId": "A", "expr": CONNECTED, "datasource": {"type": "loki", "uid": "logs"}}]},
        reduced("mean"),
        reduced("max", "sum"),
        reduced("lastNotNull", values=True),
        {"type": "timeseries", "options": {"legend": {"calcs": ["lastNotNull"]}}},
        {"type": "state-timeline"},
        {"transformations": [{"id": "reduce", "options": {"reducers": ["mean"]}}]},
    ],
)
def test_a_panel_that_shows_no_last_value_of_a_range(changes: dict[str, Any]) -> None:
    assert not is_found(now(**changes))


def test_what_is_no_promql_is_of_another_check() -> None:
    assert not is_found(now("no PromQL ("))


def test_a_query_asked_both_ways_is_asked_over_a_range() -> None:
    target = {"refId": "A", "expr": CONNECTED, "datasource": DATASOURCE, "instant": True, "range": True}
    assert is_found(now(targets=[target]))


def test_one_of_two_queries_is_enough() -> None:
    instant = {"refId": "A", "expr": CONNECTED, "datasource": DATASOURCE, "instant": True}
    assert is_found(now(targets=[instant, {"refId": "B", "expr": CONNECTED, "datasource": DATASOURCE}]))


@pytest.mark.parametrize(
    ("changes", "finds"),
    [
        ({"type": "singlestat", "valueName": "current"}, True),
        ({"type": "singlestat", "valueName": "avg"}, False),
        ({"type": "singlestat"}, False),  # Grafana takes the mean
        ({"type": "gauge", "options": {"fieldOptions": {"calcs": ["lastNotNull"]}}}, True),
        ({"type": "gauge", "options": {"fieldOptions": {"calcs": ["mean"]}}}, False),
        ({"type": "gauge", "options": {"valueOptions": {"stat": "current"}}}, True),
        ({"type": "gauge", "options": {"valueOptions": {"stat": "avg"}}}, False),
        ({"type": "graph", "xaxis": {"mode": "series", "values": ["current"]}}, True),
        ({"type": "graph", "xaxis": {"mode": "time", "values": ["current"]}}, False),
        ({"type": "table-old", "transform": "timeseries_aggregations", "columns": [{"value": "current"}]}, True),
        ({"type": "table-old", "transform": "timeseries_aggregations", "columns": [{"value": "avg"}]}, False),
    ],
)
def test_kinds_of_older_grafanas(changes: dict[str, Any], finds: bool) -> None:  # noqa: FBT001
    assert is_found(panel(CONNECTED, **changes)) is finds


@pytest.mark.parametrize(
    ("step", "finds"),
    [
        ({"id": "reduce", "options": {"reducers": ["lastNotNull"]}}, True),
        ({"id": "reduce", "options": {"reducers": ["max"]}}, False),
        ({"id": "reduce", "options": {"reducers": ["lastNotNull"]}, "disabled": True}, False),
        ({"id": "groupBy", "options": {"fields": {"Value": {"aggregations": ["last"]}}}}, True),
        ({"id": "groupBy", "options": {"fields": {"Time": {"aggregations": ["last"]}}}}, False),
        ({"id": "timeSeriesTable", "options": {}}, True),
        ({"id": "timeSeriesTable", "options": {"A": {"stat": "max"}}}, False),
        ({"id": "organize", "options": {}}, False),  # a row each step, with its time
    ],
)
def test_a_table_reduces_in_a_transformation(step: dict[str, Any], finds: bool) -> None:  # noqa: FBT001
    assert is_found(panel(CONNECTED, type="table", transformations=[step])) is finds


@pytest.mark.parametrize(
    "expression",
    [
        "debezium_metrics_Connected",
        "sum(debezium_metrics_Connected)",  # all of it may vanish: one worker, one connector that a variable chooses
        "count(debezium_metrics_Connected == 1)",  # nothing when none is
        "sum(rate(debezium_metrics_TotalNumberOfEventsSeen[5m]))",
        "absent(debezium_metrics_Connected)",
        'ALERTS{alertstate="firing"}',
        "up == 0",
        "topk(3, up)",
        'count_values("version", up)',
        "sum(up) unless on () debezium_metrics_Connected",
        "vector(1) and on () debezium_metrics_Connected",
        f"{CONNECTED} or vector(0)",  # beside the series, not in their place
        f"{CONNECTED} or on () vector(0)",
        "debezium_metrics_Connected or 0 * last_over_time(debezium_metrics_Connected[$__range])",  # loses its name
        f"{CONNECTED} or last_over_time(debezium_metrics_Connected[$__range])",  # has a name
        "vector(0) or debezium_metrics_Connected",
        "max_over_time(debezium_metrics_Connected[10m])",
        "sum(up) / count(debezium_metrics_Connected)",
        "label_replace(debezium_metrics_Connected, 'a', '$1', 'b', '(.*)')",
        "clamp_min(debezium_metrics_Connected, 0)",
        "-debezium_metrics_Connected",
    ],
)
def test_what_vanishes(expression: str) -> None:
    assert is_found(now(expression))
    assert is_found(now(expression, **reduced("last")))


@pytest.mark.parametrize(
    "expression",
    [
        "sum(debezium_metrics_Connected) or vector(0)",
        "sum(debezium_metrics_Connected) or on () vector(0)",
        "(count(debezium_metrics_Connected == 1) or vector(0)) / count(up)",
        f"{CONNECTED} or 0 * max by (server) (last_over_time(debezium_metrics_Connected[$__range]))",
        f"-1 * ({CONNECTED} or 0 * max by (server) (last_over_time(debezium_metrics_Connected[${{__range}}])))",
        "up",
        "sum(up == bool 1)",
        "min by (job) (up) and on (job) up",
        "changes(up[1h])",
        "time() - 5",
        "sum(increase(debezium_metrics_TotalNumberOfEventsSeen[$__range]))",
        "max_over_time((debezium_metrics_Connected == 1)[$__range:1m])",
        "debezium_metrics_Connected @ end()",
    ],
)
def test_what_has_a_value_at_the_last_step(expression: str) -> None:
    assert not is_found(now(expression))


@pytest.mark.parametrize(
    "expression",
    [
        f"{CONNECTED} or {WAS_THERE}",
        "sum(debezium_metrics_Connected) or vector(NaN)",
        "vector(scalar(debezium_metrics_Connected))",
        "(sum(debezium_metrics_Connected) or vector(0)) / (count(debezium_metrics_Connected) or vector(0))",
    ],
)
def test_last_not_null_passes_over_nan(expression: str) -> None:
    """Grafana's `lastNotNull` leaves NaN out, so that filling up with it helps only where `last` is shown."""
    assert is_found(now(expression))
    assert not is_found(now(expression, **reduced("last")))
    assert not is_found(now(f"count({expression})"))


def test_a_window_as_long_as_the_dashboard_s_range_is_about_that_range() -> None:
    day = now("sum(increase(debezium_metrics_TotalNumberOfEventsSeen[1d]))")
    assert not is_found(day, time={"from": "now-6h", "to": "now"})
    assert is_found(day, time={"from": "now-2d", "to": "now"})
    assert is_found(day, time={"from": "2026-01-01T00:00:00Z", "to": "now"})
    assert is_found(day)
    assert not is_found({**day, "timeFrom": "1h"}, time={"from": "now-2d", "to": "now"})


def test_one_finding_a_dashboard_names_its_panels() -> None:
    panels = [now(title="Status"), now(title="Fine", **reduced("mean")), now(title="Lag"), now(title="Status")]
    other = dashboard(now(title="Other"), uid="other", title="Other dashboard")
    first, second = found("stale-now", dashboard(*panels), other)
    assert first.startswith("3 panels ")
    assert first.endswith(": 'Status', 'Lag'")
    assert second.startswith("a panel ")
    assert second.endswith(": 'Other'")


def test_a_file_of_somebody_else_is_informed_at_the_first_panel() -> None:
    (finding,) = [one for one in run(linted(dashboard(panel(), now()))) if one.check == "stale-now"]
    assert finding.severity == "info"
    assert finding.problem.pointer == "/panels/1"
    assert finding.file == "dashboard-0.json"
    assert finding.line > 1
    assert "`instant: true`" in finding.problem.suggestion


def test_a_declaration_is_warned() -> None:
    (finding,) = [one for one in run(declared(dashboard(now()))) if one.check == "stale-now"]
    assert finding.severity == "warning"


DECLARED = """\
from grafanalib import core

from dashlib import Dashboard, Row, datasource_variable


def stat(title: str) -> core.Stat:
    # a comment
    return core.Stat(title=title, reduceCalc="lastNotNull", targets=[core.Target(expr="Connected", refId="A")])


dashboard = Dashboard(
    uid="now", title="Now", variables=[datasource_variable()], rows=[Row("Row", [stat("One"), stat("Two")])]
)
"""


def test_objects_of_grafanalib_and_a_comment_beside_them(
    shell: Shell, replace_in: Callable[[Path, str, str], None]
) -> None:
    file = shell.write("dashboards/now.py", DECLARED)
    before = shell.dashlib("lint").stdout
    assert "dashboards/now.py:8:5  warning  stale-now  2 panels " in before
    replace_in(file, "# a comment", "# dashlib: ignore[stale-now] a demonstration")
    after = shell.dashlib("lint").stdout
    assert "dashboards/now.py" in after
    assert "'One', 'Two'" not in after
    assert "suppresses nothing" not in after


def test_a_comment_beside_one_panel_leaves_the_others(tmp_path: Path) -> None:
    file = tmp_path / "declared.py"
    file.write_text("one\n# dashlib: ignore[stale-now] it never vanishes\ntwo\nthree\n", encoding="utf-8")
    (whole,) = declared(dashboard(now(title="One"), now(title="Two"), now(title="Three")))
    lines = {"/panels/0": 1, "/panels/1": 3, "/panels/2": 4}
    sources = {pointer: Origin(Source(str(file), line)) for pointer, line in lines.items()}
    findings = run([attrs.evolve(whole, document=attrs.evolve(whole.document, sources=sources))])
    (finding,) = [one for one in findings if one.check == "stale-now"]
    assert finding.problem.message.endswith(": 'One', 'Three'")
    assert (finding.file, finding.line) == (str(file), 1)
    assert not [one for one in findings if one.check == "suppression"]


def test_the_sentence_names_the_panels() -> None:
    (one,) = found("stale-now", dashboard(now(title="State")))
    assert one.startswith("a panel shows vanished series at their last value, as if current")
    (two,) = found("stale-now", dashboard(now(title="State"), now(title="Task")))
    assert two.startswith("2 panels show vanished series at their last value, as if current")
