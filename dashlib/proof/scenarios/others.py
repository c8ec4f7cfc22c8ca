"""Scenarios with other series beside those of the proof, or instead of them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from attrs import evolve

from dashlib.metrics.kinds import KINDS
from dashlib.promql import tree as promql_tree
from dashlib.proof.courses import ABSENT, Absent, Line
from dashlib.proof.meaning import refused
from dashlib.proof.scenarios.checks import (
    alerts_selector,
    back,
    is_declared,
    premise_check,
    same_value_check,
    silent_check,
)
from dashlib.proof.scenarios.layout import AFTER, beginning, lay_out, warm_up, with_copies
from dashlib.proof.scenarios.model import Check
from dashlib.proof.scenarios.plan import is_absence
from dashlib.proof.scenarios.states import (
    before_and_while_firing,
    calm_around,
    courses_before,
    firing_states,
    gone_states,
    solutions_for,
)
from dashlib.proof.scenarios.values import calm_values, further_values, lines_at
from dashlib.proof.solver import is_put_together, is_yes_or_no, label_to_copy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.proof.courses import Course, Series
    from dashlib.proof.obligations import Elsewhere
    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.plan import Plan
    from dashlib.proof.solver import State

#: Instances that another copy of a series is of.
_ANOTHER: Final = "another"
#: How many times as much as one series another one is that is much more.
_MUCH: Final = 10


def _fires_beside(
    plan: Plan, state: State, others: Sequence[tuple[Mapping[Series, Course], Mapping[Series, Course]]]
) -> Scenario:
    """Return the scenario of an alert beside other series: it is all the same what they do.

    Args:
        plan: of the proof.
        state: in which the alert fires.
        others: what the other series do before and then.
    """
    before, _ = calm_around(plan, state)
    begin = beginning(plan, before)
    end = begin + plan.settling(before, state.now) + plan.whole(plan.obligation.lasting) + AFTER * plan.tick
    early, now = dict(before), dict(state.now)
    for each, then in others:
        early.update(each)
        now.update(then)
    # Some alerts end by themselves; where what is recorded is looked back at, a value may be a step late meanwhile.
    last = end - plan.tick
    compared = same_value_check(plan, last, None if plan.looks_back_at_records else begin + plan.tick)
    return lay_out(
        plan,
        [(begin, early), (end - begin + plan.tick, now)],
        now,
        premise_check(plan, is_declared(plan), begin, end),
        [compared],
    )


def beside_calm(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios of an alert whose group has another series, that is calm, or beyond the level by more."""
    for _, state in firing_states(plan):
        if state.copies:
            return
        found: list[tuple[Mapping[Series, Course], Mapping[Series, Course]]] = []
        further = further_values(plan.obligation)
        for levels in (calm_values(plan.obligation), further, further):
            for _, other in itertools.islice(solutions_for(plan, lines_at(levels), []), 1):
                copied = {
                    series.with_label(label, f"{another_value(series, label)}{len(found) or ''}"): course
                    for series, label in labels_to_copy(plan)
                    if series in plan.own and not isinstance(course := other.now.get(series, ABSENT), Absent)
                }
                if copied:
                    found.append((copied, copied))
        # Beside all at once, so that the largest, the smallest, the sum and the mean are all unlike.
        if found:
            yield _fires_beside(plan, state, found)
        yield from (_fires_beside(plan, state, [each]) for each in found)


