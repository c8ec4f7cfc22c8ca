"""What has to be proven of a project's alerts: what each of them declares, beside the rule that it was compiled to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

from dashlib import promql
from dashlib.alerting import alerts_of
from dashlib.conditions import alert_expression, growth_expression, guards_held, joined_labels, signal_expression
from dashlib.coverage import variants
from dashlib.project import connectors_of, rendering_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.alerting import Alert, RuleGroup
    from dashlib.coverage import Variant
    from dashlib.documents import Document
    from dashlib.expressions import Rendering
    from dashlib.project import Project
    from dashlib.signals import Direction
    from dashlib.sources import Source

Kind = Literal["threshold", "state", "absence", "change"]


@frozen
class GuardText:
    """A guard of a signal, rendered.

    Attributes:
        name: what holds.
        keyword: `and` where it must hold, `unless` where it must not.
        expression: PromQL with a series where it holds.
    """

    name: str
    keyword: str
    expression: str


@frozen(eq=False)
class Obligation:
    """An alert rule that has to be proven, and what its declaration says that it does.

    Attributes:
        alert: its name.
        group: name of its rule group.
        path: of the compiled file, relative to the project's root.
        declared_in: the declaration file, relative to the project's root.
        source: where the alert is declared.
        rule: what was compiled.
        records: the recording rules of its file.
        tick: seconds between two evaluations.
        kind: of its condition.
        lasting: its `for`, in seconds.
        window: over which time an absence or change looks back, in seconds.
        direction: on which side of the value it fires.
        value: the level; None for an absence.
        unit: Grafana's unit of the signal.
        states: all states of the signal.
        signal: the signal without guards, rendered.
        guards: what must hold or not.
        reference: the expression of the alert as declared.
        joined: labels by which guards are joined with the signal.
        covers: which connectors the rule is for, where an alert has several rules; empty otherwise.
    """

    alert: str
    group: str
    path: str
    declared_in: str
    source: Source
    rule: Mapping[str, Any]
    records: tuple[Mapping[str, Any], ...]
    tick: float
    kind: Kind
    lasting: float
    window: float
    direction: Direction
    value: float | None
    unit: str
    states: tuple[float, ...]
    signal: str
    guards: tuple[GuardText, ...]
    reference: str
    joined: frozenset[str] = field(factory=frozenset)
    covers: str = ""


def obligations(project: Project, documents: Sequence[Document], profile: str = "") -> list[Obligation]:
    """Return what has to be proven, an entry a compiled alert rule, in the order of the files.

    Args:
        project: from `load_project`.
        documents: what it compiles to; other kinds than rules are passed over.
        profile: naming profile that they were compiled for.
    """
    rendering = rendering_of(project, profile)
    connectors = connectors_of(project)
    by_file = {document.path.name: document for document in documents if document.kind == "rules"}
    groups: dict[str, list[tuple[RuleGroup, str]]] = {}
    for group, file in project.rule_groups:
        groups.setdefault(group.file, []).append((group, file))
    found = []
    for name, in_file in groups.items():
        document = by_file.get(name)
        if document is None:
            continue
        rules = {group["name"]: group["rules"] for group in document.data["groups"]}
        records = tuple(rule for compiled in rules.values() for rule in compiled if "record" in rule)
        for group, file in in_file:
            of_group = {
                alert.name: [rule for rule in rules.get(group.name, []) if rule.get("alert") == alert.name]
                for alert in alerts_of(group)
            }
            for alert in alerts_of(group):
                covered = variants(alert, group, connectors) if of_group[alert.name] else []
                for rule, variant in zip(of_group[alert.name], covered, strict=True):
                    in_scope = rendering.within(variant.where, group.rate_interval)
                    declared = _declared(alert, group, variant, in_scope)
                    found.append(
                        Obligation(
                            path=str(document.path),
                            declared_in=file,
                            rule=rule,
                            records=tuple(_needed(str(rule["expr"]), records)),
                            covers=_covers(variant) if len(covered) > 1 else "",
                            **declared,
                        )
                    )
    return found


def _declared(alert: Alert, group: RuleGroup, variant: Variant, rendering: Rendering) -> dict[str, Any]:
    condition, signal = alert.condition, alert.signal
    measured = rendering
    if condition.kind == "change":
        measured = rendering.within(rendering.scope, condition.window)
    guards = []
    held = guards_held(signal, measured)
    for guarded in held:
        guard = guarded.guard
        unknown = signal.drops_unknown if guard.each else guard.drops_unknown
        text = measured.render(measured.known(guard.expressions), filter_unknown=unknown)
        guards.append(GuardText(guard.name, guarded.keyword, text))
    return {
        "alert": alert.name,
        "group": group.name,
        "source": alert.source,
        "tick": promql.duration_seconds(group.interval),
        "kind": condition.kind,
        "lasting": promql.duration_seconds(variant.lasting),
        "window": promql.duration_seconds(condition.window),
        "direction": condition.direction,
        "value": None if variant.level is None else variant.level.value,
        "unit": signal.unit,
        "states": tuple(float(state.value) for state in signal.states),
        "signal": growth_expression(signal.base, measured, condition.window)
        if condition.kind == "change"
        else signal_expression(signal.base, measured, {}),
        "guards": tuple(guards),
        # Without recording rules: what they stand for is what they have to give.
        "reference": alert_expression(alert, group, variant.level, rendering, {}),
        "joined": frozenset(name for guarded in held for name in joined_labels(signal, guarded.guard, rendering)),
    }


def _needed(expression: str, records: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the recording rules that an expression asks for, those that they ask for themselves first."""
    asked = {selector.metric for selector in promql.selectors(expression)}
    for record in records:
        if record["record"] in asked:
            yield from _needed(str(record["expr"]), [each for each in records if each is not record])
            yield record


def _covers(variant: Variant) -> str:
    match = variant.where.get("server")
    return "" if match is None else f"server{match.operator}{match.value}"
