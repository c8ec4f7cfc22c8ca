"""What `make e2e-up` says: a line before and after all that takes its time, and at the end a command to type."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from . import components, lab
from .__main__ import look_at

if TYPE_CHECKING:
    from pathlib import Path


def test_the_command_at_the_end_works_as_typed_in_the_checkout(tmp_path: Path) -> None:
    words = shlex.split(look_at("http://127.0.0.1:9", "http://127.0.0.1:9"))
    bare = {**os.environ, "PATH": str(tmp_path)}  # no venv is active
    done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=lab.ROOT, env=bare)
    assert done.returncode == 3, done.stderr
    assert "http://127.0.0.1:9" in done.stderr


def test_what_is_fetched_is_said_before_and_after(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(components, "CACHE", tmp_path)
    told: list[str] = []
    for _ in range(2):
        there = components._part("part-1", lambda to: (to / "file").touch(), told.append)
        assert (there / "file").exists()
    assert [line.partition(" (")[0].partition(" after")[0] for line in told] == ["fetching part-1", "part-1 is here"]


def test_each_connector_that_is_fetched_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: list[str] = []

    def fail(artefact: str, to: Path) -> Path:
        assert told, "a download begins only when it is said"
        raise OSError(f"{artefact} into {to}")

    monkeypatch.setattr(components, "_copy_artefact", fail)
    with pytest.raises(OSError, match="debezium-connector-mysql"):
        components._fetch_plugins(tmp_path, told.append)
    assert [line.rpartition(",")[0] for line in told] == ["fetching Debezium's connector of mysql"]
