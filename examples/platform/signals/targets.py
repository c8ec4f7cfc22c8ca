"""What Prometheus knows of each target by itself."""

from dashlib import Signal, State

UP = Signal(
    "up",
    "Targets",
    expression="min by (job, instance) (up)",
    unit="none",
    legend="{{instance}}",
    states=[State(0, "Down", "red"), State(1, "Up", "green", well=True)],
    description="Whether Prometheus gets an answer from each target.",
    absent="Prometheus knows no target.",
)
