"""`dashlib list`: the declared dashboards, rules and notifications, and where they are declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dashlib.commands.shared import compiled, counted, format_option, print_json, project_option

if TYPE_CHECKING:
    from pathlib import Path

    from dashlib.documents.document import Document


# What a file of Grafana's alerting provisioning contains, by its key.
_HELD = {
    "contactPoints": "contact point", "policies": "policy tree", "muteTimes": "mute timing", "templates": "template",
}  # fmt: skip


@click.command(name="list")
@project_option
@format_option
def command(project_folder: Path | None, output_format: str) -> None:
    """List each compiled file, what it contains, and where it is declared.

    \b
    Examples:
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
        panels = [panel for row in document.data["panels"] for panel in (row, *row.get("panels", ()))]
        count = sum(panel["type"] != "row" for panel in panels)
        title, holds = document.data["title"], counted(count, "panel")
    elif document.kind == "grafana-alerting":
        held = {key: items for key, items in document.data.items() if isinstance(items, list)}
        title = ", ".join(item.get("name", "policies") for items in held.values() for item in items)
        rules = [rule for group in held.get("groups", ()) for rule in group["rules"]]
        holds = counted(len(rules), "rule") if rules else ", ".join(counted(len(held[key]), _HELD[key]) for key in held)
    elif document.kind == "alertmanager":
        receivers = [receiver["name"] for receiver in document.data["receivers"]]
        title, holds = ", ".join(receivers), counted(len(receivers), "receiver")
    elif document.kind == "notification-template":
        title, holds = document.path.stem, counted(len(document.data["definitions"]), "definition")
    else:
        rules = [rule for group in document.data["groups"] for rule in group["rules"]]
        title = ", ".join(group["name"] for group in document.data["groups"])
        holds = counted(len(rules), "rule")
    return {
        "path": str(document.path),
        "kind": document.kind,
        "title": title,
        "holds": holds,
        "declared_in": document.declared_in,
    }
