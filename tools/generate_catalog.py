"""Write the catalog's generated families from what was measured: `generate_catalog.py SHARED_DIR [--check]`.

Reads, in SHARED_DIR/truth: `metrics-catalog.json` (attributes of all connectors, read in Debezium's source),
`mbeans.json` (what running connectors exposed) and `metrics/streaming.own-rules*.prom` (a scrape of Kafka Connect
with JMX exporter 1.0.1 and 0.20.0). Writes `dashlib/metrics/data/catalog/{debezium,kafka_connect,kafka_producer}.json`;
with --check it writes nothing, and exits 1 with a diff if a file would change.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from dashlib.metrics.catalog import CANONICAL_UNITS
from dashlib.metrics.kinds import CONTEXTS, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

Place: TypeAlias = "tuple[tuple[str, ...], str, str | None]"
"""Labels, first version, and the version that removed it, of an attribute in one context of a connector kind."""

METRICS = Path(__file__).parents[1] / "dashlib" / "metrics" / "data" / "catalog"

# All of Debezium's source connectors for relational databases, and the rest, in the order of the files.
RELATIONAL = tuple(kind.name for kind in KINDS if kind.group == "relational")
CONNECTORS = (*RELATIONAL, *(kind.name for kind in KINDS if kind.group != "relational"))
CONNECTOR_GROUPS = {
    "all": (*RELATIONAL, *(kind.name for kind in KINDS if kind.group == "document")),
    "all relational (schema interner)": RELATIONAL,
    "jdbc (sink)": tuple(kind.name for kind in KINDS if kind.group == "sink"),
}
LABELS = ("server", "plugin", "context", "connector", "task", "database", "table", "key", "value", "gtid_source")

# How an attribute leaves a JMX exporter, by its Java type as far as `<`; report.md §4.
FORMS = {"String": "text", "String[]": "never", "Set": "never", "Map": "per_key"}
# Cumulative, though their unit does not say so: a name that says it, or the class that declares it.
CUMULATIVE = re.compile(
    r"Total\w+TimeInMilliseconds|(Hit|Miss|RegisteredDml|UnparsableDdl|TotalSchemaChangeParseError)Count"
    r"|NetworkConnectionProblemsCounter"
)
UNITS = {
    "bool 0/1": "bool",
    "percent 0-100": "percent",
    "epoch ms": "epoch_ms",
    "epoch s": "epoch_s",
    "switches/day": "switches/d",
    "SCN": "number",
    "id": "number",
    "index": "number",
    "text STOPPED|RECOVERING|RUNNING": "text",
    "list of text": "text",
    "set of text": "text",
    "map of text": "text",
}
# Seen on a running connector, absent from metrics-catalog.json.
UNITS_OF_UNDOCUMENTED = {"TotalNumberOfLogicalMessageEventsSeen": "events (cumulative)"}
# Cardinality measured in report.md §4.
UNBOUNDED = {"GtidSet", "LastEvent", "LastTransactionId", "SourceEventPosition"}
REPLACEMENTS = {
    "CurrentRedoLogFileName": "CurrentLogFileNames",
    "FetchingQueryCount": "FetchQueryCount",
    "HoursToKeepTransactionInBuffer": "MillisecondsToKeepTransactionsInBuffer",
    "MaxCapturedDmlInBatch": "MaxCapturedDmlCountInBatch",
    "MonitoredTables": "CapturedTables",
    "RedoLogStatus": "RedoLogStatuses",
    "RegisteredDmlCount": "TotalCapturedDmlCount",
    "SecondsBehindMaster": "MilliSecondsBehindSource",
    "SecondsSinceLastEvent": "MilliSecondsSinceLastEvent",
    "SwitchCounter": "LogSwitchCount",
    "TotalProcessingTimeInMilliseconds": "TotalBatchProcessingTimeInMilliseconds",
    "UnparsableDdlCount": "TotalSchemaChangeParseErrorCount",
}
# Names in the course's texts that no version has had.
NEVER = {
    "GtidModeEnabled": "IsGtidModeEnabled",
    "LastEventTimestamp": "MilliSecondsSinceLastEvent",
    "NumberOfEventsSkipped": "NumberOfSkippedEvents",
    "SnapshotStartTimestamp": "SnapshotDurationInSeconds",
}
# Numbers that the lab's exporter rules take out of texts: name, attribute, labels more.
# The file number is that of the last event, where a restart goes on from: an exporter has one rule for an attribute,
# and the one for BinlogFilename gives its name.
DERIVED = (
    ("BinlogFileNumber", "SourceEventPosition", ()),
    ("GtidPosition", "LastTransactionId", ("gtid_source",)),
)

# Kafka's own metrics carry no unit but in their names; the first pattern that is found counts.
KAFKA_UNITS = (
    (r"connector_(class|type|version)$", "text"),
    (r"(status|rebalancing)$", "bool"),
    (r"(percentage|ratio|compression_rate_avg)$", "ratio"),  # the percentages are fractions: report.md §5
    (r"_time_ns(_avg)?$", "ns"),
    (r"_ms$", "ms"),
    (r"(_seconds_ago|metadata_age)$", "s"),
    (r"_timestamp$", "epoch_ms"),
    (r"(latency|response_time|join_time|sync_time|queue_time|throttle_time)(_avg|_max)?$", "ms"),
    (r"_rate_per_hour$", "count/h"),
    (r"_byte_rate$", "bytes/s"),
    (r"(_bytes?|(producer_batch|request|record)_size_(avg|max))$", "bytes"),
    (r"record_(poll|write|send|retry|error)_rate$", "records/s"),
    (r"(record_(poll|write)_total|record_active_count(_avg|_max)?|task_batch_size_(avg|max))$", "records"),
    (r"(record_(send|retry|error)|record_(errors|failures)|records_skipped|records_per_request_avg)$", "records"),
    (r"_epoch$", "number"),
    (r"_rate$", "count/s"),
    (r"_(count|total|errors_logged|retries|produce_(failures|requests)|in_flight|threads)$", "count"),
    (r"assigned_(connectors|tasks)$", "count"),
)
KAFKA_COUNTER = re.compile(r"task_error_(total|deadletterqueue)_")
KAFKA_UNKNOWN = {"_timestamp": [0], "_seconds_ago": [-1]}  # no error so far; no rebalance or heartbeat so far


def main(arguments: list[str] | None = None) -> int:
    """Write or check the files; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("shared", type=Path, metavar="SHARED_DIR", help="folder that contains truth/")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 with a diff if a file would change")
    options = parser.parse_args(arguments)
    changed = False
    for family in families(options.shared / "truth"):
        path = METRICS / f"{family['family']}.json"
        old, new = path.read_text() if path.exists() else "", dump(family)
        if old == new:
            continue
        changed = True
        if options.check:
            lines = difflib.unified_diff(
                old.splitlines(keepends=True), new.splitlines(keepends=True), str(path), "generated", n=0
            )
            sys.stdout.writelines(lines)
        else:
            path.write_text(new)
            print(f"wrote {path} ({len(family['metrics'])} metrics, {len(new.encode())} bytes)")
    return int(changed and options.check)


