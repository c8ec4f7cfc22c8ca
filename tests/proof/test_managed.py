"""Grafana-managed rules are proven beside Prometheus' of the same alerts, or alone where they are for other series."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.proof.obligations import exporter_of, obligations
from dashlib.proof.prover import prove
from dashlib.proof.reports import ProofReport
from tests.promtool import needed_promtool
from tests.proof.conftest import write_project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dashlib.compile.loading import Project
    from dashlib.documents.document import Document
    from dashlib.proof.exporter import Exporter
    from dashlib.proof.obligations import Obligation
    from dashlib.proof.prover import Proof

MORE = """
from dashlib import GrafanaRule, GrafanaRuleGroup

same = GrafanaRuleGroup("same", folder="CDC", interval="30s", rules=[proven])
others = GrafanaRuleGroup(
    "others",
    folder="CDC",
    interval="1m",
    where={},
    rules=[
        GrafanaRule("Lag", proven, "LagHigh", no_data="Alerting"),
        GrafanaRule("Connection", proven, "ConnectionLost"),
    ],
)
"""


class Managed:
    """The project, compiled, and what its Grafana-managed rules can be changed to."""

    def __init__(self, project: Project, promtool: str) -> None:
        self.project, self.promtool = project, promtool
        self.documents: Sequence[Document] = compile_project(project)
        self.exporter: Exporter = exporter_of(project)

    def alerts(self, change: Callable[[Any], None] = lambda _: None) -> Mapping[str, Obligation]:
        """Return the alerts where the groups of the Grafana-managed rules are changed, by their names."""
        documents = [
            evolve(each, data=copy.deepcopy(each.data)) if each.kind == "grafana-alerting" else each
            for each in self.documents
        ]
        (rules,) = (each.data for each in documents if each.kind == "grafana-alerting")
        change({group["name"]: group for group in rules["groups"]})
        return {each.alert: each for each in obligations(self.project, documents)}

    def prove(self, *alerts: Obligation, until_failure: bool = False) -> list[Proof]:
        return list(prove(alerts, self.exporter, self.promtool, until_failure=until_failure))

    def said(self, alert: Obligation) -> set[str]:
        """Return the phases and checks of an alert that do not hold, until the first does not."""
        (proof,) = self.prove(alert, until_failure=True)
        return {unmet.check.says for phase in proof.phases for unmet in phase.unmet}


@pytest.fixture(scope="module")
def managed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Managed:
    promtool = needed_promtool(request)
    return Managed(load_project(write_project(tmp_path_factory.mktemp("managed"), MORE)), promtool)


def rule(groups: Any, group: str, title: str) -> Any:
    (found,) = (each for each in groups[group]["rules"] if each["title"] == title)
    return found


def replaced(old: str, new: str) -> Callable[[Any], None]:
    """Return the change of a rule's query."""

    def change(rule: Any) -> None:
        model = rule["data"][0]["model"]
        assert old in model["expr"]
        model["expr"] = model["expr"].replace(old, new)

    return change


def evaluator(**parts: Any) -> Callable[[Any], None]:
    return lambda rule: rule["data"][-1]["model"]["conditions"][0]["evaluator"].update(parts)


def text(old: str, new: str) -> Callable[[Any], None]:
    def change(rule: Any) -> None:
        said = rule["annotations"]
        assert old in said["description"]
        said["description"] = said["description"].replace(old, new)

    return change


def test_rules_for_the_same_series_are_proven_with_the_alert_and_others_alone(managed: Managed) -> None:
    alerts = managed.alerts()
    beside = {name for name, each in alerts.items() if each.managed is not None}
    assert beside == {each.name for each in managed.project.rule_groups[0][0].rules if hasattr(each, "summary")}
    assert {(each.group, each.path) for name, each in alerts.items() if name in ("Lag", "Connection")} == {
        ("others", "build/grafana/alerting/rules.yaml")
    }
    wanted = [alerts[name] for name in ("LagHigh", "ConnectorGone", "Flapping", "Lag", "Connection")]
    assert {proof.obligation.alert: proof.outcome for proof in managed.prove(*wanted)} == {
        each.alert: "proven" for each in wanted
    }


