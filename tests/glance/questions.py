"""What `@grafana/data` is asked, and what our reader says to the same.

A question is plain JSON that `grafana_data/ask.mjs` understands; `ours` answers it from `dashlib.glance`. Grafana's
answers are committed (`grafana_data/answers.json`), so that `make test` needs no Node; `make contract` asks again.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import TYPE_CHECKING, Any, TypeAlias

from grafanalib import formatunits

from dashlib.debezium import connectors, databases, kafka_connect
from dashlib.declare.calculations import NAMES
from dashlib.declare.signals import Signal
from dashlib.glance import Answer, Series, see
from dashlib.glance.fields import configured, display
from dashlib.glance.frames import Field, Frame, display_name, frames_of
from dashlib.glance.reducers import reduce
from dashlib.glance.transformations import transformed
from dashlib.glance.units import BINARY, BOOLEANS, COUNTS, CURRENCIES, DECIMAL, PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Json: TypeAlias = dict[str, Any]

NAN, INFINITY = math.nan, math.inf
DASH = "\u2013"

# --- numbers in units ---------------------------------------------------------------------------------------

VALUES: list[float | None] = [
    0.0, 1e-12, 4.2e-7, 0.0004, 0.001, 0.012, 0.05, 0.1, 0.25, 0.5, 0.95, 0.999, 1.0, 1.005, 1.5, 2.0, 2.25, 2.345, 3.9,
    9.99, 10.0, 12.345, 42.0, 59.99, 60.0, 61.0, 99.5, 100.0, 264.0, 999.0, 999.96, 1000.0, 1023.0, 1024.0, 1500.0,
    3599.0, 3600.0, 5400.0, 86399.0, 90000.0, 604800.0, 1234567.891, 31536000.0, 4e7, 1.7e9, 1.7e12, 123456789012345.0,
    1e15, 1e21, -1.0, -0.5, -1e-7, -61.0, -1500.0, -12345.678, NAN, None, INFINITY, -INFINITY,
]  # fmt: skip
FEW_VALUES: list[float | None] = [
    0.0,
    0.004,
    0.5,
    1.0,
    2.345,
    61.5,
    999.96,
    4000.0,
    98765.4321,
    3e6,
    -1.0,
    -1500.5,
    NAN,
    None,
]
MORE_UNITS = [
    "suffix:ev/s", "suffix:", "prefix:~", "si:B", "si:mW", "si:µs", "si:kg", "count:ev/s", "currency:€",
    "currency:financial:€",
    "currency:financial:kr:suffix", "bool:Up/Down", "bool:Up", "ev/s", "farenheit", "my:own",
    "time:YYYY-MM-DD HH:mm:ss.SSS", "time:ddd Do MMM YY, h:mm a", "time:[at] X",
]  # fmt: skip
# What no builder of dashlib accepts and the reader does not answer as Grafana does, each with why.
NOT_HELD: dict[str, str] = {
    "dateTimeFromNow": "counts from now: held by tests/glance/test_formatting.py",
    "dateTimeAsIsoNoDateIfToday": "likewise",
    "dateTimeAsUSNoDateIfToday": "likewise",
    "dateTimeAsLocalNoDateIfToday": "likewise",
}


@functools.cache
def signal_units() -> tuple[str, ...]:
    """The units of dashlib's own signals and of what its panels convert to."""
    rooms = (connectors, databases, kafka_connect)
    declared = {item.unit for room in rooms for item in vars(room).values() if isinstance(item, Signal)}
    return tuple(sorted(declared | {"ms", "s", "m", "h", "d", "percentunit", "Bps", "suffix:ev/s"}))


def all_units() -> list[str]:
    """Every unit that dashlib accepts, and every unit that the reader has."""
    accepted = {value for name, value in vars(formatunits).items() if name.isupper() and isinstance(value, str)}
    known = {unit for table in (PLAIN, DECIMAL, BINARY, COUNTS, CURRENCIES, BOOLEANS) for unit in table}
    return sorted((accepted | known | {"string"}) - set(NOT_HELD)) + MORE_UNITS


