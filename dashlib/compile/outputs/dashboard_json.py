"""Grafana dashboards: from a `Dashboard` to the JSON that Grafana imports and provisions."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import attrs
import orjson

from dashlib.compile.encoding import (
    SCHEMA_VERSION,
    Context,
    Json,
    datasource_of,
    datasource_reference,
    encode,
    expression_of,
    row_json,
)
from dashlib.compile.finding import is_library_panel
from dashlib.compile.layout import GRID_WIDTH, Size, place
from dashlib.compile.outputs import Output
from dashlib.compile.readable import counted
from dashlib.declare.arguments import nearest
from dashlib.declare.dashboards import (
    Annotation,
    Dashboard,
    Keys,
    LabelVariable,
    Row,
    Variable,
    WorstVariable,
    keys_of,
    panel_id,
)
from dashlib.declare.datasource_queries import DATASOURCES, EXPRESSION, DatasourceQuery, query_of_variable
from dashlib.declare.foreign import no_encoder
from dashlib.declare.labels import LabelMatch, literal
from dashlib.declare.panel_kinds import panel_kind
from dashlib.declare.panels import (
    LIBRARY_REFERENCE,
    DatasourceTarget,
    Note,
    Panel,
    PromqlTarget,
    SignalTarget,
    name_in_library,
    note_of,
)
from dashlib.declare.placed import PlacedDashboard, PlacedPanel, PlacedRow
from dashlib.declare.queries import Query
from dashlib.declare.signals import Signal
from dashlib.declare.thresholds import color_steps
from dashlib.documents.document import Document, LeftOut, Origin, Sources
from dashlib.errors import DeclarationError, described
from dashlib.metrics.profiles import MissingInProfileError, names_inside
from dashlib.promql.tokens import label_text
from dashlib.promql.variables import Reference, names_in, references

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import PurePosixPath

    from dashlib.compile.coverage import OwnLevel
    from dashlib.compile.loading import Project
    from dashlib.compile.outputs import Compilation
    from dashlib.compile.rendering import Rendering
    from dashlib.declare import foreign
    from dashlib.declare.library import LibraryPanel
    from dashlib.declare.thresholds import ThresholdSet
    from dashlib.sources import Source

LEAST_GRAFANA_VERSION = "10.4.0"
DEFAULT_DATASOURCE = "DS_PROMETHEUS"
ROW_HEIGHT = 1

# The mark by which a build knows a dashboard that it wrote: Grafana's own exports sort their keys.
FIRST_KEY = "uid"

# Of a panel whose kind says nothing of it: one of a class of the user's own.
_LEAST_WIDTH = 12
_HEIGHT = 8

_GLOBAL_VARIABLES = frozenset({"timeFilter", "timezone"})


def compile_dashboards(compilation: Compilation) -> list[Document]:
    """Return the dashboards of a project.

    Raises:
        DeclarationError: one cannot be compiled, or two cannot be told apart; the message carries the place.
    """
    project, configuration = compilation.project, compilation.project.configuration
    _check_apart(project)
    rendering, own = ground_of(compilation)
    models = {document.data["uid"]: document for document in compilation.documents if document.kind == "library-panel"}
    library = {name: InLibrary(panel, models[panel.uid]) for name, (panel, _) in project.library_panels.items()}
    compiled = [
        compile_dashboard(
            dashboard if configuration.worst_only else of_all(dashboard),
            rendering,
            configuration.dashboards / f"{dashboard.uid}.json",
            file,
            runbook_url=configuration.runbook_url,
            own_levels=own,
            library=library,
        )
        for dashboard, file in project.dashboards
    ]
    return compiled + [
        compile_placed(placed, rendering, configuration.dashboards / f"{placed.uid}.json", file)
        for placed, file in project.placed_dashboards
    ]


def ground_of(compilation: Compilation) -> tuple[Rendering, Sequence[OwnLevel]]:
    """Return what all panels of a project are rendered with, and the levels that single connectors have."""
    project, rendering = compilation.project, compilation.rendering
    groups = [group for group, _ in project.rule_groups]
    if project.configuration.panels_read_records:
        from dashlib.compile.outputs.rule_yaml import recording_of

        recording = recording_of(compilation)
        rendering = attrs.evolve(rendering, records={**recording.signals, **recording.alerts}, reads_records=True)
    if not (project.configuration.connectors and groups):
        return rendering, ()
    from dashlib.compile.coverage import own_levels

    return rendering, own_levels(groups, compilation.connectors)


def of_all(dashboard: Dashboard) -> Dashboard:
    """Return a dashboard that lists and draws everything that is chosen, however many that are."""
    variables = [each for each in dashboard.variables if not isinstance(each, WorstVariable)]
    return dashboard if len(variables) == len(dashboard.variables) else attrs.evolve(dashboard, variables=variables)


def _check_apart(project: Project) -> None:
    """Refuse two dashboards of one uid, or of one title in a folder: Grafana would then write none of them."""
    by_uid: dict[str, Dashboard | PlacedDashboard] = {}
    by_title: dict[tuple[str, str], Dashboard | PlacedDashboard] = {}
    everything: list[tuple[Dashboard | PlacedDashboard, str]] = [*project.dashboards, *project.placed_dashboards]
    for dashboard, _ in everything:
        other = by_uid.setdefault(dashboard.uid, dashboard)
        if other is not dashboard:
            raise DeclarationError(
                f"dashboard uid {dashboard.uid!r} is also used at {other.source}; Grafana identifies dashboards by uid",
                dashboard.source,
            )
        other = by_title.setdefault((dashboard.folder, dashboard.title), dashboard)
        if other is not dashboard:
            raise DeclarationError(
                f"dashboard title {dashboard.title!r} is also used in folder {dashboard.folder!r} at "
                f"{other.source}; Grafana does not provision two dashboards of one title in a folder",
                dashboard.source,
            )


class InLibrary(NamedTuple):
    """A library panel that dashboards may show.

    Attributes:
        panel: as it is declared.
        document: as it is compiled; its model is empty where the naming profile lacks what it needs.
    """

    panel: LibraryPanel
    document: Document

    @property
    def model(self) -> Json:
        """Its JSON, without id and place."""
        found: Json = self.document.data["model"]
        return found


_EMPTY_LIBRARY: Final[Mapping[str, InLibrary]] = MappingProxyType({})


def compile_alone(
    dashboard: Dashboard,
    rendering: Rendering,
    path: PurePosixPath,
    declared_in: str,
    *,
    runbook_url: str,
    own_levels: Sequence[OwnLevel],
) -> Document:
    """Return the document of a dashboard that a library panel is the only panel of, as `compile_dashboard` does.

    Messages call it by the library panel's name, which is the dashboard's title.
    """
    try:
        return _Alone(dashboard, rendering, runbook_url, own_levels).document(path, declared_in)
    except DeclarationError as error:
        if error.source is None:
            raise type(error)(f"library panel {dashboard.title!r}: {error.message}", dashboard.source) from None
        raise


def compile_dashboard(
    dashboard: Dashboard,
    rendering: Rendering,
    path: PurePosixPath,
    declared_in: str,
    *,
    runbook_url: str = "",
    own_levels: Sequence[OwnLevel] = (),
    library: Mapping[str, InLibrary] = _EMPTY_LIBRARY,
) -> Document:
    """Return the document of a dashboard. Pure: the same dashboard gives the same document everywhere.

    Args:
        dashboard: what is declared.
        rendering: catalog and profile; the dashboard's own filters and variables are added as its scope.
        path: where the compiled file belongs, relative to the project's root.
        declared_in: the declaration file, for messages.
        runbook_url: URL of the folder with the project's runbooks, for links to them.
        own_levels: levels of single connectors, which panels show beside everybody's.
        library: the library panels that it may show, by name.

    Raises:
        DeclarationError: something in it cannot be compiled; the message carries the place.
    """
    try:
        return _Compilation(dashboard, rendering, runbook_url, own_levels, library).document(path, declared_in)
    except DeclarationError as error:
        if error.source is None:
            raise type(error)(f"dashboard {dashboard.uid!r}: {error.message}", dashboard.source) from None
        raise


def compile_placed(placed: PlacedDashboard, rendering: Rendering, path: PurePosixPath, declared_in: str) -> Document:
    """Return the document of a dashboard whose author placed every panel. Pure, as `compile_dashboard` is.

    Args:
        placed: what is declared.
        rendering: catalog and profile, for signals that stand in it.
        path: where the compiled file belongs, relative to the project's root.
        declared_in: the declaration file, for messages.

    Raises:
        DeclarationError: something in it cannot be compiled; the message carries the place.
    """
    try:
        return _Placed(placed, rendering).document(path, declared_in)
    except DeclarationError as error:
        if error.source is None:
            raise type(error)(f"dashboard {placed.uid!r}: {error.message}", placed.source) from None
        raise


def serialize(document: Document) -> bytes:
    """Return the bytes of a dashboard's file: two-space indent, UTF-8, final newline, the same on every machine."""
    return orjson.dumps(document.data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def ids_of(dashboard: Dashboard) -> tuple[dict[str, int], dict[str, int]]:
    """Return the ids of a dashboard's panels by their keys, and by each signal's name the first that shows it."""
    by_key: dict[str, int] = {}
    by_signal: dict[str, int] = {}
    for row, keys in zip(dashboard.rows, keys_of(dashboard), strict=True):
        for panel, key in zip(row.panels, keys.panels, strict=True):
            by_key[key] = dashboard.panel_ids.get(key, panel_id(dashboard.uid, key))
            note = note_of(panel)
            for signal in note.signals if note is not None else ():
                by_signal.setdefault(signal.name, by_key[key])
    return by_key, by_signal


class _Shown(NamedTuple):
    """A panel of a row on its way to its place.

    Attributes:
        key: what its id is made from.
        source: where it was declared.
        panel: as dashlib's value.
        data: its JSON.
    """

    key: str
    source: Source
    panel: Panel
    data: Json


class _Compilation:
    """One dashboard on its way to its document."""

    what = "dashboard"

    def __init__(
        self,
        dashboard: Dashboard,
        rendering: Rendering,
        runbook_url: str,
        own_levels: Sequence[OwnLevel],
        library: Mapping[str, InLibrary] = _EMPTY_LIBRARY,
    ) -> None:
        self.dashboard = dashboard
        self.library = library
        self.own_levels = own_levels
        self.runbook_url = runbook_url
        self.scope: dict[str, LabelMatch] = dict(dashboard.where)
        self.listed: dict[str, LabelMatch] = {}
        self.says_so = ""
        self.rendering = rendering
        self.known: dict[str, Origin] = {"": Origin(dashboard.source)}
        self.shown: list[tuple[str, Panel, Source]] = []  # each panel's pointer, and where it was declared
        self.sources = Sources(self.known, self._of_panels)
        self.ids: dict[int, str] = {}
        self.kinds: set[str] = set()
        self.promised = dict(dashboard.panel_ids)
        self.left_out: list[LeftOut] = []
        self.key_ids: dict[str, int] | None = None
        self.variables = [self._own(item) for item in dashboard.variables]
        self.types = {item.name: str(item.query) for item in self.variables if item.type == "datasource"}
        chosen = next((name for name, of in self.types.items() if of == "prometheus"), None)
        chosen = chosen or next(iter(self.types), DEFAULT_DATASOURCE)
        self.datasource = {"type": self.types.get(chosen, "prometheus"), "uid": f"${{{chosen}}}"}

    def document(self, path: PurePosixPath, declared_in: str) -> Document:
        dashboard = self.dashboard
        self.rendering.check_scope(dashboard.where)
        variables = self._variables()
        rendering = self.rendering.within(self.scope)
        if self.listed:
            rendering = attrs.evolve(rendering, listed=self.listed)
        context = Context(rendering, dashboard.thresholds, self.datasource, self.runbook_url, self.types)
        annotations = [_BUILT_IN_ANNOTATION, *self._annotations(context)]
        panels = self._panels(context)
        if self.promised:
            raise DeclarationError(
                f"panel_ids names {', '.join(map(repr, self.promised))}, but the dashboard has no such panel or row"
            )
        if self.rendering.identity.labels:
            from dashlib.compile.clusters import hand_on

            chosen = {item.values_of: item.name for item in dashboard.variables if isinstance(item, LabelVariable)}
            hand_on(panels, chosen, self.rendering.identity.labels)
        self._check_variables(panels)
        data: Json = {FIRST_KEY: dashboard.uid, "title": dashboard.title}
        if dashboard.description:
            data["description"] = dashboard.description
        data["tags"] = list(dashboard.tags)
        if dashboard.graph_tooltip:
            data["graphTooltip"] = dashboard.graph_tooltip
        if not dashboard.editable:
            data["editable"] = False
        if dashboard.timezone:
            data["timezone"] = dashboard.timezone
        if dashboard.week_start:
            data["weekStart"] = dashboard.week_start
        data["time"] = {"from": dashboard.time_from, "to": dashboard.time_to}
        if dashboard.refresh:
            data["refresh"] = dashboard.refresh
        if dashboard.refresh_intervals:
            data["timepicker"] = {"refresh_intervals": list(dashboard.refresh_intervals)}
        data["links"] = [encode.json(link, context) for link in dashboard.links]
        data["templating"] = {"list": variables}
        data["annotations"] = {"list": annotations}
        data["panels"] = panels
        data["schemaVersion"] = SCHEMA_VERSION
        data["__inputs"] = [_input(variable) for variable in self.variables if variable.type == "datasource"]
        data["__requires"] = _requires(self.kinds, self.types.values())
        return Document(path, "dashboard", data, self.sources, declared_in, tuple(self.left_out), gone=self._gone())

    def _gone(self) -> tuple[tuple[str, str], ...]:
        """Return what is set in panels of grafanalib's and Grafana no longer has."""
        others = [panel for row in self.dashboard.rows for panel in row.panels if not isinstance(panel, Panel)]
        if not others:
            return ()
        from dashlib.from_grafanalib import gone_in

        return tuple(gone_in(others))

    def _leave_out(self, kind: str, name: str, error: MissingInProfileError, source: Source) -> None:
        self.left_out.append(LeftOut(kind, name, self.dashboard.uid, error.message, source))

    def _annotations(self, context: Context) -> Iterator[Json]:
        index = 0
        for item in self.dashboard.annotations:
            try:
                encoded = _annotation(item, context)
            except MissingInProfileError as error:
                self._leave_out("annotation", item.name, error, item.source)
                continue
            index += 1  # Grafana's own annotation is the first
            named = item.signal.name if isinstance(item.signal, Signal) else ""
            origin = Origin(item.source, named, needs_no_catalog=not named)
            pointer = f"/annotations/list/{index}"
            self.known |= dict.fromkeys((pointer, f"{pointer}/expr"), origin)
            yield encoded

    # --- variables

    def _variables(self) -> list[Json]:
        encoded: list[Json] = []
        for variable in self.variables:
            source = variable.source or self.dashboard.source
            try:
                encoded.append(self._variable(variable))
            except DeclarationError as error:
                if not isinstance(error, MissingInProfileError):
                    raise type(error)(f"variable {variable.name!r}: {error.message}", error.source or source) from None
                self._leave_out("variable", variable.name, error, source)
                continue
            # What a person wrote in PromQL is sent as it is, by names that nobody need have declared.
            origin = Origin(source, needs_no_catalog=not isinstance(variable, LabelVariable | WorstVariable))
            pointer = f"/templating/list/{len(encoded) - 1}"
            self.known |= dict.fromkeys((pointer, f"{pointer}/query"), origin)
        return encoded

    def _own(self, variable: object) -> Variable:
        """Return a variable as dashlib's, which grafanalib's may be."""
        if isinstance(variable, Variable):
            return variable
        from dashlib.from_grafanalib import read

        found = read(variable)
        if not isinstance(found, Variable):
            raise no_encoder(type(variable), ", which has a to_json_data of its own")
        return found

    def _variable(self, variable: Variable) -> Json:
        encoded: Json = {"type": variable.type, "name": variable.name}
        if variable.label:
            encoded["label"] = variable.label
        if isinstance(variable, LabelVariable):
            encoded |= _label_values(
                variable.values_of, variable.metric, variable.fallback, self.rendering.within(self.scope)
            )
            self.scope[variable.values_of] = LabelMatch("=~", f"${variable.name}")
            if variable.include_all and variable.values_of in self.dashboard.where:
                variable = attrs.evolve(variable, all_value=_all_of(self.dashboard.where[variable.values_of]))
        elif isinstance(variable, WorstVariable):
            encoded |= self._worst(variable)
            # Prometheus looks plain alternatives up; in parentheses they are matched against every value of the label.
            self.listed[variable.values_of] = LabelMatch("=~", f"${{{variable.name}:pipe}}")
            says_so = f"Where there are many, only the {variable.most} worst now by each measure are shown"
            # The landing page leads to the dashboards on which one can be chosen.
            is_chosen = variable.values_of in self.scope
            self.says_so = f"{says_so}{': choose one above to see it' if is_chosen else ''}."
        elif isinstance(variable.query, DatasourceQuery):
            encoded["query"] = query_of_variable(variable.query)
        elif variable.type != "adhoc":
            encoded["query"] = variable.query
        if variable.type in ("query", "adhoc"):
            source = self.datasource if variable.datasource is None else variable.datasource
            context = Context(self.rendering, datasource=self.datasource, datasource_types=self.types)
            if isinstance(variable.query, DatasourceQuery):
                encoded["datasource"] = datasource_of(variable.query, context)
            else:
                encoded["datasource"] = datasource_reference(source, context)
        return {**encoded, **_choice(variable), **_variable_settings(variable)}

    def _worst(self, variable: WorstVariable) -> Json:
        """Return what asks for the worst series: `query_result(…)`, and what takes the label out of each."""
        rendering = self.rendering.within(self.scope)
        parts: list[str] = []
        lacking: MissingInProfileError | None = None
        labels: dict[str, None] = {}
        for function, signals in (("bottomk", variable.lowest), ("topk", variable.highest)):
            for signal in signals:
                try:
                    expression = expression_of(signal, rendering)
                except MissingInProfileError as error:
                    lacking = error  # the others still say what is worst
                    continue
                parts.append(f"{function}({variable.most}, {expression})")
                logical = rendering.known(signal.expressions)
                labels |= dict.fromkeys(
                    rendering.label(one, logical) for one in (variable.values_of, variable.also) if one
                )
        if lacking is not None and not parts:
            raise lacking
        return {"query": f"query_result({' or '.join(parts)})", "regex": f'/[{{,](?:{"|".join(labels)})="([^"]+)"/g'}

    def _check_variables(self, panels: list[Json]) -> None:
        known = {variable.name for variable in self.dashboard.variables} | _GLOBAL_VARIABLES
        # One look over all texts at once; they are taken one by one only when something is to be reported.
        try:
            everything = orjson.dumps(panels).decode()
        except TypeError as error:
            pointer = _no_json(panels)
            raise DeclarationError(
                f"{pointer.removeprefix('/')} of {self.called} is not JSON: {error}",
                self._nearest_source(f"/panels{pointer}"),
            ) from None
        if all(_is_variable(name, known) for name in names_in(everything)):
            return
        for pointer, one in _unknown(panels, known):
            raise DeclarationError(
                f"{self.called}: {one.text} is not a variable of the {self.what}; it has {self._has(one.name)}",
                self._nearest_source(f"/panels{pointer}"),
            )

    def _has(self, missing: str) -> str:
        """Return which variables there are, and what to do about the one that is missing."""
        names = ", ".join(f"${variable.name}" for variable in self.dashboard.variables) or "none"
        return names + ("; add datasource_variable()" if missing == DEFAULT_DATASOURCE else "")

    @property
    def called(self) -> str:
        """How messages call it."""
        return f"dashboard {self.dashboard.uid!r}"

    def _nearest_source(self, pointer: str) -> Source:
        while pointer not in self.sources:
            pointer = pointer.rpartition("/")[0]
        return self.sources[pointer].source

    # --- panels

    def _panels(self, context: Context) -> list[Json]:
        encoded: list[Json] = []
        top = 0
        for row, keys in zip(self.dashboard.rows, keys_of(self.dashboard), strict=True):
            shown = list(self._encoded(row, keys, context))
            if row.panels and not shown:
                self.promised.pop(keys.row, None)  # every panel of the row is left out, and so is its heading
                continue
            if row.title:
                heading = row_json(row.title, collapsed=row.collapsed, panels=[])
                if row.repeat:
                    self._check_repeat(f"row {row.title!r}", row.repeat, row.source)
                    heading["repeat"] = row.repeat
                heading["id"] = self._id(keys.row, row.source)
                heading["gridPos"] = {"h": ROW_HEIGHT, "w": GRID_WIDTH, "x": 0, "y": top}
                self.known[f"/panels/{len(encoded)}"] = Origin(row.source)
                encoded.append(heading)
                top += ROW_HEIGHT
            positions, bottom = place([_size(each.panel, row) for each in shown], top)
            into = encoded[-1]["panels"] if row.collapsed else encoded
            prefix = f"/panels/{len(encoded) - 1}/panels" if row.collapsed else "/panels"
            for each, position in zip(shown, positions, strict=True):
                each.data["gridPos"] = position
                self._identify(each, f"{prefix}/{len(into)}")
                into.append(each.data)
            if not row.collapsed:
                top = bottom
        return encoded

    def _encoded(self, row: Row, keys: Keys, context: Context) -> Iterator[_Shown]:
        """Yield a row's panels, without those for which the profile lacks something."""
        for panel, key in zip(row.panels, keys.panels, strict=True):
            note = note_of(panel)
            source = note.source if note is not None else _place_of(panel, row)
            try:
                if name := name_in_library(panel):
                    source = row.source if is_library_panel(panel) else source
                    yield _Shown(key, source, *self._from_library(name, note or Note(source)))
                    continue
                own = _own_panel(panel)
                if self.left_out:
                    self._check_chosen_by(own)
                encoded = encode.json(panel, context)
                if self.listed and self._shows_a_part(own, context.rendering):
                    encoded["description"] = f"{encoded.get('description', '')} {self.says_so}".lstrip()
                if self.own_levels:
                    from dashlib.compile.own_levels import draw_own_levels

                    draw_own_levels(own, encoded, context, self.own_levels)
                yield _Shown(key, source, own, encoded)
            except MissingInProfileError as error:
                self._leave_out("panel", panel.title, error, source)
                self.promised.pop(key, None)
            except DeclarationError as error:
                message = f"panel {panel.title!r} of {self.called}: {error.message}"
                raise type(error)(message, error.source or source) from None
            except Exception as error:  # grafanalib's objects hold whatever they are given
                raise DeclarationError(
                    f"panel {panel.title!r} of {self.called} cannot be compiled: {described(error)}",
                    source,
                ) from error

    def _from_library(self, name: str, note: Note) -> tuple[Panel, Json]:
        """Return the panel that a library panel shows, and the JSON of its place in a dashboard."""
        if name not in self.library:
            raise DeclarationError(
                f"the project declares no library panel {name!r}; give it a name in a declaration file: "
                f"ERRORS = library_panel(…); {nearest(name, self.library, fallback='there are')}"
            )
        panel, document = self.library[name]
        model = self.library[name].model
        if not model:
            raise MissingInProfileError(next(each.reason for each in document.left_out))
        known = {variable.name for variable in self.dashboard.variables} | _GLOBAL_VARIABLES
        for _, one in _unknown([model], known):
            raise DeclarationError(
                f"library panel {name!r} needs {one.text}, which is not a variable of the dashboard; it has "
                f"{self._has(one.name)}"
            )
        if "repeat" in model:
            self._check_repeat(f"library panel {name!r}", model["repeat"], note.source)
        own = panel.shown.note or note
        note = note._replace(signals=own.signals, width=note.width or own.width, height=note.height or own.height)
        place: Json = {"id": None, "type": LIBRARY_REFERENCE, "title": model["title"], "gridPos": None}
        place["libraryPanel"] = {"uid": panel.uid, "name": name}
        return attrs.evolve(panel.shown, note=note, targets=(), thresholds=()), place

    def _check_chosen_by(self, panel: Panel) -> None:
        """Refuse PromQL that stands as it is and names a variable for which the profile lacks something."""
        lost = {each.name for each in self.left_out if each.kind == "variable"}
        for target in panel.targets:
            if isinstance(target, PromqlTarget) and (named := names_in(target.expression) & lost):
                raise MissingInProfileError(f"its PromQL names ${min(named)}, a variable that is left out")

    def _shows_a_part(self, panel: Panel, rendering: Rendering) -> bool:
        """Tell whether a panel leaves series out where there are many; nothing is hidden without a word."""
        return any(
            rendering.for_result(rendering.known(target.signal.expressions)) is rendering
            for target in panel.targets
            if isinstance(target, SignalTarget)
        )

    def _identify(self, shown: _Shown, pointer: str) -> None:
        """Give a panel its id, and note where it is."""
        key, source, panel, encoded = shown
        self.kinds.add(panel.kind if "libraryPanel" in encoded else encoded["type"])
        if panel.note is not None:  # what other panels say is their authors' and as Grafana reads it
            if "repeat" in encoded:
                self._check_repeat(f"panel {panel.title!r}", encoded["repeat"], source)
            for target in encoded.get("targets", ()):
                if isinstance(target.get("panelId"), str):
                    if target["panelId"] == key:
                        raise DeclarationError(f"panel {panel.title!r} of {self.called} shows its own data", source)
                    target["panelId"] = self._id_of_panel(target["panelId"], source)
        encoded["id"] = self._id(key, source)
        self.shown.append((pointer, panel, source))

    def _of_panels(self) -> dict[str, Origin]:
        """Return where each panel, query and color step was declared."""
        found: dict[str, Origin] = {}
        for pointer, panel, source in self.shown:
            note = panel.note
            signals = note.signals if note is not None else ()
            found[pointer] = Origin(source, signals[0].name if signals else "")
            for index, target in enumerate(panel.targets):
                if isinstance(target, DatasourceTarget):
                    found[f"{pointer}/targets/{index}"] = Origin(target.query.source, needs_no_catalog=True)
                    continue
                if isinstance(target, SignalTarget):
                    origin = Origin(target.signal.source, target.signal.name)
                elif isinstance(target, PromqlTarget) and target.query is not None:
                    origin = Origin(target.query.source, needs_no_catalog=True)
                else:
                    origin = Origin(source)
                found[f"{pointer}/targets/{index}/expr"] = origin
            if note is None or not signals or panel.thresholds == ():
                continue
            own = note.thresholds if note.thresholds is not None else self.dashboard.thresholds
            for step, origin in _step_origins(own, signals[0], note.base_color):
                found[pointer + step] = origin
        return found

    def _check_repeat(self, what: str, variable: str, source: Source) -> None:
        names = [each.name for each in self.variables]
        if variable not in names:
            raise DeclarationError(
                f"{what} of {self.called} is repeated by {variable!r}, which is not a variable of the {self.what}; "
                f"{nearest(variable, names, fallback='it has')}",
                source,
            )

    def _id_of_panel(self, key: str, source: Source) -> int:
        """Return the id of another panel of the dashboard, whose data a query shows."""
        if self.key_ids is None:
            keys = [each for row in keys_of(self.dashboard) for each in row.panels]
            promised = self.dashboard.panel_ids
            self.key_ids = {each: promised.get(each, panel_id(self.dashboard.uid, each)) for each in keys}
        if key not in self.key_ids:
            raise DeclarationError(
                f"a query of {self.called} shows panel {key!r}, which the {self.what} does not have; "
                + nearest(key, self.key_ids, fallback="it has"),
                source,
            )
        return self.key_ids[key]

    def _id(self, key: str, source: Source) -> int:
        uid = self.dashboard.uid
        if not key:
            raise DeclarationError(f"a panel of dashboard {uid!r} has no title; give it one, or a key", source)
        self.promised.pop(key, None)
        number = self.dashboard.panel_ids.get(key, panel_id(uid, key))
        other = self.ids.get(number)
        if other == key:
            raise DeclarationError(
                f"dashboard {uid!r} has two panels {key!r}; give one of them a key of its own: key='…'", source
            )
        if other is not None:
            raise DeclarationError(
                f"panels {other!r} and {key!r} of dashboard {uid!r} would have the same id ({number}); give one "
                "another key: key='…'",
                source,
            )
        self.ids[number] = key
        return number


class _Placed(_Compilation):
    """A dashboard whose author placed every panel, on its way to its document."""

    def __init__(self, placed: PlacedDashboard, rendering: Rendering) -> None:
        own = [each for each in placed.variables if isinstance(each, Variable)]
        super().__init__(
            Dashboard(uid=placed.uid, title=placed.title, rows=(), variables=own, source=placed.source),
            rendering, "", (),
        )  # fmt: skip
        self.placed = placed
        self.constants = {f"${{{each.name}}}": str(each.query) for each in own if each.type == "constant"}
        # grafanalib names no datasource where it means Grafana's default one.
        self.datasource = {"uid": "default"}

    def document(self, path: PurePosixPath, declared_in: str) -> Document:
        placed = self.placed
        document = super().document(path, declared_in)
        data = document.data
        head = {FIRST_KEY: placed.uid, "title": placed.title, "tags": [], **placed.settings}
        data["links"] = [self._as_written(link) for link in placed.links]
        named = {one["name"]: one for one in data["__inputs"]} | {str(one["name"]): one for one in placed.inputs}
        data["__inputs"] = list(named.values())
        variables = iter(data["templating"]["list"])
        data["templating"]["list"] = [
            next(variables) if isinstance(each, Variable) else self._as_written(each) for each in placed.variables
        ]
        found = {**head, **{name: value for name, value in data.items() if name not in ("time", *head)}}
        return attrs.evolve(document, data=found, gone=tuple(placed.gone))

    @property
    def _context(self) -> Context:
        return Context(self.rendering, datasource=self.datasource, datasource_types=self.types)

    def _as_written(self, said: object) -> Json:
        """Return JSON that somebody wrote; a datasource that it names is referred to as Grafana does today."""
        found = dict(said) if isinstance(said, Mapping) else encode.json(said, self._context)
        if "datasource" in found:
            found["datasource"] = datasource_reference(found["datasource"], self._context)
        return found

    def _annotations(self, context: Context) -> Iterator[Json]:  # noqa: ARG002  # what they are made with is theirs
        for item in self.placed.annotations:
            if item.get("builtIn") != 1:
                datasource = datasource_reference(item.get("datasource"), self._context)
                # A mark of a Prometheus without words of its own says which annotation it is of.
                words = dict.fromkeys(("titleFormat", "textFormat"), item.get("name", ""))
                asks = datasource.get("type") == "prometheus" and "expr" in item
                given = {"enable": True, "iconColor": "red", **(words if asks else {}), **item}
                yield {**given, "datasource": datasource}

    def _check_variables(self, panels: list[Json]) -> None:
        """Refuse what is not JSON; a `$` may be part of a script that a plugin reads."""
        try:
            orjson.dumps(panels)
        except TypeError as error:
            pointer = _no_json(panels)
            raise DeclarationError(
                f"{pointer.removeprefix('/')} of dashboard {self.placed.uid!r} is not JSON: {error}",
                self._nearest_source(f"/panels{pointer}"),
            ) from None

    def _panels(self, context: Context) -> list[Json]:
        encoded: list[Json] = []
        for item in self.placed.items:
            pointer = f"/panels/{len(encoded)}"
            encoded.append(
                self._panel(item, context, pointer)
                if isinstance(item, PlacedPanel)
                else self._row(item, context, pointer)
            )
        return encoded

    def _row(self, row: PlacedRow, context: Context, pointer: str) -> Json:
        closed = row.panels is not None
        inside = [self._panel(each, context, f"{pointer}/panels/{at}") for at, each in enumerate(row.panels or ())]
        found = row_json(row.title, collapsed=closed, panels=inside)
        found["id"] = row.id
        found["gridPos"] = {"h": ROW_HEIGHT, "w": GRID_WIDTH, "x": 0, "y": row.top}
        if row.repeat:
            found["repeat"] = row.repeat
        self.known[pointer] = Origin(row.source)
        return found

    def _panel(self, placed: PlacedPanel, context: Context, pointer: str) -> Json:
        try:
            encoded = encode.json(placed.panel, context)
        except DeclarationError as error:
            raise type(error)(
                f"a panel of dashboard {self.placed.uid!r}: {error.message}", error.source or placed.source
            ) from None
        except Exception as error:  # grafanalib's objects hold whatever they are given
            raise DeclarationError(
                f"a panel of dashboard {self.placed.uid!r} cannot be compiled: {described(error)}", placed.source
            ) from error
        encoded = {"id": placed.id, "type": encoded.get("type", ""), "title": "", **encoded}
        encoded["id"] = placed.id
        encoded["gridPos"] = dict(placed.position)
        self._fill_in_constants(encoded)
        self.kinds.add(encoded["type"])
        self.known[pointer] = Origin(placed.source)
        for index in range(len(encoded.get("targets", ()))):
            self.known[f"{pointer}/targets/{index}/expr"] = Origin(placed.source)
        return encoded

    def _fill_in_constants(self, encoded: Json) -> None:
        """Put the values of constants where Grafana wants a number and replaces no variable: an import did that."""
        defaults = encoded.get("fieldConfig", {}).get("defaults", {})
        for name in ("min", "max"):
            value = self.constants.get(str(defaults.get(name)), "")
            if value.isdigit():
                defaults[name] = int(value)


class _Alone(_Compilation):
    """One library panel on its way to its document, as the only panel of a dashboard with its variables."""

    what = "library panel"

    @property
    def called(self) -> str:
        return f"library panel {self.dashboard.title!r}"


def _unknown(panels: list[Json], known: set[str]) -> Iterator[tuple[str, Reference]]:
    """Yield each use of what is not a variable, with its JSON pointer."""
    for pointer, text in _texts(panels):
        for one in references(text):
            if not _is_variable(one.name, known):
                yield pointer, one


def _is_variable(name: str, known: set[str]) -> bool:
    return name in known or name.startswith("__") or name.isdigit()


@functools.lru_cache(maxsize=1024)  # as of `color_steps`
def _step_origins(thresholds: ThresholdSet, signal: Signal, base_color: str) -> tuple[tuple[str, Origin], ...]:
    """Return where each color step was declared, by its pointer within a panel."""
    return tuple(
        (f"/fieldConfig/defaults/thresholds/steps/{index}", Origin(step.source, signal.name, thresholds.name))
        for index, step in enumerate(color_steps(thresholds, signal, base_color))
        if step.source is not None
    )


def _own_panel(panel: Panel | foreign.Panel) -> Panel:
    """Return a panel as dashlib's value, which grafanalib's may be."""
    if isinstance(panel, Panel):
        return panel
    from dashlib.from_grafanalib import as_panel

    return as_panel(panel)


def _place_of(panel: Panel | foreign.Panel, row: Row) -> Source:
    """Return where a panel that no builder made was declared: its row, unless grafanalib's object knows better."""
    if isinstance(panel, Panel):
        return row.source
    from dashlib.from_grafanalib.places import place_of

    return place_of(panel, row.source)


def _size(panel: Panel, row: Row) -> Size:
    kind = panel_kind(panel.kind)
    width = panel.note.width if panel.note is not None else None
    height = panel.note.height if panel.note is not None else None
    if panel.note is None and panel.position is not None:
        width, height = panel.position["w"], panel.position["h"]
        if not 1 <= width <= GRID_WIDTH or height < 1:
            raise DeclarationError(
                f"panel {panel.title!r} is {width} wide and {height} high; Grafana's grid has {GRID_WIDTH} columns",
                row.source,
            )
    chosen = height or row.height
    return Size(
        least_width=_LEAST_WIDTH if kind is None else kind.least_width,
        height=chosen or (_HEIGHT if kind is None else kind.height),
        width=width,
        grows=chosen is None,
    )


@functools.lru_cache(maxsize=256)  # 1,000 dashboards are filtered alike: 130 of the 1,900 µs that each takes
def _all_of(match: LabelMatch) -> str:
    """Return what All of a variable stands for whose label the dashboard filters: what passes that filter, no more.

    Of a filter that shuts values out it is empty: Grafana then lists the values that it was answered with.
    """
    return {"=": literal(match.value), "=~": match.value}.get(match.operator, "")


@functools.lru_cache(maxsize=1024)  # the dashboards of a project list the same labels: a twentieth of the time of each
def _label_values(label: str, first: str, fallback: str, rendering: Rendering) -> Mapping[str, str]:
    """Return what asks for a label's values: `label_values(selector, label)`.

    Where the connector's kind or the context is in the metric's name, its values are taken out of that name.

    Args:
        label: logical label.
        first: logical metric that carries it.
        fallback: the metric to use instead if an exporter lacks that; empty for none.
        rendering: with the filters of the variables before.
    """
    profile = rendering.profile
    metric = rendering.catalog.metric(rendering.known([each for each in (first, fallback) if each]))
    rendering.check_labels([label], metric.name)
    selector = rendering.selector(metric.name)
    found: Json = {}
    exported = profile.label(label, metric.family)
    name = profile.metric_name(metric)
    inside = names_inside(name, metric)
    if label in inside:
        exported = "__name__"
        for each, values in inside.items():
            name = name.replace(f"{{{each}}}", "(.+)" if each == label else f"(?:{'|'.join(values)})")
        found["regex"] = f"/{name}/"
    elif not profile.has_label(label, metric.family):
        raise MissingInProfileError(f"profile {profile.name!r} has no label {label!r} on {metric.name}")
    query = f"label_values({selector}, {label_text(exported)})"
    return {"query": query, "definition": query, **found}


#: Marks of one annotation at a time; through three a graph is still read.
_MOST_MARKS: Final = 3
_BUILT_IN_ANNOTATION: Json = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)",
    "name": "Annotations & Alerts",
    "type": "dashboard",
}


