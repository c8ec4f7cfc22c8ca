"""Make up an hour of the platform, for `dashlib preview --recording build/recording.json.gz`: nothing here is measured.

In its last twenty minutes the checkout fails now and then and becomes slow, and the billing consumers fall behind.
"""

import math
import random
from collections.abc import Callable
from pathlib import Path

from dashlib.recordings.recording import Recording, Series, contract, written

INTERVAL, LENGTH, TROUBLE = 15, 240, 160
RESTART = range(170, 190)
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
SHARES = (0.05, 0.2, 0.5, 0.7, 0.86, 0.97, 0.995, 0.999, 1.0)
SLOW_SHARES = (0.02, 0.1, 0.3, 0.5, 0.65, 0.8, 0.9, 0.96, 1.0)
CHANCE = random.Random(16)  # noqa: S311  # no secret depends on it

series: list[Series] = []


def gauge(name: str, labels: dict[str, str], value: Callable[[int], float]) -> None:
    """Add a series with a value for each scrape."""
    series.append(Series({"__name__": name, **labels}, contract(written(value(at)) for at in range(LENGTH))))


def counter(name: str, labels: dict[str, str], per_second: Callable[[int], float]) -> None:
    """Add a series that grows at a rate."""
    total, values = 0.0, []
    for at in range(LENGTH):
        total += per_second(at) * INTERVAL * CHANCE.uniform(0.9, 1.1)
        values.append(written(round(total, 3)))
    series.append(Series({"__name__": name, **labels}, contract(values)))


def service(name: str, instances: int, requests: float, *, is_troubled: bool) -> None:
    """Add what the instances of a service tell."""
    for number in range(1, instances + 1):
        target = {"job": f"shop-{name}", "instance": f"{name}-{number}"}
        restarts = RESTART if is_troubled and number == instances else ()
        gauge("up", target, lambda at: float(at not in restarts))  # noqa: B023

        def load(at: int) -> float:
            return requests / instances * (1 + 0.3 * math.sin(at / 40))

        def failing(at: int) -> float:
            return load(at) * (0.08 if is_troubled and at > TROUBLE else 0.0005)

        counter("http_requests_total", {**target, "route": "/", "method": "GET", "code": "200"}, load)
        counter(
            "http_requests_total", {**target, "route": "/", "method": "GET", "code": "404"}, lambda at: load(at) / 50
        )
        counter("http_requests_total", {**target, "route": "/", "method": "GET", "code": "502"}, failing)
        gauge("http_requests_in_flight", target, lambda at: round(load(at) / 8 * CHANCE.uniform(0.7, 1.3)))
        totals = [0.0] * (len(BOUNDS) + 1)
        buckets: list[list[str]] = [[] for _ in totals]
        for at in range(LENGTH):
            shares = SLOW_SHARES if is_troubled and at > TROUBLE else SHARES
            answered = load(at) * INTERVAL * CHANCE.uniform(0.9, 1.1)
            for index, share in enumerate((*shares, 1.0)):
                totals[index] += answered * share
                buckets[index].append(written(round(totals[index])))
        for bound, values in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
            labels = {"__name__": "http_request_duration_seconds_bucket", **target, "route": "/", "le": bound}
            series.append(Series(labels, contract(values)))


def host(name: str, busy: float, disk: float, growth: float) -> None:
    """Add what node_exporter tells of a host with four processors."""
    target = {"job": "node", "instance": name}
    gauge("up", target, lambda _: 1.0)
    for cpu in map(str, range(4)):
        for mode, share in (("user", 0.7), ("system", 0.2), ("iowait", 0.1)):
            counter(
                "node_cpu_seconds_total",
                {**target, "cpu": cpu, "mode": mode},
                lambda _: busy * share,  # noqa: B023
            )
        counter("node_cpu_seconds_total", {**target, "cpu": cpu, "mode": "idle"}, lambda _: 1 - busy)
    gauge("node_load1", target, lambda _: 4 * busy * CHANCE.uniform(0.8, 1.3))
    gauge("node_memory_MemTotal_bytes", target, lambda _: 16 * 2**30)
    gauge("node_memory_MemAvailable_bytes", target, lambda at: (9 - 6 * busy + math.sin(at / 30)) * 2**30)
    disks = (("/", "sda1", 40, 0.35, 0.0), ("/data", "sdb1", 400, disk, growth))
    for mountpoint, device, size, used, per_scrape in disks:
        labels = {**target, "mountpoint": mountpoint, "device": device, "fstype": "ext4"}
        gauge("node_filesystem_size_bytes", labels, lambda _: size * 2**30)  # noqa: B023
        gauge("node_filesystem_avail_bytes", labels, lambda at: size * 2**30 * (1 - used - at * per_scrape))  # noqa: B023
    counter(
        "node_network_receive_bytes_total", {**target, "device": "eth0"}, lambda at: 4e6 * (1 + math.sin(at / 25) / 2)
    )
    counter(
        "node_network_transmit_bytes_total", {**target, "device": "eth0"}, lambda at: 2e6 * (1 + math.cos(at / 25) / 2)
    )


def group(name: str, topic: str, members: int, written_each: float, read_later: float) -> None:
    """Add what kafka_exporter tells of a group that reads a topic of three partitions."""
    target = {"job": "kafka-exporter", "instance": "kafka-exporter"}
    gauge("kafka_consumergroup_members", {**target, "consumergroup": name}, lambda _: members)
    for partition in ("0", "1", "2"):
        end = read = 1000.0
        ends, reads, lags = [], [], []
        for at in range(LENGTH):
            end += written_each * INTERVAL * CHANCE.uniform(0.8, 1.2)
            pace = written_each * (read_later if at > TROUBLE and partition == "1" else 1.05)
            read = min(end - 5 * CHANCE.random(), read + pace * INTERVAL)
            ends.append(written(round(end)))
            reads.append(written(round(read)))
            lags.append(written(max(0, round(end) - round(read))))
        at_topic = {**target, "topic": topic, "partition": partition}
        for metric, labels, values in (
            ("kafka_topic_partition_current_offset", at_topic, ends),
            ("kafka_consumergroup_current_offset", {**at_topic, "consumergroup": name}, reads),
            ("kafka_consumergroup_lag", {**at_topic, "consumergroup": name}, lags),
        ):
            series.append(Series({"__name__": metric, **labels}, contract(values)))


service("checkout", 3, 90, is_troubled=True)
service("search", 2, 240, is_troubled=False)
service("catalog", 2, 150, is_troubled=False)
host("node-1", 0.35, 0.5, 0)
host("node-2", 0.55, 0.62, 0)
host("db-1", 0.93, 0.7, 0.0003)
gauge("up", {"job": "kafka-exporter", "instance": "kafka-exporter"}, lambda _: 1.0)
group("billing", "orders", 3, 40, 0.2)
group("shipping", "orders", 2, 40, 1.05)
group("mail", "notifications", 1, 5, 1.05)
Recording("platform", INTERVAL, {}, [], series).write(Path(__file__).parent / "build" / "recording.json.gz")
