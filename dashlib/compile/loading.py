"""A project as its files declare it: the configuration, and what each declaration file holds."""

from __future__ import annotations

import builtins
import contextlib
import functools
import importlib.machinery
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import attrs

from dashlib.compile.configuration import CONFIGURATION_FILE, read_configuration
from dashlib.compile.finding import (
    PassedOver,
    declared_in,
    foreign_in,
    is_grafana_rule_group,
    is_library_panel,
    is_notifications,
    is_rule_group,
    line_of,
    passed_over,
)
from dashlib.compile.of_project import of_project
from dashlib.declare.dashboards import Dashboard
from dashlib.declare.placed import PlacedDashboard, WrittenRuleGroup
from dashlib.errors import ConfigurationError, DashlibError, DeclarationError, described
from dashlib.sources import Source
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import PurePosixPath

    from dashlib.compile.configuration import Configuration
    from dashlib.compile.finding import Read
    from dashlib.declare.alerts import RuleGroup
    from dashlib.declare.grafana_rules import GrafanaRuleGroup
    from dashlib.declare.library import LibraryPanel
    from dashlib.declare.notifications import Notifications
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal

_PACKAGE = Path(__file__).parents[1]

# How grafanalib's files are called.
_NAMED = (".dashboard.py", ".alertgroup.py")
# `generate-dashboards` runs no other files. What is told of them here is only of such as lie beside those.
_WRITING = rb"(?m)^(?:from|import) grafanalib\._gen\b"
_SENDING = rb"(?m)^(?:from|import) (?:requests|httpx|urllib|urllib3|aiohttp|grafana_client|grafana_api)\b"
_DECLARING = rb"(?:Dashboard|AlertGroup|AlertFileBasedProvisioning)\("


class Declared(NamedTuple):
    """A dashboard, rule group, Grafana rule group or notifications, and the declaration file in which it was found."""

    item: Read
    file: str


