"""The command line: every command is a thin call into the library, which is imported when the command runs."""

from __future__ import annotations

import importlib
import sys

import click

FINE, WRONG_USE = 0, 2
INTERRUPTED = 130

# Each command, and the sentence about it in `dashlib --help` and its own; it is `command` in
# `dashlib/commands/NAME.py`.
COMMANDS = {
    "build": "Compile declarations to dashboard and rule files.",
    "list": "List each compiled file, what it contains, and where it is declared.",
    "lint": "Check dashboards and rules for mistakes, without a server.",
    "test": "Prove every alert and run the scenarios.",
    "doctor": "Run every query and explain the ones that return no data.",
    "preview": "Draw dashboards as Grafana would, without a Grafana.",
    "record": "Record every series that the dashboards and rules ask for.",
    "profile": "Detect the naming profile of an exporter.",
    "diff": "Show how Grafana differs from the declarations.",
    "push": "Push the declarations to Grafana.",
    "pull": "Write dashboards from Grafana to files.",
}


class _LazyGroup(click.Group):
    """Imports a command when it is asked for; the list of commands needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"dashlib.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dashlib", prog_name="dashlib")
def cli() -> None:
    """Manage Grafana dashboards and Prometheus rules for Debezium as code.

    \b
    Examples:
      dashlib build                            compile every dashboard and rule file
      dashlib build --check                    verify that the compiled files are up to date
      dashlib lint                             find mistakes, each with its line of Python
      dashlib test                             prove every alert
      dashlib push --grafana https://grafana.example.com
    """


def main() -> None:
    """Run the command line; exit with 0 fine, 1 findings, 2 wrong usage, 3 a server failed."""
    from dashlib.errors import DashlibError

    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_USE)
    except DashlibError as error:
        click.echo(f"dashlib: {error}", err=True)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("dashlib: interrupted; compiled files are either all old or all new", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FINE)