def families(truth: Path) -> list[dict[str, Any]]:
    """Return the generated families."""
    scrapes = [truth / "metrics" / f"streaming.own-rules{suffix}.prom" for suffix in ("", ".agent-0.20.0")]
    return [
        {
            "family": "debezium",
            "sources": ["metrics-catalog.json", "mbeans.json", "report.md"],
            "never": NEVER,
            "metrics": debezium(
                json.loads((truth / "metrics-catalog.json").read_text()),
                json.loads((truth / "mbeans.json").read_text()),
            ),
        },
        *(
            {
                "family": family,
                "sources": [scrape.name for scrape in scrapes],
                "metrics": kafka(f"{family}_", *(scrape.read_text() for scrape in scrapes)),
            }
            for family in ("kafka_connect", "kafka_producer")
        ),
    ]


def dump(family: dict[str, Any]) -> str:
    """Return a family as JSON, one metric a line."""
    head = {key: value for key, value in family.items() if key != "metrics"}
    lines = [f" {json.dumps(key)}: {json.dumps(value, sort_keys=True)}" for key, value in head.items()]
    lines.insert(1, ' "generated_by": "tools/generate_catalog.py"')
    metrics = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(facts, sort_keys=True, separators=(',', ':'))}"
        for name, facts in sorted(family["metrics"].items())
    )
    return "{\n" + ",\n".join(lines) + ',\n "metrics": {\n' + metrics + "\n }\n}\n"


