"""A rate needs samples: `$__rate_interval` in panels, four scrapes in rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashlib.documents.values import seconds_of
from dashlib.lint.findings import Check, once_a_file
from dashlib.promql.tree import Binary, Call, Node, Subquery, Vector, walk
from dashlib.promql.variables import references

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query

CHECK = Check(
    "rate-range",
    "warning",
    "A rate covers $__rate_interval in panels, and at least four scrapes in rules.",
    peers=("dashboard-linter target-rate-interval", "pint promql/rate"),
    together=once_a_file,
)

_RATES = frozenset({"rate", "irate"})
_NEED_SAMPLES = _RATES | {"increase", "delta", "idelta", "deriv", "changes", "resets", "predict_linear"}
_SCRAPES = 4


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every range that is too short, or fixed where Grafana knows it better."""
    of_rules = _ranges_of_rules(lint) if lint.is_project else frozenset()
    for query in lint.queries:
        if query.role == "variable" or query.tree is None:
            continue
        questions = _whether_it_grew(query, query.tree)
        if not query.is_rule:  # the panel of an alert draws what its rule compares
            questions |= {id(node) for node in walk(query.tree) if isinstance(node, Call) and _range(node) in of_rules}
        for node in walk(query.tree):
            if isinstance(node, Call) and node.function in _NEED_SAMPLES and node.arguments:
                is_value = node.function in _RATES and id(node) not in questions
                yield from _problems(query, node, node.arguments[0], lint, is_value=is_value)


def _ranges_of_rules(lint: Lint) -> frozenset[tuple[str, str, str]]:
    """Return what the project's rules compute rates of."""
    trees = [rule.query.tree for rule in lint.rules if rule.query.tree is not None]
    found = {_range(node) for tree in trees for node in walk(tree) if isinstance(node, Call)}
    return frozenset(one for one in found if one is not None)


def _range(call: Call) -> tuple[str, str, str] | None:
    """Return a call's function, metric and range; None where it looks at no range of a metric."""
    of = call.arguments[0] if call.arguments else None
    if call.function not in _RATES or not isinstance(of, Vector) or of.selector.range is None:
        return None
    return call.function, of.metric, of.selector.range


def _whether_it_grew(query: Query, tree: Node) -> set[int]:
    """Return the parts of `… > bool 0`: a rate there says whether a counter grew within a range that is meant."""
    return {
        id(part)
        for node in walk(tree)
        if isinstance(node, Binary) and node.operator == ">" and node.is_bool
        if query.type_of(node.right).constant == 0
        for part in walk(node.left)
    }


def _problems(query: Query, call: Call, of: Node, lint: Lint, *, is_value: bool) -> Iterator[Problem]:
    if isinstance(of, Subquery):
        span, text = None, of.range
    elif isinstance(of, Vector) and of.selector.range is not None:
        text = of.selector.range
        start = query.expression.index("[", of.selector.end) + 1
        span = (start, query.expression.index("]", start))
    else:
        return
    seconds = seconds_of(text)
    # an instant query has no step, and $__rate_interval grows with the dashboard's range
    if not query.is_rule and not query.is_instant and is_value and span is not None:
        chosen = [one.name for one in references(text)]
        least = _SCRAPES * lint.settings.scrape_seconds
        if "__interval" in chosen:
            if _has_least_step(query):
                return
            said = "that may contain a single sample"
        elif chosen or _is_named(query, text):  # by whoever looks, or the whole range; by the panel
            return
        elif seconds is not None and seconds < least:
            said = "it is too short for slow scrapes, and over long time ranges it skips samples"
        elif call.function == "irate":  # it looks at the last two samples, whatever the range
            return
        else:
            said = f"over a time range with steps longer than {text} it skips samples"
        yield query.problem(
            f"{call.function}() over [{text}] in a dashboard: {said}",
            span,
            suggestion="[$__rate_interval] is four scrapes or one step of the graph, whichever is longer",
            replace=(*span, "$__rate_interval"),
        )
        return
    if seconds is not None and seconds < _SCRAPES * lint.settings.scrape_seconds:
        least = _SCRAPES * lint.settings.scrape_seconds
        yield query.problem(
            f"{call.function}() over [{text}] covers fewer than {_SCRAPES} samples at a scrape interval of "
            f"{lint.settings.scrape_interval}: one failed scrape leaves a gap",
            span or of,
            suggestion=f"use a range of at least {least:g}s, or set your scrape interval: [tool.dashlib.lint] "
            "scrape_interval",
        )


def _is_named(query: Query, text: str) -> bool:
    """Tell whether a panel's title or the name of its series says over which range a rate is: then that is meant."""
    said = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
    return query.panel is not None and any(map(said.search, (query.panel.title, query.legend)))


def _has_least_step(query: Query) -> bool:
    """Tell whether a panel or its query says how long a step is at least."""
    if query.of_panel is None:
        return False
    return any(where.get("interval") for where in (query.of_panel.panel.data, query.of_panel.data))
