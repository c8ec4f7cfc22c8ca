"""Measure a push of 1,000 dashboards on the test double: `python bench/push.py`.

Counted: requests for each hundred dashboards, and writes. Measured: CPU time of the pushing thread for each dashboard,
against a bare loop of `requests` that sends the same requests over one connection and parses the answers, in the same
run. The double runs in threads of its own, whose time does not count. Exit code 1 when a limit is exceeded.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import attrs
import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dashlib.compile.configuration import Configuration
from dashlib.compile.loading import Declared, Project
from dashlib.compile.project import compile_project
from dashlib.grafana.session import PushOptions, Session
from dashlib.grafana.targets import Target, connect
from dashlib.servers.access import Access
from tests.grafana.double import GrafanaDouble
from tests.grafana.trial import dashboard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.documents.document import Document
    from dashlib.grafana.session import PushReport
    from tests.grafana.double import Request

FINE, OVER, BROKEN = 0, 1, 2
HUNDRED = 100


class Measure(NamedTuple):
    """One line of the table; a limit of None says that the figure is for information."""

    name: str
    value: float
    limit: float | None

    @property
    def verdict(self) -> str:
        """`ok`, `over`, or nothing where there is no limit."""
        if self.limit is None:
            return ""
        return "ok" if self.value <= self.limit else "over"


class Pushed(NamedTuple):
    """A push that was measured.

    Attributes:
        seconds: CPU time of the pushing thread, reading and planning included.
        received: what the double was asked.
        report: what became of it.
    """

    seconds: float
    received: Sequence[Request]
    report: PushReport


def main() -> int:
    """Push, push again, push what has changed; print the table and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--dashboards", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    options = parser.parse_args()
    count: int = options.dashboards
    measures = [*_measured(count, kubernetes=True), *_measured(count, kubernetes=False)]
    if options.format == "json":
        print(json.dumps([measure._asdict() for measure in measures], indent=2))
    else:
        width = max(len(measure.name) for measure in measures)
        print(f"{'':{width}}  {'figure':>8}  {'limit':>6}")
        for measure in measures:
            limit = "" if measure.limit is None else f"{measure.limit:g}"
            print(f"{measure.name:{width}}  {measure.value:8.2f}  {limit:>6}  {measure.verdict}")
    return OVER if any(measure.verdict == "over" for measure in measures) else FINE


def _measured(count: int, *, kubernetes: bool) -> list[Measure]:
    endpoint = "list endpoint" if kubernetes else "classic endpoint"
    with GrafanaDouble(kubernetes=kubernetes) as grafana, tempfile.TemporaryDirectory() as folder:
        token = grafana.token("Editor")
        project, documents = _compiled(Path(folder), count)
        _push(grafana, token, project, documents)
        unchanged = _push(grafana, token, project, documents)
        changed = [attrs.evolve(each, data={**each.data, "description": "changed"}) for each in documents]
        updated = _push(grafana, token, project, changed)
        bare_unchanged = _bare(grafana, token, unchanged.received)
        bare_updated = _bare(grafana, token, updated.received)
    for pushed in (unchanged, updated):
        if pushed.report.failed or pushed.report.trouble:
            print(f"the push failed: {pushed.report.trouble or pushed.report.failed[0].message}", file=sys.stderr)
            raise SystemExit(BROKEN)
    hundreds = count / HUNDRED
    return [
        Measure(
            f"unchanged, {endpoint}: requests a hundred dashboards",
            len(unchanged.received) / hundreds,
            5 if kubernetes else HUNDRED + 2,
        ),
        Measure(f"unchanged, {endpoint}: writes", _writes(unchanged), 0),
        Measure(f"unchanged, {endpoint}: CPU against a bare loop", unchanged.seconds / bare_unchanged, 8),
        Measure(f"unchanged, {endpoint}: CPU, ms a dashboard", unchanged.seconds / count * 1000, None),
        Measure(f"changed, {endpoint}: writes a hundred dashboards", (_writes(updated) - 2) / hundreds, HUNDRED),
        Measure(f"changed, {endpoint}: CPU against a bare loop", updated.seconds / bare_updated, 4),
        Measure(f"changed, {endpoint}: CPU, ms a dashboard", updated.seconds / count * 1000, None),
    ]


def _compiled(root: Path, count: int) -> tuple[Project, list[Document]]:
    declared = tuple(Declared(dashboard(f"bench-{number}"), "dashboards/bench.py") for number in range(count))
    project = Project(root, Configuration(), declared)
    return project, compile_project(project)


def _push(grafana: GrafanaDouble, token: str, project: Project, documents: Sequence[Document]) -> Pushed:
    target, access = Target(grafana.url, owner="bench"), Access({"Authorization": f"Bearer {token}"})
    client = connect(target, access)
    session = Session(project, documents, target, access, PushOptions(check=False), client=client)
    before = len(grafana.requests)
    start = time.thread_time()
    report = session.push(session.plan())
    seconds = time.thread_time() - start
    client.close()
    return Pushed(seconds, grafana.requests[before:], report)


def _writes(pushed: Pushed) -> int:
    return sum(received.writes for received in pushed.received)


def _bare(grafana: GrafanaDouble, token: str, received: Sequence[Request]) -> float:
    """Return the CPU time of a loop that sends the same requests and does nothing with the answers but parse them."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        start = time.thread_time()
        for one in received:
            answer = session.request(
                one.method, grafana.url + one.path, json=one.body if one.writes else None, timeout=60
            )
            if answer.content:
                answer.json()
        return time.thread_time() - start


if __name__ == "__main__":
    sys.exit(main())
