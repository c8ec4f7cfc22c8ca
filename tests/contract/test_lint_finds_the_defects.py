"""`dashlib lint` finds in the course's own files every defect that can be seen in them, defect by defect.

The numbers are those of the list of defects in the course's references. What is not in these files cannot be found in
them: 1 (a port of the lab), 6 (the agent's version), 10 to 12, 17 to 19 and 22 (texts and other files). 2 and 5 are
the exporter's, and are found with its profile. Those of rules (8, 13 to 16, 20, 21, 23, 24) are in
`tests/lint/test_defects.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dashlib.lint import engine
from dashlib.lint.settings import Settings
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile

ROOT = Path(__file__).resolve().parents[2]

DEFECTS = [
    # number, file, naming profile, check, what is offended
    (2, "debezium-connect", "course", "unknown-metric", "kafka_connect_connector_status"),
    (2, "debezium-connect", "course", "unknown-metric", "kafka_connect_connector_task_status"),
    (3, "debezium-connect", "", "constant-metric", "kafka_connect_connector_status"),
    (4, "debezium-connect", "", "optional-label", 'connector=~"$connector"'),
    (4, "debezium-connect", "", "optional-label", "{{connector}}"),
    (4, "debezium-connect", "course", "unknown-label", 'connector=~"$connector"'),
    (5, "debezium-mysql", "course", "unknown-metric", "debezium_metrics_RowsScanned"),
    (5, "debezium-production", "course", "unknown-metric", "debezium_metrics_RowsScanned"),
    (7, "debezium-mysql", "", "gone-metric", "debezium_metrics_SecondsBehindMaster"),
    (9, "debezium-mysql", "", "text-metric", "debezium_metrics_BinlogFilename"),
    (9, "debezium-mysql", "", "text-panel-with-query", "debezium_metrics_BinlogFilename"),
]


@pytest.mark.parametrize(("number", "name", "profile", "check", "offended"), DEFECTS)
def test_a_defect_is_found(shared: Path, number: int, name: str, profile: str, check: str, offended: str) -> None:
    assert number
    file = shared / f"lessons/original/{name}.json"
    lint = engine.lint_of_files(
        [(file, f"{name}.json")], Settings(), catalog(), load_profile(profile or "lab"), guess=not profile
    )
    found = [
        finding.problem.expression[slice(*(finding.problem.span or (0, 0)))]
        for finding in engine.run(lint).findings
        if finding.check == check
    ]
    assert any(offended in part for part in found), found


@pytest.mark.parametrize("name", ["debezium-connect", "debezium-mysql", "debezium-production"])
def test_the_compiled_dashboard_that_replaces_it_has_none_of_them(name: str) -> None:
    compiled = ROOT / f"labs/monitoring/grafana/dashboards/{name}.json"
    lint = engine.lint_of_files([(compiled, name)], Settings(), catalog(), load_profile("lab"), guess=False)
    assert [finding for finding in engine.run(lint).findings if finding.severity != "info"] == []
