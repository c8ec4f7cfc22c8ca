"""A legend, an annotation or a label names only labels that the expression keeps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashlib.documents import go_templates
from dashlib.lint.findings import Check, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.subjects import Lint, Query, Rule
    from dashlib.promql.types import Labels

CHECK = Check(
    "dropped-label",
    "warning",
    "A legend or annotation uses only labels that the expression keeps.",
    peers=("pint alerts/template",),
)

_LEGEND = re.compile(r"\{\{\s*([A-Za-z_][^\s{}$|()\"]*)\s*\}\}")
_LABEL = re.compile(r"\$labels\.([A-Za-z_]\w*)|\.Labels\.([A-Za-z_]\w*)|index\s+\$labels\s+\"([A-Za-z_]\w*)\"")
_OF_A_RULE = frozenset({"alertname", "alertstate"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every label that is used but cannot exist."""
    for query in lint.queries:
        if query.tree is None:
            continue
        labels = query.type_of(query.tree).labels
        if query.panel is not None:
            yield from _in_legend(query, labels)
        elif query.rule is not None and query.rule.is_alert:
            yield from _in_texts(query.rule, labels)


def _in_legend(query: Query, labels: Labels) -> Iterator[Problem]:
    for match in _LEGEND.finditer(query.legend):
        if not labels.may_have(match[1]):
            yield Problem(
                linted=query.linted,
                pointer=query.legend_pointer,
                message=f"the legend uses {{{{{match[1]}}}}}, which {_why(match[1], labels)}",
                expression=query.legend,
                span=match.span(),
                suggestion=_kept(labels),
            )


def _in_texts(rule: Rule, labels: Labels) -> Iterator[Problem]:
    own = {*rule.labels, *_OF_A_RULE}
    for kind, texts in (("annotations", rule.annotations), ("labels", rule.labels)):
        for name, text in texts.items():
            known = own if kind == "annotations" else _OF_A_RULE
            for action, is_of_the_alert in go_templates.actions_of_the_dot(text):
                for match in _LABEL.finditer(action):
                    label = match[1] or match[2] or match[3]
                    if label in known or labels.may_have(label) or (match[2] and not is_of_the_alert):
                        continue
                    start = text.find(match[0])
                    yield Problem(
                        linted=rule.linted,
                        pointer=f"{rule.pointer}/{kind}/{name}",
                        message=f"{name} of {rule.name} uses the label {label}, which {_why(label, labels)}",
                        expression=text,
                        span=(start, start + len(match[0])),
                        suggestion=_kept(labels),
                    )


def _why(_label: str, labels: Labels) -> str:
    return "the expression drops" if labels.possible is not None else "its series do not have"


def _kept(labels: Labels) -> str:
    if labels.possible is None:
        return ""
    kept = sorted(labels.possible - {"__name__"})
    return f"it keeps: {', '.join(kept)}" if kept else "it keeps no labels at all"
