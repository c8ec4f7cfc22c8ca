from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

from tests.linting import dashboard, found, panel, rule_file

GRAFANA = "https://grafana.example.com/"


def of(url: str, folder: Path | None = None) -> list[str]:
    alert = {"annotations": {"runbook_url": url, "dashboard_url": url}}
    return found(
        "dead-link",
        dashboard(),
        rule_file(alert),
        is_project=True,
        grafana_url=GRAFANA,
        runbook_url="https://wiki.example.com/runbooks",
        root=folder,
    )


def test_dashboards_panels_and_variables_are_looked_up() -> None:
    assert not of(f"{GRAFANA}d/dashboard?viewPanel=1&var-connector={{{{ $labels.server | urlquery }}}}")
    assert "no dashboard" in of(f"{GRAFANA}d/other")[0]
    assert "no panel" in of(f"{GRAFANA}d/dashboard?viewPanel=7")[0]
    assert "no variable" in of(f"{GRAFANA}d/dashboard?var-task=1")[0]


def test_links_of_a_tables_column_are_looked_up() -> None:
    def of_column(url: str) -> list[str]:
        column = {
            "matcher": {"id": "byName", "options": "Connector"},
            "properties": [{"id": "links", "value": [{"title": "It", "url": url}]}],
        }
        opened = panel(fieldConfig={"defaults": {}, "overrides": [column]})
        return found("dead-link", dashboard(opened), is_project=True, runbook_url="https://wiki.example.com")

    assert not of_column("/d/dashboard?var-connector=${__data.fields.Connector}")
    assert "no dashboard" in of_column("/d/other?var-connector=x")[0]
    assert not of_column("https://wiki.example.com/${__data.fields.Runbook}")


def test_links_to_elsewhere_are_not_followed() -> None:
    assert not of("https://example.com/d/other")


def test_runbooks_and_their_headings_are_looked_up(tmp_path: Path) -> None:
    page = tmp_path / "docs/runbooks/lag.md"
    page.parent.mkdir(parents=True)
    page.write_text("# Lag\n\n## DebeziumLag (`high`)\n", encoding="utf-8")
    assert not of("https://wiki.example.com/runbooks/lag.md#debeziumlag-high", tmp_path)
    assert "no heading" in of("https://wiki.example.com/runbooks/lag.md#other", tmp_path)[0]
    assert "no runbook" in of("https://wiki.example.com/runbooks/other.md", tmp_path)[0]


def test_an_empty_link_is_found_anywhere() -> None:
    assert found("dead-link", dashboard(links=[{"type": "link", "url": " "}]))
