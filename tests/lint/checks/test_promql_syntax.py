from __future__ import annotations

import pytest

from tests.linting import dashboard, found, in_alert, in_panel, linted, panel, rule_file, run, settings


def test_panels_annotations_variables_and_rules_are_read() -> None:
    assert in_panel("promql-syntax", "sum(")
    assert in_alert("promql-syntax", "sum(")
    assert found("promql-syntax", dashboard(annotations={"list": [{"expr": "sum("}]}))
    query = {"type": "query", "name": "x", "query": "label_values(sum(, job)"}
    assert found("promql-syntax", dashboard(templating={"list": [query]}))


def test_other_languages_are_not() -> None:
    loki = {"type": "loki", "uid": "x"}
    assert not in_panel(
        "promql-syntax", '{app="x"} |= "error"', targets=[{"expr": '{a="b"} |= "c"', "datasource": loki}]
    )


def test_the_caret_stands_under_the_mistake() -> None:
    (finding,) = [one for one in run(linted(rule_file({"expr": "up == = 1"}))) if one.check == "promql-syntax"]
    assert finding.problem.span is not None
    assert finding.problem.expression[finding.problem.span[0]] == "="


@pytest.mark.parametrize(("engine", "severity"), [("prometheus", "error"), ("victoriametrics", "info")])
def test_metricsql_is_for_victoria_metrics_to_judge(engine: str, severity: str) -> None:
    findings = run(linted(dashboard(panel("increase(a_total)"))), settings=settings(engine=engine))
    (finding,) = [one for one in findings if one.check == "promql-syntax"]
    assert finding.severity == severity
    assert ('engine = "victoriametrics"' in finding.problem.suggestion) == (engine == "prometheus")
