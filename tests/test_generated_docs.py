"""Adding an alert asks for the alert and its runbook section: the lists of alerts in the docs are generated."""

from __future__ import annotations

from tests.e2e.fault_table import Expected, expected
from tests.e2e.replay import Fired
from tools.generate_docs import compiled_alerts, index_rows, stale, with_kinds, with_table


def test_the_lists_of_alerts_are_what_is_compiled() -> None:
    assert sorted(page.name for page in stale()) == [], "run `make dashboards`"


def test_a_new_alert_is_put_into_the_index_beside_those_of_its_page() -> None:
    alerts = compiled_alerts()
    [lag] = [alert for alert in alerts if alert["alert"] == "DebeziumLagWarning"]
    rows = index_rows([*alerts, {**lag, "alert": "DebeziumNobodyHasThis"}])
    [row] = [row for row in rows if "DebeziumNobodyHasThis" in row]
    assert "DebeziumLagWarning" in row
    assert row.endswith(" | warning | [lag](lag.md) |")


def test_a_table_is_replaced_and_nothing_else() -> None:
    page = "# A\n\n| X |\n|---|\n| old |\n| older |\n\nText.\n"
    assert with_table(page, "| X |", ["| new |"]) == "# A\n\n| X |\n|---|\n| new |\n\nText.\n"


def test_a_new_kind_of_connector_is_put_into_the_row_of_kinds() -> None:
    page = "| `plugin` | needed | its kind: `a`, `b` |\n| `other` | | `c` |\n"
    assert with_kinds(page, ["a", "d"]) == "| `plugin` | needed | its kind: `a`, `d` |\n| `other` | | `c` |\n"


def test_an_alert_that_no_expectation_names_may_fire_in_a_fault_and_not_where_all_is_well() -> None:
    by_fault = expected()
    trial = Fired(
        alert="DebeziumNobodyHasThis", server="postgres-server", severity="info", after=1.0, inhibited=False, ended=True
    )
    [some] = [facts for fault, facts in by_fault.items() if fault == "kafka-slow"]
    assert "DebeziumNobodyHasThis" not in some.difference([trial])
    assert "fires: DebeziumNobodyHasThis postgres-server" in by_fault["healthy"].difference([trial])
    assert isinstance(some, Expected)
