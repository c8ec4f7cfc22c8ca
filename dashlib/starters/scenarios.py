"""The promtool scenario of a new project: one connector, in the names of its exporter."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from dashlib.metrics.catalog import catalog
from dashlib.proof.courses import Series
from dashlib.proof.exporter import Exporter

if TYPE_CHECKING:
    from collections.abc import Collection

    from dashlib.metrics.profiles import Profile

_HEAD = """\
# What `dashlib test` tries beside its own proofs: twenty minutes of one connector, and what has to fire in them.
rule_files:
«rule_files»
evaluation_interval: 30s
group_eval_order:
«groups»

tests:
"""
_EXPECTED = """\
    promql_expr_test:
      - expr: count by (alertname) (ALERTS{{alertstate="firing", alertname="{alert}"}})
        eval_time: {silent}
        exp_samples: []
      - expr: count by (alertname) (ALERTS{{alertstate="firing", alertname="{alert}"}})
        eval_time: {firing}
        exp_samples:
          - labels: '{{alertname="{alert}"}}'
            value: 1
"""
_STREAMING = {"context": "streaming"}
# Each metric, what tells its series apart, and its value in canonical units.
_Inputs: TypeAlias = tuple[tuple[str, dict[str, str], float], ...]
_LATE: _Inputs = (
    ("Connected", _STREAMING, 1),
    ("MilliSecondsBehindSource", _STREAMING, 90),
    ("MilliSecondsSinceLastEvent", _STREAMING, 0.2),
    ("QueueTotalCapacity", _STREAMING, 8192),
    ("QueueRemainingCapacity", _STREAMING, 8192),
    ("SnapshotRunning", {"context": "snapshot"}, 0),
)
_FAILED: _Inputs = (
    ("connector_status", {"status": "running"}, 1),
    ("connector_task_status", {"status": "failed"}, 1),
    ("worker_connector_failed_task_count", {}, 1),
)
_COMMON = {
    "job": "kafka-connect",
    "instance": "connect:8083",
    "server": "orders",
    "connector": "orders",
    "task": "0",
}


def scenario(profile: Profile, plugin: str, alerts: Collection[str]) -> str:
    """Return a file for promtool, without its rule files; empty where nothing of it can be told.

    Args:
        profile: how the exporter spells metrics.
        plugin: the connector's kind.
        alerts: names of the alerts that the exporter's metrics suffice for.
    """
    if "CdcLagHigh" in alerts:
        name, inputs, alert, silent, firing = "changes arrive 90 s late", _LATE, "CdcLagHigh", "4m", "10m"
    elif "CdcTaskFailed" in alerts:
        name, inputs, alert, silent, firing = "a task fails", _FAILED, "CdcTaskFailed", "30s", "5m"
    else:
        return ""
    exporter = Exporter(catalog(), profile)
    lines = [f"  - name: {name}", "    interval: 30s", "    input_series:"]
    for metric_name, labels, value in inputs:
        metric = catalog().find(metric_name)
        if metric is None or not exporter.exports(metric):
            continue
        own = {**_COMMON, "plugin": plugin, **labels}
        carried = {label: text for label, text in own.items() if label in {*metric.labels, "job", "instance"}}
        voice = exporter.exported(Series(metric_name, tuple(sorted(carried.items())), metric))
        lines += [f"      - series: '{voice.series}'", f"        values: {value * voice.factor:.14g}x40"]
    expected = _EXPECTED.format(alert=alert, silent=silent, firing=firing)
    return _HEAD + "\n".join(lines) + "\n" + expected
