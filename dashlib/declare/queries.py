"""PromQL as it is: what a panel asks without a signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from dashlib.declare.arguments import checked
from dashlib.declare.datasource_queries import check_ref_id
from dashlib.declare.signals import AUTOMATIC
from dashlib.declare.units import check_unit
from dashlib.errors import DeclarationError
from dashlib.promql import PromQLError, read
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from dashlib.declare.words import Legend


@checked
@attrs.frozen(eq=False, repr=False)
class Query(Value):
    """A query in PromQL, by the exporter's names, which panel builders take in a signal's place; `promql` makes it.

    It is sent as it is written: no profile, no filter and no scale is put in, and a variable filters it where it names
    one. It needs no catalog; `dashlib lint` holds it to what the catalog knows of its metrics.

    `promql("up")` is the same as `Query("up")`.

    Attributes:
        expression: PromQL, with Grafana's variables.
        unit: Grafana unit id of the result; by default what the names of the metrics say, or `short`.
        name: what it is called among several, in front of its legend; the panel's title where that has none.
        legend: name of a series, from the exporter's labels; by default the labels that the expression keeps.
        datasource: a uid, or a variable such as `$DS_LONG_TERM`; empty for the panel's.
        ref_id: the query's name in its panel, for expressions; by default the next letter.
        exemplar: ask for exemplars, too: links from a line to single traces.
        hide: ask, and draw nothing: for what only an expression computes with.
        guessed: what nobody has said and the expression tells: `unit`, `legend`; set by dashlib.
    """

    expression: str
    unit: str = attrs.field(kw_only=True, default="")
    name: str = attrs.field(kw_only=True, default="")
    legend: Legend = attrs.field(kw_only=True, default="")
    datasource: str = attrs.field(kw_only=True, default="")
    ref_id: str = attrs.field(kw_only=True, default="")
    exemplar: bool = attrs.field(kw_only=True, default=False)
    hide: bool = attrs.field(kw_only=True, default=False)
    guessed: tuple[str, ...] = attrs.field(init=False, default=(), repr=False)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse what is not valid PromQL, and set what the author has left to the expression."""
        from dashlib.declare import inference

        try:
            read(self.expression).check()
        except PromQLError as error:
            raise DeclarationError(f"promql() is not valid PromQL: {error.message}") from None
        check_ref_id(self.ref_id)
        guesses = {}
        if self.unit:
            check_unit(self.unit)
        else:
            guesses["unit"] = inference.unit_of(self.expression, is_raw=True) or "short"
        if not self.legend:
            told = inference.legend_of(self.expression, "")
            # What Grafana names by itself has no room for a name.
            guesses["legend"] = told if told == AUTOMATIC else f"{self.name} {told}".strip()
        for setting, guess in guesses.items():
            object.__setattr__(self, setting, guess)
        object.__setattr__(self, "guessed", tuple(setting for setting, guess in guesses.items() if guess))
