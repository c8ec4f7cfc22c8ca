"""Which labels tell Kafka Connect clusters apart, from series that there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import frozen

from dashlib.metrics.identity import TAKEN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from dashlib.metrics.catalog import Catalog
    from dashlib.metrics.identity import Identity
    from dashlib.metrics.profiles import Profile
    from dashlib.metrics.recognition import Observed

# What a connector takes along when it moves to another worker, and what two equal Prometheus differ by.
_OF_A_WORKER: Final = re.compile(
    r"(.*_)?(instance|pod|node|host|hostname|container|endpoint|ip|uid|id|address|port|replica)(_.*)?"
)
# What is asked first, from the likeliest on.
_LIKELY: Final = ("cluster", "namespace", "environment", "env", "stage", "tenant", "region", "datacenter", "dc", "zone")
# From the widest to the narrowest, as people choose.
_WIDTH: Final = ("tenant", "env", "stage", "region", "datacenter", "dc", "zone", "cluster", "namespace")
_MOST_VALUES: Final = 3


@frozen
class Merged:
    """Connectors of equal names that expressions put together.

    Attributes:
        labels: that tell them apart, the widest first.
        values: of each of these labels, a few.
        connectors: what is equal of them: job and topic prefix.
    """

    labels: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    connectors: tuple[tuple[str, str], ...]

    @property
    def line(self) -> str:
        """The line for `[tool.dashlib]` that keeps them apart."""
        listed = ", ".join(f'"{label}"' for label in self.labels)
        return f"identity = [{listed}]"

    @property
    def described(self) -> str:
        """What tells them apart: `cluster (eu-1, us-1)`."""
        return ", ".join(f"{label} ({', '.join(self.values[label])})" for label in self.labels)


def merged(
    series: Iterable[Mapping[str, str]], own: Collection[str], kept: Collection[str], server: str
) -> Merged | None:
    """Return the connectors that exist several times and differ by nothing that expressions keep; None without any.

    Args:
        series: labels of a metric's series, of which a connector's task has one.
        own: labels that the exporter gives, as it spells them.
        kept: labels by which expressions already tell clusters apart.
        server: how the exporter spells the topic prefix.
    """
    groups: dict[tuple[tuple[str, str], ...], list[Mapping[str, str]]] = {}
    for labels in series:
        same = {label: value for label, value in labels.items() if label in {*own, *kept, *TAKEN} - {"instance"}}
        groups.setdefault(tuple(sorted(same.items())), []).append(labels)
    several = [group for group in groups.values() if len(group) > 1]
    candidates = sorted(
        {
            label
            for group in several
            for labels in group
            for label in labels
            if label not in {*own, *kept, *TAKEN, "__name__"}
            and not _OF_A_WORKER.fullmatch(label)
            and len({each.get(label, "") for each in group}) > 1
        },
        key=lambda label: (_rank(label, _LIKELY), label),
    )
    chosen: list[str] = []
    apart: list[list[Mapping[str, str]]] = []
    for label in candidates:
        more = [group for group in several if _count(group, [*chosen, label]) > _count(group, chosen)]
        if more:
            chosen.append(label)
            apart.extend(group for group in more if group not in apart)
    if not chosen:
        return None
    chosen.sort(key=lambda label: (_rank(label, _WIDTH), label))
    return Merged(
        tuple(chosen),
        {label: _some({each.get(label, "") for group in apart for each in group}) for label in chosen},
        tuple(sorted({(group[0].get("job", ""), group[0].get(server, "")) for group in apart})),
    )


def _count(group: Sequence[Mapping[str, str]], labels: Sequence[str]) -> int:
    return len({tuple(each.get(label, "") for label in labels) for each in group})


def _rank(label: str, order: Sequence[str]) -> int:
    return next((index for index, part in enumerate(order) if part in label), len(order))


def _some(values: Collection[str]) -> tuple[str, ...]:
    found = sorted(value or "none" for value in values)
    return (*found[:_MOST_VALUES], "…") if len(found) > _MOST_VALUES else tuple(found)


@frozen
class Lacking:
    """A label that tells clusters apart and that series do not have.

    Attributes:
        label: the label.
        everywhere: no series has it.
        where: of which series it is missing: a metric with its jobs.
        family: the only family whose series lack it, while all of them do; empty otherwise.
    """

    label: str
    everywhere: bool
    where: tuple[str, ...]
    family: str = ""

    @property
    def message(self) -> str:
        """What is wrong, without a final full stop."""
        if self.everywhere:
            return f"no series has the label {self.label}, which [tool.dashlib] identity lists"
        shown = [*self.where[:_MOST_VALUES], *(["…"] if len(self.where) > _MOST_VALUES else [])]
        return f"series lack the label {self.label}, which [tool.dashlib] identity lists: {', '.join(shown)}"

    @property
    def hint(self) -> str:
        """What to do."""
        if self.everywhere:
            return "let the scrape configuration set it, or take it out of identity"
        if self.family:
            without = f"[tool.dashlib.identity_of] {self.family} = []"
            return f"let the scrape configuration set it, or list the labels that they do have: {without}"
        return "let the scrape configuration set it on all of them"


def lacking(series: Mapping[tuple[str, str], Sequence[Mapping[str, str]]], identity: Identity) -> list[Lacking]:
    """Return the labels of an identity that series lack which should have them.

    Args:
        series: labels of the series that there are, by family and metric.
        identity: what the project says of them.
    """
    found: list[Lacking] = []
    for label in identity.labels:
        asked = {key: each for key, each in series.items() if each and label in identity.of_family(key[0])}
        without = {key: [one for one in each if not one.get(label)] for key, each in asked.items()}
        without = {key: each for key, each in without.items() if each}
        if not without:
            continue
        families = {family for family, _ in without}
        is_whole = all(without.get(key) == each for key, each in asked.items() if key[0] in families)
        where = tuple(
            f"{name} of job {', '.join(sorted({one.get('job', '') or 'none' for one in each}))}"
            for (_, name), each in without.items()
        )
        everywhere = all(without.get(key) == each for key, each in asked.items())
        found.append(Lacking(label, everywhere, where, families.pop() if len(families) == 1 and is_whole else ""))
    return found


def lacking_in(observed: Observed, identity: Identity, catalog: Catalog, profile: Profile) -> list[Lacking]:
    """Return the labels of an identity that what was observed lacks.

    A label of the cluster is the scrape configuration's, as `job` is: what comes from an exporter itself has neither,
    and says nothing of it.

    Args:
        observed: names and labels, as Prometheus' `/federate` gives them.
        identity: what the project says of them.
        catalog: the metrics that exist.
        profile: how they are spelled.
    """
    exported = profile.exported_names(catalog)
    series: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for name, labels in observed.names.items():
        metric = catalog.find(exported.get(name, (name,))[0])
        if metric is not None and labels and "job" in labels:
            whole = {label: ", ".join(sorted(values)) for label, values in labels.items()}
            partial = observed.partial.get(name, frozenset())
            without = [
                {other: value for other, value in whole.items() if other != label}
                for label in partial
                if "job" not in partial  # those without are an exporter's own
            ]
            series[metric.family, name] = [whole, *without]
    return lacking(series, identity)
