"""`dashlib profile`: detect the naming profile of an exporter, or write one for it."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from dashlib.commands.shared import (
    FILE_OR_STDIN,
    FINDINGS,
    FINE,
    format_option,
    metrics_in,
    print_json,
    progress,
    prometheus_from,
    prometheus_options,
)
from dashlib.compile.readable import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.metrics.clusters import Merged
    from dashlib.metrics.profiles import Profile
    from dashlib.metrics.recognition import Observed, Recognition, Respelled
    from dashlib.servers.prometheus import Prometheus

_MOST_NAMES = 5


@click.command(name="profile")
@click.option(
    "--metrics",
    "metrics_file",
    type=FILE_OR_STDIN,
    metavar="FILE",
    help="Output of the exporter's /metrics, - for standard input.",
)
@prometheus_options
@click.option(
    "--write",
    "written",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a profile for this exporter to a .json file.",
)
@format_option
def command(
    metrics_file: Path | None,
    prometheus_url: str,
    http_config: Path | None,
    tenant: str,
    timeout: float,
    written: Path | None,
    output_format: str,
) -> None:
    """Detect the naming profile of an exporter, from its metrics or from a Prometheus that scrapes it.

    Credentials for Prometheus come from --http-config, PROMETHEUS_TOKEN, or PROMETHEUS_USER and PROMETHEUS_PASSWORD.

    \b
    Exit codes:
      0  a profile was recognized or written
      1  no profile that comes with dashlib matches
      2  wrong usage
      3  Prometheus failed or cannot be reached

    \b
    Examples:
      curl -s http://connect:9404/metrics | dashlib profile --metrics -
      dashlib profile --prometheus http://localhost:9090
      dashlib profile --metrics metrics.txt --write our-exporter.json
    """
    from dashlib.metrics.catalog import catalog
    from dashlib.metrics.recognition import recognize, respelled

    if (metrics_file is None) == (not prometheus_url):
        raise click.UsageError("pass either --metrics FILE or --prometheus URL")
    if written is not None and written.suffix != ".json":
        raise click.UsageError(f"--write expects a .json file; got {written}")
    text = ""
    if metrics_file is not None:
        (text, observed), prometheus, source = metrics_in(metrics_file), None, str(metrics_file)
    else:
        prometheus = prometheus_from(prometheus_url, http_config, tenant, timeout)
        with progress("asking Prometheus"):
            observed = _observed(prometheus)
        source = prometheus_url
    recognition = recognize(observed, catalog())
    derived = _written(written, observed, source) if written is not None else None
    profile = recognition.best.profile if recognition.best is not None else derived
    clusters = _clusters(prometheus, profile) if prometheus is not None else _clusters_on(text, profile)
    if output_format == "json":
        print_json(_as_data(recognition, written, clusters))
    else:
        _print(recognition, written, derived, respelled(observed.names, catalog(), None))
        if clusters is not None:
            click.echo(f"connectors of equal names run in several clusters, told apart by {clusters.described}")
            click.echo(f"to keep them apart, add to [tool.dashlib] in pyproject.toml: {clusters.line}")
    raise SystemExit(FINE if recognition.best is not None or written is not None else FINDINGS)


def observed_by(url: str, http_config: Path | None, tenant: str, seconds: float) -> Observed:
    """Return what the exporters serve that a Prometheus scrapes."""
    return _observed(prometheus_from(url, http_config, tenant, seconds))


def _observed(prometheus: Prometheus) -> Observed:
    from dashlib.doctor.examination import observe_prometheus
    from dashlib.metrics.catalog import catalog

    return observe_prometheus(prometheus, catalog())


def _clusters(prometheus: Prometheus, profile: Profile | None) -> Merged | None:
    """Return the connectors of equal names that run in several clusters; None without any."""
    from dashlib.doctor.examination import clusters_of
    from dashlib.metrics.catalog import catalog

    return clusters_of(prometheus, catalog(), profile) if profile is not None else None


def _clusters_on(text: str, profile: Profile | None) -> Merged | None:
    """Return the same of a page, such as Prometheus' `/federate`; an exporter's own tells of one cluster."""
    from dashlib.doctor.examination import clusters_on
    from dashlib.metrics.catalog import catalog
    from dashlib.metrics.exposition import series

    return clusters_on(list(series(text, "this")), catalog(), profile) if profile is not None else None


def _written(file: Path, observed: Observed, source: str) -> Profile:
    """Write a profile for what was observed; it is validated like any other."""
    import orjson

    from dashlib.documents import files
    from dashlib.metrics.catalog import catalog
    from dashlib.metrics.profiles import profile_in, profile_to_data
    from dashlib.metrics.recognition import derive

    name = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-") or "own"
    derived = derive(observed, catalog(), name, source)
    data = profile_to_data(derived)
    profile_in(data, file)
    content = orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    absolute = file.absolute()
    files.write(absolute.parent, {PurePosixPath(absolute.name): content})
    return derived


def _as_data(recognition: Recognition, written: Path | None, clusters: Merged | None) -> dict[str, object]:
    best = recognition.best
    return {
        "profile": best.profile.name if best is not None else None,
        "written": str(written) if written is not None else None,
        "names": len(recognition.concerned),
        "unexplained": sorted(recognition.unexplained),
        "missing_labels": dict(best.missing_labels) if best is not None else {},
        "kinds": list(recognition.kinds),
        "identity": list(clusters.labels) if clusters is not None else [],
        "candidates": [
            {"profile": match.profile.name, "fitting": len(match.fitting), "named": len(match.named)}
            for match in recognition.matches
        ],
    }


def _print(
    recognition: Recognition, written: Path | None, derived: Profile | None, spelled: Mapping[str, Respelled]
) -> None:
    best = recognition.best
    if best is None:
        click.echo(
            f"no profile that comes with dashlib matches (found {counted(len(recognition.concerned), 'metric')})"
        )
        for family, found in sorted(spelled.items()):
            example = min(found.examples.values(), key=lambda name: (len(name), name))
            click.echo(f"  {family}: {counted(len(found.examples), 'name')} spelled {found.pattern}, such as {example}")
    else:
        profile = best.profile
        label = profile.label("server")
        click.echo(f"{profile.name}: {profile.title}")
        click.echo(f"  {len(best.fitting)} of {counted(len(recognition.concerned), 'name')} match")
        if profile.family("debezium").metric or profile.metrics:
            click.echo(
                f"  label that identifies a connector: {label}; connectors: {', '.join(recognition.kinds) or '-'}"
            )
        for missing, count in sorted(best.missing_labels.items()):
            click.echo(f"  {counted(count, 'name')} without the label {missing}: was it renamed?")
        if recognition.unexplained:
            unknown = recognition.unexplained
            more = ", …" if len(unknown) > _MOST_NAMES else ""
            click.echo(
                f"  {counted(len(unknown), 'name')} not in the profile: {', '.join(unknown[:_MOST_NAMES])}{more}"
            )
        for note in profile.notes:
            click.echo(f"  note: {note}")
    for match in recognition.matches[1 if best is not None else 0 :][:2]:
        click.echo(f"  next best: {match.profile.name} ({counted(len(match.fitting), 'name')})")
    if derived is not None:
        click.echo(f"{written}: written ({derived.families['debezium'].metric}); use it with --profile {written}")
    elif best is not None:
        click.echo(f"to use it: dashlib build --profile {best.profile.name}")
    else:
        click.echo("to write a profile for this exporter: --write our-exporter.json")
