"""What a reader copies from a page: it passes the project's own gate, and becomes what the page says."""

from __future__ import annotations

import re
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from dashlib import Alert, RuleGroup, Signal
from dashlib.cli import cli
from dashlib.compile.conditions import alert_expression, guard_expression, measured_expression, signal_expression
from dashlib.compile.outputs.grafana_alerting import taken_apart
from dashlib.compile.rendering import Rendering
from dashlib.debezium import connectors
from dashlib.metrics.catalog import CANONICAL_UNITS, catalog, own_metrics
from dashlib.metrics.profiles import load_profile
from tests.programs import find_program
from tests.promtool import needed_promtool
from tests.test_docs import DOCS, FENCE, PAGES, blocks, name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dashlib.declare.signals import Condition

PYTHON = re.compile(r"^```python(?P<words>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def sample(page: Path) -> str:
    """Return the Python of a page in one piece, without what it shows as bad."""
    text = page.read_text(encoding="utf-8")
    return "\n".join(match["body"] for match in PYTHON.finditer(text) if "bad" not in match["words"].split())


def rows(page: Path, *columns: str) -> list[list[str]]:
    """Return the cells of a page's tables that have these columns."""
    found: list[list[str]] = []
    for table in re.findall(r"(?:^\|.*\n)+", FENCE.sub("", page.read_text(encoding="utf-8")), flags=re.MULTILINE):
        head, _, *lines = [
            [cell.strip(" `").replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in table.splitlines()
        ]
        if set(columns) <= set(head):
            found += [[line[head.index(column)] for column in columns] for line in lines]
    return found


@pytest.mark.parametrize("page", [page for page in PAGES if sample(page)], ids=name)
def test_what_a_reader_copies_from_a_page_passes_the_gate(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed_promtool(request)
    monkeypatch.setenv("PROMTOOL", str(find_program("promtool")))
    (tmp_path / "dashboards").mkdir()
    (tmp_path / "dashboards/sample.py").write_text(sample(page), encoding="utf-8")
    tables = "\n".join(body for _, body in blocks(page, "toml"))
    (tmp_path / "pyproject.toml").write_text(tables or "[tool.dashlib]\n", encoding="utf-8")
    for command in ("build", "lint", "test"):
        ran = CliRunner().invoke(cli, [command, "--project", str(tmp_path)])
        assert ran.exit_code == 0, ran.output or ran.exception


# --- "written … becomes …" -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written() -> Iterator[dict[str, Any]]:
    """What the Python of the page about declarations declares, and dashlib's own signals beside it."""
    module = types.ModuleType("written_in_declarations")
    sys.modules[module.__name__] = module
    exec(compile(sample(DOCS / "declarations.md"), "declarations.md", "exec"), vars(module))  # noqa: S102
    yield {**vars(connectors), **vars(module)}
    del sys.modules[module.__name__]


CONDITIONS = rows(DOCS / "declarations.md", "Written", "Becomes")


@pytest.mark.parametrize(("text", "becomes"), CONDITIONS, ids=[text for text, _ in CONDITIONS])
def test_a_condition_becomes_what_the_page_says(text: str, becomes: str, written: dict[str, Any]) -> None:
    condition: Condition = eval(text, written)  # noqa: S307  # a page of this project
    group: RuleGroup = written["night_rules"]
    alert = Alert("Written", condition, severity="warning", summary="It is.", description="It is.")
    rendering = Rendering(catalog(), load_profile("lab"), group.where)
    signal = condition.signal
    said = becomes
    if "<signal>" not in becomes:
        said = rendering.render(becomes)
    said = said.replace("<signal>", signal_expression(signal.base, rendering, {}))
    for guarded in signal.guards:
        said = said.replace("<guard>", guard_expression(guarded.guard, rendering, {}))
    assert alert_expression(alert, group, alert.level(group.thresholds), rendering, {}) == said


def test_every_kind_of_condition_has_a_row() -> None:
    methods = [
        key for key, value in vars(Signal).items() if getattr(value, "__annotations__", {}).get("return") == "Condition"
    ]
    assert len(methods) > 4
    assert [method for method in methods if not any(f".{method}(" in text for text, _ in CONDITIONS)] == []


def condition_by(method: str, written: dict[str, Any]) -> Condition:
    """Return the condition of the page about declarations that a method makes."""
    condition: Condition = eval(next(text for text, _ in CONDITIONS if f".{method}(" in text), written)  # noqa: S307
    return condition


@pytest.mark.parametrize(("methods", "query"), rows(DOCS / "grafana-alerting.md", "condition", "query `A"))
def test_a_condition_becomes_what_the_page_about_grafana_says(
    methods: str, query: str, written: dict[str, Any]
) -> None:
    group: RuleGroup = written["night_rules"]
    rendering = Rendering(catalog(), load_profile("lab"), group.where)
    for method in re.findall(r"`(\w+)`", f"`{methods}"):
        alert = Alert("Written", condition_by(method, written), severity="warning", summary="It.", description="It.")
        compared = taken_apart(alert_expression(alert, group, alert.level(group.thresholds), rendering, {}))
        assert (compared is None) is query.startswith("the whole"), method
        assert compared is None or compared.measured == measured_expression(alert, group, rendering, {})


SPELLINGS = rows(DOCS / "profiles.md", "Profile", "Written", "Becomes")


@pytest.mark.parametrize(("profile", "text", "becomes"), SPELLINGS, ids=[row[0] for row in SPELLINGS])
def test_a_query_becomes_what_the_page_about_profiles_says(profile: str, text: str, becomes: str) -> None:
    assert Rendering(catalog(), load_profile(profile)).render(text) == becomes


def test_the_units_of_a_metric_become_what_the_page_about_the_configuration_says() -> None:
    [said] = re.findall(
        r"^Times \((.+?)\) become seconds in expressions, and (.+?) becomes seconds\nsince 1970",
        (DOCS / "configuration.md").read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    times, instants = (re.findall(r'`"(\w+)"`', part) for part in said)
    made = {unit: own_metrics("it", {"type": "gauge", "unit": unit})[0].unit for unit in (*times, *instants)}
    assert made == {unit: canonical for unit, (canonical, _) in CANONICAL_UNITS.items()}


def test_no_page_says_so_in_a_table_that_nothing_compares() -> None:
    compared = {DOCS / "declarations.md", DOCS / "profiles.md"}
    assert {page for page in PAGES if rows(page, "Written", "Becomes")} == compared
