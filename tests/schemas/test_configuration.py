"""The JSON Schema of `[tool.dashlib]`, which editors use, says what the reader of it takes, no more and no less."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dashlib import schemas, tables
from dashlib.compile.configuration import Configuration
from dashlib.compile.declared_connectors import read_connectors
from dashlib.errors import ConfigurationError
from dashlib.grafana.targets import read_targets
from dashlib.lint.settings import read_settings
from dashlib.metrics.catalog import own_metrics
from tools import generate_configuration_schema as generator

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Shell

ROOT = Path(__file__).parents[2]


def read_all(table: dict[str, Any]) -> None:
    """Read a whole `[tool.dashlib]`, as `build --check` does."""
    configuration = tables.read(Configuration, table, tables.Place())
    for name, metric in configuration.catalog.items():
        own_metrics(name, metric)[0]
    read_connectors(configuration.connectors, configuration.overrides, list)
    read_settings(configuration.lint)
    read_targets(configuration.grafana)


@pytest.mark.parametrize(
    ("file", "schema"),
    [(generator.FILE, generator.schema), (generator.PROFILE_FILE, generator.profile_schema)],
    ids=["configuration", "profile"],
)
def test_the_schema_is_generated_from_the_reader(file: Path, schema: Callable[[], dict[str, Any]]) -> None:
    generated = generator.text(schema())
    assert file.read_text(encoding="utf-8") == generated, "run python -m tools.generate_configuration_schema"


@pytest.mark.parametrize("name", ["tool.dashlb", "tools.dashlib", "dashlib"])
def test_a_table_with_nearly_the_name_is_said(shell: Shell, name: str) -> None:
    shell.write("pyproject.toml", f'[{name}]\ndeclarations = ["watch"]\n')
    done = shell.dashlib("build")
    assert done.returncode == 2
    assert f"pyproject.toml: [{name}] does nothing; did you mean [tool.dashlib]?" in done.stderr


@pytest.mark.parametrize(
    "table",
    [
        {},
        tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["dashlib"],
        {
            "declarations": ["watch"],
            "dashboards": "out/dashboards",
            "rules": "out/rules",
            "alertmanager": "",
            "grafana_provisioning": "out",
            "grafana_datasource": "prom",
            "profile": "lab",
            "grafana_url": "https://grafana.example.com/sub",
            "runbook_url": "docs/runbooks",
            "labels": {"team": "data"},
            "catalog": {"my_metric": {"type": "gauge", "unit": "s", "labels": ["server"], "unknown": [-1]}},
            "lint": {"severity": {"raw-counter": "info"}, "scrape_interval": "1m30s", "debezium": "2.5"},
            "grafana": {"production": {"url": "https://grafana.example.com", "timeout": 2.5}},
            "connectors": {"orders": {"plugin": "postgres", "heartbeat_table": "10s"}},
            "overrides": {"orders": {"alerts": {"Lag": {"threshold": 3, "for": "5m", "enabled": True}}}},
            "scenarios": "tests",
            "target_labels": ["cluster"],
            "panels_read_records": True,
            "worst_only": True,
        },
    ],
    ids=["nothing", "this project's", "everything"],
)
def test_what_is_right_is_so_for_both(table: dict[str, Any]) -> None:
    read_all(table)
    assert not list(schemas.findings("configuration", table))


CONNECTOR = {"orders": {"plugin": "postgres"}}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            {"declarations": "dashboards"},
            '[tool.dashlib] declarations: found "dashboards"; expected a non-empty list of folders',
        ),
        ({"declarations": []}, "declarations: found []; expected a non-empty list of folders below the project's root"),
        ({"dashboards": "/etc"}, 'dashboards: found "/etc"; expected a folder below the project\'s root'),
        ({"rules": "../up"}, 'rules: found "../up"; expected a folder below the project\'s root'),
        ({"rules": "a/../../up"}, 'rules: found "a/../../up"; expected a folder below'),
        ({"rules": ""}, 'rules: found ""; expected a folder below'),
        ({"profile": " "}, 'profile: found " "; expected a non-empty string'),
        ({"grafana_url": "grafana:3000"}, 'grafana_url: found "grafana:3000"; expected a URL'),
        ({"grafana_datasource": "a b"}, 'grafana_datasource: found "a b"; expected a uid'),
        (
            {"severities": ["page", "page"]},
            'severities: found ["page", "page"]; expected a list of severities, each once',
        ),
        ({"profil": "lab"}, '[tool.dashlib] has no setting "profil"; did you mean "profile"?'),
        ({"panels_read_records": "yes"}, 'panels_read_records: found "yes"; expected true or false'),
        ({"target_labels": ["a{b"]}, 'target_labels: found ["a{b"]; expected a list of label names'),
        ({"labels": {"team": 7}}, "[tool.dashlib.labels] team: found 7; expected a string"),
        ({"labels": {"a-b": "x"}}, '[tool.dashlib] labels: found "a-b"; expected a label name'),
        ({"catalog": {"m{}": {}}}, 'catalog: found "m{}"; expected the name of a metric'),
        ({"catalog": {"m": {"type": "gauge"}}}, "[tool.dashlib.catalog.m] has no unit; expected the unit"),
        ({"lint": {"lookback": "5 m"}}, '[tool.dashlib.lint] lookback: found "5 m"; expected a duration'),
        ({"lint": {"severities": []}}, "[tool.dashlib.lint] severities: found []; expected a non-empty list"),
        ({"grafana": {"a": {"url": "http://a", "attempts": 0}}}, "[tool.dashlib.grafana.a] attempts: found 0"),
        (
            {"grafana": {"a": {"url": "http://me:word@a"}}},
            "[tool.dashlib.grafana.a] the URL of Grafana must not contain",
        ),
        ({"connectors": {"orders": {"plugin": "access"}}}, '[tool.dashlib.connectors.orders] plugin: found "access"'),
        (
            {"connectors": CONNECTOR, "overrides": {"orders": {"alerts": {"Lag": {"for": "soon"}}}}},
            '[tool.dashlib.overrides.orders.alerts.Lag] for: found "soon"; expected a duration',
        ),
    ],
)
def test_what_is_wrong_is_so_for_both(table: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_all(table)
    assert said in str(caught.value)
    assert list(schemas.findings("configuration", table))
