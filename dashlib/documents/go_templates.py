"""What is wrong with a string in Go's template language, as far as it can be told without Go.

Alert annotations and notification messages are such texts. Prometheus, Alertmanager and Grafana take a broken one
without a word; who is woken then reads an error instead of what to do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_COMMENT = re.compile(r"\{\{(?:- )?/\*.*?\*/(?: -)?\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    |(?P<string>"(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])+')
    |(?P<variable>\$\w*)
    |(?P<field>\.\w+)
    |(?P<number>[+-]?\d[\w.]*)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<mark>:=|[.|()=,])
    """,
    re.VERBOSE,
)
_OPENING = frozenset({"if", "range", "with", "define", "block"})
_KEYWORDS = _OPENING | {"else", "end", "template", "break", "continue", "nil", "true", "false"}
_TRIMMED = re.compile(r"^-\s|\s-$")

# Functions of Go's templates, of Prometheus' and of Grafana's, for annotations and labels of alert rules.
RULE_FUNCTIONS = frozenset(
    [
        "and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or", "print",
        "printf", "println", "slice", "urlquery",
        "args", "externalURL", "first", "graphLink", "humanize", "humanize1024", "humanizeDuration",
        "humanizePercentage", "humanizeTimestamp", "label", "match", "now", "parseDuration", "pathPrefix", "query",
        "reReplaceAll", "safeHtml", "sortByLabel", "stripDomain", "stripPort", "strvalue", "tableLink", "title",
        "tmpl", "toDuration", "toLower", "toTime", "toUpper", "urlQueryEscape", "value",
        "filterLabels", "filterLabelsRe", "mergeLabelValues", "removeLabels", "removeLabelsRe",
    ]
)  # fmt: skip


def find_mistake(
    text: str, *, variables: Collection[str] | None = None, functions: Collection[str] | None = None
) -> str:
    """Return what is wrong with a template, in words; empty if nothing is found.

    Args:
        text: the template.
        variables: names that are known at its beginning, with `$`; None to know all.
        functions: names of functions; None to know all.
    """
    known = None if variables is None else {"$", *variables}
    open_blocks: list[str] = []
    for action in _actions(text):
        if action is None:
            return "an action starts with '{{' but does not end with '}}'"
        tokens = _tokens(action)
        if isinstance(tokens, str):
            return tokens
        mistake = _in_action(action, tokens, open_blocks) or _unknown(tokens, known, functions)
        if mistake:
            return mistake
    return f"'{open_blocks[-1]}' has no 'end'" if open_blocks else ""


def actions(text: str) -> list[str]:
    """Return what stands between each `{{` and `}}`, without comments; of an unended one nothing."""
    return [action for action in _actions(text) if action is not None]


def actions_of_the_dot(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each action, and whether `.` in it is what the whole template gets: in `range` and `with` it is an item."""
    dots: list[bool] = []
    for action in actions(text):
        yield action, all(dots)
        word = action.partition(" ")[0]
        if word in _OPENING:
            dots.append(word in {"if", "block", "define"})
        elif word == "end" and dots:
            dots.pop()
        elif word == "else" and dots:
            dots[-1] = True


def _actions(text: str) -> Iterator[str | None]:
    text = _COMMENT.sub("", text)
    position = 0
    while True:
        start = text.find("{{", position)
        if start < 0:
            return
        end = _end_of_action(text, start + 2)
        if end < 0:
            yield None
            return
        yield _TRIMMED.sub("", _TRIMMED.sub("", text[start + 2 : end])).strip()
        position = end + 2


def _end_of_action(text: str, position: int) -> int:
    """Return where the `}}` of an action is that begins here; `}}` within a string does not count."""
    while position < len(text):
        if text.startswith("}}", position):
            return position
        found = _TOKEN.match(text, position)
        position = found.end() if found is not None and found.lastgroup == "string" else position + 1
    return -1


def _tokens(action: str) -> list[tuple[str, str]] | str:
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(action):
        found = _TOKEN.match(action, position)
        if found is None:
            return f"'{{{{ {action} }}}}' has an unexpected {action[position]!r}"
        if found.lastgroup is not None and found.lastgroup != "space":
            tokens.append((found.lastgroup, found[0]))
        position = found.end()
    return tokens or "'{{ }}' is empty"


def _in_action(action: str, tokens: list[tuple[str, str]], open_blocks: list[str]) -> str:
    """Return what is wrong with an action among the others, and note which blocks it opens and ends."""
    depth = 0
    for _, text in tokens:
        depth += (text == "(") - (text == ")")
        if depth < 0:
            break
    if depth:
        return f"'{{{{ {action} }}}}' has an unbalanced parenthesis"
    if tokens[-1][1] in ("|", ":=", "=", ","):
        return f"'{{{{ {action} }}}}' ends with '{tokens[-1][1]}'"
    first = tokens[0][1]
    if first in _OPENING:
        open_blocks.append(first)
        if len(tokens) == 1:
            return f"'{first}' of nothing"
    elif first in ("else", "end") and not open_blocks:
        return f"'{first}' without a matching 'if', 'range' or 'with'"
    elif first == "end":
        open_blocks.pop()
    return ""


def _unknown(tokens: list[tuple[str, str]], variables: set[str] | None, functions: Collection[str] | None) -> str:
    for index, (kind, text) in enumerate(tokens):
        if kind == "variable" and variables is not None:
            declares = any(mark in (":=", ",") for _, mark in tokens[index + 1 : index + 2])
            if declares:
                variables.add(text)
            elif text not in variables:
                return f"{text!r} is not defined here; the variables are {', '.join(sorted(variables - {'$'}))}"
        if kind == "word" and functions is not None and text not in functions and text not in _KEYWORDS:
            return f"{text!r} is not a template function of alert rules"
    return ""
