"""Naming profiles: how one exporter's configuration spells the logical metrics and labels.

Signals are written over logical metrics and labels in canonical units. A profile is data, one JSON file: for each
metric family the pattern of the exported name, the labels that are spelled differently or missing, which metrics
are exported at all, and single metrics that have a name, a label or a scale of their own.

The classes declare what a file may hold; a user's is read by them (`dashlib.tables`), and `schemas/profile.schema.json`
is generated from them. The files that dashlib ships, in `metrics/data/profiles/`, are trusted, because every run reads
some of them: a test holds them to the same declaration.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs

from dashlib.errors import ConfigurationError, DeclarationError
from dashlib.metrics.kinds import PLUGINS
from dashlib.tables import LABEL_NAME, SOMETHING, ListOf, MapOf, Number, OneOf, Place, Table, Text, holds, read
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dashlib.metrics.catalog import Catalog, Metric

#: Labels of Debezium's MBeans that an exporter may write into the metric's name: `{plugin}`, `{context}`.
IN_THE_NAME = ("plugin", "context")
#: What the name of a profile ends with when it is a shipped one under `lowercaseOutputName: true`.
LOWERCASE = "-lowercase"
#: The families whose names come from a JMX exporter's rules: a profile that says nothing of one exports none of it.
BY_RULES = frozenset({"debezium", "kafka_connect", "kafka_producer"})
#: The families that a file names, if only to say that nothing of them is exported.
REQUIRED_FAMILIES = ("debezium", "kafka_connect")
# The catalog knows these from agents 1.x, which cut `_total` off.
_SEEN_WITHOUT_TOTAL = frozenset({"kafka_connect", "kafka_producer"})
_FOLDER = Path(__file__).parent / "data" / "profiles"
_SCHEMA = "$schema"  # where editors find what a file may hold

_NAME = Text(r"[a-z0-9][a-z0-9-]*", "a name of lowercase letters, digits and '-'")
_FAMILY = Text(r"[a-z][a-z0-9_]*", "the name of a metric family: lowercase letters, digits and '_'")
_IN_A_PATTERN = r"\{(?:plugin|context|name|lower|snake)\}"
_PATTERN = Text(
    rf"(?:(?:[a-zA-Z_:]|{_IN_A_PATTERN})(?:[a-zA-Z0-9_:]|{_IN_A_PATTERN})*)?",
    "the pattern of a metric name: {name}, {lower} or {snake} stand for the logical name, {plugin} and {context} for "
    'the kind of connector and the context; or "" if nothing of the family is exported',
)
_EXPORTED = Text(
    r"[a-zA-Z_:](?:[a-zA-Z0-9_:]|\{(?:plugin|context)\})*",
    "an exported metric name, in which {plugin} and {context} stand for the kind of connector and the context",
)
_TARGET_LABEL = Text(r"[a-zA-Z_*][a-zA-Z0-9_*]*", "a label name, where * stands for any text")
_FORMS = OneOf(("number", "per_key", "text"))
_LABELS = ListOf(LABEL_NAME, "a list of label names")


class MissingInProfileError(DeclarationError):
    """An expression needs a metric or a label that an exporter with this profile does not have.

    Whatever shows or watches it (a panel, a rule, a variable) is left out and named: without the metric it would be
    empty, and without one of its conditions a rule would be a different rule.
    """


def _texts(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(items)


@attrs.frozen(repr=False)
class FamilyNaming(Value):
    """How a profile spells one metric family.

    Attributes:
        metric: pattern of the exported name; `{name}` stands for the logical one, `{lower}` for that in lower case,
            `{snake}` for that in snake_case; `{plugin}` and `{context}` for the connector's kind and the context, which
            are then no labels; empty when nothing of the family is exported.
        labels: exported name of each logical label that is spelled differently.
        optional_labels: logical labels that only some installations set, for example `connector` on Debezium's
            metrics, which comes from the connector's own `custom.metric.tags`. A filter on one of them also
            lets series without it pass.
        missing_labels: logical labels that the series never carry.
        added_labels: labels that its series carry beside those of the catalog, as they are exported.
        prefixes: beginnings of logical names that are spelled differently: `source_task_` → `source_task_metrics_`. The
            longest that fits is taken.
        exported: logical names that are exported, with `*` for any text; empty for all.
        forms: forms of Debezium's attributes that are exported (`Metric.form`); empty for all.
        total: what became of `_total` at the end of a name: `kept`, `cut` (JMX exporter 1.x cuts it off what no rule
            types as a counter) or `either`, which accepts both spellings.
        why: why something of the family is not exported, for messages.
    """

    metric: str = attrs.field(metadata=holds(_PATTERN))
    labels: Mapping[str, str] = attrs.field(factory=dict, metadata=holds(MapOf(LABEL_NAME, "an object of label names")))
    optional_labels: tuple[str, ...] = attrs.field(default=(), converter=_texts, metadata=holds(_LABELS))
    missing_labels: tuple[str, ...] = attrs.field(default=(), converter=_texts, kw_only=True, metadata=holds(_LABELS))
    added_labels: tuple[str, ...] = attrs.field(default=(), converter=_texts, kw_only=True, metadata=holds(_LABELS))
    prefixes: Mapping[str, str] = attrs.field(
        factory=dict, kw_only=True, metadata=holds(MapOf(Text(), "an object of strings"))
    )
    exported: tuple[str, ...] = attrs.field(
        default=(), converter=_texts, kw_only=True, metadata=holds(ListOf(SOMETHING, "a list of logical names"))
    )
    forms: tuple[str, ...] = attrs.field(
        default=(),
        converter=_texts,
        kw_only=True,
        metadata=holds(ListOf(_FORMS, f"a list; each item is {_FORMS.expected}")),
    )
    total: Literal["kept", "cut", "either"] = attrs.field(
        default="kept", kw_only=True, metadata=holds(OneOf(("kept", "cut", "either")))
    )
    why: str = attrs.field(default="", kw_only=True, metadata=holds(SOMETHING))

    @property
    def labels_in_the_name(self) -> tuple[str, ...]:
        """The labels whose values are part of the metric's name: `plugin`, `context`."""
        return tuple(label for label in IN_THE_NAME if self.is_in_the_name(label))

    def is_in_the_name(self, label: str) -> bool:
        """Tell whether a label's value is part of the metric's name."""
        return label in IN_THE_NAME and f"{{{label}}}" in self.metric

    def exports(self, metric: Metric) -> bool:
        """Tell whether a metric of the family is exported."""
        if not self.metric:
            return False
        if self.forms and metric.form and _form(metric) not in self.forms:
            return False
        return not self.exported or any(_matches(pattern, metric.name) for pattern in self.exported)

    def names(self, logical: str) -> tuple[str, ...]:
        """Return the patterns of a metric's exported names, `{plugin}` and `{context}` still in them."""
        prefix = max((each for each in self.prefixes if logical.startswith(each)), key=len, default="")
        name = self.prefixes.get(prefix, prefix) + logical.removeprefix(prefix)
        exported = self.metric.replace("{name}", name)
        exported = exported.replace("{lower}", name.lower())
        if "{snake}" in exported:
            exported = exported.replace("{snake}", snake_case(name))
        if not exported.endswith("_total") or self.total == "kept":
            return (exported,)
        cut = exported.removesuffix("_total")
        return (cut,) if self.total == "cut" else (exported, cut)