def _formats() -> list[Json]:
    asked = [
        {"kind": "format", "unit": unit, "decimals": decimals, "values": VALUES}
        for unit in signal_units()
        for decimals in (None, 0, 1, 2, 3)
    ]
    return asked + [
        {"kind": "format", "unit": unit, "decimals": decimals, "values": FEW_VALUES}
        for unit in all_units()
        for decimals in (None, 1)
    ]


# --- mappings, thresholds, colours --------------------------------------------------------------------------

SUBJECTS: list[Any] = [
    0.0, 1.0, -1.0, 0.5, 1e21, 1e-7, 10.0, NAN, INFINITY, -INFINITY, None, True, False, "", "0", "1", "NaN", "null",
    "true", "10 ms", "mysql-bin.000003", "MYSQL-bin",
]  # fmt: skip


def _value(options: Json) -> Json:
    return {"type": "value", "options": options}


def _range(low: object, high: object, text: str | None = "In range") -> Json:
    return {"type": "range", "options": {"from": low, "to": high, "result": {"text": text, "color": "orange"}}}


def _special(match: str) -> Json:
    return {"type": "special", "options": {"match": match, "result": {"text": f"is {match}", "color": "#7a7a7a"}}}


def _regex(pattern: str, text: str | None) -> Json:
    return {"type": "regex", "options": {"pattern": pattern, "result": {"text": text, "color": "blue"}}}


MAPPINGS: list[list[Json]] = [
    [_value({"0": {"text": "Down", "color": "red"}, "1": {"text": "Up", "color": "green"}})],
    [
        _value(
            {
                "1": {"color": "green"},
                "NaN": {"text": "not a number"},
                "null": {"text": "nothing"},
                "-1": {"text": DASH},
            }
        )
    ],
    [_value({"1e+21": {"text": "much"}, "1e-7": {"text": "little"}, "Infinity": {"text": "endless"}})],
    [_value({"true": {"text": "Yes", "color": "green"}, "false": {"text": "No"}, "": {"text": "empty"}})],
    [_range(0, 1)],
    [_range(None, 0)],
    [_range(1, None)],
    [_range(None, None)],
    [_range("0", "10")],
    [_range(0, 1, None)],
    [_special("null"), _special("nan")],
    [_special("null+nan")],
    [_special("true"), _special("false"), _special("empty")],
    [_range(None, None), _special("null+nan")],
    [_value({"0": {"text": "zero", "color": "red"}}), _range(0, 5), _special("null+nan")],
    [_regex("mysql-bin.*", "a binlog")],
    [_regex("/^(\\w+)-bin/i", "log of $1")],
    [_regex("/n/g", "<$&>"), _special("null+nan")],
    [_regex("(.*) ms", None)],
]


STEPS: list[list[tuple[str, float | None]]] = [
    [("green", None)],
    [("green", None), ("yellow", 0.5), ("red", 80)],
    [("red", None), ("green", 1)],
    [("semi-dark-red", None), ("#7a7a7a", -1), ("blue", 0), ("transparent", 1e6)],
    [],
]
NUMBERS: list[Any] = [0.0, 0.5, 0.49, 1.0, -1.0, -2.0, 40.0, 80.0, 81.0, 1e7, NAN, None, INFINITY, -INFINITY]
SCHEMES: list[Json] = [
    {"mode": "thresholds"},
    {"mode": "fixed", "fixedColor": "purple"},
    {"mode": "fixed"},
    {"mode": "palette-classic"},
    {"mode": "palette-classic-by-name"},
]


def _thresholds(steps: Sequence[tuple[str, float | None]], mode: str = "absolute") -> Json:
    return {"mode": mode, "steps": [{"color": color, "value": value} for color, value in steps]}


ENDS: list[Json] = [{}, {"min": 0, "max": 160}, {"min": 0}]
MORE: list[Json] = [{}, {"unit": "ms"}, {"unit": "percent", "decimals": 1, "noValue": DASH}]


