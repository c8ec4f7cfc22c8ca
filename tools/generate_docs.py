"""Write the lists of alerts and of connector kinds in the docs: `generate_docs.py [--check]`, run by `make dashboards`.

Reads the compiled rules, the dashboard of the alerts and the kinds of connectors. Writes the index of the runbooks, the
table of the alerts' panels in `docs/differences.md`, the kinds in `docs/configuration.md`, the panel kinds in
`docs/declarations.md`, what each recorded name means (`docs/recorded.md`, and a line in each runbook), what becomes of
grafanalib's classes (`docs/from-grafanalib.md`), how many alerts the README counts, and what `dashlib --help` prints
(`dashlib/help.txt`); with --check it writes nothing, and exits 1 if a page would change.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml

from dashlib import promql
from dashlib.cli import cli
from dashlib.compile.known import connectors_of
from dashlib.compile.loading import Project, load_project
from dashlib.compile.outputs import Compilation
from dashlib.compile.outputs.rule_yaml import OUTPUT, recording_of
from dashlib.compile.project import rendering_of
from dashlib.declare import panel_kinds
from dashlib.declare.alerts import alerts_of
from dashlib.declare.dashboards import panel_id
from dashlib.from_grafanalib.classes import CLASSES, GONE_VALUES
from dashlib.metrics.kinds import KINDS
from dashlib.promql.writing import over_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.compile.recording import Recording

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "labs/monitoring/prometheus/alerts"
GRAFANA_RULES = ROOT / "labs/monitoring/grafana/provisioning/alerting/rules.yaml"
ALERTS_DASHBOARD = ROOT / "labs/monitoring/grafana/dashboards/debezium-alerts.json"
_NONE = "\N{EN DASH}"
_LINE = "What its alerts compare is recorded:"
_RECORDED = """# What is recorded

