"""What the name of a metric tells by Prometheus' conventions: `http_request_duration_seconds` is in seconds.

Only what a name says outright is told. A unit in the middle of a name (`seconds_since_restart`) may be anything.
"""

from __future__ import annotations

import re
from typing import Final

#: What the last word of a name says, as the catalog writes it (`OwnMetric.unit`).
_UNITS: Final = {
    "seconds": "s", "milliseconds": "ms", "millis": "ms", "microseconds": "us", "nanoseconds": "ns",
    "minutes": "m", "hours": "h", "days": "d", "bytes": "bytes", "ratio": "ratio", "percent": "percent",
    "celsius": "celsius", "volts": "volts", "amperes": "amperes", "watts": "watts", "joules": "joules",
    "hertz": "hertz", "meters": "meters", "grams": "grams", "kilobytes": "kilobytes", "megabytes": "megabytes",
    "gigabytes": "gigabytes", "bits": "bits",
}  # fmt: skip
#: Abbreviations, which a name may end with for another reason: `_m` and `_h` tell nothing.
_SHORT: Final = {"ms": "ms", "us": "us", "ns": "ns"}
_SERIES: Final = re.compile(r"_(?:total|sum|bucket|created)$")
_INSTANT: Final = re.compile(
    r"(?:^|_)(?:timestamp|start_time|boot_time|expiry|expiration|modified_time|created)_seconds$"
)
_INSTANT_MS: Final = re.compile(r"(?:^|_)timestamp_(?:ms|milliseconds)$")


def unit_in_name(name: str) -> str:
    """Return the unit that a metric's name says, as the catalog writes it; empty where it says none.

    Args:
        name: as exported; the endings `_total`, `_sum` and `_bucket` are not part of the unit. What `_bucket` ends has
            the unit of what it counts.
    """
    if ":" in name or name.endswith("_count"):
        return ""
    if name.endswith("_created"):
        return "epoch_s"
    base = _SERIES.sub("", name)
    if _INSTANT.search(base):
        return "epoch_s"
    if _INSTANT_MS.search(base):
        return "epoch_ms"
    last = re.split(r"[_.]", base)[-1]
    return _UNITS.get(last) or _SHORT.get(last, "")


def unit_of_word(word: str) -> str:
    """Return the catalog's unit for the unit that an exporter announces (`# UNIT x seconds`)."""
    return _UNITS.get(word, word)
