from __future__ import annotations

import pytest

from tests.linting import dashboard, found, in_panel, panel


@pytest.mark.parametrize("use", ["$x", "${x}", "${x:regex}", "[[x]]"])
def test_each_way_of_writing_one(use: str) -> None:
    assert in_panel("undefined-variable", f'up{{job=~"{use}"}}')


@pytest.mark.parametrize("use", ["$__interval", "${__from:date}", "$connector", "${DS_PROMETHEUS}"])
def test_grafanas_own_and_those_it_has(use: str) -> None:
    assert not in_panel("undefined-variable", f'up{{job=~"{use}"}}')


def test_a_title_uses_them_and_a_text_may_name_a_price() -> None:
    assert in_panel("undefined-variable", "up", title="Lag of $servr")
    assert not in_panel("undefined-variable", "up", description="It costs $five")


def test_an_input_of_an_import_is_known() -> None:
    inputs = [{"name": "DS_X", "type": "datasource", "pluginId": "prometheus"}]
    shown = dashboard(panel("up", datasource="${DS_X}"), __inputs=inputs)
    assert not found("undefined-variable", shown)
