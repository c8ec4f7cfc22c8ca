"""Scenarios that somebody wrote for promtool: whether they hold, and which alerts they show firing and silent."""

from __future__ import annotations

import concurrent.futures
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from dashlib.proof.promtool import run_file, run_files
from dashlib.proof.reduction import IrreducibleError, reduced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ALERT_ASKED: Final = re.compile(r'alertname\s*=\s*"([^"]+)"')
_FIRING: Final = re.compile(r'alertstate\s*=\s*"firing"')


@frozen
class ScenarioFile:
    """A file of promtool's tests.

    Attributes:
        path: of the file.
        said: what promtool says to it; empty when all of it holds.
        firing: alerts that it expects to fire somewhere.
        silent: alerts that it expects not to fire somewhere.
    """

    path: Path
    said: str
    firing: frozenset[str]
    silent: frozenset[str]

    @property
    def holds(self) -> bool:
        """Whether all of it holds."""
        return not self.said

    @property
    def covered(self) -> frozenset[str]:
        """Alerts that it shows both firing and silent."""
        return self.firing & self.silent


def scenario_files(folder: Path) -> list[Path]:
    """Return the files of scenarios in a folder, sorted; none where there is no such folder."""
    return sorted((*folder.glob("*.yml"), *folder.glob("*.yaml")))


def run_scenarios(promtool: str, files: Sequence[Path]) -> list[ScenarioFile]:
    """Return what promtool says to each file.

    Args:
        promtool: path of the program.
        files: of its tests.

    Raises:
        RemoteError: promtool cannot be run.
    """
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return [
            ScenarioFile(file, said, *_expected(file))
            for file, said in zip(files, pool.map(lambda file: _said(promtool, file), files), strict=True)
        ]


def _said(promtool: str, file: Path) -> str:
    """Return what promtool says to a file: to all of it, where that is more than that it holds."""
    with tempfile.TemporaryDirectory(prefix="dashlib-test-") as folder:
        try:
            parts = reduced(file, Path(folder))
        except IrreducibleError:
            return run_file(promtool, file)
        holds = not run_files(promtool, Path(folder), parts)
    return "" if holds else run_file(promtool, file)


def mentioned(file: Path) -> frozenset[str]:
    """Return the alerts that a file of scenarios is about."""
    firing, silent = _expected(file)
    return firing | silent


def _expected(file: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Return the alerts that a file expects to fire, and those that it expects not to."""
    import yaml

    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return frozenset(), frozenset()  # promtool says what is wrong with it
    asked = list(_asked(data))
    return (
        frozenset(alert for alert, fires in asked if fires),
        frozenset(alert for alert, fires in asked if not fires),
    )


def _asked(data: object) -> Iterator[tuple[str, bool]]:
    """Yield each alert that a file asks for, and whether it should fire."""
    for test in _items(data, "tests"):
        for asked in _items(test, "alert_rule_test"):
            yield str(asked.get("alertname", "")), bool(asked.get("exp_alerts"))
        for asked in _items(test, "promql_expr_test"):
            expression = str(asked.get("expr", ""))
            expected = list(_items(asked, "exp_samples"))
            firing = any(_FIRING.search(f"{expression} {sample.get('labels', '')}") for sample in expected)
            for alert in _ALERT_ASKED.findall(expression):
                if firing or not expected:
                    yield alert, firing


def _items(data: object, key: str) -> Iterator[Mapping[str, Any]]:
    found = data.get(key) if isinstance(data, dict) else None
    yield from (each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()
