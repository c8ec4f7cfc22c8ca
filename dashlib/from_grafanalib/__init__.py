"""grafanalib's objects, read as dashlib's own values: one function a class, in one table.

Nothing else imports grafanalib, and dashlib imports this room only when a declaration holds an object of one of its
classes (`dashlib.declare.foreign`). A class is supported by its function and its line in `READERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from grafanalib import core

from dashlib.declare.foreign import no_encoder, says_more
from dashlib.declare.panels import Panel
from dashlib.from_grafanalib import panels, parts

if TYPE_CHECKING:
    from collections.abc import Mapping

# From an object of the class to dashlib's value for it, or to its JSON, a dict, where dashlib declares no such thing.
Reader: TypeAlias = Callable[[Any], object]

READERS: Final[Mapping[type, Reader]] = MappingProxyType(
    {
        core.BarGauge: panels.bar_gauge,
        core.GaugePanel: panels.gauge,
        core.Stat: panels.stat,
        core.StateTimeline: panels.state_timeline,
        core.Table: panels.table,
        core.Text: panels.text,
        core.TimeSeries: panels.timeseries,
        core.DashboardLink: parts.dashboard_link,
        core.DataLink: parts.data_link,
        core.GridPos: parts.grid_position,
        core.StatRangeMappings: parts.range_mapping,
        core.StatValueMappings: parts.value_mapping,
        core.TableSortByField: parts.sorted_by,
        core.Target: parts.target,
        core.Template: parts.variable,
        core.Threshold: parts.threshold,
    }
)

# What a declaration file may hold and dashlib does not compile, and what to do instead.
NOT_COMPILED: Final[Mapping[type, str]] = MappingProxyType(
    {
        core.Dashboard: "which dashlib does not compile yet; put its panels into the rows of a dashlib.Dashboard",
        core.AlertGroup: "which dashlib does not compile; declare a RuleGroup of Alerts",
        core.AlertRulev8: "which dashlib does not compile; declare an Alert in a RuleGroup",
        core.AlertRulev9: "which dashlib does not compile; declare an Alert in a RuleGroup",
        core.AlertFileBasedProvisioning: "which dashlib does not compile; declare a GrafanaRuleGroup",
        core.Notification: "which dashlib does not compile; declare Notifications",
    }
)


def not_compiled(declared: object) -> tuple[str, str] | None:
    """Return the class of an object that a file may not declare, and what to do instead; None for any other."""
    found = next((each for each in type(declared).__mro__ if each in NOT_COMPILED), None)
    return None if found is None else (found.__name__, NOT_COMPILED[found])


def reader_of(kind: type) -> Reader:
    """Return the function that reads objects of a class: its own, or that of the class that it is derived from.

    Raises:
        DeclarationError: no function reads the class, or the class says more than that function knows.
    """
    known = next((each for each in kind.__mro__ if each in READERS), None)
    more = "" if known is None else says_more(kind, known)
    if known is None or more:
        raise no_encoder(kind, more)
    return READERS[known]


def read(declared: object) -> object:
    """Return dashlib's value for an object of grafanalib's, or its JSON, a dict.

    Raises:
        DeclarationError: its class is not one that dashlib reads.
    """
    return reader_of(type(declared))(declared)


def as_panel(panel: core.Panel) -> Panel:
    """Return a panel as dashlib's value; of a user's own class what all panels say, its `kind` left empty."""
    reader = READERS.get(type(panel))
    found = panels.shared(panel, "") if reader is None else reader(panel)
    assert isinstance(found, Panel)  # noqa: S101  # what reads a panel returns one
    return found
