"""Measure dashlib beside grafanalib and the Grafana foundation SDK: `make bench`, or `python bench/run.py`.

Every figure is a ratio of two things measured in the same run, because a machine's speed is nobody's merit: CPU time
(user and system) and peak memory of whole processes, taken from the operating system when they end, the median of
runs that take turns. The peers live in a virtual environment of their own, `bench/.venv`, made at the first run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
VENV = HERE / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = (HERE / "requirements.txt", ROOT / "requirements" / "runtime.txt", ROOT / "pyproject.toml")
SHORT_RUNS_PER_ROUND = 4
OVER, BROKEN = 1, 2
LIBRARIES = ("dashlib", "grafanalib", "foundation-sdk")

Json = dict[str, Any]


class Usage(NamedTuple):
    """What a process took: seconds of CPU time, MiB of memory at its peak; and what it printed."""

    seconds: float
    mebibytes: float
    printed: bytes


class Measure(NamedTuple):
    """One line of the table; a limit of None says that the figure is for information."""

    name: str
    unit: str
    ours: float
    peer: float
    against: str
    limit: float | None

    @property
    def ratio(self) -> float:
        """Ours by the peer's."""
        return self.ours / self.peer

    @property
    def verdict(self) -> str:
        """`ok`, `over`, or nothing where there is no limit."""
        if self.limit is None:
            return ""
        return "ok" if self.ratio <= self.limit else "over"


class Broken(Exception):  # noqa: N818  # it is no mistake of the program, but of what it runs
    """Something that is measured does not work."""


def set_up() -> None:
    """Make `bench/.venv` with the peers and this dashlib, unless it is there and as the requirements say."""
    fingerprint = hashlib.sha256(b"".join(file.read_bytes() for file in REQUIREMENTS)).hexdigest()
    marker = VENV / ".is-set-up"
    if marker.is_file() and marker.read_text(encoding="utf-8") == fingerprint:
        return
    print(f"setting up {VENV} (once)", file=sys.stderr)
    pip = [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        [*pip, "--require-hashes", "-r", str(REQUIREMENTS[0])],
        [*pip, "--no-deps", "--editable", str(ROOT)],
    ):
        if subprocess.run(command, check=False).returncode:
            raise Broken(f"could not set up {VENV}: {' '.join(command)} failed")
    marker.write_text(fingerprint, encoding="utf-8")


def run(command: list[str]) -> Usage:
    """Run a command and return what it took.

    The kernel counts a child's memory from the moment of the fork on, so that no peak is below this program's own
    (some 20 MiB, and well below each peak of interest).
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors) as process:
            printed = process.stdout.read() if process.stdout is not None else b""
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise Broken(f"{' '.join(command)} ended with {process.returncode}:\n{errors.read().decode()}")
    in_kibibytes = used.ru_maxrss / 1024 if sys.platform == "darwin" else used.ru_maxrss
    return Usage(used.ru_utime + used.ru_stime, in_kibibytes / 1024, printed)


def outline(dashboard: Json) -> list[tuple[str, str, int]]:
    """Return kind, title and number of queries of every row and panel, in order."""
    panels = [panel for top in dashboard["panels"] for panel in (top, *(top.get("panels") or ()))]
    return [(panel["type"], panel["title"], len(panel.get("targets") or ())) for panel in panels]


def expressions(dashboard: Json) -> list[str]:
    """Return the PromQL of every query, in order."""
    panels = [panel for top in dashboard["panels"] for panel in (top, *(top.get("panels") or ()))]
    return [target["expr"] for panel in panels for target in panel.get("targets") or ()]


def check_likeness() -> None:
    """Refuse to compare libraries that do not make the same dashboard."""
    made = {
        library: json.loads(run([str(PYTHON), "-m", "bench.worker", library, "--show"]).printed)
        for library in LIBRARIES
    }
    ours = made.pop("dashlib")
    for library, theirs in made.items():
        if outline(ours) != outline(theirs):
            raise Broken(f"{library} and dashlib draw different panels: {outline(theirs)} and {outline(ours)}")
        different = sum(one != other for one, other in zip(expressions(ours), expressions(theirs), strict=True))
        if different:
            print(f"{different} queries are not dashlib's any more; see bench/dashboards/queries.py", file=sys.stderr)


def commands(count: int, folder: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return what is measured, by name: the short commands and the long ones. `@OUT` stands for a new folder.

    Args:
        count: number of dashboards of the long ones.
        folder: temporary folder for projects.
    """
    declaration = (HERE / "dashboards" / "with_dashlib.py").read_text(encoding="utf-8")
    many = f'dashboards = [make(f"bench-{{number}}", f"Benchmark {{number}}") for number in range({count})]\n'
    for name, text in (("one", declaration), ("many", f"{declaration}\n\n{many}")):
        (folder / name / "dashboards").mkdir(parents=True)
        (folder / name / "pyproject.toml").write_text("[tool.dashlib]\n", encoding="utf-8")
        (folder / name / "dashboards" / "bench.py").write_text(text, encoding="utf-8")
    shutil.copytree(HERE / "project", folder / "ours", ignore=shutil.ignore_patterns("__pycache__"))
    dashlib = str(VENV / "bin" / "dashlib")
    short = {
        "python": [str(PYTHON), "-c", ""],
        "import": [str(PYTHON), "-c", "import grafanalib.core"],
        "build": [dashlib, "build", "--project", str(folder / "one"), "--out", "@OUT"],
        "ours": [dashlib, "build", "--project", str(folder / "ours"), "--out", "@OUT"],
        "help": [dashlib, "--help"],
    }
    long = {library: [str(PYTHON), "-m", "bench.worker", library, str(count)] for library in LIBRARIES}
    many_dashboards = ["--project", str(folder / "many")]
    long["project"] = [dashlib, "build", *many_dashboards, "--out", "@OUT"]
    run([dashlib, "build", *many_dashboards])  # what is checked below
    long["check"] = [dashlib, "build", "--check", *many_dashboards]
    long["lint"] = [dashlib, "lint", *many_dashboards]
    return short, long


