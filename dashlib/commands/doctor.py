"""`dashlib doctor`: run every query against a Prometheus and explain the ones that return no data."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashlib.commands.grafana_shared import configured_targets, names_of, token_file_option
from dashlib.commands.output import is_colored
from dashlib.commands.shared import (
    FINDINGS,
    FINE,
    format_options,
    load,
    print_json,
    profile_option,
    progress,
    project_option,
    prometheus_options,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashlib.doctor.examination import Examined
    from dashlib.grafana.targets import Target
    from dashlib.servers.grafana import Client
    from dashlib.servers.prometheus import Prometheus


@click.command(name="doctor")
@click.argument("arguments", nargs=-1, metavar="[TARGET] [FILE]...")
@prometheus_options
@click.option(
    "--rules-url",
    default="",
    metavar="URL",
    help="URL of the vmalert or ruler that has loaded the rules.  [default: the URL of Prometheus]",
)
@click.option(
    "--connect",
    "connect_url",
    default="",
    metavar="URL",
    help="URL of Kafka Connect, to compare its connectors with Prometheus.",
)
@click.option(
    "--grafana",
    "grafana_url",
    default="",
    metavar="URL",
    help="Run the queries of the dashboards in this Grafana instead of the declared ones.",
)
@token_file_option
@project_option
@profile_option
@click.option(
    "--datasource-interval",
    default="",
    metavar="DURATION",
    help="Scrape interval that Grafana's datasource is set to.  [default: 15s, or what --grafana says]",
)
@format_options("markdown", "json")
def command(  # the options of the command
    arguments: tuple[str, ...],
    prometheus_url: str,
    http_config: Path | None,
    tenant: str,
    timeout: float,
    rules_url: str,
    connect_url: str,
    grafana_url: str,
    token_file: Path | None,
    project_folder: Path | None,
    profile: str,
    datasource_interval: str,
    output_format: str,
) -> None:
    """Run every query and explain the ones that return no data.

    TARGET is a Grafana from the configuration that names its Prometheus; --prometheus names one by its URL. Without
    any FILE (a dashboard as .json, a rule file as .yml) the queries of the project are run. Nothing is changed.

    Credentials for Prometheus come from --http-config, PROMETHEUS_TOKEN, or PROMETHEUS_USER and PROMETHEUS_PASSWORD;
    for Kafka Connect from KAFKA_CONNECT_TOKEN, or KAFKA_CONNECT_USER and KAFKA_CONNECT_PASSWORD; for Grafana from
    --token-file, GRAFANA_TOKEN, or GRAFANA_USER and GRAFANA_PASSWORD. Those for Prometheus go to --rules-url only
    where it is on the same host.

    \b
    Exit codes:
      0  no findings
      1  findings
      2  wrong usage
      3  Prometheus, Kafka Connect or Grafana failed or cannot be reached

    \b
    Examples:
      dashlib doctor production
      dashlib doctor --prometheus http://localhost:9090
      dashlib doctor production --connect http://connect:8083 --format markdown
      dashlib doctor --prometheus http://victoriametrics:8428 --rules-url http://vmalert:8880
      dashlib doctor --prometheus https://mimir.example.com/prometheus --tenant cdc
      dashlib doctor --prometheus http://localhost:9090 some-dashboard.json rules.yml
    """
    import os
    import sys

    from dashlib.compile.configuration import find_root
    from dashlib.doctor import examination, report
    from dashlib.servers.access import access_from_environment
    from dashlib.servers.kafka_connect import KafkaConnect

    root = (project_folder or find_root(Path.cwd())).resolve()
    targets = configured_targets(root)
    name, files = _name_and_files(arguments, targets)
    target = _target(targets, name, prometheus_url, grafana_url)
    if target is not None:
        prometheus_url = prometheus_url or target.prometheus
        connect_url = connect_url or target.connect
        rules_url = rules_url or target.rules_url
        tenant = tenant or target.tenant
        profile = profile or target.profile
        http_config = http_config or (Path(target.http_config) if target.http_config else None)
    if not prometheus_url:
        raise click.UsageError(_no_prometheus(target, targets))
    prometheus, ruler = _prometheus_and_ruler(prometheus_url, rules_url, http_config, tenant, timeout)
    connect_access = access_from_environment(os.environ, "KAFKA_CONNECT")
    connect = KafkaConnect(connect_url, connect_access) if connect_url else None
    grafana = _grafana(targets, name, grafana_url, str(token_file or "")) if grafana_url else None
    examined = _examined(files, root, profile, _seconds(datasource_interval), grafana)
    with progress("querying Prometheus") as show:
        result = examination.examine(prometheus, examined, connect, show, ruler)
    if output_format == "json":
        print_json(report.as_data(result))
    elif output_format == "markdown":
        click.echo(report.as_markdown(result))
    else:
        click.echo(report.as_text(result, report.Style(color=is_colored(sys.stdout))), nl=False)
    raise SystemExit(FINDINGS if result.problems else FINE)


def _prometheus_and_ruler(
    url: str, rules_url: str, http_config: Path | None, tenant: str, timeout: float
) -> tuple[Prometheus, Prometheus | None]:
    """Return the Prometheus, and where its rules are loaded if that is another server."""
    import os

    from dashlib.doctor.examination import WORKERS
    from dashlib.servers.access import access_from_environment, access_from_file, for_another_url, for_tenant
    from dashlib.servers.prometheus import Prometheus

    access = access_from_file(http_config) if http_config else access_from_environment(os.environ, "PROMETHEUS")
    access = for_tenant(access, tenant)
    prometheus = Prometheus(url, access, seconds=timeout, connections=WORKERS)
    if not rules_url:
        return prometheus, None
    return prometheus, Prometheus(rules_url, for_another_url(access, rules_url, url), seconds=timeout)


def _name_and_files(arguments: Sequence[str], targets: Mapping[str, Target]) -> tuple[str, tuple[Path, ...]]:
    """Split arguments into the name of a target, empty if none is given, and files."""
    named = [each for each in arguments if each in targets]
    files = tuple(Path(each) for each in arguments if each not in targets)
    if len(named) > 1:
        raise click.UsageError(f"expected one target, got {' and '.join(named)}")
    for file in files:
        if not file.is_file():
            raise click.UsageError(
                f"{str(file)!r} is neither a file nor a target ({names_of(targets)}); add it as "
                "[tool.dashlib.grafana.NAME] with url and prometheus, or pass --prometheus URL"
            )
    return "".join(named), files


def _target(targets: Mapping[str, Target], name: str, prometheus_url: str, grafana_url: str) -> Target | None:
    """Return the target by its name, or by its Grafana; a single one needs no name. None for a Prometheus alone."""
    if name:
        return targets[name]
    if prometheus_url:
        return None
    meant = [target for target in targets.values() if not grafana_url or target.url == grafana_url]
    return meant[0] if len(meant) == 1 else None


def _no_prometheus(target: Target | None, targets: Mapping[str, Target]) -> str:
    if target is not None:
        table = f"[tool.dashlib.grafana.{target.name}]"
        return f"which Prometheus? Set prometheus in {table}, or pass --prometheus URL"
    if targets:
        return f"which Prometheus? Name a target ({', '.join(targets)}), or pass --prometheus URL"
    return "which Prometheus? Pass --prometheus URL, or set prometheus in a [tool.dashlib.grafana.NAME] table"


def _seconds(duration: str) -> float:
    from dashlib import promql

    if not duration:
        return math.nan
    try:
        return promql.duration_seconds(duration)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--datasource-interval") from None


def _examined(files: Sequence[Path], root: Path, profile: str, interval: float, grafana: Client | None) -> Examined:
    """Return what to examine: files, the dashboards of a Grafana, or the declarations."""
    from dashlib.compile.project import compile_project, rendering_of
    from dashlib.doctor import sets
    from dashlib.doctor.questions import DEFAULT_DATASOURCE_INTERVAL
    from dashlib.documents.library import with_library_panels

    known = DEFAULT_DATASOURCE_INTERVAL if math.isnan(interval) else interval
    if files:
        if grafana is not None:
            raise click.UsageError("pass either FILEs or --grafana, not both")
        return sets.of_files(files, known)
    project = load(root)
    documents = with_library_panels(compile_project(project, profile))
    rendering = rendering_of(project, profile)
    if grafana is None:
        return sets.of_project(documents, rendering, known)
    rules = [document for document in documents if document.kind == "rules"]
    return sets.of_grafana(grafana, rules, rendering, interval)


def _grafana(targets: Mapping[str, Target], name: str, url: str, token_file: str) -> Client:
    """Return the Grafana at a URL, with the settings of the named target or of the one with that URL."""
    import os

    from dashlib.grafana.targets import choose, connect, read_access

    target = choose(targets, name, url)
    return connect(target, read_access(target, os.environ, token_file))
