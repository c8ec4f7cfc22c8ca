"""`dashlib lint` as a person types it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.linting import dashboard, panel, rule_file

if TYPE_CHECKING:
    from tests.conftest import Shell


def test_a_file_without_a_finding_ends_with_zero(shell: Shell) -> None:
    shell.write("rules.yml", rule_file({}))
    done = shell.dashlib("lint", "rules.yml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("no findings (1 file")


def test_a_finding_ends_with_one(shell: Shell) -> None:
    shell.write("rules.yml", rule_file({"expr": "up"}))
    done = shell.dashlib("lint", "rules.yml")
    assert done.returncode == 1
    assert "rules.yml:6:13  error  alert-comparison" in done.stdout or "alert-comparison" in done.stdout


def test_a_folder_stands_for_its_files(shell: Shell) -> None:
    shell.write("set/rules.yml", rule_file({"expr": "sum("}))
    shell.write("set/inner/board.json", json.dumps(dashboard(panel("sum("))))
    shell.write("set/old.rules", rule_file({"expr": "sum("}))
    shell.write("set/notes.txt", "{")
    done = shell.dashlib("lint", "set", "--format", "json")
    assert {finding["file"] for finding in json.loads(done.stdout)["findings"]} == {
        "set/rules.yml",
        "set/inner/board.json",
        "set/old.rules",
    }


def test_one_broken_file_does_not_hide_the_others(shell: Shell) -> None:
    shell.write("broken.json", "{")
    shell.write("rules.yml", rule_file({"expr": "sum("}))
    done = shell.dashlib("lint", "broken.json", "rules.yml")
    assert done.returncode == 1
    assert "broken.json:1:2  error  unreadable-file" in done.stdout
    assert "promql-syntax" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_path_that_is_not_there_is_wrong_use(shell: Shell) -> None:
    done = shell.dashlib("lint", "nowhere.json")
    assert done.returncode == 2
    assert "nowhere.json" in done.stderr


def test_declarations_are_found_with_their_line(shell: Shell) -> None:
    done = shell.dashlib("lint", "--format", "json")
    findings = json.loads(done.stdout)["findings"]
    (finding,) = [one for one in findings if one["check"] == "idle-lag"]
    assert finding["document"] == "compiled/rules/lag.yml"
    assert finding["pointer"] == "/groups/0/rules/0/expr"


def test_another_directory_is_looked_at_by_name(shell: Shell) -> None:
    done = shell.dashlib("lint", "--project", ".", cwd=shell.folder)
    assert done.returncode == 1


def test_the_list_names_every_check(shell: Shell) -> None:
    lines = shell.dashlib("lint", "--list").stdout.splitlines()
    assert lines == sorted(lines)
    assert len(lines) == len(json.loads(shell.dashlib("lint", "--list", "--format", "json").stdout))


def test_a_profile_that_is_not_there_is_named(shell: Shell) -> None:
    shell.write("rules.yml", rule_file({}))
    done = shell.dashlib("lint", "--profile", "labb", "rules.yml")
    assert done.returncode == 2
    assert "'lab'" in done.stderr


def test_files_are_held_against_what_an_exporter_serves(shell: Shell) -> None:
    shell.write("metrics.txt", 'debezium_metrics_Connected{context="streaming",name="a",plugin="mysql"} 1\n')
    shell.write("board.json", json.dumps(dashboard(panel('debezium_metrics_Connected{server="a"}'), templating=None)))
    said = shell.dashlib("lint", "--metrics", "metrics.txt", "board.json", "--format", "json")
    found = [one["message"] for one in json.loads(said.stdout)["findings"] if one["check"] == "not-scraped"]
    assert (said.returncode, found) == (
        1,
        ["no series of debezium_metrics_Connected in the scrape has the label server"],
    )
    for command in (("lint", "board.json"), ("profile",)):
        shell.write("metrics.txt", "<html>")
        refused = shell.dashlib(*command, "--metrics", "metrics.txt")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.startswith("dashlib: metrics.txt is HTML")
        assert len(refused.stderr.splitlines()) == 1


def test_labels_that_the_configuration_gives_to_all_targets_are_known(shell: Shell) -> None:
    shell.write("rules.yml", rule_file({"expr": 'debezium_metrics_Connected{rack="a"} == 0'}))
    assert "no label rack" in shell.dashlib("lint", "rules.yml").stdout
    shell.write("pyproject.toml", '[tool.dashlib]\ntarget_labels = ["rack"]\n')
    assert "no label rack" not in shell.dashlib("lint", "rules.yml").stdout
