"""What the course's lessons say of the dashboards and alerts, held against the compiled files.

The facts are read from the course's own dashboards and from the tables of `course-references.md`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dashlib import promql

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DASHBOARDS = ROOT / "labs/monitoring/grafana/dashboards"
ALERTS = ROOT / "labs/monitoring/prometheus/alerts"
UIDS = ("debezium-connect", "debezium-production", "debezium-mysql")

# What a panel may have become: one that says how each connector is now is a table, the worst first, and no text panel
# shows a query.
SUCCESSORS = {"stat": {"stat", "table"}, "gauge": {"table"}, "text": {"table"}}
# What Debezium has not had since 2020 cannot be drawn; the panel says when the lag beside it is not known.
NO_GRAPH = "SecondsBehindMaster (filtered)"
# "short" says neither what is counted nor that it is a rate.
UNITS = {"short": {"short", "suffix:records/s", "suffix:rows/s", "suffix:transactions/s"}}
# Lag is red at one level on all of them: in the lessons at 10 s on one and at 30 s on two.
LAG_LEVELS = {("Connector Lag (ms behind source)", 10000): 30000}
# A connector has more than two states, and what nobody wants to see beside "Failed" is not red.
STATE_COLORS = {"red": "dark-red", "green": "dark-green", "yellow": "dark-purple"}

# The lesson makes these rules in Grafana's menus; ours are Prometheus rules, whose names have no blanks.
MENU_RULES = {
    "CDC Lag Warning": "DebeziumLagWarning",
    "CDC Lag Critical": "DebeziumLagCritical",
    "Connector Disconnected": "DebeziumDisconnected",
    "Queue Saturation": "DebeziumQueueSaturation",
}
# The same conditions in our words: seconds instead of milliseconds, 0 or 1, percent used instead of percent free.
MENU_CONDITIONS = {"ABOVE 5000": "> 5", "ABOVE 30000": "> 30", "BELOW 1": "== 0", "BELOW 10": "> 90"}


def original(shared: Path, uid: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((shared / "lessons" / "original" / f"{uid}.json").read_bytes())
    return content


def compiled(uid: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DASHBOARDS / f"{uid}.json").read_bytes())
    return content


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Return rows and panels in reading order."""
    return [panel for outer in dashboard["panels"] for panel in (outer, *outer.get("panels", ()))]


def fields(panel: dict[str, Any]) -> dict[str, Any]:
    defaults: dict[str, Any] = panel.get("fieldConfig", {}).get("defaults", {})
    return defaults


