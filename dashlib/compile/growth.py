"""From a signal to its growth: the increase of each of its counters, taken inside any aggregation.

`max by (server) (NumberOfDisconnects)` grows by `max by (server) (increase(NumberOfDisconnects[30m]))` in half an hour.
The increase of the maximum would be another number: an aggregation hides the restart of one task behind the count of
another. What has no growth (a gauge, a ratio, a difference) is refused by name. Logical PromQL in, logical PromQL out.

The first sample of a series does not count as growth. Prometheus sees that by itself; VictoriaMetrics' `increase` takes
a small first value for growth from 0, its `rate` does not. So an increase counts where there is a rate, which changes
nothing on Prometheus (docs/engines.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from dashlib import promql
from dashlib.errors import DeclarationError
from dashlib.promql import tree as promql_tree
from dashlib.promql import types as promql_types
from dashlib.promql.tree import Aggregation, Binary, Call, Node, Vector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.metrics.catalog import Catalog

_RATES: Final = frozenset({"rate", "irate"})
_GROWTHS: Final = _RATES | {"increase"}
_KEEP_VALUES: Final = frozenset({"label_join", "label_replace", "sort", "sort_desc"})
# Aggregations that pick or add values: of increases they make an increase.
_OF_INCREASES: Final = frozenset({"avg", "bottomk", "max", "min", "quantile", "sum", "topk"})


def growth(expression: str, window: str, catalog: Catalog) -> str:
    """Return the expression of how much a signal grew.

    Args:
        expression: logical PromQL of counters, or of their `rate` or `increase`, whose windows are replaced.
        window: the time over which the growth is counted, a duration.
        catalog: says what is a counter.

    Raises:
        DeclarationError: a part of it has no growth; the message names the part and what to write instead.
        UnknownMetricError: the catalog lacks a metric.
    """
    root = promql.read(expression).tree
    reader = _Reader(expression, window, catalog, promql_types.types(root))
    reader.read(root, scale=1.0)
    if not reader.found:
        raise reader.refusal("there is no counter")
    pieces, position = [], 0
    for start, end, text in sorted(reader.found):
        pieces += [expression[position:start], text]
        position = end
    return "".join([*pieces, expression[position:]])


@frozen
class _Reader:
    expression: str
    window: str
    catalog: Catalog
    types: Mapping[int, promql_types.Type]
    found: list[tuple[int, int, str]] = field(factory=list, init=False)  # replace expression[start:end]

    def read(self, node: Node, *, scale: float) -> None:
        """Find the counters below a part; `scale` is what its values are multiplied with."""
        match node:
            case Vector():
                self._counter(node)
            case Call() if node.function in _GROWTHS and isinstance(node.arguments[0], Vector):
                if node.function in _RATES and scale != 1:
                    raise self.refusal(
                        f"{scale:g} times {self._text(node)} is a rate in a different unit; write only the counter"
                    )
                self._growth(node, node.arguments[0])
            case Call() if node.function in _KEEP_VALUES:
                self.read(node.arguments[0], scale=scale)
            case Call() if self._constant(node) == 0:  # … or vector(0)
                pass
            case Aggregation() if node.operator in _OF_INCREASES:
                self.read(node.operand, scale=scale)
            case Binary():
                self._binary(node, scale)
            case _:
                raise self.refusal(f"{self._text(node)} is not a counter")

    def _binary(self, node: Binary, scale: float) -> None:
        left, right = node.left, node.right
        match node.operator:
            case "or":
                self.read(left, scale=scale)
                self.read(right, scale=scale)
            case "and" | "unless":  # the right side only asks whether something is there
                self.read(left, scale=scale)
            case "+" if self._constant(left) is None and self._constant(right) is None:
                self.read(left, scale=scale)
                self.read(right, scale=scale)
            case "*" | "/":
                self._multiplied(node, scale)
            case "-":
                raise self.refusal(
                    f"{self._text(node)} is a difference, not a counter; write only the counter, and how far to look "
                    "back as within="
                )
            case _:
                raise self.refusal(f"{self._text(node)} is not a counter")

    def _multiplied(self, node: Binary, scale: float) -> None:
        """Read what is multiplied with a number, or with an info metric, whose value is 1 and which adds labels."""
        left, right = node.left, node.right
        factor, divisor = self._constant(left), self._constant(right)
        if node.operator == "*" and 0 in {factor, divisor}:
            return  # … or 0 * x: what is there without a counter has not grown
        if divisor is not None and divisor > 0:
            self.read(left, scale=scale * divisor if node.operator == "*" else scale / divisor)
        elif node.operator == "*" and factor is not None and factor > 0:
            self.read(right, scale=scale * factor)
        elif self._only_brings_labels(right):
            self.read(left, scale=scale)
        elif node.operator == "*" and self._only_brings_labels(left):
            self.read(right, scale=scale)
        else:
            what = "ratio" if node.operator == "/" else "product"
            raise self.refusal(
                f"{self._text(node)} is a {what}, not a counter; compare it with .above(…), and put the window into "
                "its expression"
            )

    def _counter(self, node: Vector) -> None:
        if self._is_counter(node):
            selector = node.selector
            modifiers = self.expression[selector.end : selector.end_of_modifiers]
            asked = self.expression[selector.start : selector.end]
            self._found(selector.start, selector.end_of_modifiers, f"({asked}[{self.window}]{modifiers})")

    def _growth(self, node: Call, argument: Vector) -> None:
        if self._is_counter(argument):
            selector, start = argument.selector, self.expression.index(node.function, node.start)
            bracket = self.expression.index("[", selector.end)
            end = self.expression.index("]", bracket) + 1
            before = self.expression[start + len(node.function) : bracket]
            self._found(start, node.end, f"{before}[{self.window}]{self.expression[end : node.end]}")

    def _found(self, start: int, end: int, argument: str) -> None:
        """Note a counter's growth in place of a part; the argument is in parentheses."""
        text = f"increase{argument} * (rate{argument} > bool 0)"
        alone = self.expression[:start].endswith("(") and self.expression[end:].startswith(")")
        self.found.append((start, end, text if alone else f"({text})"))

    def _is_counter(self, node: Vector) -> bool:
        """Refuse what is not a counter; rendering refuses a selector without a name, in better words."""
        if not node.metric:
            return False
        metric = self.catalog.metric(node.metric)
        if metric.type != "counter":
            raise self.refusal(
                f"{metric.name} is of type {metric.type}; compare its value with .above(…), or its change with a "
                f"signal that uses delta({metric.name}[{self.window}])"
            )
        return True

    def _constant(self, node: Node) -> float | None:
        return self.types[id(node)].constant

    def _only_brings_labels(self, node: Node) -> bool:
        if isinstance(node, Aggregation) and node.operator == "group":
            return True
        names = [each.metric for each in promql_tree.vectors(node)]
        facts = [self.catalog.find(name) for name in names]
        return bool(facts) and all(each is not None and each.type == "info" for each in facts)

    def _text(self, node: Node) -> str:
        return self.expression[node.start : node.end]

    def refusal(self, why: str) -> DeclarationError:
        """Return the error that says why an expression has no growth."""
        return DeclarationError(f"increases_above needs counters, but in {self.expression!r} {why}")
