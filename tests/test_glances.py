"""What dashboards show where an exporter has less, a scrape is lost, clocks differ, or no fault makes it so.

The recordings with series taken away, added or broken; what the recorded faults show is in `test_fault_replay.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib.recordings.recording import ABSENT, GONE, Recording
from tests.e2e.glances import glances, moments, rows, subject
from tests.e2e.replay import RECORDINGS
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.e2e.replay import Labels

    Made = list[tuple[Labels, list[str]]]

pytestmark = pytest.mark.slow

STATUS_PANELS = {
    "debezium-production": "Connector Status",
    "debezium-mysql": "Connected Status",
    "debezium-connect": "Connector Status",
    "debezium-fleet": "Worst Connectors",
    "debezium-postgres": "Connectors",
    "debezium-failover": "Ready",
}
HEALTHY = Recording.read(RECORDINGS / "healthy.json.gz")
STOPPED = Recording.read(RECORDINGS / "database-stopped.json.gz")
SCRAPES_LOST = 4
RESTART_SECONDS = 180


def states(
    recording: Recording, request: pytest.FixtureRequest, altered: Callable[[Made], Made], moment: str = ""
) -> Mapping[str, dict[str, str]]:
    """Return the state of each connector by dashboard, at one moment or, if it is the same, at all of them."""
    _, found = glances(recording, needed_promtool(request), altered, only=STATUS_PANELS)
    seen: dict[str, dict[str, str]] = {}
    for each in found:
        if moment not in ("", each.moment):
            continue
        shown = {
            subject(row["Connector"].text): row["State"].text for row in rows(each.seen[STATUS_PANELS[each.dashboard]])
        }
        assert seen.setdefault(each.dashboard, shown) == shown
    return seen


def everywhere(*, production: str, connect: str) -> Mapping[str, dict[str, str]]:
    return {
        "debezium-production": dict.fromkeys(("mysql", "mariadb", "postgres"), production),
        "debezium-mysql": dict.fromkeys(("mysql", "mariadb"), production),
        "debezium-connect": dict.fromkeys(("mysql", "mariadb", "postgres"), connect),
        "debezium-fleet": dict.fromkeys(("mysql", "mariadb", "postgres"), production),
        "debezium-postgres": {"postgres": production},
        "debezium-failover": dict.fromkeys(("mysql", "mariadb"), production),
    }


def without(*prefixes: str) -> Callable[[Made], Made]:
    return lambda series: [each for each in series if not each[0]["__name__"].startswith(prefixes)]


@pytest.mark.parametrize(
    "metric",
    [
        "kafka_connect_connector_task_status",
        "kafka_connect_connector_status",
        "kafka_connect_connector_connector_class",
        "kafka_connect_worker_connector_count",
        "kafka_connect_worker_rebalance_time_since_last_rebalance_ms",
        "kafka_connect_worker_connector_startup_attempts_total",
        "debezium_metrics_SchemaHistoryStatus",
        "debezium_metrics_SnapshotRunning",
        "debezium_metrics_RowsScanned",
        "debezium_metrics_MilliSecondsSinceLastEvent",
        "debezium_metrics_MilliSecondsBehindSource",
    ],
)
def test_a_metric_that_an_exporter_lacks_makes_nobody_ill(metric: str, request: pytest.FixtureRequest) -> None:
    assert states(HEALTHY, request, without(metric)) == everywhere(production="Connected", connect="Connected")


def test_without_kafka_connects_metrics_debeziums_tell(request: pytest.FixtureRequest) -> None:
    shown = states(HEALTHY, request, without("kafka_connect_"))
    assert shown == everywhere(production="Connected", connect="Connected")
    fault = states(STOPPED, request, without("kafka_connect_"), "3:00")
    assert fault["debezium-production"] == {"mysql": "No metrics", "postgres": "No metrics", "mariadb": "Disconnected"}


def test_without_debeziums_metrics_nobody_is_called_connected(request: pytest.FixtureRequest) -> None:
    assert states(HEALTHY, request, without("debezium_")) == {
        "debezium-production": {},
        "debezium-mysql": {},
        "debezium-connect": dict.fromkeys(("mysql", "mariadb", "postgres"), "Running"),
        "debezium-fleet": {},
        "debezium-postgres": {},
        "debezium-failover": {},
    }
    fault = states(STOPPED, request, without("debezium_"), "3:00")
    assert fault["debezium-connect"] == {"mysql": "Failed", "postgres": "Running", "mariadb": "Running"}
    assert fault["debezium-production"] == {"mysql": "Failed"}


def test_one_scrape_in_four_that_is_lost_is_no_state(request: pytest.FixtureRequest) -> None:
    at = int(min(moments(HEALTHY).values()) // HEALTHY.interval)

    def lose(series: Made) -> Made:
        return [
            (labels, ["0" if labels["__name__"] == "up" and is_lost(index) else _lost(value, is_lost(index))
                      for index, value in enumerate(values)])
            for labels, values in series
        ]  # fmt: skip

    def is_lost(index: int) -> bool:
        return index % SCRAPES_LOST == at % SCRAPES_LOST

    assert states(HEALTHY, request, lose) == everywhere(production="Connected", connect="Connected")


def _lost(value: str, is_lost: bool) -> str:  # noqa: FBT001
    return GONE if is_lost and value != ABSENT else value


def test_a_prometheus_that_restarted_for_three_minutes_is_no_state(request: pytest.FixtureRequest) -> None:
    back = {int(at // HEALTHY.interval) for at in moments(HEALTHY).values()}
    away = round(RESTART_SECONDS / HEALTHY.interval)

    def restart(series: Made) -> Made:
        return [
            (
                labels,
                [
                    ABSENT if any(at - away <= index < at for at in back) else value
                    for index, value in enumerate(values)
                ],
            )
            for labels, values in series
        ]

    assert states(HEALTHY, request, restart) == everywhere(production="Connected", connect="Connected")


def test_clocks_that_differ_make_a_negative_lag_and_no_state(request: pytest.FixtureRequest) -> None:
    def behind(series: Made) -> Made:
        return [
            (
                labels,
                ["-700" if labels["__name__"].endswith("MilliSecondsBehindSource") and value != ABSENT else value
                 for value in values],
            )
            for labels, values in series
        ]  # fmt: skip

    assert states(HEALTHY, request, behind) == everywhere(production="Connected", connect="Connected")


@pytest.mark.parametrize(
    ("status", "state"),
    [("failed", "Failed"), ("restarting", "Restarting"), ("unassigned", "Unassigned"), ("paused", "Paused")],
)
def test_what_kafka_connect_says_of_a_task_comes_first(status: str, state: str, request: pytest.FixtureRequest) -> None:
    def say(series: Made) -> Made:
        return [
            (
                {**labels, "status": status} if labels["__name__"] == "kafka_connect_connector_task_status" else labels,
                values,
            )
            for labels, values in series
        ]

    assert states(HEALTHY, request, say) == everywhere(production=state, connect=state)


def test_tasks_that_move_because_a_worker_began_anew_are_restarting_and_not_deleted(
    request: pytest.FixtureRequest,
) -> None:
    at = round(max(moments(HEALTHY).values()) / HEALTHY.interval)
    since = at - round(60 / HEALTHY.interval)

    def begin_anew(series: Made) -> Made:
        return [(labels, _anew(labels, values, since)) for labels, values in series]

    shown = states(HEALTHY, request, begin_anew, "10:00")
    assert shown == everywhere(production="Restarting", connect="Restarting")


def _anew(labels: Labels, values: list[str], since: int) -> list[str]:
    name = labels["__name__"]
    if name.startswith("kafka_connect_worker_") and "connector" not in labels:
        rebalanced = name.endswith("time_since_last_rebalance_ms")
        fresh = [str(5000 * index * rebalanced) for index in range(len(values) - since)]
        return [*values[:since], *fresh]
    if name == "up" or labels.get("job") != "kafka-connect":
        return values
    return [*values[:since], GONE, *[ABSENT] * (len(values) - since - 1)]
