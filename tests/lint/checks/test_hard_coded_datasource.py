from __future__ import annotations

import pytest

from tests.linting import dashboard, found, panel


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
