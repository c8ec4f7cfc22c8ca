"""A metric exists: in the catalog, in a recording rule, or in the user's own list.

A missing one is reported only where the catalog covers the group of MBeans that the name belongs to. Of what else
looks like Debezium's or Kafka Connect's, a file gets one hint at most.
"""

from __future__ import annotations

import difflib
import itertools
from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.lint.metric_names import logical_names
from dashlib.metrics.recognition import respelled
from dashlib.promql.tree import Vector, vectors
from dashlib.promql.variables import has_variable

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
_MOST_NAMED = 5
_WRITE = (
    "generate a profile from its metrics: dashlib profile --metrics metrics.txt --write ours.json, then "
    "dashlib lint --profile ours.json"
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every metric that nothing exports, and every one that the profile does not export."""
    for linted, queries in itertools.groupby(lint.queries, key=lambda query: query.linted):
        unknown = [
            (query, node, node.metric)
            for query in queries
            for node in (vectors(query.tree) if query.tree is not None else ())
            if _is_to_be_known(lint, query, node.metric)
        ]
        if not linted.names.is_guessed:
            for query, node, name in unknown:
                yield from _unknown(query, node, name)
        elif unknown:
            yield from _in_a_foreign_file(unknown)


def _is_to_be_known(lint: Lint, query: Query, name: str) -> bool:
    if not name or has_variable(name) or name in lint.recorded or ":" in name:
        return False
    if lint.scraped is not None:
        return False  # `not-scraped` knows better
    return not query.linted.names.exported.get(name)


def _in_a_foreign_file(unknown: list[tuple[Query, Vector, str]]) -> Iterator[Problem]:
    """Yield what is wrong with names of a file for which nobody has said how its exporter spells them.

    A spelling of a whole family that no profile has is one finding, and so is all that another profile would spell so.
    """
    names = unknown[0][0].linted.names
    families = respelled(dict.fromkeys(name for _, _, name in unknown), names.catalog, None)
    in_families = {name for found in families.values() for name in found.examples.values()}
    hinted: list[tuple[Query, Vector, str]] = []
    for query, node, name in unknown:
        if name in in_families or logical_names(names.catalog, name) or _is_not_covered(query, name):
            hinted.append((query, node, name))
        else:
            yield from _unknown(query, node, name)
    if not hinted:
        return
    if families:
        query, node, _ = next(each for each in hinted if each[2] in in_families)
        spelled = " and ".join(
            f"{len(found.examples)} metrics are spelled {found.pattern}, as {min(found.examples.values())}"
            for _, found in sorted(families.items())
        )
        message = f"{spelled}: no naming profile of dashlib spells them that way"
    else:
        query, node, _ = hinted[0]
        said = list(dict.fromkeys(name for _, _, name in hinted))
        more = f" and {len(said) - _MOST_NAMED} more" if len(said) > _MOST_NAMED else ""
        message = (
            f"the naming profile {names.profile.name}, the best match for this file, does not have "
            f"{', '.join(said[:_MOST_NAMED])}{more}"
        )
    yield query.problem(
        message,
        _span(node),
        suggestion=f"if your exporter has {'them' if len(hinted) > 1 or families else 'it'}, {_WRITE}",
        severity="info",
    )


def _span(node: Vector) -> tuple[int, int]:
    selector = node.selector
    return (selector.start, selector.name_end) if selector.metric else (node.start, selector.end)


def _is_not_covered(query: Query, name: str) -> bool:
    """Tell whether a name looks like Debezium's or Kafka Connect's, but like none of the catalog's."""
    family, rest = query.linted.names.family_of(name)
    if _near(query, name) or _never_existed(query, name):
        return False
    if family == "kafka_connect":
        return not _known_group_elsewhere(rest)
    return name.startswith("debezium_") or family == "debezium"


# Groups of Kafka Connect's MBeans that there are, and that the catalog has nothing of: sinks, clients, MirrorMaker.
_OTHER_GROUPS = (
    "sink_task_", "app_info", "mirror", "connect_", "connector_", "kafka_metrics_count", "metrics_", "node_",
    "coordinator_", "transform_", "predicate_", "mongodb_", "fetch_manager_", "start_time", "version", "commit_id",
)  # fmt: skip


def _known_group_elsewhere(rest: str) -> bool:
    return rest.startswith(_OTHER_GROUPS)


def _near(query: Query, name: str) -> str:
    """Return the known name that an unknown one was probably meant to be; empty if no name is close."""
    names = query.linted.names
    family, rest = names.family_of(name)
    if not query.linted.is_declared and (not family or (family == "kafka_connect" and not names.group(rest))):
        return ""
    folded = {_folded(known): known for known in names.exported}.get(_folded(name))
    if folded is not None:
        return folded
    close = difflib.get_close_matches(name, names.exported, n=1, cutoff=_NEAR)
    return close[0] if close else ""


def _unknown(query: Query, node: Vector, name: str) -> Iterator[Problem]:
    names = query.linted.names
    lacking = _not_in_profile(query, name)
    if lacking:
        yield query.problem(
            f"an exporter with the naming profile {names.profile.name} does not export {name}",
            _span(node),
            suggestion=lacking,
        )
        return
    near, never = _near(query, name), _never_existed(query, name)
    family, _ = names.family_of(name)
    origin = query.linted.document.sources.get(query.pointer)
    is_to_be_declared = query.linted.is_declared and not (origin is not None and origin.needs_no_catalog)
    if near or never or is_to_be_declared or family == "debezium":
        suggestion = never or (f"did you mean {near}?" if near else _own(name))
        yield query.problem(f"there is no metric {name}", _span(node), suggestion=suggestion)
    elif name.startswith("debezium_"):
        yield query.problem(
            f"no exporter configuration known to dashlib produces {name}",
            _span(node),
            suggestion=_own(name),
            severity="warning",
        )
    # of somebody else's metric the catalog does not speak, nor of a group of MBeans that it does not cover


def _folded(name: str) -> str:
    return name.casefold().replace("_", "")


def _not_in_profile(query: Query, name: str) -> str:
    """Return why the profile lacks a metric that it would call by this name; empty when there is no such."""
    names = query.linted.names
    for metric in names.catalog:
        family = names.profile.family(metric.family)
        pattern = family.metric or f"{metric.family}_{{name}}"
        if not names.profile.exports(metric) and pattern.replace("{name}", metric.name) == name:
            return family.why or "choose your exporter's profile: --profile"
    return ""


def _never_existed(query: Query, name: str) -> str:
    """Return what the catalog says of a name that never existed but is often written; empty when it knows nothing."""
    names = query.linted.names
    family, rest = names.family_of(name)
    for logical in (name, rest if family == "debezium" else ""):
        instead = names.catalog.never.get(logical)
        if instead is not None:
            metric = names.catalog.find(instead)
            exported = names.profile.metric_name(metric) if metric and names.profile.exports(metric) else instead
            return f"it has never existed; use {exported}"
    return ""


def _own(name: str) -> str:
    return f"declare your own metrics as [tool.dashlib.catalog.{name}] in pyproject.toml"
