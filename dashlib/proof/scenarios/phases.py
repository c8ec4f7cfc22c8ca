"""The phases of a proof, by the kind of its alert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve

from dashlib.promql import format_duration
from dashlib.proof.courses import number
from dashlib.proof.scenarios import (
    absences,
    counters,
    growths,
    guards,
    joins,
    others,
    pasts,
    shares,
    texts,
    thresholds,
    walks,
)
from dashlib.proof.scenarios.model import Phase
from dashlib.proof.scenarios.plan import labels_of, spellings_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.plan import Plan

#: Name of the phase in which all series change at random.
WHATEVER: Final = "whatever values"
#: How the names of phases end in which a guard or a join is about other series.
OF_ANOTHER: Final = "of another"


def phases(plan: Plan) -> list[Phase]:
    """Return the phases of an alert's proof, by its kind."""
    seldom = plan.seldom()
    if plan.obligation.kind == "absence":
        found = [
            Phase("gone", absences.disappears(plan)),
            # What counts at once counts while a task moves, too.
            *(
                [Phase("rebalance", absences.rebalances(plan))]
                if absences.moves(plan) and plan.obligation.lasting
                else []
            ),
            Phase("back again", absences.returns(plan)),
            Phase("gone from 0", absences.disappears_from_zero(seldom), is_extra=True),
            Phase("never there", absences.never_there(seldom)),
            Phase(f"{format_duration(plan.whole(plan.obligation.window))} later", absences.window_passes(plan)),
        ]
    else:
        found = [
            Phase(thresholds.firing_name(plan.obligation), thresholds.fires(plan)),
            *thresholds.silent_phases(seldom),
        ]
        if not plan.tells_absence:
            found.extend([Phase("stale", thresholds.goes_stale(seldom)), Phase("absent", thresholds.is_absent(seldom))])
        found.extend(
            Phase(f"{series.name} at {number(shown)}", thresholds.is_unknown(seldom, series, value))
            for series, shown, value in thresholds.unknown_values(plan, plan.signal)
        )
        for place, missing in enumerate(thresholds.alternatives(plan), 2):
            name = f"the signal, part {place}"
            found.append(Phase(name, thresholds.fires_without(seldom, missing), is_extra=True))
            found.append(Phase(f"{name}, twice", thresholds.fires_without(seldom, missing, twice=True), is_extra=True))
        found.append(Phase("beside another series", others.beside_calm(seldom), is_extra=True))
        found.append(Phase("beside its like", others.beside_alike(seldom), is_extra=True))
    if plan.obligation.kind == "change":
        found.append(Phase("standing still", counters.stands_still(seldom)))
        found.append(Phase("a reset", counters.begins_anew(seldom)))
    for index, (guard, _) in enumerate(plan.guards):
        name = f"{'unless' if guard.keyword == 'unless' else 'not when'} {guard.name}"
        found.append(Phase(name, guards.decides(seldom, index), "guard"))
        found.extend(_of_another(seldom, index))
        found.extend(
            Phase(
                f"{guard.name}, of another {other.label}",
                others.beside_guarded(seldom, index, [other.label], other),
                "guard",
                is_extra=True,
            )
            for other in plan.obligation.elsewhere
            if other.is_chosen and other.value and other.label not in guard.on
        )
        found.append(
            Phase(
                f"{guard.name}, of those filtered out",
                others.beside_filtered_out(seldom, index),
                "guard",
                is_extra=True,
            )
        )
        found.append(
            Phase(f"{guard.name}, beside its like", guards.decides_beside_alike(seldom, index), "guard", is_extra=True)
        )
        if guards.told_apart(plan, index):
            scenarios = guards.decides_otherwise_labeled(seldom, index)
            found.append(Phase(f"{name}, whatever its other labels", scenarios, "guard", is_extra=True))
        found.extend(
            Phase(
                f"{name}, beside another {label}", guards.decides_beside(seldom, index, label), "guard", is_extra=True
            )
            for label in guards.told_apart(plan, index)
        )
    found.append(Phase("beside more and less", others.beside_unlike(seldom), is_extra=True))
    found.extend(_parts_of_guards(plan))
    found.extend(_pasts_and_shares(plan, (*range(len(plan.guards)), None)))
    found.append(Phase("across a reset", counters.across_reset(seldom), is_extra=True))
    found.append(Phase(WHATEVER, walks.at_random(seldom), is_extra=True))
    for other in plan.obligation.elsewhere:
        name = f"{other.label} {other.value}" if other.value else f"without {other.label}"
        found.append(
            Phase(name, others.not_covered(seldom, other), "scope", is_extra=not other.is_chosen or plan.tells_absence)
        )
    if len(plan.obligation.named) > 1:
        found.append(Phase("each that is named", others.of_each_named(seldom), "scope", is_extra=True))
    for label in plan.obligation.clusters:
        about = f"beside another {label}"
        found.append(Phase(about, others.beside_another_cluster(seldom, label), "scope", is_extra=True))
        for index, (guard, _) in enumerate(plan.guards):
            if "job" in guard.on:
                about = f"{guard.name}, in another {label}"
                scenarios = others.guarded_in_another_cluster(seldom, index, label)
                found.append(Phase(about, scenarios, "scope", is_extra=True))
    found.append(Phase("its text", texts.as_declared(seldom), "text", texts=True))
    return found


