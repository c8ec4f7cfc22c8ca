"""Where a program of Prometheus is missing, a run says which tests did not run, and fails in CI."""

from __future__ import annotations

import os
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


def current_promtool(folder: Path, go: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of the script that builds a current promtool, in a checkout of its own."""
    (folder / "tools").mkdir(exist_ok=True)
    script = shutil.copy(Path(__file__).parents[1] / "tools" / "install_current_promtool.sh", folder / "tools")
    return subprocess.run([script], capture_output=True, text=True, check=False, env={**os.environ, "GO": go})


def test_without_go_a_current_promtool_is_not_run_and_one_sentence_says_why(tmp_path: Path) -> None:
    ran = current_promtool(tmp_path, "/nowhere/go")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.startswith("not run: there is no Go")
    assert ran.stderr.count("\n") == 1


def test_a_build_that_fails_says_with_what_and_one_that_is_kept_needs_no_go(tmp_path: Path) -> None:
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\n[ $1 = mod ] || { echo no such module; exit 1; }\n")
    go.chmod(0o755)
    failed = current_promtool(tmp_path, str(go))
    assert (failed.returncode, failed.stdout) == (3, "")
    assert failed.stderr.splitlines()[-1].endswith("could not be built: no such module")
    go.write_text("#!/bin/sh\n[ $1 = build ] && echo promtool >promtool && chmod 755 promtool\nexit 0\n")
    built = current_promtool(tmp_path, str(go))
    kept = current_promtool(tmp_path, "/nowhere/go")
    assert built.stdout == kept.stdout == f"{tmp_path}/.tools/current/promtool\n"
    assert (built.returncode, kept.returncode, kept.stderr) == (0, 0, "")
