"""`python -m tests.mutants`: is a compiler that is wrong found out by the proofs? `make mutants` runs it.

Each mutation of the table is tried in a process of its own, as many side by side as there are cores.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from dashlib.errors import RemoteError
from tests.mutants import results, trials
from tests.mutants.mutations import MUTATIONS
from tests.mutants.running import run_all
from tests.mutants.trials import PROJECTS, Case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.mutants.mutating import Mutation

FINE, FINDINGS, WRONG_USE, NO_PROMTOOL = 0, 1, 2, 3


def main() -> int:
    """Try mutants, print what came of them, and return 1 where one is not found out that nobody listed."""
    arguments = _arguments()
    chosen = [each for each in MUTATIONS if not arguments.mutants or each.name in arguments.mutants]
    unknown = set(arguments.mutants) - {each.name for each in chosen}
    if unknown:
        sys.stderr.write(f"there is no mutant {', '.join(sorted(unknown))}; the table is tests/mutants/mutations.py\n")
        return WRONG_USE
    try:
        trials.promtool()
    except RemoteError as error:
        sys.stderr.write(f"{error.message}\n")
        return NO_PROMTOOL
    began = time.monotonic()
    report = results.Report(chosen, _tried(chosen, every=arguments.every), results.read_listed(), every=arguments.every)
    report = report.held_against(trials.prove_as_declared(report.killing_rules))
    if arguments.format == "json":
        sys.stdout.write(json.dumps(report.data(), indent=2) + "\n")
    else:
        sys.stdout.write(f"{report.text()}\n{time.monotonic() - began:.0f} s on {os.cpu_count()} cores\n")
    if arguments.record and not arguments.mutants:
        results.write_page(report)
    return FINE if report.is_fine else FINDINGS


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("mutants", nargs="*", metavar="MUTANT", help="names; all where none is given")
    parser.add_argument("--every", action="store_true", help="prove each changed rule, not only the first that fails")
    parser.add_argument("--record", action="store_true", help=f"keep the table in {results.PAGE.name}")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    return parser.parse_args()


def _tried(chosen: Sequence[Mutation], *, every: bool) -> list[trials.Trial]:
    for folder in PROJECTS:  # read and compiled once, before the processes part
        trials.as_it_is(Case(folder))

    def show(done: int, name: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{done} of {len(chosen)} mutants tried: {name}")
            sys.stderr.write("\n" if done == len(chosen) else "")
            sys.stderr.flush()

    return run_all(chosen, lambda mutation: trials.try_mutant(mutation, every=every), show)


if __name__ == "__main__":
    sys.exit(main())
