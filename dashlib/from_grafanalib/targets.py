"""grafanalib's queries: a query of a Prometheus as dashlib's, any other as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dashlib.declare.panels import PromqlTarget
from dashlib.from_grafanalib.plain import json_of, without_nulls

if TYPE_CHECKING:
    from grafanalib import cloudwatch, core


# What grafanalib writes beside a query of a Prometheus, and Grafana no longer reads.
OLD: Final = ("intervalFactor", "metric", "query", "step", "target")


def target(query: core.Target) -> PromqlTarget | dict[str, Any]:
    """Return a query of Prometheus, or of Graphite where only `target` is set."""
    if query.target and not query.expr:
        return _with_datasource({"refId": query.refId, "target": query.target}, query)
    return PromqlTarget(
        expression=query.expr,
        legend=query.legendFormat or "",
        ref_id=query.refId,
        format=query.format,
        instant=query.instant,
        interval=query.interval,
        hide=query.hide,
        datasource=query.datasource,
    )


def sql(query: core.SqlTarget) -> dict[str, Any]:
    """Return a query in SQL."""
    said = {"refId": query.refId, "rawSql": query.rawSql, "rawQuery": query.rawQuery, "format": query.format}
    return _with_datasource({**said, "editorMode": "code"}, query)


def _with_datasource(found: dict[str, Any], query: core.Target) -> dict[str, Any]:
    if query.hide:
        found["hide"] = True
    if query.datasource:
        found["datasource"] = query.datasource
    return found


def cloudwatch_metrics(query: cloudwatch.CloudwatchMetricsTarget) -> dict[str, Any]:
    """Return a query for metrics of CloudWatch, whose several statistics have become one."""
    found = as_it_is(query)
    several = found.pop("statistics", [])
    if len(several) == 1 and found["statistic"] == "Average":
        found["statistic"] = several[0]
    return {"queryMode": "Metrics", **found}


def as_it_is(query: object) -> dict[str, Any]:
    """Return what a query says of itself: another datasource's words are not dashlib's to change."""
    found: dict[str, Any] = without_nulls(json_of(query))
    if not found.get("datasource"):
        found.pop("datasource", None)
    return found
