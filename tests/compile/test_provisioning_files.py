"""What stopped a real Grafana 12.3 from starting, and what it took in silence: each is found, with its line."""

from __future__ import annotations

import copy
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from dashlib.compile.provisioning_files import SECTIONS, Finding, check, check_provisioning
from tests.compiled import DOCUMENTS, PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Shell

ROOT = Path(__file__).parents[2]
GONE: Final = object()

DATASOURCES: dict[str, Any] = {
    "apiVersion": 1,
    "datasources": [
        {"name": "Prometheus", "uid": "prom", "type": "prometheus", "url": "http://p:9090", "isDefault": True},
        {"name": "Loki", "uid": "loki", "type": "loki", "url": "http://l:3100"},
    ],
}
PROVIDERS: dict[str, Any] = {
    "apiVersion": 1,
    "providers": [{"name": "debezium", "folder": "Debezium", "type": "file", "options": {"path": "/dashboards"}}],
}


def rule(uid: str, title: str) -> dict[str, Any]:
    return {
        "uid": uid,
        "title": title,
        "condition": "C",
        "data": [
            {
                "refId": "A",
                "relativeTimeRange": {"from": 600, "to": 0},
                "datasourceUid": "prom",
                "model": {"expr": "up == 0", "instant": True, "refId": "A"},
            },
            {
                "refId": "C",
                "relativeTimeRange": {"from": 0, "to": 0},
                "datasourceUid": "__expr__",
                "model": {
                    "type": "threshold",
                    "expression": "A",
                    "conditions": [{"evaluator": {"params": [0], "type": "gt"}}],
                    "refId": "C",
                },
            },
        ],
        "noDataState": "NoData",
        "execErrState": "Error",
        "for": "5m",
        "annotations": {"summary": "Instance {{ $labels.instance }} down: {{ $values.A.Value }}"},
        "labels": {"severity": "critical"},
        "isPaused": False,
    }


ALERTING: dict[str, Any] = {
    "apiVersion": 1,
    "groups": [
        {
            "orgId": 1,
            "name": "group",
            "folder": "Alerts",
            "interval": "1m",
            "rules": [rule("r1", "InstanceDown"), rule("r2", "InstanceGone")],
        }
    ],
    "contactPoints": [
        {
            "orgId": 1,
            "name": "team",
            "receivers": [{"uid": "cp1", "type": "webhook", "settings": {"url": "$__env{WEBHOOK}"}}],
        },
        {"orgId": 1, "name": "chat", "receivers": [{"uid": "cp2", "type": "slack", "settings": {"url": "$SLACK"}}]},
    ],
    "policies": [
        {
            "orgId": 1,
            "receiver": "team",
            "group_by": ["grafana_folder", "alertname"],
            "routes": [
                {
                    "receiver": "chat",
                    "object_matchers": [["severity", "=~", "critical|page"]],
                    "group_wait": "30s",
                    "mute_time_intervals": ["nights"],
                    "routes": [{"receiver": "team", "matchers": ["severity = critical"]}],
                }
            ],
        }
    ],
    "muteTimes": [
        {
            "orgId": 1,
            "name": "nights",
            "time_intervals": [
                {
                    "times": [{"start_time": "22:00", "end_time": "24:00"}],
                    "weekdays": ["monday:friday", "sunday"],
                    "days_of_month": ["1:5", "-3:-1"],
                    "months": ["january:march", "5"],
                    "years": ["2027:2028"],
                    "location": "Europe/Berlin",
                }
            ],
        }
    ],
    "templates": [{"orgId": 1, "name": "words", "template": '{{ define "words" }}{{ .Status }}{{ end }}'}],
}
FILES = {"alerting/all.yaml": ALERTING, "datasources/all.yml": DATASOURCES, "dashboards/all.yml": PROVIDERS}


def findings(files: dict[str, Any]) -> list[Finding]:
    return check(
        {
            PurePosixPath(path): data if isinstance(data, bytes) else yaml.safe_dump(data, sort_keys=False).encode()
            for path, data in files.items()
        }
    )


def changed(pointer: str, value: object, *, file: str = "alerting/all.yaml") -> list[Finding]:
    """Return the findings of the sound folder with one thing changed, or taken away."""
    files = copy.deepcopy(FILES)
    parent, _, last = pointer.rpartition("/")
    inside: Any = files[file]
    for part in parent.split("/")[1:]:
        inside = inside[int(part)] if isinstance(inside, list) else inside[part]
    key = int(last) if isinstance(inside, list) else last
    if value is GONE:
        del inside[key]
    else:
        inside[key] = value
    return findings(files)


RULE = "/groups/0/rules/0"
POINT = "/contactPoints/0/receivers/0"


