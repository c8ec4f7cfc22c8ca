"""What a declaration means, and how an exporter gives what it speaks of: read anew, and not from the compiler."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from attrs import evolve

from dashlib import Alert, RuleGroup, one_of
from dashlib.compile.declared_connectors import read_connectors
from dashlib.declare.signals import Signal
from dashlib.declare.thresholds import Level, ThresholdSet
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from dashlib.promql import Matcher
from dashlib.proof import __file__ as _proof
from dashlib.proof.courses import Series
from dashlib.proof.exporter import Exporter, unknown
from dashlib.proof.meaning import Covering, Meaning, coverings, readable

COMPILER = {"expressions", "conditions", "coverage", "growth", "outputs", "readable", "encoding", "grafana_rules"}

LAG = Signal(
    "lag",
    "Lag",
    expression='max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    drops_unknown=True,
    description="D.",
)
COUNTER = Signal(
    "disconnects",
    "Disconnects",
    expression='max by (server) (NumberOfDisconnects{context="streaming"})',
    unit="short",
    description="D.",
)
LEVELS = ThresholdSet(
    "levels", [Level(LAG, "warning", above=60, for_="5m"), Level(COUNTER, "warning", above=3, for_="1m")]
)
HIGH = Alert("High", LAG.above("warning"), severity="warning", summary="S.", description="{server} is at {value}.")
MANY = Alert(
    "Many", COUNTER.increases_above("warning", within="30m"), severity="info", summary="S.", description="{value}."
)
GROUP = RuleGroup(
    "group", file="group.yml", thresholds=LEVELS, where={"plugin": one_of("mysql", "mariadb")}, rules=[HIGH, MANY]
)


def meaning(alert: Alert, profile: str = "lab") -> Meaning:
    (covering,) = coverings(alert, GROUP, read_connectors({}, {}, list))
    return Meaning(alert, GROUP, covering, Exporter(catalog(), load_profile(profile)), {})


def test_nothing_that_compiles_a_rule_is_used() -> None:
    for file in Path(_proof).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if modules == ["dashlib"] and isinstance(node, ast.ImportFrom):
                modules = [f"dashlib.{each.name}" for each in node.names]
            used = {each.split(".")[1] for each in modules if each.startswith("dashlib.")}
            assert not used & COMPILER, file.name


def test_a_declaration_is_asked_in_logical_names_and_for_its_connectors() -> None:
    selector = 'known:MilliSecondsBehindSource{context="streaming", plugin=~"mysql|mariadb"}'
    assert meaning(HIGH).reference() == f"((max by (job, plugin, server) ({selector})) > 60)"


def test_each_filter_of_a_label_has_a_value_that_it_is_against() -> None:
    where = (Matcher("server", "!~", "test-.*"), Matcher("server", "!~", "stock"))
    apart = evolve(meaning(HIGH), covering=Covering(where, 60.0, 300.0))
    told = [(label, value) for label, value, _ in apart.elsewhere()]
    assert told == [("context", "elsewhere"), ("server", "test-any"), ("server", "stock")]


def test_all_that_a_filter_leaves_out_and_connectors_that_it_could_be_for_are_elsewhere() -> None:
    without = evolve(meaning(HIGH), covering=Covering((Matcher("server", "!~", r"a\.b|c|d"),), 60.0, 300.0))
    assert ("server", "a.b", ("c", "d")) in list(without.elsewhere())
    tables = {"orders": 10.0, "invoices": 20.0}
    one = evolve(meaning(HIGH), covering=Covering((Matcher("server", "=", "orders"),), 60.0, 300.0))
    assert ("server", "elsewhere", ("invoices",)) in list(evolve(one, heartbeat_tables=tables).elsewhere())


def test_a_change_is_the_growth_of_each_counter() -> None:
    selector = 'declared:NumberOfDisconnects{context="streaming", plugin=~"mysql|mariadb"}'
    assert meaning(MANY).signal() == f"max by (server) (increase({selector}[30m]))"


def test_a_text_has_the_value_in_the_unit_of_the_signal() -> None:
    assert meaning(HIGH).text() == "S.\n{{ $labels.server }} is at {{ $value | humanizeDuration }}."
    assert readable(90, "s") == "90 seconds"
    assert readable(5 * 1024**3, "bytes") == "5 GiB"


def test_a_connector_with_a_level_of_its_own_is_taken_out_of_the_common_rule() -> None:
    connectors = read_connectors(
        {"a.b": {"plugin": "mysql"}, "c": {"plugin": "mariadb"}, "d": {"plugin": "postgres"}},
        {
            "a.b": {"alerts": {"High": {"threshold": 120, "for": "10m"}}},
            "c": {"alerts": {"High": {"enabled": False}}},
            "d": {"alerts": {"High": {"threshold": 1}}},
        },
        list,
    )
    common, own = coverings(HIGH, GROUP, connectors)
    assert (str(common), common.level, common.lasting) == ("server!~a\\.b|c", 60, 300)
    assert (str(own), own.level, own.lasting) == ("server=~a\\.b", 120, 600)
    assert isinstance(own, Covering)


@pytest.mark.parametrize(
    ("profile", "name", "labels", "factor"),
    [
        ("lab", "debezium_metrics_MilliSecondsBehindSource", {"plugin": "mysql", "server": "orders"}, 1000),
        ("no-rules", "debezium_mysql_connector_metrics_MilliSecondsBehindSource", {"server": "orders"}, 1000),
        (
            "confluent-jmx-stacks",
            "debezium_metrics_MilliSecondsBehindSource",
            {"plugin": "mysql", "name": "orders"},
            1000,
        ),
    ],
)
def test_a_series_is_renamed_and_scaled_as_the_exporter_gives_it(
    profile: str, name: str, labels: dict[str, str], factor: float
) -> None:
    metric = catalog().metric("MilliSecondsBehindSource")
    series = Series(metric.name, (("plugin", "mysql"), ("server", "orders")), metric)
    voice = Exporter(catalog(), load_profile(profile)).exported(series)
    assert (voice.series.name, dict(voice.series.labels), voice.factor) == (name, labels, factor)
    assert unknown(metric) == (-0.001,)
