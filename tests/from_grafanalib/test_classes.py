"""Each of grafanalib's classes compiles where it belongs, and nothing that is set in one is lost without a word."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import attr
import pytest
from grafanalib import core

from dashlib.compile.outputs.dashboard_json import compile_placed
from dashlib.compile.outputs.grafana_alerting import with_written
from dashlib.compile.rendering import Rendering
from dashlib.compile.validation import load_schema
from dashlib.declare.placed import PlacedDashboard
from dashlib.documents.document import Document
from dashlib.from_grafanalib import CLASSES, declarations
from dashlib.from_grafanalib.classes import GONE_VALUES
from dashlib.from_grafanalib.plain import default_of, json_of
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from dashlib.schemas import findings
from dashlib.sources import Source
from tests.from_grafanalib import specimens

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = [each for each in specimens.CLASSES if each is not core.Panel]
RENDERING = Rendering(catalog(), load_profile("lab"))
HERE = Source("a.dashboard.py", 1)
NO_RULES = Document(PurePosixPath("rules.yaml"), "grafana-alerting", {"apiVersion": 1, "groups": []}, {}, "")


def compiled(declared: Any) -> list[Document]:
    found = declarations(declared, HERE)
    documents = [
        compile_placed(each, RENDERING, PurePosixPath("a.json"), "a.py")
        for each in found
        if isinstance(each, PlacedDashboard)
    ]
    groups = [(each, "a.py") for each in found if not isinstance(each, PlacedDashboard)]
    return [*documents, with_written(NO_RULES, groups, "prom")] if groups else documents


def written(declared: Any) -> list[dict[str, Any]]:
    return [document.data for document in compiled(declared)]


def test_the_table_names_every_class() -> None:
    assert set(CLASSES) == set(specimens.CLASSES)
    assert len(CLASSES) == 135
    assert all(known.becomes for known in CLASSES.values())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_class_compiles_where_it_belongs(kind: type) -> None:
    for document in compiled(specimens.place_of(kind)(specimens.made(kind))):
        schema = "dashboard" if document.kind == "dashboard" else "provisioning-alerting"
        assert list(findings(schema, document.data, load_schema)) == []


def variant(kind: type, field: Any) -> Any:
    """Return another value of an attribute; NOTHING where none is known."""
    for each in kind.__mro__:
        if (each, field.name) in specimens.OTHERWISE:
            return specimens.OTHERWISE[each, field.name]
    value = specimens.ARGUMENTS.get(kind, {}).get(field.name, default_of(field))
    options = getattr(field.validator, "options", None)
    if options is not None:
        return next((each for each in options if each != value and each is not None), attr.NOTHING)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str) and value:
        return f"{value}x"
    return specimens.BY_NAME.get(field.name, "x" if value == "" else attr.NOTHING)


def both(kind: type, changes: Mapping[str, Any]) -> tuple[Any, list[dict[str, Any]]]:
    """Return grafanalib's JSON and ours of an object where it belongs, with some attributes set otherwise."""
    place = specimens.place_of(kind)
    with redirect_stdout(io.StringIO()):
        theirs = json_of(place(specimens.made(kind, **changes)))
    return theirs, written(place(specimens.made(kind, **changes)))


def is_gone(kind: type, attribute: str) -> bool:
    """Tell whether the table says that Grafana no longer has an attribute, or some values of it."""
    return any(
        (each in CLASSES and attribute in CLASSES[each].gone) or (each, attribute) in GONE_VALUES
        for each in kind.__mro__
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_attribute_is_lost_without_a_word(kind: type) -> None:
    plain, lost = both(kind, {}), []
    for field in attr.fields(kind):
        if not field.init or is_gone(kind, field.name):
            continue
        other = variant(kind, field)
        assert other is not attr.NOTHING, f"specimens lack {kind.__name__}.{field.name}"
        together = next(
            (found for each in kind.__mro__ if (found := specimens.TOGETHER.get((each, field.name))) is not None), {}
        )
        before = plain if not together else both(kind, together)
        after = both(kind, {**together, field.name: other})
        if before[0] != after[0] and before[1] == after[1]:  # what grafanalib does not write either is not lost
            lost.append(field.name)
    assert lost == []
