"""Naming profiles against the whole captures of running connectors, not the few connectors that `make test` has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib import promql
from dashlib.metrics.catalog import catalog
from dashlib.metrics.recognition import derive, observe, recognize
from dashlib.promql import tree as promql_tree
from tests.metrics.test_profiles import check_vector, compiled, expressions

if TYPE_CHECKING:
    from pathlib import Path

CAPTURES = {
    "first-snapshot.own-rules.prom": "lab",
    "streaming.own-rules.prom": "lab",
    "streaming.own-rules.agent-0.20.0.prom": "lab",
    "streaming.debezium-examples-rules.prom": "debezium-examples",
    "streaming.no-rules.prom": "no-rules",
}
# Only the lab's own configuration has rules for numbers taken out of texts, and for the schema history's state.
BY_THE_LABS_RULES = {
    "debezium_metrics_GtidPosition",
    "debezium_metrics_BinlogFileNumber",
    "debezium_metrics_SchemaHistoryStatus",
}


@pytest.mark.parametrize(("capture", "profile"), CAPTURES.items())
def test_every_capture_is_recognised(shared: Path, capture: str, profile: str) -> None:
    recognition = recognize(observe((shared / "truth" / "metrics" / capture).read_text()), catalog())
    assert recognition.best is not None
    assert recognition.best.profile.name == profile
    assert not recognition.best.missing_labels


@pytest.mark.parametrize(
    "capture", [capture for capture in CAPTURES if capture.startswith("streaming") and "0.20.0" not in capture]
)
def test_every_metric_and_label_that_is_asked_for_is_in_the_capture(shared: Path, capture: str) -> None:
    seen = observe((shared / "truth" / "metrics" / capture).read_text())
    asked = 0
    for document in compiled(CAPTURES[capture]).documents:
        if document.kind in ("dashboard", "rules"):
            for expression in expressions(document):
                for vector in promql_tree.vectors(promql.read(expression).tree):
                    if vector.selector.metric not in BY_THE_LABS_RULES:
                        asked += check_vector(vector.selector, seen, CAPTURES[capture])
    assert asked > 20


@pytest.mark.parametrize("capture", CAPTURES)
def test_a_profile_can_be_written_for_every_capture(shared: Path, capture: str) -> None:
    seen = observe((shared / "truth" / "metrics" / capture).read_text())
    fits = recognize(seen, catalog(), [derive(seen, catalog(), "own")]).best
    assert fits is not None
    assert not fits.missing_labels
