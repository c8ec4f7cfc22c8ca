"""What several tests share."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from dashlib.compile.rendering import Rendering
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from tests.forking import run_dashlib

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]

# What runs in the background of a shell ignores Ctrl-C, and so would everything that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No test asserts a time: a slow machine must not fail one.
settings.register_profile("dashlib", deadline=None)
settings.load_profile("dashlib")


@pytest.fixture(scope="session")
def rendering() -> Rendering:
    return Rendering(catalog(), load_profile("lab"))


class Shell:
    """A project in a folder of its own, and dashlib as a person types it there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def dashlib(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return run_dashlib(arguments, cwd or self.folder, os.environ)

    def compiled(self) -> dict[str, bytes]:
        """Return every compiled file with its content, temporary leftovers included."""
        return {
            str(file.relative_to(self.folder)): file.read_bytes()
            for file in sorted(self.folder.rglob("*"))
            if file.is_file() and file.is_relative_to(self.folder / "compiled")
        }


DASHBOARD = """\
from dashlib import Dashboard, Row, datasource_variable, label_variable, stat, timeseries
from dashlib.debezium.connectors import CONNECTED, LAG
from dashlib.debezium.thresholds import PRODUCTION

overview = Dashboard(
    uid="overview",
    title="Overview",
    thresholds=PRODUCTION,
    variables=[
        datasource_variable(),
        label_variable("connector", "Connector", label="server", metric="Connected"),
    ],
    rows=[Row("Health", [stat(CONNECTED), timeseries(LAG)])],
)
"""

RULES = """\
from dashlib import Alert, Configured, RuleGroup
from dashlib.debezium.connectors import LAG
from dashlib.debezium.thresholds import PRODUCTION

lag = RuleGroup(
    "lag",
    file="lag.yml",
    thresholds=PRODUCTION,
    dashboard="overview",
    rules=[
        Alert(
            "DebeziumLag",
            LAG.above("warning"),
            severity="warning",
            summary="Lag is above {threshold}.",
            description="{server} lags {value}.",
            labels={"team": Configured("team")},
        )
    ],
)
"""

CONFIGURATION = """\
[tool.dashlib]
dashboards = "compiled/dashboards"
rules = "compiled/rules"
runbook_url = "https://runbooks.example.com"

[tool.dashlib.labels]
team = "data"
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A small project with one dashboard and one rule file, not yet compiled."""
    shell = Shell(tmp_path.resolve())
    shell.write("pyproject.toml", CONFIGURATION)
    shell.write("dashboards/overview.py", DASHBOARD)
    shell.write("alerts/lag.py", RULES)
    return shell


@pytest.fixture
def replace_in() -> Callable[[Path, str, str], None]:
    """Return a function that replaces a text in a file, and fails if it is not there."""

    def replace(file: Path, old: str, new: str) -> None:
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    return replace
