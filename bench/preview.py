"""How long a preview of 200 panels takes in a browser: until the first paint, and until every panel is drawn.

Panels are time series of 3 series with 240 points each. Needs Chromium and Playwright's Python package. No peer draws
the same, so times are in milliseconds, the best of three.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashlib.glance import Answer, Series  # noqa: E402
from dashlib.preview.asking import Looked  # noqa: E402
from dashlib.preview.drawing import Answered  # noqa: E402
from dashlib.preview.page import as_html, model  # noqa: E402
from dashlib.preview.pictures import opened  # noqa: E402

PANELS: Final = 200
SERIES: Final = 3
POINTS: Final = 240
ROUNDS: Final = 3
NOW: Final = 1_767_268_800.0
STEP: Final = 15.0
_PAINTED: Final = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
_ALL: Final = "() => { const from = performance.now(); window.dashlib.show('bench'); return performance.now() - from; }"


def page() -> bytes:
    """Return the page to open."""
    panels: list[dict[str, Any]] = [
        {
            "id": number,
            "type": "timeseries",
            "title": f"Panel {number}",
            "gridPos": {"x": 12 * (number % 2), "y": 8 * (number // 2), "w": 12, "h": 8},
            "targets": [{"refId": "A", "expr": "lag", "legendFormat": "{{server}}"}],
            "fieldConfig": {"defaults": {"unit": "s", "custom": {"fillOpacity": 10}}, "overrides": []},
            "options": {"legend": {"displayMode": "table", "calcs": ["mean", "max"], "placement": "bottom"}},
        }
        for number in range(PANELS)
    ]
    times = [NOW - STEP * (POINTS - 1 - place) for place in range(POINTS)]
    answers = Answer(
        "A",
        tuple(
            Series(
                {"server": f"server-{number}"},
                tuple((at, float((place * 37 + number * 11) % 101)) for place, at in enumerate(times)),
            )
            for number in range(SERIES)
        ),
    )
    dashboard = {"uid": "bench", "title": "Bench", "panels": panels}
    answered = [Answered((answers,), NOW, times[0], STEP) for _ in panels]
    return as_html(model([Looked(dashboard, NOW, STEP * POINTS, {}, answered)], "made up"))


def main() -> int:
    """Print the times."""
    content = page()
    painted, drawn = [], []
    for _ in range(ROUNDS):
        with opened(content, width=1600) as tab:
            painted.append(float(tab.evaluate(_PAINTED)))
            drawn.append(float(tab.evaluate(_ALL)))
    print(f"{PANELS} panels, {len(content) / 2**20:.1f} MiB")
    print(f"first paint       {min(painted):6.0f} ms")
    print(f"all panels drawn  {min(drawn):6.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
