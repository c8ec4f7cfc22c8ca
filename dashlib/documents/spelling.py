"""Where a character of a string is in its spelling in a file: behind escapes, indentation and folded lines."""

from __future__ import annotations

import bisect
import re
from typing import TYPE_CHECKING, Final

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPE: Final = re.compile(r"\\(?:\r?\n[ \t]*|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_DOUBLED: Final = re.compile("''")
# In quotes and in plain texts a line break is a blank, and each empty line behind it a line break.
_BROKEN: Final = re.compile(r"[ \t]*\r?\n[ \t]*(?P<empty>(?:\r?\n[ \t]*)*)")


@define
class Spelling:
    """A text value as a file spells it.

    Attributes:
        raw: its spelling, with its quotes or the header of its block.
        style: how it is written: `json`, `plain`, `'`, `"`, `|` or `>`.
    """

    raw: str
    style: str
    _values: list[int] = field(factory=list)
    _places: list[int] = field(factory=list)

    def place(self, offset: int) -> int:
        """Return where a character of the value stands in the spelling.

        Args:
            offset: offset in the value.
        """
        if not self._values:
            for value, place in self._runs():
                self._values.append(value)
                self._places.append(place)
        run = bisect.bisect_right(self._values, offset) - 1
        place = self._places[run] + offset - self._values[run] if run >= 0 else 0
        return min(place, max(len(self.raw) - 1, 0))

    def _runs(self) -> Iterator[tuple[int, int]]:
        """Yield where runs of characters begin that are spelled as they are: in the value, and in the spelling."""
        if self.style in {"|", ">"}:
            yield from self._runs_of_block()
            return
        if self.style == "json":
            yield from self._runs_between(1, [_ESCAPE])
        elif self.style == '"':
            yield from self._runs_between(1, [_ESCAPE, _BROKEN])
        elif self.style == "'":
            yield from self._runs_between(1, [_DOUBLED, _BROKEN])
        else:
            yield from self._runs_between(0, [_BROKEN])

    def _runs_between(self, start: int, marks: list[re.Pattern[str]]) -> Iterator[tuple[int, int]]:
        value, place = 0, start
        yield value, place
        found = sorted((match.span(), match) for mark in marks for match in mark.finditer(self.raw))
        for (begin, end), match in found:
            if begin < place:
                continue  # within the mark before it
            value += begin - place + _length(match)
            place = end
            yield value, place

    def _runs_of_block(self) -> Iterator[tuple[int, int]]:
        """Each line of a block begins with the same indentation; a folded one swallows every second line break."""
        header, _, body = self.raw.partition("\n")
        lines = body.split("\n")
        indentation = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)
        value, place = 0, len(header) + 1
        swallows = False  # whether the line break before this line is not in the value if the line is empty
        for line in lines:
            if self.style == ">" and swallows and not line.strip():
                value -= 1
                swallows = False
            yield value, place + min(indentation, len(line))
            value += max(len(line) - indentation, 0) + 1
            place += len(line) + 1
            swallows = swallows if not line.strip() else line[indentation : indentation + 1] not in {" ", "\t"}


def _length(match: re.Match[str]) -> int:
    """Return how many characters of the value a mark stands for."""
    if match.re is _BROKEN:
        return max(match["empty"].count("\n"), 1)
    return 0 if match.re is _ESCAPE and "\n" in match[0] else 1
