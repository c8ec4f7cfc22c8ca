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
        ("{{ $labels.server ", "begins with '{{' and is not ended"),
        ("{{ $labels.server }", "begins with '{{' and is not ended"),
        ('{{ "}} }}', "unexpected '\"'"),
        ("{{ }}", "is empty"),
        ("{{ $label.server }}", "'$label' is no variable here; known are $labels, $value, $values"),
        ("{{ $labels.server | humanizeDurations }}", "'humanizeDurations' is no function"),
        ("{{ if $labels.a }}x", "'if' has no 'end'"),
        ("{{ if }}x{{ end }}", "'if' of nothing"),
        ("x{{ end }}", "'end' without the 'if'"),
        ("{{ else }}", "'else' without the 'if'"),
        ("{{ (index $labels `a` }}", "a bracket without its other half"),
        ("{{ index $labels) (`a` }}", "a bracket without its other half"),
        ("{{ $labels.a | }}", "ends with '|'"),
        ("{{ $labels.a; }}", "unexpected ';'"),
        ("{{ $between = `` }}", "'$between' is no variable here"),
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
