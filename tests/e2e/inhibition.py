"""Which alerts Alertmanager would hold back because of others: the compiled configuration's inhibition rules.

`tests/alertmanager` holds a real Alertmanager to these rules; this reading of them is for the table of the faults.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import yaml

from .lab import LABS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

CONFIGURATION = LABS / "monitoring" / "alertmanager" / "alertmanager.yml"

_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"(.*)"')


@functools.cache
def inhibition_rules(configuration: Path | None = None) -> Sequence[Mapping[str, Any]]:
    """Return the inhibition rules of a compiled configuration; by default of the lab's."""
    text = (configuration or CONFIGURATION).read_text(encoding="utf-8")
    rules: Sequence[Mapping[str, Any]] = yaml.safe_load(text)["inhibit_rules"]
    return rules


def is_inhibited(
    target: Mapping[str, str], sources: Iterable[Mapping[str, str]], rules: Sequence[Mapping[str, Any]]
) -> bool:
    """Tell whether one of the sources, all of them firing, holds an alert back.

    Args:
        target: labels of the alert.
        sources: labels of the others.
        rules: from `inhibition_rules`.
    """
    firing = list(sources)
    return any(
        _matches(rule["target_matchers"], target)
        and any(
            source != target
            and _matches(rule["source_matchers"], source)
            and all(source.get(label, "") == target.get(label, "") for label in rule["equal"])
            for source in firing
        )
        for rule in rules
    )


def _matches(matchers: Iterable[str], labels: Mapping[str, str]) -> bool:
    for matcher in matchers:
        found = _MATCHER.fullmatch(matcher)
        assert found is not None, matcher
        label, operator, value = found.groups()
        actual = labels.get(label, "")
        holds = re.fullmatch(value, actual) is not None if "~" in operator else value == actual
        if holds == operator.startswith("!"):
            return False
    return True
