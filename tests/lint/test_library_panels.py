"""Library panels of a project, linted where they are shown, and where nobody shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import Shell

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = """\
from dashlib import Dashboard, Row, datasource_variable, library_panel, promql, stat, text_variable

shown = library_panel("Shown", stat(promql("http_requests_total"), "Shown", description="d"))
alone = library_panel(
    "Alone",
    stat(promql("http_requests_total"), "Alone", description="d"),
    variables=[datasource_variable(), text_variable("of_the_dashboards", "Of the dashboards")],
)
web = Dashboard(uid="web", title="Web", variables=[datasource_variable()], rows=[Row("R", [shown])])
"""


def test_one_that_no_dashboard_shows_is_linted_once_and_its_variables_are_others(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.write("pyproject.toml", "[tool.dashlib]\n")
    shell.write("dashboards/web.py", DECLARED)
    printed = shell.dashlib("lint").stdout
    found = [line.partition("  ")[0] for line in printed.splitlines() if line.startswith("dashboards/")]
    assert found == ["dashboards/web.py:3:1", "dashboards/web.py:6:5"], printed
    assert "json#/model/targets/0/expr" in printed
