"""What a person sees of each dashboard while a fault lasts.

Its queries are asked in the replay of the recording, and read as Grafana shows them.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from dashlib.glance import Answer, Seen, Series, Shown, is_about_now, see
from dashlib.glance.questions import ALL, Look
from dashlib.recordings.drawing_out import BEFORE, WITHOUT_HEARTBEAT, began_at, ended_at, held_of

from .lab import DASHBOARDS
from .replay import documents, replay_and_ask
from .truth import CONNECTOR_STATES, possible_states, states_at, truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.glance.questions import Question
    from dashlib.recordings.recording import Recording

    from .replay import Altered, Asked, Fired

# Seconds after the beginning of a fault, and after its end, at which somebody looks.
AFTER_BEGIN = (0, 60, 180, 600)
AFTER_END = 180
# Nothing happens: two moments are as good as four.
WITHOUT_FAULT = (60, 600)


@frozen
class Glance:
    """Somebody looks at a dashboard.

    Attributes:
        dashboard: its uid.
        chosen: the connector that is chosen; `$__all` for all of them.
        moment: for people: `0:00`, `3:00`, `3:00 after the end`.
        at: seconds of the replay.
        seen: its panels that say how something is now, by title.
    """

    dashboard: str
    chosen: str
    moment: str
    at: float
    seen: Mapping[str, Seen]


def moments(recording: Recording) -> dict[str, float]:
    """Return when somebody looks, in seconds of the replay, each moment with its name."""
    began, ended = began_at(recording), ended_at(recording)
    offsets = WITHOUT_FAULT if recording.fault == "healthy" else AFTER_BEGIN
    found = {f"{offset // 60}:{offset % 60:02}": began + offset for offset in offsets}
    if ended is not None:
        found[f"{AFTER_END // 60}:{AFTER_END % 60:02} after the end"] = ended + AFTER_END
    return found


@functools.cache
def dashboards(
    *, heartbeat: bool = True, identity: tuple[str, ...] = (), records: bool = False
) -> tuple[dict[str, Any], ...]:
    """Return the compiled dashboards of this project, with the lab's heartbeat tables declared or not."""
    if heartbeat and not identity and not records:
        return tuple(json.loads(file.read_bytes()) for file in sorted(DASHBOARDS.glob("debezium-*.json")))
    compiled = documents(heartbeat=heartbeat, identity=identity, records=records)
    return tuple(document.data for document in compiled if document.kind == "dashboard")


def choices(dashboard: Mapping[str, Any]) -> list[str]:
    """Return what somebody chooses: all connectors, and one that each dashboard has."""
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    if "connector" not in names:
        return [ALL]
    named = {"debezium-connect": "mysql-connector", "debezium-postgres": "postgres-server"}
    return [ALL, named.get(dashboard["uid"], "mysql-server")]


def glances(
    recording: Recording,
    promtool: str,
    altered: Altered | None = None,
    *,
    only: Mapping[str, str] | None = None,
    records: bool = False,
) -> tuple[list[Fired], list[Glance]]:
    """Return the alerts that a fault makes fire, and what people see of it.

    Args:
        recording: what the series did.
        promtool: path of the program.
        altered: as of `replay_and_ask`.
        only: of each of these dashboards, with all connectors chosen, the panel of this title, which reads nothing that
            rules record: no rule is evaluated, and none fires; by default everything.
        records: panels read what is recorded.
    """
    views = _views(heartbeat=recording.fault not in WITHOUT_HEARTBEAT, records=records)
    if only is not None:
        views = [
            view.with_only(only[view.dashboard]) for view in views if view.dashboard in only and view.chosen == ALL
        ]
    looks = [(view, moment, at) for view in views for moment, at in moments(recording).items()]
    return looked(recording, promtool, looks, altered, records=records, evaluated=only is None)


def looked(
    recording: Recording,
    promtool: str,
    looks: Sequence[tuple[View, str, float]],
    altered: Altered | None = None,
    identity: tuple[str, ...] = (),
    *,
    records: bool = False,
    evaluated: bool = True,
) -> tuple[list[Fired], list[Glance]]:
    """Return the alerts that a fault makes fire, and what people see who look at dashboards.

    Args:
        recording: what the series did.
        promtool: path of the program.
        looks: at what, what the moment is called, and its seconds of the replay.
        altered: as of `replay_and_ask`.
        identity: as of `replay_and_ask`.
        records: as of `replay_and_ask`.
        evaluated: as of `replay_and_ask`.
    """
    asked = {each.at(at) for view, _, at in looks for _, queries in view.panels for each in queries}
    fired, answers = replay_and_ask(
        recording, promtool, sorted(asked), altered, identity, records=records, evaluated=evaluated
    )
    found = [
        Glance(
            view.dashboard,
            view.chosen,
            moment,
            at,
            {
                panel["title"]: see(
                    panel,
                    [Answer(each.ref_id, _series(answers[each.at(at)], each.at(at)[1])) for each in queries],
                    now=at,
                )
                for panel, queries in view.panels
            },
        )
        for view, moment, at in looks
    ]
    return fired, found


