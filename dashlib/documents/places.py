"""From a place in a document to file, line and column: in the Python declaration, or in the foreign file."""

from __future__ import annotations

import functools
import linecache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dashlib.documents.spelling import Spelling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.documents.foreign import SourceText
    from dashlib.documents.reading import Reading


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


def place_of(reading: Reading, pointer: str, offset: int | None = None) -> Place:
    """Return where a part of a document is, for a person.

    Args:
        reading: the document.
        pointer: JSON pointer to the part.
        offset: of a character in the text that stands there; None for the whole.
    """
    if reading.source is None:
        return next(declarations(reading, pointer), Place(str(reading.document.path), 1, 1))
    found = reading.error.offset if reading.error is not None else _offset(reading, reading.source, pointer, offset)
    return Place(str(reading.document.path), *reading.source.line_and_column(found))


def declarations(reading: Reading, pointer: str) -> Iterator[Place]:
    """Yield where a part of a compiled document was declared, the nearest first, then what it is part of."""
    sources = reading.document.sources
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


def around(reading: Reading, pointer: str) -> Iterator[Place]:
    """Yield where a part of a foreign file begins and those that it is in, the nearest first."""
    source = reading.source
    if source is None:
        return
    file = str(reading.document.path)
    pointer = reading.written(pointer)
    while True:
        span = source.spans.get(pointer)
        if span is not None:
            yield Place(file, *source.line_and_column(span.start))
        if not pointer:
            break
        pointer = pointer.rpartition("/")[0]
    if source.is_embedded:
        yield Place(file, *source.begin)


def _offset(reading: Reading, source: SourceText, pointer: str, offset: int | None) -> int:
    """Return the offset of a part in a foreign file: of the nearest value that is written there."""
    asked = pointer = reading.written(pointer)
    while pointer not in source.spans:
        if not pointer:
            return 0
        pointer = pointer.rpartition("/")[0]
    span = source.spans[pointer]
    if pointer != asked or offset is None:
        return span.start
    return span.start + Spelling(source.text[span.start : span.end], span.style).place(offset)
