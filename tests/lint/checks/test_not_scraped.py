from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dashlib.metrics.recognition import observe
from dashlib.recordings.recording import Recording
from tests import linting
from tests.linting import declared, found, linted, panel, rule_file, run

if TYPE_CHECKING:
    from dashlib.lint.findings import Finding
    from tests.conftest import Shell

SCRAPE = observe(
    """\
debezium_metrics_Connected{context="streaming",name="orders",plugin="mysql"} 1
debezium_metrics_QueueTotalCapacity{context="streaming",name="orders",plugin="mysql"} 8192
debezium_metrics_QueueRemainingCapacity{context="streaming",name="orders",plugin="mysql"} 8000
kafka_connect_worker_metrics_connector_count 1
jvm_memory_bytes_used{area="heap"} 1
"""
)


ROOT = Path(__file__).resolve().parents[3]
RECORDED = ROOT / "labs/monitoring/prometheus/alerts/debezium-recorded.yml"


@pytest.mark.parametrize(
    "lacking", ["debezium_metrics_RowsScanned", "kafka_connect_worker_task_count", "kafka_connect_connector_status"]
)
def test_what_a_guard_asks_for_and_no_exporter_has_is_named_because_no_alert_fires_for_that(lacking: str) -> None:
    recording = Recording.read(ROOT / "tests/e2e/recordings/healthy.json.gz")
    page = "".join(f"{each.name} 1\n" for each in recording.series if each.labels["__name__"] != lacking)
    found = run(linted(RECORDED.read_text(encoding="utf-8")), scraped=observe(page))
    named = [one.problem.message for one in found if one.check == "not-scraped" and lacking in one.problem.message]
    assert len(named) == 1


def dashboard(*panels: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return linting.dashboard(*panels, **{"templating": {"list": []}, **changes})


def said(expression: str, **changes: object) -> list[str]:
    return found("not-scraped", dashboard(panel(expression), **changes), profile="debezium-examples", scraped=SCRAPE)


def findings(*expressions: str) -> list[Finding]:
    documents = linted(dashboard(*(panel(one, id=number) for number, one in enumerate(expressions))))
    return [one for one in run(documents, scraped=SCRAPE) if one.check == "not-scraped"]


@pytest.mark.parametrize(
    "expression",
    [
        'debezium_metrics_Connected{context="streaming",namespace="cdc",cluster="a"}',
        "max by (name, job) (debezium_metrics_Connected)",
        'debezium_metrics_Connected{colour!="red",shade=~".*",tone=""}',
        'label_replace(debezium_metrics_Connected, "topic", "$1", "name", "(.*)")',
        'sum by (topic) (label_replace(debezium_metrics_Connected, "topic", "$1", "name", "(.*)"))',
        "server:debezium_lag_seconds:max > 3",
        'ALERTS{alertname="A"} or up == 0 or scrape_duration_seconds',
        '{__name__=~"debezium_metrics_Queue.*", name="orders"}',
        '{__name__=~"debezium_metrics_$attribute"}',
        "jvm_memory_bytes_used",
        "debezium_metrics_Connected * on (name) group_left (colour) debezium_metrics_QueueTotalCapacity",
    ],
)
def test_what_is_there_or_cannot_be_there_is_no_finding(expression: str) -> None:
    assert not said(expression)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("debezium_metrics_Conected", "has no metric debezium_metrics_Conected"),
        ('debezium_metrics_Connected{server="orders"}', "has the label server"),
        ('debezium_metrics_Connected{server=~"$server"}', "has the label server"),
        ('debezium_metrics_Connected{server!=""}', "has the label server"),
        ("sum by (server) (debezium_metrics_Connected)", "has the label server"),
        ("debezium_metrics_Connected * on (server) debezium_metrics_QueueTotalCapacity", "has the label server"),
        ('{__name__=~"debezium_metrics_Qeue.*"}', "has no metric {__name__"),
        ('{__name__=~"debezium_metrics_Queue.*", server="a"}', "has the label server"),
        ("node_load1", "no metrics of the exporter that serves node_load1"),
    ],
)
def test_what_is_not_there_is_found(expression: str, message: str) -> None:
    (only,) = said(expression)
    assert message in only


def test_a_variable_that_lists_values_of_a_label_that_is_not_there() -> None:
    variable = {"type": "query", "name": "a", "query": "label_values(debezium_metrics_Connected, server)", "refresh": 2}
    assert said("debezium_metrics_Connected", templating={"list": [variable]})
    variable["query"] = "label_values(debezium_metrics_Connected, name)"
    assert not said("debezium_metrics_Connected", templating={"list": [variable]})


def test_a_label_is_one_finding_a_file_and_says_what_there_is() -> None:
    (only,) = findings(
        'debezium_metrics_Connected{server="a"}',
        'debezium_metrics_QueueTotalCapacity{server="a"}',
        'debezium_metrics_Connected{server="b"}',
    )
    assert "debezium_metrics_Connected or of 1 more metric in the scrape has the label server" in only.problem.message
    assert only.problem.suggestion == "those of debezium_metrics_Connected have context, name, plugin"


def test_the_nearest_is_named() -> None:
    (only,) = findings("debezium_metrics_Conected")
    assert only.problem.suggestion == "the closest name in it is debezium_metrics_Connected"


def test_other_exporters_are_one_warning_a_file() -> None:
    (only,) = findings("node_load1", "node_load5", "mysql_up")
    assert only.severity == "warning"
    assert "node_load1, node_load5, mysql_up" in only.problem.message


def test_what_rules_record_is_not_looked_for() -> None:
    rules = rule_file({"record": "lag", "expr": "debezium_metrics_Connected"}, {"expr": "lag > 1"})
    assert not found("not-scraped", rules, profile="debezium-examples", scraped=SCRAPE)


