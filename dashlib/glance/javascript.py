"""Numbers, texts and regular expressions as a browser treats them, where Python differs."""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from dashlib.glance.answers import GlanceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# What a field holds: JavaScript's null and undefined are None.
Value: TypeAlias = float | str | bool | list["Value"] | None

_Item = TypeVar("_Item")

_DECIMAL_POINT_LEAST, _DECIMAL_POINT_MOST = -6, 21
_EXACT_INTEGERS = 2.0**53
_HALF = 0.5


def number_text(value: float) -> str:
    """Return a number as JavaScript's `String(value)`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    if abs(value) < _EXACT_INTEGERS and value == int(value):
        return str(int(value))
    written = repr(float(value))
    if "e" not in written and not written.endswith(".0"):
        return written
    number = Decimal(written).normalize()
    digits = "".join(map(str, number.as_tuple().digits))
    point = number.adjusted() + 1
    if point > _DECIMAL_POINT_MOST or point < _DECIMAL_POINT_LEAST + 1:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        text = f"{mantissa}e{point - 1:+d}"
    elif point <= 0:
        text = "0." + "0" * -point + digits
    elif point >= len(digits):
        text = digits + "0" * (point - len(digits))
    else:
        text = digits[:point] + "." + digits[point:]
    return "-" + text if value < 0 else text


def text_of(value: Value) -> str:
    """Return a value as lodash's `toString`: null is empty, -0 is "-0"."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(text_of(item) for item in value)
    return "-0" if value == 0 and math.copysign(1, value) < 0 else number_text(value)


def key_of(value: Value) -> str:
    """Return a value as JavaScript writes it as an object's key, or in a template: null is "null"."""
    if value is None:
        return "null"
    if isinstance(value, float):
        return number_text(value)
    return text_of(value)


_NUMBER = re.compile(r"[+-]?(Infinity|\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?)", re.ASCII)
_OTHER_BASE = re.compile(r"0[bB][01]+|0[oO][0-7]+|0[xX][0-9a-fA-F]+")


def to_number(value: Value) -> float:
    """Return a value as a number, NaN if it is not one: a string must be a number as a whole."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return float(value)
    if value is None or value == "" or isinstance(value, list):
        return math.nan
    text = value.strip()
    if not text:
        return 0.0
    if _OTHER_BASE.fullmatch(text):
        return float(int(text, 0))
    return parse_float(text) if _NUMBER.fullmatch(text) else math.nan


def parse_float(value: Value) -> float:
    """Return the number that a value begins with (`parseFloat`), NaN where it begins with none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = _NUMBER.match(text_of(value).strip())
    return float(match[0].replace("Infinity", "inf")) if match else math.nan


def round_number(value: float) -> float:
    """Return the nearest whole number, halves upwards (`Math.round`)."""
    if not math.isfinite(value) or abs(value) >= _EXACT_INTEGERS:
        return value
    below = math.floor(value)
    return float(below + 1 if value - below >= _HALF else below)


def power(base: float, exponent: float) -> float:
    """Return a power, infinity where it is too large."""
    try:
        return float(base**exponent)
    except OverflowError:
        return math.inf


def half_up(value: float, decimals: int) -> Decimal:
    """Return the value as it is written, rounded to so many decimals, halves away from zero."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


@functools.lru_cache(maxsize=256)
def regular_expression(pattern: str) -> re.Pattern[str]:
    """Return a pattern as Grafana reads it: `/…/i` is searched for, anything else is the whole text.

    Raises:
        GlanceError: it is not a regular expression, or one that Python cannot read.
    """
    flags = 0
    body = f"^{pattern}$"
    if pattern.startswith("/"):
        match = re.fullmatch(r"/(.*?)/(g?i?m?y?s?)", pattern, re.DOTALL)
        if match is None:
            raise GlanceError(f"{pattern!r} is not a regular expression in Grafana's syntax: /…/ or /…/i")
        body = match[1]
        letters = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
        for letter in match[2]:
            flags |= letters.get(letter, 0)
    try:
        return re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", body), flags)
    except re.error as error:
        raise GlanceError(f"cannot parse the regular expression {pattern!r}: {error}") from None


def replaced(pattern: re.Pattern[str], replacement: str, text: str, *, every: bool) -> str:
    """Return the text with the match replaced, `$1` standing for its first group (`String.replace`)."""

    def expand(match: re.Match[str]) -> str:
        def group(reference: re.Match[str]) -> str:
            if reference[1] == "$":
                return "$"
            if reference[1] == "&":
                return match[0]
            number = int(reference[1])
            return (match[number] or "") if 1 <= number <= (match.re.groups) else reference[0]

        return re.sub(r"\$(\$|&|\d{1,2})", group, replacement)

    return pattern.sub(expand, text, count=0 if every else 1)


def sorted_by(items: Iterable[_Item], compare: Callable[[_Item, _Item], float]) -> list[_Item]:
    """Return the items in the order of a comparison; what compares as NaN counts as equal, as in a browser."""

    def order(left: _Item, right: _Item) -> int:
        result = compare(left, right)
        return -1 if result < 0 else int(result > 0)

    return sorted(items, key=functools.cmp_to_key(order))


# The order of ASCII's punctuation in Unicode's collation; digits and letters follow.
_PUNCTUATION = "\t\n\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"


@functools.lru_cache(maxsize=4096)
def collation_key(text: str, *, numeric: bool) -> tuple[tuple[int, int], ...]:
    """Return the sort key of a string: `Intl.Collator("en", {sensitivity: "base"})` ignores case and accents.

    Args:
        text: the text.
        numeric: order runs of digits by their number.
    """
    key: list[tuple[int, int]] = []
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    for part in re.findall(r"\d+|\D", plain) if numeric else plain:
        if part.isdecimal():
            key.append((1, int(part)))
        elif part in _PUNCTUATION:
            key.append((0, _PUNCTUATION.index(part)))
        else:
            key.append((2, ord(part)))
    return tuple(key)


def compare_texts(left: str, right: str, *, numeric: bool = False) -> int:
    """Return -1, 0 or 1: which of two texts a browser sorts first, case and accents aside."""
    if left == right:
        return 0
    a, b = collation_key(left, numeric=numeric), collation_key(right, numeric=numeric)
    return -1 if a < b else int(a > b)


def sorted_numbers(values: Sequence[float]) -> list[float]:
    """Return numbers as `sort((a, b) => a - b)` does; NaN is equal to everything."""
    if all(isinstance(value, float) and not math.isnan(value) for value in values):
        return sorted(values)
    return sorted_by(values, lambda left, right: to_number(left) - to_number(right))
