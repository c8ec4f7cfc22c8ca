"""Lint finds nothing in this project's own declarations."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_lint_is_silent_here() -> None:
    command = [sys.executable, "-m", "dashlib", "lint", "--project", str(ROOT)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert ran.stdout.startswith("no findings (")
