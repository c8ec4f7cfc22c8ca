"""Where the tests find promtool, Prometheus' own engine for trying rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.programs import find_program, needed_program

if TYPE_CHECKING:
    import pytest


def find_promtool() -> str | None:
    """Return the promtool to use; None where there is none."""
    return find_program("promtool")


def needed_promtool(request: pytest.FixtureRequest) -> str:
    """Return the promtool to use; where there is none the test ends here, saying so, and fails in CI."""
    return needed_program(request, "promtool")
