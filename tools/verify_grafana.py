"""Try `diff`, `push` and `pull` on a real Grafana, and clean up: `verify_grafana.py URL [--datasource UID]`.

Needs GRAFANA_TOKEN (or GRAFANA_USER and GRAFANA_PASSWORD) with the role Admin, because it creates a viewer's token and
deletes it again. Everything is created in a folder of its own, under UIDs that start with `dashlib-verify`, and deleted
at the end whatever happens. Nothing else in that Grafana is touched: no notification policies are pushed.

Prints one line per step; exits with 1 if a step fails, 2 on wrong usage, 3 if Grafana cannot be reached.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashlib.servers.grafana import Client

FOLDER = "dashlib verification"
PREFIX = "dashlib-verify"
ACCOUNT = "dashlib-verify-viewer"
FINE, WRONG = 0, 1

DECLARATIONS = """\
from dashlib import Dashboard, Row, datasource_variable, stat, timeseries
from dashlib.debezium.connectors import CONNECTED, LAG
from dashlib.debezium.thresholds import PRODUCTION

dashboards = [
    Dashboard(
        uid=f"dashlib-verify-{name}",
        title=f"dashlib verification {name}",
        folder="dashlib verification",
        refresh="30s",
        thresholds=PRODUCTION,
        variables=[datasource_variable()],
        rows=[Row("Health", [stat(CONNECTED), timeseries(LAG)])],
    )
    for name in ("one", "two", "three")
]
"""
CONFIGURATION = """\
[project]
name = "dashlib-verify"

