"""A Grafana dashboard, read once: panels, queries, variables and annotations, each with its JSON pointer.

A dashboard may be of any schema version from 16 to 42: panels in `rows`, nested in a collapsed row, of kinds that
Grafana has removed, with datasources by name. One of schema version 2 (`elements`, `layout`) comes here in the same
shape (`schema_v2`). Wrong types are passed over, as Grafana would show nothing there either.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from attrs import frozen

from dashlib.documents.datasource_kinds import DatasourceKinds, takes_promql
from dashlib.documents.values import object_of, objects_in, text_of
from dashlib.documents.variable_queries import is_of_prometheus, query_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.documents.variable_queries import Asked

#: Panel kinds that draw no data of a query.
KINDS_WITHOUT_QUERY = frozenset(
    {"row", "text", "dashlist", "alertlist", "news", "welcome", "gettingstarted", "pluginlist", "annolist", "debug"}
)

_HIDDEN = 2


@frozen(eq=False)
class Dashboard:
    """A Grafana dashboard.

    Attributes:
        data: what the file says, in the shape of schema version 1.
        pointer: JSON pointer to it.
    """

    data: Mapping[str, Any]
    pointer: str = ""

    @property
    def uid(self) -> str:
        """Its uid."""
        return text_of(self.data.get("uid"))

    @property
    def title(self) -> str:
        """Its title."""
        return text_of(self.data.get("title"))

    @functools.cached_property
    def all_panels(self) -> tuple[Panel, ...]:
        """Every panel and row, in the order of the file."""
        return tuple(panels_in(self))

    @functools.cached_property
    def panels(self) -> tuple[Panel, ...]:
        """Every panel, rows left out."""
        return tuple(panel for panel in self.all_panels if panel.kind != "row")

    @functools.cached_property
    def old_rows(self) -> tuple[OldRow, ...]:
        """Its `rows`, in which panels stood before schema version 16."""
        return tuple(
            OldRow(pointer, data) for pointer, data in objects_in(self.data.get("rows"), f"{self.pointer}/rows")
        )

    @functools.cached_property
    def variables(self) -> tuple[Variable, ...]:
        """Its variables, in order."""
        listed = object_of(self.data.get("templating")).get("list")
        return tuple(
            Variable(self, pointer, data) for pointer, data in objects_in(listed, f"{self.pointer}/templating/list")
        )

    @property
    def variable_names(self) -> tuple[str, ...]:
        """Names of its variables, in order."""
        return tuple(variable.name for variable in self.variables)

    @functools.cached_property
    def annotations(self) -> tuple[Annotation, ...]:
        """Its annotations, in order."""
        listed = object_of(self.data.get("annotations")).get("list")
        return tuple(
            Annotation(self, pointer, data) for pointer, data in objects_in(listed, f"{self.pointer}/annotations/list")
        )

    @functools.cached_property
    def datasources(self) -> DatasourceKinds:
        """Which kinds of datasource it asks."""
        return DatasourceKinds(self.data)


@frozen(eq=False)
class OldRow:
    """An entry of `rows`.

    Attributes:
        pointer: JSON pointer to it.
        data: what the file says.
    """

    pointer: str
    data: dict[str, Any]

    @property
    def title(self) -> str:
        """Its title."""
        return text_of(self.data.get("title"))

    @property
    def repeat(self) -> str:
        """Name of the variable by which it is repeated; empty for none."""
        return text_of(self.data.get("repeat"))

    @property
    def has_panels(self) -> bool:
        """Whether something stands where its panels should."""
        return bool(self.data.get("panels"))


@frozen(eq=False)
class Panel:
    """A panel or row, wherever it stands in a dashboard.

    Attributes:
        dashboard: the dashboard.
        pointer: JSON pointer to it.
        data: what the file says.
        depth: 0 on the dashboard itself, 1 in a row.
        row: title of the row that it stands in or behind; empty for none.
    """

    dashboard: Dashboard
    pointer: str
    data: dict[str, Any]
    depth: int = 0
    row: str = ""

    @classmethod
    def alone(cls, data: Mapping[str, Any]) -> Panel:
        """Return the panel that some data says, without its dashboard."""
        return cls(Dashboard({}), "", dict(data))

    @property
    def id(self) -> object:
        """Its id: a number, unless somebody wrote something else; None for none."""
        return self.data.get("id")

    @property
    def kind(self) -> str:
        """Its kind: `timeseries`, `stat`, …."""
        return text_of(self.data.get("type"))

    @property
    def is_open_row(self) -> bool:
        """Whether it is a row that is not collapsed: Grafana does not show what is inside such a one."""
        return self.kind == "row" and not self.data.get("collapsed")

    @property
    def title(self) -> str:
        """Its title."""
        return text_of(self.data.get("title"))

    @property
    def name(self) -> str:
        """How a message calls it."""
        what = "row" if self.kind == "row" else "panel"
        return f"{what} {self.title!r}" if self.title else f"a {what} without a title ({self.kind or 'no kind'})"

    @property
    def repeat(self) -> str:
        """Name of the variable by which it is repeated; empty for none."""
        return text_of(self.data.get("repeat"))

    @property
    def datasource(self) -> object:
        """The datasource of those of its queries that name none: an object, a name, or None."""
        return self.data.get("datasource")

    @property
    def defaults(self) -> dict[str, Any]:
        """`fieldConfig.defaults`, in the place where its schema version has it."""
        config = object_of(self.data.get("fieldConfig"))
        if "defaults" in config:
            return object_of(config["defaults"])
        options = object_of(self.data.get("options"))
        return object_of(object_of(options.get("fieldOptions")).get("defaults"))

    @property
    def panels(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """What stands inside it, as a row's panels do: each with its JSON pointer."""
        return tuple(objects_in(self.data.get("panels"), f"{self.pointer}/panels"))

    @property
    def has_panels(self) -> bool:
        """Whether something stands where a row's panels should."""
        return bool(self.data.get("panels"))

    @functools.cached_property
    def queries(self) -> tuple[Query, ...]:
        """Its queries, of whatever datasource."""
        return tuple(
            Query(self, pointer, data)
            for pointer, data in objects_in(self.data.get("targets"), f"{self.pointer}/targets")
        )


