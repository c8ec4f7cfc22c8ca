"""What a panel says of its fields and of the data in them: overrides, mappings, links and transformations."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args

import attrs

from dashlib.declare import foreign
from dashlib.declare.arguments import checked, found_words, nearest
from dashlib.declare.panel_kinds import check_values
from dashlib.declare.units import check_unit
from dashlib.errors import DeclarationError
from dashlib.promql.variables import has_variable
from dashlib.values import Value

if TYPE_CHECKING:
    from dashlib.declare.words import Address, Color, RegularExpression, RunbookFile

_TEXT = ((str,), "a string")
_NUMBER = ((int, float), "a number")
_TRUTH = ((bool,), "True or False")
_LIST = ((list, tuple), "a list")
_COLOR = ((Mapping,), "a dict, such as {'mode': 'fixed', 'fixedColor': 'red'} or {'mode': 'palette-classic'}")
_STEPS = ((Mapping,), "a dict, {'mode': 'absolute', 'steps': [{'color': 'green', 'value': None}, …]}")

# What a field override may set, and what it may be; Grafana's `custom.…` depend on the kind of panel.
FIELD_SETTINGS: Final[Mapping[str, tuple[tuple[type, ...], str]]] = MappingProxyType({
    "unit": _TEXT, "decimals": _NUMBER, "min": _NUMBER, "max": _NUMBER, "displayName": _TEXT, "mappings": _LIST,
    "thresholds": _STEPS, "color": _COLOR, "links": _LIST, "noValue": _TEXT, "description": _TEXT,
    "filterable": _TRUTH, "fieldMinMax": _TRUTH, "actions": _LIST, "writeable": _TRUTH, "path": _TEXT,
    "displayNameFromDS": _TEXT, "interval": _NUMBER,
})  # fmt: skip


def check_fields(settings: Mapping[str, object], hint: str = "") -> None:
    """Refuse a setting of fields that Grafana does not know, what it cannot be, and a unit that there is not."""
    for name, value in settings.items():
        if name not in FIELD_SETTINGS:
            raise DeclarationError(f"Grafana has no field setting {name!r}; {nearest(name, FIELD_SETTINGS)}{hint}")
        kinds, wanted = FIELD_SETTINGS[name]
        is_number_by_accident = isinstance(value, bool) and bool not in kinds
        if value is not None and (is_number_by_accident or not isinstance(value, kinds)):
            raise DeclarationError(f"the field setting {name!r} must be {wanted}; got {found_words(value)}")
        if name == "unit" and isinstance(value, str) and value and not has_variable(value):
            check_unit(value)
        if name == "color" and isinstance(value, Mapping):
            _check_color(value)


def _check_color(given: Mapping[str, object]) -> None:
    """Refuse a color of a field that Grafana cannot draw."""
    from dashlib.declare import words  # for the few fields that name one

    unknown = next((name for name in given if name not in ("mode", "fixedColor", "seriesBy")), None)
    if unknown is not None:
        raise DeclarationError(
            f"the field setting 'color' has no {unknown!r}; {nearest(unknown, ('mode', 'fixedColor', 'seriesBy'))}"
        )
    for name, known in (("mode", words.ColorScheme), ("fixedColor", words.Color)):
        value, word = given.get(name), get_args(known)[1]
        if value is not None and not (isinstance(value, str) and (has_variable(value) or word.fits(value))):
            near = nearest(str(value), word.known())
            hint = f"; {near}" if near.startswith("did you mean") else ""
            raise DeclarationError(
                f"the field setting 'color' {name!r} must be {word.said}; got {found_words(value)}{hint}"
            )


@attrs.frozen(eq=False, repr=False)
class Override(Value):
    """Field settings for some of a panel's series or columns.

    Made by `override`; what they may be is in Grafana's documentation, under "Configure field overrides".

    Attributes:
        matcher: `byName`, `byRegexp`, `byType` or `byFrameRefID`.
        value: what the matcher looks for.
        properties: setting by its path, for example `{"unit": "s", "custom.width": 120}`.
    """

    matcher: Literal["byName", "byRegexp", "byType", "byFrameRefID"]
    value: str
    properties: Mapping[str, object]


@checked
def override(
    *,
    name: str = "",
    pattern: RegularExpression = "",
    field_type: Literal["", "number", "string", "time", "boolean"] = "",
    query: str = "",
    **properties: object,
) -> Override:
    """Return an override for the fields with one name, regular expression, type or query.

    Args:
        name: exact name of a series or column.
        pattern: regular expression that names match.
        field_type: `number`, `string`, `time` or `boolean`.
        query: refId of a query, `A` for the first.
        properties: settings; `custom__width=120` stands for Grafana's `custom.width`.

    Raises:
        DeclarationError: none, or more than one, of the four ways to choose fields is given.
    """
    chosen: list[tuple[Literal["byName", "byRegexp", "byType", "byFrameRefID"], str]] = []
    if name:
        chosen.append(("byName", name))
    if pattern:
        chosen.append(("byRegexp", pattern))
    if field_type:
        chosen.append(("byType", field_type))
    if query:
        chosen.append(("byFrameRefID", query))
    for said, meant in (("regex", "pattern"), ("type", "field_type"), ("matcher", "name")):
        if said in properties:
            raise DeclarationError(f"override() has no argument {said!r}; did you mean {meant!r}?")
    if len(chosen) != 1:
        raise DeclarationError(
            f"override() needs exactly one of name, pattern, field_type, query; got {len(chosen)} of them"
        )
    if not properties:
        raise DeclarationError("override() sets nothing: name a setting, such as unit='s' or custom__width=120")
    of_all = {path: value for path, value in properties.items() if not any(mark in path for mark in ("__", "."))}
    check_fields(of_all, " (a setting of one kind of panel is written custom__width=120)")
    matcher, value = chosen[0]
    return Override(matcher, value, {path.replace("__", "."): setting for path, setting in properties.items()})


@attrs.frozen(eq=False, repr=False)
class Transformation(Value):
    """One of Grafana's transformations of a panel's data.

    Attributes:
        id: Grafana's id of it, for example `merge`, `sortBy`, `joinByField`.
        options: its options, as Grafana's documentation of that transformation names them.
        beside: what stands beside the options: `filter`, `disabled`, `topic`.
    """

    id: str
    options: Mapping[str, object] = attrs.field(factory=dict)
    beside: Mapping[str, object] = attrs.field(factory=dict)


@functools.cache
def _transformations() -> Mapping[str, Mapping[str, Any]]:
    """Return the options that Grafana's transformations have, and what stands beside them, as JSON Schema."""
    import json  # with the file, for what few dashboards declare
    from pathlib import Path

    found: Mapping[str, Mapping[str, Any]] = json.loads(Path(__file__).with_name("transformations.json").read_bytes())
    return found