[tool.dashlib]
declarations = ["dashboards"]
dashboards = "compiled"
"""


class StepError(Exception):
    """A step failed."""


class Verification:
    """The steps, on a project in a temporary folder."""

    def __init__(self, client: Client, root: Path, url: str, datasource: str) -> None:
        self.client = client
        self.root = root
        self.url = url
        self.datasource = datasource
        self.run = ""
        self._write("pyproject.toml", CONFIGURATION)
        self.declare(DECLARATIONS)

    def _write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def declare(self, text: str) -> None:
        """Declare these dashboards from now on."""
        self._write("dashboards/verification.py", text)

    def dashlib(self, *arguments: str, expected: int, token: str = "", grafana: bool = True) -> str:
        """Run a command and return what it printed; its exit code must be the expected one."""
        named = ["--grafana", self.url] if grafana else []
        chosen = ["--datasource", self.datasource] if self.datasource and grafana else []
        environment = {**os.environ, **({"GRAFANA_TOKEN": token} if token else {})}
        done = subprocess.run(
            [sys.executable, "-m", "dashlib", *arguments, *named, *chosen],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if done.returncode != expected or "Traceback" in done.stderr:
            raise StepError(
                f"dashlib {' '.join(arguments)} exited with {done.returncode}; expected {expected}:\n"
                f"{done.stdout}{done.stderr}"
            )
        return done.stdout + done.stderr

    def dashboard(self, name: str) -> dict[str, Any]:
        """Return a dashboard with its meta, as that Grafana has it."""
        found: dict[str, Any] = self.client.get(f"/api/dashboards/uid/{PREFIX}-{name}").data
        return found

    # --- the steps, in order

    def push_once(self) -> None:
        """The first push creates the folder and three dashboards."""
        self.dashlib("push", "--yes", expected=0)
        must(self.dashboard("one")["meta"]["folderTitle"] == FOLDER, "the dashboard is not in its folder")

    def push_again(self) -> None:
        """A second push writes nothing and adds no versions."""
        before = self.dashboard("one")["dashboard"]["version"]
        said = self.dashlib("push", "--yes", expected=0)
        must("nothing written" in said, said)
        must(self.dashboard("one")["dashboard"]["version"] == before, "the second push created a new version")

    def pull_and_diff(self) -> None:
        """Pull writes the same files as build, and diff finds nothing."""
        self.dashlib("pull", expected=0)
        self.dashlib("diff", expected=0)
        self.dashlib("build", "--check", expected=0, grafana=False)

    def conflict(self) -> None:
        """An edit in Grafana is a conflict and kept; --overwrite replaces it, and --rollback restores it."""
        found = self.dashboard("one")
        body = {
            "dashboard": {**found["dashboard"], "description": "edited by hand"},
            "folderUid": found["meta"]["folderUid"],
            "overwrite": False,
        }
        self.client.write("POST", "/api/dashboards/db", body)
        said = self.dashlib("push", "--yes", expected=1)
        must("description: edited by hand" in said, said)
        must(self.dashboard("one")["dashboard"].get("description") == "edited by hand", "the edit was lost")
        said = self.dashlib("push", "--yes", "--overwrite", expected=0)
        must("description" not in self.dashboard("one")["dashboard"], "--overwrite did not write")
        run = said.partition("--rollback ")[2].partition("`")[0]
        self.dashlib("push", "--yes", "--rollback", run, expected=0)
        must(self.dashboard("one")["dashboard"].get("description") == "edited by hand", "the rollback did not restore")
        self.dashlib("push", "--yes", expected=0)

    def prune(self) -> None:
        """What is no longer declared is listed, and deleted with --prune."""
        self.declare(DECLARATIONS.replace('"two", "three"', '"two"'))
        must("no longer declared" in self.dashlib("diff", expected=1), "diff does not list the orphan")
        self.dashlib("push", "--yes", "--prune", expected=0)
        gone = self.client.get(f"/api/dashboards/uid/{PREFIX}-three", accept=(200, 404)).status
        must(gone == 404, "the orphan still exists")  # noqa: PLR2004  # the HTTP status

    def missing_folder(self) -> None:
        """A missing folder is a one-line error."""
        said = self.dashlib("push", "--yes", "--folder", "dashlib-verify-nowhere", expected=3)
        must("has no folder" in said, said)

    def viewers_token(self) -> None:
        """With a viewer's token, the error names the missing permission."""
        account = self.client.write("POST", "/api/serviceaccounts", {"name": ACCOUNT, "role": "Viewer"}).data["id"]
        token = self.client.write("POST", f"/api/serviceaccounts/{account}/tokens", {"name": ACCOUNT}).data["key"]
        self.declare(DECLARATIONS.replace("30s", "1m"))
        said = self.dashlib("push", "--yes", expected=3, token=token)
        must("may not" in said and token not in said, said)

    def prune_everything(self) -> None:
        """Without declarations, --prune deletes everything of ours."""
        self.declare("dashboards = []\n")
        self.dashlib("push", "--yes", "--prune", expected=0)
        left = self.client.get("/api/search", params={"query": "dashlib"}).data
        ours = [item["uid"] for item in left if str(item["title"]).startswith((FOLDER, "dashlib state"))]
        must(not ours, f"still there: {ours}")

    @property
    def steps(self) -> list[Callable[[], None]]:
        """All steps, in order."""
        return [
            self.push_once, self.push_again, self.pull_and_diff, self.conflict, self.prune, self.missing_folder,
            self.viewers_token, self.prune_everything,
        ]  # fmt: skip

    def clean_up(self) -> None:
        """Remove whatever a step has left."""
        for item in self.client.get("/api/search", params={"query": "dashlib", "limit": "500"}).data:
            ours = str(item["uid"]).startswith(PREFIX) or item["uid"] == "dashlib-state-dashlib-verify"
            if item["type"] == "dash-db" and ours:
                self.client.write("DELETE", f"/api/dashboards/uid/{item['uid']}", accept=(200, 404))
        for item in self.client.get("/api/folders").data:
            if item["title"] == FOLDER:
                counts = self.client.get(f"/api/folders/{item['uid']}/counts").data
                if not any(counts.values()):
                    self.client.write("DELETE", f"/api/folders/{item['uid']}", accept=(200, 404))
        found = self.client.get("/api/serviceaccounts/search", params={"query": ACCOUNT}, accept=(200, 403, 404)).data
        for account in (found or {}).get("serviceAccounts", ()):
            if account["name"] == ACCOUNT:
                self.client.write("DELETE", f"/api/serviceaccounts/{account['id']}", accept=(200, 404))


def must(holds: object, otherwise: str) -> None:
    """Raise unless something holds."""
    if not holds:
        raise StepError(otherwise)


def main(arguments: list[str] | None = None) -> int:
    """Run all steps, clean up, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url", help="URL of the Grafana")
    parser.add_argument(
        "--datasource", default="", help="UID or name of its Prometheus datasource (default: its default one)"
    )
    options = parser.parse_args(arguments)

    from dashlib.errors import DashlibError
    from dashlib.grafana.targets import Target, connect, read_access

    try:
        target = Target(options.url)
        client = connect(target, read_access(target, os.environ))
        version = client.get("/api/health").data.get("version", "(unknown version)")
        print(f"Grafana {version} at {options.url}")
        with tempfile.TemporaryDirectory(prefix="dashlib-verify-") as folder:
            return _verify(Verification(client, Path(folder), options.url, options.datasource))
    except DashlibError as error:
        print(f"verify_grafana: {error}", file=sys.stderr)
        return error.exit_code


def _verify(verification: Verification) -> int:
    verification.clean_up()
    try:
        for step in verification.steps:
            said = (step.__doc__ or step.__name__).partition("\n")[0]
            try:
                step()
            except StepError as error:
                print(f"FAILED  {said}\n{error}")
                return WRONG
            print(f"ok      {said}")
    finally:
        verification.clean_up()
    return FINE


if __name__ == "__main__":
    sys.exit(main())
