"""A filter on a label that only some installations set lets the others' series pass, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib import promql
from dashlib.lint.findings import Check, Problem
from dashlib.promql.tree import vectors
from dashlib.promql.variables import has_variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.subjects import Lint, Query
    from dashlib.promql import Matcher

CHECK = Check(
    "optional-label",
    "warning",
    "A filter on a label that only some installations set also matches series without it.",
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every filter that hides the connectors of most installations, and every legend that is empty there."""
    for query in lint.queries:
        names = query.linted.names
        for node in vectors(query.tree) if query.tree is not None else ():
            metric = names.metric(node.metric)
            if metric is None:
                continue
            optional = [
                exported
                for exported, logical in names.labels(metric).items()
                if names.profile.is_optional(logical, metric.family)
            ]
            found = node.matchers
            # `connector!=""` beside it says that those without the label are left out on purpose
            meant = {matcher.label for matcher, _, _ in found if matcher.operator == "!=" and not matcher.value}
            for matcher, start, end in found:
                if matcher.label in optional and matcher.label not in meant and _demands(matcher):
                    server = names.profile.label("server", metric.family)
                    yield query.problem(
                        f"{node.metric} has the label {matcher.label} only if the connector sets custom.metric.tags: "
                        "otherwise this filter matches nothing",
                        (start, end),
                        suggestion=f"filter by {server}, which every series has, or also match series without it: "
                        f'{matcher.label}=~"{matcher.value}|"',
                    )
            yield from _in_legend(query, optional)


def _demands(matcher: Matcher) -> bool:
    if matcher.operator not in {"=", "=~"}:
        return False
    if matcher.operator == "=~" and has_variable(matcher.value):
        return not (matcher.value.endswith("|") or matcher.value.startswith("|"))
    return not promql.passes(matcher, "", unreadable=True)


def _in_legend(query: Query, optional: list[str]) -> Iterator[Problem]:
    for label in optional:
        place = query.legend.find(f"{{{{{label}}}}}")
        if place >= 0 and query.legend.strip() == f"{{{{{label}}}}}":
            yield Problem(
                linted=query.linted,
                pointer=query.legend_pointer,
                message=f"the legend is only {{{{{label}}}}}, which few installations set: otherwise it is empty",
                expression=query.legend,
                span=(place, place + len(label) + 4),
                suggestion="use a label that every series has",
            )