def panels_in(dashboard: Dashboard) -> Iterator[Panel]:
    """Yield every panel and row of a dashboard, in the order of the file."""
    row = ""
    for pointer, data in objects_in(dashboard.data.get("panels"), f"{dashboard.pointer}/panels"):
        panel = Panel(dashboard, pointer, data, 0, row)
        if panel.kind == "row":
            row = panel.title
        yield panel
        yield from _inside(panel)
    for old in dashboard.old_rows:
        for pointer, data in objects_in(old.data.get("panels"), f"{old.pointer}/panels"):
            panel = Panel(dashboard, pointer, data, 1, old.title)
            yield panel
            yield from _inside(panel)


def _inside(outer: Panel) -> Iterator[Panel]:
    """Yield what stands inside a panel, at any depth; readers bound how deep a file may be."""
    row = outer.title if outer.kind == "row" else outer.row
    for pointer, data in outer.panels:
        panel = Panel(outer.dashboard, pointer, data, outer.depth + 1, row)
        yield panel
        yield from _inside(panel)


@frozen(eq=False)
class Query:
    """One query of a panel, of whatever datasource.

    Attributes:
        panel: the panel.
        pointer: JSON pointer to it.
        data: what the file says.
    """

    panel: Panel
    pointer: str
    data: dict[str, Any]

    @property
    def ref_id(self) -> str:
        """Its letter."""
        return text_of(self.data.get("refId"))

    @property
    def text(self) -> str:
        """What it asks a Prometheus; empty if that is not a string, or blank."""
        expression = text_of(self.data.get("expr"))
        return expression if expression.strip() else ""

    @property
    def text_pointer(self) -> str:
        """JSON pointer to what it asks."""
        return f"{self.pointer}/expr"

    @property
    def legend(self) -> str:
        """The name of its series."""
        return text_of(self.data.get("legendFormat"))

    @property
    def legend_pointer(self) -> str:
        """JSON pointer to the name of its series."""
        return f"{self.pointer}/legendFormat"

    @property
    def format(self) -> str:
        """In which form it wants its answer: `time_series`, `table`, …; empty for the first."""
        return text_of(self.data.get("format"))

    @property
    def is_instant(self) -> bool:
        """Whether it is asked of one moment only, not also over a range."""
        return bool(self.data.get("instant") and not self.data.get("range"))

    @property
    def is_hidden(self) -> bool:
        """Whether Grafana does not ask it."""
        return bool(self.data.get("hide"))

    @property
    def own_datasource(self) -> object:
        """The datasource that it names itself: an object, a name, or None for its panel's."""
        return self.data.get("datasource")

    @property
    def datasource(self) -> object:
        """The datasource that it names, or else its panel's: an object, a name, or None for Grafana's default."""
        return self.own_datasource or self.panel.datasource

    @property
    def datasource_kind(self) -> str:
        """The kind of its datasource, as far as the dashboard says: a plugin's id; empty where it is not known."""
        return self.panel.dashboard.datasources.of_target(self.data, self.panel.data)

    @property
    def asks_promql(self) -> bool:
        """Whether it asks something, and that in PromQL; where its datasource is not known, whether it may be."""
        return bool(self.text) and self.panel.dashboard.datasources.asks_promql(self.data, self.panel.data)


