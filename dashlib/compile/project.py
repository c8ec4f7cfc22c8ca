"""A project: its `[tool.dashlib]`, its declarations, and all of them compiled to documents."""

from __future__ import annotations

import builtins
import contextlib
import importlib.machinery
import importlib.util
import re
import sys
import tomllib
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import TYPE_CHECKING

import attrs

from dashlib.compile.connectors import read_connectors
from dashlib.compile.finding import (
    PassedOver,
    declared_in,
    is_grafana_rule_group,
    is_notifications,
    is_rule_group,
    passed_over,
)
from dashlib.compile.outputs import dashboard_json
from dashlib.compile.rendering import Rendering
from dashlib.declare.dashboards import Dashboard, LabelVariable
from dashlib.declare.thresholds import ThresholdSet
from dashlib.documents import files
from dashlib.documents.document import LeftOut
from dashlib.errors import ConfigurationError, DashlibError, DeclarationError, described
from dashlib.metrics.catalog import catalog, metric_from_configuration
from dashlib.metrics.profiles import load_profile
from dashlib.sources import Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from dashlib.compile.connectors import Connectors
    from dashlib.compile.coverage import OwnLevel
    from dashlib.compile.finding import Item
    from dashlib.compile.outputs.rule_yaml import PanelLink, RuleSettings
    from dashlib.compile.rendering import Recorded
    from dashlib.declare.alerts import Alert, RuleGroup
    from dashlib.declare.grafana_rules import GrafanaRuleGroup
    from dashlib.declare.notifications import Notifications
    from dashlib.documents.document import Document
    from dashlib.metrics.profiles import Profile
    from dashlib.schemas.provisioning_files import Finding

CONFIGURATION_FILE = "pyproject.toml"
# Tables whose settings are known to the part of dashlib that uses them.
_TABLES = ("grafana", "lint", "connectors", "overrides")
_PACKAGE = Path(__file__).parents[1]
_BUNDLE = _PACKAGE / "bundle"


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


@attrs.frozen
class Declared:
    """A dashboard, rule group, Grafana rule group or notifications, and the declaration file in which it was found."""

    item: Item
    file: str


@attrs.frozen
class Project:
    """A project, read but not compiled.

    Attributes:
        root: its folder.
        configuration: its `[tool.dashlib]`.
        declared: what its declaration files declare, in the order of files and lines.
        passed_over: what stands in them and is not compiled.
    """

    root: Path
    configuration: Configuration
    declared: tuple[Declared, ...]
    passed_over: tuple[PassedOver, ...] = ()

    @property
    def dashboards(self) -> list[tuple[Dashboard, str]]:
        """Its dashboards, each with the file that declares it."""
        return [(found.item, found.file) for found in self.declared if isinstance(found.item, Dashboard)]

    @property
    def rule_groups(self) -> list[tuple[RuleGroup, str]]:
        """Its rule groups, each with the file that declares it."""
        return [(found.item, found.file) for found in self.declared if is_rule_group(found.item)]

    @property
    def grafana_rule_groups(self) -> list[tuple[GrafanaRuleGroup, str]]:
        """Its groups of Grafana-managed rules, each with the file that declares it."""
        return [(found.item, found.file) for found in self.declared if is_grafana_rule_group(found.item)]

    @property
    def notifications(self) -> tuple[Notifications, str] | None:
        """Who is told of its alerts, with the file that declares it; None if it does not say.

        Raises:
            DeclarationError: it says so twice.
        """
        declared = [(found.item, found.file) for found in self.declared if is_notifications(found.item)]
        if len(declared) > 1:
            raise DeclarationError(
                f"a project has one Notifications; the other is at {declared[0][0].source}", declared[1][0].source
            )
        return declared[0] if declared else None


