"""Where fuzzing begins: texts of each kind, and how Hypothesis makes more of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.linting import dashboard, panel, rule_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

EXPRESSIONS = [
    'sum by (server) (rate(debezium_metrics_TotalNumberOfEventsSeen{context="streaming",server=~"$x"}[5m])) > 5',
    "a / on (b) group_left (c) d unless on (e) f[1h:1m] offset -5m",
    "histogram_quantile(0.9, sum by (le) (rate(x_bucket[$__rate_interval])))",
    'label_replace(-a ^ 2 ^ 3, "b", "$1", "c", "(.*)") or vector(0)',
    "topk(3, max_over_time((a != -1)[30m:30s] @ end()))",
    "100 * (1 - debezium_metrics_QueueRemainingCapacity / debezium_metrics_QueueTotalCapacity) >= bool 80",
]

SEEDS: Mapping[str, list[bytes]] = {
    "json": [
        json.dumps(dashboard(panel("up"), panel("sum(", id=2, type="graph"))).encode(),
        json.dumps({"rows": [{"panels": [{"type": "singlestat", "targets": [{"expr": "up"}]}]}]}).encode(),
        b'{"dashboard": {"panels": [{"type": "row", "panels": [{}]}], "templating": {"list": [{"type": "query"}]}}}',
    ],
    "yaml": [
        rule_file({}, {"record": "a:b:c", "expr": "up"}).encode(),
        b"groups: [{name: &a g, rules: [{alert: *a, expr: '{{'}]}]",
        b'kind: PrometheusRule\nspec:\n  groups:\n  - name: |\n      x\n    rules: [{alert: A, expr: "a\\"b"}]\n',
    ],
    "promql": [expression.encode() for expression in EXPRESSIONS],
}

_words = st.sampled_from(
    [part for expression in EXPRESSIONS for part in expression.replace("(", " ( ").replace(")", " ) ").split()]
)
_texts = st.text(max_size=20) | _words
_promql = st.lists(_words | st.text(max_size=3), max_size=12).map(" ".join)
_keys = st.sampled_from(
    [
        "panels",
        "rows",
        "targets",
        "expr",
        "type",
        "title",
        "id",
        "gridPos",
        "x",
        "y",
        "w",
        "h",
        "fieldConfig",
        "defaults",
        "unit",
        "thresholds",
        "steps",
        "value",
        "mappings",
        "templating",
        "list",
        "name",
        "query",
        "refresh",
        "datasource",
        "uid",
        "annotations",
        "links",
        "url",
        "legendFormat",
        "repeat",
        "options",
        "overrides",
        "groups",
        "rules",
        "alert",
        "record",
        "for",
        "labels",
        "severity",
        "description",
        "interval",
        "limit",
        "spec",
    ]
)
_data = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 30) | _texts | _promql,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=5),
    max_leaves=25,
)


def _dumped(data: object) -> bytes:
    return json.dumps(data).encode()


INPUTS: Mapping[str, SearchStrategy[bytes]] = {
    "json": st.binary(max_size=200)
    | st.fixed_dictionaries(
        {"panels": st.lists(_data, max_size=3)}, optional={"templating": _data, "links": _data, "uid": _data}
    ).map(_dumped),
    "yaml": st.binary(max_size=200) | st.fixed_dictionaries({"groups": st.lists(_data, max_size=3)}).map(_dumped),
    "promql": st.text(max_size=60).map(lambda text: text.encode(errors="replace")) | _promql.map(str.encode),
}
