"""Where panels lie in Grafana's grid: 24 columns wide, nothing overlaps, nothing is written down by hand."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GRID_WIDTH = 24


class Size(NamedTuple):
    """How much room a panel needs.

    Attributes:
        least_width: the fewest columns in which its kind is readable.
        height: grid units of 30 pixels.
        width: columns, when the author fixed them; None to share what the line leaves.
        grows: nobody chose its height, so that it is as high as its line.
    """

    least_width: int
    height: int
    width: int | None = None
    grows: bool = False


def place(sizes: Iterable[Size], top: int) -> tuple[list[dict[str, int]], int]:
    """Return the `gridPos` of each panel, left to right and line by line, and the y below the last line.

    A line takes panels as long as each still has its least width; those without a fixed width share what is left,
    equally where that leaves none too narrow. The next line starts below the line's highest panel, which those whose
    height nobody chose are as high as.

    Args:
        sizes: what the panels want, in reading order.
        top: y of the first line.
    """
    positions, height = _arranged(tuple(sizes))
    return [{"h": high, "w": wide, "x": x, "y": top + y} for high, wide, x, y in positions], top + height


@functools.lru_cache(maxsize=1024)  # rows of one shape are many
def _arranged(sizes: tuple[Size, ...]) -> tuple[list[tuple[int, int, int, int]], int]:
    """Return height, width, x and y of each panel below the first line's y, and the height of all lines."""
    positions: list[tuple[int, int, int, int]] = []
    y = 0
    for line in _lines(sizes):
        highest = max([size.height for size in line])
        x = 0
        for size, width in zip(line, _widths(line), strict=True):
            positions.append((highest if size.grows else size.height, width, x, y))
            x += width
        y += highest
    return positions, y


def _lines(sizes: Iterable[Size]) -> list[list[Size]]:
    lines: list[list[Size]] = []
    free = 0
    for size in sizes:
        wanted = size.width or size.least_width
        if wanted > free or not lines:
            lines.append([])
            free = GRID_WIDTH
        lines[-1].append(size)
        free -= wanted
    return lines


def _widths(line: Sequence[Size]) -> list[int]:
    flexible = [size.least_width for size in line if size.width is None]
    free = GRID_WIDTH - sum(size.width for size in line if size.width is not None)
    shared = iter(_shares(flexible, free))
    return [next(shared) if size.width is None else size.width for size in line]


def _shares(least: Sequence[int], free: int) -> tuple[int, ...]:
    """Divide `free` columns as equally as the least widths allow."""
    equal = free // len(least) if least else 0
    # Where no panel needs more than an equal share, only what is left over is dealt out one by one.
    shares = [equal] * len(least) if max(least, default=0) <= equal else list(least)
    for _ in range(free - sum(shares) if shares else 0):
        shares[shares.index(min(shares))] += 1
    return tuple(shares)
