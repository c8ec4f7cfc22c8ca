"""An alert of the compiled rules gets through a real Prometheus to a real Alertmanager, and is taken back.

Only here `for` and the groups' intervals are shortened, all by one factor; expressions, ranges and thresholds stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
import yaml

from dashlib.promql import duration_seconds

from . import lab
from .network import request
from .stack import MARIADB
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .stack import Stack

FACTOR = 10
ALERT = "DebeziumConnectorDisconnected"
SERVER = lab.connector(MARIADB)["topic.prefix"]


@pytest.fixture
def hurried(stack: Stack) -> Iterator[Stack]:
    """Return the stack with rules that are ten times as hasty."""
    folder = stack.folder / "hurried-rules"
    folder.mkdir(exist_ok=True)
    for file in lab.RULES.glob("*.yml"):
        content = yaml.safe_load(file.read_text())
        for group in content["groups"]:
            group["interval"] = shortened(group["interval"])
            for rule in group["rules"]:
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
    request("POST", f"{stack.prometheus.url}/-/reload")


def active(stack: Stack) -> list[dict[str, Any]]:
    """Return what Alertmanager says fires for MariaDB's connector."""
    alerts = orjson.loads(request("GET", f"{stack.alertmanager.url}/api/v2/alerts?active=true"))
    return [
        alert for alert in alerts if alert["labels"]["alertname"] == ALERT and alert["labels"].get("server") == SERVER
    ]


def test_an_alert_arrives_and_is_taken_back(hurried: Stack) -> None:
    assert active(hurried) == []
    hurried.mariadb.stop()
    try:
        wait_until(lambda: len(active(hurried)) == 1, f"{ALERT} does not arrive", seconds=120)
        (alert,) = active(hurried)
        assert alert["labels"]["severity"] == "critical"
        assert SERVER in alert["annotations"]["description"]
        assert f"var-connector={SERVER}" in alert["annotations"]["dashboard_url"]
        assert alert["annotations"]["runbook_url"].endswith(f"#{ALERT.lower()}")
    finally:
        hurried.mariadb.start()
        hurried.wait_for_streaming([MARIADB], seconds=180)
    wait_until(lambda: active(hurried) == [], f"{ALERT} is not taken back", seconds=420)
