"""Start the lab in containers and check that every panel has data: `verify_compose.py [--keep] [--profile NAME]`.

With --grafana-alerting, the lab uses Grafana-managed alerting, and Grafana's rules are checked too.

It runs under a project name of its own, so that a lab in use keeps its data (but not at the same time: the ports are
the same). It uses labs/.env if it exists, otherwise labs/.env.example. It runs every query of every panel of the
compiled dashboards, for each connector and for All, and checks Prometheus' rules and Grafana's dashboards. It prints
one line per panel, and exits with 1 if something is empty or does not start, 2 if Docker is missing.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LABS = Path(__file__).resolve().parents[1] / "labs"
DASHBOARDS = LABS / "monitoring" / "grafana" / "dashboards"
RULES = LABS / "monitoring" / "prometheus" / "alerts"
PROJECT = "debezium-lab-verify"
CONNECT, PROMETHEUS, GRAFANA = (f"http://127.0.0.1:{port}" for port in (8083, 9090, 3000))
# Kafka Connect's names or topic prefixes; what Grafana puts in beside the variable `connector`.
ALL = ".*"
PUT_IN = {"$__rate_interval": "1m", "$__range": "1h", "$job": ALL}
SECONDS_TO_STREAM = 300
SECONDS_TO_FILL = 180  # a rate needs two scrapes, a rule its first evaluation


class DockerMissingError(Exception):
    """Docker, Compose or the engine is missing."""


class LabError(Exception):
    """The lab does not start."""


def main(arguments: list[str] | None = None) -> int:
    """Start the lab, check it, and stop it; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--keep", action="store_true", help="leave the lab running for inspection")
    parser.add_argument("--profile", action="append", default=[], help="a profile of the compose file, such as mariadb")
    parser.add_argument(
        "--grafana-alerting", action="store_true", help="use Grafana's alerting instead of Alertmanager"
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        compose = Compose(options.profile, ["docker-compose.grafana-alerting.yml"] if options.grafana_alerting else [])
    except DockerMissingError as error:
        print(f"verify-compose: {error}", file=sys.stderr)
        return 2
    try:
        compose.up()
        wait_for_streaming(compose.connectors())
        return verify(compose.environment(), grafana_alerting=options.grafana_alerting)
    except (LabError, OSError) as error:
        print(f"verify-compose: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("verify-compose: interrupted", file=sys.stderr)
        return 130
    finally:
        if options.keep:
            print(f"the lab is still running; stop it with: {' '.join(compose.command('down', '--volumes'))}")
        else:
            compose.down()


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


# --- containers -------------------------------------------------------------------------------------------------------


class Compose:
    """The lab as a project of Docker Compose."""

    def __init__(self, profiles: Sequence[str], more: Sequence[str] = ()) -> None:
        """Look for Docker.

        Raises:
            DockerMissingError: it, its engine or Compose is missing.
        """
        found = shutil.which("docker")
        if found is None:
            raise DockerMissingError("docker is not on PATH; the lab runs in containers")
        self.docker = found
        for asked, what in (
            (("version", "--format", "{{.Server.Version}}"), "cannot connect to the Docker engine"),
            (("compose", "version"), "Docker Compose is not installed"),
        ):
            answer = subprocess.run([found, *asked], check=False, capture_output=True, text=True)
            if answer.returncode:
                reason = answer.stderr.strip().splitlines() or [f"exit code {answer.returncode}"]
                raise DockerMissingError(f"{what}: {reason[0]}")
        own = LABS / ".env"
        self.variables = own if own.exists() else LABS / ".env.example"
        self.profiles = [part for each in profiles for part in ("--profile", each)]
        self.files = [part for each in ("docker-compose.yml", *more) for part in ("--file", str(LABS / each))]

    def command(self, *arguments: str) -> list[str]:
        """Return a command of Compose on the lab."""
        files = [*self.files, "--env-file", str(self.variables)]
        return [self.docker, "compose", "--project-name", PROJECT, *files, *self.profiles, *arguments]

    def ask(self, *arguments: str) -> str:
        """Return what a command of Compose prints.

        Raises:
            LabError: it fails.
        """
        done = subprocess.run(self.command(*arguments), check=False, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise LabError(f"docker compose {arguments[0]} failed with exit code {done.returncode}")
        return done.stdout

    def up(self) -> None:
        """Start everything.

        Compose's --wait takes a container that has done its work and ended, as the one that registers the connectors,
        for a failure (docker/compose issue 10596): what counts is what the containers say.

        Raises:
            LabError: a container ended with an error or is not healthy, or none was made.
        """
        done = subprocess.run(self.command("up", "--build", "--wait"), check=False)
        if done.returncode == 0:
            return
        listed = self.ask("ps", "--all", "--format", "json").strip()
        containers = (
            json.loads(listed) if listed.startswith("[") else [json.loads(line) for line in listed.splitlines()]
        )
        bad = [each["Service"] for each in containers if not _is_well(each)]
        if not containers or bad:
            for service in bad:
                print(self.ask("logs", "--no-color", "--tail=20", service))
            raise LabError(
                f"docker compose up failed with exit code {done.returncode}: {', '.join(bad) or 'no containers'}"
            )
        print("docker compose up --wait reports a failure, but every container is running or has exited with 0")

    def connectors(self) -> list[str]:
        """Return the names of the connectors that the lab registers."""
        services = json.loads(self.ask("config", "--format", "json"))["services"]
        registering = [each for name, each in services.items() if name.endswith("connectors")]
        return sorted(name for each in registering for name in each["command"])

    def environment(self) -> dict[str, str]:
        """Return the variables of the lab, with those of our own environment before them, as Compose has it."""
        lines = self.variables.read_text().splitlines()
        written = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
        return {name: os.environ.get(name, value).strip("\"'") for name, value in written.items()}

    def down(self) -> None:
        """Stop everything and remove the data."""
        subprocess.run(self.command("down", "--volumes", "--remove-orphans"), check=False)


def _is_well(container: dict[str, Any]) -> bool:
    if container["State"] == "exited":
        return bool(container["ExitCode"] == 0)
    return container["State"] == "running" and container.get("Health", "") in {"", "healthy"}


# --- asking -----------------------------------------------------------------------------------------------------------


def get(url: str, *, user: str = "") -> dict[str, Any]:
    """Return the JSON object that a URL of the lab answers with."""
    asked = urllib.request.Request(url)  # noqa: S310 - the lab's own
    if user:
        asked.add_header("Authorization", f"Basic {base64.b64encode(user.encode()).decode()}")
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
        return found


def query(expression: str) -> list[dict[str, Any]]:
    """Return the series of an instant query."""
    found: list[dict[str, Any]] = get(f"{PROMETHEUS}/api/v1/query?{urllib.parse.urlencode({'query': expression})}")[
        "data"
    ]["result"]
    return found


def wait_until(holds: Callable[[], object], seconds: float) -> bool:
    """Ask until something holds or the time is over, and tell whether it holds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if holds():
                return True
        except urllib.error.HTTPError as error:
            error.close()
        except (OSError, ValueError, KeyError):
            pass  # not yet
        if time.monotonic() > deadline:
            return False
        time.sleep(2)


def wait_for_streaming(connectors: Sequence[str]) -> None:
    """Wait until Kafka Connect runs these connectors, and Prometheus has seen each of them stream.

    Raises:
        LabError: they do not.
    """
    states: dict[str, list[str]] = {}

    def run() -> bool:
        found = get(f"{CONNECT}/connectors?expand=status")
        states.clear()
        states.update(
            (name, [each["state"] for each in (found[name]["status"]["connector"], *found[name]["status"]["tasks"])])
            for name in found
        )
        return all(states.get(name) == ["RUNNING", "RUNNING"] for name in connectors)

    if not wait_until(run, SECONDS_TO_STREAM):
        raise LabError(f"Kafka Connect does not run {', '.join(connectors)}; states: {states or 'none'}")
    streaming = f'debezium_metrics_Connected{{context="streaming", connector=~"{"|".join(connectors)}"}} == 1'
    if not wait_until(lambda: len(query(streaming)) == len(connectors), SECONDS_TO_STREAM):
        raise LabError(f"in Prometheus, not all of {', '.join(connectors)} are streaming: {query(streaming)}")
    print(f"streaming: {', '.join(connectors)}")


def verify(environment: dict[str, str], *, grafana_alerting: bool = False) -> int:
    """Ask for everything, a line each; return the exit code."""
    deadline = time.monotonic() + SECONDS_TO_FILL
    user = f"{environment['GRAFANA_ADMIN_USER']}:{environment['GRAFANA_ADMIN_PASSWORD']}"
    bad = 0
    for path in sorted(DASHBOARDS.glob("*.json")):
        dashboard = json.loads(path.read_text())
        for line, reasons in (*panel_reports(dashboard, deadline), grafana_report(dashboard, user, deadline)):
            bad += bool(reasons)
            print(f"{'BAD' if reasons else 'ok ':3}  {line}", *(f"     {reason}" for reason in reasons), sep="\n")
    for line, reasons in (
        rules_report(deadline),
        *([grafana_rules_report(user, deadline)] if grafana_alerting else []),
    ):
        bad += bool(reasons)
        print(f"{'BAD' if reasons else 'ok ':3}  {line}", *(f"     {reason}" for reason in reasons), sep="\n")
    print(f"verify-compose: {bad} checks failed" if bad else "verify-compose: every panel has data")
    return int(bad > 0)


def panel_reports(dashboard: dict[str, Any], deadline: float) -> Iterator[tuple[str, list[str]]]:
    """Yield a line for each panel, and what is wrong with it: the targets that are empty."""
    definition = next(each["definition"] for each in dashboard["templating"]["list"] if each["name"] == "connector")
    asked = re.fullmatch(r"label_values\((.*), (\w+)\)", definition)
    if asked is None:
        raise LabError(f"{dashboard['uid']}: the variable connector is not a label_values(…) query: {definition}")
    listed = sorted({each["metric"].get(asked[2], "") for each in query(put_in(asked[1], ALL))} - {""})
    for row in dashboard["panels"]:
        for panel in (row, *row.get("panels", ())):
            if panel["type"] == "row":
                continue
            empty = [] if listed else ["the variable connector has no values"]
            for choice in (ALL, *listed):
                for target in panel["targets"]:
                    expression = put_in(target["expr"], choice)
                    if not wait_until(lambda e=expression: query(e), deadline - time.monotonic()):  # type: ignore[misc]
                        empty.append(f"empty: {expression}")
            choices = f"{len(panel['targets'])} target(s), All and {', '.join(listed)}"
            yield f"{dashboard['uid']}: {panel['title']} ({choices})", empty


def put_in(expression: str, connector: str) -> str:
    """Return an expression as Grafana asks it."""
    for variable, value in {**PUT_IN, "$connector": connector}.items():
        expression = expression.replace(variable, value)
    return expression


def grafana_report(dashboard: dict[str, Any], user: str, deadline: float) -> tuple[str, list[str]]:
    """Return a line for a dashboard in Grafana, and what is wrong with it there."""

    def is_there() -> bool:
        found = get(f"{GRAFANA}/api/dashboards/uid/{dashboard['uid']}", user=user)
        return found["meta"]["provisioned"] is True and found["dashboard"]["title"] == dashboard["title"]

    there = wait_until(is_there, deadline - time.monotonic())
    return f"{dashboard['uid']}: provisioned in Grafana", [] if there else [f"{GRAFANA} does not have it"]


def rules_report(deadline: float) -> tuple[str, list[str]]:
    """Return a line for the rules, and what is wrong with them."""
    wanted = sorted(name for path in RULES.glob("*.yml") for name in re.findall(r"- alert: (\S+)", path.read_text()))
    loaded: list[dict[str, Any]] = []

    def evaluated() -> bool:
        groups = get(f"{PROMETHEUS}/api/v1/rules")["data"]["groups"]
        loaded[:] = [rule for group in groups for rule in group["rules"]]
        return sorted(rule["name"] for rule in loaded) == wanted and all(rule["health"] == "ok" for rule in loaded)

    well = wait_until(evaluated, deadline - time.monotonic())
    bad = [f"{rule['name']}: {rule.get('lastError') or rule['health']}" for rule in loaded if rule["health"] != "ok"]
    bad += [f"{name}: not loaded" for name in sorted(set(wanted) - {rule["name"] for rule in loaded})]
    return f"{len(wanted)} rules are evaluated without errors", [] if well else bad or ["other rules are loaded too"]


def grafana_rules_report(user: str, deadline: float) -> tuple[str, list[str]]:
    """Return a line for Grafana's own rules, and what is wrong with them."""
    file = LABS / "monitoring" / "grafana" / "provisioning" / "alerting" / "rules.yaml"
    wanted = sorted(re.findall(r"- uid: (\S+)", file.read_text()))
    loaded: list[dict[str, Any]] = []

    def evaluated() -> bool:
        groups = get(f"{GRAFANA}/api/prometheus/grafana/api/v1/rules", user=user)["data"]["groups"]
        loaded[:] = [rule for group in groups for rule in group["rules"]]
        # "nodata" is the health of a rule that measures nothing at the moment, and no error.
        return sorted(rule["uid"] for rule in loaded) == wanted and all(
            rule["health"] in {"ok", "nodata"} and not rule["lastEvaluation"].startswith("0001") for rule in loaded
        )

    well = wait_until(evaluated, deadline - time.monotonic())
    bad = [
        f"{rule['name']}: {rule.get('lastError') or rule['health']}"
        for rule in loaded
        if rule["health"] not in {"ok", "nodata"}
    ]
    bad += [f"{uid}: not loaded" for uid in sorted(set(wanted) - {rule["uid"] for rule in loaded})]
    return f"{len(wanted)} Grafana-managed rules are evaluated without errors", [] if well else bad or ["not all yet"]


if __name__ == "__main__":
    sys.exit(main())
