"""Any file gets one true sentence: what it holds is read in whatever form, and what it is not is named."""

from __future__ import annotations

import json
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from dashlib.commands.lint import command
from dashlib.documents import forms
from dashlib.lint import engine
from dashlib.lint.settings import Settings
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from tests.linting import dashboard, panel, rule_file

if TYPE_CHECKING:
    from dashlib.lint.engine import Result
    from dashlib.lint.findings import Finding

BROKEN = "rate(broken_total[5m]"
BOARD = json.dumps(dashboard(panel(BROKEN)), indent=1)
RULES = rule_file({"expr": BROKEN})
GROUPS: dict[str, Any] = yaml.safe_load(RULES)


def run(folder: Path, files: dict[str, str], *, named: bool = True) -> Result:
    """Return what lint says of files."""
    given = []
    for name, text in files.items():
        file = folder / name
        file.write_text(text, encoding="utf-8")
        given.append((file, file.name))
    lint = engine.lint_of_files(
        given,
        Settings(),
        catalog(),
        load_profile("lab"),
        guess=True,
        in_folders=() if named else [file for file, _ in given],
    )
    return engine.run(lint)


def broken(result: Result) -> list[Finding]:
    """Return the findings of the broken expression; each stands where the expression does."""
    return [one for one in result.findings if one.check == "promql-syntax"]


def manifest(kind: str, api: str = "v1", **more: Any) -> str:
    """Return an object of Kubernetes in YAML, texts of several lines in blocks as people write them."""

    class Dumper(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)

    Dumper.add_representer(str, text)
    data = {"apiVersion": api, "kind": kind, "metadata": {"name": "x"}, **more}
    return str(yaml.dump(data, Dumper=Dumper, sort_keys=False, width=10_000))


CONFIG_MAP = manifest("ConfigMap", data={"a.json": BOARD})
RULE_OBJECT = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "spec": GROUPS}
SMALL_QUERY = {"spec": {"query": {"group": "prometheus", "spec": {"expr": BROKEN}}}}
SMALL_V2 = {"elements": {"p": {"kind": "Panel", "spec": {"data": {"spec": {"queries": [SMALL_QUERY]}}}}}, "layout": {}}
HOLDING = {
    "a ConfigMap with a dashboard": CONFIG_MAP,
    "a ConfigMap with rules": manifest("ConfigMap", data={"a.yml": RULES}),
    "a ConfigMap with rules under another name": manifest("ConfigMap", data={"alerts": RULES, "other": "text"}),
    "a ConfigMap in JSON": json.dumps(yaml.safe_load(CONFIG_MAP)),
    "a ConfigMapList": manifest("ConfigMapList", items=[yaml.safe_load(CONFIG_MAP)]),
    "a List of a ConfigMap": manifest("List", items=[{"kind": "Service"}, yaml.safe_load(CONFIG_MAP)]),
    "a List of rules": manifest("List", items=[RULE_OBJECT]),
    "a PrometheusRuleList in JSON": json.dumps({"kind": "PrometheusRuleList", "items": [RULE_OBJECT]}),
    "a PrometheusRule in JSON": json.dumps(RULE_OBJECT),
    "a Template of OpenShift": manifest("Template", objects=[RULE_OBJECT]),
    "a VMRule": manifest("VMRule", "operator.victoriametrics.com/v1beta1", spec=GROUPS),
    "Rules of Google's": manifest("ClusterRules", "monitoring.googleapis.com/v1", spec=GROUPS),
    "a GrafanaDashboard": manifest("GrafanaDashboard", "grafana.integreatly.org/v1beta1", spec={"json": BOARD}),
    "an older GrafanaDashboard": manifest("GrafanaDashboard", "integreatly.org/v1alpha1", spec={"json": BOARD}),
    "a dashboard of version 0": manifest("Dashboard", "dashboard.grafana.app/v0alpha1", spec=json.loads(BOARD)),
    "a dashboard of version 1": manifest("Dashboard", "dashboard.grafana.app/v1", spec=json.loads(BOARD)),
    "a dashboard in YAML": yaml.safe_dump(json.loads(BOARD), width=10_000),
    "Grafana-managed rules": manifest(
        "GrafanaAlertRuleGroup",
        "grafana.integreatly.org/v1beta1",
        spec={
            "rules": [
                {
                    "title": "a",
                    "data": [
                        {"refId": "A", "datasourceUid": "p", "model": {"expr": BROKEN}},
                        {"refId": "B", "datasourceUid": "l", "model": {"expr": "{", "datasource": {"type": "loki"}}},
                        {"refId": "C", "datasourceUid": "__expr__", "model": {"expression": "A", "expr": "("}},
                    ],
                }
            ]
        },
    ),
    "a Secret": manifest("Secret", stringData={"a.yml": RULES}),
    "a dashboard of version 2 in a ConfigMap": manifest("ConfigMap", data={"a.json": json.dumps(SMALL_V2, indent=1)}),
    "an object behind another": "kind: Service\n---\n" + manifest("ConfigMap", data={"a.json": BOARD}),
}


