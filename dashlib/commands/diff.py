"""`dashlib diff`: what a push would change in a Grafana, in words."""

from __future__ import annotations

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

if TYPE_CHECKING:
    from dashlib.grafana.session import PushOptions
    from dashlib.grafana.targets import Target


@click.command(name="diff")
@target_argument
@grafana_options
@only_option
@own_root_option
@format_option
def command(
    target: str,
    connection: Connection,
    only: str,
    own_root_policy: bool,  # noqa: FBT001
    output_format: str,
) -> None:
    """Show how Grafana differs from the declarations, by dashboard, panel and field.

    TARGET is a Grafana from the configuration; --grafana names one by its URL. Each line shows what is in Grafana →
    what is declared. Nothing is written.

    \b
    Exit codes:
      0  no difference
      1  Grafana differs
      2  wrong usage
      3  Grafana failed or cannot be reached

    \b
    Examples:
      export GRAFANA_TOKEN=…
      dashlib diff --grafana https://grafana.example.com
      dashlib diff production --only 'debezium-*'
    """
    from dashlib.grafana import report

    def options(chosen: Target) -> PushOptions:
        from dashlib.grafana.session import PushOptions

        return PushOptions(only=only, own_root=own_root_policy, check=False, editable=chosen.provenance == "editable")

    session = connection.session(target, options)
    with progress("reading Grafana"):
        plan = session.plan()
    if output_format == "json":
        print_json({"grafana": session.target.url, "changes": report.plan_data(plan), "notes": session.notes})
    else:
        for line in report.plan_lines(plan):
            click.echo(line)
        show_notes(session)
    raise SystemExit(FINDINGS if plan.differs else FINE)
