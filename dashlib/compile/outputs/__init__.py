"""Output formats: one file each, with one `OUTPUT` that says all that the rest of dashlib must know of it.

A new one is its file, with a line in `_REGISTERED` below, and its test. A module is imported when something is
declared for it, or when files are there that it may have written: a build without notifications pays for none.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

from dashlib.documents import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import PurePosixPath

    from dashlib.compile.configuration import Configuration
    from dashlib.compile.declared_connectors import DeclaredConnectors
    from dashlib.compile.loading import Project
    from dashlib.compile.rendering import Rendering
    from dashlib.documents.document import Document


class Compilation(NamedTuple):
    """What an output compiles from.

    Attributes:
        project: what is declared, and its configuration.
        rendering: catalog and naming profile.
        connectors: the connectors that the configuration declares, and what is particular about them.
        documents: what the outputs before this one have compiled: alerts link to panels of dashboards, and dashboards
            show library panels.
    """

    project: Project
    rendering: Rendering
    connectors: DeclaredConnectors
    documents: Sequence[Document] = ()


class Output(NamedTuple):
    """An output format.

    Attributes:
        kind: the `kind` of its documents.
        compile: returns the documents of a project. Pure: no file, clock or network.
        serialize: returns the bytes of a document's file, the same on every machine.
        mark: the beginning of files that a build wrote, and of no others.
        schema: the JSON Schema that its documents fit, or its name: `dashlib/schemas/NAME.schema.json`.
        holds: key of what a document is about; a document that has lost all of it to the naming profile is not written.
        described: returns what `dashlib list` shows of a document: its title, and what it holds.
        api_version: which version of the target's format the documents speak.
        size_limit: bytes that one object may have at the target; None where it sets no limit.
    """

    kind: str
    compile: Callable[[Compilation], list[Document]]
    serialize: Callable[[Document], bytes]
    mark: str
    schema: str | Mapping[str, object]
    holds: str
    described: Callable[[Document], tuple[str, str]]
    api_version: str
    size_limit: int | None = None

    def is_compiled(self, content: bytes) -> bool:
        """Tell whether a build wrote a file of this content."""
        return content.startswith(self.mark.encode())


class _Registered(NamedTuple):
    """What is known of an output before its module is imported.

    Attributes:
        module: its module in this package.
        is_declared: tells whether a project declares something for it.
        folder: where its files go, relative to the project's root; None for nowhere.
        ending: of its files' names.
        offer: how `dashlib init` offers it, with the setting that says where; None where another one's brings it along.
    """

    module: str
    is_declared: Callable[[Project], bool]
    folder: Callable[[Configuration], PurePosixPath | None]
    ending: str
    offer: Offer | None = None


class Offer(NamedTuple):
    """What a new project can compile to.

    Attributes:
        title: what it is for.
        setting: the setting of `[tool.dashlib]` that says where it goes.
        folder: the value of that setting in a new project.
        unless_chosen: its value where somebody does not want the output; by default the same.
        is_basic: a new project always has it.
    """

    title: str
    setting: str
    folder: str
    unless_chosen: str | None = None
    is_basic: bool = False


# By kind, in the order in which they compile and are listed.
_REGISTERED = {
    "library-panel": _Registered(
        "library_panels", lambda project: bool(project.library_panels),
        lambda configuration: configuration.library_panels,
        ".json",
    ),
    "dashboard": _Registered(
        "dashboard_json", lambda project: bool(project.dashboards or project.placed_dashboards),
        lambda configuration: configuration.dashboards,
        ".json",
        Offer("dashboards, as files for Grafana's provisioning", "dashboards", "grafana/dashboards", is_basic=True),
    ),
    "rules": _Registered(
        "rule_yaml", lambda project: bool(project.rule_groups), lambda configuration: configuration.rules, ".yml",
        Offer("alerts, as rule files for Prometheus", "rules", "prometheus/rules", is_basic=True),
    ),
    "grafana-alerting": _Registered(
        "grafana_alerting", lambda project: bool(project.grafana_rule_groups or project.written_rule_groups),
        lambda configuration: configuration.grafana_provisioning / "alerting", ".yaml",
        Offer("the same alerts, evaluated by Grafana instead", "grafana_provisioning", "grafana/provisioning"),
    ),
    "alertmanager": _Registered(
        "alertmanager_yaml", lambda project: project.notifications is not None,
        lambda configuration: configuration.alertmanager_folder, ".yml",
        Offer("who is told of an alert, for Alertmanager", "alertmanager", "alertmanager", unless_chosen=""),
    ),
    "notification-template": _Registered(
        "notification_templates", lambda project: project.notifications is not None,
        lambda configuration: configuration.alertmanager_folder and configuration.alertmanager_folder / "templates",
        ".tmpl",
    ),
}  # fmt: skip


def kinds() -> tuple[str, ...]:
    """Return the kinds of all outputs."""
    return tuple(_REGISTERED)


def offers() -> dict[str, Offer]:
    """Return what a new project can compile to, by the output's kind."""
    return {kind: registered.offer for kind, registered in _REGISTERED.items() if registered.offer is not None}


def output_of(kind: str) -> Output:
    """Return the output whose documents are of a kind; its module is imported by that."""
    output: Output = importlib.import_module(f"{__name__}.{_REGISTERED[kind].module}").OUTPUT
    return output


def declared(project: Project) -> Iterator[Output]:
    """Yield the outputs for which a project declares something, and which have a folder to go to."""
    for kind, registered in _REGISTERED.items():
        if registered.is_declared(project) and registered.folder(project.configuration) is not None:
            yield output_of(kind)


def find_undeclared(project: Project, documents: Sequence[Document]) -> list[PurePosixPath]:
    """Return the compiled files that are no longer declared, relative to the project's root."""
    known = {document.path for document in documents}
    found: dict[PurePosixPath, None] = {}  # two outputs may share a folder, an ending and a mark
    for kind, registered in _REGISTERED.items():
        folder = registered.folder(project.configuration)
        found |= {
            path: None
            for path in ([] if folder is None else files.below(project.root, folder, registered.ending))
            if path not in known and output_of(kind).is_compiled(files.read(project.root / path) or b"")
        }
    return list(found)
