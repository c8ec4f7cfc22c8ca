from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dashlib import Alert, Configured, Level, Record, RuleGroup, Signal, ThresholdSet, one_of, promql
from dashlib.compile.outputs.rule_yaml import OUTPUT, RuleSettings, compile_rule_file, serialize
from dashlib.compile.readable import readable_duration
from dashlib.debezium.connectors import CONNECTED, GTID_MODE, LAG, METRICS_PRESENT, QUEUE_USED
from dashlib.errors import DashlibError

if TYPE_CHECKING:
    from dashlib.compile.rendering import Rendering
    from dashlib.documents.document import Document

DISCONNECTS = Signal(
    "disconnects",
    "Disconnects",
    expression="sum by (server) (increase(NumberOfDisconnects[$__rate_interval]))",
    unit="none",
    description="How often the connection was lost.",
)
RECORDS_IN_RANGE = Signal(
    "records_in_range", "R", expression="increase(TotalNumberOfEventsSeen[$__range])", unit="none", description="R."
)
SET = ThresholdSet(
    "mine",
    [
        Level(LAG, "warning", above=60, for_="5m"),
        Level(CONNECTED, "critical", equals=0, for_="1m"),
        Level(QUEUE_USED, "warning", below=10, for_="90s"),
        Level(DISCONNECTS, "warning", above=3, for_="1m"),
        Level(RECORDS_IN_RANGE, "warning", above=3, for_="1m"),
        Level(GTID_MODE, "hasty", equals=0, for_="45s"),
    ],
)
SETTINGS = RuleSettings({"team": "data"}, "https://runbooks.example.com/", lambda _alert, _group: None)


def alert(condition: Any = None, **settings: Any) -> Alert:
    defaults = {"severity": "warning", "summary": "Lag.", "description": "Lag."}
    return Alert("DebeziumLag", condition or LAG.above("warning"), **{**defaults, **settings})


def group(*rules: Alert | Record, **settings: Any) -> RuleGroup:
    return RuleGroup("lag", file="lag.yml", rules=rules, thresholds=SET, **settings)


def compiled(rendering: Rendering, *groups: RuleGroup) -> Document:
    return compile_rule_file(groups, rendering, SETTINGS, PurePosixPath("rules/lag.yml"), "alerts/lag.py")


def only_rule(rendering: Rendering, rule: Alert | Record, **settings: Any) -> dict[str, Any]:
    rules: list[dict[str, Any]] = compiled(rendering, group(rule, **settings)).data["groups"][0]["rules"]
    return rules[0]


@pytest.mark.parametrize(
    ("condition", "expression", "lasting"),
    [
        (LAG.above("warning"), "!= -1) / 1000 > 60", "5m"),
        (QUEUE_USED.below("warning"), "< 10", "90s"),
        (CONNECTED.is_at("critical"), "== 0", "1m"),
        (
            DISCONNECTS.increases_above("warning", within="30m"),
            (
                "sum by (server) (increase(debezium_metrics_NumberOfDisconnects[30m])"
                " * (rate(debezium_metrics_NumberOfDisconnects[30m]) > bool 0)) > 3"
            ),
            "1m",
        ),
        (
            METRICS_PRESENT.is_absent(within="1h", for_="2m"),
            (
                "last_over_time((group by (job, plugin, server, connector) "
                '(debezium_metrics_QueueTotalCapacity{context="streaming"}))[1h:30s])'
                " unless group by (job, plugin, server, connector) "
                '(debezium_metrics_QueueTotalCapacity{context="streaming"})'
            ),
            "2m",
        ),
    ],
)
def test_each_kind_of_condition(rendering: Rendering, condition: Any, expression: str, lasting: str) -> None:
    rule = only_rule(rendering, alert(condition))
    assert rule["expr"].endswith(expression)
    assert rule["for"] == lasting
    promql.read(rule["expr"]).check()


def test_texts_are_filled_with_the_level_and_prometheus_templates(rendering: Rendering) -> None:
    rule = only_rule(
        rendering,
        alert(
            summary="Lag is above {threshold}.",
            description="{server} lags {value} for {for}; {{ $labels.job }} stays.",
        ),
    )
    assert rule["annotations"]["summary"] == "Lag is above 1 minute."
    assert rule["annotations"]["description"] == (
        "{{ $labels.server }} lags {{ $value | humanizeDuration }} for 5 minutes; {{ $labels.job }} stays."
    )
    assert rule["annotations"]["runbook_url"] == "https://runbooks.example.com/lag.md#debeziumlag"


