"""`dashlib catalog`: write the catalog of what an exporter or a Prometheus has."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import click

from dashlib.commands.shared import (
    FINDINGS,
    FINE,
    format_option,
    metrics_option,
    print_json,
    progress,
    prometheus_from,
    prometheus_options,
)
from dashlib.compile.readable import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from dashlib.metrics.discovery import Discovered
    from dashlib.metrics.exposition import Announced
    from dashlib.servers.prometheus import Prometheus


class _Seen(NamedTuple):
    """What there is: the labels of each series, what is announced, and the labels of every target."""

    labels: Mapping[str, Collection[str]]
    announced: Mapping[str, Announced]
    of_targets: Collection[str] = ()


@click.command(name="catalog")
@metrics_option("Output of the exporter's /metrics.")
@prometheus_options
@click.option("--prefix", default="", metavar="TEXT", help="Only metrics whose names begin with this.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Add missing entries to a TOML file such as pyproject.toml; existing ones stay.  [default: standard output]",
)
@format_option
def command(
    metrics_files: tuple[Path, ...],
    prometheus_url: str,
    http_config: Path | None,
    tenant: str,
    timeout: float,
    prefix: str,
    out: Path | None,
    output_format: str,
) -> None:
    """Write the catalog of the metrics that an exporter or Prometheus has.

    The catalog is the table [tool.dashlib.catalog] of the configuration, against which declarations are
    compiled and checked.

    Types, help texts and units come from the exporter. What it does not announce is guessed from the name and marked as
    guessed. Metrics that dashlib already knows are left out.

    \b
    Exit codes:
      0  the catalog was written
      1  there are no such metrics, or FILE contradicts one
      2  wrong usage
      3  Prometheus failed or cannot be reached

    \b
    Examples:
      curl -s http://shop:8080/metrics | dashlib catalog --metrics -
      dashlib catalog --prometheus http://localhost:9090 --prefix shop_ --out pyproject.toml
    """
    if bool(metrics_files) == bool(prometheus_url):
        raise click.UsageError("pass either --metrics FILE or --prometheus URL")
    if out is not None and output_format == "json":
        raise click.UsageError("--out writes TOML: leave out --format json")
    if metrics_files:
        seen = _in_files(metrics_files)
    else:
        seen = _in_prometheus(prometheus_from(prometheus_url, http_config, tenant, timeout), prefix)
    found, others = _discovered(seen, prefix)
    if not found:
        there = f"{counted(len(seen.labels), 'series name')} found"
        click.echo(
            f"dashlib: no metric begins with {prefix!r} that dashlib does not already know; {there}"
            if prefix
            else f"dashlib: no metric that dashlib does not already know; {there}",
            err=True,
        )
        raise SystemExit(FINDINGS)
    for said in others:
        click.echo(f"dashlib: {said}", err=True)
    if out is not None:
        raise SystemExit(_merge(out, found))
    if output_format == "json":
        print_json({metric.name: {**metric.table(), "guessed": list(metric.guessed)} for metric in found})
    else:
        click.echo("\n".join(metric.toml() for metric in found), nl=False)
    raise SystemExit(FINE)


def _merge(out: Path, found: Sequence[Discovered]) -> int:
    from dashlib.documents import files
    from dashlib.errors import ConfigurationError
    from dashlib.metrics.discovery import merged

    try:
        text = (files.read(out) or b"").decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{out} is not text: byte {error.start} is not UTF-8; write to another file") from None
    result = merged(text, found, str(out))
    if result.added:
        absolute = out.absolute()
        files.write(absolute.parent, {PurePosixPath(absolute.name): result.text.encode()})
    click.echo(f"{out}: {counted(len(result.added), 'metric')} added, {len(result.kept)} in it already")
    for said in result.contradicted:
        click.echo(f"{out}: {said}", err=True)
    return FINDINGS if result.contradicted else FINE


def _discovered(seen: _Seen, prefix: str) -> tuple[list[Discovered], list[str]]:
    """Return the metrics that dashlib does not know, and sentences about those that are left out."""
    from dashlib.metrics.discovery import discover, is_declarable, series_of

    known = _known(seen.labels)
    names = {name for name in seen.labels if name.startswith(prefix)}
    unwritable = sorted(name for name in names if not is_declarable(name))
    series = series_of([name for name in names if name not in known and name not in unwritable], seen.announced)
    found = list(discover(series, seen.labels, seen.announced, seen.of_targets))
    said = []
    if names & known:
        said.append(f"{counted(len(names & known), 'metric')} already known to dashlib left out")
    if unwritable:
        said.append(f"left out, because the catalog cannot hold such names: {', '.join(map(repr, unwritable[:5]))}")
    if seen.of_targets:
        listed = ", ".join(f'"{label}"' for label in sorted(seen.of_targets))
        said.append(f"every target has these labels; in [tool.dashlib]: target_labels = [{listed}]")
    return found, said


def _known(labels: Mapping[str, Collection[str]]) -> set[str]:
    """Return the names of series that dashlib's own catalog has, as an exporter spells them."""
    from dashlib.metrics.catalog import catalog
    from dashlib.metrics.recognition import Observed, recognize

    shipped = catalog()
    observed = Observed({name: {label: frozenset() for label in of} for name, of in labels.items()})
    best = recognize(observed, shipped).best
    spelled = set(best.fitting) if best is not None else set()
    return {name for name in labels if name in spelled or name in shipped}


def _in_files(files: Iterable[Path]) -> _Seen:
    from dashlib.commands.shared import text_of_metrics
    from dashlib.metrics.exposition import MetricsTextError, announced, series

    labels: dict[str, set[str]] = {}
    said: dict[str, Announced] = {}
    for name, text in map(text_of_metrics, files):
        before = len(labels)
        for metric, of_series in series(text, name):
            labels.setdefault(metric, set()).update(of_series)
        if len(labels) == before == 0:
            raise MetricsTextError(f"{name} has no series: is the exporter running?")
        said = {**announced(text), **said}
    return _Seen(labels, said)


def _in_prometheus(prometheus: Prometheus, prefix: str) -> _Seen:
    from concurrent.futures import ThreadPoolExecutor

    from dashlib import promql
    from dashlib.doctor.examination import WORKERS
    from dashlib.doctor.questions import DEFAULT_RANGE

    now = prometheus.query("time()").samples[0].value
    start = now - DEFAULT_RANGE
    names = prometheus.label_values("__name__", start, now)
    asked = [name for name in names if name.startswith(prefix)]

    def labels(name: str) -> frozenset[str]:
        selector = promql.format_matchers([promql.Matcher("__name__", "=", name)])
        return frozenset(prometheus.label_names([selector], start, now))

    with ThreadPoolExecutor(WORKERS) as pool, progress("asking for labels") as shown:
        found: dict[str, frozenset[str]] = dict.fromkeys(names, frozenset())
        for index, (name, of_name) in enumerate(zip(asked, pool.map(labels, asked), strict=True), start=1):
            found[name] = of_name
            shown(index, len(asked))
        of_targets = labels("up") - {"__name__", "job", "instance"} if "up" in names else frozenset[str]()
    return _Seen(found, prometheus.metadata(), of_targets)
