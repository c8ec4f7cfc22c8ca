"""A rule that confuses Kafka Connect clusters is found out, and one that tells them apart is proven to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.proof.obligations import exporter_of, obligations
from dashlib.proof.prover import prove
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

BESIDE = "beside another cluster"


def confused(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule that does not tell clusters apart."""
    return {**rule, "expr": rule["expr"].replace("cluster, ", "")}


@pytest.mark.parametrize("alert", ["LagOfLiveConnectors", "ConnectorGone"])
def test_an_alert_fires_for_its_cluster_only(
    alert: str, project_folder: Callable[..., Path], request: pytest.FixtureRequest
) -> None:
    folder = project_folder()
    file = folder / "pyproject.toml"
    file.write_text(f'{file.read_text()}identity = ["cluster"]\n')
    project = load_project(folder)
    [right] = [each for each in obligations(project, compile_project(project)) if each.alert == alert]
    assert right.rule is not None
    wrong = evolve(right, rule=confused(right.rule), records=tuple(map(confused, right.records)))
    found = [
        {phase.name: phase.outcome for phase in proof.phases}
        for proof in prove([right, wrong], exporter_of(project), needed_promtool(request))
    ]
    assert {name for name, outcome in found[0].items() if outcome != "proven"} == set()
    assert (found[0][BESIDE], found[1][BESIDE]) == ("proven", "failed")