@pytest.mark.parametrize("text", HOLDING.values(), ids=HOLDING.keys())
def test_what_a_file_holds_is_read_and_a_finding_stands_at_its_place(tmp_path: Path, text: str) -> None:
    name = "x.json" if text.startswith("{") else "x.yaml"
    (finding,) = broken(run(tmp_path, {name: text}))
    line = text.split("\n")[finding.line - 1]
    assert line[finding.column - 1 - len("rate") :].startswith("rate(broken_total[5m]")


STYLES = {
    "a literal block": "    |\n      {indented}",
    "a folded block": "    >-\n      {indented}",
    "single quotes": "    '{single}'",
    "double quotes": "    {double}",
}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES.keys())
def test_a_place_within_a_text_is_told_in_each_style_of_yaml(tmp_path: Path, style: str) -> None:
    spelled = style.format(
        indented=BOARD.replace("\n", "\n      "),
        single=BOARD.replace("'", "''").replace("\n", "\n\n     "),
        double=json.dumps(BOARD),
    )
    text = f"kind: ConfigMap\ndata:\n  a.json:\n{spelled}\n"
    assert json.loads(yaml.safe_load(text)["data"]["a.json"])["panels"]
    (finding,) = broken(run(tmp_path, {"x.yml": text}))
    line = text.split("\n")[finding.line - 1]
    assert line[finding.column - 1 - len("rate") :].startswith("rate(broken_total[5m]")


def test_several_objects_of_one_file_are_each_read(tmp_path: Path) -> None:
    first, second = rule_file({"expr": "up{"}), rule_file({"expr": "down{"})
    items = [{"kind": "ConfigMap", "data": {"a.yml": first, "b.yaml": second}}, RULE_OBJECT]
    result = run(tmp_path, {"x.yml": manifest("List", items=items)})
    assert len(broken(result)) == 3
    assert result.files == 1


def test_a_broken_dashboard_in_an_object_is_said_and_the_next_is_read(tmp_path: Path) -> None:
    text = manifest("ConfigMap", data={"a.json": '{"panels": [\n}', "b.json": BOARD, "c.json": "{", "d.yml": "a: ["})
    result = run(tmp_path, {"x.yml": text})
    (finding,) = [one for one in result.findings if one.check == "unreadable-file"]
    assert text.split("\n")[finding.line - 1].strip() == "}"
    assert len(broken(result)) == 1


def test_numbers_of_a_dashboard_in_yaml_are_numbers(tmp_path: Path) -> None:
    text = yaml.safe_dump(dashboard(panel("up", gridPos={"x": 20, "y": 0, "w": 12, "h": 8})))
    assert [one.check for one in run(tmp_path, {"x.yml": text}).findings] == ["panel-outside-grid"]
    assert run(tmp_path, {"x.yml": yaml.safe_dump(dashboard())}).findings == ()


def test_a_comment_in_a_block_suppresses(tmp_path: Path) -> None:
    rules = RULES.replace("    expr:", "    # dashlib: ignore[promql-syntax] it is an example\n    expr:")
    assert broken(run(tmp_path, {"x.yml": manifest("ConfigMap", data={"a.yml": rules})})) == []
    assert not any(one.check == "suppression" for one in run(tmp_path, {"x.yml": rules}).findings)


# --- schema version 2 ------------------------------------------------------------------------------------------