def _displays() -> list[Json]:
    asked = [
        {"type": kind, "config": {"thresholds": _thresholds(steps, mode), "color": scheme, **ends}, "values": NUMBERS}
        for kind, steps, mode, scheme, ends in itertools.product(
            ("number", "string"), STEPS, ("absolute", "percentage"), SCHEMES, ENDS
        )
        if mode == "absolute" or scheme == SCHEMES[0]
    ]
    asked += [
        {
            "type": kind,
            "config": {"thresholds": _thresholds(STEPS[1]), "mappings": mappings, **more},
            "values": SUBJECTS,
        }
        for kind, mappings, more in itertools.product(("number", "string", "boolean"), MAPPINGS, MORE)
    ]
    return [{"kind": "display", "range": [-1.0, 100.0], **question} for question in asked]


# --- reducers -----------------------------------------------------------------------------------------------

CALCULATIONS = [*NAMES, "p5", "p50", "p95", "p99"]
COURSES: list[tuple[str, list[Any]]] = [
    ("number", []),
    ("number", [5.0]),
    ("number", [NAN]),
    ("number", [None]),
    ("number", [NAN, NAN]),
    ("number", [1.0, 3.0, 2.0, 2.0]),
    ("number", [1.0, 2.0, NAN]),
    ("number", [1.0, 2.0, None]),
    ("number", [NAN, 2.0, 3.0]),
    ("number", [None, 4.0, NAN, 7.0, None]),
    ("number", [0.0, 0.0, 0.0]),
    ("number", [0.0, NAN, 0.0]),
    ("number", [INFINITY]),
    ("number", [-INFINITY]),
    ("number", [1.0, INFINITY, -INFINITY, 2.0]),
    ("number", [10.0, 12.0, 3.0, 5.0, 9.0, 1.0, 2.0]),
    ("number", [-1.0, 0.1, 0.2, 0.3]),
    ("number", [0.0, 5.0]),
    ("number", [0.1] * 7),
    ("string", ["a", "b", "b", "a"]),
    ("string", [None, "a", ""]),
    ("boolean", [True, False, False]),
]


def _reductions() -> list[Json]:
    return [
        {"kind": "reduce", "type": kind, "values": values, "calculations": CALCULATIONS} for kind, values in COURSES
    ]


# --- panels -------------------------------------------------------------------------------------------------


def _series(labels: dict[str, str], *values: float, start: float = 1_700_000_000.0) -> Series:
    return Series(labels, tuple((start + 15 * number, value) for number, value in enumerate(values)))


CONNECTORS = (
    _series({"__name__": "lag", "server": "mysql-server", "task": "0"}, 2.0, 264.0, NAN),
    _series({"__name__": "lag", "server": "postgres-server", "task": "0"}, 1500.0, -1.0),
    _series({"__name__": "lag", "server": "Mariadb", "task": "1"}, INFINITY),
)
NOW = (
    _series({"server": "mysql-server", "task": "0"}, 1.0),
    _series({"server": "Postgres", "task": "1"}, NAN),
    _series({"server": "mariadb_2", "task": "0"}, 0.0),
    _series({"server": "äquator", "task": "10"}, 30.0),
)
QUEUE = (
    _series({"server": "mariadb_2", "task": "0"}, 12.5),
    _series({"server": "mysql-server", "task": "0"}, 99.0),
    _series({"server": "oracle"}, 7.0),
)
NONE: tuple[Series, ...] = ()


def target(ref_id: str = "A", **settings: object) -> Json:
    return {"refId": ref_id, "expr": "lag", **settings}


# Queries, and what they were answered.
ANSWERED: dict[str, tuple[list[Json], list[tuple[Series, ...]]]] = {
    "legend": ([target(legendFormat="{{server}}")], [CONNECTORS]),
    "auto": ([target(legendFormat="__auto")], [CONNECTORS]),
    "auto, one label": (
        [target(legendFormat="__auto")],
        [(_series({"server": "a"}, 1.0), _series({"server": "b"}, 2.0))],
    ),
    "no legend": ([target()], [CONNECTORS]),
    "legend without its label": ([target(legendFormat="{{absent}}")], [NOW]),
    "two queries": ([target(legendFormat="{{server}}"), target("B", legendFormat="queue")], [NOW, QUEUE]),
    "nothing": ([target(legendFormat="{{server}}")], [NONE]),
    "table": ([target(format="table", instant=True)], [NOW]),
    "two tables": ([target(format="table"), target("B", format="table")], [NOW, QUEUE]),
    "two tables, one empty": ([target(format="table"), target("B", format="table")], [NOW, NONE]),
    "two tables, the first empty": ([target(format="table"), target("B", format="table")], [NONE, NOW]),
    "empty table": ([target(format="table")], [NONE]),
}


