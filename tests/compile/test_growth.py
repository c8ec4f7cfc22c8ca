"""How much a signal grew: the increase of each counter, inside what aggregates them; what has no growth is refused."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from dashlib import Alert, Guard, Level, Record, RuleGroup, Signal, ThresholdSet, promql
from dashlib.compile.growth import growth
from dashlib.compile.outputs.rule_yaml import RuleSettings, compile_rule_file
from dashlib.compile.rendering import Rendering
from dashlib.errors import DeclarationError
from dashlib.metrics.catalog import catalog, own_metrics
from dashlib.metrics.profiles import load_profile

if TYPE_CHECKING:
    from dashlib.metrics.catalog import Catalog

TABLE = {"type": "counter", "unit": "count", "labels": ["shop"]}
CATALOG: Catalog = catalog().extended(
    [
        *(own_metrics(name, TABLE)[0] for name in ("a_total", "b_total")),
        own_metrics("busy_ms_total", {**TABLE, "unit": "ms"})[0],
        own_metrics("depth", {**TABLE, "type": "gauge"})[0],
        own_metrics("build_info", {**TABLE, "type": "info", "labels": ["version"]})[0],
    ]
)


def where_there_is_a_rate(text: str) -> str:
    """Write each increase as it is compiled: times whether the counter grew at all, which the engines agree on."""

    def times(found: re.Match[str]) -> str:
        product = f"increase{found[1]} * (rate{found[1]} > bool 0)"
        alone = text[: found.start()].endswith("(") and text[found.end() :].startswith(")")
        return product if alone else f"({product})"

    return re.sub(r"increase(\([^()]*\))", times, text)


@pytest.mark.parametrize(
    ("signal", "grown"),
    [
        ("a_total", "increase(a_total[30m])"),
        ('max by (shop) (a_total{x="1"})', 'max by (shop) (increase(a_total{x="1"}[30m]))'),
        ("sum(a_total) by (shop)", "sum(increase(a_total[30m])) by (shop)"),
        ("(sum (\n  a_total\n))", "(sum (\n  increase(a_total[30m])\n))"),
        # a rate becomes an increase, and any window the condition's
        ("sum(rate(a_total[$__rate_interval]))", "sum(increase(a_total[30m]))"),
        ("sum(increase(a_total{x='[5m]'}[$__range]))", "sum(increase(a_total{x='[5m]'}[30m]))"),
        ("irate( a_total [5m] )", "increase( a_total [30m] )"),
        ("topk(3, sum by (shop) (rate(a_total[5m])))", "topk(3, sum by (shop) (increase(a_total[30m])))"),
        # several counters
        ("a_total + b_total", "increase(a_total[30m]) + increase(b_total[30m])"),
        ("sum(a_total) + sum(rate(b_total[5m]))", "sum(increase(a_total[30m])) + sum(increase(b_total[30m]))"),
        ("a_total or b_total", "increase(a_total[30m]) or increase(b_total[30m])"),
        ("sum(a_total) or vector(0)", "sum(increase(a_total[30m])) or vector(0)"),
        ("a_total or 0 * depth", "increase(a_total[30m]) or 0 * depth"),
        # by offset: the growth of then
        ("a_total offset 1h", "increase(a_total[30m] offset 1h)"),
        ("rate(a_total[5m] offset 1h)", "increase(a_total[30m] offset 1h)"),
        # in another unit, with the labels of others, and only where something holds
        ("100 * a_total / 8", "100 * increase(a_total[30m]) / 8"),
        (
            "a_total * on (shop) group_left (version) build_info",
            "increase(a_total[30m]) * on (shop) group_left (version) build_info",
        ),
        ("a_total and on (shop) depth > 5", "increase(a_total[30m]) and on (shop) depth > 5"),
        ("a_total unless on (shop) b_total", "increase(a_total[30m]) unless on (shop) b_total"),
        ('label_replace(a_total, "x", "$1", "shop", "(.*)")', None),
    ],
)
def test_the_increase_is_taken_at_each_counter(signal: str, grown: str | None) -> None:
    found = growth(signal, "30m", CATALOG)
    promql.read(found).check()
    expected = signal.replace("a_total", "increase(a_total[30m])") if grown is None else grown
    assert found == where_there_is_a_rate(expected)


@pytest.mark.parametrize(
    ("signal", "why"),
    [
        ("max by (shop) (depth)", "depth is of type gauge; compare its value with .above"),
        ("rate(depth[5m])", "depth is of type gauge"),
        ("a_total + depth", "depth is of type gauge"),
        ("a_total or depth", "depth is of type gauge"),
        ("build_info", "build_info is of type info"),
        ("a_total - a_total offset 30m", "a_total - a_total offset 30m is a difference"),
        ("sum(a_total) / sum(b_total)", r"sum\(a_total\) / sum\(b_total\) is a ratio"),
        ("a_total * b_total", r"a_total \* b_total is a product"),
        ("-1 * a_total", "is a product"),
        ("60 * rate(a_total[5m])", r"60 times rate\(a_total\[5m\]\) is a rate in a different unit"),
        ("a_total > 5", "a_total > 5 is not a counter"),
        ("a_total + 5", r"a_total \+ 5 is not a counter"),
        ("count(a_total)", r"count\(a_total\) is not a counter"),
        ("resets(a_total[5m])", r"resets\(a_total\[5m\]\) is not a counter"),
        ("max_over_time(rate(a_total[5m])[1h:1m])", "is not a counter"),
        ("rate((a_total)[5m:1m])", "is not a counter"),
        ("-a_total", "-a_total is not a counter"),
        ("vector(0)", "there is no counter"),
        ("time()", r"time\(\) is not a counter"),
    ],
)
def test_what_has_no_growth_is_refused_by_name(signal: str, why: str) -> None:
    with pytest.raises(DeclarationError, match=f"^increases_above needs counters, .*{why}"):
        growth(signal, "30m", CATALOG)


def compiled(signal: Signal, *records: Record, profile: str = "lab") -> str:
    alert = Alert(
        "Grows", signal.increases_above("warning", within="30m"), severity="warning", summary="It.", description="It."
    )
    levels = ThresholdSet("levels", [Level(signal.base, "warning", above=3)])
    group = RuleGroup("grows", file="grows.yml", rules=[*records, alert], thresholds=levels)
    settings = RuleSettings({}, "", lambda *_: None)
    rendering = Rendering(CATALOG, load_profile(profile))
    document = compile_rule_file([group], rendering, settings, PurePosixPath("grows.yml"), "alerts/grows.py")
    return str(document.data["groups"][0]["rules"][-1]["expr"])


def signal(expression: str) -> Signal:
    return Signal("grows", "Grows", expression=expression, unit="short", description="It grows.")


def test_a_counter_in_another_unit_is_scaled_at_its_increase() -> None:
    busy = compiled(signal("max by (job, shop) (busy_ms_total)"))
    grew = "((rate(busy_ms_total[30m]) / 1000) > bool 0)"
    assert busy == f"max by (job, shop) ((increase(busy_ms_total[30m]) / 1000) * {grew}) > 3"


def test_a_guard_of_each_series_is_held_against_each_increase() -> None:
    each = Guard("it is deep", expression="depth > 5", on=["job", "shop"], each=True)
    found = compiled(signal("max by (job, shop) (a_total)").when(each))
    grown = "(increase(a_total[30m]) * (rate(a_total[30m]) > bool 0))"
    assert found == f"max by (job, shop) ({grown} and on (job, shop) (depth > 5)) > 3"


def test_a_recording_rule_of_the_value_does_not_stand_for_its_growth() -> None:
    shops = signal("max by (job, shop) (a_total)")
    found = compiled(shops, Record("shop:a:max", shops))
    assert found == "max by (job, shop) (increase(a_total[30m]) * (rate(a_total[30m]) > bool 0)) > 3"


@pytest.mark.parametrize("profile", ["lab", "strimzi", "no-rules", "rhel-connect"])
def test_every_counter_of_debezium_grows_in_every_spelling(profile: str) -> None:
    for metric in catalog().metrics("debezium"):
        if metric.type == "counter" and metric.gone_since is None and load_profile(profile).exports(metric):
            found = compiled(signal(f"sum by (job, server) ({metric.name})"), profile=profile)
            grown = r"\(?increase(\(.+\[30m\]\))(?: / \d+\))? \* \(\(?rate\1(?: / \d+\))? > bool 0\)"
            assert re.fullmatch(rf"sum by \(job, \w+\) \({grown}\) > 3", found), found


def test_a_gauge_is_refused_at_the_line_of_the_user() -> None:
    with pytest.raises(DeclarationError, match=r"rule Grows .* depth is of type gauge") as refused:
        compiled(signal("max by (job, shop) (depth)"))
    assert refused.value.source is not None
    assert refused.value.source.file == __file__
