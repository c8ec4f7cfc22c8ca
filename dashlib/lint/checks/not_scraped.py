"""With `--metrics FILE`: a metric and its labels are in what the exporters serve."""

from __future__ import annotations

import difflib
import itertools
import re
from typing import TYPE_CHECKING

import attrs

from dashlib import promql
from dashlib.lint.findings import Check
from dashlib.lint.metric_names import logical_names
from dashlib.metrics.catalog import CANONICAL_UNITS
from dashlib.metrics.recognition import recognize, respelled
from dashlib.promql.tree import Aggregation, Binary, Call, Vector, metrics_behind, vectors, walk, with_ancestors
from dashlib.promql.types import Unit
from dashlib.promql.variables import has_variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query
    from dashlib.metrics.catalog import Catalog
    from dashlib.metrics.recognition import Observed
    from dashlib.promql import Matcher
    from dashlib.promql.tree import Node

CHECK = Check(
    "not-scraped",
    "error",
    "The exporters serve every metric and label that a query uses (only with --metrics).",
    peers=("pint promql/series",),
)

# Prometheus makes these itself: no exporter serves them.
_OF_PROMETHEUS = re.compile(r"ALERTS|ALERTS_FOR_STATE|up|scrape_\w+")
_MAKE_LABELS = frozenset({"label_replace", "label_join"})
# Only some kinds of connectors have them: an expression groups by them for all.
_OF_SOME_CONNECTORS = frozenset({"task", "database"})
_NEAR = 0.6
_MOST_NAMED = 5


@attrs.frozen
class _Scrape:
    """What the exporters serve, and how it spells what the catalog knows.

    Attributes:
        names: the labels by name.
        spelled: how it spells Debezium's and Kafka Connect's metrics, by logical name.
        follows: the naming profile that it follows; empty where dashlib ships none that fits.
        words: what its names begin with, up to the first `_`: `pg`, `node`.
    """

    names: dict[str, frozenset[str]]
    spelled: dict[str, str]
    follows: str
    words: frozenset[str]


