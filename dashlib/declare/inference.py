"""What an expression says of itself: the labels that tell its series apart, and the unit of its values.

The configuration is not known where a signal is declared: what is told is told by the expression, by dashlib's own
catalog, and by Prometheus' conventions for names. What none of them says is not guessed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dashlib import promql
from dashlib.declare.signals import AUTOMATIC
from dashlib.metrics.catalog import CANONICAL_UNITS, catalog
from dashlib.metrics.conventions import unit_in_name
from dashlib.promql.types import NAME, MetricFacts, Unit, types, unknown_metric

if TYPE_CHECKING:
    from dashlib.promql.types import Type

# They tell series apart, but a person does not read them where there are others, nor the name of a connector in Kafka
# Connect beside its topic prefix.
_SAID_LAST: Final = frozenset({"job", "plugin"})
_BESIDE_SERVER: Final = frozenset({"connector"})
_NEVER_SAID: Final = frozenset({NAME, "le"})
_REQUESTS: Final = re.compile(r"(?:^|_)requests?(?:_|$)")
_GRAFANA: Final = {
    ("s", 1.0): "s",
    ("s", 1e-3): "ms",
    ("s", 1e-6): "µs",
    ("s", 1e-9): "ns",
    ("s", 60.0): "m",
    ("s", 3600.0): "h",
    ("s", 86400.0): "d",
    ("bytes", 1.0): "bytes",
    ("bytes/s", 1.0): "Bps",
    ("ratio", 1.0): "percentunit",
    ("ratio", 0.01): "percent",
    ("celsius", 1.0): "celsius",
}
# Of what is only counted the factor says nothing.
_COUNTED: Final = {"requests/s": "reqps", "count/s": "ops"}


def kept_labels(expression: str) -> tuple[str, ...] | None:
    """Return the labels that the series of an expression may have, in the order in which it names them.

    None where it may be any: nothing aggregates them.

    Raises:
        PromQLError: it is not valid PromQL.
    """
    possible = _type(expression, is_raw=False).labels.possible
    if possible is None:
        return None
    named = (token.text for grouping in promql.read(expression).groupings for token in grouping.labels)
    return tuple(dict.fromkeys([*(label for label in named if label in possible), *sorted(possible)]))


def legend_of(expression: str, title: str) -> str:
    """Return a name for the series of an expression, from the labels that it keeps.

    Args:
        expression: valid PromQL.
        title: what to call a series that has no label left.
    """
    labels = kept_labels(expression)
    if labels is None:
        known = [catalog().find(name) for name in promql.read(expression).metrics]
        of_connectors = bool(known) and all(metric is not None and "server" in metric.labels for metric in known)
        return "{{server}}" if of_connectors else AUTOMATIC
    told = [label for label in labels if label not in _NEVER_SAID]
    told = [label for label in told if label not in _BESIDE_SERVER] if "server" in told else told
    first = [label for label in told if label not in _SAID_LAST] or told
    return " ".join(f"{{{{{label}}}}}" for label in first) or title


def unit_of(expression: str, *, is_raw: bool = False) -> str:
    """Return Grafana's unit of the values of an expression; empty where nothing says it, or its parts differ.

    Args:
        expression: valid PromQL.
        is_raw: values are as exported. A signal's are not: its times are in seconds.
    """
    unit = _type(expression, is_raw=is_raw).unit
    if unit is None:
        return ""
    return _COUNTED.get(unit.base) or _GRAFANA.get((unit.base, float(f"{unit.factor:.9g}")), "")


@lru_cache(maxsize=256)
def _type(expression: str, *, is_raw: bool) -> Type:
    root = promql.read(expression).tree
    return types(root, lambda name: _facts(name, is_raw=is_raw))[id(root)]


def _facts(name: str, *, is_raw: bool) -> MetricFacts:
    """Return what the name of a metric tells; of dashlib's own metrics, what the catalog does."""
    metric = catalog().find(name)
    if metric is not None:
        unit = None if metric.type == "info" else _unit(metric.exported_unit if is_raw else metric.unit, is_raw=is_raw)
        return MetricFacts(name, metric.type, unit)
    said = unit_in_name(name)
    measured = _unit(said, is_raw=is_raw) if said else None
    if name.endswith("_bucket"):
        return MetricFacts(name, "counter", Unit("count"), observed=measured)
    is_counter = unknown_metric(name).kind == "counter" or name.endswith(("_sum", "_count"))
    if measured is None and is_counter and not name.endswith("_sum"):
        measured = Unit("requests" if _REQUESTS.search(name) else "count")
    # A native histogram has a plain name: what is made of it by histogram_quantile is in the unit that the name says.
    return MetricFacts(name, "counter" if is_counter else "", measured, observed=measured)


def _unit(name: str, *, is_raw: bool) -> Unit:
    if name == "percent":
        return Unit("ratio", 0.01)
    base, factor = CANONICAL_UNITS.get(name, (name, 1.0))
    return Unit(base, factor if is_raw else 1.0)
