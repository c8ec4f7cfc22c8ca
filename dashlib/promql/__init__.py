"""PromQL: what an expression says, where it says it, and whether Prometheus takes it.

`promql_parser` (Prometheus' grammar, in Rust) decides whether an expression is valid. It has no positions and knows no
Grafana variables, so a small lossless tokenizer stands in front of it: it gives the positions, and stand-ins take the
places of variables (`$connector`, `${connector:regex}`, `[[connector]]`, `$__rate_interval`). What the author wrote is
what is emitted; `writing` adds space, so that a long expression stands on several lines, and changes no word.

`read` gives the one value of an expression: its tokens, selectors, groupings and tree. The tree's nodes are in
`promql.tree`, what an expression gives (labels, units) in `promql.types`, Grafana's variables in `promql.variables`.

PromQL is kept to what Prometheus 2.42 accepts and what still means the same in 3.x. `Expression.check` refuses the rest
and names the version that brought it.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from dashlib.promql.durations import duration_seconds, format_duration
from dashlib.promql.errors import PromQLError
from dashlib.promql.expressions import Expression, Grouping, read
from dashlib.promql.matchers import Matcher, format_matchers, passes
from dashlib.promql.selectors import Selector
from dashlib.promql.tokens import Token

if TYPE_CHECKING:
    from dashlib import Query

__all__ = [
    "Expression",
    "Grouping",
    "Matcher",
    "PromQLError",
    "Selector",
    "Token",
    "duration_seconds",
    "format_duration",
    "format_matchers",
    "passes",
    "read",
]


class _Called(ModuleType):
    """This package, which a declaration calls for a query: `timeseries(promql("up"), "Targets")`."""

    def __call__(self, *arguments: str, **settings: str) -> Query:
        """Return PromQL that a panel asks as it is; see `dashlib.Query`, which takes the same arguments."""
        from dashlib import Query  # the words of declarations stand above this package

        return Query(*arguments, **settings)  # type: ignore[arg-type]  # which checks them itself


sys.modules[__name__].__class__ = _Called
