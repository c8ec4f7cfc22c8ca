"""What the tests of `dashlib lint` share: a panel, a dashboard and a rule file with nothing wrong.

An example holds only what it is about; everything else comes from here.
"""

from __future__ import annotations

import copy
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import attrs
import yaml

from dashlib.documents.document import Document
from dashlib.documents.forms import read_documents
from dashlib.lint import engine
from dashlib.lint.metric_names import MetricNames
from dashlib.lint.settings import Settings
from dashlib.lint.subjects import Lint, Linted
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashlib.lint.findings import Finding

DATASOURCE = {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}
PANEL: dict[str, Any] = {
    "id": 1,
    "type": "timeseries",
    "title": "Panel",
    "description": "What it shows.",
    "repeat": "connector",
    "repeatDirection": "v",
    "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0},
    "datasource": DATASOURCE,
    "targets": [{"refId": "A", "expr": "up", "datasource": DATASOURCE}],
    "fieldConfig": {
        "defaults": {"unit": "none", "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": None}]}},
        "overrides": [],
    },
}
DASHBOARD: dict[str, Any] = {
    "uid": "dashboard",
    "title": "Dashboard",
    "schemaVersion": 42,
    "links": [],
    "templating": {
        "list": [
            {"type": "datasource", "name": "DS_PROMETHEUS", "query": "prometheus"},
            {
                "type": "query",
                "name": "connector",
                "query": "label_values(debezium_metrics_Connected, server)",
                "datasource": DATASOURCE,
                "refresh": 2,
            },
        ]
    },
    "annotations": {"list": []},
    "panels": [PANEL],
}
ALERT: dict[str, Any] = {
    "alert": "SomethingIsWrong",
    "expr": "up == 0",
    "for": "5m",
    "labels": {"severity": "warning"},
    "annotations": {
        "summary": "Something is wrong.",
        "description": "What it means here.",
        "runbook_url": "https://runbooks.example.com/something",
    },
}


def panel(expression: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a panel that shows an expression, with other keys changed."""
    result = merged(PANEL, changes)
    if expression is not None:
        result["targets"][0]["expr"] = expression
    return result


def dashboard(*panels: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a dashboard of these panels, with other keys changed."""
    result = merged(DASHBOARD, changes)
    if panels:
        result["panels"] = list(panels)
    return result


def rule_file(*rules: dict[str, Any], **group: Any) -> str:
    """Return a rule file of these rules; each is an alert unless it records."""
    complete = [rule if "record" in rule else merged(ALERT, rule) for rule in rules]
    return yaml.safe_dump(
        {"groups": [{"name": "group", "interval": "30s", **group, "rules": complete}]}, sort_keys=False
    )


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return an object with some keys changed, those of inner objects one by one; None removes a key."""
    result = copy.deepcopy(base)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = value
    return result


def linted(*subjects: dict[str, Any] | str, profile: str = "lab") -> tuple[Linted, ...]:
    """Return documents as they are looked at: an object is a dashboard, a text a rule file."""
    names = MetricNames(catalog(), load_profile(profile))
    found = []
    for number, subject in enumerate(subjects):
        text = subject if isinstance(subject, str) else json.dumps(subject, indent=2)
        name = f"rules-{number}.yml" if isinstance(subject, str) else f"dashboard-{number}.json"
        found += [Linted.of(file, names) for file in read_documents(text, name)]
    return tuple(found)


def declared(*subjects: dict[str, Any], profile: str = "lab") -> tuple[Linted, ...]:
    """Return documents as if they were compiled from Python."""
    names = MetricNames(catalog(), load_profile(profile))
    return tuple(
        Linted(
            Document(
                PurePosixPath(f"compiled-{number}"),
                "rules" if "groups" in subject else "dashboard",
                subject,
                {},
                "x.py",
            ),
            names=names,
        )
        for number, subject in enumerate(subjects)
    )


def run(
    documents: Iterable[Linted], *, settings: Settings | None = None, is_project: bool = False, **known: Any
) -> tuple[Finding, ...]:
    """Return what all checks find."""
    lint = Lint(tuple(documents), settings or Settings(), catalog(), is_project=is_project, **known)
    return engine.run(lint).findings


def found(
    check: str,
    *subjects: dict[str, Any] | str,
    profile: str = "lab",
    settings: Settings | None = None,
    is_project: bool = False,
    **known: Any,
) -> list[str]:
    """Return the messages of one check about dashboards (objects) and rule files (texts)."""
    assert check in engine.all_checks()
    findings = run(linted(*subjects, profile=profile), settings=settings, is_project=is_project, **known)
    return [finding.problem.message for finding in findings if finding.check == check]


def in_panel(check: str, expression: str, **changes: Any) -> list[str]:
    """Return the messages of one check about a panel that shows an expression."""
    return found(check, dashboard(panel(expression, **changes)))


def in_alert(check: str, expression: str, **changes: Any) -> list[str]:
    """Return the messages of one check about an alert with an expression."""
    return found(check, rule_file({"expr": expression, **changes}))


def settings(**changes: Any) -> Settings:
    """Return settings that differ from the defaults."""
    return attrs.evolve(Settings(), **changes)