def snake_case(name: str) -> str:
    """Return a Java name in snake_case: `MilliSecondsBehindSource` → `milli_seconds_behind_source`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _form(metric: Metric) -> str:
    return "text" if metric.derived_from else metric.form


def _matches(pattern: str, name: str) -> bool:
    return _regex(pattern).fullmatch(name) is not None


@functools.cache
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))))


@attrs.frozen(repr=False)
class MetricNaming(Value):
    """A single metric that a profile spells or scales differently.

    Attributes:
        name: the exported name; `{plugin}` and `{context}` stand for the connector's kind and the context.
        scale: what an exported value is multiplied with to be in the canonical unit; None for the catalog's.
        also: other spellings of the name, where versions of the exporter differ.
        matchers: labels that tell the metric apart from others with the same exported name.
        added_labels: labels that its series carry beside those of the catalog, as they are exported.
    """

    name: str = attrs.field(metadata=holds(_EXPORTED))
    scale: float | None = attrs.field(default=None, metadata=holds(Number("a number above 0", more_than=0)))
    also: tuple[str, ...] = attrs.field(
        default=(), converter=_texts, metadata=holds(ListOf(_EXPORTED, "a list of exported metric names"))
    )
    matchers: Mapping[str, str] = attrs.field(
        factory=dict, metadata=holds(MapOf(Text(), "an object of strings", LABEL_NAME))
    )
    added_labels: tuple[str, ...] = attrs.field(default=(), converter=_texts, kw_only=True, metadata=holds(_LABELS))


_PLAIN = FamilyNaming("{name}")


@attrs.frozen(repr=False)
class Profile(Value):
    """The names, labels and scales that one exporter's configuration gives.

    Attributes:
        name: what `[tool.dashlib] profile` calls it.
        families: naming by metric family.
        metrics: naming of single metrics, by logical name; it wins over the family's.
        title: which exporter it is, for people.
        source: where its facts are from.
        notes: what a person who uses it should know.
        target_labels: labels that the scrape configuration beside this exporter's rules gives its targets, with `*`
            for any text: `strimzi_io_*`.
    """

    name: str = attrs.field(metadata=holds(_NAME))
    families: Mapping[str, FamilyNaming] = attrs.field(
        metadata=holds(MapOf(Table(FamilyNaming), "an object of metric families", _FAMILY))
    )
    metrics: Mapping[str, MetricNaming] = attrs.field(
        factory=dict, metadata=holds(MapOf(Table(MetricNaming), "an object of metrics"))
    )
    title: str = attrs.field(default="", kw_only=True, metadata=holds(SOMETHING))
    source: str = attrs.field(default="", kw_only=True, metadata=holds(SOMETHING))
    notes: tuple[str, ...] = attrs.field(
        default=(), converter=_texts, kw_only=True, metadata=holds(ListOf(SOMETHING, "a list of non-empty strings"))
    )
    target_labels: tuple[str, ...] = attrs.field(
        default=(),
        converter=_texts,
        kw_only=True,
        metadata=holds(ListOf(_TARGET_LABEL, "a list of label names, where * stands for any text")),
    )

    @functools.cached_property
    def spells_labels_plainly(self) -> bool:
        """Whether every label has its logical name, and none is missing."""
        return not any(
            naming.labels or naming.missing_labels or naming.labels_in_the_name for naming in self.families.values()
        )

    def family(self, family: str) -> FamilyNaming:
        """Return the naming of a family; a family of other exporters is spelled as it is."""
        known = self.families.get(family)
        if known is None:
            return _PLAIN if family not in BY_RULES else FamilyNaming("", why="the profile does not mention it")
        return known

    def exports(self, metric: Metric) -> bool:
        """Tell whether an exporter with this profile has a metric at all."""
        return metric.name in self.metrics or self.family(metric.family).exports(metric)

    def names(self, metric: Metric) -> tuple[str, ...]:
        """Return every spelling of a metric's exported name, the preferred first.

        `{plugin}` and `{context}` may stand in them.

        Raises:
            MissingInProfileError: the profile has none.
        """
        naming = self.metrics.get(metric.name)
        if naming is not None:
            return (naming.name, *naming.also)
        family = self.family(metric.family)
        if not family.exports(metric):
            why = f" ({family.why})" if family.why else ""
            raise MissingInProfileError(f"profile {self.name!r} has no {metric.name}{why}")
        return family.names(metric.name)

    def metric_name(self, metric: Metric) -> str:
        """Return the exported name of a logical metric; with several spellings, the preferred one.

        Raises:
            MissingInProfileError: the profile has none.
        """
        return self.names(metric)[0]

    def scale(self, metric: Metric) -> float:
        """Return what an exported value is multiplied with to be in the canonical unit."""
        naming = self.metrics.get(metric.name)
        return naming.scale if naming is not None and naming.scale is not None else metric.scale

    def unknown(self, metric: Metric) -> tuple[float, ...]:
        """Return the exported values that mean *unknown*: -1 ms is -0.001 where an exporter gives seconds."""
        scale = self.scale(metric)
        if scale == metric.scale:
            return metric.unknown
        return tuple(round(value * metric.scale / scale, 12) for value in metric.unknown)

    def matchers(self, metric: Metric) -> Mapping[str, str]:
        """Return the labels that tell a metric from others of the same exported name."""
        naming = self.metrics.get(metric.name)
        return naming.matchers if naming is not None else {}

    def added_labels(self, metric: Metric) -> frozenset[str]:
        """Return the labels that a metric's series carry beside those of the catalog, as they are exported."""
        naming = self.metrics.get(metric.name)
        of_metric = naming.added_labels if naming is not None else ()
        return frozenset((*of_metric, *self.matchers(metric), *self.family(metric.family).added_labels))

    def label(self, label: str, family: str = "debezium") -> str:
        """Return the exported name of a logical label of one metric family."""
        return self.family(family).labels.get(label, label)

    def has_label(self, label: str, family: str) -> bool:
        """Tell whether this family's series may carry a logical label."""
        naming = self.family(family)
        return label not in naming.missing_labels and not naming.is_in_the_name(label)

    def adds_to_targets(self, label: str) -> bool:
        """Tell whether the scrape configuration beside this exporter's rules gives its targets a label."""
        return any(_matches(pattern, label) for pattern in self.target_labels)

    def is_optional(self, label: str, family: str) -> bool:
        """Tell whether only some installations set this label on this family's metrics."""
        return label in self.family(family).optional_labels

    def exported_names(self, catalog: Catalog, *, families: Iterable[str] = BY_RULES) -> Mapping[str, tuple[str, ...]]:
        """Return the logical names of each exported name, also of metrics that are gone; several where labels differ.

        Args:
            catalog: the metrics that exist.
            families: of these families only.
        """
        found: dict[str, tuple[str, ...]] = {}
        for family in families:
            for metric in catalog.metrics(family):
                if self.exports(metric):
                    for name in (*self.names(metric), *self._with_total(metric)):
                        for exported in _spelled_out(name, metric):
                            found[exported] = (*found.get(exported, ()), metric.name)
        return found

    def _with_total(self, metric: Metric) -> tuple[str, ...]:
        """Return the name with the `_total` that agents 0.x keep, where the catalog has what agents 1.x make of it."""
        is_cut = metric.type == "counter" and metric.family in _SEEN_WITHOUT_TOTAL and "total" not in metric.name
        if not is_cut or metric.name in self.metrics or self.family(metric.family).total == "cut":
            return ()
        return (f"{self.names(metric)[0]}_total",)


