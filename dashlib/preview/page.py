"""Dashboards that were asked → the model of a page, in JSON → HTML that opens from disk and asks no other host."""

from __future__ import annotations

import functools
import html
import itertools
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs
import orjson

from dashlib.documents.dashboards import Dashboard
from dashlib.documents.values import object_of, text_of
from dashlib.errors import ConfigurationError
from dashlib.glance.frames import legend_name
from dashlib.preview.asking import ANNOTATION_STEP
from dashlib.preview.colors import css_color
from dashlib.preview.panels import drawn, queries_of
from dashlib.promql.variables import Reference, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.documents.dashboards import Annotation, Panel, Variable
    from dashlib.glance import Series
    from dashlib.preview.asking import Looked
    from dashlib.preview.drawing import Answered
    from dashlib.preview.repeating import Repeated

Json = dict[str, Any]

_LIBRARY: Final = ("uPlot.iife.min.js", "uPlot.min.css", "uPlot.LICENSE")
_SECONDS: Final = (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1))


class AssetsMissingError(ConfigurationError):
    """The chart library is not in this checkout."""


@attrs.frozen
class Finding:
    """Something that is wrong with a panel.

    Attributes:
        uid: of the dashboard.
        pointer: JSON pointer into it; the panel whose pointer begins it shows the finding.
        text: what is wrong, and where.
    """

    uid: str
    pointer: str
    text: str


def model(
    looked: Sequence[Looked],
    source: str,
    *,
    findings: Sequence[Finding] = (),
    declared: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> Json:
    """Return what a page shows.

    Args:
        looked: dashboards with their answers, in the order of the page.
        source: what is looked at, in a few words.
        findings: of lint; each stands at its panel.
        declared: where panels are declared, `file:line`, by the dashboard's uid and the panel's JSON pointer.
    """
    return {
        "source": source,
        "errors": [],
        "dashboards": [
            _dashboard(each, [one for one in findings if one.uid == each.dashboard.get("uid")], declared)
            for each in looked
        ],
    }


def _dashboard(looked: Looked, findings: Sequence[Finding], declared: Mapping[tuple[str, str], str]) -> Json:
    dashboard = Dashboard(looked.dashboard)
    variables = [_variable(each, looked) for each in dashboard.variables if not each.is_hidden]
    labels = [each["label_name"] for each in variables if each["label_name"]]
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": text_of(looked.dashboard.get("description")),
        "now": looked.now,
        "range": f"Last {_duration(looked.seconds)}",
        "links": [
            {"title": text_of(link.get("title")), "url": text_of(link.get("url"))}
            for link in looked.dashboard.get("links") or ()
            if link.get("type") == "link"
        ],
        "variables": variables,
        "annotations": [_annotation(annotation, series) for annotation, series in looked.annotations],
        "rows": _rows(dashboard, looked, labels, findings, declared),
    }


def _duration(seconds: float) -> str:
    for unit, size in _SECONDS:
        if seconds >= size and seconds % size == 0:
            number = round(seconds / size)
            return unit.removesuffix("s") if number == 1 else f"{number} {unit}"
    return f"{seconds:.0f} seconds"


def _variable(variable: Variable, looked: Looked) -> Json:
    _, _, asked = variable.asked if variable.kind == "query" else ("", "", None)
    current = variable.data.get("current")
    text = object_of(current).get("text")
    return {
        "name": variable.name,
        "title": text_of(variable.data.get("label")) or variable.name,
        "label_name": asked.label if asked is not None else "",
        "options": list(looked.options.get(variable.name, ())),
        "text": text if isinstance(text, str) else "Prometheus" if variable.kind == "datasource" else "",
    }


def _annotation(annotation: Annotation, found: Sequence[Series]) -> Json:
    """Return what an annotation marks: the stretches in which its series are there."""
    regions = []
    for series in found:
        title = legend_name(text_of(annotation.data.get("titleFormat")) or annotation.name, series.labels, "")
        text = legend_name(text_of(annotation.data.get("textFormat")), series.labels, "")
        begin = end = 0.0
        for at, value in series.samples:
            if not value:  # Grafana takes 0 for nothing
                continue
            if not end or at - end > ANNOTATION_STEP:
                begin = at
                regions.append({"labels": dict(series.labels), "title": title, "text": text, "from": begin, "to": at})
            regions[-1]["to"] = end = at
    return {"name": annotation.name, "color": css_color(text_of(annotation.data.get("iconColor"))), "regions": regions}


def _rows(
    dashboard: Dashboard,
    looked: Looked,
    labels: Sequence[str],
    findings: Sequence[Finding],
    declared: Mapping[tuple[str, str], str],
) -> list[Json]:
    """Return the rows of a dashboard; panels before the first row stand in one without a title."""
    rows: list[Json] = []
    answered = iter(looked.answers)
    of_panel = _origins(dashboard, looked.repeated)
    for row, panels in _by_row(dashboard):
        drawn_panels = [_panel(panel, next(answered), labels, findings, *of_panel[panel.pointer]) for panel in panels]
        top = min((panel["y"] for panel in drawn_panels), default=0)
        for panel, drawn_panel in zip(panels, drawn_panels, strict=True):
            drawn_panel["y"] -= top
            drawn_panel["declared"] = declared.get((dashboard.uid, of_panel[panel.pointer][0]), "")
        rows.append(
            {
                "title": "" if row is None else _titled(row.title, dashboard),
                "collapsed": row is not None and bool(row.data.get("collapsed")),
                "made_for": {} if row is None else of_panel[row.pointer][1],
                "panels": drawn_panels,
            }
        )
    return rows


