"""Kafka Connect's REST API: which connectors exist, and how Debezium's are configured. Read only."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import attrs

from dashlib.errors import AnswerError
from dashlib.metrics.kinds import kind_of_class
from dashlib.servers.access import Access
from dashlib.servers.json_api import JsonApi
from dashlib.servers.transport import Server

if TYPE_CHECKING:
    from collections.abc import Mapping

_KAFKA_CONNECT = Server("Kafka Connect", "export REQUESTS_CA_BUNDLE")
_SIGN_IN = "export KAFKA_CONNECT_TOKEN, or KAFKA_CONNECT_USER and KAFKA_CONNECT_PASSWORD"


@attrs.frozen
class DeployedConnector:
    """A connector that Kafka Connect knows.

    Attributes:
        name: its name in Kafka Connect.
        state: `RUNNING`, `PAUSED`, `STOPPED`, `FAILED` or `UNASSIGNED`.
        tasks: the states of its tasks.
        kind: Debezium's name for the kind of database; empty for a connector of another vendor.
        configuration: its settings, as Kafka Connect reports them.
    """

    name: str
    state: str
    tasks: tuple[str, ...]
    kind: str
    configuration: Mapping[str, str] = attrs.field(repr=False)

    @property
    def server(self) -> str:
        """The topic prefix, which its metrics carry."""
        settings = self.configuration
        return settings.get("topic.prefix") or settings.get("database.server.name") or self.name

    @functools.cached_property
    def heartbeat_seconds(self) -> float:
        """How often Debezium writes a heartbeat; 0 for never."""
        try:
            return float(self.configuration.get("heartbeat.interval.ms", "0")) / 1000
        except ValueError:
            return 0.0


@attrs.frozen
class Plugin:
    """A connector class that the workers have.

    Attributes:
        name: the class.
        version: its version.
    """

    name: str
    version: str


class KafkaConnect:
    """The workers of one Kafka Connect cluster.

    Attributes:
        api: sends the requests.
    """

    def __init__(self, url: str, access: Access | None = None, *, seconds: float = 10.0) -> None:
        """Prepare; nothing is sent yet."""
        self.api = JsonApi(_KAFKA_CONNECT, _SIGN_IN, url, access or Access(), seconds=seconds)

    def connectors(self) -> list[DeployedConnector]:
        """Return every connector with its state and configuration, in one request.

        Raises:
            RemoteError: Kafka Connect cannot be reached, or the server is not Kafka Connect.
        """
        answered = self.api.get("/connectors", {"expand": ["info", "status"]})
        if not isinstance(answered, dict):
            raise AnswerError(f"{self.api.url} answered /connectors with unexpected JSON; is it really Kafka Connect?")
        return [self._connector(name, each) for name, each in answered.items()]

    def plugins(self) -> list[Plugin]:
        """Return the connector classes that the worker has."""
        answered = self.api.get("/connector-plugins")
        if not isinstance(answered, list):
            raise AnswerError(
                f"{self.api.url} answered /connector-plugins with unexpected JSON; is it really Kafka Connect?"
            )
        return [
            Plugin(str(each.get("class", "")), str(each.get("version", "")))
            for each in answered
            if isinstance(each, dict)
        ]

    def _connector(self, name: str, each: object) -> DeployedConnector:
        status, info = _table(each, "status"), _table(each, "info")
        connector, settings, tasks = _table(status, "connector"), _table(info, "config"), status.get("tasks")
        if "state" not in connector or not isinstance(tasks, list):
            raise AnswerError(f"{self.api.url} answered /connectors with unexpected JSON; is it really Kafka Connect?")
        return DeployedConnector(
            name,
            str(connector["state"]),
            tuple(str(task.get("state", "")) for task in tasks if isinstance(task, dict)),
            kind_of_class(str(settings.get("connector.class", ""))),
            {key: str(value) for key, value in settings.items()},
        )


def _table(data: object, key: str) -> dict[str, object]:
    """Return the object below a key; an empty one if it is missing."""
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}
