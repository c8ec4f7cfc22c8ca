"""What `promtool check rules` refuses `dashlib lint` finds, and where dashlib finds no error promtool refuses nothing.

What differs on purpose is in `docs/checks/README.md`, and here, each with what both say.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashlib.documents.foreign import UnreadableFileError
from tests.linting import linted, run
from tests.programs import needed_program

if TYPE_CHECKING:
    from pathlib import Path

#: Checks of what promtool checks, too.
SAME = {"rule-file", "promql-syntax", "alert-template"}

ONE = "groups:\n  - name: g\n    rules:\n      - {rule}\n"

GOOD = [
    "",
    "groups: []",
    "groups:",
    "groups: [{name: g}]",
    "groups: [{name: g, interval: 1m30s, limit: 5, rules: []}]",
    ONE.format(rule="{alert: A, expr: up == 0, for: 5m, keep_firing_for: 10m, labels: {a: b}, annotations: {c: d}}"),
    ONE.format(rule="{alert: any name 'at' all, expr: up}"),
    ONE.format(rule="{record: a:b:c, expr: sum(up), labels: {a: '😀 \"quoted\"'}}"),
    ONE.format(rule="{alert: A, expr: 1}"),
    ONE.format(rule="{alert: A, expr: up, for: 0}"),
    ONE.format(rule="{alert: A, expr: up, labels: {a: 1, b: true}}"),
    ONE.format(rule="{alert: A, expr: up, annotations: {d: '{{ $labels.x | toUpper }} {{ $value | humanize }}'}}"),
    ONE.format(rule="{alert: A, expr: up, annotations: {d: '{{ range query \"up\" }}{{ .Value }}{{ end }}'}}"),
    ONE.format(rule="{alert: A, expr: up, annotations: {d: '{{ with $x := 1 }}{{ $x }}{{ else }}no{{ end }}'}}"),
    ONE.format(rule="{alert: A, expr: up, annotations: {d: '{{/* nothing */}} {{- 1 -}}'}}"),
    "groups: [{name: a, rules: [&rule {alert: A, expr: up}, *rule]}]",
    "# only a comment",
]

BAD = [
    "groups: [",
    "rules: []",
    "groups: {name: g}",
    "groups: text",
    "groups: [text]",
    "groups: [{rules: []}]",
    "groups: [{name: ''}]",
    "groups: [{name: g}, {name: g}]",
    "groups: [{name: g, interval: 5 minutes}]",
    "groups: [{name: g, limit: many}]",
    "groups: [{name: g, nam: h}]",
    "groups: [{name: g, rules: text}]",
    "groups: [{name: g, rules: [text]}]",
    "groups: [{name: g, name: h}]",
    ONE.format(rule="{expr: up}"),
    ONE.format(rule="{alert: A}"),
    ONE.format(rule="{alert: A, expr: ''}"),
    ONE.format(rule="{alert: A, record: b, expr: up}"),
    ONE.format(rule="{record: '', expr: up}"),
    ONE.format(rule="{alert: A, expr: up, for: ''}"),
    ONE.format(rule="{record: a, expr: up, for: 5m}"),
    ONE.format(rule="{record: a, expr: up, annotations: {b: c}}"),
    ONE.format(rule="{alert: A, expr: sum(up}"),
    ONE.format(rule="{alert: A, expr: up, for: soon}"),
    ONE.format(rule="{alert: A, expr: up, form: 5m}"),
    ONE.format(rule="{alert: A, expr: up, keep_firing_for: x}"),
    ONE.format(rule="{alert: A, expr: up, labels: {__name__: b}}"),
    ONE.format(rule="{alert: A, expr: up, labels: text}"),
    ONE.format(rule="{alert: A, expr: up, labels: {a: [b]}}"),
    ONE.format(rule="{alert: A, expr: up, annotations: {d: '{{ $nothing }}'}}"),
    ONE.format(rule="{alert: A, expr: up, annotations: {d: '{{ nothing 1 }}'}}"),
    ONE.format(rule="{alert: A, expr: up, annotations: {d: '{{ if true }}'}}"),
    ONE.format(rule="{alert: A, expr: up, annotations: {d: '{{ $value '}}"),
    ONE.format(rule="{alert: A, expr: up, labels: {d: '{{ end }}'}}"),
]

#: On purpose: what promtool says, what dashlib says.
DIFFERENT = {
    "groups: [{name: g, partial_response_strategy: warn, rules: []}]": (False, True),
    "kind: PrometheusRule\nspec: {groups: [{name: g, rules: []}]}": (False, True),
}


#: What a promtool takes that is new enough: 2.53 brought `query_offset`, 3.0 labels of groups.
NEWER = [
    "groups: [{name: g, query_offset: 1m, rules: []}]",
    "groups: [{name: g, labels: {a: b}, rules: [{record: a, expr: up}]}]",
]


@pytest.fixture(scope="module")
def promtool(request: pytest.FixtureRequest) -> str:
    return needed_program(request, "promtool")


def promtool_takes(promtool: str, folder: Path, text: str) -> bool:
    file = folder / "rules.yml"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run([promtool, "check", "rules", str(file)], capture_output=True, text=True, check=False)
    return done.returncode == 0


def dashlib_takes(text: str) -> bool:
    try:
        documents = linted(text)
    except UnreadableFileError:
        return False
    return not any(finding.check in SAME and finding.severity == "error" for finding in run(documents))


@pytest.mark.parametrize("text", GOOD)
def test_both_take_a_good_file(promtool: str, tmp_path: Path, text: str) -> None:
    assert (promtool_takes(promtool, tmp_path, text), dashlib_takes(text)) == (True, True)


@pytest.mark.parametrize("text", BAD)
def test_both_refuse_a_bad_file(promtool: str, tmp_path: Path, text: str) -> None:
    assert (promtool_takes(promtool, tmp_path, text), dashlib_takes(text)) == (False, False)


@pytest.mark.parametrize(("text", "expected"), DIFFERENT.items())
def test_where_they_differ_it_is_on_purpose(
    promtool: str, tmp_path: Path, text: str, expected: tuple[bool, bool]
) -> None:
    assert (promtool_takes(promtool, tmp_path, text), dashlib_takes(text)) == expected


@pytest.mark.parametrize("text", NEWER)
def test_keys_that_came_later_are_known(text: str) -> None:
    assert dashlib_takes(text)


rules = st.fixed_dictionaries(
    {},
    optional={
        "alert": st.sampled_from(["A", "a b", ""]),
        "record": st.sampled_from(["a:b", ""]),
        "expr": st.sampled_from(["up", "up == 0", "sum(", "", "1", '"text"', "up[5m]", "rate(up)", "{}", "up{a=~'['}"]),
        "for": st.sampled_from(["5m", "0s", "5", "1h30m", "m", "-5m", "1.5m"]),
        "keep_firing_for": st.sampled_from(["5m", "x"]),
        "labels": st.dictionaries(
            st.sampled_from(["a", "severity", "__name__"]), st.sampled_from(["b", "{{ $value }}"])
        ),
        "annotations": st.dictionaries(
            st.sampled_from(["summary", "d_1"]), st.sampled_from(["text", "{{ $labels.a }}", "{{ $x }}", "{{", "}}"])
        ),
        "limit": st.just("5"),
    },
)
groups = st.fixed_dictionaries(
    {"rules": st.lists(rules, max_size=2)},
    optional={
        "name": st.sampled_from(["g", "h", ""]),
        "interval": st.sampled_from(["30s", "often"]),
        "x": st.just("y"),
    },
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(groups, max_size=2))
def test_they_agree_on_any_other(promtool: str, tmp_path: Path, found: list[dict[str, object]]) -> None:
    text = yaml.safe_dump({"groups": found}, sort_keys=False, default_style='"')
    assert promtool_takes(promtool, tmp_path, text) == dashlib_takes(text)
