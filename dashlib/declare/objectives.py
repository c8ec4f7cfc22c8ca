"""`Objective`: how much of the time something must be good, and how fast its error budget may burn.

The arithmetic is that of multi-window, multi-burn-rate alerts in Google's SRE workbook ("Alerting on SLOs"), on a
gauge: each evaluation of a rule is good, bad, or does not count. `docs/objectives.md` explains it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

import attrs

from dashlib import promql
from dashlib.declare.arguments import checked
from dashlib.declare.signals import Signal, Within, duration, is_duration
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from dashlib.declare.thresholds import Level, ThresholdSet
    from dashlib.declare.words import RunbookPage, Severity

#: What the workbook's windows are for, in seconds; those of another period are longer or shorter in proportion.
WORKBOOK_PERIOD: Final = 30 * 86400
#: Over these times the bad share is averaged, in seconds of the workbook's period.
_AVERAGED: Final = (300, 1800, 3600, 2 * 3600, 6 * 3600, 86400, 3 * 86400)
#: Evaluations that the shortest average has at least.
_FEWEST_EVALUATIONS: Final = 2
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(?: [A-Za-z0-9]+)*")


@attrs.frozen(repr=False)
class Burn(Value):
    """A rate at which an error budget burns too fast, over a long and a short time.

    Attributes:
        share: percent of the budget that is gone when that has lasted for the long time.
        rate: how many times as fast the budget burns as it would to last for just the whole period.
        long: seconds.
        short: seconds; it ends the alert soon after the burning has ended.
        severity: of its alert.
    """

    share: int
    rate: float
    long: int
    short: int
    severity: Severity


# Severities of an objective's alerts where it names none.
_PAGES: Final = "critical"
_OPENS_A_TICKET: Final = "warning"
#: As the workbook has them, for 30 days.
_WORKBOOK: Final = (
    Burn(2, 14.4, 3600, 300, _PAGES),
    Burn(5, 6, 6 * 3600, 1800, _PAGES),
    Burn(10, 1, 3 * 86400, 6 * 3600, _OPENS_A_TICKET),
)


@checked
@attrs.frozen(eq=False, repr=False)
class Objective(Value):
    """How much of the time a signal must be good; stands in a `RuleGroup` among its rules.

    A connector for which a guard of the signal says "does not apply" (idle, in a snapshot, paused) neither gains nor
    loses anything meanwhile: that time does not count.

    Attributes:
        name: what is promised, in words: `orders fresh`. Its recording rules and alerts are named after it.
        good: `SIGNAL.within("warning")`: the time in which the signal is not beyond that level is good. Or a signal
            that counts good events, with `total`.
        total: a signal that counts all events, with the same labels as `good`.
        target: percent of the time, or of the events, that must be good: above 0 and below 100.
        window: the period for which that is promised, a duration; it slides.
        missing: whether time counts in which the signal has no sample at all: `uncounted`, because alerts on what
            vanishes are there for that; or `bad`, for a day at most, so that a deleted connector is forgotten.
        thresholds: the set that the level is in; by default the group's.
        description: what follows for whoever relies on it when the budget is used up; said in its alerts.
        page: severity of the alert on a budget that burns fast, one of the project's: it wakes somebody.
        ticket: severity of the alert on a budget that burns slowly: somebody looks at it on the next day.
        runbook: page in the project's runbooks that has a section for each of its alerts, without folder and `.md`;
            by default `objectives`, whose sections are for those of all objectives.
        source: where it was declared.
    """

    name: str = attrs.field()
    good: Within | Signal = attrs.field(kw_only=True)
    total: Signal | None = attrs.field(kw_only=True, default=None)
    target: float = attrs.field(kw_only=True)
    window: str = attrs.field(kw_only=True, default="30d", converter=duration, validator=is_duration)
    missing: Literal["uncounted", "bad"] = attrs.field(kw_only=True, default="uncounted")
    thresholds: ThresholdSet | None = attrs.field(kw_only=True, default=None)
    description: str = attrs.field(kw_only=True, default="")
    page: Severity = attrs.field(kw_only=True, default=_PAGES)
    ticket: Severity = attrs.field(kw_only=True, default=_OPENS_A_TICKET)
    runbook: RunbookPage = attrs.field(kw_only=True, default="")
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    @name.validator
    def _check_name(self, _attribute: attrs.Attribute[str], value: str) -> None:
        if not _NAME.fullmatch(value):
            raise DeclarationError(
                f"an objective's name must be words of letters and digits, for example 'orders fresh'; got {value!r}"
            )

    @target.validator
    def _check_target(self, _attribute: attrs.Attribute[float], value: float) -> None:
        if not 0 < value < 100:  # noqa: PLR2004  # percent
            raise DeclarationError(
                f"the target of objective {self.name!r} must be above 0 and below 100 percent, for example 99.9: at "
                f"100 nothing is left to burn; got {value:g}"
            )
        if value < 1:
            raise DeclarationError(
                f"the target of objective {self.name!r} is in percent, for example 99.9; {value:g} is a share: write "
                f"{100 * Decimal(str(value)):f}"
            )

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot be good or bad, and two alerts that nobody could tell apart."""
        if self.page == self.ticket:
            raise DeclarationError(
                f"objective {self.name!r} has the severity {self.page!r} for both of its alerts; give the one that "
                "wakes somebody another than the one that waits for the next day: page='…', ticket='…'"
            )
        if isinstance(self.good, Signal) != (self.total is not None):
            raise DeclarationError(
                f"objective {self.name!r} takes a level, good=SIGNAL.within('warning'), or events, good=SIGNAL and "
                f"total=SIGNAL; got {'a signal without total' if self.total is None else 'a level and a total'}"
            )
        if self.total is not None:
            if self.missing == "bad":
                raise DeclarationError(
                    f"objective {self.name!r} counts events, of which none is missing where there is no sample; leave "
                    "out missing='bad'"
                )
            return
        signal = self.signal
        if signal.unit == "none" and not signal.states:
            raise DeclarationError(
                f"objective {self.name!r} is on signal {signal.name!r}, whose unit is 'none': nobody could tell what "
                "its level means; give the signal its unit, 'short' for a count, or states"
            )
        if len(signal.states) > 2:  # noqa: PLR2004  # good and bad
            raise DeclarationError(
                f"objective {self.name!r} is on signal {signal.name!r}, whose {len(signal.states)} states have no "
                "order, so that nothing says which of them are good; use a signal that has two"
            )

    @property
    def signal(self) -> Signal:
        """The signal that it is about: of events, that of the good ones."""
        return self.good if isinstance(self.good, Signal) else self.good.signal

    def level(self, default: ThresholdSet) -> Level | None:
        """Return the level beyond which time is bad; None for events.

        Args:
            default: the group's set, for an objective that names none.

        Raises:
            DeclarationError: the set has no such level.
        """
        if isinstance(self.good, Signal):
            return None
        thresholds = self.thresholds if self.thresholds is not None else default
        try:
            return thresholds.level(self.signal, self.good.level)
        except DeclarationError as error:
            raise DeclarationError(error.message, self.source) from None

    @property
    def budget(self) -> float:
        """Which share may be bad, between 0 and 1: 0.001 for a target of 99.9 percent."""
        return float((100 - Decimal(str(self.target))) / 100)

    @property
    def period(self) -> int:
        """The window, in seconds."""
        return round(promql.duration_seconds(self.window))

    @property
    def averaged(self) -> tuple[int, ...]:
        """Over which times the bad share is averaged, in seconds, ascending; the last is the period."""
        return (*(self._scaled(seconds) for seconds in _AVERAGED), self.period)

    @property
    def burns(self) -> tuple[Burn, ...]:
        """The rates that its alerts fire at, the fastest first; none that cannot be reached at its target.

        A budget of 10 percent burns ten times as fast as it may when everything is bad, and never 14.4 times.
        """
        return tuple(
            attrs.evolve(
                burn,
                long=self._scaled(burn.long),
                short=self._scaled(burn.short),
                severity=self.page if burn.severity == _PAGES else self.ticket,
            )
            for burn in _WORKBOOK
            if burn.rate * self.budget < 1
        )

    def _scaled(self, seconds: int) -> int:
        return max(1, round(seconds * self.period / WORKBOOK_PERIOD))

    @property
    def identifier(self) -> str:
        """Its name in the names of recording rules: `orders_fresh`."""
        return self.name.lower().replace(" ", "_")

    def alert_name(self, severity: Severity) -> str:
        """Return the name of its alert of a severity: `OrdersFreshBudgetBurnsFast`, `OrdersFreshBudgetBurnsSlowly`."""
        words = "".join(word[:1].upper() + word[1:] for word in self.name.split())
        return f"{words}BudgetBurns{'Fast' if severity == self.page else 'Slowly'}"


def check_window(objective: Objective, interval: str) -> None:
    """Refuse a window whose shortest average would not see two evaluations.

    Args:
        objective: the objective.
        interval: of the group that it stands in, a duration.

    Raises:
        DeclarationError: the message says how long the window must be.
    """
    least = _FEWEST_EVALUATIONS * promql.duration_seconds(interval) * WORKBOOK_PERIOD / _AVERAGED[0]
    if objective.period < least:
        days, shortest = -(-least // 86400), promql.format_duration(objective.averaged[0])
        raise DeclarationError(
            f"the window of objective {objective.name!r} is {objective.window}, and its rules are evaluated every "
            f"{interval}: its shortest burn window ({shortest}) would not hold two evaluations; make the window at "
            f"least {days:g}d, or the group's interval shorter",
            objective.source,
        )
