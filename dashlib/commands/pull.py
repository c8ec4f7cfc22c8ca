"""`dashlib pull`: the dashboards of a Grafana, as files."""

from __future__ import annotations

from pathlib import Path

import click

from dashlib.commands.grafana_shared import (
    Connection,
    grafana_options,
    names_of,
    only_option,
    show_notes,
    target_argument,
)
from dashlib.commands.shared import FINDINGS, FINE, format_option, print_json, progress


@click.command(name="pull")
@target_argument
@grafana_options
@only_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write everything below this folder.  [default: declared dashboards to their compiled files, others to "
    "./pulled]",
)
@format_option
def command(target: str, connection: Connection, only: str, out: Path | None, output_format: str) -> None:
    """Write dashboards from Grafana to files: the declared ones, or those that match --only.

    TARGET is a Grafana from the configuration; --grafana names one by its URL.

    What is declared, library panels too, goes to its compiled file, formatted as a build formats it: `git diff` then
    shows what was edited in the UI, and nothing else. --only also matches dashboards that are not declared; they are
    written as plain JSON.

    \b
    Exit codes:
      0  everything was written
      1  Grafana lacks a declared dashboard or library panel
      2  wrong usage
      3  Grafana failed or cannot be reached

    \b
    Examples:
      dashlib pull --grafana https://grafana.example.com
      dashlib pull production --only 'debezium-*'
      dashlib pull production --only debezium-mysql --out /tmp/pulled
    """
    from dashlib.documents import files
    from dashlib.grafana.session import PushOptions

    if target and target not in connection.targets and "://" not in target:
        raise click.UsageError(
            f"{target!r} is not a configured target ({names_of(connection.targets)}); to pull a dashboard by its UID, "
            f"pass --only {target}"
        )
    session = connection.session(target, lambda _: PushOptions(only=only, check=False))
    with progress("reading Grafana"):
        contents, missing = session.pull()
    root = session.project.root
    own = out.absolute() if out is not None else root
    others = out.absolute() if out is not None else Path.cwd() / "pulled"
    written = []
    for folder, pulled in ((own, contents.declared), (others, contents.others)):
        changes = files.compare(folder, pulled, ())
        files.write(folder, {path: pulled[path] for path in (*changes.created, *changes.updated)})
        written += [(str(folder / path), "created") for path in changes.created]
        written += [(str(folder / path), "updated") for path in changes.updated]
        written += [(str(folder / path), "unchanged") for path in changes.unchanged]
    if output_format == "json":
        print_json({"files": dict(written), "missing": missing})
    else:
        for path, what in written:
            click.echo(f"{path}: {what}")
        for uid in missing:
            click.echo(
                f"dashlib: Grafana at {session.target.url} has no dashboard or library panel with UID {uid!r}, or the "
                "token cannot read it",
                err=True,
            )
        show_notes(session)
    raise SystemExit(FINDINGS if missing else FINE)
