"""A division that can give NaN does not poison a sum, and does not keep an alert quiet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import COMPARISONS, Aggregation, Binary, Call, Node, Vector, vectors, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query
    from dashlib.promql import Matcher

CHECK = Check(
    "division-by-zero",
    "warning",
    "A divisor that may be 0 is filtered or clamped before the quotient is aggregated or compared.",
    peers=("pint promql/nan",),
)

# One NaN or infinity makes their whole result one.
_POISONED = frozenset({"sum", "avg", "stddev", "stdvar"})
_NEVER_ZERO = frozenset({"time", "timestamp", "clamp_min", "clamp", "count_over_time", "present_over_time"})
# Of what is never 0 they make nothing that is.
_KEEPS = frozenset({"scalar", "vector", "abs", "ceil", "sort", "sort_desc", "label_replace", "label_join"})
# What is configuration, or what a machine has. `_bytes_total` counts, `_total_bytes` is how many there are; of swap
# there may be none.
_CAPACITIES = re.compile(
    r"Total(?:Blocks|Bytes|Space|Memory)$|(?<!swap)_total_(?:size_)?(?:bytes|[kmgt]b|(?:kilo|mega|giga)bytes)$|"
    r"(?:(?<!swap)_memory|_disk(?:_?space)?|_inodes?|_inode_files)_total(?:_[a-z]+)?$|MemTotal$|"
    r"(?:^|[_:])capacity_(?:bytes_total|total_bytes)(?::|$)|"
    r"_(?:replication_factor|concurrent_max|max_supported_count|max_threads|hashring_nodes|quota_backend_bytes)$|"
    r"_(?:resource_limit_value|alloc_limit_(?:bytes|[kmg]b))$|"
    r"_settings_(?:max|shared)_[a-z_]+$|shared_buffers_(?:size|bytes)$|jvm_memory_(?:bytes_)?max(?:_bytes)?$|"
    r"(?:QueueTotalCapacity|queue_limit|queuetotalcapacity|MemTotal_bytes|_max_fds|_max_connections|"
    r"conntrack_entries_limit|map_areas_limit|fd_softlimit|_maxclients|filefd_maximum|_capacity(?:_[a-z]+)?)$|"
    r"physical_memory|memory_physical|(?:total_sys_memory|memstats_sys)_bytes$|container_spec_cpu_period$|^machine_(?:cpu|memory)|^kube_node_status_(?:capacity|allocatable)"
)
# Their first is 0 wherever their second is: of nothing there is no sum, and none below a bound.
_PAIRS = (("_sum", "_count"), ("_bucket", "_count"))
# What went wrong is of what was tried: `request_errors_total` of `requests_total`.
_WENT_WRONG = re.compile(r"_(?:errors?|failures?|failed|fails|timeouts?|retries|dropped|rejected)_total$")
_LEFT = re.compile(r"_(?:avail|available|free)(?:_bytes)?$")
_USED = re.compile(r"(?i:used|free|avail)")
_IN_ALL = re.compile(r"(?:_(?:size|capacity|total))?(?:_bytes)?$")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every division whose divisor may be 0 where that does harm."""
    for query in lint.queries:
        for node, above in with_ancestors(query.tree) if query.tree is not None else ():
            if not isinstance(node, Binary) or node.operator not in {"/", "%"} or _is_never_zero(query, node.right):
                continue
            poisoned = next((one for one in above if isinstance(one, Aggregation) and one.operator in _POISONED), None)
            before = above[: above.index(poisoned)] if poisoned is not None else above
            if _is_guarded(query, node, before):
                continue
            is_nan = _is_part(node.left, node.right) or _is_made_nan(query, node, before)
            is_filtered = is_nan and not _lets_nan_pass(before)
            if is_filtered and (poisoned is None or _is_compared(before)):
                continue
            if poisoned is not None:
                yield query.problem(
                    f"where {query.written(node.right)} is 0 the quotient is NaN or infinite, and so is the whole "
                    f"{poisoned.operator}",
                    node.right,
                    suggestion=f"filter such series out: ({query.written(node.right)} > 0)",
                )
                continue
            if query.role == "alert" and _is_compared(above) and not _is_silent(query, node, above):
                yield query.problem(
                    f"where {query.written(node.right)} is 0 the quotient is either infinite, which exceeds every "
                    "threshold, or NaN, which exceeds none",
                    node.right,
                    suggestion=f"filter such series out: ({query.written(node.right)} > 0)",
                )


def _is_compared(above: tuple[Node, ...]) -> bool:
    return any(isinstance(one, Binary) and one.operator in COMPARISONS for one in above)


def _is_silent(query: Query, division: Binary, above: tuple[Node, ...]) -> bool:
    """Tell whether neither infinity nor NaN passes the comparison: `x / y < 0.1`, `x / y == 1`.

    That is known where the quotient is at most multiplied, divided or added to on the way.
    """
    below: Node = division
    for parent in above:
        if isinstance(parent, Binary) and parent.operator in COMPARISONS:
            operator, _ = next(query.compared(division, above), ("", None))
            return operator in {"<", "<=", "=="} and not parent.is_bool
        if not isinstance(parent, Binary) or parent.operator not in {"*", "/", "+"}:
            return False
        other = query.type_of(parent.right if below is parent.left else parent.left).constant
        if other is None or other <= 0 or (parent.operator == "/" and below is parent.right):
            return False
        below = parent
    return False


