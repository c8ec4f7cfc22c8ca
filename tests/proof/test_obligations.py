"""What is compiled to be proven, and what is proven first."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.proof.obligations import obligations, quickest_first, what_is_proven
from tests.proof.conftest import write_project

ROOT = Path(__file__).parents[2]


def test_what_no_proof_needs_is_not_compiled() -> None:
    project = load_project(ROOT)
    assert project.notifications is not None
    assert project.grafana_rule_groups
    compiled = compile_project(what_is_proven(project))
    assert {each.kind for each in compiled} == {"dashboard", "rules", "grafana-alerting"}
    assert all("groups" in each.data for each in compiled if each.kind == "grafana-alerting")


def test_the_first_proof_is_a_quick_one_of_the_first_file_and_the_others_keep_their_order(tmp_path: Path) -> None:
    project = load_project(write_project(tmp_path / "project"))
    first, *others = alerts = obligations(project, compile_project(project))
    assert first.guards
    found = [each.alert for each in quickest_first(alerts)]
    assert found == ["Flapping", *(each.alert for each in alerts if each.alert != "Flapping")]
    elsewhere = [evolve(each, declared_in="alerts/second.py") for each in others]
    assert quickest_first([first, *elsewhere]) == [first, *elsewhere]
    assert quickest_first([]) == []


def test_what_an_alert_asks_is_to_be_computed_as_often_as_the_alert_and_a_declared_record_as_declared(
    tmp_path: Path,
) -> None:
    project = load_project(write_project(tmp_path / "project"))
    documents = compile_project(project)
    assert [each.alert for each in obligations(project, documents) if each.seldom] == []
    (recorded,) = [each for each in documents if each.path.name == project.configuration.recorded_rules]
    recorded.data["groups"][0]["interval"] = "1m"
    late = {each.alert for each in obligations(project, documents) if each.seldom}
    assert "ConnectionLost" in late
    assert "LagHigh" not in late
