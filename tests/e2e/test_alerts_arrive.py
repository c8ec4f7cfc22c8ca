"""Faults on the running stack, and what a real Prometheus and a real Alertmanager say of them.

Only here `for` and the groups' intervals are shortened, all by one factor; expressions, ranges and thresholds stay.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

import orjson
import pytest
import yaml

from dashlib.promql import duration_seconds

from . import lab
from .fault_table import expected
from .faults import ALL
from .network import request as ask
from .replay import RECORDINGS, SUBJECTS
from .stack import MARIADB
from .test_faults import LIVE, hold, record
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .stack import Stack

FACTOR = 10
ALERT = "DebeziumConnectorDisconnected"
SERVER = lab.connector(MARIADB)["topic.prefix"]

# What must stay silent of each fault: lag and staleness of what is down.
NEVER = {"lag", "lag_trend", "since_last_event", "queue_used"}
# They look back half an hour, in which these tests give them reason enough.
LOOKING_BACK = {"disconnects", "task_restarts"}


@pytest.fixture
def hurried(stack: Stack) -> Iterator[Stack]:
    """Return the stack with rules that are ten times as hasty, and connectors that are a minute old at least.

    What vanishes is looked for in steps of half a minute: a connector must have lived through one.
    """
    there = 'count(debezium_metrics_QueueTotalCapacity{context="streaming"} offset 1m)'
    wait_until(lambda: (stack.metrics.value(there) or 0) >= len(ALL), "the connectors do not last", seconds=120)
    folder = stack.folder / "hurried-rules"
    folder.mkdir(exist_ok=True)
    for file in lab.RULES.glob("*.yml"):
        content = yaml.safe_load(file.read_text())
        for group in content["groups"]:
            group["interval"] = shortened(group["interval"])
            for rule in group["rules"]:
                if "for" in rule:
                    rule["for"] = shortened(rule["for"])
        (folder / file.name).write_text(yaml.safe_dump(content, sort_keys=False))
    loaded = stack.prometheus.rules
    load(stack, f"{folder}/*.yml")
    try:
        yield stack
    finally:
        load(stack, loaded)


def shortened(duration: str) -> str:
    return f"{round(duration_seconds(duration) * 1000 / FACTOR)}ms"


def load(stack: Stack, rules: str) -> None:
    stack.prometheus.rules = rules
    stack.prometheus.set_up()
    ask("POST", f"{stack.prometheus.url}/-/reload")


def alerts(stack: Stack) -> list[dict[str, Any]]:
    """Return what Alertmanager knows to fire, told or held back."""
    found: list[dict[str, Any]] = orjson.loads(ask("GET", f"{stack.alertmanager.url}/api/v2/alerts"))
    return [alert for alert in found if alert["labels"]["signal"] not in LOOKING_BACK]


def named(alert: dict[str, Any]) -> str:
    labels = alert["labels"]
    return f"{labels['alertname']} {next((labels[label] for label in SUBJECTS if labels.get(label)), '')}"


class Listener:
    """Asks Alertmanager again and again, and remembers what it told and what it held back."""

    def __init__(self, stack: Stack) -> None:
        self.told: dict[str, dict[str, Any]] = {}
        self.held_back: set[str] = set()
        self._stack = stack
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _listen(self) -> None:
        while not self._over.wait(1):
            for alert in alerts(self._stack):
                if alert["status"]["inhibitedBy"]:
                    self.held_back.add(named(alert))
                else:
                    self.told[named(alert)] = alert


@pytest.mark.parametrize("fault", LIVE)
def test_a_fault_is_told_by_alertmanager_as_one_problem(
    hurried: Stack, fault: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Bring a fault about, hear what Alertmanager says of it, and hold its recording as those of all other faults."""
    wait_until(lambda: alerts(hurried) == [], "something fires before the fault", seconds=420)
    with Listener(hurried) as heard:
        recording = record(hurried, fault)
    must = expected()[fault]
    assert must.fires <= heard.told.keys()
    assert must.silenced <= heard.held_back
    assert not {name for name, alert in heard.told.items() if alert["labels"]["signal"] in NEVER}
    for name in must.fires:
        annotations = heard.told[name]["annotations"]
        assert annotations["runbook_url"].endswith(f"#{name.partition(' ')[0].lower()}")
        assert "viewPanel=" in annotations["dashboard_url"]
        assert "{{" not in str(annotations)
        assert "<no value>" not in str(annotations)
    if fault == "database-stopped":
        lost = heard.told[f"{ALERT} {SERVER}"]
        assert lost["labels"]["severity"] == "critical"
        assert SERVER in lost["annotations"]["description"]
        assert f"var-connector={SERVER}" in lost["annotations"]["dashboard_url"]
    wait_until(lambda: alerts(hurried) == [], f"of {fault} something goes on after it was mended", seconds=420)
    hold(recording, RECORDINGS if request.config.getoption("--record") else tmp_path)
