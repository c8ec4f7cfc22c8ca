"""Ask what the dashboards ask of every recorded fault, for the wheel: who installs it sees them without a Prometheus.

`python tools/preview_answers.py` writes dashlib/preview/assets/answers, which is not committed. It takes some seconds a
recording and core.
"""

from __future__ import annotations

import concurrent.futures
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from dashlib.compile.loading import load_project  # noqa: E402
from dashlib.compile.project import compile_project  # noqa: E402
from dashlib.preview.cache import SHIPPED  # noqa: E402
from dashlib.preview.looking import Started  # noqa: E402
from dashlib.preview.sources import of_recording, recording_named, shipped  # noqa: E402


def ask(name: str) -> str:
    """Keep the answers of one recording; return its name."""
    documents = compile_project(load_project(ROOT))
    Started(of_recording(recording_named(name)), ROOT, [SHIPPED]).look(
        [each.data for each in documents if each.kind == "dashboard"],
        [each for each in documents if each.kind == "rules"],
    )
    return name


def main() -> int:
    """Keep the answers of all."""
    shutil.rmtree(SHIPPED, ignore_errors=True)
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        done = list(pool.map(ask, shipped()))
    size = sum(file.stat().st_size for file in SHIPPED.iterdir())
    print(f"answers of {len(done)} recordings: {size / 2**20:.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
