"""Where the tests find promtool, Prometheus' own engine for trying rules."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def find_promtool() -> str | None:
    """Return the promtool to use; None where there is none."""
    named = os.environ.get("PROMTOOL")
    if named:
        return shutil.which(named)
    return shutil.which("promtool") or shutil.which(ROOT / ".tools/promtool")


def needed_promtool(request: pytest.FixtureRequest) -> str:
    """Return the promtool to use; where there is none the test ends here, saying so, and fails in CI."""
    promtool = find_promtool()
    if promtool is None:
        named = os.environ.get("PROMTOOL")
        missing = f"there is no {named}, which PROMTOOL names" if named else "there is no promtool"
        reason = (
            f"NOT RUN: {request.node.name}: {missing}; `make promtool` installs one without root on Debian and Ubuntu, "
            "or name one with PROMTOOL=/path/to/promtool"
        )
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return promtool
