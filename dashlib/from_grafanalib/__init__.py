"""grafanalib's objects, read as dashlib's own values: one function a class, in one table.

Nothing else imports grafanalib, and dashlib imports this room only when a declaration holds an object of one of its
classes (`dashlib.declare.foreign`). A class is supported by its function and its line in `classes.CLASSES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs
from grafanalib import core

from dashlib.declare.foreign import no_encoder
from dashlib.declare.panel_kinds import panel_kind
from dashlib.declare.panels import Panel
from dashlib.declare.plugin_panel import required_options
from dashlib.errors import DeclarationError, described
from dashlib.from_grafanalib import alerts, dashboards, panels, removed, targets
from dashlib.from_grafanalib.classes import CLASSES, Reader, gone_in
from dashlib.from_grafanalib.places import place_of
from dashlib.from_grafanalib.plain import difference, json_of, with_todays_fields, without_nulls, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.declare.placed import PlacedDashboard, WrittenRuleGroup
    from dashlib.sources import Source

READERS: Final[Mapping[type, Reader]] = MappingProxyType(
    {kind: known.read for kind, known in CLASSES.items() if known.read is not None}
)

# What a declaration file may hold and dashlib does not compile, and what to do instead.
NOT_COMPILED: Final[Mapping[type, str]] = MappingProxyType(
    {
        **{kind: known.refused for kind, known in CLASSES.items() if known.refused},
        core.AlertRulev8: "which stands in no AlertGroup; put it into the rules of one",
        core.AlertRulev9: "which stands in no AlertGroup; put it into the rules of one",
    }
)

__all__ = ["CLASSES", "NOT_COMPILED", "READERS", "as_panel", "declarations", "gone_in", "not_compiled", "read"]


def not_compiled(declared: object) -> tuple[str, str] | None:
    """Return the class of an object that a file may not declare, and what to do instead; None for any other."""
    found = next((each for each in type(declared).__mro__ if each in NOT_COMPILED), None)
    return None if found is None else (found.__name__, NOT_COMPILED[found])


def read(declared: object) -> object:
    """Return dashlib's value for an object of grafanalib's, or its JSON, a dict.

    A class derived from one of grafanalib's that writes JSON of its own is read as the class it is derived from, and
    what its JSON says otherwise is merged into that. Of any other object that writes JSON, that is taken.

    Raises:
        DeclarationError: it is not of a class that dashlib reads, and writes no JSON.
    """
    if isinstance(declared, Mapping):
        return written(declared)
    kind = type(declared)
    known = next((each for each in kind.__mro__ if each in READERS), None)
    if known is not None and not _writes_its_own(kind, known):
        return READERS[known](declared)
    if not hasattr(declared, "to_json_data"):
        raise no_encoder(kind)
    if isinstance(declared, core.Panel) and not isinstance(declared, core.RowPanel):
        return removed.plugin(declared) if known is None else _with_its_own(declared, known)
    if known is core.Target and (more := _beside_its_parent(declared, known)) is not None:
        return _evolved(declared, more)
    found = without_nulls(json_of(declared))
    if not found.get("datasource"):
        found.pop("datasource", None)
    return found


def _writes_its_own(kind: type, known: type) -> bool:
    derived = kind.__mro__[: kind.__mro__.index(known)]
    return any(name in vars(each) for each in derived for name in ("to_json_data", "panel_json"))


def _evolved(declared: Any, more: dict[str, Any]) -> object:  # noqa: ANN401  # a target, checked by the caller
    query = targets.target(declared)
    return {**query, **more} if isinstance(query, dict) else attrs.evolve(query, extra={**query.extra, **more})


def _beside_its_parent(declared: Any, known: type) -> dict[str, Any] | None:  # noqa: ANN401  # an object of the class
    """Return what an object's own JSON says otherwise than its parent's; None where it is not built on that."""
    twin: Any = object.__new__(known)
    twin.__dict__.update(vars(declared))
    own, base = without_nulls(json_of(declared)), without_nulls(json_of(twin))
    if not set(base) <= set(own):
        return None
    return {key: value for key, value in difference(own, base).items() if key not in targets.OLD}


def _with_its_own(panel: core.Panel, known: type) -> Panel:
    """Return a panel as its nearest known class, with what its own JSON says otherwise."""
    twin: Any = object.__new__(known)
    twin.__dict__.update(vars(panel))
    own = with_todays_fields(difference(without_nulls(json_of(panel)), without_nulls(json_of(twin))))
    found = READERS[known](panel)
    assert isinstance(found, Panel)  # noqa: S101  # what reads a panel returns one
    kind = str(own.pop("type", found.kind))
    return attrs.evolve(found, kind=kind, extra={**found.extra, **own})


def as_panel(panel: core.Panel) -> Panel:
    """Return a panel as dashlib's value; of what is not a panel of grafanalib's, what it says of itself.

    Of a class that only a user's own encoder knows, `kind` is left empty.
    """
    if isinstance(panel, core.Panel) and not hasattr(panel, "to_json_data"):
        return panels.shared(panel, "")
    found = read(panel)
    if isinstance(found, Panel):
        return found
    assert isinstance(found, dict)  # noqa: S101  # JSON of an object is one
    said = found.pop("targets", None)
    asked = [targets.given(each) for each in said] if isinstance(said, list) else ()
    kind = panel_kind(name := str(found.get("type", "")))
    return Panel(
        kind=name,
        title=str(found.get("title", "")),
        targets=asked,
        datasource=found.pop("datasource", None),
        options={} if kind is None else required_options(kind),
        extra=found,
    )


def declarations(declared: object, source: Source) -> list[PlacedDashboard | WrittenRuleGroup]:
    """Return what a dashboard, a group of alerts or a file of groups declares, as dashlib's values.

    Args:
        declared: grafanalib's.
        source: where it was declared, unless it knows better.

    Raises:
        DeclarationError: it cannot be compiled; the message carries the place.
    """
    place = place_of(declared, source)
    try:
        return list(_declarations(declared, place))
    except DeclarationError as error:
        raise type(error)(error.message, error.source or place) from None
    except Exception as error:  # grafanalib's objects hold whatever they are given
        what = f"{type(declared).__name__} {getattr(declared, 'title', getattr(declared, 'name', ''))!r}"
        raise DeclarationError(f"{what} cannot be compiled: {described(error)}", place) from error


def _declarations(declared: object, place: Source) -> Iterator[PlacedDashboard | WrittenRuleGroup]:
    if isinstance(declared, core.Dashboard):
        found = dashboards.dashboard(declared, place, as_panel, gone_in(declared))
        yield found
        yield from alerts.groups_of_panels(declared, found)
        return
    groups: list[Any] = declared.groups if isinstance(declared, core.AlertFileBasedProvisioning) else [declared]
    for each in groups:
        if not isinstance(each, core.AlertGroup):
            raise DeclarationError(f"the groups of an AlertFileBasedProvisioning are AlertGroup; got {each!r}", place)
        yield alerts.group(each, place_of(each, place), gone_in(each))
