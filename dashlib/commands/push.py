"""`dashlib push`: make a Grafana say what is declared."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING

import click

from dashlib.commands.grafana_shared import Connection, grafana_options, only_option, show_notes
from dashlib.commands.shared import FINDINGS, FINE, format_option, print_json, progress

if TYPE_CHECKING:
    from dashlib.grafana.apply import Outcome
    from dashlib.grafana.plan import Plan
    from dashlib.grafana.session import PushOptions, PushReport, Session
    from dashlib.grafana.targets import Target

OTHER_SIDE = 3
INTERRUPTED = 130


@click.command(name="push")
@click.argument("target", required=False, default="")
@grafana_options
@click.option("--dry-run", is_flag=True, help="Say what would be done, with all checks, and write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--prune", is_flag=True, help="Remove what dashlib created there and nobody declares any more.")
@click.option("--overwrite", is_flag=True, help="Write over what somebody changed there; it is saved first.")
@only_option
@click.option("--message", default="", help="What the version history of the dashboards says.")
@click.option(
    "--editable/--locked",
    default=None,
    help="Whether the UI may edit alerting objects. Holds for an object's life.  [default: locked]",
)
@click.option("--own-root-policy", is_flag=True, help="The root of the notification policies is ours, too.")
@click.option("--no-check", is_flag=True, help="Do not ask the datasource whether it takes each query.")
@click.option("--rollback", metavar="RUN", default="", help="Restore what that run wrote over or removed.")
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
    """Push everything that is declared to a Grafana; show first what will change.

    TARGET is a Grafana that the configuration names. What somebody changed there since the last push is a conflict:
    it is shown and stays as it is, unless you say --overwrite. What is written over or removed is saved below
    .dashlib/backup/ first. Grafana-managed alerting is pushed with --alerting only: where Prometheus evaluates the
    alerts, everybody would be told twice. Ends with 1 where something differs still, and with 3 where Grafana failed.

    \b
    Example:
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
    plan = session.rollback_plan(rollback) if rollback else session.plan()
    _show(plan, output_format)
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
        click.echo(f"dry run: {_objects(len(plan.written))} would be written; nothing was")
    raise SystemExit(FINDINGS if plan.differs else FINE)


def _ask(session: Session, plan: Plan) -> None:
    """Ask before the first write; refuse where nobody can answer."""
    if not sys.stdin.isatty():
        raise click.UsageError(f"{_objects(len(plan.written))} would be written, and nobody can be asked: say --yes")
    click.confirm(f"Write {_objects(len(plan.written))} to {session.target.said}?", abort=True, err=True)


def _push(session: Session, plan: Plan, output_format: str) -> PushReport:
    """Push, with a line for each object, or a bar where there are many and a person looks on."""
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
    click.echo(f"{_objects(done)} written to {session.target.said}" if done else "nothing was written")
    if report.backup is not None:
        click.echo(f"what was there before is in {report.backup}; `dashlib push --rollback {report.run}` restores it")
    if report.interrupted:
        click.echo("dashlib: interrupted; push again to go on", err=True)


def _exit_code(report: PushReport) -> int:
    if report.interrupted:
        return INTERRUPTED
    if report.failed or report.trouble:
        return OTHER_SIDE
    return FINDINGS if report.plan.left else FINE


def _objects(count: int) -> str:
    return f"{count} object{'' if count == 1 else 's'}"
