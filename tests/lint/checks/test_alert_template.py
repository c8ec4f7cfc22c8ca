from __future__ import annotations

import pytest

from tests.linting import found, linted, rule_file, run, settings


@pytest.mark.parametrize(
    "text",
    [
        "{{ $value",
        "{{ if $value }}open",
        "{{ $nothing }}",
        "{{ nofunction $value }}",
        '{{ query "sum(up" }}',
        '{{ range query "sum(up)" }}{{ . | label "job" }}{{ end }}',
        "{{ end }}",
    ],
)
def test_prometheus_could_not_fill_it_in(text: str) -> None:
    assert found("alert-template", rule_file({"annotations": {"description": text}}))


@pytest.mark.parametrize(
    "text",
    [
        '{{ $labels.server }} {{ $value | printf "%.1f" }}',
        '{{ with query "sum by (job) (up)" }}{{ . | first | label "job" }}{{ end }}',
        '{{ range $i, $e := query "up" }}{{ $i }}{{ end }}',
        "no template, but {braces}",
        "{{ $externalLabels.cluster }} {{ $externalURL }}",
    ],
)
def test_prometheus_can_fill_it_in(text: str) -> None:
    assert not found("alert-template", rule_file({"annotations": {"description": text}}))


@pytest.mark.parametrize(("engine", "severity"), [("prometheus", "error"), ("victoriametrics", "info")])
@pytest.mark.parametrize("template", ["{{ $activeAt }}", "{{ $value | crlfEscape }}"])
def test_vmalert_has_variables_and_functions_of_its_own(engine: str, severity: str, template: str) -> None:
    rules = rule_file({"annotations": {"summary": "S.", "description": template}})
    findings = run(linted(rules), settings=settings(engine=engine))
    assert [one.severity for one in findings if one.check == "alert-template"] == [severity]
