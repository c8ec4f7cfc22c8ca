"""How long `dashlib doctor` takes on a Prometheus with many connectors: `python bench/doctor.py [CONNECTORS]`.

Pages of `/metrics` with a thousand connectors each are scraped on the loopback by the Prometheus that `make promtool`
fetches, and examined with the project's own set, rules included. Printed are the seconds of each examination, the
requests, and the memory that this program takes.
"""

from __future__ import annotations

import contextlib
import re
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashlib.compile.loading import load_project  # noqa: E402
from dashlib.compile.project import compile_project, rendering_of  # noqa: E402
from dashlib.doctor import examination, sets  # noqa: E402
from dashlib.servers.prometheus import Prometheus  # noqa: E402
from tests.doctor.running import Pages, running  # noqa: E402
from tests.programs import find_program  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "tests" / "metrics" / "streaming.own-rules.prom"
KINDS = ("mysql", "mariadb", "postgres")
ROUNDS = 3
A_PAGE = 1000


def page(connectors: range) -> str:
    """Return a page of metrics with these connectors, by number, a third of each kind."""
    lines = [line for line in PAGE.read_text().splitlines() if not line.startswith("#")]
    by_kind = {kind: [line for line in lines if f'"{kind}-' in line] for kind in KINDS}
    others = [line for line in lines if not any(f'"{kind}-' in line for kind in KINDS)]
    return "\n".join([*others, *_repeated(by_kind, connectors), ""])


def _repeated(by_kind: dict[str, list[str]], connectors: range) -> Iterator[str]:
    for number in connectors:
        kind = KINDS[number % len(KINDS)]
        for line in by_kind[kind]:
            yield re.sub(rf'"{kind}-(server|connector)"', rf'"{kind}-{number}-\1"', line)


def main() -> None:
    """Examine, and print how long it took."""
    connectors = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    program = find_program("prometheus")
    if program is None:
        sys.exit("there is no prometheus: make promtool fetches one without root on Debian and Ubuntu")
    project = load_project(ROOT)
    examined = sets.of_project(compile_project(project), rendering_of(project), 15.0)
    rules = sorted((ROOT / project.configuration.rules).glob("*.yml"))
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as served:
        ports = []
        for first in range(0, connectors, A_PAGE):
            text = page(range(first, min(first + A_PAGE, connectors)))
            ports.append(served.enter_context(Pages({"/metrics": (text, "text/plain; version=0.0.4")})).port)
        url = served.enter_context(
            running(
                program,
                Path(folder) / "prometheus",
                {"kafka-connect": ports},
                rule_files=rules,
                interval="15s",
                timeout="10s",
                evaluation="30s",
                seconds=240,
            )
        )
        prometheus = Prometheus(url)
        series = round(prometheus.query("count({job='kafka-connect'})").samples[0].value)
        print(f"{connectors} connectors, {series} series, {len(rules)} rule files")
        for _ in range(ROUNDS):
            began = time.perf_counter()
            sent = prometheus.api.sent
            report = examination.examine(prometheus, examined)
            took = time.perf_counter() - began
            problems = sorted({finding.kind for finding in report.problems}) or ["none"]
            print(
                f"{took:6.2f} s  {report.asked} queries  {prometheus.api.sent - sent} requests  "
                f"findings: {', '.join(problems)}"
            )
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        print(f"{memory:,.0f} MiB at the peak, with the pages that are served")
        for cost in report.costs[:5]:
            print(f"  {cost.seconds * 1000:7.1f} ms  {cost.touched:>8} samples  {cost.series:>6} series  {cost.place}")


if __name__ == "__main__":
    main()
