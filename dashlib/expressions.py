"""From an expression over logical metrics to the PromQL that one Prometheus understands.

An author writes PromQL whose metric names and labels are the catalog's (`MilliSecondsBehindSource`,
`server`) and whose values are in canonical units (seconds, never milliseconds). Rendering puts in the
names of the profile, the label filters of the dashboard or rule group (the scope), the scale, and the
filter of sentinel values. All else stays to the letter what the author wrote.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import attrs

from dashlib import promql
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.debezium.catalog import Catalog, Metric
    from dashlib.profiles import Profile

# Dashboards that are compiled one after another mostly have one scope: that of their variables.
_SCOPES_REMEMBERED = 16

_GROUPING_KEYWORDS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_MULTIPLICATIVE = frozenset({"*", "/", "%", "^", "atan2"})
_ARITHMETIC_OR_COMPARISON = _MULTIPLICATIVE | {"+", "-", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless"}
# Functions and aggregations for which f(k * x) == k * f(x) when k > 0, so that a scale may be applied after them.
_SCALE_INVARIANT = frozenset(
    [
        "avg",
        "avg_over_time",
        "bottomk",
        "delta",
        "deriv",
        "first_over_time",
        "idelta",
        "increase",
        "irate",
        "last_over_time",
        "max",
        "max_over_time",
        "min",
        "min_over_time",
        "quantile",
        "quantile_over_time",
        "rate",
        "stddev",
        "stddev_over_time",
        "sum",
        "sum_over_time",
        "topk",
    ]
)


@attrs.frozen
class LabelMatch:
    """What a label must be, without the label's name: an operator and a value.

    Attributes:
        operator: one of `=`, `!=`, `=~`, `!~`.
        value: the value or regular expression.
    """

    operator: str = attrs.field(validator=attrs.validators.in_(("=", "!=", "=~", "!~")))
    value: str = attrs.field(validator=attrs.validators.instance_of(str))


def one_of(*values: str) -> LabelMatch:
    """Return the match of a label that has one of these values, for `where={"plugin": …}`."""
    return LabelMatch("=", values[0]) if len(values) == 1 else LabelMatch("=~", "|".join(values))


def none_of(*values: str) -> LabelMatch:
    """Return a match for a label that has none of these values."""
    return LabelMatch("!=", values[0]) if len(values) == 1 else LabelMatch("!~", "|".join(values))


@attrs.frozen
class Rendering:
    """Everything that turns logical expressions into the PromQL of one place.

    Attributes:
        catalog: the metrics that exist.
        profile: how they are spelled.
        scope: filters by logical label (`server`, `job`, `plugin`, `connector`); each is put on every selector
            whose metric carries that label and that does not filter it itself.
        rate_interval: what stands for `$__rate_interval` where no Grafana replaces it, for example `5m` in a rule;
            empty to leave it to Grafana.
    """

    catalog: Catalog
    profile: Profile
    scope: Mapping[str, LabelMatch] = attrs.field(factory=dict)
    rate_interval: str = ""
    _rendered: dict[tuple[str, bool, float], str] = attrs.field(factory=dict, init=False, repr=False, eq=False)
    _marks: dict[str, str] = attrs.field(factory=dict, init=False, repr=False, eq=False)
    _within: dict[tuple[object, ...], Rendering] = attrs.field(factory=dict, init=False, repr=False, eq=False)

    def within(self, scope: Mapping[str, LabelMatch], rate_interval: str = "") -> Rendering:
        """Return this rendering in a scope; for one scope the same object, which renders no expression twice."""
        key = (rate_interval, *scope.items())
        if key not in self._within:
            if len(self._within) >= _SCOPES_REMEMBERED:
                self._within.clear()
            self._within[key] = attrs.evolve(self, scope=dict(scope), rate_interval=rate_interval)
        return self._within[key]

    def render(self, expression: str, *, filter_unknown: bool = False, factor: float = 1.0) -> str:
        """Return the PromQL of a logical expression.

        Args:
            expression: PromQL over logical metrics, labels and canonical units.
            filter_unknown: drop the sentinel values of each metric (`!= -1`) before anything compares them.
            factor: what the result is multiplied with, for a panel that shows another unit than the signal's
                canonical one (1000 for milliseconds instead of seconds).

        Raises:
            DeclarationError: a metric is not in the catalog, or a sentinel or scale cannot be applied where it stands.
        """
        key = (expression, filter_unknown, factor)
        if key not in self._rendered:
            self._rendered[key] = _render(self, expression, filter_unknown=filter_unknown, factor=factor)
        return self._rendered[key]

    def selector(self, metric_name: str, matchers: Mapping[str, LabelMatch] | None = None) -> str:
        """Return the exported name of a logical metric with its filters, for example for `label_values(…)`."""
        metric = self.catalog.metric(metric_name)
        own = [
            promql.Matcher(self.profile.label(label, metric.family), match.operator, match.value)
            for label, match in (matchers or {}).items()
        ]
        return self.profile.metric_name(metric) + promql.format_matchers([*own, *self.scope_matchers(metric, own)])

    def unknown(self, expression: str) -> str:
        """Return PromQL that is 1 where a metric of a logical expression stands at a sentinel value.

        The value must be 1 and nothing else: it is the only one that Grafana marks as an annotation.
        """
        if expression in self._marks:
            return self._marks[expression]
        marks: list[str] = []
        for selector in promql.selectors(expression):
            metric = self.catalog.metric(selector.metric)
            labels = [self.profile.label(label, metric.family) for label in ("job", "plugin", "server")]
            text = _selector_text(self, metric, selector)
            marks.extend(f"group by ({', '.join(labels)}) ({text} == {_number(value)})" for value in metric.unknown)
        if not marks:
            raise DeclarationError(f"no metric of {expression!r} has a sentinel value that means unknown")
        self._marks[expression] = " or ".join(dict.fromkeys(marks))
        return self._marks[expression]

    def scope_matchers(self, metric: Metric, own: list[promql.Matcher]) -> list[promql.Matcher]:
        """Return the scope's filters for a metric that has these filters of its own."""
        filtered = {matcher.label for matcher in own}
        matchers = []
        for label, match in self.scope.items():
            exported = self.profile.label(label, metric.family)
            if exported in filtered or (label != "job" and label not in metric.labels):
                continue
            value = match.value
            if match.operator == "=~" and self.profile.is_optional(label, metric.family):
                value += "|"
            matchers.append(promql.Matcher(exported, match.operator, value))
        return matchers