def _lets_nan_pass(above: tuple[Node, ...]) -> bool:
    return any(isinstance(one, Binary) and one.operator == "!=" for one in above)


def _is_made_nan(query: Query, division: Binary, above: tuple[Node, ...]) -> bool:
    """Tell whether it or its quotient is multiplied with what is 0 where its divisor is: `(x / y) * (y > bool 0)`.

    Infinity times 0 is NaN, as 0 / 0 is; what is added to it or what it is multiplied with changes neither.
    """
    if _is_zero_with(query, division.left, division.right):
        return True
    below: Node = division
    for parent in above:
        if not isinstance(parent, Binary) or parent.operator not in {"*", "/", "+", "-"}:
            return False
        other = parent.right if below is parent.left else parent.left
        if parent.operator == "*" and _is_zero_with(query, other, division.right):
            return True
        if parent.operator == "/" and below is parent.right:
            return False
        below = parent
    return False


def _is_zero_with(query: Query, node: Node, divisor: Node) -> bool:
    """Tell whether a product has a factor like `divisor > bool 0`."""
    if not isinstance(node, Binary):
        return False
    if node.operator == "*":
        return any(_is_zero_with(query, side, divisor) for side in (node.left, node.right))
    compared = _compared_with_constant(query, node, is_bool=True)
    return compared is not None and _is_above_zero(*compared[1:]) and _is_of(compared[0], divisor)


def _is_of(side: Node, divisor: Node) -> bool:
    return _selectors(side) == _selectors(divisor)


# --- guards ----------------------------------------------------------------------------------------------------


def _is_guarded(query: Query, division: Binary, above: tuple[Node, ...]) -> bool:
    """Tell whether an `and x > 0` or `unless x == 0` around a division leaves out what its divisor x is 0 for.

    A guard looks only at whether a series is there, so that it may look at the divisor in another window or sum.
    """
    return _is_left_out(query, division.right, division, above) or all(
        _is_left_out(query, factor, division, above) for factor in _factors(query, division.right)
    )


def _factors(query: Query, divisor: Node) -> list[Node]:
    """Return the parts of a divisor of which one is 0 where it is 0: of a quotient its dividend, of a product both."""
    if isinstance(divisor, Binary) and divisor.operator in {"*", "/"}:
        sides = (divisor.left, divisor.right) if divisor.operator == "*" else (divisor.left,)
        return [part for side in sides if not _is_never_zero(query, side) for part in _factors(query, side)]
    return [divisor]


def _is_left_out(query: Query, divisor: Node, division: Binary, above: tuple[Node, ...]) -> bool:
    below: Node = division
    for parent in above:
        if isinstance(parent, Binary) and parent.operator in {"and", "unless"}:
            other = parent.right if below is parent.left else parent.left
            if parent.operator == "and" and _holds_above_zero(query, other, divisor):
                return True
            if parent.operator == "unless" and other is parent.right and _is_at_zero(query, other, divisor):
                return True
        below = parent
    return False


def _holds_above_zero(query: Query, guard: Node, divisor: Node) -> bool:
    """Tell whether a guard has series only where a divisor is not 0."""
    if not isinstance(guard, Binary):
        return False
    if guard.operator == "and":
        return any(_holds_above_zero(query, side, divisor) for side in (guard.left, guard.right))
    if guard.operator == "unless":
        return _holds_above_zero(query, guard.left, divisor) or _is_at_zero(query, guard.right, divisor)
    compared = _compared_with_constant(query, guard)
    if compared is None:
        return False
    side, operator, bound = compared
    return _is_above_zero(operator, bound) and _is_of(side, divisor)


def _is_at_zero(query: Query, guard: Node, divisor: Node) -> bool:
    """Tell whether a guard has a series wherever a divisor is 0."""
    if isinstance(guard, Binary) and guard.operator == "or":
        return any(_is_at_zero(query, side, divisor) for side in (guard.left, guard.right))
    compared = _compared_with_constant(query, guard) if isinstance(guard, Binary) else None
    if compared is None:
        return False
    side, operator, bound = compared
    has_zero = {"==": bound == 0, "<=": bound >= 0, "<": bound > 0}.get(operator, False)
    return has_zero and _is_of(side, divisor)


def _compared_with_constant(query: Query, node: Binary, *, is_bool: bool = False) -> tuple[Node, str, float] | None:
    """Return what is compared with a constant, how, and the constant; None where nothing is, or not in that way."""
    if node.operator not in COMPARISONS or node.is_bool != is_bool:
        return None
    flipped = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
    for side, other, operator in (
        (node.left, node.right, node.operator),
        (node.right, node.left, flipped.get(node.operator, node.operator)),
    ):
        constant = query.type_of(other).constant
        if constant is not None:
            return side, operator, constant
    return None


