"""A recording rule's name tells what it records: level:metric:operations."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, once_a_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "recording-name",
    "info",
    "A recording rule is named level:metric:operations, as Prometheus recommends.",
    peers=("pint rule/name",),
    together=functools.partial(once_a_file, alike=lambda _: None),
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every recorded metric that looks like an exported one."""
    for rule in lint.rules:
        if rule.is_alert or not rule.name or ":" in rule.name:
            continue
        yield rule.linted.problem(
            f"{rule.pointer}/record",
            f"{rule.name} looks like an exporter's metric: its name does not show that a rule records it",
            suggestion=f"rename it to level:{rule.name}:operations, for example job:{rule.name}:sum",
        )
