"""Why an expression is empty: small pure functions over what Prometheus answered, one a cause.

Each returns a `Cause`, or None where it is not the reason. Which of them is asked when is `explain`'s business.
"""

from __future__ import annotations

import difflib
import functools
import math
import re
from typing import TYPE_CHECKING, Literal

import attrs

from dashlib.metrics.kinds import CONTEXTS, PLUGINS
from dashlib.metrics.profiles import LOWERCASE, known_profiles, load_profile, shipped_profiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dashlib.metrics.catalog import Catalog, Metric
    from dashlib.metrics.profiles import Profile
    from dashlib.metrics.recognition import Recognition, Respelled
    from dashlib.promql import Matcher
    from dashlib.servers.prometheus import Labels

Severity = Literal["error", "warning", "info"]
#: What a place loses: what it shows or watches; a guard, so that an alert fires when it should be held back; one of
#: several ways to know the same.
Loss = Literal["signal", "guard", "alternative"]
NOT_MET = "condition-not-met"
#: What Prometheus makes of alerts that are pending or firing.
ALERT_SERIES = frozenset({"ALERTS", "ALERTS_FOR_STATE"})

#: What a thing may be for a while, by the label that says so: its series come and go with that.
STATES: Mapping[str, frozenset[str]] = {
    "status": frozenset({"running", "failed", "paused", "stopped", "unassigned", "restarting", "destroyed"}),
    "alertstate": frozenset({"pending", "firing"}),
}
#: A context of Debezium's metrics that no version has any more; of all others a connector may have some later.
_GONE_CONTEXT = "binlog"
#: Labels that say which connector it is, or what sort of metrics of it: a set may watch more than is here.
WHO = frozenset({"server", "connector", "plugin", "context", "job", "instance", "task", "database"})
LEAST_FILTERS = 2
_FAMILIES = {"debezium": "Debezium", "kafka_connect": "Kafka Connect", "cloudwatch": "CloudWatch"}
_MOST_SHOWN = 6
_LEAST_ALIKE = 0.6
# Rates need two samples in their range; four scrapes leave room for one that fails.
LEAST_SAMPLES = 2
SCRAPES_IN_A_RANGE = 4


@attrs.frozen
class Cause:
    """Why something is empty, or wrong.

    Attributes:
        kind: what sort of cause, as in `docs/doctor.md`: `metric-missing`, `label-missing`, ….
        subject: what it is about; causes of one kind and subject are one diagnosis.
        message: what is wrong, a sentence.
        hint: what to do.
        severity: `error`: something does not work; `warning`: it will mislead; `info`: it is as it should be.
        loses: what the place that it is told of loses by it.
    """

    kind: str
    subject: str
    message: str
    hint: str = ""
    severity: Severity = "error"
    loses: Loss = "signal"


