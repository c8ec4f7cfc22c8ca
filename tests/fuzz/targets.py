"""What is fuzzed: each target takes bytes of any kind, and anything that it raises is a mistake of dashlib's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dashlib import promql
from dashlib.documents.foreign import UnreadableFileError
from dashlib.documents.forms import read_documents
from dashlib.lint import engine, reports
from dashlib.lint.metric_names import MetricNames
from dashlib.lint.settings import Settings
from dashlib.lint.subjects import Lint, Linted
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from dashlib.promql import PromQLError
from dashlib.promql.tree import vectors, walk
from dashlib.promql.types import types

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAMES = MetricNames(catalog(), load_profile("lab"))


def read_json(data: bytes) -> None:
    """Read bytes as a dashboard, and look at it with every check."""
    _lint(data, "fuzz.json")


def read_yaml(data: bytes) -> None:
    """Read bytes as a rule file, and look at it with every check."""
    _lint(data, "fuzz.yml")


def _lint(data: bytes, name: str) -> None:
    try:
        files = read_documents(data.decode(errors="replace"), name)
    except UnreadableFileError:
        return
    documents = tuple(Linted.of(file, _NAMES) for file in files)
    result = engine.run(Lint(documents, Settings(), catalog()))
    for form in reports.FORMATS.values():
        form(result)
    json.loads(reports.json(result))


def walk_promql(data: bytes) -> None:
    """Read bytes as PromQL: the tree's parts lie within the text, and each has a type."""
    expression = data.decode(errors="replace")
    try:
        root = promql.read(expression).tree
    except PromQLError:
        return
    known = types(root, _NAMES.facts)
    for node in walk(root):
        assert 0 <= node.start <= node.end <= len(expression)
        assert id(node) in known
        for child in node.children:
            assert child.start <= child.end
    for vector in vectors(root):
        for matcher, start, end in vector.matchers:
            assert expression[start:end].startswith(matcher.label)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "json": read_json,
    "yaml": read_yaml,
    "promql": walk_promql,
}
