"""The rules that a course on Debezium teaches, and every defect in them that shows in the file.

The fixtures hold what the lessons state; the numbers are those of the list of defects in the course's references.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dashlib.lint import engine
from dashlib.lint.settings import Settings
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures/lint"

DEFECTS = [
    # number, file, check, what the message names
    (8, "lesson-rules", "unknown-metric", "debezium_metrics_LastEventTimestamp"),
    (13, "course-rules", "snapshot-gate", "DebeziumConnectorDisconnected"),
    (13, "course-rules", "snapshot-gate", "DebeziumGtidModeDisabled"),
    (14, "course-rules", "absence-guard", "debezium_metrics_MilliSecondsBehindSource"),
    (15, "course-rules", "value-format", "DebeziumHighBinlogLag"),
    (15, "course-rules", "value-format", "DebeziumQueueHighUtilization"),
    (16, "course-rules", "delayed-samples", "aws_rds_aurora_binlog_replica_lag_average"),
    (20, "lesson-rules", "unknown-label", "kafka_connect_connector_status has no label state"),
    (21, "lesson-rules", "unknown-metric", "pg_replication_slot_lag_bytes"),
    (23, "lesson-rules", "unknown-metric", "debezium_metrics_millisecondsbehind_source"),
    (24, "lesson-rules", "unknown-label-value", 'context="binlog"'),
    # an idle source keeps its lag: the first rules' scope is every connector
    (0, "course-rules", "idle-lag", "DebeziumHighBinlogLag"),
    (0, "course-rules", "idle-lag", "DebeziumCriticalBinlogLag"),
    (0, "lesson-rules", "alert-severity", "DebeziumConnectorFailedDuringDDL"),
]


def messages(name: str, check: str) -> list[str]:
    file = FIXTURES / f"{name}.yml"
    lint = engine.lint_of_files([(file, file.name)], Settings(), catalog(), load_profile("lab"), guess=True)
    return [finding.problem.message for finding in engine.run(lint).findings if finding.check == check]


@pytest.mark.parametrize(("number", "name", "check", "named"), DEFECTS)
def test_a_defect_is_found(number: int, name: str, check: str, named: str) -> None:
    found = messages(name, check)
    assert any(named in message for message in found), f"defect {number}: {found}"


def test_each_rule_of_the_course_is_in_the_fixture() -> None:
    text = (FIXTURES / "course-rules.yml").read_text(encoding="utf-8")
    assert text.count("- alert: ") == 8
