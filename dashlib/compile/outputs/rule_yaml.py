"""Prometheus rule files: from `RuleGroup`s to the YAML that Prometheus loads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

from dashlib import promql
from dashlib.compile.conditions import (
    alert_expression,
    guard_expression,
    guards_missing,
    records_of,
    signal_expression,
)
from dashlib.compile.coverage import Variant, check_overrides, variants
from dashlib.compile.declared_connectors import DeclaredConnectors
from dashlib.compile.objectives import ObjectiveGroup, burn_alert, burn_expression, check_names, objective_groups
from dashlib.compile.outputs import Output
from dashlib.compile.readable import BYTES, counted, readable, readable_duration
from dashlib.compile.recording import chosen_text, derive
from dashlib.compile.rendering import Recorded, grouping_labels
from dashlib.declare.alerts import (
    Alert,
    Configured,
    LabelValue,
    Record,
    RuleGroup,
    alerts_of,
    check_for_against_interval,
    objectives_of,
)
from dashlib.declare.arguments import nearest
from dashlib.declare.objectives import Objective
from dashlib.declare.panels import SignalTarget
from dashlib.declare.signals import Guard, Signal
from dashlib.documents.document import Document, LeftOut, Origin
from dashlib.errors import ConfigurationError, DeclarationError
from dashlib.metrics.profiles import MissingInProfileError
from dashlib.promql.writing import over_lines
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import PurePosixPath

    from dashlib.compile.outputs import Compilation
    from dashlib.compile.panel_links import PanelLink
    from dashlib.compile.recording import Recording
    from dashlib.compile.rendering import Rendering
    from dashlib.declare.thresholds import Level
    from dashlib.sources import Source

# The marker by which a build knows a rule file that it wrote; a learner's own file does not begin so.
HEADER = "# Compiled by dashlib from "

_PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
_IN_PARENTHESES = re.compile(r" ?\(([^()]*)\)")
_TEMPLATE_LABEL = re.compile(r"\$labels\.(\w+)")
_COUNT = '{{ $value | printf "%.0f" }}'


@attrs.frozen(repr=False)
class RuleSettings(Value):
    """What rules take from the configuration.

    Attributes:
        labels: values of `Configured` labels, by key.
        runbook_url: URL of the folder that holds the runbooks.
        panel_link: returns the panel that an alert of a group links to; None if it has none.
        connectors: the connectors that are declared, and what is particular about them.
        alert_labels: labels that every alert has, unless it or its group says otherwise.
    """

    labels: Mapping[str, str]
    runbook_url: str
    panel_link: Callable[[Alert, RuleGroup], PanelLink | None]
    connectors: DeclaredConnectors = attrs.field(factory=DeclaredConnectors)
    alert_labels: Mapping[str, str] = attrs.field(factory=dict)


def rule_settings(compilation: Compilation) -> RuleSettings:
    """Return what rules, Prometheus' and Grafana's, take from the configuration."""
    from dashlib.compile.panel_links import panel_links

    project = compilation.project
    return RuleSettings(
        project.configuration.labels,
        project.configuration.runbook_url,
        panel_links(project, compilation.documents),
        compilation.connectors,
        project.configuration.alert_labels,
    )


def compile_rule_files(compilation: Compilation) -> list[Document]:
    """Return the rule files of a project.

    Raises:
        DeclarationError: a rule cannot be compiled, or two groups of a file have one name; the message says where.
    """
    groups, settings = compilation.project.rule_groups, rule_settings(compilation)
    check_configuration([group for group, _ in groups], settings)
    check_names([group for group, _ in groups])
    by_file: dict[str, list[tuple[RuleGroup, str]]] = {}
    for group, file in groups:
        in_file = by_file.setdefault(group.file, [])
        for other, _ in in_file:
            if other.name == group.name:
                raise DeclarationError(
                    f"rule group {group.name!r} is declared twice in {group.file}; the other is at {other.source}",
                    group.source,
                )
        in_file.append((group, file))
    recording, configuration = recording_of(compilation), compilation.project.configuration
    rendering = compilation.rendering.reading_records
    documents = [
        compile_rule_file(
            [group for group, _ in in_file],
            rendering,
            settings,
            configuration.rules / name,
            ", ".join(dict.fromkeys(file for _, file in in_file)),
            recording,
        )
        for name, in_file in by_file.items()
    ]
    if not recording.rules:
        return documents
    name = configuration.recorded_rules
    if name in by_file:
        raise DeclarationError(
            f"rule group {by_file[name][0][0].name!r} is in {name}, the file of the recording rules that alerts need; "
            "name another file, or set recorded_rules in [tool.dashlib]",
            by_file[name][0][0].source,
        )
    documents = [_with_note(document, recording, name) for document in documents]
    declared_in = ", ".join(dict.fromkeys(file for _, file in groups))
    return [*documents, compile_records(recording, configuration.rules / name, declared_in)]


def recording_of(compilation: Compilation) -> Recording:
    """Return the recording rules that the alerts of a project need, and its dashboards where they ask recording rules.

    What stands in a row that is closed at first is computed when somebody opens it: that costs less than a rule does,
    twice a minute. A mark is seldom there, so that its recording rule has next to no samples, while an expression looks
    at every connector all along the axis.
    """
    project = compilation.project
    groups = [group for group, _ in project.rule_groups]
    if not project.configuration.panels_read_records:
        return derive(groups, compilation.rendering, compilation.connectors)
    dashboards = [dashboard for dashboard, _ in project.dashboards]
    opened = [panel for dashboard in dashboards for row in dashboard.rows if not row.collapsed for panel in row.panels]
    opened += [library_panel.shown for library_panel, _ in project.library_panels.values()]
    shown = [target.signal for panel in opened for target in panel.targets or () if isinstance(target, SignalTarget)]
    marked = [
        each.signal
        for dashboard in dashboards
        for each in dashboard.annotations
        if isinstance(each.signal, Signal) and each.marks == "value"
    ]
    return derive(groups, compilation.rendering, compilation.connectors, [*shown, *marked])


def compile_records(recording: Recording, path: PurePosixPath, declared_in: str) -> Document:
    """Return the document of the recording rules that alerts need: one group, in which each is behind what it asks.

    Args:
        recording: the rules.
        path: where the compiled file belongs, relative to the project's root.
        declared_in: the declaration files of the alerts, for the header.
    """
    rules: list[dict[str, Any]] = []
    sources = {"/groups/0": Origin(recording.rules[0].subject.source)}
    for rule in recording.rules:
        sources[f"/groups/0/rules/{len(rules)}"] = Origin(rule.subject.source, rule.subject.name)
        encoded: dict[str, Any] = {"record": rule.name, "expr": over_lines(rule.computes)}
        rules.append(encoded | ({"labels": dict(rule.fixed)} if rule.fixed else {}))
    name = path.stem.replace("-", "_")
    data = {"groups": [{"name": name, "interval": recording.interval, "rules": rules}]}
    return Document(path, "rules", data, sources, declared_in)


def _with_note(document: Document, recording: Recording, name: str) -> Document:
    """Return a rule file whose header says that it needs the file of the recording rules, where it does."""
    made = {rule.name for rule in recording.rules}
    expressions = [rule["expr"] for group in document.data["groups"] for rule in group["rules"]]
    # Only what has such a name anywhere is read.
    maybe = (promql.read(each) for each in expressions if any(recorded in each for recorded in made))
    if all(made.isdisjoint(each.metrics) for each in maybe):
        return document
    return attrs.evolve(document, note=f"Needs {name}, which records what its alerts compare.")


def compile_rule_file(
    groups: Sequence[RuleGroup],
    rendering: Rendering,
    settings: RuleSettings,
    path: PurePosixPath,
    declared_in: str,
    recording: Recording | None = None,
) -> Document:
    """Return the document of a rule file. Pure: the same groups give the same document everywhere.

    Args:
        groups: all groups that name this file.
        rendering: catalog and profile; each group's own filters are added as its scope.
        settings: from the configuration.
        path: where the compiled file belongs, relative to the project's root.
        declared_in: the declaration file, for the header.
        recording: what is recorded for the alerts; None for rules that ask exported series only.

    Raises:
        DeclarationError: a rule cannot be compiled; the message carries the place.
    """
    sources: dict[str, Origin] = {}
    left_out: list[LeftOut] = []
    data: list[dict[str, Any]] = []
    for group in groups:
        _check_scope(group, rendering)
    records = usable_records(groups, rendering, settings)
    for group in groups:
        rules: list[dict[str, Any]] = []
        group_pointer = f"/groups/{len(data)}"
        for rule in group.rules:
            if isinstance(rule, Objective):
                continue
            try:
                for encoded, level, computes in _compiled(rule, group, rendering, settings, records, recording):
                    pointer = f"{group_pointer}/rules/{len(rules)}"
                    rules.append(encoded)
                    named = _level_name(rule, group, level)
                    sources[pointer] = Origin(rule.source, rule.signal.name, named)
                    sources[f"{pointer}/expr"] = Origin(rule.signal.source, rule.signal.name, named, computes)
                    if level is not None:
                        sources[f"{pointer}/for"] = Origin(level.source, rule.signal.name, named)
                left_out.extend(_conditions_left_out(rule, group, rendering))
            except MissingInProfileError as error:
                # Without one of its conditions a rule would be another rule: it is left out as a whole.
                left_out.append(LeftOut("rule", rule.name, group.name, error.message, rule.source))
            except DeclarationError as error:
                raise type(error)(
                    f"rule {rule.name} of group {group.name!r}: {error.message}", error.source or rule.source
                ) from None
        own, *others = _of_objectives(group, rendering, settings, records, recording, left_out)
        for encoded, objective in own.rules:
            sources |= _origins(f"{group_pointer}/rules/{len(rules)}", objective)
            rules.append(encoded)
        if rules or not group.rules:
            sources[group_pointer] = Origin(group.source)
            data.append({"name": group.name, "interval": group.interval, "rules": rules})
        _append(others, group, data, sources)
    return Document(path, "rules", {"groups": data}, sources, declared_in, tuple(left_out))


def _append(
    compiled: Sequence[ObjectiveGroup], group: RuleGroup, data: list[dict[str, Any]], sources: dict[str, Origin]
) -> None:
    """Append groups of objectives' rules that have a pace of their own."""
    for other in compiled:
        pointer = f"/groups/{len(data)}"
        sources[pointer] = Origin(group.source)
        for number, (_, objective) in enumerate(other.rules):
            sources |= _origins(f"{pointer}/rules/{number}", objective)
        data.append({"name": other.name, "interval": other.interval, "rules": [rule for rule, _ in other.rules]})


