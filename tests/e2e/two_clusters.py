"""A recorded fault in one cluster, beside a healthy cluster of equal names under the same ruler.

Both have the same jobs, instances and connectors; only the label `cluster` tells them apart.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from dashlib.glance.questions import ALL
from dashlib.recordings.drawing_out import BEFORE, WITHOUT_HEARTBEAT, draw_out
from dashlib.recordings.recording import ABSENT, Recording

from .glances import Glance, View, dashboards, looked, moments
from .replay import RECORDINGS

if TYPE_CHECKING:
    from dashlib.glance import Seen

    from .replay import Altered, Fired, Labels

CLUSTER = "cluster"
ILL, WELL = "eu-1", "us-1"
# When somebody looks: three minutes in; nothing happens in a healthy lab.
_MOMENTS = ("3:00", "10:00")


@frozen
class TwoClusters:
    """What fired, and what people saw three minutes in.

    Attributes:
        fired: in either cluster, without the name of the cluster.
        seen: of each dashboard.
    """

    fired: dict[str, list[Fired]]
    seen: list[Glance]

    def of(self, cluster: str) -> list[Glance]:
        """Return what is seen of one cluster, as somebody would see it who has no other."""
        return [
            evolve(glance, seen={title: _of_cluster(seen, cluster) for title, seen in glance.seen.items()})
            for glance in self.seen
        ]


def _of_cluster(seen: Seen, cluster: str) -> Seen:
    if seen.kind == "table":
        kept = {each.row for each in seen.shown if each.name == "Cluster" and each.text == cluster}
        return evolve(seen, shown=tuple(each for each in seen.shown if each.row in kept))
    named = f"{cluster} "
    shown = (evolve(each, name=each.name.removeprefix(named)) for each in seen.shown if each.name.startswith(named))
    return evolve(seen, shown=tuple(shown))


@functools.cache
def healthy() -> Recording:
    """Return the recording of the lab without a fault."""
    return Recording.read(RECORDINGS / "healthy.json.gz")


def beside_a_healthy_cluster(interval: float) -> Altered:
    """Return what puts a healthy cluster beside the series of a replay, for as long as they last."""

    def both(series: list[tuple[Labels, list[str]]]) -> list[tuple[Labels, list[str]]]:
        length = max(len(values) for _, values in series)
        well = healthy()
        begins = round(BEFORE / interval)
        held = (length - begins - well.length) * interval
        there = []
        for each in well.series:
            values = each.samples()
            first = next((value for value in values if value != ABSENT), ABSENT)
            counts = each.labels["__name__"].endswith("_total")
            there.append(
                (
                    each.labels,
                    [first] * begins + draw_out(values, well.length, interval, held, counts=counts)[: length - begins],
                )
            )
        return [
            ({**labels, CLUSTER: cluster}, values)
            for cluster, of_cluster in ((ILL, series), (WELL, there))
            for labels, values in of_cluster
        ]

    return both


def replay_two(recording: Recording, promtool: str, chosen: str | None = ALL) -> TwoClusters:
    """Return what a fault in one cluster makes fire and shows, beside a healthy one.

    Args:
        recording: what the series of the one did.
        promtool: path of the program.
        chosen: the cluster that people look at; None where nobody looks.
    """
    moment = next(each for each in _MOMENTS if each in moments(recording))
    at = moments(recording)[moment]
    has_heartbeat = recording.fault not in WITHOUT_HEARTBEAT
    compiled = dashboards(heartbeat=has_heartbeat, identity=(CLUSTER,)) if chosen is not None else ()
    looks = [
        (View.of(dashboard, ALL, {"connector": ALL, CLUSTER: chosen or ALL}), moment, at) for dashboard in compiled
    ]
    fired, found = looked(recording, promtool, looks, beside_a_healthy_cluster(recording.interval), (CLUSTER,))
    clusters = {ILL, WELL, *(each.cluster for each in fired)}
    of_each = {
        cluster: sorted(evolve(each, cluster="") for each in fired if each.cluster == cluster) for cluster in clusters
    }
    return TwoClusters(of_each, found)
