"""Grafana's names of colors as hexadecimal numbers, as both of its themes draw them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
#: The colors that a scheme by value runs through, from the least value to the greatest.
_SCHEMES: Final = {
    "continuous-GrYlRd": ("green", "yellow", "red"),
    "continuous-RdYlGr": ("red", "yellow", "green"),
    "continuous-BlYlRd": ("dark-blue", "super-light-yellow", "dark-red"),
    "continuous-YlRd": ("super-light-yellow", "dark-red"),
    "continuous-BlPu": ("blue", "purple"),
    "continuous-YlBl": ("super-light-yellow", "dark-blue"),
}
#: The colors that a heatmap's palette runs through (ColorBrewer's, and Viridis), from few to many on a light page.
_HEAT: Final = {
    "Blues": ("#F7FBFF", "#C6DBEF", "#6BAED6", "#2171B5", "#08306B"),
    "Greens": ("#F7FCF5", "#C7E9C0", "#74C476", "#238B45", "#00441B"),
    "Greys": ("#FFFFFF", "#D9D9D9", "#969696", "#525252", "#000000"),  # codespell:ignore
    "Oranges": ("#FFF5EB", "#FDD0A2", "#FD8D3C", "#D94801", "#7F2704"),
    "Purples": ("#FCFBFD", "#DADAEB", "#9E9AC8", "#6A51A3", "#3F007D"),
    "Reds": ("#FFF5F0", "#FCBBA1", "#FB6A4A", "#CB181D", "#67000D"),
}
_TURNED: Final = {  # the same on both themes
    "Spectral": ("#5E4FA2", "#66C2A5", "#FFFFBF", "#F46D43", "#9E0142"),
    "Viridis": ("#440154", "#3B528B", "#21918C", "#5EC962", "#FDE725"),
}
_OF_ONE: Final = frozenset({"continuous-blues", "continuous-reds", "continuous-greens", "continuous-purples"})
_MIDDLE: Final = 0.5
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
        return scheme_color(name, _MIDDLE)
    return TEXT


def scheme_color(name: str, share: float) -> str:
    """Return the color that a scheme by value has at a share of its way, as Grafana mixes it: a basis spline.

    Args:
        name: of the scheme; of one that begins in the panel's own background its full color is returned.
        share: 0 for its first color, 1 for its last one.
    """
    colors = _SCHEMES.get(name)
    if colors is None:
        return _NAMED[f"dark-{name.removeprefix('continuous-').removesuffix('s')}"] if name in _OF_ONE else TEXT
    stops = [[int(_NAMED[color][place : place + 2], 16) for place in (1, 3, 5)] for color in colors]
    mixed = [_spline(channel, min(1.0, max(0.0, share))) for channel in zip(*stops, strict=True)]
    return "#" + "".join(f"{min(255, max(0, round(each))):02X}" for each in mixed)


def _spline(stops: Sequence[int], share: float) -> float:
    """Return a value of the cubic basis spline through the ends of some numbers."""
    last = len(stops) - 1
    place = min(last - 1, int(share * last))
    along = share * last - place
    before = stops[place - 1] if place > 0 else 2 * stops[place] - stops[place + 1]
    after = stops[place + 2] if place < last - 1 else 2 * stops[place + 1] - stops[place]
    square, cube = along**2, along**3
    return (
        (1 - 3 * along + 3 * square - cube) * before
        + (4 - 6 * square + 3 * cube) * stops[place]
        + (1 + 3 * along + 3 * square - 3 * cube) * stops[place + 1]
        + cube * after
    ) / 6


def heat_colors(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the colors of a heatmap: what it runs through, from few to many, on a dark page and on a light one.

    Args:
        settings: the panel's `options.color`. Of a palette that is not known here, Oranges is taken.
    """
    if settings.get("mode") == "opacity":
        fill = css_color(str(settings.get("fill") or "dark-orange"))
        exponent = float(settings.get("exponent") or 1) if settings.get("scale") == "exponential" else 1.0
        return {"fill": fill, "exponent": exponent}
    name = str(settings.get("scheme") or "Oranges")
    if name in _TURNED:
        light = dark = list(_TURNED[name])
    else:
        light = list(_HEAT.get(name, _HEAT["Oranges"]))
        dark = light[::-1]
    if settings.get("reverse"):
        light, dark = light[::-1], dark[::-1]
    return {"light": light, "dark": dark}
