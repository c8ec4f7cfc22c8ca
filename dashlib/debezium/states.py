"""What state a connector is in now, the worst first: `CONNECTOR_STATE`, from Debezium's and Kafka Connect's metrics.

Whatever was there within the dashboard's range has a state, also when none of its series is left: the person who opens
a dashboard must see that first. How each state is told, and when it lies, stands in
`docs/runbooks/connector-state.md`. It is asked at one moment, because it looks back over `$__range`; rules have a
signal for each of these states, and time to be sure.
"""

from __future__ import annotations

from dashlib.debezium.connectors import SNAPSHOT_HOLDS_STREAMING
from dashlib.debezium.kafka_connect import HAD_CONNECTORS_SINCE_REBALANCE
from dashlib.declare.signals import Signal, State
from dashlib.metrics.kinds import KINDS

_WITH_HEARTBEAT = "|".join(kind.name for kind in KINDS if kind.when_idle == "heartbeat")

FAILED, CONNECT_GONE, KAFKA_IS_LOST, WORKER_GONE, NO_TASK, NO_METRICS, DISCONNECTED, NO_EVENTS, UNASSIGNED = range(9)
RESTARTING, DELETED, READING_SCHEMA_HISTORY, SNAPSHOT, STOPPED, PAUSED, RUNNING, CONNECTED = range(9, 17)

STATES = (
    State(FAILED, "Failed", "dark-red"),
    State(CONNECT_GONE, "Connect gone", "dark-red"),
    State(KAFKA_IS_LOST, "Kafka lost", "dark-red"),
    State(WORKER_GONE, "Worker gone", "dark-red"),
    State(NO_TASK, "No task", "dark-red"),
    State(NO_METRICS, "No metrics", "dark-red"),
    State(DISCONNECTED, "Disconnected", "dark-red"),
    State(NO_EVENTS, "No events", "dark-orange"),
    State(UNASSIGNED, "Unassigned", "dark-orange"),
    State(RESTARTING, "Restarting", "dark-orange"),
    State(DELETED, "Deleted", "dark-purple"),
    State(READING_SCHEMA_HISTORY, "Reading schema history", "dark-blue"),
    State(SNAPSHOT, "Snapshot", "dark-blue"),
    State(STOPPED, "Stopped", "dark-purple"),
    State(PAUSED, "Paused", "dark-purple"),
    State(RUNNING, "Running", "dark-blue", well=True),
    State(CONNECTED, "Connected", "dark-green", well=True),
)

_BY_SERVER = "job, plugin, server, connector"
_BY_NAME = "job, connector"
# What is chosen in the dashboard, for series that lack the label; what it lists is listed by the connector's name then.
_LISTED = 'connector=~"$__listed"'
_CHOSEN = f'server=~"$__chosen", plugin=~"$__chosen", {_LISTED}'
_NAMED = ', connector!="", connector=~"$__chosen"'
# A scrape that is lost takes all series of its target along: what was there half a minute ago still counts.
_LATELY = "30s"
_ANSWERS = f"(max_over_time(up[{_LATELY}]) or up) == 1"
# `KAFKA_LOST`, lately: they are without connectors now, and were half a minute ago.
_KAFKA_LOST = (
    f"{HAD_CONNECTORS_SINCE_REBALANCE} and on (job) "
    f"max_over_time((sum by (job) (worker_connector_count))[{_LATELY}:5s]) == 0"
)
# Tasks that move because of it begin elsewhere after scheduled.rebalance.max.delay.ms, by default five minutes.
_A_WORKER_IS_NEW = (
    "resets(worker_connector_startup_attempts_total[6m]) > 0"
    " or worker_connector_count unless on (job, instance) worker_connector_count offset 6m"
    " and on (job) worker_connector_count offset 6m"
)
# Of the whole cluster, whichever of its connectors are listed.
_HAS_A_DEBEZIUM_CLASS = (
    'connector_connector_class{connector_class=~"io[.]debezium[.].+", '
    f"{_LISTED}}}"
    ' and on (job) last_over_time(QueueTotalCapacity{context="streaming", connector!="", server!=""}[$__range])'
    ' unless on (job) last_over_time(QueueTotalCapacity{context="streaming", connector="", server!=""}[$__range])'
)


