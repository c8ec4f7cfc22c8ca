"""PromQL as it is in a panel: what Grafana is asked, how it is named, and that it needs no catalog."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from dashlib import (
    Dashboard,
    Panel,
    Query,
    Row,
    Signal,
    bar_gauge,
    datasource_variable,
    gauge,
    label_variable,
    loki,
    math,
    promql,
    stat,
    state_timeline,
    table,
    text,
    timeseries,
)
from dashlib.compile.outputs.dashboard_json import compile_dashboard
from dashlib.debezium.connectors import CONNECTED, LAG, QUEUE_USED
from dashlib.debezium.thresholds import PRODUCTION
from dashlib.declare.dashboards import keys_of
from dashlib.errors import DeclarationError
from dashlib.metrics.catalog import own_catalog
from dashlib.metrics.identity import Identity
from dashlib.metrics.profiles import load_profile

if TYPE_CHECKING:
    from dashlib.compile.rendering import Rendering
    from tests.conftest import Shell

CODES = "sum by (code) (rate(http_requests_total[$__rate_interval]))"
VARIABLES = [datasource_variable(), label_variable("connector", "Connector", label="server", metric="Connected")]


def dashboard(*panels: Any, **settings: Any) -> Dashboard:
    return Dashboard(
        uid="own", title="Own", thresholds=PRODUCTION, variables=VARIABLES, rows=[Row("R", list(panels))], **settings
    )


def compiled(rendering: Rendering, *panels: Any) -> list[dict[str, Any]]:
    document = compile_dashboard(dashboard(*panels), rendering, PurePosixPath("own.json"), "own.py")
    found: list[dict[str, Any]] = document.data["panels"][1:]
    return found


def query(expression: str, **settings: str) -> Query:
    made: Query = promql(expression, **settings)  # type: ignore[operator]  # see `Query`
    return made


def test_it_is_asked_as_it_is_written(rendering: Rendering) -> None:
    (panel,) = compiled(rendering, timeseries(query(CODES, unit="reqps"), "Requests"))
    (target,) = panel["targets"]
    assert (target["expr"], target["legendFormat"], target["range"]) == (CODES, "{{code}}", True)
    assert (panel["title"], panel["fieldConfig"]["defaults"]["unit"]) == ("Requests", "reqps")
    assert "thresholds" not in panel["fieldConfig"]["defaults"]
    assert "thresholdsStyle" not in panel["fieldConfig"]["defaults"]["custom"]


@pytest.mark.parametrize("builder", [timeseries, stat, gauge, bar_gauge, state_timeline])
def test_every_builder_takes_it_alone_among_others_and_beside_a_signal(builder: Any, rendering: Rendering) -> None:
    panels = compiled(
        rendering,
        builder(query("up"), "Alone"),
        builder([query("sum(a_total)", name="a"), query("sum by (b) (b_total)", name="b")], "Several"),
        builder([query(CODES, name="Codes"), LAG]),
    )
    asked = [[(each["refId"], each["expr"], each["legendFormat"]) for each in panel["targets"]] for panel in panels]
    assert asked[0] == [("A", "up", "__auto")]
    assert asked[1] == [("A", "sum(a_total)", "a"), ("B", "sum by (b) (b_total)", "b {{b}}")]
    assert asked[2][0] == ("A", CODES, "Codes {{code}}")
    # A variable filters what names it, and every signal; a signal's thresholds are the panel's.
    assert 'server=~"$connector"' in asked[2][1][1]
    assert "$connector" not in asked[2][0][1]
    assert panels[2]["title"] == "Codes"
    if builder is not state_timeline:
        assert len(panels[2]["fieldConfig"]["defaults"]["thresholds"]["steps"]) > 1


def test_a_table_has_a_column_for_it(rendering: Rendering) -> None:
    codes, errors = query(CODES), query("sum by (code) (errors_bytes)")
    (panel,) = compiled(
        rendering, table([codes, errors], "Codes", columns={"code": "Code", codes: "Rate", errors: "E"})
    )
    renamed = panel["transformations"][2]["options"]["renameByName"]
    assert renamed == {"code": "Code", "Value #A": "Rate", "Value #B": "E"}
    assert [target["format"] for target in panel["targets"]] == ["table", "table"]
    units = {each["matcher"]["options"]: each["properties"] for each in panel["fieldConfig"]["overrides"]}
    assert {"id": "unit", "value": "bytes"} in units["E"]


def test_a_unit_is_guessed_and_shown_by_the_list(shell: Shell) -> None:
    assert (query(CODES).unit, query("queue_depth").unit, query("export_ms").unit) == ("reqps", "short", "ms")
    shell.write(
        "dashboards/own.py",
        "from dashlib import Dashboard, Row, datasource_variable, promql, stat\n"
        f"CODES = promql({CODES!r})\n"
        "own = Dashboard(uid='own', title='Own', variables=[datasource_variable()], rows=[Row([stat(CODES, 'C')])])\n",
    )
    result = shell.dashlib("list")
    assert result.returncode == 0, result.stderr
    place = f"{shell.folder}/dashboards/own.py:2"
    assert result.stdout.splitlines()[-2:] == [
        f"{place}: unit of promql() is guessed: reqps",
        f"{place}: legend of promql() is guessed: {{{{code}}}}",
    ]
    linted = shell.dashlib("lint")
    assert "unknown-metric" not in linted.stdout


def test_a_catalog_checks_the_metrics_that_it_covers(shell: Shell) -> None:
    shell.write(
        "dashboards/own.py",
        "from dashlib import Dashboard, Row, datasource_variable, promql, timeseries\n"
        "NEAR = promql('sum by (shop) (rate(shop_order_total[5m]))')\n"
        "GAUGE = promql('rate(shop_queue_depth[5m])')\n"
        "OTHER = promql('sum(rate(nobody_knows_this_total[$__rate_interval]))')\n"
        "own = Dashboard(uid='own', title='Own', variables=[datasource_variable()],\n"
        "    rows=[Row([timeseries(NEAR, 'N'), timeseries(GAUGE, 'G'), timeseries(OTHER, 'O')])])\n",
    )
    with (shell.folder / "pyproject.toml").open("a") as file:
        file.write(
            '\n[tool.dashlib.catalog]\nshop_orders_total = { type = "counter", unit = "count", labels = ["shop"] }\n'
            'shop_queue_depth = { type = "gauge", unit = "count" }\n'
        )
    result = shell.dashlib("lint")
    assert "own.py:2:1  error  unknown-metric  there is no metric shop_order_total" in result.stdout
    assert "did you mean shop_orders_total?" in result.stdout
    assert "own.py:3:1  error  rate-of-gauge" in result.stdout
    assert "nobody_knows_this_total" not in result.stdout


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: query("sum by (a"), "is not valid PromQL"),
        (lambda: query("up", unit="secs"), "Grafana has no unit 'secs'"),
        (lambda: query("up", units="s"), "units"),
        (lambda: timeseries(query("up")), "a panel of 'up' needs a title, or its query a name"),
        (lambda: timeseries([], "T"), "at least one Signal or query"),
        (lambda: table(query("up"), "T", columns={LAG: "Lag"}), "has a column for lag, which it does not query"),
        (lambda: timeseries("up", "T"), "must be a Signal, promql.*, a query such as loki"),  # type: ignore[arg-type]
    ],
)
def test_what_is_wrong_is_said_where_it_is_declared(make: Any, said: str) -> None:
    with pytest.raises((DeclarationError, TypeError), match=said):
        make()


def test_a_heading_and_panels_of_one_title_get_ids_of_their_own(rendering: Rendering) -> None:
    rows = [
        Row("Lag", [timeseries(LAG)]),
        Row("Again", [timeseries(LAG), stat(LAG), stat(CONNECTED, "Lag 2"), text("x", title="X", key="Lag")]),
    ]
    own = Dashboard(uid="own", title="Own", variables=VARIABLES, rows=rows)
    assert [tuple(each) for each in keys_of(own)] == [
        ("Lag 6", ("Lag 3",)),
        ("Again", ("Lag 4", "Lag 5", "Lag 2", "Lag")),
    ]
    ids = [panel["id"] for panel in compile_dashboard(own, rendering, PurePosixPath("o.json"), "o.py").data["panels"]]
    assert len(set(ids)) == len(ids)


def test_what_comes_behind_moves_no_id_before_it(rendering: Rendering) -> None:
    def ids(*panels: Any, title: str = "R") -> list[int]:
        own = Dashboard(uid="own", title="Own", variables=VARIABLES, rows=[Row(title, list(panels))])
        data = compile_dashboard(own, rendering, PurePosixPath("o.json"), "o.py").data
        return [panel["id"] for panel in data["panels"]][1:]

    alone = ids(timeseries(LAG), stat(CONNECTED))
    assert ids(timeseries(LAG), stat(CONNECTED), stat(LAG))[:2] == alone
    assert ids(timeseries(LAG), stat(CONNECTED), title=LAG.title) == alone


def test_a_signal_and_a_query_may_have_one_legend() -> None:
    own = Signal("codes", "Codes", expression="sum by (job, code) (rate(http_requests_total[5m]))", description="D.")
    assert own.legend == query("sum by (job, code) (rate(http_requests_total[5m]))").legend == "{{code}}"


def test_what_tells_clusters_apart_stands_before_no_legend_that_grafana_makes(rendering: Rendering) -> None:
    catalog = own_catalog({"shop_depth": {"type": "gauge", "unit": "count", "labels": ["shop"]}})
    several = attrs.evolve(rendering, catalog=catalog, identity=Identity(("cluster",)))
    depth = Signal("depth", "Depth", expression="shop_depth", description="D.")
    shops = Signal("shops", "Shops", expression="max by (job, shop) (shop_depth)", description="D.")
    (panel,) = compiled(several, timeseries([depth, shops]))
    assert [each["legendFormat"] for each in panel["targets"]] == ["__auto", "{{cluster}} {{shop}}"]


def test_promql_that_names_a_variable_that_is_left_out_is_left_out_too(rendering: Rendering) -> None:
    # Nobody could choose a cluster by a metric that this exporter does not have, and the query would not run.
    examples = attrs.evolve(rendering, profile=load_profile("debezium-examples"))
    cluster = label_variable("job", "Cluster", label="job", metric="connector_status")
    own = attrs.evolve(
        dashboard(timeseries(Query('up{job=~"$job"}'), "Up"), timeseries(Query("vector(1)"), "One")),
        variables=[*VARIABLES, cluster],
    )
    document = compile_dashboard(own, examples, PurePosixPath("own.json"), "own.py")
    assert [(each.kind, each.name) for each in document.left_out] == [("variable", "job"), ("panel", "Up")]
    assert document.left_out[1].reason == "its PromQL names $job, a variable that is left out"


ERRORS, REQUESTS = (Query(f"sum(rate({name}_total[5m]))", hide=True) for name in ("errors", "requests"))
SECONDS = Query("sum(rate(cpu_seconds_total[5m]))")
BYTES = Query("sum(memory_bytes)")


@pytest.mark.parametrize(
    ("asked", "unit"),
    [
        pytest.param(
            [ERRORS, REQUESTS, math("$A / $B", unit="percentunit")], "percentunit", id="a ratio of hidden ones"
        ),
        pytest.param([ERRORS, REQUESTS, math("$A / $B")], "", id="a computation of which nobody says what it is"),
        pytest.param([BYTES, SECONDS], "short", id="guesses that differ"),
        pytest.param([BYTES, BYTES], "bytes", id="guesses that agree"),
        pytest.param([Query("sum(x)", unit="s"), BYTES], "s", id="what the first says"),
        pytest.param([BYTES, loki('{app="a"}', unit="reqps")], "short", id="a guess beside another's word"),
        pytest.param([LAG, BYTES], "s", id="a signal first"),
    ],
)
def test_a_panel_has_the_unit_of_what_it_draws(asked: Any, unit: str) -> None:
    assert timeseries(asked, "T").fields.get("unit", "") == unit


def test_thresholds_of_a_query_may_be_areas(rendering: Rendering) -> None:
    steps = [{"color": "green", "value": None}, {"color": "red", "value": 5}]
    panel = timeseries(
        BYTES,
        "T",
        fields={"thresholds": {"mode": "absolute", "steps": steps}},
        custom={"thresholdsStyle": {"mode": "area"}},
    )
    (encoded,) = panels_of(panel, rendering)
    assert encoded["fieldConfig"]["defaults"]["thresholds"]["steps"] == steps
    assert encoded["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"] == {"mode": "area"}


def panels_of(panel: Panel, rendering: Rendering) -> list[Any]:
    dashboard = Dashboard(uid="a", title="A", variables=[datasource_variable()], rows=[Row([panel])])
    found: list[Any] = compile_dashboard(dashboard, rendering, PurePosixPath("a.json"), "a.py").data["panels"]
    return found


def test_signals_of_one_legend_are_told_apart_by_their_titles(rendering: Rendering) -> None:
    (encoded,) = panels_of(timeseries([QUEUE_USED, attrs.evolve(QUEUE_USED, title="Other")], "T"), rendering)
    assert [each["legendFormat"] for each in encoded["targets"]] == [
        f"{QUEUE_USED.title} {QUEUE_USED.legend}", f"Other {QUEUE_USED.legend}",
    ]  # fmt: skip
    (encoded,) = panels_of(timeseries([QUEUE_USED, QUEUE_USED], "T", legend="{{server}}"), rendering)
    assert {each["legendFormat"] for each in encoded["targets"]} == {"{{server}}"}
