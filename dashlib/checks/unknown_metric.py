"""A metric exists: in the catalog, in a recording rule, or in the user's own list."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from dashlib.grafana_variables import has_variable
from dashlib.lint.findings import Check
from dashlib.promql_tree import Vector, vectors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query

CHECK = Check(
    "unknown-metric",
    "error",
    "A metric exists: in the catalog as the naming profile spells it, or as a recording rule.",
    peers=("pint promql/series",),
)

_NEAR = 0.9


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every metric that nothing exports, and every one that the profile does not export."""
    for query in lint.queries:
        for node in vectors(query.tree) if query.tree is not None else ():
            name = node.metric
            if not name or has_variable(name) or name in lint.recorded or ":" in name:
                continue
            if not query.linted.names.exported.get(name):
                yield from _unknown(query, node, name)


def _unknown(query: Query, node: Vector, name: str) -> Iterator[Problem]:
    names = query.linted.names
    span = (node.selector.start, node.selector.name_end) if node.selector.metric else (node.start, node.selector.end)
    lacking = _not_in_profile(query, name)
    if lacking:
        yield query.problem(
            f"an exporter with the naming profile {names.profile.name} does not export {name}", span, suggestion=lacking
        )
        return
    near = {_folded(known): known for known in names.exported}.get(_folded(name))
    if near is None:
        close = difflib.get_close_matches(name, names.exported, n=1, cutoff=_NEAR)
        near = close[0] if close else None
    never = _never_existed(query, name)
    is_ours = query.linted.is_declared or name.startswith(names.prefixes())
    if near is None and not never and not is_ours:
        if name.startswith("debezium_"):
            yield query.problem(
                f"no exporter configuration that dashlib knows gives {name}",
                span,
                suggestion=_own(name),
                severity="warning",
            )
        return  # somebody else's metric, of which the catalog does not speak
    suggestion = never or (f"did you mean {near}?" if near else _own(name))
    yield query.problem(f"there is no metric {name}", span, suggestion=suggestion)


def _folded(name: str) -> str:
    return name.casefold().replace("_", "")


def _not_in_profile(query: Query, name: str) -> str:
    """Return why the profile lacks a metric that it would call by this name; empty when there is no such."""
    names = query.linted.names
    for metric in names.catalog:
        family = names.profile.family(metric.family)
        pattern = family.metric or f"{metric.family}_{{name}}"
        if not names.profile.exports(metric) and pattern.replace("{name}", metric.name) == name:
            return family.why or "choose the profile of your exporter: --profile"
    return ""


def _never_existed(query: Query, name: str) -> str:
    """Return what the catalog says of a name that never existed but is often written; empty when it knows nothing."""
    names = query.linted.names
    for prefix in (*names.prefixes(), ""):
        logical = name.removeprefix(prefix)
        instead = names.catalog.never.get(logical)
        if instead is not None and name.startswith(prefix):
            metric = names.catalog.find(instead)
            exported = names.profile.metric_name(metric) if metric and names.profile.exports(metric) else instead
            return f"it has never existed; ask for {exported}"
    return ""


def _own(name: str) -> str:
    return f"a metric of your own is declared as [tool.dashlib.catalog.{name}] in pyproject.toml"
