"""A rule group is evaluated within Prometheus' lookback window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "group-interval",
    "warning",
    "A rule group is evaluated at least once per Prometheus lookback window.",
    peers=("pint group/interval",),
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every group that leaves gaps."""
    for group in lint.groups:
        interval = lint.interval(group)
        if "interval" in group.data and interval > lint.settings.lookback_seconds:
            needed = [rule for rule in group.rules if not rule.is_alert or not rule.data.get("keep_firing_for")]
            if needed:
                yield group.linted.problem(
                    f"{group.pointer}/interval",
                    f"the group {group.name!r} is evaluated every {interval:g}s, but Prometheus looks back only "
                    f"{lint.settings.lookback}: the series it records have gaps, and its alerts resolve in between",
                    suggestion=f"evaluate it at least every {lint.settings.lookback}",
                )
