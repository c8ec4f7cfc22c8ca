"""`python -m tests.fuzz`: every target for a number of rounds, with atheris where it is installed, else Hypothesis.

atheris follows the branches that an input takes and so gets deeper; it is no dependency, as it has no wheels for every
system: `pip install atheris` in the virtual environment is enough.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import subprocess
import sys
import time

TARGETS = ("json", "promql", "yaml")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", default=TARGETS, help=", ".join(TARGETS))
    parser.add_argument("--rounds", type=int, default=20_000, help="inputs for each target")
    parser.add_argument("--with-atheris", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.with_atheris:
        _atheris(arguments.with_atheris, arguments.rounds)
        return
    for name in arguments.targets:
        started = time.monotonic()
        if importlib.util.find_spec("atheris") is not None:
            # a process each: atheris ends the one that it runs in
            command = [sys.executable, "-m", "tests.fuzz", "--with-atheris", name, "--rounds", str(arguments.rounds)]
            done = subprocess.run(command, check=False)
            if done.returncode:
                sys.exit(done.returncode)
        else:
            _hypothesis(name, arguments.rounds)
        sys.stdout.write(f"{name}: {arguments.rounds} rounds in {time.monotonic() - started:.0f} s\n")


def _hypothesis(name: str, rounds: int) -> None:
    from hypothesis import HealthCheck, Phase, given, settings

    from tests.fuzz.inputs import INPUTS
    from tests.fuzz.targets import TARGETS as FUNCTIONS

    @settings(
        max_examples=rounds,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(INPUTS[name])
    def run(data: bytes) -> None:
        FUNCTIONS[name](data)

    run()


def _atheris(name: str, rounds: int) -> None:
    import tempfile
    from pathlib import Path

    atheris = importlib.import_module("atheris")  # mypy knows it by its stubs only

    with atheris.instrument_imports(include=["dashlib.lint", "dashlib.lint.checks", "dashlib.promql"]):
        from tests.fuzz.inputs import SEEDS
        from tests.fuzz.targets import TARGETS as FUNCTIONS
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(SEEDS[name]):
            (Path(folder) / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], f"-runs={rounds}", "-verbosity=0", folder], FUNCTIONS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
