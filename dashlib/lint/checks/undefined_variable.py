"""A dashboard defines every variable that it uses."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dashlib.documents.schema_v2 import CHOSEN_BY
from dashlib.documents.variable_uses import repeated, uses
from dashlib.lint.findings import Check, Problem, did_you_mean, once_a_file
from dashlib.promql.variables import is_global

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.documents.variable_uses import Use
    from dashlib.lint.subjects import Dashboard, Lint

CHECK = Check(
    "undefined-variable",
    "error",
    "A dashboard defines every variable that it uses.",
    together=functools.partial(once_a_file, alike=lambda problem: problem.message),
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every use of a variable that is not there."""
    for dashboard in lint.dashboards:
        known = {*dashboard.variable_names, *_inputs(dashboard.data.get("__inputs"))}
        for name, pointer in repeated(dashboard):
            if name not in known:
                yield dashboard.linted.problem(
                    pointer,
                    f"the dashboard has no variable {name!r} to repeat by: Grafana does not repeat it, "
                    "or shows nothing",
                    suggestion=_suggestion(name, known),
                    text=name,
                )
        for use in uses(dashboard):
            name = use.reference.name
            if name in known or is_global(name) or not _is_replaced(dashboard, use):
                continue
            yield Problem(
                linted=dashboard.linted,
                pointer=use.pointer,
                message=f"the dashboard has no variable {name!r}",
                expression=use.text,
                span=(use.reference.start, use.reference.end),
                suggestion=_suggestion(name, known),
            )


def _suggestion(name: str, known: set[str]) -> str:
    return did_you_mean(name, known, "${}") or f"it has: {', '.join(sorted(known)) or 'none'}"


def _is_replaced(dashboard: Dashboard, use: Use) -> bool:
    """Tell whether a string is one in which Grafana would put a variable's value, and a dollar means nothing else.

    A query in another language may have dollars of its own: KQL's `$left`, MongoDB's `$match`, an alias of InfluxQL.
    """
    pointer = use.pointer
    key = pointer.rpartition("/")[2]
    if pointer.startswith(f"{dashboard.pointer}{CHOSEN_BY}/"):
        return True
    if pointer in dashboard.promql_places:
        # a dollar that a regular expression means, and a group of label_replace
        is_escaped = use.text[: use.reference.start].endswith("\\")
        return not is_escaped and f"(?P<{use.reference.name}>" not in use.text
    if key == "datasource":
        return True
    if key in {"uid", "url"}:
        return "/datasource/" in pointer or "/links/" in pointer
    return key == "title" and "/options/" not in pointer


def _inputs(inputs: object) -> list[str]:
    if not isinstance(inputs, list):
        return []
    return [str(one.get("name")) for one in inputs if isinstance(one, dict)]
