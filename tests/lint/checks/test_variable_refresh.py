from __future__ import annotations

from dashlib.lint.findings import ValueFix
from tests.linting import dashboard, found, linted, run


def test_the_fix_writes_two() -> None:
    variable = {"type": "query", "name": "x", "query": "label_values(up, job)", "refresh": 0}
    findings = run(linted(dashboard(templating={"list": [variable]})))
    (finding,) = [one for one in findings if one.check == "variable-refresh"]
    assert finding.problem.fix == ValueFix(2)


def test_only_queries_are_read_anew() -> None:
    assert not found("variable-refresh", dashboard(templating={"list": [{"type": "custom", "name": "x"}]}))


def test_other_datasources_do_not_look_at_the_time() -> None:
    variable = {"type": "query", "name": "x", "query": "regions()", "datasource": {"type": "cloudwatch", "uid": "x"}}
    assert not found("variable-refresh", dashboard(templating={"list": [variable]}))