def beside_alike(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios of an alert whose group has another series that does just the same."""
    for _, state in firing_states(plan):
        if state.copies:
            return
        before, _ = calm_around(plan, state)
        copied = twins(plan, before), twins(plan, state.now)
        if copied[1]:
            yield _fires_beside(plan, state, [copied])


def beside_unlike(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios of an alert each of whose series has another one beside it, that is much more or much less."""
    for before, now in before_and_while_firing(plan):
        turns = [(plan.tick, others) for others in beside_much(now, put_together(plan))]
        begin, settling = beginning(plan, before), plan.settling(before, now)
        # What looks back may let it fire for a while only, or not yet.
        segments = [(begin, before), (2 * plan.tick, now), *(turns if settling else ()), (settling + plan.tick, now)]
        end = sum(seconds for seconds, _ in segments)
        if turns:
            yield lay_out(plan, [*segments, *turns], now, premise_check(plan, is_declared(plan), begin, end), [])


def beside_much(courses: Mapping[Series, Course], labels: Mapping[Series, str]) -> list[Mapping[Series, Course]]:
    """Return courses beside others: each series beside one that is much more, then also one that is less, then that.

    Args:
        courses: what all series do.
        labels: of the series that another one may be beside, in which label it differs.
    """
    found: list[Mapping[Series, Course]] = []
    for series, label in labels.items():
        others = [
            {series.with_label(label, f"{another_value(series, label)}{place}"): course}
            for place, course in enumerate(_more_and_less(series, courses.get(series, ABSENT)))
        ]
        together = [others[0], others[0] | others[1], others[1]] if len(others) > 1 else others
        found.extend({**courses, **each} for each in together)
    return found


def _more_and_less(series: Series, course: Course) -> Iterator[Line]:
    if not isinstance(course, Line):
        return
    if course.slope:
        yield from (Line(None, course.slope * _MUCH), Line(None))
    elif course.start is not None and is_yes_or_no(series):
        yield Line(0.0 if course.start else 1.0)
    elif course.start is not None:
        yield Line(abs(course.start) * _MUCH + 1)
        if course.start:
            yield Line(0.0)


def of_each_named(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios of an alert that fires for each of those, one after another, that its filters name one by one."""
    for before, now in before_and_while_firing(plan):
        begin = beginning(plan, before)
        lasting = plan.settling(before, now) + plan.whole(plan.obligation.lasting) + AFTER * plan.tick
        of_each = [
            (seconds, {each.with_label(*one) if one[0] in dict(each.labels) else each: of for each, of in part.items()})
            for one in plan.obligation.named
            for seconds, part in ((begin, before), (lasting, now))
        ]
        end = begin + lasting
        yield lay_out(
            plan,
            [(begin, before), (lasting, now), *of_each],
            now,
            premise_check(plan, is_declared(plan), begin, end),
            [],
        )


def twins(plan: Plan, courses: Mapping[Series, Course]) -> dict[Series, Course]:
    """Return the courses of series beside those of the signal, each of which does the same as one of them."""
    return {
        series.with_label(label, another_value(series, label)): course
        for series, label in labels_to_copy(plan)
        if series in plan.own and not isinstance(course := courses.get(series, ABSENT), Absent)
    }


def labels_to_copy(plan: Plan) -> Iterator[tuple[Series, str]]:
    """Yield the series of the proof, each with a label in which the ones that are put together may differ."""
    for series, node, above in _occurrences(plan):
        around = [each for each in above if isinstance(each, promql_tree.Aggregation)]
        filtered = {one.label for one in node.selector.matchers}
        yield series, label_to_copy(series, around, filtered, is_joined=_is_joined(above))


def put_together(plan: Plan) -> dict[Series, str]:
    """Return the series that are always put together before anything else is made of them, each with such a label."""
    found = dict(labels_to_copy(plan))
    for series, _, above in _occurrences(plan):
        aggregation = next((each for each in above if isinstance(each, promql_tree.Aggregation)), None)
        if series in found and (
            aggregation is None or _is_joined(above) or not is_put_together(found[series], [aggregation])
        ):
            del found[series]
    return found


def _occurrences(plan: Plan) -> Iterator[tuple[Series, promql_tree.Vector, Sequence[promql_tree.Node]]]:
    roots = [plan.signal, *(node for _, node in plan.guards)]
    for node, above in itertools.chain.from_iterable(map(promql_tree.with_ancestors, roots)):
        if isinstance(node, promql_tree.Vector):
            yield plan.solver.series.own(node), node, above


def _is_joined(above: Iterable[promql_tree.Node]) -> bool:
    """Tell whether a series is joined one to one with something before it is aggregated."""
    inside = itertools.takewhile(lambda each: not isinstance(each, promql_tree.Aggregation), above)
    return any(
        isinstance(each, promql_tree.Binary)
        and each.operator not in promql_tree.SET_OPERATORS
        and not any(isinstance(side, promql_tree.Number) for side in (each.left, each.right))
        for each in inside
    )


def another_value(series: Series, label: str) -> str:
    """Return another value of a series' label, that the same filters let pass where that is known."""
    return next(other_values(series, label))


def other_values(series: Series, label: str) -> Iterator[str]:
    """Yield other values of a series' label, which may be in a metric's name, too; first those of alike connectors."""
    value = dict(series.labels).get(label, "")
    if label == "plugin":
        groups = {kind.name: kind.group for kind in KINDS if kind.name != value}
        own = next((kind.group for kind in KINDS if kind.name == value), "")
        yield from sorted(groups, key=lambda kind: groups[kind] != own)
    else:
        yield f"{value}{_ANOTHER}"
        yield f"{value}{_ANOTHER}_2"


def beside_guarded(
    plan: Plan, index: int, labels: Sequence[str], elsewhere: Elsewhere | None = None
) -> Iterator[Scenario]:
    """Yield scenarios in which a guard says the opposite of others, with one label unlike.

    First it lets the alert fire and says of others that it means nothing; then the other way round.

    Args:
        plan: of the proof.
        index: which guard.
        labels: in which the others differ.
        elsewhere: the others are these, that the alert does not cover.
    """
    wrong = next(before_and_while_firing(plan, index, of_guard=True), None)
    if wrong is None:
        return
    of_guard = [plan.solver.series.own(vector) for vector in promql_tree.vectors(plan.guards[index][1])]
    both = (plan.own, of_guard)
    labeled = {
        label: [[each for each in side if label in dict(each.labels) and carries(plan, each, label)] for side in both]
        for label in labels
    }
    if not any(all(sides) for sides in labeled.values()):
        return
    for right in before_and_while_firing(plan):
        joined = [
            label for label, sides in labeled.items() if all(any(each in right[1] for each in side) for side in sides)
        ]
        if not joined:
            continue
        laid_out: list[tuple[int, Mapping[Series, Course]]] = []
        seen: Mapping[Series, Course] = {}
        guarded = tuple({each: course for each, course in part.items() if each in of_guard} for part in right)
        for (before, now), others in ((right, wrong), (wrong, guarded)):
            beside = [_relabeled(part, elsewhere) if elsewhere else with_others(part, joined) for part in others]
            warm = beginning(plan, before) + plan.settling(seen, before) if not seen or is_absence(plan) else 0
            lasting = plan.settling(before, now) + AFTER * plan.tick
            if warm:
                laid_out.append((warm, {**beside[0], **before}))
            else:
                lasting += plan.settling(seen, now)
            laid_out.append((lasting, {**beside[1], **now}))
            seen = now
        begin = laid_out[0][0]
        end = begin + laid_out[1][0]
        checks = [] if is_absence(plan) else [same_value_check(plan, end - plan.tick)]
        yield lay_out(plan, laid_out, laid_out[1][1], premise_check(plan, is_declared(plan), begin, end), checks)


def beside_filtered_out(plan: Plan, index: int) -> Iterator[Scenario]:
    """Yield scenarios in which others that a guard's own filters leave out say that the alert must not fire, or may."""
    guard, node = plan.guards[index]
    own = {plan.solver.series.own(vector) for vector in promql_tree.vectors(node)} - set(plan.own)
    wrong = next(before_and_while_firing(plan, index, of_guard=True), None)
    others = [
        (label, value)
        for label, value in refused(guard.expression).items()
        if any(label in dict(each.labels) for each in own)
    ]
    if wrong is None or not others:
        return

    def beside(courses: Mapping[Series, Course]) -> dict[Series, Course]:
        return {
            series.with_label(label, value): course
            for label, value in others
            for series, course in courses.items()
            if series in own and label in dict(series.labels)
        }

    for before, now in itertools.islice(before_and_while_firing(plan), 1):
        begin = beginning(plan, before)
        lasting = plan.settling(before, now) + plan.settling(now, wrong[1]) + AFTER * plan.tick
        segments = [
            (begin, {**beside(wrong[0]), **before}),
            (lasting, {**beside(wrong[1]), **now}),
            (lasting, {**beside(now), **wrong[1]}),
        ]
        premise = premise_check(plan, is_declared(plan), begin, begin + lasting)
        yield lay_out(plan, segments, now, premise, [])


def beside_another_cluster(plan: Plan, label: str) -> Iterator[Scenario]:
    """Yield scenarios of an alert that fires for one cluster beside another of equal names, in which all is well.

    Args:
        plan: of the proof.
        label: that tells the clusters apart.
    """
    plan = plan.by_rules()
    alert = alerts_selector(plan, "firing")
    for before, now in before_and_while_firing(plan):
        there = [dict(each.labels)[label] for each in plan.own if label in dict(each.labels)]
        if not there:
            return
        if any(label not in dict(each.labels) and not _is_still(before.get(each), now[each]) for each in now):
            continue  # a database of both clusters, in which something happens to both
        well = with_others(before, [label])
        begin = beginning(plan, before) + (plan.settling({}, before) if is_absence(plan) else 0)
        end = begin + plan.settling(before, now) + plan.whole(plan.obligation.lasting) + AFTER * plan.tick
        here, elsewhere = (f'count({alert[:-1]},{label}="{each}"}})' for each in (there[0], f"{there[0]}{_ANOTHER}"))
        yield lay_out(
            plan,
            [(begin, {**well, **before}), (end - begin + plan.tick, {**well, **now})],
            now,
            premise_check(plan, is_declared(plan), begin, end),
            [
                Check(f"fires for its {label}", f"max_over_time({here}[{back(end - begin)}:{plan.tick}s])", end, 1.0),
                Check(f"silent for the other {label}", f"count_over_time({elsewhere}[{back(end)}:{plan.tick}s])", end),
            ],
        )


def guarded_in_another_cluster(plan: Plan, index: int, label: str) -> Iterator[Scenario]:
    """Yield scenarios of an alert to which it is all the same what a guard says of another cluster of equal names.

    First it fires. Then what forbids it is in the other cluster only, and it fires on; or what it needs is there only,
    and it does not.

    Args:
        plan: of the proof.
        index: which guard.
        label: that tells the clusters apart.
    """
    plan = plan.by_rules()
    guard, node = plan.guards[index]
    of_guard = [plan.solver.series.own(vector) for vector in promql_tree.vectors(node)]
    wrong = next(before_and_while_firing(plan, index, of_guard=True), None)
    if wrong is None or not all(label in dict(each.labels) for each in (*of_guard, *plan.own)):
        return
    there = dict(plan.own[0].labels)[label]
    firing = f'count({alerts_selector(plan, "firing")[:-1]},{label}="{there}"}})'
    for before, now in before_and_while_firing(plan):
        begin = beginning(plan, before)
        fires = begin + plan.settling(before, now) + plan.whole(plan.obligation.lasting) + AFTER * plan.tick
        then = {**wrong[1], **with_others(now, [label])}
        check = Check("silent by what is so in its own", firing, 0)
        if guard.keyword == "unless":
            then = {**now, **with_others(wrong[1], [label])}
            check = Check("fires on by what is so in its own", firing, 0, 1.0)
        end = fires + plan.settling(now, then) + AFTER * plan.tick
        yield lay_out(
            plan,
            [
                (begin, {**before, **with_others(before, [label])}),
                (fires - begin, {**now, **with_others(before, [label])}),
                (end - fires + plan.tick, then),
            ],
            now,
            premise_check(plan, is_declared(plan), begin, fires),
            [evolve(check, at=end)],
        )


def _is_still(before: Course | None, now: Course) -> bool:
    return before == now and (isinstance(now, Absent) or (isinstance(now, Line) and now.constant is not None))


def with_others(courses: Mapping[Series, Course], labels: Iterable[str]) -> dict[Series, Course]:
    """Return courses for other series instead, that differ in one of some labels each."""
    return {
        series.with_label(label, another_value(series, label)): course
        for label in labels
        for series, course in courses.items()
        if label in dict(series.labels)
    }


def carries(plan: Plan, series: Series, label: str) -> bool:
    """Tell whether a label is one of the exporter's series, and not only a part of their name."""
    return series.metric is None or plan.solver.series.exporter.label(label, series.metric) is not None


def not_covered(plan: Plan, other: Elsewhere) -> Iterator[Scenario]:
    """Yield scenarios in which an alert would fire, were it not for series that it does not cover."""
    if plan.obligation.kind == "absence":
        states = ((there.now, {**courses_before(gone), **there.now}, gone.now) for there, gone in gone_states(plan))
    else:
        solutions = firing_states(plan)
        states = ((state.now, calm_around(plan, state)[0], _now_with_copies(state)) for _, state in solutions)
    alone = evolve(other, others=())
    together = [other, alone] if other.others else [alone]
    # Not `itertools.product`, which would search for all states before the first is tried.
    for (shown, early, late), all_others in ((state, each) for state in states for each in together):
        before, now = (_of_each(each, all_others) for each in (early, late))
        begin = beginning(plan, early)
        end = begin + plan.settling(early, late) + AFTER * plan.tick
        premise = f"(count({other.reference})) unless on () {is_declared(plan)}"
        yield lay_out(
            plan,
            [(begin, before), (end - begin, now)],
            _relabeled(shown, other),
            premise_check(plan, premise, begin, end, never=is_declared(plan)),
            [silent_check(plan, f"silent with {other.label}={other.value!r}", warm_up(plan, early), end - plan.tick)],
        )


def _now_with_copies(state: State) -> Mapping[Series, Course]:
    return with_copies(state.now, state)


def _of_each(courses: Mapping[Series, Course], other: Elsewhere) -> dict[Series, Course]:
    found = [_relabeled(courses, evolve(other, value=value)) for value in (*other.others, other.value)]
    return {series: course for each in found for series, course in each.items()}


def _relabeled(courses: Mapping[Series, Course], other: Elsewhere) -> dict[Series, Course]:
    return {
        each.with_label(other.label, other.value) if other.label in dict(each.labels) else each: course
        for each, course in courses.items()
    }