@attrs.frozen
class Facts:
    """What is known about the Prometheus, before any expression is looked at.

    Attributes:
        catalog: the metrics that there are.
        profile: for which the set was compiled; None for files that dashlib did not make.
        recognition: which profile the series follow.
        names: every metric name that Prometheus has now.
        intervals: seconds between scrapes, by job.
        records: what the set's recording rules record, by name, with the rule file.
        loaded: names of the rules that Prometheus has loaded.
        gone: topic prefixes of connectors that have vanished, with why.
        range: seconds that were looked back.
        recorded: the expressions of the set's recording rules, by what they record.
        respelled: how families are spelled whose names no known profile has.
        own: what `dashlib profile --write` would write for this Prometheus; None where it cannot tell.
        url: of the Prometheus, for remedies.
    """

    catalog: Catalog
    profile: Profile | None
    recognition: Recognition
    names: frozenset[str]
    intervals: Mapping[str, float]
    records: Mapping[str, str]
    loaded: frozenset[str]
    gone: Mapping[str, Cause]
    range: float
    recorded: Mapping[str, str] = attrs.field(factory=dict)
    respelled: Mapping[str, Respelled] = attrs.field(factory=dict)
    own: Profile | None = None
    url: str = "URL"

    @property
    def followed_profile(self) -> Profile | None:
        """The profile that the series follow; where that is not known, the one that the set was compiled for."""
        best = self.recognition.best
        return best.profile if best is not None else self.profile

    @property
    def other_profile(self) -> Profile | None:
        """The profile that the series follow, where it is not the one that the set was compiled for."""
        best = self.recognition.best
        if best is None or (self.profile is not None and best.profile == self.profile):
            return None
        return best.profile

    def logical(self, exported: str) -> Metric | None:
        """Return the metric that an exported name spells, by the set's profile or, without one, by any."""
        name = self._logical_names.get(exported)
        return self.catalog.find(name) if name is not None else None

    @functools.cached_property
    def _logical_names(self) -> Mapping[str, str]:
        return _logical_names(self.profile, self.catalog)

    @functools.cached_property
    def unknown_spelling(self) -> Cause:
        """Why whatever asks for a family of `respelled` is empty: once for all."""
        return _unknown_spelling(self)

    def has_family(self, family: str) -> bool:
        """Tell whether Prometheus has anything of a metric family."""
        if family in ("debezium", "kafka_connect"):
            of_debezium = {name for name in self.recognition.concerned if not name.startswith("kafka_connect")}
            return bool(of_debezium if family == "debezium" else set(self.recognition.concerned) - of_debezium)
        return any(metric.name in self.names for metric in self.catalog.metrics(family))


@functools.lru_cache(maxsize=8)
def _logical_names_of(profile: str, catalog: Catalog) -> Mapping[str, str]:
    return {exported: names[0] for exported, names in load_profile(profile).exported_names(catalog).items()}


def _logical_names(profile: Profile | None, catalog: Catalog) -> Mapping[str, str]:
    others = {
        metric.name: metric.name for metric in catalog.metrics() if metric.family not in ("debezium", "kafka_connect")
    }
    if profile is not None:
        found = {exported: names[0] for exported, names in profile.exported_names(catalog).items()}
        return {**others, **found}
    for name in known_profiles():
        others = {**_logical_names_of(name, catalog), **others}
    return others


def listed(items: Iterable[str], most: int = _MOST_SHOWN) -> str:
    """Return a few items for a sentence, and how many more there are."""
    found = list(items)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def nearest(wanted: str, known: Iterable[str]) -> str:
    """Return the name that is nearest to a wanted one, in whatever case; empty where none is near."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(wanted.casefold(), folded, n=1, cutoff=_LEAST_ALIKE)
    return folded[near[0]] if near else ""


# --- a metric --------------------------------------------------------------------------------------------------------


def unknown_metric(exported: str, plugins: Sequence[str], facts: Facts, ago: float = math.nan) -> Cause:
    """Say why Prometheus has no series of a name now.

    Args:
        exported: the name, or a regular expression of names.
        plugins: the connector kinds that are asked for; empty for all.
        facts: what is known.
        ago: seconds since the last sample of it; NaN where there was none.
    """
    example = _example_of(exported, facts)
    metric = facts.logical(example)
    record = facts.records.get(exported)
    if record is not None:
        return _not_recorded(exported, record, facts)
    if metric is None:
        near = nearest(exported, facts.names)
        return Cause(
            "metric-missing",
            exported,
            f"Prometheus has no metric {exported}",
            f"the nearest that it has is {near}" if near else "look for its exporter among the targets",
        )
    found = (
        _of_another_profile(metric, facts)
        or _of_an_unknown_spelling(metric, facts)
        or _of_a_family_that_is_not_there(metric, facts)
        or of_another_kind(metric, plugins, facts)
        or only_during_a_snapshot(metric)
        or _of_another_version(metric, facts)
        or _of_another_exporter_version(metric)
    )
    return found if found is not None else _not_exported(exported, metric, facts, ago)


def no_alert() -> Cause:
    """Say that Prometheus' own series of alerts are not there: no alert is pending or firing."""
    return Cause("no-alert", "", "no alert is pending or firing", severity="info")


