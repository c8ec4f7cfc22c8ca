"""`[tool.dashlib.lint]`: which checks run, how serious they are, and what they must know of the installation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from attrs import field, fields, frozen

from dashlib import promql
from dashlib.errors import ConfigurationError
from dashlib.lint.findings import SEVERITIES, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PLACE = "[tool.dashlib.lint]"


def _texts(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(items)


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
        severities: values that the label `severity` of an alert may have.
        debezium: the version of Debezium that is watched, such as `2.5`; empty for any.
        rule_tests: folders or files with promtool's tests of the rules, relative to the project.
        runbooks: folder that `runbook_url` of the project is the address of, relative to the project.
    """

    disable: tuple[str, ...] = field(default=(), converter=_texts)
    severity: Mapping[str, Severity] = field(factory=dict)
    scrape_interval: str = "15s"
    lookback: str = "5m"
    evaluation_interval: str = ""
    severities: tuple[str, ...] = field(default=("critical", "warning", "info"), converter=_texts)
    debezium: str = ""
    rule_tests: tuple[str, ...] = field(default=("tests/rules",), converter=_texts)
    runbooks: str = "docs/runbooks"

    def __attrs_post_init__(self) -> None:
        """Refuse what is no duration, no severity, no version."""
        for name in ("scrape_interval", "lookback", "evaluation_interval"):
            value = getattr(self, name)
            try:
                promql.duration_seconds(value if value or name != "evaluation_interval" else "0")
            except ValueError as error:
                raise ConfigurationError(f"{PLACE} {name}: {error}") from None
        for check, severity in self.severity.items():
            if severity not in SEVERITIES:
                raise ConfigurationError(
                    f'{PLACE} severity of {check}: found "{severity}"; it is one of {", ".join(SEVERITIES)}'
                )
        if self.debezium and not re.fullmatch(r"\d+\.\d+(\.\d+)?", self.debezium):
            raise ConfigurationError(
                f'{PLACE} debezium: found "{self.debezium}"; it is a version of Debezium, such as 2.5 or 3.2.1'
            )

    @property
    def scrape_seconds(self) -> float:
        """Seconds between two scrapes."""
        return promql.duration_seconds(self.scrape_interval)

    @property
    def lookback_seconds(self) -> float:
        """Seconds for which a sample is seen."""
        return promql.duration_seconds(self.lookback)


_LISTS = ("disable", "severities", "rule_tests")


def read_settings(table: Mapping[str, object], known_checks: Iterable[str]) -> Settings:
    """Return the settings that a table says.

    Args:
        table: `[tool.dashlib.lint]`.
        known_checks: names of all checks.

    Raises:
        ConfigurationError: a key or value is wrong; the message says what was found and what would be right.
    """
    known = [attribute.name for attribute in fields(Settings)]
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise ConfigurationError(f'{PLACE} has no setting "{key}"; {_nearest(key, known)}')
        values[key] = _value(key, value)
    checks = set(known_checks)
    for name in (*values.get("disable", ()), *values.get("severity", ())):
        if name not in checks:
            raise ConfigurationError(f'{PLACE} names the check "{name}"; {_nearest(name, sorted(checks))}')
    return Settings(**values)


def _value(key: str, value: object) -> object:
    if key in _LISTS:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ConfigurationError(f"{PLACE} {key} is a list of texts; got {value!r}")
    elif key == "severity":
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise ConfigurationError(f"{PLACE} {key} is a table from check to severity; got {value!r}")
    elif not isinstance(value, str):
        raise ConfigurationError(f"{PLACE} {key} is a text; got {value!r}")
    return value


def _nearest(name: str, known: Iterable[str]) -> str:
    import difflib

    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f'did you mean "{near[0]}"?' if near else f"it knows {', '.join(names)}"
