"""What a person reads: the lab's configuration in a running Alertmanager, its Slack and its mail server on loopback."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from tests.alertmanager.running import Alertmanager, Mailbox, open_mailbox, running
from tests.e2e.waiting import wait_until
from tests.programs import needed_program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

pytestmark = pytest.mark.slow

STARTED = dt.datetime(2024, 3, 4, 9, 30, tzinfo=dt.UTC)
SUMMARY = "A Debezium connector is not connected to its database."
DESCRIPTION = "Connector {} has had no connection for at least 2m & lags <63s>.\nCheck: is the database up?"
GRAPH = "http://localhost:3000/d/debezium-mysql?viewPanel=3&var-connector=mysql%26server"
RUNBOOK = "https://runbooks.example.com/disconnected.md#debeziumconnectordisconnected"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as opened:
        yield opened


def hurried(configuration: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration that does not wait, and is not silent at night."""
    for route in (configuration["route"], *configuration["route"]["routes"]):
        route.pop("mute_time_intervals", None)
        for name, interval in (("group_wait", "1s"), ("group_interval", "1s")):
            if name in route:
                route[name] = interval
    return configuration


@pytest.fixture
def alertmanager(
    request: pytest.FixtureRequest, folder: Path, configuration: dict[str, Any], mailbox: Mailbox
) -> Iterator[Alertmanager]:
    """An Alertmanager as in the lab, whose secrets and mail server are the mailbox's."""
    program = needed_program(request, "alertmanager")
    configuration = hurried(configuration)
    (folder / "slack_url").write_text(mailbox.slack_url)
    configuration["global"]["smtp_smarthost"] = mailbox.smtp
    for receiver in configuration["receivers"]:
        for slack in receiver.get("slack_configs", ()):
            assert slack["api_url_file"] == "/run/secrets/slack_url"
            slack["api_url_file"] = str(folder / "slack_url")
    with running(program, folder, configuration) as started:
        yield started


def alert(severity: str, server: str, **more: str) -> dict[str, Any]:
    return {
        "labels": {
            "alertname": "DebeziumConnectorDisconnected", "severity": severity, "component": "debezium",
            "signal": "connection", "job": "kafka-connect", "plugin": "mysql", "server": server, **more,
        },
        "annotations": {
            "summary": SUMMARY, "description": DESCRIPTION.format(server), "dashboard_url": GRAPH,
            "runbook_url": RUNBOOK,
        },
        "startsAt": STARTED.isoformat(),
        "endsAt": (STARTED + dt.timedelta(days=36500)).isoformat(),
    }  # fmt: skip


def ended(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "endsAt": (STARTED + dt.timedelta(minutes=7, seconds=30)).isoformat()}


def test_a_slack_message_says_what_where_since_when_and_where_to_look(
    alertmanager: Alertmanager, mailbox: Mailbox
) -> None:
    fires = alert("critical", "mysql-server", connector="mysql-connector")
    alertmanager.post(fires)
    message = mailbox.slack()
    assert (
        message["title"] == f"CRITICAL: {SUMMARY} (connector mysql-connector, server mysql-server, job kafka-connect)"
    )
    assert message["fallback"] == message["title"]
    assert message["title_link"] == "http://localhost:9093/#/alerts?receiver=platform-alerts-slack"
    assert message["color"] == "danger"
    assert message["text"].strip().splitlines() == [
        "*connector mysql-connector, server mysql-server, job kafka-connect* critical since 2024-03-04 09:30 UTC",
        "Connector mysql-server has had no connection for at least 2m &amp; lags &lt;63s&gt;.",
        "Check: is the database up?",
        f"<{GRAPH.replace('&', '&amp;')}|Graph>  <{RUNBOOK}|Runbook>",
    ]
    alertmanager.post(ended(fires))
    message = mailbox.slack()
    assert message["title"].startswith(f"RESOLVED: {SUMMARY} (connector mysql-connector")
    assert message["color"] == "good"
    assert message["text"].splitlines()[0] == (
        "*connector mysql-connector, server mysql-server, job kafka-connect* resolved 2024-03-04 09:37 UTC, after 7m30s"
    )
    assert "Check" not in message["text"]


def test_a_slack_message_tells_what_still_fires_from_what_is_over(alertmanager: Alertmanager, mailbox: Mailbox) -> None:
    first, second = alert("critical", "mysql-server"), alert("critical", "postgres-server")
    alertmanager.post(first, second)
    message = mailbox.slack(f"CRITICAL: {SUMMARY} (2 firing)")
    assert "*server mysql-server, job kafka-connect* critical since" in message["text"]
    assert "*server postgres-server, job kafka-connect* critical since" in message["text"]
    alertmanager.post(ended(first), second)
    message = mailbox.slack(f"CRITICAL: {SUMMARY} (1 firing, 1 resolved)")
    assert message["color"] == "danger"
    lines = [line for line in message["text"].splitlines() if line.startswith("*")]
    assert [line.partition("*")[2].partition("*")[0] for line in lines] == [
        "server postgres-server, job kafka-connect",
        "server mysql-server, job kafka-connect",
    ]
    assert "resolved 2024-03-04 09:37 UTC, after 7m30s" in lines[1]


