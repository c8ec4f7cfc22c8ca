"""`dashlib list`: what is declared, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dashlib.commands.shared import compiled, format_option, print_json, project_option
from dashlib.documents.dashboards import Dashboard
from dashlib.documents.rules import groups_in

if TYPE_CHECKING:
    from pathlib import Path

    from dashlib.documents.document import Document


# What a file of Grafana's alerting provisioning holds, by its key.
_HELD = {
    "contactPoints": "contact points", "policies": "policy tree", "muteTimes": "mute timings", "templates": "templates",
}  # fmt: skip


@click.command(name="list")
@project_option
@format_option
def command(project_folder: Path | None, output_format: str) -> None:
    """List what is declared: each compiled file, what it holds, and where it is declared.

    \b
    Example:
      dashlib list
      dashlib list --format json
    """
    project, documents = compiled(project_folder, "")
    rows = [_described(document) for document in documents]
    if output_format == "json":
        print_json({"root": str(project.root), "documents": rows})
        return
    widths = [max((len(str(row[key])) for row in rows), default=0) for key in ("path", "title")]
    for row in rows:
        click.echo(f"{row['path']:<{widths[0]}}  {row['title']:<{widths[1]}}  {row['holds']:<22}  {row['declared_in']}")


def _described(document: Document) -> dict[str, str]:
    if document.kind == "dashboard":
        dashboard = Dashboard(document.data)
        title, holds = dashboard.title, f"{len(dashboard.panels)} panels"
    elif document.kind == "grafana-alerting":
        held = {key: items for key, items in document.data.items() if isinstance(items, list)}
        title = ", ".join(item.get("name", "policies") for items in held.values() for item in items)
        rules = sum(len(group.rules) for group in groups_in(document.data))
        holds = f"{rules} rules" if rules else ", ".join(f"{len(held[key])} {_HELD[key]}" for key in held)
    elif document.kind == "alertmanager":
        receivers = [receiver["name"] for receiver in document.data["receivers"]]
        title, holds = ", ".join(receivers), f"{len(receivers)} receivers"
    elif document.kind == "notification-template":
        title, holds = document.path.stem, f"{len(document.data['definitions'])} definitions"
    else:
        groups = groups_in(document.data)
        title = ", ".join(group.name for group in groups)
        holds = f"{sum(len(group.rules) for group in groups)} rules"
    return {
        "path": str(document.path),
        "kind": document.kind,
        "title": title,
        "holds": holds,
        "declared_in": document.declared_in,
    }
