"""`dashlib lint` says of the given cases about files what each EXPECT.txt says it should."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dashlib.lint import engine, reports
from dashlib.lint.settings import Settings
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile

if TYPE_CHECKING:
    from dashlib.lint.findings import Finding


@pytest.fixture
def cases(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(shared / "cases")
    return shared / "cases"


def result(*files: Path, named: bool = True) -> engine.Result:
    """Return what lint says of files, each by its own name."""
    lint = engine.lint_of_files(
        [(file, "<stdin>" if str(file) == "-" else file.name) for file in files],
        Settings(),
        catalog(),
        load_profile("lab"),
        guess=True,
        in_folders=() if named else files,
    )
    return engine.run(lint)


def said(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    """Return which check found something in which file, without notes."""
    return [(one.file, one.check) for one in findings if one.severity != "info"]


def test_each_form_of_yaml_gives_its_broken_query(cases: Path) -> None:
    files = sorted((cases / "dashboard-in-yaml").glob("*.yml"))
    found = Counter(one.file for one in result(*files).findings if one.check == "promql-syntax")
    assert found == {file.name: 1 for file in files}
    assert not [one for one in result(*files).findings if one.check in {"unreadable-file", "rule-file"}]


@pytest.mark.parametrize("name", ["exported.json", "resource.json"])
def test_the_queries_of_schema_version_2_are_checked(cases: Path, name: str) -> None:
    file = cases / "dashboard-v2" / name
    (finding,) = [one for one in result(file).findings if one.check == "promql-syntax"]
    assert '"expr": "rate(' in file.read_text(encoding="utf-8").split("\n")[finding.line - 1]
    assert not [one for one in result(file).findings if one.check == "unreadable-file"]


def test_what_is_neither_is_counted_in_a_folder(cases: Path) -> None:
    done = result(*sorted((cases / "folder-of-mixed-yaml/repo").iterdir()), named=False)
    assert done.findings == ()
    assert "7 files are neither dashboards nor rules" in reports.text(done)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("connector.json", "a Kafka Connect connector"),
        ("datasource.yml", "Grafana datasources"),
        ("docker-compose.yml", "a compose file"),
        ("grafana-alerting.yml", "Grafana-managed rules"),
        ("jmx.yml", "JMX exporter"),
        ("promtest.yml", "promtool test"),
        ("sloth.yml", "Sloth"),
    ],
)
def test_what_is_neither_is_named(cases: Path, name: str, what: str) -> None:
    (finding,) = result(cases / "folder-of-mixed-yaml/repo" / name).findings
    assert what in finding.problem.message


def test_a_helm_template_is_named_and_what_it_makes_is_read(cases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (finding,) = result(cases / "helm-template-rules/rules.yaml").findings
    assert "a Helm template" in finding.problem.message
    assert "helm template … | dashlib lint -" in finding.problem.suggestion
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO((cases / "dashboard-in-yaml/rules-list.yml").read_bytes())))
    assert ("<stdin>", "promql-syntax") in said(result(Path("-")).findings)


def test_a_second_document_is_an_error_and_is_not_read(cases: Path) -> None:
    findings = result(cases / "multi-document-rules/rules.yml").findings
    assert [(one.line, one.severity) for one in findings if one.check == "rule-file"] == [(10, "error")]
    assert "duplicate-rule" not in {one.check for one in findings}


@pytest.mark.parametrize("case", ["yaml-merge-keys", "division-guard-and", "always-firing-on-purpose"])
def test_these_have_nothing_wrong(cases: Path, case: str) -> None:
    assert said(result(cases / case / "rules.yml").findings) == []


@pytest.mark.parametrize("number", ["4200"])
def test_many_expressions_give_their_findings(cases: Path, tmp_path: Path, number: str) -> None:
    rules = tmp_path / "rules.yml"
    script = cases / "many-expressions-crash/generate.py"
    made = subprocess.run([sys.executable, str(script), number], check=True, capture_output=True, text=True)
    rules.write_text(made.stdout, encoding="utf-8")
    assert Counter(one.check for one in result(rules).findings) == {"division-by-zero": 42}
