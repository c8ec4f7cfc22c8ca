"""Grafana's names of colors as hexadecimal numbers, as both of its themes draw them."""

from __future__ import annotations

import re
from typing import Final

_SHADES: Final = ("super-light-", "light-", "", "semi-dark-", "dark-")
_HUES: Final = {
    "red": ("#FFA6B0", "#FF7383", "#F2495C", "#E02F44", "#C4162A"),
    "orange": ("#FFCB7D", "#FFB357", "#FF9830", "#FF780A", "#FA6400"),
    "yellow": ("#FFF899", "#FFEE52", "#FADE2A", "#F2CC0C", "#E0B400"),
    "green": ("#C8F2C2", "#96D98D", "#73BF69", "#56A64B", "#37872D"),
    "blue": ("#C0D8FF", "#8AB8FF", "#5794F2", "#3274D9", "#1F60C4"),
    "purple": ("#DEB6F2", "#CA95E5", "#B877D9", "#A352CC", "#8F3BB8"),
}
_NAMED: Final = {
    **{shade + hue: color for hue, colors in _HUES.items() for shade, color in zip(_SHADES, colors, strict=True)},
    "transparent": "transparent",
    "panel-bg": "transparent",
    "white": "#ffffff",
    "black": "#000000",
    "gray": "#808080",
}
_CSS: Final = re.compile(r"#[0-9A-Fa-f]{3,8}|rgba?\([\d\s.,%]+\)")
#: What the page draws in the color of its text.
TEXT: Final = ""


def css_color(name: str) -> str:
    """Return a color for CSS: `#73BF69` for `green`; empty where the page's own text color is meant.

    Args:
        name: as a panel's JSON has it: a name of Grafana's, `#rrggbb`, `rgb(…)`, or the name of a color scheme, whose
            middle is taken.
    """
    if name in _NAMED:
        return _NAMED[name]
    if _CSS.fullmatch(name):
        return name
    if name.startswith("continuous-"):
        return _NAMED["yellow"] if "Yl" in name else _NAMED["blue"]
    return TEXT
