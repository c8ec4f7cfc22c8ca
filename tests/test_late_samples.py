"""CloudWatch's samples come late and carry their own times: what a real Prometheus keeps of them, and the rules see."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.doctor.running import Pages, ask, running
from tests.programs import needed_program

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = Path(__file__).parents[1] / "labs" / "monitoring" / "prometheus" / "alerts"
LAG = "aws_rds_aurora_binlog_replica_lag_average"
USED = "aws_rds_change_log_bytes_used_average"


def late(minutes: float) -> int:
    """Return the time that a sample of some minutes ago carries, in milliseconds."""
    return round((time.time() - 60 * minutes) * 1000)


@pytest.fixture(scope="module")
def prometheus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a Prometheus that scrapes both exporters' metrics."""
    # cloudwatch_exporter sends CloudWatch's times, and YACE none unless it is told to
    metrics = f"""
{LAG}{{dbcluster_identifier="late"}} 700 {late(10)}
{LAG}{{dbcluster_identifier="much-too-late"}} 700 {late(25)}
{LAG}{{dbcluster_identifier="unknown"}} -1 {late(10)}
{LAG}{{dbcluster_identifier="near"}} 20 {late(10)}
{LAG}{{name="arn:aws:rds:eu-west-1:1:cluster:yace",dimension_DBClusterIdentifier="yace"}} 301
{LAG}{{name="arn:aws:rds:eu-west-1:1:cluster:snake",dimension_dbcluster_identifier="yace-in-snake-case"}} 301
{USED}{{dbcluster_identifier="late"}} 80000000001 {late(10)}
{USED}{{dbcluster_identifier="near"}} 80000000000 {late(10)}
"""
    program = needed_program(request, "prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    with (
        Pages({"/metrics": (metrics, "text/plain; version=0.0.4")}) as pages,
        running(program, folder, {"aws_rds": [pages.port]}) as url,
    ):
        yield url


@pytest.mark.parametrize(
    ("alert", "clusters"),
    [
        ("AuroraBinlogLagHigh", {"late", "yace", "yace-in-snake-case"}),
        ("AuroraBinlogLagCritical", {"late"}),
        ("AuroraBinlogStorageHigh", {"late"}),
    ],
)
def test_a_late_sample_counts_and_one_that_is_too_old_or_unknown_does_not(
    prometheus: str, alert: str, clusters: set[str]
) -> None:
    rules = [
        rule
        for file in RULES.glob("*.yml")
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
    ]
    (expression,) = (rule["expr"] for rule in rules if rule.get("alert") == alert)
    for rule in rules:
        if "record" in rule and expression.startswith(rule["record"]):
            expression = expression.replace(rule["record"], f"({rule['expr']})")
    assert {each["metric"]["dbcluster_identifier"] for each in ask(prometheus, expression)} == clusters
