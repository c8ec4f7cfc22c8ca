"""Prometheus' answers, each requested once: shared by all queries and thread-safe.

The names and label values that Prometheus lists are those of the last hours, whatever the requested range: it keeps
vanished series in memory. Only queries tell what exists *now*.
"""

from __future__ import annotations

import itertools
import math
import threading
from typing import TYPE_CHECKING, TypeVar

from dashlib import promql
from dashlib.errors import AnswerError, RemoteError, UnreachableError
from dashlib.servers.prometheus import QueryError, QueryResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashlib.servers.prometheus import Labels, Prometheus

_T = TypeVar("_T")
#: Seconds of samples from which the scrape interval of a job is measured.
_MEASURED = 1800.0


class Evidence:
    """The answers of one Prometheus at one time.

    Attributes:
        now: the time of evaluation: seconds since 1970, by Prometheus' clock.
        range: seconds to look back.
        names: every metric name that it has now, as far as known.
        past_names: every metric name that it has, or had in the last hours.
    """

    def __init__(self, prometheus: Prometheus, now: float, range_: float, past_names: frozenset[str]) -> None:
        self.now = now
        self.range = range_
        self.names = self.past_names = past_names
        self._prometheus = prometheus
        self._known: dict[tuple[str, ...], object] = {}
        self._locks: dict[tuple[str, ...], threading.Lock] = {}
        self._lock = threading.Lock()

    def evaluate(self, expression: str) -> QueryResult:
        """Return the current result of an expression.

        Raises:
            QueryError: Prometheus does not evaluate it.
            RemoteError: the request failed in another way.
        """
        return self._once(("query", expression), lambda: self._prometheus.query(expression, at=self.now))

    def count(self, expression: str) -> int:
        """Return how many series an expression returns now; 0 if it cannot be evaluated."""
        known = self._known.get(("query", expression))
        if isinstance(known, QueryResult):
            return len(known.samples)
        try:
            answer = self.evaluate(f"count({expression})")
        except QueryError:
            return 0
        return int(answer.samples[0].value) if answer.samples else 0

    def share_of_range(self, expression: str, range_: float, points: int) -> float:
        """Return the share of a range in which an expression returns data."""
        series = self._prometheus.query_range(
            f"count({expression})", self.now - range_, self.now, max(range_ / points, 1.0)
        )
        found = {time for _, pairs in series for time, _ in pairs}
        return min(len(found) / (points + 1), 1.0)

    def look_at_names(self, concerned: Sequence[str]) -> None:
        """Find out which of some names have samples now, and drop the vanished ones from `names`."""
        if not concerned:
            return
        try:
            there = self.evaluate(f"group by (__name__) ({_by_name(concerned)})").samples
        except AnswerError:
            return  # too many series, or too little time: vanished names stay
        now = {sample.labels.get("__name__", "") for sample in there}
        self.names = frozenset(self.past_names - set(concerned) | now)

    def names_of(self, selector: promql.Selector, *, past: bool = False) -> tuple[str, ...]:
        """Return the metric names that a selector matches: those that Prometheus has now, or also recently had."""
        known = self.past_names if past else self.names
        if selector.metric:
            return (selector.metric,) if selector.metric in known else ()
        matchers = [each for each in selector.matchers if each.label == "__name__"] or selector.matchers
        found = self._label_values("__name__", promql.format_matchers(matchers))
        return tuple(name for name in found if name in known)

    def labels_of(self, names: Sequence[str]) -> frozenset[str]:
        """Return the labels of the series of metrics, from a few of them."""
        return frozenset(label for labels in self.examples(names) for label in labels)

    def examples(self, names: Sequence[str]) -> tuple[Labels, ...]:
        """Return the labels of a few series of metrics."""
        selector = _by_name(names)
        answer = self.evaluate(f"topk(5, {selector})")
        return tuple(sample.labels for sample in answer.samples)

    def values_of(self, label: str, names: Sequence[str], *filters: promql.Matcher) -> tuple[str, ...]:
        """Return the values that a label has on the series of metrics that match further filters."""
        matchers = promql.format_matchers([promql.Matcher("__name__", "=~", "|".join(names)), *filters])
        return tuple(self._label_values(label, matchers))

    def last_seen(self, selector: str, range_: float) -> float | None:
        """Return when any series of a selector had its last sample in a range; None if it had none."""
        step = max(round(range_ / 240), 1)
        answer = self.evaluate(f"max(max_over_time(timestamp({selector})[{round(range_)}s:{step}s]))")
        return answer.samples[0].value if answer.samples else None

    def interval_of(self, selector: str) -> float:
        """Return the seconds between two samples of the series of a selector; NaN if there are fewer than two."""
        found = self._prometheus.times(selector, _MEASURED, self.now)
        gaps = sorted(b - a for _, times in found for a, b in itertools.pairwise(times))
        return gaps[len(gaps) // 2] if gaps else math.nan

    def _label_values(self, label: str, selector: str) -> list[str]:
        start, end = self.now - self.range, self.now
        return self._once(
            ("values", label, selector), lambda: self._prometheus.label_values(label, start, end, [selector])
        )

    def _once(self, key: tuple[str, ...], ask: Callable[[], _T]) -> _T:
        """Return the cached answer, or request it; a failure is cached, too."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._known:
                try:
                    self._known[key] = ask()
                except UnreachableError:
                    raise
                except RemoteError as error:
                    self._known[key] = error
            known = self._known[key]
        if isinstance(known, RemoteError):
            raise known
        return known  # type: ignore[return-value]  # what this key's request returned


def _by_name(names: Sequence[str]) -> str:
    return promql.format_matchers([promql.Matcher("__name__", "=~", "|".join(names))])
