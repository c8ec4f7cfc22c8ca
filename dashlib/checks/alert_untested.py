"""Every alert of the project has a promtool test in which it fires, and one in which it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashlib.lint.findings import Check
from dashlib.lint.foreign import UnreadableFileError, read_text
from dashlib.lint.subjects import object_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "alert-untested",
    "warning",
    "Every alert has a promtool test in which it fires, and one in which it does not.",
    needs_project=True,
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every alert that no test makes fire, or that every test makes fire."""
    if lint.root is None:
        return
    files = [file for place in lint.settings.rule_tests for file in _files(lint.root / place)]
    if not files:
        return  # a project that has no promtool tests at all has chosen another way
    fires: set[str] = set()
    silent: set[str] = set()
    for file in files:
        for name, does_fire in _tested(file):
            (fires if does_fire else silent).add(name)
    for alert in lint.alerts:
        missing = [
            words
            for words, names in (("in which it fires", fires), ("in which it stays silent", silent))
            if alert.name not in names
        ]
        if missing:
            yield alert.linted.problem(
                alert.pointer,
                f"{alert.name} has no test {' and none '.join(missing)}",
                suggestion=f"add an alert_rule_test to {', '.join(lint.settings.rule_tests)}",
            )


def _files(place: Path) -> list[Path]:
    if place.is_dir():
        return sorted(path for path in place.rglob("*") if path.suffix in {".yml", ".yaml"})
    return [place] if place.is_file() else []


def _tested(file: Path) -> Iterator[tuple[str, bool]]:
    import yaml

    try:
        text = read_text(file)
        data: Any = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # a safe one
    except (UnreadableFileError, yaml.YAMLError, RecursionError):
        return  # promtool says what is wrong with it
    for test in _list(object_of(data).get("tests")):
        for case in _list(test.get("alert_rule_test")):
            yield text_of(case.get("alertname")), bool(case.get("exp_alerts"))


def _list(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
