"""`dashlib diff`: what a push would change in a Grafana, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dashlib.commands.grafana_shared import Connection, grafana_options, only_option, show_notes
from dashlib.commands.shared import FINDINGS, FINE, format_option, print_json

if TYPE_CHECKING:
    from dashlib.grafana.session import PushOptions
    from dashlib.grafana.targets import Target


@click.command(name="diff")
@click.argument("target", required=False, default="")
@grafana_options
@only_option
@click.option("--own-root-policy", is_flag=True, help="The root of the notification policies is ours, too.")
@format_option
def command(
    target: str,
    connection: Connection,
    only: str,
    own_root_policy: bool,  # noqa: FBT001
    output_format: str,
) -> None:
    """Show how a Grafana differs from what is declared, by dashboard, panel and field; exit 1 if it does.

    TARGET is a Grafana that the configuration names. Each line says what is there → what is declared. Nothing is
    written.

    \b
    Example:
      export GRAFANA_TOKEN=…
      dashlib diff --grafana https://grafana.example.com
      dashlib diff production --only 'debezium-*'
    """
    from dashlib.grafana import report

    def options(chosen: Target) -> PushOptions:
        from dashlib.grafana.session import PushOptions

        return PushOptions(only=only, own_root=own_root_policy, check=False, editable=chosen.provenance == "editable")

    session = connection.session(target, options)
    plan = session.plan()
    if output_format == "json":
        print_json({"grafana": session.target.url, "changes": report.plan_data(plan), "notes": session.notes})
    else:
        for line in report.plan_lines(plan):
            click.echo(line)
        show_notes(session)
    raise SystemExit(FINDINGS if plan.differs else FINE)