@attrs.frozen
class _Missing:
    """Something that a query asks for and the scrape does not have.

    Attributes:
        query: the query.
        asked: the metric, as it is asked.
        label: the label that it lacks; empty where the metric itself is missing.
        carried: the labels that there are.
        span: the place in the expression.
    """

    query: Query
    asked: str
    label: str
    carried: frozenset[str]
    span: tuple[int, int]


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every metric that is not in the scrape, and every label that none of the asked metrics has, once a file.

    So is each metric of the user's own that is declared with another type or unit than the exporter announces.

    What the scrape spells otherwise is one finding a file, and so is what other exporters serve.
    """
    if lint.scraped is None:
        return
    scrape = _scrape(lint.scraped, lint.catalog)
    for _, of_file in itertools.groupby(lint.queries, key=lambda query: query.linted):
        queries = list(of_file)
        declared_otherwise = {
            named: problem for query in queries for named, problem in _declared_otherwise(query, lint.scraped)
        }
        metrics: dict[str, _Missing] = {}
        labels: dict[str, dict[str, _Missing]] = {}
        for missing in itertools.chain.from_iterable(_missing(lint, query, scrape) for query in queries):
            if missing.label:
                labels.setdefault(missing.label, {}).setdefault(missing.asked, missing)
            else:
                metrics.setdefault(missing.asked, missing)
        yield from _without_metrics(list(metrics.values()), scrape, lint.catalog)
        yield from declared_otherwise.values()
        for found in labels.values():
            yield _without_label(list(found.values()))


def _scrape(scraped: Observed, catalog: Catalog) -> _Scrape:
    best = recognize(scraped, catalog).best
    unknown = respelled(scraped.names, catalog, None)
    spelled = {
        name: exported for exported, logical in (best.fitting.items() if best is not None else ()) for name in logical
    }
    for family in unknown.values():
        spelled.update(family.examples)
    return _Scrape(
        {name: frozenset(labels or ()) for name, labels in scraped.names.items()},
        spelled,
        best.profile.name if best is not None and not unknown else "",
        frozenset(name.partition("_")[0] for name in scraped.names),
    )


# --- what to say -----------------------------------------------------------------------------------------------


def _without_metrics(metrics: list[_Missing], scrape: _Scrape, catalog: Catalog) -> Iterator[Problem]:
    otherwise: list[tuple[_Missing, str]] = []
    elsewhere: list[_Missing] = []
    for missing in metrics:
        there = next(
            (scrape.spelled[name] for name in logical_names(catalog, missing.asked) if name in scrape.spelled), ""
        )
        if there:
            otherwise.append((missing, there))
        elif f"{missing.asked}_bucket" in scrape.names:
            yield missing.query.problem(
                f"{missing.asked} is asked as a native histogram, but the scrape has its classic series, "
                f"{missing.asked}_bucket",
                missing.span,
                suggestion='ask those, with by (le); in the table of [tool.dashlib.catalog]: buckets = "classic"',
            )
        elif missing.asked.partition("_")[0] not in scrape.words and re.fullmatch(r"[\w:]+", missing.asked):
            elsewhere.append(missing)
        else:
            yield _without_metric(missing, scrape)
    if otherwise:
        yield _spelled_otherwise(otherwise, scrape.follows)
    if elsewhere:
        yield elsewhere[0].query.problem(
            f"the scrape has no metrics of the exporter that serves {_listed(missing.asked for missing in elsewhere)}",
            elsewhere[0].span,
            suggestion="include that exporter's metrics too: --metrics can be given several times",
            severity="warning",
        )


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return ", ".join(found[:_MOST_NAMED]) + more


def _without_metric(missing: _Missing, scrape: _Scrape) -> Problem:
    folded = {name.casefold(): name for name in scrape.names}
    near = difflib.get_close_matches(missing.asked.casefold(), folded, n=1, cutoff=_NEAR)
    return missing.query.problem(
        f"the scrape has no metric {missing.asked}",
        missing.span,
        suggestion=f"the closest name in it is {folded[near[0]]}" if near else "no name in it is similar",
    )


def _spelled_otherwise(found: list[tuple[_Missing, str]], follows: str) -> Problem:
    missing, there = found[0]
    count = f"{len(found)} metrics" if len(found) > 1 else "a metric"
    how = f"it follows the naming profile {follows}" if follows else "no naming profile of dashlib spells it that way"
    remedy = (
        f"dashlib build --profile {follows}"
        if follows
        else "dashlib profile --metrics FILE --write ours.json, then dashlib build --profile ours.json"
    )
    return missing.query.problem(
        f"the scrape spells {count} of this file differently, {there} instead of {missing.asked}: {how}",
        missing.span,
        suggestion=f"for declarations: {remedy}; in your own files: use the names in the scrape",
    )


def _without_label(found: list[_Missing]) -> Problem:
    first = found[0]
    others = f" or of {len(found) - 1} more {'metric' if len(found) == 2 else 'metrics'}" if len(found) > 1 else ""  # noqa: PLR2004
    own = ", ".join(sorted(first.carried)) or "no labels besides job and instance"
    return first.query.problem(
        f"no series of {first.asked}{others} in the scrape has the label {first.label}",
        first.span,
        suggestion=f"those of {first.asked} have {own}" if others else f"they have {own}",
    )


def _declared_otherwise(query: Query, scraped: Observed) -> Iterator[tuple[tuple[str, str], Problem]]:
    """Yield what the exporter announces otherwise of a metric of the user's own: its name with what that is."""
    for node in vectors(query.tree) if query.tree is not None else ():
        metric, there = query.linted.names.metric(node.metric), scraped.types.get(node.metric, "")
        # what dashlib ships is typed by what it does: exporters' rules announce many a counter as a gauge
        if metric is None or metric.family != "user":
            continue
        if there and metric.type in {"counter", "gauge"} and there != metric.type:
            yield (
                (node.metric, "type"),
                query.problem(
                    f"{node.metric} is declared as a {metric.type}, but the scrape announces a {there}",
                    node,
                    suggestion=f'set type = "{there}" in its table of [tool.dashlib.catalog], and query '
                    + ("its growth: rate or increase" if there == "counter" else "its value"),
                ),
            )
        unit = scraped.units.get(node.metric, "")
        declared = (metric.bucket_unit, metric.bucket_scale) if metric.bucket_unit else (metric.unit, metric.scale)
        if unit and not Unit(*CANONICAL_UNITS.get(unit, (unit, 1.0))).is_like(Unit(*declared)):
            said = next((each for each, means in CANONICAL_UNITS.items() if means == declared), declared[0])
            yield (
                (node.metric, "unit"),
                query.problem(
                    f"{node.metric} is declared in {said}, but the scrape announces {unit}",
                    node,
                    suggestion=f'set unit = "{unit}" in its table of [tool.dashlib.catalog]',
                ),
            )


# --- what is missing -------------------------------------------------------------------------------------------


def _missing(lint: Lint, query: Query, scrape: _Scrape) -> Iterator[_Missing]:
    if query.tree is None:
        return
    for node, above in with_ancestors(query.tree):
        if isinstance(node, Vector) and not _is_made_elsewhere(lint, node.metric):
            is_alternative = any(isinstance(parent, Binary) and parent.operator == "or" for parent in above)
            yield from _of_selector(query, node, scrape, is_alternative=is_alternative)
    for node in walk(query.tree):
        for side in _grouped(node):
            yield from _of_grouping(lint, query, node, side, scrape)


