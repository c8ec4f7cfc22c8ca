"""A panel that is being drawn: its answers, its frames, and what kinds of panels share."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import attrs

from dashlib.documents.values import object_of, text_of
from dashlib.glance import Answer, see
from dashlib.glance.fields import configured, display, range_share, scheme_color
from dashlib.glance.formatting import formatted
from dashlib.glance.frames import display_name, frames_of
from dashlib.glance.javascript import to_number
from dashlib.glance.reducers import canonical, name_of, reduce
from dashlib.glance.transformations import transformed
from dashlib.preview import colors
from dashlib.preview.axes import Axis, Bounds, Scale, axis
from dashlib.preview.colors import css_color

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dashlib.glance import Seen, Shown
    from dashlib.glance.frames import Field, Frame
    from dashlib.glance.javascript import Value

Json = dict[str, Any]
_T = TypeVar("_T")

_NO_DATA: Final = "No data"


@attrs.frozen
class Answered:
    """What a panel's queries were answered.

    Attributes:
        answers: one for each query that is not hidden.
        now: the moment of looking, Unix seconds.
        begins: the beginning of what it shows, Unix seconds.
        step: seconds between two points of its range queries; 0 where it has none.
        error: why there are no answers; empty where there are.
    """

    answers: tuple[Answer, ...]
    now: float
    begins: float
    step: float = 0.0
    error: str = ""


@attrs.frozen(eq=False)
class Drawing:
    """A panel that is being drawn.

    Attributes:
        data: its compiled JSON.
        kind: Grafana's id of its plugin.
        answered: what its queries were answered.
        labels: those by which the page filters.
    """

    data: Mapping[str, Any]
    kind: str
    answered: Answered
    labels: Sequence[str]

    @property
    def options(self) -> Json:
        """The settings of its kind."""
        return object_of(self.data.get("options"))

    @functools.cached_property
    def seen(self) -> Seen:
        """What the panel reader says of it; raises a GlanceError where it does not know."""
        return see(self.data, self.answered.answers, now=self.answered.now)

    @functools.cached_property
    def frames(self) -> list[Frame]:
        """Its answers as frames, transformed and with their settings."""
        made = transformed(frames_of(self.data, self.answered.answers), self.data.get("transformations") or ())
        return configured(made, self.data, self.kind)

    @property
    def no_value(self) -> str:
        """What Grafana writes where there is nothing to show."""
        defaults = object_of(object_of(self.data.get("fieldConfig")).get("defaults"))
        return text_of(defaults.get("noValue")) or _NO_DATA

    def text(self, field: Field, value: Value) -> str:
        """Return a value of a field as it is displayed."""
        return display(field, value, self.frames, self.answered.now).text

    def by_filter(self, items: Sequence[_T], labels_of: Callable[[_T], Mapping[str, str]], make: Any) -> Json:  # noqa: ANN401
        """Return what is made of all items (by an empty key), and of those that each filter leaves (`label=value`)."""
        made = {"": make(items)}
        for label in self.labels:
            for value in sorted({labels_of(item).get(label, "") for item in items} - {""}):
                made[f"{label}={value}"] = make([each for each in items if labels_of(each).get(label, value) == value])
        return made


def custom_of(field: Field) -> Json:
    """Return the settings of a field that are its panel kind's own."""
    return object_of(field.config.get("custom"))


def is_hidden(field: Field, where: str) -> bool:
    """Return whether a field is hidden: from the graph (`viz`), the `legend` or the `tooltip`."""
    return bool(object_of(custom_of(field).get("hideFrom")).get(where))


def number_of(value: object) -> float | None:
    """Return a number as the page gets it: six digits are more than a pixel shows; None for what is not finite."""
    if value is None or isinstance(value, str | list):
        return None
    number = float(cast("float", value))
    return float(f"{number:.7g}") if math.isfinite(number) else None


def steps_of(field: Field) -> list[Json]:
    """Return the threshold steps of a field: value and CSS color; the first one's value says nothing."""
    thresholds = object_of(field.config.get("thresholds"))
    steps = cast("Sequence[Json]", thresholds.get("steps") or ())
    return [{"value": float(step.get("value") or 0), "color": css_color(str(step.get("color")))} for step in steps]


def shown_of(shown: Shown) -> Json:
    """Return something that the panel reader saw, for the page."""
    return {
        "name": shown.name,
        "text": shown.text,
        "color": css_color(shown.color),
        "labels": dict(shown.labels),
    }