def test_a_sound_folder() -> None:
    assert findings(FILES) == []


# --- what stops Grafana ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pointer", "value", "found_at", "message"),
    [
        (f"{RULE}/for", "five minutes", f"{RULE}/for", "a duration such as 30s"),
        (f"{RULE}/for", 300, f"{RULE}/for", "a duration such as 30s"),
        (f"{RULE}/keepFiringFor", "-1m", f"{RULE}/keepFiringFor", "a duration"),
        ("/groups/0/interval", "often", "/groups/0/interval", "a duration"),
        (f"{RULE}/title", GONE, RULE, 'found no "title"'),
        (f"{RULE}/title", "", f"{RULE}/title", "a string of 1 to 190"),
        (f"{RULE}/uid", GONE, RULE, 'found no "uid"'),
        (f"{RULE}/condition", GONE, RULE, 'found no "condition"'),
        (f"{RULE}/data", [], f"{RULE}/data", "at least 1 entry"),
        (f"{RULE}/noDataState", "Foo", f"{RULE}/noDataState", '"OK", "NoData", "Alerting", "KeepLast"'),
        (f"{RULE}/execErrState", "NoData", f"{RULE}/execErrState", '"OK", "Error", "Alerting", "KeepLast"'),
        ("/groups/0/name", " ", "/groups/0/name", "a string of 1 to 190"),
        ("/groups/0/folder", GONE, "/groups/0", 'found no "folder"'),
        (f"{POINT}/type", "pigeon", f"{POINT}/type", 'found "pigeon"; expected one of'),
        (f"{POINT}/settings", {}, f"{POINT}/settings", "found"),
        (f"{POINT}/settings", {"httpMethod": "POST"}, f"{POINT}/settings", "found webhook without url"),
        ("/contactPoints/1/receivers/0/settings", {"token": "$T"}, None, "slack without url or token and recipient"),
        (f"{POINT}/uid", GONE, POINT, 'found no "uid"'),
        ("/contactPoints/0/name", "", "/contactPoints/0/name", "a string"),
        ("/policies/0/receiver", "nope", "/policies/0/receiver", "a provisioned contact point (chat, team)"),
        ("/policies/0/receiver", GONE, "/policies/0", 'found no "receiver"'),
        ("/policies/0/routes/0/routes/0/receiver", "nope", None, "found 'nope'; expected a provisioned contact point"),
        ("/policies/0/routes/0/mute_time_intervals", ["nope"], None, "a provisioned mute timing (nights)"),
        ("/policies/0/routes/0/group_wait", "30 sec", "/policies/0/routes/0/group_wait", "a duration"),
        ("/policies/0/routes/0/object_matchers", [["a", "~~", "b"]], None, '"=", "!=", "=~", "!~"'),
        ("/policies/0/routes/0/object_matchers", [["a", "="]], None, "a label, one of"),
        ("/policies/0/matchers", ["a = b"], "/policies/0/matchers", "unexpected key"),
        ("/muteTimes/0/time_intervals/0/times/0/start_time", "25:00", None, "a time of day"),
        ("/muteTimes/0/time_intervals/0/weekdays", ["mon"], None, "a day, or days as in"),
        ("/templates/0/template", '{{ define "x" }}', "/templates/0/template", "'define' has no 'end'"),
        ("/apiVersion", "one", "/apiVersion", "expected 1"),
        ("/apiVersion", GONE, "", 'found no "apiVersion"'),
    ],
)
def test_what_stops_grafana_from_starting(pointer: str, value: object, found_at: str | None, message: str) -> None:
    (found, *_) = changed(pointer, value)
    assert message in found.message
    if found_at is not None:
        assert found.pointer == found_at
    assert found.path == "alerting/all.yaml"
    assert found.line > 0


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"apiVersion: 1\ngroups:\n  - name: [a\n  - b\n", 5, "not valid YAML, so Grafana does not start"),
        (b"apiVersion: 1\n\tgroups: []\n", 2, "not valid YAML"),
        (b"apiVersion: 1\n---\napiVersion: 1\n", 2, "not valid YAML"),
        (b"\xff\xfe", 0, "not UTF-8 text"),
        (b"- a\n", 1, "expected apiVersion and lists"),
        (b"apiVersion: 1\ngroups: []\ngroups: []\n", 3, "duplicate key"),
    ],
)
def test_a_file_that_cannot_be_read(content: bytes, line: int, message: str) -> None:
    (found,) = findings({**FILES, "alerting/more.yaml": content})
    assert message in found.message
    assert (found.path, found.line) == ("alerting/more.yaml", line)


