from __future__ import annotations

import pytest

from dashlib.declare.units import check_unit, known_units
from dashlib.glance import units as drawn
from dashlib.lint.grafana_units import GRAFANA_UNITS


@pytest.mark.parametrize("unit", ["mps", "eps", "reqpm", "recps", "rowsps", "mohm", "lengthcm", "currencyTRY"])
def test_a_unit_that_grafana_offers_is_taken(unit: str) -> None:
    assert check_unit(unit) == unit


def test_what_is_drawn_and_linted_may_be_declared() -> None:
    told = {*drawn.PLAIN, *drawn.DECIMAL, *drawn.BINARY, *drawn.COUNTS, *drawn.CURRENCIES, *GRAFANA_UNITS}
    assert told - known_units() == {"farenheit"}  # which old dashboards have, and the unit picker does not offer
