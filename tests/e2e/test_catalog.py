"""The catalog's debezium and kafka_connect families are what runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tools import generate_catalog as generator

from . import catalog
from .components import VERSIONS
from .errors import StackError

if TYPE_CHECKING:
    from pathlib import Path

    from .stack import Stack

# what may be wrong with an entry that was seen here: attribute, fact, the wrong value, part of the sentence about it
WRONG: tuple[tuple[str, str, Any, str], ...] = (
    ("GtidSet", "java_type", "long", 'java_type is "long" in the catalog and "String" on the stack'),
    ("GtidSet", "form", "number", 'form is "number" in the catalog and "text" on the stack'),
    ("RowsScanned", "form", "number", 'form is "number" in the catalog and "per_key" on the stack'),
    ("Connected", "type", "info", 'type is "info" in the catalog and "gauge" on the stack'),
    ("Connected", "observed", ["mysql 3.5.0"], 'observed is ["mysql 3.5.0"] in the catalog and ["mariadb 3.5.0"'),
)


def committed(family: str) -> dict[str, Any]:
    return catalog.read(family)[1]


def wrong(family: str, name: str, key: str, value: Any) -> dict[str, Any]:
    changed = committed(family)
    assert changed["metrics"][name][key] != value
    changed["metrics"][name][key] = value
    return changed


@pytest.fixture
def running(stack: Stack) -> catalog.Running:
    return catalog.look(stack)


def test_regenerating_changes_nothing(running: catalog.Running, capsys: pytest.CaptureFixture[str]) -> None:
    pinned = {kind: version.removesuffix(".Final") for kind, version in VERSIONS["debezium"].items()}
    assert running.versions == pinned
    assert catalog.apply(running, check=True) == 0, capsys.readouterr().out


def test_what_is_wrong_is_named_and_put_right(running: catalog.Running) -> None:
    right_text = catalog.read("debezium")[0]
    for name, key, value, said in WRONG:
        mistaken = wrong("debezium", name, key, value)
        new = catalog.regenerated(mistaken, running)
        (sentence,) = catalog.differences(mistaken, new)
        assert sentence.startswith(f"{name}: {said}")
        if key != "observed":  # of other versions only the catalog knows
            assert generator.dump(new) == right_text


def test_a_wrong_label_is_named_and_put_right(running: catalog.Running) -> None:
    mistaken = committed("debezium")
    for each in mistaken["metrics"]["BinlogPosition"]["variants"]:
        if "gone_since" not in each:
            each["labels"].remove("connector")
    new = catalog.regenerated(mistaken, running)
    (sentence,) = catalog.differences(mistaken, new)
    assert sentence.startswith("BinlogPosition: variants is ")
    assert generator.dump(new) == catalog.read("debezium")[0]


def test_what_the_stack_lacks_goes(running: catalog.Running) -> None:
    old = committed("debezium")
    gone: dict[str, Any] = {
        "connectors": ["mysql"],
        "contexts": ["streaming"],
        "labels": ["server", "plugin", "context"],
    }
    gone |= {"since": "1.5.0", "observed": ["mysql 3.6.1"], "type": "gauge", "unit": "count"}
    old["metrics"]["NumberOfWishes"] = {**gone, "form": "number", "java_type": "long"}
    new = catalog.regenerated(old, running)
    assert list(catalog.differences(old, new)) == ["NumberOfWishes: the catalog has it, the stack lacks it"]
    assert generator.dump(new) == catalog.read("debezium")[0]


def test_what_the_catalog_lacks_comes(running: catalog.Running) -> None:
    old = committed("kafka_connect")
    facts = old["metrics"].pop("worker_task_count")
    new = catalog.regenerated(old, running)
    assert list(catalog.differences(old, new)) == ["worker_task_count: the stack has it, the catalog lacks it"]
    assert new["metrics"]["worker_task_count"] == facts
    assert generator.dump(new) == catalog.read("kafka_connect")[0]
    old = committed("debezium")
    del old["metrics"]["BinlogPosition"]
    with pytest.raises(StackError, match="BinlogPosition, which the catalog lacks"):
        catalog.regenerated(old, running)


def test_kinds_that_do_not_run_here_stay(running: catalog.Running) -> None:
    old = committed("debezium")
    elsewhere = set(generator.CONNECTORS) - set(running.versions)
    for name, facts in old["metrics"].items():
        if set(facts["connectors"]) <= elsewhere:
            assert "observed" not in facts, name
    old["metrics"]["OldestScn"]["unit"] = old["metrics"]["CommittedScn"]["java_type"] = "made up"
    assert not list(catalog.differences(old, catalog.regenerated(old, running)))


def test_the_files_are_written_without_check(
    running: catalog.Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right = {family: catalog.read(family)[0] for family in catalog.FAMILIES}
    wrong_text = generator.dump(wrong("debezium", "GtidSet", "form", "number"))
    for family, text in right.items():
        (tmp_path / f"{family}.json").write_text(wrong_text if family == "debezium" else text)
    monkeypatch.setattr(generator, "METRICS", tmp_path)
    assert catalog.apply(running, check=True) == 1
    assert "GtidSet" in capsys.readouterr().out
    assert (tmp_path / "debezium.json").read_text() == wrong_text
    assert catalog.apply(running, check=False) == 0
    assert {family: (tmp_path / f"{family}.json").read_text() for family in right} == right
    assert json.loads(wrong_text) != json.loads(right["debezium"])
