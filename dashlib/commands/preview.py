"""`dashlib preview`: dashboards as a page that opens from disk, and as pictures."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashlib.commands.shared import FINE, compiled, profile_option, progress, project_option, prometheus_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.documents.document import Document
    from dashlib.preview.asking import Looked
    from dashlib.preview.sources import Source

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(name="preview")
@click.argument("dashboards", nargs=-1, metavar="[UID]...")
@project_option
@profile_option
@click.option("--out", "out", type=_FOLDER, metavar="DIR", help="Write the page to DIR/index.html.")
@click.option("--png", "png", type=_FOLDER, metavar="DIR", help="Write a picture of each dashboard to DIR.")
@click.option("--panel", "panels", multiple=True, metavar="TITLE", help="Picture only this panel; repeatable.")
@click.option(
    "--recording",
    "recording",
    default="",
    metavar="FILE|NAME",
    help="Show a recording: a file of `dashlib record`, or a recorded fault that comes with dashlib (healthy, …).",
)
@prometheus_options
@click.option("--light", is_flag=True, help="Begin with the light theme.")
@click.option(
    "--width", type=click.IntRange(400, 4000), default=1600, show_default=True, help="Of pictures, in pixels."
)
def command(
    dashboards: tuple[str, ...],
    project_folder: Path | None,
    profile: str,
    out: Path | None,
    png: Path | None,
    panels: tuple[str, ...],
    recording: str,
    prometheus_url: str,
    http_config: Path | None,
    tenant: str,
    timeout: float,
    light: bool,  # noqa: FBT001  # click passes it by name
    width: int,
) -> None:
    """Draw dashboards as Grafana would, without a Grafana.

    UIDs choose dashboards; by default all of the project. Queries are evaluated by Prometheus: yours with --prometheus,
    or one that is started on this machine for the moment and holds a recording.

    \b
    Exit codes:
      0  written
      2  wrong usage
      3  Prometheus or Chromium failed, or is not installed

    \b
    Examples:
      dashlib preview --out preview --recording database-hung
      dashlib preview --out preview --prometheus http://localhost:9090
      dashlib preview --png pictures --recording healthy debezium-production
    """
    from dashlib.preview.page import as_html, model
    from dashlib.preview.sources import of_recording, recording_named

    if out is None and png is None:
        raise click.UsageError("pass --out DIR for a page, or --png DIR for pictures")
    if bool(recording) and bool(prometheus_url):
        raise click.UsageError("pass either --recording or --prometheus")
    source = None if prometheus_url else of_recording(recording_named(recording or "healthy"))
    project, documents = compiled(project_folder, profile)
    chosen = _chosen(documents, dashboards)
    if source is None:
        from dashlib.commands.profile import prometheus_at

        title = prometheus_url
        with progress("asking Prometheus"):
            from dashlib.preview.asking import look_at

            looked = look_at(chosen, prometheus_at(prometheus_url, http_config, tenant, timeout), time.time())
    else:
        title = source.title
        looked = _looked(source, chosen, documents, project.root)
    page = as_html(model(looked, title), dark=not light)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "index.html").write_bytes(page)
        click.echo(f"wrote {out / 'index.html'}: {len(looked)} dashboards, {title}")
    if png is not None:
        from dashlib.preview.pictures import take

        with progress("taking pictures"):
            files = take(page, png, [str(each.dashboard["uid"]) for each in looked], panels, width=width)
        for file in files:
            click.echo(f"wrote {file}")
    raise SystemExit(FINE)


def _chosen(documents: Sequence[Document], uids: Sequence[str]) -> list[dict[str, object]]:
    found = {document.data["uid"]: document.data for document in documents if document.kind == "dashboard"}
    missing = [uid for uid in uids if uid not in found]
    if missing:
        raise click.UsageError(f"{missing[0]!r} is not the uid of a dashboard; those are: {', '.join(found)}")
    return [found[uid] for uid in uids] if uids else list(found.values())


def _looked(
    source: Source, dashboards: Sequence[dict[str, object]], documents: Sequence[Document], root: Path
) -> list[Looked]:
    """Start a Prometheus with the source's samples, and ask it."""
    from dashlib.preview.asking import look_at
    from dashlib.preview.sources import NOW
    from dashlib.servers.local_prometheus import local_prometheus
    from dashlib.servers.prometheus import Prometheus

    with progress("evaluating the rules"):
        samples = source.samples([each for each in documents if each.kind == "rules"], root)
    with progress("asking Prometheus"), local_prometheus(samples, root) as url:
        return look_at(dashboards, Prometheus(url, seconds=60.0), NOW, source.back)
