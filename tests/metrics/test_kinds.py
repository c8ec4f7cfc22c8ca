"""The kinds of connector stand in one file: whoever needs them reads it, and a new one is one line."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dashlib.compile.declared_connectors import read_connectors
from dashlib.metrics.catalog import catalog
from dashlib.metrics.kinds import CONTEXTS, KINDS, PLUGINS, kind_of_class
from dashlib.schemas import load_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
#: So many kinds in one expression are a list of them.
LIST = 3


def lists(tree: ast.AST) -> Iterator[list[str]]:
    """Yield the kinds of connector that each collection of a module names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Call):
            texts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
            yield [text for text in texts if isinstance(text, str) and text in PLUGINS]


def test_no_module_lists_kinds_of_its_own() -> None:
    texts = {file: file.read_text(encoding="utf-8") for file in ROOT.glob("dashlib/**/*.py")}
    texts |= {file: file.read_text(encoding="utf-8") for file in ROOT.glob("tools/*.py")}
    found = [
        file
        for file, text in texts.items()
        if sum(kind in text for kind in PLUGINS) >= LIST  # to look is cheaper than to parse
        and any(len(set(kinds)) >= LIST for kinds in lists(ast.parse(text)))
    ]
    assert not found, "read dashlib.metrics.kinds"


def test_no_schema_lists_them() -> None:
    generated = ROOT / "dashlib/schemas/configuration.schema.json"
    for file in {*ROOT.glob("dashlib/schemas/*.json")} - {generated}:
        text = json.dumps(json.loads(file.read_bytes()))
        assert len(set(re.findall(r'"(\w+)"', text)) & set(PLUGINS)) < LIST, file.name
    connector = load_schema("configuration")["properties"]["connectors"]["additionalProperties"]
    assert connector["properties"]["plugin"]["enum"] == list(PLUGINS)


def test_the_catalog_knows_each_kind_and_no_other() -> None:
    metrics = list(catalog().metrics("debezium"))
    assert {kind for metric in metrics for kind in metric.connectors} == set(PLUGINS)
    assert {context for metric in metrics for context in metric.contexts} <= set(CONTEXTS)


@pytest.mark.parametrize("kind", PLUGINS)
def test_each_kind_may_be_declared_as_a_connector(kind: str) -> None:
    assert read_connectors({"orders": {"plugin": kind}}, {}, list).declared["orders"].plugin == kind


@pytest.mark.parametrize(
    ("java_class", "kind"),
    [
        ("io.debezium.connector.postgresql.PostgresConnector", "postgres"),
        ("io.debezium.connector.sqlserver.SqlServerConnector", "sql_server"),
        ("io.debezium.connector.db2as400.As400RpcConnector", "ibmi"),
        ("io.debezium.connector.mysql.MySqlConnector", "mysql"),
        ("io.debezium.connector.another.AnotherConnector", "another"),
        ("org.apache.kafka.connect.file.FileStreamSourceConnector", ""),
    ],
)
def test_a_connector_is_of_the_kind_of_its_class(java_class: str, kind: str) -> None:
    assert kind_of_class(java_class) == kind


def test_the_configuration_page_names_each_kind() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    [row] = [line for line in page.splitlines() if line.startswith("| `plugin` |")]
    assert re.findall(r"`(\w+)`", row) == ["plugin", *PLUGINS]
    assert all(kind.title for kind in KINDS)
