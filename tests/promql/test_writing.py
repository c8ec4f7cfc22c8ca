"""An expression over several lines says what it said on one."""

from __future__ import annotations

import pytest

from dashlib import promql
from dashlib.promql.writing import over_lines


@pytest.mark.parametrize("width", [10, 40, 100])
@pytest.mark.parametrize(
    "expression",
    [
        'group by (job) (up unless up offset 2m and last_over_time(up{job!="a job of a long name"}[30m:1m] offset 2m))',
        "max_over_time((sum by (job) (worker_connector_count))[1h:30s] offset 10m) > 0",
        "quantile_over_time(0.9, rate(requests_total[5m])[1h:] @ 1700000000)",
        "sum(increase(requests_total[5m] offset 1h)) / sum(increase(requests_total[5m] offset 1d))",
    ],
)
def test_only_space_is_added(expression: str, width: int) -> None:
    assert promql.read(over_lines(expression, width)).normal() == promql.read(expression).normal()
