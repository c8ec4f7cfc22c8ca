from __future__ import annotations

import pytest

from tests.linting import dashboard, in_panel, linted, panel, run


@pytest.mark.parametrize(
    "expression",
    [
        "up / sum(up)",
        "up and sum by (team) (up)",
        "up unless sum(up)",
        "sum by (job) (up) / on (instance) up",
        "up * on (job) group_left (team) sum by (job) (up)",
        "max by (team) (sum by (job) (up))",
        'debezium_metrics_Connected{server="a"} + sum by (plugin) (debezium_metrics_QueueTotalCapacity)',
    ],
)
def test_nothing_comes_out(expression: str) -> None:
    assert in_panel("join-without-match", expression)


@pytest.mark.parametrize(
    "expression",
    [
        "up / on () group_left () sum(up)",
        "sum(up) / sum(up)",
        "sum by (job) (up) / sum by (job) (up)",
        "up * on (job) group_left (team) owner",
        "x / y",
        "up or sum(up)",
        "sum by (a, b) (x) / ignoring (b) sum by (a) (y)",
        "max by (job) (sum by (job, instance) (up))",
        "up - 1",
    ],
)
def test_something_may(expression: str) -> None:
    assert not in_panel("join-without-match", expression)


@pytest.mark.parametrize(
    ("expression", "severity"), [("max by (team) (sum by (job) (up))", "warning"), ("up / sum(up)", "error")]
)
def test_a_label_that_is_lacking_leaves_the_value_right(expression: str, severity: str) -> None:
    findings = run(linted(dashboard(panel(expression))))
    assert [one.severity for one in findings if one.check == "join-without-match"] == [severity]
