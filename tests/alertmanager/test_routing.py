"""Who is told of what: Alertmanager's own engine says which receivers an alert goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.alertmanager.conftest import CONFIGURATION, FOLDER, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

FILE = FOLDER / "alertmanager.yml"
RULES = ROOT / "labs/monitoring/prometheus/alerts"
EMAIL, SLACK, DATABASE, NOBODY = (
    "platform-team-email", "platform-alerts-slack", "database-team-email", "nobody",
)  # fmt: skip

ROUTED = {
    "a critical alert of a connector": ({"severity": "critical", "component": "debezium", "signal": "lag"}, [SLACK]),
    "a critical alert of the platform": ({"severity": "critical", "component": "kafka-connect"}, [SLACK]),
    "a critical alert of a component nobody thought of": ({"severity": "critical", "component": "new"}, [SLACK]),
    "a warning of a connector": ({"severity": "warning", "component": "cdc", "signal": "queue"}, [EMAIL]),
    "a warning of Aurora": ({"severity": "warning", "component": "aurora"}, [DATABASE, EMAIL]),
    "a critical alert of Aurora": ({"severity": "critical", "component": "aurora"}, [DATABASE, SLACK]),
    "a critical alert of PostgreSQL": ({"severity": "critical", "component": "postgres"}, [DATABASE, SLACK]),
    "a critical alert of MySQL": ({"severity": "critical", "component": "mysql"}, [DATABASE, SLACK]),
    "an information": ({"severity": "info", "component": "debezium", "signal": "task"}, [NOBODY]),
    "an information on a database": ({"severity": "info", "component": "postgres"}, [NOBODY]),
    "an alert without labels": ({"alertname": "Foreign"}, [EMAIL]),
    "a severity that is none of ours": ({"severity": "page"}, [EMAIL]),
    "a component that only begins so": ({"severity": "warning", "component": "mysqlsomething"}, [EMAIL]),
}


@pytest.mark.parametrize(("labels", "receivers"), ROUTED.values(), ids=ROUTED)
def test_an_alert_goes_to(amtool: Callable[..., str], labels: dict[str, str], receivers: list[str]) -> None:
    given = [f"{name}={value}" for name, value in labels.items()]
    said = amtool("config", "routes", "test", f"--config.file={FILE}", *given)
    assert said.strip().split(",") == receivers


def test_every_receiver_is_told_of_something() -> None:
    assert {name for _, receivers in ROUTED.values() for name in receivers} == {
        receiver["name"] for receiver in CONFIGURATION["receivers"]
    }


def test_every_alert_of_the_project_goes_where_its_severity_says(amtool: Callable[..., str]) -> None:
    files = sorted(RULES.glob("*.yml"))
    rules = [rule for file in files for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]
    given = {(rule["labels"]["severity"], rule["labels"]["component"]) for rule in rules if "alert" in rule}
    assert {"critical", "warning"} <= {severity for severity, _ in given}
    last = {"critical": SLACK, "warning": EMAIL, "info": NOBODY}
    for severity, component in sorted(given):
        said = amtool(
            "config", "routes", "test", f"--config.file={FILE}", f"severity={severity}", f"component={component}"
        )
        assert said.strip().split(",")[-1] == last[severity], (severity, component)


def test_alertmanager_takes_the_configuration(amtool: Callable[..., str]) -> None:
    said = amtool("check-config", FILE)
    assert "1 templates" in said
    assert f"{len(CONFIGURATION['inhibit_rules'])} inhibit rules" in said


def test_critical_alerts_are_told_as_the_lesson_says() -> None:
    routes: list[dict[str, Any]] = CONFIGURATION["route"]["routes"]
    (critical,) = (route for route in routes if route.get("matchers") == ['severity="critical"'])
    assert critical["receiver"] == SLACK
    assert (critical["group_wait"], critical["group_interval"], critical["repeat_interval"]) == ("30s", "5m", "4h")
    assert CONFIGURATION["route"]["receiver"] == EMAIL


def test_what_is_critical_is_never_muted(amtool: Callable[..., str]) -> None:
    shown = amtool("config", "routes", "show", f"--config.file={FILE}")
    assert SLACK in shown
    muted = [route for route in CONFIGURATION["route"]["routes"] if "mute_time_intervals" in route]
    assert [route["matchers"] for route in muted] == [['severity="warning"']]
