"""Who answers the queries of a preview: a Prometheus of yours, or one that is started for the moment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import attrs

from dashlib.preview.asking import Looked, look_at
from dashlib.preview.sources import NOW, Source
from dashlib.servers.local_prometheus import local_prometheus
from dashlib.servers.prometheus import Prometheus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dashlib.documents.document import Document


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
        return look_at(dashboards, self.prometheus, time.time())


@attrs.frozen
class Started:
    """A Prometheus that is started with series of the past.

    Attributes:
        source: the series.
        root: the project's folder, whose `.tools` may have the program.
    """

    source: Source
    root: Path

    @property
    def title(self) -> str:
        """What the page calls it."""
        return self.source.title

    def look(self, dashboards: Sequence[Mapping[str, Any]], rules: Sequence[Document]) -> list[Looked]:
        """Return dashboards with their answers at the end of the series, rules evaluated.

        Raises:
            RemoteError: Prometheus or promtool is not installed, or fails.
        """
        with local_prometheus(self.source.samples(rules, self.root), self.root) as url:
            return look_at(dashboards, Prometheus(url, seconds=60.0), NOW, self.source.back)