def series_color(field: Field, frames: Sequence[Frame]) -> str:
    """Return the color of a series: of a scheme by value, the one of its last, least or greatest value."""
    color = object_of(field.config.get("color"))
    by = reduce(field.values, str(color.get("seriesBy") or "last"))
    return value_color(field, 0.0 if by is None else to_number(by), frames)


def value_color(field: Field, number: float, frames: Sequence[Frame]) -> str:
    """Return the color that a field's scheme gives a number."""
    name = scheme_color(field, number, frames)
    if name == object_of(field.config.get("color")).get("mode"):  # between its two ends
        return colors.scheme_color(name, range_share(field, number, frames))
    return css_color(name)


def is_by_value(field: Field) -> bool:
    """Return whether each value of a field has a color of its own."""
    mode = text_of(object_of(field.config.get("color")).get("mode")) or "thresholds"
    return mode == "thresholds" or mode.startswith("continuous-")


def legend_of(drawing: Drawing) -> Json:
    """Return a panel's legend: how and where it is shown, and its columns."""
    legend = object_of(drawing.options.get("legend"))
    columns = [name_of(canonical(each)) for each in legend.get("calcs") or ()]
    name = text_of(legend.get("sortBy"))
    return {
        "mode": "hidden" if legend.get("showLegend") is False else legend.get("displayMode") or "list",
        "placement": legend.get("placement") or "bottom",
        "columns": columns,
        "sorted": {"column": columns.index(name), "down": bool(legend.get("sortDesc"))} if name in columns else None,
    }


def calculated(drawing: Drawing, field: Field) -> list[Json]:
    """Return what a legend calculates of a series: text and value, a column each."""
    names = [canonical(each) for each in object_of(drawing.options.get("legend")).get("calcs") or ()]
    values = [reduce(field.values, each) for each in names]
    return [{"text": drawing.text(field, value), "value": number_of(value)} for value in values]


def name_of_series(field: Field, frame: Frame, drawing: Drawing) -> str:
    """Return the name that a person reads of a series."""
    return display_name(field, frame, drawing.frames)


def stacking_of(field: Field) -> tuple[str, bool]:
    """Return the group that a series is stacked in, empty for none, and whether it shows shares of the whole."""
    stacking = object_of(custom_of(field).get("stacking"))
    mode = stacking.get("mode")
    group = text_of(stacking.get("group")) or "A" if mode in ("normal", "percent") else ""
    return group, mode == "percent"


def scale_of(field: Field) -> Scale:
    """Return how a field's axis runs."""
    said = object_of(custom_of(field).get("scaleDistribution"))
    return Scale(
        text_of(said.get("type")) or "linear", float(said.get("log") or 2), float(said.get("linearThreshold") or 1)
    )


def value_axis(field: Field, values: Iterable[float], *, shares: bool = False, bounds: Bounds | None = None) -> Json:
    """Return the axis of a field for some values, as the page gets it.

    Args:
        field: its bounds, unit, decimals and scale are the axis'.
        values: all that is drawn.
        shares: they are shares of a whole, which the axis shows.
        bounds: other ones than the field's.
    """
    config = field.config
    custom = custom_of(field)
    unit = "percentunit" if shares else text_of(config.get("unit"))
    decimals = None if shares or config.get("decimals") is None else int(cast("float", config["decimals"]))

    def text(value: float) -> str:
        return "".join(formatted(value, unit or "none", decimals))

    if shares:
        limits = Bounds(0.0, 1.0)
    else:
        limits = bounds or Bounds(
            bound(config.get("min")),
            bound(config.get("max")),
            bound(custom.get("axisSoftMin")),
            bound(custom.get("axisSoftMax")),
        )
    return axis_json(axis(values, limits, unit, text, decimals, Scale() if shares else scale_of(field)))


def axis_json(found: Axis) -> Json:
    """Return an axis as the page gets it."""
    made: Json = {"low": found.low, "high": found.high, "ticks": [list(tick) for tick in found.ticks]}
    if found.scale.kind != "linear":
        made["scale"] = {"kind": found.scale.kind, "base": found.scale.base, "threshold": found.scale.threshold}
    return made


def bound(value: object) -> float | None:
    """Return a bound that a panel says; None for none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def heights(stacks: Iterable[Iterable[float | None]]) -> Iterable[float]:
    """Yield what stacks reach: zero, and of each the sum of what is positive and of what is negative."""
    yield 0.0
    for stack in stacks:
        values = [value for value in stack if value is not None]
        yield sum(value for value in values if value > 0)
        yield sum(value for value in values if value < 0)
