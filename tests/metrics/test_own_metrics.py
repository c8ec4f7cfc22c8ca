"""Metrics of one's own: histograms, summaries, names of any text, and what others record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from dashlib import one_of, promql
from dashlib.compile.rendering import Rendering
from dashlib.errors import DeclarationError
from dashlib.lint.metric_names import MetricNames
from dashlib.metrics.catalog import UnknownMetricError, own_catalog
from dashlib.metrics.profiles import load_profile
from dashlib.promql.types import Type, types

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES: Mapping[str, Mapping[str, Any]] = {
    "http_request_duration_seconds": {"type": "histogram", "unit": "s", "labels": ["code"]},
    "rpc_ms": {"type": "histogram", "unit": "ms", "buckets": "both"},
    "body_bytes": {"type": "histogram", "unit": "bytes", "buckets": "native"},
    "gc_seconds": {"type": "summary", "unit": "s"},
    "queue.wait": {"type": "gauge", "unit": "ms", "labels": ["code"]},
    "job:requests:rate5m": {"type": "gauge", "unit": "count/s", "labels": ["code"]},
}
CATALOG = own_catalog(TABLES)
RENDERING = Rendering(CATALOG, load_profile("lab"), scope={"code": one_of("200")})


def type_of(expression: str) -> Type:
    root = promql.read(expression).tree
    return types(root, MetricNames(CATALOG, load_profile("lab")).facts)[id(root)]


def test_one_entry_stands_for_every_series_of_a_histogram_and_of_a_summary() -> None:
    assert [metric.name for metric in CATALOG.metrics("user")] == [
        "http_request_duration_seconds_bucket",
        "http_request_duration_seconds_sum",
        "http_request_duration_seconds_count",
        "rpc_ms",
        "rpc_ms_bucket",
        "rpc_ms_sum",
        "rpc_ms_count",
        "body_bytes",
        "gc_seconds",
        "gc_seconds_sum",
        "gc_seconds_count",
        "queue.wait",
        "job:requests:rate5m",
    ]
    with pytest.raises(UnknownMetricError, match="its histogram is classic"):
        RENDERING.render("rate(http_request_duration_seconds[5m])")


@pytest.mark.parametrize(
    ("logical", "rendered"),
    [
        (
            "histogram_quantile(0.99, sum by (le, job) (rate(http_request_duration_seconds_bucket[5m])))",
            'histogram_quantile(0.99, sum by (le, job) (rate(http_request_duration_seconds_bucket{code="200"}[5m])))',
        ),
        # Buckets cannot be scaled: what is made of them is.
        ("histogram_quantile(0.9, rate(rpc_ms_bucket[5m]))", "histogram_quantile(0.9, rate(rpc_ms_bucket[5m])) / 1000"),
        ("2 + histogram_quantile(0.9, rate(rpc_ms[5m]))", "2 + (histogram_quantile(0.9, rate(rpc_ms[5m])) / 1000)"),
        ("histogram_count(rate(rpc_ms[5m]))", "histogram_count(rate(rpc_ms[5m]))"),
        ("rate(rpc_ms_sum[5m]) / rate(rpc_ms_count[5m])", "(rate(rpc_ms_sum[5m]) / 1000) / rate(rpc_ms_count[5m])"),
        ('gc_seconds{quantile="0.5"}', 'gc_seconds{quantile="0.5"}'),
        ('max by (job) ({__name__="queue.wait"})', 'max by (job) ({__name__="queue.wait",code="200"}) / 1000'),
        ("job:requests:rate5m", 'job:requests:rate5m{code="200"}'),
    ],
)
def test_they_are_queried_like_any_other_metric(logical: str, rendered: str) -> None:
    assert RENDERING.render(logical) == rendered
    promql.read(rendered).check()


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        ("histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))", "s"),
        ("histogram_quantile(0.99, sum by (le) (rate(rpc_ms_bucket[5m])))", "ms"),
        ("histogram_quantile(0.99, rate(body_bytes[5m]))", "bytes"),
        ("rate(http_request_duration_seconds_bucket[5m])", "count/s"),
        ("histogram_count(rate(body_bytes[5m]))", "count/s"),
        ("histogram_sum(rate(body_bytes[5m]))", "bytes/s"),
        ("histogram_fraction(0, 1, rate(body_bytes[5m]))", "ratio (0-1)"),
        ("rate(gc_seconds_sum[5m]) / rate(gc_seconds_count[5m])", "s"),
    ],
)
def test_the_unit_of_what_is_made_of_a_histogram(expression: str, unit: str | None) -> None:
    found = type_of(expression).unit
    assert (found.name if found is not None else None) == unit


@pytest.mark.parametrize("counter", ["http_request_duration_seconds_bucket", "body_bytes", "gc_seconds_count"])
def test_what_a_histogram_counts_only_grows(counter: str) -> None:
    assert type_of(counter).is_counter
    assert not type_of(f"rate({counter}[5m])").is_counter


def test_a_share_of_a_scaled_histogram_is_refused() -> None:
    with pytest.raises(DeclarationError, match="declare the histogram in that unit"):
        RENDERING.render("histogram_fraction(0, 1, rate(rpc_ms[5m]))")


def test_a_rule_cannot_query_a_name_that_prometheus_2_keeps_not() -> None:
    with pytest.raises(DeclarationError, match=r"a rule cannot query 'queue\.wait': Prometheus 2\.42"):
        attrs.evolve(RENDERING, rate_interval="5m").render('{__name__="queue.wait"} > 3')


def test_a_quoted_name_is_refused_with_the_spelling_that_every_prometheus_accepts() -> None:
    with pytest.raises(promql.PromQLError, match=r'write \{__name__="queue.wait"\}'):
        promql.read('{"queue.wait", code="200"}').check()
