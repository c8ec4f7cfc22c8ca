"""What `diff`, `push`, `pull` and `doctor` share: the configured targets, and the session with a Grafana."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashlib.commands.shared import FILE, load, print_left_out, profile_option, project_option, timeout_option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dashlib.grafana.session import PushOptions, Session
    from dashlib.grafana.targets import Target

#: The settings of a target that name a file.
_FILES = ("ca", "client_certificate", "client_key", "token_file", "http_config")

token_file_option = click.option(
    "--token-file",
    type=FILE,
    metavar="FILE",
    help="File that holds the Grafana token.  [default: $GRAFANA_TOKEN]",
)


def _check_org_id(_context: click.Context, _parameter: click.Parameter, value: int | None) -> int | None:
    if value is not None and value < 1:
        raise click.BadParameter(f"expected the number of an organization, got {value}")
    return value


_OPTIONS = (
    project_option,
    click.option("--grafana", "url", metavar="URL", default="", help="URL of Grafana, including its sub-path."),
    token_file_option,
    click.option(
        "--folder", default="", metavar="NAME", help="UID or path of an existing folder to put everything into."
    ),
    click.option(
        "--datasource",
        "datasources",
        multiple=True,
        metavar="[TYPE=]NAME",
        help="UID or name of the Prometheus datasource; loki=NAME for one of another type; repeatable.  [default: "
        "Grafana's default, or the only one of its type]",
    ),
    click.option(
        "--alerting/--no-alerting",
        default=None,
        help="Include Grafana-managed alerting: only where Grafana evaluates the alerts instead of Prometheus.  "
        "[default: no-alerting]",
    ),
    click.option("--ca", type=FILE, metavar="FILE", help="CA certificates to trust, in PEM."),
    click.option(
        "--org-id",
        type=int,
        callback=_check_org_id,
        metavar="ID",
        help="ID of the Grafana organization.  [default: the token's own]",
    ),
    timeout_option("Grafana", "30", None),
    profile_option,
)


target_argument = click.argument("target", required=False, default="")
only_option = click.option("--only", metavar="GLOB", default="", help="Only objects whose UID or title matches.")
own_root_option = click.option(
    "--own-root-policy", is_flag=True, help="Also manage the root notification policy, not only dashlib's routes."
)


def grafana_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that select a Grafana to a command; it gets them as one argument, `connection`."""

    @functools.wraps(command)
    def wrapped(
        *,
        project_folder: Path | None,
        url: str,
        token_file: Path | None,
        folder: str,
        datasources: tuple[str, ...],
        alerting: bool | None,
        ca: Path | None,
        org_id: int | None,
        timeout: float | None,
        profile: str,
        **others: object,
    ) -> object:
        datasource, others_named = datasources_named(datasources)
        own = {
            "folder": folder, "datasource": datasource, "datasources": others_named, "ca": str(ca or ""),
            "org_id": org_id, "timeout": timeout, "profile": profile,
        }  # fmt: skip
        chosen: dict[str, Any] = {key: value for key, value in own.items() if value}
        if alerting is not None:
            chosen["alerting"] = alerting
        return command(connection=Connection(project_folder, url, str(token_file or ""), chosen), **others)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


_OF_A_TYPE = re.compile(r"([a-z][a-z0-9-]*)=(.+)")


def datasources_named(named: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return which Prometheus `--datasource` names, and which datasource of each other type."""
    found = [_OF_A_TYPE.fullmatch(each) for each in named]
    pairs = [
        (one[1], one[2]) if one is not None else ("prometheus", each) for one, each in zip(found, named, strict=True)
    ]
    plain = [name for kind, name in pairs if kind == "prometheus"]
    if len(plain) > 1:
        raise click.UsageError(
            f"--datasource names two Prometheus datasources, {plain[0]!r} and {plain[1]!r}; one of another type is "
            "--datasource TYPE=NAME, such as loki=logs"
        )
    return plain[0] if plain else "", {kind: name for kind, name in pairs if kind != "prometheus"}


def configured_targets(root: Path) -> dict[str, Target]:
    """Return the targets of a project's configuration; their file paths are relative to the project."""
    import attrs

    from dashlib.compile.configuration import read_configuration
    from dashlib.grafana import targets

    configuration = read_configuration(root)
    known = targets.read_targets(configuration.grafana, targets.owner_of(root), configuration.file)
    found = {}
    for name, target in known.items():
        files = {key: Path(file).expanduser() for key in _FILES if (file := getattr(target, key))}
        absolute: dict[str, Any] = {key: str(root / file) for key, file in files.items()}
        found[name] = attrs.evolve(target, **absolute)
    return found


def names_of(targets: Mapping[str, Target]) -> str:
    """Return the names of the configured targets, for a message."""
    return f"configured targets: {', '.join(targets)}" if targets else "no targets are configured"


class Connection:
    """The project and the Grafana that the command line selects.

    Attributes:
        root: the project's folder.
    """

    def __init__(self, project_folder: Path | None, url: str, token_file: str, chosen: dict[str, Any]) -> None:
        from dashlib.compile.configuration import find_root

        self.root = (project_folder or find_root(Path.cwd())).resolve()
        self._url = url
        self._token_file = token_file
        self._chosen = chosen

    @functools.cached_property
    def targets(self) -> dict[str, Target]:
        """The configured targets, by name."""
        return configured_targets(self.root)

    def session(self, name: str, options: Callable[[Target], PushOptions]) -> Session:
        """Load and compile the project, and open a session with the Grafana. Sends nothing yet."""
        import attrs

        from dashlib.compile.project import compile_for_profile
        from dashlib.grafana import targets
        from dashlib.grafana.session import Session

        chosen = targets.choose(self.targets, name, self._url, targets.owner_of(self.root))
        named = {**chosen.datasources, **self._chosen.get("datasources", {})}
        target = attrs.evolve(chosen, **{**self._chosen, "datasources": named})
        access = targets.read_access(target, os.environ, self._token_file)
        project = load(self.root)
        compiled = compile_for_profile(project, target.profile)
        print_left_out(compiled.left_out, compiled.profile)
        return Session(project, compiled.documents, target, access, options(target))


def show_notes(session: Session) -> None:
    """Print notes about the run on standard error."""
    for note in dict.fromkeys(session.notes):
        click.echo(f"note: {note}", err=True)