@pytest.mark.parametrize(
    ("title", "change"),
    [
        ("LagHigh", evaluator(type="lt")),
        ("LagHigh", evaluator(params=[61])),
        ("LagHigh", evaluator(type="gte")),
        ("ConnectionLost", evaluator(type="gt")),
        ("ConnectionLost", evaluator(params=[2])),
        ("LagHigh", replaced("/ 1000", "/ 100")),
        ("LagHigh", replaced(',plugin=~"mysql|mariadb"', "")),
        ("LagHigh", replaced("unless on (job, plugin, server)", "and on (job, plugin, server)")),
        ("LagHigh", replaced("unless on (job, plugin, server)", "unless on (job)")),
        ("ConnectorGone", replaced("[50m:", "[30m:")),
        ("Flapping", replaced("[30m", "[10m")),
    ],
)
def test_a_rule_that_is_wrong_in_grafana_only_fails(
    title: str, change: Callable[[Any], None], managed: Managed
) -> None:
    alert = managed.alerts(lambda groups: change(rule(groups, "same", title)))[title]
    assert managed.said(alert) == {"as declared, in Grafana"}


def test_a_rule_for_other_series_that_is_wrong_fails(managed: Managed) -> None:
    assert managed.said(managed.alerts(lambda groups: evaluator(params=[600])(rule(groups, "others", "Lag")))["Lag"])
    narrow = replaced('context="streaming"', 'context="streaming",plugin="mysql"')
    assert managed.said(managed.alerts(lambda groups: narrow(rule(groups, "others", "Lag")))["Lag"])


def test_a_text_that_says_something_else_in_grafana_only_fails(managed: Managed) -> None:
    change = text("$values.A.Value | humanizeDuration", "$values.A.Value")
    alert = managed.alerts(lambda groups: change(rule(groups, "same", "LagHigh")))["LagHigh"]
    (proof,) = managed.prove(alert)
    assert {(phase.name, unmet.check.says) for phase in proof.phases for unmet in phase.unmet} == {
        ("its text", "told as declared, in Grafana")
    }


@pytest.mark.parametrize(
    ("group", "title", "change", "says"),
    [
        ("others", "Lag", lambda rule: rule.update(noDataState="OK"), "noDataState is Alerting"),
        ("same", "LagHigh", lambda rule: rule.update(execErrState="OK"), "execErrState is KeepLast"),
        ("same", "LagHigh", lambda rule: rule.update({"for": "20m"}), "for is "),
        ("same", "LagHigh", lambda rule: rule.update(isPaused=True), "isPaused is False"),
        ("same", "LagHigh", lambda rule: rule["labels"].pop("managed_by"), "managed_by is dashlib"),
        ("same", "LagHigh", lambda rule: rule["labels"].update(severity="info"), "label severity is warning"),
        ("same", "LagHigh", lambda rule: rule["labels"].pop("signal"), "label signal is lag"),
        ("same", "LagHigh", lambda rule: rule["data"][0]["model"].update(instant=False), "query's datasource"),
        ("same", "LagHigh", lambda rule: rule["data"][0]["relativeTimeRange"].update(to=60), "query's datasource"),
        ("same", "LagHigh", lambda rule: rule["data"][0].update(datasourceUid="other"), "query's datasource"),
        ("same", "LagHigh", lambda rule: rule.update(title="LagLow"), "one rule 'LagHigh'"),
        ("same", "LagHigh", lambda rule: rule.update(condition="A"), "one query, and a comparison of it"),
        ("same", "LagHigh", lambda rule: rule.update(dashboardUid="x", panelId=1), "its panel is"),
    ],
)
def test_what_only_grafana_has_is_held_to_the_declaration(
    group: str, title: str, change: Callable[[Any], None], says: str, managed: Managed
) -> None:
    alerts = managed.alerts(lambda groups: change(rule(groups, group, title)))
    (said,) = managed.said(alerts[title])
    assert says in said
    assert "in Grafana" in said


def test_a_group_that_is_evaluated_less_often_fails_and_the_report_says_so(managed: Managed) -> None:
    alerts = managed.alerts(lambda groups: groups["same"].update(interval="5m"))
    (proof,) = managed.prove(alerts["LagHigh"])
    *_, said = ProofReport(managed.project.root, lambda: ()).text(proof)
    assert said.endswith(": declared: in Grafana: interval is 30s; compiled: 5m")
