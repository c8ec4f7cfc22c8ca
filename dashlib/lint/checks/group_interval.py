"""A rule group is evaluated within Prometheus' lookback window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import Subquery, vectors, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Rule

CHECK = Check(
    "group-interval",
    "warning",
    "A rule group is evaluated at least once per Prometheus lookback window.",
    peers=("pint group/interval",),
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every group that leaves gaps."""
    for group in lint.groups:
        interval = lint.interval(group)
        if "interval" in group.data and interval > lint.settings.lookback_seconds:
            needed = [
                rule
                for rule in group.rules
                if not (rule.data.get("keep_firing_for") if rule.is_alert else _is_read_over_time(rule, lint))
            ]
            if needed:
                yield group.linted.problem(
                    f"{group.pointer}/interval",
                    f"the group {group.name!r} is evaluated every {interval:g}s, but Prometheus looks back only "
                    f"{lint.settings.lookback}: the series it records have gaps, and its alerts resolve in between",
                    suggestion=f"evaluate it at least every {lint.settings.lookback}",
                )


def _is_read_over_time(record: Rule, lint: Lint) -> bool:
    """Tell whether others ask what a rule records, and always over a time: then gaps do not matter."""
    found = False
    for query in (*(rule.query for rule in lint.rules), *(each for panel in lint.panels for each in panel.promql)):
        if query.tree is None:
            continue
        in_subqueries = {id(each) for node in walk(query.tree) if isinstance(node, Subquery) for each in vectors(node)}
        for node in vectors(query.tree):
            if node.metric == record.name:
                if node.selector.range is None and id(node) not in in_subqueries:
                    return False
                found = True
    return found
