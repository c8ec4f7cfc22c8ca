"""The cases of names and labels in $DASHLIB_SHARED/cases: lint, profile, build and doctor say what EXPECT.txt says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.doctor.conftest import TEXT
from tests.doctor.running import Pages, ask, running
from tests.programs import needed_program

ABOUT_NAMES = {"unknown-metric", "unknown-label", "unknown-label-value", "gone-metric"}
ROOT = Path(__file__).parents[2]


def dashlib(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dashlib", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def findings(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    said = dashlib(folder, "lint", *arguments, "dashboard.json", "--format", "json")
    assert said.returncode in (0, 1), said.stderr
    return [each for each in json.loads(said.stdout)["findings"] if each["check"] in ABOUT_NAMES]


@pytest.mark.parametrize(
    ("case", "arguments"),
    [
        ("connect-metrics-not-in-catalog", ("--profile", "confluent-jmx-stacks")),
        ("strimzi-target-labels", ("--profile", "strimzi")),
        ("profile-by-labels", ()),
    ],
)
def test_there_is_no_finding_of_names_and_labels(shared: Path, case: str, arguments: tuple[str, ...]) -> None:
    assert not findings(shared / "cases" / case, *arguments)


def test_the_context_stands_in_the_name(shared: Path, tmp_path: Path) -> None:
    page = shared / "cases" / "profile-context-in-name" / "metrics.txt"
    written = dashlib(tmp_path, "profile", "--metrics", str(page), "--write", "ours.json")
    assert written.returncode == 0, written.stderr
    assert "debezium_{context}_{name}" in written.stdout
    built = dashlib(tmp_path, "build", "--project", str(ROOT), "--profile", str(tmp_path / "ours.json"), "--out", "out")
    assert built.returncode == 0, built.stderr
    text = "\n".join(file.read_text() for file in (tmp_path / "out").rglob("*") if file.suffix in (".json", ".yml"))
    assert "debezium_streaming_Connected" in text
    assert "debezium_snapshot_SnapshotRunning" in text
    assert "debezium_streaming_SnapshotRunning" not in text


def test_a_spelling_in_lower_case_is_recognized(shared: Path, tmp_path: Path) -> None:
    page = shared / "cases" / "doctor-unknown-spelling" / "metrics.txt"
    said = dashlib(tmp_path, "profile", "--metrics", str(page))
    assert said.returncode == 0
    assert said.stdout.startswith("debezium-examples-lowercase:")


def test_doctor_says_one_thing_of_a_spelling_in_lower_case(
    shared: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    page = (shared / "cases" / "doctor-unknown-spelling" / "metrics.txt").read_text()
    program = needed_program(request, "prometheus")
    with (
        Pages({"/metrics": (page, TEXT)}) as exporter,
        running(program, tmp_path / "prometheus", {"c": [exporter.port]}) as url,
    ):
        assert ask(url, "debezium_metrics_connected")
        said = dashlib(tmp_path, "doctor", "--project", str(ROOT), "--prometheus", url, "--format", "json")
    assert said.returncode == 1, said.stderr
    wrong = [
        each
        for each in json.loads(said.stdout)["findings"]
        if each["severity"] != "info" and each["kind"] not in ("rules-not-loaded", "family-missing")
    ]
    assert [each["kind"] for each in wrong] == ["wrong-profile"]
    assert "debezium-examples with lower-case names" in wrong[0]["message"]
    assert f"dashlib profile --prometheus {url} --write ours.json" in wrong[0]["hint"]
    assert "build --profile ours.json" in wrong[0]["hint"]
