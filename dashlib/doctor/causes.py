"""Why an expression is empty: small pure functions over what Prometheus answered, one per cause.

Each returns a `Cause`, or None if it is not the reason. `explain` decides which of them to call.
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
#: several ways to know the same thing.
Loss = Literal["signal", "guard", "alternative"]
NOT_MET = "condition-not-met"
#: The series that Prometheus writes for pending and firing alerts.
ALERT_SERIES = frozenset({"ALERTS", "ALERTS_FOR_STATE"})

#: Temporary states, by label: series come and go with them.
STATES: Mapping[str, frozenset[str]] = {
    "status": frozenset({"running", "failed", "paused", "stopped", "unassigned", "restarting", "destroyed"}),
    "alertstate": frozenset({"pending", "firing"}),
    "value": frozenset({"RUNNING", "RECOVERING", "STOPPED"}),  # of SchemaHistoryStatus
}
#: A context of Debezium's metrics that current versions lack; a connector may get any of the others later.
_GONE_CONTEXT = "binlog"
#: Labels that identify a connector, or a group of its metrics: a set may watch more than exists here.
WHO = frozenset({"server", "connector", "plugin", "context", "job", "instance", "task", "database"})
LEAST_FILTERS = 2
_FAMILIES = {"debezium": "Debezium", "kafka_connect": "Kafka Connect", "cloudwatch": "CloudWatch"}
_MOST_SHOWN = 6
_LEAST_ALIKE = 0.6
# Rates need two samples in their range; four scrapes leave room for a failed one.
LEAST_SAMPLES = 2
SCRAPES_IN_A_RANGE = 4


@attrs.frozen
class Cause:
    """Why something is empty, or wrong.

    Attributes:
        kind: the kind of cause, as in `docs/doctor.md`: `metric-missing`, `label-missing`, ….
        subject: what it is about; causes of one kind and subject are one diagnosis.
        message: what is wrong, a sentence.
        hint: what to do.
        severity: `error`: something does not work; `warning`: it is misleading; `info`: it is as expected.
        loses: what the affected place loses.
    """

    kind: str
    subject: str
    message: str
    hint: str = ""
    severity: Severity = "error"
    loses: Loss = "signal"


@attrs.frozen
class Facts:
    """What is known about the Prometheus, before any expression is examined.

    Attributes:
        catalog: the known metrics.
        profile: the one that the set was compiled for; None for files that dashlib did not generate.
        recognition: which profile the series follow.
        names: every metric name that Prometheus has now.
        intervals: seconds between scrapes, by job.
        records: the rule file of each series that the set's recording rules record.
        loaded: names of the rules that are loaded; None if that is unknown.
        gone: the causes for connectors that have vanished, by topic prefix.
        range: seconds to look back.
        recorded: the expressions of the set's recording rules, by what they record.
        respelled: the spelling of families whose names no known profile has.
        own: what `dashlib profile --write` would write for this Prometheus; None if it cannot tell.
        url: of the Prometheus, for remedies.
    """

    catalog: Catalog
    profile: Profile | None
    recognition: Recognition
    names: frozenset[str]
    intervals: Mapping[str, float]
    records: Mapping[str, str]
    loaded: frozenset[str] | None
    gone: Mapping[str, Cause]
    range: float
    recorded: Mapping[str, str] = attrs.field(factory=dict)
    respelled: Mapping[str, Respelled] = attrs.field(factory=dict)
    own: Profile | None = None
    url: str = "URL"

    @property
    def followed_profile(self) -> Profile | None:
        """The profile that the series follow; if that is unknown, the one that the set was compiled for."""
        best = self.recognition.best
        return best.profile if best is not None else self.profile

    @property
    def other_profile(self) -> Profile | None:
        """The profile that the series follow, if it is not the one that the set was compiled for."""
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
        """Why every query for a family of `respelled` is empty."""
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
    """Return the closest known name, ignoring case; empty if none is close."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(wanted.casefold(), folded, n=1, cutoff=_LEAST_ALIKE)
    return folded[near[0]] if near else ""


# --- a metric --------------------------------------------------------------------------------------------------------


def unknown_metric(exported: str, plugins: Sequence[str], facts: Facts, ago: float = math.nan) -> Cause:
    """Return why Prometheus has no series with a name now.

    Args:
        exported: the name, or a regular expression of names.
        plugins: the selected connector kinds; empty for all.
        facts: what is known.
        ago: seconds since its last sample; NaN if there was none.
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
            f"did you mean {near}?" if near else "check that its exporter is among the targets",
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
    """Return that Prometheus' own alert series are missing because no alert is pending or firing."""
    return Cause("no-alert", "", "no alert is pending or firing", severity="info")


