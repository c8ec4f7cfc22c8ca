"""Which naming profile an exporter follows: told from the names and labels that it serves. Pure.

`observe` reads the text of `/metrics`; `dashlib.doctor` and `dashlib profile --prometheus` ask a Prometheus for the
same facts. A profile fits a series when the profile has a metric of that name and the series carries the labels that
tell connectors apart. For an exporter that no profile fits, `derive` makes one.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from typing import TYPE_CHECKING

import attrs

from dashlib.metrics import exposition
from dashlib.metrics.conventions import unit_of_word
from dashlib.metrics.exposition import MetricsTextError
from dashlib.metrics.kinds import CONTEXTS, PLUGINS
from dashlib.metrics.profiles import (
    IN_THE_NAME,
    FamilyNaming,
    MetricNaming,
    Profile,
    known_profiles,
    load_profile,
    shipped_profiles,
    snake_case,
)
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.metrics.catalog import Catalog, Metric

    Labels = Mapping[str, frozenset[str]]

#: What a label of the topic prefix is called, the likeliest first.
SERVER_LABELS = (
    "server",
    "name",
    "topic_prefix",
    "logical_name",
    "server_name",
    "debezium_logical_name",
    "debezium_connector_name",
    "connector",
    "connector_name",
)
# As they stand in a metric's name.
_CONTEXTS_IN_NAMES = tuple(context.replace("-", "_") for context in CONTEXTS)
_SCRAPED = frozenset({"job", "instance"})
_LEAST_FITTING = 0.5
_LEAST_NAMES = 3


@attrs.frozen(repr=False)
class Observed(Value):
    """What an exporter, or a Prometheus, has.

    Attributes:
        names: by exported metric name, its labels with some of their values; None if they were not read.
        partial: by exported metric name, labels that some of its series have and others do not; where that was read.
        types: by exported metric name, `counter` or `gauge`, where the exporter announces one of the two.
        units: by exported metric name, the unit of its values, or of those that its buckets count, as the catalog calls
            it, where the exporter announces one.
    """

    names: Mapping[str, Labels | None]
    partial: Mapping[str, frozenset[str]] = attrs.field(factory=dict)
    types: Mapping[str, str] = attrs.field(factory=dict)
    units: Mapping[str, str] = attrs.field(factory=dict)

    @functools.cached_property
    def folded(self) -> Mapping[str, str]:
        """The names by their lower case."""
        return {name.casefold(): name for name in self.names}


def observe(text: str, name: str = "this") -> Observed:
    """Return what the text of `/metrics` has.

    Args:
        text: in Prometheus' text format or in OpenMetrics.
        name: how the file is called in messages.

    Raises:
        MetricsTextError: it is in neither; the message shows the line.
    """
    names: dict[str, dict[str, set[str]]] = {}
    everywhere: dict[str, set[str]] = {}
    for metric, labels in exposition.series(text, name):
        of_metric = names.setdefault(metric, {})
        for label, value in labels.items():
            of_metric.setdefault(label, set()).add(value)
        everywhere.setdefault(metric, set(labels)).intersection_update(labels)
    announced = exposition.announced(text)
    return Observed(
        {metric: {label: frozenset(values) for label, values in labels.items()} for metric, labels in names.items()},
        {metric: some for metric, labels in names.items() if (some := frozenset(labels.keys() - everywhere[metric]))},
        dict(_types(names, announced)),
        dict(_units(names, announced)),
    )


def _types(names: Iterable[str], announced: Mapping[str, exposition.Announced]) -> Iterator[tuple[str, str]]:
    for name in names:
        said = announced.get(name) or announced.get(name.removesuffix("_total"))  # as OpenMetrics announces it
        if said is not None and said.type in {"counter", "gauge"}:
            yield name, said.type


def _units(names: Iterable[str], announced: Mapping[str, exposition.Announced]) -> Iterator[tuple[str, str]]:
    for name in names:
        said = announced.get(name) or announced.get(re.sub(r"_(?:total|bucket|sum)$", "", name))
        if said is not None and said.unit:
            yield name, unit_of_word(said.unit)


def together(found: Sequence[Observed]) -> Observed:
    """Return what several exporters have, as one."""
    names: dict[str, dict[str, frozenset[str]]] = {}
    partial: dict[str, frozenset[str]] = {}
    types: dict[str, str] = {}
    units: dict[str, str] = {}
    for observed in found:
        types, units = {**observed.types, **types}, {**observed.units, **units}
        for metric, labels in observed.names.items():
            own = labels or {}
            apart = frozenset(names[metric].keys() ^ own.keys() if metric in names else ())
            if some := observed.partial.get(metric, frozenset()) | apart:
                partial[metric] = partial.get(metric, frozenset()) | some
            of_metric = names.setdefault(metric, {})
            for label, values in own.items():
                of_metric[label] = of_metric.get(label, frozenset()) | values
    return Observed(names, partial, types, units)


@attrs.frozen(repr=False)
class Match(Value):
    """How well one profile fits.

    Attributes:
        profile: the profile.
        fitting: exported names that it spells so, whose series carry its labels, with the logical names.
        named: exported names that it spells so, whose series lack one of its labels.
        missing_labels: those labels, with the number of names that lack each.
        missing: logical metrics of the profile of which there is no series.
    """

    profile: Profile
    fitting: Mapping[str, tuple[str, ...]]
    named: tuple[str, ...]
    missing_labels: Mapping[str, int]
    missing: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """What the best is found by: names that fit, names that almost fit, and then the fewest that are missing."""
        return len(self.fitting), len(self.named), -self.missing


@attrs.frozen(repr=False)
class Recognition(Value):
    """Which profile an exporter follows, and the evidence.

    Attributes:
        matches: every profile that spells at least one name, the best first.
        concerned: exported names that look like Debezium's or Kafka Connect's.
        of_debezium: those of them that look like Debezium's.
        kinds: connectors' kinds that were seen.
        servers: number of topic prefixes that were seen.
    """

    matches: tuple[Match, ...]
    concerned: tuple[str, ...]
    of_debezium: frozenset[str]
    kinds: tuple[str, ...]
    servers: int

    @property
    def best(self) -> Match | None:
        """The profile that fits; None where none does, or where it fits less than half of Debezium's names."""
        if not self.matches:
            return None
        best = self.matches[0]
        fitting = {*best.fitting, *best.named}
        if len(fitting & self.of_debezium) < _LEAST_FITTING * len(self.of_debezium):
            return None
        return best if len(fitting) >= _LEAST_FITTING * len(self.concerned) else None

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Names that look like Debezium's or Kafka Connect's and that the best profile does not have."""
        if not self.matches:
            return self.concerned
        best = self.matches[0]
        known = {*best.fitting, *best.named}
        return tuple(name for name in self.concerned if name not in known)


def recognize(observed: Observed, catalog: Catalog, profiles: Iterable[Profile] | None = None) -> Recognition:
    """Return which profile what was observed follows.

    Args:
        observed: names and labels.
        catalog: the metrics that exist.
        profiles: those to choose from; by default all that dashlib ships, and their variants in lower case.
    """
    candidates = [load_profile(name) for name in known_profiles()] if profiles is None else list(profiles)
    matches = [match for match in (_match(profile, observed, catalog) for profile in candidates) if match is not None]
    matches.sort(key=lambda match: match.rank, reverse=True)
    known = {name for match in matches for name in (*match.fitting, *match.named)}
    of_debezium = frozenset(name for name in observed.names if _is_debeziums(name, catalog))
    concerned = tuple(
        name for name in observed.names if name in known or name in of_debezium or name.startswith("kafka_connect_")
    )
    kinds, servers = _kinds_and_servers(matches[0], observed) if matches else ((), 0)
    return Recognition(tuple(matches), concerned, of_debezium, kinds, servers)


def _match(profile: Profile, observed: Observed, catalog: Catalog) -> Match | None:
    fitting: dict[str, tuple[str, ...]] = {}
    named: list[str] = []
    lacking: Counter[str] = Counter()
    exported = profile.exported_names(catalog)
    for name in observed.names.keys() & exported.keys():
        metric = catalog.find(exported[name][0])
        labels = observed.names[name]
        lacks = _lacking(profile, metric, labels) if metric is not None and labels is not None else []
        lacking.update(lacks)
        if lacks:
            named.append(name)
        else:
            fitting[name] = exported[name]
    if not fitting and not named:
        return None
    seen = {logical for name in (*fitting, *named) for logical in exported[name]}
    every = {logical for logicals in exported.values() for logical in logicals}
    return Match(profile, fitting, tuple(sorted(named)), lacking, len(every - seen))


def _lacking(profile: Profile, metric: Metric, labels: Labels) -> list[str]:
    """Return the labels that tell connectors apart and that a series of a metric should carry, but does not."""
    wanted = {"debezium": ("server", "context"), "kafka_connect": ("connector",)}.get(metric.family, ())
    return [label for label in profile.matchers(metric) if label not in labels] + [
        exported
        for label in wanted
        if label in metric.labels
        and metric.labels != ()
        and not profile.is_optional(label, metric.family)
        and profile.has_label(label, metric.family)
        and not _is_of_the_worker(metric)
        and (exported := profile.label(label, metric.family)) not in labels
    ]


def _is_of_the_worker(metric: Metric) -> bool:
    """Tell whether a metric of Kafka Connect is one of a worker, which has no connector."""
    return metric.family == "kafka_connect" and metric.name.startswith("worker_") and "_task_count" not in metric.name


@attrs.frozen(repr=False)
class Respelled(Value):
    """How a Prometheus spells a metric family, where it is not as a set expects.

    Attributes:
        pattern: of the exported names, as in a profile: `dbz_{name}`.
        examples: exported names, by logical name.
    """

    pattern: str
    examples: Mapping[str, str]


def respelled(names: Iterable[str], catalog: Catalog, profile: Profile | None) -> Mapping[str, Respelled]:
    """Return how Debezium's and Kafka Connect's metrics are spelled, where that is not a known way.

    A family is spelled differently when more of its metrics have names of another pattern than have known names.

    Args:
        names: every existing metric name.
        catalog: the metrics that exist.
        profile: whose spelling is known; None for those of all profiles that dashlib ships.
    """
    profiles = [profile] if profile is not None else [load_profile(name) for name in known_profiles()]
    there = frozenset(names)
    known = frozenset(exported for each in profiles for exported in each.exported_names(catalog))
    unknown = sorted(there - known)
    found = {}
    for family in ("debezium", "kafka_connect"):
        spelling, examples = _most_used_spelling(unknown, _spelled(catalog, family))
        expected = {
            logical
            for each in profiles
            for exported, logicals in each.exported_names(catalog, families=(family,)).items()
            if exported in there
            for logical in logicals
        }
        if spelling is not None and len(examples) >= _LEAST_NAMES and len(examples) > len(expected):
            found[family] = Respelled(spelling.pattern, examples)
    return found


def concerned_names(names: Iterable[str], catalog: Catalog) -> list[str]:
    """Return those of many names that look like Debezium's or Kafka Connect's, or that some profile spells so."""
    known = {exported for name in known_profiles() for exported in load_profile(name).exported_names(catalog)}
    of_connect = tuple(_spelled(catalog, "kafka_connect"))
    return [
        name
        for name in names
        if name in known
        or name.startswith("kafka_connect_")
        or name.endswith(of_connect)
        or _is_debeziums(name, catalog)
    ]


def telling_names(names: Iterable[str], catalog: Catalog) -> list[str]:
    """Return those of many names whose labels tell what is to be known: a few metrics, however they are spelled."""
    wanted = {
        *("Connected", "MilliSecondsBehindSource", "QueueTotalCapacity", "RowsScanned"),
        *("connector_task_status", "connector_status", "source_task_source_record_poll_total"),
    }
    known = {
        exported
        for profile in map(load_profile, known_profiles())
        for exported, logical in profile.exported_names(catalog).items()
        if wanted & set(logical)
    }
    found = []
    for name in names:
        spelling = None
        if name not in known and _is_debeziums(name, catalog):
            spelling = _spelling(name, _spelled(catalog, "debezium"))
        if name in known or (spelling is not None and spelling[1] in wanted):
            found.append(name)
    return found


def _is_debeziums(name: str, catalog: Catalog) -> bool:
    folded = name.casefold()
    return folded.startswith("debezium") or any(folded.endswith(spelled) for spelled in _spelled(catalog, "debezium"))


@functools.cache
def _spelled(catalog: Catalog, family: str) -> Mapping[str, str]:
    """Return a family's metrics by how a name may end with them, in lower case; the longest first."""
    least = len("Connected")
    found: dict[str, str] = {}
    for metric in catalog.metrics(family):
        if len(metric.name) >= least and (family != "debezium" or metric.form in ("number", "per_key")):
            found[metric.name.casefold()] = metric.name
            found[snake_case(metric.name)] = metric.name
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _kinds_and_servers(match: Match, observed: Observed) -> tuple[tuple[str, ...], int]:
    profile = match.profile
    naming = profile.family("debezium")
    kinds: set[str] = set()
    servers: set[str] = set()
    for name in (*match.fitting, *match.named):
        labels = observed.names[name] or {}
        kinds |= labels.get(profile.label("plugin"), frozenset()) & set(PLUGINS)
        servers |= labels.get(profile.label("server"), frozenset())
    if "plugin" in naming.labels_in_the_name:
        before = naming.metric.partition("{plugin}")[0]
        for name in match.fitting:
            rest = name.removeprefix(before)
            kinds |= {plugin for plugin in PLUGINS if rest.startswith(f"{plugin}_")} if rest != name else set()
    return tuple(plugin for plugin in PLUGINS if plugin in kinds), len(servers)


