"""Grafana's variables in a text: each way to write one, and what is none. No other module has a pattern of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib.promql.variables import PATTERN, has_variable, names_in, reference_of, references, replaced

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "name", "path", "shape"),
    [
        ("$x", "x", "", ""),
        ("${x}", "x", "", ""),
        ("${x:regex}", "x", "", "regex"),
        ("${__from:date}", "__from", "", "date"),
        ("${__from:date:iso}", "__from", "", "date:iso"),
        ("${__from:date:YYYY-MM-DD HH:mm}", "__from", "", "date:YYYY-MM-DD HH:mm"),
        ("${__field.labels.server}", "__field", "labels.server", ""),
        ('${__data.fields["A b"].text:raw}', "__data", 'fields["A b"].text', "raw"),
        ("[[x]]", "x", "", ""),
        ("[[x:pipe]]", "x", "", "pipe"),
    ],
)
def test_each_way_to_write_one(text: str, name: str, path: str, shape: str) -> None:
    found = reference_of(text)
    assert found is not None
    assert (found.text, found.name, found.path, found.format) == (text, name, path, shape)
    (within,) = references(f"a {text} b")
    assert (within.start, within.end) == (2, 2 + len(text))
    assert has_variable(f'"{text}"')
    assert names_in(f"$other {text} {text}") == {"other", name}


@pytest.mark.parametrize(
    "text", ["", "$", "a$", "$1", "${1}", "$$", "${}", "${a b}", "${x", "[x]", "[[]]", "[[a.b]]", "5$"]
)
def test_what_is_none(text: str) -> None:
    assert not list(references(text))
    assert not has_variable(text)
    assert reference_of(text) is None


def test_several_stand_side_by_side() -> None:
    assert [one.name for one in references("$a$b${c}d[[e]]$f.g")] == ["a", "b", "c", "e", "f"]
    assert replaced("$a-${b:csv}-[[c]]", lambda one: one.name * 2) == "aa-bb-cc"


@given(st.text(alphabet="$[]{}:. ax1\n", max_size=30))
def test_what_is_not_replaced_stays(text: str) -> None:
    assert replaced(text, lambda one: one.text) == text


def test_no_other_module_knows_how_variables_are_written() -> None:
    """A dollar, or two brackets, before a name in a pattern: secrets and Go's templates are other things."""
    others = {
        "secret_references.py",
        "grafana_alerting.py",
        "provisioning_files.py",
        "go_templates.py",
        "managed.py",
        "purposes.py",
        "rule_yaml.py",
    }
    of_rules = {"value_in_label.py", "value_format.py", "dropped_label.py"}
    known = re.compile(r"""\\\$(?:\(\?[P:]|\\?\{|\[A-Z|\(?\\w)|\\\[\\\[""")
    found = {
        file.name
        for file in (ROOT / "dashlib").rglob("*.py")
        if any(known.search(line) for line in file.read_text(encoding="utf-8").splitlines())
    }
    assert found - others - of_rules == {"variables.py"}
    assert re.compile(PATTERN).groups
