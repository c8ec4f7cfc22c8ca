"""`--fix`: what is certain to be right is put into the file, or into the declaration.

In a foreign file the value itself is replaced, and everything around it stays as it was. In Python a string is replaced
only where the declaration holds it exactly once. A file is written to a temporary one beside it, then renamed.
"""

from __future__ import annotations

import ast
import linecache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from attrs import frozen

from dashlib.documents import places
from dashlib.documents.spelling import Spelling
from dashlib.lint.findings import TextFix, ValueFix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dashlib.documents.foreign import SourceText
    from dashlib.lint.engine import Result
    from dashlib.lint.findings import Problem


# What cannot stand in a text as it is, by how the text is written.
_NOT_IN = {"json": '"\\', '"': '"\\', "'": "'", "plain": "#:", ">": "\n"}


@frozen
class _Edit:
    """A replacement in a file's text."""

    start: int
    end: int
    text: str
    check: str
    place: places.Place


def apply(result: Result) -> list[str]:
    """Mend what can be mended, and return a line for each change."""
    by_file: dict[str, list[_Edit]] = {}
    for finding in result.findings:
        for problem in (finding.problem, *finding.problem.also):
            if problem.fix is not None:
                for file, edit in _edits(finding.check, problem):
                    by_file.setdefault(file, []).append(edit)
    changes: list[str] = []
    for file, edits in by_file.items():
        changes.extend(_write(Path(file), edits))
    return changes


def _edits(check: str, problem: Problem) -> Iterator[tuple[str, _Edit]]:
    source = problem.linted.source
    if source is not None:
        edit = _in_foreign_file(check, problem, source)
        if edit is not None:
            yield str(problem.linted.document.path), edit
        return
    place = next(places.declarations(problem.linted, problem.pointer), None)
    if place is not None:
        edit = _in_python(check, problem, place)
        if edit is not None:
            yield place.file, edit


def _in_foreign_file(check: str, problem: Problem, source: SourceText) -> _Edit | None:
    fix, text = problem.fix, source.text
    span = source.spans.get(problem.linted.written(problem.pointer))
    # a text within a file is spelled by the rules of both; a dashboard of schema version 2 has other values
    if span is None or fix is None or source.is_embedded or (problem.linted.moved and isinstance(fix, ValueFix)):
        return None
    raw = text[span.start : span.end]
    if isinstance(fix, ValueFix):
        new = _json(fix.value) if not isinstance(fix.value, str) or span.style != "plain" else fix.value
        return _Edit(span.start, span.end, new, check, problem.place)
    before = problem.expression[fix.start : fix.end]
    start = span.start + Spelling(raw, span.style).place(fix.start)
    written = text[start : start + len(before)]
    if written == before and not any(mark in fix.text for mark in _NOT_IN.get(span.style, ())):
        return _Edit(start, start + len(before), fix.text, check, problem.place)
    if span.style == "json":
        value = problem.expression[: fix.start] + fix.text + problem.expression[fix.end :]
        return _Edit(span.start, span.end, _json(value), check, problem.place)
    return None


def _json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _in_python(check: str, problem: Problem, place: places.Place) -> _Edit | None:
    """Return the edit of a declaration that holds the offending text once; None where that is not certain."""
    fix = problem.fix
    if not isinstance(fix, TextFix):
        return None
    before = problem.expression[fix.start : fix.end]
    try:
        text = Path(place.file).read_text(encoding="utf-8")
        statement = _statement(ast.parse(text), place.line)
    except (OSError, UnicodeDecodeError, SyntaxError):
        return None
    if statement is None or not before or "\n" in before:
        return None
    lines = text.splitlines(keepends=True)
    start = sum(map(len, lines[: statement[0] - 1]))
    end = sum(map(len, lines[: statement[1]]))
    if text.count(before, start, end) != 1:
        return None
    at = text.index(before, start, end)
    return _Edit(at, at + len(before), fix.text, check, problem.place)


def _statement(module: ast.Module, line: int) -> tuple[int, int] | None:
    """Return first and last line of the smallest call or statement that begins on a line."""
    found = [
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(module)
        if isinstance(node, ast.Call | ast.stmt) and node.lineno == line
    ]
    return max(found, default=None)


def _write(file: Path, edits: Iterable[_Edit]) -> Iterator[str]:
    """Write the edits of a file that do not overlap, all or none, and yield a line for each."""
    from dashlib.documents import files

    text = file.read_bytes().decode()
    kept: list[_Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    new = text
    for edit in reversed(kept):
        new = new[: edit.start] + edit.text + new[edit.end :]
    if file.suffix == ".py":
        try:
            ast.parse(new)
        except SyntaxError:
            return
    files.write(file.parent, {PurePosixPath(file.name): new.encode()})
    linecache.checkcache(str(file))
    for edit in kept:
        yield f"{edit.place.file}:{edit.place.line}: {edit.check}: fixed"
