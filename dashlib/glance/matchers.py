"""Which fields a rule is for: overrides and transformations choose them alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias, cast

from dashlib.glance.answers import GlanceError
from dashlib.glance.frames import NUMBER, TIME, VALUE_NAME, Field, Frame, display_name
from dashlib.glance.javascript import regular_expression

Matcher: TypeAlias = Callable[[Field, Frame, Sequence[Frame]], bool]


def by_names(names: Collection[str]) -> Matcher:
    """Return a matcher of fields by their own or their displayed name."""

    def matches(field: Field, frame: Frame, frames: Sequence[Frame]) -> bool:
        if field.name in names or display_name(field, frame, frames) in names:
            return True
        if VALUE_NAME in names:
            return field.labels is not None and field.labels.get("__name__") == field.name
        return ("Time" in names or "time" in names) and field.kind == TIME

    return matches


def by_pattern(pattern: str) -> Matcher:
    """Return a matcher of fields whose displayed name a pattern finds."""
    compiled = regular_expression(pattern)
    return lambda field, frame, frames: compiled.search(display_name(field, frame, frames)) is not None


def by_kind(kind: str) -> Matcher:
    """Return a matcher of fields of one type."""
    return lambda field, _, __: field.kind == kind


def matcher(rule: Mapping[str, object]) -> Matcher:
    """Return the matcher of `{"id": …, "options": …}`.

    Raises:
        GlanceError: the reader does not know the matcher; the message names it.
    """
    kind = str(rule.get("id"))
    if kind in _MATCHERS:
        return _MATCHERS[kind](rule.get("options"))
    raise GlanceError(f"the matcher {kind!r} is not supported; supported are: {', '.join(_MATCHERS)}")


def _by_listed_names(options: object) -> Matcher:
    settings = cast("Mapping[str, object]", options or {})
    chosen = by_names(set(cast("Sequence[str]", settings.get("names") or ())))
    if settings.get("mode") == "exclude":
        return lambda field, frame, frames: not chosen(field, frame, frames)
    return chosen


_MATCHERS: dict[str, Callable[[object], Matcher]] = {
    "byName": lambda options: by_names({str(options)}),
    "byNames": _by_listed_names,
    "byRegexp": lambda options: by_pattern(str(options)),
    "byType": lambda options: by_kind(str(options)),
    "byFrameRefID": lambda options: lambda _, frame, __: frame.ref_id == options,
    "numeric": lambda _: by_kind(NUMBER),
}
