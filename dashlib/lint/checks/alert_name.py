"""An alert's name is CamelCase, and the alerts of a group begin with one word."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, once_a_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "alert-name",
    "info",
    "An alert's name is CamelCase without spaces, as in the monitoring mixins.",
    peers=("pint rule/name",),
    together=functools.partial(once_a_file, alike=lambda _: None),
)

_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every alert whose name is not CamelCase."""
    for alert in lint.alerts:
        if alert.name and not _NAME.fullmatch(alert.name):
            fixed = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", alert.name))
            yield alert.linted.problem(
                f"{alert.pointer}/alert",
                f"the alert {alert.name!r} is not CamelCase: silences and runbook URLs refer to it",
                suggestion=f"call it {fixed}" if _NAME.fullmatch(fixed) else "",
            )
