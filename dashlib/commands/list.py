"""`dashlib list`: what is declared, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dashlib.commands.shared import compiled, format_option, print_json, project_option

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
        panels = [panel for row in document.data["panels"] for panel in (row, *row.get("panels", ()))]
        count = sum(panel["type"] != "row" for panel in panels)
        title, holds = document.data["title"], f"{count} panels"
    elif document.kind == "grafana-alerting":
        held = {key: items for key, items in document.data.items() if isinstance(items, list)}
        title = ", ".join(item.get("name", "policies") for items in held.values() for item in items)
        rules = [rule for group in held.get("groups", ()) for rule in group["rules"]]
        holds = f"{len(rules)} rules" if rules else ", ".join(f"{len(held[key])} {_HELD[key]}" for key in held)
    elif document.kind == "alertmanager":
        receivers = [receiver["name"] for receiver in document.data["receivers"]]
        title, holds = ", ".join(receivers), f"{len(receivers)} receivers"
    elif document.kind == "notification-template":
        title, holds = document.path.stem, f"{len(document.data['definitions'])} definitions"
    else:
        rules = [rule for group in document.data["groups"] for rule in group["rules"]]
        title = ", ".join(group["name"] for group in document.data["groups"])
        holds = f"{len(rules)} rules"
    return {
        "path": str(document.path),
        "kind": document.kind,
        "title": title,
        "holds": holds,
        "declared_in": document.declared_in,
    }
