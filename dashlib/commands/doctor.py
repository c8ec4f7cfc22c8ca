"""`dashlib doctor`: ask a running Prometheus what would be empty, and why."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashlib.commands.shared import FINDINGS, FINE, load, print_json, progress, project_option, prometheus_options

if TYPE_CHECKING:
    from dashlib.doctor.examination import Examined
    from dashlib.servers.grafana import Client


@click.command(name="doctor")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@prometheus_options(required=True)
@click.option("--connect", "connect_url", default="", metavar="URL", help="Kafka Connect's REST API, to compare with.")
@click.option(
    "--grafana", "grafana_url", default="", metavar="URL", help="Ask what the dashboards of this Grafana ask."
)
@project_option
@click.option("--profile", default="", help="Naming profile that the set is built for. By default the configuration's.")
@click.option(
    "--datasource-interval",
    default="",
    metavar="DURATION",
    help="The scrape interval that Grafana's datasource is set to. By default Grafana's own 15s.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="For people, for a ticket, or for machines.",
)
def command(  # the options of the command
    files: tuple[Path, ...],
    prometheus_url: str,
    http_config: Path | None,
    query_timeout: float,
    connect_url: str,
    grafana_url: str,
    project_folder: Path | None,
    profile: str,
    datasource_interval: str,
    output_format: str,
) -> None:
    """Ask a Prometheus every query of the set, and say why those that are empty are.

    The set is what the project declares, the FILEs (dashboards as .json, rule files as .yml), or the dashboards of a
    Grafana. Nothing is changed anywhere.

    Credentials come from PROMETHEUS_TOKEN, from PROMETHEUS_USER and PROMETHEUS_PASSWORD, or from a file in the format
    of Prometheus' http_config; Kafka Connect's from KAFKA_CONNECT_USER and KAFKA_CONNECT_PASSWORD.

    Exit code: 0 nothing is wrong, 1 findings, 3 Prometheus could not be asked.

    \b
    Example:
      dashlib doctor --prometheus http://localhost:9090
      dashlib doctor --prometheus https://prometheus.example.com --connect http://connect:8083 --format markdown
      dashlib doctor --prometheus http://localhost:9090 some-dashboard.json rules.yml
    """
    import os
    import sys

    from dashlib.doctor import examination, report
    from dashlib.servers.access import access_from_environment, access_from_file
    from dashlib.servers.kafka_connect import KafkaConnect
    from dashlib.servers.prometheus import Prometheus

    access = access_from_file(http_config) if http_config else access_from_environment(os.environ, "PROMETHEUS")
    prometheus = Prometheus(prometheus_url, access, seconds=query_timeout, connections=examination.WORKERS)
    connect_access = access_from_environment(os.environ, "KAFKA_CONNECT")
    connect = KafkaConnect(connect_url, connect_access) if connect_url else None
    examined = _examined(files, project_folder, profile, _seconds(datasource_interval), grafana_url)
    with progress("asking Prometheus") as show:
        result = examination.examine(prometheus, examined, connect, show)
    if output_format == "json":
        print_json(report.as_data(result))
    elif output_format == "markdown":
        click.echo(report.as_markdown(result))
    else:
        click.echo(report.as_text(result, report.Style(color=sys.stdout.isatty())), nl=False)
    raise SystemExit(FINDINGS if result.problems else FINE)


def _seconds(duration: str) -> float:
    from dashlib import promql

    if not duration:
        return math.nan
    try:
        return promql.duration_seconds(duration)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--datasource-interval") from None


def _examined(files: tuple[Path, ...], folder: Path | None, profile: str, interval: float, grafana: str) -> Examined:
    """Return the set that the command line means."""
    from dashlib.compile import project as projects
    from dashlib.doctor import sets
    from dashlib.doctor.questions import DEFAULT_DATASOURCE_INTERVAL

    told = DEFAULT_DATASOURCE_INTERVAL if math.isnan(interval) else interval
    if files:
        if grafana:
            raise click.UsageError("say FILEs or --grafana, not both")
        return sets.of_files(files, told)
    project = load(folder)
    documents = projects.compile_project(project, profile)
    rendering = projects.rendering_of(project, profile)
    if not grafana:
        return sets.of_project(documents, rendering, told)
    rules = [document for document in documents if document.kind == "rules"]
    return sets.of_grafana(_grafana(grafana), rules, rendering, interval)


def _grafana(url: str) -> Client:
    import os

    from dashlib.grafana.targets import Target, connect, read_access

    target = Target(url)
    return connect(target, read_access(target, os.environ))