def _not_recorded(name: str, file: str, facts: Facts) -> Cause:
    if facts.loaded is None:
        message = f"{name} is recorded by a rule in {file}, and which rules are loaded is unknown"
        return Cause("rules-unknown", file, message, severity="info")
    if name in facts.loaded:
        return Cause("recorded-nothing", "", "the recording rule is loaded, but records nothing now", severity="info")
    if any(other in facts.loaded for other, of in facts.records.items() if of == file):
        return Cause(
            "rules-differ",
            file,
            f"Prometheus has loaded another version of {file}: it does not record {name}",
            "copy the compiled file to where Prometheus reads it and reload Prometheus",
            severity="warning",
        )
    return Cause(
        "rules-not-loaded",
        file,
        f"{name} is recorded by a rule in {file}, which Prometheus has not loaded",
        "add the file to rule_files and reload Prometheus",
    )


def _example_of(exported: str, facts: Facts) -> str:
    """Return an example of a name that a regular expression matches, from the set's profile."""
    if re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", exported):
        return exported
    first = exported.partition("|")[0] if "(" not in exported else exported
    plain = re.sub(r"\((\w+)[^)]*\)", r"\1", first).replace(".+", "mysql")
    return plain if facts.logical(plain) is not None else plain.partition("|")[0]


def _of_another_profile(metric: Metric, facts: Facts) -> Cause | None:
    other = facts.other_profile
    best = facts.recognition.best
    if other is None or best is None or metric.family not in ("debezium", "kafka_connect"):
        return None
    here = {*best.fitting, *best.named} & {*_names_in(other, metric, facts.catalog)}
    # Where nothing has a name of the set's, what the exporter lacks besides is told once the set is built anew.
    if other.exports(metric) and not here and _is_spelled_as_the_set(metric.family, facts):
        return None
    return wrong_profile(facts)


def _is_spelled_as_the_set(family: str, facts: Facts) -> bool:
    """Tell whether any metric of a family has a name of the profile that the set is built for."""
    if facts.profile is None:
        return False
    return not facts.profile.exported_names(facts.catalog, families=(family,)).keys().isdisjoint(facts.names)


def _names_in(profile: Profile, metric: Metric, catalog: Catalog) -> list[str]:
    """Return the names of a metric in a profile, for each kind of connector and context."""
    found = profile.exported_names(catalog, families=(metric.family,))
    return [exported for exported, logical in found.items() if metric.name in logical]


def wrong_profile(facts: Facts) -> Cause | None:
    """Return that the series follow another profile than the set; None if they do not."""
    other, best = facts.other_profile, facts.recognition.best
    if other is None or best is None:
        return None
    here = _short_evidence(other, facts.recognition)
    made = f"the set is built for {facts.profile.name}" if facts.profile is not None else "these files do not"
    plain = other.name.removesuffix(LOWERCASE)
    cased = f": {plain} with lower-case names (lowercaseOutputName)" if plain != other.name else ""
    own = f"dashlib profile --prometheus {facts.url} --write ours.json, then dashlib build --profile ours.json"
    # names of one profile with labels of another: none that ships with dashlib has both
    lacking = f", but lack its label {listed(sorted(best.missing_labels))}" if best.missing_labels else ""
    return Cause(
        "wrong-profile",
        other.name,
        f"the series follow the naming profile {other.name}{cased}{lacking} ({here}); {made}",
        f"write a profile for them: {own}"
        if lacking
        else f"dashlib build --profile {other.name}, or profile = {other.name!r} in [tool.dashlib]; for your own "
        f"exporter rules, {own}",
    )


def _of_an_unknown_spelling(metric: Metric, facts: Facts) -> Cause | None:
    """Return that the whole family of a metric has names that no profile has."""
    return facts.unknown_spelling if metric.family in facts.respelled else None