def _annotation(annotation: Annotation, context: Context) -> Json:
    signal = annotation.signal
    if isinstance(signal, DatasourceQuery):
        return {
            "datasource": datasource_of(signal, context),
            "enable": True,
            "iconColor": annotation.color,
            "name": annotation.name,
            **_marked_by(signal, annotation.title, annotation.text),
        }
    if isinstance(signal, Query):
        datasource, expression = datasource_reference(signal.datasource or None, context), signal.expression
    else:
        marks = (
            context.rendering.unknown(context.rendering.known(signal.expressions))
            if annotation.marks == "unknown"
            else expression_of(signal, context.rendering)
        )
        # Grafana paints one mark over another: those of a whole fleet would hide the graph.
        datasource, expression = dict(context.datasource), f"topk({_MOST_MARKS}, {marks})"
    return {
        "datasource": datasource,
        "enable": True,
        "expr": expression,
        "iconColor": annotation.color,
        "name": annotation.name,
        "textFormat": annotation.text,
        "titleFormat": annotation.title,
    }


def _marked_by(asked: DatasourceQuery, title: str, text: str) -> Json:
    """Return what a datasource other than a Prometheus reads of an annotation."""
    model = asked.model
    said = {name: each for name, each in (("textFormat", text), ("titleFormat", title)) if each}
    if asked.datasource_type == "loki":  # which reads the annotation itself, and no target
        instant = {"instant": True} if model.get("queryType") == "instant" else {}
        return {**{name: model[name] for name in ("expr", "maxLines") if name in model}, **instant, **said}
    if asked.datasource_type == "elasticsearch":  # of its target it reads the query alone, of the annotation the fields
        field = {"textField": text} if text else {}
        target = {"refId": asked.ref_id or "Anno", "query": model.get("query", "")}
        return {"target": target, "timeField": model["timeField"], **field}
    return {"target": {"refId": asked.ref_id or "Anno", **model}, **said}


