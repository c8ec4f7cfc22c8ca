"""A dashboard with a panel of every kind that the preview draws beside the shipped ones, and its answers."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, Final

import attrs

from dashlib.glance import Series

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashlib.glance.questions import Question

NOW: Final = 1_767_268_800.0
NAMES: Final = ("accounts", "orders", "payments")
_LEGEND: Final = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}
_STATES: Final = {
    "mappings": [
        {"type": "value", "options": {"0": {"text": "Down", "color": "red"}, "1": {"text": "Up", "color": "green"}}}
    ]
}


def _panel(number: int, kind: str, title: str, expr: str, **more: Any) -> dict[str, Any]:
    defaults = more.pop("defaults", {})
    query = {"refId": "A", "expr": expr, "legendFormat": "{{server}}", **more.pop("query", {})}
    return {
        "id": number,
        "type": kind,
        "title": title,
        "gridPos": {"x": number % 2 * 12, "y": number // 2 * 8, "w": 12, "h": 8},
        "targets": [query],
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {"legend": _LEGEND},
        **more,
    }


_TABLE: Final = {"format": "table", "instant": True}
_TOGETHER: Final = [{"id": "joinByField", "options": {"byField": "server", "mode": "outer"}}]
_PIE: Final = {
    "displayLabels": ["percent"],
    "legend": {**_LEGEND, "displayMode": "table", "placement": "right", "values": ["value", "percent"]},
    "pieType": "donut",
    "reduceOptions": {"calcs": ["lastNotNull"]},
}
_HEAT: Final = {"scheme": "Oranges", "mode": "scheme"}
PANELS: Final = [
    _panel(0, "piechart", "Pie", "size", defaults={"unit": "decbytes"}, options=_PIE, query={"instant": True}),
    _panel(1, "barchart", "Bars", "size", query=_TABLE, defaults={"unit": "decbytes"}),
    _panel(
        2, "barchart", "Lying Bars", "size", query=_TABLE, options={"orientation": "horizontal", "legend": _LEGEND}
    ),
    _panel(3, "histogram", "Distribution", "wave", defaults={"unit": "ms"}),
    _panel(
        4,
        "heatmap",
        "Buckets",
        "buckets",
        query={"format": "heatmap"},
        options={"color": _HEAT, "yAxis": {"unit": "s"}},
    ),
    _panel(5, "heatmap", "Made of Values", "wave", options={"calculate": True, "color": _HEAT}),
    _panel(6, "status-history", "History", "up", defaults=_STATES, options={"rowHeight": 0.9, "legend": _LEGEND}),
    _panel(
        7,
        "xychart",
        "Size by Speed",
        "size",
        query=_TABLE,
        transformations=_TOGETHER,
        options={
            "mapping": "manual",
            "series": [
                {
                    "x": {"matcher": {"id": "byName", "options": "Value #B"}},
                    "y": {"matcher": {"id": "byName", "options": "Value #A"}},
                }
            ],
            "legend": _LEGEND,
        },
    ),
    _panel(8, "trend", "Rising", "size", query=_TABLE, transformations=_TOGETHER, options={"xField": "Value #B"}),
    _panel(
        9, "timeseries", "Logarithmic", "powers", defaults={"custom": {"scaleDistribution": {"type": "log", "log": 10}}}
    ),
    _panel(
        10,
        "timeseries",
        "Shares",
        "size",
        defaults={
            "unit": "decbytes",
            "custom": {"stacking": {"mode": "percent", "group": "A"}, "fillOpacity": 30},
        },
    ),
    _panel(
        11,
        "timeseries",
        "Around Zero",
        "sides",
        defaults={"custom": {"scaleDistribution": {"type": "symlog", "log": 10, "linearThreshold": 1}}},
    ),
    {
        **_panel(12, "text", "Words", ""),
        "targets": [],
        "options": {"mode": "markdown", "content": "# Orders\nRead **this** first:\n- one\n- two\n\n1. three"},
    },
    {**_panel(13, "logs", "Log Lines", '{app="orders"}'), "datasource": {"type": "loki"}},
    {
        **_panel(14, "stat", "Lag of $server", 'lag{server="$server"}', query={"instant": True}),
        "repeat": "server",
        "maxPerRow": 2,
        "options": {"reduceOptions": {"calcs": ["lastNotNull"]}},
    },
    _panel(16, "stat", "Below", "size", query={"instant": True}),
]  # fmt: skip
for _two in (PANELS[7], PANELS[8]):
    _two["targets"] = [*_two["targets"], {**_two["targets"][0], "refId": "B", "expr": "speed"}]

DASHBOARD: Final[dict[str, Any]] = {
    "uid": "kinds",
    "title": "Kinds",
    "time": {"from": "now-30m", "to": "now"},
    "templating": {
        "list": [
            {
                "name": "server",
                "label": "Server",
                "type": "query",
                "query": "label_values(size, server)",
                "datasource": {"type": "prometheus", "uid": "p"},
                "includeAll": True,
                "multi": True,
                "current": {"value": "$__all", "text": "All"},
            }
        ]
    },
    "panels": PANELS,
}


@attrs.frozen
class Known:
    """Answers what the panels ask."""

    def series(self, question: Question) -> tuple[Series, ...]:
        """Return series made of the query's text and the moments asked for."""
        return tuple(_answered(question))

    def values(self, label: str, begin: float, end: float, selectors: Sequence[str]) -> list[str]:
        """Return the names of the servers."""
        del label, begin, end, selectors
        return list(NAMES)


def _answered(question: Question) -> list[Series]:
    def of(labels: dict[str, str], value: Callable[[float], float]) -> Series:
        return Series(labels, tuple((at, float(value(at))) for at in question.times))

    if question.expression.startswith("lag"):
        name = question.expression.split('"')[1]
        return [of({"server": name}, lambda _: 1 + NAMES.index(name))]
    if question.expression == "buckets":
        return [
            of({"le": le}, functools.partial(lambda share, at: 100 * share * (1.2 + math.sin(at / 300)), share))
            for le, share in (("0.5", 0.2), ("+Inf", 1.0), ("0.1", 0.05), ("1", 0.9))
        ]
    value = _VALUES[question.expression]
    return [of({"server": name}, functools.partial(value, number)) for number, name in enumerate(NAMES)]


# By the query: what the server of a number has at a moment.
_VALUES: Final[dict[str, Callable[[int, float], float]]] = {
    "size": lambda number, _: 1_000_000 * (4 - number),
    "speed": lambda number, _: 10 * (number + 1),
    "wave": lambda number, at: 50 * (number + 1) + 20 * math.sin(at / 200 + number),
    "up": lambda number, at: int(number != 1 or at < NOW - 600),
    "powers": lambda number, at: 10 ** (number * 2) * (1.5 + math.sin(at / 300)),
    "sides": lambda number, at: 10 ** (number + 1) * math.sin(at / 300),
}
