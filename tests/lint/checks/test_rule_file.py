from __future__ import annotations

import pytest

from dashlib.lint.checks import rule_file
from dashlib.schemas import load_schema
from tests.linting import found, linted, run

GOOD = {"groups": [{"name": "g", "rules": [{"record": "a:b:c", "expr": "up"}]}]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("groups: [{name: g, rules: [{expr: up}]}]", "neither alert nor record"),
        ("groups: [{name: g, rules: [{alert: A, record: b, expr: up}]}]", "both"),
        ("groups: [{name: g, rules: [{alert: A}]}]", "no expr"),
        ("groups: [{rules: []}]", "no name"),
        ("groups: [{name: g}, {name: g}]", "two groups"),
        ("groups: [{name: g, interval: 5 minutes}]", "not a Prometheus duration"),
        ("groups: [{name: g, rules: [{record: a:b, expr: up, for: 5m}]}]", "no key 'for'"),
        ("groups: [{name: g, rules: [{record: 'a b', expr: up}]}]", "not a valid metric name"),
        ("groups: [{name: g, rules: [{alert: A, expr: up, labels: {'a-b': c}}]}]", "not a valid label name"),
        ("groups: [{name: g, rules: [{alert: A, expr: up, labels: [a]}]}]", "a mapping of names to strings"),
        ("groups: [{name: g, rules: [up]}]", "a rule must be a mapping"),
        ("groups: {name: g}", "groups must be a list"),
        ("groups: [{name: g, limit: many}]", "an integer"),
        ("groups: [{name: g, rules: [{alert: A, expr: up}]}]\nrules: []", "only the key groups"),
        ("groups: [{name: g, rules: [{alert: A, expr: '\"text\"'}]}]", "returns a string"),
    ],
)
def test_prometheus_would_not_load_it(text: str, said: str) -> None:
    assert any(said in message for message in found("rule-file", text))


@pytest.mark.parametrize(
    "text",
    ["", "groups: []", "groups: [{name: g, rules: [{record: a:b:c, expr: up}]}]", "groups: [{name: g, limit: 10}]"],
)
def test_prometheus_would_load_it(text: str) -> None:
    assert not found("rule-file", text)


def test_what_a_rule_file_may_hold_stands_in_its_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = load_schema("rule-file")
    schema["properties"]["groups"]["items"]["properties"]["pause"] = {"$ref": "#/$defs/duration"}
    schema["$defs"]["alert_rule"]["properties"]["owner"] = {"type": "string"}
    text = "groups: [{name: g, pause: soon, rules: [{alert: A, expr: up, owner: me}]}]"
    assert {"a group has no key 'pause'", "the rule A has no key 'owner'"} <= set(found("rule-file", text))
    monkeypatch.setattr(rule_file, "load_schema", lambda _: schema)
    rule_file._holds.cache_clear()
    assert [message.partition(":")[0] for message in found("rule-file", text)] == ["pause"]
    rule_file._holds.cache_clear()


def test_a_rulers_own_keys_are_left_alone() -> None:
    assert not found("rule-file", "groups: [{name: g, partial_response_strategy: warn, rules: []}]")


def test_a_prometheus_rule_of_kubernetes_is_read() -> None:
    resource = "kind: PrometheusRule\nspec: {groups: [{name: g, rules: [{alert: A, expr: up, form: 5m}]}]}"
    assert "no key 'form'" in found("rule-file", resource)[0]


def test_keys_in_capitals_are_said_once_a_file_and_nothing_else_of_their_rules() -> None:
    rules = "".join(f"  - {{alert: A{n}, Expr: up == 0, Labels: {{severity: page}}}}\n" for n in range(3))
    said = [(one.check, one.problem.message) for one in run(linted(f"groups:\n- name: g\n  rules:\n{rules}"))]
    assert said == [
        ("rule-file", "the rule A0 has no key 'Expr' (and 2 more in this file)"),
        ("rule-file", "the rule A0 has no key 'Labels' (and 2 more in this file)"),
    ]
