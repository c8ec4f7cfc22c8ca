"""Which alerts are held back while others fire."""

from __future__ import annotations

import attrs

from dashlib import promql
from dashlib.declare.arguments import checked
from dashlib.declare.labels import label_matches, texts
from dashlib.declare.notifications.matchers import Matchers, are_label_names, are_matchers, show_matcher
from dashlib.declare.signals import is_filled
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here
from dashlib.values import Value


@checked
@attrs.frozen(eq=False, repr=False)
class Inhibit(Value):
    """While an alert of one kind fires, those of another kind are held back, as they follow from it.

    Alertmanager treats a label as equal if neither alert has it. So `equal` requires labels to be present: with
    `equal=["job", "connector"]` an alert without a connector neither silences nor is silenced. What may be missing on
    both sides, and must not differ otherwise, goes into `equal_or_absent`.

    Attributes:
        source: matchers of the alerts that silence.
        target: matchers of those that are silenced.
        equal: labels that both must have, with the same value.
        equal_or_absent: labels that have the same value, or that neither has.
        reason: why the one follows from the other; a comment for the reader.
        declared: where it was declared.
    """

    source: Matchers = attrs.field(kw_only=True, converter=label_matches, validator=are_matchers)
    target: Matchers = attrs.field(kw_only=True, converter=label_matches, validator=are_matchers)
    equal: tuple[str, ...] = attrs.field(kw_only=True, converter=texts, validator=are_label_names)
    equal_or_absent: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=texts, validator=are_label_names)
    reason: str = attrs.field(kw_only=True, validator=is_filled)
    declared: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse what would silence everything, or nothing."""
        if not self.source or not self.target:
            raise DeclarationError(
                "an Inhibit needs matchers in source and in target; without them, it matches every alert"
            )
        if self.source == self.target:
            raise DeclarationError("source and target of an Inhibit match the same alerts, which silences nothing")
        if not self.equal:
            raise DeclarationError(
                "an Inhibit needs labels that are equal on both sides, at least ['job']; without them, an alert in "
                "one cluster silences those in all others"
            )
        for label in self.equal:
            if label in self.equal_or_absent:
                raise DeclarationError(f"label {label!r} is in both equal and equal_or_absent")
            for side in (self.source, self.target):
                if label in side and promql.passes(side[label], ""):
                    raise DeclarationError(
                        f"label {label!r} is in equal, so alerts must have it, and {show_matcher(label, side[label])} "
                        "lets those through that do not"
                    )
