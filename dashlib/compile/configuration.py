"""`[tool.dashlib]` of a project's `pyproject.toml`."""

from __future__ import annotations

import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import attrs

from dashlib.documents import files
from dashlib.errors import ConfigurationError
from dashlib.metrics.identity import TAKEN
from dashlib.tables import (
    ANY_LABEL_NAME,
    FOLDER,
    LABEL_NAME,
    SOMETHING,
    AnyTable,
    Flag,
    ListOf,
    MapOf,
    OneOf,
    Place,
    Text,
    holds,
    read,
)
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

CONFIGURATION_FILE = "pyproject.toml"


def _folder(value: str | PurePosixPath) -> PurePosixPath:
    return PurePosixPath(value)


def _folders(values: Iterable[str | PurePosixPath]) -> tuple[PurePosixPath, ...]:
    return tuple(map(PurePosixPath, values))


# Each is read by the part of dashlib that uses it.
_TABLES = MapOf(AnyTable(), "a table of tables")


@attrs.frozen(repr=False)
class Configuration(Value):
    """`[tool.dashlib]` of `pyproject.toml`; everything has a default.

    Attributes:
        declarations: folders with the declaration files, relative to the root.
        dashboards: folder of the compiled dashboards.
        library_panels: folder of the compiled library panels.
        rules: folder of the compiled rule files.
        alertmanager: folder of Alertmanager's compiled configuration; empty to compile none.
        grafana_provisioning: Grafana's provisioning folder; Grafana-managed alerting is compiled into its `alerting`.
        grafana_datasource: uid of the Prometheus datasource that Grafana-managed rules ask.
        profile: naming profile: the name of one that dashlib ships, or the path of a `.json` file below the root.
        grafana_url: where dashboards are read, for links in alerts.
        runbook_url: URL of the folder with the runbooks, for links in alerts.
        labels: values of the rules' `Configured` labels, by name: `team`, for example.
        alert_labels: labels that every alert has beside its group's and its own.
        severities: what alerts may have for a severity, the mildest first: a level of a worse one lies beyond a
            milder one's.
        folder: Grafana's folder of the dashboards that name none, by title or a path of titles.
        tags: of every dashboard, before its own.
        catalog: metrics of the user's own, by name.
        grafana: the Grafanas that `push`, `diff` and `pull` know by a name, as tables; read by `dashlib.grafana`.
        lint: settings of `dashlib lint`, as a table; read by `dashlib.lint`.
        connectors: the connectors that the project knows by name, as tables; read by
            `dashlib.compile.declared_connectors`.
        overrides: thresholds and durations of single connectors, as tables; read by
            `dashlib.compile.declared_connectors`.
        scenarios: folder of the promtool scenarios that `dashlib test` runs beside its own.
        identity: labels that, with `job`, tell one Kafka Connect cluster from another, the widest first.
        identity_of: those of them that series of a family have, by the family's name, where those are not all.
        target_labels: labels that the scrape configuration puts on everything, beside `job` and `instance`.
        engine: what evaluates the rules: `prometheus` or `victoriametrics`; lint names what differs.
        recorded_rules: file in the folder of the rules with the recording rules that the compiler makes for alerts.
        panels_read_records: panels ask recording rules, so that they are empty without the project's rules.
        worst_only: dashboards list and draw only what their `worst_variable` says is worst now, and count the rest.
        build_command: what people type to compile, as compiled files say.
        file: the `pyproject.toml`, for messages; no setting.
    """

    declarations: tuple[PurePosixPath, ...] = attrs.field(
        default=(PurePosixPath("dashboards"), PurePosixPath("alerts")),
        converter=_folders,
        metadata=holds(ListOf(FOLDER, "a non-empty list of folders below the project's root", least=1)),
    )
    dashboards: PurePosixPath = attrs.field(
        default=PurePosixPath("build/dashboards"), converter=_folder, metadata=holds(FOLDER)
    )
    library_panels: PurePosixPath = attrs.field(
        default=PurePosixPath("build/library-panels"), converter=_folder, metadata=holds(FOLDER)
    )
    rules: PurePosixPath = attrs.field(default=PurePosixPath("build/rules"), converter=_folder, metadata=holds(FOLDER))
    alertmanager: PurePosixPath = attrs.field(
        default=PurePosixPath("build/alertmanager"),
        converter=_folder,
        metadata=holds(Text(f"|{FOLDER.pattern}", f"{FOLDER.expected}, or an empty string")),
    )
    grafana_provisioning: PurePosixPath = attrs.field(
        default=PurePosixPath("build/grafana"), converter=_folder, metadata=holds(FOLDER)
    )
    grafana_datasource: str = attrs.field(
        default="prometheus",
        metadata=holds(Text(r"[a-zA-Z0-9_-]{1,40}", "a uid: at most 40 letters, digits, '-' and '_'")),
    )
    profile: str = attrs.field(default="lab", metadata=holds(SOMETHING))
    grafana_url: str = attrs.field(
        default="http://localhost:3000",
        metadata=holds(Text(r"https?://[^/].*", "a URL that begins with http:// or https://")),
    )
    runbook_url: str = attrs.field(
        default="https://github.com/dashlib/dashlib/blob/main/docs/runbooks", metadata=holds(SOMETHING)
    )
    labels: Mapping[str, str] = attrs.field(
        factory=dict, metadata=holds(MapOf(Text(), "a table with a string for each label", names=LABEL_NAME))
    )
    alert_labels: Mapping[str, str] = attrs.field(
        factory=dict, metadata=holds(MapOf(Text(), "a table with a string for each label", names=LABEL_NAME))
    )
    severities: tuple[str, ...] = attrs.field(
        default=("info", "warning", "critical"),
        metadata=holds(
            ListOf(
                Text(r"[a-z][a-z0-9_-]*"),
                'a list of severities, each once, the mildest first, such as ["warning", "page"]',
                least=1,
                each_once=True,
            )
        ),
    )
    folder: str = attrs.field(
        default="Dashboards", metadata=holds(Text(r"\S(?:.*\S)?", 'the title of a folder, or titles: "Team/Kafka"'))
    )
    tags: tuple[str, ...] = attrs.field(default=(), metadata=holds(ListOf(SOMETHING, "a list of tags")))
    catalog: Mapping[str, Mapping[str, object]] = attrs.field(factory=dict, metadata=holds(_TABLES))
    grafana: Mapping[str, Mapping[str, object]] = attrs.field(factory=dict, metadata=holds(_TABLES))
    lint: Mapping[str, object] = attrs.field(factory=dict, metadata=holds(AnyTable()))
    connectors: Mapping[str, Mapping[str, object]] = attrs.field(factory=dict, metadata=holds(_TABLES))
    overrides: Mapping[str, Mapping[str, object]] = attrs.field(factory=dict, metadata=holds(_TABLES))
    scenarios: PurePosixPath = attrs.field(
        default=PurePosixPath("tests/rules"), converter=_folder, metadata=holds(FOLDER)
    )
    identity: tuple[str, ...] = attrs.field(
        default=(),
        metadata=holds(ListOf(LABEL_NAME, 'a list of label names, such as ["cluster", "namespace"]')),
    )
    identity_of: Mapping[str, tuple[str, ...]] = attrs.field(
        factory=dict, metadata=holds(MapOf(ListOf(LABEL_NAME, "a list of label names"), "a table with lists of labels"))
    )
    target_labels: tuple[str, ...] = attrs.field(
        default=(), metadata=holds(ListOf(ANY_LABEL_NAME, "a list of label names"))
    )
    engine: str = attrs.field(default="prometheus", metadata=holds(OneOf(("prometheus", "victoriametrics"))))
    recorded_rules: str = attrs.field(
        default="recorded.yml",
        metadata=holds(Text(r"[a-z0-9][a-z0-9_-]*\.yml", "a plain file name that ends in .yml, such as recorded.yml")),
    )
    panels_read_records: bool = attrs.field(default=False, metadata=holds(Flag()))
    worst_only: bool = attrs.field(default=False, metadata=holds(Flag()))
    build_command: str = attrs.field(
        default="dashlib build", metadata=holds(Text(r"[^`*{}\r\n]+", "a command on one line, without `, *, { and }"))
    )
    file: Path | None = attrs.field(default=None, eq=False)

    @identity.validator
    def _check_identity(self, _attribute: attrs.Attribute[object], value: tuple[str, ...]) -> None:
        for index, label in enumerate(value):
            if label in TAKEN or label.startswith("__"):
                raise ConfigurationError(
                    f"identity lists {label!r}, which does not tell Kafka Connect clusters apart; list the labels that "
                    'do, beside job, such as ["cluster", "namespace"]'
                )
            if label in value[:index]:
                raise ConfigurationError(f"identity lists {label!r} twice; list each label once")

    @identity_of.validator
    def _check_identity_of(self, _attribute: attrs.Attribute[object], value: Mapping[str, tuple[str, ...]]) -> None:
        for family, labels in value.items():
            for label in labels:
                if label not in self.identity:
                    raise ConfigurationError(
                        f"identity_of says that {family} has {label!r}, which identity does not list; list there first "
                        "what tells clusters apart"
                    )

    @property
    def alertmanager_folder(self) -> PurePosixPath | None:
        """The folder of Alertmanager's compiled configuration; None to compile none."""
        return self.alertmanager if self.alertmanager.parts else None


