"""What the compiler may do wrong: the table of the mutations.

Each names the one function (or value) of the compiler that it replaces; `make mutants` fails where that is gone.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import attrs

from tests.mutants.mutating import Mutation, instead, with_result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


# --- helpers ----------------------------------------------------------------------------------------------------


def _text(pattern: str, replacement: str | Callable[[re.Match[str]], str]) -> Callable[[Any], Any]:
    """Return the change that replaces something in the PromQL that a function returns."""
    found = re.compile(pattern)
    return with_result(lambda text: found.sub(replacement, text))


def _words(**words: str) -> Callable[[Any], Any]:
    """Return the change that exchanges functions and operators in the PromQL that a function returns."""
    return _text(rf"\b({'|'.join(words)})(?= ?[(b])", lambda match: words[match[1]])


def _rule(convert: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Callable[[Any], Any]:
    """Return the change that converts a compiled rule."""
    return with_result(lambda rule: {key: value for key, value in convert(rule).items() if value is not None})


def _constant(value: object) -> Callable[[Any], Any]:
    return lambda _original: value


def _in_annotations(convert: Callable[[dict[str, str]], Mapping[str, str]]) -> Callable[[Any], Any]:
    return with_result(lambda texts: dict(convert(texts)))


def _rotated(table: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return a table in which each key has the next one's value."""
    values = list(table.values())
    return dict(zip(table, values[1:] + values[:1], strict=True))


def _without_item(items: Any, position: int) -> Any:
    """Return items without one; a single one stays."""
    kept = [item for index, item in enumerate(items) if index != position % max(len(items), 1)]
    return type(items)(kept) if kept or isinstance(items, tuple) else items


def _turned(guarded: Any) -> Any:
    return attrs.evolve(guarded, keyword={"and": "unless", "unless": "and"}[guarded.keyword])


def _turned_at(position: int) -> Callable[[Any], Any]:
    return with_result(
        lambda held: tuple(_turned(each) if index == position else each for index, each in enumerate(held))
    )