def test_what_grafana_does_not_read_in_the_folder_alerting() -> None:
    elsewhere = {"dashboards/.gitkeep": b"", "dashboards/deep/x.yml": b"x", "plugins/x.txt": b"x"}
    found = findings({**FILES, **elsewhere, "alerting/.gitkeep": b"", "alerting/rules/mine.yaml": b"apiVersion: 1"})
    assert [each.path for each in found] == ["alerting/.gitkeep", "alerting/rules/mine.yaml"]
    assert all(each.message.startswith("Grafana does not read it; expected a file directly in it") for each in found)


def test_a_file_of_comments_provisions_nothing() -> None:
    assert findings({**FILES, "alerting/none.yaml": b"# nothing yet\n"}) == []


def test_json_is_read_too() -> None:
    assert findings({**FILES, "alerting/more.json": b'{"apiVersion": 1, "resetPolicies": [1]}'}) == []
    assert findings({**FILES, "alerting/more.json": b'{"apiVersion": 2}'})


@pytest.mark.parametrize(
    ("file", "pointer", "value", "message"),
    [
        ("datasources/all.yml", "/datasources/1/isDefault", True, "a second default datasource"),
        ("datasources/all.yml", "/datasources/1/name", "Prometheus", "found the datasource name 'Prometheus' of"),
        ("datasources/all.yml", "/datasources/1/uid", "prom", "found the datasource uid 'prom' of"),
        ("datasources/all.yml", "/datasources/1/type", GONE, 'found no "type"'),
        ("datasources/all.yml", "/datasources/1/access", "server", '"proxy", "direct"'),
        ("datasources/all.yml", "/datasources/1/uid", "a b", "a uid: at most 40"),
        ("dashboards/all.yml", "/providers/0/options", {}, 'found no "path"'),
        ("dashboards/all.yml", "/providers/0/type", "folder", 'expected "file"'),
        ("dashboards/all.yml", "/providers/0/nmae", "x", 'perhaps "name"'),
        (
            "dashboards/all.yml",
            "/providers/0/options",
            {"path": "/d", "foldersFromFilesStructure": True},
            "found folder and foldersFromFilesStructure",
        ),
    ],
)
def test_datasources_and_providers(file: str, pointer: str, value: object, message: str) -> None:
    found = changed(pointer, value, file=file)
    assert any(message in each.message and each.path == file for each in found), found


# --- what Grafana takes in silence, and then does not do -------------------------------------------------------------


def with_model(**model: object) -> dict[str, Any]:
    broken = rule("r1", "InstanceDown")
    broken["data"][1]["model"] |= model
    return broken


@pytest.mark.parametrize(
    ("pointer", "value", "message"),
    [
        (f"{RULE}/condition", "Z", "found 'Z'; expected one of A, C: the rule would never fire"),
        (f"{RULE}/data/1/refId", "A", "found a second 'A'"),
        ("/groups/0/interval", "15s", "found '15s'; expected a multiple of Grafana's 10 s"),
        ("/groups/0/interval", "0", "expected a multiple"),
        (f"{RULE}/uid", "r2", "found the rule uid 'r2' of"),
        (f"{RULE}/uid", "a" * 41, "a uid: at most 40"),
        (f"{RULE}/title", "InstanceGone", "found a second rule 'InstanceGone' in the group"),
        (f"{RULE}/data/0/datasourceUid", "nope", "the uid of a provisioned datasource: loki, prom"),
        (f"{RULE}/data/0/model/expr", "sum(rate(foo[5m]", "not valid PromQL"),
        (f"{RULE}/data/0/model/expr", "rate(foo[$__rate_interval])", "found $__rate_interval, which only a dashboard"),
        (f"{RULE}/data/0/relativeTimeRange", {"from": 0, "to": 0}, "expected from to be the longer time ago"),
        (f"{RULE}/data/0/relativeTimeRange", GONE, "expected from to be the longer time ago"),
        (f"{RULE}/annotations", {"a": "{{ $labels.instance "}, "does not end with '}}'"),
        (f"{RULE}/annotations", {"a": "{{ $lables.instance }}"}, "'$lables' is not defined here"),
        (f"{RULE}/annotations", {"a": "{{ humanise 1 }}"}, "'humanise' is not a template function"),
        (f"{RULE}/annotations", {"a": "{{ $values.B.Value }}"}, "found $values.B; expected one of A, C"),
        (f"{RULE}/annotations", {"__dashboardUid__": "d"}, "expected both, or neither"),
        (f"{RULE}/annotations", {"__panelId__": "1"}, "expected both, or neither"),
        (f"{RULE}/labels", {"job": "{{ $labels.job }}"}, "a template variable, which Grafana reads as an environ"),
        (f"{RULE}/labels", {"a b": "c"}, "a label name"),
        (f"{RULE}/notification_settings", {"receiver": "nope"}, "found 'nope'; expected a provisioned contact point"),
        (f"{RULE}/noDateState", "OK", 'perhaps "noDataState"'),
        (RULE, with_model(type="treshold"), "found 'treshold'; expected one of math"),
        (RULE, with_model(expression="B"), "found 'B'; expected one of A"),
        (RULE, with_model(expression="C"), "found 'C'; expected one of A"),
        (RULE, with_model(conditions=[]), "expected exactly one condition"),
        (RULE, with_model(conditions=[{"evaluator": {"type": "over", "params": [0]}}]), "found 'over'"),
        (RULE, with_model(conditions=[{"evaluator": {"type": "gt", "params": []}}]), "expected 1 number"),
        (RULE, with_model(conditions=[{"evaluator": {"type": "within_range", "params": [0]}}]), "expected 2 numbers"),
        (RULE, with_model(type="math", expression="$B > 1"), "found 'B'; expected one of A"),
        (f"{POINT}/settings/title", "{{ $labels.a }}", "a template variable, which Grafana reads as an environ"),
        (f"{POINT}/settings/title", "{{ .Status ", "does not end with '}}'"),
        ("/contactPoints/1/receivers/0/uid", "cp1", "found the integration uid 'cp1' of"),
        ("/contactPoints/1/name", "team", "found the contact point 'team' of"),
        ("/policies/0/routes/0/object_matchers", [["a", "=~", "(b"]], "not a valid regular expression"),
        ("/muteTimes/0/time_intervals/0/times/0/end_time", "06:00", "split a night into two intervals"),
    ],
)
def test_what_grafana_ignores_in_silence(pointer: str, value: object, message: str) -> None:
    found = changed(pointer, value)
    assert any(message in each.message for each in found), found
    assert all(each.path == "alerting/all.yaml" and each.line for each in found)