def load_project(root: Path) -> Project:
    """Read a project's configuration and import its declaration files.

    Raises:
        ConfigurationError: the configuration is wrong, or there are no declarations.
        DeclarationError: a declaration file cannot be imported; the message names file and line.
    """
    root = root.resolve()
    configuration = read_configuration(root)
    found: dict[int, Declared] = {}
    read: dict[str, ModuleType] = {}
    with _importable(root, configuration.declarations):
        for folder in configuration.declarations:
            for file in sorted((root / folder).glob("*.py")):
                if file.name.startswith("_"):
                    continue
                name = file.relative_to(root).as_posix()
                read[name] = module = _import(file, root)
                for item in (item for value in list(vars(module).values()) for item in declared_in(value)):
                    # A module may import another's dashboard: it belongs to the file that it was declared in.
                    if id(item) not in found or item.source.file == str(file):
                        found[id(item)] = Declared(item, name)
    if not read:
        folders = ", ".join(str(root / folder) for folder in configuration.declarations)
        bundle = f", or copy those that dashlib brings along from {_BUNDLE}" if _BUNDLE.is_dir() else ""
        raise ConfigurationError(
            f"there are no declarations in {folders}; name their folders in [tool.dashlib] declarations of "
            f"{root / CONFIGURATION_FILE}, or run dashlib in the folder of the project{bundle}"
        )
    # In the order of the files and their lines, whichever module imported another's rules first.
    order = {name: index for index, name in enumerate(read)}
    declared = sorted(found.values(), key=lambda each: (order[each.file], each.item.source.line))
    places = {each.item.source for each in declared}
    compiled = {*found, *(id(rule) for each in declared for rule in _rules_in(each.item))}
    over = [each for name, module in read.items() for each in passed_over(module, name, compiled, places)]
    return Project(root, configuration, tuple(declared), tuple(over))


def _rules_in(item: Item) -> Iterable[object]:
    """Return the rules of a group; of one of Grafana's, the alerts that they are."""
    if is_grafana_rule_group(item):
        return [getattr(rule, "alert", rule) for rule in item.rules]
    return item.rules if is_rule_group(item) else ()


def refuse_lost(project: Project, files: Collection[str] | None = None) -> None:
    """Refuse to go on without what somebody declared and dashlib cannot compile.

    Args:
        project: from `load_project`.
        files: the declaration files that matter, relative to the project's root; None for all.

    Raises:
        DeclarationError: a line for each.
    """
    lost = [each for each in project.passed_over if each.is_lost and (files is None or each.file in files)]
    if lost:
        first, *others = lost
        more = "".join(f"\n{each.source}: {each.said}" for each in others)
        raise DeclarationError(first.said + more, first.source)


@contextlib.contextmanager
def _importable(root: Path, folders: Iterable[PurePosixPath]) -> Iterator[None]:
    """Let declaration files import each other and modules beside them, and forget those modules afterwards.

    A folder of declarations is a package even where a file beside the importing one has its name: in
    `dashboards/alerts.py`, `alerts.mysql` is the file `alerts/mysql.py`.
    """
    path_before, modules_before = list(sys.path), set(sys.modules)
    sys.path.insert(0, str(root))
    for folder in folders:
        name = ".".join(folder.parts)
        if name.replace(".", "").isidentifier() and name not in sys.modules and (root / folder).is_dir():
            package = ModuleType(name)
            package.__path__ = [str(root / folder)]
            sys.modules[name] = package
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
        with contextlib.redirect_stdout(sys.stderr):  # stdout is the command's own
            spec.loader.exec_module(module)
    except DeclarationError as error:
        raise type(error)(error.message, error.source or _place(error, root, file)) from None
    except DashlibError:
        raise
    except SyntaxError as error:
        raise DeclarationError(
            f"no valid Python: {error.msg}", Source(error.filename or str(file), error.lineno or 1)
        ) from None
    except BaseException as error:  # whatever a declaration raises is a message to its author
        if isinstance(error, KeyboardInterrupt) and not _is_raised_there(error):
            raise  # a person's Ctrl-C
        said = _SAID.get(type(error), "{}").format(described(error))
        raise DeclarationError(said + _hint(error), _place(error, root, file)) from None
    finally:
        sys.path.remove(str(file.parent))
    return module


def _place(error: BaseException, root: Path, file: Path) -> Source:
    """Return the innermost line of the project's own files that an error came through."""
    import traceback

    place = Source(str(file), 1)
    for frame, line in traceback.walk_tb(error.__traceback__):
        origin = Path(frame.f_code.co_filename)
        if origin.is_relative_to(root) and "site-packages" not in origin.parts and not _is_library(origin):
            place = Source(str(origin), line)
    return place


