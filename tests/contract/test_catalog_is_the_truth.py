"""The catalog against what running connectors exposed, in the folder that DASHLIB_SHARED names."""

from __future__ import annotations

import importlib.util
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dashlib.metrics.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from dashlib.metrics.catalog import Metric

GENERATOR = Path(__file__).parents[2] / "tools" / "generate_catalog.py"
SCRAPES = ("streaming.own-rules.prom", "first-snapshot.own-rules.prom")
OPTIONAL = {"connector"}  # on Debezium's metrics: only with custom.metric.tags
TEXTS = {"java.lang.String", "[Ljava.lang.String;", "java.util.Map<java.lang.String, java.lang.String>"}
# The captured versions, by topic prefix: report.md §1 and §3.
NEWER = {"mysql36": "3.6.1", "pg37": "3.7.0"}


@pytest.fixture(scope="module")
def shared() -> Path:
    folder = os.environ.get("DASHLIB_SHARED")
    assert folder, "DASHLIB_SHARED is not set; it must name the folder that holds truth/"
    assert (Path(folder) / "truth").is_dir(), f"DASHLIB_SHARED={folder} has no folder truth/"
    return Path(folder)


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_catalog", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_families_are_what_the_generator_writes(
    shared: Path, generator: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    exit_code = generator.main([str(shared), "--check"])
    assert exit_code == 0, capsys.readouterr().out


def test_a_family_that_differs_is_shown_and_left_alone(
    shared: Path, generator: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(generator, "METRICS", tmp_path)
    assert generator.main([str(shared)]) == 0
    assert generator.main([str(shared), "--check"]) == 0
    (tmp_path / "debezium.json").write_text("{}\n")
    capsys.readouterr()
    assert generator.main([str(shared), "--check"]) == 1
    assert "MilliSecondsBehindSource" in capsys.readouterr().out
    assert (tmp_path / "debezium.json").read_text() == "{}\n"


def beans(shared: Path) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield connector kind, context, version and each attribute of the captured MBeans."""
    for capture in json.loads((shared / "truth" / "mbeans.json").read_text()):
        for bean in capture["mbeans"]:
            found = re.fullmatch(
                r"debezium\.(\w+):type=connector-metrics,context=([\w-]+),server=(\w+)", bean["objectName"]
            )
            assert found, bean["objectName"]
            for attribute in bean["attributes"]:
                yield found[1], found[2], NEWER.get(found[3], "3.5.0"), attribute


def test_every_attribute_of_a_running_connector_is_in_the_catalog(shared: Path) -> None:
    numbers = 0
    for connector, context, version, attribute in beans(shared):
        metric = catalog().metric(attribute["name"])
        place = (metric.name, connector, context)
        assert metric.family == "debezium", place
        assert connector in metric.connectors, place
        assert context in metric.contexts, place
        assert f"{connector} {version}" in metric.observed, place
        assert as_numbers(metric.since or "") <= as_numbers(version), place
        assert labels_of(metric, connector, context), place
        is_text = attribute["originalType"] in TEXTS
        assert (metric.type == "info") == is_text, place
        numbers += not is_text
        if attribute["value"] == -1:
            assert -1 in metric.unknown, place
        if attribute["type"] == "boolean":
            assert metric.unit == "bool", place
    assert numbers > 400


def test_nothing_is_observed_that_was_not(shared: Path) -> None:
    seen = {(attribute["name"], f"{connector} {version}") for connector, _, version, attribute in beans(shared)}
    assert {(metric.name, where) for metric in catalog() for where in metric.observed} == seen


def test_every_documented_attribute_is_in_the_catalog(shared: Path) -> None:
    for row in json.loads((shared / "truth" / "metrics-catalog.json").read_text()):
        metric = catalog().find(row["attribute"])
        assert metric is not None, row["attribute"]
        if row["until"] is None:
            assert metric.gone_since is None, row["attribute"]


@pytest.mark.parametrize("scrape", SCRAPES)
def test_every_series_of_the_lab_is_in_the_catalog_with_its_labels(shared: Path, scrape: str) -> None:
    names = set()
    for line in (shared / "truth" / "metrics" / scrape).read_text().splitlines():
        found = re.match(r"(debezium_metrics|kafka_connect|kafka_producer)_(\w+)(?:\{(.*)\})? ", line)
        if found is None:
            continue
        metric = catalog().metric(found[2])
        labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[3] or ""))
        expected = set(metric.labels)
        if metric.family == "debezium":
            expected = labels_of(metric, labels["plugin"], labels["context"]) - OPTIONAL
        assert set(labels) == expected, line
        names.add(found[0].partition("{")[0])
    assert len(names) > 150


@pytest.mark.parametrize("scrape", SCRAPES)
def test_every_counter_of_the_lab_is_one_in_the_catalog(shared: Path, scrape: str) -> None:
    text = (shared / "truth" / "metrics" / scrape).read_text()
    counters = re.findall(
        r"^# TYPE (?:debezium_metrics|kafka_connect|kafka_producer)_(\S+) counter$", text, re.MULTILINE
    )
    assert counters
    assert [name for name in counters if catalog().metric(name).type != "counter"] == []


def labels_of(metric: Metric, connector: str, context: str) -> set[str]:
    if not metric.variants:
        return set(metric.labels)
    return {
        label
        for variant in metric.variants
        if connector in variant.connectors and context in variant.contexts and variant.gone_since is None
        for label in variant.labels
    }


def as_numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
