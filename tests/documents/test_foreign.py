"""Files that dashlib did not make: whatever they hold, the answer is their content or one message, soon."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dashlib.documents import foreign
from dashlib.documents.foreign import UnreadableFileError, read_text
from dashlib.documents.forms import read_documents

if TYPE_CHECKING:
    from pathlib import Path

BILLION_LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "invalid JSON"),
        ('{"panels": [}', "invalid JSON"),
        ("[" * 101 + "]" * 101, "deeper than 100"),
        ("[]", "found a list"),
        ('"text"', "found a string"),
        ("{}", "neither a dashboard nor a rule file"),
        ('{"dashboard": {"dashboard": {}}}', "neither a dashboard nor a rule file"),
    ],
)
def test_what_is_no_dashboard(text: str, said: str) -> None:
    with pytest.raises(UnreadableFileError, match=said):
        read_documents(text, "x.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1", "invalid YAML"),
        ("a: b: c", "invalid YAML"),
        ("\x00", "invalid YAML"),
        ("text", "found a string"),
        ("- a", "found a list"),
        ("a: 1\na: 2", 'the key "a" is duplicated'),
        ("? [a]\n: b", "a key is not a string"),
        ("a: &a [*a]", "is not defined"),
        ("a: *b", "invalid YAML|is not defined"),
        ("[" * 500, "deeper than 100"),
        (BILLION_LAUGHS, "aliases expand to more"),
        ("{{ .Values.groups }}", "a Helm template"),
        ("a: {<<: text}", "<< can merge only an object"),
        ("a: {<<: [{b: 1}, c]}", "<< can merge only an object"),
        ("a: {<<: {b: 1}, <<: {c: 1}}", 'the key "<<" is duplicated'),
    ],
)
def test_what_is_no_rule_file(text: str, said: str) -> None:
    with pytest.raises(UnreadableFileError, match=said):
        read_documents(text, "x.yml")


def test_a_mistake_has_a_place() -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_documents("groups:\n  - name: 😀\n  rules: [", "x.yml")
    assert foreign.SourceText("groups:\n  - name: 😀\n  rules: [").line_and_column(caught.value.offset)[0] == 3


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    with file.open("wb") as stream:
        stream.truncate(100 * 2**20)
    with pytest.raises(UnreadableFileError, match="100 MiB"):
        read_text(file)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(UnreadableFileError, match="byte 7 is 0xff"):
        read_text(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file"):
        read_text(tmp_path / "none.json")


def test_every_wrapping_is_opened() -> None:
    panels: dict[str, list[object]] = {"panels": []}
    wrappings: list[tuple[object, str]] = [
        (panels, ""),
        ({"dashboard": panels, "meta": {}}, "/dashboard"),
        ({"kind": "GrafanaDashboard", "spec": panels}, "/spec"),
    ]
    for wrapped, prefix in wrappings:
        assert read_documents(json.dumps(wrapped), "x.json")[0].prefix == prefix


def test_one_yaml_file_may_hold_several() -> None:
    text = "kind: PrometheusRule\nspec: {groups: []}\n"
    assert [file.prefix for file in read_documents(f"{text}---\n{text}", "x.yaml")] == ["/spec", "/spec"]


def test_texts_stay_texts() -> None:
    text = "groups: [{name: yes, interval: 30s, limit: 010, rules: [{alert: A, expr: 1, labels: {a: null, b: 1.0}}]}]"
    (group,) = read_documents(text, "x.yml")[0].document.data["groups"]
    assert (group["name"], group["limit"]) == ("yes", "010")
    assert group["rules"][0]["labels"] == {"a": None, "b": "1.0"}


@given(json_values, st.sampled_from([None, 2]))
def test_each_value_of_json_is_where_it_stands(value: object, indent: int | None) -> None:
    text = json.dumps({"panels": [value]}, indent=indent)
    (file,) = read_documents(text, "x.json")
    assert file.source is not None
    waiting: list[tuple[str, object]] = [("", file.document.data)]
    seen = 0
    while waiting:
        pointer, item = waiting.pop()
        span = file.source.spans[pointer]
        assert json.loads(text[span.start : span.end]) == item
        seen += 1
        if isinstance(item, dict):
            waiting += [(f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}", one) for key, one in item.items()]
        elif isinstance(item, list):
            waiting += [(f"{pointer}/{number}", one) for number, one in enumerate(item)]
    assert seen == len(file.source.spans)


yaml_values = st.recursive(
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(yaml_values, st.sampled_from([None, "'", '"', "|"]), st.booleans())
def test_yaml_is_read_as_its_own_library_reads_it(value: object, style: str | None, flow: bool) -> None:  # noqa: FBT001
    text = yaml.dump({"groups": [{"rules": value}]}, default_style=style, default_flow_style=flow, allow_unicode=True)
    assert read_documents(text, "x.yml")[0].document.data == yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode), st.sampled_from(["x.json", "x.yml", "x"]))
def test_nothing_else_is_ever_raised(content: bytes, name: str) -> None:
    try:
        text = content.decode()
        read_documents(text, name)
    except (UnicodeDecodeError, UnreadableFileError):
        pass