def test_another_spelling_is_one_finding_that_names_the_profile() -> None:
    lower = observe(
        'debezium_metrics_connected{context="streaming",name="a",plugin="mysql"} 1\n'
        'debezium_metrics_queuetotalcapacity{context="streaming",name="a",plugin="mysql"} 1\n'
        'debezium_metrics_queueremainingcapacity{context="streaming",name="a",plugin="mysql"} 1\n'
    )
    shown = dashboard(panel("debezium_metrics_Connected + debezium_metrics_QueueTotalCapacity"))
    (only,) = [one for one in run(linted(shown), scraped=lower) if one.check == "not-scraped"]
    assert "spells 2 metrics of this file differently, debezium_metrics_connected" in only.problem.message
    assert "naming profile debezium-examples-lowercase" in only.problem.message


def test_the_checks_by_the_catalog_are_silent_then() -> None:
    checks = {one.check for one in run(linted(dashboard(panel('debezium_metrics_Conn{srver="a"}'))), scraped=SCRAPE)}
    assert "not-scraped" in checks
    assert not checks & {"unknown-metric", "unknown-label"}


def test_what_the_exporter_serves_is_not_gone() -> None:
    old = dashboard(panel("jvm_memory_bytes_used"))
    assert found("gone-metric", old)
    assert not found("gone-metric", old, scraped=SCRAPE)


def test_declarations_may_ask_in_several_ways() -> None:
    expression = 'debezium_metrics_Connected or kafka_connect_worker_metrics_connector_count{connector=~"$connector"}'
    documents = declared(dashboard(panel(expression)), profile="debezium-examples")
    assert "not-scraped" not in {one.check for one in run(documents, scraped=SCRAPE)}


def test_nothing_is_said_without_a_scrape() -> None:
    assert not found("not-scraped", dashboard(panel("debezium_metrics_Nothing")))


@pytest.mark.parametrize(
    ("declared", "page", "is_found"),
    [
        ("gauge", "# TYPE shop_orders_total counter\nshop_orders_total 3\n", True),
        ("gauge", "# TYPE shop_orders counter\nshop_orders_total 3\n# EOF\n", True),
        ("counter", "# TYPE shop_orders_total gauge\nshop_orders_total 3\n", True),
        ("counter", "# TYPE shop_orders_total counter\nshop_orders_total 3\n", False),
        ("gauge", "# TYPE shop_orders_total untyped\nshop_orders_total 3\n", False),
        ("gauge", "shop_orders_total 3\n", False),
    ],
)
def test_a_type_that_the_exporter_contradicts(shell: Shell, declared: str, page: str, is_found: bool) -> None:  # noqa: FBT001
    table = f'[tool.dashlib.catalog.shop_orders_total]\ntype = "{declared}"\nunit = "count"\n'
    shell.write("pyproject.toml", f"[tool.dashlib]\n{table}")
    shell.write("metrics.txt", page)
    growth = "rate(shop_orders_total[$__rate_interval])" if declared == "counter" else "shop_orders_total"
    shell.write("shown.json", json.dumps(dashboard(panel(growth, id=1), panel(growth, id=2))))
    done = shell.dashlib("lint", "--metrics", "metrics.txt", "shown.json")
    assert done.stdout.count(f"shop_orders_total is declared as a {declared}, but the scrape announces") == is_found


OPEN_METRICS = """\
# TYPE shop_wait_seconds histogram
# UNIT shop_wait_seconds seconds
shop_wait_seconds_bucket{le="+Inf"} 3
shop_wait_seconds_sum 3
shop_wait_seconds_count 3
# TYPE shop_age_seconds gauge
# UNIT shop_age_seconds seconds
shop_age_seconds 3
# TYPE shop_stock gauge
# UNIT shop_stock items
shop_stock 3
# EOF
"""


@pytest.mark.parametrize(
    ("name", "table", "asked", "said"),
    [
        (
            "shop_age_seconds",
            'type = "gauge"\nunit = "ms"',
            "shop_age_seconds",
            "shop_age_seconds is declared in ms, but",
        ),
        ("shop_age_seconds", 'type = "gauge"\nunit = "s"', "shop_age_seconds", ""),
        ("shop_stock", 'type = "gauge"\nunit = "count"', "shop_stock", ""),
        (
            "shop_wait_seconds",
            'type = "histogram"\nunit = "ms"',
            "histogram_quantile(0.9, rate(shop_wait_seconds_bucket[$__rate_interval]))",
            "shop_wait_seconds_bucket is declared in ms, but the scrape announces s",
        ),
        (
            "shop_wait_seconds",
            'type = "histogram"\nunit = "s"\nbuckets = "native"',
            "histogram_quantile(0.9, rate(shop_wait_seconds[$__rate_interval]))",
            "shop_wait_seconds is asked as a native histogram, but the scrape has its classic series",
        ),
        (
            "shop_wait_seconds",
            'type = "histogram"\nunit = "s"',
            "rate(shop_wait_seconds_count[$__rate_interval])",
            "",
        ),
    ],
)
def test_a_unit_or_form_that_the_exporter_contradicts(
    shell: Shell, name: str, table: str, asked: str, said: str
) -> None:
    shell.write("pyproject.toml", f"[tool.dashlib]\n[tool.dashlib.catalog.{name}]\n{table}\n")
    shell.write("metrics.txt", OPEN_METRICS)
    shell.write("shown.json", json.dumps(dashboard(panel(asked, id=1))))
    done = shell.dashlib("lint", "--metrics", "metrics.txt", "shown.json")
    assert said in done.stdout
    assert done.stdout.count("not-scraped") == bool(said)
