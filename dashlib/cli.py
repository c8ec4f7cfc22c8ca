"""The command line: every command is a thin call into the library, which is imported when the command runs."""

from __future__ import annotations

import importlib
import sys

import click

FINE, WRONG_USE = 0, 2
INTERRUPTED = 130

# Each command, and the sentence about it in `dashlib --help`; it is `command` in `dashlib/commands/NAME.py`.
COMMANDS = {
    "build": "Compile the declarations to files.",
    "list": "List what is declared.",
    "lint": "Find what is wrong with dashboards and rules, without a server.",
    "test": "Prove every alert with promtool, and run the scenarios.",
    "doctor": "Ask a running Prometheus what would be empty, and why.",
    "profile": "Tell which naming profile an exporter follows.",
    "diff": "Show how a Grafana differs from what is declared.",
    "push": "Make a Grafana say what is declared.",
    "pull": "Write the dashboards that a Grafana has to files.",
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
    """Dashboards and alert rules as code for Debezium change data capture.

    \b
    Example:
      dashlib build                            compile every dashboard and rule file
      dashlib build --check                    is what is committed what the code says?
      dashlib lint                             what is wrong, with the line in Python
      dashlib test                             the proof of every alert
      dashlib push --grafana https://grafana.example.com
    """


def main() -> None:
    """Run the command line; end with 0 fine, 1 findings, 2 wrong use, 3 the other side failed."""
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
        click.echo("dashlib: interrupted; each compiled file is whole, and all are old or all new", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FINE)
