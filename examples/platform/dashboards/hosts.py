"""Hosts: the fullest and busiest first, each host in a row of its own, and each alert with its level."""

from alerts.hosts import hosts
from signals.hosts import CPU_BUSY, DISK_USED, HOSTS, LEVELS, MEMORY_USED
from signals.targets import UP

from dashlib import (
    Dashboard,
    Query,
    Row,
    alert_row,
    bar_gauge,
    dashboard_links,
    datasource_variable,
    label_variable,
    override,
    state_timeline,
    timeseries,
)

HOST = 'instance=~"$host"'


def traffic(direction: str, name: str) -> Query:
    """Return what the network cards of a host receive or transmit."""
    series = f'node_network_{direction}_bytes_total{{{HOST}, device!="lo"}}'
    return Query(f"sum(rate({series}[$__rate_interval]))", name=name, legend=name)


overview = Dashboard(
    uid="hosts",
    title="Hosts",
    description="How busy and how full each host is.",
    refresh="30s",
    time_from="now-3h",
    tooltip="shared crosshair",
    thresholds=LEVELS,
    where=HOSTS,
    variables=[
        datasource_variable(),
        label_variable("host", "Host", label="instance", metric="node_memory_MemTotal_bytes"),
    ],
    links=[dashboard_links("Platform", tag="platform")],
    rows=[
        Row(
            "Now",
            [
                bar_gauge(CPU_BUSY, "Processors now"),
                bar_gauge(MEMORY_USED, "Memory now"),
                bar_gauge(DISK_USED, "Disks now"),
            ],
            height=10,
        ),
        Row(
            "Over time",
            [timeseries(CPU_BUSY), timeseries(MEMORY_USED), timeseries(DISK_USED), state_timeline(UP, "Hosts")],
        ),
        Row(
            "$host",
            [
                timeseries(
                    Query(
                        f'sum by (mode) (rate(node_cpu_seconds_total{{{HOST}, mode!="idle"}}[$__rate_interval]))',
                        unit="short",
                    ),
                    "Processors by mode",
                    stacked=True,
                    fill=30,
                    description="How many processors are busy, and with what.",
                ),
                timeseries(
                    [
                        Query(f"sum(node_load1{{{HOST}}})", unit="short", name="load", legend="load"),
                        Query(
                            f'count(node_cpu_seconds_total{{{HOST}, mode="idle"}})',
                            unit="short",
                            name="processors",
                            legend="processors",
                        ),
                    ],
                    "Load",
                    description="Tasks that run or wait, beside the number of processors.",
                ),
                timeseries(
                    [traffic("receive", "received"), traffic("transmit", "sent")],
                    "Network",
                    overrides=[override(query="B", custom__transform="negative-Y")],
                    description="What the network cards receive, and below the axis what they send.",
                ),
            ],
            repeat="host",
            collapsed=True,
        ),
        alert_row("Alerts", [hosts], titles={"HostDown": "Hosts", "HostDiskFillsUp": "Disks that fill up"}),
    ],
)
