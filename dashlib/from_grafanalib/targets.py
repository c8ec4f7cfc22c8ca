"""grafanalib's queries: a query of a Prometheus as dashlib's, any other as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs
from grafanalib import core

from dashlib.declare.panels import PromqlTarget
from dashlib.from_grafanalib.plain import json_of, without_nulls, written

if TYPE_CHECKING:
    from grafanalib import cloudwatch


# What grafanalib writes beside a query of a Prometheus, and Grafana no longer reads.
OLD: Final = ("intervalFactor", "metric", "query", "step", "target")

# What grafanalib writes where its user names no statistic, or several.
USUAL_STATISTIC: Final = "Average"

# What a `Target` says.
_OF_TARGET: Final = {field.name for field in attrs.fields(core.Target)} | {"query"}

# Flux and InfluxQL, which people write as `expr`, too: grafanalib repeats it as `query`, where InfluxDB looks.
_INFLUX = re.compile(r"\|>|^\s*(?:select|show)\s", re.IGNORECASE)


def for_influx(said: dict[str, Any]) -> dict[str, Any] | None:
    """Return a query as InfluxDB reads it; None for any other than Flux and InfluxQL."""
    if not _INFLUX.search(str(said.get("expr", ""))):
        return None
    wanted = ("refId", "hide", "datasource", "intervalMs", "maxDataPoints")
    found = {name: said[name] for name in wanted if said.get(name)}
    return {**found, "query": said["expr"], "rawQuery": True, "resultFormat": said.get("format", "time_series")}


def target(query: core.Target) -> PromqlTarget | dict[str, Any]:
    """Return a query of Prometheus, of InfluxDB where it is one, or of Graphite where only `target` is set."""
    influx = for_influx(as_it_is(query))
    if influx is not None:
        return influx
    if query.target and not query.expr:
        return _with_datasource({"refId": query.refId, "target": query.target}, query)
    # Grafana takes any other word, which people write, for time series.
    form = query.format if query.format in ("table", "heatmap") else "time_series"
    legend = query.legendFormat or ""
    return PromqlTarget(
        expression=query.expr,
        legend=legend,
        # dashlib writes none where nothing is named by it, but does not lose what somebody else has said.
        extra={"legendFormat": legend} if legend and form != "time_series" else {},
        ref_id=query.refId,
        format=form,
        instant=query.instant,
        interval=query.interval,
        hide=query.hide,
        datasource=query.datasource,
    )


def given(said: object) -> object:
    """Return a query; JSON that somebody wrote in its place as the `Target` that would write it, where one would."""
    if not isinstance(said, Mapping):
        return said
    found = written(said)
    if "expr" not in found or not found.keys() <= _OF_TARGET:
        return found
    if isinstance(found.get("datasource"), Mapping) and found["datasource"].get("type", "prometheus") != "prometheus":
        return found
    return target(core.Target(**{name: value for name, value in found.items() if name != "query"}))


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
    return of_cloudwatch(as_it_is(query))


def of_cloudwatch(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a query for metrics of CloudWatch, as grafanalib writes it, in today's words."""
    found = {name: value for name, value in said.items() if name != "statistics"}
    if said.get("statistics") and found.get("statistic") == USUAL_STATISTIC:
        found["statistic"] = said["statistics"][0]
    return {"queryMode": "Metrics", **found}


def as_it_is(query: object) -> dict[str, Any]:
    """Return what a query says of itself: another datasource's words are not dashlib's to change."""
    found: dict[str, Any] = without_nulls(json_of(query))
    if not found.get("datasource"):
        found.pop("datasource", None)
    return found
