"""`[tool.dashlib]` of a project's `pyproject.toml`."""

from __future__ import annotations

import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import attrs

from dashlib.documents import files
from dashlib.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONFIGURATION_FILE = "pyproject.toml"
# Tables whose settings are known to the part of dashlib that uses them.
_TABLES = ("grafana", "lint", "connectors", "overrides")


def _relative(_instance: object, attribute: attrs.Attribute[PurePosixPath], value: PurePosixPath) -> None:
    if value.is_absolute() or ".." in value.parts:
        raise ConfigurationError(
            f"[tool.dashlib] {attribute.name} is a folder below the project's root; got {str(value)!r}"
        )


@attrs.frozen
class Configuration:
    """`[tool.dashlib]` of `pyproject.toml`; everything has a default.

    Attributes:
        declarations: folders with the declaration files, relative to the root.
        dashboards: folder of the compiled dashboards.
        rules: folder of the compiled rule files.
        alertmanager: folder of Alertmanager's compiled configuration; empty to compile none.
        grafana_provisioning: Grafana's provisioning folder; Grafana-managed alerting is compiled into its `alerting`.
        grafana_datasource: uid of the Prometheus datasource that Grafana-managed rules ask.
        profile: naming profile: the name of one that dashlib ships, or the path of a `.json` file below the root.
        grafana_url: where dashboards are read, for links in alerts.
        runbook_url: URL of the folder with the runbooks, for links in alerts.
        labels: values of the rules' `Configured` labels, by name: `team`, for example.
        catalog: metrics of the user's own, by name.
        grafana: the Grafanas that `push`, `diff` and `pull` know by a name, as tables; read by `dashlib.grafana`.
        lint: settings of `dashlib lint`, as a table; read by `dashlib.lint`.
        connectors: the connectors that the project knows by name, as tables; read by `dashlib.compile.connectors`.
        overrides: thresholds and durations of single connectors, as tables; read by `dashlib.compile.connectors`.
        scenarios: folder of the promtool scenarios that `dashlib test` runs beside its own.
        target_labels: labels that the scrape configuration puts on everything, beside `job` and `instance`.
        recorded: panels ask recording rules where there are any, so that they are empty without the project's rules.
    """

    declarations: tuple[PurePosixPath, ...] = (PurePosixPath("dashboards"), PurePosixPath("alerts"))
    dashboards: PurePosixPath = attrs.field(
        default=PurePosixPath("labs/monitoring/grafana/dashboards"), validator=_relative
    )
    rules: PurePosixPath = attrs.field(default=PurePosixPath("labs/monitoring/prometheus/alerts"), validator=_relative)
    alertmanager: PurePosixPath = attrs.field(
        default=PurePosixPath("labs/monitoring/alertmanager"), validator=_relative
    )
    grafana_provisioning: PurePosixPath = attrs.field(
        default=PurePosixPath("labs/monitoring/grafana/provisioning"), validator=_relative
    )
    grafana_datasource: str = "prometheus"
    profile: str = "lab"
    grafana_url: str = "http://localhost:3000"
    runbook_url: str = "https://github.com/dashlib/dashlib/blob/main/docs/runbooks"
    labels: Mapping[str, str] = attrs.field(factory=dict)
    catalog: Mapping[str, Mapping[str, object]] = attrs.field(factory=dict)
    grafana: Mapping[str, Mapping[str, object]] = attrs.field(factory=dict)
    lint: Mapping[str, object] = attrs.field(factory=dict)
    connectors: Mapping[str, Mapping[str, object]] = attrs.field(factory=dict)
    overrides: Mapping[str, Mapping[str, object]] = attrs.field(factory=dict)
    scenarios: PurePosixPath = attrs.field(default=PurePosixPath("tests/rules"), validator=_relative)
    target_labels: tuple[str, ...] = ()
    recorded: bool = False

    @property
    def alertmanager_folder(self) -> PurePosixPath | None:
        """The folder of Alertmanager's compiled configuration; None to compile none."""
        return self.alertmanager if self.alertmanager.parts else None


def read_configuration(root: Path) -> Configuration:
    """Return the configuration of the project at `root`; the defaults where it has none.

    Raises:
        ConfigurationError: the file is no TOML, or a value in the table has the wrong type.
    """
    file = root / CONFIGURATION_FILE
    return _configuration(read_table(file), file)


def read_table(file: Path) -> Mapping[str, object]:
    """Return the table `[tool.dashlib]` of a `pyproject.toml`; an empty one where there is none.

    Raises:
        ConfigurationError: the file is no TOML, or `tool.dashlib` is no table.
    """
    content = files.read(file)
    if content is None:
        return {}
    try:
        table = tomllib.loads(content.decode()).get("tool", {}).get("dashlib", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} is no TOML: {error}") from None
    if not isinstance(table, dict):
        raise ConfigurationError(f"{file}: [tool.dashlib] is a table; got {table!r}")
    return table


def _configuration(table: Mapping[str, object], file: Path) -> Configuration:
    known = {field.name: field for field in attrs.fields(Configuration)}
    values: dict[str, object] = {}
    for key, value in table.items():
        if key not in known:
            import difflib

            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it knows: {', '.join(known)}"
            raise ConfigurationError(f"{file}: [tool.dashlib] has no setting {key!r}; {hint}")
        values[key] = _setting(key, value, known[key].default, file)
    return Configuration(**values)  # type: ignore[arg-type]  # each was made the type of its default


def _setting(key: str, value: object, default: object, file: Path) -> object:
    """Return a setting's value in the type of its default."""
    if key == "declarations":
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ConfigurationError(f"{file}: [tool.dashlib] {key} is a list of folders; got {value!r}")
        return tuple(PurePosixPath(item) for item in value)
    if key == "target_labels":
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ConfigurationError(f"{file}: [tool.dashlib] {key} is a list of label names; got {value!r}")
        return tuple(value)
    if key in ("labels", "catalog"):
        kind, said = (str, "a text for each label") if key == "labels" else (dict, "a table for each metric")
        if not isinstance(value, dict) or not all(isinstance(item, kind) for item in value.values()):
            raise ConfigurationError(f"{file}: [tool.dashlib.{key}] holds {said}; got {value!r}")
        return value
    if key in _TABLES:
        if not isinstance(value, dict):
            raise ConfigurationError(f"{file}: [tool.dashlib.{key}] is a table; got {value!r}")
        return value
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise ConfigurationError(f"{file}: [tool.dashlib] {key} is true or false; got {value!r}")
        return value
    if not isinstance(value, str):
        raise ConfigurationError(f"{file}: [tool.dashlib] {key} is a text; got {value!r}")
    return PurePosixPath(value) if isinstance(default, PurePosixPath) else value


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, whose `pyproject.toml` has a `[tool.dashlib]`.

    Without one it is the nearest with a `pyproject.toml`, and without that `start` itself.
    """
    nearest = None
    for folder in (start, *start.parents):
        file = folder / CONFIGURATION_FILE
        if file.is_file():
            nearest = nearest or folder
            if "[tool.dashlib" in file.read_text(encoding="utf-8", errors="replace"):
                return folder
    return nearest or start