def v2(form: str, **changes: Any) -> dict[str, Any]:
    """Return a dashboard of schema version 2, in the spelling of one of its versions."""
    is_old = form == "v2alpha1"

    def query(expression: Any) -> dict[str, Any]:
        if is_old:
            return {"query": {"kind": "prometheus", "spec": expression}, "datasource": {"uid": "${ds}"}}
        kind = {"kind": "DataQuery", "group": "prometheus", "version": "v0", "datasource": {"name": "${ds}"}}
        return {"query": {**kind, "spec": expression}}

    drawn = {"fieldConfig": {"defaults": {"unit": "short"}, "overrides": []}, "options": {}}
    visual = {"kind": "stat", "spec": drawn} if is_old else {"kind": "VizConfig", "group": "stat", "spec": drawn}
    asked = {"kind": "PanelQuery", "spec": {"refId": "A", "hidden": False, **query({"expr": BROKEN, "instant": True})}}
    spec: dict[str, Any] = {
        "title": "T",
        "elements": {
            "panel/1": {
                "kind": "Panel",
                "spec": {
                    "id": 1,
                    "title": "P",
                    "description": "d",
                    "data": {"kind": "QueryGroup", "spec": {"queries": [asked], "transformations": []}},
                    "vizConfig": visual,
                },
            }
        },
        "layout": {
            "kind": "RowsLayout",
            "spec": {
                "rows": [
                    {
                        "kind": "RowsLayoutRow",
                        "spec": {
                            "title": "of $job",
                            "repeat": {"mode": "variable", "value": "server"},
                            "layout": {"kind": "GridLayout", "spec": {"items": []}},
                        },
                    }
                ]
            },
        },
        "variables": [
            {"kind": "DatasourceVariable", "spec": {"name": "ds", "pluginId": "prometheus"}},
            {
                "kind": "QueryVariable",
                "spec": {
                    "name": "job",
                    "refresh": "onTimeRangeChanged",
                    **query({"query": "query_result(up{)", "refId": "A"}),
                },
            },
            {
                "kind": "QueryVariable",
                "spec": {
                    "name": "server",
                    "refresh": "onTimeRangeChanged",
                    **query({"__legacyStringValue": "label_values(up, server)"}),
                },
            },
        ],
        "annotations": [
            {"kind": "AnnotationQuery", "spec": {"name": "a", "enable": True, **query({"expr": "changes(up["})}}
        ],
    }
    spec.update(changes)
    if form == "exported":
        return spec
    return {"apiVersion": f"dashboard.grafana.app/{form}", "kind": "Dashboard", "metadata": {"name": "u"}, "spec": spec}


@pytest.mark.parametrize("form", ["v2alpha1", "v2beta1", "v2", "exported"])
@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_a_dashboard_of_version_2_is_read(tmp_path: Path, form: str, ending: str) -> None:
    data = v2(form)
    text = json.dumps(data, indent=1) if ending == "json" else yaml.safe_dump(data, width=10_000)
    result = run(tmp_path, {f"x.{ending}": text})
    where = sorted(
        (text.split("\n")[one.line - 1].strip().split(":")[0].strip('"'), one.check) for one in result.findings
    )
    syntax = "promql-syntax"
    assert where == [("expr", syntax), ("expr", syntax), ("query", syntax)]


def test_what_is_wrong_with_a_dashboard_of_version_2_is_said_at_its_place(tmp_path: Path) -> None:
    data = v2("v2")
    data["spec"]["variables"].append({"kind": "CustomVariable", "spec": {"name": "unused", "query": "a,b"}})
    data["spec"]["variables"][1]["spec"]["refresh"] = "onDashboardLoad"
    data["spec"]["variables"].append(
        {
            "kind": "QueryVariable",
            "spec": {
                "name": "of_loki",
                "refresh": "onTimeRangeChanged",
                "query": {"kind": "DataQuery", "group": "loki", "spec": {"expr": "{"}},
            },
        }
    )
    text = json.dumps(data, indent=1)
    result = run(tmp_path, {"x.json": text})
    assert {one.check for one in result.findings} == {"promql-syntax", "unused-variable", "variable-refresh"}
    pointers = {one.check: one.problem.linted.written(one.problem.pointer) for one in result.findings}
    assert pointers["variable-refresh"].startswith("/spec/variables/1/spec")
    assert pointers["unused-variable"].startswith("/spec/variables/")