def _origins(pointer: str, objective: Objective) -> dict[str, Origin]:
    return {
        pointer: Origin(objective.source, objective.signal.name),
        f"{pointer}/expr": Origin(objective.signal.source, objective.signal.name),
    }


def _of_objectives(
    group: RuleGroup,
    rendering: Rendering,
    settings: RuleSettings,
    records: Mapping[int, Recorded],
    recording: Recording | None,
    left_out: list[LeftOut],
) -> list[ObjectiveGroup]:
    """Return the compiled rules of a group's objectives, first those that are evaluated with the group's own."""
    own = ObjectiveGroup(group.name, group.interval, ())
    if not objectives_of(group):
        return [own]
    spelled = []
    for objective in objectives_of(group):
        alone = attrs.evolve(group, rules=[objective])
        try:
            objective_groups(alone, rendering, settings.connectors, recording, records)
            spelled.append(objective)
        except MissingInProfileError as error:
            left_out.append(LeftOut("rule", objective.name, group.name, error.message, objective.source))
        except DeclarationError as error:
            raise type(error)(
                f"objective {objective.name!r} of group {group.name!r}: {error.message}",
                error.source or objective.source,
            ) from None
    if not spelled:
        return [own]
    own, *others = objective_groups(
        attrs.evolve(group, rules=spelled), rendering, settings.connectors, recording, records
    )
    alerts = tuple(
        (alert, objective) for objective in spelled for alert in _burn_alerts(objective, group, rendering, settings)
    )
    return [attrs.evolve(own, rules=(*own.rules, *alerts)), *others]


