"""The panel of a plugin that dashlib knows nothing of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Unpack

from dashlib.declare.arguments import checked, nearest
from dashlib.declare.fields import check_fields
from dashlib.declare.panel_kinds import check_values, panel_kind, panel_kinds
from dashlib.declare.panels import merged, show
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panel_kinds import PanelKind
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal


@checked
def panel(
    plugin: str,
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery] = (),
    title: str = "",
    *,
    field_config: Mapping[str, object] | None = None,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a panel of any kind: `panel("vendor-plugin", promql("up"), "Up", options={"limit": 5})`.

    Args:
        plugin: Grafana's id of the panel plugin. Of one that dashlib has a builder for, the options are checked.
        signals: what is shown, signals or queries; none for a plugin that asks nothing.
        title: by default the signal's title.
        field_config: settings of all series, by Grafana's name, those of the plugin under `custom`.
        options: those of the plugin (`options`), unit, description and so on; see `PanelOptions`.

    Raises:
        DeclarationError: an argument is wrong; the message says which.
    """
    if not plugin.strip():
        raise DeclarationError("panel() needs the id of a panel plugin, such as 'grafana-clock-panel'")
    kind = panel_kind(plugin)
    if kind is None and (meant := nearest(plugin, panel_kinds())).startswith("did you mean"):
        raise DeclarationError(f"Grafana has no panel plugin {plugin!r}; {meant}")
    config = dict(field_config or {})
    custom = config.pop("custom", {})
    if not isinstance(custom, dict):
        raise DeclarationError(f"panel() field_config['custom'] must be a dict; got {custom!r}")
    shown = show(signals, title, without_queries=True, **options)
    fields = {"unit": shown.unit, "decimals": shown.decimals, "mappings": shown.mappings}
    needed: dict[str, object] = {}
    if kind is not None:
        needed = required_options(kind)
        check_fields(config)
        check_values(
            f"panel({plugin!r}) field_config['custom']", custom, {} if kind.custom is None else kind.custom.schema
        )
    return shown.panel(plugin, options=needed, fields=merged(fields, config), custom=custom)


def required_options(kind: PanelKind) -> dict[str, object]:
    """Return what Grafana requires and fills in by itself; the rest of what a kind needs is for its author to say."""
    needed = {name: kind.options.defaults[name] for name in kind.options.required if name in kind.options.defaults}
    legend = needed.get("legend")
    if isinstance(legend, Mapping) and "displayMode" in legend:
        needed["legend"] = {"calcs": [], **legend}
    reduced = needed.get("reduceOptions")
    if isinstance(reduced, Mapping):
        needed["reduceOptions"] = {name: value for name, value in reduced.items() if value is not False}
    return needed
