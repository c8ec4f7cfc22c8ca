"""What a panel draws of connectors whose alerts fire at another level than all others.

A line across a panel is everybody's level. Where `[tool.dashlib.overrides]` gives a connector one of its own, a time
series gets a dashed line that is named after it, and a stat or gauge colors that connector's value by it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dashlib.compile.readable import readable
from dashlib.declare.panel_kinds import shown_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashlib.compile.coverage import OwnLevel
    from dashlib.compile.encoding import Context
    from dashlib.declare.panels import Note, Panel
    from dashlib.declare.signals import Signal
    from dashlib.declare.thresholds import ThresholdSet

_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def draw_own_levels(panel: Panel, encoded: dict[str, Any], context: Context, own_levels: Iterable[OwnLevel]) -> None:
    """Add to a panel's JSON the levels that single connectors have of the signal and threshold set that it shows.

    Args:
        panel: made by a builder; one without a note is left alone.
        encoded: its JSON, which is changed.
        context: of its dashboard.
        own_levels: of all alerts.
    """
    note = panel.note
    if note is None or not note.signals or not encoded.get("targets"):
        return
    signal = note.signals[0].base
    thresholds = note.thresholds if note.thresholds is not None else context.thresholds
    alerts = {alert.name for target in panel.targets if (alert := getattr(target, "alert", None)) is not None}
    shown = [
        own
        for own in own_levels
        if own.level.signal.name == signal.name
        and (own.alert in alerts if alerts else own.thresholds == thresholds.name)
    ]
    # Two alerts may fire at one level.
    shown = list({(own.connector, own.level.name, own.level.value): own for own in shown}.values())
    if not shown:
        return
    encoded.setdefault("fieldConfig", {"defaults": {}, "overrides": []})
    shows = shown_by(encoded["type"])
    if shows == "lines":
        for own in shown:
            _draw_line(encoded, own, note, context)
    elif shows == "value":
        for connector in dict.fromkeys(own.connector for own in shown):
            own_of = [own for own in shown if own.connector == connector]
            clusters = context.rendering.identity_of(context.rendering.known(signal.expressions))
            _color_value(encoded, connector, own_of, thresholds, note, clusters)


def _draw_line(encoded: dict[str, Any], own: OwnLevel, note: Note, context: Context) -> None:
    """Add a query that is the level where the connector is shown."""
    first = encoded["targets"][0]
    label = _server_label(own.level.signal, context)
    used = {target["refId"] for target in encoded["targets"]}
    ref_id = next(letter for letter in (*_LETTERS, *(f"A{each}" for each in _LETTERS)) if letter not in used)
    name = f"{own.connector}: {own.level.name} {own.level.direction} {readable(own.level.value, own.level.signal.unit)}"
    line = {
        **{key: value for key, value in first.items() if key in {"editorMode", "range", "datasource"}},
        "refId": ref_id,
        "expr": f"{own.level.value * note.factor:.12g} + 0 * ({first['expr']}) "
        f'and on ({label}) label_replace(vector(1), "{label}", "{own.connector}", "", "")',
        "legendFormat": name,
    }
    encoded["targets"].append({key: line[key] for key in first if key in line} | line)
    encoded["fieldConfig"]["overrides"].append(
        {
            "matcher": {"id": "byFrameRefID", "options": ref_id},
            "properties": [
                {"id": "color", "value": {"mode": "fixed", "fixedColor": own.level.color}},
                {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [10, 10]}},
                {"id": "custom.fillOpacity", "value": 0},
            ],
        }
    )


def _color_value(
    encoded: dict[str, Any],
    connector: str,
    own_levels: Sequence[OwnLevel],
    thresholds: ThresholdSet,
    note: Note,
    clusters: Sequence[str],
) -> None:
    """Give the value of a connector color steps of its own, where the legend tells which one it is.

    What tells clusters apart stands in front of the legend; a connector's own level is that in all of them.
    """
    legend = encoded["targets"][0].get("legendFormat", "")
    if "server" not in _LABEL.findall(note.signals[0].legend):
        return
    signal = note.signals[0].base
    parts = _LABEL.split(legend)
    written = _LABEL.split(note.signals[0].legend)[1::2]
    written = [*(label for label in clusters if label not in written), *written]
    if len(written) != len(parts[1::2]):
        return
    own = {each.declared: each.level.value for each in own_levels}
    steps = [
        (step.color, step.value if step.value is None else own.get(step.value, step.value) * note.factor)
        for step in thresholds.steps(signal, base_color=note.base_color)
    ]
    steps.sort(key=lambda step: float("-inf") if step[1] is None else step[1])
    if len(written) == 1:
        matcher = {"id": "byName", "options": f"{parts[0]}{connector}{parts[2]}"}
    else:
        texts = [re.escape(connector) if name == "server" else ".*" for name in written]
        pattern = "".join(re.escape(text) + value for text, value in zip(parts[::2], [*texts, ""], strict=True))
        matcher = {"id": "byRegexp", "options": f"/^{pattern}$/"}
    encoded["fieldConfig"]["overrides"].append(
        {
            "matcher": matcher,
            "properties": [
                {
                    "id": "thresholds",
                    "value": {
                        "mode": "absolute",
                        "steps": [{"color": color, "value": value} for color, value in steps],
                    },
                }
            ],
        }
    )


def _server_label(signal: Signal, context: Context) -> str:
    return context.rendering.label("server", context.rendering.known(signal.expressions))
