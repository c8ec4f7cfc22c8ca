"""`dashlib push`: bring Grafana in line with the declarations."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING

import click

from dashlib.commands.grafana_shared import (
    Connection,
    grafana_options,
    only_option,
    own_root_option,
    show_notes,
    target_argument,
)
from dashlib.commands.shared import FINDINGS, FINE, format_option, print_json, progress
from dashlib.compile.readable import counted

if TYPE_CHECKING:
    from dashlib.grafana.apply import Outcome
    from dashlib.grafana.plan import Plan
    from dashlib.grafana.session import PushOptions, PushReport, Session
    from dashlib.grafana.targets import Target

OTHER_SIDE = 3
INTERRUPTED = 130


@click.command(name="push")
@target_argument
@grafana_options
@click.option("--dry-run", is_flag=True, help="Run every check and show the plan, but write nothing.")
@click.option("--yes", is_flag=True, help="Write without asking for confirmation.")
@click.option("--prune", is_flag=True, help="Remove what dashlib created and is no longer declared.")
@click.option("--overwrite", is_flag=True, help="Overwrite changes made in Grafana, after saving a backup.")
@only_option
@click.option("--message", default="", metavar="TEXT", help="Message for the version history of the dashboards.")
@click.option(
    "--editable/--locked",
    default=None,
    help="Whether the UI may edit alerting objects; Grafana cannot unlock some of them later.  [default: locked]",
)
@own_root_option
@click.option("--no-check", is_flag=True, help="Skip running each query against the datasource first.")
@click.option("--rollback", metavar="RUN", default="", help="Restore what a previous run overwrote or removed.")
@format_option
def command(
    target: str,
    connection: Connection,
    dry_run: bool,  # noqa: FBT001
    yes: bool,  # noqa: FBT001
    prune: bool,  # noqa: FBT001
    overwrite: bool,  # noqa: FBT001
    only: str,
    message: str,
    editable: bool | None,  # noqa: FBT001
    own_root_policy: bool,  # noqa: FBT001
    no_check: bool,  # noqa: FBT001
    rollback: str,
    output_format: str,
) -> None:
    """Push the declarations to Grafana, after showing what will change.

    TARGET is a Grafana from the configuration; --grafana names one by its URL.

    What somebody changed in Grafana since the last push is a conflict: it is shown and left alone, unless you pass
    --overwrite. Whatever is overwritten or removed is first saved below .dashlib/backup/.

    Grafana-managed alerting is pushed only with --alerting: where Prometheus evaluates the alerts too, every
    notification would be sent twice.

    \b
    Exit codes:
      0    Grafana matches the declarations
      1    something still differs, or a check failed and nothing was written
      2    wrong usage
      3    Grafana failed or cannot be reached
      130  interrupted; the object in hand was finished

    \b
    Examples:
      export GRAFANA_TOKEN=…
      dashlib push --grafana https://grafana.example.com --dry-run
      dashlib push production --yes --message "lag thresholds"
      dashlib push production --rollback 20261121T143000-7f3a
    """

    def options(chosen: Target) -> PushOptions:
        from dashlib.grafana.session import PushOptions

        return PushOptions(
            overwrite=overwrite,
            prune=prune or chosen.prune,
            only=only,
            editable=chosen.provenance == "editable" if editable is None else editable,
            own_root=own_root_policy,
            check=not no_check,
            message=message or (f"rollback of {rollback}" if rollback else ""),
        )

    session = connection.session(target, options)
    with progress("reading Grafana"):
        plan = session.rollback_plan(rollback) if rollback else session.plan()
    _show(plan, output_format)
    with progress("checking"):
        session.check(plan)
    if output_format == "text":
        show_notes(session)
    if dry_run:
        _finish_dry(session, plan, output_format)
    if plan.written and not yes:
        _ask(session, plan)
    report = _push(session, plan, output_format)
    _report(session, report, output_format)
    raise SystemExit(_exit_code(report))


def _show(plan: Plan, output_format: str) -> None:
    if output_format == "text":
        from dashlib.grafana.report import plan_lines

        for line in plan_lines(plan):
            click.echo(line)


def _finish_dry(session: Session, plan: Plan, output_format: str) -> None:
    if output_format == "json":
        from dashlib.grafana.report import plan_data

        print_json({"grafana": session.target.url, "changes": plan_data(plan), "notes": session.notes})
    else:
        click.echo(f"dry run: {counted(len(plan.written), 'object')} would be written")
    raise SystemExit(FINDINGS if plan.differs else FINE)


def _ask(session: Session, plan: Plan) -> None:
    """Ask for confirmation before the first write; refuse without a terminal."""
    objects = counted(len(plan.written), "object")
    if not sys.stdin.isatty():
        raise click.UsageError(
            f"cannot ask for confirmation before writing {objects}: standard input is not a terminal; pass --yes"
        )
    if not click.confirm(f"Write {objects} to {session.target.said}?", err=True):
        click.echo("nothing written", err=True)
        raise SystemExit(FINDINGS)


def _push(session: Session, plan: Plan, output_format: str) -> PushReport:
    """Push, with a line for each object, or a progress bar if there are many and output is a terminal."""
    from dashlib.grafana.report import outcome_line

    count = len(plan.written)
    if output_format == "text" and count > _MANY and sys.stderr.isatty():
        done = itertools.count(1)
        with progress("pushing") as show:
            return session.push(plan, lambda _: show(next(done), count))

    def tell(outcome: Outcome) -> None:
        if output_format == "text" and outcome.status == "done":
            click.echo(outcome_line(outcome))

    return session.push(plan, tell)


_MANY = 20


def _report(session: Session, report: PushReport, output_format: str) -> None:
    from dashlib.grafana.report import outcome_data, outcome_line, plan_data

    if output_format == "json":
        print_json(
            {
                "grafana": session.target.url,
                "run": report.run,
                "backup": str(report.backup) if report.backup is not None else None,
                "changes": plan_data(report.plan),
                "outcomes": outcome_data(report.outcomes),
                "trouble": report.trouble,
                "notes": session.notes,
            }
        )
        return
    for outcome in report.failed:
        click.echo(f"dashlib: {outcome_line(outcome)}", err=True)
    if report.trouble:
        click.echo(f"dashlib: {report.trouble}", err=True)
    done = len(report.outcomes) - len(report.failed)
    click.echo(f"{counted(done, 'object')} written to {session.target.said}" if done else "nothing written")
    if report.backup is not None:
        click.echo(f"backup saved in {report.backup}; restore it with `dashlib push --rollback {report.run}`")
    if report.interrupted:
        click.echo("dashlib: interrupted; push again to continue", err=True)


def _exit_code(report: PushReport) -> int:
    if report.interrupted:
        return INTERRUPTED
    if report.failed or report.trouble:
        return OTHER_SIDE
    return FINDINGS if report.plan.left else FINE
