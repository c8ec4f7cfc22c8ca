"""The catalog of what an exporter or a Prometheus has: `[tool.dashlib.catalog]` from its metrics. Pure.

What the exporter announces (type, help, unit) is taken as it is. What it does not, Prometheus' conventions tell by the
name; such a guess is marked, for a person to look at.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Final, cast, get_args

from attrs import frozen

from dashlib.errors import ConfigurationError
from dashlib.metrics.catalog import METRIC_NAME, OwnType, own_catalog
from dashlib.metrics.conventions import unit_in_name, unit_of_word
from dashlib.metrics.exposition import Announced
from dashlib.promql.types import unknown_metric
from dashlib.tables import ANY_LABEL_NAME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

_SERIES: Final = ("_bucket", "_sum", "_count")
_MADE_BY_THE_TYPE: Final = frozenset({"le", "quantile"})
_OF_EVERY_TARGET: Final = frozenset({"__name__", "job", "instance"})
_OF_A_TYPE: Final = {"stateset": "bool", "info": "text"}
_WHERE: Final = "[tool.dashlib.catalog]"
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


@frozen
class Discovered:
    """A metric as `[tool.dashlib.catalog.NAME]` would declare it.

    Attributes:
        name: of the table; of a histogram or summary without `_bucket`, `_sum`, `_count`.
        type: as `OwnMetric`'s.
        unit: as exported.
        labels: that its series carry, sorted, without those of the target.
        help: as the exporter announces it; empty for none.
        buckets: of a histogram, as `OwnMetric`'s; empty for anything else.
        guessed: what nobody announced, and the name tells or a default says: `type`, `unit`.
    """

    name: str
    type: OwnType
    unit: str
    labels: tuple[str, ...] = ()
    help: str = ""
    buckets: str = ""
    guessed: tuple[str, ...] = ()

    def table(self) -> dict[str, object]:
        """Return the settings of its table."""
        settings = {"type": self.type, "unit": self.unit, "labels": list(self.labels), "help": self.help}
        if self.buckets != "classic":
            settings["buckets"] = self.buckets
        return {key: value for key, value in settings.items() if value}

    def toml(self) -> str:
        """Return its table; a guess has a comment."""
        lines = [f"[tool.dashlib.catalog.{self.name if _BARE.fullmatch(self.name) else _quoted(self.name)}]"]
        for key, value in self.table().items():
            written = _quoted(value) if isinstance(value, str) else f"[{', '.join(map(_quoted, self.labels))}]"
            lines.append(f"{key} = {written}{'  # guessed' if key in self.guessed else ''}")
        return "\n".join(lines) + "\n"


def series_of(names: Collection[str], announced: Mapping[str, Announced]) -> dict[str, tuple[str, ...]]:
    """Return the series of each metric: of a histogram or summary all of them, by its name.

    Args:
        names: of series.
        announced: what the exporters say of their metrics.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(names):
        ending = next((each for each in _SERIES if name.endswith(each)), "")
        base = name.removesuffix(ending) if ending else name
        is_part = announced.get(base, Announced()).type in {"histogram", "summary"} or (
            base not in announced and {f"{base}{each}" for each in _SERIES} <= set(names)
        )
        metric = base if ending and is_part else name
        found[metric] = (*found.get(metric, ()), name)
    return found


def discover(
    series: Mapping[str, tuple[str, ...]],
    labels: Mapping[str, Collection[str]],
    announced: Mapping[str, Announced],
    of_targets: Collection[str] = (),
) -> Iterator[Discovered]:
    """Yield each metric as the catalog would declare it, in the order of their names.

    Args:
        series: the series of each metric, as `series_of` returns them.
        labels: the labels of each series.
        announced: what the exporters say of their metrics.
        of_targets: labels that the scrape configuration gives to everything.
    """
    for name, parts in sorted(series.items()):
        said = _announcement(name, announced)
        own = {label for part in parts for label in labels.get(part, ())}
        own -= {*_OF_EVERY_TARGET, *_MADE_BY_THE_TYPE, *of_targets}
        kind = _type(name, parts, said)
        unit = unit_of_word(said.unit) or _OF_A_TYPE.get(kind if kind == "info" else said.type) or unit_in_name(name)
        buckets = ""
        if kind == "histogram":
            is_classic = f"{name}_bucket" in parts
            buckets = ("both" if name in parts else "classic") if is_classic else "native"
        own = {label for label in own if re.fullmatch(ANY_LABEL_NAME.pattern, label)}
        guessed = ("type",) if said.type not in _ANNOUNCED else ()
        yield Discovered(
            name,
            kind,
            unit or "count",
            tuple(sorted(own)),
            said.help,
            buckets,
            guessed if unit or kind == "counter" else (*guessed, "unit"),
        )


