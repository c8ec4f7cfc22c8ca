"""What commands share: options, the compiled project, and how results are printed."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from dashlib.commands.output import is_quiet, is_verbose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.compile.loading import Project
    from dashlib.documents.document import Document, LeftOut
    from dashlib.metrics.profiles import Profile
    from dashlib.metrics.recognition import Observed
    from dashlib.servers.prometheus import Prometheus

FINE, FINDINGS, WRONG_USE = 0, 1, 2
#: Clears the current line of the terminal.
CLEARED = "\r\x1b[K"


_LONGEST_TIMEOUT = 3600


#: The type of every option that names a file to read.
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FILE_OR_STDIN = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)

project_option = click.option(
    "--project",
    "project_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Project folder.  [default: the nearest one with [tool.dashlib] in its pyproject.toml]",
)
profile_option = click.option(
    "--profile",
    default="",
    metavar="NAME",
    help="Naming profile of the exporter, or the path of its .json file.  [default: from the configuration]",
)


_F = TypeVar("_F", bound=Callable[..., object])


def format_options(*formats: str) -> Callable[[_F], _F]:
    """Return the option for the output format: `text`, for people, or one of these."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(["text", *formats]),
        default="text",
        show_default=True,
        help="Output format.",
    )


format_option = format_options("json")


def metrics_option(said: str) -> Callable[[_F], _F]:
    """Return the option for files of metrics; the help says what they are for."""
    return click.option(
        "--metrics",
        "metrics_files",
        multiple=True,
        type=FILE_OR_STDIN,
        metavar="FILE",
        help=f"{said} Use - for standard input; repeatable.",
    )


def timeout_option(server: str, said: str, default: float | None) -> Callable[[_F], _F]:
    """Return the option for how long to wait for a server; the limits are those of a target's `timeout`."""
    return click.option(
        "--timeout",
        type=float,
        default=default,
        callback=_check_timeout,
        metavar="SECONDS",
        help=f"How long to wait for an answer from {server}.  [default: {said}]",
    )


