"""Who is told when a service is down, fails or is slow; runbooks/services.md says what to do."""

from signals.services import ERRORS, LATENCY, LEVELS, REQUESTS, SERVICES, SUCCEEDED
from signals.targets import UP

from dashlib import Alert, Configured, Objective, RuleGroup

SUCCEEDS = Objective(
    "requests succeed",
    good=SUCCEEDED,
    total=REQUESTS,
    target=99.9,
    window="30d",
    description="Customers see an error page.",
    runbook="services",
)

services = RuleGroup(
    "services",
    file="services.yml",
    thresholds=LEVELS,
    where=SERVICES,
    labels={"component": "service", "team": Configured("team")},
    dashboard="services",
    rules=[
        Alert(
            "ServiceDown",
            UP.is_at("critical"),
            severity="critical",
            runbook="services",
            summary="An instance of a service does not answer.",
            description="Prometheus has had no answer from {instance} of {job} for at least {for}.",
        ),
        Alert(
            "ServiceGone",
            UP.is_absent(within="1h", for_="5m"),
            severity="critical",
            runbook="services",
            summary="Prometheus does not know an instance of a service any more.",
            description="{instance} of {job} has been gone from Prometheus' targets for at least {for}.",
        ),
        Alert(
            "ServiceErrorsHigh",
            ERRORS.above("warning"),
            severity="warning",
            summary="More than {threshold} of a service's requests fail.",
            description="{value} of the requests to {job} are answered with a server error, for at least {for}.",
        ),
        Alert(
            "ServiceErrorsCritical",
            ERRORS.above("critical"),
            severity="critical",
            summary="More than {threshold} of a service's requests fail.",
            description="{value} of the requests to {job} are answered with a server error, for at least {for}.",
        ),
        Alert(
            "ServiceSlow",
            LATENCY.above("warning"),
            severity="warning",
            summary="One request in a hundred takes longer than {threshold}.",
            description="99 of 100 requests to {job} take up to {value}, for at least {for}; the others take longer.",
        ),
        SUCCEEDS,
    ],
)