def _not_recorded(name: str, file: str, facts: Facts) -> Cause:
    if name in facts.loaded:
        return Cause("recorded-nothing", "", "the recording rule is loaded and records nothing now", severity="info")
    return Cause(
        "rules-not-loaded",
        file,
        f"{name} is recorded by a rule of {file}, which Prometheus has not loaded",
        "name the file under rule_files, and reload Prometheus",
    )


def _example_of(exported: str, facts: Facts) -> str:
    """Return a name that a regular expression of names stands for: one of the set's profile."""
    if re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", exported):
        return exported
    first = exported.partition("|")[0] if "(" not in exported else exported
    plain = re.sub(r"\((\w+)[^)]*\)", r"\1", first).replace(".+", "mysql")
    return plain if facts.logical(plain) is not None else plain.partition("|")[0]


def _of_another_profile(metric: Metric, facts: Facts) -> Cause | None:
    other = facts.other_profile
    if other is None or facts.recognition.best is None or metric.family not in ("debezium", "kafka_connect"):
        return None
    best = facts.recognition.best
    if other.exports(metric) and not {*best.fitting, *best.named} & {*_names_in(other, metric, facts.catalog)}:
        return None
    return wrong_profile(facts)


def _names_in(profile: Profile, metric: Metric, catalog: Catalog) -> list[str]:
    """Return how a profile spells a metric, each kind of connector and context by its own name."""
    found = profile.exported_names(catalog, families=(metric.family,))
    return [exported for exported, logical in found.items() if metric.name in logical]


def wrong_profile(facts: Facts) -> Cause | None:
    """Say that the series follow another profile than the set; None where they do not."""
    other, best = facts.other_profile, facts.recognition.best
    if other is None or best is None:
        return None
    here = _short_evidence(other, facts.recognition)
    made = f"the set is built for {facts.profile.name}" if facts.profile is not None else "these files are not"
    plain = other.name.removesuffix(LOWERCASE)
    cased = f": {plain} with names in lower case, as lowercaseOutputName makes them" if plain != other.name else ""
    own = f"dashlib profile --prometheus {facts.url} --write ours.json, then dashlib build --profile ours.json"
    # names of one profile with labels of another: no shipped one has both
    lacking = f", but lack its label {listed(sorted(best.missing_labels))}" if best.missing_labels else ""
    return Cause(
        "wrong-profile",
        other.name,
        f"the series follow the naming profile {other.name}{cased}{lacking} ({here}); {made}",
        f"write a profile for them: {own}"
        if lacking
        else f"dashlib build --profile {other.name}, or profile = {other.name!r} in [tool.dashlib]; for rules of your "
        f"own, {own}",
    )


def _of_an_unknown_spelling(metric: Metric, facts: Facts) -> Cause | None:
    """Say that the whole family of a metric is here under names that no profile has."""
    return facts.unknown_spelling if metric.family in facts.respelled else None


def _unknown_spelling(facts: Facts) -> Cause:
    said = []
    for family, found in sorted(facts.respelled.items()):
        logical, example = min(found.examples.items(), key=lambda item: (len(item[0]), item))
        expected = _expected_name(logical, facts)
        instead = f" where the set asks for {expected}" if expected else ""
        count = len(found.examples)
        said.append(f"{count} metrics of {_FAMILIES[family]} are spelled {found.pattern}, as {example}{instead}")
    server = facts.own.label("server") if facts.own is not None else ""
    apart = f"; connectors are told apart by the label {server}" if server and "debezium" in facts.respelled else ""
    built = f"the set is built for {facts.profile.name}" if facts.profile is not None else "these files are not"
    return Cause(
        "wrong-profile",
        ", ".join(found.pattern for _, found in sorted(facts.respelled.items())),
        f"the series follow no profile that dashlib ships: {' and '.join(said)}{apart}. "
        f"{_nearest_profile(facts)}; {built}",
        f"write a profile for them: dashlib profile --prometheus {facts.url} --write ours.json, then dashlib build "
        "--profile ours.json; or, where it was changed by mistake, the exporter's rules",
    )