def _unknown_spelling(facts: Facts) -> Cause:
    said = []
    for family, found in sorted(facts.respelled.items()):
        logical, example = min(found.examples.items(), key=lambda item: (len(item[0]), item))
        expected = _expected_name(logical, facts)
        instead = f" instead of {expected}" if expected else ""
        count = len(found.examples)
        said.append(f"{count} metrics of {_FAMILIES[family]} are named {found.pattern}, such as {example}{instead}")
    server = facts.own.label("server") if facts.own is not None else ""
    apart = f"; the label {server} identifies a connector" if server and "debezium" in facts.respelled else ""
    built = f"the set is built for {facts.profile.name}" if facts.profile is not None else "these files do not"
    return Cause(
        "wrong-profile",
        ", ".join(found.pattern for _, found in sorted(facts.respelled.items())),
        f"the series match no profile that ships with dashlib: {' and '.join(said)}{apart}. "
        f"{_nearest_profile(facts)}; {built}",
        f"write a profile for them: dashlib profile --prometheus {facts.url} --write ours.json, then dashlib build "
        "--profile ours.json; or, if the exporter's rules were changed by mistake, restore them",
    )


def _expected_name(logical: str, facts: Facts) -> str:
    metric = facts.catalog.find(logical)
    if metric is None or facts.profile is None or not facts.profile.exports(metric):
        return ""
    return facts.profile.metric_name(metric)


def _nearest_profile(facts: Facts) -> str:
    """Return which shipped profile is closest to what is here, by names ignoring case, then by labels."""
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
        return f"The closest is {best}, whose names differ only in case"
    return f"The closest is {best}, by its labels" if is_built and not differing else "None is close"


def _short_evidence(profile: Profile, recognition: Recognition) -> str:
    best = recognition.best
    count = len(best.fitting) if best is not None else 0
    label = profile.label("server")
    carried = f"the label {label} identifies a connector" if profile.family("debezium").metric else "no Debezium"
    return f"{count} of {len(recognition.concerned)} names match; {carried}"


def _of_a_family_that_is_not_there(metric: Metric, facts: Facts) -> Cause | None:
    if facts.has_family(metric.family):
        return None
    name = _FAMILIES.get(metric.family, metric.family)
    essential = metric.family in ("debezium", "kafka_connect")
    return Cause(
        "family-missing",
        metric.family,
        f"Prometheus has no {name} metrics at all",
        "is the exporter among the targets, and up?" if essential else f"no {name} exporter is scraped here",
        "error" if essential else "info",
    )


def of_another_kind(metric: Metric, plugins: Sequence[str], facts: Facts) -> Cause | None:
    """Return that only connectors of other kinds have a metric, or that none of the wanted kind is here."""
    kinds = facts.recognition.kinds
    wanted = [kind for kind in (plugins or metric.connectors) if not metric.connectors or kind in metric.connectors]
    if not kinds or not wanted or set(wanted) & set(kinds):
        return None
    return Cause(
        "kind-not-here",
        ", ".join(wanted),
        f"only connectors for {listed(wanted)} have it; the kinds here are {listed(kinds)}",
        severity="info",
    )