def metric_names(expression: str) -> tuple[str, ...]:
    """Return the names of the metrics in an expression, each once, in order of appearance."""
    return tuple(dict.fromkeys(selector.metric for selector in promql.selectors(expression) if selector.metric))


def grouping_labels(expression: str) -> tuple[str, ...]:
    """Return the labels in the `by (…)`, `on (…)` and their kind of an expression, each once, in order."""
    return tuple(dict.fromkeys(token.text for token in _grouping_tokens(expression)))


@functools.lru_cache(maxsize=1024)
def _scales_as_a_whole(expression: str) -> bool:
    """Tell whether a factor on the only metric may as well stand behind the whole expression."""
    if len(promql.selectors(expression)) != 1:
        return False
    tokens = [token for token in promql.tokenize(expression) if token.kind not in ("space", "comment")]
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.kind in ("operator", "keyword") and token.text in _ARITHMETIC_OR_COMPARISON:
            return False
        if (
            token.kind in ("identifier", "keyword")
            and token.text not in _GROUPING_KEYWORDS
            and token.text not in _SCALE_INVARIANT
            and following is not None
            and following.text in ("(", "by", "without")
        ):
            return False
    return True


def _render(rendering: Rendering, expression: str, *, filter_unknown: bool, factor: float) -> str:
    promql.parse(expression)
    scale_at_end = _scales_as_a_whole(expression)
    insertions: list[tuple[int, int, str]] = []  # (start, end, text): replace expression[start:end]
    total = factor
    for selector in promql.selectors(expression):
        if not selector.metric:
            raise DeclarationError(
                f"the selector {expression[selector.start : selector.end]} names no metric: dashlib cannot tell its "
                "unit, labels or family; write one metric name for each selector"
            )
        metric = rendering.catalog.metric(selector.metric)
        scale = rendering.profile.scale(metric)
        text = _selector_text(rendering, metric, selector)
        if selector.range is None:
            text += expression[selector.end : selector.end_of_modifiers]
            alone = _stands_alone(expression, selector.start, selector.end_of_modifiers, scaled=scale_at_end)
            if filter_unknown and metric.unknown:
                text += "".join(f" != {_number(value)}" for value in metric.unknown)
                text = text if alone and (scale_at_end or scale == 1) else f"({text})"
            if not scale_at_end and scale != 1:
                text += _scale_text(scale)
                text = text if alone else f"({text})"
            insertions.append((selector.start, selector.end_of_modifiers, text))
        else:
            insertions.append((selector.start, selector.end, text))
            if not scale_at_end and scale != 1:
                insertions.extend(_scaled_call(expression, selector, scale))
        if scale_at_end:
            total *= scale
    insertions.extend(_renamed_grouping_labels(rendering.profile, expression))
    rendered = _replace(expression, insertions)
    if rendering.rate_interval:
        rendered = rendered.replace("$__rate_interval", rendering.rate_interval)
    if total != 1:
        rendered = (rendered if scale_at_end else f"({rendered})") + _scale_text(total)
    return rendered


