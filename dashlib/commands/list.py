"""`dashlib list`: the declared dashboards, rules and notifications, and where they are declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dashlib.commands.shared import compiled, format_option, print_json, project_option

if TYPE_CHECKING:
    from pathlib import Path

    from dashlib.compile.loading import Project
    from dashlib.documents.document import Document


@click.command(name="list")
@project_option
@format_option
def command(project_folder: Path | None, output_format: str) -> None:
    """List each compiled file, what it contains, and where it is declared.

    The settings that dashlib guessed from signals' expressions, such as a unit or a legend, are listed last.

    \b
    Examples:
      dashlib list
      dashlib list --format json
    """
    project, documents = compiled(project_folder, "")
    rows = [_described(document) for document in documents]
    if output_format == "json":
        print_json({"root": str(project.root), "documents": rows, "guessed": _guessed(project)})
        return
    widths = [max((len(str(row[key])) for row in rows), default=0) for key in ("path", "title")]
    for row in rows:
        click.echo(f"{row['path']:<{widths[0]}}  {row['title']:<{widths[1]}}  {row['holds']:<22}  {row['declared_in']}")
    for guess in _guessed(project):
        click.echo(f"{guess['declared_at']}: {guess['setting']} of {guess['signal']} is guessed: {guess['value']}")


def _guessed(project: Project) -> list[dict[str, str]]:
    """Return what no signal's author has said, and dashlib has taken from the expression."""
    from dashlib.compile.loading import shown_in

    return [
        {
            "signal": each.name or "promql()",
            "setting": setting,
            "value": getattr(each, setting),
            "declared_at": str(each.source),
        }
        for each in shown_in(project)
        for setting in each.guessed
    ]


def _described(document: Document) -> dict[str, str]:
    from dashlib.compile.outputs import output_of

    title, holds = output_of(document.kind).described(document)
    return {
        "path": str(document.path),
        "kind": document.kind,
        "title": title,
        "holds": holds,
        "declared_in": document.declared_in,
    }
