"""A new project as a user makes it: `dashlib init`, then build, lint and test, all without a finding."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dashlib import starters
from dashlib.compile.outputs import offers
from dashlib.metrics.kinds import KINDS
from tests.conftest import Shell
from tests.forking import run_dashlib
from tests.promtool import needed_promtool

METRICS = Path(__file__).parent / "metrics"
WATCHED = [["debezium"], ["mysql", "mariadb"], ["service"]]
CI_FILES = {"github": ".github/workflows/dashboards.yml", "gitlab": ".gitlab-ci.yml", "none": ""}


@pytest.fixture
def empty(tmp_path: Path) -> Shell:
    return Shell(tmp_path.resolve())


def everywhere(watch: list[str]) -> list[str]:
    """Return the options that watch these, and write to wherever `init` can."""
    to = [option for name in starters.destinations() for option in ("--to", name)]
    return [*(option for name in watch for option in ("--watch", name)), *to]


def files(shell: Shell) -> dict[str, bytes]:
    return {
        file.relative_to(shell.folder).as_posix(): file.read_bytes()
        for file in sorted(shell.folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.slow
def test_from_an_empty_folder_to_proven_alerts(
    empty: Shell, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMTOOL", needed_promtool(request))
    said = empty.dashlib("init", "--yes", "--watch", "postgres", "--watch", "service", "--ci", "github")
    assert (said.returncode, said.stderr) == (0, "")
    assert "  dashlib build " in said.stdout
    for command in (["build"], ["build", "--check"], ["lint"], ["test"]):
        result = run_dashlib(command, empty.folder, os.environ, seconds=600)
        assert (result.returncode, result.stderr) == (0, ""), result.stdout
    assert "2 of 2 scenario files hold" in result.stdout
    assert b"then run `dashlib build`.\n" in files(empty)["prometheus/rules/cdc.yml"].splitlines(keepends=True)[0]
    assert "0 uncovered" in result.stdout


@pytest.mark.parametrize("watch", WATCHED)
def test_each_variant_builds_and_lints_without_a_finding(empty: Shell, watch: list[str]) -> None:
    assert empty.dashlib("init", "--yes", *everywhere(watch)).returncode == 0
    for command in ("build", "lint"):
        result = empty.dashlib(command)
        assert (result.returncode, result.stderr) == (0, ""), result.stdout


@pytest.mark.parametrize("ci", list(CI_FILES))
@pytest.mark.parametrize("watch", WATCHED)
def test_the_gate_is_for_the_ci_and_for_what_is_watched(empty: Shell, watch: list[str], ci: str) -> None:
    assert empty.dashlib("init", "--yes", *everywhere(watch), "--ci", ci).returncode == 0
    assert {name for name in CI_FILES.values() if name in files(empty)} == {CI_FILES[ci]} - {""}
    if ci != "none":
        said = (empty.folder / CI_FILES[ci]).read_text()
        assert yaml.safe_load(said)
        assert ("No data" in said) == (watch == ["service"])


@pytest.mark.parametrize("profile", ["strimzi", "debezium-examples", "debezium-server-otel", "no-rules"])
def test_scenarios_are_in_the_names_of_the_exporter(empty: Shell, profile: str, request: pytest.FixtureRequest) -> None:
    promtool = needed_promtool(request)
    assert empty.dashlib("init", "--yes", "--watch", "mysql", "--profile", profile).returncode == 0
    assert empty.dashlib("build").returncode == 0
    result = empty.dashlib("lint")
    assert result.returncode == 0, result.stdout
    said = subprocess.run(
        [promtool, "test", "rules", "scenarios/cdc.yml"], cwd=empty.folder, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr


def test_what_is_generated_is_formatted(empty: Shell) -> None:
    for watch in ("mysql", "debezium", "service"):
        to = [option for name in starters.destinations() for option in ("--to", name)]
        assert empty.dashlib("init", watch, "--yes", "--watch", watch, *to).returncode == 0
    ruff = [sys.executable, "-m", "ruff"]
    for arguments in (["format", "--check"], ["check", "--select", "F,E,W"]):
        said = subprocess.run(
            [*ruff, *arguments, "--isolated", "--line-length", "120", "."],
            cwd=empty.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stdout


def test_what_to_type_next_works_as_it_is_typed(empty: Shell) -> None:
    said = empty.dashlib("init", "--yes", "my monitoring").stdout
    steps = [line.strip() for line in said.partition("\nnext:\n")[2].splitlines()]
    enter, *commands = steps
    assert enter == "cd 'my monitoring'"
    assert [step.partition("#")[0].split() for step in commands] == [
        ["dashlib", name] for name in ("build", "test", "preview")
    ]
    assert len({step.index("#") for step in commands}) == 1


def test_panels_of_a_line_are_equally_high(empty: Shell) -> None:
    for command in (["init", "--yes", "--watch", "debezium", "--watch", "service"], ["build"]):
        assert empty.dashlib(*command).returncode == 0
    for dashboard in (empty.folder / "grafana/dashboards").glob("*.json"):
        places = [panel["gridPos"] for panel in json.loads(dashboard.read_bytes())["panels"] if panel["type"] != "row"]
        for line in {place["y"] for place in places}:
            assert len({place["h"] for place in places if place["y"] == line}) == 1


def test_an_existing_file_is_not_touched_and_nothing_is_written(empty: Shell) -> None:
    empty.write("runbooks/cdc.md", "ours\n")
    empty.write("notes.txt", "ours\n")
    before = files(empty)
    result = empty.dashlib("init", "--yes")
    assert result.returncode == 2
    assert result.stderr.startswith("dashlib: nothing was written: ")
    assert "runbooks/cdc.md already" in result.stderr
    assert files(empty) == before
    (empty.folder / "runbooks/cdc.md").unlink()
    assert empty.dashlib("init", "--yes").returncode == 0
    assert files(empty)["notes.txt"] == b"ours\n"


def test_the_exporter_is_recognized_from_its_metrics(empty: Shell) -> None:
    result = empty.dashlib("init", "--yes", "--metrics", str(METRICS / "streaming.debezium-examples-rules.prom"))
    assert result.returncode == 0
    assert 'profile = "debezium-examples"' in (empty.folder / "pyproject.toml").read_text()


def test_an_exporter_that_no_profile_fits_gets_one_of_its_own(empty: Shell) -> None:
    text = (METRICS / "streaming.own-rules.prom").read_text().replace("debezium_metrics_", "acme_cdc_")
    metrics = empty.write("elsewhere/metrics.txt", text)
    result = empty.dashlib("init", "new", "--yes", "--metrics", str(metrics))
    assert result.returncode == 0
    assert "exporter.json is made from its metrics" in result.stdout
    new = empty.folder / "new"
    assert empty.dashlib("build", cwd=new).returncode == 0
    assert "acme_cdc_" in (new / "prometheus/rules/recorded.yml").read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "no terminal to ask on; pass --yes"),
        (["--yes", "--watch", "myqsl"], "'myqsl' is not one of"),
        (["--yes", "--profile", "strimsi"], "did you mean 'strimzi'?"),
        (["--yes", "--profile", "lab", "--prometheus", "http://localhost:1"], "only one of"),
        (["--yes", "--profile", "msk-connect"], "there is nothing to watch"),
    ],
)
def test_wrong_use_is_one_sentence_and_writes_nothing(empty: Shell, options: list[str], said: str) -> None:
    result = empty.dashlib("init", *options)
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert files(empty) == {}


def test_on_a_terminal_it_asks(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dashlib", "init"], cwd=tmp_path, stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    os.write(master, b"mysql, service\nstrimzi\npush\nhttps://grafana.example.com\ngitlab\n")
    said = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:
            break
        if not part:
            break
        said += part
    assert process.wait() == 0, said.decode()
    written = (tmp_path / "pyproject.toml").read_text()
    assert 'profile = "strimzi"' in written
    assert 'url = "https://grafana.example.com"' in written
    assert (tmp_path / ".gitlab-ci.yml").is_file()
    assert b"dashlib push production" in said


def test_what_is_offered_is_read_from_where_it_is_declared() -> None:
    assert {kind.name for kind in KINDS if kind.group != "sink"} < set(starters.watchable())
    of_outputs = {kind for kind, offer in offers().items() if not offer.is_basic}
    assert set(starters.destinations()) == {starters.PUSH, *of_outputs}