def _is_made_elsewhere(lint: Lint, name: str) -> bool:
    """Tell whether a rule or Prometheus itself makes a metric, not an exporter."""
    return ":" in name or name in lint.recorded or _OF_PROMETHEUS.fullmatch(name) is not None


def _of_selector(query: Query, node: Vector, scrape: _Scrape, *, is_alternative: bool) -> Iterator[_Missing]:
    names = _names(node, scrape)
    if names is None:
        return
    selector = node.selector
    asked = node.metric or query.expression[selector.start : selector.end]
    if not names:
        span = (selector.start, selector.name_end) if selector.metric else (selector.start, selector.end)
        yield _Missing(query, asked, "", frozenset(), span)
        return
    carried = _carried(names, scrape)
    for matcher, start, end in node.matchers:
        if is_alternative and query.linted.is_declared:
            continue  # one of several ways to know the same: what dashlib compiles may be for another exporter
        if matcher.operator == "!=" and _is_optional(query, names[0], matcher.label):
            continue
        if _asks(matcher, is_alternative=is_alternative) and _lacks(query, carried, matcher.label):
            yield _Missing(query, asked, matcher.label, carried, (start, end))
    if query.values_of and _lacks(query, carried, query.values_of):
        yield _Missing(query, asked, query.values_of, carried, (node.start, node.end))


def _names(node: Vector, scrape: _Scrape) -> list[str] | None:
    """Return the names in the scrape that a selector takes; None where a variable decides it, or nothing does."""
    if node.metric:
        if has_variable(node.metric):
            return None
        return [node.metric] if node.metric in scrape.names else []
    patterns = [each.value for each in node.selector.matchers if each.label == "__name__" and each.operator == "=~"]
    if not patterns or any(map(has_variable, patterns)):
        return None
    try:
        return [name for name in scrape.names if all(re.fullmatch(pattern, name) for pattern in patterns)]
    except re.error:
        return None  # Go's syntax is not Python's


def _carried(names: Iterable[str], scrape: _Scrape) -> frozenset[str]:
    return frozenset(label for name in names for label in scrape.names[name])


def _lacks(query: Query, labels: frozenset[str], label: str) -> bool:
    return label not in labels and not has_variable(label) and not query.linted.names.is_of_the_target(label)


def _is_optional(query: Query, exported: str, label: str) -> bool:
    """Tell whether only some connectors or installations set a label: an expression may allow for it."""
    metric = query.linted.names.metric(exported)
    if metric is None:
        return False
    logical = query.linted.names.labels(metric).get(label, label)
    is_of_some = metric.family == "debezium" and logical in _OF_SOME_CONNECTORS
    return is_of_some or query.linted.names.profile.is_optional(logical, metric.family)


def _asks(matcher: Matcher, *, is_alternative: bool) -> bool:
    """Tell whether a filter takes only series that have its label."""
    if matcher.operator == "!~":
        return False
    if matcher.operator == "=~" and has_variable(matcher.value):
        # what lacks the label may be added to what has it, and `$connector|` takes both
        return not is_alternative and not matcher.value.startswith("|") and not matcher.value.endswith("|")
    return not promql.passes(matcher, "", unreadable=True)


def _grouped(node: Node) -> list[Node]:
    """Return the parts whose series must carry the labels of `by (…)` or `on (…)`."""
    if isinstance(node, Aggregation) and node.grouping == "by":
        return [node.operand]
    return [node.left, node.right] if isinstance(node, Binary) and node.matching == "on" else []


def _of_grouping(lint: Lint, query: Query, node: Node, side: Node, scrape: _Scrape) -> Iterator[_Missing]:
    metrics = metrics_behind(side)
    is_known = all(metric in scrape.names and not _is_made_elsewhere(lint, metric) for metric in metrics)
    if not metrics or not is_known or _makes_labels(side) or not isinstance(node, Aggregation | Binary):
        return
    carried = _carried(metrics, scrape)
    for label in node.labels:
        if _lacks(query, carried, label) and not _is_optional(query, metrics[0], label):
            yield _Missing(query, metrics[0], label, carried, (node.start, node.end))


def _makes_labels(node: Node) -> bool:
    """Tell whether a part gives its series labels that are not from their first metric."""
    return any(
        (isinstance(each, Call) and each.function in _MAKE_LABELS)
        or (isinstance(each, Aggregation) and each.operator == "count_values")
        or (isinstance(each, Binary) and each.included)
        for each in walk(node)
    )
