"""What is true of each connector, worker, slot and cluster while a recorded fault lasts.

It stands in `expected.toml`, written by hand from what each fault is, and dashboards are held to it: what they show is
neither better nor worse than the truth, once the exported metrics can tell.
"""

from __future__ import annotations

import functools
import itertools
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import frozen

from dashlib.recordings.drawing_out import BEGINS_AND_ENDS, SNAPSHOTS, height_of, time_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashlib.recordings.recording import Recording

EXPECTED = Path(__file__).with_name("expected.toml")

# What a connector can be in, the worst first. Absent: nobody has heard of it yet.
CONNECTOR_STATES = (
    "Failed",
    "Connect gone",
    "Kafka lost",
    "Worker gone",
    "No task",
    "No metrics",
    "Disconnected",
    "No events",
    "Unassigned",
    "Restarting",
    "Deleted",
    "Reading schema history",
    "Snapshot",
    "Stopped",
    "Paused",
    "Connected",
    "Running",
    "Absent",
)
WORKER_STATES = ("Down", "Up")
# Unknown: the server does not answer, and nothing is exported of its slots.
SLOT_STATES = ("Lost", "Inactive", "Unknown", "Active", "Absent")
CLUSTER_STATES = ("Connect gone", "Kafka lost", "Up")

# Who is well all along unless a fault says otherwise.
WELL = MappingProxyType(
    {
        "mysql": "Connected",
        "mariadb": "Connected",
        "postgres": "Connected",
        "connect:9404": "Up",
        "connect-2:9404": "Up",
        "slot": "Active",
        "cluster": "Up",
    }
)

# How long a dashboard may go on showing the state before, in seconds, once metrics can tell the new one.
GRACE = 30.0

_KEYS = frozenset({"since", "known", "state", "blind"})


@frozen
class Stretch:
    """A time in which a subject is in one state, or in several by turns.

    Attributes:
        since: the mark of the recording at which its cause was set; empty for the first one, which was always so.
        known: seconds from that mark until the exported metrics can tell.
        states: those that are true; more than one where reality goes to and fro.
        blind: why no metric can tell whether they are; empty where metrics can.
    """

    since: str
    known: float
    states: tuple[str, ...]
    blind: str


def possible_states(subject: str) -> Sequence[str]:
    """Return what a subject can be in, the worst first: a worker (by instance), a slot, the cluster or a connector."""
    if subject == "cluster":
        return CLUSTER_STATES
    if subject == "slot" or subject.startswith("slot "):
        return SLOT_STATES
    return WORKER_STATES if ":" in subject else CONNECTOR_STATES


@functools.cache
def truth(fault: str) -> Mapping[str, tuple[Stretch, ...]]:
    """Return the stretches of each subject of a fault, in order of time; who is not named there is well all along.

    Args:
        fault: its name.

    Raises:
        ValueError: a stretch is not one; the message says of which subject, and why.
    """
    table = tomllib.loads(EXPECTED.read_text(encoding="utf-8"))
    if "truth" not in table[fault]:
        raise ValueError(f"{EXPECTED.name} does not say what is true while {fault} lasts: add [{fault}.truth]")
    return parse(table[fault]["truth"])


def parse(table: Mapping[str, Sequence[Mapping[str, object]]]) -> Mapping[str, tuple[Stretch, ...]]:
    """Return the stretches of each subject of a table of truth, and of those that are well all along.

    Raises:
        ValueError: a stretch is not one; the message says of which subject, and why.
    """
    well = {subject: (Stretch("", 0.0, (state,), ""),) for subject, state in WELL.items()}
    return well | {subject: _stretches(subject, rows) for subject, rows in table.items()}


def _stretches(subject: str, rows: Sequence[Mapping[str, object]]) -> tuple[Stretch, ...]:
    if not rows:
        raise ValueError(f"{subject} has no stretch: leave it out if it is well all along")
    return tuple(_stretch(subject, number, row) for number, row in enumerate(rows, start=1))


def _stretch(subject: str, number: int, row: Mapping[str, object]) -> Stretch:
    where = f"{subject}, stretch {number}"
    if unknown := row.keys() - _KEYS:
        raise ValueError(f"{where}: unknown key {min(unknown)!r}; known are {', '.join(sorted(_KEYS))}")
    states = row.get("state")
    if not isinstance(states, list) or not states:
        raise ValueError(f"{where}: state is a list of at least one")
    possible = possible_states(subject)
    for state in states:
        if state not in possible:
            raise ValueError(f"{where}: {subject} cannot be {state!r}; it can be {', '.join(possible)}")
    if row.keys() & {"since", "known"} != (set() if number == 1 else {"since", "known"}):
        raise ValueError(f"{where}: each stretch but the first has since and known")
    known = row.get("known", 0)
    if not isinstance(known, int | float) or known < 0:
        raise ValueError(f"{where}: known is seconds from the mark, not {known!r}")
    return Stretch(str(row.get("since", "")), float(known), tuple(states), str(row.get("blind", "")))


def periods(
    recording: Recording, stretches: Sequence[Stretch], *, held: float
) -> Sequence[tuple[float, float, Stretch]]:
    """Return when each stretch begins, and when metrics can tell that it has.

    Times are seconds from the first scrape, in the recording with its height drawn out by `held` seconds.

    Args:
        recording: in which the marks are.
        stretches: of one subject, in order of time.
        held: how long the height is drawn out, in seconds.

    Raises:
        ValueError: the recording has no such mark, or the stretches are not in order of time.
    """
    found = []
    for stretch in stretches:
        since = at_mark(recording, stretch.since, held=held) if stretch.since else float("-inf")
        found.append((since, since + stretch.known, stretch))
    for (since, known, _), (next_since, next_known, following) in itertools.pairwise(found):
        if next_since < since or next_known <= known:
            raise ValueError(
                f"{recording.fault}: {'/'.join(following.states)} since {following.since!r} does not come after the "
                "stretch before it: put them in order of time"
            )
    return found


def at_mark(recording: Recording, mark: str, *, held: float) -> float:
    """Return when a mark was set, in seconds from the first scrape, with the height drawn out by `held` seconds.

    Raises:
        ValueError: the recording has no such mark; the message names those that it has.
    """
    height = height_of(recording, BEGINS_AND_ENDS[recording.fault][1]) * recording.interval
    at = height if mark == SNAPSHOTS else time_of(recording, mark)
    if at is None:
        marks = ", ".join(repr(each.what) for each in recording.marks)
        raise ValueError(f"{recording.fault} has no mark {mark!r}; it has {marks}")
    return at + (held if at >= height else 0.0)


def states_at(recording: Recording, subject: str, at: float, *, held: float) -> tuple[frozenset[str], bool]:
    """Return the states that a subject may be shown in, and whether no metric can tell one of them.

    A stretch counts from its mark on, and until half a minute after metrics can tell the next one: between the two,
    either is acceptable.

    Args:
        recording: of the fault.
        subject: a connector, worker, slot or the cluster, as `expected.toml` names it.
        at: seconds from the first scrape, in the recording with its height drawn out.
        held: how long the height is drawn out, in seconds.

    Raises:
        KeyError: nothing is said of the subject.
        ValueError: the recording has no such mark, or the stretches are not in order of time.
    """
    found = periods(recording, truth(recording.fault)[subject], held=held)
    ends = [known + GRACE for _, known, _ in found[1:]]
    acceptable = [
        stretch for (since, _, stretch), end in zip(found, [*ends, float("inf")], strict=True) if since <= at < end
    ]
    return frozenset(state for each in acceptable for state in each.states), any(each.blind for each in acceptable)
