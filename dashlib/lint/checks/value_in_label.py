"""No label of an alert changes with the value: each new value would be a new alert."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashlib.documents import go_templates
from dashlib.lint.findings import Check, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.subjects import Lint

CHECK = Check(
    "value-in-label",
    "error",
    "No label of an alert contains its value.",
    peers=("pint alerts/template",),
)

_VALUE = re.compile(r"\$value\b|(?<![\w)])\.Value\b")
# A value that only decides between fixed texts changes nothing while it stays on one side.
_DECIDES = re.compile(r"^(?:else\s+)?(?:if|with)\b")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every label that holds the value."""
    for alert in lint.alerts:
        for name, text in alert.labels.items():
            for action in go_templates.actions(text):
                match = _VALUE.search(action)
                if match is None or _DECIDES.match(action):
                    continue
                place = text.find(match[0])
                yield Problem(
                    linted=alert.linted,
                    pointer=f"{alert.pointer}/labels/{name}",
                    message=f"the label {name} of {alert.name} contains the value: each new value creates a new "
                    "alert, and `for` starts over",
                    expression=text,
                    span=(place, place + len(match[0])),
                    suggestion="move the value to an annotation",
                )