def names_inside(name: str, metric: Metric) -> Mapping[str, tuple[str, ...]]:
    """Return, for each label in a name's pattern, the values that may stand there.

    Args:
        name: the pattern: `debezium_{context}_Connected`.
        metric: the metric that it spells.
    """
    if "{" not in name:  # as most are
        return {}
    contexts = metric.contexts or tuple(dict.fromkeys(each for one in metric.variants for each in one.contexts))
    values = {"plugin": tuple(dict.fromkeys((*metric.connectors, *PLUGINS))), "context": contexts}
    # JMX exporters put an underscore for whatever may not stand in a name: `schema_history`.
    return {
        label: tuple(value.replace("-", "_") for value in values[label])
        for label in IN_THE_NAME
        if f"{{{label}}}" in name
    }


def _spelled_out(name: str, metric: Metric) -> Iterator[str]:
    inside = names_inside(name, metric)
    for values in itertools.product(*inside.values()):
        exported = name
        for label, value in zip(inside, values, strict=True):
            exported = exported.replace(f"{{{label}}}", value)
        yield exported


@functools.cache
def shipped_profiles() -> tuple[str, ...]:
    """Return the names of the profiles that dashlib ships, sorted."""
    return tuple(sorted(entry.stem for entry in _FOLDER.glob("*.json")))


