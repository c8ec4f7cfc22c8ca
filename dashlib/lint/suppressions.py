"""Comments that switch a check off for one declaration: `# dashlib: ignore[check-name] why`.

A comment stands on the line of the declaration, or on the lines above it. It needs a reason, and one that suppresses
nothing is itself a finding: it would hide the next mistake.
"""

from __future__ import annotations

import re
import tokenize
from io import StringIO
from typing import TYPE_CHECKING, Final

from attrs import define, field

if TYPE_CHECKING:
    from pathlib import Path

_COMMENT: Final = re.compile(r"#\s*dashlib:\s*ignore\b(?:\[(?P<checks>[^\]]*)\])?\s*(?P<reason>.*)")


@define(eq=False)
class Suppression:
    """One comment.

    Attributes:
        file: the file it stands in.
        line: its own line.
        column: its column.
        applies_to: the line that it speaks of.
        checks: the checks that it switches off.
        reason: why.
        used: the checks that it kept quiet.
    """

    file: str
    line: int
    column: int
    applies_to: int
    checks: tuple[str, ...]
    reason: str
    used: set[str] = field(factory=set)


def suppressions_in_python(file: str, text: str) -> list[Suppression]:
    """Return the comments of a Python file; none if it is not Python."""
    if "dashlib:" not in text:
        return []
    try:
        comments = [
            (token.start[0], token.start[1], token.string)
            for token in tokenize.generate_tokens(StringIO(text).readline)
            if token.type == tokenize.COMMENT
        ]
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return []
    return _suppressions(file, text.split("\n"), comments)


def suppressions_in_yaml(file: str, text: str) -> list[Suppression]:
    """Return the comments of a YAML file. One inside a block of text counts, too: nobody writes it there by chance."""
    if "dashlib:" not in text:
        return []
    lines = text.split("\n")
    comments = [
        (number, match.start(), line[match.start() :])
        for number, line in enumerate(lines, 1)
        if (match := _COMMENT.search(line)) is not None
    ]
    return _suppressions(file, lines, comments)


def _suppressions(file: str, lines: list[str], comments: list[tuple[int, int, str]]) -> list[Suppression]:
    found = []
    for line, column, comment in comments:
        match = _COMMENT.match(comment)
        if match is None:
            continue
        checks = tuple(name.strip() for name in (match["checks"] or "").split(",") if name.strip())
        found.append(
            Suppression(file, line, column + 1, _applies_to(lines, line, column), checks, match["reason"].strip())
        )
    return found


def _applies_to(lines: list[str], line: int, column: int) -> int:
    """Return the line that a comment speaks of: its own, or the next that is not a comment."""
    if lines[line - 1][:column].strip():
        return line
    while line < len(lines) and (not lines[line].strip() or lines[line].lstrip().startswith("#")):
        line += 1
    return line + 1


def read_suppressions(file: Path, shown_as: str) -> list[Suppression]:
    """Return the comments of a declaration file; none where it cannot be read."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return suppressions_in_python(shown_as, text)