# What a person reads whose declaration does more than declare.
_SAID: dict[type, str] = {
    SystemExit: "a declaration must not end the program ({})",
    KeyboardInterrupt: "a declaration must not interrupt the program ({})",
    RecursionError: "a function calls itself without end ({})",
}


def _is_raised_there(error: BaseException) -> bool:
    """Tell whether a `raise` raised it: a signal arrives between other instructions."""
    import dis

    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return at is not None and dis.opname[at.tb_frame.f_code.co_code[at.tb_lasti]] == "RAISE_VARARGS"


def _hint(error: BaseException) -> str:
    """Return what the author may have meant by a name that is not there; empty where nothing is near."""
    import difflib
    import traceback

    name, known = getattr(error, "name", None), list[str]()
    with contextlib.suppress(Exception):  # what is looked at is the author's
        if isinstance(error, AttributeError):
            known = dir(error.obj)
        elif isinstance(error, NameError):
            *_, (frame, _) = traceback.walk_tb(error.__traceback__)
            known = [*frame.f_locals, *frame.f_globals, *vars(builtins)]
        elif isinstance(error, ImportError):
            found = re.match(r"cannot import name '(\w+)'", str(error))
            name = found.group(1) if found else None
            module = sys.modules[error.name or ""]
            known = [*getattr(module, "__all__", ()), *dir(module)]
    near = difflib.get_close_matches(name, known, n=1) if isinstance(name, str) else []
    return f"; did you mean {near[0]!r}?" if near else ""


def _is_library(file: Path) -> bool:
    return file.is_relative_to(_PACKAGE) and "bundle" not in file.relative_to(_PACKAGE).parts


@attrs.frozen
class Compiled:
    """Everything that a project declares, compiled for one naming profile.

    Attributes:
        documents: dashboards first.
        left_out: what is in no document, because the profile lacks what it needs.
        profile: the profile.
    """

    documents: list[Document]
    left_out: tuple[LeftOut, ...]
    profile: Profile


def compile_project(project: Project, profile: str = "") -> list[Document]:
    """Return the documents of everything that a project declares, dashboards first. Pure: no file, clock or network.

    Args:
        project: from `load_project`.
        profile: naming profile, a name or the path of a file below the project's root; by default the configuration's.

    Raises:
        DashlibError: something cannot be compiled; the message names the place.
    """
    return compile_for_profile(project, profile).documents


def compile_for_profile(project: Project, profile: str = "", *, files: Collection[str] | None = None) -> Compiled:
    """Return what `compile_project` does, with what the profile leaves out.

    A dashboard that has lost every panel, and a rule file that has lost every rule, are left out as a whole.

    Args:
        project: from `load_project`.
        profile: as of `compile_project`.
        files: declaration files, relative to the project's root, in which everything has to be compiled; None for all.
    """
    refuse_lost(project, files)
    configuration = project.configuration
    rendering = rendering_of(project, profile)
    in_panels = attrs.evolve(rendering, records=_records(project)) if configuration.recorded else rendering
    _check_dashboards(project)
    own = _own_levels(project)
    dashboards = [
        dashboard_json.compile_dashboard(
            dashboard,
            in_panels,
            configuration.dashboards / f"{dashboard.uid}.json",
            file,
            runbook_url=configuration.runbook_url,
            own_levels=own,
        )
        for dashboard, file in project.dashboards
    ]
    documents = [
        *dashboards,
        *_compile_rules(project, rendering, dashboards),
        *_compile_grafana_rules(project, rendering, dashboards),
        *_compile_notifications(project),
    ]
    emptied = [document for document in documents if document.left_out and _is_empty(document)]
    left_out = [each for document in documents for each in document.left_out]
    for document in emptied:
        if document.kind == "dashboard":
            reason = f"profile {rendering.profile.name!r} leaves it no panel"
            source = document.sources[""].source
            left_out.append(LeftOut("dashboard", document.data["title"], document.data["uid"], reason, source))
    return Compiled([each for each in documents if each not in emptied], tuple(left_out), rendering.profile)