def _expected_name(logical: str, facts: Facts) -> str:
    metric = facts.catalog.find(logical)
    if metric is None or facts.profile is None or not facts.profile.exports(metric):
        return ""
    return facts.profile.metric_name(metric)


def _nearest_profile(facts: Facts) -> str:
    """Return which shipped profile is nearest to what is here, by names in whatever case, then by labels."""
    folded = {name.casefold() for found in facts.respelled.values() for name in found.examples.values()}
    labels = dict(facts.own.family("debezium").labels) if facts.own is not None else {}

    def rank(name: str) -> tuple[bool, int, bool, int]:
        profile = load_profile(name)
        same = any(exported.casefold() in folded for exported in profile.exported_names(facts.catalog))
        differing = len(dict(profile.family("debezium").labels).items() ^ labels.items())
        return same, -differing, facts.profile is not None and facts.profile.name == name, -len(profile.metrics)

    best = max(shipped_profiles(), key=rank)
    same, differing, is_built, _ = rank(best)
    if same:
        return f"The nearest is {best}, whose names differ in upper and lower case only"
    return f"The nearest is {best}, by its labels" if is_built and not differing else "None is near"


def _short_evidence(profile: Profile, recognition: Recognition) -> str:
    best = recognition.best
    count = len(best.fitting) if best is not None else 0
    label = profile.label("server")
    carried = f"connectors are told apart by the label {label}" if profile.family("debezium").metric else "no Debezium"
    return f"{count} of {len(recognition.concerned)} names; {carried}"


def _of_a_family_that_is_not_there(metric: Metric, facts: Facts) -> Cause | None:
    if facts.has_family(metric.family):
        return None
    name = _FAMILIES.get(metric.family, metric.family)
    essential = metric.family in ("debezium", "kafka_connect")
    return Cause(
        "family-missing",
        metric.family,
        f"Prometheus has no metrics of {name} at all",
        "is the exporter among the targets, and up?" if essential else f"nothing scrapes an exporter of {name} here",
        "error" if essential else "info",
    )


def of_another_kind(metric: Metric, plugins: Sequence[str], facts: Facts) -> Cause | None:
    """Say that only connectors of other kinds have a metric, or that none of the wanted kind is here."""
    kinds = facts.recognition.kinds
    wanted = [kind for kind in (plugins or metric.connectors) if not metric.connectors or kind in metric.connectors]
    if not kinds or not wanted or set(wanted) & set(kinds):
        return None
    return Cause(
        "kind-not-here",
        ", ".join(wanted),
        f"only connectors for {listed(wanted)} have it; here are {listed(kinds)}",
        severity="info",
    )


def only_during_a_snapshot(metric: Metric) -> Cause | None:
    """Say that a metric is there only while, or after, this run of the task takes a snapshot."""
    if metric.family != "debezium" or metric.contexts != ("snapshot",) or metric.form not in ("per_key", "text"):
        return None
    return Cause(
        "only-during-snapshot",
        metric.name,
        f"{metric.name} is there only once this run of a task has taken a snapshot",
        "a connector that restarted without one shows nothing: that is as it should be",
        "info",
    )


def _of_another_version(metric: Metric, facts: Facts) -> Cause | None:
    if metric.family != "debezium" or metric.since is None or metric.observed is None:
        return None
    newest = _newest_seen(facts)
    if newest is None or _version(metric.since) <= newest:
        return None
    return Cause(
        "newer-version",
        metric.name,
        f"{metric.name} came with Debezium {metric.since}; no connector here is as new",
        severity="info",
    )


def _of_another_exporter_version(metric: Metric) -> Cause | None:
    if not metric.versions:
        return None
    versions = ", ".join(metric.versions)
    return Cause(
        "exporter-version",
        metric.family,
        f"only {metric.family} {versions} has {metric.name}",
        f"another version of {metric.family} has it under another name, or not at all",
        "info",
    )