def _choice(variable: Variable) -> Json:
    """Return what a variable offers, and what is chosen at first."""
    if variable.type == "custom" and variable.options:
        options = [dict(option) for option in variable.options]
        return {"options": options, "current": next((item for item in options if item["selected"]), options[0])}
    if variable.default is None:
        return {}
    value = "$__all" if variable.include_all and variable.default in ("All", "$__all") else variable.default
    return {"current": {"selected": variable.include_all, "text": variable.default, "value": value}}


_DEFAULTS = Variable(name="")


def _variable_settings(variable: Variable) -> Json:
    """Return the settings of a variable that are not at Grafana's default."""
    refreshed = variable.type in ("query", "datasource")
    interval = variable.type == "interval" and variable.auto
    given: dict[str, tuple[object, bool]] = {
        "includeAll": (True, variable.include_all),
        "allValue": (variable.all_value, variable.include_all and bool(variable.all_value)),
        "multi": (True, variable.multi),
        "hide": (variable.hide, bool(variable.hide)),
        "regex": (variable.regex, bool(variable.regex)),
        "refresh": (variable.refresh, refreshed),
        "sort": (variable.sort, variable.type == "query"),
        "auto": (True, interval),
        "auto_count": (variable.auto_count, interval and variable.auto_count != _DEFAULTS.auto_count),
        "auto_min": (variable.auto_min, interval and variable.auto_min != _DEFAULTS.auto_min),
    }
    return {name: value for name, (value, is_given) in given.items() if is_given}


