"""What Prometheus is asked, and what the series do meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

from dashlib.proof.courses import input_series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dashlib.proof.courses import Segment, Series, Voice

About = Literal["condition", "guard", "connector", "scope", "text"]


@frozen
class Check:
    """What Prometheus has to answer.

    Attributes:
        says: what it means when it does: "fires after 5m".
        expression: PromQL.
        at: seconds from the beginning.
        expected: the value; None for no sample.
        words: what the expression asks, where it is too long to be read.
    """

    says: str
    expression: str
    at: int
    expected: float | None = None
    words: str = ""


@frozen(eq=False)
class Scenario:
    """What the series do, and what has to come of it.

    Attributes:
        input: what they do, for people.
        segments: what they do.
        scrape: seconds between two samples.
        tick: seconds between two evaluations.
        premise: has a sample where the input does what the scenario is about; None where that is plain.
        checks: what has to come of it.
        declared: asks for what is declared at each evaluation, whatever it is.
        is_by_rules: the checks ask for what comes of the compiled rules as rules; otherwise as one expression.
        voices: returns the series by which Prometheus hears of a logical one.
    """

    input: str
    segments: tuple[Segment, ...]
    scrape: int
    tick: int
    premise: Check | None
    checks: tuple[Check, ...]
    declared: tuple[Check, ...]
    is_by_rules: bool
    voices: Callable[[Series], Iterable[Voice]] = field(repr=False)

    def test(self, checks: Sequence[Check]) -> dict[str, Any]:
        """Return some of its checks as a test of promtool, each with its number behind it; that of its premise is 0."""
        asked = [(0, self.premise), *enumerate(checks, 1)]
        return {
            "interval": f"{self.scrape}s",
            "input_series": input_series(self.segments, self.scrape, self.voices),
            "promql_expr_test": [
                {
                    "expr": f"{check.expression} # {order}",
                    "eval_time": f"{check.at}s",
                    "exp_samples": [] if check.expected is None else [{"labels": "{}", "value": check.expected}],
                }
                for order, check in asked
                if check is not None
            ],
        }


@frozen(eq=False)
class Phase:
    """A part of the proof of an alert.

    Attributes:
        name: what it is about: "just above 60".
        candidates: scenarios that may prove it, the likeliest first.
        about: the alert's condition, one of its guards, or another kind of connector.
        is_extra: it is left out where no input does it.
        texts: it is about the alert's texts, and the rules that are asked have them as labels.
    """

    name: str
    candidates: Iterator[Scenario]
    about: About = "condition"
    is_extra: bool = False
    texts: bool = False
