"""YAML as people write rule files: long texts as blocks, lists indented, no aliases. Written by PyYAML."""

from __future__ import annotations

import functools
import io

import yaml

# A document says few different texts (`expr`, `severity`, `warning`) many times, and PyYAML looks at every character of
# each: to remember what it found takes 60 of 770 ms off a build of this project. libyaml, which is faster still, does
# not indent lists.
_analyzed = functools.lru_cache(maxsize=4096)(yaml.SafeDumper(io.StringIO(), allow_unicode=True).analyze_scalar)


class _Dumper(yaml.SafeDumper):
    def analyze_scalar(self, scalar: str) -> yaml.emitter.ScalarAnalysis:
        return _analyzed(scalar)

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        return super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _Dumper.represent_text)


def yaml_text(data: object) -> str:
    """Return data as YAML, keys in their order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=False)