def only_during_a_snapshot(metric: Metric) -> Cause | None:
    """Return that a metric exists only if the current run of the task has taken a snapshot."""
    if metric.family != "debezium" or metric.contexts != ("snapshot",) or metric.form not in ("per_key", "text"):
        return None
    return Cause(
        "only-during-snapshot",
        metric.name,
        f"{metric.name} exists only after a snapshot in the current run of a task",
        "as expected, a connector that restarted without a snapshot shows nothing",
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
        f"{metric.name} was added in Debezium {metric.since}; every connector here is older",
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
        f"other versions of {metric.family} name it differently or lack it",
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
    seen = f", but had some until {readable_seconds(ago)} ago" if math.isfinite(ago) else ""
    by = f", although the series follow the profile {facts.profile.name}" if facts.profile is not None else ""
    near = nearest(exported, facts.names)
    closest = f"; the closest name is {near}" if near and near.casefold() != exported.casefold() else ""
    return Cause(
        "metric-missing",
        exported,
        f"Prometheus has no series of {exported} ({metric.name}){seen}{by}{closest}",
        "check whether the exporter's rules or metric_relabel_configs drop it",
    )


# --- a label ---------------------------------------------------------------------------------------------------------


def missing_label(
    label: str, metric: str, carried: Sequence[str], values: Mapping[str, Sequence[str]], facts: Facts
) -> Cause:
    """Return that no series of a metric has a label that a query filters by, groups by or shows.

    Args:
        label: the exported label.
        metric: the exported metric's name.
        carried: the labels of its series.
        values: some values of those labels.
        facts: what is known.
    """
    if metric in facts.records:  # it has what its rule finds, and what that lacks is told of the metric itself
        found = wrong_profile(facts)
        nothing = f"{metric} is recorded without {label}: what its rule asks for lacks it, or another version is loaded"
        return found if found is not None else Cause("label-missing", label, nothing, severity="info")
    other, best = facts.other_profile, facts.recognition.best
    logical = _logical_label(label, facts.profile)
    if other is not None and best is not None and not best.missing_labels and other.label(logical) in carried:
        found = wrong_profile(facts)
        if found is not None:
            return attrs.evolve(found, message=f"your series have {other.label(logical)}, not {label}: {found.message}")
    own = sorted(set(carried) - {"__name__", "job", "instance"})
    near = _renamed_to(label, logical, own, values, facts)
    likely = f"it was probably renamed to {near}" if near else "the exporter's rules must keep it"
    return Cause(
        "label-missing",
        label,
        f"no series of {metric} has the label {label}; they have {listed(own) or 'none'}",
        f"{likely}: fix the exporter's rules or the relabeling, or use a profile with that name "
        f"(dashlib profile --prometheus {facts.url} --write ours.json)",
    )


def _logical_label(exported: str, profile: Profile | None) -> str:
    labels = profile.family("debezium").labels if profile is not None else {}
    return next((logical for logical, name in labels.items() if name == exported), exported)


def _renamed_to(label: str, logical: str, own: Sequence[str], values: Mapping[str, Sequence[str]], facts: Facts) -> str:
    """Return the new name of a missing label: by its values, by spelling, or as the only one left.

    Labels that the profile uses for something else are excluded.
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
    """Tell whether a filter selects a temporary state, as `status="failed"` does.

    A filter that excludes a value, as `value!="RUNNING"` does, counts as well.
    """
    states = STATES.get(matcher.label, frozenset())
    return matcher.operator in ("!=", "!~") or set(matcher.value.split("|")) <= states


def no_such_state(matcher: Matcher) -> Cause:
    """Return that nothing is in the state that a filter selects."""
    asked = f'{matcher.label}{matcher.operator}"{matcher.value}"'
    return Cause("no-such-state", "", f"nothing is in the selected state: {asked}", severity="info")


def absent_value(matcher: Matcher, metric: str, values: Sequence[str], facts: Facts) -> Cause:
    """Return that no series of a metric has a value that a filter matches.

    Args:
        matcher: the filter.
        metric: the exported metric's name.
        values: the existing values.
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
            f"no connector here matches {asked}; the kinds here are {listed(facts.recognition.kinds)}",
            severity="info",
        )
    near = nearest(matcher.value, values) if matcher.operator == "=" else ""
    # A set may watch connectors that this Prometheus does not have, and similar names are intended.
    elsewhere = logical in ("server", "connector") and (facts.profile is not None or matcher.operator == "=~")
    return Cause(
        "value-missing",
        asked,
        f"no series of {metric} has {asked}; its values are {listed(sorted(values)) or 'none'}",
        f"did you mean {near!r}?" if near else "",
        "info" if elsewhere else "error",
    )


def no_such_combination(selector: str, metric: str, filters: Sequence[Matcher], facts: Facts) -> Cause:
    """Return that each filter of a selector matches some series, but all of them together none.

    Args:
        selector: as in the query.
        metric: the exported metric's name.
        filters: those of its filters that do not match everything.
        facts: what is known.
    """
    if len(filters) < LEAST_FILTERS:
        return Cause(
            "no-sample-in-range",
            metric,
            f"no sample of {metric} in the last {readable_seconds(facts.range)}, although there were some before",
            "was the connector stopped or deleted?",
            "info" if metric in facts.records else "warning",
        )
    if all(_logical_label(each.label, facts.profile) in WHO for each in filters):
        return Cause("nobody-left", "", "its filters match no connector here", severity="info")
    return Cause(
        "no-such-series",
        selector,
        f"each filter alone matches series of {metric}, but together they match none: {selector}",
        "the values exist, but never on the same series: drop a filter",
    )


# --- samples ---------------------------------------------------------------------------------------------------------


def no_history() -> Cause:
    """Return that an expression looks back to before Prometheus had any data."""
    return Cause(
        "no-history",
        "",
        "it compares with a time before Prometheus had these series",
        "try again later",
        "info",
    )


