from __future__ import annotations

import pytest

from tests.linting import dashboard, found, in_panel, panel

LAG = "debezium_metrics_MilliSecondsBehindSource"


@pytest.mark.parametrize(
    "expression",
    [LAG, f"{LAG} / 1000", f"max({LAG})", f"{LAG} < 5", f"avg_over_time({LAG}[5m])", f"{LAG} > -5", f"{LAG} and up"],
)
def test_unknown_gets_out(expression: str) -> None:
    assert in_panel("unfiltered-sentinel", expression)


@pytest.mark.parametrize(
    "expression",
    [
        f"{LAG} != -1",
        f"{LAG} >= 0",
        f"{LAG} / 1000 >= 0",
        f"max({LAG}) > 5",
        f"{LAG} == -1",
        f"avg_over_time(({LAG} != -1)[5m:])",
        f"up and {LAG}",
        f"absent({LAG})",
        f"count({LAG})",
        f"group by (server) ({LAG})",
        f"max({LAG} != -1) or NaN * max({LAG})",
        f"0 * last_over_time({LAG}[1h])",
        "debezium_metrics_Connected",
    ],
)
def test_unknown_is_filtered(expression: str) -> None:
    assert not in_panel("unfiltered-sentinel", expression)


def test_an_exporter_in_seconds_has_another_sentinel() -> None:
    shown = dashboard(panel("debezium_source_lag_seconds != -0.001"))
    assert not found("unfiltered-sentinel", shown, profile="debezium-server-otel")
