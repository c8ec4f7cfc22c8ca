"""The kinds of panels, one file each.

A module here is a kind: it has the builder that declarations call, which is named like it and returns a `Panel`, and
`KIND`, which says what such a panel's JSON may hold. Encoder, schema, layout, lint and push read it from there, so that
a new kind is its module and the line of its builder in `dashlib/__init__.pyi`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from dashlib.declare.arguments import found_words, nearest
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashlib.declare.panels import Panel
    from dashlib.declare.thresholds import ColorStep

# What a kind makes of a query: a value a series, lines over time, colored bands over time, rows, numbers in another
# way, records such as logs and traces, a picture that may do without; a text has no query.
Shows: TypeAlias = Literal["value", "lines", "states", "rows", "numbers", "records", "picture", "text"]


_NONE: Final[Mapping[str, object]] = MappingProxyType({})


class Settings(NamedTuple):
    """Which settings a place in a panel's JSON may hold.

    Attributes:
        schema: JSON Schema of each setting, by its name; see `schema_words`.
        required: those that Grafana's own schema requires, and dashlib writes at their defaults, too.
        defaults: what Grafana fills in where a panel leaves it out, so that a push sees no difference in it.
    """

    schema: Mapping[str, object]
    required: tuple[str, ...] = ()
    defaults: Mapping[str, object] = _NONE


class PanelKind(NamedTuple):
    """A kind of panel.

    Attributes:
        id: Grafana's id of the panel plugin, the panel's `type`.
        title: Grafana's name of it.
        shows: what it makes of a query.
        options: its `options`.
        custom: field settings that only this kind has; None for a kind without.
        color_mode: the color scheme of its fields where none is named.
        least_width: the fewest grid columns in which it can be read.
        height: in grid units, unless the row or the panel says another.
        with_steps: returns the fields and custom settings of a panel that shows a signal as they are with that signal's
            color steps, which are known when the dashboard is compiled; None for a kind on which they have no bearing
            but their colors.
        derived: Grafana publishes no schema of its options; they are those that its editor writes.
    """

    id: str
    title: str
    shows: Shows
    options: Settings
    custom: Settings | None = None
    color_mode: str = "thresholds"
    least_width: int = 12
    height: int = 8
    with_steps: Callable[[Panel, Sequence[ColorStep]], tuple[Mapping[str, object], Mapping[str, object]]] | None = None
    derived: bool = False


_CLASSES: Final[Mapping[str, type | tuple[type, ...]]] = MappingProxyType(
    {"boolean": bool, "integer": int, "number": (int, float), "string": str, "array": (list, tuple), "object": Mapping}
)
_SAID: Final = MappingProxyType(
    {"boolean": "True or False", "integer": "a whole number", "number": "a number", "string": "a string",
     "array": "a list", "object": "a dict"}
)  # fmt: skip


def check_values(place: str, given: Mapping[str, object], schema: Mapping[str, object]) -> None:
    """Refuse a value that a kind's schema forbids where it is declared; the names of `given` are checked later.

    Args:
        place: where the settings stand, for the message.
        given: settings by their name.
        schema: the JSON Schema of each.

    Raises:
        DeclarationError: a value is none of the kind's words, or of another type.
    """
    for name, value in given.items():
        wanted = schema.get(name)
        while isinstance(wanted, Mapping) and "$ref" in wanted:
            wanted = _shared_parts()[str(wanted["$ref"]).rpartition("/")[2]]
        if not isinstance(wanted, Mapping) or value is None:
            continue
        choices = wanted.get("enum")
        if choices is not None and value not in choices:
            meant = nearest(str(value), map(str, choices), fallback="it takes")
            raise DeclarationError(f"{place} {name!r} is {value!r}, which Grafana does not know; {meant}")
        types = wanted.get("type", ())
        types = (types,) if isinstance(types, str) else types
        classes = tuple(_CLASSES[each] for each in types)
        is_bool = isinstance(value, bool) and "boolean" not in types  # a bool is an int to Python, and none to Grafana
        if types and (is_bool or not any(isinstance(value, each) for each in classes)):
            said = " or ".join(_SAID[each] for each in types)
            raise DeclarationError(f"{place} {name!r} must be {said}; got {found_words(value)}")
        if isinstance(value, Mapping):
            _check_parts(f"{place} {name!r}", value, wanted)
        elif isinstance(value, list | tuple) and isinstance(items := wanted.get("items"), Mapping):
            for each in value:
                if isinstance(each, Mapping):
                    _check_parts(f"{place} {name!r}", each, items)


def _check_parts(place: str, value: Mapping[str, object], wanted: Mapping[str, Any]) -> None:
    """Refuse what a schema forbids inside a dict."""
    inside = wanted.get("properties", _NONE)
    unknown = next((each for each in value if each not in inside), None)
    if unknown is not None and wanted.get("additionalProperties") is False:
        raise DeclarationError(f"{place} has no {unknown!r}; {nearest(str(unknown), inside)}")
    check_values(place, value, inside)


@functools.cache
def _shared_parts() -> Mapping[str, object]:
    """Return what the dashboard's schema defines for all panels, by name."""
    from dashlib.schemas import load_schema  # for what few declarations set

    parts: Mapping[str, object] = load_schema("dashboard")["$defs"]
    return parts


# A module is called like Grafana's id, but for these.
_MODULES: Final = {"annolist": "annotations_list", "dashlist": "dashboard_list"}


def names() -> list[str]:
    """Return the names of the builders, each of which is its module's."""
    return sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))


@functools.cache
def _modules() -> Mapping[str, str]:
    """Return the name of each kind's module by the kind's id, in lower case and without hyphens."""
    ids = {name: each for each, name in _MODULES.items()}
    return {ids.get(name, name.replace("_", "")): name for name in names()}


@functools.cache  # asked three times for each panel
def panel_kind(kind: str) -> PanelKind | None:
    """Return the kind of Grafana's id, whose module is imported when it is first asked for; None for no kind."""
    name = _modules().get(kind.replace("-", "").lower())
    found: PanelKind | None = importlib.import_module(f"{__name__}.{name}").KIND if name else None
    return found if found is not None and found.id == kind else None


def kind_of_builder(name: str) -> PanelKind | None:
    """Return the kind that a builder makes, by the builder's name; None for any other function."""
    found: PanelKind | None = importlib.import_module(f"{__name__}.{name}").KIND if name in names() else None
    return found


class _Kinds(Mapping[str, PanelKind]):
    """The kinds by Grafana's id."""

    def __getitem__(self, kind: str) -> PanelKind:
        found = panel_kind(kind)
        if found is None:
            raise KeyError(kind)
        return found

    def __iter__(self) -> Iterator[str]:
        return (importlib.import_module(f"{__name__}.{name}").KIND.id for name in _modules().values())

    def __len__(self) -> int:
        return len(_modules())


@functools.cache
def panel_kinds() -> Mapping[str, PanelKind]:
    """Return the kinds by Grafana's id: every module in this folder whose name has no underscore in front is one."""
    return _Kinds()


def shown_by(kind: str) -> Shows | None:
    """Return what a kind makes of a query; None for a kind that is not known."""
    found = panel_kind(kind)
    return None if found is None else found.shows


def kinds_that_show(*shown: Shows) -> frozenset[str]:
    """Return Grafana's ids of the kinds that make one of these of a query."""
    return frozenset(kind.id for kind in panel_kinds().values() if kind.shows in shown)