def _parts_of_guards(plan: Plan) -> Iterator[Phase]:
    """Yield the phases about the series and operands of guards."""
    seldom = plan.seldom()
    for index, (guard, node) in enumerate(plan.guards):
        for series, shown, value in thresholds.unknown_values(plan, node):
            name = f"{guard.name}, {series.name} at {number(shown)}"
            yield Phase(name, guards.is_unknown(seldom, series, value), "guard", is_extra=True)
        for place, part in enumerate(guards.parts(node), 1):
            name = f"{guard.name}, part {place}"
            yield Phase(name, guards.part_decides(seldom, index, *part), "guard", is_extra=True)
    yield from _joins(seldom)
    for of_guard, comparison in guards.comparisons(plan):
        whose = "the signal" if of_guard is None else plan.guards[of_guard][0].name
        name = f"{whose}, about {number(guards.limit_of(comparison))}"
        yield Phase(name, guards.at_limit(seldom, of_guard, comparison), "guard", is_extra=True)


def _joins(plan: Plan, before: Collection[Plan] = ()) -> Iterator[Phase]:
    """Yield the phases about what guards, or the signal, join by labels for which no plan before has proven it."""
    known = {
        (join.guard, join.node.start, label) for each in before for join in joins.joins(each) for label in join.labels
    }
    for place, join in enumerate(joins.joins(plan), 1):
        whose = "the signal" if join.guard is None else plan.guards[join.guard][0].name
        labels = (label for label in join.labels if (join.guard, join.node.start, label) not in known)
        asked = evolve(join, labels=tuple(labels))
        if asked.labels:
            yield Phase(f"{whose}, join {place}, {OF_ANOTHER}", joins.of_another(plan, asked), "guard", is_extra=True)


