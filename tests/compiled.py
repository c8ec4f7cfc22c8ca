"""What is compiled, as Grafana and Prometheus would ask it: for tests that hold it against something that runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashlib.project import compile_project, load_project

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
DOCUMENTS = compile_project(load_project(ROOT))
DASHBOARDS = {document.data["uid"]: document.data for document in DOCUMENTS if document.kind == "dashboard"}


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every panel with its dashboard's uid."""
    for uid, dashboard in DASHBOARDS.items():
        for row in dashboard["panels"]:
            for panel in (row, *row.get("panels", ())):
                if panel["type"] != "row":
                    yield uid, panel


def rules() -> Iterator[dict[str, Any]]:
    """Yield every rule."""
    for document in DOCUMENTS:
        if document.kind == "rules":
            for group in document.data["groups"]:
                yield from group["rules"]


def variables() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every variable that asks Prometheus, with its dashboard's uid."""
    for uid, dashboard in DASHBOARDS.items():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                yield uid, variable


def asked_by_grafana(expression: str, connector: str = ".*") -> str:
    """Put in what Grafana puts in: a connector or All, and its own intervals."""
    for variable, value in (
        ("$__rate_interval", "1m"),
        ("$__range", "1h"),
        ("$connector", connector),
        ("$job", ".*"),
    ):
        expression = expression.replace(variable, value)
    return expression


def asked_by_variable(variable: dict[str, Any]) -> tuple[str, str]:
    """Return the selector and the label of a variable's `label_values(…)`."""
    asked = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["definition"])
    assert asked is not None
    return asked_by_grafana(asked[1]), asked[2]


def watched_by(rule: dict[str, Any]) -> str:
    """Return a rule's expression without its comparison: what it watches, whatever the value."""
    watched, compared = re.subn(r" (>|<|==) [\d.]+$", "", rule["expr"])
    assert compared == 1, rule["expr"]
    return watched
