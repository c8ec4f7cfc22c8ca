"""From a place in a document to file, line and column: in the Python declaration, or in the foreign file."""

from __future__ import annotations

import functools
import linecache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.foreign import SourceText, Span


class Place(NamedTuple):
    """A place in a file.

    Attributes:
        file: path of the file.
        line: line, from 1.
        column: column, from 1.
    """

    file: str
    line: int
    column: int


def place_of(problem: Problem) -> Place:
    """Return where a problem is, for a person."""
    linted = problem.linted
    if linted.source is None:
        return next(declarations(problem), Place(str(linted.document.path), 1, 1))
    offset = linted.error[1] if linted.error is not None else _offset(problem, linted.source)
    return Place(str(linted.document.path), *linted.source.line_and_column(offset))


def declarations(problem: Problem) -> Iterator[Place]:
    """Yield where the part of a compiled document was declared, the nearest first, then what it is part of."""
    sources = problem.linted.document.sources
    pointer = problem.pointer
    while True:
        origin = sources.get(pointer)
        if origin is not None:
            file = shown(origin.source.file)
            yield Place(file, origin.source.line, _column(origin.source.file, origin.source.line))
        if not pointer:
            return
        pointer = pointer.rpartition("/")[0]


@functools.lru_cache(maxsize=512)
def shown(file: str) -> str:
    """Return a file's path as messages show it: relative to the working directory where it lies below."""
    path = Path(file)
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file


def _column(file: str, line: int) -> int:
    text = linecache.getline(file, line)
    return len(text) - len(text.lstrip()) + 1


def _offset(problem: Problem, source: SourceText) -> int:
    """Return the offset of a problem in a foreign file: of the nearest value that is written there."""
    pointer = problem.pointer
    while pointer not in source.spans:
        if not pointer:
            return 0
        pointer = pointer.rpartition("/")[0]
    span = source.spans[pointer]
    if pointer != problem.pointer or problem.span is None:
        return span.start
    return span.start + within(source.text[span.start : span.end], span, problem.span[0])


def within(raw: str, span: Span, offset: int) -> int:
    """Return where a character of a text value stands in its spelling in the file."""
    if span.style in {"|", ">"}:
        return _within_block(raw, offset) if span.style == "|" else 0
    if span.style == "plain":
        return offset if "\n" not in raw else 0
    position = 1
    for _ in range(offset):
        if span.style in {"json", '"'} and raw[position : position + 1] == "\\":
            position += {"u": 6, "x": 4, "U": 10}.get(raw[position + 1 : position + 2], 2)
        elif span.style == "'" and raw[position : position + 2] == "''":
            position += 2
        else:
            position += 1
    return min(position, max(len(raw) - 1, 0))


def _within_block(raw: str, offset: int) -> int:
    """Return the place in a literal block: each of its lines begins with the same indentation."""
    header, _, body = raw.partition("\n")
    lines = body.split("\n")
    indentation = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)
    position = len(header) + 1
    for line in lines:
        text = max(len(line) - indentation, 0)
        if offset <= text:
            return position + indentation + offset
        offset -= text + 1
        position += len(line) + 1
    return 0
