"""Premises and checks: what Prometheus is asked of a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashlib.promql import format_duration
from dashlib.proof.courses import Line, number
from dashlib.proof.promtool import DECLARED_ALERT, MANAGED_ALERT
from dashlib.proof.scenarios.model import Check
from dashlib.proof.scenarios.values import relative_step

if TYPE_CHECKING:
    from dashlib.proof.meaning import HeldGuard
    from dashlib.proof.scenarios.plan import Plan
    from dashlib.proof.solver import Goal

#: How often a premise is looked at: a condition that holds for the alert's `for` is not missed.
_PREMISES: Final = 30
#: The alerts of the Grafana-managed rule.
MANAGED_ALERTS: Final = f'ALERTS{{alertname="{MANAGED_ALERT}"}}'
#: What it means that they are as declared.
OF_GRAFANA: Final = "as declared, in Grafana"
#: What the declared alert says.
DECLARED_ALERTS: Final = f'count(ALERTS{{alertname="{DECLARED_ALERT}"}})'


def back(seconds: int) -> str:
    """Return a range that reaches some whole seconds back, and holds what is at its beginning on every engine.

    Prometheus 3 leaves the beginning of a range out; nothing else lies within the half a second that is added.
    """
    return f"{seconds * 1000 + 500}ms"


def is_at(plan: Plan, value: Goal, *, silent: bool = False) -> str:
    """Return PromQL with a sample where the signal, as declared, is at a value."""
    signal = f"({plan.obligation.signal})"
    if not isinstance(value, Line) or value.constant is None:
        return f"count({signal})"
    at = f"count(abs({signal} - {number(value.constant)}) <= {number(relative_step(value.constant))})"
    if silent and plan.obligation.direction != "equals":
        operator = "<=" if plan.obligation.direction == "above" else ">="
        return f"{at} and count({signal} {operator} {number(plan.obligation.value or 0.0)})"
    return at


def guards_hold(plan: Plan, violated: int | None = None, *, without: int | None = None) -> str:
    """Return PromQL, to be put behind an expression, that keeps its samples where the guards hold.

    Args:
        plan: of the proof.
        violated: which of them does not.
        without: which of them is not looked at.
    """
    parts = []
    for index, (guard, _) in enumerate(plan.guards):
        if index == without:
            continue
        keyword = guard.keyword if index != violated else "unless" if guard.keyword == "and" else "and"
        parts.append(f" {keyword} on () count({guard.expression})")
    return "".join(parts)


def permits(guard: HeldGuard) -> str:
    """Return PromQL with a sample where a guard does not keep an alert from firing."""
    held = f"count({guard.expression})"
    return held if guard.keyword == "and" else f"vector(1) unless on () {held}"


def premise_check(plan: Plan, expression: str, begin: int, end: int, never: str = "") -> Check:
    """Return the check that an expression has a sample at some time between two, and another at no evaluation."""
    last = end - plan.tick
    seconds = max(last - begin, plan.tick)
    step = plan.whole(max(plan.tick, seconds / _PREMISES))
    asked = f"count_over_time(({expression})[{back(seconds)}:{step}s]) > bool 0"
    if never:
        asked = f"({asked}) unless on () count_over_time(({never})[{back(seconds)}:{plan.tick}s])"
    return Check("the input does what it should", asked, last, 1.0)


def otherwise_check(first: int, last: int) -> Check:
    """Return the check that the declared alert is active at one of two times, and not at the other."""
    fired = f"last_over_time({DECLARED_ALERTS}[1s:1s] offset {last - first}s)"
    differs = f"count(({fired} unless {DECLARED_ALERTS}) or ({DECLARED_ALERTS} unless {fired}))"
    return Check("it decides until it is forgotten", differs, last, 1.0)


def at_times_check(begin: int, end: int, tick: int) -> Check:
    """Return the check that the declared alert is active at some evaluations between two times, and not at all."""
    window = f"[{back(end - begin)}:{tick}s]"
    changes = f"count(count_over_time(({DECLARED_ALERTS}){window}) < {(end - begin) // tick - 1})"
    return Check("it decides", changes, end - tick, 1.0)


def alerts_selector(plan: Plan, state: str = "") -> str:
    """Return the selector of the compiled alert, in any state by default."""
    of_state = f',alertstate="{state}"' if state else ""
    return f'ALERTS{{alertname="{plan.obligation.alert}"{of_state}}}'


def silent_check(plan: Plan, says: str, begin: int, end: int) -> Check:
    """Return the check that the alert is neither pending nor firing from one time to another."""
    return Check(says, f"count(present_over_time({alerts_selector(plan)}[{back(end - begin)}]))", end)


def not_firing_check(plan: Plan, says: str, end: int) -> Check:
    """Return the check that the alert has not fired until a time."""
    return Check(says, f"count(present_over_time({alerts_selector(plan, 'firing')}[{back(end)}]))", end)


def lasting_checks(plan: Plan, begin: int, end: int) -> list[Check]:
    """Return the checks that an alert is pending for its `for`, and firing then."""
    lasting, tick = plan.whole(plan.obligation.lasting), plan.tick
    window = f"[{back(end - begin)}:{tick}s]"
    last = end - tick

    since = f'ALERTS_FOR_STATE{{alertname="{plan.obligation.alert}"}}'

    def age(state: str) -> str:
        return f"timestamp({alerts_selector(plan, state)}) - ignoring (alertstate) {since}"

    found = [
        Check(f"fires {_after(lasting)}", f"min(min_over_time(({age('firing')}){window}))", last, float(lasting)),
        Check("one alert", f"max_over_time((count({alerts_selector(plan, 'firing')})){window})", last, 1.0),
    ]
    if lasting:
        pending = Check(
            f"pending for {format_duration(lasting)}",
            f"max(max_over_time(({age('pending')}){window}))",
            last,
            float(lasting - tick),
        )
        return [pending, *found]
    return found


def begins_check(plan: Plan, begin: int, settling: int, end: int) -> Check:
    """Return the check when an alert has first a reason to fire: at once, or as soon as what looks back sees it."""
    asked = f"min(min_over_time(timestamp({alerts_selector(plan)})[{back(end - begin + plan.tick)}:{plan.tick}s]))"
    if settling:
        return Check("pending above", f"{asked} <= bool {begin + settling + plan.tick}", end - plan.tick, 1.0)
    return Check("pending at once", asked, end - plan.tick, float(begin))


def _after(seconds: int) -> str:
    return f"after {format_duration(seconds)}" if seconds else "at once"


def as_declared_check(plan: Plan, seconds: int, tick: int, at: int | None = None) -> Check:
    """Return the check that the compiled alert and the declared one are the same at each evaluation, labels and all.

    Args:
        plan: of the proof.
        seconds: for how long.
        tick: seconds between two evaluations.
        at: the last evaluation; by default the last one of a scenario that lasts for so long.
    """
    asked = _ever(_differences(plan, alerts_selector(plan)), seconds, tick)
    return Check("as declared", asked, seconds - tick if at is None else at)


def managed_check(plan: Plan, seconds: int, tick: int) -> Check | None:
    """Return the check that the Grafana-managed rule is the declared one, too; None for an alert without one."""
    managed = plan.obligation.managed
    if managed is None:
        return None
    differences = lasting(plan, _differences(plan, MANAGED_ALERTS), tick)
    return Check(OF_GRAFANA, _ever(differences, seconds, tick), seconds - tick)


def lasting(plan: Plan, differences: str, tick: int) -> str:
    """Return where a Grafana-managed rule differs for longer than it may: it looks back in steps, records do not."""
    steps = plan.obligation.managed.resolution if plan.obligation.managed is not None else 0
    if steps <= plan.obligation.tick:
        return differences
    most = max(1, plan.whole(steps) // tick)
    return f"count_over_time(({differences})[{back(most * tick)}:{tick}s]) > {most}"


def _ever(differences: str, seconds: int, tick: int) -> str:
    return f"count(count_over_time(({differences})[{back(seconds)}:{tick}s]))"


def _differences(plan: Plan, own: str) -> str:
    ignored = ", ".join(("alertname", *plan.obligation.untold))
    declared = f'ALERTS{{alertname="{DECLARED_ALERT}"}}'
    return f"{own} unless ignoring ({ignored}) {declared} or {declared} unless ignoring ({ignored}) {own}"


def same_value_check(plan: Plan, at: int, since: int | None = None) -> Check:
    """Return the check that the compiled expression has the declared one's value.

    Args:
        plan: of the proof.
        at: when.
        since: at each evaluation from that time on, too.
    """
    compiled, declared = str((plan.obligation.rule or {}).get("expr", "")), plan.obligation.reference
    same = f"abs(sum({compiled}) - sum({declared})) > 1e-6 * abs(sum({declared})) + 1e-9"
    if since is not None:
        same = f"count_over_time(({same})[{back(at - since)}:{plan.tick}s])"
    return Check("of the declared value", same, at)
