"""The alerts are proven as other exporters spell their metrics; `make verify-profiles` asks all of them."""

from __future__ import annotations

import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_for_profile
from dashlib.proof.prover import prove_project
from tests.compiled import ROOT
from tests.promtool import needed_promtool

pytestmark = pytest.mark.slow


# Two spellings of each metric and a series for each state; the kind of a connector in the names of its metrics.
@pytest.mark.parametrize("profile", ["debezium-server-otel", "rhel-connect"])
def test_the_alerts_of_a_profile_are_proven(profile: str, request: pytest.FixtureRequest) -> None:
    project = load_project(ROOT)
    compiled = compile_for_profile(project, profile)
    proofs = prove_project(project, compiled.documents, needed_promtool(request), profile=profile)
    assert proofs
    assert [proof.obligation.alert for proof in proofs if proof.outcome != "proven"] == []
