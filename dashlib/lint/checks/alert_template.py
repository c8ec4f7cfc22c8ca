"""Prometheus can render the templates in labels and annotations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from dashlib import promql
from dashlib.documents import go_templates
from dashlib.lint.findings import Check, Problem
from dashlib.promql.types import types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.subjects import Lint, Rule

CHECK = Check(
    "alert-template",
    "error",
    "Prometheus can render every template in labels and annotations.",
    peers=("promtool", "pint alerts/template"),
)

_VARIABLES = ("$labels", "$value", "$externalLabels", "$externalURL")
_UNKNOWN = re.compile("is not defined here|is not a template function")
_FUNCTIONS = go_templates.RULE_FUNCTIONS
_QUERY = re.compile(r'\bquery\s+("(?:\\.|[^"\\])*"|`[^`]*`)')
_READ = re.compile(r'\blabel\s+"([A-Za-z_]\w*)"')


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every template that Prometheus would leave as an error in the message."""
    for alert in lint.alerts:
        for kind, texts in (("labels", alert.labels), ("annotations", alert.annotations)):
            for name, text in texts.items():
                if "{{" not in text and "}}" not in text:
                    continue
                pointer = f"{alert.pointer}/{kind}/{name}"
                mistake = go_templates.find_mistake(text, variables=_VARIABLES, functions=_FUNCTIONS)
                # vmalert has variables and functions of its own
                is_doubtful = lint.is_of_victoria_metrics(alert.linted) and _UNKNOWN.search(mistake)
                if mistake:
                    said = f"{name} of {alert.name}: {mistake}" + "; vmalert may know it" * bool(is_doubtful)
                    problem = _problem(alert, pointer, text, said)
                    yield attrs.evolve(problem, severity="info") if is_doubtful else problem
                yield from _queries(alert, pointer, name, text)


def _queries(alert: Rule, pointer: str, name: str, text: str) -> Iterator[Problem]:
    for action in go_templates.actions(text):
        for match in _QUERY.finditer(action):
            literal = match[1]
            expression = literal[1:-1] if literal[0] == "`" else re.sub(r"\\(.)", r"\1", literal[1:-1])
            try:
                root = promql.read(expression).tree
            except promql.PromQLError as error:
                yield _problem(alert, pointer, text, f"{name} of {alert.name} asks {expression!r}: {error.reason}")
                continue
            labels = types(root, alert.linted.names.facts)[id(root)].labels
            for read in _READ.finditer(text):
                if not labels.may_have(read[1]):
                    yield _problem(
                        alert,
                        pointer,
                        text,
                        f"{name} of {alert.name} reads the label {read[1]} of {expression!r}, which drops it",
                    )


def _problem(alert: Rule, pointer: str, text: str, message: str) -> Problem:
    place = max(text.find("{{"), 0)
    end = text.find("}}", place)
    return Problem(
        linted=alert.linted,
        pointer=pointer,
        message=message,
        expression=text,
        span=(place, end + 2 if end >= 0 else place + 2),
    )
