"""Prometheus rule files: from `RuleGroup`s to the YAML that Prometheus loads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

from dashlib import promql
from dashlib.alerting import Alert, Configured, LabelValue, Record, RuleGroup, check_for_against_interval
from dashlib.documents import Document, Origin
from dashlib.errors import ConfigurationError, DeclarationError
from dashlib.expressions import grouping_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import PurePosixPath

    from dashlib.expressions import Rendering
    from dashlib.signals import Condition, Level, Signal

# The marker by which a build knows a rule file that it wrote; a learner's own file does not begin so.
HEADER = "# Compiled by dashlib from "

_PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
_COUNT = '{{ $value | printf "%.0f" }}'
_SECONDS_IN = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


@attrs.frozen
class PanelLink:
    """The panel that an alert links to.

    Attributes:
        url: of the dashboard with this panel alone.
        variables: name of each of the dashboard's variables, by the logical label whose values it lists.
    """

    url: str
    variables: Mapping[str, str]


@attrs.frozen
class RuleSettings:
    """What rules take from the configuration.

    Attributes:
        labels: values of `Configured` labels, by key.
        runbook_url: URL of the folder that holds the runbooks.
        panel_link: returns the panel that an alert of a group links to; None if there is none.
    """

    labels: Mapping[str, str]
    runbook_url: str
    panel_link: Callable[[Alert, RuleGroup], PanelLink | None]


def compile_rule_file(
    groups: Sequence[RuleGroup], rendering: Rendering, settings: RuleSettings, path: PurePosixPath, declared_in: str
) -> Document:
    """Return the document of a rule file. Pure: the same groups give the same document everywhere.

    Args:
        groups: all groups that name this file.
        rendering: catalog and profile; each group's own filters are added as its scope.
        settings: from the configuration.
        path: where the compiled file belongs, relative to the project's root.
        declared_in: the declaration file, for the header.

    Raises:
        DeclarationError: a rule cannot be compiled; the message carries the place.
    """
    sources: dict[str, Origin] = {}
    data = []
    for group_index, group in enumerate(groups):
        in_scope = rendering.within(group.where, group.rate_interval)
        rules = []
        sources[f"/groups/{group_index}"] = Origin(group.source)
        for rule_index, rule in enumerate(group.rules):
            pointer = f"/groups/{group_index}/rules/{rule_index}"
            try:
                if isinstance(rule, Record):
                    rules.append(_record(rule, in_scope, settings))
                    sources[pointer] = Origin(rule.source, rule.signal.name)
                else:
                    encoded, level = _alert(rule, group, in_scope, settings)
                    rules.append(encoded)
                    named = f"{(rule.thresholds or group.thresholds).name}/{level.name}" if level is not None else ""
                    sources[pointer] = Origin(rule.source, rule.signal.name, named)
                    sources[f"{pointer}/expr"] = Origin(rule.signal.source, rule.signal.name, named)
                    if level is not None:
                        sources[f"{pointer}/for"] = Origin(level.source, rule.signal.name, named)
            except DeclarationError as error:
                raise type(error)(
                    f"rule {rule.name} of group {group.name!r}: {error.message}", error.source or rule.source
                ) from None
        data.append({"name": group.name, "interval": group.interval, "rules": rules})
    return Document(path, "rules", {"groups": data}, sources, declared_in)


def serialize(document: Document) -> bytes:
    """Return the bytes of a rule file: a header that names its source, then YAML in a fixed order."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """YAML as people write rule files: long texts as blocks, lists indented, no aliases."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
            return super().increase_indent(flow, indentless=False)

        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
            return True

    def represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)

    Dumper.add_representer(str, represent_text)
    header = f"{HEADER}{document.declared_in}: change that file, then run `make dashboards`.\n"
    body = yaml.dump(
        document.data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=False
    )
    return (header + body).encode()


def is_compiled(content: bytes) -> bool:
    """Tell whether a rule file was written by a build."""
    return content.startswith(HEADER.encode())


def _record(rule: Record, rendering: Rendering, settings: RuleSettings) -> dict[str, Any]:
    encoded: dict[str, Any] = {"record": rule.name, "expr": _expression(rule.signal, rendering)}
    if rule.labels:
        encoded["labels"] = _labels(rule.labels, settings)
    return encoded


