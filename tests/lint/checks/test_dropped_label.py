from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.linting import dashboard, found, linted, panel, rule_file, run

if TYPE_CHECKING:
    from dashlib.lint.findings import Finding


def legend(expression: str, text: str) -> list[str]:
    return found("dropped-label", dashboard(panel(targets=[{"expr": expression, "legendFormat": text}])))


@pytest.mark.parametrize(
    ("expression", "label"),
    [
        ("sum(up)", "job"),
        ("sum without (job) (up)", "job"),
        ("up * on (job) up", "instance"),
        ("rate(x_total[$__rate_interval])", "__name__"),
        ("up / ignoring (job) up", "job"),
        ("sum by (a) (up) or sum by (b) (up)", "c"),
        ("histogram_quantile(0.9, x_bucket)", "le"),
        ("count by (job) (up) > 1", "instance"),
    ],
)
def test_the_label_is_gone(expression: str, label: str) -> None:
    assert legend(expression, f"{{{{{label}}}}}")


@pytest.mark.parametrize(
    ("expression", "label"),
    [
        ("up", "anything"),
        ("sum by (job) (up)", "job"),
        ("sum without (job) (up)", "instance"),
        ("up * on (job) group_left (team) owner", "team"),
        ("up * on (job) group_left () owner", "instance"),
        ("sum by (a) (up) or sum by (b) (up)", "b"),
        ("label_replace(sum(up), 'x', '1', 'y', '')", "x"),
        ("count_values('version', build)", "version"),
        ("topk(3, up)", "__name__"),
        ("sum by (job) (up) > on (job) group_left () sum by (job) (up)", "job"),
    ],
)
def test_the_label_may_be_there(expression: str, label: str) -> None:
    assert not legend(expression, f"{{{{{label}}}}}")


def test_the_labels_of_a_rule_are_there_for_its_annotations() -> None:
    texts = {"description": "{{ $labels.team }} {{ $labels.alertname }}"}
    rule = {"expr": "sum(up) == 0", "labels": {"severity": "warning", "team": "data"}, "annotations": texts}
    assert not found("dropped-label", rule_file(rule))


def test_the_place_is_that_of_the_label() -> None:
    findings = run(linted(rule_file({"expr": "sum(up) == 0", "annotations": {"description": "of {{ $labels.job }}"}})))
    finding: Finding = next(one for one in findings if one.check == "dropped-label")
    start, end = finding.problem.span or (0, 0)
    assert finding.problem.expression[start:end] == "$labels.job"


def test_a_table_shows_no_legend() -> None:
    target = {"refId": "A", "expr": "sum(up)", "legendFormat": "{{job}}"}
    assert found("dropped-label", dashboard(panel(targets=[target])))
    assert not found("dropped-label", dashboard(panel(targets=[{**target, "format": "table"}])))


@pytest.mark.parametrize("expression", ["sum by ($group) (up)", "sum(up) $grouping", "$aggregation(up)"])
def test_a_label_that_the_reader_chooses(expression: str) -> None:
    assert not legend(expression, "{{job}}")


def test_within_range_the_dot_is_a_sample_of_another_query() -> None:
    def said(text: str) -> list[str]:
        rule = {"expr": "sum(up) < 1", "annotations": {"description": text}}
        return found("dropped-label", rule_file(rule))

    assert not said("{{ range query `up == 0` }}{{ .Labels.job }}{{ end }}")
    assert not said("{{ with query `up` }}{{ if . }}{{ .Labels.job }}{{ end }}{{ end }}")
    assert said("{{ range query `up == 0` }}{{ $labels.job }}{{ end }}")
    assert said("{{ range query `up == 0` }}x{{ end }}{{ .Labels.job }}")
    assert said("{{ if $value }}{{ .Labels.job }}{{ end }}")
    assert said("{{ range printf `up{job='%s'}` .Labels.job | query }}x{{ end }}")