def _check_timeout(_context: click.Context, _parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 < value <= _LONGEST_TIMEOUT:
        raise click.BadParameter(f"expected more than 0 and at most {_LONGEST_TIMEOUT} seconds, got {value:g}")
    return value


def prometheus_options(function: _F) -> _F:
    """Add the options that name a Prometheus and the credentials for it."""
    options = (
        click.option("--prometheus", "prometheus_url", default="", metavar="URL", help="URL of Prometheus."),
        click.option(
            "--http-config",
            type=FILE,
            metavar="FILE",
            help="Credentials and TLS settings for Prometheus, in the format of its http_config.",
        ),
        click.option(
            "--tenant",
            default="",
            metavar="NAME",
            help="Tenant in Mimir, Cortex or Thanos; sent as X-Scope-OrgID.",
        ),
        timeout_option("Prometheus", "20", 20.0),
    )
    for option in reversed(options):
        function = option(function)
    return function


def prometheus_from(url: str, http_config: Path | None, tenant: str, seconds: float) -> Prometheus:
    """Return the Prometheus that `prometheus_options` name; nothing is sent yet."""
    import os

    from dashlib.servers.access import access_from_environment, access_from_file, for_tenant
    from dashlib.servers.prometheus import Prometheus

    access = access_from_file(http_config) if http_config else access_from_environment(os.environ, "PROMETHEUS")
    return Prometheus(url, for_tenant(access, tenant), seconds=seconds)


def compiled(project_folder: Path | None, profile: str = "") -> tuple[Project, list[Document]]:
    """Load and compile the project that a command works on; by default the nearest one upward."""
    from dashlib.compile.project import compile_project

    project = load(project_folder)
    with progress("compiling"):
        return project, compile_project(project, profile)


@contextlib.contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Show progress on a terminal until it is done; nothing in a pipe or file.

    Args:
        doing: what is being done, such as `compiling`.

    Yields:
        A function that takes how many are done, and their total.
    """
    if not sys.stderr.isatty() or is_quiet():
        yield lambda _done, _all: None
        return
    click.echo(f"{CLEARED}{doing}", err=True, nl=False)
    try:
        yield lambda done, total: click.echo(f"{CLEARED}{doing}: {done} of {total}", err=True, nl=False)
    finally:
        click.echo(CLEARED, err=True, nl=False)


def observed_in(files: Sequence[Path]) -> Observed:
    """Return what exporters serve, from the output of their `/metrics`; `-` is standard input.

    Raises:
        MetricsTextError: a file cannot be read, or is not the output of an exporter.
    """
    from dashlib.metrics.recognition import together

    return together([metrics_in(file)[1] for file in files])


def metrics_in(file: Path) -> tuple[str, Observed]:
    """Return the text of an exporter's `/metrics`, and what it has; `-` is standard input.

    Raises:
        MetricsTextError: as `observed_in`.
    """
    from dashlib.metrics.exposition import MetricsTextError
    from dashlib.metrics.recognition import observe

    name, text = text_of_metrics(file)
    observed = observe(text, name)
    if not observed.names:
        raise MetricsTextError(f"{name} has no series: is the exporter running?")
    return text, observed


def text_of_metrics(file: Path) -> tuple[str, str]:
    """Return the name of a file for messages and what an exporter served into it; `-` is standard input.

    Raises:
        MetricsTextError: it cannot be read, or is plainly something else.
    """
    from dashlib.metrics.exposition import decode

    name = "standard input" if str(file) == "-" else str(file)
    return name, decode(_content(file, name), name)


def _content(file: Path, name: str) -> bytes:
    from dashlib.metrics.exposition import LARGEST, MetricsTextError

    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        raise MetricsTextError(f"cannot read {name}: {error.strerror}") from None


def load(project_folder: Path | None) -> Project:
    """Load the project that a command works on; warn on standard error about likely mistakes in its files."""
    from dashlib.compile.configuration import find_root
    from dashlib.compile.loading import load_project

    project = load_project(project_folder or find_root(Path.cwd()))
    for each in project.passed_over:
        if not each.is_lost:
            click.echo(f"dashlib: warning: {each.source}: {each.said}", err=True)
    return project


def print_left_out(left_out: Sequence[LeftOut], profile: Profile) -> None:
    """List on standard error, by reason, what is not compiled because the naming profile lacks what it needs."""
    if not left_out or is_quiet():
        return
    click.echo(f"left out (profile {profile.name}):", err=True)
    whole = {each.of for each in left_out if each.kind == "dashboard"}
    by_reason: dict[str, dict[tuple[str, str], list[str]]] = {}
    for each in left_out:
        if each.kind == "dashboard" or each.of not in whole or is_verbose():
            by_reason.setdefault(each.reason, {}).setdefault((each.of, each.kind), []).append(repr(each.name))
    for reason, together in by_reason.items():
        click.echo(f"  {reason}", err=True)
        for (of, kind), names in together.items():
            plural = "s" if len(names) > 1 and not kind.endswith("s") else ""
            click.echo(f"    {of}: {kind}{plural} {', '.join(dict.fromkeys(names))}", err=True)


def gone_by_class(documents: Iterable[Document]) -> dict[str, list[str]]:
    """Return the attributes of grafanalib's that are set and Grafana no longer has, by class."""
    found: dict[str, set[str]] = {}
    for document in documents:
        for kind, attribute in document.gone:
            found.setdefault(kind, set()).add(attribute)
    return {kind: sorted(attributes) for kind, attributes in sorted(found.items())}


def print_gone(gone: Mapping[str, Sequence[str]]) -> None:
    """List on standard error what is set in grafanalib's objects and Grafana no longer has."""
    if not gone:
        return
    click.echo("left out, because Grafana no longer has it (docs/from-grafanalib.md says why):", err=True)
    for kind, attributes in gone.items():
        click.echo(f"  {kind}: {', '.join(attributes)}", err=True)


def print_json(data: object) -> None:
    """Print data as JSON."""
    import json

    click.echo(json.dumps(data, indent=2))