# --- a profile of one's own ------------------------------------------------------------------------------------


@attrs.frozen(repr=False)
class _Spelling(Value):
    """How one name spells an attribute: what stands before and behind it, and in which case it is."""

    before: str
    style: str
    behind: str

    @property
    def pattern(self) -> str:
        return f"{self.before}{{{self.style}}}{self.behind}"


def derive(observed: Observed, catalog: Catalog, name: str, source: str = "") -> Profile:
    """Return a profile for an exporter that no shipped one fits.

    The pattern of Debezium's names is the one that most names follow; labels are told by their values. Kafka Connect's
    names are those of the shipped profile that explains most of them. Scales cannot be seen: they are the catalog's.

    Args:
        observed: names and labels.
        catalog: the metrics that exist.
        name: of the new profile.
        source: where it was observed, for the file.

    Raises:
        MetricsTextError: too few of Debezium's metrics are recognized, or no label tells connectors apart.
    """
    spelling, of_debezium = _most_used_spelling(observed.names, _spelled(catalog, "debezium"))
    if spelling is None or len(of_debezium) < _LEAST_NAMES:
        raise MetricsTextError(
            "found too few Debezium metrics among these names: is a connector running, and do the "
            "exporter's rules have a pattern for debezium.*?"
        )
    labels, missing = _labels_by_value(of_debezium, observed)
    in_the_name = [label for label in IN_THE_NAME if f"{{{label}}}" in spelling.pattern]
    labels = {logical: exported for logical, exported in labels.items() if logical not in in_the_name}
    missing = [label for label in missing if label not in in_the_name]
    forms = ["number"]
    if "RowsScanned" in of_debezium and "table" not in missing:
        forms.append("per_key")
    debezium = FamilyNaming(
        spelling.pattern,
        {logical: exported for logical, exported in labels.items() if logical != exported},
        ("connector",),
        missing_labels=missing,
        forms=forms,
        why="not seen when the profile was written",
    )
    connect, texts = _kafka_connect(observed, catalog), _texts(spelling, observed, catalog)
    return Profile(
        name,
        {"debezium": debezium, "kafka_connect": connect},
        texts,
        title=f"as observed at {source}" if source else "as observed",
        source=source,
        notes=("Written by dashlib profile. Values are taken to be in the units of Debezium's attributes.",),
    )


