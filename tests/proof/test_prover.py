"""What a proof shows of an alert of each kind, and that it fails where the compiled rule is not what is declared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

if TYPE_CHECKING:
    from dashlib.proof.prover import PhaseProof, Proof
    from tests.proof.conftest import Proving


MYSQL = ',plugin=~"mysql|mariadb"'


def phases(proof: Proof) -> dict[str, PhaseProof]:
    return {phase.name: phase for phase in proof.phases}


def failed(proof: Proof) -> set[str]:
    return {phase.name for phase in proof.phases if phase.outcome == "failed"}


PHASES = {
    "LagHigh": {
        "just above 60",
        "not above 60",
        "stale",
        "absent",
        "debezium_metrics_MilliSecondsBehindSource at -1",
        "unless a snapshot runs",
    },
    "LagOfLiveConnectors": {
        "just above 300",
        "not above 300",
        "stale",
        "absent",
        "debezium_metrics_MilliSecondsBehindSource at -1",
        "not when events arrive",
        "unless a snapshot runs",
    },
    "HeadroomLow": {
        "just below 5",
        "not below 5",
        "stale",
        "absent",
        "debezium_metrics_MilliSecondsBehindSource at -1",
    },
    "QueueFull": {"just above 80", "not above 80", "stale", "absent"},
    "LagGrows": {"just above 5", "not above 5", "stale", "absent", "debezium_metrics_MilliSecondsBehindSource at -1"},
    "ConnectionLost": {"at 0", "at 1", "stale", "absent", "not when it was connected within the hour"},
    "ConnectorGone": {"gone", "rebalance", "back again", "never there", "50m later", "not when a worker answers"},
    "Flapping": {"just above 3", "not above 3", "stale", "absent"},
    "TaskFailed": {"just above 0", "stale", "absent"},
    "TaskRestarts": {"just above 3", "not above 3", "stale", "absent"},
}


@pytest.mark.parametrize("name", PHASES)
def test_an_alert_is_proven_in_all_phases_of_its_kind(name: str, proving: Proving) -> None:
    proof = proving.prove(name)
    assert [(phase.name, phase.reason, phase.unmet) for phase in proof.phases if phase.outcome != "proven"] == []
    assert set(phases(proof)) == PHASES[name]
    assert all(phase.says for phase in proof.phases)


def test_a_proof_says_when_an_alert_is_pending_fires_and_ends(proving: Proving) -> None:
    assert phases(proving.prove("LagHigh"))["just above 60"].says == (
        "silent before",
        "pending at once",
        "pending for 5m",
        "fires after 5m",
        "one alert",
        "resolved",
    )
    assert phases(proving.prove("ConnectorGone"))["gone"].says == (
        "silent while it is there",
        "pending for 2m",
        "fires after 2m",
        "one alert",
    )


@pytest.mark.parametrize(
    ("name", "written", "instead", "phase"),
    [
        ("LagHigh", " > 60", " < 60", "just above 60"),
        ("LagHigh", " > 60", " >= 60", "not above 60"),
        ("LagHigh", " > 60", " > 60.0005", None),
        ("LagHigh", " > 60", " > 61", "just above 60"),
        ("LagHigh", " > 60", " > 59", "not above 60"),
        ("QueueFull", " > 80", " > 79.9999", "not above 80"),
        ("QueueFull", " > 80", " > 80.001", "just above 80"),
        ("HeadroomLow", " < 5", " > 5", "just below 5"),
        ("HeadroomLow", " < 5", " <= 5", "not below 5"),
        ("HeadroomLow", " != -1", "", "debezium_metrics_MilliSecondsBehindSource at -1"),
        ("LagGrows", "[10m:30s]", "[20m:30s]", "just above 5"),
        ("LagGrows", " > 5", " > 5.1", "just above 5"),
        ("ConnectionLost", " == 0", " == 1", "at 0"),
        ("ConnectionLost", " == 0", " >= 0", "at 1"),
        ("TaskFailed", " > 0", " > 1", "just above 0"),
        ("TaskRestarts", " > 3", " > 2", "not above 3"),
        ("TaskRestarts", " > 3", " > 4", "just above 3"),
        ("Flapping", " > 3", " > 4", "just above 3"),
        ("Flapping", " > 3", " > 2.9", "not above 3"),
        ("ConnectorGone", "[50m:30s]", "[2h:30s]", "50m later"),
        ("ConnectorGone", "[50m:30s]", "[40m:30s]", None),
    ],
)
def test_a_rule_that_compares_otherwise_than_declared_is_caught(
    name: str, written: str, instead: str, phase: str | None, proving: Proving
) -> None:
    expression = proving.expression(name)
    assert written in expression
    proof = proving.prove(name, expr=expression.replace(written, instead, 1))
    if phase is None:  # nearer to what is declared than the next value that the metric can have
        assert proof.outcome == "proven"
    else:
        assert phase in failed(proof)


@pytest.mark.parametrize("by", [-30, 30])
def test_a_for_that_is_off_by_one_evaluation_is_caught(by: int, proving: Proving) -> None:
    alerts = [proving.alerts[name] for name in PHASES]
    wrong = [evolve(alert, rule={**alert.rule, "for": f"{int(alert.lasting) + by}s"}) for alert in alerts]
    caught = {proof.obligation.alert for proof in proving.prove_all(wrong) if proof.phases[0].outcome == "failed"}
    assert caught == set(PHASES)


@pytest.mark.parametrize("name", [name for name in PHASES if name != "LagOfLiveConnectors"])
def test_a_guard_that_is_dropped_or_turned_round_is_caught(name: str, proving: Proving) -> None:
    alert = proving.alerts[name]
    expression = proving.expression(name)
    for guard in alert.guards:
        found = re.search(rf" {guard.keyword} on \([^)]*\) \({re.escape(guard.expression)}\)", expression)
        assert found is not None
        without = proving.prove(name, expr=expression.replace(found[0], ""))
        assert failed(without) == {f"{'unless' if guard.keyword == 'unless' else 'not when'} {guard.name}"}
        other = {"and": "unless", "unless": "and"}[guard.keyword]
        turned = proving.prove(name, expr=expression.replace(found[0], found[0].replace(guard.keyword, other, 1)))
        assert turned.outcome == "failed"


def test_a_guard_inside_the_aggregation_that_is_dropped_is_caught(proving: Proving) -> None:
    expression = proving.expression("LagOfLiveConnectors")
    start = expression.index(" and on (")
    end = expression.index(" < 300)") + len(" < 300)")
    proof = proving.prove("LagOfLiveConnectors", expr=expression[:start] + expression[end:])
    assert failed(proof) == {"not when events arrive"}


def test_an_absence_without_its_window_is_caught(proving: Proving) -> None:
    signal = proving.alerts["ConnectorGone"].signal
    assert "never there" in failed(proving.prove("ConnectorGone", expr=f"vector(1) unless on () ({signal})"))


def test_an_absence_that_a_rebalance_fires_is_caught(proving: Proving) -> None:
    by_worker = proving.expression("ConnectorGone").replace(
        "by (job, plugin, server)", "by (job, plugin, server, instance)"
    )
    assert "rebalance" in failed(proving.prove("ConnectorGone", expr=by_worker))


def test_two_alerts_for_one_problem_are_caught(proving: Proving) -> None:
    expression = proving.expression("LagHigh")
    twice = f'{expression} or label_replace({expression}, "copy", "yes", "", "")'
    assert "just above 60" in failed(proving.prove("LagHigh", expr=twice))


def test_a_rule_that_never_fires_is_caught(proving: Proving) -> None:
    assert proving.prove("QueueFull", expr="absent(up) > 2").outcome == "failed"


def test_what_did_not_hold_is_said_with_the_input_and_what_promtool_got(proving: Proving) -> None:
    expression = proving.expression("LagHigh").replace(" > 60", " > 50")
    unmet = phases(proving.prove("LagHigh", expr=expression))["not above 60"].unmet
    assert [(one.check.says, one.check.expected) for one in unmet] == [("silent at 60", None)]
    assert unmet[0].got.startswith("{}")
    assert 'debezium_metrics_MilliSecondsBehindSource{connector="orders"' in unmet[0].input
    assert "is 60000" in unmet[0].input


def test_what_cannot_be_driven_is_not_proven_and_says_why(proving: Proving) -> None:
    logarithm, never = proving.prove("LogarithmHigh"), proving.prove("NeverTrue")
    assert (logarithm.outcome, never.outcome) == ("untried", "untried")
    assert "it cannot turn ln() round" in phases(logarithm)["just above 2"].reason
    assert phases(never)["just above 3"].reason


def test_connectors_with_other_labels_are_proven_too(proving: Proving) -> None:
    alert = proving.alerts["ConnectionLost"]
    everywhere = evolve(
        alert,
        signal=alert.signal.replace(MYSQL, ""),
        reference=alert.reference.replace(MYSQL, ""),
        rule={**alert.rule, "expr": proving.expression("ConnectionLost").replace(MYSQL, "")},
        records=tuple({**record, "expr": record["expr"].replace(MYSQL, "")} for record in alert.records),
        guards=tuple(evolve(guard, expression=guard.expression.replace(MYSQL, "")) for guard in alert.guards),
    )
    (proof,) = proving.prove_all([everywhere])
    assert {name: phase.outcome for name, phase in phases(proof).items() if phase.about == "connector"} == {
        "on sql_server": "proven",
        "on mongodb": "proven",
    }


def test_many_alerts_in_one_run_are_told_apart(proving: Proving) -> None:
    proofs = proving.prove_all([proving.alerts[name] for name in PHASES])
    assert [proof.obligation.alert for proof in proofs] == list(PHASES)
    assert {proof.outcome for proof in proofs} == {"proven"}
