"""No rule stands twice: it would page twice, or two rules would write one series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from dashlib.lint.findings import Check
from dashlib.lint.subjects import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Rule

CHECK = Check(
    "duplicate-rule",
    "warning",
    "No two rules are the same, and no two groups of a file have one name.",
    peers=("promtool (duplicate-rules)", "pint rule/duplicate"),
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every rule that stands somewhere else, too, under this or another name."""
    by_name: dict[object, list[Rule]] = {}
    by_expression: dict[object, Rule] = {}
    for rule in lint.rules:
        expression = _expression(rule)
        labels = tuple(sorted(rule.labels.items()))
        others = by_name.setdefault((rule.name, rule.is_alert, labels), [])
        same = next((other for other in others if _is_same(rule, other, expression)), None)
        others.append(rule)
        if same is not None:
            what = "both make the same alert" if rule.is_alert else "both write the same series"
            is_other = expression != _expression(same)
            if is_other:
                what = f"wherever their expressions give series with the same labels, {what}"
            problem = rule.linted.problem(
                rule.pointer,
                f"{rule.name} stands in group {same.group.name!r} of {same.linted.document.path}, too, with the same "
                f"labels: {what}",
                suggestion="remove one of them, or tell them apart by a label",
            )
            yield attrs.evolve(problem, severity="info") if is_other else problem
            continue
        if not rule.is_alert or not expression:
            continue
        other = by_expression.setdefault((expression, labels, rule.data.get("for")), rule)
        if other is not rule:
            yield rule.linted.problem(
                rule.pointer,
                f"{rule.name} has the expression, labels and `for` of {other.name}: both fire for one thing",
                suggestion="remove one of them, or tell them apart",
            )


def _is_same(rule: Rule, other: Rule, expression: str) -> bool:
    """Tell whether two rules of one name and one set of labels are one too many.

    In one file that is so whatever their expressions, as promtool has it. In two files their expressions may divide
    what they are about among them.
    """
    if str(rule.linted.document.path) == str(other.linted.document.path):
        return True
    return expression == _expression(other)


def _expression(rule: Rule) -> str:
    return " ".join(text_of(rule.data.get("expr")).split())