@functools.cache
def known_profiles() -> tuple[str, ...]:
    """Return the names of the shipped profiles, and behind them those of their variants with names in lower case."""
    in_lower_case = [name + LOWERCASE for name in shipped_profiles() if _spells_in_upper_case(load_profile(name))]
    return (*shipped_profiles(), *in_lower_case)


def _spells_in_upper_case(profile: Profile) -> bool:
    """Tell whether Debezium's names have capitals, which `lowercaseOutputName` would take away."""
    names = (profile.family("debezium").metric, *(naming.name for naming in profile.metrics.values()))
    return any("{name}" in name or name != name.lower() for name in names)


@functools.cache
def load_profile(name: str, root: Path | None = None) -> Profile:
    """Return a profile: one that dashlib ships, by name, or a file of the user's own.

    Args:
        name: a name, behind which `-lowercase` makes all names lower case; or the path of a file that ends in `.json`.
        root: folder that a path is relative to; the working directory when it is None.

    Raises:
        ConfigurationError: there is none of that name, or the file is not what the schema says.
    """
    if name.endswith(".json"):
        return read_profile((root or Path.cwd()) / name)
    shipped = name.removesuffix(LOWERCASE)
    # Not `importlib.resources`: it imports zipfile and tempfile. The catalog's files are read the same way.
    file = _FOLDER / f"{shipped}.json"
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", shipped) or not file.is_file():
        import difflib

        known = shipped_profiles()
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ConfigurationError(
            f"there is no naming profile {name!r}; {hint}dashlib ships: {', '.join(known)}; to use a file of your "
            "own, give its path, ending in .json"
        )
    import orjson

    profile = profile_from_data(orjson.loads(file.read_bytes()))
    return lowercased(profile) if name != shipped else profile


