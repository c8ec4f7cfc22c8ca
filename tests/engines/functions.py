"""`python -m tests.engines.functions`: PromQL and MetricsQL asked the same, over what the rules' functions may meet.

Prints what each function that a compiled rule uses gives on each engine. docs/engines.md keeps the differences.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from dashlib import promql
from dashlib.promql import tree as promql_tree
from dashlib.recordings.recording import ABSENT, GONE
from tests.e2e.lab import RULES
from tests.e2e.replay import samples_in
from tests.engines.victoriametrics import GONE as GONE_SAMPLE
from tests.engines.victoriametrics import victoriametrics
from tests.programs import find_program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.engines.victoriametrics import VictoriaMetrics

#: When the first sample is, in seconds since 1970, and how far apart samples are.
BEGINNING, STEP = 1_767_225_600.0, 15
NAN = "NaN for 7 minutes"
#: A series of each course, one sample each 15 s for 15 minutes, and asked at the last.
COURSES: Mapping[str, Sequence[str]] = {
    "constant": ["3"] * 61,
    "first seen 5 minutes ago at 3": [ABSENT] * 40 + ["3"] * 21,
    "first seen 5 minutes ago at 3, then 4": [ABSENT] * 40 + ["3"] * 10 + ["4"] * 11,
    "first seen 5 minutes ago at 1000": [ABSENT] * 40 + ["1000"] * 21,
    "from 0 to 2, 5 minutes ago": ["0"] * 40 + ["2"] * 21,
    "began anew 5 minutes ago": ["7"] * 40 + ["0"] * 10 + ["1"] * 11,
    "gone 5 minutes ago": ["3"] * 40 + [GONE] + [ABSENT] * 20,
    NAN: ["3"] * 32 + ["NaN"] * 29,
    "growing": [str(15 * at) for at in range(61)],
    "a single sample": [ABSENT] * 60 + ["3"],
}
#: What is asked of the series `x`; each function, aggregation and comparison of the rules is in one of them.
ASKED = (
    "x",
    "x == x",
    "x != x",
    "increase(x[10m])",
    "rate(x[10m])",
    "increase(x[10m]) * (rate(x[10m]) > bool 0)",
    "delta(x[10m])",
    "x - x offset 10m",
    "changes(x[10m])",
    "deriv(x[10m])",
    "deriv(x[10m]) != 0",
    "60 * deriv((max by (course) (x))[10m:30s])",
    "resets(x[10m])",
    "last_over_time(x[10m])",
    "max_over_time(x[10m])",
    "min_over_time(x[10m])",
    "last_over_time((group by (course) (x))[10m:1m])",
    "time() - max_over_time((timestamp(max by (course) (x) > 0))[10m:30s])",
    "sum by (course) (x)",
    "count by (course) (x)",
    "x / 0",
    'label_replace(x, "course", "$1", "course", "(.*)")',
)

Answers = dict[str, float]

_FIRST = "first seen 5 minutes ago at 3"
_THEN = "first seen 5 minutes ago at 3, then 4"
_SINGLE = "a single sample"
#: Where the engines differ: expression and course. Beside them, VictoriaMetrics keeps no NaN, whatever is asked.
DIFFERENT = frozenset(
    {
        *(("increase(x[10m])", course) for course in (_FIRST, _THEN, _SINGLE)),
        *(("delta(x[10m])", course) for course in (_FIRST, _THEN, _SINGLE)),
        *(("changes(x[10m])", course) for course in (_FIRST, _THEN, _SINGLE, "first seen 5 minutes ago at 1000")),
        ("rate(x[10m])", _THEN),
        ("increase(x[10m]) * (rate(x[10m]) > bool 0)", _THEN),
        ("deriv(x[10m])", _SINGLE),
        ("60 * deriv((max by (course) (x))[10m:30s])", _SINGLE),
    }
)


def of_promtool(promtool: str, expressions: Sequence[str]) -> list[Answers]:
    """Return what Prometheus' engine gives for each expression, by course."""
    never = [{"labels": '{never="so"}', "value": 1}]
    at = f"{60 * STEP}s"
    test = {
        "interval": f"{STEP}s",
        "input_series": [
            {"series": f"x{{course={json.dumps(course)}}}", "values": " ".join(values)}
            for course, values in COURSES.items()
        ],
        "promql_expr_test": [{"expr": each, "eval_time": at, "exp_samples": never} for each in expressions],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        yaml.safe_dump({"rule_files": [], "tests": [test]}, file)
        file.flush()
        done = subprocess.run([promtool, "test", "rules", file.name], capture_output=True, text=True, check=False)
    lines = [line.partition("got:")[2] for line in (done.stdout + done.stderr).splitlines() if "got:" in line]
    return [{labels["course"]: value for labels, value in samples_in(line)} for line in lines]


def write(engine: VictoriaMetrics) -> None:
    """Store the series of all courses."""
    engine.write(
        [
            (
                {"__name__": "x", "course": course},
                [
                    (BEGINNING + STEP * at, GONE_SAMPLE if value == GONE else float(value))
                    for at, value in enumerate(values)
                    if value != ABSENT
                ],
            )
            for course, values in COURSES.items()
        ]
    )


def of_victoriametrics(engine: VictoriaMetrics, expressions: Sequence[str]) -> list[Answers]:
    """Return what MetricsQL gives for each expression, by course."""
    at = BEGINNING + 60 * STEP
    return [{labels["course"]: value for labels, value in engine.ask(each, at)} for each in expressions]


def functions_of_the_rules() -> set[str]:
    """Return the functions that a compiled rule uses."""
    found = set()
    for file in RULES.glob("*.yml"):
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                nodes = promql_tree.walk(promql.read(rule["expr"]).tree)
                found |= {node.function for node in nodes if isinstance(node, promql_tree.Call)}
    return found


def same(first: Answers, second: Answers, course: str) -> bool:
    """Tell whether two engines give the same for a course: nothing, or numbers that differ by less than 6 %.

    Prometheus extrapolates an increase to the whole range, VictoriaMetrics does not.
    """
    if (course in first) != (course in second):
        return False
    if course not in first:
        return True
    one, other = first[course], second[course]
    return math.isclose(one, other, rel_tol=0.06) or (math.isnan(one) and math.isnan(other))


def main() -> int:
    """Print where the engines differ."""
    promtool, program = find_program("promtool"), find_program("victoria-metrics")
    if promtool is None or program is None:
        print("NOT RUN: PromQL and MetricsQL side by side: promtool or victoria-metrics is missing")  # noqa: T201
        return 0
    with tempfile.TemporaryDirectory() as folder, victoriametrics(program, Path(folder)) as engine:
        write(engine)
        pairs = zip(ASKED, of_promtool(promtool, ASKED), of_victoriametrics(engine, ASKED), strict=True)
        print("| expression | series | Prometheus | VictoriaMetrics |\n|---|---|---|---|")  # noqa: T201
        for asked, first, second in pairs:
            for course in COURSES:
                if not same(first, second, course):
                    one, other = (f"{each[course]:g}" if course in each else "nothing" for each in (first, second))
                    print(f"| `{asked}` | {course} | {one} | {other} |")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