def _burn_alerts(
    objective: Objective, group: RuleGroup, rendering: Rendering, settings: RuleSettings
) -> Iterator[dict[str, Any]]:
    labels = _labels_left(rendering.known(objective.signal.expressions), rendering)
    for severity in dict.fromkeys(burn.severity for burn in objective.burns):
        alert = burn_alert(objective, severity, group, rendering, labels)
        expression = burn_expression(objective, severity, rendering)
        promql.read(expression).check()
        variant = Variant(group.where, None, "0s")
        annotations = alert_annotations(alert, group, variant, rendering.within(group.where), settings)
        if not objective.runbook:
            words = "fast" if severity == objective.page else "slowly"
            annotations["runbook_url"] = f"{settings.runbook_url.rstrip('/')}/objectives.md#a-budget-burns-{words}"
        yield {
            "alert": alert.name,
            "expr": over_lines(expression),
            "labels": alert_labels(alert, group, settings),
            "annotations": annotations,
        }


def _check_scope(group: RuleGroup, rendering: Rendering) -> None:
    try:
        rendering.check_scope(group.where)
    except DeclarationError as error:
        raise DeclarationError(f"where of rule group {group.name!r}: {error.message}", group.source) from None


def _conditions_left_out(rule: Alert | Record, group: RuleGroup, rendering: Rendering) -> Iterator[LeftOut]:
    """Yield the conditions that a rule is compiled without, and what it does then."""
    if isinstance(rule.signal, Signal):
        for guarded, reason in guards_missing(rule.signal, rendering.within(group.where, group.rate_interval)):
            guard = guarded.guard
            text = f"{guard.name!r} cannot be asked, {guard.if_missing}: {reason}"
            yield LeftOut("condition of rule", rule.name, group.name, text, rule.source)


