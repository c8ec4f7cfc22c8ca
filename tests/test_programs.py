"""Where a program of Prometheus is missing, a run says which tests did not run, and fails in CI."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.programs import NAMES, find_program, needed_program, variable_of


@pytest.mark.parametrize("name", NAMES)
def test_without_a_program_a_run_says_what_did_not_run_and_fails_in_ci(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable_of(name), f"/nowhere/{name}")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=rf"NOT RUN: test_without.*/nowhere/{name}.*{variable_of(name)}="):
        needed_program(request, name)
    monkeypatch.setenv("CI", "1")
    with pytest.raises(pytest.fail.Exception, match="NOT RUN: test_without"):
        needed_program(request, name)


def test_a_program_is_found_by_the_name_that_debian_gives_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    (folder / "prometheus-alertmanager").write_text("#!/bin/sh\n")
    (folder / "prometheus-alertmanager").chmod(0o755)
    monkeypatch.delenv("ALERTMANAGER", raising=False)
    monkeypatch.setenv("PATH", str(folder))
    assert find_program("alertmanager") == str(folder / "prometheus-alertmanager")


GO = """#!/bin/sh
case $1 in
  version) echo go version go{version} linux/amd64 ;;
  get) {get} ;;
  build) printf 'built by {version}' >promtool && chmod 755 promtool ;;
esac
"""


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the script that builds a current promtool, on a machine whose PATH has no Go."""
    (tmp_path / "tools").mkdir()
    shutil.copy(Path(__file__).parents[1] / "tools" / "install_current_promtool.sh", tmp_path / "tools")
    (tmp_path / "bin").mkdir()
    for program in (
        "sh",
        "dirname",
        "cat",
        "sed",
        "sort",
        "head",
        "tail",
        "mktemp",
        "mkdir",
        "rm",
        "mv",
        "chmod",
        "nice",
    ):
        (tmp_path / "bin" / program).symlink_to(str(shutil.which(program)))
    return tmp_path


def current_promtool(checkout: Path, go: str = "") -> subprocess.CompletedProcess[str]:
    script, environment = checkout / "tools" / "install_current_promtool.sh", {"PATH": str(checkout / "bin"), "GO": go}
    return subprocess.run(["/bin/sh", script], capture_output=True, text=True, check=False, env=environment)


def pip(checkout: Path, does: str) -> None:
    """Put a Python into the checkout's environment, whose pip does something."""
    executable(checkout / ".venv/bin/python", f"#!/bin/sh\n{does}\n")


def fetched(checkout: Path) -> str:
    """Return what a pip does that puts a Go where the script asks for it."""
    go = executable(checkout / "fetched", GO.format(version="1.27.3", get="true"))
    return f"mkdir -p .tools/go/go/bin .tools/go/go/pkg/tool && cat {go} >{checkout}/.tools/go/go/bin/go"


@pytest.mark.parametrize(
    ("go", "reason"),
    [
        ("/nowhere/go", "GO is /nowhere/go, which is not Go 1.26 or newer"),
        ("", "there is no Go 1.26 or newer, and pip could not fetch one: no such package"),
    ],
)
def test_without_go_a_current_promtool_is_not_run_and_one_sentence_says_why(
    checkout: Path, go: str, reason: str
) -> None:
    pip(checkout, "echo no such package; exit 1")
    ran = current_promtool(checkout, go)
    assert (ran.returncode, ran.stdout, ran.stderr) == (3, "", f"not run: {reason}\n")


def test_a_build_that_fails_says_with_what_and_one_that_is_kept_needs_no_go(checkout: Path) -> None:
    go = executable(checkout / "go", GO.format(version="1.26.8", get="echo no such module; exit 1"))
    failed = current_promtool(checkout, str(go))
    assert (failed.returncode, failed.stdout) == (3, "")
    assert failed.stderr.splitlines()[-1].endswith("could not be built: no such module")
    executable(go, GO.format(version="1.26.8", get="true"))
    built = current_promtool(checkout, str(go))
    kept = current_promtool(checkout, "/nowhere/go")
    assert built.stdout == kept.stdout == f"{checkout}/.tools/current/promtool\n"
    assert (built.returncode, kept.returncode, kept.stderr) == (0, 0, "")


@pytest.mark.parametrize("found", ["", "1.19.8", "1.30.1"])
def test_a_machine_without_go_or_with_an_old_one_gets_it_by_pip(checkout: Path, found: str) -> None:
    pip(checkout, f"cd {checkout} && {fetched(checkout)}")
    if found:
        executable(checkout / "bin" / "go", GO.format(version=found, get="true"))
    assert current_promtool(checkout).returncode == 0
    by = "1.30.1" if found == "1.30.1" else "1.27.3"
    assert (checkout / ".tools/current/promtool").read_text() == f"built by {by}"