def rendering_of(project: Project, profile: str = "") -> Rendering:
    """Return the metrics that a project knows, in the spelling of a naming profile: by default the configuration's."""
    configuration = project.configuration
    metrics = catalog()
    if configuration.catalog:
        metrics = metrics.extended(
            metric_from_configuration(name, table) for name, table in configuration.catalog.items()
        )
    return Rendering(
        metrics,
        load_profile(profile or configuration.profile, project.root),
        heartbeat_tables={
            each.name: each.heartbeat_table
            for each in connectors_of(project).with_heartbeat_table()
            if each.heartbeat_table is not None
        },
        target_labels=configuration.target_labels,
    )


def connectors_of(project: Project) -> Connectors:
    """Return the connectors that a project declares, and what is particular about them."""
    configuration = project.configuration
    return read_connectors(configuration.connectors, configuration.overrides, lambda: _threshold_sets(project))


def _records(project: Project) -> dict[int, Recorded]:
    """Return the recording rules of all rule groups, by the identity of the signal that each stands for."""
    from dashlib.compile.outputs import rule_yaml

    return rule_yaml.records_of([group for group, _ in project.rule_groups])


def _own_levels(project: Project) -> list[OwnLevel]:
    """Return the levels that single connectors have, for the panels."""
    if not project.configuration.connectors or not project.rule_groups:
        return []
    from dashlib.compile.coverage import own_levels

    return own_levels([group for group, _ in project.rule_groups], connectors_of(project))


def _is_empty(document: Document) -> bool:
    return not document.data["panels" if document.kind == "dashboard" else "groups"]


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


def _compile_rules(project: Project, rendering: Rendering, dashboards: Sequence[Document]) -> list[Document]:
    groups = project.rule_groups
    if not groups:
        return []
    from dashlib.compile.outputs import rule_yaml

    settings = _rule_settings(project, dashboards)
    rule_yaml.check_configuration([group for group, _ in groups], settings)
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
            project.configuration.rules / name,
            ", ".join(dict.fromkeys(file for _, file in in_file)),
        )
        for name, in_file in by_file.items()
    ]


def _rule_settings(project: Project, dashboards: Sequence[Document]) -> RuleSettings:
    """Return what rules, Prometheus' and Grafana's, take from the configuration."""
    from dashlib.compile.outputs import rule_yaml

    configuration = project.configuration
    by_uid = {dashboard.uid: dashboard for dashboard, _ in project.dashboards}
    compiled = {document.data["uid"]: document for document in dashboards}
    return rule_yaml.RuleSettings(
        configuration.labels,
        configuration.runbook_url,
        lambda alert, group: _panel_link(alert, group, by_uid, compiled, configuration.grafana_url),
        connectors_of(project),
    )


def _threshold_sets(project: Project) -> list[ThresholdSet]:
    """Return the sets that an override may name: those of dashlib, and those of the project's rules."""
    from dashlib.debezium import thresholds

    own = [group.thresholds for group, _ in project.rule_groups]
    shipped = [value for value in vars(thresholds).values() if isinstance(value, ThresholdSet)]
    return [*shipped, *own]


def _compile_grafana_rules(project: Project, rendering: Rendering, dashboards: Sequence[Document]) -> list[Document]:
    groups = project.grafana_rule_groups
    if not groups:
        return []
    from dashlib.compile.outputs import grafana_alerting

    configuration = project.configuration
    folder = configuration.grafana_provisioning / "alerting"
    rules = grafana_alerting.compile_rules(
        [group for group, _ in groups],
        rendering,
        _rule_settings(project, dashboards),
        configuration.grafana_datasource,
        folder / grafana_alerting.RULES_FILE,
        ", ".join(dict.fromkeys(file for _, file in groups)),
    )
    if project.notifications is None:
        return [rules]
    notifications, file = project.notifications
    return [rules, *grafana_alerting.compile_notifications(notifications, folder, file)]


def _compile_notifications(project: Project) -> list[Document]:
    declared, folder = project.notifications, project.configuration.alertmanager
    if declared is None or folder == PurePosixPath():
        return []
    from dashlib.compile.outputs import alertmanager_yaml

    return alertmanager_yaml.compile_notifications(declared[0], folder, declared[1])


