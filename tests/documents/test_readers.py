"""Dashboards and rules are read in one room: nobody else walks the lists that they are made of."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dashlib

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUSE = Path(dashlib.__file__).parent
#: Who reads documents, who writes them, and what turns each part of one into its normal form: JSON to JSON. The
#: preview's page has rows of panels, too, which no Grafana knows.
WALKERS = (
    "documents/",
    "compile/",
    "grafana/normal_form.py",
    "preview/comparing.py",
    "preview/page.py",
    "preview/serving.py",
)
LISTS = {"panels", "targets"}


def asked_for(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield which keys a module reads, with their lines: `x["panels"]` and `x.get("panels")`."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(slice=ast.Constant(value=str(key)), ctx=ast.Load()):
                yield node.lineno, key
            case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(key)), *_]):
                yield node.lineno, key


def imported(file: Path) -> Iterator[str]:
    """Yield the modules of dashlib that a module imports, those for its annotations too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("dashlib"):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_nobody_else_walks_the_panels_and_queries_of_a_dashboard() -> None:
    walked = [
        f"{place}:{line}: {key}"
        for file in HOUSE.rglob("*.py")
        if not (place := file.relative_to(HOUSE).as_posix()).startswith(WALKERS)
        for line, key in asked_for(ast.parse(file.read_text(encoding="utf-8")))
        if key in LISTS
    ]
    assert walked == []


@pytest.mark.parametrize(
    ("folder", "never"),
    [
        ("documents", ("lint", "doctor", "grafana", "proof", "glance", "compile", "declare", "schemas", "commands")),
        ("lint/checks", ("lint.engine", "lint.reports", "lint.fixing")),
    ],
)
def test_no_import_goes_up(folder: str, never: tuple[str, ...]) -> None:
    up = {f"dashlib.{name}" for name in never}
    for file in (HOUSE / folder).glob("*.py"):
        found = {name for name in imported(file) if name in up or name.startswith(tuple(f"{each}." for each in up))}
        assert not found, file.name


def test_what_a_check_is_knows_nothing_of_what_it_looks_at() -> None:
    assert not [name for name in imported(HOUSE / "lint/findings.py") if name.startswith("dashlib.lint")]
