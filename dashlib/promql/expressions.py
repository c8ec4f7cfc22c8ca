"""An expression, read once: `read` gives the value that is handed on instead of its text."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from dashlib.promql.layout import Layout, arrange
from dashlib.promql.parsing import is_accepted, parse
from dashlib.promql.selectors import Selector, selectors_in
from dashlib.promql.tokens import GROUPINGS, Token, is_plain_label, tokenize, unquoted

if TYPE_CHECKING:
    from dashlib.promql.tree import Node


# Where no space is left, one of these stands before a label in quotes, or a comment may hide it.
_BEFORE_LABELS: Final = ('{"', ',"', '("', "{'", ",'", "('", "`", "#")


class Grouping(NamedTuple):
    """A list of labels in an expression: `by (job, server)`.

    Attributes:
        keyword: what stands before it.
        labels: its labels, without quotes; at least one.
    """

    keyword: str
    labels: tuple[Token, ...]


class Expression:
    """What a PromQL expression with Grafana variables says, and where it says it.

    Each property is computed when it is first asked for, and raises `PromQLError` where the text does not allow it:
    `tokens` and `groupings` need only closed strings, all others a valid expression.

    Attributes:
        text: as the author wrote it.
    """

    def __init__(self, text: str) -> None:
        """Keep the text; `read` is how others get an expression."""
        self.text = text

    def __repr__(self) -> str:
        """Return the text, as `read` takes it."""
        return f"read({self.text!r})"

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Its pieces, space and comments too; their texts together are the expression."""
        return tokenize(self.text)

    @cached_property
    def words(self) -> tuple[Token, ...]:
        """Its tokens without space and comments."""
        return tuple([token for token in self.tokens if token.kind not in {"space", "comment"}])

    @cached_property
    def groupings(self) -> tuple[Grouping, ...]:
        """Its lists of labels, in the order of the text: of `by`, `on` and their kind."""
        found: list[Grouping] = []
        labels: list[Token] = []
        keyword = previous = ""
        for token in self.words:
            if token.text == "(" and previous in GROUPINGS:
                keyword, labels = previous, []
            elif token.text == ")" and keyword:
                if labels:
                    found.append(Grouping(keyword, tuple(labels)))
                keyword = ""
            elif keyword and token.text != ",":
                labels.append(token._replace(text=unquoted(token.text)) if token.kind == "string" else token)
            previous = token.text
        return tuple(found)

    @cached_property
    def selectors(self) -> tuple[Selector, ...]:
        """Its vector selectors, in the order of the text.

        A variable that stands alone beside an operator (`x > $threshold`) is taken for a number, not for a selector;
        `$metric{…}`, `$metric[5m]` and `sum($metric)` are selectors.
        """
        self.check()
        return selectors_in(self._layout)

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """The names of its metrics as written, each once, in the order of the text; `{__name__="x"}` is x."""
        return tuple(dict.fromkeys(selector.name for selector in self.selectors if selector.name))

    @property
    def quoted_labels(self) -> tuple[str, ...]:
        """The labels that it has to quote, each once: no Prometheus before 3.0 keeps such names, or reads this."""
        compact = "".join(self.text.split())  # every rule asks, and hardly any has one
        for mark in _BEFORE_LABELS:
            if mark in compact:
                break
        else:
            return ()
        grouped = (token.text for grouping in self.groupings for token in grouping.labels if "$" not in token.text)
        matched = (one.label for selector in self.selectors for one in selector.matchers if "$" not in one.label)
        return tuple(dict.fromkeys(label for label in (*matched, *grouped) if not is_plain_label(label)))

    @cached_property
    def tree(self) -> Node:
        """Its tree, whose nodes know their places."""
        from dashlib.promql.tree import tree_of  # most builds need no tree

        return tree_of(self.text, self.words, self._layout.chosen_parts(), self.selectors)

    def check(self) -> None:
        """Raise `PromQLError` where Prometheus 2.42 would not take the expression, or Prometheus 3 would not.

        A variable stands for a duration in a range, a subquery or an offset, for a number behind `@` and where a
        function takes a scalar, for a function before parentheses, for an operator between operands, for a clause
        behind one (`sum(x) $grouping`, `x $offset`), for matchers where it stands alone in braces, and for a name
        anywhere else.
        """
        _ = self._is_valid

    def check_composed(self) -> None:
        """As `check`, for what dashlib put together from parts that were checked: the parser alone says it is fine."""
        if "_is_valid" not in vars(self) and not is_accepted(self.text):
            self.check()

    def take_as_valid(self) -> None:
        """Spare `check` the parser: for what was checked before this program ran."""
        self._is_valid = True

    def normal(self) -> str:
        """Return the expression as Prometheus' parser writes it, so that two spellings compare.

        Names in it that were variables are stand-ins.
        """
        return str(parse(self._layout))

    @cached_property
    def _is_valid(self) -> bool:
        parse(self._layout)
        return True

    @cached_property
    def _layout(self) -> Layout:
        return arrange(self.text, self.words)


@lru_cache(maxsize=4096)
def read(text: str) -> Expression:
    """Return what an expression says; one text is read once.

    Args:
        text: PromQL with Grafana variables. It need not be valid; see `Expression`.
    """
    return Expression(text)
