"""Handwritten scenarios, each with only those rules that can return something.

promtool evaluates every rule of every file at each step of each scenario, including rules that ask for series the
scenario does not have. A rule without a result changes nothing that a scenario can check: without it the outcome is the
same, sooner.
"""

from __future__ import annotations

import glob
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import define, frozen

from dashlib import promql
from dashlib.documents.foreign import PlainText, UnreadableFileError, read_text, read_yaml
from dashlib.promql import Matcher, PromQLError, passes
from dashlib.promql import tree as promql_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.promql.tree import Node, Vector

#: What an alerting rule writes.
_OF_ALERTS: Final = ("ALERTS", "ALERTS_FOR_STATE")
#: Functions that have a result whatever their arguments have.
_ALWAYS: Final = frozenset({"absent", "absent_over_time", "scalar", "vector"})
#: It adds labels of its second argument to its first, which is there without them, too.
_INFO: Final = "info"
_NAME: Final = "__name__"


class IrreducibleError(Exception):
    """A file is other than expected: only promtool can tell what it is."""


@frozen
class _Rule:
    """A rule: in which file and group it is, the name of what it records, if it does, and its expression."""

    place: tuple[int, int, int]
    record: str
    root: Node


@define
class _Known:
    """The series of a scenario.

    Attributes:
        labels: those that the series of a name have; None where a rule makes them, which may be any.
    """

    labels: dict[str, list[Mapping[str, str]] | None]

    def may_have_result(self, node: Node) -> bool:
        """Tell whether an expression may have a result at any time."""
        if isinstance(node, promql_tree.Vector):
            return self._has(node)
        if isinstance(node, promql_tree.Binary) and node.operator in ("or", "unless"):
            of_left = self.may_have_result(node.left)
            return of_left or (node.operator == "or" and self.may_have_result(node.right))
        if isinstance(node, promql_tree.Call) and node.function in _ALWAYS:
            return True
        needed = node.children[:1] if isinstance(node, promql_tree.Call) and node.function == _INFO else node.children
        return all(map(self.may_have_result, needed))

    def _has(self, vector: Vector) -> bool:
        if vector.metric:
            return vector.metric in self.labels and self._has_of(vector.metric, vector)
        return any(self._has_of(name, vector) for name in self.labels)

    def _has_of(self, name: str, vector: Vector) -> bool:
        labels = self.labels[name]
        matchers = vector.selector.matchers
        if labels is None:
            return all(_passes(each, name) for each in matchers if each.label == _NAME)
        return any(
            all(_passes(each, name if each.label == _NAME else one.get(each.label, "")) for each in matchers)
            for one in labels
        )


def _passes(matcher: Matcher, value: str) -> bool:
    return passes(matcher, value, unreadable=True)


def reduced(file: Path, folder: Path) -> list[str]:
    """Write a file of scenarios in parts, each with only the rules that can return something, and return their names.

    The first part has all rules and no scenario: promtool may not read one that is in no other part.

    Args:
        file: of promtool's tests.
        folder: where to; it is empty.

    Raises:
        IrreducibleError: the file, or what it names, is other than expected.
    """
    try:
        data = _read(file)
        files = [_read(each) for pattern in data["rule_files"] for each in _found(file.parent, pattern)]
        rules = list(_rules(files))
        every = frozenset(rule.place for rule in rules)
        parts = [(every, [{}]), *_by_rules(rules, data["tests"]).items()]
    except (PromQLError, UnreadableFileError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise IrreducibleError(str(error)) from None
    for part, (places, tests) in enumerate(parts):
        names = [f"{part}-{number}.rules" for number in range(len(files))]
        for number, name in enumerate(names):
            (folder / name).write_text(_yaml(_only(files[number], number, places)), encoding="utf-8")
        written = _yaml({**data, "rule_files": names, "tests": tests})
        (folder / f"{part}.yml").write_text(written, encoding="utf-8")
    return [f"{part}.yml" for part in range(len(parts))]


def _read(file: Path) -> dict[str, Any]:
    documents = read_yaml(read_text(file))
    if len(documents) != 1 or not isinstance(documents[0][0], dict):
        raise IrreducibleError("one YAML document with an object was expected")
    return documents[0][0]


def _found(folder: Path, pattern: str) -> list[Path]:
    """Return the files that an entry of `rule_files` names: one at least, in promtool's order."""
    if any(character in pattern for character in "[\\"):  # Go and Python read them differently
        raise IrreducibleError(f"{pattern} has a set of characters")
    found = sorted(glob.glob(str(folder / pattern), include_hidden=True))  # noqa: PTH207  # as Go does, `..` and all
    if not found:
        raise IrreducibleError(f"{pattern} finds no file")
    return [Path(each) for each in found]


def _rules(files: Sequence[Mapping[str, Any]]) -> Iterator[_Rule]:
    for number, file in enumerate(files):
        for of_group, group in enumerate(file["groups"]):
            for of_rule, rule in enumerate(group["rules"]):
                root = promql.read(str(rule["expr"])).tree
                yield _Rule((number, of_group, of_rule), str(rule.get("record", "")), root)


def _by_rules(rules: Sequence[_Rule], tests: Sequence[Any]) -> dict[frozenset[tuple[int, int, int]], list[Any]]:
    """Return tests by the places of the rules that can return something."""
    found: dict[frozenset[tuple[int, int, int]], list[Any]] = {}
    for test in tests:
        found.setdefault(frozenset(_of_use(rules, _known(test))), []).append(test)
    return found


def _known(test: Mapping[str, Any]) -> _Known:
    """Return the series that a scenario has from the beginning."""
    known = _Known(dict.fromkeys(_OF_ALERTS))
    for series in test.get("input_series") or ():
        root = promql.read(str(series["series"])).tree
        if not isinstance(root, promql_tree.Vector):
            raise IrreducibleError(f"{series['series']} is not a series")
        labels = known.labels.setdefault(root.metric, [])
        if labels is not None:
            labels.append({each.label: each.value for each in root.selector.matchers})
    return known


def _of_use(rules: Sequence[_Rule], known: _Known) -> Iterator[tuple[int, int, int]]:
    """Yield the places of the rules that can return something: from series, or from what another rule records."""
    waiting = list(rules)
    while of_use := [rule for rule in waiting if known.may_have_result(rule.root)]:
        places = {rule.place for rule in of_use}
        waiting = [rule for rule in waiting if rule.place not in places]
        for rule in of_use:
            if rule.record:
                known.labels[rule.record] = None
            yield rule.place


def _only(file: Mapping[str, Any], number: int, places: frozenset[tuple[int, int, int]]) -> dict[str, Any]:
    """Return a rule file, by its number, with the rules at some places."""
    groups = [
        {
            **group,
            "rules": [rule for of_rule, rule in enumerate(group["rules"]) if (number, of_group, of_rule) in places],
        }
        for of_group, group in enumerate(file["groups"])
    ]
    return {**file, "groups": groups}


def _yaml(value: object) -> str:
    """Return a value that `read_yaml` read, as YAML: what had no quotes has none, so that a number is one again."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_yaml(str(key))}: {_yaml(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    if value is None:
        return "null"
    if isinstance(value, PlainText) and not isinstance(value.resolved, str):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)