def usable_records(groups: Sequence[RuleGroup], rendering: Rendering, settings: RuleSettings) -> dict[int, Recorded]:
    """Return the recording rules of a file that other rules may ask, with this profile, instead of computing a signal.

    A recording rule that the profile leaves out has no series. Nor can one be asked whose series lack a label by which
    rules choose connectors: where the connector's kind is in the metrics' names, what is recorded has it nowhere.
    """
    found = records_of(groups)
    for group in groups:
        in_scope = rendering.within(group.where, group.rate_interval)
        for rule in group.rules:
            if isinstance(rule, Record) and id(rule.signal) in found:
                needed = [label for label in group.where if label in found[id(rule.signal)].labels]
                try:
                    _record(rule, in_scope, settings, {})
                except MissingInProfileError:
                    del found[id(rule.signal)]
                else:
                    if not all(rendering.profile.has_label(label, "debezium") for label in needed):
                        del found[id(rule.signal)]
    return found


def check_configuration(groups: Sequence[RuleGroup], settings: RuleSettings) -> None:
    """Refuse an override that names no alert of a project, or one that does not cover the connector.

    Raises:
        ConfigurationError: the message names the setting.
    """
    check_overrides(settings.connectors, groups, {group.name: alerts_of(group) for group in groups})


def _level_name(rule: Alert | Record, group: RuleGroup, level: Level | None) -> str:
    if isinstance(rule, Record) or level is None:
        return ""
    declared = rule.level(group.thresholds)
    if declared is None or declared.value != level.value:
        return ""  # the configuration's, and of no set
    return f"{(rule.thresholds or group.thresholds).name}/{level.name}"


def _compiled(
    rule: Alert | Record,
    group: RuleGroup,
    rendering: Rendering,
    settings: RuleSettings,
    records: Mapping[int, Recorded],
    recording: Recording | None,
) -> Iterator[tuple[dict[str, Any], Level | None, str]]:
    """Yield the rules that a declared rule becomes, with the level that each fires at, and what is recorded of it."""
    if isinstance(rule, Record):
        in_scope = rendering.within(group.where, group.rate_interval)
        yield _record(rule, in_scope, settings, records), None, ""
        return
    covered = variants(rule, group, settings.connectors)
    if not covered:
        raise MissingInProfileError(
            "no connector that it covers has a heartbeat_table in [tool.dashlib.connectors]", rule.source
        )
    for declared in covered:
        variant = declared if recording is None else declared.behind(group)
        in_scope = rendering.within(variant.where, group.rate_interval)
        recorded = None if recording is None else recording.of_alert(rule, variant.where, rendering)
        asked = records if recorded is None else {**records, id(rule): recorded}
        computes = "" if recorded is None else alert_expression(rule, group, variant.level, in_scope, {})
        encoded = _alert(rule, group, variant, in_scope, settings, asked)
        if recording is not None:
            encoded["expr"] += chosen_text(rule, variant, in_scope)
        yield encoded, variant.level, computes


