"""A value in a notification is readable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, Problem, once_a_file
from dashlib.promql.tree import COMPARISONS, Aggregation, Binary, Call, Node, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.subjects import Lint, Rule

CHECK = Check(
    "value-format",
    "info",
    "A fractional value in a notification is rounded or humanized.",
    peers=("pint alerts/template",),
    together=once_a_file,
)

_PLAIN = re.compile(r"\{\{-?\s*(?:\$value|\.Value)\s*-?\}\}")
_FRACTIONS = frozenset({"rate", "irate", "deriv", "increase", "delta", "predict_linear"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every bare value whose digits nobody can read."""
    for alert in lint.alerts:
        instead = _instead(alert)
        if not instead:
            continue
        for name, text in alert.annotations.items():
            for match in _PLAIN.finditer(text):
                yield Problem(
                    linted=alert.linted,
                    pointer=f"{alert.pointer}/annotations/{name}",
                    message=f"{name} of {alert.name} shows the value with all its digits, for example "
                    "63.27300000000003",
                    expression=text,
                    span=match.span(),
                    suggestion=f"write {instead}",
                )


def _instead(alert: Rule) -> str:
    """Return how the value is best written; empty where it is a whole number anyway."""
    tree = alert.query.tree
    if tree is None:
        return ""
    unit = alert.query.type_of(tree).unit
    if unit is not None and unit.base == "s":
        return "{{ $value | humanizeDuration }}" if unit.factor == 1 else '{{ $value | printf "%.0f" }}'
    if unit is not None and unit.base == "ratio":
        return '{{ $value | printf "%.1f" }}' if unit.factor != 1 else "{{ $value | humanizePercentage }}"
    if unit is not None and unit.base == "bytes":
        return "{{ $value | humanize1024 }}B"
    if any(
        isinstance(node, Call) and node.function in _FRACTIONS and not any(_is_whole(one) for one in above)
        for node, above in with_ancestors(tree)
    ):
        return "{{ $value | humanize }}"
    return ""


def _is_whole(node: Node) -> bool:
    """Tell whether a part of an expression gives whole numbers whatever is in it: a count, a yes or no."""
    return (isinstance(node, Aggregation) and node.operator in {"count", "group"}) or (
        isinstance(node, Binary) and node.operator in COMPARISONS and node.is_bool
    )
