"""A recording of the lab as others have it: in the spelling of another naming profile, and with more connectors.

Nothing is invented but names and speeds: how a series goes is what a real connector of its kind did.
"""

from __future__ import annotations

import functools
import random
from typing import TYPE_CHECKING, Final

from dashlib.metrics.catalog import catalog
from dashlib.metrics.kinds import PLUGINS
from dashlib.metrics.profiles import load_profile
from dashlib.recordings.drawing_out import is_counter
from dashlib.recordings.recording import ABSENT, GONE, Recording, Series, contract, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashlib.metrics.catalog import Metric
    from dashlib.metrics.profiles import Profile

#: The profile that the shipped recordings are spelled in; a connector of them is called after its kind.
_RECORDED_IN: Final = "lab"
_NAMES: Final = (
    "orders", "customers", "inventory", "payments", "shipments", "accounts", "products", "invoices", "returns",
    "sessions", "reviews", "stock",
)  # fmt: skip
_SLOWEST, _FASTEST = 0.3, 3.0
_OF_A_LAG: Final = "MilliSecondsBehindSource"


def with_connectors(recording: Recording, count: int, seed: int = 0) -> Recording:
    """Return a recording with so many connectors: those that it has, again and again under other names.

    Each is as fast and lags as much as the seed says; the same seed gives the same recording.

    Args:
        recording: of the lab.
        count: how many connectors.
        seed: of the random numbers.
    """
    generator = random.Random(seed)  # noqa: S311  # no secret depends on it
    recorded_kinds = list(dict.fromkeys(kind for each in recording.series if (kind := _connector_of(each.labels))))
    if not recorded_kinds:
        return recording
    chosen = [
        (recorded_kinds[number % len(recorded_kinds)], _name(number), generator.uniform(_SLOWEST, _FASTEST))
        for number in range(count)
    ]
    series: list[Series] = []
    for each in recording.series:
        base = _connector_of(each.labels)
        if not base:
            series.append(each)
            continue
        for recorded, name, factor in chosen:
            if recorded == base:
                labels = {label: _renamed(value, base, name) for label, value in each.labels.items()}
                series.append(Series(labels, _faster(each, factor)))
    return Recording(recording.fault, recording.interval, recording.versions, recording.marks, series)


def _name(number: int) -> str:
    again = number // len(_NAMES)
    return _NAMES[number % len(_NAMES)] + (f"-{again + 1}" if again else "")


def _connector_of(labels: Mapping[str, str]) -> str:
    named = [labels[label] for label in ("server", "connector") if label in labels]
    return next((base for base in PLUGINS if any(value.startswith(f"{base}-") for value in named)), "")


def _renamed(value: str, base: str, name: str) -> str:
    return f"{name}{value.removeprefix(base)}" if value.startswith(f"{base}-") else value


def _faster(series: Series, factor: float) -> str:
    metric = series.labels["__name__"]
    if not is_counter(metric) and not metric.endswith(_OF_A_LAG):
        return series.values
    return contract(
        value if value in (ABSENT, GONE) or float(value) < 0 else written(float(value) * factor)
        for value in series.samples()
    )


def spelled_as(series: Sequence[Series], profile: Profile) -> list[Series]:
    """Return the series of a recording of the lab as an exporter with another naming profile would give them.

    What that exporter does not have is left out.
    """
    if profile.name == _RECORDED_IN:
        return list(series)
    known = _metrics_by_name()
    found: list[Series] = []
    for each in series:
        metric = known.get(each.labels["__name__"])
        if metric is None:
            found.append(each)
        elif profile.exports(metric):
            found.append(_spelled(each, metric, profile))
    return found


@functools.cache
def _metrics_by_name() -> Mapping[str, Metric]:
    lab = load_profile(_RECORDED_IN)
    return {lab.metric_name(metric): metric for metric in catalog() if lab.exports(metric)}


def _spelled(series: Series, metric: Metric, profile: Profile) -> Series:
    lab = load_profile(_RECORDED_IN)
    logical = {lab.label(label, metric.family): label for label in metric.labels}
    labels = {}
    for label, value in series.labels.items():
        name = logical.get(label, label)
        if name in metric.labels and not profile.has_label(name, metric.family):
            continue
        labels[profile.label(name, metric.family) if name in metric.labels else label] = value
    pattern = profile.metric_name(metric)
    labels["__name__"] = pattern.replace("{plugin}", series.labels.get("plugin", "")).replace(
        "{context}", series.labels.get("context", "")
    )
    labels |= profile.matchers(metric)
    factor = lab.scale(metric) / profile.scale(metric)
    if factor == 1:
        return Series(labels, series.values)
    return Series(
        labels,
        contract(value if value in (ABSENT, GONE) else written(float(value) * factor) for value in series.samples()),
    )
