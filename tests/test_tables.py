"""The reader of configuration: a class declares what its table holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from dashlib.errors import ConfigurationError, DashlibError
from dashlib.tables import Duration, Flag, MapOf, Number, Place, Table, Text, holds, read, schema, valid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def _even(_instance: object, _attribute: attrs.Attribute[int], value: int) -> None:
    if value % 2:
        raise DashlibError(f"pairs come in twos; {value} is odd")


@attrs.frozen
class Inner:
    name: str
    for_: str = attrs.field(default="5m", metadata=holds(Duration()))
    pairs: int = attrs.field(default=2, validator=_even, metadata=holds(Number(whole=True)))


@attrs.frozen
class Outer:
    title: str = attrs.field(validator=valid, metadata=holds(Text("[a-z]+", "a word in lower case")))
    on: bool = attrs.field(default=False, metadata=holds(Flag()))
    inner: Mapping[str, object] = attrs.field(factory=dict, metadata=holds(MapOf(Number())))


TOML = """[tool.dashlib]
profile = "lab"

[tool.dashlib.outer]
title = "One"

[tool.dashlib."outer".inner]
"a b" = { for = "soon" }
c.d = 1
"""


def test_a_table_is_read_as_its_class() -> None:
    assert read(Outer, {"title": "one", "on": True, "inner": {"x": 1.5}}, Place()) == Outer(
        "one", on=True, inner={"x": 1.5}
    )
    assert read(Inner, {"for": "10s"}, Place(), name="given", pairs=4) == Inner("given", "10s", 4)
    assert read(Inner, {"pairs": 6}, Place(), name="given", pairs=4).pairs == 6


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"title": "One"}, '[tool.dashlib.outer] title: found "One"; expected a word in lower case'),
        ({}, "[tool.dashlib.outer] has no title; expected a word in lower case"),
        ({"titel": "one"}, '[tool.dashlib.outer] has no setting "titel"; did you mean "title"?'),
        ({"title": "one", "x": 1}, '[tool.dashlib.outer] has no setting "x"; known: title, on, inner'),
        ({"title": "one", "on": 1}, "[tool.dashlib.outer] on: found 1; expected true or false"),
        ({"title": "one", "inner": []}, "[tool.dashlib.outer] inner: found []; expected a table"),
        ({"title": "one", "inner": {"a": True}}, "[tool.dashlib.outer.inner] a: found true; expected a number"),
        ("one", '[tool.dashlib] outer: found "one"; expected a table'),
    ],
)
def test_a_mistake_says_where_what_was_found_and_what_is_expected(table: object, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(Outer, table, Place(("outer",)))
    assert str(caught.value) == said


def test_a_validator_of_the_class_speaks_behind_the_place() -> None:
    with pytest.raises(ConfigurationError, match=r"^\[tool.dashlib.x\] pairs come in twos; 3 is odd$"):
        read(Inner, {"pairs": 3}, Place(("x",)), name="x")


def test_a_value_that_is_no_tables_is_held_against_the_same_kind() -> None:
    with pytest.raises(ConfigurationError, match=r'^title: found "One"; expected a word in lower case$'):
        Outer("One")


@pytest.mark.parametrize(
    ("keys", "at", "line"),
    [
        (("outer",), "title", 5),
        (("outer",), "gone", 4),
        (("outer", "inner", "a b"), "for", 8),
        (("outer", "inner", "c"), "d", 9),
        ((), "profile", 2),
    ],
)
def test_a_mistake_names_the_line(tmp_path: Path, keys: tuple[str, ...], at: str, line: int) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(TOML)
    assert str(Place(keys, file).error("is wrong", at)).startswith(f"{file}:{line}: [tool.dashlib")


def test_a_mistake_names_the_file_where_the_line_is_not_known(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    assert str(Place(("x",), file).error("is wrong")) == f"{file}: [tool.dashlib.x] is wrong"


def test_the_same_declaration_is_a_json_schema() -> None:
    assert schema(Outer) == {
        "type": "object",
        "required": ["title"],
        "properties": {
            "title": {"type": "string", "pattern": "^(?:[a-z]+)$"},
            "on": {"type": "boolean", "default": False},
            "inner": {"type": "object", "additionalProperties": {"type": "number"}},
        },
        "additionalProperties": False,
    }
    assert Table(Inner).schema() == schema(Inner)
    assert "name" not in schema(Inner)["properties"]  # type: ignore[operator]
