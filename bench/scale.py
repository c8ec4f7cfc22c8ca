"""What the rules and dashboards cost a Prometheus with many connectors: `python bench/scale.py [CONNECTORS]`.

A real Prometheus from `make promtool` is given the series of so many connectors (`bench/fleet.py`), an hour of them
and a day of what rules look back on for a day. It evaluates the compiled rules; then everything that each dashboard
asks at its defaults is asked once, as Grafana would: all variables at All, ranges with the step of a screen 1,920
pixels wide, collapsed rows left closed. The course's dashboards, where they are found, are asked the same way.

CPU seconds are of the Prometheus process, so that the figures say the same on a busy machine, nearly. Everything is
measured for a tenth of the connectors, too: the column *growth* is the ratio. Exit code 1 where a goal is missed,
2 where something does not run.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.fleet import ROOT, STALE, fleet
from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project, serialize
from dashlib.documents.dashboards import Dashboard
from dashlib.documents.variable_queries import series_text, values
from dashlib.glance.questions import Look
from dashlib.servers.remote_write import Writer, labels_bytes, samples_bytes
from tests.doctor.running import LOOPBACK, ask, free_port, wait_until
from tests.programs import find_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.fleet import Series
    from dashlib.compile.loading import Project
    from dashlib.documents.document import Document

FINE, OVER, BROKEN = 0, 1, 2
INTERVAL: Final = 15
A_DAY: Final = 86_400
# Scrapes that are written at once: ten minutes, and of what is looked back on 45. Prometheus takes none an hour old.
CHUNK: Final = 40
DAY_CHUNK: Final = 180
# Samples are written for so long after now: as long as rules are watched and doctor examines.
AHEAD: Final = 900
# CPU seconds in three at which nothing is being done.
IDLE: Final = 0.1
# Rules are watched for so long, in seconds: two evaluations of each group.
WATCHED: Final = 60
# Grafana asks annotations with this step, in seconds, unless they name one.
ANNOTATION_STEP: Final = 60
# The kernel's clock ticks for a process are 10 ms; this is exact, where it is there.
_SCHEDULED: Final = "schedstat"
# Goals of a dashboard at ten thousand connectors, on two cores.
GOAL_RULES: Final = 5.0
GOAL_ALERTS: Final = 2.0
GOAL_SERIES: Final = 1_000
GOAL_BYTES: Final = 1_000_000
GOAL_DOCTOR: Final = 60.0
GOAL_RAW: Final = 1.0
GOAL_RECORDED: Final = 0.1
# The setting by which panels read what is recorded.
ORIGINALS: Final = ("debezium-production", "debezium-mysql", "debezium-connect")


@attrs.frozen
class Cost:
    """What it cost to ask something.

    Attributes:
        cpu: seconds of Prometheus' CPU time.
        seconds: until the whole answer was there.
        samples: that were looked at.
        series: that were answered.
        size: of the answer, in bytes, not compressed.
        error: what Prometheus said instead of an answer; empty for an answer.
    """

    cpu: float = 0.0
    seconds: float = 0.0
    samples: int = 0
    series: int = 0
    size: int = 0
    error: str = ""

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.cpu + other.cpu,
            self.seconds + other.seconds,
            self.samples + other.samples,
            self.series + other.series,
            self.size + other.size,
            self.error or other.error,
        )


@attrs.frozen
class Line:
    """One thing that was measured.

    Attributes:
        group: the rule file, or the dashboard with how it was compiled.
        name: of the rule, panel, variable or annotation.
        kind: `rule`, `panel`, `variable`, `annotation`, or `collapsed` for a panel that is not asked at first.
        cost: of asking it once.
        evaluation: of a rule, the seconds that Prometheus says its last evaluation took.
        tenth: its cost with a tenth of the connectors; None where it was not measured.
    """

    group: str
    name: str
    kind: str
    cost: Cost
    evaluation: float = 0.0
    tenth: Cost | None = None


@attrs.frozen
class Measured:
    """Everything that was measured on one fleet.

    Attributes:
        connectors: how many.
        series: how many those have.
        lines: of rules, and of dashboards.
        rules_cpu: CPU seconds a minute that Prometheus takes more when it evaluates the rules.
        rules_seconds: that it says one evaluation of all groups takes.
        firing: alerts that fire, with those that are pending.
        doctor_seconds: that `dashlib doctor` took.
        doctor_cpu: CPU seconds of the same.
        memory: of Prometheus at its peak, in bytes.
    """

    connectors: int
    series: int
    lines: tuple[Line, ...]
    rules_cpu: float
    rules_seconds: float
    firing: int
    doctor_seconds: float
    doctor_cpu: float
    memory: int


class Server:
    """A Prometheus that somebody else started, on the loopback.

    Attributes:
        port: it listens on.
        pid: of its process.
        rounds: how often everything is asked.
    """

    def __init__(self, port: int, pid: int, rounds: int = 3) -> None:
        self.port = port
        self.pid = pid
        self.rounds = rounds
        self._connection = http.client.HTTPConnection(LOOPBACK, port, timeout=900)

    @property
    def url(self) -> str:
        """Its URL."""
        return f"http://{LOOPBACK}:{self.port}"

    def cpu(self) -> float:
        """Return the CPU seconds that its process took until now."""
        threads = Path(f"/proc/{self.pid}/task")
        with contextlib.suppress(OSError, ValueError):
            return sum(int((each / _SCHEDULED).read_text().split()[0]) for each in threads.iterdir()) / 1e9
        form = self.asked("/api/v1/query", {"query": "process_cpu_seconds_total"})[0]
        return float(form["data"]["result"][0]["value"][1])

    def memory(self) -> int:
        """Return how much memory its process took at most, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

    def asked(self, path: str, form: Mapping[str, str] | None = None, method: str = "POST") -> tuple[Any, int]:
        """Ask, and return the answer and its size in bytes."""
        body = urllib.parse.urlencode(form or {})
        if method == "GET":
            path, body = f"{path}?{body}", ""
        self._connection.request(method, path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = self._connection.getresponse()
        content = answer.read()
        return (json.loads(content) if content[:1] == b"{" else {}), len(content)

    def cost(self, path: str, form: Mapping[str, str], method: str = "POST") -> Cost:
        """Ask a few times, and return what that cost: the median, because memory is cleaned up now and then."""
        found = sorted((self._cost(path, form, method) for _ in range(self.rounds)), key=lambda cost: cost.cpu)
        return found[len(found) // 2]

    def _cost(self, path: str, form: Mapping[str, str], method: str) -> Cost:
        before, began = self.cpu(), time.perf_counter()
        answer, size = self.asked(path, form, method)
        took, cpu = time.perf_counter() - began, self.cpu() - before
        data = answer.get("data")
        if answer.get("status") != "success":
            return Cost(cpu, took, error=str(answer.get("error", "no answer")))
        if isinstance(data, list):
            return Cost(cpu, took, 0, len(data), size)
        samples = data.get("stats", {}).get("samples", {}).get("totalQueryableSamples", 0)
        found = data["result"]
        # The statistics are there because we asked for them.
        plain = size - len(json.dumps(data.get("stats", {}), separators=(",", ":")))
        return Cost(cpu, took, samples, len(found), plain)

    def instant(self, expression: str, at: float) -> Cost:
        """Ask an expression at one time."""
        return self.cost("/api/v1/query", {"query": expression, "time": f"{at:.3f}", "stats": "1"})

    def ranged(self, expression: str, start: float, end: float, step: float) -> Cost:
        """Ask an expression over a range."""
        times = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:.3f}"}
        return self.cost("/api/v1/query_range", {"query": expression, **times, "stats": "1"})


@contextlib.contextmanager
def started(program: str, folder: Path, rounds: int = 3) -> Iterator[Server]:
    """Start an empty Prometheus without rules, and stop it in the end."""
    port = free_port()
    configure(folder, [])
    log = folder / "prometheus.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={LOOPBACK}:{port}",
                "--web.enable-remote-write-receiver",
                "--web.enable-lifecycle",
                "--storage.tsdb.wal-compression",
                "--query.timeout=15m",  # CPU is what counts, and a busy machine takes its time
            ],
            stdout=output,
            stderr=output,
        )
        try:
            server = Server(port, process.pid, rounds)
            wait_until(lambda: bool(ask(server.url, "vector(1)")), process, log, 60)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=120)
            shutil.rmtree(folder / "data", ignore_errors=True)


