"""A process for each mutant: what one of them breaks, no other one sees."""

from __future__ import annotations

import multiprocessing
import os
import time
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Final

from tests.mutants.trials import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.context import ForkProcess

    from tests.mutants.mutating import Mutation

#: Seconds after which a mutant is taken to hang.
_LONGEST: Final = 900.0


def run_all(
    mutations: Sequence[Mutation], attempt: Callable[[Mutation], Trial], show: Callable[[int, str], None]
) -> list[Trial]:
    """Return the trial of each mutation, in their order.

    Args:
        mutations: to try.
        attempt: tries one of them; it runs in a process that nothing else uses.
        show: is called with the number of those that are done and the name of the last one.
    """
    context = multiprocessing.get_context("fork")
    left = list(mutations)[::-1]
    running: dict[Connection, tuple[Mutation, ForkProcess, float]] = {}
    found: dict[str, Trial] = {}
    while left or running:
        while left and len(running) < (os.cpu_count() or 1):
            mutation = left.pop()
            receiving, sending = context.Pipe(duplex=False)
            process = context.Process(target=_attempt, args=(attempt, mutation, sending))
            process.start()
            sending.close()
            running[receiving] = (mutation, process, time.monotonic())
        ready = [one for one in wait(list(running), timeout=5) if isinstance(one, Connection)]
        late = [one for one, (*_, began) in running.items() if time.monotonic() - began > _LONGEST]
        for receiving in dict.fromkeys((*ready, *late)):
            mutation, process, _ = running.pop(receiving)
            found[mutation.name] = _received(receiving, mutation)
            process.kill()
            process.join()
            show(len(found), mutation.name)
    return [found[mutation.name] for mutation in mutations]


def _attempt(attempt: Callable[[Mutation], Trial], mutation: Mutation, sending: Connection) -> None:
    sending.send(attempt(mutation))


def _received(receiving: Connection, mutation: Mutation) -> Trial:
    with receiving:
        if not receiving.poll():
            return Trial(mutation.name, crash=f"it did not end within {_LONGEST:.0f} seconds")
        try:
            found = receiving.recv()
        except EOFError:
            return Trial(mutation.name, crash="its process died")
    return found if isinstance(found, Trial) else Trial(mutation.name, crash="its process answered something else")
