"""The metric catalog: what exists, on which connector and context, in which unit, with which labels and sentinels.

Names and labels are logical: `MilliSecondsBehindSource` with label `server`, however an exporter's configuration
spells them (that is a naming profile's). Units are canonical: seconds, bytes, ratios; `Metric.scale` turns an
exported value into one. `instance` and `job`, which Prometheus puts on everything that it scrapes, are listed only
where a metric has no other label (`up`).

The facts are data, one JSON file a family in `metrics/`. `debezium`, `kafka_connect` and `kafka_producer` are written
by `tools/generate_catalog.py` from connectors that ran (MBeans and scrapes) and from Debezium's source; the others
by hand, each file names its sources.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs

from dashlib.errors import ConfigurationError, DeclarationError
from dashlib.tables import ANY_LABEL_NAME, SOMETHING, ListOf, Number, OneOf, Place, Text, holds, read
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MetricType = Literal["counter", "gauge", "info", "histogram"]
OwnType = Literal["counter", "gauge", "info", "histogram", "summary"]

#: What an exported unit becomes: the canonical unit, and what an exported value is multiplied with to be in it.
#: A unit that is not here is canonical itself.
CANONICAL_UNITS: Mapping[str, tuple[str, float]] = {
    "ns": ("s", 1e-9),
    "us": ("s", 1e-6),
    "ms": ("s", 0.001),
    "m": ("s", 60.0),
    "h": ("s", 3600.0),
    "d": ("s", 86400.0),
    "epoch_ms": ("epoch_s", 0.001),
}

#: The values of these labels are few and known. Sources: Kafka Connect's `AbstractStatus.State`, as the JMX exporter's
#: rules give it; PostgreSQL's documentation of `pg_replication_slots`.
LABEL_VALUES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("kafka_connect", "status"): (
        "running", "paused", "stopped", "failed", "unassigned", "restarting", "destroyed",
    ),
    ("postgres_exporter", "wal_status"): ("reserved", "extended", "unreserved", "lost"),
}  # fmt: skip

_EXPORTED_NAME = (
    r"(?:debezium_metrics|debezium_[a-z0-9_]+?_connector_metrics|kafka_connect|kafka_producer)_(?P<name>\w+)"
)
_PRODUCTS = {"debezium": "Debezium", "kafka_connect": "Kafka", "kafka_producer": "Kafka"}


class UnknownMetricError(DeclarationError):
    """A metric is not in the catalog, or is one that nothing exports any more."""


def _names(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@attrs.frozen(slots=True, kw_only=True, eq=False, repr=False)
class Variant(Value):
    """What holds for some connectors of a Debezium metric, where connectors differ.

    Attributes:
        connectors: Debezium's connector kinds (the `plugin` label): `mysql`, `sql_server`, ….
        contexts: the contexts these connectors have it in: `streaming`, `snapshot`, ….
        labels: the logical labels it carries there.
        since: first Debezium version with it; `0.10.0` stands for that or any earlier one.
        gone_since: first Debezium version without it; None when it has none.
    """

    connectors: tuple[str, ...] = attrs.field(converter=_names)
    contexts: tuple[str, ...] = attrs.field(converter=_names)
    labels: tuple[str, ...] = attrs.field(converter=_names)
    since: str
    gone_since: str | None = None


def _number(value: float) -> float:
    # attrs reads a converter's signature when the class is made: slow for a built-in like float
    return float(value)


def _numbers(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(map(float, values))


def _variants(found: Iterable[Variant | Mapping[str, Any]]) -> tuple[Variant, ...]:
    return tuple(each if isinstance(each, Variant) else Variant(**each) for each in found)


@attrs.frozen(slots=True, kw_only=True, repr=False)
class Metric(Value):
    """What is known about one metric.

    Attributes:
        name: logical name, unique over all families.
        family: where it comes from: `debezium`, `kafka_connect`, …; `user` for one of the user's own.
        type: what it means, whatever type the exporter announces: `counter` only grows until a restart; `info` is a
            string in a label, with the value 1; `histogram` is a native one, whose samples have buckets in them.
        unit: canonical unit: `s`, `epoch_s`, `bytes`, `events`, `ratio` (0 to 1), `percent` (0 to 100), `bool` (0 or
            1), `count`, `number` (an ordinal or id: no sum of it means anything), `text`, ….
        exported_unit: unit of the exported value; the same as `unit` when it is not given.
        scale: an exported value multiplied with this is in the canonical unit (0.001 for milliseconds).
        bucket_unit: of a histogram, classic (its `…_bucket`) or native, the canonical unit of the values that it
            counts, while `unit` is that of their number; empty for anything else.
        bucket_scale: as `scale`, of those values.
        labels: logical labels that it may carry; not every connector or installation sets each (`connector` comes
            from `custom.metric.tags`; `task` and `database` see `variants`).
        contexts: Debezium's contexts that have it now; empty outside Debezium.
        connectors: Debezium's connector kinds that have it now; empty outside Debezium.
        unknown: values, as exported, that mean *unknown* or *switched off* and must not be compared or averaged.
        unbounded: its label values grow without end; not to be exported in production.
        form: how the attribute leaves a JMX exporter: `number`; `per_key` (one series a key of a map); `text` (only by
            a rule that makes the text a label); `never` (arrays); empty outside Debezium.
        java_type: type of the Debezium attribute; empty outside Debezium.
        since: first version with it (Debezium's; `0.10.0` stands for that or any earlier one); None when not known.
        gone_since: first version without it; None while it is exported.
        replacement: what to use instead of it.
        derived_from: the text attribute whose number the exporter's rule takes out.
        versions: the exporter's versions that have this name, such as `0.16-0.19` and `0.20+`; empty for all.
        observed: connectors and versions that really exposed it when they ran, such as `mysql 3.6.1`.
        variants: by connector, where connectors differ; empty when they don't.
    """

    name: str
    family: str
    type: MetricType = "gauge"
    unit: str
    exported_unit: str = attrs.field()
    scale: float = attrs.field(default=1.0, converter=_number)
    bucket_unit: str = ""
    bucket_scale: float = attrs.field(default=1.0, converter=_number)
    labels: tuple[str, ...] = attrs.field(default=(), converter=_names)
    contexts: tuple[str, ...] = attrs.field(default=(), converter=_names)
    connectors: tuple[str, ...] = attrs.field(default=(), converter=_names)
    unknown: tuple[float, ...] = attrs.field(default=(), converter=_numbers)
    unbounded: bool = False
    form: str = ""
    java_type: str = ""
    since: str | None = None
    gone_since: str | None = None
    replacement: str | None = None
    derived_from: str | None = None
    versions: tuple[str, ...] = attrs.field(default=(), converter=_names)
    observed: tuple[str, ...] = attrs.field(default=(), converter=_names)
    variants: tuple[Variant, ...] = attrs.field(default=(), converter=_variants)

    @exported_unit.default
    def _unit(self) -> str:
        return self.unit


@attrs.frozen(slots=True, eq=False, repr=False)
class Catalog(Value):
    """Every metric by its logical name.

    `find`, `in` and iteration know the metrics that are gone too; `metric`, which declarations are compiled with,
    refuses them.
    """

    _facts: Mapping[str, tuple[str, Mapping[str, Any]]] = attrs.field(repr=False)
    _never: Mapping[str, str] = attrs.field(repr=False)
    _metrics: dict[str, Metric] = attrs.field(factory=dict, repr=False)

    def metric(self, name: str) -> Metric:
        """Return a metric that is exported today.

        Args:
            name: its logical name.

        Raises:
            UnknownMetricError: it does not exist, or is gone; the message names what to use.
        """
        metric = self.find(name)
        if metric is None or metric.gone_since is not None:
            raise UnknownMetricError(self._why_not(name))
        return metric

    def find(self, name: str) -> Metric | None:
        """Return a metric by its logical name, also one that is gone; None when there never was one."""
        if name not in self._metrics and name in self._facts:
            family, facts = self._facts[name]
            self._metrics[name] = Metric(name=name, family=family, **facts)
        return self._metrics.get(name)

    def metrics(self, family: str | None = None) -> Iterator[Metric]:
        """Yield every metric, or those of one family, also those that are gone."""
        for name in dict.fromkeys((*self._facts, *self._metrics)):
            metric = self.find(name)
            if metric is not None and family in (None, metric.family):
                yield metric

    @property
    def never(self) -> Mapping[str, str]:
        """Names that people write and nothing ever exported, each with the metric to use instead."""
        return self._never

    def extended(self, metrics: Iterable[Metric]) -> Catalog:
        """Return a catalog with metrics of the user's own beside these.

        Raises:
            ConfigurationError: a name is taken.
        """
        known = dict(self._metrics)
        for metric in metrics:
            if metric.name in known or metric.name in self._facts:
                taken = self.find(metric.name) or known[metric.name]
                raise ConfigurationError(
                    f'[tool.dashlib.catalog.{metric.name}]: found a metric "{metric.name}" in the family '
                    f"{taken.family} already; remove the table, or rename the metric"
                )
            known[metric.name] = metric
        return Catalog(self._facts, self._never, known)

    def __contains__(self, name: object) -> bool:
        return name in self._facts or name in self._metrics

    def __iter__(self) -> Iterator[Metric]:
        return self.metrics()

    def _why_not(self, name: str) -> str:
        metric = self.find(name)
        if metric is not None:
            return f'"{name}" has not been exported since {_gone(metric)}'
        if name in self._never:
            return f'there has never been a metric "{name}"; use "{self._never[name]}" instead'
        message = f'there is no metric "{name}" in the catalog'
        exported = re.fullmatch(_EXPORTED_NAME, name)
        wanted = (exported["name"] if exported else name).casefold()
        by_folded_name = {known.casefold(): known for known in (*self._never, *self._facts, *self._metrics)}
        # JMX exporter 1.x cuts `_total` off what no rule types as a counter, 0.x does not.
        spellings = (wanted, f"{wanted}_total", wanted.removesuffix("_total"))
        logical = next((by_folded_name[spelling] for spelling in spellings if spelling in by_folded_name), None)
        if exported and logical:
            message = f'{message}: it is an exported name; its logical name is "{logical}"'
            metric = self.find(logical)
            if metric is None:
                return f'{message}, which has never existed; use "{self._never[logical]}" instead'
            return (
                message
                if metric.gone_since is None
                else f"{message}, which has not been exported since {_gone(metric)}"
            )
        return message + (self._other_form_of_histogram(name) or self._near(name, wanted, by_folded_name))

    def _near(self, name: str, wanted: str, by_folded_name: Mapping[str, str]) -> str:
        """Return the nearest name, or how to declare a metric of one's own."""
        import difflib  # only an error needs it

        exported_today = (folded for folded, known in by_folded_name.items() if self._is_exported(known))
        close = difflib.get_close_matches(wanted, exported_today, n=1)
        if close:
            return f'; did you mean "{by_folded_name[close[0]]}"?'
        table = name if is_plain_name(name) and ":" not in name else f'"{name}"'  # TOML quotes what is no bare key
        return f"; a metric of your own is declared as [tool.dashlib.catalog.{table}] in pyproject.toml"

    def _other_form_of_histogram(self, name: str) -> str:
        """Return what to write for the form of a histogram that the catalog does not say it has; empty for others."""
        if f"{name}_bucket" in self._metrics:
            return (
                f': its histogram is classic, "{name}_bucket"; where Prometheus keeps it native, too, its table says '
                'buckets = "both"'
            )
        whole = next((name.removesuffix(end) for end in ("_bucket", "_sum", "_count") if name.endswith(end)), "")
        if whole in self._metrics and self._metrics[whole].type == "histogram":
            return (
                f': "{whole}" is a native histogram: ask it by histogram_quantile(…, rate({whole}[…])) or '
                'histogram_count(…); where Prometheus keeps the classic series, too, its table says buckets = "both"'
            )
        return ""

    def _is_exported(self, name: str) -> bool:
        if name in self._facts:
            return "gone_since" not in self._facts[name][1]
        return name in self._metrics


def _gone(metric: Metric) -> str:
    product = f"{_PRODUCTS.get(metric.family, metric.family)} {metric.gone_since}"
    return f'{product}; use "{metric.replacement}" instead' if metric.replacement else f"{product}; nothing replaces it"


@functools.cache
def catalog() -> Catalog:
    """Return the catalog that dashlib ships; it is read once, and a `Metric` is made when it is first asked for."""
    import orjson  # a command that compiles nothing does not need it

    facts: dict[str, tuple[str, Mapping[str, Any]]] = {}
    never: dict[str, str] = {}
    for file in sorted((Path(__file__).parent / "data" / "catalog").glob("*.json")):
        family = orjson.loads(file.read_bytes())
        facts.update((name, (family["family"], entry)) for name, entry in family["metrics"].items())
        never.update(family.get("never", {}))
    return Catalog(facts, never)


@attrs.frozen(eq=False, repr=False)
class OwnMetric(Value):
    """A metric of the user's own, as `[tool.dashlib.catalog.NAME]` declares it.

    Attributes:
        type: what it counts or measures. A `histogram` stands for its series `NAME_bucket`, `NAME_sum` and
            `NAME_count`, a `summary` for `NAME` by `quantile`, `NAME_sum` and `NAME_count`.
        unit: as exported; one that `CANONICAL_UNITS` lists is scaled: milliseconds become seconds.
        labels: its labels, beside those of the target, `le` and `quantile`.
        unknown: values that stand for "not known".
        buckets: of a histogram: `classic`, a series for each bucket; `native`, all in one series called `NAME`; or
            `both`, where Prometheus keeps the classic series beside the native one.
        help: what it is, as its exporter says; for people.
    """

    type: OwnType = attrs.field(metadata=holds(OneOf(("counter", "gauge", "info", "histogram", "summary"))))
    unit: str = attrs.field(
        metadata=holds(Text(SOMETHING.pattern, 'the unit as exported, such as "s", "ms", "bytes" or "count"'))
    )
    labels: tuple[str, ...] = attrs.field(
        default=(), metadata=holds(ListOf(ANY_LABEL_NAME, 'a list of label names, such as ["server"]'))
    )
    unknown: tuple[float, ...] = attrs.field(
        default=(), metadata=holds(ListOf(Number(), "a list of numbers, such as [-1]"))
    )
    buckets: Literal["classic", "native", "both"] = attrs.field(
        default="classic", metadata=holds(OneOf(("classic", "native", "both")))
    )
    help: str = attrs.field(default="", metadata=holds(Text()))


#: Prometheus 3 keeps any text as a name; dashlib asks for it as `{__name__="my.metric"}`.
METRIC_NAME = Text(
    ANY_LABEL_NAME.pattern, "the name of a metric: letters, digits, '_', ':' and, with Prometheus 3, '.' and others"
)
_PLAIN_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def is_plain_name(name: str) -> bool:
    """Tell whether a metric's name can be written as a word, as in every version of Prometheus."""
    return _PLAIN_NAME.fullmatch(name) is not None


def own_metrics(name: str, table: Mapping[str, object], file: Path | None = None) -> tuple[Metric, ...]:
    """Return what `[tool.dashlib.catalog.NAME]` in `pyproject.toml` declares: a metric, or the series of a histogram.

    Args:
        name: the metric's name as Prometheus has it; of a histogram or summary without `_bucket`, `_sum`, `_count`.
        table: as `OwnMetric` declares it.
        file: the `pyproject.toml`, for messages.

    Raises:
        ConfigurationError: the name or a key is wrong; the message says what was found and what would be right.
    """
    METRIC_NAME.read(name, Place(("catalog",), file))
    place = Place(("catalog", name), file)
    own = read(OwnMetric, table, place)
    for key, types in (("buckets", {"histogram"}), ("unknown", {"counter", "gauge", "info"})):
        if key in table and own.type not in types:
            raise place.error(f"{key} is not for a {own.type}; remove it", key)
    if own.type in {"histogram", "summary"}:
        ending = next((each for each in ("_bucket", "_sum", "_count") if name.endswith(each)), "")
        if ending:
            raise place.error(
                f'declares the series of a {own.type}; declare "{name.removesuffix(ending)}" once, which stands for all'
            )
    canonical, scale = CANONICAL_UNITS.get(own.unit, (own.unit, 1.0))
    of_user = functools.partial(Metric, family="user")
    measured = functools.partial(of_user, unit=canonical, exported_unit=own.unit, scale=scale)
    if own.type not in {"histogram", "summary"}:
        return (measured(name=name, type=own.type, labels=own.labels, unknown=own.unknown),)
    counted = functools.partial(of_user, type="counter", unit="count")
    totals = (
        measured(name=f"{name}_sum", type="counter", labels=own.labels),
        counted(name=f"{name}_count", labels=own.labels),
    )
    if own.type == "summary":
        return (measured(name=name, labels=(*own.labels, "quantile")), *totals)
    buckets = functools.partial(of_user, unit="count", bucket_unit=canonical, bucket_scale=scale)
    found: tuple[Metric, ...] = ()
    if own.buckets != "native":
        found = (buckets(name=f"{name}_bucket", type="counter", labels=(*own.labels, "le")), *totals)
    if own.buckets != "classic":
        found = (buckets(name=name, type="histogram", labels=own.labels), *found)
    return found


def own_catalog(tables: Mapping[str, Mapping[str, object]], file: Path | None = None) -> Catalog:
    """Return the metrics that dashlib ships and those that `[tool.dashlib.catalog]` declares.

    Raises:
        ConfigurationError: a table is wrong, or a name is taken.
    """
    own = [metric for name, table in tables.items() for metric in own_metrics(name, table, file)]
    return catalog().extended(own) if own else catalog()