def read_configuration(root: Path) -> Configuration:
    """Return the configuration of the project at `root`; the defaults where it has none.

    Raises:
        ConfigurationError: the file is not valid TOML, or a setting is unknown or wrong.
    """
    file = root / CONFIGURATION_FILE
    return read(Configuration, read_table(file), Place(file=file), file=file)


def read_table(file: Path) -> Mapping[str, object]:
    """Return the table `[tool.dashlib]` of a `pyproject.toml`; an empty one if there is no such table.

    Raises:
        ConfigurationError: the file is not valid TOML, or `tool.dashlib` is not a table.
    """
    content = files.read(file)
    if content is None:
        return {}
    try:
        data = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} is not valid TOML: {error}") from None
    tools = data.get("tool", {})
    table = tools.get("dashlib") if isinstance(tools, dict) else None
    if table is None:
        _refuse_near_miss(file, data, tools)
        return {}
    if not isinstance(table, dict):
        raise ConfigurationError(f"{file}: [tool.dashlib] must be a table; got {table!r}")
    return table


def _refuse_near_miss(file: Path, data: Mapping[str, object], tools: object) -> None:
    """Refuse a file whose table for dashlib is called nearly so: it would do nothing."""
    import difflib  # for a project without configuration only

    others = [f"tool.{name}" for name in tools] if isinstance(tools, dict) else []
    others += [f"{name}.{inner}" for name, table in data.items() if isinstance(table, dict) for inner in table]
    for name in [*others, *data]:
        if difflib.SequenceMatcher(None, name, "tool.dashlib").ratio() > 0.9 or name == "dashlib":  # noqa: PLR2004
            raise ConfigurationError(f"{file}: [{name}] does nothing; did you mean [tool.dashlib]?")


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
