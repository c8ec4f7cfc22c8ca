"""A project: its `[tool.dashlib]`, its declarations, and all of them compiled to documents."""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import io
import sys
import tomllib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import attrs
from grafanalib import core

from dashlib.dashboard import Dashboard, LabelVariable
from dashlib.debezium.catalog import catalog, metric_from_configuration
from dashlib.errors import ConfigurationError, DashlibError, DeclarationError
from dashlib.expressions import Rendering
from dashlib.outputs import dashboard_json, files
from dashlib.profiles import load_profile
from dashlib.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType
    from typing import TypeGuard

    from dashlib.alerting import Alert, RuleGroup
    from dashlib.documents import Document
    from dashlib.outputs.rule_yaml import PanelLink

CONFIGURATION_FILE = "pyproject.toml"
# Tables whose settings are known to the part of dashlib that uses them.
_TABLES = ("grafana", "lint")
_BUNDLE = Path(__file__).parent / "bundle"


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
        profile: naming profile.
        grafana_url: where dashboards are read, for links in alerts.
        runbook_url: URL of the folder with the runbooks, for links in alerts.
        labels: values of the rules' `Configured` labels, by name: `team`, for example.
        catalog: metrics of the user's own, by name.
        grafana: the Grafanas that `push`, `diff` and `pull` know by a name, as tables; read by `dashlib.grafana`.
        lint: settings of `dashlib lint`, as a table; read by `dashlib.checks`.
    """

    declarations: tuple[PurePosixPath, ...] = (PurePosixPath("dashboards"), PurePosixPath("alerts"))
    dashboards: PurePosixPath = attrs.field(
        default=PurePosixPath("labs/monitoring/grafana/dashboards"), validator=_relative
    )
    rules: PurePosixPath = attrs.field(default=PurePosixPath("labs/monitoring/prometheus/alerts"), validator=_relative)
    profile: str = "lab"
    grafana_url: str = "http://localhost:3000"
    runbook_url: str = "https://github.com/dashlib/dashlib/blob/main/docs/runbooks"
    labels: Mapping[str, str] = attrs.field(factory=dict)
    catalog: Mapping[str, Mapping[str, object]] = attrs.field(factory=dict)
    grafana: Mapping[str, Mapping[str, object]] = attrs.field(factory=dict)
    lint: Mapping[str, object] = attrs.field(factory=dict)


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
    if key in ("labels", "catalog"):
        kind, said = (str, "a text for each label") if key == "labels" else (dict, "a table for each metric")
        if not isinstance(value, dict) or not all(isinstance(item, kind) for item in value.values()):
            raise ConfigurationError(f"{file}: [tool.dashlib.{key}] holds {said}; got {value!r}")
        return value
    if key in _TABLES:
        if not isinstance(value, dict):
            raise ConfigurationError(f"{file}: [tool.dashlib.{key}] is a table; got {value!r}")
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


@attrs.frozen
class Declared:
    """A dashboard or rule group, and the declaration file in which it was found."""

    item: Dashboard | RuleGroup
    file: str


@attrs.frozen
class Project:
    """A project, read but not compiled.

    Attributes:
        root: its folder.
        configuration: its `[tool.dashlib]`.
        declared: what its declaration files declare, in the order of files and lines.
    """

    root: Path
    configuration: Configuration
    declared: tuple[Declared, ...]

    @property
    def dashboards(self) -> list[tuple[Dashboard, str]]:
        """Its dashboards, each with the file that declares it."""
        return [(found.item, found.file) for found in self.declared if isinstance(found.item, Dashboard)]

    @property
    def rule_groups(self) -> list[tuple[RuleGroup, str]]:
        """Its rule groups, each with the file that declares it."""
        return [(found.item, found.file) for found in self.declared if not isinstance(found.item, Dashboard)]


def load_project(root: Path) -> Project:
    """Read a project's configuration and import its declaration files.

    Raises:
        ConfigurationError: the configuration is wrong, or there are no declarations.
        DeclarationError: a declaration file cannot be imported; the message names file and line.
    """
    root = root.resolve()
    configuration = read_configuration(root)
    found: dict[int, Declared] = {}
    found_files = 0
    with _importable(root):
        for folder in configuration.declarations:
            for file in sorted((root / folder).glob("*.py")):
                if file.name.startswith("_"):
                    continue
                found_files += 1
                for item in _declarations(_import(file, root)):
                    # A module may import another's dashboard: it belongs to the file that it was declared in.
                    if id(item) not in found or item.source.file == str(file):
                        found[id(item)] = Declared(item, file.relative_to(root).as_posix())
    if not found_files:
        folders = ", ".join(str(root / folder) for folder in configuration.declarations)
        bundle = f", or copy those that dashlib brings along from {_BUNDLE}" if _BUNDLE.is_dir() else ""
        raise ConfigurationError(
            f"there are no declarations in {folders}; name their folders in [tool.dashlib] declarations of "
            f"{root / CONFIGURATION_FILE}, or run dashlib in the folder of the project{bundle}"
        )
    return Project(root, configuration, tuple(found.values()))


def _declarations(module: ModuleType) -> Iterator[Dashboard | RuleGroup]:
    """Yield a module's dashboards and rule groups: its module-level names, and lists of them."""
    for name, value in list(vars(module).items()):
        for item in value if isinstance(value, list | tuple) else (value,):
            if isinstance(item, Dashboard) or _is_rule_group(item):
                yield item
            elif isinstance(item, core.Dashboard):
                raise DeclarationError(
                    f"{name} is grafanalib's own Dashboard, which dashlib does not compile yet; put its panels into "
                    "the rows of a dashlib.Dashboard",
                    Source(module.__file__ or name, 1),
                )


