"""What a signal leaves to its expression: its unit and its legend; and what a guard does."""

from __future__ import annotations

from typing import Any

import pytest

from dashlib import Guard, Signal
from dashlib.debezium import connectors, kafka_connect
from dashlib.declare.inference import legend_of, unit_of
from dashlib.errors import DeclarationError

CODES = "sum by (job, code) (rate(http_requests_total[5m]))"


def signal(expression: str, **settings: Any) -> Signal:
    return Signal("it", "Title", expression=expression, description="D.", **settings)


@pytest.mark.parametrize(
    ("expression", "legend"),
    [
        (CODES, "{{code}}"),
        ("sum by (shop, code) (rate(http_requests_total[5m]))", "{{shop}} {{code}}"),
        ("sum by (job) (http_requests_total)", "{{job}}"),
        ("sum(http_requests_total)", "Title"),
        ("histogram_quantile(0.9, sum by (job, le, shop) (rate(x_seconds_bucket[5m])))", "{{shop}}"),
        ("max by (job, plugin, server, connector) (MilliSecondsBehindSource)", "{{server}}"),
        ("MilliSecondsBehindSource", "{{server}}"),
        # Nothing says which labels there are: Grafana shows those that differ.
        ("rate(http_requests_total[5m])", "__auto"),
        ("sum without (instance) (x)", "__auto"),
    ],
)
def test_a_legend_is_of_the_labels_that_the_expression_keeps(expression: str, legend: str) -> None:
    assert signal(expression).legend == legend


@pytest.mark.parametrize(
    ("expression", "unit", "raw"),
    [
        (CODES, "reqps", "reqps"),
        ("rate(errors_total[5m])", "ops", "ops"),
        ("rate(received_bytes_total[5m])", "Bps", "Bps"),
        ("node_memory_free_bytes", "bytes", "bytes"),
        ("sum(a_bytes) / sum(b_bytes)", "percentunit", "percentunit"),
        ("100 * sum(a_bytes) / sum(b_bytes)", "percent", "percent"),
        ("histogram_quantile(0.9, rate(x_seconds_bucket[5m]))", "s", "s"),
        ("sum(rate(x_seconds_sum[5m])) / sum(rate(x_seconds_count[5m]))", "s", "s"),
        ("time() - backup_timestamp_seconds", "s", "s"),
        # A signal's times are in seconds, however they are exported.
        ("export_ms", "s", "ms"),
        ("MilliSecondsBehindSource", "s", "ms"),
        # Nothing says it, or the parts differ.
        ("queue_depth", "", ""),
        ("a_seconds + b_bytes", "", ""),
        ("rate(received_bytes_total[5m]) * 8", "", ""),
        ("increase(errors_total[5m])", "", ""),
        ("errors_total", "", ""),
        ("process_start_time_seconds", "", ""),
        ("a_seconds_since_restart", "", ""),
    ],
)
def test_a_unit_is_what_the_names_say_and_nothing_else(expression: str, unit: str, raw: str) -> None:
    assert unit_of(expression) == unit
    assert unit_of(expression, is_raw=True) == raw
    assert signal(expression).unit == (unit or "short")


def test_what_is_said_is_not_guessed() -> None:
    assert signal(CODES).guessed == ("unit", "legend")
    assert signal(CODES, unit="ops").guessed == ("legend",)
    said = signal(CODES, unit="ops", legend="{{job}}")
    assert (said.guessed, said.unit, said.legend) == ((), "ops", "{{job}}")


def test_an_expression_that_is_not_valid_is_the_first_thing_that_is_said() -> None:
    with pytest.raises(DeclarationError, match="the expression of signal 'it' is not valid PromQL"):
        signal("sum by (a")
    with pytest.raises(DeclarationError, match="the expression of guard 'it' is not valid PromQL"):
        Guard("it", expression="sum by (a")


@pytest.mark.parametrize("module", [connectors, kafka_connect])
def test_the_legends_of_dashlibs_own_signals_are_those_of_their_expressions(module: object) -> None:
    shipped = [each for each in vars(module).values() if isinstance(each, Signal) and each.legend == "{{server}}"]
    wrong = {each.name for each in shipped if "{{server}}" not in legend_of(each.expression, each.title)}
    assert not wrong


def test_a_guard_belongs_to_the_series_whose_labels_it_keeps() -> None:
    assert Guard("orders arrive", expression="sum by (job, shop) (rate(orders_total[5m])) > 0").on == ("job", "shop")
    assert Guard("it is day", expression="sum(is_day) > 0").on == ()
    assert Guard("it streams", expression="Connected == 1").on == ("job", "plugin", "server")
    assert Guard("it streams", expression="max by (job, server) (Connected) == 1").on == ("job", "plugin", "server")
    assert Guard("any", expression="sum by (shop) (x) > 0", on=()).on == ()
