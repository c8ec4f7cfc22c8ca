"""How brackets order the words of an expression, and what its variables stand for by their places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from dashlib.promql import variables
from dashlib.promql.errors import PromQLError
from dashlib.promql.tokens import BINARY_WORDS, GROUPINGS, Token

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_NESTING: Final = 200
"""Brackets inside one another: the Rust parser recurses, and a stack overflow would take the interpreter with it."""
NAMES: Final = frozenset({"identifier", "keyword", "variable"})
WORDS: Final = NAMES | {"number", "duration"}
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}

FUNCTION: Final = "chosen function"
OPERATOR: Final = "chosen operator"
CLAUSE: Final = "chosen clause"
"""What a variable may stand for in an expression, by its place: `$fn(x[5m])`, `x $op 5`, `sum(x) $grouping`."""
MATCHERS: Final = "chosen matchers"
VALUE: Final = "chosen value"
_QUOTED_FORMATS: Final = frozenset({"doublequote", "singlequote"})


class Layout(NamedTuple):
    """Words without space and comments, and how brackets order them.

    Attributes:
        expression: the text.
        words: the words; a run of glued tokens that holds a variable (`${prefix}_total`, `${n}m`) is one `variable`.
        texts: the words in lower case.
        opened: for each word, the index of the innermost bracket it is in (-1: none); for a closing bracket, its own
            opening one.
        argument: for each word, the number of commas before it within that bracket.
        closes: index of each opening bracket to that of its closing one.
        roles: what a variable stands for, by its index, where that is more than a name, a number or a duration.
    """

    expression: str
    words: Sequence[Token]
    texts: list[str]
    opened: list[int]
    argument: list[int]
    closes: dict[int, int]
    roles: dict[int, str]

    def chosen_parts(self) -> dict[int, tuple[str, int]]:
        """Return the variables that stand for a function, an operator or a clause: what, and their end, by start."""
        return {
            self.words[index].start: (role, self.words[index].end)
            for index, role in self.roles.items()
            if role in {FUNCTION, OPERATOR, CLAUSE} and self.bracket(index) != "{"
        }

    def text(self, index: int) -> str:
        """Return the word at an index in lower case, or nothing outside the expression."""
        return self.texts[index] if 0 <= index < len(self.texts) else ""

    def kind(self, index: int) -> str:
        """Return the kind of the word at an index, or nothing outside the expression."""
        return self.words[index].kind if 0 <= index < len(self.words) else ""

    def bracket(self, index: int) -> str:
        """Return the innermost bracket that the word at an index is in, or nothing."""
        opened = self.opened[index]
        return self.texts[opened] if opened >= 0 else ""

    def is_binary(self, index: int) -> bool:
        """Return whether a word is an operator between two operands, by its looks."""
        return self.kind(index) == "operator" or self.text(index) in BINARY_WORDS

    def caller(self, opener: int) -> str:
        """Return the function or aggregation whose arguments a bracket holds; nothing for plain parentheses."""
        before = opener - 1
        if self.text(before) == ")" and self.text(self.opened[before] - 1) in {"by", "without"}:
            before = self.opened[before] - 2  # sum by (a) (…)
        return self.text(before) if self.kind(before) == "identifier" else ""


def arrange(expression: str, words: Sequence[Token]) -> Layout:
    """Return the words of an expression, its tokens without space and comments, with their brackets.

    Raises:
        PromQLError: brackets do not match, or too many are inside one another.
    """
    has_variable = variables.has_variable(expression)  # perhaps in a string only
    words = _glue(words) if has_variable else words
    texts = [word.text.lower() for word in words]
    layout = Layout(expression, words, texts, opened=[], argument=[], closes={}, roles={})
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
                raise PromQLError(f"{text!r} has no opening bracket", expression, start)
            layout.closes[stack.pop()] = index
            commas.pop()
    if len(stack) > 1:
        left = layout.words[stack[-1]]
        raise PromQLError(f"{left.text!r} is not closed", expression, left.start)
    if has_variable and any(word.kind == "variable" for word in layout.words):
        _give_roles(layout)
    return layout


def _glue(words: Sequence[Token]) -> list[Token]:
    """Return words with each run of glued ones that holds a variable as one `variable`."""
    glued: list[Token] = []
    last = Token("", "", -1, -1)
    for word in words:
        if (
            last.end == word.start
            and (word.kind == "variable" or last.kind == "variable")
            and word.kind in WORDS
            and last.kind in WORDS
        ):
            last = glued[-1] = Token("variable", last.text + word.text, last.start, word.end)
        else:
            last = word
            glued.append(word)
    return glued


def _give_roles(layout: Layout) -> None:  # noqa: PLR0912  # one for each kind of word
    """Tell by their places which variables stand for a function, an operator, a clause, matchers or a quoted value."""
    operand = True  # whether an operand is due
    index = 0
    while index < len(layout.words):
        text, kind, following = layout.text(index), layout.kind(index), layout.text(index + 1)
        is_called = following == "(" or (following in {"by", "without"} and layout.text(index + 2) == "(")
        step = 1
        if text in GROUPINGS and following == "(":
            step = layout.closes[index + 1] + 1 - index
        elif text in {"{", "["}:
            if text == "{":
                _give_roles_to_matchers(layout, index)
            step, operand = layout.closes[index] + 1 - index, False
        elif text in {"bool", "group_left", "group_right"}:
            pass
        elif text in {"offset", "@"} and not operand:
            step = behind_modifier(layout, index) - index
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


def _give_roles_to_matchers(layout: Layout, opener: int) -> None:
    """Tell which variables stand for whole matchers, an operator or a quoted value in braces."""
    for index in range(opener + 1, layout.closes[opener]):
        if layout.kind(index) != "variable":
            continue
        before, following = layout.text(index - 1), layout.text(index + 1)
        if before in {"{", ","} and following in {"}", ","}:
            layout.roles[index] = MATCHERS
        elif layout.kind(index - 1) == "string" and following in {"}", ","}:
            layout.roles[index] = CLAUSE  # job="a"$more, which brings its comma along
        elif layout.kind(index - 1) in NAMES and layout.kind(index + 1) == "string":
            layout.roles[index] = OPERATOR
        elif layout.kind(index - 1) == "operator":
            found = variables.reference_of(layout.words[index].text)
            if found is not None and found.format in _QUOTED_FORMATS:
                layout.roles[index] = VALUE


def place_of(layout: Layout, index: int) -> str:
    """Return what a word stands for by its place: `label`, `duration`, `timestamp`, or `expression`."""
    bracket = layout.bracket(index)
    if bracket == "[":
        return "duration"
    if bracket == "{" or (bracket and layout.text(layout.opened[index] - 1) in GROUPINGS):
        return "label"
    before = index - 2 if layout.text(index - 1) in {"+", "-"} else index - 1
    return {"offset": "duration", "@": "timestamp"}.get(layout.text(before), "expression")


def behind_modifier(layout: Layout, index: int) -> int:
    """Return the index of the word behind an `offset` or `@` modifier."""
    index += 1
    if layout.text(index) in {"+", "-"}:
        index += 1
    return layout.closes[index + 1] + 1 if layout.text(index + 1) == "(" else index + 1  # @ start()


def variable_name(text: str) -> str:
    """Return the name of the variable that a whole word is; empty where it is not one."""
    found = variables.reference_of(text)
    return found.name if found is not None else ""
