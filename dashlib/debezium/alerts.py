"""Signals of Prometheus' own record of alerts."""

from dashlib.signals import Signal, State

FIRING = Signal(
    "firing",
    "Firing Now",
    expression="max by (alertname, severity, job, server, connector, instance, slot_name) "
    '(ALERTS{alertstate="firing", signal!=""})',
    unit="none",
    states=[State(1, "Firing", "red")],
    legend="{{alertname}} {{server}}",
    description="The alerts of dashlib's rules that fire now, with what they are about.",
    absent="Nothing fires.",
)
