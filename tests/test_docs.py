"""What a reader of the documentation relies on: snippets run, links lead somewhere, no alert lacks a runbook."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import types
from importlib import import_module
from pathlib import Path, PurePosixPath
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

import attrs
import click
import pytest
import yaml

from dashlib import (
    Dashboard,
    GrafanaRuleGroup,
    Guard,
    LibraryPanel,
    Notifications,
    RuleGroup,
    Signal,
    ThresholdSet,
    debezium,
    promql,
)
from dashlib.cli import cli
from dashlib.compile.configuration import Configuration, read_configuration
from dashlib.compile.loading import Declared, Project, load_project
from dashlib.compile.project import compile_project, serialize
from dashlib.debezium import thresholds
from dashlib.debezium.states import STATES
from dashlib.metrics.catalog import own_metrics
from dashlib.tables import settings_of
from tests.e2e.fault_table import expected
from tests.e2e.faults import FAULTS

if TYPE_CHECKING:
    from dashlib.declare.thresholds import Level

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
RUNBOOKS = DOCS / "runbooks"
DASHBOARDS = ROOT / "labs/monitoring/grafana/dashboards"
RULES = ROOT / "labs/monitoring/prometheus/alerts"
GRAFANA_RULES = ROOT / "labs/monitoring/grafana/provisioning/alerting/rules.yaml"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]

FENCE = re.compile(
    r"^ *(?P<fence>```+|~~~+)(?P<language>\w*)[^\n]*\n(?P<body>.*?)^ *(?P=fence) *$", re.MULTILINE | re.DOTALL
)
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
LINK = re.compile(
    r"(?<!!)\[(?P<text>[^\]]*(?:\[[^\]]*\][^\]]*)*)\]\((?P<target>[^)\s]+)\)|!\[[^\]]*\]\((?P<image>[^)\s]+)\)"
)
PANEL_LINK = re.compile(r"http://localhost:3000/d/(?P<uid>[\w-]+)(?:\?viewPanel=(?P<panel>\d+))?$")
FAULT = re.compile(r"\bmake e2e FAULT=([\w-]+)")
PROOF = re.compile(r"\bdashlib test ([A-Z]\w+)")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """Return a page's code blocks in a language, each with the number of its first line."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, match.start("body")) + 1, textwrap.dedent(match["body"]))
        for match in FENCE.finditer(text)
        if match["language"] == language
    ]


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    result = set()
    for heading in headings(page):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        result.add(f"{slug}-{found[slug]}" if slug in found else slug)
        found[slug] = found.get(slug, 0) + 1
    return result


def headings(page: Path) -> list[str]:
    return [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("`", "") for text in HEADING.findall(prose(page))]