def _lately(selector: str) -> str:
    """Return a selector of what is there, or was until half a minute ago."""
    return f"({selector} or last_over_time({selector}[{_LATELY}]))"


def _first_of(states: dict[int, str], key: str = _BY_NAME) -> str:
    """Return one series a connector of Kafka Connect, or whatever the key says: the first state that holds."""
    return " or ".join(f"{state} * group by ({key}) ({held})" for state, held in states.items())


_STANDING_STILL = {
    FAILED: "failed",
    UNASSIGNED: "unassigned",
    RESTARTING: "restarting",
    STOPPED: "stopped",
    PAUSED: "paused",
}
_NUMBERS = " or ".join(
    f'label_replace(vector({state}), "status", "{status}", "", "")' for state, status in _STANDING_STILL.items()
)


_STATUSES = ("connector_task_status", "connector_status")


def _told_of(told_by: str, chosen: str = _LISTED) -> str:
    """Return what Kafka Connect says of connectors that do not work, by status texts or by the workers' counts."""
    if told_by == "counts":
        statuses = (each for state, each in _STANDING_STILL.items() if state != STOPPED)
        return " or ".join(f"{_lately(f'worker_connector_{each}_task_count{{{chosen}}}')} > 0" for each in statuses)
    return " or ".join(_lately(f'{metric}{{status!="running", {chosen}}}') for metric in _STATUSES)


def _told_for_minutes(told_by: str) -> str:
    """Return the connectors that Kafka Connect has told of within minutes, whatever it said."""
    metrics = ("worker_connector_running_task_count",) if told_by == "counts" else _STATUSES
    return " or ".join(f"last_over_time({metric}{{{_CHOSEN}}}[5m])" for metric in metrics)


def _standing_still(told_by: str, chosen: str = _LISTED) -> str:
    """Return what Kafka Connect says of a connector that does not work, by status texts or by the workers' counts.

    The texts are asked for once, and each is turned into its state's number; the worst has the lowest.
    """
    if told_by == "counts":
        return _first_of(
            {
                state: f"{_lately(f'worker_connector_{status}_task_count{{{chosen}}}')} > 0"
                for state, status in _STANDING_STILL.items()
                if state != STOPPED
            }
        )
    statuses = f"group by (job, connector, status) ({_told_of(told_by, chosen)})"
    return f"min by (job, connector) ({statuses} * on (status) group_left () ({_NUMBERS}))"


def _running(told_by: str) -> str:
    if told_by == "counts":
        return f"{_lately(f'worker_connector_running_task_count{{{_LISTED}}}')} > 0"
    return _lately(f'connector_task_status{{status="running", {_LISTED}}}')


def _has_task(told_by: str) -> str:
    return _running(told_by) if told_by == "counts" else _lately(f"connector_task_status{{{_LISTED}}}")


def _without_task(chosen: str = _LISTED) -> str:
    tasks = _lately(f"connector_task_status{{{_LISTED}}}")
    return f'connector_status{{status="running", {chosen}}} unless on (job, connector) {tasks}'


def _streams(key: str, *, history: bool) -> list[str]:
    """Return what Debezium's own metrics say of a connector, where they come."""
    named = _NAMED if key == _BY_NAME else ""
    connected = f'Connected{{context="streaming"{named}}}'
    recovers = f'SchemaHistoryStatus{{context="schema-history", value="RECOVERING"{named}}}'
    reading = f"{_lately(recovers)} unless on ({_BY_SERVER}) {connected} == 1"
    runs = f'SnapshotRunning{{context="snapshot"{named}}} == 1'
    silent = f'MilliSecondsSinceLastEvent{{context="streaming"{named}'
    return [
        *([f"{READING_SCHEMA_HISTORY} * group by ({key}) ({reading})"] if history else []),
        # Of each connector whose snapshot runs; the guard says so by server.
        f"{SNAPSHOT} * group by ({key}) ({runs} and on (job, plugin, server) ({SNAPSHOT_HOLDS_STREAMING.expression}))",
        # Some databases have a heartbeat of their own (MySQL and MariaDB every 48 s).
        # A heartbeat table is written as often as its owner says.
        (
            f'{NO_EVENTS} * group by ({key}) (({silent}, heartbeat_table="10s"}} > 60'
            f' or {silent}, heartbeat_table="1m"}} > 360 or {silent}, plugin=~"{_WITH_HEARTBEAT}"}} > 120)'
            f' and on ({_BY_SERVER}) Connected{{context="streaming"}} == 1)'
        ),
        # What a connector says now comes before what it said half a minute ago.
        (
            f"{DISCONNECTED} + {CONNECTED - DISCONNECTED} * (min by ({key}) ({connected})"
            f" or min by ({key}) (last_over_time({connected}[{_LATELY}])))"
        ),
    ]


