"""Which alerts go to whom, and how they are grouped into messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from dashlib import promql
from dashlib.declare.arguments import checked
from dashlib.declare.labels import label_matches, texts
from dashlib.declare.notifications.matchers import (
    Matchers,
    are_label_names,
    are_matchers,
    contradict,
    covers,
    show_matcher,
)
from dashlib.declare.signals import duration
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def _is_duration_or_inherited(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not value:
        return
    what = f"{type(instance).__name__} {attribute.name}"
    try:
        seconds = promql.duration_seconds(value)
    except ValueError as error:
        raise DeclarationError(f"{what} must be a duration: {error}") from None
    if seconds == 0 and attribute.name != "group_wait":
        raise DeclarationError(f"{what} must be greater than 0; got {value!r}")


def _routes(items: Iterable[Route]) -> tuple[Route, ...]:
    return tuple(items)


@checked
@attrs.frozen(eq=False, repr=False)
class Route(Value):
    """Which alerts go to a receiver, and how they are grouped into messages: what Grafana calls a notification policy.

    An alert goes down the tree: at each route the first of its `routes` that fits takes it (and the next ones too,
    while a route that fits says `continue_`); where none fits, the route itself notifies its receiver. What a route
    leaves empty, it inherits from its parent.

    Attributes:
        receiver: name of the receiver.
        matchers: by label, what an alert must have: a string, `one_of(…)`, `none_of(…)` or a `LabelMatch`. The
            root route has none: it takes every alert.
        group_by: labels; alerts with the same values come in one message.
        group_wait: how long a new group waits for more alerts before its first message, a duration.
        group_interval: how long before changes in a group are sent, a duration.
        repeat_interval: how long before an unchanged message is sent again, a duration.
        continue_: whether the routes after this one are tried, too.
        mute: names of mute times, in which this route sends nothing.
        routes: below this one, in order.
        source: where it was declared.
    """

    receiver: str = ""
    matchers: Matchers = attrs.field(kw_only=True, factory=dict, converter=label_matches, validator=are_matchers)
    group_by: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=texts, validator=are_label_names)
    group_wait: str = attrs.field(kw_only=True, default="", converter=duration, validator=_is_duration_or_inherited)
    group_interval: str = attrs.field(kw_only=True, default="", converter=duration, validator=_is_duration_or_inherited)
    repeat_interval: str = attrs.field(
        kw_only=True, default="", converter=duration, validator=_is_duration_or_inherited
    )
    continue_: bool = attrs.field(kw_only=True, default=False)
    mute: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=texts)
    routes: tuple[Route, ...] = attrs.field(kw_only=True, default=(), converter=_routes)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)


def walk(route: Route) -> Iterator[Route]:
    """Yield a route and all below it, in the order in which they stand."""
    yield route
    for below in route.routes:
        yield from walk(below)


def check_reachable(route: Route, given: Matchers) -> None:
    """Refuse routes that no alert can reach.

    Args:
        route: whose routes are checked.
        given: what an alert must have to get here, by label.
    """
    earlier: list[Route] = []
    for below in route.routes:
        for name, match in below.matchers.items():
            if name in given and contradict(given[name], match):
                raise DeclarationError(
                    f"no alert can reach this route: it wants {show_matcher(name, match)}, but the routes above it "
                    f"let only {show_matcher(name, given[name])} through",
                    below.source,
                )
        narrowed = {
            **given,
            **{name: match for name, match in below.matchers.items() if not covers(match, given.get(name))},
        }
        for other in earlier:
            if all(covers(match, narrowed.get(name)) for name, match in other.matchers.items()):
                raise DeclarationError(
                    f"no alert can reach this route: the one at {other.source} takes them all first; put this "
                    "route before it, or set continue_=True on that one",
                    below.source,
                )
        if not below.continue_:
            earlier.append(below)
        check_reachable(below, narrowed)


def check_intervals(route: Route, group_interval: str, repeat_interval: str) -> None:
    """Refuse a repeat that is shorter than the group's interval: Alertmanager cannot keep it."""
    group_interval = route.group_interval or group_interval
    repeat_interval = route.repeat_interval or repeat_interval
    if promql.duration_seconds(repeat_interval) < promql.duration_seconds(group_interval):
        raise DeclarationError(
            f"a message cannot be repeated every {repeat_interval} when its group is checked every {group_interval}; "
            "make repeat_interval the longer one",
            route.source,
        )
    for below in route.routes:
        check_intervals(below, group_interval, repeat_interval)
