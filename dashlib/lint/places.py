"""From a place in a document to file, line and column: in the Python declaration, or in the foreign file."""

from __future__ import annotations

import functools
import linecache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dashlib.lint.spelling import Spelling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.foreign import SourceText


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
    offset = linted.error.offset if linted.error is not None else _offset(problem, linted.source)
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


def around(problem: Problem) -> Iterator[Place]:
    """Yield where the parts of a foreign file begin that a problem is in, the nearest first."""
    source = problem.linted.source
    if source is None:
        return
    file = str(problem.linted.document.path)
    pointer = problem.linted.written(problem.pointer)
    while True:
        span = source.spans.get(pointer)
        if span is not None:
            yield Place(file, *source.line_and_column(span.start))
        if not pointer:
            break
        pointer = pointer.rpartition("/")[0]
    if source.is_embedded:
        yield Place(file, *source.begin)


def _offset(problem: Problem, source: SourceText) -> int:
    """Return the offset of a problem in a foreign file: of the nearest value that is written there."""
    asked = pointer = problem.linted.written(problem.pointer)
    while pointer not in source.spans:
        if not pointer:
            return 0
        pointer = pointer.rpartition("/")[0]
    span = source.spans[pointer]
    if pointer != asked or problem.span is None:
        return span.start
    return span.start + Spelling(source.text[span.start : span.end], span.style).place(problem.span[0])
