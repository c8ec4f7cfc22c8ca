"""The answers that hold the reader of panels (`tests/glance/`) are still what `@grafana/data` says."""

from __future__ import annotations

from tests.glance.asking import AGAIN, ask, kept
from tests.glance.questions import asked, questions


def test_grafana_still_says_what_is_kept() -> None:
    wrong = [
        (asked(question), now, before)
        for question, now, before in zip(questions(), ask(), kept(), strict=True)
        if now != before
    ]
    assert not wrong, f"{len(wrong)} answers are others now ({AGAIN}), the first: {wrong[0]}"
