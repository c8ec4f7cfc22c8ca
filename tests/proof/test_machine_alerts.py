"""Fifty alerts of a user's own in one run: each is proven, or uncovered with a true reason; none is called failed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.proof.prover import prove_project
from tests.promtool import needed_promtool
from tests.proof.machine_alerts import ROWS

pytestmark = pytest.mark.slow

DECLARATIONS = Path(__file__).parent / "machine_alerts.py"
#: What the metrics of a kind have beside `job` and `instance`, by the beginning of their names.
LABELS = {
    "node_filesystem_": ["device", "mountpoint", "fstype"],
    "node_cpu_package_": ["package"],
    "node_cpu_seconds_": ["cpu", "mode"],
    "node_network_": ["device"],
    "node_disk_": ["device"],
    "node_bonding_": ["master"],
    "node_md_disks_": ["device"],
    "node_md_disks": ["device", "state"],
    "node_systemd_unit_": ["name", "state", "type"],
    "node_systemd_service_": ["name"],
}
#: Alerts of which no input can be made, each with a part of the reason that is given.
UNCOVERED: dict[str, str] = {}


def configuration() -> str:
    """Return a configuration whose catalog has the metrics of the alerts."""
    lines = ["[tool.dashlib]", 'rules = "rules"', "", "[tool.dashlib.catalog]"]
    for name in sorted({name for row in ROWS for name in re.findall(r"\bnode_\w+", row.expression)}):
        labels = next((labels for start, labels in LABELS.items() if name.startswith(start)), [])
        kind = "counter" if name.endswith("_total") or "_vmstat_" in name else "gauge"
        lines.append(f'{name} = {{ type = "{kind}", unit = "count", labels = {labels} }}')
    return "\n".join(lines)


def test_fifty_alerts_of_a_user_are_proven_in_one_run(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    (tmp_path / "alerts").mkdir()
    (tmp_path / "pyproject.toml").write_text(configuration())
    (tmp_path / "alerts" / "machines.py").write_text(DECLARATIONS.read_text())
    project = load_project(tmp_path)
    proofs = prove_project(project, compile_project(project), needed_promtool(request))
    assert len(proofs) == len(ROWS)
    failed = {proof.obligation.alert: [each.unmet for each in proof.phases if each.unmet] for proof in proofs}
    assert {name: unmet for name, unmet in failed.items() if unmet} == {}
    reasons = {
        proof.obligation.alert: "; ".join(phase.reason for phase in proof.phases if phase.reason)
        for proof in proofs
        if proof.outcome == "untried"
    }
    assert reasons.keys() == UNCOVERED.keys()
    assert all(UNCOVERED[name] in reason for name, reason in reasons.items())