# --- Debezium ---------------------------------------------------------------------------------------------------------


def debezium(documented: list[dict[str, Any]], captures: list[dict[str, Any]]) -> dict[str, Any]:
    """Return Debezium's metrics by attribute.

    Args:
        documented: one row an attribute, connector and context.
        captures: the MBeans of running connectors.
    """
    observed = observations(captures)
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in documented:
        rows.setdefault(row["attribute"], []).append(row)
    for (name, connector, context), seen in observed.items():
        if name not in rows and name not in UNITS_OF_UNDOCUMENTED:
            raise SystemExit(f"{name} is not documented; add its unit to UNITS_OF_UNDOCUMENTED")
        if name in UNITS_OF_UNDOCUMENTED:
            rows.setdefault(name, []).append(
                {
                    "connector": connector,
                    "context": context,
                    "type": seen["type"],
                    "unit": UNITS_OF_UNDOCUMENTED[name],
                    "since": min(seen["versions"], key=as_numbers),
                    "until": None,
                    "special_values": None,
                    "mbean_key_order": "as the bean",
                }
            )
    bean_labels = {
        (connector, context): labels_of_bean(row, connector)
        for row in rows["TotalNumberOfEventsSeen"]
        for connector in connectors_of(row)
        for context in contexts_of(row)
    }
    metrics = {name: attribute(name, found, bean_labels) for name, found in sorted(rows.items())}
    for name, facts in metrics.items():
        seen_on = {
            f"{connector} {version}"
            for (attribute_name, connector, _), seen in observed.items()
            if attribute_name == name
            for version in seen["versions"]
        }
        if seen_on:
            facts["observed"] = sorted(seen_on)
    for name, text_attribute, labels in DERIVED:
        metrics[name] = derived(metrics[text_attribute], text_attribute, labels)
    # The lab's exporter gives the attribute a name that says whose status it is.
    status = {key: value for key, value in metrics["Status"].items() if key != "observed"}
    metrics["SchemaHistoryStatus"] = {**status, "derived_from": "Status"}
    return metrics


def attribute(
    name: str, rows: list[dict[str, Any]], bean_labels: dict[tuple[str, str], tuple[str, ...]]
) -> dict[str, Any]:
    """Return the facts of one attribute, over all connectors and contexts."""
    java_types = sorted({row["type"] for row in rows})
    form, own_labels = form_of(java_types)
    units = {re.sub(r" per table| \(cumulative\)", "", row["unit"]) for row in rows}
    exported_unit = one_of(name, "unit", {UNITS.get(unit, unit) for unit in units})
    cumulative = any(row["unit"].endswith("(cumulative)") for row in rows) or CUMULATIVE.fullmatch(name) is not None
    facts: dict[str, Any] = {
        "type": "info" if form in ("text", "never") else "counter" if cumulative else "gauge",
        **unit_facts(exported_unit),
        "form": form,
        "java_type": " or ".join(java_types),
        **variants(rows, own_labels, bean_labels),
    }
    if any(re.match(r"-1\b", row["special_values"] or "") for row in rows):
        facts["unknown"] = [-1]
    if name in UNBOUNDED:
        facts["unbounded"] = True
    if name in REPLACEMENTS:
        facts["replacement"] = REPLACEMENTS[name]
    return facts


def form_of(java_types: list[str]) -> tuple[str, tuple[str, ...]]:
    """Return how an attribute of these types is exported, and the labels that this gives."""
    form = "text" if java_types == ["Map<String, String>"] else FORMS.get(java_types[0].partition("<")[0], "number")
    return form, {
        "number": (),
        "never": (),
        "per_key": ("table",),
        "text": ("key", "value") if java_types[0].startswith("Map") else ("value",),
    }[form]


