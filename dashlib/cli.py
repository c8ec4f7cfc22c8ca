"""The command line: every command is a thin call into the library, which is imported when the command runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePosixPath

    from dashlib.documents import Document
    from dashlib.outputs.files import Changes
    from dashlib.project import Project

FINE, FINDINGS, WRONG_USE = 0, 1, 2
INTERRUPTED = 130

_project_option = click.option(
    "--project",
    "project_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The project's folder. By default the nearest one upwards with a [tool.dashlib].",
)
_format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people, or for machines.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dashlib", prog_name="dashlib")
def cli() -> None:
    """Dashboards and alert rules as code for Debezium change data capture.

    \b
    Example:
      dashlib build            compile every dashboard and rule file
      dashlib build --check    is what is committed what the code says?
      dashlib list             what is declared, and where
    """


@cli.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@_project_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write below this folder instead.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and show a diff where a file is not as declared.")
@click.option("--prune", is_flag=True, help="Remove compiled files that nobody declares any more.")
@click.option("--profile", default="", help="Naming profile of the exporter. By default the configuration's.")
@_format_option
def build(  # the options of the command
    files: tuple[str, ...],
    project_folder: Path | None,
    out: Path | None,
    check: bool,  # noqa: FBT001
    prune: bool,  # noqa: FBT001
    profile: str,
    output_format: str,
) -> None:
    """Compile the declarations, all or those that FILE names.

    A FILE is a declaration file (dashboards/mysql.py) or a compiled one. A file whose content would not change is not
    touched; a failure leaves every file as it was.

    \b
    Example:
      dashlib build
      dashlib build --check
      dashlib build dashboards/mysql.py --out /tmp/preview
    """
    from dashlib import project as projects
    from dashlib.outputs import files as on_disk

    project, documents = _compiled(project_folder, profile)
    chosen = _chosen(documents, files, project)
    undeclared = [] if files or out is not None else projects.find_undeclared(project, documents)
    contents = {document.path: projects.serialize(document) for document in chosen}
    root = project.root if out is None else out.absolute()
    changes = on_disk.compare(root, contents, undeclared)
    if check:
        _validate(project, chosen)
        _report(changes, output_format, verbs=("missing", "differs", "as declared", "declared by nobody"))
        if output_format == "text":
            _show_diff(root, contents, changes)
        raise SystemExit(FINDINGS if changes.any else FINE)
    on_disk.write(root, {path: contents[path] for path in (*changes.created, *changes.updated)})
    if prune:
        on_disk.remove(root, changes.undeclared)
    kept = "removed" if prune else "declared by nobody (remove it with --prune)"
    _report(changes, output_format, verbs=("created", "updated", "unchanged", kept))


@cli.command(name="list")
@_project_option
@_format_option
def list_(project_folder: Path | None, output_format: str) -> None:
    """List what is declared: each compiled file, what it holds, and where it is declared.

    \b
    Example:
      dashlib list
      dashlib list --format json
    """
    project, documents = _compiled(project_folder, "")
    rows = [_described(document) for document in documents]
    if output_format == "json":
        _print_json({"root": str(project.root), "documents": rows})
        return
    widths = [max(len(str(row[key])) for row in rows) for key in ("path", "title")]
    for row in rows:
        click.echo(f"{row['path']:<{widths[0]}}  {row['title']:<{widths[1]}}  {row['holds']:<22}  {row['declared_in']}")


def _compiled(project_folder: Path | None, profile: str) -> tuple[Project, list[Document]]:
    from dashlib import project as projects

    project = projects.load_project(project_folder or projects.find_root(Path.cwd()))
    return project, projects.compile_project(project, profile)


def _chosen(documents: list[Document], files: Sequence[str], project: Project) -> list[Document]:
    """Return the documents that the command line names, by declaration file or compiled file."""
    if not files:
        return documents
    chosen: list[Document] = []
    for name in files:
        absolute = Path(name).absolute()
        named = [
            document
            for document in documents
            if absolute == project.root / document.path
            or any(absolute == project.root / source for source in document.declared_in.split(", "))
        ]
        if not named:
            raise click.UsageError(
                f"{name} is neither a declaration file nor a compiled file of {project.root}; `dashlib list` shows them"
            )
        chosen.extend(document for document in named if document not in chosen)
    return chosen


def _described(document: Document) -> dict[str, str]:
    if document.kind == "dashboard":
        panels = [panel for row in document.data["panels"] for panel in (row, *row.get("panels", ()))]
        count = sum(panel["type"] != "row" for panel in panels)
        title, holds = document.data["title"], f"{count} panels"
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


def _validate(project: Project, documents: list[Document]) -> None:
    """Hold the configuration and the documents against dashlib's own schemas."""
    from dashlib import schemas
    from dashlib.project import CONFIGURATION_FILE, read_table

    file = project.root / CONFIGURATION_FILE
    schemas.validate_configuration(read_table(file), file)
    for document in documents:
        schemas.validate(document)


def _report(changes: Changes, output_format: str, verbs: tuple[str, str, str, str]) -> None:
    groups = (changes.created, changes.updated, changes.unchanged, changes.undeclared)
    if output_format == "json":
        names = ("created", "updated", "unchanged", "undeclared")
        _print_json({name: [str(path) for path in paths] for name, paths in zip(names, groups, strict=True)})
        return
    for verb, paths in zip(verbs, groups, strict=True):
        if paths is not changes.unchanged:
            for path in paths:
                click.echo(f"{path}: {verb}")
    if changes.unchanged:
        count = len(changes.unchanged)
        click.echo(f"{count} file{'' if count == 1 else 's'} {verbs[2]}")


def _show_diff(root: Path, contents: dict[PurePosixPath, bytes], changes: Changes) -> None:
    import difflib

    for path in (*changes.created, *changes.updated):
        before = (root / path).read_text(encoding="utf-8", errors="replace") if path in changes.updated else ""
        lines = difflib.unified_diff(
            before.splitlines(keepends=True),
            contents[path].decode().splitlines(keepends=True),
            f"{path} (on disk)",
            f"{path} (declared)",
        )
        click.echo("".join(lines), nl=False)


def _print_json(data: object) -> None:
    import json

    click.echo(json.dumps(data, indent=2))


def main() -> None:
    """Run the command line; end with 0 fine, 1 findings, 2 wrong use, 3 the other side failed."""
    from dashlib.errors import DashlibError

    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_USE)
    except DashlibError as error:
        click.echo(f"dashlib: {error}", err=True)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("dashlib: interrupted; each compiled file is whole, and all are old or all new", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FINE)