def read_yaml(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@functools.cache
def alerts() -> list[dict[str, Any]]:
    """Return every alert of the compiled rule files that the project declares."""
    files = sorted(file for file in RULES.glob("*.yml") if file.read_bytes().startswith(b"# Compiled by dashlib"))
    groups = [group for file in files for group in read_yaml(file)["groups"]]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


@functools.cache
def only_in_grafana() -> list[dict[str, Any]]:
    """Return the Grafana-managed rules that stand for no Prometheus rule, as `alerts` returns those."""
    data = read_yaml(GRAFANA_RULES)
    rules = [rule for group in data["groups"] for rule in group["rules"]]
    return [{**rule, "alert": rule["title"]} for rule in rules if rule["execErrState"] == "Alerting"]


def page_of(alert: dict[str, Any]) -> Path:
    """Return the runbook page that an alert leads to."""
    return RUNBOOKS / PurePosixPath(alert["annotations"]["runbook_url"].partition("#")[0]).name


def section_of(alert: dict[str, Any]) -> str:
    """Return the text below an alert's heading in its runbook."""
    found = re.split(rf"^## {alert['alert']}$", page_of(alert).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(found) == 2, f"{name(page_of(alert))} has no heading ## {alert['alert']}, or two"
    return re.split(r"^## ", found[1], flags=re.MULTILINE)[0]


def try_it_of(alert: dict[str, Any]) -> str:
    """Return what a runbook says of how to bring an alert about."""
    return section_of(alert).partition("\n### Try it\n")[2]


def faults_of() -> dict[str, set[str]]:
    """Return, for each fault, the alerts that it is sure to make fire, held back or not."""
    return {
        fault: {told.partition(" ")[0] for told in facts.fires | facts.one_of | facts.silenced}
        for fault, facts in expected().items()
    }


def panels(uid: str) -> dict[int, dict[str, Any]]:
    """Return the panels of a compiled dashboard, collapsed rows' included, by id."""
    data = json.loads((DASHBOARDS / f"{uid}.json").read_bytes())
    return {panel["id"]: panel for row in data["panels"] for panel in (row, *row.get("panels", ()))}


def configuration_of(page: Path, folder: Path) -> Configuration:
    """Return the `[tool.dashlib]` that all of a page's TOML blocks together make."""
    file = folder / "pyproject.toml"
    file.write_text("\n".join(body for _, body in blocks(page, "toml")), encoding="utf-8")
    return read_configuration(folder)


SIGNALS = {
    id(value): constant
    for module in (import_module(f"dashlib.debezium.{found.name}") for found in iter_modules(debezium.__path__))
    for constant, value in vars(module).items()
    if isinstance(value, Signal | Guard) and not constant.startswith("_")
}

SETS = {constant: value for constant, value in vars(thresholds).items() if isinstance(value, ThresholdSet)}

with_python = [page for page in PAGES if blocks(page, "python")]
with_toml = [page for page in PAGES if blocks(page, "toml")]


@pytest.mark.parametrize("page", with_python, ids=name)
def test_the_python_of_a_page_runs_and_what_it_declares_compiles(page: Path, tmp_path: Path) -> None:
    module = types.ModuleType(f"snippets_of_{page.stem}")
    sys.modules[module.__name__] = module
    try:
        for line, body in blocks(page, "python"):
            # padded, so that an error names the line of the page
            exec(compile("\n" * (line - 1) + body, str(page), "exec"), vars(module))  # noqa: S102
    finally:
        del sys.modules[module.__name__]
    kinds = (Dashboard, LibraryPanel, RuleGroup, GrafanaRuleGroup, Notifications)
    found = [item for item in vars(module).values() if isinstance(item, kinds) and item.source.file == str(page)]
    declared = {id(item): Declared(item, name(page)) for item in found}
    if any(isinstance(item, GrafanaRuleGroup) for item in found):
        # it is made of the project's own rules, which link to the project's own dashboards
        declared |= {id(item): Declared(item, file) for item, file in load_project(ROOT).dashboards}
    configuration = configuration_of(page, tmp_path)
    labels = {"team": "platform", **configuration.labels}
    project = Project(tmp_path, attrs.evolve(configuration, labels=labels), tuple(declared.values()))
    for document in compile_project(project):
        assert serialize(document)


@pytest.mark.parametrize("page", with_toml, ids=name)
def test_the_configuration_that_a_page_shows_is_accepted(page: Path, tmp_path: Path) -> None:
    for metric, table in configuration_of(page, tmp_path).catalog.items():
        assert own_metrics(metric, table)[0].family == "user"


def test_the_configuration_page_names_every_key() -> None:
    documented = set(re.findall(r"`(\w+)`", prose(DOCS / "configuration.md")))
    assert settings_of(Configuration).keys() - documented == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for match in LINK.finditer(prose(page)):
        target = match["target"] or match["image"]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            dead.append(target)
    assert not dead


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_to_panels_carry_the_panels_title(page: Path) -> None:
    wrong = []
    for match in LINK.finditer(prose(page)):
        place = PANEL_LINK.match(match["target"] or "")
        if place and place["panel"]:
            panel = panels(place["uid"]).get(int(place["panel"]))
            if panel is None or panel["title"] != match["text"]:
                wrong.append(match[0])
    assert not wrong


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_promql_of_a_page_is_promql(page: Path) -> None:
    for _, body in blocks(page, "promql"):
        for expression in filter(None, (part.strip() for part in body.split("\n\n"))):
            promql.read(expression).check()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_commands_of_a_page_are_shell(page: Path) -> None:
    shell = shutil.which("bash") or shutil.which("sh")
    assert shell
    for line, body in blocks(page, "sh"):
        read = subprocess.run([shell, "-n"], input=body, capture_output=True, text=True, check=False)
        assert not read.returncode, f"{name(page)}:{line}: {read.stderr}"


def commands_of(page: Path, program: str) -> list[tuple[int, list[str]]]:
    """Return the arguments of each command of a program that a page's shell blocks type, with its line."""
    found = []
    for line, body in blocks(page, "sh"):
        whole = re.sub(r"\\\n", lambda _: "  ", body)
        for number, typed in enumerate(whole.splitlines()):
            with contextlib.suppress(ValueError):  # a quoted text over several lines: no command of ours
                lexer = shlex.shlex(typed, posix=True, punctuation_chars=True)
                lexer.whitespace_split = True
                words = list(lexer)
                starts = [0, *(i + 1 for i, word in enumerate(words) if set(word) <= set("|&;"))]
                ends = [*(start - 1 for start in starts[1:]), len(words)]
                for start, end in zip(starts, ends, strict=True):
                    part = itertools.takewhile(lambda word: word not in {">", ">>", "<"}, words[start:end])
                    if (arguments := list(part)) and arguments[0].removeprefix(".venv/bin/") == program:
                        found.append((line + number, arguments[1:]))
    return found


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_commands_of_a_page_are_commands_of_dashlib_with_options_that_it_has(page: Path) -> None:
    whole = click.Context(cli, info_name="dashlib")
    for line, (command, *arguments) in commands_of(page, "dashlib"):
        known = cli.get_command(whole, command)
        if known is not None:
            context = click.Context(known, info_name=command, parent=whole)
            try:
                known.make_parser(context).parse_args(list(arguments))
            except click.UsageError as error:
                pytest.fail(f"{name(page)}:{line}: dashlib {command}: {error}")
        else:
            assert command in {"COMMAND", "--help", "--version"}, f"{name(page)}:{line}: dashlib {command}"


@pytest.mark.parametrize("page", [ROOT / "CONTRIBUTING.md", *PAGES], ids=name)
def test_the_targets_of_make_that_a_page_types_are_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line, arguments in commands_of(page, "make"):
        typed = {argument for argument in arguments if re.fullmatch(r"[a-z][a-z0-9-]*", argument)}
        assert typed <= targets, f"{name(page)}:{line}"


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_leads_to_its_heading_in_a_runbook_and_to_a_panel(alert: dict[str, Any]) -> None:
    url, _, anchor = alert["annotations"]["runbook_url"].partition("#")
    assert url.endswith(f"/docs/runbooks/{PurePosixPath(url).name}")
    page = page_of(alert)
    assert alert["alert"] in headings(page)
    assert anchor in anchors(page)
    panel = re.fullmatch(r".*/d/([\w-]+)\?viewPanel=(\d+)(&.*)?", alert["annotations"]["dashboard_url"])
    assert panel
    assert int(panel[2]) in panels(panel[1])


@pytest.mark.parametrize("alert", only_in_grafana(), ids=lambda alert: alert["alert"])
def test_an_alert_that_only_grafana_has_leads_to_its_heading_in_a_runbook(alert: dict[str, Any]) -> None:
    assert alert["annotations"]["runbook_url"].partition("#")[2] in anchors(page_of(alert))


@pytest.mark.parametrize("alert", [*alerts(), *only_in_grafana()], ids=lambda alert: alert["alert"])
def test_a_runbook_answers_the_questions_of_the_person_on_call(alert: dict[str, Any]) -> None:
    asked = re.findall(r"^### (.+)$", section_of(alert), flags=re.MULTILINE)
    assert asked == ["It says", "It does not say", "Look at", "Do", "Try it"]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_a_runbook_brings_its_alert_about_by_a_fault_where_one_does_and_else_proves_it(alert: dict[str, Any]) -> None:
    text = try_it_of(alert)
    tried, proven = set(FAULT.findall(text)), set(PROOF.findall(text))
    assert tried <= set(FAULTS)
    by_fault = {fault for fault, fired in faults_of().items() if alert["alert"] in fired}
    assert tried <= by_fault, "it names a fault that does not make this alert fire"
    assert tried or not by_fault, f"it names none of the faults that make it fire: {sorted(by_fault)}"
    assert proven == (set() if by_fault else {alert["alert"]})


def test_every_fault_that_makes_an_alert_fire_is_tried_by_a_runbook() -> None:
    tried = {fault for alert in alerts() for fault in FAULT.findall(try_it_of(alert))}
    assert {fault for fault, fired in faults_of().items() if fired} == tried


def test_the_index_of_the_runbooks_names_every_alert_with_its_severity_and_page() -> None:
    rows = re.findall(
        r"^\| (.+?) \| (\w+) \| \[([\w-]+)\]\(([\w-]+\.md)\) \|$", prose(RUNBOOKS / "README.md"), flags=re.MULTILINE
    )
    listed = [(alert, severity, target) for names, severity, _, target in rows for alert in names.split(", ")]
    assert len(listed) == len(set(listed))
    assert set(listed) == {
        (alert["alert"], alert["labels"]["severity"], page_of(alert).name) for alert in [*alerts(), *only_in_grafana()]
    }
    assert all(f"{text}.md" == target for _, _, text, target in rows)


def test_the_index_of_the_runbooks_leads_to_each_of_them() -> None:
    index = RUNBOOKS / "README.md"
    led_to = {(match["target"] or "").partition("#")[0] for match in LINK.finditer(prose(index))}
    assert {page.name for page in RUNBOOKS.glob("*.md")} - led_to == {index.name}


def test_the_runbook_of_states_says_of_each_what_it_means_and_what_to_do_first() -> None:
    page = prose(RUNBOOKS / "connector-state.md")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", page.partition("## How each is told")[0], re.MULTILINE)
    written = [state for names, means, first in rows[1:] for state in names.split(", ") if means and first]
    assert set(written) - {"---"} == {state.text for state in STATES}
    told = page.partition("## How each is told")[2].partition("## When it lies")[0]
    assert {state.text for state in STATES} <= set(re.findall(r"[A-Z][a-z]+(?: [a-z]+| Kafka)*", told))


def test_no_runbook_is_about_an_alert_that_does_not_exist() -> None:
    known = {alert["alert"] for alert in [*alerts(), *only_in_grafana()]}
    written = {heading for page in RUNBOOKS.glob("*.md") for heading in headings(page)}
    assert {heading for heading in written if re.fullmatch(r"(?:[A-Z][a-z0-9]+){2,}", heading)} <= known


def test_every_panel_and_alert_is_compared_with_its_original() -> None:
    compared = (DOCS / "differences.md").read_text(encoding="utf-8")
    titles = {
        panel["title"] for file in sorted(DASHBOARDS.glob("debezium-*.json")) for panel in panels(file.stem).values()
    }
    missing = {title for title in titles if title not in compared}
    missing |= {alert["alert"] for alert in [*alerts(), *only_in_grafana()] if alert["alert"] not in compared}
    assert not missing


def test_every_signal_and_guard_is_explained() -> None:
    explained = (DOCS / "signals.md").read_text(encoding="utf-8")
    headings_of = set(
        re.findall(r"\w+", " ".join(re.findall(r"^##+ ([A-Z_]+(?: and [A-Z_]+)*)$", explained, re.MULTILINE)))
    )
    first_cells = re.findall(r"^\| ([A-Z][A-Z0-9_]+(?:, [A-Z0-9_]+)*) \|", explained, re.MULTILINE)
    in_tables = {name for cell in first_cells for name in cell.split(", ")}
    rest = {name for name in SIGNALS.values() if name not in headings_of | in_tables}
    assert {name for name in rest if not re.search(rf"^{name}, ", explained, re.MULTILINE)} == set()


def value_of(level: Level) -> str:
    """Return a level's value as the table writes it."""
    if level.direction == "equals":
        return f"at {level.value:g}"
    if level.signal.unit == "bytes":
        return f"{level.value / 1024**3:g} GiB"
    if level.signal.unit == "decbytes":
        return f"{level.value / 1e9:g} GB"
    unit = {"s": " s", "percent": " %"}.get(level.signal.unit, "")
    side = "" if unit and level.direction == "above" else f"{level.direction} "
    return f"{side}{level.value:g}{unit}"


def cell_of(declared: ThresholdSet, signal: Signal) -> str:
    """Return what the table says of a signal in a set."""
    levels = [f"{level.name} {value_of(level)} for {level.for_}" for level in declared.levels_of(signal)]
    unit = {"s": " s", "percent": " %"}.get(signal.unit, "")
    steps = ", ".join(f"{step.above:g}" for step in declared.display if step.signal.name == signal.name)
    return "; ".join(filter(None, [", ".join(levels), f"display {steps}{unit}" if steps else ""]))


def test_the_tables_of_thresholds_are_what_the_sets_say() -> None:
    text = (DOCS / "signals.md").read_text(encoding="utf-8").split("## Thresholds")[1]
    written: dict[tuple[str, str], str] = {}
    for lines in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines()]
        for row in rows:
            if head[:2] == ["Set", "Signal"]:
                written[row[0].strip("`"), row[1]] = row[2]
            else:
                written |= {
                    (column.strip("`"), row[0]): cell
                    for column, cell in zip(head[1:], row[1:], strict=True)
                    if cell != "\N{EN DASH}"
                }
    said = {
        (constant, SIGNALS[id(signal)]): cell_of(declared, signal)
        for constant, declared in SETS.items()
        for signal in [level.signal for level in declared.levels] + [step.signal for step in declared.display]
    }
    assert written == said
