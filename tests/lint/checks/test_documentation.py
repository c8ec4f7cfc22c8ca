"""Each check has its page, and each page's examples are what it says: the bad one is found, the good one is not."""

from __future__ import annotations

import json
import re
import sys
import types
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import pytest
import yaml

from dashlib import Dashboard, RuleGroup
from dashlib.compile.configuration import Configuration
from dashlib.compile.loading import Declared, Project
from dashlib.compile.project import compile_project
from dashlib.lint import engine
from dashlib.metrics.catalog import catalog
from dashlib.metrics.identity import Identity
from dashlib.metrics.profiles import load_profile
from dashlib.metrics.recognition import observe
from tests import linting

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs/checks"
CHECKS = {name: check for name, check in engine.all_checks().items() if check not in engine.OWN_CHECKS}
FENCE = re.compile(r"^```(?P<language>\w+) (?P<words>(?:bad|good)[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    check: str
    number: int
    language: str
    is_bad: bool
    words: dict[str, str]
    body: str

    def __str__(self) -> str:
        return f"{self.check}-{self.number}-{'bad' if self.is_bad else 'good'}"


def examples() -> list[Example]:
    found = []
    for name in CHECKS:
        page = DOCS / f"{name}.md"
        text = page.read_text(encoding="utf-8") if page.is_file() else ""
        for number, match in enumerate(FENCE.finditer(text)):
            first, *rest = match["words"].split()
            words = dict(word.partition("=")[::2] for word in rest)
            found.append(Example(name, number, match["language"], first == "bad", words, match["body"]))
    return found


def messages(example: Example) -> list[list[str]]:
    """Return what the check says of each part of an example."""
    if example.language == "python":
        return [declared_by(example)]
    if example.language in {"promql", "text"}:
        parts = [part.strip() for part in example.body.split("\n\n")]
        is_alert = "alert" in example.words
        return [
            about(example, linting.rule_file({"expr": part}) if is_alert else linting.dashboard(linting.panel(part)))
            for part in parts
        ]
    if example.language == "yaml":
        data = yaml.safe_load(example.body)
        if isinstance(data, list):
            data = {"groups": [{"name": "group", "interval": "30s", "rules": data}]}
        return [about(example, yaml.safe_dump(data, sort_keys=False))]
    data = json.loads(example.body)
    if isinstance(data, list):
        return [about(example, *(linting.dashboard(**changes) for changes in data))]
    is_dashboard = {"panels", "templating", "links", "uid", "rows"} & set(data)
    return [
        about(example, linting.dashboard(**data) if is_dashboard else linting.dashboard(linting.panel(None, **data)))
    ]


def about(example: Example, *subjects: dict[str, Any] | str) -> list[str]:
    """Return what the check says of dashboards and rule files, looked at as the example's words say."""
    if "compiled" in example.words:
        findings = linting.run(linting.declared(*(one for one in subjects if isinstance(one, dict))))
        return [finding.problem.message for finding in findings if finding.check == example.check]
    if "project" in example.words:
        return linting.found(
            example.check,
            *subjects,
            is_project=True,
            root=ROOT,
            grafana_url="http://localhost:3000",
            runbook_url=Configuration().runbook_url,
        )
    known: dict[str, Any] = {}
    if "metrics" in example.words:
        known["scraped"] = observe((ROOT / "tests/metrics" / example.words["metrics"]).read_text(encoding="utf-8"))
    if "identity" in example.words:
        known |= {"identity": Identity(tuple(example.words["identity"].split(","))), "is_project": True}
    settings = linting.settings(
        debezium=example.words.get("debezium", ""), engine=example.words.get("engine", "prometheus")
    )
    return linting.found(
        example.check, *subjects, profile=example.words.get("profile", "lab"), settings=settings, **known
    )


def declared_by(example: Example) -> list[str]:
    """Return what the check says of the declarations of a Python example, as of a whole project."""
    module = types.ModuleType("example_of_a_check")
    sys.modules[module.__name__] = module
    try:
        exec(compile(example.body, "example.py", "exec"), vars(module))  # noqa: S102
    finally:
        del sys.modules[module.__name__]
    items = [item for item in vars(module).values() if isinstance(item, Dashboard | RuleGroup)]
    configuration = attrs.evolve(Configuration(), labels={"team": "platform"})
    project = Project(ROOT, configuration, tuple(Declared(item, "example.py") for item in items))
    lint = engine.lint_of_project(project, compile_project(project), linting.settings(), catalog(), load_profile("lab"))
    return [one.problem.message for one in engine.run(lint).findings if one.check == example.check]


@pytest.mark.parametrize("example", examples(), ids=str)
def test_a_bad_example_is_found_and_a_good_one_is_not(example: Example) -> None:
    for said in messages(example):
        assert bool(said) is example.is_bad, said


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_has_a_page_with_a_bad_and_a_good_example(name: str) -> None:
    text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    assert CHECKS[name].title in " ".join(text.split())
    kinds = {example.is_bad for example in examples() if example.check == name}
    assert kinds == {True, False}


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_has_a_test_of_its_own(name: str) -> None:
    module = name.replace("-", "_")
    assert (ROOT / f"dashlib/lint/checks/{module}.py").is_file()
    assert (ROOT / f"tests/lint/checks/test_{module}.py").is_file()


def test_no_page_is_about_a_check_that_does_not_exist() -> None:
    pages = {page.stem for page in DOCS.glob("*.md")} - {"README", "peers"}
    assert pages == set(CHECKS)


def test_the_index_lists_every_check_with_its_severity() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    for name, check in CHECKS.items():
        assert f"| [{name}]({name}.md) | {check.severity} | {check.title} |" in index
    for check in engine.OWN_CHECKS:
        assert f"| {check.name} | {check.severity} | {check.title} |" in index


def test_every_check_that_says_so_is_in_the_table_of_peers() -> None:
    peers = (DOCS / "peers.md").read_text(encoding="utf-8")
    for name, check in CHECKS.items():
        for peer in check.peers:
            assert f"[{name}]({name}.md)" in peers, peer
