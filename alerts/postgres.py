"""Alerts on PostgreSQL's replication slots, with the names and sizes of the course's lessons."""

from dashlib import Alert, Configured, RuleGroup
from dashlib.debezium.databases import (
    A_FIRST_SNAPSHOT_RUNS_SOMEWHERE,
    SLOT_ACTIVE,
    SLOT_IS_ACTIVE,
    SLOT_LOST,
    SLOT_UNRESERVED,
    SLOT_WAL,
)
from dashlib.debezium.postgres import SLOT_TIME_LEFT
from dashlib.debezium.thresholds import POSTGRES

replication_slots = RuleGroup(
    "replication_slots",
    file="debezium-postgres.yml",
    interval="30s",
    thresholds=POSTGRES,
    labels={"component": "postgres", "team": Configured("team")},
    dashboard="debezium-alerts",
    rules=[
        Alert(
            "ReplicationSlotInactiveLagHigh",
            SLOT_WAL.unless(SLOT_IS_ACTIVE).named("slot_wal_unread").above("warning"),
            severity="warning",
            summary="A replication slot that nobody reads keeps more than {threshold} of WAL.",
            description="Slot {slot_name} on {instance} keeps {value} of WAL, and nobody has read from it for at least "
            "{for}. It fills the server's disk.\n"
            "Action: start its connector again, or drop the slot if its connector is gone for good.",
        ),
        Alert(
            "ReplicationSlotLagHigh",
            SLOT_WAL.when(SLOT_IS_ACTIVE).named("slot_wal_in_use").above("in_use"),
            severity="warning",
            summary="A replication slot in use keeps more than {threshold} of WAL.",
            description="Slot {slot_name} on {instance} keeps {value} of WAL although somebody reads from it, for at "
            "least {for}.\n"
            "Check: does its connector lag, does a long transaction run, is what the connector captures idle while "
            "other tables are written to (then it needs a heartbeat)?",
        ),
        Alert(
            "ReplicationSlotInactive",
            SLOT_ACTIVE.unless(A_FIRST_SNAPSHOT_RUNS_SOMEWHERE).named("slot_active_after_snapshots").is_at("warning"),
            severity="warning",
            summary="Nobody reads from a replication slot.",
            description="Slot {slot_name} on {instance} has been inactive for at least {for}: the server keeps all WAL "
            "for it from now on.\n"
            "Action: start its connector again, or drop the slot if its connector is gone for good.",
        ),
        Alert(
            "ReplicationSlotLostSoon",
            SLOT_TIME_LEFT.below("critical"),
            severity="critical",
            summary="A replication slot will be lost in less than {threshold}.",
            description="At the rate of the last ten minutes, the WAL that slot {slot_name} on {instance} keeps "
            "reaches max_slot_wal_keep_size in {value}. Then the server removes what its connector needs.\n"
            "Immediate action: let its connector read, or raise max_slot_wal_keep_size and reload.",
        ),
        Alert(
            "ReplicationSlotWalUnreserved",
            SLOT_UNRESERVED.is_at("critical"),
            severity="critical",
            summary="A replication slot is about to be lost.",
            description="Slot {slot_name} on {instance} needs WAL beyond max_slot_wal_keep_size: the next checkpoint "
            "may remove it, and its connector will need a new snapshot.\n"
            "Immediate action: raise max_slot_wal_keep_size and reload, then let the connector catch up.",
        ),
        Alert(
            "ReplicationSlotWalLost",
            SLOT_LOST.is_at("critical"),
            severity="critical",
            summary="A replication slot has lost its WAL.",
            description="The server has removed WAL that slot {slot_name} on {instance} needed, at least {for} ago.\n"
            "Action: drop the slot and let its connector take a new snapshot; changes in between are lost otherwise.",
        ),
    ],
)
