"""This project's compiled files under the rules of dashboard-linter and pint, as their sources state them.

Neither tool can be installed where the tests run, so that what decides in them is written down here once more, where
`dashlib lint` decides otherwise. What it asks of a panel and its queries, `dashlib lint` asks, too: it is silent here.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from dashlib import promql
from dashlib.promql.tree import Aggregation, Binary, Call, Vector, vectors, walk
from tests.compiled import DASHBOARDS, rules


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_dashboard_linter_on_variables(uid: str) -> None:
    for variable in DASHBOARDS[uid]["templating"]["list"]:
        if variable["type"] == "query":
            assert variable["refresh"] == 2, "template-on-time-change-reload"
            asked = re.fullmatch(r"(label_names|label_values|metrics|query_result)\((.+)\)", variable["query"])
            assert asked is not None, "template-label-promql"
            promql.read(asked[2].rpartition(",")[0]).check()


def test_pint_on_our_rules() -> None:
    for rule in rules():
        pint(rule)


def pint(rule: dict[str, Any]) -> None:
    root = promql.read(rule["expr"]).tree
    for node in walk(root):
        assert not (isinstance(node, Aggregation) and node.operator in {"topk", "bottomk"}), "promql/fragile"
        if isinstance(node, Aggregation) and node.operator in {"sum", "avg", "stddev", "stdvar"}:
            quotients = [one for one in walk(node) if isinstance(one, Binary) and one.operator in {"/", "%"}]
            for divisor in (quotient.right for quotient in quotients):
                guards = [one for one in walk(divisor) if isinstance(one, Binary) and one.operator in {">", ">=", "!="}]
                assert guards or not list(vectors(divisor)), "promql/nan"
        if isinstance(node, Vector):
            for matcher in node.selector.matchers:
                if matcher.operator in {"=~", "!~"}:
                    assert re.search(r"[.+*?()|\[\]{}^$\\]", matcher.value), "promql/regexp"
                    assert not matcher.value.startswith("^"), "promql/regexp"
                    assert not matcher.value.endswith("$"), "promql/regexp"
    if "alert" in rule:
        has_condition = any(
            (isinstance(node, Binary) and node.operator in {"==", "!=", ">", "<", ">=", "<=", "unless"})
            or (isinstance(node, Call) and node.function.startswith("absent"))
            for node in walk(root)
        )
        assert has_condition, "alerts/comparison"
        assert not any("$value" in text for text in rule.get("labels", {}).values()), "alerts/template"
