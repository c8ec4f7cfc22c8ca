from __future__ import annotations

import pytest

from tests.linting import dashboard, found, linted, panel, run


def test_a_name_is_one_grafanas_too() -> None:
    assert found("hard-coded-datasource", dashboard(panel("up", datasource="Prometheus")))


def test_it_is_said_once_for_each_datasource() -> None:
    fixed = {"type": "prometheus", "uid": "abc"}
    panels = [panel(id=number, datasource=fixed, targets=[{"expr": "up", "datasource": fixed}]) for number in range(3)]
    assert len(found("hard-coded-datasource", dashboard(*panels))) == 1


def test_grafanas_own_are_everywhere() -> None:
    assert not found("hard-coded-datasource", dashboard(panel("up", datasource="-- Mixed --")))


@pytest.mark.parametrize("name", ["$source", "${source}", "[[source]]", "default", "", "{{ .Values.datasource }}"])
def test_a_variable_the_default_and_a_placeholder_are_no_name(name: str) -> None:
    assert not found("hard-coded-datasource", dashboard(panel("up", datasource=name)))


@pytest.mark.parametrize(
    ("kind", "name"),
    [("prometheus", "DS_PROMETHEUS"), ("cloudwatch", "DS_CLOUDWATCH"), ("grafana-athena-datasource", "DS_ATHENA")],
)
def test_the_variable_that_is_missing_is_one_of_its_kind(kind: str, name: str) -> None:
    variable = {"type": "query", "name": "x", "query": "x", "datasource": {"type": kind, "uid": "abc"}}
    assert suggestion(dashboard(templating={"list": [variable]})) == (
        f"add a variable of type datasource for {kind}, and use ${{{name}}}"
    )


def test_the_one_that_the_dashboard_has_is_to_be_used() -> None:
    fixed = {"type": "prometheus", "uid": "abc"}
    source = {"type": "datasource", "name": "source", "query": "prometheus"}
    shown = dashboard(panel(targets=[{"expr": "up", "datasource": fixed}]), templating={"list": [source]})
    assert suggestion(shown) == "use ${source}, as the dashboard has that variable"


def suggestion(shown: dict[str, object]) -> str:
    (finding,) = [one for one in run(linted(shown)) if one.check == "hard-coded-datasource"]
    return finding.problem.suggestion
