"""This project's compiled files under the rules of dashboard-linter and pint, as their sources state them.

Neither tool can be installed where the tests run, so that what decides in them is written down here once more: shorter
than the checks of `dashlib lint`, and without what these know beyond it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dashlib import promql
from dashlib.lint import engine
from dashlib.lint.settings import Settings
from dashlib.promql.tree import Aggregation, Binary, Call, Vector, vectors, walk, with_ancestors
from tests.compiled import DASHBOARDS, DOCUMENTS, panels, rules

LINTED = frozenset({"stat", "singlestat", "graph", "table", "timeseries", "gauge"})
UNITS = Path(__file__).resolve().parents[2] / "dashlib/lint/grafana_units.txt"
OUR_PANELS = [(uid, panel) for uid, panel in panels() if panel["type"] in LINTED]
RULES = list(rules())


def name(value: object) -> str:
    return value["title"] if isinstance(value, dict) and "title" in value else str(value)


@pytest.mark.parametrize(("uid", "panel"), OUR_PANELS, ids=name)
def test_dashboard_linter_on_a_panel(uid: str, panel: dict[str, Any]) -> None:
    assert panel["title"], "panel-title-description"
    assert panel["description"], "panel-title-description"
    assert panel["targets"], "panel-no-targets"
    variables = {item["name"] for item in DASHBOARDS[uid]["templating"]["list"] if item["type"] == "datasource"}
    assert panel["datasource"]["uid"].strip("${}") in variables, "panel-datasource"
    config = panel["fieldConfig"]
    properties = [item for override in config["overrides"] for item in override["properties"]]
    units = [item["value"] for item in properties if item["id"] == "unit"] or [config["defaults"].get("unit")]
    has_mappings = "mappings" in config["defaults"] or any(item["id"] == "mappings" for item in properties)
    known = UNITS.read_text(encoding="utf-8").split("\n#\n")[0].split()
    # A unit of one's own is Grafana's since 6.0, and the linter does not know it.
    assert has_mappings or units[-1] in known or units[-1].startswith("suffix:"), "panel-units"


@pytest.mark.parametrize(("uid", "panel"), OUR_PANELS, ids=name)
def test_dashboard_linter_on_a_query(uid: str, panel: dict[str, Any]) -> None:
    assert uid
    for target in panel.get("targets", ()):
        for node, above in with_ancestors(promql.read(target["expr"]).tree):
            if not isinstance(node, Vector):
                continue
            function = above[0].function if above and isinstance(above[0], Call) else ""
            # Asked of one moment $__rate_interval is a share of the dashboard's range, which the linter does not know.
            if node.selector.range is not None and function in {"rate", "irate"} and not target.get("instant"):
                assert "$__rate_interval" in node.selector.range, "target-rate-interval"
            if node.metric.endswith("_total"):
                assert node.selector.range is not None, "target-counter-agg"
                # The linter does not know resets(), which is about counters and nothing else.
                assert function in {"rate", "irate", "increase", "resets"}, "target-counter-agg"


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_dashboard_linter_on_variables(uid: str) -> None:
    for variable in DASHBOARDS[uid]["templating"]["list"]:
        if variable["type"] == "query":
            assert variable["refresh"] == 2, "template-on-time-change-reload"
            asked = re.fullmatch(r"(label_names|label_values|metrics|query_result)\((.+)\)", variable["query"])
            assert asked is not None, "template-label-promql"
            promql.read(asked[2].rpartition(",")[0]).check()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_pint_on_a_rule(rule: dict[str, Any]) -> None:
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


def test_no_check_that_a_peer_has_too_finds_anything() -> None:
    from dashlib.compile.loading import load_project
    from dashlib.metrics.catalog import catalog
    from dashlib.metrics.profiles import load_profile
    from tests.compiled import ROOT

    lint = engine.lint_of_project(load_project(ROOT), DOCUMENTS, Settings(), catalog(), load_profile("lab"))
    checks = engine.all_checks()
    # pint follows links over the network; whether a runbook has its section is `dashlib lint`'s own to say
    found = [one for one in engine.run(lint).findings if checks[one.check].peers and one.check != "dead-link"]
    assert [(one.file, one.line, one.check, one.problem.message) for one in found] == []
