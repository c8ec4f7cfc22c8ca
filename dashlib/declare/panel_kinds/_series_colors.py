"""Colors of series that stand beside threshold lines: none of them is a threshold's, and a name keeps its own.

Grafana has no such palette. The classic one begins with green, yellow, blue, orange and red, whatever the series; a
scheme by value draws all that is low, or all that is high, in one color. What Grafana does have is an override for
the series whose names match a pattern; so a name's length and last character, together, choose one of seven colors.
Names that count up (`server1`, `server2`) get neighbors, and a connector has one color in all panels.
"""

from __future__ import annotations

from typing import Final

from dashlib.declare.fields import Override

# Neighbors differ most. Each has a contrast of 3 to a panel's background on a dark page and on a light one.
_COLORS: Final = ("#3D6FE0", "#DB5BA5", "#1B9E9E", "#8156E8", "#A87B5E", "#3C97D3", "#C457D9")
_COUNT: Final = len(_COLORS)
_CHARACTERS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def _pattern(color: int) -> str:
    """Return the pattern of the names whose length and last character add up to a color."""
    choices = []
    for more in range(_COUNT):
        ends = _ending((color - more) % _COUNT)
        # What is neither a letter nor a digit counts as 0 does, so that every name has a color.
        if more == color:
            ends = "^" + "".join(sorted(set(_CHARACTERS) - set(ends)))
        choices.append(f".{{{more}}}[{ends}]")
    return f"/^(.{{{_COUNT}}})*({'|'.join(choices)})$/i"


def _ending(place: int) -> str:
    return _CHARACTERS[place::_COUNT]


#: One for each color.
OVERRIDES: Final = tuple(
    Override("byRegexp", _pattern(place), {"color": {"mode": "fixed", "fixedColor": color}})
    for place, color in enumerate(_COLORS)
)
