"""What a proof shows of an alert of each kind, and that it fails where the compiled rule is not what is declared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from dashlib.proof.promtool import run_tests
from dashlib.proof.prover import prove

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.proof.promtool import TestFile, Unmet
    from dashlib.proof.prover import PhaseProof, Proof
    from tests.proof.conftest import Proving


MYSQL = ',plugin=~"mysql|mariadb"'
DECLARED_MYSQL = ', plugin=~"mysql|mariadb"'


def phases(proof: Proof) -> dict[str, PhaseProof]:
    return {phase.name: phase for phase in proof.phases}


def failed(proof: Proof) -> set[str]:
    return {phase.name for phase in proof.phases if phase.outcome == "failed"}


#: What an alert with a value is proven in, beside its level and what is its own.
BESIDE = {"beside another series", "beside its like", "beside more and less"}
EVERYWHERE = {"stale", "absent", *BESIDE, "each that is named", "its text"}
MYSQL_STREAMING = EVERYWHERE | {"context elsewhere", "plugin postgres", "whatever values", "without connector"}
UNKNOWN = "MilliSecondsBehindSource at -1"

SNAPSHOT_RUNS = {f"a snapshot runs, {beside}" for beside in ("of another", "of those filtered out", "beside its like")}

PHASES = {
    "LagHigh": {
        *MYSQL_STREAMING,
        "just above 60",
        "not above 60",
        UNKNOWN,
        "unless a snapshot runs",
        *SNAPSHOT_RUNS,
    },
    "LagOfLiveConnectors": {
        *MYSQL_STREAMING,
        "just above 300",
        "not above 300",
        UNKNOWN,
        "not when events arrive",
        "events arrive, of another",
        "events arrive, of those filtered out",
        "events arrive, beside its like",
        "events arrive, MilliSecondsSinceLastEvent at -1",
        "unless a snapshot runs",
        *SNAPSHOT_RUNS,
        "events arrive, about 300",
    },
    "HeadroomLow": {*MYSQL_STREAMING, "just below 5", "not below 5", UNKNOWN},
    "QueueFull": {*MYSQL_STREAMING, "just above 80", "not above 80"} - {"beside more and less"},
    "LagGrows": {
        *MYSQL_STREAMING,
        "just above 5",
        "not above 5",
        UNKNOWN,
        "the signal, MilliSecondsBehindSource 10m ago no more",
        "the signal, MilliSecondsBehindSource 10m ago and back",
    },
    "ConnectionLost": {
        *MYSQL_STREAMING,
        "at 0",
        "at 1",
        "not when it was connected within the hour",
        "it was connected within the hour, of another",
        "it was connected within the hour, Connected 1h ago",
    },
    "ConnectorGone": {
        "gone",
        "gone from 0",
        "rebalance",
        "back again",
        "never there",
        "50m later",
        "not when a worker answers",
        "a worker answers, of another",
        "a worker answers, beside its like",
        "context elsewhere",
        "plugin postgres",
        "without connector",
        "each that is named",
        "beside more and less",
        "its text",
    },
    "Flapping": {
        *MYSQL_STREAMING,
        "just above 3",
        "not above 3",
        "standing still",
        "a reset",
        "across a reset",
        "the signal, NumberOfDisconnects 30m ago no more",
        "the signal, NumberOfDisconnects 30m ago not yet",
        "the signal, NumberOfDisconnects 30m ago at once",
    },
    # Its series do not carry the label by which its group is for some.
    "TaskFailed": {*EVERYWHERE, "just above 0", "status elsewhere"} - {"each that is named"},
    "TaskRestarts": {*MYSQL_STREAMING, "just above 3", "not above 3"} - {"beside more and less"},
}


@pytest.fixture(scope="module")
def proofs(proving: Proving) -> dict[str, Proof]:
    """Return the proof of each alert, all from one run."""
    return dict(zip(PHASES, proving.prove_all([proving.alerts[name] for name in PHASES]), strict=True))


def test_many_alerts_in_one_run_are_told_apart(proofs: dict[str, Proof]) -> None:
    assert {name: proof.obligation.alert for name, proof in proofs.items()} == {name: name for name in PHASES}
    assert {proof.outcome for proof in proofs.values()} == {"proven"}


@pytest.mark.parametrize("name", PHASES)
def test_an_alert_is_proven_in_all_phases_of_its_kind(name: str, proofs: dict[str, Proof]) -> None:
    proof = proofs[name]
    assert [(phase.name, phase.reason, phase.unmet) for phase in proof.phases if phase.outcome != "proven"] == []
    assert set(phases(proof)) == PHASES[name]
    assert all(phase.says for phase in proof.phases)


@pytest.mark.parametrize("name", ["ConnectionLost", "ConnectorGone"])
def test_an_alert_is_proven_through_what_is_recorded_for_it(name: str, recorded: Proving) -> None:
    alert = recorded.alerts[name]
    assert recorded.prove(name).outcome == "proven"
    first, *others = alert.records
    assert recorded.finds_out(evolve(alert, records=(*others, first)))


@pytest.mark.parametrize(
    "series",
    ["debezium_metrics_MilliSecondsBehindSource", '{__name__="debezium_metrics_MilliSecondsBehindSource"}'],
    ids=["as one expression", "as a rule"],
)
def test_a_rule_that_cannot_be_evaluated_where_what_is_declared_can_be_is_found_out(
    series: str, proving: Proving
) -> None:
    alone = f"{proving.expression('LagHigh')} and on () (vector(1) + on () (1 + 0 * {series}))"
    proof = proving.prove_all([proving.wrong("LagHigh", expr=alone)])[0]
    first, *_ = phases(proof)["beside another series"].unmet
    assert first.got.startswith("error: ")
    assert "just above 60" not in failed(proof)


def test_a_proof_says_when_an_alert_is_pending_fires_and_ends(proofs: dict[str, Proof]) -> None:
    assert phases(proofs["LagHigh"])["just above 60"].says == (
        "silent before",
        "pending at once",
        "pending for 5m",
        "fires after 5m",
        "one alert",
        "resolved",
        "as declared",
    )
    assert phases(proofs["ConnectorGone"])["gone"].says == (
        "silent while it is there",
        "pending for 2m",
        "fires after 2m",
        "one alert",
        "as declared",
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
        ("HeadroomLow", " != -1", "", UNKNOWN),
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
        ("ConnectorGone", "[50m:30s]", "[40m:30s]", "50m later"),
    ],
)
def test_a_rule_that_compares_otherwise_than_declared_is_caught(
    name: str, written: str, instead: str, phase: str | None, proving: Proving
) -> None:
    expression = proving.expression(name)
    assert written in expression
    wrong = proving.wrong(name, expr=expression.replace(written, instead, 1))
    if phase is None:  # nearer to what is declared than the next value that the metric can have
        assert not proving.finds_out(wrong)
    else:
        assert proving.finds_out(wrong, phase)


@pytest.mark.parametrize("by", [-30, 30])
def test_a_for_that_is_off_by_one_evaluation_is_caught(by: int, proving: Proving) -> None:
    wrong = [
        evolve(proving.alerts[name], rule={**proving.rule(name), "for": f"{int(proving.alerts[name].lasting) + by}s"})
        for name in PHASES
    ]
    found = prove(wrong, proving.exporter, proving.promtool, until_failure=True)
    caught = {proof.obligation.alert for proof in found if proof.phases[0].outcome == "failed"}
    assert caught == set(PHASES)


def test_rules_that_are_evaluated_less_often_than_declared_are_caught(proving: Proving) -> None:
    (proof,) = proving.prove_all([evolve(proving.alerts["LagHigh"], interval=60.0)])
    assert failed(proof) == {"compiled"}


@pytest.mark.parametrize(
    ("name", "guard", "phase"),
    [
        ("LagHigh", r" unless on \([^)]*\) \(max .*== 1\)", "unless a snapshot runs"),
        ("ConnectionLost", r" and on \([^)]*\) \(max .*== 1\)", "not when it was connected within the hour"),
        ("ConnectorGone", r" and on \(job\) \(group .*\)$", "not when a worker answers"),
        ("LagOfLiveConnectors", r" and on \([^)]*\) \(.*? < 300\)", "not when events arrive"),
    ],
)
def test_a_guard_that_is_dropped_or_turned_round_is_caught(name: str, guard: str, phase: str, proving: Proving) -> None:
    expression = proving.expression(name)
    found = re.search(guard, expression)
    assert found is not None, expression
    assert proving.finds_out(proving.wrong(name, expr=expression.replace(found[0], "")), phase)
    turned = {" and": " unless", " unles": " and"}
    written = next(
        turned[word] + found[0].removeprefix(word).removeprefix("s") for word in turned if found[0].startswith(word)
    )
    assert proving.finds_out(proving.wrong(name, expr=expression.replace(found[0], written)))


def test_a_guard_that_is_joined_by_too_few_labels_is_caught(proving: Proving) -> None:
    expression = proving.expression("LagHigh")
    for label in ("job", "plugin", "server"):
        left = ", ".join(each for each in ("job", "plugin", "server") if each != label)
        wrong = expression.replace("unless on (job, plugin, server)", f"unless on ({left})")
        assert wrong != expression
        assert failed(proving.prove("LagHigh", expr=wrong)) == {"a snapshot runs, of another"}


@pytest.mark.parametrize(
    ("written", "instead", "phase"),
    [
        (" / 1000", " / 100", "just above 60"),
        (" / 1000", "", "not above 60"),
        ('context="streaming",', "", "context elsewhere"),
        ("max by (job, plugin, server)", "min by (job, plugin, server)", "beside another series"),
        ("max by (job, plugin, server)", "sum by (job, plugin, server)", "beside another series"),
        ("max by (job, plugin, server)", "max by (job, plugin)", "just above 60"),
    ],
)
def test_a_fault_of_the_compiler_is_caught(written: str, instead: str, phase: str, proving: Proving) -> None:
    """These are in the recording rule that `LagHigh` asks for."""
    alert = proving.alerts["LagHigh"]
    (record,) = alert.records
    assert written in record["expr"]
    wrong = {**record, "expr": record["expr"].replace(written, instead)}
    assert proving.finds_out(evolve(alert, records=(wrong,)), phase)


def test_a_filter_of_the_rule_group_that_is_dropped_is_caught(proving: Proving) -> None:
    wrong = proving.expression("QueueFull").replace(MYSQL, "")
    assert failed(proving.prove("QueueFull", expr=wrong)) == {"plugin postgres"}


def test_a_scale_in_a_guard_that_is_wrong_is_caught(proving: Proving) -> None:
    expression = proving.expression("LagOfLiveConnectors")
    assert "MilliSecondsSinceLastEvent" in expression
    wrong = re.sub(r"(MilliSecondsSinceLastEvent\{[^}]*\}[^<]*) / 1000", r"\1 / 100", expression)
    assert wrong != expression
    assert proving.finds_out(proving.wrong("LagOfLiveConnectors", expr=wrong), "events arrive, about 300")


@pytest.mark.parametrize(
    ("expression", "phase"),
    [
        (
            'max by (job, plugin, server) (debezium_metrics_NumberOfDisconnects{context="streaming"}) > 3',
            "standing still",
        ),
        (
            'sum by (job, plugin, server) (delta(debezium_metrics_NumberOfDisconnects{context="streaming"}[30m])) < -3',
            "a reset",
        ),
        (
            'sum by (job, plugin, server) (delta(debezium_metrics_NumberOfDisconnects{context="streaming"}[30m])) > 3',
            "across a reset",
        ),
    ],
)
def test_a_change_that_is_no_growth_is_caught(expression: str, phase: str, proving: Proving) -> None:
    assert proving.finds_out(proving.wrong("Flapping", expr=expression), phase)


@pytest.mark.parametrize(
    "labels",
    [{"severity": "critical", "signal": "lag"}, {"severity": "warning"}, {"severity": "warning", "signal": "l"}],
)
def test_labels_that_are_not_declared_are_caught(labels: dict[str, str], proving: Proving) -> None:
    (proof,) = prove([proving.wrong("LagHigh", labels=labels)], proving.exporter, proving.promtool)
    [(unmet,)] = [phase.unmet for phase in proof.phases]
    [(name, declared, compiled)] = [
        (name, value, labels.get(name, "none"))
        for name, value in proving.rule("LagHigh")["labels"].items()
        if labels.get(name) != value
    ]
    assert (unmet.check.says, unmet.got) == (f"label {name} is {declared}", compiled)


def test_a_label_that_is_told_from_another_is_proven(proving: Proving) -> None:
    labels = {**proving.rule("LagHigh")["labels"], "team": "of {{ $labels.server }}"}
    declared = evolve(proving.alerts["LagHigh"], labels=labels)
    outcomes = [
        next(
            prove(
                [evolve(declared, rule={**proving.rule("LagHigh"), "labels": compiled})],
                proving.exporter,
                proving.promtool,
            )
        ).outcome
        for compiled in (labels, {**labels, "team": "of {{ $labels.plugin }}"})
    ]
    assert outcomes == ["proven", "failed"]


def test_a_value_in_a_text_is_told_in_the_unit_of_the_signal(proving: Proving) -> None:
    said = proving.rule("LagHigh")["annotations"]
    assert "{{ $value | humanizeDuration }}" in said["description"]
    for written in ("{{ $value }}", "{{ $value | humanize }}", "1m 2s", "1m 1s"):  # the last is right once, by chance
        wrong = {**said, "description": said["description"].replace("{{ $value | humanizeDuration }}", written)}
        alert = evolve(proving.alerts["LagHigh"], rule={**proving.rule("LagHigh"), "annotations": wrong})
        (proof,) = proving.prove_all([alert])
        assert failed(proof) == {"its text"}
        (unmet,) = phases(proof)["its text"].unmet
        assert unmet.check.says == "told as declared"


def test_a_rule_that_was_not_compiled_is_caught(proving: Proving) -> None:
    (proof,) = proving.prove_all([evolve(proving.alerts["LagHigh"], rule=None)])
    assert failed(proof) == {"compiled"}


@pytest.mark.parametrize("link", ["runbook_url", "dashboard_url"])
def test_a_link_that_leads_elsewhere_is_caught(link: str, proving: Proving) -> None:
    alert = proving.alerts["LagHigh"]
    said = {**proving.rule("LagHigh")["annotations"], link: "https://elsewhere"}
    (proof,) = proving.prove_all([evolve(alert, rule={**proving.rule("LagHigh"), "annotations": said})])
    assert failed(proof) == {"compiled"}
    wanted = evolve(
        alert, runbook="https://docs/lag.md#laghigh", panels=frozenset({"https://grafana/d/lag?viewPanel=1"})
    )
    (proof,) = proving.prove_all([wanted])
    assert failed(proof) == {"compiled"}


def test_an_absence_without_its_window_is_caught(proving: Proving) -> None:
    signal = "debezium_metrics_QueueTotalCapacity"
    wrong = proving.wrong("ConnectorGone", expr=f"vector(1) unless on () ({signal})")
    assert proving.finds_out(wrong, "never there")


def test_an_absence_that_a_rebalance_fires_is_caught(proving: Proving) -> None:
    by_worker = proving.expression("ConnectorGone").replace(
        "by (job, plugin, server)", "by (job, plugin, server, instance)"
    )
    assert proving.finds_out(proving.wrong("ConnectorGone", expr=by_worker), "rebalance")


def test_two_alerts_for_one_problem_are_caught(proving: Proving) -> None:
    expression = proving.expression("LagHigh")
    twice = f'{expression} or label_replace({expression}, "copy", "yes", "", "")'
    assert proving.finds_out(proving.wrong("LagHigh", expr=twice), "just above 60")


def test_a_rule_that_never_fires_is_caught(proving: Proving) -> None:
    assert proving.finds_out(proving.wrong("QueueFull", expr="absent(up) > 2"))


def test_a_recorded_series_that_is_computed_less_often_than_the_alert_is_caught(proving: Proving) -> None:
    (proof,) = proving.prove_all([evolve(proving.alerts["LagHigh"], seldom=("server:debezium_lag_seconds:max",))])
    assert failed(proof) == {"compiled"}
    assert "server:debezium_lag_seconds:max" in phases(proof)["compiled"].unmet[0].check.says


def test_what_did_not_hold_is_said_with_the_input_and_what_promtool_got(proving: Proving) -> None:
    expression = proving.expression("LagHigh").replace(" > 60", " > 50")
    unmet = phases(proving.prove("LagHigh", expr=expression))["not above 60"].unmet
    assert [(one.check.says, one.check.expected) for one in unmet] == [("silent at 60", None), ("as declared", None)]
    assert unmet[0].got.startswith("{}")
    assert 'MilliSecondsBehindSource{connector="orders-connector"' in unmet[0].input
    assert "is 60;" in unmet[0].input


def test_what_cannot_be_driven_is_not_proven_and_says_why(proving: Proving) -> None:
    logarithm, never = proving.prove("LogarithmHigh"), proving.prove("NeverTrue")
    assert (logarithm.outcome, never.outcome) == ("untried", "untried")
    assert "cannot invert ln()" in phases(logarithm)["just above 2"].reason
    assert phases(never)["just above 3"].reason


def test_connectors_with_other_labels_are_proven_too(proving: Proving) -> None:
    alert = proving.alerts["ConnectionLost"]
    everywhere = evolve(
        alert,
        signal=alert.signal.replace(DECLARED_MYSQL, ""),
        reference=alert.reference.replace(DECLARED_MYSQL, ""),
        declared=alert.declared.replace(DECLARED_MYSQL, ""),
        rule={**proving.rule("ConnectionLost"), "expr": proving.expression("ConnectionLost").replace(MYSQL, "")},
        guards=tuple(evolve(guard, expression=guard.expression.replace(DECLARED_MYSQL, "")) for guard in alert.guards),
        elsewhere=(),
    )
    (proof,) = proving.prove_all([everywhere])
    assert {name: phase.outcome for name, phase in phases(proof).items() if phase.about == "connector"} == {
        "on sql_server": "proven",
        "on mongodb": "proven",
        "without connector": "proven",
    }


def test_results_come_while_others_are_still_to_be_proven(proving: Proving, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(promtool: str, files: Sequence[TestFile]) -> list[Unmet]:
        asked.append(len(files))
        return run_tests(promtool, files)

    monkeypatch.setattr("dashlib.proof.prover.run_tests", counted)
    shown: list[tuple[int, int]] = []
    alerts = [proving.alerts[name] for name in ("TaskFailed", "QueueFull", "TaskRestarts")]
    proofs = prove(alerts, proving.exporter, proving.promtool, lambda done, of: shown.append((done, of)))
    assert next(proofs).obligation.alert == "TaskFailed"
    before = len(asked)
    assert [proof.obligation.alert for proof in proofs] == ["QueueFull", "TaskRestarts"]
    assert len(asked) > before
    assert shown == [(0, 3), (1, 3), (3, 3)]


def test_up_to_the_first_failure_it_stops_asking(proving: Proving) -> None:
    wrong = evolve(proving.alerts["LagHigh"], rule={**proving.rule("LagHigh"), "expr": "vector(0) > 1"})
    (proof,) = prove([wrong], proving.exporter, proving.promtool, until_failure=True)
    assert proof.outcome == "failed"
    assert len(proof.phases) < len(PHASES["LagHigh"])
