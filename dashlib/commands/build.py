"""`dashlib build`: compile the declarations to files, or show where the files differ."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashlib.commands.output import is_quiet, is_verbose
from dashlib.commands.shared import (
    FINDINGS,
    FINE,
    format_option,
    gone_by_class,
    load,
    metrics_option,
    observed_in,
    print_gone,
    print_json,
    print_left_out,
    profile_option,
    progress,
    project_option,
)
from dashlib.compile.readable import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import PurePosixPath

    from dashlib.compile.loading import Project
    from dashlib.documents.document import Document, LeftOut
    from dashlib.documents.files import Changes
    from dashlib.metrics.profiles import Profile


#: What `--quiet` need not say of a file.
_GOOD = frozenset({"created", "updated", "unchanged", "up to date", "removed"})


@click.command(name="build")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@project_option
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write below this folder instead of the project."
)
@click.option("--check", is_flag=True, help="Write nothing; show a diff and exit with 1 if a file is out of date.")
@click.option("--prune", is_flag=True, help="Remove compiled files that are no longer declared.")
@metrics_option(
    "With --check: output of Prometheus' /federate; report labels of [tool.dashlib] identity that its series lack."
)
@profile_option
@format_option
def command(  # the options of the command
    files: tuple[str, ...],
    project_folder: Path | None,
    out: Path | None,
    check: bool,  # noqa: FBT001
    prune: bool,  # noqa: FBT001
    metrics_files: tuple[Path, ...],
    profile: str,
    output_format: str,
) -> None:
    """Compile declarations to dashboard and rule files.

    A FILE is a declaration file (dashboards/mysql.py) or a compiled one; without any, everything is compiled. Files
    whose content would not change are not touched, and a failure leaves every file as it was.

    \b
    Exit codes:
      0  files are written, or up to date
      1  with --check: a file is missing, out of date or no longer declared, or series lack an identity label
      2  wrong usage, or a mistake in a declaration

    \b
    Examples:
      dashlib build
      dashlib build --check
      dashlib build dashboards/mysql.py --out /tmp/preview
    """
    from dashlib.compile import outputs
    from dashlib.compile.project import compile_for_profile, serialize
    from dashlib.documents import files as on_disk

    if metrics_files and not check:
        raise click.UsageError("--metrics goes with --check: a build without it asks for nothing")
    project = load(project_folder)
    named = [os.path.relpath(Path(name).absolute(), project.root) for name in files]
    with progress("compiling"):
        compiled = compile_for_profile(project, profile, files=named or None)
    documents = compiled.documents
    if compiled.left_out and not documents:
        _tell_that_nothing_compiles(compiled.profile)
    chosen = _chosen(documents, files, project)
    undeclared = [] if files or out is not None else outputs.find_undeclared(project, documents)
    root = project.root if out is None else out.absolute()
    with progress("comparing with the files"):
        contents = {document.path: serialize(document) for document in chosen}
        changes = on_disk.compare(root, contents, undeclared)
    gone = gone_by_class(chosen)
    if check:
        _validate(project, chosen)
        verbs = ("missing", "out of date", "up to date", "no longer declared")
        _report(changes, compiled.left_out, gone, output_format, verbs=verbs)
        if output_format == "text":
            _show_diff(root, contents, changes)
            print_left_out(compiled.left_out, compiled.profile)
            print_gone(gone)
        missing = _identity_missing(project, compiled.profile, metrics_files)
        for message in missing:
            click.echo(message, err=output_format == "json")
        raise SystemExit(FINDINGS if changes.any or missing else FINE)
    with progress("writing"):
        on_disk.write(root, {path: contents[path] for path in (*changes.created, *changes.updated)})
    if prune:
        on_disk.remove(root, changes.undeclared)
    kept = "removed" if prune else "no longer declared (--prune removes it)"
    _report(changes, compiled.left_out, gone, output_format, verbs=("created", "updated", "unchanged", kept))
    if output_format == "text":
        print_left_out(compiled.left_out, compiled.profile)
        print_gone(gone)
        if (changes.created or changes.updated) and not is_quiet():
            click.echo(_next(chosen, out))


def _tell_that_nothing_compiles(profile: Profile) -> None:
    click.echo(
        f"nothing to compile: the naming profile {profile.name} has none of the metrics declared here; "
        "`dashlib profile --metrics FILE` finds the profile of your exporter",
        err=True,
    )


def _next(documents: Sequence[Document], out: Path | None) -> str:
    """Return where the files lie, and what to do next."""
    folders = dict.fromkeys(document.path.parent for document in documents)
    there = ", ".join(str(folder if out is None else out / folder) for folder in folders)
    return f"the files are in {there}; next: dashlib lint, then dashlib test"


def _chosen(documents: list[Document], files: Sequence[str], project: Project) -> list[Document]:
    """Return the documents that the command line selects, by declaration file or compiled file."""
    if not files:
        return documents
    chosen: list[Document] = []
    for name in files:
        absolute = Path(name).absolute()
        named = [
            document
            for document in documents
            if absolute == project.root / document.path
            or any(absolute == project.root / source for source in document.declared_in.split(", "))
        ]
        if not named:
            raise click.UsageError(
                f"{name} is neither a declaration file nor a compiled file of {project.root}; `dashlib list` lists both"
            )
        chosen.extend(document for document in named if document not in chosen)
    return chosen


def _validate(project: Project, documents: list[Document]) -> None:
    """Validate the configuration and the documents against dashlib's own schemas."""
    from dashlib.compile import provisioning_files, validation
    from dashlib.grafana.targets import read_targets
    from dashlib.lint.settings import read_settings

    configuration = project.configuration
    read_settings(configuration.lint, configuration.file)
    read_targets(configuration.grafana, file=configuration.file)
    with progress("checking") as show:
        for index, document in enumerate(documents):
            show(index, len(documents))
            validation.validate(document)
    found = provisioning_files.check_provisioning(project, documents)
    if found:
        raise validation.SchemaError("\n".join(map(str, found)))


