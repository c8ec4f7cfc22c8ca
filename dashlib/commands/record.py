"""`dashlib record`: keep what a Prometheus knows for `dashlib preview --recording`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from dashlib.commands.shared import (
    FINDINGS,
    FINE,
    compiled,
    profile_option,
    progress,
    project_option,
    prometheus_options,
)


@click.command(name="record")
@project_option
@profile_option
@prometheus_options
@click.option(
    "--out",
    "out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="Write the recording here, as .json.gz.",
)
@click.option("--last", default="30m", show_default=True, metavar="DURATION", help="How far back to record.")
def command(
    project_folder: Path | None,
    profile: str,
    prometheus_url: str,
    http_config: Path | None,
    tenant: str,
    timeout: float,
    out: Path,
    last: str,
) -> None:
    """Record every series that the dashboards and rules query from a Prometheus.

    The file holds the names, labels and values of these series and nothing else.

    \b
    Exit codes:
      0  recorded
      1  Prometheus has none of the metrics
      2  wrong usage
      3  Prometheus failed or cannot be reached

    \b
    Examples:
      dashlib record --prometheus http://localhost:9090 --out incident.json.gz
      dashlib preview --recording incident.json.gz --out preview
    """
    from dashlib.commands.shared import prometheus_from
    from dashlib.documents.library import with_library_panels
    from dashlib.preview.recording import metrics_of, record
    from dashlib.promql import duration_seconds

    if not prometheus_url:
        raise click.UsageError("pass --prometheus URL")
    try:
        seconds = duration_seconds(last)
    except ValueError as error:
        raise click.UsageError(f"--last: {error}") from None
    _, documents = compiled(project_folder, profile)
    name = out.name.removesuffix(".gz").removesuffix(".json")
    prometheus = prometheus_from(prometheus_url, http_config, tenant, timeout)
    with progress("recording"):
        recording = record(prometheus, metrics_of(with_library_panels(documents)), name, time.time(), seconds)
    if not recording.series:
        click.echo(
            f"{prometheus_url} has none of the metrics that the project's dashboards and rules ask for", err=True
        )
        raise SystemExit(FINDINGS)
    recording.write(out)
    click.echo(f"wrote {out}: {len(recording.series)} series, {last}")
    raise SystemExit(FINE)