def _is_above_zero(operator: str, bound: float) -> bool:
    return (
        (operator == ">" and bound >= 0)
        or (operator == ">=" and bound > 0)
        or (operator == "!=" and bound == 0)
        or (operator == "==" and bound != 0)
    )


def _selectors(node: Node) -> frozenset[tuple[str, frozenset[Matcher]]]:
    return frozenset((one.metric, frozenset(one.selector.matchers)) for one in vectors(node))


def _is_part(dividend: Node, divisor: Node) -> bool:
    """Tell whether a dividend is 0 wherever its divisor is: the quotient is NaN there, which no comparison lets pass.

    That holds for a part of a whole (`errors / (errors + others)`, `x{code="500"} / x`, `(size - free) / size`), as
    counts, sizes and rates are not negative.
    """
    if isinstance(dividend, Binary) and dividend.operator in {"*", "/", "-"}:
        return _is_part(dividend.left, divisor) or (dividend.operator == "*" and _is_part(dividend.right, divisor))
    parts, whole = list(vectors(dividend)), _summands(divisor)
    return bool(parts) and all(any(_is_within(part, one) for one in whole) for part in parts)


def _summands(node: Node) -> list[Vector]:
    """Return the selectors that are all 0 where an expression is: it adds them up, or takes the largest."""
    if isinstance(node, Vector):
        return [node]
    is_sum = isinstance(node, Binary) and node.operator in {"+", "or"}
    is_large = isinstance(node, Aggregation) and node.operator in {"sum", "avg", "max"}
    is_growth = isinstance(node, Call) and node.function in {"rate", "irate", "increase"}
    return [one for child in node.children for one in _summands(child)] if is_sum or is_large or is_growth else []


def _is_within(part: Vector, whole: Vector) -> bool:
    return _is_part_by_name(part.metric, whole.metric) and set(whole.selector.matchers) <= set(part.selector.matchers)


def _is_part_by_name(part: str, whole: str) -> bool:
    """Tell whether a metric is a part of another by their names.

    So are `x_sum` of `x_count`, `x_failed_total` of `x_total`, `x_error_total` of `xs_total`, `x_avail_bytes` of
    `x_size_bytes`.
    """
    if part == whole:
        return True
    if whole.endswith("_total") and part.endswith("_total") and part.startswith(f"{whole.removesuffix('_total')}_"):
        return True
    wrong = _WENT_WRONG.search(part)
    if wrong is not None and whole.endswith("_total") and whole.startswith(part[: wrong.start()]):
        return True
    if _LEFT.search(part) is not None and _LEFT.sub("", part) == _IN_ALL.sub("", whole, count=1):
        return True
    return any(
        part.endswith(first) and whole.endswith(second) and part.removesuffix(first) == whole.removesuffix(second)
        for first, second in _PAIRS
    )


# --- divisors --------------------------------------------------------------------------------------------------


def _is_used_and_free(node: Binary) -> bool:
    """Tell whether a sum is how much there is of something: what is used of it, and what is free."""
    sides = (node.left, node.right)
    if not all(isinstance(side, Vector) for side in sides):
        return False
    first, second = (_USED.sub("", side.metric) for side in sides if isinstance(side, Vector))
    return first == second and node.left != node.right and all(_USED.search(side.metric) for side in vectors(node))


def _is_never_zero(query: Query, node: Node) -> bool:
    constant = query.type_of(node).constant
    if constant is not None:
        return constant != 0
    if not query.type_of(node).is_vector and not isinstance(node, Call):
        return True  # a variable's number
    if isinstance(node, Call):
        return node.function in _NEVER_ZERO or (
            (node.function in _KEEPS or node.function.endswith("_over_time"))
            and bool(node.arguments)
            and any(_is_never_zero(query, one) for one in node.arguments if query.type_of(one).is_vector)
        )
    if isinstance(node, Binary):
        compared = _compared_with_constant(query, node)
        # `1 + x`: what is counted or measured is not negative
        has_more = any((query.type_of(side).constant or 0) > 0 for side in (node.left, node.right))
        return (
            (node.operator == "+" and (has_more or _is_used_and_free(node)))
            or (node.operator in COMPARISONS and not node.is_bool and _is_never_zero(query, node.left))
            or (compared is not None and _is_above_zero(*compared[1:]))
            or (
                node.operator in {"*", "+", "/", "and", "or", "unless"}
                and _is_never_zero(query, node.left)
                and (node.operator in {"and", "unless"} or _is_never_zero(query, node.right))
            )
        )
    if isinstance(node, Aggregation):
        return node.operator in {"count", "group"} or _is_never_zero(query, node.operand)
    return isinstance(node, Vector) and _CAPACITIES.search(_name(node)) is not None


def _name(vector: Vector) -> str:
    """Return a metric's name, or the pattern of several that differ before their end, such as in a connector's kind."""
    if vector.metric:
        return vector.metric
    named = (one for one in vector.selector.matchers if one.label == "__name__" and one.operator == "=~")
    pattern = next((one.value for one in named), "")
    return "" if "|" in re.sub(r"\([^()]*\)", "", pattern) else pattern