def test_what_a_layout_of_version_2_is_repeated_by_must_be_there(tmp_path: Path) -> None:
    repeat = {"mode": "variable", "value": "nothing"}
    place = {"element": {"kind": "ElementReference", "name": "panel/1"}, "repeat": repeat}
    grid = {"kind": "AutoGridLayout", "spec": {"items": [{"kind": "AutoGridLayoutItem", "spec": place}]}}
    rows = [{"kind": "RowsLayoutRow", "spec": {"title": "Row", "layout": grid, "repeat": repeat}}]
    text = json.dumps(v2("v2", layout={"kind": "RowsLayout", "spec": {"rows": rows}}), indent=1)
    found = [one for one in run(tmp_path, {"x.json": text}).findings if one.check == "undefined-variable"]
    assert [one.severity for one in found] == ["error", "error"]  # of the panel, and of the row
    assert any('"value": "nothing"' in text.split("\n")[one.line - 1] for one in found)


def test_a_grid_of_version_2_has_places(tmp_path: Path) -> None:
    place = {"x": 20, "y": 0, "width": 12, "height": 8, "element": {"kind": "ElementReference", "name": "panel/1"}}
    layout = {"kind": "GridLayout", "spec": {"items": [{"kind": "GridLayoutItem", "spec": place}]}}
    result = run(tmp_path, {"x.json": json.dumps(v2("v2", layout=layout))})
    assert "panel-outside-grid" in {one.check for one in result.findings}


# --- what is neither -------------------------------------------------------------------------------------------

NEITHER = {
    "compose.yml": ("services: {a: {image: b}}", "a compose file"),
    "test.yml": ("rule_files: [a.yml]\ntests: []", "a promtool test"),
    "managed.yml": ("apiVersion: 1\ngroups: [{orgId: 1, rules: [{uid: a, data: []}]}]", "Grafana-managed rules"),
    "contacts.yml": ("apiVersion: 1\ncontactPoints: []", "provisioning file of Grafana Alerting"),
    "source.yml": ("apiVersion: 1\ndatasources: []", "provisioning file of Grafana datasources"),
    "boards.yml": ("apiVersion: 1\nproviders: []", "provisioning file of Grafana dashboards"),
    "jmx.yml": ("lowercaseOutputName: true\nrules: [{pattern: .*}]", "JMX exporter"),
    "jmx2.yml": ("rules: [{pattern: .*, name: a}]", "JMX exporter"),
    "sloth.yml": ("version: prometheus/v1\nservice: a\nslos: []", "Sloth"),
    "connector.json": ('{"name": "a", "config": {"tasks.max": "1"}}', "a Kafka Connect connector"),
    "flat.json": ('{"connector.class": "io.debezium"}', "a Kafka Connect connector"),
    "prometheus.yml": ("global: {}\nscrape_configs: []\nrule_files: [a]", "Prometheus' configuration"),
    "alertmanager.yml": ("route: {receiver: a}\nreceivers: [{name: a}]", "Alertmanager's configuration"),
    "loki.yml": ('groups: [{name: a, rules: [{alert: A, expr: \'rate({a="b"} |= "c" [5m]) > 1\'}]}]', "LogQL"),
    "deployment.yml": ("apiVersion: apps/v1\nkind: Deployment", "a Kubernetes object (Deployment)"),
    "several.yml": ("apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: Secret", "(Service, Secret)"),
    "elsewhere.yml": ("apiVersion: g/v1\nkind: GrafanaDashboard\nspec: {url: https://a}", "stored elsewhere"),
    "zipped.yml": ("apiVersion: g/v1\nkind: GrafanaDashboard\nspec: {gzipJson: H4sI}", "dashboard is compressed"),
    "secret.yml": ("apiVersion: v1\nkind: Secret\ndata: {a.json: e30=}", "encoded in base64"),
    "binary.yml": ("apiVersion: v1\nkind: ConfigMap\nbinaryData: {a.json: e30=}", "encoded in base64"),
    "board.jsonnet": ("local a = import 'b'; {panels: []}", "Jsonnet"),
    "mixin.libsonnet": ("{prometheusAlerts+:: {groups: []}}", "Jsonnet"),
    "board.py": ("from dashlib import dashboard", "a Python file"),
    "Chart.yml": ("apiVersion: v2\nname: a\nversion: 1.0.0", "a Helm chart"),
    "pod.yml": ("data: {a: {}}\nstatus: {phase: {}}", "found the keys data, status"),
    "strange.yml": ("apiVersion: {a: b}\nkind: {a: b}\nspec: {groups: []}", "found the keys apiVersion"),
    "data.yml": (
        "groups: [{name: a, services: [{name: b, exporters: [{rules: []}]}]}]",
        "groups that contain no rules",
    ),
    "other.yml": ("color: red", "found the keys color; expected panels"),
    "list.yml": ("- a", "found a list"),
    "helm.yaml": ("{{- if .Values.a }}\ngroups:\n{{- end }}", "a Helm template"),
    "helm2.yaml": (RULES.replace("broken_total", "a_{{ .Values.name }}"), "a Helm template"),
    "helm5.yaml": ("a:\n  {{- range $x }}\nb: [\n", "a Helm template"),
    "helm6.yaml": ("groups:\n- name: {{ .x }}\n  rules: [\n", "a Helm template"),
    "helm3.yaml": ("groups:\n  - name: {{ .Release.Name }}-a\n", "a Helm template"),
    "helm4.yaml": ('metadata:\n  labels:\n    {{- include "a.labels" . | nindent 4 }}\n', "a Helm template"),
    "jinja.yml": ("groups:\n{% for a in b %}\n  - name: {{ a }}\n{% endfor %}", "a Jinja template"),
}


