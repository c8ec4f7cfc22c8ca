"""A rule file is one that Prometheus loads."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from dashlib import promql
from dashlib.documents.values import escaped, object_of
from dashlib.lint.findings import Check, did_you_mean, once_a_file
from dashlib.schemas import load_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Group, Lint, Linted, Rule

_DID_YOU_MEAN = "did you mean "


def _together(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yield a key that is written wrongly once a file: who writes `Expr` does so in each rule."""
    yield from once_a_file([problem for problem in problems if problem.suggestion.startswith(_DID_YOU_MEAN)])
    yield from (problem for problem in problems if not problem.suggestion.startswith(_DID_YOU_MEAN))


CHECK = Check(
    "rule-file",
    "error",
    "A rule file has only keys, names and durations that Prometheus accepts: one mistake, and it loads none of its "
    "rules.",
    peers=("promtool", "pint alerts/for"),
    together=_together,
)

# What the rulers of Thanos, Mimir and VictoriaMetrics (vmalert) take beside, and Prometheus does not.
_OF_RULERS = frozenset(
    {
        "partial_response_strategy", "source_tenants", "evaluation_delay", "align_evaluation_time_on_interval",
        "federated_groups", "remote_write", "type", "concurrency", "params", "headers", "notifier_headers", "debug",
        "eval_offset", "eval_delay", "eval_alignment", "extra_filter_labels", "tenant", "checksum",
        "update_entries_limit", "id",
    }
)  # fmt: skip
_OF_MIMIRTOOL = frozenset({"namespace"})


class _Holds(NamedTuple):
    """What a rule file may hold.

    Attributes:
        group: keys of a group.
        alert: keys of an alerting rule.
        record: keys of a recording rule.
        durations: those that are durations.
        label: pattern of a label's name.
        metric: pattern of the name of what is recorded.
    """

    group: tuple[str, ...]
    alert: tuple[str, ...]
    record: tuple[str, ...]
    durations: frozenset[str]
    label: str
    metric: str


@functools.cache
def _holds() -> _Holds:
    """Return what the JSON Schema of rule files says; the files of others need less than it wants of compiled ones."""
    schema = load_schema("rule-file")
    definitions = schema["$defs"]
    group = schema["properties"]["groups"]["items"]["properties"]
    alert, record = (definitions[name]["properties"] for name in ("alert_rule", "recording_rule"))
    keys = {**group, **alert, **record}
    return _Holds(
        tuple(group),
        tuple(alert),
        tuple(record),
        frozenset(key for key, value in keys.items() if value.get("$ref") == "#/$defs/duration"),
        definitions["label_name"]["pattern"],
        record["record"]["pattern"],
    )


def find(lint: Lint) -> Iterator[Problem]:
    """Yield everything for which Prometheus would not load a rule file."""
    for linted in lint.documents:
        if linted.document.kind != "rules" or linted.error is not None:
            continue
        if linted.is_surplus:
            yield linted.problem(
                "",
                "this is another YAML document: Prometheus reads only the first one of a rule file, and newer "
                "versions reject the file",
                suggestion="move its groups to the first one, or to a separate file",
            )
        yield from _file(linted)
    names: dict[tuple[int, str], Group] = {}
    for group in lint.groups:
        yield from _group(group, names)
        for rule in group.rules:
            yield from _rule(rule)


def _file(linted: Linted) -> Iterator[Problem]:
    data = linted.data
    for key in data:
        if key != "groups" and key not in _OF_MIMIRTOOL and not linted.prefix:
            yield linted.problem(f"/{key}", f"expected only the key groups in a rule file; found {key!r}")
    groups = data.get("groups")
    if groups is not None and not isinstance(groups, list):
        yield linted.problem(f"{linted.prefix}/groups", "groups must be a list")
        return
    for index, group in enumerate(groups or ()):
        pointer = f"{linted.prefix}/groups/{index}"
        if not isinstance(group, dict):
            yield linted.problem(
                pointer, f"a group must be a mapping with keys such as name and rules; found {group!r}"
            )
            continue
        rules = group.get("rules")
        if rules is not None and not isinstance(rules, list):
            yield linted.problem(f"{pointer}/rules", "rules must be a list")
            continue
        for number, rule in enumerate(rules or ()):
            if not isinstance(rule, dict):
                yield linted.problem(
                    f"{pointer}/rules/{number}",
                    f"a rule must be a mapping with keys such as alert and expr; found {rule!r}",
                )