def frames_json(name: str) -> list[Json]:
    """The frames of a set of answers as the package takes them."""
    return [_frame_json(frame) for frame in frames(name)]


def frames(name: str) -> list[Frame]:
    targets, _answers = ANSWERED[name]
    return frames_of({"targets": targets}, answers_of(name))


def answers_of(name: str) -> list[Answer]:
    targets, answers = ANSWERED[name]
    return [Answer(item["refId"], series) for item, series in zip(targets, answers, strict=True)]


def _frame_json(frame: Frame) -> Json:
    return {
        "refId": frame.ref_id,
        "name": frame.name,
        "fields": [
            {
                "name": f.name,
                "type": f.kind,
                "values": f.values,
                "config": f.config,
                "labels": f.labels and dict(f.labels),
            }
            for f in frame.fields
        ],
    }


def _step(name: str, **options: object) -> Json:
    return {"id": name, "options": options}


MERGE = _step("merge")
ORGANIZE = _step(
    "organize",
    excludeByName={"Time": True},
    indexByName={"Value #A": 0, "server": 1, "Value #B": 2},
    renameByName={"server": "Connector", "Value #A": "State", "Value": "State", "Value #B": "Queue"},
)
REDUCE = _step("reduce", reducers=["lastNotNull", "max"], labelsToFields=False)
# Transformations, for each set of answers.
CHAINS: list[list[Json]] = [
    [MERGE],
    [MERGE, ORGANIZE],
    [MERGE, ORGANIZE, _step("sortBy", sort=[{"field": "State", "desc": True}])],
    [MERGE, ORGANIZE, _step("sortBy", sort=[{"field": "Connector"}]), _step("limit", limitField=2)],
    [MERGE, _step("sortBy", sort=[{"field": "task", "desc": True}])],
    [MERGE, _step("sortBy", sort=[{"field": "absent"}])],
    [_step("limit", limitField="1")],
    [_step("limit")],
    [_step("filterFieldsByName", include={"names": ["server", "Value", "Value #B"]})],
    [_step("filterFieldsByName", include={"pattern": "/^(server|Value.*)$/"})],
    [_step("filterFieldsByName", include={"names": ["task"], "pattern": "/^serv/"}, exclude={"names": ["Time"]})],
    [_step("filterFieldsByName", exclude={"pattern": "/Time|task/"}), ORGANIZE],
    [_step("filterFieldsByName")],
    [_step("joinByField", byField="server", mode="outer")],
    [_step("joinByField", byField="server", mode="inner")],
    [_step("joinByField", byField="server", mode="outer"), ORGANIZE],
    [_step("joinByField", byField="Time")],
    [_step("joinByField", mode="outer")],
    [_step("labelsToFields")],
    [_step("labelsToFields", mode="rows")],
    [_step("labelsToFields", keepLabels=["server"], valueLabel="task"), MERGE],
    [_step("labelsToFields"), MERGE, _step("organize", renameByName={"server": "Connector"})],
    [REDUCE],
    [_step("reduce", reducers=["lastNotNull", "count", "allIsZero"], labelsToFields=True, mode="seriesToRows")],
    [_step("reduce", reducers=["mean"], mode="reduceFields")],
    [_step("reduce", reducers=["last", "max"], mode="reduceFields", includeTimeField=True)],
    [_step("reduce", reducers=[])],
    [_step("seriesToRows")],
    [
        _step(
            "groupBy",
            fields={
                "task": {"operation": "groupby", "aggregations": []},
                "Value": {"operation": "aggregate", "aggregations": ["max", "count", "lastNotNull"]},
                "server": {"operation": "aggregate", "aggregations": ["last"]},
            },
        )
    ],
    [MERGE, _step("groupBy", fields={"server": {"operation": "groupby", "aggregations": ["count"]}})],
    [{**MERGE, "disabled": True}],
]


