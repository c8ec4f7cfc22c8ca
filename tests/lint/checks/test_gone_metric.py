from __future__ import annotations

from tests.linting import dashboard, found, linted, panel, run, settings


def test_the_replacement_is_named_with_its_unit() -> None:
    shown = dashboard(panel("debezium_metrics_SecondsBehindMaster"))
    (finding,) = [one for one in run(linted(shown)) if one.check == "gone-metric"]
    assert finding.problem.suggestion == "ask for debezium_metrics_MilliSecondsBehindSource (in ms, not s)"


def test_an_older_version_still_has_it() -> None:
    shown = dashboard(panel("debezium_metrics_UnparsableDdlCount"))
    assert found("gone-metric", shown)
    assert not found("gone-metric", shown, settings=settings(debezium="3.5"))
    assert found("gone-metric", shown, settings=settings(debezium="3.6"))


def test_another_profile_spells_it_otherwise() -> None:
    shown = dashboard(panel("debezium_mysql_connector_metrics_secondsbehindmaster"))
    assert found("gone-metric", shown, profile="rhel-connect")
