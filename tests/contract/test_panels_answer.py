"""Every panel of the three dashboards, and every rule, answers on a Debezium that really runs.

The stack is laid out and started by the scripts in $DASHLIB_SHARED/stack, on its own ports, and stopped afterwards.
With $DASHLIB_PROMETHEUS naming a Prometheus that scrapes a running one already, that one is asked instead.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
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

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

CONNECTORS = {"debezium-connect": "pg", "debezium-production": "pg1", "debezium-mysql": "mysql1"}
# Text attributes as numbers come from the lab's own exporter configuration, which this stack does not run.
DERIVED = "debezium_metrics_GtidPosition"
# What this stack has no exporter for, or no rule in its exporter's configuration.
ELSEWHERE = re.compile(r"aws_rds_|\bpg_|\bmysql_|BinlogFileNumber|SchemaHistoryStatus")
PATIENCE = 180  # seconds until all five connectors stream and two scrapes lie a rate interval apart


class Prometheus:
    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expression: str) -> list[dict[str, Any]]:
        body = urllib.parse.urlencode({"query": expression}).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/query", body, timeout=30) as answer:  # noqa: S310
            result: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return result

    def wait_for(self, expression: str, servers: Collection[str] = ()) -> None:
        """Wait until an expression gives something, of all of these connectors if its series are theirs."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = [series["metric"] for series in self.query(expression)]
            if found and ("server" not in found[0] or {each["server"] for each in found}.issuperset(servers)):
                return
            assert time.monotonic() < deadline, f"{expression} gives only {found} after {PATIENCE} s"
            time.sleep(1)


@pytest.fixture(scope="module")
def prometheus() -> Iterator[Prometheus]:
    if url := os.environ.get("DASHLIB_PROMETHEUS"):
        yield Prometheus(url)
        return
    # Not pytest's own folder, which only its owner may enter: PostgreSQL and MySQL run as users of their own.
    stack = Path(tempfile.mkdtemp(prefix="dashlib-stack-"))
    stack.chmod(0o755)
    try:
        subprocess.run([f"{os.environ['DASHLIB_SHARED']}/stack/setup.sh", str(stack)], check=True)
        started = subprocess.run([str(stack / "up.sh")], check=True, capture_output=True, text=True).stdout
        if "NOT ready" in started:
            logs = "\n".join(f"{log}:\n{log.read_text()[-2000:]}" for log in sorted((stack / "logs").iterdir()))
            pytest.fail(f"the stack did not come up:\n{started}\n{logs}")
        asked = Prometheus("http://127.0.0.1:9090")
        # Of each connector, for the panels are asked about one alone: it streams, its first change has told its lag
        # (-1 until then), and it has written for two scrapes.
        asked.wait_for('count(debezium_metrics_Connected{context="streaming"} == 1) == 5')
        asked.wait_for('count(debezium_metrics_MilliSecondsBehindSource{context="streaming"} != -1) == 5')
        asked.wait_for('count(rate(debezium_metrics_TotalNumberOfCreateEventsSeen{context="streaming"}[1m]) > 0) == 5')
        yield asked
    finally:
        if (stack / "down.sh").exists():
            subprocess.run([str(stack / "down.sh")], check=False)
        shutil.rmtree(stack, ignore_errors=True)


@pytest.mark.parametrize("choice", ["one connector", "All"])
@pytest.mark.parametrize(("uid", "panel"), [pytest.param(*p, id=f"{p[0]}-{p[1]['title']}") for p in panels(CONNECTORS)])
def test_a_panel_answers(prometheus: Prometheus, uid: str, panel: dict[str, Any], choice: str) -> None:
    connector = ".*" if choice == "All" else CONNECTORS[uid]
    for target in panel["targets"]:
        if DERIVED not in target["expr"] and "jvm_" not in target["expr"]:
            answer = prometheus.query(asked_by_grafana(target["expr"], connector))
            assert answer, f"{panel['title']} ({choice}): {target['expr']}"


@pytest.mark.parametrize("panel", [pytest.param(panel, id=panel["title"]) for _, panel in panels([ALERTS])])
def test_prometheus_takes_the_query_of_an_alerts_panel(prometheus: Prometheus, panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        prometheus.query(asked_by_grafana(target["expr"]))


@pytest.mark.parametrize("variable", [pytest.param(v, id=f"{uid}-{v['name']}") for uid, v in variables()])
def test_a_variable_lists_values(prometheus: Prometheus, variable: dict[str, Any]) -> None:
    selector, label = asked_by_variable(variable)
    found = {series["metric"].get(label) for series in prometheus.query(selector)}
    expected = {
        "job": {"kafka-connect"},
        "server": (set() if 'plugin="postgres"' in selector else {"mysql1", "mysql36", "maria1"})
        | (set() if 'plugin=~"' in selector else {"pg1", "pg37"}),
        "connector": {"mysql", "mysql36", "mariadb", "pg", "pg37"},
    }
    assert found == expected[label]


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule["alert"]) for rule in rules() if ELSEWHERE.search(watched_by(rule)) is None]
)
def test_a_rule_watches_series_that_exist(prometheus: Prometheus, rule: dict[str, Any]) -> None:
    watched = watched_by(rule).replace(',server=~"aurora.*"', "")
    if rule["labels"]["signal"] in NOTHING_WHEN_WELL:
        assert prometheus.query(watched) == []
        return
    servers = {"mysql1": "mysql", "mysql36": "mysql", "maria1": "mariadb", "pg1": "postgres", "pg37": "postgres"}
    prometheus.wait_for(watched, watched_servers(rule, servers))
