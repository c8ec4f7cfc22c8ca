"""Premises and checks: what Prometheus is asked of a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashlib.promql import format_duration
from dashlib.proof.courses import Line, number
from dashlib.proof.scenarios.model import Check
from dashlib.proof.scenarios.values import relative_step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.proof.meaning import HeldGuard
    from dashlib.proof.scenarios.plan import Plan
    from dashlib.proof.solver import Goal

#: How often a premise is looked at: a condition that holds for the alert's `for` is not missed.
_PREMISES: Final = 30
#: promtool gives a query up that takes 10,000 samples at once. So many are taken of the series, as an expression takes
#: more; and so many evaluations are looked at of what has one sample in the end.
_SAMPLES: Final = 2500
_EVALUATIONS: Final = 500
#: What it means that an alert is active just when it is declared to be, in Prometheus and in Grafana.
AS_DECLARED: Final = "as declared"
OF_GRAFANA: Final = "as declared, in Grafana"
#: Label that tells what is declared from what is compiled, while both are put together.
_SIDE: Final = "dashlib_declared"


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
        asked = f"({asked}) unless on () count_over_time(({never})[{back(seconds)}:{_step(plan, seconds)}s])"
    return Check("the input does what it should", asked, last, 1.0)


def is_declared(plan: Plan) -> str:
    """Return PromQL with a sample where an alert is declared to be pending or firing, whatever its labels."""
    return f"count({plan.obligation.declared})"


def otherwise_check(plan: Plan, first: int, last: int) -> Check:
    """Return the check that the declared alert is active at one of two times, and not at the other."""
    fired = f"last_over_time({is_declared(plan)}[1s:1s] offset {last - first}s)"
    differs = f"count(({fired} unless {is_declared(plan)}) or ({is_declared(plan)} unless {fired}))"
    return Check("it decides until it is forgotten", differs, last, 1.0)


def at_times_check(plan: Plan, begin: int, end: int) -> Check:
    """Return the check that the declared alert is active at some evaluations between two times, and not at all."""
    step = _step(plan, end - begin)
    window = f"[{back(end - begin)}:{step}s]"
    changes = f"count(count_over_time(({is_declared(plan)}){window}) < {(end - begin) // step - 1})"
    return Check("it decides", changes, end - plan.tick, 1.0)


def _step(plan: Plan, seconds: int) -> int:
    """Return how many seconds are between two evaluations at which something is looked at for a time."""
    return plan.whole(max(plan.tick, seconds / _EVALUATIONS))


def alerts_selector(plan: Plan, state: str = "") -> str:
    """Return the selector of the compiled alert, in any state by default."""
    of_state = f',alertstate="{state}"' if state else ""
    return f'ALERTS{{alertname="{plan.obligation.alert}"{of_state}}}'


def silent_check(plan: Plan, says: str, begin: int, end: int, tick: int = 0) -> Check:
    """Return the check that the alert is neither pending nor firing from one time to another."""
    words = "number of series for which the rule is ever active"
    return Check(says, _ever(_active(plan), end - begin, tick or plan.tick), end, words=words)


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


def as_declared_checks(plan: Plan, seconds: int, tick: int, series: int) -> Iterator[Check]:
    """Yield the checks that the compiled alert and the declared one are active at the same evaluations, labels and all.

    So is the Grafana-managed rule of an alert that has one. For how long an alert is pending is a matter of its `for`
    alone, which `lasting_checks` are about, and Grafana's is compared as it stands.

    Args:
        plan: of the proof.
        seconds: for how long, from the beginning.
        tick: seconds between two evaluations.
        series: how many there are.
    """
    managed = plan.obligation.managed
    for begin, end in _windows(seconds, tick, series):
        yield as_declared_check(plan, begin, end, tick)
        if managed is not None and managed.rule is not None:
            differences = lasting(plan, _differences(plan, str(managed.rule["expr"])), tick)
            yield Check(OF_GRAFANA, _ever(differences, end - begin, tick), end, words=_unlike(plan))


def declared_checks(plan: Plan, seconds: int, tick: int, series: int) -> Iterator[Check]:
    """Yield what asks for the declared alert at the same evaluations: an error says that it cannot be evaluated."""
    for begin, end in _windows(seconds, tick, series):
        yield Check("what is declared", _ever(plan.obligation.declared, end - begin, tick), end)


def _windows(seconds: int, tick: int, series: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last evaluation of each part of some time, of which promtool takes all samples."""
    at_once = max(1, _SAMPLES // max(series, 1)) * tick
    last = seconds - tick
    for begin in range(0, last + 1, at_once):
        yield begin, min(begin + at_once - tick, last)


def as_declared_check(plan: Plan, begin: int, end: int, tick: int) -> Check:
    """Return the check that the compiled alert is the declared one at each evaluation from one time to another."""
    differences = _differences(plan, _active(plan))
    return Check(AS_DECLARED, _ever(differences, end - begin, tick), end, words=_unlike(plan))


def _unlike(plan: Plan) -> str:
    declared = plan.obligation.declared
    return f"number of series for which the rule is ever active without, or silent with, a value of {declared}"


def _active(plan: Plan) -> str:
    """Return PromQL with the series for which the compiled alert is pending or firing."""
    if plan.as_one is None:
        return f"max without (alertname, alertstate) ({alerts_selector(plan)})"
    return f"{plan.as_one.expression}\n"  # a comment may end it


def lasting(plan: Plan, differences: str, tick: int) -> str:
    """Return where a Grafana-managed rule differs for longer than it may: it looks back in steps, records do not."""
    steps = plan.obligation.managed.resolution if plan.obligation.managed is not None else 0
    if steps <= plan.obligation.tick:
        return differences
    most = max(1, plan.whole(steps) // tick)
    return f"count_over_time(({differences})[{back(most * tick)}:{tick}s]) > {most}"


def _ever(expression: str, seconds: int, tick: int) -> str:
    """Return PromQL with a sample where an expression has one at some evaluation in the last seconds."""
    return f"count(count_over_time(({expression})[{back(seconds)}:{tick}s]))"


def _differences(plan: Plan, own: str) -> str:
    """Return the series that only one of two has: what is compiled, and what is declared."""
    untold = ", ".join(plan.obligation.untold)
    own, declared = (f"max without ({untold}) ({each})" for each in (own, plan.obligation.declared))
    both = f'{own} or label_replace({declared}, "{_SIDE}", "yes", "", "")'
    return f"count without ({_SIDE}) ({both}) != 2"


def same_value_check(plan: Plan, at: int, since: int | None = None) -> Check:
    """Return the check that the compiled expression has the declared one's value.

    Args:
        plan: of the proof.
        at: when.
        since: at each evaluation from that time on, too.
    """
    compiled, declared = str((plan.obligation.rule or {}).get("expr", "")), plan.obligation.reference
    if plan.as_one is not None:
        compiled = f"{plan.as_one.expression}\n"
    same = f"abs(sum({compiled}) - sum({declared})) > 1e-6 * abs(sum({declared})) + 1e-9"
    what = "difference between the rule's value and that"
    if since is not None:
        same = f"count_over_time(({same})[{back(at - since)}:{plan.tick}s])"
        what = "number of evaluations at which the rule has another value than that"
    return Check("of the declared value", same, at, words=f"{what} of {declared}")
