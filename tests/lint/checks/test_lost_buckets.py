from __future__ import annotations

import pytest

from tests.linting import found, in_panel, linted, rule_file, run


@pytest.mark.parametrize(
    ("operand", "hint"),
    [
        ("sum(rate(x_bucket[$__rate_interval]))", "keep it: sum by (le) (rate(x_bucket[$__rate_interval]))"),
        ("sum by (job) (rate(x_bucket[5m]))", "keep it: sum by (job, le) (rate(x_bucket[5m]))"),
        ("sum without (le, pod) (rate(x_bucket[5m]))", "take le out of without (le, pod)"),
        ("rate(x_bucket[5m]) * on (job) rate(y_bucket[5m])", "keep it: aggregate by (le), and match by it"),
    ],
)
def test_what_drops_the_buckets_says_how_to_keep_them(operand: str, hint: str) -> None:
    document = linted(rule_file({"expr": f"histogram_quantile(0.9, {operand}) > 1"}))
    (finding,) = [each for each in run(document) if each.check == "lost-buckets"]
    assert finding.problem.message == "histogram_quantile() returns nothing: its buckets have lost the label le"
    assert finding.problem.suggestion == hint


@pytest.mark.parametrize(
    "operand",
    [
        "sum by (le) (rate(x_bucket[5m]))",
        "sum without (pod) (rate(x_bucket[5m]))",
        "sum by ($by) (rate(x_bucket[5m]))",
        "sum by (job) (rate(x[5m]))",
        "rate(x_bucket[5m])",
        "rate(x_bucket[5m]) * on (job) group_left () sum by (job) (y)",
    ],
)
def test_what_keeps_them_or_has_none_is_right(operand: str) -> None:
    assert not in_panel("lost-buckets", f"histogram_quantile(0.9, {operand})")


def test_a_recorded_rate_of_buckets_has_them_as_well() -> None:
    assert found("lost-buckets", rule_file({"expr": "histogram_quantile(0.9, sum(job:x_bucket:rate5m)) > 1"}))
