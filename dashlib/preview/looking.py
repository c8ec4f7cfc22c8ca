"""Who answers the queries of a preview: a Prometheus of yours, or one that is started for the moment, if need be."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

import attrs

from dashlib.glance import Series
from dashlib.preview.asking import Looked, look_at
from dashlib.preview.cache import SHIPPED, Answers, name_of, own_folder
from dashlib.preview.sources import NOW, Source
from dashlib.servers.local_prometheus import local_prometheus
from dashlib.servers.prometheus import Prometheus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from dashlib.documents.document import Document
    from dashlib.glance.questions import Question


@attrs.frozen
class Running:
    """A Prometheus that runs.

    Attributes:
        prometheus: the client.
        title: what the page calls it.
    """

    prometheus: Prometheus
    title: str

    def look(self, dashboards: Sequence[Mapping[str, Any]], rules: Sequence[Document]) -> list[Looked]:
        """Return dashboards with their answers of now; the rules are the ones it has itself."""
        del rules
        return look_at(dashboards, Asked(lambda: self.prometheus), time.time())


@attrs.frozen
class Started:
    """A Prometheus that is started with series of the past, unless all that is asked is known already.

    Attributes:
        source: the series.
        root: the project's folder, whose `.tools` may have the program.
        folders: where answers may be known; the last one keeps new ones.
    """

    source: Source
    root: Path
    folders: Sequence[Path] = attrs.field(factory=lambda: (SHIPPED, own_folder()))

    @property
    def title(self) -> str:
        """What the page calls it."""
        return self.source.title

    def look(self, dashboards: Sequence[Mapping[str, Any]], rules: Sequence[Document]) -> list[Looked]:
        """Return dashboards with their answers at the end of the series, rules evaluated.

        Raises:
            RemoteError: Prometheus or promtool is not installed, or fails.
        """
        known = Answers(name_of(self.source, rules), self.folders)
        with contextlib.ExitStack() as stack:

            def start() -> Prometheus:
                url = stack.enter_context(local_prometheus(self.source.samples(rules, self.root), self.root))
                return Prometheus(url, seconds=60.0)

            looked = look_at(dashboards, Asked(start, known), NOW, self.source.back)
        if self.folders:
            known.save(self.folders[-1])
        return looked


class Asked:
    """Answers queries: from what is known, or by a Prometheus that is started for the first that is not."""

    def __init__(self, start: Callable[[], Prometheus], known: Answers | None = None) -> None:
        """Ask nobody yet.

        Args:
            start: returns the Prometheus; is called once, and only if something is not known.
            known: answers that are known; new ones are kept there.
        """
        self._start, self._known = start, known
        self._prometheus: Prometheus | None = None
        self._lock = threading.Lock()

    def series(self, question: Question) -> tuple[Series, ...]:
        """Return what a query is answered.

        Raises:
            AnswerError: Prometheus refuses it.
            RemoteError: Prometheus cannot be reached or started.
        """
        known = None if self._known is None else self._known.series(question)
        if known is not None:
            return known
        answer = _answer(self._started(), question)
        if self._known is not None:
            self._known.keep(question, answer)
        return answer

    def values(self, label: str, begin: float, end: float, selectors: Sequence[str]) -> list[str]:
        """Return the values that a label has; errors as for `series`."""
        known = None if self._known is None else self._known.values(label, selectors)
        if known is not None:
            return known
        values = sorted(self._started().label_values(label, begin, end, selectors))
        if self._known is not None:
            self._known.keep_values(label, selectors, values)
        return values

    def _started(self) -> Prometheus:
        with self._lock:
            if self._prometheus is None:
                self._prometheus = self._start()
            return self._prometheus


def _answer(prometheus: Prometheus, question: Question) -> tuple[Series, ...]:
    times = question.times
    if not question.is_range:
        (at,) = times
        found = prometheus.query(question.expression, at=at)
        return tuple(Series(each.labels, ((at, each.value),)) for each in found.samples)
    step = times[1] - times[0] if len(times) > 1 else 1.0
    return tuple(
        Series(labels, samples)
        for labels, samples in prometheus.query_range(question.expression, times[0], times[-1], step)
    )