def _origins(dashboard: Dashboard, repeated: Repeated | None) -> dict[str, tuple[str, dict[str, str]]]:
    """Return what each panel and row was made of, and the values it was made for, by its own pointer."""
    if repeated is None:
        return {each.pointer: (each.pointer, {}) for each in dashboard.all_panels}
    made = zip(dashboard.all_panels, repeated.origins, repeated.chosen, strict=True)
    return {each.pointer: (origin, dict(chosen)) for each, origin, chosen in made}


def _by_row(dashboard: Dashboard) -> Iterator[tuple[Panel | None, list[Panel]]]:
    """Yield each row with its panels, in the order of the file."""
    row: Panel | None = None
    inside: list[Panel] = []
    for panel in dashboard.all_panels:
        if panel.kind == "row":
            if inside or row is not None:
                yield row, inside
            row, inside = panel, []
        else:
            inside.append(panel)
    if inside or row is not None:
        yield row, inside


def _titled(text: str, dashboard: Dashboard) -> str:
    """Return a title with the texts of variables: `All` of those of which everything is chosen."""
    variables = {each.name: each for each in dashboard.variables}

    def text_of_variable(one: Reference) -> str:
        variable = variables.get(one.name)
        if variable is None:
            return one.text
        if variable.data.get("includeAll") and variable.kind in ("query", "custom"):
            return "All"
        return text_of(object_of(variable.data.get("current")).get("text")) or one.text

    return replaced(text, text_of_variable)


def _panel(
    panel: Panel,
    answered: Answered,
    labels: Sequence[str],
    findings: Sequence[Finding],
    origin: str,
    made_for: Mapping[str, str],
) -> Json:
    place = object_of(panel.data.get("gridPos"))
    return {
        # What repeats has the same id for every value.
        "id": "/".join([str(panel.id), *made_for.values()]) if made_for else panel.id,
        "made_for": made_for,
        "type": panel.kind,
        "title": _titled(panel.title, panel.dashboard),
        "description": text_of(panel.data.get("description")),
        "links": [
            {"title": text_of(link.get("title")), "url": text_of(link.get("url"))}
            for link in panel.data.get("links") or ()
        ],
        "x": place.get("x", 0),
        "y": place.get("y", 0),
        "w": place.get("w", 12),
        "h": place.get("h", 8),
        "bare": panel.data.get("transparent") is True,
        "queries": queries_of(panel.data),
        "findings": [each.text for each in findings if (each.pointer + "/").startswith(origin + "/")],
        "body": drawn(panel.data, answered, labels),
    }


# --- HTML -------------------------------------------------------------------------------------------------------------


def panels_of(board: Mapping[str, Any] | None) -> list[Json]:
    """Return the panels that a page draws of a dashboard, row by row."""
    return [panel for row in (board or {}).get("rows", ()) for panel in row["panels"]]


def as_html(page: Json, *, dark: bool = True, script: str = "") -> bytes:
    """Return a page that needs nothing but itself.

    Args:
        page: what `model` returns.
        dark: the theme that it begins with.
        script: more JavaScript, behind the page's own.

    Raises:
        AssetsMissingError: the chart library has not been fetched into this checkout.
    """
    title = " · ".join(each["title"] for each in itertools.islice(page["dashboards"], 3)) or "dashlib preview"
    # Within a script element only this ends it; in JSON it stands in strings alone.
    data = orjson.dumps(page).replace(b"<", b"\\u003c")
    library, style, its_license = (_asset(name) for name in _LIBRARY)
    return b"".join(
        [
            b'<!DOCTYPE html>\n<html lang="en" data-theme="',
            b"dark" if dark else b"light",
            b'">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n',
            b'<link rel="icon" href="data:,">\n<title>',
            html.escape(title).encode(),
            b"</title>\n<style>\n",
            style,
            _asset("page.css"),
            b"</style>\n</head>\n<body>\n<main></main>\n<script>\n/* uPlot\n\n",
            its_license,
            b"\n*/\n",
            library,
            b'\n</script>\n<script type="application/json" id="model">',
            data,
            b"</script>\n<script>\n",
            _asset("page.js"),
            script.encode(),
            b"</script>\n</body>\n</html>\n",
        ]
    )


@functools.cache
def _asset(name: str) -> bytes:
    file = resources.files("dashlib.preview") / "assets" / name
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise AssetsMissingError(
            f"{name} is not in this checkout: uPlot, which draws the time series, is fetched by "
            "`make preview-assets` (needs npm); the wheel contains it"
        ) from None
