"""What commands share: options, the compiled project, and how a result is printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dashlib.documents import Document
    from dashlib.project import Project

FINE, FINDINGS, WRONG_USE = 0, 1, 2

project_option = click.option(
    "--project",
    "project_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The project's folder. By default the nearest one upwards with a [tool.dashlib].",
)
format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people, or for machines.",
)


def compiled(project_folder: Path | None, profile: str = "") -> tuple[Project, list[Document]]:
    """Load and compile the project that a command works on; by default the nearest one upwards."""
    from dashlib import project as projects

    project = projects.load_project(project_folder or projects.find_root(Path.cwd()))
    return project, projects.compile_project(project, profile)


def print_json(data: object) -> None:
    """Print data for machines."""
    import json

    click.echo(json.dumps(data, indent=2))
