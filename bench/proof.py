"""How long `dashlib test` takes, all proofs and scenarios of this project: `python bench/proof.py`.

Held against what a person waits for without doing something else meanwhile: 20 seconds on two cores. Exit code 1 when
it takes longer.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 20.0
ROUNDS = 3
COMMAND = (sys.executable, "-m", "dashlib", "test")
OVER, BROKEN = 1, 2


def main() -> int:
    """Run it, print how long it took, and return 1 when that is too long."""
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
    return OVER if verdict == "over" else 0


if __name__ == "__main__":
    sys.exit(main())
