"""Asking until there is an answer or the time is over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol, TypeVar

from .errors import StackError

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")


class Watched(Protocol):
    """What may end while it is being waited for."""

    def check(self) -> None:
        """Raise `StackError` when it is gone."""


def wait_until(
    answer: Callable[[], Answer | None],
    what: str,
    *,
    seconds: float,
    every: float = 0.2,
    watched: Watched | None = None,
) -> Answer:
    """Ask for an answer that is true until there is one.

    Args:
        answer: the question; an answer that is false, or an `OSError`, means not yet.
        what: the sentence that says what was waited for in vain, as in "Kafka does not answer".
        seconds: how long to ask.
        every: the pause between two questions.
        watched: a server whose end ends the waiting.

    Returns:
        The first answer that is true.

    Raises:
        StackError: the time is over, or what is watched has ended.
    """
    deadline = time.monotonic() + seconds
    reason = ""
    while True:
        if watched is not None:
            watched.check()
        try:
            if found := answer():
                return found
            reason = ""
        except (OSError, StackError) as error:
            reason = f" ({error})"
        if time.monotonic() > deadline:
            raise StackError(f"{what}, for {seconds:.0f} s{reason}")
        time.sleep(every)
