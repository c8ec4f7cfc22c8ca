"""The words that Grafana and dashlib know, for the annotations of declarations: `color: Color` is a string that is one.

Each is `Annotated[str, Word(…)]`: to a type checker a string, to `dashlib.declare.arguments` one of the words, so
that a slip is reported where it is written instead of showing as a gray panel.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from dashlib.declare.calculations import ALIASES, NAMES
from dashlib.promql.variables import has_variable, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet


class Word:
    """What a string, or a number, must be.

    Attributes:
        said: it, in words.
        fits: tells whether it is one.
        known: returns the words there are, from which the nearest to a slip is named.
    """

    __slots__ = ("fits", "known", "said")

    def __init__(
        self, said: str, fits: Callable[[Any], object], known: Callable[[], Iterable[str]] = lambda: ()
    ) -> None:
        self.said, self.fits, self.known = said, fits, known


def _pattern(pattern: str) -> Callable[[str], object]:
    return lambda text: re.fullmatch(pattern, text)


# Grafana's palette, and the names that every browser knows.
_PALETTE = tuple(
    f"{shade}{hue}"
    for hue in ("red", "orange", "yellow", "green", "blue", "purple")
    for shade in ("", "dark-", "semi-dark-", "light-", "super-light-")
)
_OF_BROWSERS = (
    "aliceblue", "antiquewhite", "aqua", "aquamarine", "azure", "beige", "bisque", "black", "blanchedalmond",
    "blueviolet", "brown", "burlywood", "cadetblue", "chartreuse", "chocolate", "coral", "cornflowerblue", "cornsilk",
    "crimson", "cyan", "darkblue", "darkcyan", "darkgoldenrod", "darkgray", "darkgreen", "darkgrey", "darkkhaki",
    "darkmagenta", "darkolivegreen", "darkorange", "darkorchid", "darkred", "darksalmon", "darkseagreen",
    "darkslateblue", "darkslategray", "darkslategrey", "darkturquoise", "darkviolet", "deeppink", "deepskyblue",
    "dimgray", "dimgrey", "dodgerblue", "firebrick", "floralwhite", "forestgreen", "fuchsia", "gainsboro",
    "ghostwhite", "gold", "goldenrod", "gray", "greenyellow", "grey", "honeydew", "hotpink", "indianred", "indigo",
    "ivory", "khaki", "lavender", "lavenderblush", "lawngreen", "lemonchiffon", "lightblue", "lightcoral",
    "lightcyan", "lightgoldenrodyellow", "lightgray", "lightgreen", "lightgrey", "lightpink", "lightsalmon",
    "lightseagreen", "lightskyblue", "lightslategray", "lightslategrey", "lightsteelblue", "lightyellow", "lime",
    "limegreen", "linen", "magenta", "maroon", "mediumaquamarine", "mediumblue", "mediumorchid", "mediumpurple",
    "mediumseagreen", "mediumslateblue", "mediumspringgreen", "mediumturquoise", "mediumvioletred", "midnightblue",
    "mintcream", "mistyrose", "moccasin", "navajowhite", "navy", "oldlace", "olive", "olivedrab", "orangered",
    "orchid", "palegoldenrod", "palegreen", "paleturquoise", "palevioletred", "papayawhip", "peachpuff", "peru",
    "pink", "plum", "powderblue", "rebeccapurple", "rosybrown", "royalblue", "saddlebrown", "salmon", "sandybrown",
    "seagreen", "seashell", "sienna", "silver", "skyblue", "slateblue", "slategray", "slategrey", "snow",
    "springgreen", "steelblue", "tan", "teal", "thistle", "tomato", "turquoise", "violet", "wheat", "white",
    "whitesmoke", "yellowgreen",
)  # fmt: skip
_COLORS = frozenset((*_PALETTE, *_OF_BROWSERS, "text", "transparent"))
_WRITTEN_COLOR = _pattern(r"#(?:[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})|(?:rgb|hsl)a?\([\d\s.,%/]+\)")


_CALCULATIONS = (*NAMES, *ALIASES)
_PERCENTILE = _pattern(r"p\d{1,2}")

_ZONE = _pattern(r"[A-Z]\w+(?:/[\w+-]+)*")


def _is_time_zone(text: str) -> bool:
    return text in ("", "browser", "utc") or (bool(_ZONE(text)) and (text in _time_zones() or not _time_zones()))


def _time_zones() -> AbstractSet[str]:
    """Return the names of the time zones that this machine knows; none where it has no such database."""
    import zoneinfo  # few dashboards name one

    return zoneinfo.available_timezones()


def _compiles(text: str) -> bool:
    between = re.fullmatch(r"/(.*)/[dgimsuy]*", text, re.DOTALL)  # as Grafana writes one with flags
    try:
        # JavaScript names a group `(?<text>…)`, as the regex of a variable does.
        re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", between[1] if between else text))
    except re.error:
        return False
    return True


Color = Annotated[
    str,
    Word(
        "a Grafana color such as 'green' or 'semi-dark-red', or '#8e8e8e'",
        lambda text: not text or text in _COLORS or _WRITTEN_COLOR(text),
        lambda: (*_PALETTE, *_OF_BROWSERS),
    ),
]
_SCHEMES = (
    "thresholds", "fixed", "shades", "palette-classic", "palette-classic-by-name", "continuous-GrYlRd",
    "continuous-RdYlGr", "continuous-BlYlRd", "continuous-YlRd", "continuous-BlPu", "continuous-YlBl",
    "continuous-blues", "continuous-reds", "continuous-greens", "continuous-purples", "continuous-viridis",
    "continuous-magma", "continuous-plasma", "continuous-inferno", "continuous-cividis",
)  # fmt: skip
ColorScheme = Annotated[
    str,
    Word("a Grafana color scheme such as 'palette-classic'", lambda text: text in _SCHEMES, lambda: _SCHEMES),
]
Calculations = Annotated[
    str,
    Word(
        "a Grafana calculation such as 'mean'",
        lambda text: text in _CALCULATIONS or _PERCENTILE(text),
        lambda: _CALCULATIONS,
    ),
]
# How far a dashboard looks back, and a panel of its own.
TimeOfRange = Annotated[
    str,
    Word(
        "a time such as 'now-6h', 'now/d' or '2027-01-31T12:00:00Z'",
        _pattern(r"now(?:[+-]\d+(?:ms|[smhdwMQy]))*(?:/f?[smhdwMQy])?|\d{4}-\d\d-\d\d(?:[T ][\d:.]+Z?)?|\d{9,14}"),
    ),
]
RelativeTime = Annotated[
    str, Word("how far to look back, such as '24h'", _pattern(r"|\d+[smhdwMy](?:/[smhdwMy])?|now/f?[dwMy]"))
]
RefreshInterval = Annotated[str, Word("an interval such as '30s'", _pattern(r"\d+(?:ms|[smhd])|auto"))]
Severity = Annotated[
    str, Word("a severity such as 'critical': lowercase letters, digits, '_' and '-'", _pattern(r"[a-z][a-z0-9_-]*"))
]
RunbookPage = Annotated[
    str, Word("a page name without folder and '.md', such as 'lag'", lambda text: not re.search(r"\.md\b|/|\s", text))
]
RunbookFile = Annotated[str, Word("a page with '.md', such as 'lag.md'", lambda text: re.search(r"\.md\b|\$", text))]
Address = Annotated[
    str,
    Word(
        "a URL that begins with 'https://', with '/' for this Grafana, or with a variable",
        _pattern(r"(?s)(?:https?://|/|\?|#|\$|mailto:).*"),
    ),
]
LabelName = Annotated[
    str, Word("a label's name: letters, digits and '_', not starting with a digit", _pattern(r"[a-zA-Z_][a-zA-Z0-9_]*"))
]
# Prometheus 3 keeps any text as a label's name.
AnyLabelName = Annotated[
    str, Word("a label's name, such as 'server' or 'http.route'", _pattern(r"[^\x00-\x1f\x7f{}\"\\\s]+"))
]
OptionalLabelName = Annotated[
    str,
    Word(
        "a label's name: letters, digits and '_', not starting with a digit", _pattern(r"(?:[a-zA-Z_][a-zA-Z0-9_]*)?")
    ),
]
VariableName = Annotated[
    str,
    # what begins with two is Grafana's own: $__interval
    Word("a variable's name: letters, digits and '_', without '$' or '__' before it", _pattern(r"(?!__)[A-Za-z0-9_]+")),
]
OptionalVariableName = Annotated[
    str, Word("a variable's name: letters, digits and '_', without '$'", _pattern(r"[A-Za-z0-9_]*"))
]
TimeZone = Annotated[
    str,
    Word(
        "'browser', 'utc' or an IANA time zone such as 'Europe/Berlin'",
        _is_time_zone,
        _time_zones,
    ),
]
SettingName = Annotated[str, Word("the name of a setting in [tool.dashlib.labels]", str.strip)]
Percentage = Annotated[int, Word("a whole number from 0 to 100", lambda number: 0 <= number <= 100)]  # noqa: PLR2004
Digits = Annotated[int, Word("a number of digits, 0 or more", lambda number: number >= 0)]
PanelId = Annotated[int, Word("a whole number, 1 or more", lambda number: number >= 1)]
RegularExpression = Annotated[str, Word("a regular expression", _compiles)]
_PERCENTILES = _pattern(r"(?:p|tm|wm|tc|ts)[\d.]+|[A-Z]{2}\(.*\)")
_STATISTICS = ("Average", "Sum", "Minimum", "Maximum", "SampleCount", "IQM")
CloudWatchStatistic = Annotated[
    str,
    Word(
        "a statistic of CloudWatch such as 'Average' or 'p99'",
        lambda text: text in _STATISTICS or has_variable(text) or _PERCENTILES(text),
        lambda: _STATISTICS,
    ),
]
CloudWatchRegion = Annotated[
    str,
    Word(
        "an AWS region such as 'eu-west-1', 'default' or a variable",
        lambda text: has_variable(text) or re.fullmatch(r"default|[a-z]+(?:-[a-z]+)+-\d+", text),
    ),
]
CloudWatchPeriod = Annotated[
    str,
    Word(
        "a number of seconds, an interval such as '5m', 'auto' or a variable",
        lambda text: has_variable(text) or re.fullmatch(r"|auto|\d+[smhd]?", text),
    ),
]
Legend = Annotated[
    str,
    Word(
        "a legend, in which labels stand in double braces: '{{server}}'",
        lambda text: "$labels" not in text and re.fullmatch(r"(?:[^{}]|\{\{[^{}]*\}\})*", replaced(text, lambda _: "")),
    ),
]