def test_a_line_is_the_one_of_the_place() -> None:
    text = yaml.safe_dump(ALERTING, sort_keys=False)
    (found,) = changed(f"{RULE}/for", "five minutes")
    line = text.splitlines()[found.line - 1]
    assert line.strip() == "for: 5m"
    assert str(found).startswith(f"alerting/all.yaml:{found.line}: {RULE}/for: found ")


def test_names_are_looked_for_in_all_files() -> None:
    apart = {key: {"apiVersion": 1, key: ALERTING[key]} for key in ALERTING if key != "apiVersion"}
    files = {**FILES, **{f"alerting/{key}.yaml": data for key, data in apart.items()}}
    del files["alerting/all.yaml"]
    assert findings(files) == []
    del files["alerting/contactPoints.yaml"]
    messages = [found.message for found in findings(files)]
    assert messages
    assert all("expected a provisioned contact point (none exists)" in message for message in messages)
    files["alerting/twice.yaml"] = apart["groups"]
    assert any("rule group 'group' of alerting/groups.yaml#/groups/0" in each.message for each in findings(files))


def test_a_query_of_another_kind_of_datasource_is_its_own_affair() -> None:
    other = rule("r1", "InstanceDown")
    other["data"][0] |= {"datasourceUid": "loki", "model": {"expr": '{job="a"} |= "b"'}}
    assert changed(RULE, other) == []


# --- the project's own -----------------------------------------------------------------------------------------------


def test_the_labs_folder_is_sound_as_committed_and_as_compiled() -> None:
    folder = ROOT / "labs/monitoring/grafana/provisioning"
    committed = {
        PurePosixPath(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }
    assert {path.parts[0] for path in committed} == set(SECTIONS)
    assert check(committed) == []
    assert check_provisioning(PROJECT, DOCUMENTS) == []


def test_build_check_says_what_is_wrong_with_a_persons_own_file(
    shell: Shell, replace_in: Callable[[Path, str, str], None]
) -> None:
    replace_in(
        shell.folder / "pyproject.toml",
        'rules = "compiled/rules"',
        'rules = "compiled/rules"\ngrafana_provisioning = "provisioning"',
    )
    broken = copy.deepcopy(ALERTING)
    broken["groups"][0]["rules"][0]["for"] = "five minutes"
    shell.write("provisioning/alerting/mine.yaml", yaml.safe_dump(broken))
    assert shell.dashlib("build").returncode == 0
    done = shell.dashlib("build", "--check")
    assert done.returncode == 1
    assert re.search(r"provisioning/alerting/mine\.yaml:\d+: /groups/0/rules/0/for: found", done.stderr)
    assert "Traceback" not in done.stderr
