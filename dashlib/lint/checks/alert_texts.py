"""An alert tells the person on call what it is, what it means here, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, Problem, once_a_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.subjects import Lint, Rule

CHECK = Check(
    "alert-texts",
    "info",
    "An alert has a static summary that ends with a period, a description, and a runbook.",
    peers=("pint alerts/annotation",),
    together=once_a_file,
)

_RUNBOOKS = ("runbook_url", "runbook")
_ENDS = (".", "!", "?", "…", "}}")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every alert that lacks a string, and every summary that is not a sentence."""
    for alert in lint.alerts:
        missing = [name for name in ("summary", "description") if not _text(alert, name)]
        if not any(alert.annotations.get(name, "").strip() for name in _RUNBOOKS):
            missing.append("runbook_url")
        if missing:
            yield alert.linted.problem(
                f"{alert.pointer}/annotations" if alert.annotations else alert.pointer,
                f"{alert.name} has no {', no '.join(missing)}",
                suggestion="; ".join(_WHAT_FOR[name] for name in missing),
            )
        yield from _summary(alert)


_WHAT_FOR = {
    "summary": "summary: one sentence without values, the same for every instance",
    "description": "description: what it means for this instance and what to do first",
    "runbook_url": "runbook_url: the page that explains causes and remedies",
}


def _text(alert: Rule, name: str) -> str:
    others = {"description": ("message",), "summary": ("title",)}
    return next((text for key in (name, *others[name]) if (text := alert.annotations.get(key, "").strip())), "")


def _summary(alert: Rule) -> Iterator[Problem]:
    summary = alert.annotations.get("summary", "").strip()
    pointer = f"{alert.pointer}/annotations/summary"
    place = summary.find("$value")
    if place >= 0:
        yield Problem(
            linted=alert.linted,
            pointer=pointer,
            message=f"the summary of {alert.name} contains the value: notifications about the same alert then differ",
            expression=summary,
            span=(place, place + len("$value")),
            suggestion="move it to the description",
        )
    elif summary and not summary.endswith(_ENDS):
        yield alert.linted.problem(
            pointer, f"the summary of {alert.name} is not a complete sentence: it does not end with a period"
        )
