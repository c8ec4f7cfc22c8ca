"""`dashlib init`: the files of a new project, which builds, lints and tests clean."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from dashlib import starters
from dashlib.commands.profile import observed_by
from dashlib.commands.shared import FILE_OR_STDIN, observed_in, progress, prometheus_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.metrics.recognition import Observed

_NONE = "none"
_NEXT = {
    "dashlib build": "compile the dashboards and rules",
    "dashlib test": "prove every alert; needs promtool, which comes with Prometheus",
    "dashlib preview": "see them in a browser, and what lint finds, as you write; needs Prometheus",
}
_CI = (*starters.continuous_integrations(), _NONE)


@click.command(name="init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".", metavar="[DIR]")
@click.option(
    "--watch",
    multiple=True,
    type=click.Choice(tuple(starters.watchable())),
    metavar="NAME",
    help=f"What to watch: {', '.join(starters.watchable())}; repeatable.  [default: {starters.DEBEZIUM}]",
)
@click.option(
    "--profile",
    default="",
    metavar="NAME",
    help=f"Naming profile of the exporter, or the path of its .json file.  [default: {starters.DEFAULT_PROFILE}]",
)
@click.option(
    "--metrics",
    "metrics_file",
    type=FILE_OR_STDIN,
    metavar="FILE",
    help="Output of the exporter's /metrics, to detect its profile; - for standard input.",
)
@prometheus_options
@click.option(
    "--to",
    "destinations",
    multiple=True,
    type=click.Choice(tuple(starters.destinations())),
    metavar="NAME",
    help=f"Where it goes besides the compiled files: {', '.join(starters.destinations())}; repeatable.",
)
@click.option("--grafana", "grafana_url", default="", metavar="URL", help="URL at which people open Grafana.")
@click.option(
    "--ci",
    type=click.Choice(_CI),
    metavar="NAME",
    help=f"CI service to write a configuration for: {', '.join(_CI)}.  [default: {_NONE}]",
)
@click.option("--yes", is_flag=True, help="Ask nothing; use the defaults of options that are not given.")
def command(
    folder: Path,
    watch: tuple[str, ...],
    profile: str,
    metrics_file: Path | None,
    prometheus_url: str,
    http_config: Path | None,
    tenant: str,
    timeout: float,
    destinations: tuple[str, ...],
    grafana_url: str,
    ci: str | None,
    yes: bool,  # noqa: FBT001
) -> None:
    """Write a new project: a dashboard, alerts, a runbook, a scenario, and what pre-commit and CI need.

    On a terminal, it asks for whatever the options leave open. Existing files are not touched: if one is in the
    way, nothing is written.

    \b
    Exit codes:
      0  the files are written
      2  wrong usage, or a file is in the way
      3  Prometheus failed or cannot be reached

    \b
    Examples:
      dashlib init monitoring
      dashlib init --yes --watch mysql --watch postgres --ci github
      dashlib init --yes --prometheus http://localhost:9090 --to push --grafana https://grafana.example.com
      dashlib init --yes --watch service
    """
    from importlib.metadata import version

    from dashlib.documents import files as on_disk

    exporters = [name for name in (profile, prometheus_url, metrics_file and str(metrics_file)) if name]
    if len(exporters) > 1:
        raise click.UsageError("pass only one of --profile, --metrics and --prometheus")
    is_asking = sys.stdin.isatty() and not yes
    if not (is_asking or yes or watch or exporters or destinations or ci):
        raise click.UsageError(
            "no terminal to ask on; pass --yes to use the defaults, or set --watch and the other options"
        )
    if is_asking:
        watch = watch or _several("What to watch?", starters.watchable(), starters.DEBEZIUM)
        if not exporters and set(watch) != {starters.SERVICE}:
            profile, metrics_file, prometheus_url = _exporter()
        destinations = destinations or _several("Where does it go besides files?", starters.destinations(), _NONE)
        if starters.PUSH in destinations and not grafana_url:
            grafana_url = click.prompt("URL of Grafana", default=starters.DEFAULT_GRAFANA)
        ci = ci or click.prompt("CI", type=click.Choice(_CI), default=_NONE)
    observed = _observed(metrics_file, prometheus_url, http_config, tenant, timeout)
    name, own_profile = _profile(profile, observed)
    choices = starters.Choices(
        watch=watch or (starters.DEBEZIUM,),
        destinations=destinations,
        ci="" if ci in {None, _NONE} else str(ci),
        grafana_url=grafana_url or starters.DEFAULT_GRAFANA,
        profile=name,
        own_profile=own_profile,
        version=version("dashlib"),
    )
    with progress("compiling"):
        files = starters.new_project(choices)
    starters.refuse_existing(folder, files)
    on_disk.write(folder, files)
    _report(folder, files, choices)


def _observed(
    metrics_file: Path | None, prometheus_url: str, http_config: Path | None, tenant: str, timeout: float
) -> Observed | None:
    """Return the metrics that were named, in a file or in a Prometheus; None where neither is."""
    if metrics_file is not None:
        return observed_in([metrics_file])
    if not prometheus_url:
        return None
    with progress("asking Prometheus"):
        return observed_by(prometheus_url, http_config, tenant, timeout)


def _several(question: str, choices: Mapping[str, str], default: str) -> tuple[str, ...]:
    """Ask for some of several things, by name."""
    click.echo(question)
    width = max(map(len, choices))
    for name, title in choices.items():
        click.echo(f"  {name:<{width}}  {title}")

    def named(text: str) -> tuple[str, ...]:
        wanted = tuple(text.replace(",", " ").split())
        for name in wanted:
            if name not in {*choices, default}:
                raise click.BadParameter(f"{name!r} is not in the list")
        return tuple(name for name in wanted if name != _NONE)

    return tuple(click.prompt("One or more, with commas", default=default, value_proc=named))


def _exporter() -> tuple[str, Path | None, str]:
    """Ask which exporter it is: return a profile, a file of metrics or the URL of Prometheus."""
    click.echo("How does your exporter spell metrics? `dashlib init` recognizes it.")
    said = str(
        click.prompt("URL of Prometheus, a file of metrics, or a naming profile", default=starters.DEFAULT_PROFILE)
    )
    if said.startswith(("http://", "https://")):
        return "", None, said
    if Path(said).is_file() and not said.endswith(".json"):
        return "", Path(said), ""
    return said, None, ""


def _profile(name: str, observed: Observed | None) -> tuple[str, bytes]:
    """Return the naming profile of the exporter, and the content of its file if dashlib ships none."""
    from dashlib.metrics.catalog import catalog
    from dashlib.metrics.profiles import load_profile, profile_to_data
    from dashlib.metrics.recognition import derive, recognize

    if observed is None:
        found = load_profile(name or starters.DEFAULT_PROFILE)
        if not name.endswith(".json"):
            return found.name, b""
        return starters.OWN_PROFILE, Path(name).read_bytes()
    best = recognize(observed, catalog()).best
    if best is not None:
        click.echo(f"exporter: {best.profile.name} ({best.profile.title})")
        return best.profile.name, b""
    import orjson

    derived = derive(observed, catalog(), "exporter")
    click.echo(
        f"exporter: no profile that comes with dashlib matches; {starters.OWN_PROFILE} is made from its metrics: "
        "review it, because names do not reveal scales"
    )
    content = orjson.dumps(profile_to_data(derived), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return starters.OWN_PROFILE, content


def _report(folder: Path, files: Mapping[PurePosixPath, bytes], choices: starters.Choices) -> None:
    """Say what was written, and what to type next."""
    is_here = folder.resolve() == Path.cwd().resolve()
    for path in files:
        click.echo(f"{path if is_here else folder / path}: created")
    click.echo("\nnext:")
    if not is_here:
        click.echo(f"  cd {shlex.quote(str(folder))}")
    for command_line, does in _NEXT.items():
        click.echo(f"  {command_line:<{max(map(len, _NEXT))}}   # {does}")
    if starters.PUSH in choices.destinations:
        click.echo("then, with a Grafana token in GRAFANA_TOKEN:\n  dashlib push production")
