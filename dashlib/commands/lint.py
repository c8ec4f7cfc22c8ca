"""`dashlib lint`: the mistakes in dashboards and rules that can be found without a server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashlib.commands.output import is_quiet
from dashlib.commands.shared import (
    FINDINGS,
    FINE,
    format_options,
    metrics_option,
    observed_in,
    profile_option,
    progress,
    project_option,
)

if TYPE_CHECKING:
    from dashlib.compile.configuration import Configuration
    from dashlib.lint.engine import Result
    from dashlib.lint.subjects import Lint
    from dashlib.metrics.profiles import Profile
    from dashlib.metrics.recognition import Observed


_STANDARD_INPUT = Path("-")
# Of files in a folder, those that may be dashboards or rules.
_ENDINGS = (".json", ".yml", ".yaml", ".rules")
_COLORS = {"error": "red", "warning": "yellow", "info": "blue"}
_SEVERITY = re.compile(r"(?<=\d  )(?:error|warning|info)(?=  \S)")


@click.command(name="lint")
@click.argument("files", nargs=-1, type=click.Path(exists=True, allow_dash=True, path_type=Path), metavar="[FILE]...")
@project_option
@profile_option
@click.option(
    "--debezium",
    default="",
    metavar="VERSION",
    help="Debezium version in use, such as 2.5: report metrics that it does not have.",
)
@metrics_option("Output of an exporter's /metrics: report metrics and labels that it does not serve.")
@click.option("--fix", is_flag=True, help="Fix what can be fixed safely, in the files or the declarations.")
@click.option("--list", "list_checks", is_flag=True, help="List the checks and exit.")
@format_options("json", "sarif", "github")
def command(
    files: tuple[Path, ...],
    project_folder: Path | None,
    profile: str,
    debezium: str,
    metrics_files: tuple[Path, ...],
    fix: bool,  # noqa: FBT001
    list_checks: bool,  # noqa: FBT001
    output_format: str,
) -> None:
    """Check dashboards and rules for mistakes, without a server.

    A FILE is a Grafana dashboard, a Prometheus rule file, a Kubernetes object that contains them, a folder of such
    files, or - for standard input, whether or not dashlib made it. Without any, the project is checked.

    \b
    Exit codes:
      0  no findings
      1  findings
      2  wrong usage

    \b
    Examples:
      dashlib lint
      dashlib lint some-dashboard.json rules.yml
      helm template ./chart | dashlib lint -
      dashlib lint --debezium 2.5 --format github
      curl -s http://connect:9404/metrics | dashlib lint --metrics - some-dashboard.json
    """
    from dashlib.lint import engine, reports

    if list_checks:
        _list(output_format)
        return
    if fix and _STANDARD_INPUT in files:
        raise click.UsageError("--fix cannot change standard input; name the file")
    if _STANDARD_INPUT in files and _STANDARD_INPUT in metrics_files:
        raise click.UsageError("standard input can be either FILE or --metrics, not both")
    scraped = observed_in(metrics_files) if metrics_files else None

    def read() -> Lint:
        if files:
            return _of_files(files, project_folder, profile, debezium, scraped)
        return _of_project(project_folder, profile, debezium, scraped)

    def check() -> Result:
        lint = read()
        with progress("checking") as show:
            return engine.run(lint, show)

    result = check()
    if fix and _fix(result):
        result = check()
    report = reports.FORMATS[output_format](result)
    if result.findings or output_format != "text" or not is_quiet():
        click.echo(_colored(report) if output_format == "text" else report)
    raise SystemExit(FINDINGS if result.findings else FINE)


def _fix(result: Result) -> bool:
    """Fix what can be fixed safely; return whether there was anything to fix."""
    import linecache

    from dashlib.lint import fixing

    fixed = fixing.apply(result)
    for change in fixed:
        click.echo(change, err=True)
    linecache.clearcache()
    return bool(fixed)


def _colored(report: str) -> str:
    """Return a report with the severity of each finding in color; click takes that away where nobody sees it."""
    return _SEVERITY.sub(lambda found: click.style(found[0], fg=_COLORS[found[0]]), report)


def _of_project(project_folder: Path | None, profile: str, debezium: str, scraped: Observed | None) -> Lint:
    from dashlib.commands.shared import compiled
    from dashlib.lint import engine
    from dashlib.metrics.profiles import load_profile

    project, documents = compiled(project_folder, profile)
    settings = engine.settings_of(project.configuration, debezium)
    name = profile or project.configuration.profile
    catalog = engine.catalog_of(project.configuration)
    spelled = _with_labels_of_targets(load_profile(name, project.root), project.configuration)
    return engine.lint_of_project(project, documents, settings, catalog, spelled, scraped)


def _of_files(
    files: tuple[Path, ...], project_folder: Path | None, profile: str, debezium: str, scraped: Observed | None
) -> Lint:
    from dashlib.compile.configuration import find_root, read_configuration
    from dashlib.lint import engine
    from dashlib.metrics.profiles import load_profile

    root = project_folder or find_root(Path.cwd())
    configuration = read_configuration(root)
    settings = engine.settings_of(configuration, debezium)
    named = {file for file in files if not file.is_dir()}
    expanded = _expanded(files)
    return engine.lint_of_files(
        [(file, "<stdin>" if file == _STANDARD_INPUT else str(file)) for file in expanded],
        settings,
        engine.catalog_of(configuration),
        _with_labels_of_targets(load_profile(profile or configuration.profile, root), configuration),
        guess=not profile,
        scraped=scraped,
        in_folders={file for file in expanded if file not in named},
    )


def _with_labels_of_targets(profile: Profile, configuration: Configuration) -> Profile:
    """Return a profile that also knows the labels of the configuration's `target_labels` and `identity`."""
    import attrs

    labels = (*profile.target_labels, *configuration.target_labels, *configuration.identity)
    return attrs.evolve(profile, target_labels=labels)


def _expanded(files: tuple[Path, ...]) -> list[Path]:
    """Return files, with each folder replaced by its JSON, YAML and .rules files; each file once."""
    found: dict[Path, None] = {}
    for file in files:
        if file.is_dir():
            inside = sorted(path for path in file.rglob("*") if path.suffix in _ENDINGS and path.is_file())
            if not inside:
                raise click.UsageError(f"no file with one of the endings {', '.join(_ENDINGS)} below {file}")
            found.update(dict.fromkeys(inside))
        else:
            found[file] = None
    return list(found)


def _list(output_format: str) -> None:
    from dashlib.commands.shared import print_json
    from dashlib.lint.engine import all_checks

    checks = sorted(all_checks().values(), key=lambda check: check.name)
    if output_format == "json":
        keys = ("name", "severity", "title", "peers")
        print_json([{key: getattr(check, key) for key in keys} for check in checks])
        return
    width = max(len(check.name) for check in checks)
    for check in checks:
        click.echo(f"{check.name:<{width}}  {check.severity:<7}  {check.title}")
