"""Durations as Prometheus reads and writes them: `5m`, `1h30m`, `500ms`."""

from __future__ import annotations

import functools
import re
from typing import Final

_LARGEST_DURATION: Final = (2**63 - 1) / 1e9
_DURATION: Final = re.compile("".join(f"(?:([0-9]+){unit})?" for unit in ("y", "w", "d", "h", "m", "s", "ms")))
_UNIT_SECONDS: Final = (31_536_000.0, 604_800.0, 86_400.0, 3_600.0, 60.0, 1.0, 0.001)
# Unit, milliseconds, and whether it stands only where nothing is left over.
_WRITTEN: Final = (
    ("y", 31_536_000_000, True), ("w", 604_800_000, True), ("d", 86_400_000, True), ("h", 3_600_000, False),
    ("m", 60_000, False), ("s", 1000, False), ("ms", 1, False),
)  # fmt: skip


@functools.lru_cache(maxsize=1024)  # the rules of this project say 1,345 times one of a dozen
def duration_seconds(text: str) -> float:
    """Return the seconds of a Prometheus duration such as `5m`, `1h30m` or `500ms`.

    Args:
        text: the duration: whole numbers with the units y, w, d, h, m, s, ms, in this order, each at most once; or `0`.

    Returns:
        The seconds.

    Raises:
        ValueError: The text is not a duration.
    """
    match = _DURATION.fullmatch(text)
    if text != "0" and (not text or match is None):
        raise ValueError(
            f"{text[:80]!r} is not a Prometheus duration: write whole numbers with the units y, w, d, h, m, s, ms in "
            "this order, each at most once, such as 5m, 1h30m or 500ms."
        )
    counts = match.groups() if match is not None else ()
    seconds = sum(float(count) * unit for count, unit in zip(counts, _UNIT_SECONDS, strict=False) if count)
    if seconds > _LARGEST_DURATION:
        raise ValueError(f"The duration {text[:80]!r} is too long for Prometheus: write at most 292y.")
    return round(seconds, 3)


def format_duration(seconds: float) -> str:
    """Return seconds as Prometheus writes a duration: `1h30m`, `500ms`, and `1d`, but `36h`.

    Years, weeks and days stand only where nothing is left over (`model.Duration` of prometheus/common). What is less
    than a millisecond is lost.
    """
    left = round(seconds * 1000)
    written = ""
    for unit, size, only_exact in _WRITTEN:
        if left >= size and (not only_exact or left % size == 0):
            written += f"{left // size}{unit}"
            left %= size
    return written or "0s"
