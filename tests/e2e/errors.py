"""What the stack says when it cannot be had: one line with the thing, the reason and the place of its log."""

from __future__ import annotations

from dashlib.errors import DashlibError


class StackError(DashlibError):
    """A part of the stack could not be fetched, started or reached."""

    exit_code = 3