def _inside(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the change of a guard that is held against each series."""
    return instead(lambda original, expression, guarded, rendering: original(expression, change(guarded), rendering))


def _all_labels_joined(original: Any, signal: Any, guard: Any, rendering: Any) -> Any:
    from dashlib.compile.rendering import grouping_labels

    labels = [rendering.label(label, signal.expression) for label in grouping_labels(signal.expression)]
    return list(dict.fromkeys((*original(signal, guard, rendering), *labels)))


def _without_labels(position: int) -> Callable[[Any], Any]:
    def change(guarded: Any) -> Any:
        return attrs.evolve(guarded, guard=attrs.evolve(guarded.guard, on=_without_item(guarded.guard.on, position)))

    return change


def _scope(convert: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Callable[[Any], Any]:
    """Return the change of the filters that the scope puts on each selector."""
    return instead(
        lambda original, rendering, *args, **more: original(
            attrs.evolve(rendering, scope=convert(rendering.scope)), *args, **more
        )
    )


def _scope_without(label: str) -> Callable[[Any], Any]:
    return _scope(lambda scope: {name: match for name, match in scope.items() if name != label})


def _level(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the change of the level that an alert is compared with."""
    return instead(
        lambda original, alert, group, level, *more: original(
            alert, group, None if level is None else convert(level), *more
        )
    )


def _level_times(factor: float) -> Callable[[Any], Any]:
    return _level(lambda level: attrs.evolve(level, **{level.direction: level.value * factor or 1.0}))


def _crossed_level(original: Any, alert: Any, group: Any, connectors: Any) -> Any:
    """Return the variants of an alert at the level of the other severity, where there is one."""
    thresholds = alert.thresholds or group.thresholds
    found = []
    for variant in original(alert, group, connectors):
        others = [each for each in thresholds.levels_of(alert.signal) if each.name != alert.condition.level]
        found.append(attrs.evolve(variant, level=others[0]) if variant.level and others else variant)
    return found


def _seconds(duration: str) -> float:
    from dashlib.promql import duration_seconds

    return duration_seconds(duration)


def _for_evaluations(by: int) -> Callable[[Any], Any]:
    """Return the change of a rule's `for` by some evaluations of its group."""

    def change(original: Any, alert: Any, group: Any, *more: Any) -> Any:
        rule = original(alert, group, *more)
        if "for" not in rule:
            return rule
        return {**rule, "for": f"{int(_seconds(rule['for']) + by * _seconds(group.interval))}s"}

    return instead(change)


def _evaluated_half_as_often(document: Any) -> Any:
    """Return a rule file whose groups have twice their interval."""
    for group in document.data["groups"]:
        group["interval"] = f"{int(2 * _seconds(group['interval']))}s"
    return document


def _others_as_first(**names: str) -> Callable[[Any], Any]:
    """Return the change that gives an override's rules what the common rule has."""

    def convert(found: list[Any]) -> list[Any]:
        taken = {own: getattr(found[0], own) for own in names.values()}
        return [found[0], *(attrs.evolve(variant, **taken) for variant in found[1:])]

    return with_result(lambda found: convert(found) if len(found) > 1 else found)


def _common_where(original: Any, alert: Any, group: Any, connectors: Any) -> Any:
    found = original(alert, group, connectors)
    if alert.heartbeat_table or not found:
        return found
    return [attrs.evolve(found[0], where=group.where), *found[1:]]


def _not_disabled(original: Any, alert: Any, group: Any, override: Any, *more: Any) -> Any:
    enabled = {name: attrs.evolve(each, enabled=True) for name, each in override.alerts.items()}
    return original(alert, group, attrs.evolve(override, alerts=enabled), *more)


def _labels(convert: Callable[[dict[str, str]], Mapping[str, str]]) -> Callable[[Any], Any]:
    return with_result(lambda labels: dict(convert(labels)))


#: A metric of so many kinds of connectors, at most, is one of few.
_FEW = 3
_OTHERWISE = {"and": " unless", "unless": " and"}
_CROSSED = {"critical": "warning", "warning": "critical", "info": "critical"}
_LONG_NUMBER = r"(?<= )\d{7,}(?= |$|\))"
_BY_LABELS = r"\b(by|without) \(([^)]*)\)"


def _by_without(position: int) -> Callable[[Any], Any]:
    def fewer(match: re.Match[str]) -> str:
        return f"{match[1]} ({', '.join(_without_item(match[2].split(', '), position))})"

    return _text(_BY_LABELS, fewer)


def _by_window(original: Any, whole: Any, seconds: int) -> Any:
    from dashlib.promql import duration_seconds, format_duration

    text = original(whole, seconds)
    return text.replace("avg_over_time", "sum_over_time") + f" / {duration_seconds(format_duration(seconds)) / 30:g}"


def _each_rule(pattern: str, replacement: str) -> Callable[[Any], Any]:
    """Return the change that replaces something in the PromQL of rules."""
    return with_result(lambda rules: [{**rule, "expr": re.sub(pattern, replacement, rule["expr"])} for rule in rules])


def _slower(groups: Any) -> Any:
    """Return an objective's groups with the sums over an hour evaluated every half an hour."""
    return [attrs.evolve(each, interval="30m" if each.interval == "1h" else each.interval) for each in groups]


def _crossed_records(original: Any, *args: Any) -> Any:
    """Return recording rules of which each stands for the next one's signal, among those of the same labels."""
    found = original(*args)
    crossed = dict(found)
    by_labels = itertools.groupby(sorted(found, key=lambda key: found[key].labels), lambda key: found[key].labels)
    for _, keys in by_labels:
        crossed |= _rotated({key: found[key] for key in keys})
    return crossed


def _crossed_alert(original: Any, recording: Any, *args: Any) -> Any:
    """Return what another alert compares, of those that have the same labels."""
    found = original(recording, *args)
    if found is None:
        return None
    alike = list(dict.fromkeys(each for each in recording.alerts.values() if each.labels == found.labels))
    return alike[(alike.index(found) + 1) % len(alike)]


def _records_of(groups: Any) -> Any:
    from dashlib.compile.conditions import records_of

    return records_of(groups)


def _first_named(match: Any) -> str:
    """Return the value of a filter, of one that names several only the first."""
    return str(match.value.partition("|")[0] if match.operator == "=~" else match.value)


def _tenfold_of_few_kinds(original: Any, profile: Any, metric: Any) -> Any:
    scale = original(profile, metric)
    return scale * 10 if 0 < len(metric.connectors) <= _FEW else scale


def _crossed_for(original: Any, alert: Any, group: Any, connectors: Any) -> Any:
    """Return the variants of an alert with the `for` of the other severity, where there is one."""
    thresholds = alert.thresholds or group.thresholds
    found = []
    for variant in original(alert, group, connectors):
        others = thresholds.levels_of(alert.signal) if variant.level else []
        lasting = next((each.for_ for each in others if each.name != alert.condition.level), variant.lasting)
        found.append(attrs.evolve(variant, lasting=lasting))
    return found


def _texts_of_first_rule(original: Any) -> Any:
    """Return the function that fills texts as for the first rule that each alert becomes."""
    first: dict[tuple[str, str], Any] = {}

    def replacement(alert: Any, variant: Any, rendering: Any) -> Any:
        common = first.setdefault((alert.name, str(alert.source)), variant)
        told = attrs.evolve(variant, level=common.level, lasting=common.lasting)
        return original(alert, told, rendering)

    return replacement


def _all_events_bad(original: Any, *args: Any) -> Iterator[Any]:
    events, bad = original(*args)
    yield from (events, {**bad, "expr": events["record"]})


def _lasting_twice_as_long(original: Any, objective: Any, *more: Any) -> Any:
    alert = original(objective, *more)
    period = f" / 100 * {objective.period} / "
    twice = f" / 100 * {2 * objective.period} / "
    return attrs.evolve(alert, description=alert.description.replace(period, twice))


def _description_of_last(original: Any) -> Any:
    """Return the function that gives each alert the description of the one before."""
    last: dict[str, str] = {}

    def replacement(*args: Any) -> Any:
        texts = original(*args)
        told = {**texts, **last}
        last["description"] = texts["description"]
        return told

    return replacement


def _evaluated_as_the_first(document: Any) -> Any:
    for group in document.data["groups"]:
        group["interval"] = document.data["groups"][0]["interval"]
    return document


def _before_guards(text: str) -> str:
    """Return an expression up to its first guard that stands in no brackets."""
    guards = [each.start() for each in re.finditer(r" (?:unless|and) on ", text)]
    return text[: next((at for at in guards if text.count("(", 0, at) == text.count(")", 0, at)), None)]


RENDER = "dashlib.compile.rendering.Rendering.render"
ALERT = "dashlib.compile.outputs.rule_yaml._alert"
VARIANTS = "dashlib.compile.coverage.variants"
GUARDS = "dashlib.compile.conditions.guards_held"
ANNOTATIONS = "dashlib.compile.outputs.rule_yaml.alert_annotations"
LABELS = "dashlib.compile.outputs.rule_yaml.alert_labels"
OBJECTIVES = "dashlib.compile.objectives"
BURN, AVERAGE = f"{OBJECTIVES}.burn_expression", f"{OBJECTIVES}._Whole.average"
OTEL, IN_NAMES, RENAMED = ("debezium-server-otel",), ("rhel-connect",), ("debezium-examples",)
GRAFANA = "dashlib.compile.outputs.grafana_alerting"

MUTATIONS: tuple[Mutation, ...] = (
    # --- scales
    Mutation(
        "scale-tenfold",
        "makes every scale ten times too large",
        "dashlib.compile.rendering._scale_text",
        instead(lambda original, scale: original(scale * 10)),
    ),
    Mutation("scale-dropped", "scales nothing", "dashlib.compile.rendering._scale_text", with_result(lambda _text: "")),
    Mutation(
        "scale-inverted",
        "multiplies where it should divide",
        "dashlib.compile.rendering._scale_text",
        instead(lambda original, scale: original(1 / scale)),
    ),
    Mutation(
        "scale-read-tenfold",
        "reads every scale ten times too large from the catalog",
        "dashlib.metrics.profiles.Profile.scale",
        with_result(lambda scale: scale * 10 if scale != 1 else scale),
    ),
    Mutation(
        "scale-of-profile-ignored",
        "takes the catalog's scale where the profile has another",
        "dashlib.metrics.profiles.Profile.scale",
        instead(lambda _original, _profile, metric: metric.scale),
        OTEL,
    ),
    Mutation(
        "scale-around-all",
        "scales what stands around the metric, too",
        "dashlib.compile.rendering._scales_as_a_whole",
        with_result(lambda _whole: True),
    ),
    Mutation(
        "scale-of-range-dropped",
        "does not scale what a function makes of a range",
        "dashlib.compile.rendering._scaled_call",
        with_result(lambda _insertions: []),
    ),
    Mutation(
        "parentheses-of-scale-forgotten",
        "puts a scale where it applies to something else",
        "dashlib.compile.rendering._stands_alone",
        with_result(lambda _alone: True),
    ),
    # --- guards
    Mutation("guards-dropped", "drops all guards", GUARDS, with_result(lambda _held: ())),
    Mutation("guard-1-dropped", "drops the first guard", GUARDS, with_result(lambda held: held[1:])),
    Mutation("guard-2-dropped", "drops the second guard", GUARDS, with_result(lambda held: held[:1] + held[2:])),
    Mutation("guard-3-dropped", "drops the third guard", GUARDS, with_result(lambda held: held[:2] + held[3:])),
    Mutation(
        "guards-inverted",
        "takes `and` for `unless` and the other way round",
        GUARDS,
        with_result(lambda held: tuple(map(_turned, held))),
    ),
    Mutation("guard-1-inverted", "turns the first guard round", GUARDS, _turned_at(0)),
    Mutation("guard-2-inverted", "turns the second guard round", GUARDS, _turned_at(1)),
    Mutation("guard-3-inverted", "turns the third guard round", GUARDS, _turned_at(2)),
    Mutation(
        "guard-joined-without-first",
        "joins guards without the first label",
        "dashlib.compile.conditions.joined_labels",
        with_result(lambda labels: labels[1:]),
    ),
    Mutation(
        "guard-joined-without-last",
        "joins guards without the last label",
        "dashlib.compile.conditions.joined_labels",
        with_result(lambda labels: labels[:-1]),
    ),
    Mutation(
        "guard-joined-by-nothing",
        "joins guards with whatever there is",
        "dashlib.compile.conditions.joined_labels",
        with_result(lambda _labels: []),
    ),
    Mutation(
        "guard-joined-by-too-much",
        "joins guards by every label of the signal",
        "dashlib.compile.conditions.joined_labels",
        instead(_all_labels_joined),
    ),
    Mutation(
        "inner-guard-dropped",
        "drops guards that are held against each series",
        "dashlib.compile.conditions._filter_each",
        instead(lambda _original, expression, _guarded, _rendering: expression),
    ),
    Mutation(
        "inner-guard-inverted",
        "turns guards round that are held against each series",
        "dashlib.compile.conditions._filter_each",
        _inside(_turned),
    ),
    Mutation(
        "inner-guard-joined-without-last",
        "joins guards of each series without the last label",
        "dashlib.compile.conditions._filter_each",
        _inside(_without_labels(-1)),
    ),
    Mutation(
        "inner-guard-joined-without-server",
        "joins guards of each series without the topic prefix",
        "dashlib.compile.conditions._filter_each",
        _inside(_without_labels(2)),
    ),
    Mutation(
        "inner-guard-outside",
        "holds guards of each series against the whole",
        GUARDS,
        with_result(
            lambda held: tuple(attrs.evolve(each, guard=attrs.evolve(each.guard, each=False)) for each in held)
        ),
    ),
    Mutation(
        "guard-not-compared",
        "takes a guard for held whatever its value",
        "dashlib.compile.conditions.guard_expression",
        _text(r" (==|!=|<=?|>=?) [\d.]+$", ""),
    ),
    Mutation(
        "guard-compared-inclusively",
        "takes a guard for held at its own limit",
        "dashlib.compile.conditions.guard_expression",
        _text(r" ([<>]) (?=[\d.]+$)", r" \1= "),
    ),
    Mutation(
        "guard-compared-the-other-way",
        "compares a guard the other way",
        "dashlib.compile.conditions.guard_expression",
        _text(r" (==|<|>) (?=[\d.]+$)", lambda match: {"==": " != ", "<": " > ", ">": " < "}[match[1]]),
    ),
    # --- sentinels
    Mutation(
        "sentinel-kept",
        "does not filter the value that means unknown",
        RENDER,
        instead(lambda original, *args, **more: original(*args, **{**more, "filter_unknown": False})),
    ),
    Mutation(
        "sentinel-of-guards-kept",
        "does not filter the value that means unknown in guards",
        "dashlib.compile.conditions.guard_expression",
        instead(lambda original, guard, *more: original(attrs.evolve(guard, drops_unknown=False), *more)),
    ),
    Mutation(
        "sentinel-scaled",
        "filters the scaled value that means unknown before it scales",
        "dashlib.metrics.profiles.Profile.unknown",
        instead(lambda original, profile, metric: tuple(each * metric.scale for each in original(profile, metric))),
    ),
    Mutation(
        "sentinel-of-profile-ignored",
        "filters -1 where the exporter gives -0.001",
        "dashlib.metrics.profiles.Profile.unknown",
        instead(lambda _original, _profile, metric: metric.unknown),
        OTEL,
    ),
    Mutation(
        "zero-filtered",
        "filters 0 like the value that means unknown",
        "dashlib.metrics.profiles.Profile.unknown",
        with_result(lambda unknown: (*unknown, 0) if unknown else unknown),
    ),
    # --- scope
    Mutation(
        "scope-dropped",
        "drops the filters of rule groups",
        "dashlib.compile.rendering.Rendering.matchers",
        _scope(lambda _: {}),
    ),
    Mutation(
        "scope-of-plugin-dropped",
        "drops the filter of kinds of connectors",
        "dashlib.compile.rendering.Rendering.matchers",
        _scope_without("plugin"),
    ),
    Mutation(
        "scope-of-server-dropped",
        "drops the filter of connectors",
        "dashlib.compile.rendering.Rendering.matchers",
        _scope_without("server"),
    ),
    Mutation(
        "scope-inverted",
        "takes what the scope leaves out",
        "dashlib.compile.rendering.Rendering.matchers",
        _scope(
            lambda scope: {
                label: attrs.evolve(match, operator={"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}[match.operator])
                for label, match in scope.items()
            }
        ),
    ),
    Mutation(
        "scope-of-records-dropped",
        "drops the filters on what is recorded",
        "dashlib.compile.rendering.Rendering.recorded",
        _scope(lambda _scope: {}),
    ),
    Mutation(
        "own-filters-dropped",
        "drops the filters of expressions themselves",
        "dashlib.compile.rendering._selector_text",
        instead(lambda original, rendering, metric, _own: original(rendering, metric, [])),
    ),
    Mutation(
        "own-filters-inverted",
        "turns the filters of expressions round",
        "dashlib.compile.rendering._selector_text",
        instead(
            lambda original, rendering, metric, own: original(
                rendering, metric, [each._replace(operator="!=") if each.operator == "=" else each for each in own]
            )
        ),
    ),
    Mutation(
        "scope-not-in-the-name",
        "forgets the scope where the connector's kind is in the metric's name",
        "dashlib.compile.rendering._name_matchers",
        instead(lambda original, names, metric, inside: original(names, metric, dict.fromkeys(inside, ()))),
        IN_NAMES,
    ),
    Mutation(
        "told-apart-forgotten",
        "forgets what tells metrics of one exported name apart",
        "dashlib.metrics.profiles.Profile.matchers",
        with_result(lambda _matchers: {}),
        OTEL,
    ),
    Mutation(
        "labels-not-renamed",
        "leaves the labels in `by (…)` as they are declared",
        "dashlib.compile.rendering._renamed_grouping_labels",
        with_result(lambda _replacements: []),
        (*OTEL, *RENAMED),
    ),
    Mutation(
        "filters-not-renamed",
        "leaves all labels as they are declared",
        "dashlib.metrics.profiles.Profile.label",
        instead(lambda _original, _profile, label, _family="": label),
        (*OTEL, *RENAMED),
    ),
    Mutation(
        "other-spellings-forgotten",
        "knows only the first of several spellings of a metric",
        "dashlib.metrics.profiles.Profile.names",
        with_result(lambda names: names[:1]),
        OTEL,
    ),
    Mutation(
        "other-metric",
        "takes the last of several ways to ask for a signal",
        "dashlib.compile.rendering.Rendering.known",
        instead(lambda _original, rendering, expressions: rendering.expanded(expressions[-1])),
    ),
    # --- comparison
    Mutation(
        "comparison-flipped",
        "compares the other way",
        "dashlib.compile.conditions._OPERATORS",
        _constant({"above": "<", "below": ">", "equals": "!="}),
    ),
    Mutation(
        "comparison-inclusive",
        "fires at the level itself",
        "dashlib.compile.conditions._OPERATORS",
        _constant({"above": ">=", "below": "<=", "equals": "=="}),
    ),
    Mutation(
        "state-at-least",
        "takes a state for a level",
        "dashlib.compile.conditions._OPERATORS",
        _constant({"above": ">", "below": "<", "equals": ">="}),
    ),
    Mutation(
        "comparison-dropped",
        "fires whatever the value",
        "dashlib.compile.conditions._guarded",
        instead(
            lambda original, signal, rendering, records, _comparison, within: original(
                signal, rendering, records, "", within
            )
        ),
    ),
    Mutation(
        "level-tenfold",
        "compares with ten times the level",
        "dashlib.compile.conditions.alert_expression",
        _level_times(10),
    ),
    Mutation(
        "level-slightly-high",
        "compares with a level that is a hundredth too high",
        "dashlib.compile.conditions.alert_expression",
        _level_times(1.01),
    ),
    Mutation(
        "level-slightly-low",
        "compares with a level that is a hundredth too low",
        "dashlib.compile.conditions.alert_expression",
        _level_times(0.99),
    ),
    Mutation(
        "level-rounded",
        "keeps six digits of a level",
        "dashlib.compile.conditions.alert_expression",
        _text(_LONG_NUMBER, lambda match: f"{float(match[0]):g}"),
    ),
    Mutation("level-crossed", "takes the level of another severity", VARIANTS, instead(_crossed_level)),
    Mutation(
        "level-found-crossed",
        "finds the level of another severity in the threshold set",
        "dashlib.declare.thresholds.ThresholdSet.level",
        instead(
            lambda original, thresholds, signal, name: next(
                (each for each in thresholds.levels_of(signal) if each.name != name and each.direction != "equals"),
                original(thresholds, signal, name),
            )
        ),
    ),
    Mutation(
        "parentheses-of-comparison-forgotten",
        "compares the last operand instead of the whole",
        "dashlib.compile.conditions.operand",
        instead(lambda _original, expression: expression),
    ),
    # --- time
    Mutation("for-longer", "fires one evaluation late", ALERT, _for_evaluations(1)),
    Mutation("for-shorter", "fires one evaluation early", ALERT, _for_evaluations(-1)),
    Mutation("for-dropped", "fires at once", ALERT, _rule(lambda rule: {**rule, "for": None})),
    Mutation(
        "for-in-seconds",
        "takes the minutes of `for` for seconds",
        ALERT,
        _rule(lambda rule: {**rule, "for": re.sub(r"m$", "s", rule["for"]) if "for" in rule else None}),
    ),
    Mutation("fires-on", "fires on after it is over", ALERT, _rule(lambda rule: {**rule, "keep_firing_for": "10m"})),
    Mutation(
        "interval-doubled",
        "has groups evaluated half as often",
        "dashlib.compile.outputs.rule_yaml.compile_rule_file",
        with_result(_evaluated_half_as_often),
    ),
    # --- windows
    Mutation(
        "window-of-change-ignored",
        "takes a counter's growth over five minutes, whatever is said",
        "dashlib.compile.conditions._grows_within",
        with_result(lambda window: window and "5m"),
    ),
    Mutation(
        "window-of-change-doubled",
        "takes a counter's growth over twice the window",
        "dashlib.compile.conditions._grows_within",
        with_result(lambda window: window and f"{int(2 * _seconds(window))}s"),
    ),
    Mutation(
        "window-of-absence-doubled",
        "looks back twice as far for what is gone",
        "dashlib.compile.conditions._recorded_absence",
        _text(r"- (\d+)$", lambda match: f"- {2 * int(match[1])}"),
    ),
    Mutation(
        "window-of-absence-short",
        "looks back a tenth as far for what is gone",
        "dashlib.compile.conditions._recorded_absence",
        _text(r"- (\d+)$", lambda match: f"- {int(match[1]) // 10}"),
    ),
    Mutation(
        "subquery-doubled",
        "doubles the windows of subqueries",
        RENDER,
        _text(r"\[(\d+)m:", lambda match: f"[{2 * int(match[1])}m:"),
    ),
    Mutation(
        "range-of-past-shortened",
        "shortens how far max_over_time looks back",
        RENDER,
        _text(r"\[(\d+)([hd])\]", lambda match: f"[{int(match[1])}m]"),
    ),
    Mutation("offset-dropped", "drops `offset`", RENDER, _text(r" offset \d+\w", "")),
    Mutation(
        "offset-doubled",
        "looks back twice as far by `offset`",
        RENDER,
        _text(r" offset (\d+)(\w)", lambda match: f" offset {2 * int(match[1])}{match[2]}"),
    ),
    # --- functions
    Mutation(
        "max-for-min",
        "takes the smallest for the largest, and the other way round",
        RENDER,
        _words(max="min", min="max"),
    ),
    Mutation("sum-for-max", "adds up where it should take the largest", RENDER, _words(max="sum")),
    Mutation("max-for-sum", "takes the largest where it should add up", RENDER, _words(sum="max")),
    Mutation("avg-for-max", "takes the mean where it should take the largest", RENDER, _words(max="avg")),
    Mutation("avg-for-min", "takes the mean where it should take the smallest", RENDER, _words(min="avg")),
    Mutation("group-for-count", "finds where it should count", RENDER, _words(count="group")),
    Mutation("rate-for-increase", "takes a rate for growth", RENDER, _words(increase="rate")),
    Mutation("increase-for-rate", "takes growth for a rate", RENDER, _words(rate="increase")),
    Mutation("delta-for-increase", "takes a reset for growth downwards", RENDER, _words(increase="delta")),
    Mutation("irate-for-rate", "takes the last two samples for the window", RENDER, _words(rate="irate")),
    Mutation("changes-for-resets", "counts every change as a reset", RENDER, _words(resets="changes")),
    Mutation("delta-for-deriv", "takes a difference for a slope", RENDER, _words(deriv="delta")),
    Mutation(
        "min-over-time", "takes the smallest of a time for the largest", RENDER, _words(max_over_time="min_over_time")
    ),
    Mutation(
        "last-over-time", "takes the last of a time for the largest", RENDER, _words(max_over_time="last_over_time")
    ),
    Mutation("by-first-dropped", "drops the first label of `by (…)`", RENDER, _by_without(0)),
    Mutation("by-second-dropped", "drops the second label of `by (…)`", RENDER, _by_without(1)),
    Mutation("by-last-dropped", "drops the last label of `by (…)`", RENDER, _by_without(-1)),
    Mutation(
        "join-last-dropped", "drops the last label of `on (…)`", RENDER, _text(r"\bon \((.+?), \w+\)", r"on (\1)")
    ),
    Mutation(
        "last-join-last-dropped",
        "drops the last label of the last of several `on (…)`",
        RENDER,
        _text(r"(?s)(\bon \(.*\bon \([^)]+), \w+\)", r"\1)"),
    ),
    Mutation("by-dropped", "drops `by (…)`", RENDER, _text(_BY_LABELS + " ", "")),
    Mutation("by-instance", "adds a label to `by (…)`", RENDER, _text(r"\bby \(", "by (instance, ")),
    Mutation(
        "never-gone",
        "fires for what is there",
        "dashlib.compile.recording.asking_records",
        _text(r"(:last_seen) unless [\w:]+", r"\1"),
    ),
    # --- recording rules
    Mutation(
        "record-crossed",
        "asks another recording rule",
        "dashlib.compile.outputs.rule_yaml.usable_records",
        instead(_crossed_records),
    ),
    Mutation(
        "record-named-otherwise",
        "records under another name than is asked for",
        "dashlib.compile.outputs.rule_yaml._record",
        _rule(lambda rule: {**rule, "record": rule["record"] + "_"}),
    ),
    Mutation(
        "record-without-kinds",
        "asks recording rules for a label that they do not have",
        "dashlib.compile.outputs.rule_yaml.usable_records",
        instead(lambda _original, groups, *_more: _records_of(groups)),
        IN_NAMES,
    ),
    Mutation(
        "derived-crossed",
        "compares what is recorded for another alert",
        "dashlib.compile.recording.Recording.of_alert",
        instead(_crossed_alert),
    ),
    Mutation(
        "derived-without-guard",
        "records a signal without its last guard",
        "dashlib.compile.recording.asking_records",
        _text(r" (and|unless) on \([^)]*\) [\w:]+$", ""),
    ),
    Mutation(
        "derived-in-reverse",
        "records a signal before what it is computed from",
        "dashlib.compile.recording._in_order",
        with_result(lambda rules: list(rules)[::-1]),
    ),
    Mutation(
        "last-seen-for-ever",
        "fires for what vanished longer ago than is asked",
        "dashlib.compile.conditions._recorded_absence",
        with_result(lambda text: text.partition(" >= ")[0]),
    ),
    Mutation(
        "last-seen-forgotten",
        "forgets at once when a series was last there",
        "dashlib.compile.recording.OUTAGE",
        _constant("1s"),
    ),
    # --- overrides and heartbeat tables
    Mutation("override-kept-in", "does not take an override out of the common rule", VARIANTS, instead(_common_where)),
    Mutation(
        "override-lost",
        "gives an override no rule",
        VARIANTS,
        instead(
            lambda original, alert, *more: (
                original(alert, *more) if alert.heartbeat_table else original(alert, *more)[:1]
            )
        ),
    ),
    Mutation("override-at-common-level", "ignores an override's level", VARIANTS, _others_as_first(level="level")),
    Mutation(
        "override-after-common-time", "ignores an override's `for`", VARIANTS, _others_as_first(lasting="lasting")
    ),
    Mutation(
        "override-everywhere", "gives an override's rule all connectors", VARIANTS, _others_as_first(where="where")
    ),
    Mutation(
        "override-enabled",
        "covers a connector that is excepted",
        "dashlib.compile.coverage._overridden",
        instead(_not_disabled),
    ),
    Mutation(
        "override-of-like-names",
        "takes a dot in a connector's name for any character",
        "dashlib.compile.coverage.literal",
        instead(lambda _original, name: name),
    ),
    Mutation(
        "heartbeats-missed", "waits for one heartbeat only", "dashlib.compile.coverage.HEARTBEATS_MISSED", _constant(1)
    ),
    # --- labels and texts
    Mutation(
        "severity-crossed",
        "crosses severities",
        LABELS,
        _labels(lambda own: {**own, "severity": _CROSSED[own["severity"]]}),
    ),
    Mutation(
        "labels-lost",
        "drops the labels of groups and alerts",
        LABELS,
        _labels(lambda own: {name: own[name] for name in ("severity", "signal")}),
    ),
    Mutation(
        "signal-lost",
        "drops the label that names the signal",
        LABELS,
        _labels(lambda own: {name: value for name, value in own.items() if name != "signal"}),
    ),
    Mutation(
        "labels-of-alert-lost",
        "drops the labels of alerts",
        LABELS,
        instead(lambda original, alert, *more: original(attrs.evolve(alert, labels={}), *more)),
    ),
    Mutation(
        "labels-of-group-lost",
        "drops the labels of groups",
        LABELS,
        instead(lambda original, alert, group, settings: original(alert, attrs.evolve(group, labels={}), settings)),
    ),
    Mutation(
        "labels-crossed",
        "lets a group's label win over the alert's",
        LABELS,
        instead(
            lambda original, alert, group, settings: original(
                attrs.evolve(alert, labels={**alert.labels, **group.labels}), group, settings
            )
        ),
    ),
    Mutation(
        "labels-of-all-win",
        "lets a label of all alerts win over the group's",
        LABELS,
        instead(lambda original, alert, group, settings: {**original(alert, group, settings), **settings.alert_labels}),
    ),
    Mutation(
        "configured-label-crossed",
        "gives a configured label another value",
        "dashlib.compile.outputs.rule_yaml.resolved_labels",
        with_result(lambda labels: {**labels, "team": "somebody"} if "team" in labels else labels),
    ),
    Mutation(
        "alert-named-otherwise",
        "gives an alert another name",
        ALERT,
        _rule(lambda rule: {**rule, "alert": rule["alert"] + "Now"}),
    ),
    Mutation(
        "texts-crossed",
        "crosses summary and description",
        ANNOTATIONS,
        _in_annotations(lambda texts: {**texts, "summary": texts["description"], "description": texts["summary"]}),
    ),
    Mutation(
        "description-lost",
        "drops the description",
        ANNOTATIONS,
        _in_annotations(lambda texts: {name: text for name, text in texts.items() if name != "description"}),
    ),
    Mutation(
        "runbook-crossed",
        "links to another runbook",
        ANNOTATIONS,
        _in_annotations(
            lambda texts: {name: text + "-2" if name == "runbook_url" else text for name, text in texts.items()}
        ),
    ),
    Mutation(
        "dashboard-lost",
        "drops the link to a panel",
        ANNOTATIONS,
        _in_annotations(lambda texts: {name: text for name, text in texts.items() if name != "dashboard_url"}),
    ),
    Mutation(
        "value-unreadable",
        "writes a value as Prometheus has it",
        "dashlib.compile.outputs.rule_yaml._value_template",
        with_result(lambda _template: "{{ $value }}"),
    ),
    Mutation(
        "value-unscaled",
        "writes seconds as milliseconds",
        "dashlib.compile.outputs.rule_yaml._value_template",
        with_result(lambda template: template.replace("$value | humanizeDuration", "$value | humanize")),
    ),
    Mutation(
        "growth-unrounded",
        "writes a growth as Prometheus estimates it",
        "dashlib.compile.outputs.rule_yaml._COUNT",
        _constant("{{ $value | humanize }}"),
    ),
    Mutation(
        "value-in-other-bytes",
        "writes multiples of 1000 for multiples of 1024",
        "dashlib.compile.outputs.rule_yaml._value_template",
        with_result(lambda template: template.replace("humanize1024", "humanize")),
    ),
    Mutation(
        "threshold-tenfold-in-text",
        "writes ten times the threshold",
        "dashlib.compile.readable.readable",
        instead(lambda original, value, unit: original(value * 10, unit)),
    ),
    Mutation(
        "duration-doubled-in-text",
        "writes twice the duration",
        "dashlib.compile.readable.readable_duration",
        instead(lambda original, seconds: original(seconds * 2)),
    ),
    Mutation(
        "labels-crossed-in-text",
        "writes the value of another label",
        "dashlib.compile.outputs.rule_yaml._labels_left",
        with_result(_rotated),
    ),
    # --- objectives
    Mutation("budget-tenfold", "lets a budget be ten times as large", BURN, _text(r"0[.]001", "0.01")),
    Mutation("burn-rate-lower", "lets a budget burn a tenth less fast", BURN, _text(r"14[.]4", "13")),
    Mutation("burn-rate-higher", "lets a budget burn a tenth faster", BURN, _text(r"14[.]4", "16")),
    Mutation("burn-rate-of-hours", "pages at a little less than 6", BURN, _text("> 6", "> 5.99")),
    Mutation("burn-rate-of-days", "opens tickets at a little more than 1", BURN, _text("> 1(?![4.])", "> 1.01")),
    Mutation("burn-window-short", "lets an alert end late", BURN, _text("_5m", "_30m")),
    Mutation("burn-window-of-hours", "lets the slower page end early", BURN, _text("_30m", "_5m")),
    Mutation("burn-window-long", "pages after the double time", BURN, _text("_1h", "_2h")),
    Mutation("burn-window-of-days", "opens tickets after a third of the time", BURN, _text("_3d", "_1d")),
    Mutation("burn-either", "needs one window only", BURN, _text(" and ", " or ")),
    Mutation("burn-both", "needs both burn rates", BURN, _text(r"\) or \(", ") and (")),
    Mutation("bad-time-worst", "takes the worst for the average", AVERAGE, _words(avg_over_time="max_over_time")),
    Mutation("bad-time-of-window", "counts what does not count as good", AVERAGE, instead(_by_window)),
    Mutation("sums-of-last", "takes the last sum for all", AVERAGE, _words(sum_over_time="last_over_time")),
    Mutation("hours-without-open", "leaves the hour out that is not over", AVERAGE, _text(r" \+ \S+_open", "")),
    Mutation(
        "hours-only",
        "knows no long average until an hour is over",
        f"{OBJECTIVES}._Whole._long",
        with_result(lambda text: text.partition(" or ")[0]),
    ),
    Mutation(
        "budget-spent",
        "takes what is spent of a budget for what is left",
        f"{OBJECTIVES}._record",
        _rule(lambda rule: {**rule, "expr": rule["expr"].replace("100 - 100 *", "100 *")}),
    ),
    Mutation(
        "hours-twice", "counts the last hour twice", f"{OBJECTIVES}._Whole.since", _text(r" unless .*(?=\)\[1h:5m)", "")
    ),
    Mutation(
        "sums-counted",
        "counts evaluations in the place of bad ones",
        f"{OBJECTIVES}._Whole.over",
        _words(sum_over_time="count_over_time"),
    ),
    Mutation("sums-of-two-hours", "adds up each hour twice", f"{OBJECTIVES}.objective_groups", with_result(_slower)),
    Mutation(
        "bad-time-inverted", "takes good time for bad", f"{OBJECTIVES}._evaluated", _each_rule(r"> bool", "<= bool")
    ),
    Mutation(
        "bad-time-at-level",
        "takes time at the level for bad",
        f"{OBJECTIVES}._evaluated",
        _each_rule(r"> bool", ">= bool"),
    ),
    Mutation("bad-time-alone", "leaves good time out", f"{OBJECTIVES}._evaluated", _each_rule(r"> bool 5", "> 5")),
    # --- clusters, and more connectors than an expression names
    Mutation(
        "clusters-not-in-by",
        "does not tell clusters apart where it groups",
        "dashlib.compile.rendering.Rendering.expanded",
        instead(lambda _original, _rendering, expression: expression),
    ),
    Mutation(
        "clusters-not-joined",
        "joins guards across clusters",
        "dashlib.compile.rendering.Rendering.join_labels",
        with_result(lambda labels: [label for label in labels if label != "cluster"]),
    ),
    Mutation(
        "clusters-not-told",
        "does not name the cluster in a summary",
        "dashlib.compile.outputs.rule_yaml.in_cluster",
        instead(lambda _original, alert, _identity: alert.summary),
    ),
    Mutation(
        "chosen-lost",
        "forgets which of many connectors a rule is for",
        "dashlib.compile.recording.chosen_text",
        _constant(lambda *_: ""),
    ),
    Mutation(
        "chosen-inverted",
        "takes the many connectors that a rule is not for",
        "dashlib.compile.recording.chosen_text",
        with_result(lambda text: re.sub(r"^ (and|unless)", lambda match: _OTHERWISE[match[1]], text)),
    ),
    Mutation(
        "chosen-joined-by-nothing",
        "takes all connectors where one of many is meant",
        "dashlib.compile.recording.chosen_text",
        with_result(lambda text: re.sub(r"on \([^)]*\)", "on ()", text)),
    ),
    Mutation(
        "chosen-not-recorded",
        "records none of many connectors",
        "dashlib.compile.recording._overridden",
        _constant(lambda *_: []),
    ),
    # --- what else overrides say
    Mutation(
        "override-without-others",
        "takes only the first of several connectors out of the common rule",
        "dashlib.compile.coverage._without",
        instead(lambda original, group, names: original(group, names[:1])),
    ),
    Mutation(
        "override-without-own-filter",
        "forgets the group's own filter where it takes a connector out",
        "dashlib.compile.coverage._without",
        instead(
            lambda original, group, names: original(
                attrs.evolve(group, where={each: match for each, match in group.where.items() if each != "server"}),
                names,
            )
        ),
    ),
    Mutation(
        "override-without-threshold",
        "ignores the threshold of an override",
        "dashlib.compile.coverage._with_threshold",
        instead(lambda _original, _alert, level, _settings: level),
    ),
    Mutation(
        "override-set-ignored",
        "ignores the threshold set of an override",
        "dashlib.compile.coverage._overridden",
        instead(
            lambda original, alert, group, override, *more: original(
                alert, group, attrs.evolve(override, thresholds=None), *more
            )
        ),
    ),
    Mutation(
        "heartbeat-filter-of-first-only",
        "takes only the first of several connectors with heartbeat tables",
        "dashlib.compile.rendering.Rendering._with_table",
        with_result(lambda names: names[:1]),
    ),
    # --- what else is recorded
    Mutation(
        "record-not-filtered-by-server",
        "forgets that what is recorded tells connectors apart",
        "dashlib.compile.recording.labels_kept",
        with_result(lambda labels: tuple(label for label in labels if label != "server")),
    ),
    Mutation(
        "last-seen-for-half",
        "keeps for half an absence's window when a series was last there",
        "dashlib.compile.recording._seconds",
        with_result(lambda seconds: seconds // 2),
    ),
    Mutation(
        "record-evaluated-seldom",
        "evaluates what is recorded for alerts half as often as they ask it",
        "dashlib.compile.outputs.rule_yaml.compile_records",
        with_result(_evaluated_half_as_often),
    ),
    Mutation(
        "record-of-past-forgotten",
        "asks what a recorded series is, and not what it was",
        "dashlib.compile.recording.asking_records",
        _text(r"last_over_time\(([\w:]+)\[\w+\]\)", r"\1"),
    ),
    Mutation(
        "record-of-past-shortened",
        "looks back an eighth as far at what is recorded",
        "dashlib.compile.recording.asking_records",
        _text(r"(?<=:)(\w+)\[(\d+)m\]", lambda match: f"{match[1]}[{int(match[2]) * 60 // 8}s]"),
    ),
    Mutation(
        "record-without-exporters-filter",
        "filters what is recorded by labels that it adds up over",
        "dashlib.compile.recording.is_chosen_behind",
        _constant(lambda *_: True),
        IN_NAMES,
    ),
    Mutation(
        "last-seen-not-kept",
        "keeps when a series was last there for ten minutes only",
        "dashlib.compile.recording._last_seen",
        instead(lambda original, present, name, _window: original(present, name, "10m")),
    ),
    Mutation(
        "last-seen-of-now",
        "takes the time of an evaluation for that of the last sample",
        "dashlib.compile.recording._last_seen",
        with_result(
            lambda rule: attrs.evolve(rule, computes=re.sub(r"^timestamp\(([^)]*)\)", r"0 * \1", rule.computes))
        ),
    ),
    Mutation(
        "guard-not-recorded-over-time",
        "looks back over the group's rate interval in the guard of a change",
        "dashlib.compile.conditions.in_condition",
        instead(lambda _original, _alert, rendering: rendering),
    ),
    Mutation(
        "guards-thought-missing",
        "drops guards that an alert can do without, though they can be asked",
        "dashlib.compile.conditions.guards_missing",
        instead(lambda _original, signal, _rendering: [(each, "") for each in signal.guards if each.guard.if_missing]),
    ),
    # --- selectors, and how an exporter names things
    Mutation(
        "name-of-any-kind",
        "lets any kind of connector stand in a metric's name",
        "dashlib.compile.rendering._value_in_name",
        _constant(lambda _matcher: ".+"),
        IN_NAMES,
    ),
    Mutation(
        "label-of-first-side",
        "takes the label's name of one side of a join for that of both",
        "dashlib.compile.rendering._exported_label",
        instead(lambda _original, _rendering, label, *_sides: label),
        (*OTEL, *RENAMED),
    ),
    Mutation(
        "rate-interval-shortened",
        "computes rates over half the group's interval for them",
        "dashlib.compile.rendering.Rendering.within",
        instead(
            lambda original, rendering, scope, interval="": original(
                rendering, scope, interval and f"{int(_seconds(interval) // 2)}s"
            )
        ),
    ),
    # --- a counter's growth
    Mutation(
        "growth-of-first-counter",
        "counts the growth of the first of several counters",
        "dashlib.compile.growth._Reader._binary",
        instead(lambda _original, reader, node, scale: reader.read(node.left, scale=scale)),
    ),
    # --- texts
    Mutation(
        "value-rounded",
        "rounds the percentage of a description to whole ones",
        "dashlib.compile.outputs.rule_yaml._value_template",
        with_result(lambda template: template.replace("%.1f", "%.0f")),
    ),
    Mutation(
        "threshold-in-other-bytes",
        "writes a threshold in multiples of 1000 for multiples of 1024",
        "dashlib.compile.readable.BYTES",
        _constant({"bytes": (1000, ("", "Ki", "Mi", "Gi", "Ti")), "decbytes": (1000, ("", "k", "M", "G", "T"))}),
    ),
    Mutation(
        "texts-of-other-signal",
        "writes a label's name for its value",
        "dashlib.compile.outputs.rule_yaml._labels_left",
        with_result(lambda labels: {name: f"{value}_name" for name, value in labels.items()}),
    ),
    # --- labels that only some set, events, and what is missing
    Mutation(
        "optional-label-needed",
        "lets no series pass that lacks a label which only some connectors set",
        "dashlib.compile.rendering.Rendering.matchers",
        with_result(
            lambda matchers: [
                each._replace(value=each.value.removesuffix("|")) if each.operator == "=~" else each
                for each in matchers
            ]
        ),
    ),
    Mutation(
        "optional-label-needed-of-records",
        "lets nothing recorded pass that lacks a label which only some connectors set",
        "dashlib.compile.rendering.Rendering.recorded",
        instead(lambda original, self, recorded, **more: original(self, recorded._replace(optional=()), **more)),
    ),
    Mutation(
        "filtered-behind-what-drops-it",
        "filters what is recorded by a label that its expression drops",
        "dashlib.compile.recording._keeps",
        _constant(lambda *_: True),
    ),
    Mutation(
        "all-events-bad",
        "takes all events for bad ones",
        f"{OBJECTIVES}._events",
        instead(_all_events_bad),
    ),
    Mutation(
        "missing-time-left-out",
        "leaves out the time in which a connector is missing, which counts as bad",
        f"{OBJECTIVES}._evaluated",
        instead(lambda original, objective, *more: original(attrs.evolve(objective, missing="uncounted"), *more)),
    ),
    Mutation(
        "promise-turned-round",
        "turns round what an objective promises",
        f"{OBJECTIVES}._promise",
        _text(r"is not (above|below)", lambda match: f"is {match[1]}"),
    ),
    Mutation(
        "period-doubled-in-text",
        "says that a budget lasts twice as long",
        f"{OBJECTIVES}.burn_alert",
        instead(_lasting_twice_as_long),
    ),
    # --- filters, clusters, severities and texts, each in one place only
    Mutation(
        "filter-of-first-only",
        "takes only the first of several that a filter names",
        "dashlib.compile.rendering.Rendering.matchers",
        with_result(lambda matchers: [each._replace(value=_first_named(each)) for each in matchers]),
    ),
    Mutation(
        "record-of-first-only",
        "takes only the first of several that a filter on what is recorded names",
        "dashlib.compile.rendering.Rendering.recorded",
        _scope(lambda scope: {label: attrs.evolve(each, value=_first_named(each)) for label, each in scope.items()}),
    ),
    Mutation(
        "pattern-as-name",
        "takes a pattern of what is left out for a name",
        "dashlib.compile.rendering.Rendering.matchers",
        with_result(
            lambda matchers: [
                each._replace(operator="!=") if each.operator == "!~" and "|" not in each.value else each
                for each in matchers
            ]
        ),
    ),
    Mutation(
        "record-filtered-without-plugin",
        "forgets the kind of connectors where it filters what is recorded",
        "dashlib.compile.rendering.Rendering.recorded",
        _scope_without("plugin"),
    ),
    Mutation(
        "kinds-not-left-out",
        "forgets kinds that are left out where they are in metrics' names",
        "dashlib.compile.rendering._name_matchers",
        with_result(lambda matchers: [each for each in matchers if each.operator != "!~"]),
        IN_NAMES,
    ),
    Mutation(
        "identity-not-grouped",
        "knows no label that tells clusters apart in `by (…)`",
        "dashlib.metrics.identity.Identity._any",
        _constant(lambda *_: ()),
    ),
    Mutation(
        "identity-not-joined",
        "knows no label that tells clusters apart in `on (…)`",
        "dashlib.metrics.identity.Identity.joined",
        _constant(lambda *_: ()),
    ),
    Mutation(
        "scale-of-some-kinds",
        "reads the scale of metrics that few kinds of connectors have ten times too large",
        "dashlib.metrics.profiles.Profile.scale",
        instead(_tenfold_of_few_kinds),
    ),
    Mutation("for-of-other-severity", "takes the `for` of another severity", VARIANTS, instead(_crossed_for)),
    Mutation(
        "window-of-absence-minute-short",
        "looks back a minute less for what is gone",
        "dashlib.compile.conditions._recorded_absence",
        _text(r"- (\d+)$", lambda match: f"- {int(match[1]) - 60}"),
    ),
    Mutation(
        "range-minute-short",
        "looks back a minute less over a range",
        RENDER,
        _text(r"\[(\d\d+|[3-9])m\]", lambda match: f"[{int(match[1]) - 1}m]"),
    ),
    Mutation(
        "text-of-common-rule",
        "writes the common threshold and time into the text of an override's rule",
        "dashlib.compile.outputs.rule_yaml._texts",
        _texts_of_first_rule,
    ),
    Mutation(
        "text-of-other-alert",
        "writes the description of the alert before",
        ANNOTATIONS,
        _description_of_last,
    ),
    Mutation(
        "empty-asides-kept",
        "writes parentheses of a label that no series has",
        "dashlib.compile.outputs.rule_yaml._without_asides",
        instead(lambda _original, text, _missing: text),
        IN_NAMES,
    ),
    Mutation(
        "severity-of-level",
        "takes the name of a level for the severity",
        LABELS,
        instead(
            lambda original, alert, *more: {
                **original(alert, *more),
                "severity": alert.condition.level if alert.condition.level in _CROSSED else alert.severity,
            }
        ),
    ),
    Mutation(
        "interval-of-first-group",
        "has all groups of a file evaluated as often as the first",
        "dashlib.compile.outputs.rule_yaml.compile_rule_file",
        with_result(_evaluated_as_the_first),
    ),
    Mutation(
        "link-without-variables",
        "links to a panel of everything",
        ANNOTATIONS,
        _in_annotations(
            lambda texts: {
                name: text.partition("&var-")[0] if name == "dashboard_url" else text for name, text in texts.items()
            }
        ),
    ),
    Mutation(
        "burn-severity-crossed",
        "pages where it should open a ticket, and the other way round",
        BURN,
        instead(
            lambda original, objective, severity, rendering: original(
                objective, {objective.page: objective.ticket, objective.ticket: objective.page}[severity], rendering
            )
        ),
    ),
    Mutation(
        "budget-of-days",
        "tells what is left of the budget of three days",
        f"{OBJECTIVES}._record",
        _rule(lambda rule: {**rule, "expr": re.sub(r"(100 - 100 \* \S+bad_ratio_)\w+", r"\g<1>3d", rule["expr"])}),
    ),
    # --- names that begin alike, shares of budgets, and levels of few
    Mutation(
        "filter-of-like-beginnings",
        "lets names pass that only begin like one that a filter names",
        "dashlib.compile.rendering.Rendering.matchers",
        with_result(
            lambda matchers: [
                each._replace(value=re.sub(r"(\|?)$", r".*\1", each.value, count=1))
                if each.operator == "=~" and each.label != "plugin"
                else each
                for each in matchers
            ]
        ),
    ),
    Mutation(
        "offset-minute-short",
        "looks back a minute less by `offset`",
        RENDER,
        _text(r" offset (\d+)m", lambda match: f" offset {int(match[1]) - 1}m"),
    ),
    Mutation(
        "share-tenfold-in-text",
        "says ten times the share of a budget",
        f"{OBJECTIVES}.burn_alert",
        with_result(lambda alert: attrs.evolve(alert, summary=re.sub(r"(\d+) %", r"\g<1>0 %", alert.summary))),
    ),
    Mutation(
        "override-only-upwards",
        "takes an override's threshold only where it is higher",
        "dashlib.compile.coverage._with_threshold",
        instead(
            lambda original, alert, level, settings: max(
                level, original(alert, level, settings), key=lambda each: each.value
            )
        ),
    ),
    Mutation(
        "heartbeat-level-forgotten",
        "forgets an alert's own level where heartbeat tables give a lower one",
        "dashlib.compile.coverage._by_heartbeat",
        instead(
            lambda original, alert, group, connectors, level: original(
                alert, group, connectors, level and attrs.evolve(level, above=0.001)
            )
        ),
    ),
    Mutation(
        "own-thresholds-ignored",
        "takes the group's level where an alert has thresholds of its own",
        "dashlib.declare.alerts.Alert.level",
        instead(lambda original, alert, thresholds: original(attrs.evolve(alert, thresholds=None), thresholds)),
    ),
    # --- Grafana-managed rules
    Mutation(
        "grafana-level-tenfold",
        "multiplies the level of a Grafana-managed rule by ten",
        f"{GRAFANA}._evaluator",
        with_result(lambda evaluator: evaluator and (evaluator[0], 10 * evaluator[1])),
    ),
    Mutation(
        "grafana-comparison-turned",
        "turns the comparison of a Grafana-managed rule round",
        f"{GRAFANA}._evaluator",
        with_result(lambda evaluator: evaluator and ({"gt": "lt", "lt": "gt"}[evaluator[0]], evaluator[1])),
    ),
    Mutation(
        "grafana-guards-lost",
        "takes the guards out of a Grafana-managed rule with its comparison",
        f"{GRAFANA}.taken_apart",
        with_result(lambda found: found and found._replace(measured=_before_guards(found.measured))),
    ),
    Mutation(
        "grafana-scope-of-prometheus",
        "filters a Grafana-managed rule as its Prometheus group does",
        f"{GRAFANA}._Rule.__init__",
        instead(
            lambda original, self, rule, group, *more: original(self, rule, attrs.evolve(group, where=None), *more)
        ),
    ),
    Mutation(
        "grafana-for-longer",
        "lets a Grafana-managed rule wait twice as long",
        f"{GRAFANA}._Rule._rule",
        with_result(lambda rule: {**rule, "for": {"0s": "1m", "1m": "2m", "2m": "4m"}.get(rule["for"], "20m")}),
    ),
    Mutation(
        "grafana-severity-crossed",
        "gives a Grafana-managed rule another severity",
        f"{GRAFANA}._Rule._rule",
        with_result(lambda rule: {**rule, "labels": {**rule["labels"], "severity": "crossed"}}),
    ),
    Mutation(
        "grafana-mark-lost",
        "leaves out the label by which routes know a Grafana-managed rule",
        f"{GRAFANA}._Rule._rule",
        with_result(
            lambda rule: {**rule, "labels": {key: of for key, of in rule["labels"].items() if key != "managed_by"}}
        ),
    ),
    Mutation(
        "grafana-no-data-fires",
        "lets a Grafana-managed rule fire where its query has no series",
        f"{GRAFANA}._Rule._rule",
        with_result(lambda rule: {**rule, "noDataState": "Alerting"}),
    ),
    Mutation(
        "grafana-absence-of-zero",
        "takes what is 0 for gone in a Grafana-managed rule",
        f"{GRAFANA}._expression",
        instead(
            lambda original, name, model: original(
                name, {**model, "expression": "$A"} if model["type"] == "math" else model
            )
        ),
    ),
    Mutation(
        "grafana-value-unreadable",
        "writes the value of a Grafana-managed rule as a bare number",
        f"{GRAFANA}._annotations",
        _in_annotations(
            lambda texts: {name: re.sub(r"(\$values\.A\.Value) \| \w+", r"\1", text) for name, text in texts.items()}
        ),
    ),
    Mutation(
        "grafana-panel-crossed",
        "ties a Grafana-managed rule to the next panel",
        f"{GRAFANA}._panel",
        with_result(lambda found: found and (found[0], f"{int(found[1]) + 1}")),
    ),
    Mutation(
        "grafana-rule-lost",
        "leaves Grafana-managed rules out",
        f"{GRAFANA}._Rule.encoded",
        with_result(lambda rules: rules[1:]),
    ),
    # --- whole rules
    Mutation(
        "rule-lost",
        "leaves alerts out",
        "dashlib.compile.outputs.rule_yaml._compiled",
        instead(
            lambda original, rule, *more: (
                each for index, each in enumerate(original(rule, *more)) if "alert" not in each[0] or index
            )
        ),
    ),
)
