"""`dashlib preview` and `dashlib record` as a person types them."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.doctor.running import Pages, running
from tests.programs import needed_program

if TYPE_CHECKING:
    from tests.conftest import Shell


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "page", "--recording", "no-such"], "database-hung"),
        (["--out", "page", "--recording", "healthy", "--prometheus", "http://127.0.0.1:9"], "pass one of"),
        (["--out", "page", "no-such-dashboard"], "expected one of: overview"),
        (["--out", "page", "--metrics", "pyproject.toml"], "not the text of /metrics"),
    ],
)
def test_wrong_use_says_what_is_right(shell: Shell, arguments: list[str], said: str) -> None:
    result = shell.dashlib("preview", *arguments)
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert not (shell.folder / "page").exists()


def test_record_needs_a_prometheus_and_a_range(shell: Shell) -> None:
    assert "--prometheus URL" in shell.dashlib("record", "--out", "a.json.gz").stderr
    result = shell.dashlib("record", "--prometheus", "http://127.0.0.1:9", "--out", "a.json.gz", "--last", "soon")
    assert result.returncode == 2
    assert "--last" in result.stderr


@pytest.mark.slow
def test_what_is_recorded_from_a_prometheus_can_be_looked_at(
    shell: Shell, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = needed_program(request, "prometheus")
    # The preview takes both of Prometheus' programs from PATH.
    folders = {str(Path(each).parent) for each in (program, needed_program(request, "promtool"))}
    monkeypatch.setenv("PATH", os.pathsep.join([*sorted(folders), os.environ["PATH"]]))
    labels = 'plugin="mysql",server="orders",context="streaming"'
    metrics = f"debezium_metrics_Connected{{{labels}}} 1\ndebezium_metrics_MilliSecondsBehindSource{{{labels}}} 1500\n"
    with (
        Pages({"/metrics": (metrics, "text/plain; version=0.0.4")}) as pages,
        running(program, shell.folder / "prometheus", {"connect": [pages.port]}) as url,
    ):
        recorded = shell.dashlib("record", "--prometheus", url, "--out", "mine.json.gz", "--last", "1m")
        assert recorded.returncode == 0, recorded.stderr
    assert json.loads(gzip.decompress((shell.folder / "mine.json.gz").read_bytes()))["fault"] == "mine"
    # Without the chart library the page cannot be written, and says so.
    result = shell.dashlib("preview", "--recording", "mine.json.gz", "--out", "page")
    if result.returncode == 2:
        assert "make preview-assets" in result.stderr
        return
    assert result.returncode == 0, result.stderr
    content = (shell.folder / "page" / "index.html").read_text()
    assert "orders" in content
    assert "1.50 s" in content


@pytest.mark.slow
def test_without_prometheus_it_says_which_package_brings_it(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(shell.folder))
    result = shell.dashlib("preview", "--out", "page")
    assert result.returncode == 3
    assert "package `prometheus`" in result.stderr