def _alert(
    alert: Alert, group: RuleGroup, rendering: Rendering, settings: RuleSettings
) -> tuple[dict[str, Any], Level | None]:
    level = alert.level(group.thresholds)
    if level is not None:
        check_for_against_interval(level, group, alert)
    lasting = level.for_ if level is not None else alert.condition.for_
    fill = _texts(alert, level, lasting, rendering)
    annotations = {"summary": fill(alert.summary), "description": fill(alert.description)}
    runbook = alert.runbook or alert.signal.runbook
    if runbook:
        annotations["runbook_url"] = f"{settings.runbook_url.rstrip('/')}/{runbook}.md#{alert.name.lower()}"
    link = settings.panel_link(alert, group)
    if link is not None:
        annotations["dashboard_url"] = link.url + "".join(
            f"&var-{link.variables[label]}={{{{ $labels.{rendering.profile.label(label)} | urlquery }}}}"
            for label in grouping_labels(alert.signal.expression)
            if label in link.variables
        )
    encoded: dict[str, Any] = {
        "alert": alert.name,
        "expr": condition_expression(alert.condition, level, rendering, group.interval),
    }
    if promql.duration_seconds(lasting):
        encoded["for"] = lasting
    encoded["labels"] = {"severity": alert.severity, **_labels(alert.labels, settings)}
    encoded["annotations"] = annotations
    promql.parse(encoded["expr"])
    return encoded, level


def condition_expression(condition: Condition, level: Level | None, rendering: Rendering, interval: str) -> str:
    """Return the PromQL of a condition, by its kind.

    Args:
        condition: of an alert.
        level: the level that it names; None for an absence.
        rendering: of the alert's group.
        interval: how often the group is evaluated: the resolution of what looks back.
    """
    expression = _expression(condition.signal, rendering)
    if condition.kind == "absence":
        window = condition.window
        return f"last_over_time(({expression})[{window}:{interval}]) unless ({expression})"
    if level is None:
        raise DeclarationError(f"a {condition.kind} condition needs a level of a threshold set")
    value = f"{level.value:g}" if not float(level.value).is_integer() else str(int(level.value))
    if condition.kind == "change":
        return f"increase(({expression})[{condition.window}:{interval}]) > {value}"
    operator = {"above": ">", "below": "<", "equals": "=="}[level.direction]
    return f"{_comparable(expression)} {operator} {value}"


def _comparable(expression: str) -> str:
    """Return an expression that a comparison may follow: in parentheses where it has one, or a set operator, itself."""
    depth = 0
    for token in promql.tokenize(expression):
        if token.text in "([{":
            depth += 1
        elif token.text in ")]}":
            depth -= 1
        elif depth == 0 and token.text in {"and", "or", "unless", "==", "!=", ">", "<", ">=", "<="}:
            return f"({expression})"
    return expression


def _expression(signal: Signal, rendering: Rendering) -> str:
    expression = rendering.render(signal.expression, filter_unknown=signal.drops_unknown)
    for token in promql.tokenize(expression):
        if token.kind == "variable":
            raise DeclarationError(
                f"signal {signal.name!r} needs {token.text}, which only a Grafana dashboard has: Prometheus cannot "
                "evaluate it in a rule"
            )
    return expression


def _labels(labels: Mapping[str, LabelValue], settings: RuleSettings) -> dict[str, str]:
    resolved = {}
    for name, value in labels.items():
        if isinstance(value, Configured):
            if value.key not in settings.labels:
                raise ConfigurationError(
                    f"label {name!r} is Configured({value.key!r}), and [tool.dashlib.labels] has no {value.key!r}; add "
                    f'{value.key} = "…" to it in pyproject.toml'
                )
            resolved[name] = settings.labels[value.key]
        else:
            resolved[name] = value
    return resolved


def _texts(alert: Alert, level: Level | None, lasting: str, rendering: Rendering) -> Callable[[str], str]:
    """Return a function that fills the placeholders of a summary or description."""
    values = {
        "for": readable_duration(promql.duration_seconds(lasting)),
        "value": _COUNT if alert.condition.kind == "change" else _value_template(alert.signal.unit),
    }
    if level is not None:
        values["threshold"] = _readable(level.value, alert.signal.unit)

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        return values[name] if name in values else f"{{{{ $labels.{rendering.profile.label(name)} }}}}"

    return lambda text: _PLACEHOLDER.sub(fill, text)


def readable_duration(seconds: float) -> str:
    """Return a duration as a person says it: `90 seconds`, `5 minutes`, `2 hours`."""
    for unit, size in _SECONDS_IN:
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds:g} seconds"


def _readable(value: float, unit: str) -> str:
    if unit == "s":
        return readable_duration(value)
    if unit == "percent":
        return f"{value:g} %"
    return f"{value:g}"


def _value_template(unit: str) -> str:
    """Return Prometheus' template for a value that a person reads, not 63.27300000003s."""
    if unit == "s":
        return "{{ $value | humanizeDuration }}"
    if unit == "percent":
        return '{{ $value | printf "%.1f" }} %'
    if unit in ("bytes", "decbytes"):
        return "{{ $value | humanize1024 }}B"
    return "{{ $value | humanize }}"


def panel_url(grafana_url: str, uid: str, panel: int) -> str:
    """Return the URL of a dashboard with one of its panels alone."""
    return f"{grafana_url.rstrip('/')}/d/{uid}?viewPanel={panel}"