def _newest_seen(facts: Facts) -> tuple[int, ...] | None:
    """Return the newest Debezium version whose metrics are here."""
    best = facts.recognition.best
    if best is None:
        return None
    logical = {name for names in best.fitting.values() for name in names}
    found = [facts.catalog.find(name) for name in logical]
    versions = [_version(each.since) for each in found if each is not None and each.family == "debezium" and each.since]
    return max(versions, default=None)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _not_exported(exported: str, metric: Metric, facts: Facts, ago: float) -> Cause:
    seen = f", and had until {readable_seconds(ago)} ago" if math.isfinite(ago) else ""
    by = f", though the series follow the profile {facts.profile.name}" if facts.profile is not None else ""
    near = nearest(exported, facts.names)
    closest = f"; the nearest name is {near}" if near and near.casefold() != exported.casefold() else ""
    return Cause(
        "metric-missing",
        exported,
        f"Prometheus has no series of {exported} ({metric.name}){seen}{by}{closest}",
        "a rule of the exporter's configuration, or of metric_relabel_configs, leaves it out",
    )


# --- a label ---------------------------------------------------------------------------------------------------------


def missing_label(
    label: str, metric: str, carried: Sequence[str], values: Mapping[str, Sequence[str]], facts: Facts
) -> Cause:
    """Say that no series of a metric carries a label that is filtered, grouped or shown by.

    Args:
        label: the exported label.
        metric: the exported metric's name.
        carried: the labels that its series carry.
        values: some values of those labels.
        facts: what is known.
    """
    other, best = facts.other_profile, facts.recognition.best
    logical = _logical_label(label, facts.profile)
    if other is not None and best is not None and not best.missing_labels and other.label(logical) in carried:
        found = wrong_profile(facts)
        if found is not None:
            return attrs.evolve(
                found, message=f"your series carry {other.label(logical)}, not {label}: {found.message}"
            )
    own = sorted(set(carried) - {"__name__", "job", "instance"})
    near = _renamed_to(label, logical, own, values, facts)
    likely = f"it is probably called {near}" if near else "the exporter's rules must keep it"
    return Cause(
        "label-missing",
        label,
        f"no series of {metric} carries the label {label}; they carry {listed(own) or 'none'}",
        f"{likely}: change the exporter's rules or the relabelling, or use a profile that spells it so "
        f"(dashlib profile --prometheus {facts.url} --write ours.json)",
    )


def _logical_label(exported: str, profile: Profile | None) -> str:
    labels = profile.family("debezium").labels if profile is not None else {}
    return next((logical for logical, name in labels.items() if name == exported), exported)


def _renamed_to(label: str, logical: str, own: Sequence[str], values: Mapping[str, Sequence[str]], facts: Facts) -> str:
    """Return what a label that no series carries is called now: by values, by spelling, or as the last left.

    A label that the profile has for something else is not it.
    """
    from dashlib.metrics.recognition import SERVER_LABELS

    known = {"context": frozenset(CONTEXTS), "plugin": frozenset(PLUGINS), **STATES}
    if logical in known:
        return next((each for each, found in values.items() if found and set(found) <= known[logical]), "")
    taken = {facts.profile.label(each) for each in WHO} if facts.profile is not None else WHO
    left = [each for each in own if each not in taken and each not in STATES]
    usual = [each for each in SERVER_LABELS if each in left] if logical in ("server", "connector") else []
    return nearest(label, left) or next(iter(usual), "") or (left[0] if len(left) == 1 else "")


def asks_for_a_state(matcher: Matcher) -> bool:
    """Tell whether a filter takes what a thing is for a while, as `status="failed"` does.

    Whatever asks for anything but one value, as `value!="RUNNING"` does, is taken for that as well.
    """
    states = STATES.get(matcher.label, frozenset())
    return matcher.operator in ("!=", "!~") or set(matcher.value.split("|")) <= states