Alerts compare series that recording rules make, so that a person can read them and Prometheus computes them once
([why, and how they are named](declarations.md#what-is-recorded)). This page is generated from the declarations; the
rules are in [debezium-recorded.yml](../labs/monitoring/prometheus/alerts/debezium-recorded.yml).

A guard, such as *the connector is paused*, has a series where it holds. A series that ends in `:last_seen` has the time
at which something was last there.
"""


_FROM_GRAFANALIB = """# From grafanalib

dashlib compiles grafanalib's files as they are. Name their folders, and where the compiled files go:

```toml
[tool.dashlib]
declarations = ["dashboards", "alerts"]
dashboards = "build/dashboards"
grafana_provisioning = "build/provisioning"
```

`dashlib build` then does what `generate-dashboards` and `generate-alertgroups` do, and writes the JSON of today's
Grafana (schema version 42). [An example](../examples/grafanalib) is plain grafanalib code.

- Of a file `NAME.dashboard.py` the variable `dashboard` is compiled, of `NAME.alertgroup.py` the variable `alertgroup`,
  in folders below, too. Of any other file every `Dashboard`, `AlertGroup` and `AlertFileBasedProvisioning` at module
  level is, on its own or in a list, beside dashlib's own.
- Beside files of such a name, a program that uploads dashboards is not run, and one that declares nothing may need what
  is not installed; the build warns of both.
- JSON may stand where an object may: a link, a mapping, a query, a panel, a row, a variable.
- The compiled file is named by the dashboard's `uid`; without one, by its title in small letters.
- Panels stay at their `gridPos`, and keep their `id`. A panel without `gridPos` lies beside the one before it, or
  below; one without `id` has the lowest number that is free, as `auto_panel_ids` would give it. `rows=` become rows in
  the grid; of a dashboard with both, grafanalib writes `rows=` only, and so does dashlib.
- A class of your own that is derived from one of these is read like its parent; what its `to_json_data` says otherwise
  is merged into that, like `extraJson`. Of any other object with `to_json_data`, that is taken as it is.
- No `dataSource` means Grafana's default one, as in grafanalib: the file says `"uid": "default"`, and `dashlib push`
  puts in that Grafana's default one, by type and UID, as Grafana's own migration does. A rule that names none asks
  `grafana_datasource`.
- Functions (`PromGraph`, `QPSGraph`, `stacked`, `single_y_axis`, `GreaterThan`, `zabbixMetricTarget`, …) make objects
  of these classes.
- `dashlib push` puts these dashboards at the top of Grafana's folders, or into the folder of the target.
- What is set and Grafana no longer has is listed when a build ends, by class. `lint` names the line of each panel.

All panels say what `Panel` says. The tables are generated from the one that the compiler reads.
"""
# Kinds without a schema of their own that Grafana's SDK has a model of (tests/contract/test_gallery.py).
_HELD_BY_SDK = {"geomap": "Grafana's SDK |"}


def main() -> int:
    """Write the pages, or list the outdated ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page would change")
    is_check = parser.parse_args().check
    old = stale()
    for page, text in old.items():
        if not is_check:
            page.write_text(text, encoding="utf-8")
        print(f"{page.relative_to(ROOT)}: {'outdated; run `make dashboards`' if is_check else 'updated'}")
    return int(is_check and bool(old))


def stale() -> dict[Path, str]:
    """Return the pages whose lists differ from what is compiled, each with its new text."""
    alerts = compiled_alerts()
    index, differences, configuration, declarations, readme = (
        ROOT / f"{name}.md"
        for name in ("docs/runbooks/README", "docs/differences", "docs/configuration", "docs/declarations", "README")
    )
    pages = (index, differences, configuration, declarations, readme)
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    found = {
        index: with_table(texts[index], "| Alert | Severity | Page |", index_rows([*alerts, *only_in_grafana()])),
        differences: with_table(texts[differences], "| Row | Panel | Alert |", panel_rows(alerts)),
        configuration: with_kinds(texts[configuration], [kind.name for kind in KINDS]),
        declarations: with_table(texts[declarations], "| Builder | Panel | Asks | Held to |", kind_rows()),
        readme: re.sub(r"\b\d+ alerts: ", f"{len(alerts)} alerts: ", texts[readme]),
    }
    recording = recording_of(Compilation(project := load_project(ROOT), rendering_of(project), connectors_of(project)))
    compared = compared_by_alerts(project, recording)
    found[ROOT / "docs/recorded.md"] = recorded_page(recording, compared)
    found[ROOT / "docs/from-grafanalib.md"] = grafanalib_page()
    found[ROOT / "dashlib/help.txt"] = help_text()
    for page, names in names_by_runbook(alerts, compared).items():
        found[page] = with_names(page.read_text(encoding="utf-8"), names)
    return {page: text for page, text in found.items() if not page.exists() or text != page.read_text(encoding="utf-8")}


def help_text() -> str:
    """Return what click prints for `dashlib --help` in 80 columns."""
    return cli.make_context("dashlib", [], resilient_parsing=True, terminal_width=78).get_help() + "\n"


def grafanalib_page() -> str:
    """Return the page that says what becomes of each of grafanalib's classes."""
    parts = [_FROM_GRAFANALIB]
    for module in dict.fromkeys(kind.__module__ for kind in CLASSES):
        rows = [
            f"| `{kind.__name__}` | {known.becomes}{f'; refused: {known.refused}' if known.refused else ''} | "
            f"{_gone(kind, known.gone)} |\n"
            for kind, known in CLASSES.items()
            if kind.__module__ == module
        ]
        parts.append(f"## {module}\n\n| class | becomes | what Grafana no longer has |\n|---|---|---|\n{''.join(rows)}")
    return "\n".join(parts)


def _gone(kind: type, attributes: Mapping[str, str]) -> str:
    """Return the attributes that are gone, those with one reason together."""
    by_reason: dict[str, list[str]] = {}
    for name, why in attributes.items():
        by_reason.setdefault(why, []).append(f"`{name}`")
    for (owner, name), (values, why) in GONE_VALUES.items():
        if owner is kind:
            by_reason.setdefault(why, []).append(f"`{name}` {', '.join(map(repr, values))}")
    return "; ".join(f"{', '.join(names)}: {why}" for why, names in by_reason.items()) or _NONE


def compared_by_alerts(project: Project, recording: Recording) -> dict[str, str]:
    """Return the recorded series that each alert compares, by the alert's name."""
    alerts = [alert for group, _ in project.rule_groups for alert in alerts_of(group)]
    return {alert.name: recording.alerts[id(alert)].name for alert in alerts if id(alert) in recording.alerts}


def recorded_page(recording: Recording, compared: dict[str, str]) -> str:
    """Return the page that says what each recorded series is."""
    asked = {rule.name: set(promql.read(rule.computes).metrics) - {rule.name} for rule in recording.rules}
    parts = [_RECORDED]
    for rule in sorted(recording.rules, key=lambda rule: rule.name):
        users = [f"`{name}`" for name, of in sorted(compared.items()) if of == rule.name]
        users += [f"[`{name}`](#{anchor(name)})" for name in sorted(asked) if rule.name in asked[name]]
        parts.append(
            f"## {rule.name}\n\n{rule.meaning}\n\nAsked by {', '.join(users)}.\n\n"
            f"```promql\n{over_lines(rule.computes)}\n```\n"
        )
    return "\n".join(parts)


def anchor(heading: str) -> str:
    """Return how a link names a heading."""
    return heading.lower().replace(":", "")


def names_by_runbook(alerts: list[dict[str, Any]], compared: dict[str, str]) -> dict[Path, list[str]]:
    """Return the recorded series that the alerts of each runbook compare."""
    found: dict[Path, list[str]] = {}
    for alert in alerts:
        page = PurePosixPath(alert["annotations"]["runbook_url"].partition("#")[0]).name
        names = found.setdefault(ROOT / "docs/runbooks" / page, [])
        if compared.get(alert["alert"], "") not in {"", *names}:
            names.append(compared[alert["alert"]])
    return found


def with_names(text: str, names: list[str]) -> str:
    """Return a runbook with the line that leads to what its alerts compare, before its first alert."""
    text = re.sub(rf"^{_LINE}.*\n\n", "", text, flags=re.MULTILINE)
    links = ", ".join(f"[`{name}`](../recorded.md#{anchor(name)})" for name in names)
    first = text.index("\n## ") + 1
    return f"{text[:first]}{_LINE} {links}.\n\n{text[first:]}" if names else text


def compiled_alerts() -> list[dict[str, Any]]:
    """Return the alerts of the compiled rule files, in their order; of a connector's own rule only the first."""
    files = sorted(file for file in RULES.glob("*.yml") if OUTPUT.is_compiled(file.read_bytes()))
    groups = [group for file in files for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]]
    found = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    return list({rule["alert"]: rule for rule in reversed(found)}.values())[::-1]


def only_in_grafana() -> list[dict[str, Any]]:
    """Return the Grafana-managed rules without a Prometheus counterpart, in the shape of Prometheus rules."""
    groups = yaml.safe_load(GRAFANA_RULES.read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    return [{**rule, "alert": rule["title"]} for rule in rules if rule["execErrState"] == "Alerting"]


def index_rows(alerts: list[dict[str, Any]]) -> list[str]:
    """Return the rows of the runbooks' index: the alerts of one page and severity share a row."""
    together: dict[tuple[str, str], list[str]] = {}
    for alert in alerts:
        page = PurePosixPath(alert["annotations"]["runbook_url"].partition("#")[0]).stem
        together.setdefault((page, alert["labels"]["severity"]), []).append(alert["alert"])
    return [
        f"| {', '.join(names)} | {severity} | [{page}]({page}.md) |"
        for (page, severity), names in sorted(together.items())
    ]


def panel_rows(alerts: list[dict[str, Any]]) -> list[str]:
    """Return a row for each panel in the collapsed rows of the dashboard of the alerts."""
    dashboard = json.loads(ALERTS_DASHBOARD.read_bytes())
    by_id = {panel_id(dashboard["uid"], alert["alert"]): alert["alert"] for alert in alerts}
    return [
        f"| {row['title']} | {panel['title']} | {by_id.get(panel['id'], _NONE)} |"
        for row in dashboard["panels"]
        for panel in row.get("panels", ())
    ]


def kind_rows() -> list[str]:
    """Return a row for each kind of panel, by its builder."""
    asked = {"text": "nothing", "picture": "queries, for what shows them"}
    modules = {importlib.import_module(f"{panel_kinds.__name__}.{name}").KIND.id: name for name in panel_kinds.names()}
    return [
        f"| `{modules[kind.id]}` | {kind.title} (`{kind.id}`) | {asked.get(kind.shows, 'queries')} | "
        + (_HELD_BY_SDK.get(kind.id, "*derived* |") if kind.derived else "Grafana's schema |")
        for kind in panel_kinds.panel_kinds().values()
    ]


def with_table(text: str, head: str, rows: list[str]) -> str:
    """Return a page with new rows in the table of a heading."""
    start = text.index(f"{head}\n")
    rule = text.index("\n", start + len(head) + 1) + 1
    end = text.index("\n\n", rule) + 1
    return text[:rule] + "".join(f"{row}\n" for row in rows) + text[end:]


def with_kinds(text: str, kinds: list[str]) -> str:
    """Return the page of the configuration with these kinds of connectors in the row of `plugin`."""
    listed = ", ".join(f"`{kind}`" for kind in kinds)
    return re.sub(r"(?<=its kind: )`[^|]+`", lambda _: listed, text)


if __name__ == "__main__":
    sys.exit(main())
