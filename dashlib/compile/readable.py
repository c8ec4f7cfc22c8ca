"""Values and durations as people say them, in the texts of alerts and the titles of their panels."""

from __future__ import annotations

# Base and prefixes of Grafana's units for bytes.
BYTES = {"bytes": (1024, ("", "Ki", "Mi", "Gi", "Ti")), "decbytes": (1000, ("", "k", "M", "G", "T"))}
_SECONDS_IN = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def readable_duration(seconds: float) -> str:
    """Return a duration as people say it: `90 seconds`, `5 minutes`, `2 hours`."""
    for unit, size in _SECONDS_IN:
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds:g} seconds"


def readable(value: float, unit: str) -> str:
    """Return a value in a signal's unit as people say it: `5 minutes`, `90 %`, `5 GiB`."""
    if unit == "s":
        return readable_duration(value)
    if unit == "percent":
        return f"{value:g} %"
    if unit in BYTES:
        return _readable_bytes(value, unit)
    return f"{value:g}"


def _readable_bytes(value: float, unit: str) -> str:
    """Return bytes as people say them: `5 GiB` for `bytes`, `80 GB` for `decbytes`."""
    size, prefixes = BYTES[unit]
    power = 0
    while power < len(prefixes) - 1 and value >= size:
        value, power = value / size, power + 1
    return f"{value:g} {prefixes[power]}B"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: `1 file`, `2 files`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
