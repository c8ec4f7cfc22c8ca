from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dashlib.compile.yaml_text import yaml_text


class Plain(yaml.SafeDumper):
    """All of it by PyYAML."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        return super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


Plain.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def as_pyyaml_writes_it(data: object) -> str:
    return yaml.dump(data, Dumper=Plain, sort_keys=False, allow_unicode=True, width=1_000_000, default_flow_style=False)


def test_lists_are_indented_and_long_texts_are_blocks() -> None:
    rule = {"alert": "Lag", "expr": "lag > 60", "labels": {"severity": "warning"}, "annotations": {"text": "a\nb\n"}}
    assert yaml_text({"groups": [{"name": "lag", "rules": [rule]}]}) == (
        "groups:\n"
        "  - name: lag\n"
        "    rules:\n"
        "      - alert: Lag\n"
        "        expr: lag > 60\n"
        "        labels:\n"
        "          severity: warning\n"
        "        annotations:\n"
        "          text: |\n"
        "            a\n"
        "            b\n"
    )


@pytest.mark.parametrize(
    "text",
    ["", "yes", "null", "1", "1e3", "- a", "a: b", "a #b", "#a", "{a}", "[a]", "*a", "&a", "!a", "%a", "@a", "`a`", "'",
     '"', "\\", " a", "a ", "a\n", "\na", "a\tb", "a\x85b", "a\u2028b", "–", "😀", "\x00", "---", "...", "x " * 6000],
)  # fmt: skip
def test_a_text_is_written_as_pyyaml_writes_it(text: str) -> None:
    for data in (text, [text, text], {"key": text}, {text: text}, {"deep": [{text: [text]}]}):
        assert yaml_text(data) == as_pyyaml_writes_it(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_data_is_written_as_pyyaml_writes_it(data: Any) -> None:
    assert yaml_text(data) == as_pyyaml_writes_it(data)
