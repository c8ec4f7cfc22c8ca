"""The pieces of an expression, with their places; the texts of all together are the expression."""

from __future__ import annotations

import functools
import re
from typing import Final, NamedTuple

from dashlib.promql import variables
from dashlib.promql.errors import PromQLError

# Possessive quantifiers (`++`, `*+`) keep the time linear: nothing is tried twice. A colon begins a name only before a
# letter, so that the colon of `[1h:1m]` stands alone. The commonest kinds are tried first.

#: To be built into other patterns, too.
STRING: Final = r""""(?:[^"\\\n]++|\\.)*+"|'(?:[^'\\\n]++|\\.)*+'|`[^`]*+`"""

_TOKEN: Final = re.compile(
    rf"""(?P<identifier>(?::(?=[A-Za-z_]))?[A-Za-z_][A-Za-z0-9_:]*+)
    |(?P<space>[ \t\r\n]++)
    |(?P<variable>{variables.PATTERN})
    |(?P<punctuation>[(){{}}\[\],:@])
    |(?P<string>{STRING})
    |(?P<operator>==|!=|=~|!~|>=|<=|[-+*/%^<>=])
    |(?P<duration>(?:[0-9]++(?:ms|[smhdwy]))++)
    |(?P<number>0[xX][0-9A-Fa-f]++|(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)
    |(?P<comment>\#[^\r\n]*+)
    |(?P<unknown>.)""",
    re.VERBOSE | re.DOTALL,
)
GROUPINGS: Final = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
BINARY_WORDS: Final = frozenset({"and", "or", "unless", "atan2"})
_RESERVED: Final = {"inf": "number", "nan": "number"} | dict.fromkeys(
    GROUPINGS | BINARY_WORDS | {"bool", "offset"}, "keyword"
)

# Compiled when first needed, as few expressions have escapes.
_ESCAPE: Final = rb"(?s)\\(?:x([0-9A-Fa-f]{2})|([0-7]{3})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))"
_ESCAPED: Final = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}

_QUOTING: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


class Token(NamedTuple):
    """One piece of an expression; the texts of all tokens together are the expression.

    Attributes:
        kind: `space`, `comment`, `identifier`, `keyword`, `number` (`Inf` and `NaN` too), `duration`, `string` (with
            its quotes), `operator`, `punctuation` (brackets, comma, colon, `@`), or `variable` (a Grafana variable).
            Kinds are lexical: aggregation operators and function names are identifiers, and a label called `on` is
            still a keyword.
        text: the characters as written.
        start: offset of the first character.
        end: offset behind the last character.
    """

    kind: str
    text: str
    start: int
    end: int


# What `Token(…)` does, without the function of Python's that a named tuple has for it: a third of the time.
_token = functools.partial(tuple.__new__, Token)


def tokenize(expression: str) -> tuple[Token, ...]:
    """Split an expression into tokens without losing a character.

    Args:
        expression: PromQL with Grafana variables.

    Returns:
        The tokens; their texts together are the expression.

    Raises:
        PromQLError: A string is not closed, or a character is none of PromQL's.
    """
    words: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(expression):
        kind, text = match.lastgroup or "", match[0]
        start, end = end, match.end()
        if kind == "identifier":
            kind = _RESERVED.get(text.lower(), kind)
        elif kind == "unknown":
            quote = text in {'"', "'", "`"}
            reason = f"the string that begins with {text} is not closed" if quote else f"unexpected character {text!r}"
            if text in "./" and words and words[-1].kind == "identifier":
                reason += '; a name with such characters is quoted: {__name__="my.metric"}, {"my.label"="x"}'
            raise PromQLError(reason, expression, start)
        words.append(_token((kind, text, start, end)))
    return tuple(words)


def quoted(value: str) -> str:
    """Return a value as a string of PromQL."""
    return f'"{value.translate(_QUOTING)}"'


def is_plain_label(name: str) -> bool:
    """Tell whether a label's name can be written as a word, as in every version of Prometheus."""
    return name.isascii() and name.isidentifier()


@functools.cache  # the labels of a project are few
def label_text(name: str) -> str:
    """Return a label's name as PromQL writes it: a word, a variable, or in quotes, which Prometheus 3 knows."""
    return name if is_plain_label(name) or "$" in name or "[[" in name else quoted(name)


def unquoted(text: str) -> str:
    """Return the value of a string as written in PromQL (Go's escapes; none in a raw string)."""
    if text[0] == "`" or "\\" not in text:
        return text[1:-1]

    def unescaped(match: re.Match[bytes]) -> bytes:
        byte, octal, short, long, one = match.groups()
        if one is not None:
            return _ESCAPED.get(one, one)
        if byte is not None or octal is not None:
            return bytes([int(byte, 16) if byte is not None else int(octal, 8) & 255])
        code = int(short or long, 16)
        return chr(code if code <= 0x10FFFF else 0xFFFD).encode(errors="replace")  # noqa: PLR2004 - end of Unicode

    return re.sub(_ESCAPE, unescaped, text[1:-1].encode(errors="replace")).decode(errors="replace")
