from __future__ import annotations

from tests.linting import dashboard, found, in_panel, linted, panel, run


def test_a_label_that_the_scrape_may_add_is_a_warning() -> None:
    findings = run(linted(dashboard(panel('debezium_metrics_Connected{colour="red"}'))))
    (finding,) = [one for one in findings if one.check == "unknown-label"]
    assert finding.severity == "warning"


def test_the_nearest_is_named() -> None:
    findings = run(linted(dashboard(panel('debezium_metrics_Connected{plugn="mysql"}'))))
    (finding,) = [one for one in findings if one.check == "unknown-label"]
    assert (finding.severity, finding.problem.suggestion) == ("error", "did you mean 'plugin'?")


def test_the_profile_spells_the_label() -> None:
    shown = dashboard(panel('debezium_metrics_Connected{server="a"}'))
    assert not found("unknown-label", shown, profile="lab")
    assert found("unknown-label", shown, profile="debezium-examples")


def test_targets_have_labels_of_their_own() -> None:
    assert not in_panel("unknown-label", 'debezium_metrics_Connected{namespace="a", instance="b"}')


def test_a_choice_that_what_lacks_the_label_passes_too_hides_nothing_of_a_database_s_exporter() -> None:
    assert not in_panel("unknown-label", 'pg_replication_slots_active{server=~"$connector|"}')
    assert in_panel("unknown-label", 'pg_replication_slots_active{server=~"$connector"}')
    assert in_panel("unknown-label", 'debezium_metrics_Connected{plugn=~"$plugin|"}')


def test_one_side_of_an_or_may_add_what_lacks_the_label_while_all_is_chosen() -> None:
    variable = {"name": "connector", "type": "query", "includeAll": True, "allValue": ".*"}
    added = 'debezium_metrics_Connected or kafka_connect_connector_status{server=~"$connector"}'

    def said(expression: str, **changes: object) -> list[str]:
        shown = dashboard(panel(expression), templating={"list": [{**variable, **changes}]})
        return found("unknown-label", shown, profile="lab")

    assert not said(added)
    assert said(added, allValue="")
    assert said(added, includeAll=False)
    assert said(added.replace("=~", "="))
    assert said('kafka_connect_connector_status{server=~"$connector"}')
    assert said(f"({added}) and vector(1)".replace("$connector", "$job"))
