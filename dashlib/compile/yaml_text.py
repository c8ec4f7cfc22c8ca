"""YAML as people write rule files: long texts as blocks, lists indented, no aliases.

What rule files are full of is written here, just as PyYAML would write it; PyYAML itself writes everything else. It
looks at every character and makes three objects of every value: by it alone, rule files cost twice as much. Its import
costs a twentieth of a build of this project, which needs it for nothing else.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    import yaml

# No line is broken: a rule's expression stays one.
_WIDTH = 1_000_000
_TEXT = "tag:yaml.org,2002:str"
# A text of this form stands as it is, unless it reads as another type (`yes`, `5`).
_PLAIN = re.compile(r'[A-Za-z0-9/_($^;=\\](?:[ -"$-9;-~]|:(?! )|(?<! )#)*(?<![ :])')
# One of this form stands in single quotes: nothing in it has to be escaped, and its beginning would mean something.
_QUOTED = re.compile(r"""[,[\]{}#&*!|>'"%@`][ -~]*(?<! )""")
_WORDS: Final = frozenset(
    spelled
    for word in ("yes", "no", "on", "off", "true", "false", "null")
    for spelled in (word, word.capitalize(), word.upper())
) | {"="}
# What begins with a digit: a whole number or time of day reads as a number, what has a character that no number or date
# has reads as a text, and PyYAML decides about the rest.
_NUMBER = re.compile(r"0|[1-9][0-9]*(?::[0-5][0-9])?")
_NO_NUMBER = re.compile(r"[0-9].*[^0-9a-fA-FxoTtZ_.:+ -]|0[0-9]:[0-5][0-9]$")
# And one of this form is a block as it is, if all of it can be seen: no line ends with a space, and at most one break
# ends it. What can be seen is asked of `str`: to compile a range of characters, Python looks at each of them.
_BLOCK = re.compile(r"(?:.*[^\n ]\n+)*.*[^\n ]\n?")
_BREAKS = "\n\x85\u2028\u2029"
_LONGEST_KEY = 120  # a longer one stands behind a question mark


def yaml_text(data: object) -> str:
    """Return JSON-like data as YAML, keys in their order."""
    if not data or not isinstance(data, (dict, list)) or not _has_simple_keys(data):
        return _dumped(data)
    pieces: list[str] = []
    _lay_out(data, "", pieces.append)
    text = "".join(pieces)
    # Empty lines at the end belong to the last text, which the end of the document has to say.
    return f"{text}...\n" if text[-2] in _BREAKS else text


def _lay_out(value: object, indent: str, write: Callable[[str], None]) -> None:
    """Write a value whose first line begins behind an indent that is written already."""
    inner = f"{indent}  "
    if value and isinstance(value, dict) and _has_simple_keys(value):
        begin = ""
        for key, item in value.items():
            write(f"{begin}{_text(key)[:-1]}:")
            if item and isinstance(item, (dict, list)):
                write(f"\n{inner}")
                _lay_out(item, inner, write)
            else:
                write(f" {_whole(item, indent)}")
            begin = indent
    elif value and isinstance(value, list):
        begin = "- "
        for item in value:
            write(begin)
            _lay_out(item, inner, write)
            begin = f"{indent}- "
    else:
        write(_whole(value, indent[2:]))


def _whole(value: object, indent: str) -> str:
    if isinstance(value, int):
        return f"{value}\n".lower()
    text = _text(value) if isinstance(value, str) else _by_pyyaml(value)
    return _indented(text, indent)


def _has_simple_keys(value: dict[str, object] | list[object]) -> bool:
    return isinstance(value, list) or all(0 < len(key) <= _LONGEST_KEY and key.isprintable() for key in value)


def _indented(text: str, indent: str) -> str:
    """Return a string with an indent before each line but the first and those that are empty."""
    breaks = "\n" if text.isascii() else _BREAKS  # a pattern with all of them takes long to compile
    return re.sub(f"(?<=[{breaks}])(?=[^{breaks}])", indent, text)


@functools.lru_cache(maxsize=4096)
def _text(text: str) -> str:
    """Return a string as it is written in a list, with its last line break. Documents say `severity` many times."""
    if "\n" in text and _BLOCK.fullmatch(text) and text.replace("\n", "").isprintable():
        indented = "2" if text[0] == " " else ""
        ends = f"|{indented}\n" if text.endswith("\n") else f"|{indented}-\n"
        return _indented(ends + text.removesuffix("\n"), "  ") + "\n"
    if _PLAIN.fullmatch(text) and (not text[0].isdigit() or _NO_NUMBER.match(text)):
        return f"'{text}'\n" if text in _WORDS else f"{text}\n"
    if _NUMBER.fullmatch(text):
        return f"'{text}'\n"
    if _QUOTED.fullmatch(text):
        return "'" + text.replace("'", "''") + "'\n"
    return _by_pyyaml(text)


def _by_pyyaml(value: object) -> str:
    """Return what PyYAML writes of a value that is the item of a list, from behind its dash on."""
    return _dumped([value, 0]).removeprefix("- ").removesuffix("- 0\n")


def _dumped(data: object) -> str:
    import yaml

    return yaml.dump(
        data, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False
    )


@functools.cache
def _dumper() -> type[yaml.SafeDumper]:
    import yaml

    class Dumper(yaml.SafeDumper):
        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
            return super().increase_indent(flow, indentless=False)

        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
            return True

        def represent_text(self, text: str) -> yaml.ScalarNode:
            return self.represent_scalar(_TEXT, text, style="|" if "\n" in text else None)

    Dumper.add_representer(str, Dumper.represent_text)
    return Dumper