@attrs.frozen(eq=False, repr=False)
class Project(Value):
    """A project, read but not compiled.

    Attributes:
        root: its folder.
        configuration: its `[tool.dashlib]`.
        declared: what its declaration files declare, in the order of files and lines.
        passed_over: what stands in them and is not compiled.
        modules: the declaration files, imported.
    """

    root: Path
    configuration: Configuration
    declared: tuple[Declared, ...]
    passed_over: tuple[PassedOver, ...] = ()
    modules: tuple[ModuleType, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Give each declaration what it leaves to the project."""
        declared = tuple(each._replace(item=of_project(each.item, self.configuration)) for each in self.declared)
        object.__setattr__(self, "declared", declared)

    @property
    def dashboards(self) -> list[tuple[Dashboard, str]]:
        """Its dashboards, each with the file that declares it."""
        return [(found.item, found.file) for found in self.declared if isinstance(found.item, Dashboard)]

    @property
    def placed_dashboards(self) -> list[tuple[PlacedDashboard, str]]:
        """The dashboards that somebody placed panel by panel, each with the file that declares it."""
        return [(found.item, found.file) for found in self.declared if isinstance(found.item, PlacedDashboard)]

    @property
    def folders_by_uid(self) -> dict[str, str]:
        """The title of each dashboard's folder, by its uid."""
        found = {dashboard.uid: dashboard.folder for dashboard, _ in self.dashboards}
        return found | {dashboard.uid: dashboard.folder for dashboard, _ in self.placed_dashboards}

    @functools.cached_property
    def library_panels(self) -> dict[str, tuple[LibraryPanel, str]]:
        """Its library panels by name, each with the file that declares it.

        Raises:
            DeclarationError: two have one name or one uid.
        """
        found: dict[str, tuple[LibraryPanel, str]] = {}
        uids: dict[str, LibraryPanel] = {}
        for each in self.declared:
            if is_library_panel(each.item):
                other, _ = found.setdefault(each.item.name, (each.item, each.file))
                if other is not each.item:
                    raise DeclarationError(
                        f"the name of library panel {each.item.name!r} is also used at {other.source}; a dashboard "
                        "finds it by its name",
                        each.item.source,
                    )
                other = uids.setdefault(each.item.uid, each.item)
                if other is not each.item:
                    raise DeclarationError(
                        f"the uid {each.item.uid!r} of library panel {each.item.name!r} is also used at "
                        f"{other.source}; Grafana identifies library panels by uid",
                        each.item.source,
                    )
        return found

    @property
    def written_rule_groups(self) -> list[tuple[WrittenRuleGroup, str]]:
        """The groups of Grafana-managed rules that somebody wrote query by query, each with its file."""
        return [(found.item, found.file) for found in self.declared if isinstance(found.item, WrittenRuleGroup)]

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
                f"a project can have only one Notifications; the other is at {declared[0][0].source}",
                declared[1][0].source,
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
    foreign: dict[int, _Foreign] = {}
    files = [file for folder in configuration.declarations for file in _files(root / folder)]
    if any(b"grafanalib" in file.read_bytes() for file in files):
        from dashlib.from_grafanalib.places import note_places

        note_places()
    over: list[PassedOver] = []
    named = {file.parent for file in files if file.name.endswith(_NAMED)}
    with _importable(root, configuration.declarations):
        for file in files:
            name = file.relative_to(root).as_posix()
            beside = file.parent in named and not file.name.endswith(_NAMED)
            if beside and _uploads(file):
                said = "not run, as it uploads dashboards; a file of grafanalib's is called NAME.dashboard.py"
                over.append(PassedOver(said, name, Source(str(file), 1), is_lost=False))
                continue
            try:
                with _by_itself(file) if _is_a_program(file) else contextlib.nullcontext():
                    read[name] = module = _import(file, root)
            except DeclarationError as error:
                if not beside or _may_declare(file):
                    raise
                said = f"passed over, as it cannot be imported, and seems to declare nothing: {error.message}"
                over.append(PassedOver(said, name, error.source or Source(str(file), 1), is_lost=False))
                continue
            for item in (item for value in list(vars(module).values()) for item in declared_in(value)):
                # A module may import another's dashboard: it belongs to the file that it was declared in.
                if id(item) not in found or item.source.file == str(file):
                    found[id(item)] = Declared(item, name)
            for variable, other in foreign_in(module):
                foreign.setdefault(id(other), _Foreign(other, variable, module, name))
    if foreign:
        found |= _read_foreign(foreign.values())
    if not read:
        folders = ", ".join(str(root / folder) for folder in configuration.declarations)
        raise ConfigurationError(
            f"found no declarations in {folders}; set declarations in [tool.dashlib] of "
            f"{root / CONFIGURATION_FILE}, or run dashlib in the project folder; `dashlib init` writes a new project"
        )
    # In the order of the files and their lines, whichever module imported another's rules first.
    order = {name: index for index, name in enumerate(read)}
    declared = sorted(found.values(), key=lambda each: (order[each.file], each.item.source.line))
    places = {each.item.source for each in declared}
    compiled = {*found, *(id(rule) for each in declared for rule in _rules_in(each.item))}
    compiled |= {id(rule) for each in foreign.values() for rule in _foreign_rules(each.item)}
    # Beside files that are told by their names, as `generate-dashboard` tells them, any other is what they share.
    over += [
        each
        for name, module in read.items()
        for each in passed_over(
            module, name, compiled, places,
            is_shared=(root / name).parent in named and not name.endswith(_NAMED),
        )
    ]  # fmt: skip
    over += _unused(declared)
    return Project(root, configuration, tuple(declared), tuple(over), tuple(read.values()))


def _unused(declared: Iterable[Declared]) -> Iterator[PassedOver]:
    """Yield the library panels that no dashboard of the project shows."""
    items = list(declared)
    kept = [(each.item, each.file) for each in items if is_library_panel(each.item)]
    if not kept:
        return
    from dashlib.declare.panels import name_in_library

    dashboards = [each.item for each in items if isinstance(each.item, Dashboard)]
    shown = {name_in_library(panel) for dashboard in dashboards for row in dashboard.rows for panel in row.panels}
    for library_panel, file in kept:
        if library_panel.name not in shown:
            said = f"library panel {library_panel.name!r} is shown by no dashboard of the project"
            yield PassedOver(said, file, library_panel.source, is_lost=False)


def shown_in(project: Project) -> list[Signal | Query]:
    """Return what a project's panels and rules show, each once: signals without their guards, and PromQL as it is."""
    from dashlib.declare.panels import Panel, PromqlTarget  # a rule file alone needs none of them
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal

    panels = [panel for dashboard, _ in project.dashboards for row in dashboard.rows for panel in row.panels]
    panels += [library_panel.shown for library_panel, _ in project.library_panels.values()]
    shown: list[object] = []
    for panel in panels:
        if isinstance(panel, Panel):
            shown += panel.note.signals if panel.note is not None else ()
            shown += [target.query for target in panel.targets if isinstance(target, PromqlTarget)]
    shown += [rule.signal for group, _ in project.rule_groups for rule in group.rules]
    found = [each.base if isinstance(each, Signal) else each for each in shown if isinstance(each, Signal | Query)]
    return list({id(each): each for each in found}.values())


def _files(folder: Path) -> list[Path]:
    """Return the declaration files of a folder; those named like grafanalib's in folders below it, too."""
    below = [file for ending in _NAMED for file in folder.glob(f"*/**/*{ending}")]
    return sorted(file for file in (*folder.glob("*.py"), *below) if not file.name.startswith("_"))


class _Foreign(NamedTuple):
    """An object of grafanalib's, the variable that holds it, its module, and the file as messages name it."""

    item: object
    variable: str
    module: ModuleType
    file: str


def _read_foreign(declared: Iterable[_Foreign]) -> dict[int, Declared]:
    """Return what objects of grafanalib's declare; a module that was imported under two names declares it once."""
    from dashlib.from_grafanalib import declarations

    found: dict[int, Declared] = {}
    seen: set[tuple[Source, str, str]] = set()
    for item, variable, module, file in declared:
        for each in declarations(item, line_of(module, variable)):
            key = (each.source, type(each).__name__, each.uid if isinstance(each, PlacedDashboard) else each.name)
            if key not in seen:
                seen.add(key)
                found[id(each)] = Declared(each, file)
    return found


def _foreign_rules(item: object) -> Iterator[object]:
    """Yield an object of grafanalib's and the groups and rules in it."""
    yield item
    for name in ("groups", "rules"):
        for inside in getattr(item, name, None) or ():
            yield from _foreign_rules(inside)


def _rules_in(item: Read) -> Iterable[object]:
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


def _uploads(file: Path) -> bool:
    """Tell whether a file has grafanalib write JSON and sends it to a server, as soon as it is imported."""
    text = file.read_bytes()
    return b"dashlib" not in text and re.search(_WRITING, text) is not None and re.search(_SENDING, text) is not None


def _may_declare(file: Path) -> bool:
    """Tell whether a file knows dashlib, or makes what grafanalib's files declare."""
    text = file.read_bytes()
    return b"dashlib" in text or re.search(_DECLARING, text) is not None


def _is_a_program(file: Path) -> bool:
    """Tell whether a file is one that its author gives to `generate-dashboard`, which runs it by itself."""
    text = file.read_bytes() if file.name.endswith(_NAMED) else b""
    return b"grafanalib" in text and b"dashlib" not in text


@contextlib.contextmanager
def _by_itself(file: Path) -> Iterator[None]:
    """Import what lies beside a file anew for it: another one may have changed the panels that both take from there."""

    def beside() -> dict[str, ModuleType]:
        files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
        return {
            name: sys.modules[name]
            for name, origin in files.items()
            if origin is not None and origin != str(file) and Path(origin).is_relative_to(file.parent)
        }

    others = beside()
    for name in others:
        del sys.modules[name]
    try:
        yield
    finally:
        for name in beside():
            del sys.modules[name]
        sys.modules.update(others)


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
        _refuse_half_characters(file)
    except DeclarationError as error:
        raise type(error)(error.message, error.source or _place(error, root, file)) from None
    except DashlibError:
        raise
    except SyntaxError as error:
        raise DeclarationError(
            f"not valid Python: {error.msg}", Source(error.filename or str(file), error.lineno or 1)
        ) from None
    except BaseException as error:  # whatever a declaration raises is a message to its author
        if isinstance(error, KeyboardInterrupt) and not _is_raised_there(error):
            raise  # a person's Ctrl-C
        said = _SAID.get(type(error), "{}").format(described(error))
        raise DeclarationError(said + _hint(error), _place(error, root, file)) from None
    finally:
        sys.path.remove(str(file.parent))
    return module


# Two of them are one character in JSON and JavaScript, and in Python text that no file can hold.
_HALF = rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"


def _refuse_half_characters(file: Path) -> None:
    """Refuse a string with half of a surrogate pair, which could not be written."""
    text = file.read_bytes()
    if b"\\u" not in text or not re.search(_HALF, text):
        return
    import ast

    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            half = next((each for each in node.value if "\ud800" <= each <= "\udfff"), None)
            if half is not None:
                raise DeclarationError(
                    f"a string has {half!r}, half of a character; in Python a character is written as one, as in "
                    "'\\U0001f600'",
                    Source(str(file), node.lineno),
                )


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
    attrs.exceptions.FrozenInstanceError: "what is declared cannot be changed; attrs.evolve(…) makes a copy ({})",
    SystemExit: "a declaration must not exit the program ({})",
    KeyboardInterrupt: "a declaration must not interrupt the program ({})",
    RecursionError: "a function calls itself endlessly ({})",
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
        elif isinstance(error, ModuleNotFoundError):
            import pkgutil

            package, _, name = (error.name or "").rpartition(".")
            if package == "dashlib":  # its rooms are nobody's business
                return "; names of dashlib are imported from dashlib itself: from dashlib import timeseries"
            known = [each.name for each in pkgutil.iter_modules(sys.modules[package].__path__ if package else sys.path)]
        elif isinstance(error, ImportError):
            found = re.match(r"cannot import name '(\w+)'", str(error))
            name = found.group(1) if found else None
            module = sys.modules[error.name or ""]
            known = [*getattr(module, "__all__", ()), *dir(module)]
    near = difflib.get_close_matches(name, known, n=1) if isinstance(name, str) else []
    return f"; did you mean {near[0]!r}?" if near else ""


def _is_library(file: Path) -> bool:
    return file.is_relative_to(_PACKAGE) and "bundle" not in file.relative_to(_PACKAGE).parts