def _transformations() -> list[Json]:
    return [
        {"kind": "transform", "frames": frames_json(name), "transformations": chain}
        for name in ANSWERED
        for chain in CHAINS
        if comparable(name, chain)
    ]


def comparable(name: str, chain: list[Json]) -> bool:
    """Whether the package says something that means anything: it crashes on these."""
    return not (chain[0]["id"] == "joinByField" and "byField" not in chain[0]["options"] and not frames(name)[0].fields)


def _override(matcher: str, options: object, **properties: object) -> Json:
    return {
        "matcher": {"id": matcher, "options": options},
        "properties": [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()],
    }


STATES = _value({"0": {"text": "Down", "color": "red"}, "1": {"text": "Up", "color": "green"}})
SETTINGS: list[Json] = [
    {"defaults": {"unit": "ms"}, "overrides": []},
    {"defaults": {"unit": "ms", "decimals": 1, "noValue": DASH, "thresholds": _thresholds(STEPS[1])}, "overrides": []},
    {"defaults": {"mappings": [STATES, _special("null+nan")], "thresholds": _thresholds(STEPS[2])}, "overrides": []},
    {"defaults": {"color": {"mode": "palette-classic"}}, "overrides": []},
    {"defaults": {"thresholds": _thresholds(STEPS[1], "percentage"), "max": 300}, "overrides": []},
    {"defaults": {"displayName": "All the same"}, "overrides": []},
    {
        "defaults": {"unit": "short", "mappings": [STATES]},
        "overrides": [
            _override(
                "byName", "mysql-server", unit="s", displayName="MySQL", color={"mode": "fixed", "fixedColor": "blue"}
            ),
            _override(
                "byRegexp", "/^(postgres|Postgres|State)/", decimals=3, mappings=[_special("null+nan"), _range(2, None)]
            ),
            _override("byFrameRefID", "B", unit="percent", thresholds=_thresholds(STEPS[1]), noValue="none"),
            _override("byType", "string", unit="string"),
            _override("byNames", {"mode": "include", "names": ["server", "Connector", "queue"]}, custom__hidden=True),
        ],
    },
    {
        "defaults": {"unit": "ms", "decimals": 2},
        "overrides": [
            _override("byName", "Value", unit=None, decimals=None),
            _override("byName", "Value #A", unit="percent"),
        ],
    },
]
REDUCTIONS: list[Json] = [
    {"calcs": ["lastNotNull"]},
    {"calcs": ["last"]},
    {"calcs": ["mean", "max"]},
    {"calcs": []},
    {"calcs": ["lastNotNull"], "fields": "/^(mysql-server|server|Value)$/"},
    {"calcs": ["lastNotNull"], "fields": "/.*/"},
    {"calcs": ["last"], "values": True},
    {"calcs": ["last"], "values": True, "limit": 2},
]
TILE_CHAINS: list[list[Json]] = [[], [MERGE, ORGANIZE], [REDUCE]]


def _tiles() -> list[Json]:
    return [
        {
            "kind": "tiles",
            "frames": frames_json(name),
            "transformations": chain,
            "fieldConfig": _with_defaults(settings),
            "reduceOptions": reduction,
            "of": name,
        }
        for name, chain, settings, reduction in itertools.product(ANSWERED, TILE_CHAINS, SETTINGS, REDUCTIONS)
        if not chain or reduction in (REDUCTIONS[0], REDUCTIONS[5], REDUCTIONS[6])
    ]


def _cells() -> list[Json]:
    return [
        {
            "kind": "cells",
            "frames": frames_json(name),
            "transformations": chain,
            "fieldConfig": _with_defaults(settings),
        }
        for name, chain, settings in itertools.product(ANSWERED, TILE_CHAINS, SETTINGS)
    ]


def _with_defaults(settings: Json) -> Json:
    """Settings with what Grafana adds when it loads a panel, which is no part of the package."""
    thresholds = _thresholds([("green", None), ("red", 80)])
    color = {"mode": "thresholds"}
    return {**settings, "defaults": {"thresholds": thresholds, "color": color, **settings["defaults"]}}


