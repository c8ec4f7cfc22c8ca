"""The command line: every command is a thin call into the library, which is imported when the command runs."""

from __future__ import annotations

import importlib
import os
import sys

import click

from dashlib.commands.output import ISSUES, is_verbose, loudness_options

FINE, WRONG_USE = 0, 2
#: A mistake of dashlib's own; findings, wrong use and servers have 1, 2 and 3.
BUG = 70
INTERRUPTED = 130

# Each command, and the sentence about it in `dashlib --help` and its own; it is `command` in
# `dashlib/commands/NAME.py`.
COMMANDS = {
    "init": "Write a new project.",
    "build": "Compile declarations to dashboard and rule files.",
    "explain": "Explain a name: an alert, signal, metric or check.",
    "list": "List each compiled file, what it contains, and where it is declared.",
    "lint": "Check dashboards and rules for mistakes, without a server.",
    "test": "Prove every alert and run the scenarios.",
    "doctor": "Run every query and explain the ones that return no data.",
    "preview": "Draw dashboards as Grafana would, without a Grafana.",
    "record": "Record every series that the dashboards and rules query.",
    "profile": "Detect the naming profile of an exporter.",
    "catalog": "Write the catalog of the metrics that an exporter or Prometheus has.",
    "diff": "Show how Grafana differs from the declarations.",
    "push": "Push the declarations to Grafana.",
    "pull": "Write dashboards from Grafana to files.",
    "completion": "Print the completion script for a shell.",
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
        if not any(parameter.name == "quiet" for parameter in command.params):
            command.params += loudness_options()
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            import difflib

            near = difflib.get_close_matches(name.lower(), COMMANDS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(COMMANDS)}"
            ctx.fail(f"No such command {name!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    params=[*loudness_options()],
)
@click.version_option(package_name="dashlib", prog_name="dashlib")
def cli() -> None:
    """Manage Grafana dashboards and Prometheus rules for Debezium as code.

    \b
    Examples:
      dashlib init monitoring                  write a new project
      dashlib build                            compile every dashboard and rule file
      dashlib build --check                    verify that the compiled files are up to date
      dashlib lint                             find mistakes, each with its line of Python
      dashlib test                             prove every alert
      dashlib push --grafana https://grafana.example.com
    """


def main() -> None:
    """Run the command line; exit with 0 fine, 1 findings, 2 wrong usage, 3 a server failed, 70 dashlib is wrong."""
    from dashlib.errors import DashlibError, described

    color = False if os.environ.get("NO_COLOR") else None  # None: where it is a terminal
    try:
        cli.main(prog_name="dashlib", standalone_mode=False, color=color)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_USE)
    except DashlibError as error:
        click.echo(f"{click.style('dashlib:', fg='red')} {error}", err=True, color=color)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("dashlib: interrupted; compiled files are either all old or all new", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FINE)
    except Exception as error:  # noqa: BLE001  # whatever it is, a person reads one sentence
        if is_verbose():
            import traceback

            click.echo(traceback.format_exc(), err=True, nl=False)
        hint = "" if is_verbose() else " with what --verbose prints"
        click.echo(
            f"{click.style('dashlib:', fg='red')} an unexpected error, which is a bug in dashlib "
            f"({described(error)}); please report it at {ISSUES}{hint}",
            err=True,
            color=color,
        )
        sys.exit(BUG)
