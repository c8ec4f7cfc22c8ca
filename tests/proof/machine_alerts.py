"""Declarations of one project: fifty alerts on machines, as an exporter of theirs invites to write them."""

from typing import NamedTuple

from dashlib import Alert, Level, RuleGroup, Signal, ThresholdSet


class Row(NamedTuple):
    """An alert in a line.

    Attributes:
        name: of the alert.
        expression: of its signal.
        unit: of the signal.
        side: `above` or `below`.
        level: the number.
        lasting: its `for`.
    """

    name: str
    expression: str
    unit: str
    side: str
    level: float
    lasting: str = "5m"


_ON_DISK = 'fstype!~"tmpfs|ramfs|overlay"'
_DISKS = 'device=~"sd.+|nvme.+"'
_REAL = 'device!~"lo|veth.+|docker.+"'

ROWS = [
    Row("SpaceLow", f"100 * node_filesystem_avail_bytes{{{_ON_DISK}}} / node_filesystem_size_bytes{{{_ON_DISK}}}",
        "percent", "below", 15, "30m"),
    Row("SpaceVeryLow", f"100 * node_filesystem_avail_bytes{{{_ON_DISK}}} / node_filesystem_size_bytes{{{_ON_DISK}}}",
        "percent", "below", 5),
    Row("SpaceGoesWithinADay", f"predict_linear(node_filesystem_avail_bytes{{{_ON_DISK}}}[6h], 24 * 3600)",
        "bytes", "below", 0, "1h"),
    Row("SpaceGoesAndIsLow", f"predict_linear(node_filesystem_avail_bytes{{{_ON_DISK}}}[6h], 4 * 3600) and "
        f"node_filesystem_avail_bytes{{{_ON_DISK}}} / node_filesystem_size_bytes{{{_ON_DISK}}} < 0.2",
        "bytes", "below", 0, "1h"),
    Row("InodesLow", "100 * node_filesystem_files_free / node_filesystem_files", "percent", "below", 10),
    Row("InodesGoWithinADay", "predict_linear(node_filesystem_files_free[6h], 24 * 3600)", "short", "below", 0, "1h"),
    Row("ReadOnly", f"node_filesystem_readonly{{{_ON_DISK}}}", "none", "above", 0),
    Row("DeviceError", "node_filesystem_device_error", "none", "above", 0),
    Row("SpaceShrinksFast", "deriv(node_filesystem_avail_bytes[30m])", "bytes", "below", -10_000_000, "15m"),
    Row("NoSpaceAtAll", "min by (instance) (node_filesystem_avail_bytes)", "bytes", "below", 1_000_000),
    Row("Busy", '100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))',
        "percent", "above", 90, "15m"),
    Row("WaitsForDisk", '100 * avg by (instance) (rate(node_cpu_seconds_total{mode="iowait"}[5m]))',
        "percent", "above", 25, "15m"),
    Row("Stolen", '100 * avg by (instance) (rate(node_cpu_seconds_total{mode="steal"}[5m]))', "percent", "above", 10),
    Row("InTheKernel", 'sum by (instance) (rate(node_cpu_seconds_total{mode="system"}[5m])) / '
        "sum by (instance) (rate(node_cpu_seconds_total[5m]))", "none", "above", 0.5, "15m"),
    Row("LoadOfAMinute", 'node_load1 / on (instance) count by (instance) (node_cpu_seconds_total{mode="idle"})',
        "none", "above", 2),
    Row("LoadOfAQuarter", 'node_load15 / on (instance) count by (instance) (node_cpu_seconds_total{mode="idle"})',
        "none", "above", 1, "30m"),
    Row("LoadGrows", "node_load1 - node_load15", "none", "above", 10),
    Row("ManySwitches", "rate(node_context_switches_total[5m])", "short", "above", 100_000),
    Row("ManyForks", "rate(node_forks_total[5m])", "short", "above", 1000),
    Row("Throttled", "increase(node_cpu_package_throttles_total[10m])", "short", "above", 5),
    Row("MemoryLow", "100 * node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "percent", "below", 10),
    Row("MemoryTaken", "100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)",
        "percent", "above", 95),
    Row("MemoryTakenByPrograms", "node_memory_MemTotal_bytes - (node_memory_MemFree_bytes + node_memory_Cached_bytes + "
        "node_memory_Buffers_bytes)", "bytes", "above", 60_000_000_000),
    Row("SwapUsed", "100 * (1 - node_memory_SwapFree_bytes / node_memory_SwapTotal_bytes)", "percent", "above", 80),
    Row("Swaps", "rate(node_vmstat_pswpin[5m]) + rate(node_vmstat_pswpout[5m])", "short", "above", 1000),
    Row("ManyMajorFaults", "rate(node_vmstat_pgmajfault[5m])", "short", "above", 500, "15m"),
    Row("KilledForMemory", "increase(node_vmstat_oom_kill[10m])", "short", "above", 0, "1m"),
    Row("HugePagesGone", "node_memory_HugePages_Free / (node_memory_HugePages_Total > 0)", "none", "below", 0.05),
    Row("ReceivesErrors", f"rate(node_network_receive_errs_total{{{_REAL}}}[2m]) / "
        f"rate(node_network_receive_packets_total{{{_REAL}}}[2m])", "none", "above", 0.01, "1h"),
    Row("SendsErrors", f"rate(node_network_transmit_errs_total{{{_REAL}}}[2m]) / "
        f"rate(node_network_transmit_packets_total{{{_REAL}}}[2m])", "none", "above", 0.01, "1h"),
    Row("DropsPackets", f"rate(node_network_receive_drop_total{{{_REAL}}}[5m])", "short", "above", 100),
    Row("ReceivesMuch", f"8 * sum by (instance) (rate(node_network_receive_bytes_total{{{_REAL}}}[5m]))",
        "none", "above", 8e9),
    Row("LinkSlow", 'node_network_speed_bytes{device=~"eth.+"}', "bytes", "below", 125_000_000),
    Row("LinkFlaps", f"changes(node_network_up{{{_REAL}}}[10m])", "short", "above", 4, "1m"),
    Row("ConnectionsTracked", "100 * node_nf_conntrack_entries / node_nf_conntrack_entries_limit",
        "percent", "above", 75),
    Row("SocketsWait", "node_sockstat_TCP_tw", "short", "above", 20_000),
    Row("BondHasLostALink", "node_bonding_slaves - node_bonding_active", "short", "above", 0),
    Row("DiskBusy", f"rate(node_disk_io_time_seconds_total{{{_DISKS}}}[5m])", "none", "above", 0.95, "30m"),
    Row("DiskQueued", f"rate(node_disk_io_time_weighted_seconds_total{{{_DISKS}}}[5m])", "none", "above", 10, "30m"),
    Row("ReadsSlow", f"rate(node_disk_read_time_seconds_total{{{_DISKS}}}[5m]) / "
        f"rate(node_disk_reads_completed_total{{{_DISKS}}}[5m])", "s", "above", 0.1),
    Row("WritesSlow", f"rate(node_disk_write_time_seconds_total{{{_DISKS}}}[5m]) / "
        f"rate(node_disk_writes_completed_total{{{_DISKS}}}[5m]) and rate(node_disk_writes_completed_total[5m]) > 0",
        "s", "above", 0.1),
    Row("ArrayDegraded", 'node_md_disks_required - ignoring (state) node_md_disks{state="active"}',
        "short", "above", 0, "15m"),
    Row("ArrayDiskFailed", 'node_md_disks{state="failed"}', "short", "above", 0),
    Row("ClockOff", "abs(node_timex_offset_seconds)", "s", "above", 0.05, "10m"),
    Row("ClockDrifts", "node_timex_offset_seconds > 0.01 and deriv(node_timex_offset_seconds[5m]) >= 0",
        "s", "above", 0.05, "10m"),
    Row("ClockFree", "min_over_time(node_timex_sync_status[5m])", "none", "below", 1, "10m"),
    Row("Rebooted", "time() - node_boot_time_seconds", "s", "below", 600, "1m"),
    Row("FilesOpen", "100 * node_filefd_allocated / node_filefd_maximum", "percent", "above", 90, "15m"),
    Row("UnitsFailed", 'sum by (instance) (node_systemd_unit_state{state="failed"})', "short", "above", 0),
    Row("UnitRestarts", "increase(node_systemd_service_restart_total[15m])", "short", "above", 3, "1m"),
]  # fmt: skip

SIGNALS = {
    row.name: Signal(f"of_{row.name.lower()}", row.name, expression=row.expression, unit=row.unit, description="D.")
    for row in ROWS
}


def level(row: Row) -> Level:
    if row.side == "above":
        return Level(SIGNALS[row.name], "warning", above=row.level, for_=row.lasting)
    return Level(SIGNALS[row.name], "warning", below=row.level, for_=row.lasting)


LEVELS = ThresholdSet("machines", [level(row) for row in ROWS])

machines = RuleGroup(
    "machines",
    file="machines.yml",
    thresholds=LEVELS,
    rules=[
        Alert(
            row.name,
            SIGNALS[row.name].above("warning") if row.side == "above" else SIGNALS[row.name].below("warning"),
            severity="warning",
            summary="A machine is not well.",
            description="It is {value}, for {for}.",
        )
        for row in ROWS
    ],
)
