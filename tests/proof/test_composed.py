"""An alert with its recording rules as one expression says what they say as rules."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from dashlib.proof.composed import composed
from dashlib.proof.promtool import TestFile, run_tests
from tests.promtool import needed_promtool

SERIES = [
    {"series": 'lag{job="a", server="s1", task="0"}', "values": "1 2 3 4 _ _ 5 6 stale 7 8 9 10 11 12 13"},
    {"series": 'lag{job="a", server="s1", task="1"}', "values": "9 9 9 9 9 9 2 2 2 2 2 stale"},
    {"series": 'lag{job="a", server="s-2", task="0"}', "values": "_ _ _ 3x12"},
    {"series": 'lag{job="b", server="s.3"}', "values": "20 19 18 17 16 15 14 13 12 11 10 9 8 7 6 5"},
    {"series": 'paused{job="a", server="s1"}', "values": "_ _ 1 1 stale _ _ _ 1 1 1"},
]
STEP, LAST = 60, 900
WORST = {"record": "server:lag:max", "expr": "max by (job, server) (lag)  # of all tasks"}
PAUSED = {"record": "server:paused:group", "expr": "group by (job, server) (paused)"}
#: Alerts, the recording rules that they ask, and the names of those that something looks back at.
ALIKE: dict[str, tuple[str, list[dict[str, Any]], list[str]]] = {
    "one": ("server:lag:max > 5", [WORST], []),
    "a chain": (
        "live > 2",
        [WORST, PAUSED, {"record": "live", "expr": f"{WORST['record']} unless {PAUSED['record']}"}],
        [],
    ),
    "on both sides": ("server:lag:max > on (job) group_left () max by (job) (server:lag:max) - 1", [WORST], []),
    "of one server": ('server:lag:max{server="s.3"} > 5', [WORST], []),
    "but one server": ('server:lag:max{server!="s-2"} > 1', [WORST], []),
    "of some": ('server:lag:max{server=~"s.3|s1", job=~".+"} > 1', [WORST], []),
    "but some": ('server:lag:max{server!~"s.+3|x", job!~"c"} > 1', [WORST], []),
    "of a label that is not there": ('server:lag:max{task=""} > 1', [WORST], []),
    "of a label that has to be there": ('again{task!=""} > 1', [{"record": "again", "expr": "lag"}], []),
    "a bare metric": ('again{task="1"} > 1', [{"record": "again", "expr": "lag"}], []),
    "what was": ("max_over_time(server:lag:max[3m]) > 5", [WORST], ["server:lag:max"]),
    "what was an offset ago": ("server:lag:max offset 2m > 5", [WORST], ["server:lag:max"]),
    "in a subquery": ("max_over_time((server:lag:max + 1)[4m:1m]) > 5", [WORST], ["server:lag:max"]),
    "its own past": (
        "seen > 0",
        [{"record": "seen", "expr": "timestamp(paused) or last_over_time(seen[5m])"}],
        ["seen"],
    ),
    "the past of what another one says": (
        "max_over_time(worse[5m]) > 5",
        [WORST, PAUSED, {"record": "worse", "expr": "server:lag:max unless server:paused:group"}],
        ["worse"],
    ),
    "since when": ("timestamp(server:lag:max) > 100", [WORST], ["server:lag:max"]),
    "of a record that is not there": ('absent(server:paused:group{job="a"})', [PAUSED], ["server:paused:group"]),
    "not there at all": ("absent(sum(server:paused:group))", [PAUSED], []),
    "two rules of one name": (
        "either > 0",
        [{"record": "either", "expr": "paused"}, {"record": "either", "expr": 'lag{server="s.3"}'}],
        ["either"],
    ),
    "with a label": (
        'lag:x{kind="k"} > 2',
        [{"record": "lag:x", "expr": "sum(lag)", "labels": {"kind": "k"}}],
        ["lag:x"],
    ),
    "a number": ("sum(lag) > scalar(limit)", [{"record": "limit", "expr": "4 * 5"}], ["limit"]),
    "for many": (
        "server:lag:max > 1 and server:lag:max < 12 or server:lag:max == 3",
        [WORST],
        ["server:lag:max"],
    ),
}


@pytest.mark.parametrize("name", ALIKE)
def test_it_says_at_each_evaluation_what_the_rules_say(name: str, request: pytest.FixtureRequest) -> None:
    expression, records, looked_back_at = ALIKE[name]
    found = composed({"alert": "A", "expr": expression}, records)
    assert found is not None
    assert list(dict.fromkeys(each["record"] for each in found.records)) == looked_back_at
    # What it still records gets other names, beside the rules' own.
    kept = [(re.compile(rf"\b{re.escape(each)}\b"), f"kept:{each}") for each in looked_back_at]
    own = json.dumps([f"{found.expression}\n", *found.records])
    for name_of_rule, name_beside in kept:
        own = name_of_rule.sub(name_beside, own)
    one, *beside = json.loads(own)
    one = f'label_replace({one}, "__name__", "by_rules", "", "")'
    differs = f"({one} != by_rules) or ({one} unless by_rules) or (by_rules unless {one})"
    asked = {
        "something": f"count(count_over_time(by_rules[{LAST}s])) > bool 0",
        "what differs": f"count(count_over_time(({differs})[{LAST}s:{STEP}s]))",
    }
    checks = [
        {
            "expr": f"{asked[each]} # {number}",
            "eval_time": f"{LAST}s",
            "exp_samples": [{"labels": "{}", "value": 1}] if each == "something" else [],
        }
        for number, each in enumerate(asked)
    ]
    test = {"interval": f"{STEP}s", "input_series": SERIES, "promql_expr_test": checks}
    rules = [*records, {"record": "by_rules", "expr": expression}, *beside]
    assert run_tests(needed_promtool(request), [TestFile(rules, STEP, [test])]) == [{}]


@pytest.mark.parametrize(
    ("expression", "records"),
    [
        ("b > 1", [{"record": "b", "expr": "sum(a)"}, {"record": "a", "expr": "lag"}]),  # a is recorded after b asks it
        ("b > 1", [{"record": "a", "expr": "up"}, {"record": "b", "expr": "a"}, {"record": "a", "expr": "lag"}]),
        ('count by (__name__) ({job="a"}) > 1', []),
        ('{__name__=~"lag|live"} > 1', []),
        ("1", []),
    ],
)
def test_there_is_none_where_it_would_not_say_the_same(expression: str, records: list[dict[str, str]]) -> None:
    assert composed({"alert": "A", "expr": expression}, records) is None


def test_there_is_none_of_an_alert_that_goes_on_firing() -> None:
    assert composed({"alert": "A", "expr": "lag > 1", "keep_firing_for": "5m"}, []) is None
