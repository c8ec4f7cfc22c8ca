"""A project's dashboards and notifications, with what tells its Kafka Connect clusters apart.

Expressions get these labels where they are rendered. Here dashboards get a variable for each, in front of their own, so
that one chooses cluster, namespace, connector; links hand the choice on; and what compares or groups alerts by `job`
does so by these labels too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

from dashlib.compile.encoding import cluster_title
from dashlib.compile.finding import is_library_panel, is_notifications
from dashlib.declare.dashboards import Dashboard, LabelVariable, label_variable
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashlib.compile.finding import Read
    from dashlib.compile.loading import Project
    from dashlib.compile.rendering import Rendering
    from dashlib.declare import foreign
    from dashlib.declare.dashboards import Variable
    from dashlib.declare.notifications import Notifications
    from dashlib.declare.notifications.routes import Route
    from dashlib.metrics.identity import Identity
    from dashlib.sources import Source

_JOB_OF_LINK = re.compile(r"&?\bvar-job=[^&]*")
_ROW_OF_TABLE = "${__data.fields["


def told_apart(project: Project, rendering: Rendering) -> Project:
    """Return a project whose dashboards and notifications tell clusters apart.

    Args:
        project: as declared.
        rendering: says by which labels, and of which exporters' series.

    Raises:
        DeclarationError: a dashboard's variable has the name of such a label and lists something else.
    """

    def of(item: Read) -> Read:
        if isinstance(item, Dashboard):
            variables = _variables(item.variables, f"dashboard {item.uid!r}", item.source, rendering)
            return item if variables is None else attrs.evolve(item, variables=variables)
        if is_library_panel(item):
            variables = _variables(item.variables, f"library panel {item.name!r}", item.source, rendering)
            return item if variables is None else attrs.evolve(item, variables=variables)
        return _notifications(item, rendering.identity) if is_notifications(item) else item

    return attrs.evolve(project, declared=tuple(each._replace(item=of(each.item)) for each in project.declared))


def _variables(
    variables: tuple[Variable | foreign.Template, ...], called: str, source: Source, rendering: Rendering
) -> tuple[Variable | foreign.Template, ...] | None:
    """Return variables with one for each label that tells clusters apart, before all that list labels; None for none.

    Args:
        variables: of a dashboard or library panel.
        called: how messages call that.
        source: where that was declared.
        rendering: says by which labels, and of which exporters' series.
    """
    listed = [item for item in variables if isinstance(item, LabelVariable)]
    if not listed:
        return None
    first = listed[0]
    metric = rendering.catalog.metric(rendering.known([each for each in (first.metric, first.fallback) if each]))
    there = {item.values_of for item in listed}
    names = {item.name for item in variables}
    added = []
    for label in rendering.identity.of_family(metric.family):
        if label in there:
            continue
        if label in names:
            raise DeclarationError(
                f"variable {label!r} of {called} has the name of a label in identity and lists "
                "something else; rename it, or let it list that label: "
                f"label_variable({label!r}, …, label={label!r}, metric=…)",
                source,
            )
        variable = label_variable(
            label, cluster_title(label), label=label, metric=first.metric, fallback=first.fallback
        )
        added.append(attrs.evolve(variable, source=first.source or source))
    place = list(variables).index(first)
    return (*variables[:place], *added, *variables[place:])


def hand_on(panels: Sequence[dict[str, Any]], variables: Mapping[str, str], identity: Sequence[str]) -> None:
    """Add the choice of a cluster to links that hand a job on, in the JSON of a dashboard's panels.

    A link of a table's row leads to the row's cluster, any other to what is chosen in the dashboard.

    Args:
        panels: rows too; they are changed.
        variables: name of the dashboard's variable of each label.
        identity: the labels that tell clusters apart.
    """
    for panel in panels:
        hand_on(panel.get("panels", ()), variables, identity)
        columns = {
            title
            for each in panel.get("transformations", ())
            for title in each.get("options", {}).get("renameByName", {}).values()
        }
        values = {}
        for label in identity:
            if label in variables:
                row = f'{_ROW_OF_TABLE}"{cluster_title(label)}"]}}'
                values[variables[label]] = (f"${{{variables[label]}}}", row if cluster_title(label) in columns else "")
        _extend_links({key: value for key, value in panel.items() if key != "panels"}, values)


def _extend_links(data: Any, values: Mapping[str, tuple[str, str]]) -> None:  # noqa: ANN401 - JSON
    if isinstance(data, list):
        for item in data:
            _extend_links(item, values)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key == "url" and isinstance(value, str):
                data[key] = _with_choice(value, values)
            else:
                _extend_links(value, values)


def _with_choice(url: str, values: Mapping[str, tuple[str, str]]) -> str:
    found = _JOB_OF_LINK.search(url)
    if found is None:
        return url
    more = "".join(
        f"&var-{name}={of_row if of_row and _ROW_OF_TABLE in url else chosen}"
        for name, (chosen, of_row) in values.items()
        if f"var-{name}=" not in url
    )
    return url[: found.end()] + more + url[found.end() :]


def _notifications(declared: Notifications, identity: Identity) -> Notifications:
    labels = identity.labels
    inhibit = [
        attrs.evolve(
            each,
            equal_or_absent=[
                *each.equal_or_absent,
                *_missing(each.equal, labels if "job" in each.equal else identity.everywhere, each.equal_or_absent),
            ],
        )
        if {"job", "server"} & set(each.equal)
        else each
        for each in declared.inhibit
    ]
    templates = [
        attrs.evolve(each, identity=_behind_job(each.identity, labels)) if "job" in each.identity else each
        for each in declared.templates
    ]
    return attrs.evolve(declared, route=_route(declared.route, labels), inhibit=inhibit, templates=templates)


def _route(route: Route, labels: Sequence[str]) -> Route:
    return attrs.evolve(
        route,
        group_by=_behind_job(route.group_by, labels) if "job" in route.group_by else route.group_by,
        routes=[_route(each, labels) for each in route.routes],
    )


def _missing(listed: Sequence[str], labels: Sequence[str], more: Sequence[str] = ()) -> list[str]:
    return [label for label in labels if label not in listed and label not in more]


def _behind_job(listed: Sequence[str], labels: Sequence[str]) -> list[str]:
    place = list(listed).index("job") + 1
    return [*listed[:place], *_missing(listed, labels), *listed[place:]]
