"""Grafana's units: which exist, and the nearest to one that does not."""

from __future__ import annotations

import functools

from dashlib.errors import DeclarationError

_CUSTOM_PREFIXES = ("suffix:", "prefix:", "time:", "si:", "count:", "currency:")


@functools.cache
def known_units() -> frozenset[str]:
    """Return the ids of Grafana's units."""
    from grafanalib import formatunits  # a rule file alone needs none of it

    return frozenset(value for name, value in vars(formatunits).items() if name.isupper() and isinstance(value, str))


@functools.cache
def check_unit(unit: str) -> str:
    """Return a Grafana unit id unchanged.

    Raises:
        DeclarationError: Grafana has no such unit; the message names the nearest.
    """
    if unit in known_units() or unit.startswith(_CUSTOM_PREFIXES):
        return unit
    import difflib

    near = difflib.get_close_matches(unit, known_units(), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise DeclarationError(f"Grafana has no unit {unit!r}{hint} (write a unit of your own as 'suffix:rows')")
