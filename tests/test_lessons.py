"""What a student of the course relies on: what the page of lessons says, happens."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import attrs
import pytest

from dashlib.compile.configuration import read_configuration
from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.debezium.aurora import BINLOG_REPLICA_LAG
from dashlib.debezium.thresholds import MYSQL
from dashlib.documents.rules import groups_in
from tests.e2e.replay import RECORDINGS
from tests.test_docs import DOCS, ROOT, blocks, prose

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Shell

PAGE = DOCS / "lessons.md"


def test_lint_holds_against_the_lessons_rule_what_the_page_lists(shell: Shell, tmp_path: Path) -> None:
    [(_, rule)] = blocks(PAGE, "yaml")
    (tmp_path / "custom-mysql.yml").write_text(rule, encoding="utf-8")
    result = shell.dashlib("lint", "custom-mysql.yml", "--format", "json", cwd=tmp_path)
    found = {finding["check"] for finding in json.loads(result.stdout)["findings"]}
    assert found == set(re.findall(r"^\| \[([a-z-]+)\]\(checks/", prose(PAGE), re.MULTILINE))


def test_the_override_of_the_lesson_makes_a_rule_of_the_connectors_own(tmp_path: Path) -> None:
    [(_, override)] = blocks(PAGE, "toml")
    own = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(f"{own}\n{override}", encoding="utf-8")
    project = load_project(ROOT)
    overrides = read_configuration(tmp_path).overrides
    changed = attrs.evolve(project, configuration=attrs.evolve(project.configuration, overrides=overrides))
    rules = [
        (rule.text, rule.data["for"])
        for document in compile_project(changed)
        if document.kind == "rules"
        for group in groups_in(document.data)
        for rule in group.rules
        if rule.name == "DebeziumHighBinlogLag"
    ]
    assert any('server="mysql-server"' in text and text.endswith("> 30") and lasting == "3m" for text, lasting in rules)


def test_the_alarm_of_cloudwatch_and_the_alert_have_one_level() -> None:
    [alarm] = [body for _, body in blocks(PAGE, "sh") if "put-metric-alarm" in body]
    level = MYSQL.level(BINLOG_REPLICA_LAG, "warning")
    threshold, periods = (
        int(re.findall(rf"--{option} (\d+)", alarm)[0]) for option in ("threshold", "evaluation-periods")
    )
    assert (level.value, level.for_) == (threshold, f"{periods}m")


@pytest.mark.parametrize("said", re.findall(r"^Recordings?: (.+?)\.$", prose(PAGE), re.MULTILINE | re.DOTALL))
def test_each_recording_that_a_lesson_names_is_shipped(said: str) -> None:
    for name in re.findall(r"`([a-z]+(?:-[a-z]+)*)`", said):
        assert (RECORDINGS / f"{name}.json.gz").is_file(), name
