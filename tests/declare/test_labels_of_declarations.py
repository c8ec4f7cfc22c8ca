"""Labels that no metric carries are refused like metrics that there are not, where they are written."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from dashlib import (
    Alert,
    Configured,
    Dashboard,
    Guard,
    Level,
    Row,
    RuleGroup,
    Signal,
    ThresholdSet,
    datasource_variable,
    label_variable,
    stat,
    table,
)  # fmt: skip
from dashlib.compile.outputs.dashboard_json import compile_dashboard
from dashlib.compile.outputs.rule_yaml import RuleSettings, compile_rule_file
from dashlib.debezium.connectors import LAG
from dashlib.errors import DashlibError
from dashlib.metrics.catalog import own_metrics

if TYPE_CHECKING:
    from dashlib.compile.rendering import Rendering

RIGHT = 'max by (job, server) (MilliSecondsBehindSource{context="streaming"})'


def signal(expression: str = RIGHT, **settings: Any) -> Signal:
    return Signal("mine", "Mine", expression=expression, unit="s", description="Late.", **settings)


def dashboard(rendering: Rendering, declared: Signal, **settings: Any) -> None:
    settings = {"rows": [Row("R", [stat(declared)])], "variables": [], **settings}
    made = Dashboard(uid="d", title="D", **settings)
    made = attrs.evolve(made, variables=[datasource_variable(), *made.variables])
    compile_dashboard(made, rendering, PurePosixPath("d.json"), "d.py")


def rules(rendering: Rendering, declared: Signal, **settings: Any) -> None:
    levels = ThresholdSet("mine", [Level(declared, "warning", above=1)])
    alert = Alert("Mine", declared.above("warning"), severity="info", summary="Late.", description="Late.")
    group = RuleGroup("g", file="g.yml", rules=[alert], thresholds=levels, **settings)
    compile_rule_file([group], rendering, RuleSettings({}, "", lambda *_: None), PurePosixPath("g.yml"), "g.py")


WRONG = {
    "by": ("max by (job, servr) (Connected)", "has a label 'servr'; did you mean 'server'"),
    "matcher": ('max by (server) (Connected{contxt="streaming"})', "has a label 'contxt'"),
    "matcher of a join": (
        'max by (server) (Connected{tsk="1"}) and on (server) max by (server) (MilliSecondsBehindSource)',
        "no series of Connected has a label 'tsk'; did you mean 'task'",
    ),
    "on": ("Connected and on (job, sever) MilliSecondsBehindSource", "has a label 'sever'; did you mean 'server'"),
    "group_left": ("Connected * on (server) group_left (pluginn) MilliSecondsBehindSource", "'pluginn'"),
    "nothing near": ("sum by (zone) (Connected)", r"'zone'; they have: .*server.*\[tool.dashlib\] target_labels"),
}


@pytest.mark.parametrize(("expression", "said"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("compiled", [dashboard, rules])
def test_a_label_that_no_metric_carries_is_told_at_its_signal(
    rendering: Rendering, compiled: Any, expression: str, said: str
) -> None:
    declared = signal(expression, legend="{{job}}")
    with pytest.raises(DashlibError, match=said) as raised:
        compiled(rendering, declared)
    assert raised.value.source == declared.source


@pytest.mark.parametrize(
    "expression",
    [
        "max by (job, instance, server) (Connected)",
        "sum without (taks) (Connected)",
        'max by (kind) (label_replace(Connected, "kind", "$1", "plugin", "(.*)"))',
        'count_values("state", Connected)',
        'max by (state) (count_values by (server) ("state", Connected))',
        "max by (alertname, team) (ALERTS)",
        "max by (server) (up) and on (server) Connected",
        'max by (server) (Connected{heartbeat_table="10s"})',
        'max by (connector) (connector_status{server=~"$__chosen"})',
    ],
)
def test_a_label_of_the_target_or_made_in_the_expression_is_one(rendering: Rendering, expression: str) -> None:
    rendering.render(expression)


def test_labels_of_all_targets_are_configured(rendering: Rendering) -> None:
    with_zone = attrs.evolve(rendering, target_labels=("zone",))
    rules(with_zone, signal('max by (zone, server) (Connected{zone!="a"})'), where={"zone": "b"})


def test_a_metric_of_the_users_own_has_the_labels_that_its_table_names(rendering: Rendering) -> None:
    metric = own_metrics("shop_orders", {"type": "gauge", "unit": "count", "labels": ["shop"]})[0]
    own = attrs.evolve(rendering, catalog=rendering.catalog.extended([metric]))
    own.render("sum by (job, shop) (shop_orders)")
    with pytest.raises(DashlibError, match="did you mean 'shop'"):
        own.render("sum by (job, shopp) (shop_orders)")


def test_a_guard_is_held_by_labels_that_there_are(rendering: Rendering) -> None:
    guard = Guard("it runs", expression="max by (server) (Connected)", on=["servr"])
    with pytest.raises(DashlibError, match=r"on of guard 'it runs': .*'servr'; did you mean 'server'") as raised:
        rules(rendering, signal().when(guard))
    assert raised.value.source == guard.source


def test_a_filter_by_a_label_that_there_is_not_would_filter_nothing(rendering: Rendering) -> None:
    for compiled in (dashboard, rules):
        with pytest.raises(DashlibError, match="'plugn', so filtering by it would do nothing; did you mean 'plug"):
            compiled(rendering, signal(), where={"plugn": "mysql"})


def test_a_legend_a_column_and_a_variable_name_labels_that_there_are(rendering: Rendering) -> None:
    with pytest.raises(DashlibError, match="'servr'; did you mean 'server'"):
        dashboard(rendering, signal(legend="{{servr}}"))
    with pytest.raises(DashlibError, match="'servr'; did you mean 'server'"):
        dashboard(rendering, LAG, rows=[Row("R", [table(LAG, columns={"servr": "Connector"})])])
    variable = label_variable("connector", "Connector", label="servr", metric="Connected")
    with pytest.raises(DashlibError, match=r"variable 'connector': .*'servr'; did you mean 'server'") as raised:
        dashboard(rendering, LAG, variables=[variable])
    assert raised.value.source == variable.source


def test_a_unit_is_told_at_its_signal_and_a_level_at_its_alert(rendering: Rendering) -> None:
    with pytest.raises(DashlibError, match="no unit 'secs'") as raised:
        Signal("mine", "Mine", expression=RIGHT, unit="secs", description="Late.")
    assert raised.value.source is not None
    alert = Alert("Mine", LAG.above("warnin"), severity="info", summary="Late.", description="Late.")
    with pytest.raises(
        DashlibError, match=r"alert Mine: .* no level 'warnin' for lag; did you mean 'warning'"
    ) as raised:
        alert.level(ThresholdSet("mine", [Level(LAG, "warning", above=1)]))
    assert raised.value.source == alert.source
    levels = ThresholdSet("mine", [Level(LAG, "warnin", above=1)])
    group = RuleGroup("g", file="g.yml", rules=[alert], thresholds=levels, labels={"team": Configured("taem")})
    settings = RuleSettings({"team": "data"}, "", lambda *_: None)
    with pytest.raises(DashlibError, match="has no 'taem'; did you mean 'team'") as raised:
        compile_rule_file([group], rendering, settings, PurePosixPath("g.yml"), "g.py")
    assert raised.value.source == group.source
