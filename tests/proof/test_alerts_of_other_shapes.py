"""Alerts of many shapes as users write them: each is proven, or uncovered with a true reason; none is called failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.proof.prover import prove_project
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

CONFIGURATION = """\
[tool.dashlib]
rules = "rules"

[tool.dashlib.catalog]
http_requests_total = { type = "counter", unit = "count", labels = ["handler", "code"] }
http_request_duration_seconds = { type = "histogram", unit = "s", labels = ["handler"] }
process_start_time_seconds = { type = "gauge", unit = "epoch_s" }
queue_depth = { type = "gauge", unit = "count", labels = ["queue"] }
heartbeat_total = { type = "counter", unit = "count", labels = ["name"] }
errors_total = { type = "counter", unit = "count", labels = ["kind"] }
container_restarts_total = { type = "counter", unit = "count", labels = ["namespace", "pod"] }
kube_pod_info = { type = "info", unit = "none", labels = ["namespace", "pod", "node"] }
clock_offset_seconds = { type = "gauge", unit = "s" }
build_info = { type = "info", unit = "none", labels = ["version"] }
maintenance = { type = "gauge", unit = "bool" }
temperature_celsius = { type = "gauge", unit = "number", labels = ["sensor"] }
"""
ABOVE, BELOW = "above", "below"
ROWS = {
    "SlowRequests": (
        (
            '100 * sum by (job) (rate(http_request_duration_seconds_bucket{le="0.5"}[5m]))'
            " / sum by (job) (rate(http_request_duration_seconds_count[5m]))"
        ),
        BELOW,
        95,
    ),
    "Restarts": ("changes(process_start_time_seconds[15m])", ABOVE, 3),
    "DeepMostly": ("quantile_over_time(0.9, queue_depth[10m])", ABOVE, 100),
    "NoHeartbeat": ('absent_over_time(heartbeat_total{job="batch"}[1h])', ABOVE, 0),
    "ManyDown": ("count by (job) (up == 0)", ABOVE, 2),
    "Deepest": ("topk(3, queue_depth)", ABOVE, 1000),
    "ErrorBursts": ("max_over_time(rate(errors_total[1m])[10m:1m])", ABOVE, 5),
    "OfTeam": ('sum by (team) (label_replace(queue_depth, "team", "$1", "queue", "(.*)-.*"))', ABOVE, 10),
    "LessTraffic": (
        "100 * sum by (job) (rate(http_requests_total[5m])) / sum by (job) (rate(http_requests_total[5m] offset 1d))",
        BELOW,
        50,
    ),
    "PodRestarts": (
        (
            "sum by (namespace, pod) (increase(container_restarts_total[15m]))"
            " * on (namespace, pod) group_left (node) max by (namespace, pod, node) (kube_pod_info)"
        ),
        ABOVE,
        3,
    ),
    "ClockOff": ("abs(clock_offset_seconds)", ABOVE, 0.05),
    "TwoVersions": ("count by (job) (count by (job, version) (build_info))", ABOVE, 1),
    "QuietByDay": ("sum by (job) (rate(http_requests_total[5m])) and on () (hour() > 8)", BELOW, 1),
    "HotOutside": ("temperature_celsius unless on () (maintenance == 1)", ABOVE, 80),
    "Spread": ("max by (job) (temperature_celsius) - min by (job) (temperature_celsius)", ABOVE, 20),
    "ErrorsOrNone": ("sum by (job) (rate(errors_total[5m])) or 0 * sum by (job) (up)", ABOVE, 3),
    "Flaps": ("resets(heartbeat_total[30m])", ABOVE, 1),
    "Deviates": ("abs(queue_depth - avg_over_time(queue_depth[1h])) / stddev_over_time(queue_depth[1h])", ABOVE, 3),
    "Quantile": ("quantile by (job) (0.95, temperature_celsius)", ABOVE, 70),
    "Scalar": ("queue_depth / scalar(count(up))", ABOVE, 100),
    "Rounded": ("ceil(avg by (job) (temperature_celsius))", ABOVE, 60),
    "OfPast": ("sum by (job) (queue_depth) - sum by (job) (queue_depth offset 1h)", ABOVE, 500),
    # Of two queues of a job it has no value, and promtool says so of the rule.
    "JoinedToOne": ("queue_depth / on (job) max by (job) (temperature_celsius)", ABOVE, 3),
    "AtLeast": ("clamp_min(sum by (job) (queue_depth) - 100, 0)", ABOVE, 5),
}
#: Alerts of which no input can be made, each with a part of the reason that is given.
UNCOVERED = {
    "TwoVersions": "none of 2 inputs that were tried does it",
    "QuietByDay": "cannot invert hour()",
    "Spread": "no solution in the search",  # one series is both the largest and the smallest
    "Deviates": "cannot invert stddev_over_time()",
}
DECLARATIONS = """\
from dashlib import Alert, Level, RuleGroup, Signal, ThresholdSet

signals = {{
    name: Signal(f"of_{{name.lower()}}", name, expression=expression, unit="short", description="D.")
    for name, (expression, _, _) in {rows}.items()
}}
levels = ThresholdSet(
    "levels",
    [
        Level(signals[name], "warning", for_="5m", **{{direction: level}})
        for name, (_, direction, level) in {rows}.items()
    ],
)
shapes = RuleGroup(
    "shapes",
    file="shapes.yml",
    thresholds=levels,
    rules=[
        Alert(
            name,
            getattr(signals[name], direction)("warning"),
            severity="warning",
            summary="It is bad.",
            description="It is {{value}}, for {{for}}.",
        )
        for name, (_, direction, _) in {rows}.items()
    ],
)
"""


def test_alerts_of_other_shapes_are_proven_or_uncovered_with_a_true_reason(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "alerts").mkdir()
    (tmp_path / "pyproject.toml").write_text(CONFIGURATION)
    (tmp_path / "alerts" / "shapes.py").write_text(DECLARATIONS.format(rows=repr(ROWS)))
    project = load_project(tmp_path)
    proofs = prove_project(project, compile_project(project), needed_promtool(request))
    assert {proof.obligation.alert for proof in proofs} == {*ROWS}
    unproven = {proof.obligation.alert: proof for proof in proofs if proof.outcome != "proven"}
    assert {name: proof.outcome for name, proof in unproven.items()} == dict.fromkeys(UNCOVERED, "untried")
    for name, proof in unproven.items():
        assert UNCOVERED[name] in next(phase.reason for phase in proof.phases if phase.reason)
