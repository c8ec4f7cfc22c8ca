"""`dashlib preview`: dashboards as a page that opens from disk, as pictures, or before and after a change."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from dashlib.commands.shared import (
    FILE,
    FINDINGS,
    FINE,
    compiled,
    profile_option,
    progress,
    project_option,
    prometheus_options,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashlib.compile.loading import Project
    from dashlib.documents.document import Document
    from dashlib.metrics.profiles import Profile
    from dashlib.preview.looking import Running, Started
    from dashlib.preview.page import Finding

_FOLDER = click.Path(file_okay=False, path_type=Path)
_DEFAULT_RECORDING = "healthy"
# What every Prometheus has says nothing of what a project is about.
_EVERYWHERE = frozenset({"up"})


@click.command(name="preview")
@click.argument("uids", nargs=-1, metavar="[UID]...")
@project_option
@profile_option
@click.option("--out", type=_FOLDER, help="Write the page here as index.html, instead of serving it.")
@click.option("--png", type=_FOLDER, help="Write a picture of each dashboard here.")
@click.option(
    "--panel", "panels", multiple=True, metavar="TITLE", help="Take a picture of this panel only; repeatable."
)
@click.option("--all-rows", is_flag=True, help="Open collapsed rows in pictures.")
@click.option(
    "--recording",
    default="",
    metavar="FILE|NAME",
    help="Show a file written by `dashlib record`, or a recorded fault that comes with dashlib.  "
    f"[default: {_DEFAULT_RECORDING}, or --simulated for a project that queries none of its metrics]",
)
@click.option(
    "--connectors",
    type=click.IntRange(1, 1000),
    metavar="NUMBER",
    help="Show a recorded fault with this many connectors, derived from those it has.",
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    metavar="NUMBER",
    help="Seed for the speeds and lags of derived connectors, and for --simulated.",
)
@click.option(
    "--simulated",
    is_flag=True,
    help="Show made-up series for what the project queries; each --seed has its own.",
)
@click.option("--metrics", "metrics_file", type=FILE, metavar="FILE", help="Show one page of an exporter's metrics.")
@prometheus_options
@click.option("--diff", "revision", default="", metavar="REV", help="Compare with a git revision, side by side.")
@click.option("--light", is_flag=True, help="Start with the light theme.")
@click.option(
    "--width",
    type=click.IntRange(400, 4000),
    default=1600,
    show_default=True,
    metavar="PIXELS",
    help="Width of pictures.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="PORT",
    help="Port of 127.0.0.1 to serve on.  [default: a free one]",
)
@click.pass_context
def command(
    context: click.Context,
    /,
    uids: tuple[str, ...],
    project_folder: Path | None,
    profile: str,
    out: Path | None,
    png: Path | None,
    panels: tuple[str, ...],
    all_rows: bool,  # noqa: FBT001  # click passes it by name
    revision: str,
    light: bool,  # noqa: FBT001  # click passes it by name
    width: int,
    port: int,
    **shown_from: Any,  # noqa: ANN401  # options of many types, which say where the data come from
) -> None:
    """Draw dashboards as Grafana would, without a Grafana.

    UIDs choose dashboards; by default, all in the project. Without --out and --png the page is served on 127.0.0.1 and
    drawn again whenever a declaration is saved. Prometheus evaluates the queries: yours, with --prometheus, or a
    temporary one on this machine that holds a recording. Nothing is sent anywhere else.

    \b
    Exit codes:
      0  drawn
      1  a panel cannot be drawn; the page says why
      2  wrong usage
      3  Prometheus or Chromium failed, or is not installed

    \b
    Examples:
      dashlib preview
      dashlib preview --out preview --recording database-hung
      dashlib preview --out preview --prometheus http://localhost:9090
      dashlib preview --png pictures --light debezium-production
      dashlib preview --png pictures --diff main
    """
    from dashlib.documents.library import with_library_panels
    from dashlib.preview.page import as_html

    given = [shown_from[name] for name in ("recording", "simulated", "metrics_file", "prometheus_url")]
    if sum(map(bool, given)) > 1:
        raise click.UsageError("pass one of --recording, --simulated, --metrics and --prometheus")
    if shown_from["simulated"] and shown_from["connectors"] is not None:
        raise click.UsageError("--connectors works only with the recorded faults that come with dashlib")
    if out is None and png is None:
        _serve(context, project_folder, port)
        return
    project, documents = compiled(project_folder, profile)
    documents = with_library_panels(documents)
    dashboards = _chosen(documents, uids)
    answering = _answering(shown_from, project, documents, profile)
    with progress("asking Prometheus"):
        model = _model(answering, dashboards, documents, _findings(project, documents, profile))
        if revision:
            model = _compared(model, revision, answering, dashboards, documents, project.root, uids)
    page = as_html(model, dark=not light)
    if out is not None:
        _write(out / "index.html", page)
    if png is not None:
        from dashlib.preview.pictures import take

        shown = [board["uid"] for board in model["dashboards"] if board["rows"]]
        with progress("taking pictures"):
            files = take(page, png, shown, panels, width=width, open_rows=all_rows)
        for file in files:
            click.echo(f"wrote {file}")
        if panels and not files:
            raise click.UsageError(f"no dashboard has a panel {panels[0]!r}")
    if revision:
        from dashlib.preview.comparing import as_markdown

        _write((png or out or Path()) / "changes.md", as_markdown(model, revision).encode())
    failed = _failed(model)
    for each in failed:
        click.echo(f"cannot be drawn: {each}", err=True)
    raise SystemExit(FINDINGS if failed else FINE)


def _failed(model: Mapping[str, Any]) -> list[str]:
    """Return which panels cannot be drawn, and why."""
    from dashlib.preview.page import panels_of

    return [
        f"{board['uid']} › {panel['title']}: {panel['body']['error']}"
        for board in model["dashboards"]
        for panel in panels_of(board)
        if panel["body"]["kind"] == "error"
    ]


def _answering(
    shown_from: Mapping[str, Any], project: Project, documents: Sequence[Document], profile: str
) -> Running | Started:
    """Return who answers the queries: a Prometheus that runs, or one of our own that holds what options say."""
    recording, connectors, seed = shown_from["recording"], shown_from["connectors"], shown_from["seed"]
    if shown_from["prometheus_url"]:
        from dashlib.commands.shared import prometheus_from
        from dashlib.preview.looking import Running

        url, configuration = shown_from["prometheus_url"], shown_from["http_config"]
        return Running(prometheus_from(url, configuration, shown_from["tenant"], shown_from["timeout"]), url)
    if shown_from["metrics_file"] is not None:
        return _of_metrics(shown_from["metrics_file"], project.root)
    is_chosen = recording or connectors is not None
    if shown_from["simulated"] or (not is_chosen and not _is_recorded(documents, project, profile)):
        return _simulated(documents, project, profile, seed)
    return _of_recording(recording or _DEFAULT_RECORDING, connectors, seed, project, profile)


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    click.echo(f"wrote {file}")


def _chosen(documents: Sequence[Document], uids: Sequence[str]) -> list[Document]:
    found = {document.data["uid"]: document for document in documents if document.kind == "dashboard"}
    missing = [uid for uid in uids if uid not in found]
    if missing:
        raise click.UsageError(f"{missing[0]!r} is not the uid of a dashboard; expected one of: {', '.join(found)}")
    return [found[uid] for uid in uids] if uids else list(found.values())


def _of_metrics(file: Path, root: Path) -> Started:
    from dashlib.metrics.exposition import decode
    from dashlib.preview.looking import Started
    from dashlib.preview.recording import of_metrics
    from dashlib.preview.sources import of_recording

    recording = of_metrics(decode(file.read_bytes(), str(file)), file.name)
    return Started(of_recording(recording, f"metrics of {file.name}"), root)


def _is_recorded(documents: Sequence[Document], project: Project, profile: str) -> bool:
    """Tell whether the recording that is shown by default has anything that the project asks for."""
    from dashlib.preview.recording import metrics_of
    from dashlib.preview.simulation import spelled_as
    from dashlib.preview.sources import recording_named

    recorded = recording_named(_DEFAULT_RECORDING).series
    names = {each.labels["__name__"] for each in spelled_as(recorded, _profile(project, profile))}
    asked = {*metrics_of(documents)} - _EVERYWHERE
    return bool(asked & names) or not asked


def _simulated(documents: Sequence[Document], project: Project, profile: str, seed: int) -> Started:
    from dashlib.compile.known import catalog_of
    from dashlib.preview.inventing import invented
    from dashlib.preview.looking import Started
    from dashlib.preview.sources import of_recording

    exporter = _profile(project, profile)
    known = {exporter.metric_name(metric): metric for metric in catalog_of(project) if exporter.exports(metric)}
    title = f"simulated, seed {seed}: nothing of it was measured"
    return Started(of_recording(invented(documents, known, seed), title), project.root)


def _profile(project: Project, name: str) -> Profile:
    from dashlib.metrics.profiles import load_profile

    return load_profile(name or project.configuration.profile, project.root)


def _of_recording(name: str, connectors: int | None, seed: int, project: Project, profile: str) -> Started:
    from dashlib.preview.looking import Started
    from dashlib.preview.simulation import spelled_as, with_connectors
    from dashlib.preview.sources import is_shipped, of_recording, recording_named

    recording = recording_named(name)
    if not is_shipped(recording):
        if connectors is not None:
            raise click.UsageError("--connectors works only with the recorded faults that come with dashlib")
        return Started(of_recording(recording), project.root)
    if connectors is not None:
        recording = with_connectors(recording, connectors, seed)
    source = of_recording(recording)
    spelled = spelled_as(source.series, _profile(project, profile))
    title = source.title
    if connectors is not None:
        title += f", {connectors} connector{'s' if connectors > 1 else ''}"
    return Started(attrs.evolve(source, title=title, series=spelled), project.root)


def _model(
    answering: Running | Started,
    dashboards: Sequence[Document],
    documents: Sequence[Document],
    findings: Sequence[Finding] = (),
) -> dict[str, Any]:
    from dashlib.preview.page import model

    looked = answering.look(
        [document.data for document in dashboards], [document for document in documents if document.kind == "rules"]
    )
    declared = {
        (document.data["uid"], pointer): str(origin.source)
        for document in dashboards
        for pointer, origin in document.sources.items()
    }
    return model(looked, answering.title, findings=findings, declared=declared)


def _findings(project: Project, documents: Sequence[Document], profile: str) -> list[Finding]:
    """Return what lint finds in the dashboards."""
    from dashlib.lint import engine
    from dashlib.metrics.profiles import load_profile
    from dashlib.preview.page import Finding

    configuration = project.configuration
    settings = engine.settings_of(configuration)
    name = profile or configuration.profile
    lint = engine.lint_of_project(
        project, documents, settings, engine.catalog_of(configuration), load_profile(name, project.root)
    )
    return [
        Finding(
            str(found.problem.linted.document.data["uid"]),
            found.problem.pointer,
            f"{found.file}:{found.line}: {found.severity}: {found.problem.message} [{found.check}]",
        )
        for found in engine.run(lint).findings
        if found.problem.linted.document.kind == "dashboard"
    ]


def _compared(
    after: dict[str, Any],
    revision: str,
    answering: Running | Started,
    dashboards: Sequence[Document],
    documents: Sequence[Document],
    root: Path,
    uids: Sequence[str],
) -> dict[str, Any]:
    from dashlib.documents.library import with_library_panels
    from dashlib.preview.comparing import compared
    from dashlib.preview.revisions import documents_at

    older = with_library_panels(documents_at(revision, documents, root))
    boards = [each for each in older if each.kind == "dashboard" and (not uids or each.data.get("uid") in uids)]
    before = _model(answering, boards, older)
    old: Mapping[str, Any] = {each.data["uid"]: each.data for each in boards}
    new: Mapping[str, Any] = {each.data["uid"]: each.data for each in dashboards}
    pairs = {uid: (old.get(uid, {}), new.get(uid, {})) for uid in {**old, **new}}
    return compared(before, after, pairs)


def _serve(context: click.Context, project_folder: Path | None, port: int) -> None:
    from dashlib.compile.configuration import CONFIGURATION_FILE, find_root, read_configuration
    from dashlib.preview import serving

    root = project_folder or find_root(Path.cwd())
    folders = [root / folder for folder in read_configuration(root).declarations]

    def files() -> list[Path]:
        return [root / CONFIGURATION_FILE, *(file for folder in folders for file in sorted(folder.rglob("*.py")))]

    arguments = _arguments(context.params, root)
    with tempfile.TemporaryDirectory(prefix="dashlib-preview-") as name:

        def draw() -> tuple[bytes, str]:
            page, error = serving.drawn_by_a_process(arguments, Path(name))
            return page.replace(b"</body>", f"<script>{serving.RELOADING}</script>\n</body>".encode()), error

        with progress("drawing"):
            watched = serving.Watched(draw, files)
        click.echo("The page follows the declarations; press Ctrl-C to stop.", err=True)
        serving.serve(watched, click.echo, port)


def _arguments(parameters: Mapping[str, Any], root: Path) -> list[str]:
    """Return the arguments with which a process of its own draws the page."""
    given = {
        "--profile": parameters["profile"],
        "--recording": parameters["recording"],
        "--connectors": parameters["connectors"],
        "--seed": parameters["seed"],
        "--metrics": parameters["metrics_file"],
        "--prometheus": parameters["prometheus_url"],
        "--http-config": parameters["http_config"],
        "--tenant": parameters["tenant"],
        "--timeout": parameters["timeout"],
        "--diff": parameters["revision"],
    }
    options = [part for name, value in given.items() if value for part in (name, str(value))]
    flags = [f"--{name}" for name in ("light", "simulated") if parameters[name]]
    return [*parameters["uids"], "--project", str(root), *options, *flags]
