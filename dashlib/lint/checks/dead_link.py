"""A link to a dashboard, a panel or a runbook of the project leads to one that exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from dashlib.documents.values import objects_in, text_of
from dashlib.lint.findings import Check
from dashlib.promql.variables import has_variable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Dashboard, Lint, Linted, Panel

CHECK = Check(
    "dead-link",
    "error",
    "A link to a dashboard, panel or runbook of this project has an existing target.",
    peers=("pint rule/link",),
)

_DASHBOARD = re.compile(r"/d/(?P<uid>[^/?#]+)")
_TEMPLATE = re.compile(r"\{\{.*?\}\}")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every link into the set that leads nowhere."""
    by_uid = {dashboard.uid: dashboard for dashboard in lint.dashboards if dashboard.uid}
    for linted, pointer, url in _links(lint):
        if lint.is_project and (_is_below(url, lint.grafana_url) or url.startswith("/d/")):
            yield from _to_dashboard(linted, pointer, url, by_uid)
        if lint.is_project and lint.root is not None and _is_below(url, lint.runbook_url):
            yield from _to_runbook(linted, pointer, url, lint, lint.root)
        if not url.strip():
            yield linted.problem(pointer, "this link is empty", suggestion="remove it, or give it a target")


def _links(lint: Lint) -> Iterator[tuple[Linted, str, str]]:
    for dashboard in lint.dashboards:
        yield from _of_dashboard(dashboard)
    for rule in lint.rules:
        for name, text in rule.annotations.items():
            if name.endswith("_url") or name in {"runbook", "dashboard"}:
                yield rule.linted, f"{rule.pointer}/annotations/{name}", text


def _of_dashboard(dashboard: Dashboard) -> Iterator[tuple[Linted, str, str]]:
    links = dashboard.data.get("links")
    for index, link in enumerate(links if isinstance(links, list) else ()):
        if isinstance(link, dict) and link.get("type") == "link":
            yield dashboard.linted, f"{dashboard.pointer}/links/{index}/url", text_of(link.get("url"))
    for panel in dashboard.panels:
        for place, found in (
            ("links", panel.data.get("links")),
            ("fieldConfig/defaults/links", panel.defaults.get("links")),
            *_of_columns(panel),
        ):
            for index, link in enumerate(found if isinstance(found, list) else ()):
                if isinstance(link, dict) and "url" in link:
                    yield dashboard.linted, f"{panel.pointer}/{place}/{index}/url", text_of(link["url"])


def _of_columns(panel: Panel) -> Iterator[tuple[str, object]]:
    """Yield the links of a panel's overrides, such as those of a table's column, each with its pointer."""
    config = panel.data.get("fieldConfig")
    for at, override in objects_in(config.get("overrides") if isinstance(config, dict) else None, ""):
        for own, one in objects_in(override.get("properties"), ""):
            if one.get("id") == "links":
                yield f"fieldConfig/overrides{at}/properties{own}/value", one.get("value")


def _is_below(url: str, base: str) -> bool:
    return bool(base) and url.startswith(base.rstrip("/") + "/")


def _to_dashboard(linted: Linted, pointer: str, url: str, by_uid: dict[str, Dashboard]) -> Iterator[Problem]:
    plain = _TEMPLATE.sub("x", url)
    match = _DASHBOARD.search(plain)
    if match is None or has_variable(match["uid"]):
        return
    dashboard = by_uid.get(unquote(match["uid"]))
    if dashboard is None:
        yield linted.problem(
            pointer,
            f"there is no dashboard with the uid {match['uid']!r}",
            suggestion=f"the declared ones are: {', '.join(sorted(by_uid)) or 'none'}",
            text=url,
        )
        return
    query = dict(part.partition("=")[::2] for part in urlsplit(plain).query.split("&"))
    panel = query.get("viewPanel", "").removeprefix("panel-")
    if panel.isdigit() and int(panel) not in [one.id for one in dashboard.all_panels]:
        yield linted.problem(
            pointer, f"dashboard {dashboard.uid!r} has no panel with the id {panel}", suggestion="", text=url
        )
    for key in query:
        name = key.removeprefix("var-")
        if name != key and name not in dashboard.variable_names:
            yield linted.problem(
                pointer,
                f"dashboard {dashboard.uid!r} has no variable {name!r}, so the link selects nothing",
                suggestion=f"it has: {', '.join(dashboard.variable_names)}",
                text=url,
            )


def _to_runbook(linted: Linted, pointer: str, url: str, lint: Lint, root: Path) -> Iterator[Problem]:
    folder = root / lint.settings.runbooks
    if not folder.is_dir():
        return
    page, _, anchor = url.removeprefix(lint.runbook_url.rstrip("/") + "/").partition("#")
    if has_variable(page):
        return
    file = folder / unquote(page.partition("?")[0])
    if not file.is_file():
        pages = ", ".join(sorted(path.name for path in folder.glob("*.md")))
        yield linted.problem(
            pointer, f"there is no runbook {lint.settings.runbooks}/{page}", suggestion=f"there are: {pages}", text=url
        )
    elif anchor and "{{" not in anchor and anchor not in _anchors(file):
        yield linted.problem(
            pointer,
            f"the runbook {lint.settings.runbooks}/{page} has no heading #{anchor}",
            suggestion="add the section, or link to the page",
            text=url,
        )


def _anchors(file: Path) -> set[str]:
    """Return the anchors that a code host gives the headings of a page."""
    text = file.read_text(encoding="utf-8", errors="replace")
    names = (re.sub(r"[`*_\[\]]", "", match[1]) for match in _HEADING.finditer(text))
    return {re.sub(r"[^\w\- ]", "", name).strip().lower().replace(" ", "-") for name in names}
