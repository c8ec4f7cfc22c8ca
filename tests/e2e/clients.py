"""Asking Kafka Connect's REST interface and Prometheus's API, in the words of their own documentation."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
from attrs import frozen

from .errors import StackError
from .network import HttpError, request
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFLICT = 409  # Kafka Connect, while it rebalances
NOT_FOUND = 404


Labels: TypeAlias = dict[str, str]


@frozen
class Connect:
    """Kafka Connect's REST interface; any worker that answers will do.

    Attributes:
        urls: of the workers.
    """

    urls: tuple[str, ...]

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the first worker that answers, again while it rebalances."""

        def attempt() -> tuple[Any] | None:
            failure: OSError | None = None
            for url in self.urls:
                try:
                    answer = request(method, url + path, body, seconds=30)
                except HttpError as error:
                    if error.status in {CONFLICT, 500, 503}:
                        raise StackError(str(error)) from None
                    raise
                except OSError as error:
                    failure = error
                    continue
                return (orjson.loads(answer) if answer else None,)
            raise failure or StackError("there is no worker")

        return wait_until(attempt, f"Kafka Connect does not do {method} {path}", seconds=60, every=0.5)[0]

    def names(self) -> list[str]:
        """Return the names of the connectors."""
        return sorted(self._ask("GET", "/connectors"))

    def configuration(self, name: str) -> dict[str, str]:
        """Return a connector's configuration."""
        found: dict[str, str] = self._ask("GET", f"/connectors/{name}/config")
        return found

    def configure(self, name: str, configuration: Mapping[str, str]) -> None:
        """Register a connector, or change it."""
        self._ask("PUT", f"/connectors/{name}/config", dict(configuration))

    def status(self, name: str) -> dict[str, Any]:
        """Return the status of a connector and of its tasks."""
        found: dict[str, Any] = self._ask("GET", f"/connectors/{name}/status")
        return found

    def states(self, name: str) -> tuple[str, ...]:
        """Return the states of a connector and of its tasks, in lower case as the metrics say them."""
        try:
            status = self.status(name)
        except HttpError as error:
            if error.status == NOT_FOUND:
                return ()
            raise
        return (status["connector"]["state"].lower(), *(task["state"].lower() for task in status["tasks"]))

    def wait_for_states(self, name: str, *states: str, seconds: float = 90) -> None:
        """Wait until a connector and its tasks have these states."""
        found: tuple[str, ...] = ()

        def reached() -> bool:
            nonlocal found
            found = self.states(name)
            return found == states

        try:
            wait_until(reached, "", seconds=seconds)
        except StackError:
            trace = next((task.get("trace", "") for task in self.status(name)["tasks"]), "") if found else ""
            is_, wanted = " with task ".join(found) or "not there", " with task ".join(states)
            reason = f": {trace.splitlines()[0]}" if trace else ""
            raise StackError(f"{name} is {is_} instead of {wanted} after {seconds:.0f} s{reason}") from None

    def pause(self, name: str) -> None:
        """Pause a connector."""
        self._ask("PUT", f"/connectors/{name}/pause")

    def resume(self, name: str) -> None:
        """Let a paused or stopped connector go on."""
        self._ask("PUT", f"/connectors/{name}/resume")

    def stop(self, name: str) -> None:
        """Stop a connector: its tasks go, its offsets stay."""
        self._ask("PUT", f"/connectors/{name}/stop")

    def restart(self, name: str) -> None:
        """Restart a connector's tasks, whatever they are doing."""
        self._ask("POST", f"/connectors/{name}/restart?includeTasks=true")

    def forget_offsets(self, name: str) -> None:
        """Remove the offsets of a stopped connector."""
        self._ask("DELETE", f"/connectors/{name}/offsets")

    def delete(self, name: str) -> None:
        """Delete a connector."""
        self._ask("DELETE", f"/connectors/{name}")


@frozen
class Sample:
    """One series of an instant query's answer."""

    labels: Mapping[str, str]
    value: float


@frozen
class PrometheusApi:
    """Prometheus's HTTP API.

    Attributes:
        url: where the server is.
    """

    url: str

    def _get(self, path: str, **parameters: str | float) -> Any:
        query = urllib.parse.urlencode(parameters)
        return orjson.loads(request("GET", f"{self.url}/api/v1/{path}?{query}", seconds=60))["data"]

    def query(self, expression: str, *, at: float | None = None) -> list[Sample]:
        """Return what an expression gives now, or at a time."""
        data = self._get("query", query=expression, **({} if at is None else {"time": at}))
        if data["resultType"] == "scalar":
            return [Sample({}, float(data["result"][1]))]
        return [Sample(each["metric"], float(each["value"][1])) for each in data["result"]]

    def value(self, expression: str) -> float | None:
        """Return the one value that an expression gives now, or nothing."""
        samples = self.query(expression)
        if len(samples) > 1:
            raise StackError(f"{expression} gives {len(samples)} series, not one")
        return samples[0].value if samples else None

    def samples(
        self, selector: str, *, start: float, end: float
    ) -> list[tuple[dict[str, str], list[tuple[float, str]]]]:
        """Return the samples of every series of a selector as they were scraped, between two times."""
        data = self._get("query", query=f"{selector}[{max(1, round((end - start) * 1000))}ms]", time=end)
        return [(each["metric"], [(float(at), value) for at, value in each["values"]]) for each in data["result"]]

    def label_values(self, selector: str, label: str) -> list[str]:
        """Return what a dashboard's `label_values(selector, label)` would list."""
        found: list[str] = self._get(f"label/{label}/values", **{"match[]": selector})
        return found

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that are pending or firing."""
        found: list[dict[str, Any]] = self._get("alerts")["alerts"]
        return found

    def targets(self) -> dict[str, str]:
        """Return the health of each target, by its label `instance`."""
        return {each["labels"]["instance"]: each["health"] for each in self._get("targets")["activeTargets"]}
