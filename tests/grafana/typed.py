"""`dashlib` as a person types it against a Grafana, in this process: a new Python for each command costs the most."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dashlib.cli import main
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
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        code: object = 0
        with (
            contextlib.chdir(self.shell.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            open(os.devnull, encoding="utf-8") as nothing,  # noqa: PTH123
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr(sys, "stdin", nothing)
            patch.setattr(sys, "argv", ["dashlib", *arguments, *named])
            # A command of its own has not imported this project's declarations, as other tests have.
            for name in [name for name in sys.modules if name.partition(".")[0] in ("alerts", "dashboards")]:
                patch.delitem(sys.modules, name)
            for key in hidden:
                patch.delenv(key, raising=False)
            for key, value in (self.environment if environment is None else environment).items():
                patch.setenv(key, value)
            try:
                main()
            except SystemExit as done:
                code = done.code or 0
        said = [stream.buffer.getvalue().decode() for stream in (out, err)]
        return subprocess.CompletedProcess(arguments, int(str(code)), *said)
