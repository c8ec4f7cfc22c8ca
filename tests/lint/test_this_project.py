"""Lint finds nothing in this project's own declarations."""

from __future__ import annotations

import os
from pathlib import Path

from tests.forking import run_dashlib

ROOT = Path(__file__).parents[2]


def test_lint_is_silent_here() -> None:
    ran = run_dashlib(["lint"], ROOT, os.environ)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert ran.stdout.startswith("no findings (")