def serialize(document: Document) -> bytes:
    """Return the bytes of a rule file: a header that names its source, then YAML in a fixed order."""
    from dashlib.compile.yaml_text import yaml_text

    header = f"{HEADER}{document.declared_in}: change that file, then run `{document.compiled_by}`.\n"
    header += f"# {document.note}\n" if document.note else ""
    return (header + yaml_text(document.data)).encode()


def _record(
    rule: Record, rendering: Rendering, settings: RuleSettings, records: Mapping[int, Recorded]
) -> dict[str, Any]:
    others = {signal: recorded for signal, recorded in records.items() if signal != id(rule.signal)}
    subject = rule.signal
    expression = (
        guard_expression(subject, rendering, others)
        if isinstance(subject, Guard)
        else signal_expression(subject, rendering, others)
    )
    encoded: dict[str, Any] = {"record": rule.name, "expr": expression}
    if rule.labels:
        encoded["labels"] = resolved_labels(rule.labels, settings, rule.source)
    return encoded


def _alert(
    alert: Alert,
    group: RuleGroup,
    variant: Variant,
    rendering: Rendering,
    settings: RuleSettings,
    records: Mapping[int, Recorded],
) -> dict[str, Any]:
    check_for_against_interval(
        variant.lasting, group, alert, variant.level.source if variant.level is not None else alert.source
    )
    encoded: dict[str, Any] = {
        "alert": alert.name,
        "expr": alert_expression(alert, group, variant.level, rendering, records),
    }
    if promql.duration_seconds(variant.lasting):
        encoded["for"] = variant.lasting
    encoded["labels"] = alert_labels(alert, group, settings)
    encoded["annotations"] = alert_annotations(alert, group, variant, rendering, settings)
    promql.read(encoded["expr"]).check_composed()
    return encoded


def alert_labels(alert: Alert, group: RuleGroup, settings: RuleSettings) -> dict[str, str]:
    """Return the labels of an alert: severity, the signal that it is about, and the owner's.

    Raises:
        ConfigurationError: the configuration has no value for one of them.
    """
    own = resolved_labels(group.labels, settings, group.source) | resolved_labels(alert.labels, settings, alert.source)
    return {"severity": alert.severity, "signal": alert.signal.name, **settings.alert_labels, **own}


def alert_annotations(
    alert: Alert, group: RuleGroup, variant: Variant, rendering: Rendering, settings: RuleSettings
) -> dict[str, str]:
    """Return the texts of an alert and its links, with Prometheus' own templates for what is known only when it fires.

    Raises:
        DeclarationError: an annotation names a label that the alert's expression drops.
    """
    fill = _texts(alert, variant, rendering)
    identity = rendering.identity_of(rendering.known(alert.signal.expressions))
    texts = {"summary": fill(in_cluster(alert, identity)), "description": fill(alert.description)}
    runbook = alert.runbook or alert.signal.runbook
    if runbook:
        texts["runbook_url"] = f"{settings.runbook_url.rstrip('/')}/{runbook}.md#{alert.name.lower()}"
    link = settings.panel_link(alert, group)
    if link is not None:
        labels = _labels_left(rendering.known(alert.signal.expressions), rendering)
        texts["dashboard_url"] = link.url + "".join(
            f"&var-{link.variables[label]}={{{{ $labels.{exported} | urlquery }}}}"
            for label, exported in labels.items()
            if label in link.variables
        )
    return texts


def in_cluster(alert: Alert, identity: Sequence[str]) -> str:
    """Return the summary of an alert with the labels of its cluster, unless the alert's texts name them themselves."""
    more = [label for label in identity if f"{{{label}}}" not in alert.summary + alert.description]
    if not more:
        return alert.summary
    end = "." if alert.summary.endswith(".") else ""
    return f"{alert.summary.removesuffix('.')} ({', '.join(f'{label} {{{label}}}' for label in more)}){end}"


