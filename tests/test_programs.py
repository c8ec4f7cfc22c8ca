"""Where a program of Prometheus is missing, a run says which tests did not run, and fails in CI."""

from __future__ import annotations

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
