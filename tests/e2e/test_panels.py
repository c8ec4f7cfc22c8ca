"""Every target of every panel, every variable and every rule answers on the running stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.compiled import (
    ALERTS,
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
}
# Amazon's own metrics: there is no Aurora here.
ELSEWHERE = "aws_rds_"
# The exporter here is no agent inside the workers, whose memory it does not tell.
OF_AGENTS = "jvm_memory"


@pytest.fixture(scope="module")
def snapshots() -> set[str]:
    """Return the connectors that took a snapshot for these tests."""
    return set()


@pytest.fixture
def with_snapshot(stack: Stack, snapshots: set[str]) -> Stack:
    """Return the stack after every connector has taken a snapshot in this run of its task."""
    if not snapshots:
        for name in ALL:
            stack.begin_again(name)
        for name in ALL:
            stack.connect.wait_for_states(name, "running", "running")
        stack.wait_for_streaming(ALL, seconds=180)
        snapshots.update(ALL)
    return stack


def answers(stack: Stack, expression: str, what: str) -> None:
    """Wait until an expression has samples, as long as a rate needs its two scrapes."""
    wait_until(lambda: bool(stack.metrics.query(expression)), f"{what} is empty: {expression}", seconds=90)


@pytest.mark.parametrize(
    ("uid", "panel"),
    [pytest.param(*p, id=f"{p[0]}-{p[1]['title']}") for p in panels(CHOICES) if OF_AGENTS not in str(p)],
)
def test_every_target_of_a_panel_answers(with_snapshot: Stack, uid: str, panel: dict[str, Any]) -> None:
    for choice in (".*", *CHOICES[uid]):
        for target in panel["targets"]:
            answers(with_snapshot, asked_by_grafana(target["expr"], choice), f"{panel['title']} ({choice})")


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
        assert stack.metrics.query(watched) == []
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
