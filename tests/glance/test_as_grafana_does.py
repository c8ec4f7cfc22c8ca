"""The reader says what `@grafana/data` says of numbers, mappings, colours, calculations, transformations and panels."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

from tests.glance.asking import kept
from tests.glance.questions import NOT_HELD, Json, all_units, asked, ours, questions

KINDS = ("format", "display", "reduce", "transform", "tiles", "cells")


@functools.cache
def answered() -> tuple[list[tuple[Json, Any]], dict[str, str]]:
    """Questions with Grafana's answers; and what colour it draws by name."""
    (names, colors), *rest = zip(questions(), kept(), strict=True)
    return rest, dict(zip(names["names"], colors, strict=True))


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("kind", KINDS)
def test_the_reader_says_what_grafana_says(kind: str) -> None:
    pairs, colors = answered()
    wrong = [
        {"question": asked(question), "Grafana": answer, "we": said}
        for question, answer in pairs
        if question["kind"] == kind
        for said in [as_json(ours(question, colors))]
        if said != (answer[0][1] if isinstance(said, str) else answer)
    ]
    assert not wrong, f"{len(wrong)} answers differ, the first: {json.dumps(wrong[0], ensure_ascii=False)[:3000]}"


def test_every_unit_is_held_but_those_that_count_from_now() -> None:
    from dashlib.declare.units import known_units

    assert known_units() <= {*all_units(), *NOT_HELD}
    assert all("NoDateIfToday" in unit or "FromNow" in unit for unit in NOT_HELD)
