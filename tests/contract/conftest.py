"""The folder of facts that DASHLIB_SHARED names; without it a contract test fails, it is never skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = os.environ.get("DASHLIB_SHARED")
    assert folder, "DASHLIB_SHARED is not set; it must name the folder that holds grafana/, lessons/ and truth/"
    assert Path(folder).is_dir(), f"there is no folder DASHLIB_SHARED={folder}"
    return Path(folder)
