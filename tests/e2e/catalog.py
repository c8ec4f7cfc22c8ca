"""`python -m tests.e2e.catalog [--check]`: the catalog's debezium and kafka_connect families, out of what runs.

What running shows of the connector kinds that run here is put in place of what the committed families say of them:
which attributes each context of a connector has, their types and so the form in which they are exported, and the labels
that they and Kafka Connect's metrics have at the lab's exporter. All else stays as it is: units, first and last
versions, and the facts of kinds and versions that do not run here. An entry's `observed` lists the kinds and versions
that it was seen on; an entry without it is in the catalog on the word of Debezium's documentation alone.

Without --check the files are written. With it nothing is, and a difference is named, shown and gives exit code 1.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from typing import TYPE_CHECKING, Any

from attrs import Factory, define, frozen

from tools import generate_catalog as generator

from . import components
from .errors import StackError
from .exporting import parse, types
from .mbeans_now import registered
from .network import get
from .stack import Stack
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .mbeans_now import Attribute

FAMILIES = ("debezium", "kafka_connect")
DEBEZIUM, KAFKA_CONNECT = "debezium_metrics_", "kafka_connect_"
# Kafka Connect's own clients: the lab's exporter leaves them out, the catalog has them as other exporters name them.
CLIENTS = re.compile(r"kafka\.connect:client-id=[^,]+,type=(connect(?:-coordinator)?)-metrics")
# Facts of what does not run here.
NOT_HERE = "sink_task_"
# The exporter's names that are not the attribute's: `Status` alone would not say whose.
RENAMED = {"SchemaHistoryStatus": "Status"}
DERIVED = {name: text for name, text, _ in generator.DERIVED}
_PROPERTY = re.compile(r'([\w-]+)=("(?:[^"\\]|\\.)*"|[^,]*)')


@define
class Seen:
    """An attribute as a running connector has it in one context.

    Attributes:
        version: the connector's.
        java_type: as in the catalog, such as `Map<String, Long>`; empty for what a rule takes out of a text.
        labels: at the exporter where it serves the attribute, else those that the MBean's name gives.
        holds_number: whether the value is a number now.
        served: whether the exporter serves it now.
    """

    version: str
    java_type: str = ""
    labels: set[str] = Factory(set)
    holds_number: bool = False
    served: bool = False


@frozen
class Running:
    """What the connectors and workers of a running stack show.

    Attributes:
        versions: of each connector kind.
        attributes: by attribute, connector kind and context.
        kafka_connect: Kafka Connect's metrics, as the catalog has them.
        unknown: names that the exporter serves, but that are neither an attribute's nor made of one.
    """

    versions: Mapping[str, str]
    attributes: Mapping[tuple[str, str, str], Seen]
    kafka_connect: Mapping[str, Any]
    unknown: frozenset[str]


def look(stack: Stack) -> Running:
    """Return what a stack shows whose connectors stream.

    Raises:
        StackError: a connector does not run, or is without MBeans.
    """
    for name in stack.connect.names():
        stack.connect.wait_for_states(name, "running", "running")
    return wait_until(
        lambda: _look(stack), "the workers do not show all connectors that run", seconds=60, every=2
    )  # tasks move while Kafka Connect rebalances


def _look(stack: Stack) -> Running:
    pages = [get(worker.metrics, seconds=60).decode() for worker in stack.workers]
    mbeans: dict[str, dict[str, Attribute]] = {}
    for worker in stack.workers:
        mbeans |= registered(
            worker.running, stack.folder, "debezium.*:type=connector-metrics,*", "kafka.connect:type=connect-*,*"
        )
    samples = [(name, dict(labels)) for page in pages for name, labels in parse(page)]
    version_of = {
        labels["connector"]: labels["connector_version"].removesuffix(".Final")
        for name, labels in samples
        if name == f"{KAFKA_CONNECT}connector_connector_version"
    }
    beans = {name: found for name, found in mbeans.items() if name.startswith("debezium.")}
    versions: dict[str, str] = {}
    attributes: dict[tuple[str, str, str], Seen] = {}
    for name, found in beans.items():
        kind, properties = _parts(name)
        version = versions[kind] = version_of[properties["connector"]]
        for attribute, facts in found.items():
            java_type = re.sub(r"^\[L(.+);$", r"\1[]", facts.java_type)
            java_type = re.sub(r"\bjava\.\w+\.", "", java_type)
            _, own_labels = generator.form_of([java_type])
            attributes[attribute, kind, properties["context"]] = Seen(
                version,
                java_type,
                {"plugin", *properties, *own_labels} - {"type"},
                holds_number=facts.value in {"number", "java.lang.Boolean"},
            )
    if set(version_of) != {_parts(name)[1]["connector"] for name in beans}:
        raise StackError(f"of {', '.join(version_of)} only {', '.join(sorted(beans)) or 'none'} are registered")
    unknown = _add_labels(attributes, versions, samples)
    kafka_connect = _kafka_connect(pages, samples, (name for name in mbeans if name not in beans), mbeans)
    return Running(versions, attributes, kafka_connect, unknown)


def _parts(mbean: str) -> tuple[str, dict[str, str]]:
    """Return connector kind and properties of a Debezium MBean's name."""
    kind, _, properties = mbean.removeprefix("debezium.").partition(":")
    return kind, {key: value.strip('"') for key, value in _PROPERTY.findall(properties)}