def variants(
    rows: list[dict[str, Any]], own_labels: tuple[str, ...], bean_labels: dict[tuple[str, str], tuple[str, ...]]
) -> dict[str, Any]:
    """Return what depends on connector and context, out of the rows of one attribute."""
    places: dict[tuple[str, str], dict[str, Any]] = {}  # by (connector, context)
    for row in rows:
        for connector in connectors_of(row):
            for context in contexts_of(row):
                labels = {*bean_labels.get((connector, context), ()), *labels_of_bean(row, connector), *own_labels}
                place = places.setdefault((connector, context), {"labels": set(), "since": [], "gone_since": []})
                place["labels"] |= labels
                place["since"].append(version(row["since"]))
                place["gone_since"].append(version(row["until"]) if row["until"] else None)
    return grouped_places(
        {
            where: (
                ordered(place["labels"], LABELS),
                min(place["since"], key=as_numbers),
                None if None in place["gone_since"] else max(place["gone_since"], key=as_numbers),
            )
            for where, place in places.items()
        }
    )


def grouped_places(places: dict[tuple[str, str], Place]) -> dict[str, Any]:
    """Return what depends on connector and context: for all together, and apart where they differ."""
    grouped: dict[Place, dict[str, list[str]]] = {}  # contexts of each connector, by what is the same
    for (connector, context), same in places.items():
        grouped.setdefault(same, {}).setdefault(connector, []).append(context)
    found: dict[tuple[Any, ...], list[str]] = {}
    for same, contexts_by_connector in grouped.items():
        for connector, contexts in contexts_by_connector.items():
            found.setdefault((*same, ordered(contexts, CONTEXTS)), []).append(connector)
    each = [
        {
            "connectors": ordered(connectors, CONNECTORS),
            "contexts": contexts,
            "labels": labels,
            "since": since,
            **({"gone_since": gone_since} if gone_since else {}),
        }
        for (labels, since, gone_since, contexts), connectors in found.items()
    ]
    each.sort(key=lambda variant: ("gone_since" in variant, CONNECTORS.index(variant["connectors"][0]), str(variant)))
    living = [variant for variant in each if "gone_since" not in variant]
    counted = living or each
    facts = {
        "connectors": ordered({name for variant in counted for name in variant["connectors"]}, CONNECTORS),
        "contexts": ordered({name for variant in counted for name in variant["contexts"]}, CONTEXTS),
        "labels": ordered({name for variant in counted for name in variant["labels"]}, LABELS),
        "since": min((variant["since"] for variant in each), key=as_numbers),
    }
    if not living:
        facts["gone_since"] = max((variant["gone_since"] for variant in each), key=as_numbers)
    if len(each) > 1:
        facts["variants"] = each
    return facts


def derived(text: dict[str, Any], text_attribute: str, labels: tuple[str, ...]) -> dict[str, Any]:
    """Return the facts of the number that an exporter's rule takes out of a text attribute of MySQL and MariaDB."""
    binlog = ("mysql", "mariadb")
    each = [
        {
            **variant,
            "connectors": [name for name in variant["connectors"] if name in binlog],
            "labels": ordered({*variant["labels"], *labels} - {"value", "key"}, LABELS),
        }
        for variant in text["variants"]
        if "gone_since" not in variant and set(variant["connectors"]) & set(binlog)
    ]
    return {
        "type": "gauge",
        "unit": "number",
        "form": "number",
        "derived_from": text_attribute,
        "connectors": list(binlog),
        "contexts": ["streaming"],
        "labels": ordered({name for variant in each for name in variant["labels"]}, LABELS),
        "since": min((variant["since"] for variant in each), key=as_numbers),
        "variants": each,
    }


