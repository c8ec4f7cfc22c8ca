"""Signals of a failover of the source database: what says before it that it will go well, and after it that it did."""

from dashlib.declare.signals import Signal, State

_BY_SERVER = "job, plugin, server, connector"
#: Up to this lag a connector counts as caught up; the course's lesson says one second.
_CAUGHT_UP = 1

CAUGHT_UP = Signal(
    "caught_up",
    "Caught Up",
    expression=f'({_CAUGHT_UP} > bool max by ({_BY_SERVER}) (MilliSecondsBehindSource{{context="streaming"}} >= 0))'
    f' and on (job, plugin, server) min by (job, plugin, server) (Connected{{context="streaming"}}) == 1',
    unit="none",
    states=[State(0, "Behind", "orange"), State(1, "Under 1 s", "green")],
    description="Whether a connected connector's last event came within a second of its commit: after a failover, that "
    "it is back. No value while it is cut off, or has handled no event since.",
    absent="No connected connector has handled an event.",
    runbook="failover",
)

DISCONNECTS_IN_RANGE = Signal(
    "disconnects_in_range",
    "Lost Connections",
    expression=f'sum by ({_BY_SERVER}) (increase(NumberOfDisconnects{{context="streaming"}}[$__range]))',
    unit="none",
    decimals=0,
    minimum=0,
    description="How often the connector lost its connection within the dashboard's range. A failover is one or two; "
    "more say that it does not find the new primary.",
    absent="There is no running MySQL or MariaDB task.",
    runbook="failover",
)

BINLOG_RETENTION = Signal(
    "binlog_retention",
    "Binlog Retention",
    expression="max by (job, instance, server) (mysql_global_variables_binlog_expire_logs_seconds"
    '{job!="", server=~"$__chosen", server=~"$__listed"}) > 0',
    unit="s",
    minimum=0,
    legend="{{server}}",
    description="For how long the server keeps its binlogs. A connector that is away for longer must take a new "
    "snapshot, so it bounds how long a failover may take.",
    absent="mysqld_exporter is not there, or binlogs are kept for ever.",
    runbook="binlog-retention",
)
