"""What the lab's committed files say: `labs/docker-compose.yml`, `labs/.env.example` and the files that it mounts.

The native stack takes its settings from here, so that what is tested is what the lab runs. Only hosts, ports and
folders are its own.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from .errors import StackError

ROOT = Path(__file__).resolve().parents[2]
LABS = ROOT / "labs"
CONNECTORS = LABS / "connect" / "connectors"
EXPORTER_CONFIGURATION = LABS / "monitoring" / "jmx-exporter" / "config.yml"
RULES = LABS / "monitoring" / "prometheus" / "alerts"
DASHBOARDS = LABS / "monitoring" / "grafana" / "dashboards"

_VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?[^}]*)?\})")


def environment() -> dict[str, str]:
    """Return the variables of `.env.example`."""
    lines = (LABS / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line.strip() and not line.startswith("#"))


def fill_in(text: str, variables: dict[str, str]) -> str:
    """Replace `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$` as Compose does.

    Raises:
        StackError: a variable has neither value nor default.
    """

    def value(found: re.Match[str]) -> str:
        if found["dollar"]:
            return "$"
        given = variables.get(found["name"]) or found["default"]
        if given is None:
            raise StackError(f"labs/.env.example has no {found['name']}, which labs/docker-compose.yml needs")
        return given

    return _VARIABLE.sub(value, text)


def compose() -> dict[str, Any]:
    """Return the compose file as it is written."""
    content: dict[str, Any] = yaml.safe_load((LABS / "docker-compose.yml").read_text())
    return content


def service(name: str) -> dict[str, Any]:
    """Return a service of the compose file with its variables filled in from `.env.example`."""
    variables = environment()

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            return fill_in(value, variables)
        if isinstance(value, list):
            return [filled(each) for each in value]
        if isinstance(value, dict):
            return {key: filled(each) for key, each in value.items()}
        return value

    found: dict[str, Any] = filled(compose()["services"][name])
    return found


def server_options(name: str) -> list[str]:
    """Return the options that a service's command gives to its server."""
    return [str(part) for part in service(name)["command"][1:]]


def broker_properties() -> dict[str, str]:
    """Return the broker's settings, by the rule of its image: KAFKA_NODE_ID is node.id."""
    return _properties(service("kafka")["environment"], "KAFKA_")


def worker_properties() -> dict[str, str]:
    """Return the Kafka Connect worker's settings, by the rules of Debezium's image."""
    environment = service("connect")["environment"]
    own = {
        "group.id": environment["GROUP_ID"],
        "config.storage.topic": environment["CONFIG_STORAGE_TOPIC"],
        "offset.storage.topic": environment["OFFSET_STORAGE_TOPIC"],
        "status.storage.topic": environment["STATUS_STORAGE_TOPIC"],
        "offset.flush.interval.ms": environment["OFFSET_FLUSH_INTERVAL_MS"],
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    }
    return own | _properties(environment, "CONNECT_")


def worker_memory() -> list[str]:
    """Return the Java options that bound a worker's memory."""
    options: str = service("connect")["environment"]["HEAP_OPTS"]
    return options.split()


def _properties(variables: dict[str, Any], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix).lower().replace("_", "."): str(value)
        for name, value in variables.items()
        if name.startswith(prefix) and name != "KAFKA_OPTS"
    }


def connector_names() -> list[str]:
    """Return the names of the lab's connectors: those of their files."""
    return sorted(each.stem for each in CONNECTORS.glob("*.json"))


def connector(name: str) -> dict[str, str]:
    """Return a connector's configuration."""
    configuration: dict[str, str] = json.loads((CONNECTORS / f"{name}.json").read_text())
    return configuration


def prometheus_configuration() -> dict[str, Any]:
    """Return the configuration of the lab's Prometheus."""
    content: dict[str, Any] = yaml.safe_load((LABS / "monitoring" / "prometheus.yml").read_text())
    return content
