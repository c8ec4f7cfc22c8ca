"""What was answered once needs no Prometheus again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import attrs
import pytest

from dashlib.glance import Series
from dashlib.glance.questions import Question
from dashlib.preview.cache import Answers, name_of
from dashlib.preview.looking import Asked
from dashlib.preview.sources import of_recording, recording_named
from dashlib.servers.prometheus import Prometheus, QueryResult, Sample
from tests.compiled import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

INSTANT = Question("A", "lag", (10.0,), is_range=False)
RANGE = Question("A", "lag", (0.0, 15.0, 30.0), is_range=True)


class Counting:
    """A Prometheus that counts how often it is asked."""

    asked = 0

    def query(self, expression: str, *, at: float | None = None) -> QueryResult:
        self.asked += 1
        return QueryResult((Sample({"server": f"{expression} {at}"}, math.nan),))

    def query_range(self, expression: str, start: float, end: float, step: float) -> object:  # noqa: ARG002
        self.asked += 1
        return (({"server": "a"}, ((start, 1.5), (start + step, math.inf))),)

    def label_values(self, label: str, start: float, end: float, selectors: Sequence[str]) -> list[str]:  # noqa: ARG002
        self.asked += 1
        return ["b", "a"]


def never() -> Prometheus:
    pytest.fail("a Prometheus is started, and all is known")


def test_answers_are_kept_and_read_back_as_they_were(tmp_path: Path) -> None:
    prometheus = Counting()
    known = Answers("mine", [tmp_path])
    first = Asked(lambda: cast("Prometheus", prometheus), known)
    answers = [first.series(INSTANT), first.series(RANGE), first.values("server", 0, 10, ["up"])]
    known.save(tmp_path)
    assert prometheus.asked == 3
    again = Asked(never, Answers("mine", [tmp_path]))
    assert repr([again.series(INSTANT), again.series(RANGE), again.values("server", 0, 10, ["up"])]) == repr(answers)
    assert answers[1] == (Series({"server": "a"}, ((0.0, 1.5), (15.0, math.inf))),)
    assert answers[2] == ["a", "b"]


def test_a_query_that_is_not_known_is_asked_and_no_other_moment_answers_it(tmp_path: Path) -> None:
    known = Answers("mine", [tmp_path])
    known.keep(INSTANT, ())
    prometheus = Counting()
    asked = Asked(lambda: cast("Prometheus", prometheus), known)
    assert asked.series(INSTANT) == ()
    assert asked.series(attrs.evolve(INSTANT, times=(11.0,)))
    assert prometheus.asked == 1


def test_a_broken_or_forbidden_folder_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "mine.json.gz").write_bytes(b"no answers")
    known = Answers("mine", [tmp_path, tmp_path / "missing"])
    assert known.series(INSTANT) is None
    known.keep(INSTANT, ())
    known.save(tmp_path / "mine.json.gz" / "no-folder")


def test_other_rules_and_other_series_have_other_answers() -> None:
    source = of_recording(recording_named("healthy"))
    rules = [each for each in DOCUMENTS if each.kind == "rules"]
    names = {
        name_of(source, rules),
        name_of(source, rules[1:]),
        name_of(attrs.evolve(source, series=source.series[1:]), rules),
        name_of(attrs.evolve(source, length=source.length - 60), rules),
    }
    assert len(names) == 4
    assert name_of(of_recording(recording_named("healthy")), rules) in names
