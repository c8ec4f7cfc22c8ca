"""Every panel that this project compiles can be read, with an answer and without one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dashlib.glance import Answer, Series, is_about_now, see

if TYPE_CHECKING:
    from collections.abc import Iterator

DASHBOARDS = sorted((Path(__file__).parents[2] / "labs/monitoring/grafana/dashboards").glob("*.json"))
LABELS = {"server": "mysql-server", "connector": "mysql-server", "task": "0", "job": "kafka-connect"}


def panels(inside: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for panel in inside:
        yield panel
        yield from panels(panel.get("panels", []))


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_every_panel_is_read(path: Path) -> None:
    for panel in panels(json.loads(path.read_text(encoding="utf-8"))["panels"]):
        targets = [target["refId"] for target in panel.get("targets", [])]
        series = Series(LABELS, ((100.0, 0.0), (115.0, 1.0)))
        answered = see(panel, [Answer(ref_id, (series,)) for ref_id in targets], now=115.0)
        assert answered.shown or panel["type"] == "row"
        assert not answered.empty
        empty = see(panel, [Answer(ref_id, ()) for ref_id in targets])
        assert empty.empty or not targets
        if is_about_now(panel):
            assert all(item.color for item in answered.shown), panel["title"]
