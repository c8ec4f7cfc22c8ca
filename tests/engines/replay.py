"""The recorded faults through MetricsQL: vmalert-tool evaluates the compiled rules over them, step by step.

`python -m tests.engines.replay` prints what differs from docs/faults.md, where promtool evaluates the same.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

from dashlib.recordings.drawing_out import drawn_out
from dashlib.recordings.recording import Series, contract
from tests.e2e.fault_table import PAGE, beginning_of_row, recording_of, row
from tests.e2e.faults import FAULTS
from tests.e2e.inhibition import inhibition_rules
from tests.e2e.replay import EVALUATION_SECONDS, fired_in, rules_in, rules_of, samples_in
from tests.programs import find_program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.recordings.recording import Recording
    from tests.e2e.replay import Fired

#: Alert and subject, and when it fires: minutes and seconds from the beginning of the fault.
Verdicts = dict[str, str]

#: When a unit test of vmalert-tool begins: the year 2000.
_BEGINNING = 946_684_800
_SLOWEST = 600
_NEVER = [{"labels": '{never="so"}', "value": 1}]
_FIRING = 'timestamp(ALERTS{alertstate="firing"})'
_ALERT = re.compile(r"(\w+) \(\w+\): ([^<|)]+)")


def replay(recording: Recording, vmalert_tool: str) -> list[Fired]:
    """Return the alerts that fire over a recording, drawn out as for promtool; sorted.

    Raises:
        ValueError: vmalert-tool does not take what it is given; the message is what it said.
    """
    series, total = drawn_out(recording)
    with rules_of(recording.fault) as folder:
        groups = rules_in(folder)
        scenario = {
            "rule_files": [str(file) for file in groups],
            "evaluation_interval": f"{EVALUATION_SECONDS}s",
            "group_eval_order": [name for names in groups.values() for name in names],
            "tests": [
                {
                    "interval": f"{recording.interval:g}s",
                    "input_series": [
                        {"series": Series(labels, "").name, "values": contract(values)} for labels, values in series
                    ],
                    "metricsql_expr_test": [
                        {
                            "expr": f"{function}_over_time({_FIRING}[{total:g}s:{EVALUATION_SECONDS}s])",
                            "eval_time": f"{total:g}s",
                            "exp_samples": _NEVER,
                        }
                        for function in ("min", "max")
                    ],
                }
            ],
        }
        first, last = _run(scenario, vmalert_tool)
    periods = [
        ({key: value for key, value in json.loads(labels).items() if key != "alertgroup"}, at, last[labels])
        for labels, at in first.items()
    ]
    return fired_in(recording, periods, total, inhibition_rules())


def _run(scenario: Mapping[str, object], vmalert_tool: str) -> list[dict[str, float]]:
    """Return what each expression gives, by labels as JSON, in seconds of the replay.

    None of them gives what is expected of it, so vmalert-tool says what it got instead.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump(scenario, file)
        file.flush()
        command = [vmalert_tool, "unittest", "--files", file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SLOWEST)
    output = done.stdout + done.stderr
    got = re.findall(r"^ *got:(.*?)\]?(?:\d{4}/\d\d/\d\d .*)?$", output, re.MULTILINE)
    if not got:
        raise ValueError(f"vmalert-tool refused the replay:\n{output[-3000:]}")
    return [
        {json.dumps(labels, sort_keys=True): value - _BEGINNING for labels, value in samples_in(line)} for line in got
    ]


def verdicts(row_of_the_page: str) -> Verdicts:
    """Return what a row of docs/faults.md says: when each alert fires, by alert and subject."""
    cell = row_of_the_page.split(" | ")[1]
    return {
        f"{alert} {told.rpartition(' ')[0]}": told.rpartition(" ")[2]
        for alert, subjects in _ALERT.findall(cell)
        for told in subjects.strip().split(", ")
    }


def differences(of_promtool: Verdicts, of_vmalert: Verdicts) -> tuple[list[str], list[str]]:
    """Return which verdicts differ, and which times; in words."""
    lost = [f"{each} does not fire" for each in sorted(of_promtool.keys() - of_vmalert.keys())]
    added = [f"{each} fires after {of_vmalert[each]}" for each in sorted(of_vmalert.keys() - of_promtool.keys())]
    later: dict[str, list[int]] = {}
    for each in of_promtool.keys() & of_vmalert.keys():
        if seconds := _seconds(of_vmalert[each]) - _seconds(of_promtool[each]):
            later.setdefault(each.partition(" ")[0], []).append(seconds)
    times = [
        f"{alert} {_span(found)} {'later' if min(found) > 0 else 'earlier' if max(found) < 0 else 'apart'}"
        for alert, found in sorted(later.items())
    ]
    return lost + added, times


def _span(seconds: list[int]) -> str:
    least, most = min(map(abs, seconds)), max(map(abs, seconds))
    return f"{most} s" if least == most else f"{least} to {most} s"


def _seconds(time: str) -> int:
    minutes, _, seconds = time.partition(":")
    return 60 * int(minutes) + int(seconds)


def main() -> int:
    """Print a table of faults, and return 1 if a verdict differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="only these; by default all that are recorded")
    chosen = parser.parse_args().faults
    vmalert_tool = find_program("vmalert-tool")
    if vmalert_tool is None:
        print(  # noqa: T201
            "NOT RUN: replay of the recorded faults through MetricsQL: there is no vmalert-tool; docs/engines.md says "
            "how to build one, or name it with VMALERT_TOOL=/path/to/vmalert-tool"
        )
        return 0
    if unknown := set(chosen) - FAULTS.keys():
        parser.error(f"{min(unknown)} is not a recorded fault; known are {', '.join(FAULTS)}")
    lines = PAGE.read_text(encoding="utf-8").splitlines(keepends=True)
    result = 0
    print("| fault | alerts | verdicts that differ | times that differ |\n|---|---|---|---|")  # noqa: T201
    for fault in FAULTS:
        if chosen and fault not in chosen:
            continue
        recording, beginning = recording_of(fault), beginning_of_row(fault)
        expected = verdicts(next(line for line in lines if line.startswith(beginning)))
        found = verdicts(row(fault, replay(recording, vmalert_tool)))
        wrong, times = differences(expected, found)
        said = f"{len(found)} | {'; '.join(wrong) or 'none'} | {'; '.join(times) or 'none'} |"
        print(f"{beginning}{said}", flush=True)  # noqa: T201
        result = 1 if wrong else result
    return result


if __name__ == "__main__":
    sys.exit(main())
