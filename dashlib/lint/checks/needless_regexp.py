"""A regular expression is used only where it is needed: Prometheus anchors it, and plain text does not need one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashlib import promql
from dashlib.lint.findings import Check, once_a_file
from dashlib.promql.tree import Vector, walk
from dashlib.promql.variables import has_variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query

CHECK = Check(
    "needless-regexp",
    "info",
    "A matcher uses a regular expression only where it needs one.",
    peers=("pint promql/regexp",),
    together=once_a_file,
)

_SPECIAL = re.compile(r"[.+*?()|\[\]{}^$\\]")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every needless regular expression, with its plain form."""
    for query in lint.queries:
        for node in walk(query.tree) if query.tree is not None else ():
            if isinstance(node, Vector):
                yield from _problems(query, node)


def _problems(query: Query, node: Vector) -> Iterator[Problem]:
    for matcher, start, end in node.matchers:
        if matcher.operator not in {"=~", "!~"} or has_variable(matcher.value):
            continue
        written = query.expression[start:end]
        plain = "=" if matcher.operator == "=~" else "!="
        bare = matcher.value.removeprefix("^").removesuffix("$")
        if bare != matcher.value and not bare.endswith("\\"):
            yield query.problem(
                f"{written}: Prometheus anchors regular expressions at both ends anyway",
                (start, end),
                suggestion=f'write {matcher.label}{matcher.operator}"{bare}"',
            )
        elif not matcher.value:
            continue
        elif not _SPECIAL.search(matcher.value):
            fixed = promql.format_matchers([promql.Matcher(matcher.label, plain, matcher.value)])[1:-1]
            yield query.problem(
                f"{written} does not need to be a regular expression",
                (start, end),
                suggestion=f"write {fixed}",
                replace=(start, end, fixed),
            )
        elif matcher.value == ".*" and matcher.operator == "=~" and not _is_only(node):
            yield query.problem(f"{written} matches everything", (start, end), suggestion="leave it out")
        elif matcher.value == ".+" and matcher.operator == "=~" and not _is_only(node):
            yield query.problem(
                f"{written} only requires that the label is not empty",
                (start, end),
                suggestion=f'write {matcher.label}!=""',
                replace=(start, end, f'{matcher.label}!=""'),
            )


def _is_only(node: Vector) -> bool:
    """Tell whether a selector would have nothing else to be a valid one."""
    return not node.selector.metric and len(node.selector.matchers) == 1
