"""Grafana's calculations ("reducers"): what a panel can make of a series' many values, by name.

`dashlib.declare.words` takes no others, and `dashlib.glance.reducers` carries them out.
"""

from __future__ import annotations

# By id, the name that a table's column and a legend have; beside them `p1` to `p99`.
NAMES: dict[str, str] = {
    "lastNotNull": "Last *",
    "last": "Last",
    "firstNotNull": "First *",
    "first": "First",
    "min": "Min",
    "max": "Max",
    "mean": "Mean",
    "median": "Median",
    "variance": "Variance",
    "stdDev": "StdDev",
    "sum": "Total",
    "count": "Count",
    "countAll": "Count all",
    "range": "Range",
    "delta": "Delta",
    "step": "Step",
    "diff": "Difference",
    "logmin": "Min (above zero)",
    "allIsZero": "All Zeros",
    "allIsNull": "All Nulls",
    "changeCount": "Change Count",
    "distinctCount": "Distinct Count",
    "diffperc": "Difference percent",
    "allValues": "All values",
    "uniqueValues": "All unique values",
}
# What some were called before Grafana 7, and are still called in files.
ALIASES = {"current": "lastNotNull", "avg": "mean", "total": "sum"}
