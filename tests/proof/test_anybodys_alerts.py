"""Alerts on metrics of anybody's own: each of ten common ones is proven, and a wrong one is caught."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from dashlib.compile.loading import Project, load_project
from dashlib.compile.project import compile_project
from dashlib.proof.obligations import exporter_of, obligations
from dashlib.proof.prover import prove_project
from tests.promtool import needed_promtool
from tests.proof.conftest import Proving

if TYPE_CHECKING:
    from dashlib.proof.prover import Proof

DECLARATIONS = Path(__file__).parent / "anybodys_alerts.py"
CONFIGURATION = """\
[tool.dashlib]
rules = "rules"

[tool.dashlib.catalog]
node_cpu_seconds_total = { type = "counter", unit = "s", labels = ["cpu", "mode"] }
node_memory_MemAvailable_bytes = { type = "gauge", unit = "bytes" }
node_memory_MemTotal_bytes = { type = "gauge", unit = "bytes" }
node_filesystem_avail_bytes = { type = "gauge", unit = "bytes", labels = ["device", "mountpoint", "fstype"] }
http_requests_total = { type = "counter", unit = "count", labels = ["handler", "code"] }
http_request_duration_seconds = { type = "histogram", unit = "s", labels = ["handler"] }
probe_ssl_earliest_cert_expiry = { type = "gauge", unit = "epoch_s" }
kafka_consumergroup_lag = { type = "gauge", unit = "count", labels = ["consumergroup", "topic", "partition"] }
queue_oldest_message_timestamp_seconds = { type = "gauge", unit = "epoch_s", labels = ["queue"] }
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("anybody")
    (folder / "alerts").mkdir()
    (folder / "pyproject.toml").write_text(CONFIGURATION)
    (folder / "alerts" / "ten.py").write_text(DECLARATIONS.read_text())
    return load_project(folder)


@pytest.fixture(scope="module")
def anybody(project: Project, request: pytest.FixtureRequest) -> Proving:
    alerts = obligations(project, compile_project(project))
    return Proving({each.alert: each for each in alerts}, exporter_of(project), needed_promtool(request))


def unproven(proofs: list[Proof]) -> dict[str, object]:
    return {
        proof.obligation.alert: [(phase.name, phase.reason, phase.unmet) for phase in proof.phases]
        for proof in proofs
        if proof.outcome != "proven"
    }


def test_ten_alerts_of_anybody_are_proven(project: Project, request: pytest.FixtureRequest) -> None:
    proofs = prove_project(project, compile_project(project), needed_promtool(request))
    assert unproven(proofs) == {}
    assert len(proofs) == 17  # CPU at eight levels
    assert "rebalance" not in {phase.name for proof in proofs for phase in proof.phases}


@pytest.mark.parametrize(
    ("name", "written", "instead"),
    [
        ("CpuAbove60", 'mode="idle"', 'mode!="idle"'),
        ("CpuAbove60", "avg by", "max by"),
        ("CpuAbove60", "[5m]", "[15m]"),
        ("MemoryLow", "100 * ", "10 * "),
        ("DiskFullInFourHours", "4 * 3600", "40 * 3600"),
        ("TargetDown", "== 0", "!= 0"),
        ("JobAbsent", 'job="shop"', 'job="other"'),
        ("ManyErrors", '"5.."', '"4.."'),
        ("Slow", "0.99", "0.5"),
        ("CertificateEnds", " - time()", ""),
        ("ConsumerFallsBehind", "delta", "deriv"),
        ("QueueOld", "max by", "min by"),
    ],
)
def test_a_rule_that_is_not_what_was_declared_is_caught(
    name: str, written: str, instead: str, anybody: Proving
) -> None:
    expression = anybody.expression(name)
    assert written in expression
    assert anybody.finds_out(anybody.wrong(name, expr=expression.replace(written, instead)))


def test_what_a_proof_cannot_drive_is_uncovered_with_the_reason(anybody: Proving) -> None:
    alert = evolve(anybody.alerts["MemoryLow"], signal="ln(declared:node_memory_MemTotal_bytes)")
    (proof,) = anybody.prove_all([alert])
    assert proof.outcome == "untried"
    assert "ln()" in proof.phases[0].reason
