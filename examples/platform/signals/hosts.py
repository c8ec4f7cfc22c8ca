"""Hosts, as node_exporter sees them: processors, memory, disks."""

from dashlib import Guard, Level, Signal, ThresholdSet
from signals.targets import UP

HOSTS = {"job": "node"}
_DISKS = '{fstype!~"tmpfs|overlay|squashfs"}'

CPU_BUSY = Signal(
    "cpu_busy",
    "Processors",
    expression='100 * (1 - avg by (job, instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval])))',
    unit="percent",
    legend="{{instance}}",
    minimum=0,
    maximum=100,
    description="How busy the processors of a host are, on average.",
    absent="node_exporter does not answer.",
    runbook="hosts",
)

MEMORY_USED = Signal(
    "memory_used",
    "Memory",
    expression="100 * (1 - max by (job, instance) (node_memory_MemAvailable_bytes)"
    " / max by (job, instance) (node_memory_MemTotal_bytes))",
    unit="percent",
    legend="{{instance}}",
    minimum=0,
    maximum=100,
    description="Memory that programs cannot have any more; caches, which can be dropped, do not count.",
    absent="node_exporter does not answer.",
    runbook="hosts",
)

DISK_USED = Signal(
    "disk_used",
    "Disks",
    expression=f"100 * (1 - max by (job, instance, mountpoint) (node_filesystem_avail_bytes{_DISKS})"
    f" / max by (job, instance, mountpoint) (node_filesystem_size_bytes{_DISKS}))",
    unit="percent",
    legend="{{instance}} {{mountpoint}}",
    minimum=0,
    maximum=100,
    description="How full each file system is.",
    absent="node_exporter does not answer.",
    runbook="hosts",
)

FILLS_UP = Guard(
    "it is full within four hours if it goes on like this",
    expression="min by (job, instance, mountpoint)"
    f" (predict_linear(node_filesystem_avail_bytes{_DISKS}[1h], 4 * 3600)) < 0",
    recorded_as="fills_up",
)

LEVELS = ThresholdSet(
    "hosts",
    levels=[
        Level(UP, "critical", equals=0, for_="5m"),
        Level(CPU_BUSY, "warning", above=90, for_="15m"),
        Level(MEMORY_USED, "warning", above=90, for_="10m"),
        Level(DISK_USED, "warning", above=70, for_="15m"),
        Level(DISK_USED, "critical", above=95, for_="5m"),
    ],
)
