"""`python -m tests.e2e`: fetch, start, look at, break and test the native stack."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
import pytest

from . import components, lab
from .errors import StackError
from .faults import FAULTS
from .stack import PORTS, Stack, choose_ports, is_saved, stop_saved

if TYPE_CHECKING:
    from collections.abc import Callable

LEFT_RUNNING = components.CACHE / "running.json"


def _clock() -> Callable[[str], None]:
    began = time.monotonic()
    return lambda line: click.echo(f"{time.monotonic() - began:6.1f} s  {line}")


def _ports(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, int]:
    try:
        return {name: int(port) for name, _, port in (each.partition("=") for each in given)}
    except ValueError:
        raise click.BadParameter(f"{', '.join(given)}: a port is given as NAME=NUMBER, as in prometheus=9090") from None


@click.group()
def main() -> None:
    """Debezium for tests: databases, Kafka, Kafka Connect, Prometheus and Alertmanager, without containers."""
    signal.signal(signal.SIGTERM, _stop_cleanly)


def _stop_cleanly(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@main.command()
def install() -> None:
    """Fetch what is missing."""
    components.install(_clock())


@main.command()
@click.option(
    "--port",
    "ports",
    multiple=True,
    callback=_ports,
    metavar="NAME=NUMBER",
    help=f"A port of one's own choice for {', '.join(PORTS)}.",
)
def up(ports: dict[str, int]) -> None:
    """Start the stack and leave it running, with the load, for a person to look at."""
    if is_saved(LEFT_RUNNING):
        raise StackError("a stack is running already; stop it with: make e2e-down")
    tell = _clock()
    stack = Stack(components.install(tell), ports=choose_ports(ports), tell=tell)
    stack.start()
    stack.start_load()
    stack.save(LEFT_RUNNING)
    tell("the load runs")
    click.echo(
        f"Prometheus     {stack.prometheus.url}\nAlertmanager   {stack.alertmanager.url}\n"
        f"Kafka Connect  {' '.join(worker.url for worker in stack.workers)}\n"
        f"metrics        {' '.join(worker.metrics for worker in stack.workers)}\n"
        f"folder         {stack.folder}\nstop it with   make e2e-down\n"
        f"look at it     {look_at(stack.prometheus.url, stack.workers[0].url)}"
    )


def look_at(prometheus: str, connect: str) -> str:
    """Return a command that says how that stack is, as it is typed in the checkout, without a venv that is active."""
    dashlib = Path(sys.executable).with_name("dashlib")
    shown = dashlib.relative_to(lab.ROOT) if dashlib.is_relative_to(lab.ROOT) else dashlib
    return f"{shown} doctor --prometheus {prometheus} --connect {connect}"


@main.command()
def down() -> None:
    """Stop the stack that `up` left running, and remove its folder."""
    stop_saved(LEFT_RUNNING, _clock())


@main.command(context_settings={"ignore_unknown_options": True})
@click.option("--fault", type=click.Choice(sorted(FAULTS)), help="Only this fault.")
@click.option("--short", is_flag=True, help="Of the faults, one of each kind, as the gate does.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def run(fault: str | None, *, short: bool, pytest_arguments: tuple[str, ...]) -> None:
    """Run the tests on a stack of their own: all of them, those of one fault, or what is given to pytest."""
    tests = Path(__file__).parent
    chosen = any(Path(each.partition("::")[0]).exists() for each in pytest_arguments)
    # Before the tests share it out: two stacks must not fetch the same thing at once.
    components.install(_clock())
    stacks: tuple[str, ...] = ("-n", "0")
    if fault:
        pytest_arguments = (str(tests / "test_faults.py"), "-k", "test_fault", f"--fault={fault}", *pytest_arguments)
    elif not chosen:
        pytest_arguments = (str(tests), *pytest_arguments)
        # Faults are mostly waited for: two stacks side by side take half the time.
        stacks = ("-n", "2", "--dist", "worksteal")
    if short:
        pytest_arguments = ("--short", *pytest_arguments)
    remembered = ("-o", f"cache_dir={components.CACHE / 'pytest'}")
    result = int(pytest.main([*stacks, *remembered, *pytest_arguments]))
    if result == pytest.ExitCode.TESTS_FAILED and not fault:
        # Two stacks share the machine, and a fault is a matter of seconds: what fails alone as well has failed.
        click.echo("e2e: once more, alone, what failed")
        again = ("-n", "0", "--last-failed", "--last-failed-no-failures", "none")
        paths = [each for each in pytest_arguments if Path(each.partition("::")[0]).exists()]
        chosen_faults = ["--short"] if short else []
        result = subprocess.run(
            [sys.executable, "-m", "pytest", *again, *remembered, *chosen_faults, *paths], check=False
        ).returncode
    sys.exit(result)


if __name__ == "__main__":
    try:
        main(prog_name="python -m tests.e2e", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except StackError as error:
        click.echo(f"e2e: {error}", err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("e2e: interrupted; everything that was started is stopped", err=True)
        sys.exit(130)