def no_such_state(matcher: Matcher) -> Cause:
    """Say that nothing is in a state that a filter asks for."""
    asked = f'{matcher.label}{matcher.operator}"{matcher.value}"'
    return Cause("no-such-state", "", f"nothing is in the state that is asked for: {asked}", severity="info")


def absent_value(matcher: Matcher, metric: str, values: Sequence[str], facts: Facts) -> Cause:
    """Say that no series of a metric has a value that a filter takes.

    Args:
        matcher: the filter.
        metric: the exported metric's name.
        values: the values that there are.
        facts: what is known.
    """
    label, logical = matcher.label, _logical_label(matcher.label, facts.profile)
    asked = f'{label}{matcher.operator}"{matcher.value}"'
    if matcher.operator == "=" and logical == "server" and matcher.value in facts.gone:
        return facts.gone[matcher.value]
    is_context = logical == "context" and set(matcher.value.split("|")) <= set(CONTEXTS) - {_GONE_CONTEXT}
    if is_context or asks_for_a_state(matcher):
        return no_such_state(matcher)
    if logical == "plugin" and facts.recognition.kinds:
        return Cause(
            "kind-not-here",
            matcher.value,
            f"no connector here is taken by {asked}; the kinds here are {listed(facts.recognition.kinds)}",
            severity="info",
        )
    near = nearest(matcher.value, values) if matcher.operator == "=" else ""
    # A set may watch connectors that this Prometheus does not have, and connectors are called alike on purpose.
    elsewhere = logical in ("server", "connector") and (facts.profile is not None or matcher.operator == "=~")
    return Cause(
        "value-missing",
        asked,
        f"no series of {metric} has {asked}; its values are {listed(sorted(values)) or 'none'}",
        f"did you mean {near!r}?" if near else "",
        "info" if elsewhere else "error",
    )


def no_such_combination(selector: str, metric: str, filters: Sequence[Matcher], facts: Facts) -> Cause:
    """Say that each filter of a selector takes some series, and all of them together none.

    Args:
        selector: as it is asked.
        metric: the exported metric's name.
        filters: those of its filters that do not take everything.
        facts: what is known.
    """
    if len(filters) < LEAST_FILTERS:
        return Cause(
            "no-sample-in-range",
            metric,
            f"no sample of {metric} in the last {readable_seconds(facts.range)}, though it had some before",
            "was the connector stopped or deleted?",
            "info" if metric in facts.records else "warning",
        )
    if all(_logical_label(each.label, facts.profile) in WHO for each in filters):
        return Cause("nobody-left", "", "its filters leave no connector that is here", severity="info")
    return Cause(
        "no-such-series",
        selector,
        f"each filter alone takes some series of {metric}, all together take none: {selector}",
        "the values exist, but not on one series: drop a filter",
    )


# --- samples ---------------------------------------------------------------------------------------------------------


def no_history() -> Cause:
    """Say that an expression looks back to before Prometheus had anything."""
    return Cause(
        "no-history",
        "",
        "it compares with a time before Prometheus had these series",
        "ask again later",
        "info",
    )


def no_sample_now(selector: str, last_seen: float, now: float) -> Cause:
    """Say when a series was last seen that has no sample now."""
    ago = readable_seconds(now - last_seen)
    return Cause(
        "no-sample-now",
        selector,
        f"no sample now; the last one was {ago} ago: {selector}",
        "was the connector stopped or deleted, did its task fail, or is the target down?",
        "warning",
    )


def too_few_samples(function: str, range_text: str, range_seconds: float, interval: float, job: str) -> Cause | None:
    """Say that a range is too short for the scrape interval; None where it is long enough."""
    if not math.isfinite(interval) or range_seconds >= LEAST_SAMPLES * interval:
        return None
    least = readable_seconds(SCRAPES_IN_A_RANGE * interval)
    return Cause(
        "scrape-interval",
        job,
        f"job {job} is scraped every {readable_seconds(interval)}: {function}(…[{range_text}]) has fewer than two "
        f"samples and shows nothing",
        f"scrape more often, or look back at least {least}; in Grafana set the datasource's scrape interval to "
        f"{readable_seconds(interval)}, from which $__rate_interval is made",
    )