def _of_cluster() -> str:
    """Return what holds for what a cluster's workers do not tell of any more, one series a cluster."""
    facts = {
        RESTARTING: f"({_A_WORKER_IS_NEW}) and on (job) {_ANSWERS}",
        DELETED: "worker_connector_count",
        NO_METRICS: _ANSWERS,
        CONNECT_GONE: "last_over_time(worker_connector_count[$__range])",
    }
    return _first_of(facts, "job")


def _by_server(told_by: str, *, tagged: bool, history: bool) -> str:
    """Return the state of connectors by topic prefix; of what is told first, the first counts.

    Nothing costs as much as to look back over the dashboard's range. So that is done as seldom as can be: what Kafka
    Connect says of a connector is put together before it is joined. Of what it says first, the rest is left out.

    Args:
        told_by: what the exporter has of Kafka Connect: `class` (status texts, and the connector's class), `status`,
            `counts`, or nothing (empty).
        tagged: Debezium's metrics carry the connector's name in Kafka Connect, or may.
        history: the exporter tells the state of schema histories.
    """
    there = 'last_over_time(QueueTotalCapacity{context="streaming"}[$__range])'
    known = f"group by ({_BY_SERVER}) ({there})"
    # The worker that ran it last does not answer, or is no target any more.
    worker_gone = f"{WORKER_GONE} * group by ({_BY_SERVER}) ({there} unless on (job, instance) {_ANSWERS})"
    gone = f"{CONNECT_GONE} * ({known} unless on (job) {_ANSWERS}) or {worker_gone}"
    streams = _streams(_BY_SERVER, history=history)
    if not told_by:
        return " or ".join([*streams, gone, f"{NO_METRICS} * {known}"])
    kafka = f"{KAFKA_IS_LOST} * ({known} and on (job) ({_KAFKA_LOST}))"
    moves = f"{RESTARTING} * ({known} and on (job) ({_A_WORKER_IS_NEW}))"
    if not tagged:
        only = _standing_still(told_by, _CHOSEN)
        if told_by != "counts":
            only += f" or {_first_of({NO_TASK: _without_task(_CHOSEN)})}"
        only = f'label_replace({only}, "server", "$1", "connector", "(.+)")'
        return " or ".join([kafka, *streams, gone, moves, f"{NO_METRICS} * {known}", only])
    named = 'last_over_time(QueueTotalCapacity{context="streaming", connector!=""}[$__range])'
    of_debezium = f"{named} or {_HAS_A_DEBEZIUM_CLASS}" if told_by == "class" else named
    runs = f"{_running(told_by)} and on (job, connector) ({of_debezium})"
    says = f"{_standing_still(told_by)} or {_first_of({NO_METRICS: runs})}"
    if told_by != "counts":
        says += f" or {_first_of({NO_TASK: _without_task()})}"
    # What has had no metrics within the range is listed if something is wrong with it.
    only = f"group by (job, connector) ({_told_for_minutes(told_by)}) unless on (job, connector) {named}"
    only = f'label_replace({only}, "server", "$1", "connector", "(.+)")'
    # What its worker took along is not without a task: Kafka Connect has yet to notice.
    gone = f"({gone}) unless on (job, connector) {_has_task(told_by)}"
    return " or ".join(
        [
            f"({' or '.join([kafka, *streams, gone])}) unless on (job, connector) ({_told_of(told_by)})",
            f"({known} or {only}) * on (job, connector) group_left () ({says})",
            moves,
            f"{DELETED} * (group by ({_BY_SERVER}) ({named}) and on (job) worker_connector_count)",
            f"{NO_METRICS} * {known}",
        ]
    )


