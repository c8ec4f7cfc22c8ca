"""`make verify-grafana`, on the double: it goes through, finds what is wrong, and cleans up after itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.grafana.double import GrafanaDouble

ROOT = Path(__file__).parents[2]


def verify(url: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "tools/verify_grafana.py"), url],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, **environment},
    )


@pytest.mark.slow
def test_every_step_goes_as_it_should_and_nothing_is_left(grafana: GrafanaDouble) -> None:
    result = verify(grafana.url, GRAFANA_TOKEN=grafana.token("Admin"))
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("\nok ") == 8
    assert grafana.call("GET", "/api/search").body == []
    made = [item for item in grafana.requests if (item.method, item.path) == ("POST", "/api/serviceaccounts")]
    removed = [item.path for item in grafana.requests if item.method == "DELETE" and "serviceaccounts" in item.path]
    assert (len(made), len(removed)) == (1, 1)


def test_a_step_that_fails_is_said(grafana: GrafanaDouble) -> None:
    result = verify(grafana.url, GRAFANA_TOKEN=grafana.token("Viewer"))
    assert result.returncode == 1
    assert "FAILED  The first push creates the folder" in result.stdout
