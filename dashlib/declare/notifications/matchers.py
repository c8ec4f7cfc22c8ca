"""Which alerts are meant: what their labels must be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from dashlib import promql
from dashlib.declare.labels import LabelMatch
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    import attrs

Matchers: TypeAlias = Mapping[str, LabelMatch]

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")

# What Go's regular expressions lack, and Python's have.
_NOT_IN_GO = re.compile(r"\(\?(?:=|!|<=|<!|P=|#|\()|\\[1-9]")


def are_matchers(instance: object, attribute: attrs.Attribute[Matchers], value: Matchers) -> None:
    """Validate matchers as Alertmanager takes them; for attrs classes of dashlib."""
    what = f"{type(instance).__name__} {attribute.name}"
    for name, match in value.items():
        check_label_name(what, name)
        if match.operator in ("=~", "!~"):
            _check_regular_expression(what, name, match.value)


def check_label_name(what: str, name: str) -> None:
    """Refuse what is not the name of a label."""
    if not _LABEL_NAME.fullmatch(name):
        raise DeclarationError(
            f"{what}: {name!r} is not a valid label name: expected letters, digits and '_', not starting with a digit"
        )


def _check_regular_expression(what: str, name: str, pattern: str) -> None:
    try:
        re.compile(pattern)
        reason = "Go's regular expressions have no lookaround and no backreferences"
        wrong = _NOT_IN_GO.search(pattern) is not None
    except re.error as error:
        wrong, reason = True, str(error)
    if wrong:
        raise DeclarationError(
            f"{what}: {name} has a regular expression that Alertmanager rejects: {pattern!r}: {reason}"
        )


def _alternatives(match: LabelMatch) -> tuple[str, ...] | None:
    """Return the only values that a matcher lets through; None if they cannot be listed."""
    if match.operator == "=":
        return (match.value,)
    if match.operator == "=~" and re.fullmatch(r"[\w|-]+", match.value):
        return tuple(match.value.split("|"))
    return None


def contradict(first: LabelMatch, second: LabelMatch) -> bool:
    """Tell whether no value fits both; False where that cannot be told."""
    for one, other in ((first, second), (second, first)):
        values = _alternatives(one)
        if values is not None and not any(promql.passes(other, value) for value in values):
            return True
    return False


def covers(wide: LabelMatch, narrow: LabelMatch | None) -> bool:
    """Tell whether every value that fits `narrow` fits `wide`; False where that cannot be told."""
    if narrow is None:
        return False
    values = _alternatives(narrow)
    return narrow == wide or (values is not None and all(promql.passes(wide, value) for value in values))


def show_matcher(name: str, match: LabelMatch) -> str:
    """Return a matcher as Alertmanager writes it: `severity="critical"`."""
    value = match.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{name}{match.operator}"{value}"'


def are_label_names(instance: object, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    """Validate names of labels, each named once; for attrs classes of dashlib."""
    what = f"{type(instance).__name__} {attribute.name}"
    for name in value:
        check_label_name(what, name)
    for index, name in enumerate(value):
        if name in value[:index]:
            raise DeclarationError(f"{what} names {name!r} twice")
