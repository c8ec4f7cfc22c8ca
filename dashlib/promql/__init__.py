"""PromQL: what an expression says, where it says it, and whether Prometheus takes it.

`promql_parser` (Prometheus' grammar, in Rust) decides whether an expression is valid and gives the tree. It has no
positions and knows no Grafana variables, so a small lossless tokenizer stands in front of it: it gives the positions,
and puts a stand-in of equal length where a variable is (`$connector`, `${connector:regex}`, `[[connector]]`,
`$__rate_interval`). What the author wrote is what is emitted; nothing here reformats an expression.

PromQL is kept to what Prometheus 2.42 accepts and what still means the same in 3.x. `parse` refuses the rest and names
the version that brought it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from attrs import field, frozen

from dashlib.errors import DashlibError
from dashlib.promql import variables as grafana_variables

if TYPE_CHECKING:
    from collections.abc import Iterable

    import promql_parser

    from dashlib.sources import Source

MAX_NESTING: Final = 200
"""Brackets inside one another: the Rust parser recurses, and a stack overflow would take the interpreter with it."""
MAX_OPERATORS: Final = 250
"""Operators that follow one another, with those around their brackets: the tree is as deep as their chain."""
MAX_OPERATORS_IN_ALL: Final = 2000
"""Operators in one expression: each look into the tree copies what lies below."""
_WINDOW: Final = 60
"""Characters shown on either side of the caret."""
_LARGEST_DURATION: Final = (2**63 - 1) / 1e9

# Possessive quantifiers (`++`, `*+`) keep the time linear: nothing is tried twice. A colon begins a name only before a
# letter, so that the colon of `[1h:1m]` stands alone. The commonest kinds are tried first.
_TOKEN: Final = re.compile(
    rf"""(?P<identifier>(?::(?=[A-Za-z_]))?[A-Za-z_][A-Za-z0-9_:]*+)
    |(?P<space>[ \t\r\n]++)
    |(?P<variable>{grafana_variables.PATTERN})
    |(?P<punctuation>[(){{}}\[\],:@])
    |(?P<string>"(?:[^"\\\n]++|\\.)*+"|'(?:[^'\\\n]++|\\.)*+'|`[^`]*+`)
    |(?P<operator>==|!=|=~|!~|>=|<=|[-+*/%^<>=])
    |(?P<duration>(?:[0-9]++(?:ms|[smhdwy]))++)
    |(?P<number>0[xX][0-9A-Fa-f]++|(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)
    |(?P<comment>\#[^\r\n]*+)
    |(?P<unknown>.)""",
    re.VERBOSE | re.DOTALL,
)
_GROUPINGS: Final = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_BINARY_WORDS: Final = frozenset({"and", "or", "unless", "atan2"})
_RESERVED: Final = {"inf": "number", "nan": "number"} | dict.fromkeys(
    _GROUPINGS | _BINARY_WORDS | {"bool", "offset"}, "keyword"
)
_NAMES: Final = frozenset({"identifier", "keyword", "variable"})
_WORDS: Final = _NAMES | {"number", "duration"}
_IN_RANGE: Final = frozenset({"duration", "number", "variable"})
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}

_NEWER_FUNCTIONS: Final = {
    "histogram_stddev": "2.47",
    "histogram_stdvar": "2.47",
    "mad_over_time": "2.49",
    "sort_by_label": "2.49",
    "sort_by_label_desc": "2.49",
    "histogram_avg": "2.51",
    "limitk": "2.54",
    "limit_ratio": "2.54",
    "info": "2.55",
    "double_exponential_smoothing": "3.0",
    "ts_of_min_over_time": "3.5",
    "ts_of_max_over_time": "3.5",
    "ts_of_last_over_time": "3.5",
    "step": "3.6",
    "first_over_time": "3.7",
    "ts_of_first_over_time": "3.7",
    "fill": "3.10",
    "fill_left": "3.10",
    "fill_right": "3.10",
    "histogram_quantiles": "3.11",
    "start": "3.12",
    "end": "3.12",
    "range": "3.12",
    "start_timestamp": "3.12",
    "max_of": "3.13",
    "min_of": "3.13",
}
_NEWER: Final = _NEWER_FUNCTIONS.keys() | {"holt_winters", "anchored", "smoothed"}
_SCALAR_ARGUMENTS: Final = {
    "topk": (0,),
    "bottomk": (0,),
    "quantile": (0,),
    "clamp": (1, 2),
    "clamp_max": (1,),
    "clamp_min": (1,),
    "histogram_fraction": (0, 1),
    "histogram_quantile": (0,),
    "predict_linear": (1,),
    "quantile_over_time": (0,),
    "round": (1,),
    "vector": (0,),
}
_DURATION: Final = re.compile("".join(f"(?:([0-9]+){unit})?" for unit in ("y", "w", "d", "h", "m", "s", "ms")))
_UNIT_SECONDS: Final = (31_536_000.0, 604_800.0, 86_400.0, 3_600.0, 60.0, 1.0, 0.001)

# Compiled when first needed, as few expressions have escapes.
_ESCAPE: Final = rb"(?s)\\(?:x([0-9A-Fa-f]{2})|([0-7]{3})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))"
_ESCAPED: Final = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}

_QUOTING: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


class PromQLError(DashlibError):
    """An expression that Prometheus 2.42 would not take, or that means something else in Prometheus 3.

    Attributes:
        expression: the whole expression as it was written.
        position: 0-based offset of the mistake in it, or the best guess.
        reason: what is wrong, without the place.
    """

    def __init__(self, reason: str, expression: str, position: int, source: Source | None = None) -> None:
        """Build the message: the reason, the line of the expression, and a caret under the place."""
        position = max(0, min(position, len(expression)))
        start = expression.rfind("\n", 0, position) + 1
        end = expression.find("\n", position)
        end = len(expression) if end < 0 else end
        left, right = max(start, position - _WINDOW), min(end, position + _WINDOW)
        before = ("…" if left > start else "") + expression[left:position]
        after = expression[position:right] + ("…" if right < end else "")
        caret = re.sub(r"[^\t]", " ", before) + "^"
        super().__init__(f"{reason}\n  {before}{after}\n  {caret}", source)
        self.expression = expression
        self.position = position
        self.reason = reason

    def __reduce__(self) -> tuple[type[PromQLError], tuple[str, str, int, Source | None]]:
        """Return what rebuilds the error in another process (`args` holds only the message)."""
        return type(self), (self.reason, self.expression, self.position, self.source)


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


class Matcher(NamedTuple):
    """One label matcher.

    Attributes:
        label: label name (may hold a Grafana variable).
        operator: `=`, `!=`, `=~` or `!~`.
        value: the value without quotes and escapes.
    """

    label: str
    operator: str
    value: str


class Selector(NamedTuple):
    """One vector selector in the text.

    Attributes:
        metric: metric name as written, variables included; empty when there are only matchers. A `__name__` matcher
            stays among the matchers.
        matchers: label matchers in the order written.
        start: offset of the name, or of the brace when there is no name.
        end: offset behind name and braces, before range, `offset` and `@`.
        name_end: offset behind the metric name (`start` when there is none).
        open_brace: offset of `{`, if there is one.
        range: text between `[` and `]` of a range selector, otherwise None. The brackets of a subquery
            (`x[1h:1m]`) belong to the subquery, not to the selector.
        end_of_modifiers: offset behind range, `offset` and `@`.
        call: for a range selector, the span of the innermost function call that takes it: from the function's name to
            behind its closing parenthesis.
    """

    metric: str
    matchers: tuple[Matcher, ...]
    start: int
    end: int
    name_end: int
    open_brace: int | None
    range: str | None
    end_of_modifiers: int
    call: tuple[int, int] | None


class _Word(NamedTuple):
    """A token inside this module: a plain tuple is built several times faster than an attrs class."""

    kind: str
    text: str
    start: int
    end: int


@frozen
class _Layout:
    """Words without space and comments, and how brackets order them.

    Attributes:
        expression: the text.
        words: the words; a run of glued tokens that holds a variable (`${prefix}_total`, `${n}m`) is one `variable`.
        opened: for each word, the index of the innermost bracket it is in (-1: none); for a closing bracket, its own
            opening one.
        argument: for each word, the number of commas before it within that bracket.
        closes: index of each opening bracket to that of its closing one.
        roles: what a variable stands for, by its index, where that is more than a name, a number or a duration.
    """

    expression: str
    words: list[_Word]
    opened: list[int] = field(factory=list)
    argument: list[int] = field(factory=list)
    closes: dict[int, int] = field(factory=dict)
    roles: dict[int, str] = field(factory=dict)

    def text(self, index: int) -> str:
        """Return the word at an index in lower case, or nothing outside the expression."""
        return self.words[index].text.lower() if 0 <= index < len(self.words) else ""

    def kind(self, index: int) -> str:
        """Return the kind of the word at an index, or nothing outside the expression."""
        return self.words[index].kind if 0 <= index < len(self.words) else ""

    def bracket(self, index: int) -> str:
        """Return the innermost bracket that the word at an index is in, or nothing."""
        return self.text(self.opened[index])

    def is_binary(self, index: int) -> bool:
        """Return whether a word is an operator between two operands, by its looks."""
        return self.kind(index) == "operator" or self.text(index) in _BINARY_WORDS

    def caller(self, opener: int) -> str:
        """Return the function or aggregation whose arguments a bracket holds; nothing for plain parentheses."""
        before = opener - 1
        if self.text(before) == ")" and self.text(self.opened[before] - 1) in {"by", "without"}:
            before = self.opened[before] - 2  # sum by (a) (…)
        return self.text(before) if self.kind(before) == "identifier" else ""


FUNCTION: Final = "chosen function"
OPERATOR: Final = "chosen operator"
CLAUSE: Final = "chosen clause"
"""What a variable may stand for in an expression, by its place: `$fn(x[5m])`, `x $op 5`, `sum(x) $grouping`."""
_MATCHERS: Final = "chosen matchers"
_VALUE: Final = "chosen value"
_QUOTED_FORMATS: Final = frozenset({"doublequote", "singlequote"})


def chosen_parts(expression: str) -> dict[int, tuple[str, int]]:
    """Return the variables that stand for a function, an operator or a clause: what, and where it ends, by its start.

    Args:
        expression: PromQL with Grafana variables.

    Raises:
        PromQLError: a string or bracket is not closed, or a character is none of PromQL's.
    """
    layout = _arrange(expression)
    return {
        layout.words[index].start: (role, layout.words[index].end)
        for index, role in layout.roles.items()
        if role in {FUNCTION, OPERATOR, CLAUSE} and layout.bracket(index) != "{"
    }


def tokenize(expression: str) -> tuple[Token, ...]:
    """Split an expression into tokens without losing a character.

    Args:
        expression: PromQL with Grafana variables.

    Returns:
        The tokens; their texts together are the expression.

    Raises:
        PromQLError: A string is not closed, or a character is none of PromQL's.
    """
    return tuple(Token(*word) for word in _lex(expression))


@lru_cache(maxsize=4096)
def parse(expression: str) -> promql_parser.Expr:
    """Parse an expression as Prometheus 2.42 would, with stand-ins for Grafana variables.

    A variable stands for a duration in a range, a subquery or an offset, for a number behind `@` and where a function
    takes a scalar, for a function before parentheses, for an operator between operands, for a clause behind one
    (`sum(x) $grouping`, `x $offset`), for matchers where it stands alone in braces, and for a name anywhere else.

    Args:
        expression: PromQL with Grafana variables.

    Returns:
        The tree; names in it that were variables are stand-ins. It is cached: do not change it.

    Raises:
        PromQLError: Prometheus 2.42 would not take the expression, or Prometheus 3 would not.
    """
    layout = _arrange(expression)
    chains = [0]  # how many operators stand before, in each bracket that is open
    deep = in_all = 0
    for index, word in enumerate(layout.words):
        kind, text = word.kind, word.text.lower()
        if kind == "punctuation" and text != ":":
            if text in "([{":
                chains.append(0)
            elif text in ")]}" and len(chains) > 1:
                deep -= chains.pop()
            continue
        objection = _objection(layout, index, kind, text)
        if (kind == "operator" or text in _BINARY_WORDS) and layout.bracket(index) != "{":  # a matcher's makes no tree
            chains[-1] += 1
            deep, in_all = deep + 1, in_all + 1
            if deep > MAX_OPERATORS:
                objection = f"more than {MAX_OPERATORS} operators in a row"
            elif in_all > MAX_OPERATORS_IN_ALL:
                objection = f"more than {MAX_OPERATORS_IN_ALL} operators in one expression"
        if objection is not None:
            raise PromQLError(objection, expression, word.start)
    tree = _parse_text(_text_for_parser(layout))
    if isinstance(tree, str):
        raise _located(layout, tree)
    return tree


@lru_cache(maxsize=4096)
def selectors(expression: str) -> tuple[Selector, ...]:
    """Return the vector selectors of an expression in order of appearance.

    A variable that stands alone beside an operator (`x > $threshold`) is taken for a number, not for a selector;
    `$metric{…}`, `$metric[5m]` and `sum($metric)` are selectors.

    Args:
        expression: PromQL with Grafana variables.

    Returns:
        The selectors.

    Raises:
        PromQLError: The expression is not valid.
    """
    parse(expression)  # what follows relies on a valid expression
    layout = _arrange(expression)
    found: list[Selector] = []
    operand = True  # whether an operand is due: tells the metric `and` from the operator
    index = 0
    while index < len(layout.words):
        kind, text = layout.words[index].kind, layout.text(index)
        following = layout.text(index + 1)
        step = 1
        if text in _GROUPINGS and following == "(":
            step = layout.closes[index + 1] + 1 - index
        elif text in {"bool", "group_left", "group_right"}:
            pass  # an operand is due as before
        elif index in layout.roles:
            operand = layout.roles[index] == OPERATOR or (operand and layout.roles[index] == FUNCTION)
        elif layout.roles.get(index + 1) == CLAUSE and layout.text(index + 2) == "(" and operand:
            pass  # sum $grouping (x)
        elif text == "[":
            step = layout.closes[index] + 1 - index  # a subquery
        elif text == "@" or (text == "offset" and not operand):
            step = _behind_modifier(layout, index) - index
        elif text == "{" or (kind in _NAMES and _is_metric(layout, index, operand=operand)):
            selector, end = _selector(layout, index)
            found.append(selector)
            step, operand = end - index, False
        else:
            operand = kind == "operator" or text in _BINARY_WORDS | {"(", ","}
        index += step
    return tuple(found)


def duration_seconds(text: str) -> float:
    """Return the seconds of a Prometheus duration such as `5m`, `1h30m` or `500ms`.

    Args:
        text: the duration: whole numbers with the units y, w, d, h, m, s, ms, in this order, each at most once; or `0`.

    Returns:
        The seconds.

    Raises:
        ValueError: The text is not a duration.
    """
    match = _DURATION.fullmatch(text)
    if text != "0" and (not text or match is None):
        raise ValueError(
            f"{text[:80]!r} is not a Prometheus duration: write whole numbers with the units y, w, d, h, m, s, ms in "
            "this order, each at most once, such as 5m, 1h30m or 500ms."
        )
    counts = match.groups() if match is not None else ()
    seconds = sum(float(count) * unit for count, unit in zip(counts, _UNIT_SECONDS, strict=False) if count)
    if seconds > _LARGEST_DURATION:
        raise ValueError(f"The duration {text[:80]!r} is too long for Prometheus: write at most 292y.")
    return round(seconds, 3)


def format_matchers(matchers: Iterable[Matcher]) -> str:
    """Write matchers as PromQL, braces included: `{a="b",c=~"d"}`; nothing for no matchers."""
    written = ",".join(f'{one.label}{one.operator}"{one.value.translate(_QUOTING)}"' for one in matchers)
    return f"{{{written}}}" if written else ""


def _lex(expression: str) -> list[_Word]:
    """Return all tokens, space and comments included."""
    words: list[_Word] = []
    end = 0
    for match in _TOKEN.finditer(expression):
        kind, text = match.lastgroup or "", match[0]
        start, end = end, end + len(text)
        if kind == "identifier":
            kind = _RESERVED.get(text.lower(), kind)
        elif kind == "unknown":
            quote = text in {'"', "'", "`"}
            reason = f"the string that begins with {text} is not closed" if quote else f"unexpected character {text!r}"
            raise PromQLError(reason, expression, start)
        words.append(_Word(kind, text, start, end))
    return words


def _glue(words: list[_Word]) -> list[_Word]:
    """Return words with each run of glued ones that holds a variable as one `variable`."""
    glued: list[_Word] = []
    last = _Word("", "", -1, -1)
    for word in words:
        if (
            last.end == word.start
            and (word.kind == "variable" or last.kind == "variable")
            and word.kind in _WORDS
            and last.kind in _WORDS
        ):
            last = glued[-1] = _Word("variable", last.text + word.text, last.start, word.end)
        else:
            last = word
            glued.append(word)
    return glued


@lru_cache(maxsize=16)  # `selectors` asks for what `parse` has just had
def _arrange(expression: str) -> _Layout:
    """Return the words with their brackets, for reading only; raise for brackets that do not match or are too many."""
    words = [word for word in _lex(expression) if word.kind not in {"space", "comment"}]
    layout = _Layout(expression, _glue(words) if grafana_variables.has_variable(expression) else words)
    stack: list[int] = [-1]
    commas = [0]
    for index, (kind, text, start, _) in enumerate(layout.words):
        layout.opened.append(stack[-1])
        layout.argument.append(commas[-1])
        if kind != "punctuation":
            continue
        if text == ",":
            commas[-1] += 1
        elif text in _CLOSING:
            stack.append(index)
            commas.append(0)
            if len(stack) > MAX_NESTING:
                raise PromQLError(f"brackets are nested more than {MAX_NESTING} deep", expression, start)
        elif text in {")", "]", "}"}:
            if _CLOSING.get(layout.text(stack[-1])) != text:
                raise PromQLError(f"{text!r} closes nothing", expression, start)
            layout.closes[stack.pop()] = index
            commas.pop()
    if len(stack) > 1:
        left = layout.words[stack[-1]]
        raise PromQLError(f"{left.text!r} is not closed", expression, left.start)
    if any(word.kind == "variable" for word in layout.words):
        _give_roles(layout)
    return layout


def _give_roles(layout: _Layout) -> None:  # noqa: PLR0912  # one for each kind of word
    """Tell by their places which variables stand for a function, an operator, a clause, matchers or a quoted value."""
    operand = True  # whether an operand is due
    index = 0
    while index < len(layout.words):
        text, kind, following = layout.text(index), layout.kind(index), layout.text(index + 1)
        is_called = following == "(" or (following in {"by", "without"} and layout.text(index + 2) == "(")
        step = 1
        if text in _GROUPINGS and following == "(":
            step = layout.closes[index + 1] + 1 - index
        elif text in {"{", "["}:
            if text == "{":
                _give_roles_to_matchers(layout, index)
            step, operand = layout.closes[index] + 1 - index, False
        elif text in {"bool", "group_left", "group_right"}:
            pass
        elif text in {"offset", "@"} and not operand:
            step = _behind_modifier(layout, index) - index
        elif kind == "variable":
            if operand and is_called:
                layout.roles[index] = FUNCTION
            elif not operand:
                operand = following not in {"", ")", ",", "[", "offset", "@"} and (
                    not layout.is_binary(index + 1) or following in {"+", "-"}
                )
                layout.roles[index] = OPERATOR if operand else CLAUSE
            else:
                operand = False
        elif kind == "identifier" and operand and is_called:
            pass
        elif kind == "identifier" and layout.kind(index + 1) == "variable" and layout.text(index + 2) == "(":
            layout.roles[index + 1] = CLAUSE  # sum $grouping (x)
            step = 2
        else:
            operand = layout.is_binary(index) or text in {"(", ","}
        index += step


def _give_roles_to_matchers(layout: _Layout, opener: int) -> None:
    """Tell which variables stand for whole matchers, an operator or a quoted value in braces."""
    for index in range(opener + 1, layout.closes[opener]):
        if layout.kind(index) != "variable":
            continue
        before, following = layout.text(index - 1), layout.text(index + 1)
        if before in {"{", ","} and following in {"}", ","}:
            layout.roles[index] = _MATCHERS
        elif layout.kind(index - 1) == "string" and following in {"}", ","}:
            layout.roles[index] = CLAUSE  # job="a"$more, which brings its comma along
        elif layout.kind(index - 1) in _NAMES and layout.kind(index + 1) == "string":
            layout.roles[index] = OPERATOR
        elif layout.kind(index - 1) == "operator":
            found = grafana_variables.reference_of(layout.words[index].text)
            if found is not None and found.format in _QUOTED_FORMATS:
                layout.roles[index] = _VALUE


def _function_for(layout: _Layout, index: int) -> str:
    """Return a function that takes what is between the parentheses behind a variable."""
    opener = index + 1
    while layout.text(opener) != "(" or layout.text(opener - 1) in _GROUPINGS:
        opener = layout.closes[opener] + 1 if layout.text(opener) == "(" else opener + 1
    closer = layout.closes[opener]
    ends = [at for at in range(opener + 1, closer) if layout.opened[at] == opener and layout.text(at) == ","]
    ranges = [_is_range(layout, end - 1) for end in (*ends, closer)]
    if opener != index + 1 or (not any(ranges) and len(ranges) == 1):
        return "sum" if len(ranges) == 1 else "topk"
    if len(ranges) == 1:
        return "rate"
    if any(ranges):
        return "predict_linear" if ranges[0] else "quantile_over_time"
    return "topk" if ends[0] == opener + 2 else "clamp_max"


def _is_range(layout: _Layout, last: int) -> bool:
    """Return whether an argument that ends at a word is a range: `x[5m]`, `x[5m] offset 1h`."""
    if layout.text(last) == "]" or layout.roles.get(last) == CLAUSE:
        return layout.text(last) == "]" or layout.text(last - 1) == "]"
    return layout.text(last - 1) in {"offset", "@"} and layout.text(last - 2) == "]"


def _place(layout: _Layout, index: int) -> str:
    """Return what a word stands for by its place: `label`, `duration`, `timestamp`, or `expression`."""
    bracket = layout.bracket(index)
    if bracket == "[":
        return "duration"
    if bracket == "{" or (bracket and layout.text(layout.opened[index] - 1) in _GROUPINGS):
        return "label"
    before = index - 2 if layout.text(index - 1) in {"+", "-"} else index - 1
    return {"offset": "duration", "@": "timestamp"}.get(layout.text(before), "expression")


def _objection(layout: _Layout, index: int, kind: str, text: str) -> str | None:
    """Return why Prometheus 2.42 (or 3) does not take a word that `promql_parser` may take, or None."""
    reason = None
    if kind not in _IN_RANGE and text != ":" and layout.bracket(index) == "[":
        reason = "arithmetic in durations came with Prometheus 3.4: Prometheus 2.42 does not accept it"
    elif text in _NEWER:
        reason = _objection_to_name(layout, index)
    elif kind in {"number", "duration"}:
        reason = _objection_to_literal(layout, index)
    elif kind == "variable":
        reason = _objection_to_variable(layout.words[index].text, _place(layout, index))
    elif kind == "string" and layout.text(index - 1) in {"{", ",", "("} and _place(layout, index) == "label":
        reason = "quoted metric and label names came with Prometheus 3.0: Prometheus 2.42 does not accept them"
    elif text == "or" and layout.bracket(index) == "{" and layout.kind(index - 1) == "string":
        reason = "`or` between matchers is not PromQL (it is VictoriaMetrics' MetricsQL): use =~ or two selectors"
    elif text == ":" and layout.bracket(index) != "[":
        reason = "unexpected ':'"
    return reason


def _objection_to_name(layout: _Layout, index: int) -> str | None:
    """Return why a function or modifier is not for Prometheus 2.42 and 3, or None."""
    name, following = layout.text(index), layout.text(index + 1)
    if name in {"anchored", "smoothed"} and layout.text(index - 1) == "]":
        return f"the modifier {name} came with Prometheus 3.7: Prometheus 2.42 does not accept it"
    if following != "(" and not (name in {"limitk", "limit_ratio"} and following in {"by", "without"}):
        return None
    if name == "holt_winters":
        return "Prometheus 3.0 renamed holt_winters to double_exponential_smoothing: neither name works in 2.42 and 3"
    if name in _NEWER_FUNCTIONS and layout.text(index - 1) != "@":  # @ start() is old
        return f"{name} came with Prometheus {_NEWER_FUNCTIONS[name]}: Prometheus 2.42 does not have it"
    return None


def _objection_to_literal(layout: _Layout, index: int) -> str | None:
    """Return why a number or a duration is none, or cannot stand where it stands, or None."""
    kind, text, _, end = layout.words[index]
    place, following = _place(layout, index), layout.text(index + 1)
    reason = None
    if layout.kind(index + 1) in _WORDS and layout.words[index + 1].start == end:
        reason = f"{text + following!r} is neither a number nor a duration (such as 5m or 1h30m)"
        if re.match("_[0-9]", following):
            reason = "underscores in numbers came with Prometheus 2.54: Prometheus 2.42 does not accept them"
    elif kind == "number" and place == "duration":
        reason = "numbers as durations came with Prometheus 2.54: write a unit, such as 300s or 5m"
    elif kind == "number":
        # beyond 64 bits Prometheus takes no hexadecimal number, and no milliseconds behind @
        hexadecimal = text[:2] in {"0x", "0X"}
        value = int(text, 16) if hexadecimal else float(text)
        limit = 2**63 / 1000 if place == "timestamp" else 2**63 if hexadecimal else float("inf")
        if value >= limit and text[0] in "0123456789.":  # not Inf
            reason = f"the number {text[:80]} is out of range"
    elif place != "duration":
        reason = "durations as numbers came with Prometheus 2.54: write seconds for Prometheus 2.42"
    else:
        try:
            duration_seconds(text)
        except ValueError as error:
            reason = str(error)
    return reason


def _objection_to_variable(text: str, place: str) -> str | None:
    """Return why one of Grafana's own variables cannot stand where it stands, or None."""
    name = _variable_name(text)
    if place == "expression" and name in grafana_variables.DURATIONS:
        return f"{text} is a duration, and durations as numbers came with Prometheus 2.54: use a number of seconds"
    if place == "duration" and name in grafana_variables.NUMBERS:
        unit = "ms" if name.endswith("_ms") else "s"
        return f"{text} is a number, and numbers as durations came with Prometheus 2.54: write ${{{name}}}{unit}"
    return None


def _text_for_parser(layout: _Layout, first: int = 0, behind: int | None = None) -> str:
    """Return the text of words with stand-ins for variables.

    Offsets stay, with one exception: the parser unescapes raw strings, which it should not, so those that hold a
    backslash are quoted anew.
    """
    pieces: list[str] = []
    words = layout.words[first:behind]
    end = words[0].start if first else 0
    for index, (kind, text, start, after) in enumerate(words, first):
        if kind == "variable":
            pieces += layout.expression[end:start], _stand_in(layout, index)
            end = after
        elif text[0] == "`" and "\\" in text:
            pieces += layout.expression[end:start], f'"{text[1:-1].translate(_QUOTING)}"'
            end = after
    pieces.append(layout.expression[end : words[-1].end if behind is not None else None])
    return "".join(pieces)


def _stand_in(layout: _Layout, index: int) -> str:
    """Return a text that is valid where the variable is, as long as it where that is possible."""
    text = layout.words[index].text
    role = layout.roles.get(index)
    if role is not None:
        return _stand_in_for_role(layout, index, role).ljust(len(text))
    place = _place(layout, index)
    if place == "duration":
        # ${n}m: digits before what follows; $interval: a whole duration. Leading zeros fill the length.
        return grafana_variables.replaced(
            text, lambda one: ("1s" if one.end == len(text) else "1").rjust(len(one.text), "0")
        )
    if place == "timestamp" or (place == "expression" and _is_number(layout, index)):
        return grafana_variables.replaced(text, lambda one: "1".rjust(len(one.text), "0"))
    return _name_for(text)


def _stand_in_for_role(layout: _Layout, index: int, role: str) -> str:
    if role == FUNCTION:
        return _function_for(layout, index)
    if role == OPERATOR and layout.bracket(index) == "{":
        return "=~"
    if role == OPERATOR:
        following = layout.text(index + 1)
        return " == " if following == "bool" else " + "
    return {_MATCHERS: 'x="x"', _VALUE: '"x"'}.get(role, "")


def _name_for(text: str) -> str:
    """Return a name of equal length: alike for one variable, different for two (on($a) group_left($b))."""
    return grafana_variables.replaced(text, lambda one: re.sub("[^A-Za-z0-9_]", "_", one.text))


def _variable_name(text: str) -> str:
    """Return the name of the variable that a whole word is; empty where it is none."""
    found = grafana_variables.reference_of(text)
    return found.name if found is not None else ""


def _is_number(layout: _Layout, index: int) -> bool:
    """Return whether a variable in an expression must be a number rather than a metric."""
    text = layout.words[index].text
    if text[0].isdigit() or _variable_name(text) in grafana_variables.NUMBERS:
        return True
    if layout.text(index + 1) in {"{", "[", "(", "offset", "@"}:
        return False
    opener, argument = layout.opened[index], layout.argument[index]
    if argument == 0 and index == opener + 1 and layout.text(index + 1) == "," and _is_called_by_choice(layout, opener):
        return True  # $aggregation($n, x)
    while opener >= 0 and not layout.caller(opener):
        opener, argument = layout.opened[opener], layout.argument[opener]
    return opener >= 0 and argument in _SCALAR_ARGUMENTS.get(layout.caller(opener), ())


def _is_called_by_choice(layout: _Layout, opener: int) -> bool:
    before = opener - 1
    if layout.text(before) == ")" and layout.text(layout.opened[before] - 1) in {"by", "without"}:
        before = layout.opened[before] - 2
    return layout.roles.get(before) == FUNCTION


def _parse_text(text: str) -> promql_parser.Expr | str:
    """Return the parser's tree, or what it has against the text."""
    import promql_parser

    try:
        return promql_parser.parse(text)
    except UnicodeEncodeError:
        return "the expression holds half of a surrogate pair, which is not text"
    except ValueError as error:
        return str(error)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what a Rust panic becomes; it is no Exception
            raise
        return "the parser broke down on this expression"


def _located(layout: _Layout, reason: str) -> PromQLError:
    """Return the error for what the parser said, at the smallest part of the expression it says it of."""
    first, behind = _failing_part(layout, reason)
    place = first
    if reason == "invalid promql query":
        place = next((index for index in range(first, behind) if _is_unexpected(layout, index)), first)
        reason = f"unexpected {layout.words[place].text!r}" if place != first else "this is not a PromQL expression"
    for index in range(first, behind):
        # the parser quotes what it stumbles over: a function, an operator, a label, a regular expression
        kind, text, _, _ = layout.words[index]
        value = _unquoted(text) if kind == "string" else _name_for(text)
        if f"'{value}'" in reason or (value and reason.endswith(f" for {value}")):
            place = index
            break
    for word in layout.words:
        if word.kind == "variable":
            reason = reason.replace(f"'{_name_for(word.text)}'", f"'{word.text}'")
    return PromQLError(reason, layout.expression, layout.words[place].start if layout.words else 0)


def _failing_part(layout: _Layout, reason: str) -> tuple[int, int]:
    """Return first word and word behind of the smallest bracketed part that the parser refuses for the same reason."""
    parts: list[tuple[int, int, int]] = []  # length first: the shortest are tried first
    for opener, closer in layout.closes.items():
        first = opener
        if layout.text(first) == "[":
            first -= 1
            first = layout.opened[first] if layout.text(first) in {")", "}"} else first
        if layout.text(first) in {"(", "{"} and layout.kind(first - 1) in {"identifier", "variable"}:
            first -= 1
        first = max(first, 0)
        parts.append((closer - first, first, closer + 1))
    spent = 0
    for length, first, behind in sorted(parts):
        spent += length
        if spent > 20_000:  # noqa: PLR2004 - words; a good place is not worth a long wait
            break
        if _parse_text(_text_for_parser(layout, first, behind)) == reason:
            return first, behind
    return 0, len(layout.words)


def _is_unexpected(layout: _Layout, index: int) -> bool:
    """Return whether a word cannot stand beside its neighbours: `a b`, `a + * b`, `(a +)`."""
    if _place(layout, index) != "expression" or layout.text(index - 1) in {"@", "offset"}:
        return False
    before, following = layout.text(index - 1), layout.text(index + 1)
    if layout.is_binary(index):
        no_left = before in {"", "(", ","} or layout.is_binary(index - 1)
        return (no_left and layout.text(index) not in {"+", "-"}) or following in {"", ")", ","}
    values = {"identifier", "number", "duration", "string", "variable"}
    return layout.kind(index) in values and (layout.kind(index - 1) in values or before in {"]", "}"})


def _is_metric(layout: _Layout, index: int, *, operand: bool) -> bool:
    """Return whether a name is a metric, and not an operator, a function, an aggregation, or a plain variable."""
    word, following = layout.words[index], layout.text(index + 1)
    if following == "(" or not operand or index in layout.roles:
        return False
    if word.kind == "identifier" and following in {"by", "without"} and layout.text(index + 2) == "(":
        # sum by (a) (x), but not the metric of sum(x by (a)), which is not valid
        return False
    if word.kind == "variable" and _is_number(layout, index):
        return False
    if _variable_name(word.text):
        alone = layout.text(index - 1) in {"", "(", ","} and following in {"", ")", ","}
        return alone or following in {"{", "[", "offset", "@"}
    return True


def _selector(layout: _Layout, index: int) -> tuple[Selector, int]:
    """Return the selector that begins at a word, and the index of the word behind it and its modifiers."""
    words = layout.words
    start = words[index].start
    metric, name_end = "", start
    if words[index].text != "{":
        metric, name_end = words[index].text, words[index].end
        index += 1
    open_brace: int | None = None
    matchers: tuple[Matcher, ...] = ()
    if layout.text(index) == "{":
        open_brace, close = words[index].start, layout.closes[index]
        matchers = tuple(
            Matcher(words[at - 1].text, words[at].text, _value_of(words[at + 1]))
            for at in range(index + 1, close)
            if words[at].kind == "operator"
        )
        index = close + 1
    end = words[index - 1].end
    range_text, call = None, None
    if layout.text(index) == "[":
        close = layout.closes[index]
        if all(word.text != ":" for word in words[index:close]):
            range_text = layout.expression[words[index].end : words[close].start].strip()
            call = _call(layout, index)
            index = close + 1
    while layout.text(index) in {"offset", "@"}:
        index = _behind_modifier(layout, index)
    modified = words[index - 1].end
    return Selector(metric, matchers, start, end, name_end, open_brace, range_text, modified, call), index


def _call(layout: _Layout, index: int) -> tuple[int, int] | None:
    """Return the span of the innermost call around a word; parentheses for grouping are not one."""
    opener = layout.opened[index]
    while opener >= 0 and not layout.caller(opener):
        opener = layout.opened[opener]
    return (layout.words[opener - 1].start, layout.words[layout.closes[opener]].end) if opener >= 0 else None


def _behind_modifier(layout: _Layout, index: int) -> int:
    """Return the index of the word behind an `offset` or `@` modifier."""
    index += 1
    if layout.text(index) in {"+", "-"}:
        index += 1
    return layout.closes[index + 1] + 1 if layout.text(index + 1) == "(" else index + 1  # @ start()


def _value_of(word: _Word) -> str:
    return _unquoted(word.text) if word.kind == "string" else word.text


def _unquoted(text: str) -> str:
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