def lowercased(profile: Profile) -> Profile:
    """Return a profile as it spells with `lowercaseOutputName: true` in the exporter's rules."""
    families = {
        family: attrs.evolve(
            naming,
            metric=naming.metric.lower().replace("{name}", "{lower}"),
            prefixes={prefix: spelled.lower() for prefix, spelled in naming.prefixes.items()},
        )
        for family, naming in profile.families.items()
    }
    metrics = {
        metric: attrs.evolve(naming, name=naming.name.lower(), also=map(str.lower, naming.also))
        for metric, naming in profile.metrics.items()
    }
    return attrs.evolve(
        profile,
        name=profile.name + LOWERCASE,
        families=families,
        metrics=metrics,
        title=f"{profile.title}, names in lower case (lowercaseOutputName: true)",
    )


def read_profile(file: Path) -> Profile:
    """Return the profile in a file of the user's own.

    Raises:
        ConfigurationError: it cannot be read, or is not what the schema says; the message names file and place.
    """
    import orjson

    try:
        data = orjson.loads(file.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"the naming profile {file} cannot be read: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(f"{file}:{error.lineno}:{error.colno}: not valid JSON: {error.msg}") from None
    return profile_in(data, file)


def profile_in(data: object, file: Path) -> Profile:
    """Return the profile that a user's file holds.

    Args:
        data: what the file says.
        file: the file, for the message.

    Raises:
        ConfigurationError: it is not a profile; the message names the place, what was found and what is expected.
    """
    place = Place(file=file, is_json=True)
    own = {key: value for key, value in data.items() if key != _SCHEMA} if isinstance(data, dict) else data
    profile = read(Profile, own, place)
    for family in REQUIRED_FAMILIES:
        if family not in profile.families:
            raise place.within("families").error(f"key is missing: {family}; expected an object")
    return profile


def profile_from_data(data: Mapping[str, Any]) -> Profile:
    """Return a profile from the content of a file that dashlib ships; nothing is checked."""
    known = {**data, "families": {}, "metrics": {}}
    return Profile(
        **{
            **known,
            "families": {family: FamilyNaming(**naming) for family, naming in data["families"].items()},
            "metrics": {metric: MetricNaming(**naming) for metric, naming in data.get("metrics", {}).items()},
        }
    )


def profile_to_data(profile: Profile) -> dict[str, Any]:
    """Return the content of a profile's file: what is at its default is left out."""

    def filled(naming: FamilyNaming | MetricNaming) -> dict[str, Any]:
        return {
            field.name: list(value) if isinstance(value, tuple) else value
            for field in attrs.fields(type(naming))
            if (value := getattr(naming, field.name)) not in ((), "", None)
            and not (isinstance(value, Mapping) and not value)
            and not (field.name == "total" and value == "kept")
        }

    data = {
        "name": profile.name,
        "title": profile.title,
        "source": profile.source,
        "notes": list(profile.notes),
        "target_labels": list(profile.target_labels),
    }
    return {
        **{key: value for key, value in data.items() if value},
        "families": {name: {"metric": naming.metric, **filled(naming)} for name, naming in profile.families.items()},
        **({"metrics": {name: filled(naming) for name, naming in profile.metrics.items()}} if profile.metrics else {}),
    }
