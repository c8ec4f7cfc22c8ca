"""Signals of a PostgreSQL connector's replication slot, by the connector, from postgres_exporter.

A slot belongs to a connector by the label `server` on the exporter's target (`labs/monitoring/prometheus.yml`). They
say `job!=""` so that a dashboard's choice of a Kafka Connect cluster, a job of Prometheus too, does not hide exporters.
Of an exporter without that label everything is shown, whatever connector is chosen.
"""

from dashlib.declare.signals import Signal, State

_OF = '{job!="", server=~"$__chosen", server=~"$__listed"}'
_BY_SLOT = "job, instance, server, slot_name"
_WAL = (
    f"pg_replication_slots_pg_wal_lsn_diff{_OF}"
    f" or pg_replication_slots_slot_current_wal_lsn{_OF} - pg_replication_slots_slot_confirmed_flush_lsn{_OF}"
    f" or pg_replication_slot_slot_current_wal_lsn{_OF} - pg_replication_slot_slot_confirmed_flush_lsn{_OF}"
)
_GROWTH = f"deriv((max by ({_BY_SLOT}) ({_WAL}))[10m:30s])"
_NO_SLOT = "There is no replication slot, or postgres_exporter does not collect them."

SLOT_WAL_OF_CONNECTOR = Signal(
    "slot_wal_of_connector",
    "WAL Kept",
    expression=f"max by ({_BY_SLOT}) ({_WAL})",
    unit="bytes",
    minimum=0,
    legend="{{server}} {{slot_name}}",
    description="WAL that the server keeps for a replication slot. It grows while the connector does not confirm: when "
    "it is down, and when nothing that it captures changes.",
    absent=_NO_SLOT,
    runbook="replication-slot",
)

SLOT_WAL_GROWTH = Signal(
    "slot_wal_growth",
    "WAL Growth",
    expression=_GROWTH,
    unit="binBps",
    decimals=1,
    legend="{{server}} {{slot_name}}",
    description="How fast the WAL that is kept for a slot grows, over ten minutes. Below 0 the connector catches up. "
    "Growth that lasts fills the disk, or reaches max_slot_wal_keep_size.",
    absent=_NO_SLOT,
    runbook="replication-slot",
)

SLOT_TIME_LEFT = Signal(
    "slot_time_left",
    "Until the Slot Is Lost",
    # Newer exporters say what is left of it; older ones, how much there may be. Where there is no limit nothing is left
    # to be told, whatever an exporter makes of it.
    expression=f"max by ({_BY_SLOT}) (pg_replication_slots_safe_wal_size_bytes{_OF}"
    f" or pg_replication_slot_safe_wal_size_bytes{_OF}"
    f" or (pg_settings_max_slot_wal_keep_size_bytes{_OF} > 0) - on (job, instance) group_right () "
    f"max by ({_BY_SLOT}) ({_WAL})) / ({_GROWTH} > 0)"
    f" unless on (job, instance) pg_settings_max_slot_wal_keep_size_bytes{_OF} < 0",
    unit="s",
    minimum=0,
    legend="{{server}} {{slot_name}}",
    description="When the WAL kept for a slot reaches max_slot_wal_keep_size, if it grows on as in the last ten "
    "minutes. After that the server removes WAL that the connector needs, and it must take a new snapshot. No value "
    "while the WAL does not grow, or where there is no limit: then the disk is the limit.",
    absent="No slot's WAL grows, or max_slot_wal_keep_size is not set, or postgres_exporter does not tell it.",
    runbook="replication-slot",
)

SLOT_IN_USE = Signal(
    "slot_in_use",
    "Slot",
    expression=f"max by ({_BY_SLOT}) (pg_replication_slots_active{_OF}"
    f" or pg_replication_slots_slot_is_active{_OF} or pg_replication_slot_slot_is_active{_OF})",
    unit="none",
    legend="{{server}} {{slot_name}}",
    states=[State(0, "Inactive", "red"), State(1, "Active", "green")],
    description="Whether somebody reads from the replication slot.",
    absent=_NO_SLOT,
    runbook="replication-slot",
)

CURRENT_LSN = Signal(
    "current_lsn",
    "Server",
    expression=f"max by (job, instance, server) (pg_replication_slots_slot_current_wal_lsn{_OF}"
    f" or pg_replication_slot_slot_current_wal_lsn{_OF})",
    unit="none",
    decimals=0,
    legend="{{server}} server",
    description="LSN that the server has written up to, as a number of bytes.",
    absent="postgres_exporter is older than 0.16, or collects no slots.",
    runbook="replication-slot",
)

CONFIRMED_LSN = Signal(
    "confirmed_lsn",
    "Confirmed",
    expression=f"max by ({_BY_SLOT}) (pg_replication_slots_slot_confirmed_flush_lsn{_OF}"
    f" or pg_replication_slot_slot_confirmed_flush_lsn{_OF})",
    unit="none",
    decimals=0,
    legend="{{server}} {{slot_name}} confirmed",
    description="LSN up to which the connector has confirmed, as a number of bytes.",
    absent="postgres_exporter is older than 0.16, or collects no slots.",
    runbook="replication-slot",
)
