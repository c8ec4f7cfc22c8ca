"""A plan and its outcome, for people and for machines. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashlib.grafana.apply import Outcome
    from dashlib.grafana.plan import Action, Change, Plan

_SIGNS = {
    "create": "+", "update": "~", "moved": "~", "conflict": "!", "orphan": "-", "provisioned": "!", "waiting": "!",
    "unchanged": "=",
}  # fmt: skip
_ACTIONS: tuple[Action, ...] = (
    "create",
    "update",
    "moved",
    "conflict",
    "orphan",
    "provisioned",
    "waiting",
    "unchanged",
)
_MOST_DETAILS = 20


def plan_lines(plan: Plan) -> Iterator[str]:
    """Yield the lines of a plan: the differences by object, panel and field, then a summary."""
    for change in plan.changes:
        if change.action != "unchanged":
            yield from _change_lines(change)
    yield summary(plan)


def _change_lines(change: Change) -> Iterator[str]:
    sign = _SIGNS[change.action]
    what = f"{sign} {change.title}"
    kind = f"{change.kind} {change.uid}"
    if change.action == "create":
        yield f"{what}: create {kind}{f' ({change.reason})' if change.reason else ''}"
        return
    if change.action == "orphan":
        fate = "removed by this push" if change.written else "no longer declared; --prune removes it"
        yield f"{what}: {kind}: {change.reason or fate}"
        return
    if change.action in ("conflict", "provisioned", "waiting"):
        way = "; overwritten by this push" if change.written else ""
        hint = "; --overwrite replaces it" if change.action == "conflict" and not change.written else ""
        yield f"{what}: {change.action}: {kind} {change.reason}{way or hint}"
    for line in change.details[:_MOST_DETAILS]:
        yield f"{what} › {line}"
    if len(change.details) > _MOST_DETAILS:
        yield f"{what} › … and {len(change.details) - _MOST_DETAILS} more differences"


def summary(plan: Plan) -> str:
    """Return one line that counts the changes by action."""
    counts = Counter(change.action for change in plan.changes)
    said = [f"{counts[action]} {action}" for action in _ACTIONS if counts[action]]
    return ", ".join(said) or "nothing is declared"


def outcome_line(outcome: Outcome) -> str:
    """Return one line with the result of a change."""
    change = outcome.change
    if outcome.status != "done":
        return f"{change.kind} {change.title}: {outcome.status}: {outcome.message}"
    if change.declared is None:
        return f"{change.kind} {change.title}: removed"
    done = "created" if change.present is None else "moved" if change.action == "moved" else "updated"
    return f"{change.kind} {change.title}: {done}"


def plan_data(plan: Plan) -> list[dict[str, Any]]:
    """Return a plan for machines."""
    return [
        {
            "kind": change.kind,
            "uid": change.uid,
            "title": change.title,
            "action": change.action,
            "written": change.written,
            "reason": change.reason,
            "details": list(change.details),
        }
        for change in plan.changes
    ]


def outcome_data(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return outcomes for machines."""
    return [
        {
            "kind": outcome.change.kind,
            "uid": outcome.change.uid,
            "status": outcome.status,
            "message": outcome.message,
        }
        for outcome in outcomes
    ]
