"""A compiled alert and its recording rules as one expression.

At an evaluation, a recording rule returns what its expression returns. promtool parses each rule again at each
evaluation and stores its result; a query it parses once and evaluates for all times together, which costs a fraction.
"""

from __future__ import annotations

import collections
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import frozen

from dashlib import promql
from dashlib.promql import tree as promql_tree
from dashlib.promql import types as promql_types
from dashlib.promql.tokens import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.promql.matchers import Matcher
    from dashlib.promql.tree import Vector

#: What tells two metrics' series apart, but not a recording rule's.
_NAME: Final = "__name__"
#: What these functions say of a selector they do not say of its expression.
_OF_SELECTORS: Final = frozenset({"absent", "timestamp"})
#: A record that more selectors ask for is recorded, and not written into each of them.
_MOST_USES: Final = 2
#: Label of the samples that a regular expression of a matcher matches.
_MATCHED: Final = "dashlib_matched"

#: In which of the texts a selector of a record is, and what it is a part of, nearest first.
_Use: TypeAlias = "tuple[int, Vector, tuple[promql_tree.Node, ...]]"


@frozen
class Composed:
    """What an alert says at each evaluation.

    Attributes:
        expression: has a series where the alert is pending or firing.
        records: the recording rules that it still asks, as something looks back at them.
    """

    expression: str
    records: tuple[Mapping[str, Any], ...]


def composed(rule: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> Composed | None:
    """Return an alerting rule with its recording rules written into it; None where that is not equivalent.

    Args:
        rule: the alerting rule.
        records: the recording rules that it asks, in the order in which they are evaluated.
    """
    names = [str(each["record"]) for each in records]
    texts = [str(each["expr"]) for each in (*records, rule)]
    if any(_NAME in text for text in texts) or not _is_vector(texts[-1]) or "keep_firing_for" in rule:
        return None
    uses = [
        (position, vector, above)
        for position, text in enumerate(texts)
        for vector, above in _vectors(text)
        if vector.metric in names
    ]
    places = {name: place for place, name in enumerate(names)}
    if any(places[vector.metric] > position for position, vector, _ in uses):
        return None  # what is asked for is, or is also, what was recorded at the last evaluation
    kept = _kept(records, uses)
    written: dict[str, str] = {}
    still = []
    for record, text in zip(records, texts, strict=False):
        name = str(record["record"])
        written[name] = _with_records(text, kept, written)
        if name in kept:
            still.append({**record, "expr": written[name]})
    return Composed(_with_records(texts[-1], kept, written), tuple(still))


def _kept(records: Sequence[Mapping[str, Any]], uses: Sequence[_Use]) -> frozenset[str]:
    """Return the names of the records that stay recording rules.

    Those are the ones that something looks back at, and those of which not every selector says what their expression
    says: of a number, with labels of their own, or with several rules.

    Args:
        records: the recording rules.
        uses: where their names are asked for.
    """
    rules = collections.Counter(str(each["record"]) for each in records)
    asked = collections.Counter(vector.metric for _, vector, _ in uses)
    return frozenset(
        (
            *(name for name, count in rules.items() if count > 1 or asked[name] > _MOST_USES),
            *(str(each["record"]) for each in records if each.get("labels") or not _is_vector(str(each["expr"]))),
            *(vector.metric for _, vector, above in uses if _is_looked_back_at(vector, above)),
            *(vector.metric for _, vector, above in uses if _is_asked_as_selector(above)),
        )
    )


def _is_looked_back_at(vector: Vector, above: Sequence[promql_tree.Node]) -> bool:
    has_modifiers = vector.selector.end != vector.selector.end_of_modifiers
    return has_modifiers or any(isinstance(node, promql_tree.Subquery) for node in above)


def _is_asked_as_selector(above: Sequence[promql_tree.Node]) -> bool:
    return bool(above) and isinstance(above[0], promql_tree.Call) and above[0].function in _OF_SELECTORS


def _with_records(text: str, kept: frozenset[str], written: Mapping[str, str]) -> str:
    """Return an expression in which each selector of a record is what that says."""
    parts, begin = [], 0
    for vector, _ in _vectors(text):
        if vector.metric in written and vector.metric not in kept:
            selector = vector.selector
            said = f"({written[vector.metric]}\n)"  # a comment may end it
            for matcher in selector.matchers:
                said = _filtered(said, matcher)
            parts += [text[begin : selector.start], said]
            begin = selector.end
    return "".join((*parts, text[begin:]))


def _filtered(expression: str, matcher: Matcher) -> str:
    """Return the series of an expression whose label a matcher matches, as it would those of a metric."""
    pattern = matcher.value if matcher.operator in ("=~", "!~") else re.escape(matcher.value)
    marked = f'label_replace({expression}, "{_MATCHED}", "1", {quoted(matcher.label)}, {quoted(pattern)})'
    if matcher.operator in ("!=", "!~"):
        return f"({marked} and on ({_MATCHED}) vector(0))"
    return f'label_replace({marked} unless on ({_MATCHED}) vector(0), "{_MATCHED}", "", "{_MATCHED}", ".*")'


def _vectors(text: str) -> Iterator[tuple[Vector, tuple[promql_tree.Node, ...]]]:
    """Yield the selectors of an expression in the order of its text, each with what it is a part of, nearest first."""
    for node, above in promql_tree.with_ancestors(promql.read(text).tree):
        if isinstance(node, promql_tree.Vector):
            yield node, above


def _is_vector(text: str) -> bool:
    root = promql.read(text).tree
    return promql_types.types(root)[id(root)].is_vector