def no_sample_now(selector: str, last_seen: float, now: float, *, is_recorded: bool = False) -> Cause:
    """Return when a series without a current sample was last seen.

    Args:
        selector: as in the query.
        last_seen: seconds since 1970.
        now: seconds since 1970.
        is_recorded: a rule of the set records it, and has a series only while something holds.
    """
    ago = readable_seconds(now - last_seen)
    return Cause(
        "no-sample-now",
        selector,
        f"no sample now; the last one was {ago} ago: {selector}",
        "" if is_recorded else "was the connector stopped or deleted, did its task fail, or is the target down?",
        "info" if is_recorded else "warning",
    )


def too_few_samples(function: str, range_text: str, range_seconds: float, interval: float, job: str) -> Cause | None:
    """Return that a range is too short for the scrape interval; None if it is long enough."""
    if not math.isfinite(interval) or range_seconds >= LEAST_SAMPLES * interval:
        return None
    least = readable_seconds(SCRAPES_IN_A_RANGE * interval)
    return Cause(
        "scrape-interval",
        job,
        f"job {job} is scraped every {readable_seconds(interval)}: {function}(…[{range_text}]) covers fewer than two "
        f"samples and returns nothing",
        f"scrape more often, or use a range of at least {least}; in Grafana, set the datasource's scrape interval to "
        f"{readable_seconds(interval)}, from which $__rate_interval is derived",
    )


def just_started(function: str, selector: str) -> Cause:
    """Return that a series is so new that a range covers only one sample."""
    return Cause(
        "just-started",
        selector,
        f"{function}() needs two samples, and there is only one so far: {selector}",
        "try again after the next scrapes",
        "info",
    )


def nothing_offered(variable: str, regex: str, count: int) -> Cause:
    """Return that a variable has nothing to choose from, although its query returns series."""
    found = "the one series" if count == 1 else f"any of the {count} series"
    return Cause(
        "nothing-offered",
        variable,
        f"{variable} has no values: its regex {regex} does not match {found} that its query returns",
        'write a regex with a group that captures part of name{label="value"}, or use label_values(metric, label)',
    )


def not_a_number(values: Sequence[float], expression: str) -> Cause | None:
    """Return that every value is NaN; None if one is a number."""
    if not values or not all(math.isnan(value) for value in values):
        return None
    return Cause(
        "not-a-number",
        expression,
        "every value is NaN, which panels do not draw: a division by zero",
        "a byte-sized queue, for example, is 0 / 0 unless max.queue.size.in.bytes is set",
        "warning",
    )


def not_met() -> Cause:
    """Return that a comparison or an `unless` drops every series: the condition is not met."""
    return Cause(NOT_MET, "", "no series meets the condition", severity="info")


def all_unknown(metric: str, sentinel: float, count: int) -> Cause:
    """Return that every series has the value that means unknown, which is filtered."""
    return Cause(
        "unknown-so-far",
        metric,
        f"all {count} series of {metric} are at {sentinel:g}, which means unknown: no event since the task started",
        severity="info",
    )


# --- joins -----------------------------------------------------------------------------------------------------------


def no_match(left: Sequence[Labels], right: Sequence[Labels], matching: str, labels: Sequence[str]) -> Cause:
    """Return which label keeps two sides of an operator from matching.

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
            message = f"the join matches nothing: only the {other} side has {label}, the {side} side does not"
            hint = f"add {label} to ignoring (…), or list the labels to match in on (…)"
        else:
            message = (
                f"the join matches nothing: {label} is {listed(sorted(here), 3)} on the left and "
                f"{listed(sorted(there), 3)} on the right"
            )
            hint = f"make {label} the same on both sides by relabeling, or match on other labels"
        return Cause("join", label, message, hint)
    return Cause(
        "join",
        ", ".join(compared),
        "the join matches nothing: the sides share values of each label, but no series on the left agrees in "
        "all of them with one on the right",
        "run each side on its own",
    )


def _compared(left: Sequence[Labels], right: Sequence[Labels], matching: str, labels: Sequence[str]) -> list[str]:
    if matching == "on":
        return list(labels)
    everything = {label for each in (*left, *right) for label in each} - {"__name__"}
    return sorted(everything - set(labels) if matching == "ignoring" else everything)


def readable_seconds(seconds: float) -> str:
    """Return a duration in short form: `15s`, `2m`, `1h30m`, `2.5s`."""
    if seconds < 60 or not float(seconds).is_integer():  # noqa: PLR2004 - a minute
        return f"{seconds:.3g}s" if seconds < 60 else f"{round(seconds / 60)}m"  # noqa: PLR2004 - a minute
    hours, rest = divmod(int(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return "".join(f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if count)