def test_labels_come_from_alert_and_configuration(rendering: Rendering) -> None:
    rule = only_rule(rendering, alert(labels={"component": "cdc", "team": Configured("team")}))
    assert rule["labels"] == {"severity": "warning", "signal": "lag", "component": "cdc", "team": "data"}


def test_a_groups_filters_are_on_every_rule(rendering: Rendering) -> None:
    rule = only_rule(rendering, alert(), where={"plugin": one_of("mysql", "mariadb")})
    assert 'plugin=~"mysql|mariadb"' in rule["expr"]


def test_a_recording_rule(rendering: Rendering) -> None:
    rule = only_rule(rendering, Record("server:debezium_lag_seconds:max", LAG))
    assert rule["record"] == "server:debezium_lag_seconds:max"
    assert "alert" not in rule


def test_each_rule_knows_where_it_was_declared(rendering: Rendering) -> None:
    document = compiled(rendering, group(alert()))
    rule = document.sources["/groups/0/rules/0"]
    assert (rule.source.file, rule.signal, rule.level) == (__file__, "lag", "mine/warning")
    assert document.sources["/groups/0/rules/0/for"].source.file == __file__
    assert document.sources["/groups/0/rules/0/expr"].source.file.endswith("connectors.py")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_any_description_reads_back_as_it_was(rendering: Rendering, words: str) -> None:
    description = f"first line: {words.replace('{', '').replace('}', '')}\nsecond 'line'"
    document = compiled(rendering, group(alert(description=description)))
    content = serialize(document)
    assert yaml.safe_load(content) == document.data
    assert OUTPUT.is_compiled(content)


def test_a_rule_file_names_its_source_and_a_persons_own_is_left_alone(rendering: Rendering) -> None:
    content = serialize(compiled(rendering, group(alert()))).decode()
    assert content.startswith("# Compiled by dashlib from alerts/lag.py: ")
    assert not OUTPUT.is_compiled(b"groups: []\n")


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda: alert(LAG.above("page")), "threshold set 'mine' has no level 'page' for lag; it has: warning"),
        (lambda: alert(LAG.below("warning")), "fires below 'warning', but .* lag is warning above 60"),
        (lambda: alert(GTID_MODE.is_at("hasty")), "fires after 45s, less than two evaluation intervals of 30s"),
        (lambda: alert(severity="Page me"), "severity must be a severity such as 'critical'.*; got 'Page me'"),
        (lambda: alert(summary="Lag {{ $value }}"), "the summary must be one static sentence"),
        (lambda: alert(labels={"a-b": "c"}), "'a-b' is not a valid label name"),
        (lambda: alert(labels={"v": "{{ $value }}"}), r"label 'v' contains \$value"),
        (lambda: alert(labels={"x": Configured("nobody")}), r"\[tool.dashlib.labels\] has no 'nobody'"),
        (lambda: alert(RECORDS_IN_RANGE.above("warning")), r"uses \$__range, which exists only in Grafana dashboards"),
        (lambda: Record("lag", LAG), "a recording rule must be named level:metric:operations"),
        (lambda: group(alert(), alert()), "rule group 'lag' has two rules named DebeziumLag"),
        (lambda: group(alert(), interval="half a minute"), "RuleGroup 'interval' must be a duration"),
        (lambda: LAG.is_absent(within="long", for_="1m"), "Condition 'window' must be a duration"),
    ],
)
def test_a_rule_that_cannot_be_compiled_says_why(rendering: Rendering, rule: Any, message: str) -> None:
    with pytest.raises(DashlibError, match=message):
        compiled(rendering, group(rule()))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (45, "45 seconds"), (60, "1 minute"), (90, "90 seconds"), (300, "5 minutes"), (7200, "2 hours"),
     (432000, "5 days"), (0.5, "0.5 seconds")],
)  # fmt: skip
def test_durations_as_a_person_says_them(seconds: float, words: str) -> None:
    assert readable_duration(seconds) == words
