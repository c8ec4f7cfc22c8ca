"""What the queries of a panel were answered, and the error of a reader that meets something it does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from dashlib.errors import DashlibError

if TYPE_CHECKING:
    from collections.abc import Mapping


class GlanceError(DashlibError):
    """A panel has something whose look in Grafana the reader does not know; the message names it."""


@attrs.frozen
class Series:
    """One series of a Prometheus' answer.

    Attributes:
        labels: its labels, `__name__` among them where the answer has it.
        samples: Unix seconds and value, oldest first; one for an instant query. NaN and ±Inf are possible.
    """

    labels: Mapping[str, str]
    samples: tuple[tuple[float, float], ...]


@attrs.frozen
class Answer:
    """What one query (target) of a panel was answered.

    Attributes:
        ref_id: the target's `refId`.
        series: in the order of the answer; empty where Prometheus found nothing.
    """

    ref_id: str
    series: tuple[Series, ...]