@checked
def transformation(id_: str, **options: object) -> Transformation:
    """Return a transformation: `transformation("joinByField", byField="server", mode="outer")`.

    Args:
        id_: Grafana's id of it.
        options: its options by Grafana's names; `filter`, `disabled` and `topic` are those of every transformation.
    """
    known = _transformations()
    beside = {name: options.pop(name) for name in known["beside"] if name in options}
    check_values("a transformation's", beside, known["beside"])
    if id_ not in known["transformations"]:
        if (meant := nearest(id_, known["transformations"])).startswith("did you mean"):
            raise DeclarationError(f"Grafana has no transformation {id_!r}; {meant}")
        return Transformation(id_, options, beside)  # one that dashlib does not know yet
    schema = known["transformations"][id_]
    if schema is not None:
        unknown = next((name for name in options if name not in schema), None)
        if unknown is not None:
            raise DeclarationError(
                f"the transformation {id_!r} has no option {unknown!r}; {nearest(unknown, schema, fallback='it has')}"
            )
        check_values(f"the transformation {id_!r}:", options, schema)
    return Transformation(id_, options, beside)


class MappedValue(NamedTuple):
    """What stands for one value.

    Attributes:
        value: as text, the way Grafana compares it.
        text: empty for the value itself.
        color: empty for the thresholds'.
        order: its place in Grafana's list.
    """

    value: str
    text: str
    color: str
    order: int


