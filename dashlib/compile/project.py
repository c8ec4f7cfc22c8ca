"""A project compiled: all that it declares, as documents of every output."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import attrs

from dashlib.compile import outputs
from dashlib.compile.known import catalog_of, connectors_of, identity_of
from dashlib.compile.loading import refuse_lost
from dashlib.compile.rendering import Rendering
from dashlib.documents.document import LeftOut
from dashlib.metrics.profiles import load_profile

if TYPE_CHECKING:
    from collections.abc import Collection

    from dashlib.compile.loading import Project
    from dashlib.documents.document import Document
    from dashlib.metrics.profiles import Profile


class Compiled(NamedTuple):
    """Everything that a project declares, compiled for one naming profile.

    Attributes:
        documents: library panels and dashboards first.
        left_out: what is in no document, because the profile lacks what it needs.
        profile: the profile.
    """

    documents: list[Document]
    left_out: tuple[LeftOut, ...]
    profile: Profile


def compile_project(project: Project, profile: str = "") -> list[Document]:
    """Return the documents of everything that a project declares. Pure: no file, clock or network.

    Library panels and dashboards are first.

    Args:
        project: from `load_project`.
        profile: naming profile, a name or the path of a file below the project's root; by default the configuration's.

    Raises:
        DashlibError: something cannot be compiled; the message names the place.
    """
    return compile_for_profile(project, profile).documents


def compile_for_profile(project: Project, profile: str = "", *, files: Collection[str] | None = None) -> Compiled:
    """Return what `compile_project` does, with what the profile leaves out.

    A dashboard that has lost every panel, and a rule file that has lost every rule, are left out as a whole.

    Args:
        project: from `load_project`.
        profile: as of `compile_project`.
        files: declaration files, relative to the project's root, in which everything has to be compiled; None for all.
    """
    refuse_lost(project, files)
    rendering = rendering_of(project, profile)
    if rendering.identity.labels:
        from dashlib.compile.clusters import told_apart

        project = told_apart(project, rendering)
    connectors = connectors_of(project)
    documents: list[Document] = []
    emptied: list[Document] = []
    for output in outputs.declared(project):
        compiled = output.compile(outputs.Compilation(project, rendering, connectors, documents))
        documents += compiled
        emptied += [each for each in compiled if each.left_out and not each.data[output.holds]]
    left_out = [each for document in documents for each in document.left_out]
    for document in emptied:
        if document.kind == "dashboard":
            reason = f"profile {rendering.profile.name!r} leaves it without panels"
            source = document.sources[""].source
            left_out.append(LeftOut("dashboard", document.data["title"], document.data["uid"], reason, source))
    kept = [
        attrs.evolve(each, compiled_by=project.configuration.build_command) for each in documents if each not in emptied
    ]
    return Compiled(kept, tuple(left_out), rendering.profile)


def rendering_of(project: Project, profile: str = "") -> Rendering:
    """Return the metrics that a project knows, in the spelling of a naming profile: by default the configuration's."""
    configuration = project.configuration
    return Rendering(
        catalog_of(project),
        load_profile(profile or configuration.profile, project.root),
        heartbeat_tables={
            each.name: each.heartbeat_table
            for each in connectors_of(project).with_heartbeat_table()
            if each.heartbeat_table is not None
        },
        target_labels=configuration.target_labels,
        identity=identity_of(project),
    )


def serialize(document: Document) -> bytes:
    """Return the bytes of a compiled file."""
    return outputs.output_of(document.kind).serialize(document)
