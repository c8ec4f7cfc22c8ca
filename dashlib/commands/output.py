"""How much a command says, and whether in color: `--quiet`, `--verbose`, `NO_COLOR`, and what a terminal can show."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from typing import TextIO

#: Where a mistake of dashlib's own is reported.
ISSUES = "https://github.com/dashlib/dashlib/issues"


class _Said:
    """What the command line asked for."""

    quiet = False
    verbose = False


def is_quiet() -> bool:
    """Tell whether only results and errors are printed: no progress, no hints, no lists of what is left out."""
    return _Said.quiet


def is_verbose() -> bool:
    """Tell whether everything is printed: each file and each thing left out, and tracebacks."""
    return _Said.verbose


def is_colored(stream: TextIO) -> bool:
    """Tell whether what is printed there may have colors: a terminal, where NO_COLOR does not say no."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def _set(context: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001  # click calls it
    if value or context.parent is None:  # the group comes first, and says no by default
        setattr(_Said, str(parameter.name), value)


def loudness_options() -> list[click.Option]:
    """Return the options that every command has, and dashlib itself."""
    return [
        click.Option(
            ["--quiet", "-q"],
            is_flag=True,
            expose_value=False,
            callback=_set,
            help="Print only results and errors.",
        ),
        click.Option(
            ["--verbose", "-v"],
            is_flag=True,
            expose_value=False,
            callback=_set,
            help="Print everything, including the traceback of an unexpected error.",
        ),
    ]
