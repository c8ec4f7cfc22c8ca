"""Every alert of the project has a promtool test in which it fires, and one in which it does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from attrs import frozen

from dashlib import promql
from dashlib.documents.foreign import UnreadableFileError, read_text
from dashlib.documents.values import object_of, text_of
from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "alert-untested",
    "warning",
    "Every alert has a promtool test in which it fires and one in which it does not.",
    needs_project=True,
)

_ALERTNAME = re.compile(r"alertname\s*=\s*[\"']([^\"']+)")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every alert that no test makes fire, or that every test makes fire."""
    if lint.root is None:
        return
    files = [file for place in lint.settings.rule_tests for file in _files(lint.root / place)]
    if not files:
        return  # a project that has no promtool tests at all has chosen another way
    scenarios = [scenario for file in files for scenario in _scenarios(file)]
    fires = {name for scenario in scenarios for name in scenario.fires}
    records = {rule.name: _metrics(rule.query.expression) for rule in lint.rules if not rule.is_alert}
    metrics = {alert.name: _metrics_behind(alert.query.expression, records) for alert in lint.alerts}
    for alert in lint.alerts:
        missing = []
        if alert.name not in fires:
            missing.append("in which it fires")
        if not any(scenario.is_silent(alert.name, metrics[alert.name]) for scenario in scenarios):
            missing.append("in which it stays silent")
        if missing:
            yield alert.linted.problem(
                alert.pointer,
                f"{alert.name} has no test {' or '.join(missing)}",
                suggestion=f"add an alert_rule_test to {', '.join(lint.settings.rule_tests)}",
            )


@frozen
class _Scenario:
    """What one test of promtool's says about alerts.

    Attributes:
        inputs: the metrics that it feeds in.
        fires: alerts that fire at some time of it.
        asked: alerts that it asks for by name and that do not fire at some time of it.
        others: for each time at which it asks for all that fire: those that do.
    """

    inputs: frozenset[str]
    fires: frozenset[str]
    asked: frozenset[str]
    others: tuple[frozenset[str], ...]

    def is_silent(self, alert: str, metrics: set[str]) -> bool:
        """Tell whether an alert is silent at some time of it, with its metrics there or after it has fired."""
        is_about = alert in self.fires or bool(metrics & self.inputs)
        return alert in self.asked or (is_about and any(alert not in names for names in self.others))


def _metrics_behind(expression: str, records: Mapping[str, list[str]]) -> set[str]:
    """Return the metrics that an expression asks for, through recording rules."""
    found: set[str] = set()
    waiting = _metrics(expression)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(records.get(name, ()))
    return found


def _metrics(expression: str) -> list[str]:
    try:
        return [selector.metric for selector in promql.read(expression).selectors]
    except promql.PromQLError:
        return []


def _files(place: Path) -> list[Path]:
    if place.is_dir():
        return sorted(path for path in place.rglob("*") if path.suffix in {".yml", ".yaml"})
    return [place] if place.is_file() else []


def _scenarios(file: Path) -> Iterator[_Scenario]:
    import yaml

    try:
        text = read_text(file)
        data: Any = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # a safe one
    except (UnreadableFileError, yaml.YAMLError, RecursionError):
        return  # promtool says what is wrong with it
    for test in _list(object_of(data).get("tests")):
        cases = _list(test.get("alert_rule_test"))
        firing = [asked for case in _list(test.get("promql_expr_test")) if (asked := _firing(case)) is not None]
        series = " ".join(text_of(one.get("series")) for one in _list(test.get("input_series")))
        yield _Scenario(
            frozenset(re.findall(r"[A-Za-z_:][\w:]*(?=\{)", series)),
            frozenset(text_of(case.get("alertname")) for case in cases if case.get("exp_alerts"))
            | {name for _, names in firing for name in names},
            frozenset(text_of(case.get("alertname")) for case in cases if not case.get("exp_alerts"))
            | {about for about, names in firing if about and about not in names},
            tuple(frozenset(names) for about, names in firing if not about),
        )


def _firing(case: dict[str, Any]) -> tuple[str, set[str]] | None:
    """Return the alert that a case asks about (empty for all), and the names that it expects; None for other cases."""
    try:
        selectors = promql.read(text_of(case.get("expr"))).selectors
    except promql.PromQLError:
        return None
    alerts = next((one for one in selectors if one.metric == "ALERTS"), None)
    if alerts is None:
        return None
    wanted = {matcher.label: matcher.value for matcher in alerts.matchers if matcher.operator == "="}
    if wanted.get("alertstate", "firing") != "firing":
        return None
    samples = [text_of(sample.get("labels")) for sample in _list(case.get("exp_samples"))]
    named = {match[1] for labels in samples for match in _ALERTNAME.finditer(labels)}
    pending = {match[1] for labels in samples if "pending" in labels for match in _ALERTNAME.finditer(labels)}
    about = wanted.get("alertname", "")
    return about, (named - pending) | ({about} if about and samples and not named else set())


def _list(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
