"""What is wrong with an expression, with a caret under the place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dashlib.errors import DashlibError

if TYPE_CHECKING:
    from dashlib.sources import Source

_WINDOW: Final = 60
"""Characters shown on either side of the caret."""


class PromQLError(DashlibError):
    """An expression that Prometheus 2.42 would not take, or that means something else in Prometheus 3.

    Attributes:
        expression: the whole expression as it was written.
        position: 0-based offset of the mistake in it, or the best guess.
        reason: what is wrong, without the place.
    """

    def __init__(self, reason: str, expression: str, position: int, source: Source | None = None) -> None:
        """Build the message: the reason, the line of the expression, and a caret under the place."""
        position = max(0, min(position, len(expression)))
        start = expression.rfind("\n", 0, position) + 1
        end = expression.find("\n", position)
        end = len(expression) if end < 0 else end
        left, right = max(start, position - _WINDOW), min(end, position + _WINDOW)
        before = ("…" if left > start else "") + expression[left:position]
        after = expression[position:right] + ("…" if right < end else "")
        caret = re.sub(r"[^\t]", " ", before) + "^"
        super().__init__(f"{reason}\n  {before}{after}\n  {caret}", source)
        self.expression = expression
        self.position = position
        self.reason = reason

    def __reduce__(self) -> tuple[type[PromQLError], tuple[str, str, int, Source | None]]:
        """Return what rebuilds the error in another process (`args` holds only the message)."""
        return type(self), (self.reason, self.expression, self.position, self.source)
