"""`dashlib explain`: what is known about a name, as the terminal shows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Shell


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("DebeziumLag", ["(alert): Lag is above 5 seconds.", "severity", "warning", "for", "2 minutes",
                         "runbooks.example.com/lag.md#debeziumlag", "alerts/lag.py:11"]),
        ("lag", ["(signal): Lag", "means", "How long after", "alerts", "DebeziumLag", "(runbook): Lag"]),
        ("LIVE_LAG", ["only", "when events arrive, or the queue is full; unless"]),
        ("IS_CONNECTED", ["(guard): the connector is connected"]),
        ("MilliSecondsBehindSource", ["exported as", "debezium_metrics_MilliSecondsBehindSource", "unknown", "-1"]),
        ("debezium_metrics_Connected", ["Connected (metric)"]),
        ("stale-now", ["(check): A panel of current values", "What to do:"]),
        ("server:debezium_lag_seconds:max", ["(recorded)", "computes", "MilliSecondsBehindSource", "DebeziumLag"]),
        ("strimzi", ["(profile): Strimzi", "notes"]),
        ("task-failed", ["(runbook): "]),
    ],
)  # fmt: skip
def test_what_is_known_is_told(shell: Shell, name: str, said: list[str]) -> None:
    result = shell.dashlib("explain", name)
    assert (result.returncode, result.stderr) == (0, "")
    for part in said:
        assert part in result.stdout, part


def test_the_projects_own_runbook_is_told(shell: Shell) -> None:
    shell.write("docs/runbooks/lag.md", "# Lag\n\n## DebeziumLag\n\nCall the owner of the table.\n\n## Other\n\nNo.\n")
    text = shell.dashlib("explain", "debeziumlag").stdout
    assert text.endswith("\n\n  Call the owner of the table.\n")


def test_machines_get_the_same(shell: Shell) -> None:
    (entry,) = json.loads(shell.dashlib("explain", "DebeziumLag", "--format", "json").stdout)
    assert entry["kind"] == "alert"
    assert entry["facts"]["expression"] == "server:debezium_lag_seconds:max > 5"


def test_outside_of_a_project_it_explains_what_comes_with_dashlib(shell: Shell) -> None:
    (shell.folder / "elsewhere").mkdir()
    (shell.folder / "pyproject.toml").unlink()
    result = shell.dashlib("explain", "DebeziumQueueSaturation", cwd=shell.folder / "elsewhere")
    assert (result.returncode, result.stderr) == (0, "")
    assert "### It says" in result.stdout


def test_a_name_that_nothing_has_is_one_sentence_with_the_nearest(shell: Shell) -> None:
    result = shell.dashlib("explain", "DebeziumLagg")
    assert result.returncode == 2
    assert "nothing here is called 'DebeziumLagg'" in result.stderr
    assert "did you mean 'DebeziumLag'" in result.stderr