@frozen(eq=False)
class Variable:
    """A variable of a dashboard.

    Attributes:
        dashboard: the dashboard.
        pointer: JSON pointer to it.
        data: what the file says.
    """

    dashboard: Dashboard
    pointer: str
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name."""
        return text_of(self.data.get("name"))

    @property
    def kind(self) -> str:
        """Its kind: `query`, `datasource`, `custom`, `interval`, `constant`, `textbox`, …."""
        return text_of(self.data.get("type"))

    @property
    def is_hidden(self) -> bool:
        """Whether a dashboard does not show it, so that nobody chooses its value there."""
        return self.data.get("hide") == _HIDDEN

    @property
    def datasource(self) -> object:
        """The datasource that it names: an object, a name, or None for Grafana's default."""
        return self.data.get("datasource")

    @property
    def regex(self) -> str:
        """What it takes of each value; empty for all of it."""
        return text_of(self.data.get("regex"))

    @property
    def current(self) -> object:
        """The value that is chosen, or a list of them; None for none."""
        return object_of(self.data.get("current")).get("value")

    @property
    def asks_prometheus(self) -> bool:
        """Whether it is a query variable that asks a Prometheus, or may."""
        kind = self.dashboard.datasources.of(self.datasource)
        return self.kind == "query" and takes_promql(kind) and bool(kind or is_of_prometheus(self.data))

    @property
    def asked(self) -> tuple[str, str, Asked | None]:
        """The JSON pointer to what a query variable asks, the text there, and what that is (`query_of`)."""
        place, text, asked = query_of(self.data)
        return f"{self.pointer}{place}", text, asked


@frozen(eq=False)
class Annotation:
    """An annotation of a dashboard.

    Attributes:
        dashboard: the dashboard.
        pointer: JSON pointer to it.
        data: what the file says.
    """

    dashboard: Dashboard
    pointer: str
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name."""
        return text_of(self.data.get("name"))

    @property
    def text(self) -> str:
        """What it asks a Prometheus; empty for nothing."""
        return text_of(self.data.get("expr"))

    @property
    def text_pointer(self) -> str:
        """JSON pointer to what it asks."""
        return f"{self.pointer}/expr"

    @property
    def asks_promql(self) -> bool:
        """Whether it asks something, and that in PromQL; where its datasource is not known, whether it may be."""
        return bool(self.text) and self.dashboard.datasources.asks_promql(self.data, self.data)