def columns(panel: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the settings of a table's columns, by title."""
    return {
        override["matcher"]["options"]: {each["id"]: each["value"] for each in override["properties"]}
        for override in panel["fieldConfig"]["overrides"]
    }


def value_of(panel: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of what a panel measures: of a table the first value beside the connector's state."""
    if panel["type"] != "table":
        return fields(panel)
    found = {title: settings for title, settings in columns(panel).items() if "mappings" in settings}
    return next((settings for title, settings in found.items() if title != "State"), found["State"])


def pairs(shared: Path, uid: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each panel of the lesson that is no row, with ours of the same id."""
    ours = {panel["id"]: panel for panel in panels(compiled(uid))}
    found = [panel for panel in panels(original(shared, uid)) if panel["type"] != "row"]
    assert found
    for panel in found:
        yield panel, ours[panel["id"]]


def test_every_dashboard_of_the_lessons_lies_at_its_path(shared: Path) -> None:
    files = sorted(file.name for file in (shared / "lessons" / "original").glob("*.json"))
    assert files == sorted(f"{uid}.json" for uid in UIDS)
    references = (shared / "lessons" / "course-references.md").read_text()
    for name in files:
        path = f"labs/monitoring/grafana/dashboards/{name}"
        assert f"`{path}`" in references
        assert (ROOT / path).is_file()


@pytest.mark.parametrize("uid", UIDS)
@pytest.mark.parametrize("key", ["uid", "title", "tags", "refresh", "time"])
def test_a_dashboard_is_called_and_set_as_the_lesson_says(shared: Path, uid: str, key: str) -> None:
    assert compiled(uid)[key] == original(shared, uid)[key]


@pytest.mark.parametrize("uid", UIDS)
def test_the_lessons_links_come_first_and_the_other_dashboards_follow(shared: Path, uid: str) -> None:
    theirs = original(shared, uid)["links"]
    ours = compiled(uid)["links"]
    assert ours[: len(theirs)] == theirs
    *to_dashboards, more = ours[len(theirs) :]
    for each in to_dashboards:
        assert each["url"].startswith("/d/debezium-"), each
        assert each["keepTime"], each
        assert not each["targetBlank"], each
    assert (more["type"], more["tags"], more["keepTime"], more["asDropdown"]) == (
        "dashboards",
        ["debezium"],
        True,
        True,
    )


@pytest.mark.parametrize("uid", UIDS)
def test_hovering_and_the_refresh_menu_are_the_lessons(shared: Path, uid: str) -> None:
    ours, theirs = compiled(uid), original(shared, uid)
    assert ours.get("graphTooltip", 0) == theirs["graphTooltip"]
    assert ours.get("timepicker", {}) == theirs["timepicker"]


@pytest.mark.parametrize("uid", UIDS)
def test_a_dashboard_has_the_lessons_variables_and_job_beside_them(shared: Path, uid: str) -> None:
    ours = {variable["name"]: variable for variable in compiled(uid)["templating"]["list"]}
    theirs = {variable["name"]: variable for variable in original(shared, uid)["templating"]["list"]}
    assert [name for name in ours if name != "job"] == list(theirs)
    for name, variable in theirs.items():
        for key in ("type", "label", "current", "includeAll", "allValue", "refresh", "sort", "multi"):
            if variable.get(key):
                assert ours[name][key] == variable[key], (name, key)
    assert asked(ours["connector"]) == asked(theirs["connector"])


def asked(variable: dict[str, Any]) -> tuple[str, str]:
    """Return metric and label of a variable's query, without the filters; it may be a text or an object with one."""
    query = variable["query"] if isinstance(variable["query"], str) else variable["query"]["query"]
    found = re.fullmatch(r"label_values\((\w+)(?:\{.*\})?, (\w+)\)", query)
    assert found
    return found[1], found[2]


@pytest.mark.parametrize("uid", UIDS)
def test_an_import_by_hand_asks_for_the_datasource(shared: Path, uid: str) -> None:
    theirs = original(shared, uid).get("__inputs", original(shared, "debezium-mysql")["__inputs"])
    assert compiled(uid)["__inputs"] == theirs


@pytest.mark.parametrize("uid", UIDS)
def test_rows_and_panels_begin_with_the_lessons_ids_and_titles_in_its_order(shared: Path, uid: str) -> None:
    ours = [(panel["id"], panel["title"]) for panel in panels(compiled(uid))]
    theirs = [(panel["id"], panel["title"]) for panel in panels(original(shared, uid))]
    assert ours[: len(theirs)] == theirs


@pytest.mark.parametrize("uid", UIDS)
def test_rows_are_open_and_closed_as_in_the_lesson(shared: Path, uid: str) -> None:
    def rows(dashboard: dict[str, Any]) -> list[tuple[str, bool, int]]:
        return [
            (panel["title"], panel["collapsed"], len(panel["panels"]))
            for panel in panels(dashboard)
            if panel["type"] == "row"
        ]

    theirs = rows(original(shared, uid))
    ours = rows(compiled(uid))
    assert ours[: len(theirs)] == theirs
    assert all(collapsed for _, collapsed, _ in ours[len(theirs) :])


@pytest.mark.parametrize("uid", UIDS)
def test_panels_are_of_the_lessons_kind_or_its_successor(shared: Path, uid: str) -> None:
    for theirs, ours in pairs(shared, uid):
        kinds = SUCCESSORS.get(theirs["type"], {theirs["type"]})
        kinds = {"state-timeline"} if theirs["title"] == NO_GRAPH else kinds
        assert ours["type"] in kinds, theirs["title"]


@pytest.mark.parametrize("uid", UIDS)
@pytest.mark.parametrize("key", ["unit", "min", "max", "decimals"])
def test_values_are_shown_as_the_lesson_says(shared: Path, uid: str, key: str) -> None:
    for theirs, ours in pairs(shared, uid):
        if key not in fields(theirs) or theirs["title"] == NO_GRAPH:
            continue
        found, expected = value_of(ours).get(key), fields(theirs)[key]
        # A range has ends where something is drawn within it: of a table's cells only in a gauge.
        is_drawn = ours["type"] != "table" or value_of(ours)["custom.cellOptions"]["type"] == "gauge"
        if key not in ("min", "max") or is_drawn:
            assert found in UNITS.get(expected, {expected}), theirs["title"]


@pytest.mark.parametrize("uid", UIDS)
def test_a_rate_has_a_unit_that_says_so(uid: str) -> None:
    for panel in panels(compiled(uid)):
        if any(re.search(r"\brate\(", target["expr"]) for target in panel.get("targets", ())):
            assert value_of(panel)["unit"].endswith("/s"), panel["title"]


@pytest.mark.parametrize("uid", UIDS)
def test_every_panel_has_a_description_and_a_unit(uid: str) -> None:
    for panel in panels(compiled(uid)):
        if panel["type"] != "row":
            assert panel.get("description"), panel["title"]
            assert panel["type"] == "text" or fields(panel).get("unit"), panel["title"]


@pytest.mark.parametrize("uid", UIDS)
def test_every_value_that_the_lesson_names_has_its_text_and_color(shared: Path, uid: str) -> None:
    named = 0
    for theirs, ours in pairs(shared, uid):
        expected, found = mapped(fields(theirs)), mapped(value_of(ours))
        if ours["type"] == "table" and value_of(ours) == columns(ours).get("State"):
            # the connector's state, whose values are others
            states = set(found.values())
            assert {(text, STATE_COLORS[color]) for text, color in expected.values() if text != "Running"} <= states
            assert "Running" in {text for text, _ in states}
        else:
            assert {value: found.get(value) for value in expected} == expected, theirs["title"]
        named += len(expected)
    assert named


def mapped(settings: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        value: (result["text"], result["color"])
        for mapping in settings.get("mappings", ())
        if mapping["type"] == "value"
        for value, result in mapping["options"].items()
    }


@pytest.mark.parametrize("uid", UIDS)
def test_every_threshold_of_the_lesson_is_ours_in_its_color(shared: Path, uid: str) -> None:
    compared = 0
    for theirs, ours in pairs(shared, uid):
        steps = fields(theirs)["thresholds"]["steps"]
        if theirs["title"] == NO_GRAPH or mapped(fields(theirs)) or (ours["type"] == "table" and len(steps) == 1):
            continue  # a state's color is in its mapping, and one color for every value says nothing in a cell
        title = theirs["title"]
        found = {step["value"]: step["color"] for step in value_of(ours)["thresholds"]["steps"]}
        expected = {LAG_LEVELS.get((title, step["value"]), step["value"]): step["color"] for step in steps}
        assert {value: found.get(value) for value in expected} == expected, title
        style = fields(theirs).get("custom", {}).get("thresholdsStyle", {"mode": "off"})
        if style["mode"] != "off":
            assert fields(ours)["custom"]["thresholdsStyle"] == {"mode": "dashed"}, title  # apart from the series
        compared += len(steps)
    assert compared


def test_lag_is_red_at_one_level_on_every_dashboard() -> None:
    found = set()
    for uid in UIDS:
        for panel in panels(compiled(uid)):
            steps = value_of(panel).get("thresholds", {}).get("steps", ()) if panel["type"] != "row" else ()
            is_lag = (
                panel["title"] in ("Current Lag", "Lag Trend", "MilliSecondsBehindSource") or "Lag (" in panel["title"]
            )
            if is_lag:
                scale = 1000 if value_of(panel)["unit"] == "ms" else 1
                found.add(min(step["value"] / scale for step in steps if step["color"] == "red"))
    assert found == {30}


@pytest.mark.parametrize("uid", UIDS)
def test_a_stat_and_a_legend_look_as_in_the_lesson(shared: Path, uid: str) -> None:
    for theirs, ours in pairs(shared, uid):
        if theirs["type"] == ours["type"] == "stat":
            for key in ("colorMode", "textMode", "justifyMode", "orientation"):
                assert ours["options"][key] == theirs["options"][key], (theirs["title"], key)
            assert ours["options"]["reduceOptions"]["calcs"] == theirs["options"]["reduceOptions"]["calcs"]
            # It asks for this moment: a sparkline would be the course of a number that is one of the whole range.
            assert ours["options"]["graphMode"] == "none"
            assert all(target["instant"] for target in ours["targets"])
        if theirs["type"] == ours["type"] == "timeseries":
            # A table beside the graph, the highest first: at the bottom of a panel there is room for two rows.
            legend = ours["options"]["legend"]
            assert (legend["displayMode"], legend["placement"]) == ("table", "right"), theirs["title"]
            assert legend["calcs"] in (["max"], ["last"]), theirs["title"]


@pytest.mark.parametrize("uid", UIDS)
def test_every_query_goes_to_the_chosen_datasource(shared: Path, uid: str) -> None:
    for theirs, ours in pairs(shared, uid):
        assert ours["datasource"] == theirs["datasource"] == {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}
        assert ours["targets"][0]["refId"] == theirs["targets"][0]["refId"]


# --- alerts --------------------------------------------------------------------------------------------------------


def rows_of(shared: Path, section: str) -> list[list[str]]:
    """Return the cells of the tables of a section of the references, without markup."""
    text = (shared / "lessons" / "course-references.md").read_text()
    found = re.search(rf"^## {section}\. .*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found
    lines = [line for line in found[0].splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def group(name: str, file: str) -> dict[str, Any]:
    groups = {group["name"]: group for group in yaml.safe_load((ALERTS / file).read_text())["groups"]}
    found: dict[str, Any] = groups[name]
    return found


def mysql_rules(shared: Path) -> dict[str, tuple[str, str, str, dict[str, str]]]:
    """Return interval and expression, `for` and labels of the lesson's group, by alert."""
    facts = {}
    for cells in rows_of(shared, "3"):
        if cells[1].startswith("debezium_mysql_cdc "):
            _, where, alert, expression, lasting, severity, labels, _ = cells
            interval = where.partition("(")[2].rstrip(")")
            others: dict[str, str] = json.loads(labels.replace("'", '"') or "{}")
            facts[alert] = (interval, expression, lasting, {"severity": severity, **others})
    return facts


def test_the_mysql_alerts_are_the_lessons(shared: Path) -> None:
    facts = mysql_rules(shared)
    ours = group("debezium_mysql_cdc", "debezium-mysql.yml")
    assert len(facts) == 8
    assert [rule["alert"] for rule in ours["rules"]] == list(facts)
    for rule in ours["rules"]:
        interval, expression, lasting, labels = facts[rule["alert"]]
        assert ours["interval"] == interval
        assert (rule["for"], of_the_lesson(rule["labels"])) == (lasting, labels), rule["alert"]
        assert compared(rule["expr"]) == compared(expression), rule["alert"]


def of_the_lesson(labels: dict[str, str], *ours: str) -> dict[str, str]:
    """Return a rule's labels without those that we add: what it is about, and whose it is."""
    return {name: value for name, value in labels.items() if name not in (ours or ("signal", "team"))}


def without_guards(expression: str) -> str:
    """Return an expression up to the first guard behind it."""
    depth = 0
    for token in promql.read(expression).tokens:
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(token.text, 0)
        if depth == 0 and token.text in ("and", "unless"):
            return expression[: token.start].rstrip()
    return expression


def compared(expression: str) -> tuple[str, float]:
    """Return the comparison of an expression, whose number is the alert's threshold."""
    found = re.search(r"(>|<|==) ([\d.]+)$", without_guards(expression))
    assert found, expression
    return found[1], float(found[2])


def test_the_alerts_that_the_lesson_makes_in_grafana_are_ours(shared: Path) -> None:
    ours = {rule["alert"]: rule for rule in group("debezium_production", "debezium-production.yml")["rules"]}
    assert list(ours) == list(MENU_RULES.values())
    facts = {cells[0]: cells for cells in rows_of(shared, "3") if cells[0] in MENU_RULES}
    assert set(facts) == set(MENU_RULES)
    first_labels = dict(pair.split("=") for pair in facts["CDC Lag Warning"][5].split(", "))
    for name, (_, _, condition, times, _, labels, _) in facts.items():
        rule = ours[MENU_RULES[name]]
        assert without_guards(rule["expr"]).endswith(" " + MENU_CONDITIONS[condition.removeprefix("IS ")]), name
        assert rule["for"] == times.rpartition("/ ")[2], name
        severity = re.search(r"severity=(\w+)", labels)
        assert severity
        assert of_the_lesson(rule["labels"], "signal") == {**first_labels, "severity": severity[1]}, name


@pytest.mark.parametrize("file", ["debezium-mysql.yml", "debezium-production.yml"])
def test_every_alert_tells_what_happened_and_what_to_do(file: str) -> None:
    for rules in yaml.safe_load((ALERTS / file).read_text())["groups"]:
        for rule in (each for each in rules["rules"] if "alert" in each):
            assert {"summary", "description", "runbook_url"} <= set(rule["annotations"]), rule["alert"]
