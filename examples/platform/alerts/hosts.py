"""Who is told when a host runs out of something; runbooks/hosts.md says what to do."""

from signals.hosts import CPU_BUSY, DISK_USED, FILLS_UP, HOSTS, LEVELS, MEMORY_USED
from signals.targets import UP

from dashlib import Alert, Configured, RuleGroup

hosts = RuleGroup(
    "hosts",
    file="hosts.yml",
    thresholds=LEVELS,
    where=HOSTS,
    labels={"component": "host", "team": Configured("team")},
    dashboard="hosts",
    rules=[
        Alert(
            "HostDown",
            UP.is_at("critical"),
            severity="critical",
            runbook="hosts",
            summary="A host does not answer.",
            description="node_exporter on {instance} has not answered for at least {for}: the host may be down.",
        ),
        Alert(
            "HostProcessorsBusy",
            CPU_BUSY.above("warning"),
            severity="warning",
            summary="The processors of a host are more than {threshold} busy.",
            description="The processors of {instance} are {value} busy, for at least {for}.",
        ),
        Alert(
            "HostMemoryLow",
            MEMORY_USED.above("warning"),
            severity="warning",
            summary="More than {threshold} of a host's memory is used.",
            description="{value} of the memory of {instance} is used, for at least {for}.",
        ),
        # A disk that is 80 % full and stays so wakes nobody.
        Alert(
            "HostDiskFillsUp",
            DISK_USED.when(FILLS_UP).above("warning"),
            severity="warning",
            summary="A disk is more than {threshold} full, and will be full within four hours.",
            description="{mountpoint} of {instance} is {value} full, and fills up within four hours at this pace.",
        ),
        Alert(
            "HostDiskFull",
            DISK_USED.above("critical"),
            severity="critical",
            summary="A disk is more than {threshold} full.",
            description="{mountpoint} of {instance} is {value} full, for at least {for}.",
        ),
    ],
)