def _most_used_spelling(names: Iterable[str], spelled: Mapping[str, str]) -> tuple[_Spelling | None, Mapping[str, str]]:
    """Return the spelling that most names follow, and those names by metric; None where no name spells one."""
    found: dict[_Spelling, dict[str, str]] = {}
    for exported in names:
        if told := _spelling(exported, spelled):
            found.setdefault(told[0], {})[told[1]] = exported
    most = max(found, key=lambda spelling: len(found[spelling]), default=None)
    return most, found[most] if most is not None else {}


def _spelling(exported: str, spelled: Mapping[str, str]) -> tuple[_Spelling, str] | None:
    """Return how a name spells a metric, and the metric; None if it has none."""
    folded = exported.casefold()
    for lower, attribute in spelled.items():
        at = folded.rfind(lower)
        if at < 0:
            continue
        written = exported[at : at + len(lower)]
        styles = {"name": attribute, "lower": attribute.lower(), "snake": snake_case(attribute)}
        style = next((style for style, spelling in styles.items() if spelling == written), "")
        if not style:
            continue
        before, behind = _with_placeholders(exported[:at]), _with_placeholders(exported[at + len(lower) :])
        return _Spelling(before, style, behind), attribute
    return None


def _with_placeholders(text: str) -> str:
    """Return a part of a name with `{plugin}` and `{context}` where a connector's kind or a context stands."""
    for label, values in (("plugin", PLUGINS), ("context", _CONTEXTS_IN_NAMES)):
        text = re.sub(rf"(?<![a-z0-9])(?:{'|'.join(values)})(?![a-z0-9])", f"{{{label}}}", text, count=1)
    return text


