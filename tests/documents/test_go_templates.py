from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib.documents.go_templates import RULE_FUNCTIONS, actions, find_mistake

VARIABLES = ("$labels", "$values", "$value")


def mistake(text: str) -> str:
    return find_mistake(text, variables=VARIABLES, functions=RULE_FUNCTIONS)


@pytest.mark.parametrize(
    "text",
    [
        "no template at all: } } { {",
        "{{ $labels.server }} lags {{ $values.A.Value | humanizeDuration }}",
        '{{ $value | printf "%.1f" }} %',
        "{{- $labels.job -}}",
        '{{ if eq $labels.severity "critical" }}now{{ else if $labels.job }}later{{ else }}never{{ end }}',
        "{{ range $index, $alert := $labels }}{{ $index }}{{ $alert }}{{ end }}",
        "{{ $between := `` }}{{ $between = `, ` }}{{ $between }}",
        "{{/* a comment with }} and { in it */}}{{ $labels.a }}",
        '{{ "}}" }}',
        "{{ `}} {{` }}",
        "{{ (index $labels `a b`) | toUpper }}",
        "{{ with $labels.a }}{{ . }}{{ end }}",
        "{{ $labels.job | urlquery }}",
        '{{ reReplaceAll "a\\"b" "c" $labels.a }}',
    ],
)
def test_a_sound_template(text: str) -> None:
    assert mistake(text) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ $labels.server ", "starts with '{{' but does not end"),
        ("{{ $labels.server }", "starts with '{{' but does not end"),
        ('{{ "}} }}', "unexpected '\"'"),
        ("{{ }}", "is empty"),
        ("{{ $label.server }}", "'$label' is not defined here; the variables are $labels, $value, $values"),
        ("{{ $labels.server | humanizeDurations }}", "'humanizeDurations' is not a template function"),
        ("{{ if $labels.a }}x", "'if' has no 'end'"),
        ("{{ if }}x{{ end }}", "'if' of nothing"),
        ("x{{ end }}", "'end' without a matching 'if'"),
        ("{{ else }}", "'else' without a matching 'if'"),
        ("{{ (index $labels `a` }}", "an unbalanced parenthesis"),
        ("{{ index $labels) (`a` }}", "an unbalanced parenthesis"),
        ("{{ $labels.a | }}", "ends with '|'"),
        ("{{ $labels.a; }}", "unexpected ';'"),
        ("{{ $between = `` }}", "'$between' is not defined here"),
    ],
)
def test_a_broken_template(text: str, expected: str) -> None:
    assert expected in mistake(text)


def test_what_is_not_asked_for_is_not_checked() -> None:
    assert find_mistake("{{ $anything | anyFunction }}") == ""


def test_actions_are_what_stands_between_the_braces() -> None:
    assert actions("a {{ $b }} c {{- d -}} {{/* e */}} {{ open") == ["$b", "d"]


@given(st.text())
def test_no_text_breaks_the_check(text: str) -> None:
    assert isinstance(mistake(text), str)
    assert isinstance(mistake("{{" + text + "}}"), str)
