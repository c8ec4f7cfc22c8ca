"""What users import from `dashlib` is a list that is kept by hand, and it is all that they need."""

from __future__ import annotations

import ast
import builtins
import collections.abc
import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
import tomllib
import types
import typing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dashlib
from dashlib.declare import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PUBLIC = tomllib.loads((Path(__file__).parent / "public_names.toml").read_text(encoding="utf-8"))


def test_the_public_names_are_those_of_the_list() -> None:
    assert sorted([*PUBLIC["calls"], *PUBLIC["types"], *PUBLIC["packages"]]) == dashlib.__all__


@pytest.mark.parametrize("name", dashlib.__all__)
def test_every_public_name_is_there_and_is_no_private_one(name: str) -> None:
    assert getattr(dashlib, name) is not None
    assert not name.startswith("_")


def functions(name: str) -> Iterator[Callable[..., object]]:
    """Yield what a public name is called by: itself, or its `__init__` and public methods."""
    found = getattr(dashlib, name)
    if not isinstance(found, type):
        yield found if inspect.isfunction(found) else type(found).__call__
        return
    for method, value in vars(found).items():
        if (method == "__init__" or not method.startswith("_")) and isinstance(value, types.FunctionType | classmethod):
            yield inspect.unwrap(value.__func__ if isinstance(value, classmethod) else value)


@pytest.mark.parametrize("name", PUBLIC["calls"])
def test_what_an_annotation_of_a_public_name_is_made_of_is_public(name: str) -> None:
    known = {*dashlib.__all__, *vars(builtins), *vars(collections.abc), *vars(words), *vars(typing)}
    for function in functions(name):
        for annotation in function.__annotations__.values():
            text = annotation if isinstance(annotation, str) else ""
            used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
            assert used <= {*known, "foreign", "attrs"}, (name, function.__qualname__)


def test_every_kind_of_panel_has_a_public_builder() -> None:
    from dashlib.declare import panel_kinds

    names = [each.name for each in pkgutil.iter_modules(panel_kinds.__path__) if not each.name.startswith("_")]
    assert len(names) == len(panel_kinds.panel_kinds())
    for name in names:
        home = importlib.import_module(f"{panel_kinds.__name__}.{name}")
        assert getattr(dashlib, name) is getattr(home, name)
        assert home.KIND.id in panel_kinds.panel_kinds()


def test_to_a_type_checker_promql_takes_what_a_query_takes() -> None:
    stub = ast.parse(Path(str(dashlib.__file__)).with_suffix(".pyi").read_text(encoding="utf-8"))
    [promql] = [node for node in ast.walk(stub) if isinstance(node, ast.FunctionDef)]
    told = {
        each.arg: ast.unparse(each.annotation)
        for each in [*promql.args.args, *promql.args.kwonlyargs]
        if each.annotation
    }
    parameters = inspect.signature(dashlib.Query).parameters.values()
    # One of dashlib's words is a string to a type checker.
    takes = {each.name: "str" if hasattr(words, each.annotation) else each.annotation for each in parameters}
    assert told == {name: annotation for name, annotation in takes.items() if name != "source"}
    assert ast.unparse(promql.returns or stub) == "Query"


@pytest.mark.slow
def test_mypy_takes_a_declaration_that_calls_promql(tmp_path: Path) -> None:
    (tmp_path / "web.py").write_text(
        'from dashlib import Query, promql, timeseries\n\nup: Query = promql("up", unit="short")\n'
        'panel = timeseries([up, promql("x")], "X")\npromql(3)\n',
        encoding="utf-8",
    )
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "cache", "web.py"],
        cwd=tmp_path, env={**os.environ, "MYPYPATH": str(Path(str(dashlib.__file__)).parents[1])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert [line for line in ran.stdout.splitlines() if line.startswith("web.py")] == [
        'web.py:5: error: Argument 1 to "promql" has incompatible type "int"; expected "str"  [arg-type]'
    ]
