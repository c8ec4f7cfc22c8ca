"""What dashboards and rules need of a Prometheus, recorded from it: for `dashlib preview --recording`."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

from dashlib import promql
from dashlib.documents.dashboards import Dashboard
from dashlib.documents.rules import groups_in
from dashlib.errors import AnswerError
from dashlib.recordings.recording import ABSENT, GONE, Recording, Series, contract, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dashlib.documents.document import Document
    from dashlib.servers.prometheus import Prometheus

#: What dashlib's own rules make is made anew where a recording is looked at.
_MADE_BY_RULES: Final = frozenset({"ALERTS", "ALERTS_FOR_STATE"})
#: Seconds between two samples of a recording where Prometheus does not tell how often it scrapes.
_INTERVAL: Final = 15.0


def metrics_of(documents: Iterable[Document]) -> list[str]:
    """Return the names of the metrics that dashboards and rules ask for, sorted; those that rules record left out."""
    names: set[str] = {"up"}
    for text in expressions_of(documents):
        try:
            selectors = promql.read(text).selectors
        except (promql.PromQLError, ValueError):
            continue
        names |= {selector.metric for selector in selectors if selector.metric}
    return sorted(name for name in names if ":" not in name and name not in _MADE_BY_RULES)


def expressions_of(documents: Iterable[Document]) -> Iterator[str]:
    """Yield what dashboards and rules ask, as PromQL."""
    for document in documents:
        if document.kind == "dashboard":
            dashboard = Dashboard(document.data)
            yield from (query.text for panel in dashboard.panels for query in panel.queries if query.text)
            for variable in dashboard.variables:
                _, _, asked = variable.asked if variable.kind == "query" else ("", "", None)
                if asked is not None:
                    yield asked.expression
        elif document.kind == "rules":
            yield from (rule.text for group in groups_in(document.data) for rule in group.rules)


def record(prometheus: Prometheus, names: Sequence[str], name: str, now: float, seconds: float) -> Recording:
    """Return what series did until now.

    Args:
        prometheus: whom to ask.
        names: of the metrics.
        name: of the recording.
        now: Unix seconds.
        seconds: how far back.

    Raises:
        RemoteError: Prometheus cannot be reached, or refuses a query.
    """
    interval = _interval(prometheus)
    end = now // interval * interval
    begin = end - seconds // interval * interval
    count = round((end - begin) / interval) + 1
    series: list[Series] = []
    for metric in names:
        for labels, samples in prometheus.query_range(metric, begin, end, interval):
            series.append(Series(labels, contract(_values(samples, begin, interval, count))))
    return Recording(name, interval, {}, [], sorted(series, key=lambda each: each.name))


def _interval(prometheus: Prometheus) -> float:
    try:
        targets = prometheus.targets() or []
    except AnswerError:
        targets = []
    return min((target.interval for target in targets if target.interval > 0), default=_INTERVAL)


def _values(samples: Iterable[tuple[float, float]], begin: float, interval: float, count: int) -> list[str]:
    values = [ABSENT] * count
    for at, value in samples:
        place = round((at - begin) / interval)
        if 0 <= place < count:
            values[place] = _text(value)
    for place, (before, here) in enumerate(itertools.pairwise(values), start=1):
        if here == ABSENT and before not in (ABSENT, GONE):
            values[place] = GONE
    return values


def _text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return written(value) if math.isfinite(value) else f"{value:+}".replace("inf", "Inf")


def of_metrics(text: str, name: str) -> Recording:
    """Return one page of metrics as if it had been scraped for half an hour, and nothing had changed.

    Args:
        text: what exporters served.
        name: how the file is called.

    Raises:
        MetricsTextError: a line is not a sample.
    """
    from dashlib.metrics.exposition import samples

    count = round(1800 / _INTERVAL) + 1
    target = {"instance": "metrics", "job": "kafka-connect"}
    series = [Series({"__name__": "up", **target}, contract(["1"] * count))]
    for metric, labels, value in samples(text, name):
        series.append(Series({"__name__": metric, **target, **labels}, contract([_text(value)] * count)))
    return Recording(name, _INTERVAL, {}, [], series)
