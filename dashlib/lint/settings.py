"""`[tool.dashlib.lint]`: which checks run, how serious they are, and what they must know of the installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from dashlib import promql
from dashlib.lint.findings import SEVERITIES, Severity
from dashlib.tables import (
    FOLDER,
    SOMETHING,
    Duration,
    ListOf,
    MapOf,
    OneOf,
    Place,
    Text,
    holds,
    nearest,
    read,
    shown,
    valid,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


_CHECK = Text(r"[a-z]+(-[a-z]+)*", "the name of a check, as `dashlib lint --list` prints it")


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@frozen(kw_only=True)
class Settings:
    """Settings of `dashlib lint`.

    Attributes:
        disable: names of checks that do not run.
        severity: severity of single checks, by name, if not their own.
        scrape_interval: how often Prometheus scrapes what the rules look at, a duration.
        lookback: Prometheus' `--query.lookback-delta`, a duration.
        evaluation_interval: how often a rule group without an interval is evaluated, a duration; empty when that is
            not known.
        severities: values that the label `severity` of an alert may have; by default the project's.
        debezium: the version of Debezium that is watched, such as `2.5`; empty for any.
        rule_tests: folders or files with promtool's tests of the rules, relative to the project.
        runbooks: folder that `runbook_url` of the project is the address of, relative to the project.
        engine: what evaluates the rules, as the project says; no setting of its own.
    """

    disable: tuple[str, ...] = field(
        default=(), converter=_texts, metadata=holds(ListOf(_CHECK, "a list of check names"))
    )
    severity: Mapping[str, Severity] = field(
        factory=dict, metadata=holds(MapOf(OneOf(SEVERITIES), "a table of check names to severities", names=_CHECK))
    )
    scrape_interval: str = field(default="15s", metadata=holds(Duration()))
    lookback: str = field(default="5m", metadata=holds(Duration()))
    evaluation_interval: str = field(default="", metadata=holds(Duration(or_empty=True)))
    severities: tuple[str, ...] = field(
        default=("critical", "warning", "info"),
        metadata=holds(ListOf(SOMETHING, "a non-empty list of strings", least=1)),
    )
    debezium: str = field(
        default="",
        validator=valid,  # the command line may say it, too
        metadata=holds(Text(r"([0-9]+\.[0-9]+(\.[0-9]+)?)?", "a version of Debezium, such as 2.5 or 3.2.1")),
    )
    rule_tests: tuple[str, ...] = field(
        default=("tests/rules",), metadata=holds(ListOf(FOLDER, "a list of folders or files below the project root"))
    )
    runbooks: str = field(default="docs/runbooks", metadata=holds(FOLDER))
    engine: str = "prometheus"

    @property
    def scrape_seconds(self) -> float:
        """Seconds between two scrapes."""
        return promql.duration_seconds(self.scrape_interval)

    @property
    def lookback_seconds(self) -> float:
        """Seconds for which a sample is seen."""
        return promql.duration_seconds(self.lookback)


def read_settings(table: Mapping[str, object], file: Path | None = None) -> Settings:
    """Return the settings that a table says.

    Args:
        table: `[tool.dashlib.lint]`.
        file: the `pyproject.toml`, for messages.

    Raises:
        ConfigurationError: a key or value is wrong; the message says what was found and what would be right.
    """
    return read(Settings, table, Place(("lint",), file))


def check_names(settings: Settings, known: Iterable[str], file: Path | None = None) -> None:
    """Reject settings that name a check that does not exist.

    Raises:
        ConfigurationError: the message says which name is nearest.
    """
    checks = sorted(known)
    for key, names in (("disable", settings.disable), ("severity", settings.severity)):
        for name in names:
            if name not in checks:
                raise Place(("lint",), file).error(f"{key} names the check {shown(name)}; {nearest(name, checks)}", key)
