"""What a file of grafanalib's declares: dashboards whose panels are placed and numbered, and groups of rules."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import attrs

from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.sources import Source

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class PlacedPanel(NamedTuple):
    """A panel at its place.

    Attributes:
        panel: what is encoded.
        id: of the panel, unique in its dashboard.
        position: its `gridPos`.
        source: where it was declared.
    """

    panel: object
    id: int
    position: Mapping[str, int]
    source: Source


class PlacedRow(NamedTuple):
    """The heading of a row.

    Attributes:
        title: of the row; may be empty.
        id: unique in its dashboard.
        top: its y.
        source: where it was declared.
        panels: what lies in it while it is closed; None for an open row, whose panels follow it.
        repeat: the variable for each of whose values it is repeated; empty for none.
    """

    title: str
    id: int
    top: int
    source: Source
    panels: Sequence[PlacedPanel] | None = None
    repeat: str = ""


@attrs.frozen(eq=False, kw_only=True, repr=False)
class PlacedDashboard(Value):
    """A dashboard, placed and numbered.

    Attributes:
        uid: Grafana's name of it.
        title: shown to readers.
        items: its panels and rows, in the order of the JSON.
        variables: dashlib's own, or JSON.
        links: at its top.
        annotations: JSON, beside Grafana's own.
        inputs: what an import by hand asks for, as JSON.
        settings: of the whole dashboard, by Grafana's name: `time`, `refresh`, `tags`, `timezone`, …
        gone: what was set and Grafana no longer has: class and attribute.
        folder: title of the Grafana folder it belongs to; empty for the one at the top.
        source: where it was declared.
    """

    uid: str
    title: str
    items: Sequence[PlacedPanel | PlacedRow]
    variables: Sequence[object] = ()
    links: Sequence[object] = ()
    annotations: Sequence[Mapping[str, object]] = ()
    inputs: Sequence[Mapping[str, object]] = ()
    settings: Mapping[str, object] = _NOTHING
    gone: Sequence[tuple[str, str]] = ()
    folder: str = ""
    source: Source = attrs.field(repr=False)

    @property
    def panels(self) -> Iterator[PlacedPanel]:
        """Its panels, those in closed rows included."""
        for item in self.items:
            if isinstance(item, PlacedPanel):
                yield item
            else:
                yield from item.panels or ()


@attrs.frozen(eq=False, kw_only=True, repr=False)
class WrittenRule(Value):
    """A Grafana-managed rule that somebody wrote, query for query.

    Attributes:
        uid: Grafana's name of it; empty for one made from group and title.
        data: the rest of its JSON, in a provisioning file's words. A query whose `datasourceUid` is empty asks the
            project's datasource.
        source: where it was declared.
    """

    uid: str
    data: Mapping[str, object]
    source: Source


@attrs.frozen(eq=False, kw_only=True, repr=False)
class WrittenRuleGroup(Value):
    """Grafana-managed rules that are evaluated together.

    Attributes:
        name: of the group, unique in its folder.
        folder: title of the Grafana folder that holds them.
        interval: how often they are evaluated.
        rules: in order.
        gone: what was set and Grafana no longer has: class and attribute.
        source: where it was declared.
    """

    name: str
    folder: str
    interval: str
    rules: Sequence[WrittenRule]
    gone: Sequence[tuple[str, str]] = ()
    source: Source
