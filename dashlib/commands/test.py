"""`dashlib test`: the proof of every alert, and hand-written scenarios, by promtool."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashlib.commands.shared import (
    CLEARED,
    FINDINGS,
    FINE,
    format_option,
    load,
    print_json,
    print_left_out,
    profile_option,
    progress,
    project_option,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dashlib.compile.loading import Project
    from dashlib.compile.project import Compiled
    from dashlib.documents.document import LeftOut
    from dashlib.proof.obligations import Obligation
    from dashlib.proof.prover import Proof
    from dashlib.proof.written import ScenarioFile


_BAD = re.compile(r"(?<=  )(?:failed|uncovered)(?=$|  )")


@click.command(name="test")
@click.argument("wanted", nargs=-1, metavar="[FILE|ALERT]...")
@project_option
@profile_option
@format_option
def command(wanted: tuple[str, ...], project_folder: Path | None, profile: str, output_format: str) -> None:
    """Prove every alert and run the scenarios.

    dashlib generates input for each alert from its expression and lets promtool decide when the alert is pending,
    firing and silent. A FILE is a declaration file, a compiled rule file or a file of scenarios; an ALERT is the name
    of an alert. Without any, everything is tested.

    \b
    Exit codes:
      0  every alert is proven
      1  a proof or scenario failed, or an alert has neither
      2  wrong usage
      3  promtool is missing or failed

    \b
    Examples:
      dashlib test
      dashlib test alerts/mysql.py
      dashlib test DebeziumHighBinlogLag --format json
    """
    import concurrent.futures
    import functools

    from dashlib.compile import project as projects
    from dashlib.proof import reports
    from dashlib.proof.obligations import exporter_of, obligations, quickest_first, what_is_proven
    from dashlib.proof.promtool import find_promtool
    from dashlib.proof.prover import prove
    from dashlib.proof.written import run_scenarios

    project = what_is_proven(load(project_folder))
    compiled = projects.compile_for_profile(project, profile)
    left_out = [each for each in compiled.left_out if each.kind == "rule"]
    alerts, scenarios = _chosen(project, obligations(project, compiled.documents, profile), wanted, left_out)
    promtool = find_promtool(project.root)
    print_left_out(left_out, compiled.profile)

    # promtool runs the scenarios while one core searches for inputs for the proofs. All that is about them comes after
    # the first proof, which the user is waiting for.
    @functools.cache
    def written() -> concurrent.futures.Future[list[ScenarioFile]]:
        if scenarios:
            _say_what_is_old(project, compiled, profile)
        return beside.submit(run_scenarios, promtool, scenarios)

    with concurrent.futures.ThreadPoolExecutor(1) as beside, progress("proving alert rules") as show:
        width = max(map(len, map(reports.name, alerts)), default=0)
        report = reports.ProofReport(project.root, lambda: written().result(), width)
        proofs = _then(written, prove(quickest_first(alerts), exporter_of(project, profile), promtool, show))
        if output_format == "json":
            data = [report.alert_data(proof) for proof in proofs]
        for proof in proofs if output_format == "text" else ():
            _tell(report.text(proof))
        written()  # where there is no alert, nothing has started them
    if output_format == "json":
        print_json(report.data(data))
    else:
        _tell(report.end())
    raise SystemExit(FINE if report.is_fine else FINDINGS)


def _then(start: Callable[[], object], proofs: Iterator[Proof]) -> Iterator[Proof]:
    """Yield proofs, and start something else before the second is asked for; in any case before the end."""
    for proof in proofs:
        yield proof
        start()
    start()


def _tell(lines: Iterable[str]) -> None:
    """Print lines at once, over the progress display."""
    for line in lines:
        if sys.stderr.isatty():
            click.echo(CLEARED, err=True, nl=False)
        click.echo(_BAD.sub(lambda found: click.style(found[0], fg="red"), line))
    sys.stdout.flush()


def _chosen(
    project: Project, alerts: Sequence[Obligation], wanted: Sequence[str], left_out: Sequence[LeftOut]
) -> tuple[list[Obligation], list[Path]]:
    """Return the selected alerts and files of scenarios: all by default."""
    from dashlib.proof.written import mentioned, scenario_files

    files = scenario_files(project.root / project.configuration.scenarios)
    if not wanted:
        return list(alerts), files
    chosen: dict[int, Obligation] = {}
    scenarios: dict[Path, None] = {}
    for name in wanted:
        path = Path(name).resolve()
        found = [
            alert for alert in alerts if name in (alert.alert, alert.serves) or path in _files_of(alert, project.root)
        ]
        of_file = [file for file in files if file.resolve() == path]
        if not found and not of_file:
            why = next((each.reason for each in left_out if each.name == name), "")
            raise click.UsageError(f"{name} is left out: {why}" if why else _unknown(name, alerts, project))
        chosen.update((id(alert), alert) for alert in found)
        scenarios.update(dict.fromkeys(of_file))
    names = {alert.alert for alert in chosen.values()}
    scenarios.update((file, None) for file in files if names & mentioned(file))
    return list(chosen.values()), list(scenarios)


def _files_of(alert: Obligation, root: Path) -> set[Path]:
    return {root / alert.declared_in, root / alert.path}


def _unknown(name: str, alerts: Sequence[Obligation], project: Project) -> str:
    import difflib

    known = list(dict.fromkeys(alert.alert for alert in alerts))
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`dashlib list` shows the files, `dashlib test` the alerts"
    return (
        f"{name!r} is not an alert, a declaration file, a rule file or a file of scenarios in "
        f"{project.configuration.scenarios}; {hint}"
    )


def _say_what_is_old(project: Project, compiled: Compiled, profile: str) -> None:
    """Warn if the rule files on disk, which scenarios read, are out of date."""
    from dashlib.compile import project as projects
    from dashlib.documents import files

    rules = {each.path: projects.serialize(each) for each in compiled.documents if each.kind == "rules"}
    changes = files.compare(project.root, rules, [])
    old = [str(path) for path in (*changes.created, *changes.updated)]
    if old:
        cleared = CLEARED if sys.stderr.isatty() else ""
        what, so = ("out of date", ", so run `dashlib build` first")
        if profile:
            what, so = (f"not as profile {profile} spells them", " as they are on disk")
        click.echo(f"{cleared}{what}: {', '.join(old)}; the scenarios read these files{so}", err=True)