def take_turns(rounds: int, count: int) -> dict[str, list[Usage]]:
    """Run everything in turns, in the opposite order every second round, and return what each run took."""
    with tempfile.TemporaryDirectory(prefix="dashlib-bench-") as name:
        folder = Path(name)
        short, long = commands(count, folder)
        taken: dict[str, list[Usage]] = {command: [] for command in (*short, *long)}
        for command in short.values():  # writes the byte code that later runs find
            run([str(folder / "warm") if part == "@OUT" else part for part in command])
        for number in range(rounds):
            if sys.stderr.isatty():
                print(f"\rround {number + 1} of {rounds}", end="", file=sys.stderr, flush=True)
            turn = [*(list(short.items()) * SHORT_RUNS_PER_ROUND), *long.items()]
            for key, command in turn if number % 2 == 0 else turn[::-1]:
                with tempfile.TemporaryDirectory(dir=folder) as out:
                    taken[key].append(run([str(Path(out) / "new") if part == "@OUT" else part for part in command]))
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
    return taken


def measures(taken: dict[str, list[Usage]], count: int) -> list[Measure]:
    """Return the lines of the table."""
    milliseconds = {key: 1000 * statistics.median(usage.seconds for usage in runs) for key, runs in taken.items()}
    mebibytes = {key: statistics.median(usage.mebibytes for usage in runs) for key, runs in taken.items()}
    size = {library: int(taken[library][0].printed) / count for library in LIBRARIES}
    ours, theirs, sdk, bare, build = (
        "dashlib",
        "grafanalib",
        "foundation-sdk",
        "import grafanalib.core",
        "dashlib build",
    )
    together = f"{count:,} dashboards in one process"
    project = f"{count:,} dashboards, dashlib build"
    return [
        Measure(together, "ms CPU", milliseconds[ours], milliseconds[theirs], theirs, 0.27),
        Measure(together, "ms CPU", milliseconds[ours], milliseconds[sdk], sdk, 0.5),
        Measure("one dashboard, dashlib build", "ms CPU", milliseconds["build"], milliseconds["import"], bare, 1.3),
        Measure("this project, dashlib build", "ms CPU", milliseconds["ours"], milliseconds["import"], bare, 3.0),
        Measure("dashlib --help", "ms CPU", milliseconds["help"], milliseconds["import"], bare, 0.35),
        Measure(f"peak memory of {together}", "MiB", mebibytes[ours], mebibytes[theirs], theirs, 1.2),
        Measure(
            f"{count:,} dashboards, dashlib build --check",
            "ms CPU",
            milliseconds["check"],
            milliseconds["project"],
            build,
            1.5,
        ),
        Measure(
            f"{count:,} dashboards, dashlib lint", "ms CPU", milliseconds["lint"], milliseconds["project"], build, 8
        ),
        Measure("size of one dashboard", "bytes", size[ours], size[theirs], theirs, None),
        Measure("size of one dashboard", "bytes", size[ours], size[sdk], sdk, None),
        Measure("Python that does nothing", "ms CPU", milliseconds["python"], milliseconds["import"], bare, None),
        Measure(project, "ms CPU", milliseconds["project"], milliseconds[theirs], theirs, None),
        Measure(f"peak memory of {project}", "MiB", mebibytes["project"], mebibytes[theirs], theirs, None),
    ]


def show(lines: list[Measure], output_format: str) -> None:
    """Print the measures as a table for people, or as JSON for machines."""
    if output_format == "json":
        found = [{**line._asdict(), "ratio": round(line.ratio, 3), "verdict": line.verdict} for line in lines]
        print(json.dumps({"python": platform.python_version(), "measures": found}, indent=2))
        return
    rows = [("measure", "ours", "peer", "", "unit", "ratio", "limit", "")]
    rows += [
        (
            line.name,
            f"{line.ours:,.0f}",
            f"{line.peer:,.0f}",
            line.against,
            line.unit,
            f"{line.ratio:.2f}",
            "" if line.limit is None else f"{line.limit:.2f}",
            line.verdict,
        )
        for line in lines
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    align = "<>><<>><"
    for row in rows:
        cells = (f"{cell:{side}{width}}" for cell, side, width in zip(row, align, widths, strict=True))
        print("  ".join(cells).rstrip())


def main() -> int:
    """Measure, print, and return 1 when a limit is exceeded."""
    parser = argparse.ArgumentParser(description="Measure dashlib beside its peers; exit 1 when a limit is exceeded.")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="for people, or for machines")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything takes its turn (default: 5)")
    parser.add_argument("--dashboards", type=int, default=1000, help="dashboards in one process (default: 1000)")
    options = parser.parse_args()
    try:
        set_up()
        check_likeness()
        lines = measures(take_turns(options.rounds, options.dashboards), options.dashboards)
    except Broken as error:
        print(f"bench: {error}", file=sys.stderr)
        return BROKEN
    show(lines, options.format)
    return OVER if any(line.verdict == "over" for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
