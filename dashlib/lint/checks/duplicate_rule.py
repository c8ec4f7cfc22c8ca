"""No rule is duplicated: it would page twice, or two rules would write the same series."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

from dashlib import promql
from dashlib.documents.values import text_of
from dashlib.lint.findings import Check
from dashlib.promql.tree import Vector, is_in_guard, with_ancestors
from dashlib.promql.variables import has_variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Rule
    from dashlib.promql import Matcher

CHECK = Check(
    "duplicate-rule",
    "warning",
    "No two rules are the same, and no two groups of a file have the same name.",
    peers=("promtool (duplicate-rules)", "pint rule/duplicate"),
)

# What makes a regular expression more than a list of texts; a backslash before a sign takes its meaning away.
_PATTERN: Final = re.compile(r"(?<!\\)[.*+?()\[\]{}^$]|\\[A-Za-z0-9]")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every rule that exists elsewhere, under the same or another name."""
    by_name: dict[object, list[Rule]] = {}
    by_expression: dict[object, Rule] = {}
    for rule in lint.rules:
        expression = _expression(rule)
        labels = tuple(sorted(rule.labels.items()))
        others = by_name.setdefault((rule.name, rule.is_alert, labels), [])
        same = next((other for other in others if _is_same(rule, other, expression)), None)
        others.append(rule)
        if same is not None:
            what = "both create the same alert" if rule.is_alert else "both write the same series"
            is_other = expression != _expression(same)
            if is_other:
                what = f"wherever their expressions return series with the same labels, {what}"
            problem = rule.linted.problem(
                rule.pointer,
                f"{rule.name} is also in group {same.group.name!r} of {same.linted.document.path}, with the same "
                f"labels: {what}",
                suggestion="remove one of them, or distinguish them by a label",
            )
            yield attrs.evolve(problem, severity="info") if is_other else problem
            continue
        if not rule.is_alert or not expression:
            continue
        other = by_expression.setdefault((expression, labels, str(rule.data.get("for"))), rule)
        if other is not rule:
            yield rule.linted.problem(
                rule.pointer,
                f"{rule.name} has the same expression, labels and `for` as {other.name}: both fire for the same "
                "condition",
                suggestion="remove one of them, or change one of them",
            )


def _is_same(rule: Rule, other: Rule, expression: str) -> bool:
    """Tell whether two rules of one name and one set of labels are one too many.

    Their expressions may divide what they are about among them: in two files in whichever way; in one file, where
    promtool would warn of both, so that no series is of both (`server="a"` and `server!="a"`).
    """
    if str(rule.linted.document.path) == str(other.linted.document.path):
        return not _divide(rule, other)
    return expression == _expression(other)


def _expression(rule: Rule) -> str:
    return " ".join(text_of(rule.data.get("expr")).split())


def _divide(rule: Rule, other: Rule) -> bool:
    """Tell whether what two rules measure has no series in common, as far as their filters show."""
    measured = [_measured(each) for each in (rule, other)]
    return all(measured) and all(_exclude(one, another) for one in measured[0] for another in measured[1])


def _measured(rule: Rule) -> list[tuple[Matcher, ...]]:
    tree = rule.query.tree
    found = with_ancestors(tree) if tree is not None else ()
    return [
        node.selector.matchers for node, above in found if isinstance(node, Vector) and not is_in_guard(node, above)
    ]


def _exclude(one: tuple[Matcher, ...], another: tuple[Matcher, ...]) -> bool:
    """Tell whether a label has values in one selector that the other does not let pass."""
    return any(
        not any(promql.passes(theirs, value, unreadable=True) for value in values)
        for mine, others in ((one, another), (another, one))
        for matcher in mine
        if (values := _values(matcher))
        for theirs in others
        if theirs.label == matcher.label
    ) or any(_begin_otherwise(mine, theirs) for mine in one for theirs in another if mine.label == theirs.label)


def _begin_otherwise(one: Matcher, another: Matcher) -> bool:
    """Tell whether no value that one filter lets pass begins as one of the other: `code=~"2.."` and `code=~"5.."`."""
    begin, other = _beginnings(one), _beginnings(another)
    return bool(begin and other) and not any(
        mine.startswith(theirs) or theirs.startswith(mine) for mine in begin for theirs in other
    )


def _beginnings(matcher: Matcher) -> list[str]:
    """Return with what each value that a filter lets pass begins; none where that is not known."""
    if matcher.operator not in {"=", "=~"} or has_variable(matcher.value):
        return []
    if matcher.operator == "=":
        return [matcher.value]
    if re.search(r"[()\[\\]", matcher.value):
        return []
    return [
        re.sub(r"(?:.[*?{]|[.+^$]).*", "", each.removeprefix("^"), flags=re.DOTALL) for each in matcher.value.split("|")
    ]


def _values(matcher: Matcher) -> list[str]:
    """Return the only values that a filter lets pass; none where there are others, or where a variable stands."""
    if matcher.operator == "=" and not has_variable(matcher.value):
        return [matcher.value]
    if matcher.operator == "=~" and not _PATTERN.search(matcher.value):
        return [value.replace("\\", "") for value in matcher.value.split("|")]
    return []
