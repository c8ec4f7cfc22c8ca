"""`dashlib` as a person types it against a Grafana."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.conftest import DASHBOARD, Shell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONFIGURATION = '[project]\nname = "trial"\n[tool.dashlib]\ndeclarations = ["dashboards"]\ndashboards = "compiled"\n'


class Typed:
    """A project, a token, and dashlib as a person types it; a small project where the folder holds none."""

    def __init__(self, folder: Path, url: str, token: str = "") -> None:
        self.shell = Shell(folder)
        self.url = url
        self.environment = {"GRAFANA_TOKEN": token} if token else {}
        if not (folder / "pyproject.toml").exists():
            self.shell.write("pyproject.toml", CONFIGURATION)
            self.shell.write("dashboards/overview.py", DASHBOARD)

    def type(
        self, *arguments: str, grafana: bool = True, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        named = ["--grafana", self.url] if grafana else []
        hidden = ("GRAFANA_TOKEN", "GRAFANA_USER", "GRAFANA_PASSWORD", "HTTP_PROXY", "http_proxy")
        kept = {key: value for key, value in os.environ.items() if key not in hidden}
        return subprocess.run(
            [sys.executable, "-m", "dashlib", *arguments, *named],
            cwd=self.shell.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**kept, **(self.environment if environment is None else environment)},
        )
