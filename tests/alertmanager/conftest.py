"""The project's compiled Alertmanager configuration, and the programs to try it with."""

from __future__ import annotations

import copy
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.programs import needed_program

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "labs/monitoring/alertmanager"
CONFIGURATION: dict[str, Any] = yaml.safe_load((FOLDER / "alertmanager.yml").read_text(encoding="utf-8"))


@pytest.fixture
def configuration() -> dict[str, Any]:
    """What Alertmanager is given in the lab, to be changed at will."""
    return copy.deepcopy(CONFIGURATION)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the lab's templates."""
    shutil.copytree(FOLDER / "templates", tmp_path / "templates")
    return tmp_path


@pytest.fixture
def amtool(request: pytest.FixtureRequest) -> Callable[..., str]:
    """Return a function that runs amtool and returns what it says; the test ends there if it fails."""
    program = needed_program(request, "amtool")

    def run(*arguments: str | Path) -> str:
        ran = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)
        if ran.returncode:
            pytest.fail(f"amtool {' '.join(map(str, arguments))}:\n{ran.stdout}{ran.stderr}", pytrace=False)
        return ran.stdout

    return run
