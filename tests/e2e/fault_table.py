"""`python -m tests.e2e.fault_table`: writes docs/faults.md, what each recorded fault makes fire.

Also holds what a fault makes fire against what it must, for the tests.
"""

from __future__ import annotations

import argparse
import functools
import shutil
import sys
import tomllib
from typing import TYPE_CHECKING

from attrs import frozen

from dashlib.glance.questions import ALL
from dashlib.recordings.drawing_out import HELD
from dashlib.recordings.recording import Recording

from .faults import FAULTS
from .glances import Glance, glances, rows, subject
from .lab import ROOT
from .replay import RECORDINGS, Fired
from .truth import EXPECTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAGE = ROOT / "docs" / "faults.md"
# What a fault's table in `expected.toml` may hold.
_KEYS = frozenset({"fires", "one_of", "may", "silenced", "lasts", "note", "truth"})

_HEAD = f"""\
# What each fault makes fire

Each fault was injected into the running stack (`make e2e`), with the lab's three connectors under load, and every
series was recorded in `tests/e2e/recordings/`. This table shows which of the compiled rules fire on the recordings:
promtool replays them, with the peak of each fault extended by {HELD // 60} minutes, because Debezium's own timers
cannot be shortened and a rule may need ten minutes to fire. No threshold, range, `for` or interval is changed. Times
are from the start of the fault until the alert fires.

An alert in parentheses fires but is inhibited by another one: Alertmanager's inhibition (`alerts/notifications.py`)
turns one problem into one notification.

This page is written by `python -m tests.e2e.fault_table`; the tests check it against the recordings.

| fault | fires | what to know |
|---|---|---|
"""
_SEEN = """
## What a person sees three minutes in

The first row of each dashboard, with everything chosen, three minutes after the start of the fault (a healthy lab
after ten), as Grafana shows it; read by `dashlib/glance/` in the same replay. `tests/e2e/expected.toml` states by
hand what is true at each moment, and `make test-slow` checks every panel of current values against it: 0, 1, 3 and 10
minutes after the start, and three after the end.

| fault | Production | MySQL | Connect | Alerts |
|---|---|---|---|---|
"""


@frozen
class Expected:
    """What a fault must make fire.

    Attributes:
        fires: alert and topic prefix, `DebeziumDisconnected postgres-server`, of all that must fire.
        one_of: those of which exactly one must fire, by what the fault happened to meet.
        may: of those that fire or not, by how fast the machine is.
        silenced: of those that fire, the ones that Alertmanager holds back because of others.
        lasts: of those that fire, by name, the alerts that look back for so long that they go on when all is mended.
        note: what a person on call should know of it.
        asked: the alerts that any fault's expectation names. Another one is too new for these recordings to say when it
            must fire; where nothing fires it must be silent like all others.
    """

    fires: frozenset[str]
    one_of: frozenset[str]
    may: frozenset[str]
    silenced: frozenset[str]
    lasts: frozenset[str]
    note: str
    asked: frozenset[str] = frozenset()

    def difference(self, fired: Sequence[Fired]) -> str:
        """Return what differs from it, in words; empty if nothing does."""
        told = {f"{each.alert} {each.server}" for each in fired if not each.inhibited}
        silenced = {f"{each.alert} {each.server}" for each in fired if each.inhibited}
        said = [f"silent: {name}" for name in sorted(self.fires - told - silenced)]
        if self.one_of and len(self.one_of & told) != 1:
            said.append(f"not one of them fires: {', '.join(sorted(self.one_of))}")
        known = self.fires | self.one_of | self.may | self.silenced
        unexpected = sorted((told | silenced) - known)
        said += [f"fires: {name}" for name in unexpected if not self.fires or name.partition(" ")[0] in self.asked]
        said += [f"held back: {name}" for name in sorted(silenced & self.fires)]
        said += [f"not held back: {name}" for name in sorted(self.silenced - silenced)]
        going_on = {each.alert for each in fired if not each.ended}
        going_on &= self.asked
        said += [f"goes on after everything was mended: {name}" for name in sorted(going_on - self.lasts)]
        return "; ".join(said)