def just_started(function: str, selector: str) -> Cause:
    """Say that a series is so young that a range holds only one sample."""
    return Cause(
        "just-started",
        selector,
        f"{function}() needs two samples, and so far there is one: {selector}",
        "ask again after the next scrapes",
        "info",
    )


def nothing_offered(variable: str, regex: str, count: int) -> Cause:
    """Return that a variable has nothing to choose from, though its query finds something."""
    found = "one series" if count == 1 else f"{count} series"
    return Cause(
        "nothing-offered",
        variable,
        f"{variable} offers no value: its regex {regex} takes nothing of the {found} that its query finds",
        'write a regex with a group that takes a part of name{label="value"}, or ask label_values(metric, label)',
    )


def not_a_number(values: Sequence[float], expression: str) -> Cause | None:
    """Say that every value is NaN; None where one is a number."""
    if not values or not all(math.isnan(value) for value in values):
        return None
    return Cause(
        "not-a-number",
        expression,
        "every value is NaN, which panels do not draw: something is divided by zero",
        "a byte-sized queue, for example, is 0 / 0 unless max.queue.size.in.bytes is set",
        "warning",
    )


def not_met() -> Cause:
    """Say that a comparison or an `unless` drops every series: the condition does not hold."""
    return Cause(NOT_MET, "", "no series meets the condition", severity="info")


def all_unknown(metric: str, sentinel: float, count: int) -> Cause:
    """Say that every series stands at the value that means unknown, which is filtered."""
    return Cause(
        "unknown-so-far",
        metric,
        f"all {count} series of {metric} stand at {sentinel:g}, which means unknown: no event since the task started",
        severity="info",
    )


# --- joins -----------------------------------------------------------------------------------------------------------


def no_match(left: Sequence[Labels], right: Sequence[Labels], matching: str, labels: Sequence[str]) -> Cause:
    """Say which label keeps two sides of an operator from matching.

    Args:
        left: the labels of the series on the left.
        right: those on the right.
        matching: `on`, `ignoring`, or empty for all labels.
        labels: the labels of `on` or `ignoring`.
    """
    compared = _compared(left, right, matching, labels)
    for label in compared:
        here = {each.get(label, "") for each in left}
        there = {each.get(label, "") for each in right}
        if here & there:
            continue
        if here == {""} or there == {""}:
            side, other = ("left", "right") if here == {""} else ("right", "left")
            message = f"the join matches nothing: only the {other} side carries {label}, the {side} side does not"
            hint = f"put {label} into ignoring (…), or name the labels to match with on (…)"
        else:
            message = (
                f"the join matches nothing: {label} is {listed(sorted(here), 3)} on the left and "
                f"{listed(sorted(there), 3)} on the right"
            )
            hint = f"give both sides one {label} by relabelling, or match by other labels"
        return Cause("join", label, message, hint)
    return Cause(
        "join",
        ", ".join(compared),
        "the join matches nothing: each label has values in common, but no series on the left has all those of one "
        "on the right",
        "look at both sides alone",
    )


def _compared(left: Sequence[Labels], right: Sequence[Labels], matching: str, labels: Sequence[str]) -> list[str]:
    if matching == "on":
        return list(labels)
    everything = {label for each in (*left, *right) for label in each} - {"__name__"}
    return sorted(everything - set(labels) if matching == "ignoring" else everything)


def readable_seconds(seconds: float) -> str:
    """Return a duration as short as a person says it: `15s`, `2m`, `1h30m`, `2.5s`."""
    if seconds < 60 or not float(seconds).is_integer():  # noqa: PLR2004 - a minute
        return f"{seconds:.3g}s" if seconds < 60 else f"{round(seconds / 60)}m"  # noqa: PLR2004 - a minute
    hours, rest = divmod(int(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return "".join(f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if count)
