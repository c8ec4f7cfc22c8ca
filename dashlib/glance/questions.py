"""What a dashboard asks of its datasource when somebody looks at it: variables filled in, and when each query is asked.

Pure: answers come from whoever can ask. Facts about Grafana are from its source (12.3): the step of a range query in
`rangeUtil.calculateInterval`, `$__rate_interval` and the alignment of a range in its Prometheus datasource, the
escaping of chosen values in `prometheusSpecialRegexEscape`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from dashlib.documents.dashboards import Dashboard, Panel
from dashlib.glance.answers import GlanceError
from dashlib.promql import duration_seconds, format_duration
from dashlib.promql.variables import Reference, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.documents.dashboards import Variable

Json: TypeAlias = "Mapping[str, Any]"

ALL: Final = "$__all"
_SPECIAL: Final = re.compile(r"[$^*{}\[\]'+?.()|]")
_GRID_COLUMNS: Final = 24
# The screen, less the page's margins; and what a panel keeps for its own.
_SCREEN: Final = 1920 - 32
_PADDING: Final = 16
# Grafana's rounding of intervals: up to the first number (milliseconds) the second one is taken.
_ROUNDED: Final = (
    (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1_500, 1_000), (3_500, 2_000),
    (7_500, 5_000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000), (45_000, 30_000), (90_000, 60_000),
    (210_000, 120_000), (450_000, 300_000), (750_000, 600_000), (1_050_000, 900_000), (1_500_000, 1_200_000),
    (2_700_000, 1_800_000), (5_400_000, 3_600_000), (9_000_000, 7_200_000), (16_200_000, 10_800_000),
    (32_400_000, 21_600_000), (86_400_000, 43_200_000), (604_800_000, 86_400_000),
)  # fmt: skip
_A_WEEK: Final = 604_800_000


@attrs.frozen
class Question:
    """A query as its datasource gets it.

    Attributes:
        ref_id: of the panel's query.
        expression: PromQL without variables.
        times: at which it is asked, unix seconds: the moment of an instant query, the steps of a range query.
        is_range: it is asked over a range.
    """

    ref_id: str
    expression: str
    times: tuple[float, ...]
    is_range: bool


@attrs.frozen
class Look:
    """Somebody looks at a dashboard.

    Attributes:
        dashboard: the compiled dashboard.
        now: when, unix seconds.
        chosen: values of its variables, by name, several in a sequence; by default what the dashboard begins with.
        scrape_interval: what the datasource says it is, in seconds; Grafana's own default is 15.
    """

    dashboard: Json
    now: float
    chosen: Mapping[str, str | Sequence[str]] = attrs.field(factory=dict)
    scrape_interval: float = 15.0

    @property
    def range(self) -> float:
        """How far back the dashboard looks, in seconds."""
        begins, ends = self.dashboard["time"]["from"], self.dashboard["time"]["to"]
        if ends != "now" or not begins.startswith("now-"):
            raise GlanceError(f"a time range from {begins} to {ends} is not supported; use now-… to now")
        return duration_seconds(begins.removeprefix("now-"))

    def panels(self) -> Iterator[Json]:
        """Yield all panels in reading order, those of collapsed rows too, but not the rows themselves."""
        yield from (panel.data for panel in Dashboard(self.dashboard).panels)

    def questions(self, panel: Json) -> list[Question]:
        """Return what a panel asks, without its hidden queries.

        Raises:
            GlanceError: a query is none of Prometheus', or uses a variable that the dashboard does not have.
        """
        back = duration_seconds(panel["timeFrom"]) if panel.get("timeFrom") else self.range
        step = self._step(panel, back)
        asked = []
        datasources = Dashboard(self.dashboard).datasources
        for query in Panel.alone(panel).queries:
            if query.is_hidden:
                continue
            if "expr" not in query.data or not datasources.asks_promql(query.data, panel):
                raise GlanceError(f"panel {panel['title']!r}: query {query.ref_id} is not a Prometheus query")
            expression = self.fill_in(query.text, back, step)
            if query.is_instant:
                asked.append(Question(query.ref_id, expression, (self.now,), is_range=False))
            else:
                last = self.now // step * step
                times = tuple(last - step * index for index in range(int(back // step), -1, -1))
                asked.append(Question(query.ref_id, expression, times, is_range=True))
        return asked

    def fill_in(self, text: str, back: float, step: float) -> str:
        """Return a string with the values of variables filled in.

        Args:
            text: with variables.
            back: how far back its panel looks, in seconds.
            step: of its range queries, in seconds.
        """
        own = {variable.name: variable for variable in Dashboard(self.dashboard).variables}
        values: dict[str, str] = {}  # an expression refers to few variables many times

        def value_of(one: Reference) -> str:
            if one.text not in values:
                values[one.text] = self._value(one, own, back, step)
            return values[one.text]

        return replaced(text, value_of)

    def _value(self, one: Reference, own: Mapping[str, Variable], back: float, step: float) -> str:
        name = one.name
        rate = max(step + self.scrape_interval, 4 * self.scrape_interval)
        builtin = {
            "__range": format_duration(back),
            "__range_s": f"{back:.0f}",
            "__range_ms": f"{back * 1000:.0f}",
            "__interval": format_duration(step),
            "__interval_ms": f"{step * 1000:.0f}",
            "__rate_interval": format_duration(rate),
        }
        if name in builtin:
            return builtin[name]
        if name not in own:
            raise GlanceError(f"{one.text} is not a variable of dashboard {self.dashboard['uid']!r}")
        variable = own[name]
        value = self.chosen.get(name, "" if variable.current is None else variable.current)
        if value == ALL:
            return str(variable.data.get("allValue") or ".*")
        if not isinstance(value, str) and isinstance(value, Sequence):
            return "|".join(value) if one.format == "pipe" else f"({'|'.join(map(_escaped, value))})"
        if variable.data.get("includeAll") or variable.data.get("multi"):
            return _escaped(str(value))
        return str(value)

    def _step(self, panel: Json, back: float) -> float:
        """Return the step of a panel's range queries in seconds: a point a pixel, but no more than are scraped."""
        width = panel["gridPos"]["w"] * _SCREEN / _GRID_COLUMNS - _PADDING
        points = panel.get("maxDataPoints") or width
        least = duration_seconds(panel["interval"]) if panel.get("interval") else self.scrape_interval
        return max(_rounded(back * 1000 / points) / 1000, least)


def _escaped(value: str) -> str:
    return _SPECIAL.sub(r"\\\\\g<0>", value.replace("\\", "\\\\\\\\"))


def _rounded(milliseconds: float) -> float:
    for limit, rounded in _ROUNDED:
        if milliseconds < limit:
            return rounded
    return 604_800_000 if milliseconds < 4 * _A_WEEK else 2_592_000_000