def test_a_message_on_very_many_connectors_stays_short_and_says_so(
    alertmanager: Alertmanager, mailbox: Mailbox
) -> None:
    alertmanager.post(*(alert("critical", f"server-{number:03}") for number in range(250)))
    message = mailbox.slack(f"CRITICAL: {SUMMARY} (250 firing)")
    assert message["text"].count("*server server-") == 10
    assert "Of 250 firing and 0 resolved, 10 of each are shown." in message["text"]


def test_an_alert_of_somebody_elses_is_readable_too(alertmanager: Alertmanager, mailbox: Mailbox) -> None:
    alertmanager.post({"labels": {"alertname": "Disk<Full>", "severity": "critical"}, "startsAt": STARTED.isoformat()})
    message = mailbox.slack()
    assert message["title"] == "CRITICAL: Disk&lt;Full&gt; (Disk&lt;Full&gt;)"
    assert message["text"].strip() == "*Disk&lt;Full&gt;* critical since 2024-03-04 09:30 UTC"


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    text: str = body.get_content()
    return text


def test_an_email_says_the_same_as_text_and_as_a_page(alertmanager: Alertmanager, mailbox: Mailbox) -> None:
    fires = alert("warning", "mysql-server")
    fires["annotations"]["description"] += " <script>alert(1)</script>"
    alertmanager.post(fires)
    mail = mailbox.mail()
    assert mail["To"] == "platform-team@example.com"
    assert mail["From"] == "alertmanager@example.com"
    assert mail["Subject"] == f"WARNING: {SUMMARY} (server mysql-server, job kafka-connect)"
    assert part(mail, "plain").replace("\r\n", "\n").strip().split("\n") == [
        f"WARNING: {SUMMARY} (server mysql-server, job kafka-connect)",
        "server mysql-server, job kafka-connect",
        "warning since 2024-03-04 09:30 UTC",
        "Connector mysql-server has had no connection for at least 2m & lags <63s>.",
        "Check: is the database up? <script>alert(1)</script>",
        f"Graph: {GRAPH}",
        f"Runbook: {RUNBOOK}",
        "",
        "",
        "Alertmanager: http://localhost:9093/#/alerts?receiver=platform-team-email",
    ]
    page = part(mail, "html")
    assert "<strong>server mysql-server, job kafka-connect</strong><br>warning since 2024-03-04 09:30 UTC" in page
    assert f'<a href="{GRAPH.replace("&", "&amp;")}"' in page
    assert f'<a href="{RUNBOOK}"' in page
    assert "background: #8a5a00" in page
    assert "2m &amp; lags &lt;63s&gt;" in page
    assert "<script>" not in page
    alertmanager.post(ended(fires))
    mail = mailbox.mail()
    assert mail["Subject"].startswith("RESOLVED: ")
    assert "resolved 2024-03-04 09:37 UTC, after 7m30s" in part(mail, "plain")
    assert "background: #2e7d32" in part(mail, "html")


def test_a_database_team_hears_of_what_is_critical_beside_slack(alertmanager: Alertmanager, mailbox: Mailbox) -> None:
    alertmanager.post(alert("critical", "postgres-server") | {"labels": {
        "alertname": "ReplicationSlotWalLost", "severity": "critical", "component": "postgres", "signal": "slot",
        "server": "postgres-server", "slot_name": "debezium", "job": "postgres",
    }})  # fmt: skip
    assert mailbox.mail()["To"] == "database-team@example.com"
    assert "server postgres-server, slot_name debezium, job postgres" in mailbox.slack()["title"]


def test_without_any_secret_alertmanager_starts_shows_alerts_and_counts_what_it_could_not_send(
    request: pytest.FixtureRequest, folder: Path, configuration: dict[str, Any]
) -> None:
    program = needed_program(request, "alertmanager")
    configuration = hurried(configuration)
    # No name is looked up outside this machine; nobody listens on port 1.
    configuration["global"]["smtp_smarthost"] = "127.0.0.1:1"
    with running(program, folder, configuration) as started:
        started.post(alert("critical", "mysql-server"), alert("warning", "postgres-server"))
        for integration in ("slack", "email"):
            wait_until(
                lambda integration=integration: (
                    started.metric(  # type: ignore[misc]
                        "alertmanager_notification_requests_failed_total", integration=integration
                    )
                    or started.metric("alertmanager_notifications_failed_total", integration=integration)
                ),
                f"no message by {integration} has failed",
                seconds=60,
                watched=started.process,
            )
        assert {found["labels"]["severity"] for found in started.alerts()} == {"critical", "warning"}
        assert "slack_url: no such file or directory" in started.process.log.read_text()
