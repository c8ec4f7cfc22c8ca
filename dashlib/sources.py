"""Where in the Python declarations a thing was declared."""

from __future__ import annotations

import functools
import os
import sys
from typing import NamedTuple

_LIBRARY = os.path.join(os.path.dirname(__file__), "")  # noqa: PTH118, PTH120  # pathlib takes ten times as long
_DECLARATIONS = ("dashlib.debezium.", "dashlib.bundle.")


class Source(NamedTuple):
    """A place in a declaration file.

    Attributes:
        file: path of the file, as Python knows it.
        line: line number, from 1.
    """

    file: str
    line: int

    def __str__(self) -> str:
        """Return `file:line`, as compilers write a place."""
        return f"{self.file}:{self.line}"

    @property
    def is_shipped(self) -> bool:
        """Whether it is in dashlib itself, not in a project that uses it."""
        return self.file.startswith(_LIBRARY)


def declared_here() -> Source:
    """Return the place of the nearest caller that is not dashlib itself.

    That is the line of the declaration: builders call this when they are called.
    """
    frame = sys._getframe(1)  # noqa: SLF001  # inspect.stack() reads source files: a hundred times slower
    while frame.f_back is not None and _is_machinery(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return Source(frame.f_code.co_filename, frame.f_lineno)


@functools.cache  # of few modules, for every panel and query: an eighth of the time in which panels are declared
def _is_machinery(module_name: str) -> bool:
    # `attrs.evolve` makes a declaration, too, for whoever calls it.
    return is_dashlib(module_name) or module_name in ("attr._make", "attr._funcs")


def is_dashlib(module_name: str) -> bool:
    """Tell whether a module is the library's machinery, not a declaration; Debezium's signals are declarations."""
    return module_name == "dashlib" or (
        module_name.startswith("dashlib.") and not module_name.startswith(_DECLARATIONS)
    )