def _add_labels(
    attributes: dict[tuple[str, str, str], Seen],
    versions: Mapping[str, str],
    samples: Sequence[tuple[str, Mapping[str, str]]],
) -> frozenset[str]:
    """Put in the labels that the exporter gives; return names of it that belong to no attribute."""
    unknown = set()
    for exported, labels in samples:
        if not exported.startswith(DEBEZIUM):
            continue
        name = exported.removeprefix(DEBEZIUM)
        place = (RENAMED.get(name, name), labels["plugin"], labels["context"])
        if name in DERIVED:
            attributes.setdefault(place, Seen(versions[labels["plugin"]]))
        if place not in attributes:
            unknown.add(name)
            continue
        seen = attributes[place]
        seen.labels = seen.labels | set(labels) if seen.served else set(labels)
        seen.served = True
    return frozenset(unknown)


def _kafka_connect(
    pages: Sequence[str],
    samples: Sequence[tuple[str, Mapping[str, str]]],
    names: Iterable[str],
    mbeans: Mapping[str, Mapping[str, Attribute]],
) -> dict[str, Any]:
    """Return Kafka Connect's metrics: what the lab's exporter serves, and the clients, which it leaves out."""
    announced = {name: kind for page in pages for name, kind in types(page).items()}
    series = [(name, sorted(labels)) for name, labels in samples if name.startswith(KAFKA_CONNECT)]
    uncut = set()
    for mbean in names:
        if client := CLIENTS.fullmatch(mbean):
            for attribute, facts in mbeans[mbean].items():
                if facts.value == "number":
                    # what an exporter of before 1.0 calls it when no rule does; a later one cuts `_total` off
                    exported = f"{KAFKA_CONNECT}{client[1]}_{attribute}".replace("-", "_")
                    uncut.add(exported)
                    series.append((exported.removesuffix("_total"), ["client_id"]))
    announced |= dict.fromkeys((name for name, _ in series if name not in announced), "unknown")
    return generator.kafka(KAFKA_CONNECT, _as_page(series, announced), _as_page([], dict.fromkeys(uncut, "unknown")))


def _as_page(series: Iterable[tuple[str, Sequence[str]]], announced: Mapping[str, str]) -> str:
    """Write a page of metrics with the names of metrics and labels alone."""
    lines = [f"# TYPE {name} {kind}" for name, kind in announced.items()]
    for name, labels in series:
        listed = ",".join(f'{label}=""' for label in labels)
        lines.append(f"{name}{{{listed}}} 0")
    return "\n".join(lines)


# --- the families -----------------------------------------------------------------------------------------------------


def regenerated(family: Mapping[str, Any], running: Running) -> dict[str, Any]:
    """Return a family of the catalog with everything that running shows in the place of what it said."""
    old: dict[str, Any] = family["metrics"]
    if family["family"] == "kafka_connect":
        elsewhere = {name: facts for name, facts in old.items() if name.startswith(NOT_HERE)}
        return {**family, "metrics": elsewhere | dict(running.kafka_connect)}
    metrics = {}
    for name in sorted({*old, *(attribute for attribute, _, _ in running.attributes)}):
        seen = {(kind, context): each for (of, kind, context), each in running.attributes.items() if of == name}
        if facts := _attribute(name, old.get(name), seen, running.versions):
            metrics[name] = facts
    return {**family, "metrics": metrics}


