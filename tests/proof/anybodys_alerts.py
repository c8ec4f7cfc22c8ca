"""Declarations of one project: ten alerts as anybody writes them, on metrics that have nothing to do with Debezium."""

from collections.abc import Sequence

from dashlib import Alert, Level, RuleGroup, Signal, State, ThresholdSet
from dashlib.declare.signals import Condition


def signal(name: str, unit: str, expression: str, states: Sequence[State] = ()) -> Signal:
    return Signal(name, name, expression=expression, unit=unit, description="D.", states=states)


CPU = signal("cpu", "percent", '100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))')
MEMORY = signal("memory", "percent", "100 * node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes")
DISK = signal("disk", "bytes", 'predict_linear(node_filesystem_avail_bytes{fstype!="tmpfs"}[1h], 4 * 3600)')
UP = signal("up", "none", "up", states=[State(0, "Down", "red"), State(1, "Up", "green")])
JOB = signal("job", "none", 'absent(up{job="shop"})')
ERRORS = signal(
    "errors",
    "percent",
    '100 * sum by (job) (rate(http_requests_total{code=~"5.."}[5m])) / sum by (job) (rate(http_requests_total[5m]))',
)
P99 = signal("p99", "s", "histogram_quantile(0.99, sum by (job, le) (rate(http_request_duration_seconds_bucket[5m])))")
CERTIFICATE = signal("certificate", "s", "probe_ssl_earliest_cert_expiry - time()")
LAG = signal("consumer_lag", "short", "sum by (consumergroup, topic) (delta(kafka_consumergroup_lag[10m]))")
AGE = signal("age", "s", "max by (queue) (time() - queue_oldest_message_timestamp_seconds)")

CPU_LEVELS = range(60, 100, 5)
LEVELS = ThresholdSet(
    "levels",
    [
        *(Level(CPU, f"above_{level}", above=level, for_="10m") for level in CPU_LEVELS),
        Level(MEMORY, "warning", below=10, for_="5m"),
        Level(DISK, "warning", below=0, for_="30m"),
        Level(UP, "critical", equals=0, for_="5m"),
        Level(JOB, "critical", equals=1, for_="5m"),
        Level(ERRORS, "warning", above=5, for_="10m"),
        Level(P99, "warning", above=0.5, for_="10m"),
        Level(CERTIFICATE, "warning", below=14 * 86400, for_="1h"),
        Level(LAG, "warning", above=1000, for_="15m"),
        Level(AGE, "warning", above=600, for_="5m"),
    ],
)


def alert(name: str, condition: Condition) -> Alert:
    return Alert(name, condition, severity="warning", summary="It is bad.", description="It is {value}, for {for}.")


ten = RuleGroup(
    "ten",
    file="ten.yml",
    thresholds=LEVELS,
    rules=[
        *(alert(f"CpuAbove{level}", CPU.above(f"above_{level}")) for level in CPU_LEVELS),
        alert("MemoryLow", MEMORY.below("warning")),
        alert("DiskFullInFourHours", DISK.below("warning")),
        alert("TargetDown", UP.is_at("critical")),
        alert("JobAbsent", JOB.is_at("critical")),
        alert("ManyErrors", ERRORS.above("warning")),
        alert("Slow", P99.above("warning")),
        alert("CertificateEnds", CERTIFICATE.below("warning")),
        alert("ConsumerFallsBehind", LAG.above("warning")),
        alert("QueueOld", AGE.above("warning")),
    ],
)