def _group(group: Group, names: dict[tuple[int, str], Group]) -> Iterator[Problem]:
    linted = group.linted
    if not group.name:
        yield linted.problem(group.pointer, "this group has no name")
    other = names.setdefault((id(linted), group.name), group)
    if other is not group and group.name:
        yield linted.problem(f"{group.pointer}/name", f"two groups of the file are named {group.name!r}")
    yield from _keys(linted, group.pointer, group.data, _holds().group, "a group")
    yield from _durations(linted, group.pointer, group.data)
    limit = group.data.get("limit")
    if limit is not None and not re.fullmatch(r"[+-]?\d+", str(limit)):
        yield linted.problem(f"{group.pointer}/limit", f"limit must be an integer; found {limit!r}")
    yield from _labels(linted, group.pointer, group.data, "labels")


def _rule(rule: Rule) -> Iterator[Problem]:
    linted, pointer, data = rule.linted, rule.pointer, rule.data
    has_alert, has_record = bool(data.get("alert")), bool(data.get("record"))
    if has_alert == has_record:
        what = "both alert and record" if has_alert else "neither alert nor record"
        yield linted.problem(pointer, f"a rule must have either alert or record; this one has {what}")
        return
    yield from _keys(linted, pointer, data, _holds().alert if has_alert else _holds().record, f"the rule {rule.name}")
    if not rule.query.expression.strip() and not rule.has_keys_in_capitals:
        yield linted.problem(pointer, f"the rule {rule.name} has no expr")
    if has_record and not re.fullmatch(_holds().metric, rule.name):
        yield linted.problem(f"{pointer}/record", f"{rule.name!r} is not a valid metric name")
    yield from _durations(linted, pointer, data)
    for key in ("labels", "annotations"):
        yield from _labels(linted, pointer, data, key)
    node = rule.query.tree
    if node is not None and not rule.query.type_of(node).is_vector and not _is_scalar(rule):
        yield rule.query.problem(f"the rule {rule.name} returns a string, not series")


def _is_scalar(rule: Rule) -> bool:
    from dashlib.promql.tree import Text

    return not isinstance(rule.query.tree, Text)


def _keys(
    linted: Linted, pointer: str, data: Mapping[str, Any], known: tuple[str, ...], what: str
) -> Iterator[Problem]:
    for key in data:
        if key in known or key in _OF_RULERS:
            continue
        yield linted.problem(
            f"{pointer}/{escaped(key)}",
            f"{what} has no key {key!r}",
            suggestion=did_you_mean(key.lower(), known) or f"it has: {', '.join(known)}",
        )


def _durations(linted: Linted, pointer: str, data: Mapping[str, Any]) -> Iterator[Problem]:
    for key, value in data.items():
        if value is None or key not in _holds().durations:
            continue
        try:
            promql.duration_seconds(str(value))
        except ValueError as error:
            yield linted.problem(f"{pointer}/{key}", f"{key}: {error}")


def _labels(linted: Linted, pointer: str, data: Mapping[str, Any], key: str) -> Iterator[Problem]:
    value = data.get(key)
    if value is None:
        return
    if not isinstance(value, dict):
        yield linted.problem(f"{pointer}/{key}", f"{key} must be a mapping of names to strings; found {value!r}")
        return
    for name, text in object_of(value).items():
        place = f"{pointer}/{key}/{escaped(name)}"
        if not re.fullmatch(_holds().label, name) or (key == "labels" and name == "__name__"):
            yield linted.problem(place, f"{name!r} is not a valid {'label' if key == 'labels' else 'annotation'} name")
        if isinstance(text, dict | list):
            yield linted.problem(place, f"{key} {name} must be a string")
