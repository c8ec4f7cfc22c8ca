"""What a Save in the UI of a real Grafana wrote without a change is no difference, in either API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dashlib.grafana.objects import dashboard_item

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("uid", ["debezium-alerts", "debezium-connect", "debezium-mysql", "debezium-production"])
def test_a_save_without_a_change_is_none(shared: Path, uid: str) -> None:
    folder = shared / "grafana/ui-save"
    classic = [json.loads((folder / f"{uid}.{state}.json").read_text())["dashboard"] for state in ("before", "after")]
    newer = [json.loads((folder / f"{uid}.v1beta1.{state}.json").read_text())["spec"] for state in ("before", "after")]
    first, *others = (dashboard_item({**data, "uid": uid}, "f") for data in (*classic, *newer))
    assert all(first.same(other) for other in others)
