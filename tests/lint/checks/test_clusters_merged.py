from __future__ import annotations

import pytest

from dashlib.metrics.identity import Identity
from tests.linting import dashboard, found, panel, rule_file

CLUSTER = Identity(("cluster",))
LAG = "debezium_metrics_MilliSecondsBehindSource"


def said(expression: str, identity: Identity = CLUSTER) -> list[str]:
    return found("clusters-merged", rule_file({"expr": expression}), is_project=True, identity=identity)


@pytest.mark.parametrize(
    "expression",
    [
        f"max by (server) ({LAG}) > 5",
        f"max by (job, server) ({LAG}) > 5",
        f"max({LAG}) > 5",
        f"100 * max by (server) ({LAG}) > 5",
        f"topk(3, max by (server) ({LAG})) > 5",
        f"last_over_time((max by (server) ({LAG}))[1h:1m]) unless max by (server) ({LAG})",
    ],
)
def test_what_puts_clusters_together(expression: str) -> None:
    [message] = said(expression)
    assert "puts the connectors of several clusters together: it does not keep cluster" in message
    assert said(expression, Identity()) == []


@pytest.mark.parametrize(
    "expression",
    [
        f"max by (job, cluster, server) ({LAG}) > 5",
        f"{LAG} > 5",
        f"max without (task) ({LAG}) > 5",
        "max by (server) (mysql_up) == 0",
        f"max by (job, cluster, server) ({LAG}) > 5 and on () count({LAG})",
    ],
)
def test_what_keeps_them_apart_or_is_of_no_connector(expression: str) -> None:
    assert said(expression) == []


def test_a_total_in_a_panel_says_so_itself() -> None:
    total = dashboard(panel(f"sum({LAG})"))
    assert found("clusters-merged", total, is_project=True, identity=CLUSTER) == []
