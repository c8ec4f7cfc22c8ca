"""What the compiler records for alerts: names, order, text, and when an alert stays as long as it is."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from attrs import evolve

from dashlib import Alert, Guard, Level, Record, RuleGroup, Signal, ThresholdSet, none_of, one_of, promql
from dashlib.compile.declared_connectors import AlertOverride, DeclaredConnector, DeclaredConnectors, ThresholdOverride
from dashlib.compile.encoding import expression_of
from dashlib.compile.loading import load_project
from dashlib.compile.outputs.grafana_alerting import compile_rules
from dashlib.compile.outputs.rule_yaml import RuleSettings, compile_records, compile_rule_file, serialize
from dashlib.compile.project import compile_project
from dashlib.compile.recording import asking_records, by_cluster, derive, is_averaged
from dashlib.compile.rendering import Rendering
from dashlib.debezium.connectors import DISCONNECTS, LAG, METRICS_PRESENT, SNAPSHOT_HOLDS_STREAMING
from dashlib.debezium.states import CONNECTOR_STATE, CONNECTOR_STATE_BY_NAME
from dashlib.declare.grafana_rules import GrafanaRule, GrafanaRuleGroup
from dashlib.documents.dashboards import Dashboard
from dashlib.errors import DeclarationError
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from tests.test_rule_scenarios import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.declare.signals import Condition
    from dashlib.documents.document import Document

RUNS = Guard("a snapshot runs", expression='max by (job, plugin, server) (SnapshotRunning{context="snapshot"}) == 1')
PAUSED = Guard(
    "the connector is paused",
    expression='group by (job, connector) (connector_task_status{status="paused"})',
    on=["job", "connector"],
)
LEVELS = ThresholdSet("mine", [Level(LAG, "warning", above=5, for_="2m")])
TEXTS: dict[str, Any] = {"severity": "warning", "summary": "Lag.", "description": "{server}."}
NOBODY = DeclaredConnectors()


def alert(condition: Condition, name: str = "Lag") -> Alert:
    return Alert(name, condition, **TEXTS)


def group(*rules: Alert | Record, name: str = "lag", **more: Any) -> RuleGroup:
    return RuleGroup(name, file=f"{name}.yml", rules=rules, thresholds=LEVELS, **more)


def recorded(*groups: RuleGroup, connectors: DeclaredConnectors = NOBODY, profile: str = "lab") -> dict[str, str]:
    rendering = Rendering(catalog(), load_profile(profile))
    return {rule.name: rule.computes for rule in derive(groups, rendering, connectors).rules}


def fired(declared: RuleGroup, connectors: DeclaredConnectors = NOBODY, profile: str = "lab") -> list[str]:
    rendering = Rendering(catalog(), load_profile(profile))
    settings = RuleSettings({}, "", lambda *_: None, connectors)
    recording = derive([declared], rendering, connectors)
    document = compile_rule_file([declared], rendering, settings, PurePosixPath("a.yml"), "a.py", recording)
    return [rule["expr"] for one in document.data["groups"] for rule in one["rules"] if "alert" in rule]


# what this project ships


@pytest.fixture(scope="module")
def shipped() -> dict[str, list[dict[str, Any]]]:
    documents = [each for each in compile_project(load_project(ROOT)) if each.kind == "rules"]
    return {each.path.name: [rule for one in each.data["groups"] for rule in one["rules"]] for each in documents}


def test_no_alert_is_too_long_to_be_read(shipped: Mapping[str, list[dict[str, Any]]]) -> None:
    lengths = {rule["alert"]: len(rule["expr"]) for rules in shipped.values() for rule in rules if "alert" in rule}
    assert {name: length for name, length in lengths.items() if length > 120} == {}


def test_no_line_of_what_is_recorded_is_too_long_to_be_read(shipped: Mapping[str, list[dict[str, Any]]]) -> None:
    lines = [line for rule in shipped["debezium-recorded.yml"] for line in rule["expr"].splitlines()]
    assert max(map(len, lines)) <= 110


def test_each_recording_rule_stands_behind_those_that_it_asks(shipped: Mapping[str, list[dict[str, Any]]]) -> None:
    before: set[str] = set()
    names = {rule["record"] for rule in shipped["debezium-recorded.yml"]}
    for rule in shipped["debezium-recorded.yml"]:
        before.add(rule["record"])
        assert set(promql.read(rule["expr"]).metrics) & names <= before


def test_no_alert_looks_back_a_day_over_what_it_computes_itself(shipped: Mapping[str, list[dict[str, Any]]]) -> None:
    assert not [rule for rules in shipped.values() for rule in rules if "[1d:" in rule["expr"]]


def test_each_file_says_that_it_needs_the_recorded_ones() -> None:
    for document in compile_project(load_project(ROOT)):
        if document.kind == "rules" and document.path.name != "debezium-recorded.yml":
            assert "\n# Needs debezium-recorded.yml" in serialize(document).decode()[:300]


# what is recorded


def test_a_guard_and_a_signal_are_recorded_once_whichever_groups_use_them() -> None:
    mysql = group(alert(LAG.unless(RUNS).named("calm_lag").above("warning")), where={"plugin": one_of("mysql")})
    others = group(
        alert(LAG.unless(RUNS).above("warning"), "OtherLag"), name="other", where={"plugin": none_of("mysql")}
    )
    assert list(recorded(mysql, others)) == [
        "server:debezium_snapshot_runs:max",
        "server:debezium_calm_lag_seconds:max",
    ]
    assert fired(mysql) == ['server:debezium_calm_lag_seconds:max{plugin="mysql"} > 5']


def test_a_name_is_made_of_the_signal_and_its_guards() -> None:
    found = recorded(group(alert(LAG.when(RUNS).unless(PAUSED).above("warning"))))
    assert list(found) == [
        "server:debezium_snapshot_runs:max",
        "connector:kafka_connect_connector_is_paused:group",
        "server:debezium_lag_when_snapshot_runs_unless_connector_is_paused_seconds:max",
    ]
    assert found[list(found)[-1]].endswith(
        " / 1000 and on (job, plugin, server) server:debezium_snapshot_runs:max"
        " unless on (job, connector) connector:kafka_connect_connector_is_paused:group"
    )


def test_a_short_alert_without_guards_asks_the_exporter() -> None:
    short = Signal("short", "Short", expression="Connected", unit="none", description="S.")
    levels = ThresholdSet("short", [Level(short, "warning", above=1, for_="2m")])
    plain = evolve(group(alert(short.above("warning"))), thresholds=levels)
    assert recorded(plain) == {}
    assert recorded(group(alert(LAG.above("warning"), "Long"), where={"plugin": one_of("mysql", "mariadb")})) != {}


def test_the_interval_is_the_shortest_of_those_who_ask() -> None:
    rendering = Rendering(catalog(), load_profile("lab"))
    slow = group(alert(LAG.unless(RUNS).above("warning")), interval="1m")
    fast = group(alert(LAG.unless(RUNS).above("warning")), name="fast", interval="15s")
    assert derive([slow, fast], rendering, NOBODY).interval == "15s"


def test_what_vanished_is_known_from_when_it_was_last_there_for_the_longest_time_that_is_asked() -> None:
    hour = alert(METRICS_PRESENT.is_absent(within="1h", for_="2m"), "Hour")
    day = alert(METRICS_PRESENT.unless(RUNS).named("lost").is_absent(within="1d", for_="2m"), "Day")
    found = recorded(group(hour, day))
    seen = "server:debezium_metrics_present:last_seen"
    assert found[seen] == (
        f"timestamp(server:debezium_metrics_present:group) or last_over_time({seen}[1h]) >= time() - 86400"
    )
    assert found["server:debezium_metrics_present_gone:last_seen"] == (
        f"{seen} unless server:debezium_metrics_present:group"
    )
    assert fired(group(hour, day)) == [
        "server:debezium_metrics_present_gone:last_seen >= time() - 3600",
        "server:debezium_lost:last_seen >= time() - 86400",
    ]


def test_the_text_of_an_absence_names_no_value() -> None:
    gone = METRICS_PRESENT.is_absent(within="1h", for_="2m")
    rule = Alert("Gone", gone, severity="warning", summary="Gone.", description="{server} is at {value}.")
    with pytest.raises(DeclarationError, match=r"names \{value\}"):
        fired(group(rule))


def test_what_a_counter_grew_by_is_recorded_by_its_window() -> None:
    levels = ThresholdSet("counts", [Level(DISCONNECTS, "warning", above=3, for_="2m")])
    rules = [
        alert(DISCONNECTS.unless(RUNS).named("cuts").increases_above("warning", within=window), f"In{window}")
        for window in ("7m", "1h")
    ]
    found = recorded(evolve(group(*rules), thresholds=levels))
    assert {"server:debezium_cuts:increase_7m", "server:debezium_cuts:increase_1h"} < found.keys()


def test_a_part_that_is_recorded_becomes_its_name() -> None:
    names = {"sum by (job) (x)": "job:x:sum"}
    assert asking_records("max_over_time((sum by (job) (x))[50m:1m]) - (sum by (job) (x)) > 0", names) == (
        "max_over_time(job:x:sum[50m]) - job:x:sum > 0"
    )
    assert asking_records("last_over_time((sum by (job) (x))[30m:1m] offset 2m)", names) == (
        "last_over_time(job:x:sum[30m] offset 2m)"
    )
    present = {"group by (job) (x)": "job:x:group"}
    assert asking_records("up and on (job) group by (job) (last_over_time(x[1d]))", present) == (
        "up and on (job) last_over_time(job:x:group[1d])"
    )
    assert asking_records("sum by (job) (x offset 5m)", names) == "sum by (job) (x offset 5m)"


@pytest.mark.parametrize(
    ("expression", "asking"),
    [
        ("count(x or y)", "count(a unless b)"),
        ("(x or y) > 3", "(a unless b) > 3"),
        ("-(x or y)", "-(a unless b)"),
        ("max_over_time((x or y)[1h:1m])", "max_over_time((a unless b)[1h:1m])"),
    ],
)
def test_what_is_asked_of_records_stays_one_operand(expression: str, asking: str) -> None:
    assert asking_records(expression, {"x or y": "a unless b"}) == asking


# where filters would mean something else behind what is recorded


def test_an_alert_whose_signal_drops_the_label_it_is_chosen_by_stays_as_it_is() -> None:
    everywhere = Signal("all", "All", expression="max by (job) (MilliSecondsBehindSource)", unit="s", description="A.")
    levels = ThresholdSet("all", [Level(everywhere, "warning", above=5, for_="2m")])
    texts = TEXTS | {"description": "{job}"}
    rule = Alert("Lag", everywhere.unless(RUNS).above("warning"), **texts)
    mysql = evolve(group(rule, where={"plugin": one_of("mysql")}), thresholds=levels)
    assert recorded(mysql) == {}
    assert recorded(evolve(mysql, where={})) != {}


def test_a_guard_that_belongs_to_more_than_is_chosen_is_not_recorded_for_it() -> None:
    cluster = Guard("any snapshot runs", expression="max by (job) (SnapshotRunning) == 1", on=["job"])
    assert recorded(group(alert(LAG.unless(cluster).above("warning")), where={"plugin": one_of("mysql")})) == {}


def test_where_the_kind_is_in_the_names_an_alert_for_one_kind_stays_as_it_is() -> None:
    mysql = group(alert(LAG.unless(RUNS).above("warning")), where={"plugin": one_of("mysql")})
    assert recorded(mysql, profile="rhel-connect") == {}
    assert recorded(evolve(mysql, where={}), profile="rhel-connect") != {}


# names


def test_two_things_of_one_name_are_refused_with_both_places() -> None:
    first = alert(LAG.unless(RUNS).named("quiet").above("warning"))
    second = alert(LAG.when(RUNS).named("quiet").above("warning"), "Other")
    with pytest.raises(DeclarationError, match=r"server:debezium_quiet_seconds:max.*test_recording\.py:\d+.*named\("):
        recorded(group(first, second))


def test_the_name_of_a_rule_of_the_users_own_is_taken() -> None:
    own = Record("server:debezium_quiet_seconds:max", METRICS_PRESENT)
    with pytest.raises(DeclarationError, match=r"declared at .*test_recording\.py:\d+"):
        recorded(group(alert(LAG.unless(RUNS).named("quiet").above("warning"))), group(own, name="own"))


def test_a_rule_of_the_users_own_without_a_scope_is_asked_instead() -> None:
    own = group(Record("server:my_lag_seconds:max", LAG), name="own")
    found = recorded(own, group(alert(LAG.unless(RUNS).named("quiet").above("warning"))))
    assert found["server:debezium_quiet_seconds:max"] == (
        "server:my_lag_seconds:max unless on (job, plugin, server) server:debezium_snapshot_runs:max"
    )


def test_a_scoped_rule_of_the_users_own_goes_on_serving_the_alerts_of_its_file() -> None:
    """And what other files need of the same is recorded beside it, under another name."""
    mysql = {"plugin": one_of("mysql")}
    base = Record("server:debezium_snapshot_runs:max", RUNS)
    own = group(base, alert(LAG.unless(RUNS).named("mine").above("warning")), where=mysql)
    other = group(alert(LAG.unless(RUNS).named("theirs").above("warning"), "Other"), name="other")
    assert list(recorded(own, other)) == [
        "server:debezium_snapshot_runs_everywhere:max",
        "server:debezium_theirs_seconds:max",
    ]
    [expression] = fired(own)
    assert expression.endswith('unless on (job, plugin, server) (server:debezium_snapshot_runs:max{plugin="mysql"})')


# many connectors


def many(count: int, **more: Any) -> DeclaredConnectors:
    names = [f"shop-{number}" for number in range(count)]
    declared = {name: DeclaredConnector(name, "mysql", **more) for name in names}
    own = tuple(
        ThresholdOverride(connector, alerts={"Lag": AlertOverride(threshold=60.0)}) for connector in declared.values()
    )
    return DeclaredConnectors(declared, () if more else own)


def test_fifty_overrides_cost_the_common_rule_a_recorded_series_and_no_list() -> None:
    lag = group(alert(LAG.unless(RUNS).named("quiet").above("warning")))
    common, *own = fired(lag, many(50))
    assert common == (
        'server:debezium_quiet_seconds:max > 5 unless on (server) server:dashlib_chosen:group{alert="Lag"}'
    )
    assert own[0] == 'server:debezium_quiet_seconds:max{server="shop-0"} > 60'
    rendering = Rendering(catalog(), load_profile("lab"))
    document = compile_records(derive([lag], rendering, many(50)), PurePosixPath("r.yml"), "a.py")
    chosen = [rule for rule in document.data["groups"][0]["rules"] if rule["record"] == "server:dashlib_chosen:group"]
    assert chosen[0] == {
        "record": "server:dashlib_chosen:group", "expr": "vector(1)", "labels": {"server": "shop-0", "alert": "Lag"},
    }  # fmt: skip
    assert len(chosen) == 50


def test_ten_overrides_are_named() -> None:
    common, *_ = fired(group(alert(LAG.unless(RUNS).above("warning"))), many(10))
    assert 'server!~"shop-0|shop-1|' in common


def test_many_heartbeat_tables_of_one_interval_are_told_by_a_recorded_series() -> None:
    late = evolve(alert(LAG.unless(RUNS).named("quiet").above("warning")), heartbeat_table=True)
    assert fired(group(late), many(11, heartbeat_table=10.0)) == [
        'server:debezium_quiet_seconds:max > 60 and on (server) server:dashlib_chosen:group{alert="Lag",at="60 for 2m"}'
    ]


SILENT = Signal(
    "silent",
    "Silent",
    expression='max by (job, server) (MilliSecondsSinceLastEvent{heartbeat_table="10s"} > 60)',
    unit="s",
    description="Silent although its table is written.",
)


def heartbeats(count: int) -> Rendering:
    tables = {f"shop-{number}": 10.0 for number in range(count)} | {"slow": 60.0}
    return Rendering(catalog(), load_profile("lab"), heartbeat_tables=tables)


def test_what_is_recorded_names_no_more_than_ten_connectors_with_heartbeat_tables() -> None:
    rules = derive([], heartbeats(11), NOBODY, [SILENT]).rules
    tables, silent = rules[:-1], rules[-1]
    assert [(rule.name, rule.computes, rule.fixed) for rule in tables[-2:]] == [
        ("server:dashlib_heartbeat_table_seconds:min", "vector(10)", {"server": "shop-9"}),
        ("server:dashlib_heartbeat_table_seconds:min", "vector(60)", {"server": "slow"}),
    ]
    assert len(tables) == 12
    assert silent.computes == (
        "max by (job, server) (((debezium_metrics_MilliSecondsSinceLastEvent and on (server) "
        "server:dashlib_heartbeat_table_seconds:min <= 10) / 1000) > 60)"
    )


def test_ten_connectors_with_heartbeat_tables_are_named() -> None:
    [silent] = derive([], heartbeats(10), NOBODY, [SILENT]).rules
    assert 'server=~"shop-0|shop-1|' in silent.computes


def test_a_panel_that_computes_names_all_of_them_as_no_rules_may_be_loaded_there() -> None:
    assert 'server=~"shop-0|shop-1|' in expression_of(SILENT, heartbeats(11))


def test_grafanas_rules_name_no_more_than_ten_where_records_may_be_read() -> None:
    declared = alert(LAG.unless(RUNS).named("quiet").above("warning"))
    watched = GrafanaRuleGroup("lag", folder="F", rules=[GrafanaRule("Lag", group(declared), "Lag")])
    settings = RuleSettings({}, "", lambda *_: None, many(11))
    rendering = Rendering(catalog(), load_profile("lab"))

    def common(*, records: bool) -> str:
        asked = evolve(rendering, reads_records=records)
        document = compile_rules([watched], asked, settings, "ds", PurePosixPath("r.yaml"), "a.py")
        expression: str = document.data["groups"][0]["rules"][0]["data"][0]["model"]["expr"]
        return expression

    assert 'server!~"shop-0|shop-1|' in common(records=False)
    assert common(records=True) == (
        'max by (job, plugin, server, connector) (debezium_metrics_MilliSecondsBehindSource{context="streaming"} != -1)'
        " / 1000 unless on (job, plugin, server) (max by (job, plugin, server) "
        '(debezium_metrics_SnapshotRunning{context="snapshot"}) == 1)'
        ' unless on (server) server:dashlib_chosen:group{alert="Lag"}'
    )


# the file


def test_what_is_long_stands_on_several_lines_and_says_the_same() -> None:
    rendering = Rendering(catalog(), load_profile("lab"))
    recording = derive([group(alert(LAG.when(RUNS).unless(PAUSED).named("x").above("warning")))], rendering, NOBODY)
    document = compile_records(recording, PurePosixPath("my-recorded.yml"), "a.py")
    text = serialize(document).decode()
    assert "expr: |-\n" in text
    [written] = yaml.safe_load(text)["groups"]
    assert written["name"] == "my_recorded"
    for rule, derived in zip(written["rules"], recording.rules, strict=True):
        assert promql.read(rule["expr"]).normal() == promql.read(derived.computes).normal()


# panels


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    """Return what this project compiles to where its panels read records."""
    project = load_project(ROOT)
    configuration = evolve(project.configuration, panels_read_records=True)
    return compile_project(evolve(project, configuration=configuration))


@pytest.fixture(scope="module")
def reading_records(documents: list[Document]) -> tuple[set[str], set[str]]:
    """Return what panels ask where they read records, and what is recorded then."""
    dashboards = [Dashboard(each.data) for each in documents if each.kind == "dashboard"]
    asked = {query.text for each in dashboards for panel in each.all_panels for query in panel.queries}
    asked |= {annotation.text for each in dashboards for annotation in each.annotations if annotation.text}
    rules = [each for each in documents if each.path.name == "debezium-recorded.yml"]
    return asked, {rule["record"] for rule in rules[0].data["groups"][0]["rules"]}


def test_panels_that_read_records_ask_nothing_that_is_not_recorded(
    reading_records: tuple[set[str], set[str]],
) -> None:
    asked, names = reading_records
    found = {name for text in asked for name in promql.read(text).metrics if ":" in name}
    assert found
    assert found <= names


def test_nothing_is_recorded_that_nobody_reads(
    reading_records: tuple[set[str], set[str]], documents: list[Document]
) -> None:
    asked, names = reading_records
    read = {name for text in asked for name in promql.read(text).metrics}
    for document in documents:
        for group in document.data["groups"] if document.kind == "rules" else ():
            for rule in group["rules"]:
                read |= {*promql.read(rule["expr"]).metrics} - {rule.get("record")}
    assert names - read == set()


@pytest.mark.parametrize(
    "expression",
    [
        'server:debezium_lag_seconds:max{job=~"$job",server=~"$connector"}',
        'server:debezium_live_lag_seconds:max{job=~"$job",plugin=~"mysql|mariadb"}',
        # a rate is recorded over minutes, and Grafana chooses over which time it is averaged
        (
            "avg_over_time(connector:kafka_connect_records_polled_rate:sum_2m"
            '{job=~"$job",connector=~"$connector"}[$__rate_interval])'
        ),
        # the lag of what does not carry the name is drawn, too
        'server:debezium_lag_seconds:max{job=~"$job",connector=~"$connector|"} * 1000',
        # a count of states is one of what is recorded
        (
            'count_values("state", server:debezium_connector_state:now{job=~"$job"} unless '
            'server:debezium_connector_state:last_seen{job=~"$job"} < time() - $__range_s)'
        ),
        # of a row that is opened now and then a rate is computed, and so is what no record keeps apart
        (
            "sum by (job, plugin, server) (rate(debezium_metrics_NumberOfCommittedTransactions"
            '{context="streaming",job=~"$job",server=~"$connector"}[$__rate_interval]))'
        ),
        'count(kafka_connect_connector_task_status{job=~"$job",connector=~"$connector"})',
        # a sum over a fleet is recorded by cluster, so that one can be chosen
        'sum(job:debezium_fleet_rows_rate:sum{job=~"$job"})',
        ('sum by (plugin) (avg_over_time(job:debezium_fleet_rows_rate_by_kind:sum_2m{job=~"$job"}[$__rate_interval]))'),
        # a mark is seldom there: asking for what is recorded looks at next to nothing
        'topk(3, server:debezium_connector_restarted:group{job=~"$job",server=~"$connector"})',
        'topk(3, job:kafka_connect_connect_rebalanced:group{job=~"$job"})',
        # exporters have a job of their own, and some have no connector's name
        'slot:postgres_slot_wal_of_connector_bytes:max{server=~"$connector|"}',
        'instance:mysqld_binlog_retention_seconds:max{server=~"$connector|"}',
    ],
)
def test_panels_read_what_is_recorded_for_their_variables(
    expression: str, reading_records: tuple[set[str], set[str]]
) -> None:
    assert expression in reading_records[0]


@pytest.mark.parametrize(
    ("expression", "averaged"),
    [
        ("sum by (job) (rate(Connected[$__rate_interval]))", True),
        ("sum by (job) (rate(Connected[$__rate_interval]) + rate(SnapshotRunning[$__rate_interval]))", True),
        ("sum by (job) (increase(Connected[$__rate_interval]))", False),
        ("max by (job) (rate(Connected[$__rate_interval]))", False),
        ("sum by (job) (rate(Connected[2m]))", False),
        ("sum by (job) (rate(Connected[$__rate_interval]) * rate(SnapshotRunning[5m]))", False),
    ],
)
def test_only_sums_of_rates_over_grafanas_interval_are_told_by_an_average(expression: str, *, averaged: bool) -> None:
    assert is_averaged(expression) is averaged


@pytest.mark.parametrize(
    ("expression", "of_clusters", "over"),
    [
        ("sum(Connected)", "sum by (job) (Connected)", "sum"),
        ("max by (plugin) (Connected)", "max by (job, plugin) (Connected)", "max by (plugin)"),
        ("min(max by (job, server) (Connected))", "min by (job) (max by (job, server) (Connected))", "min"),
        ("sum(Connected and on (job) up == 1)", "sum by (job) (Connected and on (job) up == 1)", "sum"),
        ("max(quantile by (job) (0.5, Connected))", "max by (job) (quantile by (job) (0.5, Connected))", "max"),
    ],
)
def test_what_is_one_for_a_fleet_is_recorded_for_each_cluster(expression: str, of_clusters: str, over: str) -> None:
    found, above = by_cluster(evolve(THERE, expression=expression, remembers={}))
    assert (found.expression, above) == (of_clusters, over)


@pytest.mark.parametrize(
    "expression",
    [
        "sum by (job) (Connected)",  # it is by cluster already
        "count(Connected)",  # a count of counts is another one
        "avg(Connected)",
        "quantile(0.5, Connected)",
        "sum(topk(5, Connected))",  # the five of each cluster are others
        "sum(max by (server) (Connected))",  # servers of one name in two clusters would be two
        "sum(Connected and on (server) up)",
        "sum(absent(Connected))",
        "sum(Connected) / sum(up)",
    ],
)
def test_what_the_parts_of_a_fleet_do_not_tell_stays_as_it_is(expression: str) -> None:
    signal = evolve(THERE, expression=expression, remembers={})
    assert by_cluster(signal) == (signal, "")


def test_the_panel_of_an_absence_reads_what_is_gone(reading_records: tuple[set[str], set[str]]) -> None:
    gone = '0 * (server:debezium_vanished:last_seen{job=~"$job"} >= time() - 86400) + 1 or 0 * '
    assert any(text.startswith(gone) for text in reading_records[0])


# what a panel remembers

THERE = Signal(
    "there",
    "There",
    expression="3 * (group by (job, server) (last_over_time(Connected[$__range])) unless on (job) up == 1)"
    ' or group by (job, server) (last_over_time(Connected{context="streaming", plugin!=""}[$__range]))',
    unit="none",
    description="Whether it was there.",
    remembers={"is_there": "group by (job, instance, server, plugin) (Connected)"},
)


def remembered(signal: Signal) -> dict[str, str]:
    recording = derive([], Rendering(catalog(), load_profile("lab")), NOBODY, [signal])
    return {rule.name: rule.computes for rule in recording.rules}


def test_what_looks_back_over_a_panels_range_is_recorded_with_a_memory_of_what_was_there() -> None:
    memory = "instance:debezium_is_there:last_seen"
    assert remembered(THERE) == {
        "server:debezium_there:now": f"3 * (group by (job, server) ({memory}) unless on (job) up == 1)"
        f' or group by (job, server) ({memory}{{context="streaming",plugin!=""}})',
        memory: "time() * group by (job, instance, server, plugin) (debezium_metrics_Connected)"
        f" or last_over_time({memory}[1h]) >= time() - 86400",
        "server:debezium_there:last_seen": f"max by (job, server) ({memory}) < time() - 60",
    }


def test_what_looks_back_for_something_that_nobody_remembers_is_asked_by_the_panel() -> None:
    assert remembered(evolve(THERE, remembers={"other": "group by (job, server) (SnapshotRunning)"})) == {}


def test_a_panel_asks_of_a_recorded_state_what_was_there_within_its_range(
    reading_records: tuple[set[str], set[str]],
) -> None:
    now = 'server:debezium_connector_state:now{job=~"$job",server=~"$connector"}'
    gone = 'server:debezium_connector_state:last_seen{job=~"$job",server=~"$connector"}'
    assert f"({now} unless {gone} < time() - $__range_s) + 0" in reading_records[0]
    assert max(map(len, reading_records[0])) < 2_500


def test_rows_of_a_table_that_reads_several_records_are_merged_so_none_has_a_name(
    reading_records: tuple[set[str], set[str]],
) -> None:
    asked, _ = reading_records
    assert '(server:debezium_lag_now_seconds:max{job=~"$job",server=~"$connector"}) + 0' in asked


# what a state costs


@pytest.mark.parametrize(("signal", "most"), [(CONNECTOR_STATE, 10), (CONNECTOR_STATE_BY_NAME, 7)])
def test_a_state_looks_back_over_a_panels_range_as_seldom_as_it_can(signal: Signal, most: int) -> None:
    """At the series of connectors; those of workers, and of connectors that carry no name, are few."""
    for expression in signal.expressions:
        ranges = [one for one in promql.read(expression).selectors if one.range == "$__range"]
        unnamed = promql.Matcher("connector", "=", "")
        many = [one for one in ranges if one.name not in {"up", "worker_connector_count"}]
        assert len([one for one in many if unnamed not in one.matchers]) <= most


def test_a_recorded_state_asks_the_recorded_guard_of_snapshots() -> None:
    alerts = group(alert(LAG.unless(SNAPSHOT_HOLDS_STREAMING).named("calm").above("warning")))
    recording = derive([alerts], Rendering(catalog(), load_profile("lab")), NOBODY, [CONNECTOR_STATE])
    state = next(rule.computes for rule in recording.rules if rule.name == "server:debezium_connector_state:now")
    assert "server:debezium_snapshot_holds_streaming:max" in state
    assert "RowsScanned" not in state