def _attribute(
    name: str, old: dict[str, Any] | None, seen: Mapping[tuple[str, str], Seen], versions: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return the facts of one attribute; nothing when there is none any more."""
    if old is None:
        old = _new(name)
    marks = {f"{kind} {version}" for kind, version in versions.items()}
    was_observed = set(old.get("observed", ()))
    places = {
        (kind, context): place
        for (kind, context), place in _places(old).items()
        # what was seen on this very version, and is not seen any more, goes
        if (kind, context) in seen or place[2] is not None or f"{kind} {versions.get(kind)}" not in was_observed
    }
    for where, each in seen.items():
        since = min((places[where][1] if where in places else each.version, each.version), key=generator.as_numbers)
        places[where] = (generator.ordered(each.labels, generator.LABELS), since, None)
    if not places:
        return None
    kept = ("connectors", "contexts", "labels", "since", "gone_since", "variants", "observed")
    facts = {key: value for key, value in old.items() if key not in kept} | generator.grouped_places(places)
    if name not in DERIVED:
        facts |= _form(facts, set(facts["connectors"]) <= set(versions), seen.values())
        seen_on = {f"{kind} {each.version}" for (kind, _), each in seen.items()}
        if observed := sorted((was_observed - marks) | seen_on):
            facts["observed"] = observed
    return facts


def _new(name: str) -> dict[str, Any]:
    """Return what is known of an attribute that the catalog lacks: its unit, out of the generator's table."""
    documented = generator.UNITS_OF_UNDOCUMENTED.get(name)
    if documented is None:
        raise StackError(
            f"the stack has the attribute {name}, which the catalog lacks; give its unit in UNITS_OF_UNDOCUMENTED of"
            " tools/generate_catalog.py"
        )
    unit = documented.removesuffix(" (cumulative)")
    return {"type": "gauge" if unit == documented else "counter", **generator.unit_facts(unit)}


def _places(facts: Mapping[str, Any]) -> dict[tuple[str, str], generator.Place]:
    """Return what an entry says of each context of each connector kind."""
    return {
        (kind, context): (tuple(each["labels"]), each["since"], each.get("gone_since"))
        for each in facts.get("variants", [facts] if "connectors" in facts else [])
        for kind in each["connectors"]
        for context in each["contexts"]
    }


def _form(facts: Mapping[str, Any], all_run: bool, seen: Iterable[Seen]) -> dict[str, Any]:  # noqa: FBT001
    """Return what an attribute's Java types make of it."""
    seen = tuple(seen)
    documented = set(facts.get("java_type", "").split(" or ")) - {""}
    on_stack = {each.java_type for each in seen}
    java_types = sorted(on_stack if all_run and on_stack else documented | on_stack)
    form, _ = generator.form_of(java_types)
    if form == "number" and any(each.holds_number and not each.served for each in seen):
        form = "never"  # a number, but the lab's exporter does not serve it
    metric_type = "info" if form in {"text", "never"} else facts["type"] if facts["type"] != "info" else "gauge"
    return {"form": form, "java_type": " or ".join(java_types), "type": metric_type}


# --- differences ------------------------------------------------------------------------------------------------------


def read(family: str) -> tuple[str, dict[str, Any]]:
    """Return a committed family, as text and as what it says."""
    text = (generator.METRICS / f"{family}.json").read_text()
    content: dict[str, Any] = json.loads(text)
    content.pop("generated_by")
    return text, content


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Name what a committed family and the regenerated one do not agree on, a sentence each."""
    before, after = old["metrics"], json.loads(json.dumps(new["metrics"]))
    for name in sorted({*before, *after}):
        if name not in before:
            yield f"{name}: the stack has it, the catalog lacks it"
        elif name not in after:
            yield f"{name}: the catalog has it, the stack lacks it"
        else:
            for key in sorted({*before[name], *after[name]}):
                if (said := before[name].get(key)) != (shown := after[name].get(key)):
                    yield f"{name}: {key} is {json.dumps(said)} in the catalog and {json.dumps(shown)} on the stack"


def main(arguments: list[str] | None = None) -> int:
    """Write or check the families; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.catalog", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 with a diff if a file would change")
    options = parser.parse_args(arguments)
    with Stack(components.install(_say), tell=_say) as stack:
        stack.start_load()
        running = look(stack)
    shown = ", ".join(f"{kind} {version}" for kind, version in sorted(running.versions.items()))
    _say(f"seen on {shown}: {len(running.attributes)} attributes, {len(running.kafka_connect)} of Kafka Connect")
    return apply(running, check=options.check)


def apply(running: Running, *, check: bool) -> int:
    """Write what running shows into the catalog, or tell what would change; return the exit code."""
    changed = bool(running.unknown)
    for name in sorted(running.unknown):
        _say(f"debezium: {name}: the exporter serves it, and it is no attribute that the catalog could have")
    for family in FAMILIES:
        text, committed = read(family)
        new = regenerated(committed, running)
        if (new_text := generator.dump(new)) == text:
            _say(f"{family}: {len(committed['metrics'])} metrics, nothing changes")
            continue
        changed = True
        for sentence in differences(committed, new):
            _say(f"{family}: {sentence}")
        path = generator.METRICS / f"{family}.json"
        if check:
            lines = difflib.unified_diff(text.splitlines(), new_text.splitlines(), str(path), "running", "", "", 0, "")
            _say("\n".join(lines))
        else:
            path.write_text(new_text)
            _say(f"wrote {path}")
    return int(changed and check)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what the command is for


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as error:
        print(f"catalog: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("catalog: interrupted; everything that was started is stopped", file=sys.stderr)  # noqa: T201
        sys.exit(130)
