"""How long `dashlib test` takes, all proofs and scenarios of this project: `python bench/proof.py`.

Held against what a person waits for without doing something else meanwhile: 20 seconds on two cores. Exit code 1 when
it takes longer. `python bench/proof.py 1000` proves so many alerts of one project, and a tenth of them: its first
result must come as soon, and its memory be as much, but for a quarter.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 20.0
ROUNDS = 3
GROWTH = 1.25
COMMAND = (sys.executable, "-m", "dashlib", "test")
FINE, OVER, BROKEN = 0, 1, 2

DECLARATIONS = """\
from dashlib import Alert, Level, RuleGroup, Signal, ThresholdSet

METRICS = [
    "MilliSecondsBehindSource", "MilliSecondsSinceLastEvent", "QueueRemainingCapacity", "CurrentQueueSizeInBytes"
]
SIGNALS = [
    Signal(f"signal_{number}", metric, expression=f'max by (job, plugin, server) ({metric}{{context="streaming"}})',
        unit="none", drops_unknown=True, description="D.")
    for number, metric in enumerate(METRICS)
]
LEVELS = ThresholdSet(
    "levels", [Level(SIGNALS[n % len(SIGNALS)], f"level_{n}", above=n + 1, for_="1m") for n in range(COUNT)]
)
many = RuleGroup("many", file="many.yml", thresholds=LEVELS, rules=[
    Alert(f"Alert{n}", SIGNALS[n % len(SIGNALS)].above(f"level_{n}"), severity="warning", summary="S.",
        description="It is {value}.")
    for n in range(COUNT)
])
"""


def main(arguments: list[str]) -> int:
    """Run it, print how long it took, and return 1 when that is too long."""
    if arguments:
        return many(int(arguments[0]))
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        done = subprocess.run(COMMAND, check=False, cwd=ROOT, capture_output=True, text=True)
        taken.append(time.perf_counter() - began)
        if done.returncode:
            print(f"dashlib test ended with {done.returncode}:\n{done.stdout}{done.stderr}", file=sys.stderr)
            return BROKEN
    seconds = statistics.median(taken)
    verdict = "ok" if seconds <= LIMIT else "over"
    print(done.stdout.splitlines()[-1])
    print(f"{seconds:.1f} s on {os.cpu_count()} cores, {seconds / LIMIT:.2f} of {LIMIT:g} s  {verdict}")
    return OVER if verdict == "over" else FINE


def many(count: int) -> int:
    """Prove so many alerts, and a tenth of them, and return 1 when the many need more memory."""
    peaks = []
    for alerts in (max(count // 10, 1), count):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "alerts").mkdir()
            (folder / "pyproject.toml").write_text("[tool.dashlib]\n")
            (folder / "alerts" / "many.py").write_text(DECLARATIONS.replace("COUNT", str(alerts)))
            status, first, seconds, peak, last = measured(folder)
        print(f"{alerts} alerts: {seconds:.1f} s, first result after {first:.1f} s, {peak / 1024:.0f} MiB; {last}")
        if status:
            return BROKEN
        peaks.append(peak)
    growth = peaks[1] / peaks[0]
    verdict = "ok" if growth <= GROWTH else "over"
    print(f"memory {growth:.2f} of that for a tenth, limit {GROWTH:g}  {verdict}")
    return OVER if verdict == "over" else FINE


def measured(folder: Path) -> tuple[int, float, float, int, str]:
    """Return status, seconds to the first line and to the end, peak memory in KiB, and the last line."""
    began = time.perf_counter()
    with subprocess.Popen(COMMAND, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        last, first = "", 0.0
        for line in process.stdout or ():
            last, first = line.strip(), first or time.perf_counter() - began
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, first, time.perf_counter() - began, used.ru_maxrss, last


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
