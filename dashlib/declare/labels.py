"""What a label must be: the filters that declarations are written with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import attrs

from dashlib.declare.arguments import checked
from dashlib.errors import DeclarationError
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SPECIAL = re.compile(r"([.+*?()|\[\]{}^$\\])")


def literal(text: str) -> str:
    """Return the regular expression that matches a string literally."""
    return _SPECIAL.sub(r"\\\1", text)


def texts(items: str | Iterable[str]) -> tuple[str, ...]:
    """Return several texts, where one stands for itself; for attrs classes of dashlib."""
    return (items,) if isinstance(items, str) else tuple(items)


@checked
@attrs.frozen(repr=False)
class LabelMatch(Value):
    """What a label must be, without the label's name: an operator and a value.

    Attributes:
        operator: one of `=`, `!=`, `=~`, `!~`.
        value: the value or regular expression.
    """

    operator: Literal["=", "!=", "=~", "!~"]
    value: str


@checked
def one_of(*values: str | Iterable[str]) -> LabelMatch:
    """Return the match of a label that has one of these values, for `where={"plugin": …}`."""
    found = _values(values)
    return LabelMatch("=", found[0]) if len(found) == 1 else LabelMatch("=~", "|".join(found))


@checked
def none_of(*values: str | Iterable[str]) -> LabelMatch:
    """Return a match for a label that has none of these values."""
    found = _values(values)
    return LabelMatch("!=", found[0]) if len(found) == 1 else LabelMatch("!~", "|".join(found))


def _values(values: Iterable[str | Iterable[str]]) -> list[str]:
    found = [text for each in values for text in ((each,) if isinstance(each, str) else each)]
    if not found:
        raise DeclarationError("one_of() and none_of() need at least one value, for example one_of('mysql')")
    return found


def label_matches(items: Mapping[str, str | Iterable[str] | LabelMatch]) -> Mapping[str, LabelMatch]:
    """Return what labels must be, where a string stands for itself and several for any of them; for attrs classes."""
    for name, match in items.items():
        if isinstance(match, str) and "|" in match:
            raise DeclarationError(
                f"{name} must be {match!r} to the letter: for any of several values write a list, "
                f"{match.split('|')!r}; if the value has a '|', one_of({match!r})"
            )
        if isinstance(match, str) and (".*" in match or ".+" in match):
            raise DeclarationError(
                f"{name} must be {match!r} to the letter; for a regular expression write matching({match!r}), and if "
                f"that is the value, one_of({match!r})"
            )
    return {name: match if isinstance(match, LabelMatch) else one_of(match) for name, match in items.items()}


@checked
def matching(pattern: str) -> LabelMatch:
    """Return the match of a label that a regular expression matches as a whole."""
    return LabelMatch("=~", _pattern(pattern))


@checked
def not_matching(pattern: str) -> LabelMatch:
    """Return the match of a label that a regular expression does not match."""
    return LabelMatch("!~", _pattern(pattern))


def _pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise DeclarationError(f"{pattern!r} is not a valid regular expression: {error}") from None
    return pattern