@attrs.frozen(eq=False, repr=False)
class ValueMapping(Value):
    """Texts and colors for single values. Made by `value_mapping`."""

    values: Sequence[MappedValue]


@checked
def value_mapping(texts: Mapping[object, tuple[str, Color]]) -> ValueMapping:
    """Return a mapping from values to text and color: `value_mapping({0: ("Off", "red"), 1: ("On", "green")})`."""
    return ValueMapping(
        tuple(MappedValue(str(value), text, color, index) for index, (value, (text, color)) in enumerate(texts.items()))
    )


@attrs.frozen(eq=False, repr=False)
class RangeMapping(Value):
    """A text and color for all values from a start to an end. Made by `range_mapping`.

    Attributes:
        start: the lowest value; None for no limit.
        end: the highest value, included; None for no limit.
        text: empty for the value itself.
        color: empty for the thresholds'.
        index: its place in Grafana's list; None for none.
    """

    start: float | None
    end: float | None
    text: str
    color: str
    index: int | None = 0


@checked
def range_mapping(start: float | None, end: float | None, text: str, color: Color) -> RangeMapping:
    """Return a mapping of all values from `start` to `end` (both included) to text and a color; None for no limit."""
    if start is None and end is None:
        raise DeclarationError("range_mapping() needs a start or an end; None stands for no limit on one side")
    if start is not None and end is not None and start > end:
        raise DeclarationError(f"range_mapping() starts at {start} and ends at {end}; the start must be the lower one")
    return RangeMapping(start, end, text, color)


@attrs.frozen(eq=False, repr=False)
class RegexMapping(Value):
    """A text and color for values that a regular expression matches. Made by `regex_mapping`."""

    pattern: str
    text: str
    color: str


@checked
def regex_mapping(pattern: RegularExpression, text: str = "", color: Color = "") -> RegexMapping:
    """Return a mapping of all values that a regular expression matches to text and a color.

    Args:
        pattern: it, with groups for the text: `^(\\w+)-server$`.
        text: with `$1` for a group; empty for the value itself.
        color: empty for the thresholds'.
    """
    return RegexMapping(pattern, text, color)


@attrs.frozen(eq=False, repr=False)
class SpecialMapping(Value):
    """A text and color for values that are not numbers. Made by `special_mapping`."""

    match: Literal["null", "nan", "null+nan", "true", "false", "empty"]
    text: str
    color: Color


@checked
def special_mapping(
    match: Literal["null", "nan", "null+nan", "true", "false", "empty"], text: str, color: Color
) -> SpecialMapping:
    """Return a mapping of null, NaN, true, false or empty to text and a color."""
    return SpecialMapping(match, text, color)


Mappings = Sequence[
    ValueMapping | RangeMapping | RegexMapping | SpecialMapping | foreign.StatValueMappings | foreign.StatRangeMappings
]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class DataLink(Value):
    """A link that a click on a value offers. Made by `data_link`.

    Attributes:
        title: its text.
        url: where it leads.
        new_tab: open it in a new tab.
    """

    title: str
    url: str
    new_tab: bool = False


@checked
def data_link(title: str, url: Address, *, new_tab: bool = False) -> DataLink:
    """Return a link that a click on a value offers.

    Args:
        title: its text.
        url: where it leads; `${__data.fields["Connector"]}` stands for another cell of the row, `${__url_time_range}`
            for the dashboard's time range, and variables for what is chosen.
        new_tab: open it in a new tab.
    """
    return DataLink(title=title, url=url, new_tab=new_tab)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RunbookLink(DataLink):
    """A data link to one of the project's runbooks; its address is the configuration's. Made by `runbook_link`."""


@checked
def runbook_link(title: str, page: RunbookFile) -> RunbookLink:
    """Return a link that a click on a value offers, to a page of the project's runbooks (`runbook_url`).

    Args:
        title: its text.
        page: with `.md`; `${__data.fields["Runbook"].text:raw}` stands for another cell of the row.
    """
    return RunbookLink(title=title, url=page, new_tab=True)
