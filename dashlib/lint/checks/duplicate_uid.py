"""Each dashboard has a unique uid: two with the same uid overwrite each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Dashboard, Lint

CHECK = Check("duplicate-uid", "error", "Each dashboard has a unique uid that Grafana accepts.")

_LONGEST = 40


def _are_together(one: Dashboard, other: Dashboard) -> bool:
    """Tell whether two dashboards lie in one folder, and not perhaps in two versions of it."""
    return one.linted.document.path.parent == other.linted.document.path.parent


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every dashboard whose uid another one has, or that Grafana would refuse."""
    first: dict[str, Dashboard] = {}
    for dashboard in lint.dashboards:
        if not dashboard.uid:
            continue
        pointer = f"{dashboard.pointer}/uid"
        other = first.setdefault(dashboard.uid, dashboard)
        if other is not dashboard:
            yield dashboard.linted.problem(
                pointer,
                f"the uid {dashboard.uid!r} is also that of {other.title!r} in {other.linted.document.path}: in one "
                "Grafana they overwrite each other, and if it provisions both from files it stops updating both",
                suggestion="give this one a unique uid",
                severity=None if lint.is_project or _are_together(dashboard, other) else "warning",
            )
        if len(dashboard.uid) > _LONGEST:
            yield dashboard.linted.problem(
                pointer,
                f"the uid {dashboard.uid!r} has {len(dashboard.uid)} characters; Grafana takes at most {_LONGEST}",
                suggestion="shorten it",
            )
