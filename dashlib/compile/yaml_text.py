"""YAML as people write rule files: long texts as blocks, lists indented, no aliases. Written by PyYAML."""

from __future__ import annotations

import functools
import io

import yaml

_EMITTER = yaml.SafeDumper(io.StringIO(), allow_unicode=True)
_EMITTER.tag_prefixes = dict(_EMITTER.DEFAULT_TAG_PREFIXES)
# No line is broken: a rule's expression stays one.
_WIDTH = 1_000_000


class _Dumper(yaml.SafeDumper):
    # PyYAML looks at every character of each text and tag. A document says few different ones (`expr`, `severity`,
    # `warning`) many times: to remember what it found, and to write a line as one, takes a sixth of the build of this
    # project away. libyaml, which is faster still, does not indent lists.
    analyze_scalar = staticmethod(functools.lru_cache(maxsize=4096)(_EMITTER.analyze_scalar))
    prepare_tag = staticmethod(functools.lru_cache(maxsize=64)(_EMITTER.prepare_tag))

    def write_plain(self, text: str, split: bool = True) -> None:  # noqa: FBT001, FBT002
        if self.root_context or not text:
            super().write_plain(text, split)
            return
        written = text if self.whitespace else f" {text}"
        self.stream.write(written)
        self.column += len(written)
        self.whitespace = self.indention = False

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        return super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _Dumper.represent_text)


def yaml_text(data: object) -> str:
    """Return data as YAML, keys in their order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False)
