"""Carry out a plan, object by object: each one ends up old or new, and it is known which.

Serial, over one connection: Grafana gains nothing from parallel writes, and its alerting loses some of them.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Literal

import attrs

from dashlib.errors import AnswerError, RefusedError, UnreachableError
from dashlib.grafana.objects import DASHBOARD, FOLDER, LIBRARY_PANEL, Item, dashboard_item, library_panels_of
from dashlib.grafana.remote import KIND, ChangedMeanwhileError, Writing
from dashlib.grafana.state import PushState, dashboard_of
from dashlib.servers.grafana import (
    CONFLICT,
    NOT_FOUND,
    PRECONDITION_FAILED,
    Client,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dashlib.errors import DashlibError
    from dashlib.grafana.backups import Backups
    from dashlib.grafana.plan import Change

Status = Literal["done", "failed", "not tried"]

_PAUSE = 0.5


@attrs.frozen
class Outcome:
    """The result of a change.

    Attributes:
        change: the planned change.
        status: `done`; `failed`: the object is unchanged, unless `message` says otherwise; `not tried`.
        message: why it failed.
    """

    change: Change
    status: Status
    message: str = ""


class Interrupted:
    """Delays Ctrl-C until the current object is done; a second one ends at once.

    Attributes:
        asked: whether it was pressed.
    """

    def __init__(self) -> None:
        self.asked = False

    @contextlib.contextmanager
    def held_back(self) -> Iterator[None]:
        """Delay it in this block; only the main thread receives signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def note(_number: int, _frame: object) -> None:
            if self.asked:
                raise KeyboardInterrupt
            self.asked = True

        previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)


def apply(
    client: Client,
    changes: Sequence[Change],
    writing: Writing,
    backups: Backups,
    interrupted: Interrupted,
    on_done: Callable[[Outcome], None],
) -> list[Outcome]:
    """Make the changes, in order; return the result of each.

    After a failure that affects one object, the others are still tried; after one that affects all (Grafana cannot be
    reached, the token is refused, a folder is missing, a disk is full), none is.

    Args:
        client: the Grafana.
        changes: what is written or removed.
        writing: how.
        backups: where objects are saved before they are overwritten.
        interrupted: checked between two objects.
        on_done: called after each object.
    """
    outcomes: list[Outcome] = []
    stopped = ""
    missing: dict[str, str] = {}  # title of each library panel that could not be created
    for change in changes:
        if interrupted.asked or stopped:
            outcome = Outcome(change, "not tried", stopped or "interrupted")
        elif lacks := _lacks(change, missing):
            outcome = Outcome(change, "not tried", f"its library panel {lacks!r} is not in that Grafana")
        else:
            outcome, stopped = _outcome(client, change, writing, backups)
        if change.kind == LIBRARY_PANEL and change.present is None and outcome.status != "done":
            missing[change.uid] = change.title
        outcomes.append(outcome)
        on_done(outcome)
    return outcomes


def _lacks(change: Change, missing: Mapping[str, str]) -> str:
    """Return the title of a library panel that a dashboard shows and that is missing; empty for none.

    Grafana answers such a dashboard with 500, and stores it nevertheless.
    """
    if not missing or change.declared is None:
        return ""
    return next((missing[uid] for uid in library_panels_of(change.declared) if uid in missing), "")


def _outcome(client: Client, change: Change, writing: Writing, backups: Backups) -> tuple[Outcome, str]:
    """Make one change; return its result, and why to stop if a failure affects all."""
    from dashlib.errors import DashlibError

    try:
        if change.present is not None:
            backups.save(change.present, removed=change.declared is None)
        if change.declared is None:
            _remove(client, change)
        else:
            _write(client, change.declared, change.present, writing)
    except DashlibError as error:
        concerns_all = not isinstance(error, RefusedError | AnswerError) or (
            change.kind == FOLDER and change.declared is not None
        )
        return Outcome(change, "failed", error.message), _why_stop(error) if concerns_all else ""
    return Outcome(change, "done"), ""


def _why_stop(error: DashlibError) -> str:
    return "Grafana cannot be reached" if isinstance(error, UnreachableError) else "an earlier change failed"


def _write(client: Client, item: Item, present: Item | None, writing: Writing) -> None:
    """Write one object; if it is unknown whether a write took effect, check before writing again."""
    kind = KIND[item.kind]
    for attempt in range(client.attempts):
        try:
            kind.write(client, item, present, writing)
        except AnswerError as error:
            now = kind.read(client, item)
            if now is not None and now.same(item) and not (present is not None and present.same(item)):
                return
            if not _as_before(kind.read(client, present or item), present):
                raise ChangedMeanwhileError(item) from None
            if attempt + 1 == client.attempts:
                raise error from None
            client.pause(_PAUSE * 2**attempt)
            present = kind.read(client, present) if present is not None else None
        except RefusedError as error:
            if isinstance(error, ChangedMeanwhileError) or error.status not in (
                CONFLICT,
                PRECONDITION_FAILED,
                NOT_FOUND,
            ):
                raise
            now = kind.read(client, item)
            if now is not None and now.same(item):
                return
            if error.status != NOT_FOUND and not _as_before(now, present):
                raise ChangedMeanwhileError(item) from None
            raise
        else:
            return


def _as_before(now: Item | None, present: Item | None) -> bool:
    if now is None or present is None:
        return now is present
    return now.identical(present)


def _remove(client: Client, change: Change) -> None:
    present = change.present
    if present is None:
        return
    kind = KIND[present.kind]
    for attempt in range(client.attempts):
        try:
            kind.delete(client, present)
        except AnswerError as error:
            if kind.read(client, present) is None:
                return
            if attempt + 1 == client.attempts:
                raise error from None
            client.pause(_PAUSE * 2**attempt)
        else:
            return


def write_state(client: Client, state: PushState, folder: str, expected: int | str | None) -> int | str | None:
    """Write the state on top of the version that was read; return the new version.

    Args:
        client: the Grafana.
        state: the state; an empty one removes the state dashboard.
        folder: UID of the folder for that dashboard.
        expected: the version that was read; None if there was none.

    Raises:
        ChangedMeanwhileError: another run of dashlib has written it.
        RemoteError: it cannot be written.
    """
    item = dashboard_item(dashboard_of(state), folder)
    kind = KIND[DASHBOARD]
    present = kind.read(client, item)
    if (present.version if present is not None else None) != expected:
        raise ChangedMeanwhileError(item)
    if not state.objects:
        if present is not None:
            kind.delete(client, present)
        return None
    if present is None or not present.same(item):
        _write(client, item, present, Writing())
        present = kind.read(client, item)
    return present.version if present is not None else None