@pytest.mark.parametrize("name", NEITHER)
def test_a_file_that_is_named_gets_one_sentence_and_in_a_folder_it_is_counted(tmp_path: Path, name: str) -> None:
    text, said = NEITHER[name]
    (finding,) = run(tmp_path, {name: text}).findings
    assert (finding.check, finding.line > 0) == ("unreadable-file", True)
    assert said in finding.problem.message
    result = run(tmp_path, {name: text}, named=False)
    assert (result.findings, result.files, result.passed_over) == ((), 0, 1)


def test_a_template_is_told_how_to_be_linted(tmp_path: Path) -> None:
    text, _ = NEITHER["helm.yaml"]
    (finding,) = run(tmp_path, {"x.yaml": text}).findings
    assert "helm template … | dashlib lint -" in finding.problem.suggestion


@pytest.mark.parametrize(
    "text", [RULES.replace("It", "{{ $labels.x }} {{ .Labels.y }}"), rule_file({"annotations": {"a": "{{ $value }}"}})]
)
def test_templates_of_alerts_are_no_templates_of_files(tmp_path: Path, text: str) -> None:
    assert not any(one.check == "unreadable-file" for one in run(tmp_path, {"x.yml": text}).findings)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.json", '{"panels": [}'),
        ("y.json", '{"panels": [{"targets": [{"expr": "up", "legendFormat": "{{a}}: {{b}}"}]}],}'),
        ("w.yml", "groups:\n- rules:\n  - annotations:\n      a: |\n        {{ $labels.job }} is down\n    x: [\n"),
        ("x.yml", "groups:\n  - name: a\n    rules: ["),
        ("y.yml", RULES),
        ("z.yml", "groups: [{name: a, Rulez: [{b: c}]}]"),
    ],
)
def test_what_was_meant_to_be_one_is_never_passed_over(tmp_path: Path, name: str, text: str) -> None:
    result = run(tmp_path, {name: text}, named=False)
    assert (bool(result.findings), result.passed_over) == (True, 0)


# --- documents of one file -------------------------------------------------------------------------------------


