"""Every alert has a panel that draws what it compares, with its threshold."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from dashlib import promql
from dashlib.lint.findings import Check
from dashlib.promql.tree import COMPARISONS, Binary, Call, Node, Number, Vector, is_in_guard, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Panel, Query, Rule

CHECK = Check(
    "alert-without-panel",
    "warning",
    "Every alert has a panel that draws its own expression, with its threshold.",
    needs_project=True,
)


# The dashboard, the rule group and an override of single connectors choose by these: they make no other expression.
_CHOSEN_BY = frozenset({"job", "instance", "plugin", "server", "name", "connector", "database", "task"})
_DEEPEST = 5
_RANGE = re.compile(r"\[ [^\[\]:]+ \]")
# Grafana colors from a step on, the step included: where the level itself is well, the step lies a hair above it.
_A_HAIR = 0.01


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every alert whose expression no panel draws, or only without its threshold."""
    if not lint.alerts:
        return
    records = {rule.name: rule.query.expression for rule in lint.rules if not rule.is_alert and rule.query.tree}
    drawn: dict[str, list[Panel]] = {}
    for panel in lint.panels:
        for query in panel.promql:
            if query.tree is not None:
                for form in _drawn(query, query.tree):
                    drawn.setdefault(_plain(form, records), []).append(panel)
    for alert in lint.alerts:
        query = alert.computed
        if query.tree is None:
            continue
        forms = _measured(query, query.tree, records)
        # a panel looks back over $__rate_interval where a rule needs a fixed range
        forms |= {_RANGE.sub("[ $__rate_interval ]", form) for form in forms}
        panels = [panel for form in forms for panel in drawn.get(form, ())]
        panels = panels or [
            panel for panel in lint.panels if any(_reads(panel, name) for name in _compared(alert, records))
        ]
        if not panels:
            yield query.problem(
                f"no panel draws the expression of {alert.name}: the person on call cannot see what led up to it",
                suggestion="draw it with its threshold, on an alerts dashboard or where it belongs",
            )
            continue
        threshold = _threshold(alert)
        if threshold is not None and not any(_shows(panel, threshold) for panel in panels):
            names = ", ".join(sorted({panel.title for panel in panels}))
            yield query.problem(
                f"{alert.name} fires at {threshold:g}, but no panel that draws it ({names}) shows that threshold",
                suggestion="give the panel the rule's threshold set",
            )


def _compared(alert: Rule, records: Mapping[str, str]) -> set[str]:
    """Return the recorded series that an alert compares with something: of several conditions, of any of them."""
    found, waiting = set[str](), [alert.query.tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Binary) and node.operator in {"and", "or"}:
            waiting += [node.left, node.right]
        elif isinstance(node, Binary) and node.operator in COMPARISONS:
            left = node.left
            if isinstance(left, Binary) and left.operator == "/" and isinstance(left.right, Number):
                left = left.left  # a share of something, as a multiple of what it may be
            if isinstance(left, Vector) and left.metric in records:
                found.add(left.metric)
    return found


def _reads(panel: Panel, name: str) -> bool:
    """Tell whether a panel draws what a recording rule made."""
    trees = [query.tree for query in panel.promql if name and query.tree is not None]
    return any(
        isinstance(node, Vector) and node.metric == name and not is_in_guard(node, above)
        for tree in trees
        for node, above in with_ancestors(tree)
    )


def _drawn(query: Query, tree: Node) -> Iterator[str]:
    """Yield an expression, and what is left of it without what fills it up: `… or NaN * …`, `… or 0 * …`.

    What fills up is the same always, so that it tells nothing else, and it hides none of the series before it.
    """
    yield query.written(tree)
    while isinstance(tree, Binary) and tree.operator == "or" and _fills_up(query, tree.right):
        tree = tree.left
        yield query.written(tree)


def _fills_up(query: Query, node: Node) -> bool:
    """Tell whether an expression has one value for whatever is there: `NaN * x`, `0 * x - 1`, a named `vector(-2)`."""
    if isinstance(node, Binary) and node.operator in {"+", "-"}:
        return _fills_up(query, node.left) and _constant(query, node.right) is not None
    if isinstance(node, Binary) and node.operator == "*" and _constant(query, node.left) == 0:
        return True
    if isinstance(node, Call) and node.function == "label_replace":
        return _constant(query, node.arguments[0]) is not None
    constant = _constant(query, node)
    return constant is not None and math.isnan(constant)


def _constant(query: Query, node: Node) -> float | None:
    return query.type_of(node).constant


def _measured(query: Query, tree: Node, records: Mapping[str, str]) -> set[str]:
    """Return the forms in which a panel may draw an alert: the whole, and without its comparison with a number."""
    whole = query.expression
    found = {_plain(whole, records)}
    for node, above in with_ancestors(tree):
        if not isinstance(node, Binary) or node.operator not in COMPARISONS or node.is_bool or is_in_guard(node, above):
            continue
        if query.type_of(node.right).constant is not None:
            found.add(_plain(f"{whole[: node.start]} {query.written(node.left)} {whole[node.end :]}", records))
    return found


def _plain(expression: str, records: Mapping[str, str]) -> str:
    """Return an expression as it is compared: recording rules put in, filters that only choose left out."""
    for _ in range(_DEEPEST):
        expanded = _expanded(expression, records)
        if expanded == expression:
            break
        expression = expanded
    try:
        tokens = promql.read(expression).words
    except promql.PromQLError:
        return expression
    text: list[str] = []
    skip = 0
    for index, token in enumerate(tokens):
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if skip:
            skip -= 1
        elif following in {"=", "!=", "=~", "!~"} and (
            token.text in _CHOSEN_BY or tokens[index + 2].text.startswith(('"$', "'$"))  # what a variable chooses
        ):
            skip = 2
        elif token.text not in {"(", ")", ","}:
            text.append(token.text)
    return " ".join(text).replace(" { }", "")


def _expanded(expression: str, records: Mapping[str, str]) -> str:
    if not any(name in expression for name in records):
        return expression
    try:
        selectors = promql.read(expression).selectors
    except promql.PromQLError:
        return expression
    for selector in reversed(selectors):
        if selector.metric in records:
            inner = records[selector.metric]
            expression = f"{expression[: selector.start]}({inner}){expression[selector.end :]}"
    return expression


def _threshold(alert: Rule) -> float | None:
    tree = alert.computed.tree
    node = tree
    while isinstance(node, Binary) and node.operator in {"and", "unless"}:
        node = node.left
    if isinstance(node, Binary) and node.operator in COMPARISONS - {"==", "!="}:
        return alert.computed.type_of(node.right).constant
    return None


def _shows(panel: Panel, threshold: float) -> bool:
    steps = panel.defaults.get("thresholds", {}).get("steps", [])
    values = [step.get("value") for step in steps if isinstance(step, dict)]
    values += [_line(query) for query in panel.promql]
    return any(isinstance(value, int | float) and 0 <= value - threshold <= _A_HAIR for value in values)


def _line(query: Query) -> float | None:
    """Return where a query draws a line: `5 + 0 * x`, where x is there; None for one that measures."""
    node = query.tree
    while isinstance(node, Binary) and node.operator in {"and", "unless"}:
        node = node.left
    if isinstance(node, Binary) and node.operator == "+" and _fills_up(query, node.right):
        return _constant(query, node.left)
    return None