def _pasts_and_shares(plan: Plan, whose: Collection[int | None]) -> Iterator[Phase]:
    """Yield the phases about what some guards, by their index, or the signal, None, look back at and add up."""
    seldom = plan.seldom()
    for index, (guard, _) in enumerate(plan.guards):
        if index in whose and shares.summed(plan, index):
            yield Phase(f"{guard.name}, of several", shares.of_several(seldom, index), "guard", is_extra=True)
            yield Phase(f"{guard.name}, between several", shares.moves_between(seldom, index), "guard", is_extra=True)
        for series, label in shares.counted(plan, index).items() if index in whose else ():
            name = f"{guard.name}, two of {series.name}"
            yield Phase(name, shares.of_two(seldom, index, series, label), "guard", is_extra=True)
    for past in pasts.looked_back_at(plan):
        if past.guard in whose:  # when a window ends is a matter of evaluations
            yield Phase(pasts.name_of(plan, past), pasts.was_otherwise(plan, past), "guard", is_extra=True)
    for past in pasts.looked_back_at(plan, for_growth=True):
        if past.guard in whose:
            name = pasts.name_of(plan, past)
            yield Phase(f"{name} no more", growths.stands_still_again(seldom, past), "guard", is_extra=True)
            begins = growths.begins(plan if plan.longest_offset else seldom, past)  # when an offset sees it is exact
            yield Phase(f"{name} not yet", begins, "guard", is_extra=True)
            yield Phase(f"{name} at once", growths.grows_at_once(seldom, past), "guard", is_extra=True)
            yield Phase(f"{name} and back", growths.comes_back(seldom, past), "guard", is_extra=True)


def without_label(plan: Plan, label: str) -> Iterator[Phase]:
    """Yield what has to be proven again where the exporter's series lack a label that not all installations set.

    Args:
        plan: for such an exporter.
        label: the label.
    """
    plan = plan.seldom()
    yield Phase(f"without {label}", fires_only(phases(plan)[0].candidates), "connector", is_extra=plan.tells_absence)
    joined = [index for index, (guard, node) in enumerate(plan.guards) if label in guard.on and any(guards.parts(node))]
    again = list(_pasts_and_shares(plan, joined))
    if joined:
        again.append(Phase(WHATEVER, walks.at_random(plan), "guard", is_extra=True))
    for phase in again:
        yield evolve(phase, name=f"{phase.name} without {label}")


def _of_another(plan: Plan, index: int, labels: Collection[str] = ()) -> list[Phase]:
    """Return the phase in which a guard is about other series; by default they differ in all labels that join."""
    guard, _ = plan.guards[index]
    joined = [label for label in guard.on if label in (labels or guard.on)]
    scenarios = others.beside_guarded(plan, index, joined)
    return [Phase(f"{guard.name}, {OF_ANOTHER}", scenarios, "guard", is_extra=True)] if joined else []


def elsewhere_too(plan: Plan, before: Collection[Plan], name: str) -> Iterator[Phase]:
    """Yield what has to be proven again for a kind of connector whose series have other labels.

    Args:
        plan: for that kind.
        before: for the kinds that the guards were proven with.
        name: of the kind.
    """
    plan = plan.seldom()
    known = frozenset[str]().union(*map(labels_of, before))
    yield Phase(f"on {name}", fires_only(phases(plan)[0].candidates), "connector")
    for index, (guard, _) in enumerate(plan.guards):
        for phase in _of_another(plan, index, [label for label in guard.on if label not in known] or ["-"]):
            yield evolve(phase, name=f"{phase.name} on {name}")
    for phase in _joins(plan, before):
        yield evolve(phase, name=f"{phase.name} on {name}")


def spelled_otherwise(plan: Plan, spelling: int) -> Iterator[Phase]:
    """Yield what has to be proven again where an exporter has another spelling of a metric's name.

    Args:
        plan: for that exporter.
        spelling: which spelling.
    """
    plan = plan.seldom()
    yield Phase(f"in spelling {spelling + 1}", fires_only(phases(plan)[0].candidates), "connector")
    for index, (guard, _) in enumerate(plan.guards):
        if guard.keyword == "unless" and spellings_of(plan, guard.expression) > spelling:
            name = f"unless {guard.name}, in spelling {spelling + 1}"
            yield Phase(name, guards.decides(plan, index), "connector", is_extra=True)


def fires_only(scenarios: Iterator[Scenario]) -> Iterator[Scenario]:
    """Yield scenarios of an alert that fires and ends without its end, which takes the longest."""
    for scenario in scenarios:
        last = max((check.at for check in scenario.checks if check.says.startswith("fires")), default=0)
        yield evolve(scenario, checks=tuple(check for check in scenario.checks if check.at <= last))