def _labels_by_value(of_debezium: Mapping[str, str], observed: Observed) -> tuple[dict[str, str], list[str]]:
    """Return the exported name of each logical label, and the logical labels that no series carries."""
    streaming = next((name for name in ("Connected", "MilliSecondsBehindSource") if name in of_debezium), "")
    values = observed.names[of_debezium[streaming or next(iter(of_debezium))]] or {}
    labels: dict[str, str] = {}
    for label, found in values.items():
        if found <= set(CONTEXTS):
            labels["context"] = label
        elif found <= set(PLUGINS):
            labels["plugin"] = label
    rest = [label for label in values if label not in labels.values() and label not in _SCRAPED]
    preferred = [label for label in SERVER_LABELS if label in rest]
    if not preferred and len(rest) != 1:
        seen = ", ".join(sorted(values)) or "none"
        raise MetricsTextError(
            f"no label tells connectors apart: {of_debezium[streaming or next(iter(of_debezium))]} has {seen}; "
            "Debezium's MBeans carry the topic prefix as server, and the exporter's rules must keep it"
        )
    labels["server"] = (preferred or rest)[0]
    if "RowsScanned" in of_debezium:
        more = set(observed.names[of_debezium["RowsScanned"]] or ()) - set(values)
        likely = next((label for label in ("table", "key") if label in more), min(more, default=""))
        labels.update({"table": likely} if likely else {})
    everywhere = {label for name in of_debezium.values() for label in observed.names[name] or ()}
    labels.update({label: label for label in ("task", "database", "connector") if label in everywhere})
    if labels["server"] == "connector":
        labels.pop("connector", None)
    known = ("server", "plugin", "context", "task", "database", "table", "connector")
    # Only some connectors have a task or a database: that none was seen says nothing about the rules.
    return labels, [label for label in known if label not in labels and label not in ("task", "database")]


def _kafka_connect(observed: Observed, catalog: Catalog) -> FamilyNaming:
    best, most = FamilyNaming("", why="none was seen when the profile was written"), 0
    for name in shipped_profiles():
        profile = load_profile(name)
        count = len(observed.names.keys() & profile.exported_names(catalog, families=("kafka_connect",)).keys())
        if count > most:
            best, most = profile.family("kafka_connect"), count
    own = respelled(observed.names, catalog, None).get("kafka_connect")
    return FamilyNaming(own.pattern) if own is not None and len(own.examples) > most else best


def _texts(spelling: _Spelling, observed: Observed, catalog: Catalog) -> dict[str, MetricNaming]:
    """Return the naming of text attributes, and of numbers taken out of one, that the exporter has a rule for."""
    pattern = FamilyNaming(spelling.pattern)
    found = {}
    for metric in catalog.metrics("debezium"):
        if (metric.form == "text" or metric.derived_from) and not metric.unbounded:
            exported = pattern.names(metric.name)[0]
            if exported in observed.names:
                found[metric.name] = MetricNaming(exported)
    return found
