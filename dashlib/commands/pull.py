"""`dashlib pull`: what a Grafana has, as files."""

from __future__ import annotations

from pathlib import Path

import click

from dashlib.commands.grafana_shared import Connection, grafana_options, only_option, show_notes
from dashlib.commands.shared import format_option, print_json


@click.command(name="pull")
@click.argument("uids", nargs=-1, metavar="[UID]...")
@grafana_options
@click.option("--target", default="", help="A Grafana that the configuration names.")
@only_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write below this folder: all of it; by default only dashboards that nobody declares, below ./pulled.",
)
@format_option
def command(
    uids: tuple[str, ...], connection: Connection, target: str, only: str, out: Path | None, output_format: str
) -> None:
    """Write the dashboards that a Grafana has to files; without UID those that are declared, or fit --only.

    A declared dashboard goes to its compiled file, with the placeholder of the datasource and the order of keys that a
    build gives it: where nobody changed it in the UI, the file stays as it is, and where somebody did, `git diff`
    shows what. Any other dashboard is plain JSON.

    \b
    Example:
      dashlib pull --grafana https://grafana.example.com
      dashlib pull --target production --only 'debezium-*'
      dashlib pull --target production debezium-mysql --out /tmp/pulled
    """
    from dashlib.documents import files
    from dashlib.grafana.session import PushOptions

    if uids and only:
        raise click.UsageError("name dashboards by UID or by --only, not by both")
    session = connection.session(target, lambda _: PushOptions(only=only, check=False))
    contents, missing = session.pull(uids)
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
            click.echo(f"dashlib: {session.target.url} has no dashboard {uid!r} that the token may read", err=True)
        show_notes(session)
    raise SystemExit(1 if missing else 0)