@frozen
class _Query:
    """A query of a panel about now, whenever somebody looks.

    Attributes:
        ref_id: of it.
        expression: PromQL, variables filled in.
        step: of a range query, in seconds; 0 of an instant one.
    """

    ref_id: str
    expression: str
    step: float

    @classmethod
    def of(cls, question: Question) -> _Query:
        step = question.times[-1] - question.times[-2] if question.is_range else 0.0
        return cls(question.ref_id, question.expression, step)

    def at(self, now: float) -> Asked:
        """Return what is asked at one moment: of a range only its last step says how it is now."""
        return self.expression, now // self.step * self.step if self.step else now


@frozen
class View:
    """A dashboard with a connector chosen, whenever somebody looks: its panels about now, and what each asks."""

    dashboard: str
    chosen: str
    panels: Sequence[tuple[Mapping[str, Any], Sequence[_Query]]]

    def with_only(self, title: str) -> View:
        return evolve(self, panels=[(panel, queries) for panel, queries in self.panels if panel["title"] == title])

    @classmethod
    def of(cls, dashboard: Mapping[str, Any], chosen: str, values: Mapping[str, str]) -> View:
        """Return a dashboard as somebody looks at it who chose values of its variables."""
        look = Look(dashboard, now=0.0, chosen=values)
        return cls(
            dashboard["uid"],
            chosen,
            [
                (panel, [_Query.of(each) for each in look.questions(panel)])
                for panel in look.panels()
                if is_about_now(panel)
            ],
        )


@functools.cache
def _views(*, heartbeat: bool, records: bool) -> Sequence[View]:
    # Filling variables into expressions this long costs more than reading the answers; it is the same for every fault.
    return [
        View.of(dashboard, chosen, {"connector": chosen})
        for dashboard in dashboards(heartbeat=heartbeat, records=records)
        for chosen in choices(dashboard)
    ]


def _series(answered: Sequence[tuple[Mapping[str, str], float]], at: float) -> tuple[Series, ...]:
    return tuple(Series(labels, ((at, value),)) for labels, value in answered)


def rows(seen: Seen) -> list[Mapping[str, Shown]]:
    """Return the rows of a table that somebody sees, by column title."""
    found: dict[int, dict[str, Shown]] = {}
    for each in seen.shown:
        found.setdefault(each.row, {})[each.name] = each
    return [found[row] for row in sorted(found)]


# --- held against the truth -------------------------------------------------------------------------------------------

LESSONS = ("debezium-connect", "debezium-production", "debezium-mysql")
# Tables of the other dashboards that list whatever connector there is.
LISTS_ALL = frozenset({"Worst Connectors", "Connectors", "Ready"})
# Whose state is a connector's, where a dashboard lists less than all kinds of them.
KINDS = {
    "debezium-mysql": ("mysql", "mariadb"),
    "debezium-failover": ("mysql", "mariadb"),
    "debezium-postgres": ("postgres",),
}
NO_VALUE, GREY = "–", "#8e8e8e"
# Nothing of these is delivered now: no lag, no rate and no queue of theirs is a number.
DEAD = frozenset(CONNECTOR_STATES[: CONNECTOR_STATES.index("No metrics") + 1]) | {"Deleted", "Stopped", "Paused"}
MEASURED = frozenset({"Lag", "Last event", "Now", "Used"})
# What these are cut off from is not their database: a panel about their connection may say so.
STILL_CONNECTED = frozenset({"Paused", "Kafka lost", "No events", "Snapshot"})
# A paused one still has its place.
PLACED = frozenset({"Offset", "GTIDs"})


def subject(name: str) -> str:
    """Return what the truth calls a connector that a dashboard names by topic prefix, or by Kafka Connect's name."""
    return name.removesuffix("-server").removesuffix("-connector")


def tables(glance: Glance) -> Iterator[tuple[str, list[Mapping[str, Shown]]]]:
    for title, seen in glance.seen.items():
        if seen.kind == "table":
            yield title, [row for row in rows(seen) if "Connector" in row]


