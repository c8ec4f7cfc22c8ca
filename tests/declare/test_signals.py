from __future__ import annotations

import importlib
import math
import pkgutil
import subprocess
import sys
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib import DashlibError, Guard, Level, Signal, State, Step, ThresholdSet, debezium, promql
from dashlib.debezium import connectors
from dashlib.errors import DeclarationError


def make_signal(name: str = "lag", **changes: Any) -> Signal:
    settings: dict[str, Any] = {
        "expression": 'MilliSecondsBehindSource{context="streaming"}',
        "unit": "s",
        "description": "How late.",
    }
    return Signal(name, "Lag", **{**settings, **changes})


LAG = make_signal()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"expression": "rate(x[5m]"}, "signal 'lag' is not valid PromQL"),
        ({"name": "Lag!"}, "name must be lowercase letters.*got 'Lag!'"),
        ({"description": "  "}, "description must not be empty"),
        ({"maximum": math.inf}, "maximum must be a finite number; got inf"),
        ({"states": [State(0, "Off", "red"), State(0, "On", "green")]}, "maps one value to two states"),
    ],
)
def test_a_signal_that_makes_no_sense_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        make_signal(**changes)


def test_a_shipped_signal_that_is_changed_is_held_again() -> None:
    with pytest.raises(DeclarationError, match="signal 'lag' is not valid PromQL"):
        attrs.evolve(connectors.LAG, expression="max(rate(MilliSecondsBehindSource[5m])")


def test_a_wrong_expression_shows_the_place_in_it() -> None:
    with pytest.raises(DeclarationError) as raised:
        make_signal(expression="sum by (server) (rate(Connected[5m])))")
    assert "\n" in str(raised.value)
    assert "^" in str(raised.value)


SHIPPED = {
    f"{module.name}.{name}": value
    for module in pkgutil.iter_modules(debezium.__path__)
    for name, value in vars(importlib.import_module(f"dashlib.debezium.{module.name}")).items()
    if isinstance(value, Guard | Signal)
}


def test_what_is_shipped_is_held_here_and_not_each_time_that_it_is_read() -> None:
    for name, declared in SHIPPED.items():
        assert declared.source.is_shipped, name
        for expression in (*declared.expressions, *getattr(declared, "population", ())):
            promql.Expression(expression).check()  # `read` would return what was taken as valid


def test_a_build_of_shipped_signals_does_not_load_the_parser() -> None:
    program = (
        "import sys; from pathlib import PurePosixPath; from dashlib import Dashboard, Row, datasource_variable, stat\n"
        "from dashlib.compile.outputs.dashboard_json import compile_dashboard\n"
        "from dashlib.compile.rendering import Rendering\n"
        "from dashlib.debezium.connectors import LAG\n"
        "from dashlib.metrics.catalog import catalog; from dashlib.metrics.profiles import load_profile\n"
        "dashboard = Dashboard(uid='lag', title='Lag', variables=[datasource_variable()], rows=[Row([stat(LAG)])])\n"
        "compile_dashboard(dashboard, Rendering(catalog(), load_profile('lab')), PurePosixPath('lag.json'), 'lag.py')\n"
        "print('promql_parser' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "needs exactly one of above, below, equals; got none"),
        ({"above": 1, "below": 2}, "got above, below"),
        ({"above": math.nan}, "above must be a finite number"),
        ({"above": "60"}, "above must be a finite number; got '60'"),
        ({"above": 60, "for_": "5 minutes"}, "'for' must be a duration"),
        ({"above": 60, "for_": "1m1h"}, "'for' must be a duration"),
    ],
)
def test_a_level_that_makes_no_sense_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(DashlibError, match=message):
        Level(LAG, "warning", **arguments)


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        (
            [Level(LAG, "warning", above=60), Level(LAG, "critical", above=30)],
            "lag is warning above 60 and critical above 30; critical must lie above warning",
        ),
        (
            [Level(LAG, "warning", below=10), Level(LAG, "critical", below=10)],
            "critical must lie below warning",
        ),
        ([Level(LAG, "warning", above=1), Level(LAG, "critical", below=2)], "use one direction"),
        ([Level(LAG, "warning", above=1), Level(LAG, "warning", above=2)], "two levels 'warning' for lag"),
    ],
)
def test_levels_in_an_order_that_makes_no_sense_are_refused(levels: list[Level], message: str) -> None:
    with pytest.raises(DeclarationError, match=message) as raised:
        ThresholdSet("mine", levels)
    assert raised.value.source is not None
    assert raised.value.source.file == __file__


def test_an_unknown_level_names_the_ones_that_are_there() -> None:
    thresholds = ThresholdSet("mine", [Level(LAG, "warning", above=1), Level(LAG, "critical", above=2)])
    with pytest.raises(DeclarationError, match="no level 'page' for lag; it has: critical, warning"):
        thresholds.level(LAG, "page")


numbers = st.floats(-1e6, 1e6, allow_nan=False)


@given(
    st.lists(numbers, unique=True, max_size=2),
    st.lists(st.tuples(numbers, st.sampled_from(["blue", "orange"])), max_size=6),
)
def test_panel_steps_ascend_from_a_base_and_hold_every_level(values: list[float], display: list[Any]) -> None:
    levels = [
        Level(LAG, name, above=value) for name, value in zip(("warning", "critical"), sorted(values), strict=False)
    ]
    thresholds = ThresholdSet("mine", levels, [Step(LAG, value, color) for value, color in display])
    base, *steps = thresholds.steps(LAG)
    assert base.value is None
    found = [step.value for step in steps if step.value is not None]
    assert found == sorted(set(found))
    assert {level.value for level in levels} <= set(found)
    assert {(level.value, level.color) for level in levels} <= {(step.value, step.color) for step in steps}


def test_steps_of_levels_that_look_down_color_what_lies_below() -> None:
    free = make_signal("free", color="green")
    thresholds = ThresholdSet("mine", [Level(free, "warning", below=20), Level(free, "critical", below=10)])
    assert [(step.color, step.value) for step in thresholds.steps(free)] == [
        ("red", None),
        ("yellow", 10),
        ("green", 20),
    ]


def test_a_signal_with_states_has_a_step_for_each() -> None:
    connected = make_signal("connected", states=[State(1, "Connected", "green"), State(0, "Disconnected", "red")])
    assert [(step.color, step.value) for step in ThresholdSet("mine").steps(connected)] == [("red", None), ("green", 1)]


def test_a_step_knows_where_its_level_was_declared() -> None:
    level = Level(LAG, "warning", above=60)
    (_, step) = ThresholdSet("mine", [level]).steps(LAG)
    assert step.source == level.source
    assert step.source is not None
    assert step.source.file == __file__


def test_a_signal_may_have_one_expression_in_the_place_of_another_or_several() -> None:
    assert make_signal().fallback == ()
    assert make_signal(fallback="up").fallback == ("up",)
    assert make_signal(expression="a", fallback=["b", "c"]).expressions == ("a", "b", "c")
    assert Guard("x", expression="a", fallback=["b", "c"]).expressions == ("a", "b", "c")
    with pytest.raises(DeclarationError, match="signal 'lag' is not valid PromQL"):
        make_signal(fallback=["up", "rate(x[5m]"])