def _by_name(told_by: str, *, debezium: bool, history: bool) -> str:
    """Return the state of connectors by their name in Kafka Connect, whatever they are.

    Arguments as of `_by_server`; `debezium`: the exporter tells of Debezium, with the connector's name.
    """
    metric = "worker_connector_total_task_count" if told_by == "counts" else "connector_task_status"
    there = f"last_over_time({metric}[$__range])"
    known = f"group by (job, connector) ({there})"
    if told_by != "counts":
        known = f"group by (job, connector) ({there} or last_over_time(connector_status[$__range]))"
    runs = {RUNNING: _running(told_by)}
    streams: list[str] = []
    if debezium:
        streams = _streams(_BY_NAME, history=history)
        had = f'last_over_time(QueueTotalCapacity{{context="streaming"{_NAMED}}}[$__range])'
        of_debezium = f"{had} or {_HAS_A_DEBEZIUM_CLASS}" if told_by == "class" else had
        vanished = f"{_running(told_by)} and on (job, connector) ({of_debezium})"
        runs = {NO_METRICS: vanished} | runs
    worker_gone = f"{WORKER_GONE} * group by (job, connector) ({there} unless on (job, instance) {_ANSWERS})"
    here = [
        *streams,
        _first_of(runs),
        f"({worker_gone} and on (job) {_ANSWERS})",
        *([] if told_by == "counts" else [_first_of({NO_TASK: _without_task()})]),
    ]
    return " or ".join(
        [
            _standing_still(told_by),
            f"{KAFKA_IS_LOST} * ({known} and on (job) ({_KAFKA_LOST}))",
            *here,
            f"{known} * on (job) group_left () ({_of_cluster()})",
        ]
    )


_ASKED_BY_SERVER = [
    _by_server(told_by, tagged=tagged, history=history)
    for told_by, tagged in (
        ("class", True), ("status", True), ("counts", True), ("status", False), ("counts", False), ("", False)
    )
    for history in (True, False)
]  # fmt: skip
_ASKED_BY_NAME = [
    _by_name(told_by, debezium=debezium, history=history)
    for debezium in (True, False)
    for told_by in ("class", "status", "counts")
    for history in ((True, False) if debezium else (False,))
]

_DESCRIPTION = (
    "What state each connector is in now, the worst first. What vanished within the dashboard's range is still listed, "
    "as what it is. Red: nothing is delivered, so act. Orange: it hangs, or is on its way back. Purple: somebody did "
    "it on purpose. Blue: nothing is wrong, and nothing streams yet. The runbook connector-state says how each state "
    "is told and what to do."
)

# What was where, so that a recorded state remembers it: by worker, because a worker that is gone is told by it. Of a
# cluster its workers are remembered.
_METRICS = {
    "metrics_on_worker": "group by (job, instance, plugin, server, connector) "
    '(QueueTotalCapacity{context="streaming"})',
    "had_workers": "group by (job) (worker_connector_count)",
}
_TASKS = {
    "task_on_worker": "group by (job, instance, connector) (connector_task_status)",
    "task_count_on_worker": "group by (job, instance, connector) (worker_connector_total_task_count)",
    "connector_on_worker": "group by (job, instance, connector) (connector_status)",
}

CONNECTOR_STATE = Signal(
    "connector_state",
    "Connector State",
    expression=_ASKED_BY_SERVER[0],
    fallback=_ASKED_BY_SERVER[1:],
    unit="none",
    states=STATES,
    description=_DESCRIPTION,
    remembers=_METRICS,
    absent="Nothing was there within the dashboard's range, and Kafka Connect calls nothing failed.",
    runbook="connector-state",
)

CONNECTOR_STATE_BY_NAME = Signal(
    "connector_state_by_name",
    "Connector State",
    expression=_ASKED_BY_NAME[0],
    fallback=_ASKED_BY_NAME[1:],
    unit="none",
    legend="{{connector}}",
    states=STATES,
    description=_DESCRIPTION + " Running: Kafka Connect runs it, and no metric tells whether it is connected.",
    recorded_as="connector_state",
    remembers=_METRICS | _TASKS,
    absent="Kafka Connect knew no connector within the dashboard's range.",
    runbook="connector-state",
)