#: The types that an exporter announces, and what the catalog calls them.
_ANNOUNCED: Final[Mapping[str, OwnType]] = {
    **{each: cast("OwnType", each) for each in get_args(OwnType)},
    "gaugehistogram": "gauge",
    "stateset": "gauge",
}


def _announcement(name: str, announced: Mapping[str, Announced]) -> Announced:
    """Return what is said of a metric; OpenMetrics leaves off the ending of a counter and of an info."""
    bases = (name, name.removesuffix("_total"), name.removesuffix("_info"), name.removesuffix("_created"))
    found = next((announced[base] for base in bases if base in announced), Announced())
    if name.endswith("_created") and name not in announced:
        return Announced("gauge", f"When it was created: {found.help}" if found.help else "")
    return found


def _type(name: str, parts: tuple[str, ...], said: Announced) -> OwnType:
    kind = _ANNOUNCED.get(said.type)
    if kind == "gauge" and name.endswith("_info"):
        return "info"  # by convention: its value is 1, and what it says is in its labels
    if kind is not None:
        return kind
    if any(part.endswith("_bucket") and part != name for part in parts):
        return "histogram"
    return "counter" if unknown_metric(name).kind == "counter" else "gauge"


@frozen
class Merged:
    """What became of a configuration file.

    Attributes:
        text: the file with the tables that it lacked; what was in it stands as it was.
        added: names that were not in it.
        kept: names that were in it already.
        contradicted: sentences about those of them that what was found contradicts.
    """

    text: str
    added: tuple[str, ...]
    kept: tuple[str, ...]
    contradicted: tuple[str, ...]


def merged(text: str, found: Iterable[Discovered], file: str) -> Merged:
    """Return a configuration with the metrics that it lacks behind everything else.

    Args:
        text: the file's content; empty for a new file.
        found: the metrics.
        file: its name, for messages.

    Raises:
        ConfigurationError: it is not valid TOML, or writes the catalog in a way that nothing can be added to, or
            declares a series of a histogram that is new.
    """
    before = _parsed(text, file)
    there = _catalog_in(before, file)
    new = [metric for metric in found if metric.name not in there]
    old = [metric for metric in found if metric.name in there]
    pieces = [text.rstrip("\n") + "\n"] if text.strip() else []
    result = "\n".join([*pieces, *(metric.toml() for metric in new)])
    try:
        after = tomllib.loads(result)
    except tomllib.TOMLDecodeError:
        raise ConfigurationError(
            f"{file} writes {_WHERE} as one value, to which nothing can be added; write it as tables, "
            "[tool.dashlib.catalog.NAME], or write to another file and copy from it"
        ) from None
    for metric in new:  # what is added must not have moved anything else
        _catalog_in(after, file).pop(metric.name)
    if _pruned(after) != _pruned(before):
        raise ConfigurationError(f"{file} was left as it is: {_WHERE} cannot be added to it; write to another file")
    if new:
        own_catalog({**cast("dict[str, dict[str, object]]", there), **{metric.name: metric.table() for metric in new}})
    said = [sentence for metric in old for sentence in _contradictions(metric, there[metric.name])]
    return Merged(result, tuple(each.name for each in new), tuple(each.name for each in old), tuple(said))


def _pruned(value: object) -> object:
    if not isinstance(value, dict):
        return value
    pruned = {key: _pruned(each) for key, each in value.items()}
    return {key: each for key, each in pruned.items() if each != {}}


def _parsed(text: str, file: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file} is not valid TOML: {error}; fix it, or write to another file") from None


def _catalog_in(data: Mapping[str, object], file: str) -> dict[str, object]:
    """Return the table of the catalog, empty where the file has none."""
    here: object = data
    for key in ("tool", "dashlib", "catalog"):
        here = here.get(key, {}) if isinstance(here, dict) else None
    if not isinstance(here, dict):
        raise ConfigurationError(f"{file}: {_WHERE} is not a table of tables; fix it, or write to another file")
    return here


def _contradictions(metric: Discovered, table: object) -> Iterator[str]:
    declared = table if isinstance(table, dict) else {}
    for key in ("type", "unit", "buckets"):
        said, there = declared.get(key), getattr(metric, key)
        said = "classic" if key == "buckets" and said is None and metric.buckets else said
        if said is not None and said != there and there and key not in metric.guessed:
            yield f"{metric.name} is declared with {key} = {_quoted(str(said))}, but there it is {_quoted(there)}"
    known = set(declared.get("labels", ()))
    if missing := sorted(known - set(metric.labels)):
        yield f"{metric.name} is declared with the label {', '.join(missing)}, but no series has it there"
    if more := sorted(set(metric.labels) - known):
        yield f"{metric.name} has the label {', '.join(more)} there, which its table does not list"


def is_declarable(name: str) -> bool:
    """Tell whether the catalog can hold a metric of this name."""
    return re.fullmatch(METRIC_NAME.pattern, name) is not None


def _quoted(text: object) -> str:
    """Return a string as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
