"""Series that are made up for a project of which nothing was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib import promql
from dashlib.compile.known import catalog_of
from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.preview.inventing import invented
from dashlib.preview.recording import expressions_of, metrics_of
from dashlib.promql.matchers import passes
from dashlib.promql.variables import has_variable
from tests.compiled import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.documents.document import Document
    from dashlib.promql import Selector
    from dashlib.recordings.recording import Recording


def selectors_of(text: str) -> Sequence[Selector]:
    try:
        return promql.read(text).selectors
    except promql.PromQLError:  # a query of another datasource
        return ()


@pytest.fixture(scope="module")
def documents() -> Sequence[Document]:
    return compile_project(load_project(ROOT / "examples/platform"))


@pytest.fixture(scope="module")
def recording(documents: Sequence[Document]) -> Recording:
    return invented(documents, {each.name: each for each in catalog_of(load_project(ROOT / "examples/platform"))})


def test_every_metric_that_is_asked_has_series(documents: Sequence[Document], recording: Recording) -> None:
    assert {each.labels["__name__"] for each in recording.series} == set(metrics_of(documents))


def test_every_selector_finds_some(documents: Sequence[Document], recording: Recording) -> None:
    recorded = {each.labels["__name__"] for each in recording.series}
    asked = [one for text in expressions_of(documents) for one in selectors_of(text) if one.metric in recorded]
    assert asked
    for selector in asked:
        matchers = [one for one in selector.matchers if not has_variable(one.value) and one.label != "le"]
        assert any(
            each.labels["__name__"] == selector.metric
            and all(passes(one, each.labels.get(one.label, "")) for one in matchers)
            for each in recording.series
        ), selector


def test_counters_only_grow_and_buckets_hold_the_smaller_ones(recording: Recording) -> None:
    counters = [each for each in recording.series if each.labels["__name__"].endswith(("_total", "_bucket", "_count"))]
    assert counters
    for each in counters:
        samples = [float(value) for value in each.samples()]
        assert samples == sorted(samples)
        assert samples[-1] > samples[0]


def test_the_same_seed_gives_the_same_series_and_another_one_does_not(
    documents: Sequence[Document], recording: Recording
) -> None:
    known = {each.name: each for each in catalog_of(load_project(ROOT / "examples/platform"))}
    assert invented(documents, known, 0) == recording
    assert invented(documents, known, 1) != recording