def observations(captures: list[dict[str, Any]]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the type of each captured attribute, and the versions that had it, by (name, connector, context)."""
    version_of_server: dict[str, str] = {}
    for capture in captures:
        versions = re.findall(r"([\d.]+) \(server=(\w+)\)", capture["captured"])
        version_of_server.update((server, number) for number, server in versions)
        if default := re.search(r"\(Debezium ([\d.]+)\)", capture["captured"]):
            version_of_server[""] = default[1]
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for capture in captures:
        for bean in capture["mbeans"]:
            connector, context, server = bean_name(bean["objectName"])
            for each in bean["attributes"]:
                seen = found.setdefault(
                    (each["name"], connector, context), {"type": each["originalType"], "versions": set()}
                )
                seen["versions"].add(version_of_server.get(server, version_of_server[""]))
    return found


def bean_name(object_name: str) -> tuple[str, str, str]:
    """Return connector kind, context and server of a Debezium MBean."""
    connector, _, keys = object_name.removeprefix("debezium.").partition(":")
    properties = dict(pair.split("=", 1) for pair in keys.split(","))
    return connector, properties["context"], properties["server"]


def connectors_of(row: dict[str, Any]) -> tuple[str, ...]:
    """Return a row's connector kinds."""
    return CONNECTOR_GROUPS.get(row["connector"], tuple(row["connector"].split("|")))


def contexts_of(row: dict[str, Any]) -> list[str]:
    """Return a row's contexts, without what stands behind them in parentheses."""
    return [re.sub(r" \(.*", "", context) for context in row["context"].split("|")]


def labels_of_bean(row: dict[str, Any], connector: str) -> tuple[str, ...]:
    """Return the labels that an MBean's name gives; `connector` is the custom tag that dashlib asks for."""
    order = row["mbean_key_order"]
    if order == "as the bean":
        return ()
    order, _, multi_partition = order.partition(" (multi-partition mode")
    labels = ["server", "plugin", "context"]
    labels += ["connector"] if "custom tags" in order else []
    labels += ["task"] if ",task" in order or (multi_partition and connector == "sql_server") else []
    labels += ["database"] if ",database" in order else []
    return tuple(labels)


# --- Kafka ------------------------------------------------------------------------------------------------------------


def kafka(prefix: str, scrape: str, scrape_by_old_agent: str) -> dict[str, Any]:
    """Return the metrics of a scrape whose names begin with a prefix.

    Args:
        prefix: of the exported names; the logical ones are without it.
        scrape: text of /metrics by JMX exporter 1.x, which cuts `_total` off what no rule calls a counter.
        scrape_by_old_agent: the same by 0.20.0, which does not.
    """
    types, labels = series(scrape)
    uncut, _ = series(scrape_by_old_agent)
    metrics = {}
    for exported, own_labels in labels.items():
        if not exported.startswith(prefix):
            continue
        name = exported.removeprefix(prefix)
        cut = f"{exported}_total" in uncut
        counter = types[exported] == "counter" or cut or KAFKA_COUNTER.match(name) is not None
        unit = next((unit for pattern, unit in KAFKA_UNITS if re.search(pattern, name)), "count" if cut else None)
        if unit is None:
            raise SystemExit(f"{exported}: no pattern in KAFKA_UNITS matches; add one")
        facts = {
            "type": "info" if unit == "text" else "counter" if counter else "gauge",
            **unit_facts(unit),
            "labels": sorted(own_labels),
        }
        unknown = next((values for ending, values in KAFKA_UNKNOWN.items() if name.endswith(ending)), None)
        metrics[name] = {**facts, "unknown": unknown} if unknown else facts
    return metrics


def series(scrape: str) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Return the announced type and the label names of every metric of a scrape."""
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", scrape, flags=re.MULTILINE))
    labels: dict[str, set[str]] = {}
    for name, found in re.findall(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$", scrape, flags=re.MULTILINE):
        labels.setdefault(name, set()).update(re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', found))
    return types, labels


# --- both -------------------------------------------------------------------------------------------------------------


def unit_facts(exported: str) -> dict[str, Any]:
    """Return the canonical unit, and what makes an exported value one."""
    unit, scale = CANONICAL_UNITS.get(exported, (exported, 1.0))
    return {"unit": unit} if scale == 1 else {"unit": unit, "exported_unit": exported, "scale": scale}


def version(text: str) -> str:
    """Return the version that a text names first, with three numbers."""
    found = re.search(r"\d+(\.\d+)+", text)
    if found is None:
        raise SystemExit(f"no version in {text!r}")
    return found[0] if found[0].count(".") > 1 else f"{found[0]}.0"


def as_numbers(text: str) -> tuple[int, ...]:
    """Return a version that compares as versions do."""
    return tuple(map(int, text.split(".")))


def ordered(names: Iterable[str], order: tuple[str, ...]) -> tuple[str, ...]:
    """Return names in a given order; a name that has no place there is an error."""
    return tuple(sorted(names, key=order.index))


def one_of(name: str, what: str, values: set[str]) -> str:
    """Return the only value; connectors that do not agree are an error, for the catalog has one."""
    if len(values) != 1:
        raise SystemExit(f"{name}: connectors disagree on its {what}: {sorted(values)}")
    return values.pop()


if __name__ == "__main__":
    sys.exit(main())
