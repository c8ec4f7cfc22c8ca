"""Label matchers: how they are written, and which values they let pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dashlib.promql.tokens import label_text, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol

    class Comparison(Protocol):
        """What a label's value is compared with: a `Matcher`, or one that says its label elsewhere."""

        @property
        def operator(self) -> str:
            """`=`, `!=`, `=~` or `!~`."""

        @property
        def value(self) -> str:
            """The text or the regular expression."""


class Matcher(NamedTuple):
    """One label matcher.

    Attributes:
        label: label name, without quotes (may hold a Grafana variable).
        operator: `=`, `!=`, `=~` or `!~`.
        value: the value without quotes and escapes.
    """

    label: str
    operator: str
    value: str


def passes(matcher: Comparison, value: str, *, unreadable: bool = False) -> bool:
    """Tell whether a matcher lets a label's value pass, as Prometheus does.

    Args:
        matcher: without Grafana variables; a regular expression has to match the whole value.
        value: of the label; a label that is missing has the value "".
        unreadable: the answer where a regular expression is not Python's: Go's syntax differs in details.
    """
    if matcher.operator in {"=", "!="}:
        return (value == matcher.value) == (matcher.operator == "=")
    try:
        return (re.fullmatch(matcher.value, value) is not None) == (matcher.operator == "=~")
    except re.error:
        return unreadable


def format_matchers(matchers: Iterable[Matcher]) -> str:
    """Write matchers as PromQL, braces included: `{a="b",c=~"d"}`; nothing for no matchers."""
    written = ",".join(f"{label_text(one.label)}{one.operator}{quoted(one.value)}" for one in matchers)
    return f"{{{written}}}" if written else ""