@pytest.mark.parametrize("other", [RULES, "some: {other: thing}\n", manifest("ConfigMap", data={"a.json": BOARD})])
def test_a_second_document_of_a_rule_file_is_an_error_at_it(tmp_path: Path, other: str) -> None:
    text = f"{rule_file({})}---\n# more\n{other}"
    (finding,) = run(tmp_path, {"x.yml": text}).findings
    assert (finding.check, finding.severity) == ("rule-file", "error")
    assert text.split("\n")[finding.line - 1] == other.partition("\n")[0]
    assert finding.line > 10


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "# nothing",
        f"---\n{rule_file({})}---\n",
        f"{rule_file({})}...\n",
        f"{rule_file({})}---\nnull\n",
        manifest("PrometheusRule", spec=yaml.safe_load(rule_file({})))
        + "---\n"
        + manifest("PrometheusRule", spec=yaml.safe_load(rule_file({"alert": "Other", "expr": "down == 0"}))),
    ],
)
def test_documents_that_are_read_as_they_are(tmp_path: Path, text: str) -> None:
    assert run(tmp_path, {"x.yml": text}).findings == ()


def test_an_empty_first_document_hides_the_rules(tmp_path: Path) -> None:
    (finding,) = run(tmp_path, {"x.yml": f"---\n---\n{rule_file({})}"}).findings
    assert finding.check == "rule-file"


MERGED = """
groups:
  - &group
    name: g
    interval: 30s
    rules:
      - &first
        alert: A
        expr: &down up == 0
        for: 5m
        labels: &labels {severity: warning, team: a}
        annotations: &texts {summary: Down., description: It is., runbook_url: "https://x.example/r"}
      - alert: B
        expr: *down
        for: 10m
        labels: {team: b, <<: *labels}
        annotations: {<<: [{summary: B is down.}, *texts]}
      - <<: *first
        alert: C
        for: 15m
        labels:
          <<: [*labels, {severity: nonsense, other: c}]
          team: c
  - <<: *group
    name: h
    rules: [{<<: *first, alert: D, labels: {<<: {<<: *labels, team: d}}}]
"""


def test_merge_keys_are_merged_as_prometheus_does(tmp_path: Path) -> None:
    assert run(tmp_path, {"x.yml": MERGED}).findings == ()
    (file,) = forms.read_documents(MERGED, "x.yml")
    first, second = file.document.data["groups"]
    assert [rule["labels"] for rule in (*first["rules"], *second["rules"])] == [
        {"severity": "warning", "team": "a"},
        {"severity": "warning", "team": "b"},
        {"severity": "warning", "team": "c", "other": "c"},
        {"severity": "warning", "team": "d"},
    ]
    assert first["rules"][1]["annotations"]["summary"] == "B is down."
    assert (second["interval"], first["rules"][2]["expr"]) == ("30s", "up == 0")


def test_a_finding_in_what_is_merged_stands_where_it_is_written(tmp_path: Path) -> None:
    text = MERGED.replace("severity: warning", "severity: unheard")
    lines = {text.split("\n")[one.line - 1].strip() for one in run(tmp_path, {"x.yml": text}).findings}
    assert lines == {"labels: &labels {severity: unheard, team: a}"}


def test_a_merge_key_in_quotes_is_a_key(tmp_path: Path) -> None:
    text = rule_file({}).replace("severity: warning", "severity: warning\n      '<<': text")
    assert ["not a valid label name" in one.problem.message for one in run(tmp_path, {"x.yml": text}).findings] == [
        True
    ]


def test_merging_is_bounded(tmp_path: Path) -> None:
    keys = ", ".join(f"k{number}: v" for number in range(50))
    merges = "".join(
        f"a{number}: &a{number} {{{', '.join(f'{key}: {{<<: *a{number - 1}}}' for key in 'bcdefghij')}}}\n"
        for number in range(1, 9)
    )
    (finding,) = run(tmp_path, {"x.yml": f"a0: &a0 {{{keys}}}\n{merges}groups: []\n"}).findings
    assert "aliases expand to more" in finding.problem.message


RULERS = """
namespace: team-a
groups:
  - name: g
    interval: 30s
    query_offset: 1m
    limit: 10
    partial_response_strategy: warn
    source_tenants: [a, b]
    evaluation_delay: 1m
    align_evaluation_time_on_interval: true
    type: prometheus
    params: {nocache: ["1"]}
    headers: ["X-A: b"]
    notifier_headers: ["X-A: b"]
    debug: true
    concurrency: 2
    eval_offset: 10s
    eval_delay: 30s
    eval_alignment: false
    tenant: "0"
    rules:
      - alert: A
        expr: up == 0
        for: 5m
        debug: true
        update_entries_limit: 10
        labels: {severity: warning}
        annotations: {summary: Down., description: It is., runbook_url: "https://x.example/r"}
"""