def configure(folder: Path, rules: Sequence[Path]) -> None:
    """Write Prometheus' configuration."""
    text = {"global": {"evaluation_interval": "30s"}, "rule_files": [str(file) for file in rules]}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(text))


def fill(server: Server, connectors: int, minutes: int) -> int:
    """Write the samples of a fleet, until some time after now, and return how many series they are.

    Series that nothing looks back on begin an history of `minutes` ago.
    """
    began = int(time.time()) // INTERVAL * INTERVAL
    vanished = -(minutes * 60 // INTERVAL // 3)
    every: list[tuple[bytes, Series]] = [(labels_bytes(each.labels), each) for each in fleet(connectors, INTERVAL)]
    long = [pair for pair in every if pair[1].is_looked_back]
    with Writer(LOOPBACK, server.port) as writer:
        first = -(minutes * 60 // INTERVAL)
        for start in range(-A_DAY // INTERVAL, first, DAY_CHUNK):
            _write(writer, long, began, (start, min(start + DAY_CHUNK, first)), vanished)
            writer.flush()
        start = first
        while began + start * INTERVAL < time.time() + AHEAD:
            _write(writer, every, began, (start, start + CHUNK), vanished)
            writer.flush()
            start += CHUNK
    return len(every)


def _write(
    writer: Writer, series: Sequence[tuple[bytes, Series]], began: int, scrapes: tuple[int, int], vanished: int
) -> None:
    encoded: dict[tuple[int, int, bool], bytes] = {}
    for labels, each in series:
        key = (id(each.course), each.variant, each.vanishes)
        if key not in encoded:
            encoded[key] = samples_bytes(_samples(each, began, scrapes, vanished))
        writer.write(labels, encoded[key])


def _samples(series: Series, began: int, scrapes: tuple[int, int], vanished: int) -> Iterator[tuple[int, float]]:
    start, end = scrapes
    for scrape in range(start, min(end, vanished) if series.vanishes else end):
        yield (began + scrape * INTERVAL) * 1000, series.course.at(scrape - vanished * 3, series.variant)
    if series.vanishes and start <= vanished < end:
        yield (began + vanished * INTERVAL) * 1000, STALE


# --- measuring --------------------------------------------------------------------------------------------------------


def measure(
    program: str, project: Project, connectors: int, given: argparse.Namespace, originals: Sequence[Path]
) -> Measured:
    """Measure everything on a fleet of so many connectors."""
    compiled = {mode: compile_project(each) for mode, each in modes(project).items()}
    every_record = list(compiled.values())[-1]  # what panels read is recorded, too
    with tempfile.TemporaryDirectory() as name, started(program, Path(name), given.rounds) as server:
        folder = Path(name)
        tell(f"{connectors} connectors: writing their samples")
        series = fill(server, connectors, given.minutes)
        tell(f"{connectors} connectors, {series} series: evaluating the rules")
        files = [_written(document, folder) for document in every_record if document.kind == "rules"]
        rules_cpu, groups = watch(server, folder, files)
        at = time.time()
        firing = sum(len(rule.get("alerts") or ()) for group in groups for rule in group["rules"])
        tell(f"{connectors} connectors: dashlib doctor")
        doctor_seconds, doctor_cpu = doctor(server)
        reload(server, folder, [])
        tell(f"{connectors} connectors: asking rules and dashboards")
        lines = [*rule_lines(server, groups, at)]
        for mode, documents in compiled.items():
            for document in documents:
                if document.kind == "dashboard":
                    lines += _asked(server, document.data, at, f"{document.data['uid']}{mode}", closed=given.closed)
        for file in originals:
            content = json.loads(file.read_text())
            data = content.get("dashboard", content)
            lines += _asked(server, data, at, f"{file.stem} (original)", closed=given.closed)
        return Measured(
            connectors,
            series,
            tuple(lines),
            rules_cpu,
            sum(float(group["evaluationTime"]) for group in groups),
            firing,
            doctor_seconds,
            doctor_cpu,
            server.memory(),
        )


def _asked(server: Server, data: Mapping[str, Any], at: float, group: str, *, closed: bool) -> list[Line]:
    settle(server)  # memory of what was asked before is cleaned up at nobody's expense
    lines = list(dashboard_lines(server, data, at, group, closed=closed))
    total = sum((line.cost for line in lines if line.kind != "collapsed"), Cost())
    tell(f"  {group}: {total.cpu:.2f} s of CPU, {total.samples:,} samples {total.error}")
    return lines


def modes(project: Project) -> dict[str, Project]:
    """Return the project as it is, and as one of many connectors would have it: records read, and the worst listed."""
    many = attrs.evolve(project.configuration, panels_read_records=True, worst_only=True)
    return {"": project, " (records read, worst only)": attrs.evolve(project, configuration=many)}


def _written(document: Document, folder: Path) -> Path:
    file = folder / "rules" / document.path.name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(serialize(document))
    return file


def reload(server: Server, folder: Path, rules: Sequence[Path]) -> None:
    """Let Prometheus load these rule files."""
    configure(folder, rules)
    server.asked("/-/reload")


def watch(server: Server, folder: Path, files: Sequence[Path]) -> tuple[float, list[dict[str, Any]]]:
    """Let Prometheus evaluate rules; return the CPU seconds a minute they take, and the groups as it tells of them."""
    settle(server)
    before = server.cpu()
    _pause(20)
    idle = (server.cpu() - before) / 20
    reload(server, folder, files)
    deadline = time.monotonic() + 600
    while not all(not group["lastEvaluation"].startswith("0001") for group in loaded(server)):
        if time.monotonic() > deadline:
            raise OSError("Prometheus has not evaluated all rules after ten minutes")
        _pause(1)
    before, began = server.cpu(), time.monotonic()
    _pause(WATCHED)
    took = time.monotonic() - began
    used = server.cpu() - before
    return max(used / took - idle, 0.0) * 60, loaded(server)


def settle(server: Server) -> None:
    """Wait until Prometheus has nothing to do: it compacts what was written, and cleans up memory."""
    for _ in range(60):
        before = server.cpu()
        _pause(3)
        if server.cpu() - before < IDLE:
            return


def loaded(server: Server) -> list[dict[str, Any]]:
    """Return the rule groups as Prometheus tells of them."""
    groups: list[dict[str, Any]] = server.asked("/api/v1/rules", method="GET")[0]["data"]["groups"]
    return groups


def doctor(server: Server) -> tuple[float, float]:
    """Return the wall and the CPU seconds of `dashlib doctor`."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "dashlib", "doctor", "--prometheus", server.url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - began, used.ru_utime + used.ru_stime


def rule_lines(server: Server, groups: Sequence[Mapping[str, Any]], at: float) -> Iterator[Line]:
    """Ask the expression of each rule once, in the order in which Prometheus evaluates them."""
    for group in groups:
        for rule in group["rules"]:
            cost = server.instant(rule["query"], at)
            yield Line(Path(group["file"]).name, rule["name"], "rule", cost, float(rule["evaluationTime"]))


def dashboard_lines(
    server: Server, data: Mapping[str, Any], at: float, group: str, *, closed: bool = False
) -> Iterator[Line]:
    """Ask all that a dashboard asks at its defaults, as Grafana does.

    Args:
        server: which is asked.
        data: the dashboard.
        at: when, in seconds since 1970.
        group: of the lines.
        closed: collapsed rows stay closed: what stands in them is not asked.
    """
    dashboard = Dashboard(data)
    chosen: dict[str, list[str]] = {}
    look = Look(data, at, chosen, INTERVAL)
    times = {"start": f"{at - look.range:.3f}", "end": f"{at:.3f}"}
    for variable in dashboard.variables:
        asked = variable.asked[2]
        if asked is None:
            continue
        expression = look.fill_in(asked.expression, look.range, INTERVAL) if asked.expression else ""
        if asked.function == "label_values":
            form = {**times, "match[]": expression} if expression else times
            path = f"/api/v1/label/{urllib.parse.quote(asked.label)}/values"
            yield Line(group, variable.name, "variable", server.cost(path, form, "GET"))
        elif asked.function == "query_result":
            yield Line(group, variable.name, "variable", server.instant(expression, at))
            found = server.asked("/api/v1/query", {"query": expression, "time": f"{at:.3f}"})[0]["data"]["result"]
            # where All has no value of its own Grafana fills in all values
            chosen[variable.name] = values([series_text(each["metric"]) for each in found], variable.regex)
    for annotation in dashboard.annotations:
        if annotation.text and annotation.data.get("enable"):
            expression = look.fill_in(annotation.text, look.range, ANNOTATION_STEP)
            cost = server.ranged(expression, at - look.range, at, ANNOTATION_STEP)
            yield Line(group, annotation.name, "annotation", cost)
    for panel in dashboard.panels:
        kind = "panel" if panel.depth == 0 else "collapsed"
        if closed and kind == "collapsed":
            continue
        cost = Cost()
        for each in look.questions(panel.data):
            if each.is_range:
                step = each.times[1] - each.times[0]
                cost += server.ranged(each.expression, each.times[0], each.times[-1], step)
            else:
                cost += server.instant(each.expression, at)
        yield Line(group, panel.title, kind, cost)


# --- telling ----------------------------------------------------------------------------------------------------------


def opened(measured: Measured) -> dict[str, Cost]:
    """Return what it costs to open each dashboard at its defaults."""
    found: dict[str, Cost] = {}
    for line in measured.lines:
        if line.kind not in ("rule", "collapsed"):
            found[line.group] = found.get(line.group, Cost()) + line.cost
    return found


def goals(measured: Measured) -> list[tuple[str, float, float, str]]:
    """Return the goals of issue 15: what, how much it is, how much it may be, and its unit."""
    found = [("all rules, CPU a minute", measured.rules_cpu, GOAL_RULES, "s")]
    costs = opened(measured)
    for uid in ORIGINALS:
        original = costs.get(f"{uid} (original)")
        for mode, limit in (("", GOAL_RAW), (" (records read, worst only)", GOAL_RECORDED)):
            cost = costs.get(f"{uid}{mode}")
            if original is not None and cost is not None:
                found.append((f"{uid}{mode}, CPU by its original's", cost.cpu / original.cpu, limit, "of it"))
    alerts = [f"debezium-alerts{mode}" for mode in ("", " (records read, worst only)")]
    found += [(f"{name}, CPU", costs[name].cpu, GOAL_ALERTS, "s") for name in alerts if name in costs]
    own = [line for line in measured.lines if line.kind in ("panel", "collapsed") and "original" not in line.group]
    most = max(own, key=lambda line: line.cost.series)
    largest = max(own, key=lambda line: line.cost.size)
    found += [
        (f"most series of a panel ({most.group}: {most.name})", most.cost.series, GOAL_SERIES, "series"),
        (
            f"largest answer of a panel ({largest.group}: {largest.name})",
            largest.cost.size / 1e6,
            GOAL_BYTES / 1e6,
            "MB",
        ),
        ("dashlib doctor", measured.doctor_seconds, GOAL_DOCTOR, "s"),
    ]
    return found


def with_tenth(measured: Measured, tenth: Measured) -> Measured:
    """Return what was measured, each line with its cost for a tenth of the connectors."""
    before = {(line.group, line.name, line.kind): line.cost for line in tenth.lines}
    lines = [attrs.evolve(line, tenth=before.get((line.group, line.name, line.kind))) for line in measured.lines]
    return attrs.evolve(measured, lines=tuple(lines))


def table(measured: Measured, *, everything: bool) -> Iterator[str]:
    """Yield the tables for people."""
    yield (
        f"{measured.connectors} connectors, {measured.series} series; {platform.machine()}, {os.cpu_count()} cores; "
        f"Prometheus {measured.memory / 2**30:.1f} GiB at its peak; {measured.firing} alerts fire or are pending"
    )
    yield ""
    yield "## Goals (at 10,000 connectors on two cores)"
    yield ""
    yield "| goal | measured | at most | |"
    yield "|---|---|---|---|"
    for name, value, limit, unit in goals(measured):
        yield f"| {name} | {value:,.2f} {unit} | {limit:g} {unit} | {'ok' if value <= limit else 'over'} |"
    yield ""
    yield "## Opening a dashboard at its defaults"
    yield ""
    yield "| dashboard | CPU s | s | samples | series | MB |"
    yield "|---|---|---|---|---|---|"
    for name, cost in opened(measured).items():
        yield f"| {name} | {_figures(cost)} |"
    groups: dict[str, list[Line]] = {}
    for line in measured.lines:
        groups.setdefault("All rules" if line.kind == "rule" else line.group, []).append(line)
    for name, lines in groups.items():
        yield ""
        yield f"## {name}"
        yield ""
        rules = name == "All rules"
        if rules:
            yield (
                f"{measured.rules_cpu:.1f} s of CPU a minute; {measured.rules_seconds:.1f} s is what Prometheus says "
                "that one evaluation of all groups takes."
            )
            yield ""
        first, last = ("rule", "evaluated |") if rules else ("asked", "")
        yield f"| {first} | CPU s | s | samples | series | MB | growth | {last}"
        yield f"|---|---|---|---|---|---|---|{'---|' if rules else ''}"
        shown = lines if everything else sorted(lines, key=lambda line: -line.cost.cpu)[:20]
        for line in shown:
            label = line.name if line.kind in ("rule", "panel") else f"{line.name} ({line.kind})"
            note = f" **{line.cost.error[:80]}**" if line.cost.error else ""
            evaluated = f" {line.evaluation:.3f} |" if rules else ""
            yield f"| {label}{note} | {_figures(line.cost)} | {_growth(line)} |{evaluated}"


def _figures(cost: Cost) -> str:
    return f"{cost.cpu:.3f} | {cost.seconds:.3f} | {cost.samples:,} | {cost.series:,} | {cost.size / 1e6:.3f}"


def _growth(line: Line) -> str:
    if line.tenth is None or not line.tenth.cpu:
        return ""
    return f"{line.cost.cpu / line.tenth.cpu:.1f}"


def tell(what: str) -> None:
    """Say what is being done, to who waits."""
    print(what, file=sys.stderr, flush=True)


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def main(arguments: Sequence[str]) -> int:
    """Measure, print the tables, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("connectors", nargs="?", type=int, default=1000)
    parser.add_argument("--minutes", type=int, default=60, help="of history of every series (60)")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is asked; the median counts (3)")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder of the course's files")
    parser.add_argument("--no-growth", action="store_true", help="do not measure a tenth of the connectors, too")
    parser.add_argument("--closed", action="store_true", help="do not ask what stands in collapsed rows")
    parser.add_argument("--everything", action="store_true", help="print all lines, in order, not the dearest twenty")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    given = parser.parse_args(arguments)
    program = find_program("prometheus")
    if program is None:
        tell("there is no prometheus: make promtool fetches one without root on Debian and Ubuntu")
        return BROKEN
    folder = given.shared / "lessons" / "original"
    originals = [file for uid in ORIGINALS if (file := folder / f"{uid}.json").is_file()]
    if not originals:
        tell(f"the course's dashboards are not in {folder}: nothing is compared with them (pass SHARED=...)")
    project = load_project(ROOT)
    tenth = None
    if not given.no_growth and given.connectors >= 10 * 10:
        tenth = measure(program, project, given.connectors // 10, given, originals)
    measured = measure(program, project, given.connectors, given, originals)
    if tenth is not None:
        measured = with_tenth(measured, tenth)
    if given.format == "json":
        print(json.dumps({**attrs.asdict(measured), "goals": goals(measured)}, indent=1))
    else:
        print("\n".join(table(measured, everything=given.everything)))
    return OVER if any(value > limit for _, value, limit, _ in goals(measured)) else FINE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
