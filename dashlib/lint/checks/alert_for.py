"""An alert lasts for at least two evaluations before it fires."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from dashlib.lint.findings import Check, hints_once_a_file
from dashlib.promql.tree import Aggregation, Binary, Call, Subquery, Vector, vectors, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Rule

CHECK = Check(
    "alert-for",
    "warning",
    "An alert's condition holds for at least two evaluations before it fires, or its expression covers a window of "
    "time.",
    peers=("pint rule/for", "pint alerts/for", "pint promql/fragile"),
    together=hints_once_a_file,
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every alert that one sample fires, and every `for` that has no effect."""
    recorded = {rule.name: rule for rule in lint.rules if not rule.is_alert}
    for alert in lint.alerts:
        interval = lint.interval(alert.group)
        pointer = f"{alert.pointer}/for"
        if 0 < alert.lasting < 2 * interval:
            yield alert.linted.problem(
                pointer,
                f"{alert.name} fires after {alert.lasting:g}s, but its group is evaluated every {interval:g}s: a "
                "single sample decides",
                suggestion=f"set for: to at least {2 * interval:g}s",
            )
        elif alert.data.get("for") not in (None, "") and alert.lasting == 0:
            said = f"{alert.name} has `for` set to zero, which is the default"
            yield attrs.evolve(alert.linted.problem(pointer, said, suggestion="leave it out"), severity="info")
        elif not alert.lasting and not _looks_back(alert, recorded):
            yield alert.linted.problem(
                alert.pointer,
                f"{alert.name} has no `for`: a single sample fires it, and a single failed scrape resolves it",
                suggestion=f"set for: to {2 * interval or 120:g}s or more",
            )


# What a recorded name says of its window: job:errors:rate5m, slo:error:ratio_rate1h.
_WINDOW = re.compile(r":.*[a-z_]\d+(?:ms|[smhdwy])")


def _looks_back(rule: Rule, recorded: Mapping[str, Rule]) -> bool:
    """Tell whether an expression sees more than one moment, so that one sample does not decide.

    What asks for no series (`vector(1)`), and what fires when series are gone (`absent`, which has a check of its own),
    does not hang on one sample either; nor does what looks at other alerts, which last themselves.
    """
    tree = rule.query.tree
    if tree is None or not any(vectors(tree)):
        return True
    return any(
        isinstance(node, Subquery)
        or (isinstance(node, Call) and (node.function == "absent" or any(_is_range(each) for each in node.arguments)))
        or (isinstance(node, Vector) and _is_looking_back(node, rule, recorded))
        for node in walk(tree)
        if not isinstance(node, Aggregation | Binary)
    )


def _is_looking_back(node: Vector, rule: Rule, recorded: Mapping[str, Rule]) -> bool:
    maker = recorded.get(node.metric)
    if maker is not None and maker is not rule:
        others = {name: other for name, other in recorded.items() if other is not maker}
        return _looks_back(maker, others)
    return node.metric == "ALERTS" or _WINDOW.search(node.metric) is not None


def _is_range(node: object) -> bool:
    return isinstance(node, Vector) and node.selector.range is not None
