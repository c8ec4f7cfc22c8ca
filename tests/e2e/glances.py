"""What a person sees of each dashboard while a fault lasts: its queries asked in the replay, read as Grafana shows them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from attrs import frozen

from dashlib.glance import Answer, Seen, Series, is_about_now, see
from dashlib.glance.questions import ALL, Look
from dashlib.project import compile_project, load_project

from .lab import ROOT
from .replay import Fired, began_at, ended_at, replay_and_ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .recording import Recording

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
def dashboards() -> tuple[dict[str, Any], ...]:
    """Return the compiled dashboards of this project."""
    return tuple(document.data for document in compile_project(load_project(ROOT)) if document.kind == "dashboard")


def choices(dashboard: Mapping[str, Any]) -> list[str]:
    """Return what somebody chooses: all connectors, and one that each dashboard has."""
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    if "connector" not in names:
        return [ALL]
    return [ALL, "mysql-connector" if dashboard["uid"] == "debezium-connect" else "mysql-server"]


def glances(recording: Recording, promtool: str) -> tuple[list[Fired], list[Glance]]:
    """Return the alerts that a fault makes fire, and what people see of it.

    Args:
        recording: what the series did.
        promtool: path of the program.
    """
    looks = [
        (dashboard, chosen, moment, at)
        for dashboard in dashboards()
        for chosen in choices(dashboard)
        for moment, at in moments(recording).items()
    ]
    planned = []
    for dashboard, chosen, moment, at in looks:
        look = Look(dashboard, at, {"connector": chosen})
        panels = [panel for panel in look.panels() if is_about_now(panel)]
        # Of a range only its last step says how it is now.
        planned.append(
            (dashboard, chosen, moment, at, [(panel, [
                (question.ref_id, question.expression, question.times[-1]) for question in look.questions(panel)
            ]) for panel in panels])
        )  # fmt: skip
    asked = {(expression, at): None for *_, panels in planned for _, asks in panels for _, expression, at in asks}
    fired, answers = replay_and_ask(recording, promtool, list(asked))
    found = []
    for dashboard, chosen, moment, at, panels in planned:
        seen = {}
        for panel, asks in panels:
            given = [Answer(ref_id, _series(answers[expression, time], time)) for ref_id, expression, time in asks]
            seen[panel["title"]] = see(panel, given, now=at)
        found.append(Glance(dashboard["uid"], chosen, moment, at, seen))
    return fired, found


def _series(answered: Sequence[tuple[Mapping[str, str], float]], at: float) -> tuple[Series, ...]:
    return tuple(Series(labels, ((at, value),)) for labels, value in answered)


def rows(seen: Seen) -> list[dict[str, Any]]:
    """Return the rows of a table that somebody sees, by column title."""
    found: dict[int, dict[str, Any]] = {}
    for each in seen.shown:
        found.setdefault(each.row, {})[each.name] = each
    return [found[row] for row in sorted(found)]


def _main() -> None:
    import sys

    from .recording import Recording
    from .replay import RECORDINGS

    for fault in sys.argv[2:]:
        recording = Recording.read(RECORDINGS / f"{fault}.json.gz")
        _, found = glances(recording, sys.argv[1])
        print("==", fault)
        for each in found:
            if each.chosen != ALL:
                continue
            print(each.dashboard, each.moment)
            for title, seen in each.seen.items():
                print("   ", title, seen.empty)
                if seen.kind == "table":
                    for row in rows(seen):
                        print("      ", {name: f"{x.text} [{x.color}]" for name, x in row.items()})
                else:
                    print("      ", [(x.name, x.text, x.color) for x in seen.shown])


if __name__ == "__main__":
    _main()
