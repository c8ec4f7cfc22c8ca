"""`dashlib explain`: what the docs say about a name, in the terminal."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashlib.commands.shared import format_option, print_json, profile_option, progress, project_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.compile.loading import Project
    from dashlib.reference import Entry

_WIDEST = 100
_ON_LINES_OF_THEIR_OWN = frozenset({"expression", "computes"})


@click.command(name="explain")
@click.argument("name")
@project_option
@profile_option
@format_option
def command(name: str, project_folder: Path | None, profile: str, output_format: str) -> None:
    """Explain a name: an alert, signal, metric or check.

    It also knows guards, recorded series, naming profiles and runbooks. Outside a project, it explains what comes with
    dashlib.

    \b
    Exit codes:
      0  the name is explained
      2  nothing has this name

    \b
    Examples:
      dashlib explain DebeziumHighBinlogLag
      dashlib explain lag
      dashlib explain debezium_metrics_MilliSecondsBehindSource
      dashlib explain stale-now --format json
    """
    from dashlib.reference import Reference

    with progress("reading the project"):
        reference = Reference(_project(project_folder), profile)
        found = reference.entries(name)
    if not found:
        near = ", ".join(map(repr, reference.nearest(name)))
        hint = f"did you mean {near}?" if near else "`dashlib list` shows what is declared"
        raise click.UsageError(
            f"nothing here is called {name!r}: no alert, signal, guard, metric, check, recorded series, profile or "
            f"runbook; {hint}"
        )
    if output_format == "json":
        import attrs

        print_json([attrs.asdict(entry) for entry in found])
        return
    width = min(shutil.get_terminal_size((_WIDEST, 0)).columns, _WIDEST)
    click.echo("\n\n".join("\n".join(_lines(entry, width)) for entry in found))


def _project(folder: Path | None) -> Project:
    """Return the project here, or else the one that comes with dashlib."""
    from dashlib.compile.configuration import CONFIGURATION_FILE, find_root, read_table
    from dashlib.compile.loading import load_project
    from dashlib.reference import shipped_project

    if folder is not None:
        return load_project(folder)
    root = find_root(Path.cwd())
    return load_project(root if read_table(root / CONFIGURATION_FILE) else shipped_project())


def _lines(entry: Entry, width: int) -> Iterator[str]:
    yield f"{click.style(entry.name, bold=True)} ({entry.kind}): {entry.title}"
    indent = max(map(len, entry.facts), default=0) + 4
    for heading, said in entry.facts.items():
        start = f"  {heading}{' ' * (indent - len(heading) - 2)}"
        if heading in _ON_LINES_OF_THEIR_OWN:
            yield from textwrap.indent(said, " " * indent).replace(" " * indent, start, 1).splitlines()
        else:
            yield from textwrap.wrap(
                said,
                width,
                initial_indent=start,
                subsequent_indent=" " * indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
    if entry.declared:
        yield f"  declared{' ' * max(indent - 10, 1)}{entry.declared}"
    if entry.text:
        yield ""
        yield from textwrap.indent(entry.text, "  ").splitlines()