def _is_rule_group(item: object) -> TypeGuard[RuleGroup]:
    """Tell whether something is a rule group; where nobody imported the class, nothing is, and it need not be now."""
    alerting = sys.modules.get("dashlib.alerting")
    return alerting is not None and isinstance(item, alerting.RuleGroup)


@contextlib.contextmanager
def _importable(root: Path) -> Iterator[None]:
    """Let declaration files import each other and modules beside them, and forget those modules afterwards."""
    path_before, modules_before = list(sys.path), set(sys.modules)
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path[:] = path_before
        for name in set(sys.modules) - modules_before:
            origin = getattr(sys.modules[name], "__file__", None)
            of_project = origin is None or Path(origin).is_relative_to(root)
            if of_project and name.partition(".")[0] != "dashlib":
                del sys.modules[name]


class _Loader(importlib.machinery.SourceFileLoader):
    """Imports a declaration file and leaves no byte code beside it."""

    def set_data(self, path: str, data: bytes, *, _mode: int = 0o666) -> None:  # type: ignore[override]  # a Buffer
        """Write nothing."""


def _import(file: Path, root: Path) -> ModuleType:
    """Import one declaration file, with every mistake in it as one message that names its line."""
    name = ".".join(file.relative_to(root).with_suffix("").parts)
    if name in sys.modules and getattr(sys.modules[name], "__file__", None) == str(file):
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file, loader=_Loader(name, str(file)))
    if spec is None or spec.loader is None:
        raise DeclarationError(f"{file} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(file.parent))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            spec.loader.exec_module(module)
    except DeclarationError as error:
        raise type(error)(error.message, error.source or _place(error, root, file)) from None
    except DashlibError:
        raise
    except SyntaxError as error:
        raise DeclarationError(
            f"no valid Python: {error.msg}", Source(error.filename or str(file), error.lineno or 1)
        ) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a declaration raises is a message to its author
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise DeclarationError(what, _place(error, root, file)) from None
    finally:
        sys.path.remove(str(file.parent))
    return module


def _place(error: BaseException, root: Path, file: Path) -> Source:
    """Return the innermost line of the project's own files that an error came through."""
    import traceback

    place = Source(str(file), 1)
    for frame in traceback.extract_tb(error.__traceback__):
        origin = Path(frame.filename)
        if origin.is_relative_to(root) and "site-packages" not in origin.parts and not _is_library(origin):
            place = Source(frame.filename, frame.lineno or 1)
    return place


def _is_library(file: Path) -> bool:
    return file.is_relative_to(Path(__file__).parent) and "bundle" not in file.relative_to(Path(__file__).parent).parts


def compile_project(project: Project, profile: str = "") -> list[Document]:
    """Return the documents of everything that a project declares, dashboards first. Pure: no file, clock or network.

    Args:
        project: from `load_project`.
        profile: naming profile; by default the configuration's.

    Raises:
        DashlibError: something cannot be compiled; the message names the place.
    """
    configuration = project.configuration
    metrics = catalog()
    if configuration.catalog:
        metrics = metrics.extended(
            metric_from_configuration(name, table) for name, table in configuration.catalog.items()
        )
    rendering = Rendering(metrics, load_profile(profile or configuration.profile))
    _check_dashboards(project)
    documents = [
        dashboard_json.compile_dashboard(dashboard, rendering, configuration.dashboards / f"{dashboard.uid}.json", file)
        for dashboard, file in project.dashboards
    ]
    return [*documents, *_compile_rules(project, rendering)]


def _check_dashboards(project: Project) -> None:
    """Refuse two dashboards of one uid, or of one title in a folder: Grafana would then write none of them."""
    by_uid: dict[str, Dashboard] = {}
    by_title: dict[tuple[str, str], Dashboard] = {}
    for dashboard, _ in project.dashboards:
        other = by_uid.setdefault(dashboard.uid, dashboard)
        if other is not dashboard:
            raise DeclarationError(
                f"dashboard uid {dashboard.uid!r} is taken by the one at {other.source}; Grafana knows a dashboard by "
                "its uid",
                dashboard.source,
            )
        other = by_title.setdefault((dashboard.folder, dashboard.title), dashboard)
        if other is not dashboard:
            raise DeclarationError(
                f"dashboard title {dashboard.title!r} is taken in folder {dashboard.folder!r} by the one at "
                f"{other.source}; Grafana provisions no folder with two dashboards of one title",
                dashboard.source,
            )


def _compile_rules(project: Project, rendering: Rendering) -> list[Document]:
    groups = project.rule_groups
    if not groups:
        return []
    from dashlib.outputs import rule_yaml

    configuration = project.configuration
    by_uid = {dashboard.uid: dashboard for dashboard, _ in project.dashboards}
    settings = rule_yaml.RuleSettings(
        configuration.labels,
        configuration.runbook_url,
        lambda alert, group: _panel_link(alert, group, by_uid, configuration.grafana_url),
    )
    by_file: dict[str, list[tuple[RuleGroup, str]]] = {}
    for group, file in groups:
        in_file = by_file.setdefault(group.file, [])
        for other, _ in in_file:
            if other.name == group.name:
                raise DeclarationError(
                    f"rule group {group.name!r} stands twice in {group.file}; the other is at {other.source}",
                    group.source,
                )
        in_file.append((group, file))
    return [
        rule_yaml.compile_rule_file(
            [group for group, _ in in_file],
            rendering,
            settings,
            configuration.rules / name,
            ", ".join(dict.fromkeys(file for _, file in in_file)),
        )
        for name, in_file in by_file.items()
    ]


def _panel_link(
    alert: Alert, group: RuleGroup, dashboards: Mapping[str, Dashboard], grafana_url: str
) -> PanelLink | None:
    """Return the panel that an alert links to; None where the group names no dashboard.

    Raises:
        DeclarationError: the group's dashboard is not declared, or has no panel for the alert.
    """
    if not group.dashboard:
        return None
    from dashlib.outputs import rule_yaml

    if group.dashboard not in dashboards:
        known = ", ".join(sorted(dashboards)) or "none"
        raise DeclarationError(
            f"rule group links to dashboard {group.dashboard!r}; declared are: {known}", group.source
        )
    dashboard = dashboards[group.dashboard]
    number = dashboard_json.find_panel(dashboard, key=alert.panel, signal=alert.signal)
    if number is None:
        wanted = f"panel {alert.panel!r}" if alert.panel else f"panel that shows signal {alert.signal.name!r}"
        raise DeclarationError(
            f"dashboard {dashboard.uid!r} has no {wanted}; name the panel that the alert links to: panel='…'",
            alert.source,
        )
    variables = {item.values_of: item.name for item in dashboard.variables if isinstance(item, LabelVariable)}
    return rule_yaml.PanelLink(rule_yaml.panel_url(grafana_url, dashboard.uid, number), variables)


def serialize(document: Document) -> bytes:
    """Return the bytes of a compiled file."""
    if document.kind == "dashboard":
        return dashboard_json.serialize(document)
    from dashlib.outputs import rule_yaml

    return rule_yaml.serialize(document)


def _is_compiled_rule_file(content: bytes) -> bool:
    from dashlib.outputs import rule_yaml

    return rule_yaml.is_compiled(content)


def find_undeclared(project: Project, documents: list[Document]) -> list[PurePosixPath]:
    """Return the compiled files that nobody declares any more, relative to the project's root."""
    folders = {
        project.configuration.dashboards: (".json", dashboard_json.is_compiled),
        project.configuration.rules: (".yml", _is_compiled_rule_file),
    }
    return files.find_undeclared(project.root, folders, [document.path for document in documents])