def expected() -> Mapping[str, Expected]:
    """Return what each fault must make fire. What is true while it lasts, `truth.truth` returns.

    Raises:
        ValueError: `expected.toml` holds a key that nobody reads.
    """
    table = tomllib.loads(EXPECTED.read_text(encoding="utf-8"))
    for fault, facts in table.items():
        if unknown := facts.keys() - _KEYS:
            raise ValueError(f"{EXPECTED.name}, {fault}: unknown key {min(unknown)!r}; known are {sorted(_KEYS)}")
    lists = ("fires", "one_of", "may", "silenced")
    asked = frozenset(
        name.partition(" ")[0] for facts in table.values() for each in lists for name in facts.get(each, ())
    )
    return {
        fault: Expected(
            frozenset(facts["fires"]),
            frozenset(facts.get("one_of", ())),
            frozenset(facts.get("may", ())),
            frozenset(facts.get("silenced", ())),
            frozenset(facts.get("lasts", ())),
            facts["note"],
            asked,
        )
        for fault, facts in table.items()
    }


@functools.cache
def recording_of(fault: str) -> Recording:
    """Return the committed recording of a fault."""
    return Recording.read(RECORDINGS / f"{fault}.json.gz")


def page(fired: Sequence[str], seen: Sequence[str]) -> str:
    """Return the page's text, with the rows of each fault: what fires, and what a person sees."""
    versions = recording_of(next(iter(FAULTS))).versions
    ran = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return (
        _HEAD
        + "".join(fired)
        + _SEEN
        + "".join(seen)
        + f"\nRecorded with {ran}; the connectors' names are their kind.\n"
    )


def row(fault: str, fired: Sequence[Fired]) -> str:
    """Return a fault's row of the page: what fired, and what to know of it."""
    return f"{beginning_of_row(fault)}{_fired(fired) or 'nothing'} | {expected()[fault].note} |\n"


def row_of_glances(fault: str, found: Sequence[Glance]) -> str:
    """Return a fault's row of what a person sees of each dashboard, three minutes in."""
    moment = "10:00" if fault == "healthy" else "3:00"
    by_dashboard = {each.dashboard: each for each in found if each.chosen == ALL and each.moment == moment}
    cells = [
        _first_row(by_dashboard[f"debezium-{name}"], "Connector Status", "Connected Status")
        for name in ("production", "mysql", "connect")
    ]
    cells.append(_alerts(by_dashboard["debezium-alerts"]))
    return f"{beginning_of_row(fault)}{' | '.join(cells)} |\n"


def _first_row(glance: Glance, *titles: str) -> str:
    [seen] = [glance.seen[title] for title in titles if title in glance.seen]
    states: dict[str, list[str]] = {}
    for each in rows(seen):
        states.setdefault(each["State"].text, []).append(subject(each["Connector"].text))
    return "<br>".join(f"{state}: {', '.join(sorted(names))}" for state, names in states.items()) or seen.empty


def _alerts(glance: Glance) -> str:
    """Return what the first table of the alerts dashboard says: of each alert, its state and how often."""
    seen = next(each for each in glance.seen.values() if each.kind == "table")
    counts: dict[tuple[str, str], int] = {}
    for each in rows(seen):
        key = (each["State"].text, each["Alert"].text)
        counts[key] = counts.get(key, 0) + 1
    told = [f"{state}: {alert}{f' ({count})' if count > 1 else ''}" for (state, alert), count in sorted(counts.items())]
    return "<br>".join(told) or seen.empty


def beginning_of_row(fault: str) -> str:
    """Return how a fault's row of the page begins."""
    return f"| {FAULTS[fault].title} | "


def _fired(fired: Sequence[Fired]) -> str:
    by_alert: dict[tuple[str, bool], list[Fired]] = {}
    for each in fired:
        by_alert.setdefault((each.alert, each.inhibited), []).append(each)
    lines = []
    for (alert, inhibited), group in by_alert.items():
        told = ", ".join(f"{each.server.partition('-')[0]} {_minutes(each.after)}" for each in group)
        line = f"{alert} ({group[0].severity}): {told}"
        lines.append(f"({line})" if inhibited else line)
    return "<br>".join(sorted(lines, key=lambda line: line.startswith("(")))


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def main() -> int:
    """Write the page, or with `--check` say whether it is as it would be written."""
    parser = argparse.ArgumentParser(description="Write docs/faults.md from the recordings.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if the page would change")
    arguments = parser.parse_args()
    promtool = shutil.which("promtool")
    if promtool is None:
        sys.stderr.write("promtool is not on PATH; `make promtool` fetches it into .tools/\n")
        return 2
    fired, seen = [], []
    for recording in map(recording_of, FAULTS):
        alerts, found = glances(recording, promtool)
        fired.append(row(recording.fault, alerts))
        seen.append(row_of_glances(recording.fault, found))
    text = page(fired, seen)
    if arguments.check:
        return int(PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
