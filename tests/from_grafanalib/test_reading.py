"""Objects of grafanalib's become dashlib's values, and cost nothing where there are none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import PurePosixPath
from typing import Any

import attr
import pytest
from grafanalib import core

from dashlib import Dashboard, Json, Panel, Row, datasource_variable, encode, panel_json
from dashlib.compile.encoding import Context
from dashlib.compile.outputs.dashboard_json import compile_dashboard
from dashlib.compile.rendering import Rendering
from dashlib.compile.validation import load_schema
from dashlib.declare.panel_kinds import panel_kinds
from dashlib.from_grafanalib import READERS, as_panel, read
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from dashlib.schemas import findings

PANELS = [each for each in READERS if issubclass(each, core.Panel)]
RENDERING = Rendering(catalog(), load_profile("lab"))
CONTEXT = Context(RENDERING)

# A build of a dashboard and of rules, on a machine without grafanalib.
WITHOUT = """
import sys
sys.modules["grafanalib"] = None
from pathlib import PurePosixPath
from dashlib import Dashboard, Row, alert_row, datasource_variable, encode, stat, table
from dashlib.compile.outputs.dashboard_json import compile_dashboard
from dashlib.compile.rendering import Rendering
from dashlib.debezium.connectors import LAG
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
panels = [stat(LAG), table(LAG, "Table", columns={"server": "Connector"})]
dashboard = Dashboard(uid="a", title="A", variables=[datasource_variable()], rows=[Row("R", panels)])
made = compile_dashboard(dashboard, Rendering(catalog(), load_profile("lab")), PurePosixPath("a.json"), "a.py")
print(len(made.data["panels"]))
try:
    Dashboard(uid="a", title="A", rows=[Row("R", [object()])])
except Exception as error:
    print(error.message)
"""


def test_grafanalib_is_not_needed_where_nothing_of_it_is_declared() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    panels, refusal = done.stdout.splitlines() or ("", done.stderr)
    assert panels == "3", refusal
    assert refusal.endswith(
        "must be a panel, made by stat(…), timeseries(…) or similar, or a grafanalib panel; got an object"
    )


@pytest.mark.parametrize("kind", PANELS, ids=lambda kind: kind.__name__)
def test_a_bare_panel_is_encoded_and_fits_the_schema(kind: type[core.Panel]) -> None:
    panel = kind(title="Bare")
    dashboard = Dashboard(uid="mine", title="Mine", variables=[datasource_variable()], rows=[Row("Row", [panel])])
    document = compile_dashboard(dashboard, RENDERING, PurePosixPath("mine.json"), "mine.py")
    assert list(findings("dashboard", document.data, load_schema)) == []
    known = panel_kinds().get(as_panel(panel).kind)
    assert document.data["panels"][1]["gridPos"]["h"] == (8 if known is None else known.height)


def test_what_all_panels_may_say_is_read() -> None:
    panel = core.Text(
        title="T", description="D", transparent=True, repeat=core.Repeat("v", "server", 3), interval="30s",
        maxDataPoints=500, timeFrom="2h", timeShift="1d", hideTimeOverride=True, cacheTimeout="60",
        gridPos=core.GridPos(h=5, w=7, x=3, y=9), extraJson={"a": 1},
    )  # fmt: skip
    own = read(panel)
    assert isinstance(own, Panel)
    assert own.settings == {
        "transparent": True, "repeat": "server", "repeatDirection": "v", "maxPerRow": 3, "maxDataPoints": 500,
        "interval": "30s", "timeFrom": "2h", "timeShift": "1d", "cacheTimeout": "60", "hideTimeOverride": True,
    }  # fmt: skip
    assert own.position == {"h": 5, "w": 7, "x": 3, "y": 9}
    assert (own.title, own.description, own.extra, own.note) == ("T", "D", {"a": 1}, None)


@attr.s(auto_attribs=True)
class Tuned(core.Stat):
    marks: int = 3


def test_the_nearest_encoder_serves_a_class_of_a_users_own() -> None:
    assert as_panel(Tuned(title="T")).kind == "stat"  # grafanalib does not write `marks` either

    @encode.register(Tuned)
    def _(panel: Tuned, context: Context) -> Json:
        return panel_json(panel, context, "tuned", options={"marks": panel.marks})

    steps: Any = [core.Threshold("green", 0, 0.0), core.Threshold("red", 1, 80.0)]
    panel = Tuned(title="T", thresholds=steps)
    encoded = encode(panel, CONTEXT)
    assert (encoded["type"], encoded["options"]) == ("tuned", {"marks": 3})
    assert [step["value"] for step in encoded["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [None, 80]
    assert encode(core.Stat(title="T"), CONTEXT)["type"] == "stat"