def _identity_missing(project: Project, profile: Profile, metrics_files: Sequence[Path]) -> list[str]:
    """Return what the series of Prometheus lack of the labels that tell clusters apart."""
    if not metrics_files:
        return []
    from dashlib.compile.known import catalog_of, identity_of
    from dashlib.metrics.clusters import lacking_in

    found = lacking_in(observed_in(metrics_files), identity_of(project), catalog_of(project), profile)
    return [f"{each.message}; {each.hint}" for each in found]


def _report(
    changes: Changes,
    left_out: Sequence[LeftOut],
    gone: Mapping[str, Sequence[str]],
    output_format: str,
    verbs: tuple[str, str, str, str],
) -> None:
    groups = (changes.created, changes.updated, changes.unchanged, changes.undeclared)
    if output_format == "json":
        names = ("created", "updated", "unchanged", "undeclared")
        print_json(
            {
                **{name: [str(path) for path in paths] for name, paths in zip(names, groups, strict=True)},
                "left_out": [
                    {"kind": each.kind, "name": each.name, "of": each.of, "reason": each.reason} for each in left_out
                ],
                "gone": gone,
            }
        )
        return
    for verb, paths in zip(verbs, groups, strict=True):
        if (paths is not changes.unchanged or is_verbose()) and not (is_quiet() and verb in _GOOD):
            for path in paths:
                click.echo(f"{path}: {click.style(verb, fg='green' if verb in _GOOD else 'yellow')}")
    if changes.unchanged and not is_quiet():
        click.echo(f"{counted(len(changes.unchanged), 'file')} {verbs[2]}")


def _show_diff(root: Path, contents: dict[PurePosixPath, bytes], changes: Changes) -> None:
    import difflib

    for path in (*changes.created, *changes.updated):
        before = (root / path).read_text(encoding="utf-8", errors="replace") if path in changes.updated else ""
        lines = difflib.unified_diff(
            before.splitlines(keepends=True),
            contents[path].decode().splitlines(keepends=True),
            f"{path} (on disk)",
            f"{path} (declared)",
        )
        click.echo("".join(lines), nl=False)