def _input(variable: Variable) -> Json:
    return {
        "name": variable.name,
        "label": variable.default or _datasource_title(str(variable.query)),
        "description": "",
        "type": "datasource",
        "pluginId": variable.query,
        "pluginName": _datasource_title(str(variable.query)),
    }


def _datasource_title(plugin: str) -> str:
    known = DATASOURCES.get(plugin)
    return plugin.capitalize() if known is None else known.title


def _requires(kinds: set[str], datasources: Iterable[str]) -> list[Json]:
    return [
        {"type": "grafana", "id": "grafana", "name": "Grafana", "version": LEAST_GRAFANA_VERSION},
        *(
            {"type": "datasource", "id": plugin, "name": _datasource_title(plugin), "version": "1.0.0"}
            for plugin in dict.fromkeys(("prometheus", *datasources))
        ),
        *({"type": "panel", "id": kind, "name": _name_of(kind), "version": ""} for kind in sorted(kinds)),
    ]


def _name_of(kind: str) -> str:
    known = panel_kind(kind)
    return kind if known is None else known.title


def _no_json(value: object, pointer: str = "") -> str:
    """Return the JSON pointer of the first part of data that cannot be written as JSON."""
    if isinstance(value, dict):
        items: Iterable[tuple[object, object]] = value.items()
    elif isinstance(value, list | tuple):
        items = enumerate(value)
    else:
        return pointer
    for key, item in items:
        try:
            orjson.dumps(item)
        except TypeError:
            return _no_json(item, f"{pointer}/{key}")
    return pointer


_EXPRESSIONS = {"type": EXPRESSION, "uid": EXPRESSION}


def _texts(value: object, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in JSON-like data in which Grafana replaces variables, with its JSON pointer.

    A text panel's content and descriptions are prose: a `$` in them is none of ours. In an expression it is a query.
    """
    if isinstance(value, str):
        if "$" in value or "[[" in value:
            yield pointer, value
    elif isinstance(value, dict):
        if value.get("datasource") == _EXPRESSIONS:
            return
        for key, item in value.items():
            if key in ("content", "description"):
                continue
            yield from _texts(item, f"{pointer}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{pointer}/{index}")


def _described(document: Document) -> tuple[str, str]:
    panels = [panel for row in document.data["panels"] for panel in (row, *row.get("panels", ()))]
    return document.data["title"], counted(sum(panel["type"] != "row" for panel in panels), "panel")


OUTPUT = Output(
    kind="dashboard",
    compile=compile_dashboards,
    serialize=serialize,
    mark=f'{{\n  "{FIRST_KEY}": "',
    schema="dashboard",
    holds="panels",
    described=_described,
    api_version=f"schemaVersion {SCHEMA_VERSION}",
    size_limit=16 * 1024 * 1024,
)
