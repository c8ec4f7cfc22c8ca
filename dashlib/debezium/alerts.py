"""Signals of Prometheus' own record of alerts: what fires, what is pending, since when, and what fired.

`ALERTS` has the labels of its rules and no annotation. What a person reads beside an alert's name is therefore a
mapping of the name, made by `dashlib.alert_texts` from the declared alerts; for it the name is copied into further
labels here. `signal!=""` keeps rules apart that are not dashlib's.
"""

from dashlib.declare.signals import Signal, State

# What says most of what an alert is about comes first; the name of a connector is `name` with some exporters.
_SUBJECTS = (
    "slot_name", "dbinstance_identifier", "dbcluster_identifier", "instance", "server", "name", "connector", "job"
)  # fmt: skip
_COPIES = ("meaning", "panel", "runbook")


def _listed(expression: str) -> str:
    """Return the PromQL of a table's column: one series an alert and subject, with copies of the alert's name."""
    subjects = ", ".join(f'"{label}"' for label in _SUBJECTS)
    text = (
        "min by (alertname, subject, job) "
        f'(label_replace(label_join({expression}, "subject", ";", {subjects}), '
        '"subject", "$1", "subject", ";*([^;]+).*"))'
    )
    for copy in _COPIES:
        text = f'label_join({text}, "{copy}", "", "alertname")'
    return text


ALERT_STATE = Signal(
    "alert_state",
    "Firing and Pending",
    expression=_listed('0 * ALERTS{alertstate="firing", signal!=""} or ALERTS{alertstate="pending", signal!=""}'),
    unit="none",
    states=[State(0, "Firing", "dark-red"), State(1, "Pending", "dark-orange")],
    legend="{{alertname}}",
    description="The alerts of dashlib's rules that fire, and those whose condition holds and that fire if it lasts. "
    "Alertmanager may hold some of them back: another one says more of the same.",
    absent="Nothing fires.",
)

ALERT_SEVERITY = Signal(
    "alert_severity",
    "Severity",
    expression=_listed(
        '0 * ALERTS{severity="critical", signal!=""} or ALERTS{severity="warning", signal!=""}'
        ' or 2 * ALERTS{severity="info", signal!=""}'
    ),
    unit="none",
    states=[State(0, "critical", "red"), State(1, "warning", "yellow"), State(2, "info", "blue")],
    legend="{{alertname}}",
    description="How bad an alert is that fires or is pending: critical pages, warning opens a ticket, info informs.",
    absent="Nothing fires.",
)

ALERT_SINCE = Signal(
    "alert_since",
    "Since",
    expression="1000 * " + _listed('ALERTS_FOR_STATE{signal!=""}'),
    unit="dateTimeFromNow",
    legend="{{alertname}}",
    description="Since when an alert's condition holds; it fires once that has lasted as long as its rule says.",
    absent="Nothing fires.",
)

_FIRED = 'ALERTS{alertstate="firing", signal!=""'

ALERT_FIRED = Signal(
    "alert_fired",
    "Fired within a Day",
    expression=f'max by (alertname) (3 * {_FIRED}, severity="critical"}} or 2 * {_FIRED}, severity="warning"}}'
    f' or {_FIRED}, severity="info"}})'
    # One quiet lane where there would be none at all, which Grafana calls broken.
    ' or on () label_replace(vector(0) unless on () count(last_over_time(ALERTS{alertstate="firing", signal!=""}[1d]'
    ' @ end())), "alertname", "Nothing fired", "", "")',
    unit="none",
    states=[
        State(0, "\N{EN DASH}", "dark-green"),
        State(1, "info", "blue"),
        State(2, "warning", "yellow"),
        State(3, "critical", "red"),
    ],
    legend="{{alertname}}",
    description="Which alert fired when within the last 24 hours, in the color of its severity, whatever time range "
    "the dashboard shows. What began first is closest to the cause: look there first.",
    absent="Nothing fired.",
)