def test_keys_of_other_rulers_are_no_findings(tmp_path: Path) -> None:
    assert run(tmp_path, {"x.yml": RULERS}).findings == ()


@pytest.mark.slow
def test_more_expressions_than_any_cache_holds(tmp_path: Path) -> None:
    rules = [
        {"record": f"job:x{number}:sum", "expr": f"sum by (job) (a{number}{' / b' if number % 500 == 0 else ''})"}
        for number in range(4500)
    ]
    result = run(tmp_path, {"x.json": json.dumps({"groups": [{"name": "g", "rules": rules}]})})
    assert [one.check for one in result.findings] == ["division-by-zero"] * 9


def test_vmalert_asks_others_too(tmp_path: Path) -> None:
    text = rule_file({"expr": "movingAverage(a.b, '5m')"}, type="graphite")
    assert not broken(run(tmp_path, {"x.yml": text}))
    assert broken(run(tmp_path, {"x.yml": text.replace("graphite", "prometheus")}))


def test_what_metricsql_may_take_is_only_a_note_in_a_vmrule(tmp_path: Path) -> None:
    rules = yaml.safe_load(rule_file({"expr": "rollup_rate(a) default 0 > 1"}))
    (finding,) = broken(run(tmp_path, {"x.yml": manifest("List", items=[{"kind": "VMRule", "spec": rules}])}))
    assert (finding.severity, "MetricsQL" in finding.problem.message) == ("info", True)


def test_a_text_within_a_file_is_not_fixed_and_a_query_of_version_2_is(tmp_path: Path) -> None:
    from dashlib.lint import fixing

    config_map = manifest("ConfigMap", data={"a.json": json.dumps(dashboard(panel("rate(a[1m])")))})
    assert fixing.apply(run(tmp_path, {"x.yml": config_map})) == []
    data = v2("v2")
    data["spec"]["elements"]["panel/1"]["spec"]["data"]["spec"]["queries"][0]["spec"]["query"]["spec"] = {
        "expr": "rate(a[1m])"
    }
    result = run(tmp_path, {"x.json": json.dumps(data, indent=1)})
    assert [one.problem.fix is not None for one in result.findings if one.check == "rate-range"] == [True]


# --- the command -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [RULES, BOARD, CONFIG_MAP, f"kind: Service\n---\n{manifest('PrometheusRule', spec=GROUPS)}"]
)
def test_standard_input_is_read_in_each_form(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text.encode())))
    lint = engine.lint_of_files([(Path("-"), "<stdin>")], Settings(), catalog(), load_profile("lab"), guess=True)
    (finding,) = broken(engine.run(lint))
    assert finding.file == "<stdin>"


def test_nothing_in_standard_input_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"\n")))
    lint = engine.lint_of_files([(Path("-"), "<stdin>")], Settings(), catalog(), load_profile("lab"), guess=True)
    (finding,) = engine.run(lint).findings
    assert "standard input is empty" in finding.problem.message


def test_the_command_takes_standard_input_and_does_not_fix_it() -> None:
    runner = CliRunner()
    done = runner.invoke(command, ["-"], input=CONFIG_MAP)
    assert (done.exit_code, "<stdin>:" in done.output) == (1, True)
    assert runner.invoke(command, ["-", "--fix"], input=CONFIG_MAP).exit_code == 2


def test_the_command_counts_what_a_folder_holds_beside(tmp_path: Path) -> None:
    for name in ("compose.yml", "helm.yaml", "connector.json"):
        (tmp_path / name).write_text(NEITHER[name][0], encoding="utf-8")
    done = CliRunner().invoke(command, [str(tmp_path)])
    assert done.exit_code == 0
    assert "3 files are neither dashboards nor rules, 1 of them a template" in done.output
    assert CliRunner().invoke(command, [str(tmp_path), str(tmp_path / "compose.yml")]).exit_code == 1
