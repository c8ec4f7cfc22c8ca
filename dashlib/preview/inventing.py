"""Series made up for what dashboards and rules ask: a look at a project of which nothing was measured yet.

Which metrics there are, with which labels, is what the queries ask and the catalog knows; how they go is plausible for
their type and unit, and the same for the same seed. Nothing of it says anything about a real system.
"""

from __future__ import annotations

import itertools
import math
import random
import re
from typing import TYPE_CHECKING, Final

from dashlib import promql
from dashlib.preview.recording import expressions_of, metrics_of
from dashlib.promql.matchers import passes
from dashlib.promql.variables import has_variable
from dashlib.recordings.recording import Recording, Series, contract, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.documents.document import Document
    from dashlib.metrics.catalog import Metric
    from dashlib.promql import Matcher

_INTERVAL: Final = 15
_COUNT: Final = 121
_TARGET: Final = ("job", "instance")
#: Values of a label, at most, and series that a selector finds.
_MOST_VALUES, _MOST_SERIES = 4, 6
_USUAL: Final = {"job": ("app",), "instance": ("app-1:8080", "app-2:8080"), "code": ("200", "500")}
_BUCKETS: Final = {"0.01": 0.1, "0.05": 0.4, "0.1": 0.7, "0.25": 0.9, "0.5": 0.97, "1": 0.99, "2.5": 0.998, "+Inf": 1.0}
_COUNTERS: Final = ("_total", "_count", "_sum", "_bucket")
_ONE: Final = frozenset({"bool", "text"})
#: Where a gauge lies, by its unit: around the first number, the second at most away from it.
_LEVELS: Final = {"percent": (35.0, 20.0), "ratio": (0.35, 0.2), "s": (0.4, 0.3), "bytes": (4e8, 1e8)}
_A_NUMBER: Final = (40.0, 15.0)
_FAILED: Final = re.compile(r"5\d\d|[Ff]ail.*|[Ee]rror.*")


def invented(documents: Sequence[Document], known: Mapping[str, Metric], seed: int = 0) -> Recording:
    """Return half an hour of every series that dashboards and rules ask for.

    Args:
        documents: compiled.
        known: metrics by their exported names.
        seed: of the random numbers.
    """
    asked: dict[str, list[tuple[Matcher, ...]]] = {name: [()] for name in metrics_of(documents)}
    labels: dict[str, dict[str, None]] = {name: dict.fromkeys(_TARGET) for name in asked}
    for text in expressions_of(documents):
        try:
            selectors = promql.read(text).selectors
        except (promql.PromQLError, ValueError):
            continue
        for selector in selectors:
            if selector.metric in asked:
                matchers = tuple(each for each in selector.matchers if not has_variable(each.value))
                asked[selector.metric].append(matchers)
                labels[selector.metric] |= dict.fromkeys(each.label for each in selector.matchers)
    for name, metric in known.items():
        if name in labels:
            labels[name] |= dict.fromkeys(metric.labels)
    values = _values(labels, asked)
    series = [
        each
        for name, selectors in asked.items()
        for found in _label_sets(labels[name], selectors, values)
        for each in _series(name, found, known.get(name), seed)
    ]
    return Recording("simulated", _INTERVAL, {}, [], series)


def _values(
    labels: Mapping[str, Iterable[str]], asked: Mapping[str, Iterable[Sequence[Matcher]]]
) -> dict[str, list[str]]:
    """Return the values of each label: those that queries name, and some more. All metrics share them, for joins."""
    matchers = [one for selectors in asked.values() for each in selectors for one in each]
    values: dict[str, list[str]] = {}
    for label in dict.fromkeys(label for own in labels.values() for label in own):
        of_label = [one for one in matchers if one.label == label]
        found = [value for one in of_label for value in _examples(one)]
        more = _USUAL.get(label, (f"{label}-1", f"{label}-2"))
        is_told = label in _TARGET and found
        found += [] if is_told or (found and label not in _USUAL) else more
        # What a filter leaves out is not all that there is.
        found += [more[0] for one in of_label if not any(passes(one, value) for value in found)][:1]
        values[label] = list(dict.fromkeys(found))
    return values


def _examples(matcher: Matcher) -> list[str]:
    """Return values that a matcher lets pass."""
    if matcher.operator == "=":
        return [matcher.value] if matcher.value else []
    if matcher.operator != "=~":
        return []
    plain = (
        re.sub(r"\.[+*]", "a", each).replace(r"\.", "\0").replace(".", "0").replace("\0", ".").strip("^$()")
        for each in matcher.value.split("|")
    )
    return [each for each in plain if each and passes(matcher, each)]


def _label_sets(
    labels: Iterable[str], selectors: Iterable[Sequence[Matcher]], values: Mapping[str, Sequence[str]]
) -> list[dict[str, str]]:
    """Return the labels of a metric's series, so that each selector finds some."""
    own = [label for label in labels if label != "le"]
    found: list[dict[str, str]] = []
    for matchers in selectors:
        fitting = [
            [value for value in values[label] if all(passes(one, value) for one in matchers if one.label == label)]
            for label in own
        ]
        chosen = itertools.product(*(each[:_MOST_VALUES] for each in fitting))
        sets = (dict(zip(own, each, strict=True)) for each in itertools.islice(chosen, _MOST_SERIES))
        found += [each for each in sets if each not in found]
    return found


def _series(name: str, labels: Mapping[str, str], metric: Metric | None, seed: int) -> Iterator[Series]:
    named = {"__name__": name, **labels}
    chance = random.Random(f"{seed} {Series(named, '').name}")  # noqa: S311  # no secret depends on it
    wave = _wave(chance)
    if name.endswith("_bucket"):
        for le, share in _BUCKETS.items():
            yield Series({**named, "le": le}, contract(map(written, _summed(wave, 8 * share))))
        return
    is_counter = name.endswith(_COUNTERS) if metric is None else metric.type == "counter" or name.endswith(_COUNTERS)
    if is_counter:
        speed = 2.0 if name.endswith("_sum") else 8.0
        speed *= 0.01 if any(_FAILED.fullmatch(value) for value in labels.values()) else 1.0
        samples: Iterable[float] = _summed(wave, speed)
    elif name == "up" or (metric is not None and (metric.type == "info" or metric.unit in _ONE)):
        samples = [1.0] * _COUNT
    else:
        middle, away = _LEVELS.get("" if metric is None else metric.unit, _A_NUMBER)
        scale = 1.0 if metric is None else metric.scale
        samples = ((middle + away * each) / scale for each in wave)
    yield Series(named, contract(written(round(each, 6)) for each in samples))


def _wave(chance: random.Random) -> list[float]:
    """Return what goes up and down between -1 and 1."""
    begin, slow = chance.uniform(0, 2 * math.pi), chance.uniform(25, 70)
    return [0.8 * math.sin(begin + place / slow * 2 * math.pi) + chance.uniform(-0.2, 0.2) for place in range(_COUNT)]


def _summed(wave: Iterable[float], speed: float) -> Iterator[float]:
    return itertools.accumulate(max(0.0, speed * (1 + each / 2)) * _INTERVAL for each in wave)