def resolved_labels(labels: Mapping[str, LabelValue], settings: RuleSettings, source: Source) -> dict[str, str]:
    """Return labels with the configuration's values in the place of `Configured`.

    Raises:
        ConfigurationError: the configuration has no value for one of them.
    """
    resolved = {}
    for name, value in labels.items():
        if isinstance(value, Configured):
            if value.key not in settings.labels:
                near = nearest(value.key, settings.labels)
                hint = near if near.startswith("did you mean") else f'add {value.key} = "…" to it in pyproject.toml'
                raise ConfigurationError(
                    f"label {name!r} is Configured({value.key!r}), and [tool.dashlib.labels] has no {value.key!r}; "
                    f"{hint}",
                    source,
                )
            resolved[name] = settings.labels[value.key]
        else:
            resolved[name] = value
    return resolved


def _texts(alert: Alert, variant: Variant, rendering: Rendering) -> Callable[[str], str]:
    """Return a function that fills the placeholders of a summary or description."""
    values = {
        "for": readable_duration(promql.duration_seconds(variant.lasting)),
        "within": readable_duration(promql.duration_seconds(alert.condition.window)),
    }
    if alert.condition.kind != "absence":  # of what is gone there is no value
        values["value"] = _COUNT if alert.condition.kind == "change" else _value_template(alert.signal.unit)
    if variant.level is not None:
        values["threshold"] = readable(variant.level.value, alert.signal.unit)
    expression = rendering.known(alert.signal.expressions)
    labels = _labels_left(expression, rendering)
    missing = {f"{{{label}}}" for label in labels if not rendering.carries(label, expression)}

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in values:
            return values[name]
        if name not in labels:
            raise DeclarationError(
                f"the text names {{{name}}}, which the expression drops; it has {', '.join(sorted(labels))}, and "
                f"dashlib fills in {', '.join(sorted(values))}"
            )
        return f"{{{{ $labels.{labels[name]} }}}}"

    def filled(text: str) -> str:
        for label in _TEMPLATE_LABEL.findall(text):
            if label not in labels.values():
                raise DeclarationError(
                    f"the text names $labels.{label}, which the expression drops; it has "
                    f"{', '.join(sorted(labels.values()))}"
                )
        return _PLACEHOLDER.sub(fill, _without_asides(text, missing))

    return filled


def _without_asides(text: str, missing: Collection[str]) -> str:
    """Return a string without what it says in parentheses of labels that no series has: `(mysql)` would be `()`."""

    def kept(match: re.Match[str]) -> str:
        items = match[1].split(", ")
        left = [item for item in items if not any(placeholder in item for placeholder in missing)]
        if left == items:
            return match[0]
        return match[0].replace(match[1], ", ".join(left)) if left else ""

    return _IN_PARENTHESES.sub(kept, text)


def _labels_left(expression: str, rendering: Rendering) -> dict[str, str]:
    """Return the labels that the result of an expression has, their exported names by their logical ones."""
    kept = grouping_labels(expression)
    if not kept:
        metrics = [rendering.catalog.metric(name) for name in promql.read(expression).metrics]
        kept = (
            "job",
            *rendering.identity_of(expression),
            "instance",
            *(label for metric in metrics for label in metric.labels),
        )
    return {label: rendering.label(label, expression) for label in kept}


def _value_template(unit: str) -> str:
    """Return Prometheus' template for a value that a person reads, not 63.27300000003s."""
    if unit == "s":
        return "{{ $value | humanizeDuration }}"
    if unit == "percent":
        return '{{ $value | printf "%.1f" }} %'
    if unit in BYTES:
        return f"{{{{ $value | humanize{'1024' if unit == 'bytes' else ''} }}}}B"
    return "{{ $value | humanize }}"


def _described(document: Document) -> tuple[str, str]:
    groups = document.data["groups"]
    return ", ".join(group["name"] for group in groups), counted(sum(len(group["rules"]) for group in groups), "rule")


OUTPUT = Output(
    kind="rules",
    compile=compile_rule_files,
    serialize=serialize,
    mark=HEADER,
    schema="rule-file",
    holds="groups",
    described=_described,
    api_version="Prometheus 2",
)
