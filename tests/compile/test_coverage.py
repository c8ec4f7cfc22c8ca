"""Which connectors a rule covers, and at which level, as the configuration says."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from dashlib import Alert, RuleGroup, none_of, not_matching
from dashlib.compile.declared_connectors import read_connectors
from dashlib.compile.outputs.rule_yaml import RuleSettings, check_configuration, compile_rule_file
from dashlib.debezium.connectors import LAG, METRICS_PRESENT, SINCE_LAST_EVENT
from dashlib.debezium.kafka_connect import TASKS_FAILED
from dashlib.debezium.thresholds import KAFKA_CONNECT, RELAXED, STRICT
from dashlib.declare.thresholds import Level, ThresholdSet
from dashlib.errors import ConfigurationError

if TYPE_CHECKING:
    from dashlib.compile.rendering import Rendering

SET = ThresholdSet(
    "mine", [Level(LAG, "warning", above=5, for_="2m"), Level(SINCE_LAST_EVENT, "warning", above=60, for_="2m")]
)
TEXTS: dict[str, Any] = {"severity": "warning", "summary": "Lag.", "description": "{server} lags over {threshold}."}
LAGGING = Alert("DebeziumLag", LAG.above("warning"), **TEXTS)
SILENT = Alert("DebeziumSilent", SINCE_LAST_EVENT.above("warning"), heartbeat_table=True, **TEXTS)
QUIET = Alert("DebeziumQuiet", SINCE_LAST_EVENT.above("warning"), heartbeat_table=False, **TEXTS)
GONE = Alert("DebeziumGone", METRICS_PRESENT.is_absent(within="1h", for_="2m"), **TEXTS | {"description": "Gone."})
FAILED = Alert(
    "TaskFailed", TASKS_FAILED.above("critical"), thresholds=KAFKA_CONNECT, **TEXTS | {"description": "Failed."}
)
CONNECTORS = {
    "orders": {"plugin": "postgres", "heartbeat_table": "10s"},
    "stock": {"plugin": "postgres", "heartbeat_table": "30s"},
    "erp.main": {"plugin": "sql_server"},
    "shop": {"plugin": "mysql"},
}


def settings(overrides: dict[str, Any], connectors: dict[str, Any] | None = None) -> RuleSettings:
    declared = CONNECTORS if connectors is None else connectors
    read = read_connectors(declared, overrides, lambda: [STRICT, RELAXED])
    return RuleSettings({}, "https://runbooks", lambda _alert, _group: None, read)


def rules(rendering: Rendering, alert: Alert, overrides: dict[str, Any], **group: Any) -> list[dict[str, Any]]:
    declared = RuleGroup("lag", file="lag.yml", rules=[alert], thresholds=SET, **group)
    made = settings(overrides)
    check_configuration([declared], made)
    document = compile_rule_file([declared], rendering, made, PurePosixPath("lag.yml"), "alerts/lag.py")
    return [rule for each in document.data["groups"] for rule in each["rules"]]


def test_without_overrides_a_rule_is_one_for_all(rendering: Rendering) -> None:
    (rule,) = rules(rendering, LAGGING, {})
    assert "server" not in rule["expr"].partition("{")[2]
    assert (rule["for"], rule["expr"].endswith("> 5")) == ("2m", True)


def test_a_connector_with_its_own_threshold_has_a_rule_of_its_own(
    rendering: Rendering,
) -> None:
    overrides = {"orders": {"alerts": {"DebeziumLag": {"threshold": 120, "for": "10m"}}}}
    others, own = rules(rendering, LAGGING, overrides)
    assert 'server!="orders"' in others["expr"]
    assert others["expr"].endswith("> 5")
    assert 'server="orders"' in own["expr"]
    assert (own["for"], own["expr"].endswith("> 120")) == ("10m", True)
    assert own["annotations"]["description"].endswith("lags over 2 minutes.")


def test_a_connector_may_have_another_threshold_set(rendering: Rendering) -> None:
    _, own = rules(rendering, LAGGING, {"orders": {"thresholds": "relaxed"}})
    assert (own["for"], own["expr"].endswith("> 300")) == ("10m", True)
    off = {"stock": {"alerts": {"DebeziumSilent": {"enabled": False}}}}
    (only,) = rules(rendering, SILENT, {"orders": {"thresholds": "relaxed"}, **off})
    assert 'server="orders"' in only["expr"]


def test_an_alert_may_be_switched_off_for_a_connector(rendering: Rendering) -> None:
    overrides = {name: {"alerts": {"DebeziumLag": {"enabled": False}}} for name in ("orders", "erp.main")}
    (others,) = rules(rendering, LAGGING, overrides)
    assert r'server!~"erp\\.main|orders"' in others["expr"]


def test_a_group_that_leaves_connectors_out_by_name_leaves_these_out_as_well(rendering: Rendering) -> None:
    overrides = {"orders": {"alerts": {"DebeziumLag": {"enabled": False}}}}
    (others,) = rules(rendering, LAGGING, overrides, where={"server": not_matching("aurora.*")})
    assert 'server!~"aurora.*|orders"' in others["expr"]


def test_a_heartbeat_table_makes_silence_mean_something(rendering: Rendering) -> None:
    soon, later = rules(rendering, SILENT, {})
    assert 'server="orders"' in soon["expr"]
    assert soon["expr"].endswith("> 60")  # not less than a minute
    assert 'server="stock"' in later["expr"]
    assert later["expr"].endswith("> 180")  # six times its interval
    (without,) = rules(rendering, QUIET, {})
    assert 'server!~"orders|stock"' in without["expr"]


def test_without_a_heartbeat_table_the_rule_is_left_out_and_named(rendering: Rendering) -> None:
    group = RuleGroup("lag", file="lag.yml", rules=[SILENT, LAGGING], thresholds=SET)
    made = settings({}, {})
    document = compile_rule_file([group], rendering, made, PurePosixPath("lag.yml"), "alerts/lag.py")
    assert [rule["alert"] for rule in document.data["groups"][0]["rules"]] == ["DebeziumLag"]
    (left_out,) = document.left_out
    assert left_out.name == "DebeziumSilent"
    assert "heartbeat_table in [tool.dashlib.connectors]" in left_out.reason


@pytest.mark.parametrize(
    ("overrides", "alert", "said"),
    [
        (
            {"ordres": {}},
            LAGGING,
            "[tool.dashlib.overrides.ordres] names a connector that is not declared; did",
        ),
        (
            {"orders": {"alerts": {"DebeziumLagg": {}}}},
            LAGGING,
            "no alert 'DebeziumLagg'; did you mean 'DebeziumLag'?",
        ),
        ({"shop": {"alerts": {"DebeziumLag": {}}}}, LAGGING, "alert DebeziumLag does not cover 'shop', which is mysql"),
        (
            {"orders": {"alerts": {"TaskFailed": {}}}},
            FAILED,
            "TaskFailed does not tell connectors apart by topic",
        ),
        ({"orders": {"alerts": {"DebeziumGone": {"threshold": 1}}}}, GONE, "has no threshold"),
        ({"orders": {"alerts": {"DebeziumLag": {"for": "soon"}}}}, LAGGING, 'for: found "soon"; expected a duration'),
        ({"orders": {"alerts": {"DebeziumLag": {"treshold": 1}}}}, LAGGING, 'did you mean "threshold"?'),
        (
            {"orders": {"alerts": {"DebeziumLag": {"threshold": "much"}}}},
            LAGGING,
            'threshold: found "much"',
        ),
        (
            {"orders": {"alerts": {"DebeziumLag": {"enabled": "no"}}}},
            LAGGING,
            'enabled: found "no"; expected true',
        ),
        (
            {"orders": {"thresholds": "lax"}},
            LAGGING,
            'thresholds: found "lax"; expected a threshold set',
        ),
    ],
)
def test_a_wrong_override_is_refused(rendering: Rendering, overrides: dict[str, Any], alert: Alert, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        rules(rendering, alert, overrides, where={"plugin": none_of("mysql", "mariadb")})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("connectors", "said"),
    [
        ({"orders": {}}, '[tool.dashlib.connectors.orders] has no plugin; expected one of "mysql", '),
        ({"orders": {"plugin": "postgresql"}}, 'plugin: found "postgresql"; expected one of "mysql", '),
        (
            {"orders": {"plugin": "postgres", "heartbeat": "10s"}},
            '"heartbeat"; did you mean "heartbeat_table"?',
        ),
        ({"orders": {"plugin": "postgres", "heartbeat_table": 10}}, "heartbeat_table: found 10; expected a duration"),
    ],
)
def test_a_wrong_connector_is_refused(connectors: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings({}, connectors)
    assert said in str(caught.value)
