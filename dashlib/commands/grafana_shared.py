"""What `diff`, `push` and `pull` share: how the Grafana is named, and the session with it."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashlib.commands.shared import load, print_left_out, project_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashlib.grafana.session import PushOptions, Session
    from dashlib.grafana.targets import Target

_OPTIONS = (
    project_option,
    click.option("--grafana", "url", metavar="URL", default="", help="Where it is, with its sub-path."),
    click.option(
        "--token-file",
        type=click.Path(dir_okay=False),
        default="",
        help="File with the token. By default $GRAFANA_TOKEN; or $GRAFANA_USER with $GRAFANA_PASSWORD.",
    ),
    click.option("--folder", default="", help="Uid or title path of a folder that is there and takes everything."),
    click.option(
        "--datasource",
        default="",
        help="Uid or name of the Prometheus datasource. By default Grafana's.",
    ),
    click.option(
        "--alerting/--no-alerting",
        default=None,
        help="Whether Grafana-managed alerting belongs to it, for a Grafana that evaluates the alerts instead of "
        "Prometheus.  [default: no]",
    ),
    click.option("--ca", type=click.Path(dir_okay=False), default="", help="File with the certificates to trust."),
    click.option("--organisation", type=int, default=0, help="Number of the organisation."),
    click.option("--timeout", type=float, default=0.0, help="Seconds that Grafana may be silent.  [default: 30]"),
    click.option("--profile", default="", help="Naming profile of the exporter. By default the configuration's."),
)


only_option = click.option("--only", metavar="GLOB", default="", help="Only objects whose uid or title fits.")


def grafana_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that name a Grafana; they reach it as one argument, `connection`."""

    @functools.wraps(command)
    def wrapped(
        *,
        project_folder: Path | None,
        url: str,
        token_file: str,
        folder: str,
        datasource: str,
        alerting: bool | None,
        ca: str,
        organisation: int,
        timeout: float,
        profile: str,
        **others: object,
    ) -> object:
        own = {
            "folder": folder, "datasource": datasource, "ca": ca, "organisation": organisation, "timeout": timeout,
            "profile": profile,
        }  # fmt: skip
        chosen: dict[str, Any] = {key: value for key, value in own.items() if value}
        if alerting is not None:
            chosen["alerting"] = alerting
        return command(connection=Connection(project_folder, url, token_file, chosen), **others)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


class Connection:
    """How the command line names a project and a Grafana."""

    def __init__(self, project_folder: Path | None, url: str, token_file: str, chosen: dict[str, Any]) -> None:
        self._project_folder = project_folder
        self._url = url
        self._token_file = token_file
        self._chosen = chosen

    def _target(self, root: Path, name: str) -> Target:
        """Return the Grafana that is meant, by name or URL, with what the command line says over it."""
        import attrs

        from dashlib.compile.configuration import read_configuration
        from dashlib.grafana import targets

        owner = targets.owner_of(root)
        configuration = read_configuration(root)
        known = targets.read_targets(configuration.grafana, owner, configuration.file)
        return attrs.evolve(targets.choose(known, name, self._url, owner), **self._chosen)

    def session(self, name: str, options: Callable[[Target], PushOptions]) -> Session:
        """Load and compile the project, and open a session with the Grafana. Sends nothing yet."""
        from dashlib.compile.configuration import find_root
        from dashlib.compile.project import compile_for_profile
        from dashlib.grafana import targets
        from dashlib.grafana.session import Session

        root = (self._project_folder or find_root(Path.cwd())).resolve()
        target = self._target(root, name)
        access = targets.read_access(target, os.environ, self._token_file)
        project = load(root)
        compiled = compile_for_profile(project, target.profile)
        print_left_out(compiled.left_out, compiled.profile)
        return Session(project, compiled.documents, target, access, options(target))


def show_notes(session: Session) -> None:
    """Print what a person should know, on standard error."""
    for note in dict.fromkeys(session.notes):
        click.echo(f"note: {note}", err=True)