def wrong_in(recording: Recording, found: list[Glance], *, late: float = 0.0) -> Iterator[str]:
    """Yield what is shown and not so.

    Args:
        recording: what the series did.
        found: what people see.
        late: how old, in seconds, what they see may be: what is recorded is as old as its last evaluation.
    """
    for glance in found:
        place = f"{recording.fault} {glance.dashboard} {glance.moment} {glance.chosen}"
        for title, seen in glance.seen.items():
            if seen.kind == "state-timeline":
                yield from (f"{place} {title}: {each}" for each in wrong_in_lanes(recording, glance, seen, late))
        for title, shown in tables(glance):
            listed = {}
            for row in shown:
                name = subject(row["Connector"].text)
                if "State" in row:
                    listed[name] = row["State"].text
                yield from (f"{place} {title}: {each}" for each in wrong_in_row(recording, glance, name, row, late))
            if glance.dashboard in LESSONS or title in LISTS_ALL:
                yield from (f"{place} {title}: {each}" for each in missing(recording, glance, listed, late))


def wrong_in_lanes(recording: Recording, glance: Glance, seen: Seen, late: float) -> Iterator[str]:
    """Yield the lanes of a state timeline that end better than it is with a worker, slot or connector."""
    for each in seen.shown:
        # A slot's lane is named by its connector and itself.
        name = "slot" if each.name.split()[-1:] == ["debezium"] else subject(each.name)
        states, _ = acceptable(recording, name, glance.at, late)
        if not states:
            continue
        well = {"Up", "Active", "Connected"} & {each.text}  # other words of a timeline are about something else
        if (well and not states & (well | STILL_CONNECTED)) or (each.text == "Kept" and states == {"Lost"}):
            yield f"{each.name} is {'/'.join(sorted(states))}, shown {each.text} in {each.color}"


def acceptable(recording: Recording, name: str, at: float, late: float = 0.0) -> tuple[frozenset[str], bool]:
    """Return the states that a connector may be shown in, and whether no metric can tell one of them.

    A recording has each scrape at its place in a grid, up to one interval before it was made. While one state becomes
    another, what lies between the two is so for a scrape or two: a worker is gone before the last of them is.
    """
    known = truth(recording.fault)
    if name not in known:
        return frozenset(), False
    held, time = held_of(recording.fault), at - BEFORE
    now, is_blind = states_at(recording, name, time, held=held)
    soon, _ = states_at(recording, name, time + recording.interval, held=held)
    before, _ = states_at(recording, name, time - late, held=held)
    states = now | soon | before
    possible = possible_states(name)
    ranks = sorted(possible.index(each) for each in states)
    between = possible[ranks[0] : ranks[-1] + 1] if len(known[name]) > 1 and len(states) > 1 else ()
    return states | frozenset(between), is_blind


def wrong_in_row(
    recording: Recording, glance: Glance, name: str, row: Mapping[str, Shown], late: float
) -> Iterator[str]:
    states, is_blind = acceptable(recording, name, glance.at, late)
    state = row["State"].text if "State" in row else ""
    if state and state not in states:
        yield f"{name} is {'/'.join(sorted(states))}, shown {state}"
    for column in (MEASURED | PLACED) & row.keys():
        cell = row[column]
        dead = DEAD - {"Paused"} if column in PLACED else DEAD
        if states and states <= dead and (cell.text, cell.color) != (NO_VALUE, GREY):
            yield f"{name} is {'/'.join(sorted(states))}, and its {column} reads {cell.text} in {cell.color}"
    if (
        is_blind
        and state
        and {"Lag", "Last event"} <= row.keys()
        and row["Last event"].text == NO_VALUE
        and row["Lag"].text != NO_VALUE
    ):
        yield f"nobody can tell whether {name} is {state}, and the age of its last event is not beside its lag"


def missing(recording: Recording, glance: Glance, listed: Mapping[str, str], late: float) -> Iterator[str]:
    """Yield the lab's connectors that are not listed; who was there within the range is."""
    kinds = KINDS.get(glance.dashboard, ("mysql", "mariadb", "postgres"))
    if glance.chosen != ALL:
        kinds = kinds[:1]
    for name in kinds:
        states, _ = acceptable(recording, name, glance.at, late)
        if name not in listed and "Absent" not in states:
            yield f"{name} is {'/'.join(sorted(states))}, and is not listed"
    if glance.chosen != ALL:
        yield from (f"{name} is listed, and was not chosen" for name in listed if name not in kinds)
