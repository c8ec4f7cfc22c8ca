# ruff: noqa: S608 - SQL for throw-away databases of our own
"""Every target of every panel, every variable and every rule answers on the running stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dashlib.documents.dashboards import Dashboard
from tests.compiled import (
    ALERTS,
    DASHBOARDS,
    NOTHING_WHEN_WELL,
    asked_by_grafana,
    asked_by_variable,
    panels,
    rules,
    variables,
    watched_by,
    watched_servers,
)

from . import lab
from .faults import ORDERS, keep_wal
from .stack import MARIADB, MYSQL, POSTGRES
from .waiting import wait_until

if TYPE_CHECKING:
    from .stack import Stack

ALL = (MYSQL, MARIADB, POSTGRES)
# What each dashboard's variable `connector` chooses from: Kafka Connect's names or Debezium's topic prefixes.
CHOICES = {
    "debezium-connect": list(ALL),
    "debezium-production": [lab.connector(name)["topic.prefix"] for name in ALL],
    "debezium-mysql": [lab.connector(name)["topic.prefix"] for name in (MYSQL, MARIADB)],
    "debezium-postgres": [lab.connector(POSTGRES)["topic.prefix"]],
    "debezium-snapshots": [lab.connector(name)["topic.prefix"] for name in (MYSQL, MARIADB)],
    "debezium-failover": [lab.connector(MYSQL)["topic.prefix"]],
    "debezium-fleet": [],
}
# Amazon's own metrics: there is no Aurora here.
ELSEWHERE = "aws_rds_"
# What this stack cannot fill, and why.
EMPTY = {
    (
        "debezium-connect",
        "Heap Used",
    ): "the exporter here is no agent inside the workers",
    ("debezium-failover", "Aurora Enhanced Binlog Storage"): "there is no Aurora here",
    ("debezium-fleet", "Alerts"): "all is well",
    ("debezium-fleet", "Errors within an Hour"): "no event fails",
    (
        "debezium-postgres",
        "LSN Positions",
    ): "Debian's postgres_exporter tells their difference only",
    ("debezium-snapshots", "Chunks Done"): "no snapshot here is read by several threads",
}
# What comes and goes while all is well, and by which signal: a slot that does not grow is never lost. The recorded
# fault slot-left-behind shows it.
NOW_AND_THEN = {"pg_settings_max_slot_wal_keep_size_bytes": "slot_time_left"}


@pytest.fixture(scope="module")
def prepared() -> list[Stack]:
    """Return the stacks whose connectors took their snapshots for these tests: another one comes after a failure."""
    return []


@pytest.fixture
def with_snapshot(stack: Stack, prepared: list[Stack]) -> Stack:
    """Return the stack after every connector has taken a first and a blocking snapshot in this run of its task."""
    if stack not in prepared:
        keep_wal(stack, "16GB")
        for name in ALL:
            stack.begin_again(name)
        for name in ALL:
            stack.connect.wait_for_states(name, "running", "running")
        stack.wait_for_streaming(ALL, seconds=180)
        take_a_slow_snapshot(stack)
        keep_wal(stack, None)
        prepared.append(stack)
    return stack


def take_a_slow_snapshot(stack: Stack) -> None:
    """Take a blocking snapshot of two tables that is seen."""
    wait = {MYSQL: "SLEEP(0.06) = 0", MARIADB: "SLEEP(0.06) = 0", POSTGRES: "pg_sleep(0.06) IS NOT NULL"}
    for name, orders in ORDERS.items():
        tables = [orders, orders.replace("orders", "customers")]
        slowly = [
            {"data-collection": each, "filter": f"SELECT * FROM {each} WHERE {wait[name]} LIMIT 500"} for each in tables
        ]
        asked = {"type": "blocking", "data-collections": tables, "additional-conditions": slowly}
        stack.signal(name, "execute-snapshot", asked)
    running = "debezium_metrics_SnapshotRunning == 1"
    wait_until(lambda: stack.metrics.query(running), "no snapshot begins", seconds=60)
    wait_until(lambda: not stack.metrics.query(running), "the snapshots do not end", seconds=300, every=1)


def answers(stack: Stack, expression: str, what: str) -> None:
    """Wait until an expression has samples, as long as a rate needs its two scrapes, or see that it had some before.

    What is there while a snapshot runs is there no more.
    """
    before = f"present_over_time(({expression})[20m:5s])"
    wait_until(
        lambda: stack.metrics.query(expression) or stack.metrics.query(before),
        f"{what} is empty: {expression}",
        seconds=90,
        every=2,
    )


@pytest.mark.parametrize(
    ("uid", "panel"),
    [pytest.param(*p, id=f"{p[0]}-{p[1]['title']}") for p in panels(CHOICES) if (p[0], p[1]["title"]) not in EMPTY],
)
def test_every_target_of_a_panel_answers(with_snapshot: Stack, uid: str, panel: dict[str, Any]) -> None:
    for choice in (".*", *CHOICES[uid]):
        for target in panel["targets"]:
            asked = asked_by_grafana(target["expr"], choice)
            if any(metric in asked for metric in NOW_AND_THEN):
                with_snapshot.metrics.query(asked)
            elif ELSEWHERE not in asked:
                answers(with_snapshot, asked, f"{panel['title']} ({choice})")


def test_every_dashboard_is_asked_and_what_is_said_to_stay_empty_is_there() -> None:
    assert {*CHOICES, ALERTS} == {*DASHBOARDS}
    assert EMPTY.keys() <= {(uid, panel["title"]) for uid, panel in panels(CHOICES)}


@pytest.mark.parametrize("uid", CHOICES)
def test_prometheus_takes_what_a_dashboard_marks(stack: Stack, uid: str) -> None:
    for annotation in Dashboard(DASHBOARDS[uid]).annotations:
        if annotation.text:
            stack.metrics.query(asked_by_grafana(annotation.text))


@pytest.mark.parametrize("panel", [pytest.param(panel, id=panel["title"]) for _, panel in panels([ALERTS])])
def test_prometheus_takes_the_query_of_an_alerts_panel(stack: Stack, panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        stack.metrics.query(asked_by_grafana(target["expr"]))


@pytest.mark.parametrize("variable", [pytest.param(v, id=f"{uid}-{v['name']}") for uid, v in variables()])
def test_a_variable_lists_exactly_what_runs(stack: Stack, variable: dict[str, Any]) -> None:
    selector, label = asked_by_variable(variable)
    binlog = () if 'plugin="postgres"' in selector else (MYSQL, MARIADB)
    running = *binlog, *(() if binlog and "plugin" in selector else (POSTGRES,))
    expected = {
        "job": ["kafka-connect"],
        "connector": sorted(ALL),
        "server": sorted(lab.connector(name)["topic.prefix"] for name in running),
    }
    found = {sample.labels.get(label, "") for sample in stack.metrics.query(selector)}
    assert sorted(found) == expected[label]


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule["alert"]) for rule in rules() if ELSEWHERE not in watched_by(rule)]
)
def test_a_rule_watches_every_connector_of_its_group(stack: Stack, rule: dict[str, Any]) -> None:
    watched = watched_by(rule)
    if rule["labels"]["signal"] in NOTHING_WHEN_WELL:
        is_silent = rule["expr"] if rule["labels"]["signal"] in NOW_AND_THEN.values() else watched
        assert stack.metrics.query(is_silent) == []
        return
    if rule["alert"] == "HeartbeatGap":  # covers Aurora's connectors, by their name
        watched = watched.replace(',server=~"aurora.*"', "")
    known = {lab.connector(name)["topic.prefix"]: plugin for name, plugin in PLUGINS.items()}

    def missing() -> set[str]:
        samples = stack.metrics.query(watched)
        if samples and "server" not in samples[0].labels:
            return set()
        return watched_servers(rule, known) - {sample.labels.get("server", "") for sample in samples}

    wait_until(lambda: not missing(), f"{rule['alert']} does not watch {missing()}", seconds=60)


PLUGINS = {MYSQL: "mysql", MARIADB: "mariadb", POSTGRES: "postgres"}
