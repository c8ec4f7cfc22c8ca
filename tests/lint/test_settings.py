"""`[tool.dashlib.lint]`: what is wrong in it is named, with what would be right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dashlib.compile.configuration import Configuration
from dashlib.errors import ConfigurationError
from dashlib.lint import engine
from tests.linting import found, rule_file

if TYPE_CHECKING:
    from tests.conftest import Shell


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"disabled": []}, 'did you mean "disable"'),
        ({"disable": ["raw-counters"]}, 'did you mean "raw-counter"'),
        ({"disable": "raw-counter"}, "a list of check names"),
        ({"severity": {"raw-counter": "fatal"}}, 'one of "error", "warning", "info"'),
        ({"severity": {"nothing-like-it": "info"}}, "names the check"),
        ({"scrape_interval": "often"}, "expected a duration such as"),
        ({"scrape_interval": 15}, "found 15; expected a duration"),
        ({"debezium": "newest"}, "such as 2.5"),
    ],
)
def test_a_mistake_is_named(table: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        engine.settings_of(Configuration(lint=table))


def test_a_check_may_be_off_or_of_another_severity() -> None:
    rules = rule_file({"labels": {"severity": "page"}})
    assert found("alert-severity", rules)
    assert not found(
        "alert-severity", rules, settings=engine.settings_of(Configuration(lint={"disable": ["alert-severity"]}))
    )


def test_the_command_line_wins() -> None:
    assert engine.settings_of(Configuration(lint={"debezium": "2.5"}), "3.0").debezium == "3.0"


def test_the_table_is_read_from_the_project(shell: Shell) -> None:
    shell.write("rules.yml", rule_file({"labels": {"severity": "page"}}))
    assert shell.dashlib("lint", "rules.yml").returncode == 1
    file = shell.folder / "pyproject.toml"
    file.write_text(file.read_text() + '\n[tool.dashlib.lint]\nseverities = ["page"]\n')
    assert shell.dashlib("lint", "rules.yml").returncode == 0


def test_a_mistake_in_the_table_ends_the_command(shell: Shell) -> None:
    file = shell.folder / "pyproject.toml"
    file.write_text(file.read_text() + '\n[tool.dashlib.lint]\nseverites = ["page"]\n')
    done = shell.dashlib("lint")
    assert done.returncode == 2
    assert 'did you mean "severities"' in done.stderr