COLORS = [
    *dict.fromkeys(color for steps in STEPS for color, _ in steps),
    "red", "orange", "purple", "text", "dark-blue", "dark-red", "super-light-yellow", "panel-bg", "dark-green",
    "dark-purple",
    "#808080",
]  # fmt: skip


def palette() -> list[str]:
    from dashlib.glance.fields import _CLASSIC

    return list(_CLASSIC)


def questions() -> list[Json]:
    """Everything that is asked, in a fixed order."""
    return [
        {"kind": "hex", "names": [*COLORS, *palette()]},
        *_formats(),
        *_displays(),
        *_reductions(),
        *_transformations(),
        *_tiles(),
        *_cells(),
    ]


# --- our answers --------------------------------------------------------------------------------------------

Hex: TypeAlias = dict[str, str]


def ours(question: Json, colors: Hex) -> Any:
    """What the reader says to a question, in the form of Grafana's answers; colors: name to what Grafana draws."""
    return _OURS[question["kind"]](question, colors)


def _ours_format(question: Json, _: Hex) -> list[str]:
    field = Field("Value", "number", [], {"unit": question["unit"], "decimals": question["decimals"]})
    return [display(field, value, ()).text for value in question["values"]]


def _shown(text: str, color: str, colors: Hex) -> list[str]:
    return [text, colors.get(color, color)]


def _ours_display(question: Json, colors: Hex) -> list[list[str]]:
    field = Field("Value", question["type"], list(question["range"]), question["config"])
    seen = [display(field, value, [Frame([field])]) for value in question["values"]]
    return [_shown(item.text, item.color, colors) for item in seen]


def _ours_reduce(question: Json, _: Hex) -> list[Any]:
    numeric = question["type"] == "number"
    return [sent(reduce(question["values"], name, numeric=numeric)) for name in question["calculations"]]


def _asked_frames(question: Json) -> list[Frame]:
    return [
        Frame(
            [Field(f["name"], f["type"], list(f["values"]), dict(f["config"]), f["labels"]) for f in frame["fields"]],
            frame["refId"],
            frame["name"],
        )
        for frame in question["frames"]
    ]


def _ours_transform(question: Json, _: Hex) -> Any:
    result = transformed(_asked_frames(question), question["transformations"])
    return [
        [[display_name(field, frame), field.kind, [sent(value) for value in field.values]] for field in frame.fields]
        for frame in result
    ]


def _ours_tiles(question: Json, colors: Hex) -> Any:
    targets, _ = ANSWERED[question["of"]]
    panel = {
        "type": "stat",
        "targets": targets,
        "transformations": question["transformations"],
        "fieldConfig": question["fieldConfig"],
        "options": {"reduceOptions": question["reduceOptions"]},
    }
    seen = see(panel, answers_of(question["of"]))
    if seen.empty:
        return seen.empty
    return [[item.name, *_shown(item.text, item.color, colors)] for item in seen.shown]


def _ours_cells(question: Json, colors: Hex) -> Any:
    result = configured(
        transformed(_asked_frames(question), question["transformations"]),
        {"fieldConfig": question["fieldConfig"]},
        "table",
    )
    return [
        [
            [
                display_name(field, frame),
                [
                    _shown(seen.text, seen.color, colors)
                    for seen in (display(field, value, result) for value in field.values)
                ],
            ]
            for field in frame.fields
        ]
        for frame in result
    ]


_OURS: dict[str, Callable[[Json, Hex], Any]] = {
    "format": _ours_format,
    "display": _ours_display,
    "reduce": _ours_reduce,
    "transform": _ours_transform,
    "tiles": _ours_tiles,
    "cells": _ours_cells,
}


def sent(value: Any) -> Any:
    """A value as it travels in JSON, which has no NaN and no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return ["NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"]
    if isinstance(value, list):
        return {"list": [sent(item) for item in value]}
    return value


def asked(value: Any) -> Any:
    """A question as JSON: the same, in depth, with lists left lists where they are part of the question."""
    if isinstance(value, dict):
        return {name: asked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [asked(item) for item in value]
    return sent(value) if isinstance(value, float) else value
