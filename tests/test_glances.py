"""What is dead is never green: each dashboard, as a person sees it, against what is true while a fault lasts.

The truth is in `tests/e2e/expected.toml`, by hand. It names connectors by their kind; dashboards by topic prefix, or by
their name in Kafka Connect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dashlib.glance.questions import ALL
from tests.e2e.fault_table import recordings
from tests.e2e.glances import glances, rows
from tests.e2e.replay import BEFORE, held_of
from tests.e2e.truth import CONNECTOR_STATES, states_at, truth
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.glance import Seen, Shown
    from tests.e2e.glances import Glance
    from tests.e2e.recording import Recording

LESSONS = ("debezium-connect", "debezium-production", "debezium-mysql")
NO_VALUE, GREY = "–", "#8e8e8e"
# Nothing of these is delivered now: no lag, no rate and no queue of theirs is a number.
DEAD = frozenset(CONNECTOR_STATES[: CONNECTOR_STATES.index("No metrics") + 1]) | {"Deleted", "Stopped", "Paused"}
MEASURED = frozenset({"Lag", "Last event", "Now", "Used", "Offset", "GTIDs"})
WELL = frozenset({"Connected", "Running"})


def subject(name: str) -> str:
    """Return what the truth calls a connector that a dashboard names by topic prefix, or by Kafka Connect's name."""
    return name.removesuffix("-server").removesuffix("-connector")


def tables(glance: Glance) -> Iterator[tuple[str, list[Mapping[str, Shown]]]]:
    for title, seen in glance.seen.items():
        if seen.kind == "table" and glance.dashboard in LESSONS:
            yield title, rows(seen)


def wrong_in(recording: Recording, found: list[Glance]) -> Iterator[str]:
    """Yield what is shown and not so."""
    for glance in found:
        if glance.dashboard not in LESSONS:
            continue
        place = f"{recording.fault} {glance.dashboard} {glance.moment} {glance.chosen}"
        for title, shown in tables(glance):
            listed = {}
            for row in shown:
                name = subject(row["Connector"].text)
                listed[name] = row["State"].text
                yield from (f"{place} {title}: {each}" for each in wrong_in_row(recording, glance, name, row))
            yield from (f"{place} {title}: {each}" for each in missing(recording, glance, listed))


def wrong_in_row(recording: Recording, glance: Glance, name: str, row: Mapping[str, Shown]) -> Iterator[str]:
    if name not in truth(recording.fault):
        yield f"{name} is not in the truth, and is shown {row['State'].text}"
        return
    states, is_blind = states_at(recording, name, glance.at - BEFORE, held=held_of(recording.fault))
    state = row["State"].text
    if state not in states:
        yield f"{name} is {'/'.join(sorted(states))}, shown {state}"
    for column in MEASURED & row.keys():
        cell = row[column]
        if states <= DEAD and (cell.text, cell.color) != (NO_VALUE, GREY):
            yield f"{name} is {'/'.join(sorted(states))}, and its {column} reads {cell.text} in {cell.color}"
    if is_blind and "Lag" in row and row["Last event"].text == NO_VALUE and row["Lag"].text != NO_VALUE:
        yield f"nobody can tell whether {name} is {state}, and the age of its last event is not beside its lag"


def missing(recording: Recording, glance: Glance, listed: Mapping[str, str]) -> Iterator[str]:
    """Yield the lab's connectors that are not listed; who was there within the range is."""
    kinds = ["mysql", "mariadb", "postgres"]
    if glance.dashboard == "debezium-mysql":
        kinds.remove("postgres")
    if glance.chosen != ALL:
        kinds = ["mysql"]
    for name in kinds:
        states, _ = states_at(recording, name, glance.at - BEFORE, held=held_of(recording.fault))
        if name not in listed and "Absent" not in states:
            yield f"{name} is {'/'.join(sorted(states))}, and is not listed"
    if glance.chosen != ALL:
        yield from (f"{name} is listed, and was not chosen" for name in listed if name not in kinds)


@pytest.mark.parametrize("recording", recordings(), ids=lambda recording: recording.fault)
def test_what_a_person_sees_is_so(recording: Recording, request: pytest.FixtureRequest) -> None:
    _, found = glances(recording, needed_promtool(request))
    assert list(wrong_in(recording, found)) == []