def _selector_text(rendering: Rendering, metric: Metric, selector: promql.Selector) -> str:
    own = [
        promql.Matcher(rendering.profile.label(matcher.label, metric.family), matcher.operator, matcher.value)
        for matcher in selector.matchers
    ]
    return rendering.profile.metric_name(metric) + promql.format_matchers(
        [*own, *rendering.scope_matchers(metric, own)]
    )


def _scaled_call(expression: str, selector: promql.Selector, scale: float) -> list[tuple[int, int, str]]:
    """Return the insertions that scale the function around a range selector: a range itself cannot be scaled."""
    if selector.call is None:
        raise DeclarationError(f"{expression!r}: a range selector outside a function cannot be scaled")
    start, end = selector.call
    function = expression[start : expression.index("(", start)].strip()
    if function not in _SCALE_INVARIANT:
        raise DeclarationError(
            f"{expression!r}: {function}() of {selector.metric} cannot be given in its canonical unit, because a "
            "scale inside it is not a scale outside it"
        )
    if _stands_alone(expression, start, end):
        return [(end, end, _scale_text(scale))]
    return [(start, start, "("), (end, end, _scale_text(scale) + ")")]


def _renamed_grouping_labels(profile: Profile, expression: str) -> list[tuple[int, int, str]]:
    """Return the replacements of the logical labels in `by (…)`, `on (…)` and their kind."""
    return [
        (token.start, token.end, exported)
        for token in _grouping_tokens(expression)
        if (exported := profile.label(token.text)) != token.text
    ]


@functools.lru_cache(maxsize=1024)
def _grouping_tokens(expression: str) -> tuple[promql.Token, ...]:
    labels: list[promql.Token] = []
    inside = False
    previous = ""
    for token in promql.tokenize(expression):
        if token.kind in ("space", "comment"):
            continue
        if token.text == "(" and previous in _GROUPING_KEYWORDS:
            inside = True
        elif token.text == ")":
            inside = False
        elif inside and token.text != ",":
            labels.append(token)
        previous = token.text
    return tuple(labels)


def _stands_alone(expression: str, start: int, end: int, *, scaled: bool = False) -> bool:
    """Tell whether a part fills its parentheses, or the whole expression, so that it needs none of its own.

    Args:
        expression: the whole.
        start: where the part begins.
        end: where it ends.
        scaled: a scale will follow the whole expression, so that a part which is all of it does not stand alone.
    """
    before, after = expression[:start].rstrip(), expression[end:].lstrip()
    if not before and not after:
        return not scaled
    return (not before or before.endswith("(")) and (not after or after.startswith(")"))


def _replace(expression: str, replacements: list[tuple[int, int, str]]) -> str:
    pieces = []
    position = 0
    for start, end, text in sorted(replacements, key=lambda item: (item[0], item[1])):
        pieces.append(expression[position:start])
        pieces.append(text)
        position = end
    pieces.append(expression[position:])
    return "".join(pieces)


def _scale_text(scale: float) -> str:
    inverse = 1 / scale
    return f" / {_number(round(inverse))}" if abs(inverse - round(inverse)) < 1e-9 * inverse else f" * {_number(scale)}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
