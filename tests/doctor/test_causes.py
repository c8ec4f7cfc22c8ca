"""Each cause alone: pure functions over what Prometheus answered."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import pytest

from dashlib.doctor import causes, examination, installation
from dashlib.doctor.causes import Facts
from dashlib.doctor.installation import RuleFile
from dashlib.doctor.questions import Place, Question
from dashlib.doctor.report import group
from dashlib.documents.rules import RuleGroup
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from dashlib.metrics.recognition import observe, recognize
from dashlib.promql import Matcher
from dashlib.servers.kafka_connect import DeployedConnector
from dashlib.servers.prometheus import LoadedRule, ScrapeTarget
from tests.doctor.conftest import metrics

if TYPE_CHECKING:
    from dashlib.metrics.recognition import Observed


def seen(capture: str = "streaming.own-rules.prom") -> Observed:
    return observe(metrics(capture))


@pytest.fixture
def facts() -> Facts:
    observed = seen()
    return Facts(
        catalog(),
        load_profile("lab"),
        recognize(observed, catalog()),
        frozenset(observed.names),
        {"kafka-connect": 15.0},
        {"server:lag:max": "rules.yml"},
        frozenset(),
        {},
        3600.0,
    )


@pytest.mark.parametrize(
    ("exported", "kind", "severity", "said"),
    [
        ("debezium_metrics_QueueRemainingCapacity", "metric-missing", "error", "exporter's rules"),
        (
            "debezium_metrics_Conected",
            "metric-missing",
            "error",
            "did you mean debezium_metrics_Connected?",
        ),
        ("debezium_metrics_OldestScn", "kind-not-here", "info", "oracle"),
        ("debezium_metrics_RowsScanned", "only-during-snapshot", "info", "snapshot"),
        ("kafka_connect_worker_task_count", "metric-missing", "error", "kafka_connect_worker_task_count"),
        ("kafka_connect_connector_status", "metric-missing", "error", "kafka_connect_connector_status"),
        ("pg_replication_slots_active", "family-missing", "info", "postgres_exporter"),
        ("aws_rds_aurora_binlog_replica_lag_average", "family-missing", "info", "CloudWatch"),
        ("server:lag:max", "rules-not-loaded", "error", "rules.yml"),
    ],
)
def test_a_metric_that_is_not_there(facts: Facts, exported: str, kind: str, severity: str, said: str) -> None:
    cause = causes.unknown_metric(exported, [], facts)
    assert (cause.kind, cause.severity) == (kind, severity)
    assert said in f"{cause.message} {cause.hint}"


def test_a_metric_of_a_newer_debezium(facts: Facts) -> None:
    metric = next(
        each
        for each in catalog().metrics("debezium")
        if each.since == "3.7.0" and each.gone_since is None and each.form
    )
    cause = causes.unknown_metric(f"debezium_metrics_{metric.name}", [], facts)
    assert cause.kind in ("newer-version", "metric-missing", "kind-not-here")


def test_a_metric_that_had_samples_until_a_while_ago(facts: Facts) -> None:
    cause = causes.unknown_metric("debezium_metrics_QueueRemainingCapacity", [], facts, 754.0)
    assert "had some until 12m34s ago" in cause.message


def test_a_metric_of_another_profile(facts: Facts) -> None:
    observed = seen("streaming.debezium-examples-rules.prom")
    other = attrs.evolve(facts, recognition=recognize(observed, catalog()), names=frozenset(observed.names))
    cause = causes.unknown_metric("kafka_connect_connector_task_status", [], other)
    assert (cause.kind, cause.subject) == ("wrong-profile", "debezium-examples")
    label = causes.missing_label("server", "debezium_metrics_Connected", ["context", "name", "plugin"], {}, other)
    assert label.kind == "wrong-profile"
    assert label.message.startswith("your series have name, not server")


def test_a_label_is_found_by_its_values(facts: Facts) -> None:
    values = {"ctx": ["streaming", "snapshot"], "srv": ["a"]}
    assert "probably renamed to ctx" in causes.missing_label("context", "x", ["ctx", "srv"], values, facts).hint
    assert "probably renamed to srv" in causes.missing_label("server", "x", ["ctx", "srv"], values, facts).hint


@pytest.mark.parametrize(
    ("matcher", "values", "kind", "severity"),
    [
        (Matcher("context", "=", "streamin"), ["streaming", "snapshot"], "value-missing", "error"),
        (Matcher("status", "=", "failed"), ["running"], "no-such-state", "info"),
        (Matcher("status", "=", "faild"), ["running"], "value-missing", "error"),
        (Matcher("plugin", "=~", "oracle|db2"), ["mysql"], "kind-not-here", "info"),
        (Matcher("server", "=~", "aurora.*"), ["a"], "value-missing", "info"),
        (Matcher("server", "=", "aurora-server"), ["mariadb-server"], "value-missing", "info"),
        (Matcher("value", "!=", "RUNNING"), ["RUNNING"], "no-such-state", "info"),
    ],
)
def test_a_value_that_no_series_has(
    facts: Facts, matcher: Matcher, values: list[str], kind: str, severity: str
) -> None:
    cause = causes.absent_value(matcher, "x", values, facts)
    assert (cause.kind, cause.severity) == (kind, severity)


def test_a_file_of_others_that_names_no_connector_of_here_is_wrong(facts: Facts) -> None:
    slip = Matcher("server", "=", "inventroy")
    cause = causes.absent_value(slip, "x", ["inventory"], attrs.evolve(facts, profile=None))
    assert (cause.severity, cause.hint) == ("error", "did you mean 'inventory'?")


def test_a_value_of_a_connector_that_has_gone_is_explained_by_that(facts: Facts) -> None:
    gone = causes.Cause("connector-deleted", "a", "it was deleted")
    cause = causes.absent_value(Matcher("server", "=", "a"), "x", ["b"], attrs.evolve(facts, gone={"a": gone}))
    assert cause is gone


@pytest.mark.parametrize(
    ("left", "right", "matching", "labels", "subject", "said"),
    [
        ([{"a": "1", "x": "2"}], [{"a": "1"}], "", (), "x", "only the left side has x"),
        ([{"a": "1"}], [{"a": "2"}], "on", ("a",), "a", "a is 1 on the left and 2 on the right"),
        ([{"a": "1", "b": "2"}], [{"a": "1", "b": "3"}], "ignoring", ("a",), "b", "b is 2 on the left"),
        (
            [{"a": "1", "b": "1"}, {"a": "2", "b": "2"}],
            [{"a": "1", "b": "2"}],
            "",
            (),
            "a, b",
            "share values of each label",
        ),
    ],
)
def test_a_join_names_the_label_that_differs(
    left: list[dict[str, str]],
    right: list[dict[str, str]],
    matching: str,
    labels: tuple[str, ...],
    subject: str,
    said: str,
) -> None:
    cause = causes.no_match(left, right, matching, labels)
    assert cause.subject == subject
    assert said in cause.message


def test_a_range_is_held_against_the_scrape_interval() -> None:
    assert causes.too_few_samples("rate", "1m", 60, 30, "j") is None
    cause = causes.too_few_samples("rate", "1m", 60, 120, "j")
    assert cause is not None
    assert "every 2m" in cause.message
    assert "at least 8m" in cause.hint
    assert causes.too_few_samples("rate", "1m", 60, math.nan, "j") is None


def test_not_a_number_only_where_nothing_is_a_number() -> None:
    assert causes.not_a_number([], "x") is None
    assert causes.not_a_number([math.nan, 1.0], "x") is None
    cause = causes.not_a_number([math.nan, math.nan], "x")
    assert cause is not None
    assert cause.kind == "not-a-number"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.25, "0.25s"), (15, "15s"), (60, "1m"), (90, "1m30s"), (3600, "1h"), (5430, "1h30m30s")]
)
def test_durations_are_said_shortly(seconds: float, said: str) -> None:
    assert causes.readable_seconds(seconds) == said


# --- the whole -------------------------------------------------------------------------------------------------------


def connector(
    name: str, kind: str = "postgres", state: str = "RUNNING", task: str = "RUNNING", **more: str
) -> DeployedConnector:
    settings = {"topic.prefix": f"{name}-server", **{key.replace("_", "."): value for key, value in more.items()}}
    return DeployedConnector(name, state, (task,), kind, settings)


@pytest.mark.parametrize(
    ("known", "now", "before", "found"),
    [
        ([connector("a")], {"a-server"}, {"a-server"}, []),
        ([connector("a")], set(), set(), [("connector-without-series", "a")]),
        ([connector("a", task="FAILED")], set(), {"a-server"}, [("connector-without-series", "a")]),
        ([connector("a", state="STOPPED")], set(), {"a-server"}, []),
        ([connector("a", state="PAUSED")], {"a-server"}, {"a-server"}, []),
        ([], {"b"}, {"b"}, [("series-without-connector", "b")]),
        ([], set(), {"b"}, [("connector-deleted", "b")]),
    ],
)
def test_connectors_are_held_against_their_series(
    known: list[DeployedConnector], now: set[str], before: set[str], found: list[tuple[str, str]]
) -> None:
    told = installation.connectors_and_series(known, frozenset(now), frozenset(before), 3600)
    assert [(cause.kind, cause.subject) for cause in told] == found


def test_a_connector_is_counted_as_its_worst_task_is() -> None:
    """Kafka Connect says of a connector that it runs while its task has failed."""
    states = {"a": ("RUNNING", "RUNNING"), "b": ("RUNNING", "RUNNING", "FAILED"), "c": ("PAUSED", "PAUSED"), "d": ()}
    assert installation.counted(states) == "1 running, 1 paused (c), 1 unassigned (d), 1 failed (b)"


@pytest.mark.parametrize(
    ("vanished", "tasks", "names", "found", "said"),
    [
        ({"p"}, {}, {}, [("connector-vanished", "p")], "deleted or stopped, or its task has failed"),
        ({"p"}, {"a": ["RUNNING"]}, {}, [("connector-vanished", "p")], "the connector was deleted or stopped"),
        ({"p"}, {"a": ["FAILED"], "b": ["FAILED"]}, {"b": "p"}, [("connector-vanished", "p"), ("task-failed", "a")],
         "a task of connector b has failed"),
        ({"p", "q"}, {"a": ["FAILED"]}, {}, [("connector-vanished", "p"), ("connector-vanished", "q")],
         "one of those with a failed task (as Kafka Connect's metrics show): a"),
        (set(), {"a": ["FAILED"]}, {}, [("task-failed", "a")], "a task of connector a has failed"),
    ],
)  # fmt: skip
def test_what_vanished_is_held_against_the_states_of_tasks(
    vanished: set[str], tasks: dict[str, list[str]], names: dict[str, str], found: list[tuple[str, str]], said: str
) -> None:
    told = list(installation.connectors_vanished(frozenset(), frozenset(vanished), 3600, tasks, names))
    assert [(cause.kind, cause.subject) for cause in told] == found
    assert said in told[0].message


def test_a_join_by_a_renamed_label_is_the_labels_finding() -> None:
    renamed = causes.Cause("label-missing", "server", "no series carries server")
    join = causes.Cause("join", "server", "it matches nothing", "add server to ignoring (…)")
    another = causes.Cause("join", "job", "it matches nothing")
    here, there = Place("panel", "D", "here"), Place("panel", "D", "there")
    placed = examination.causes_first([(renamed, there), (join, here), (another, here), (another, there)])
    assert placed == [(renamed, there), (renamed, here), (another, here)]


def test_one_of_several_ways_that_is_missing_is_no_finding() -> None:
    way = causes.Cause("metric-missing", "m", "there is no m", loses="alternative")
    place = Place("panel", "D", "P")
    assert group([(way, place)]) == ()
    [finding] = group([(way, place), (attrs.evolve(way, loses="guard"), Place("alert", "g", "A"))])
    assert finding.unguarded == {Place("alert", "g", "A")}


def test_a_heartbeat_is_missed_where_silence_says_nothing() -> None:
    told = {
        cause.subject: cause.severity
        for cause in installation.without_heartbeat(
            [
                connector("none"),
                connector("topic", heartbeat_interval_ms="10000"),
                connector("table", heartbeat_interval_ms="10000", heartbeat_action_query="INSERT"),
                connector("mysql", "mysql"),
                connector("odd", heartbeat_interval_ms="ten"),
            ]
        )
    }
    assert told == {"none": "warning", "topic": "info", "odd": "warning"}


RULE = {
    "alert": "A",
    "expr": 'up{b="1", a="2"} == 0',
    "for": "5m",
    "labels": {"severity": "x"},
    "annotations": {"s": "t"},
}
LOADED = LoadedRule(
    "f", "g", 30, "A", is_alert=True, expression='up{a="2",b="1"} == 0', lasting=300.0, labels={"severity": "x"},
    annotations={"s": "t"}, health="ok", error="",
)  # fmt: skip


@pytest.mark.parametrize(
    ("loaded", "kinds"),
    [
        ([LOADED], []),
        ([], ["rules-not-loaded"]),
        ([attrs.evolve(LOADED, group="other")], ["rules-not-loaded"]),
        ([attrs.evolve(LOADED, name="B")], ["rules-differ"]),
        ([attrs.evolve(LOADED, expression="up == 1")], ["rules-differ"]),
        ([attrs.evolve(LOADED, lasting=60.0)], ["rules-differ"]),
        ([attrs.evolve(LOADED, annotations={})], ["rules-differ"]),
        ([attrs.evolve(LOADED, health="err", error="many-to-many")], ["rule-fails"]),
        ([attrs.evolve(LOADED, expression="up == 1"), LOADED], []),
    ],
)
def test_rules_are_held_against_what_is_loaded(loaded: list[LoadedRule], kinds: list[str]) -> None:
    files = [RuleFile("rules.yml", [RuleGroup({"name": "g", "rules": [RULE]})])]
    assert [cause.kind for cause, _ in installation.rules_not_as_declared(files, loaded, ["rules/*.yml"])] == kinds


def test_a_target_that_is_down_counts_where_connectors_are() -> None:
    targets = [
        ScrapeTarget("kafka-connect", "a:9404", is_up=False, error="refused", interval=15, duration=0.1),
        ScrapeTarget("kafka-connect", "b:9404", is_up=True, error="", interval=15, duration=0.1),
        ScrapeTarget("other", "c:80", is_up=False, error="refused", interval=15, duration=0.1),
    ]
    told = list(installation.targets_down(targets, frozenset({"kafka-connect"})))
    assert [cause.subject for cause in told] == ["kafka-connect a:9404"]


def test_rates_over_fewer_than_four_scrapes_are_named(facts: Facts) -> None:
    rule = Question(Place("alert", "g", "A"), "", "rate(debezium_metrics_TotalNumberOfEventsSeen[1m]) > 0")
    jobs = frozenset({"kafka-connect"})
    assert not list(installation.scraped_too_seldom([rule], facts, jobs, 300))
    seldom = attrs.evolve(facts, intervals={"kafka-connect": 30.0})
    [(cause, place)] = installation.scraped_too_seldom([rule], seldom, jobs, 300)
    assert (cause.kind, place) == ("scrape-interval", rule.place)
    rarely = attrs.evolve(facts, intervals={"kafka-connect": 200.0})
    assert "look-back is 5m" in next(installation.scraped_too_seldom([], rarely, jobs, 300))[0].message


@pytest.mark.parametrize(
    ("flags", "kept"),
    [
        ({"storage.tsdb.retention.time": "0s", "storage.tsdb.retention.size": "0B"}, "15d"),
        ({"storage.tsdb.retention.time": "1w", "storage.tsdb.retention.size": "0B"}, "1w"),
        ({"storage.tsdb.retention.time": "30d", "storage.tsdb.retention.size": "10GB"}, ""),
        ({"storage.tsdb.retention.time": "0s", "storage.tsdb.retention.size": "10GB"}, ""),
        ({}, ""),  # another engine
    ],
)
def test_rules_that_look_back_further_than_samples_are_kept_are_named(flags: dict[str, str], kept: str) -> None:
    rules = [
        Question(Place("record", "g", name), "", f"sum_over_time(bad_1h[{range_}])")
        for name, range_ in (("of_a_day", "1d"), ("of_a_month", "30d"))
    ]
    panel = Question(Place("panel", "d", "P"), "", "max_over_time(up[90d])")
    found = list(installation.retention_too_short([*rules, panel], installation.retention_of(flags)))
    assert [(cause.kind, cause.subject, place) for cause, place in found] == (
        [("retention", kept, rules[1].place)] if kept else []
    )


def test_labels_without_end_and_clocks_that_differ() -> None:
    assert [cause.subject for cause in installation.unbounded({"a": 5000, "b": 10}, 3)] == ["a"]
    assert [cause.subject for cause in installation.clock_skew([({"server": "a"}, -3.0), ({"server": "b"}, 2.0)])] == [
        "a"
    ]


def test_what_is_recorded_only_while_something_holds_may_have_ended() -> None:
    assert causes.no_sample_now("connector:failed:count", 900.0, 1000.0, is_recorded=True).severity == "info"
    assert causes.no_sample_now("debezium_metrics_Connected", 900.0, 1000.0).severity == "warning"