def _panel_link(
    alert: Alert,
    group: RuleGroup,
    dashboards: Mapping[str, Dashboard],
    compiled: Mapping[str, Document],
    grafana_url: str,
) -> PanelLink | None:
    """Return the panel that an alert links to; None where the group names no dashboard.

    A panel that the profile leaves out cannot be linked to: then there is no link.

    Raises:
        DeclarationError: the group's dashboard is not declared, or has no panel for the alert.
    """
    uid = alert.dashboard or group.dashboard
    if not uid:
        return None
    from dashlib.compile.outputs import rule_yaml

    if uid not in dashboards:
        known = ", ".join(sorted(dashboards)) or "none"
        raise DeclarationError(
            f"{'alert' if alert.dashboard else 'rule group'} links to dashboard {uid!r}; declared are: {known}",
            alert.source if alert.dashboard else group.source,
        )
    dashboard = dashboards[uid]
    number = dashboard_json.find_panel(dashboard, key=alert.panel or alert.name)
    if number is None and not alert.panel:
        number = dashboard_json.find_panel(dashboard, signal=alert.signal.base)
    if number is None:
        wanted = f"panel {alert.panel!r}" if alert.panel else f"panel that shows signal {alert.signal.name!r}"
        raise DeclarationError(
            f"dashboard {dashboard.uid!r} has no {wanted}; name the panel that the alert links to: panel='…'",
            alert.source,
        )
    document = compiled[dashboard.uid]
    if document.left_out and number not in _panel_ids(document):
        return None
    there = {variable["name"] for variable in document.data["templating"]["list"]}
    variables = {
        item.values_of: item.name
        for item in dashboard.variables
        if isinstance(item, LabelVariable) and item.name in there
    }
    return rule_yaml.PanelLink(rule_yaml.panel_url(grafana_url, dashboard.uid, number), variables)


def _panel_ids(document: Document) -> set[int]:
    panels = document.data["panels"]
    return {panel["id"] for row in panels for panel in (row, *row.get("panels", ()))}


def serialize(document: Document) -> bytes:
    """Return the bytes of a compiled file."""
    if document.kind == "dashboard":
        return dashboard_json.serialize(document)
    if document.kind == "grafana-alerting":
        from dashlib.compile.outputs import grafana_alerting

        return grafana_alerting.serialize(document)
    if document.kind == "notification-template":
        from dashlib.compile.outputs import notification_templates

        return notification_templates.serialize(document)
    from dashlib.compile.outputs import rule_yaml

    return rule_yaml.serialize(document)


def _is_compiled_rule_file(content: bytes) -> bool:
    from dashlib.compile.outputs import rule_yaml

    return rule_yaml.is_compiled(content)


def _is_compiled_template(content: bytes) -> bool:
    from dashlib.compile.outputs import notification_templates

    return notification_templates.is_compiled(content)


def find_undeclared(project: Project, documents: list[Document]) -> list[PurePosixPath]:
    """Return the compiled files that nobody declares any more, relative to the project's root."""
    folders = {
        project.configuration.dashboards: (".json", dashboard_json.is_compiled),
        project.configuration.rules: (".yml", _is_compiled_rule_file),
        project.configuration.grafana_provisioning / "alerting": (".yaml", _is_compiled_rule_file),
        project.configuration.alertmanager: (".yml", _is_compiled_rule_file),
        project.configuration.alertmanager / "templates": (".tmpl", _is_compiled_template),
    }
    return files.find_undeclared(project.root, folders, [document.path for document in documents])


def check_provisioning(project: Project, documents: Sequence[Document]) -> list[Finding]:
    """Return what is wrong with the project's folder of Grafana's provisioning files, as it would be after a build.

    What a person wrote there is checked together with what is compiled: one may name the other's datasources, contact
    points and mute timings.

    Args:
        project: its configuration names the folder.
        documents: the compiled ones.
    """
    from dashlib.schemas import provisioning_files

    folder = project.configuration.grafana_provisioning
    contents: dict[PurePosixPath, bytes] = {}
    for section in provisioning_files.SECTIONS:
        for file in sorted((project.root / folder / section).rglob("*")):
            content = files.read(file) if file.is_file() else None
            if content is not None:
                contents[PurePosixPath(file.relative_to(project.root / folder))] = content
    contents |= {
        document.path.relative_to(folder): serialize(document)
        for document in documents
        if document.kind == "grafana-alerting"
    }
    return [finding._replace(path=str(folder / finding.path)) for finding in provisioning_files.check(contents)]
