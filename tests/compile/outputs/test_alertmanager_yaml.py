"""Alertmanager's compiled configuration: what stands in it, and that a real Alertmanager takes all of it."""

from __future__ import annotations

import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import yaml

from dashlib import (
    Email,
    Inhibit,
    MuteTime,
    Notifications,
    PagerDuty,
    Period,
    Receiver,
    Route,
    Secret,
    Slack,
    Smtp,
    Template,
    Webhook,
    none_of,
    one_of,
)
from dashlib.compile import validation
from dashlib.compile.outputs import alertmanager_yaml, notification_templates
from dashlib.compile.project import serialize
from dashlib.compile.validation import SchemaError
from dashlib.declare.labels import LabelMatch
from dashlib.errors import DeclarationError
from tests.programs import needed_program

if TYPE_CHECKING:
    from pathlib import Path

    from dashlib.documents.document import Document

EVERYTHING = Notifications(
    smtp=Smtp(
        "mail.example.com:587",
        sender="alerts@example.com",
        user="alerts",
        password=Secret.file("/run/secrets/smtp_password"),
    ),
    receivers=[
        Receiver(
            "everybody",
            [
                Email(["a@example.com", "b@example.com"], template="short"),
                Email("c@example.com", send_resolved=False),
                Slack("#alerts", url=Secret.file("/run/secrets/slack_url"), template="short"),
                Slack("C0123", url=Secret.file("/run/secrets/slack_url")),
                PagerDuty(Secret.file("/run/secrets/pagerduty"), template="long"),
                PagerDuty(Secret.file("/run/secrets/pagerduty")),
                Webhook("http://localhost:8080/alerts"),
            ],
        ),
        Receiver("nobody"),
    ],
    route=Route(
        "everybody",
        group_by=["alertname", "job"],
        group_wait="0s",
        group_interval="1m",
        repeat_interval="1h30m",
        routes=[
            Route(
                "nobody",
                matchers={
                    "severity": none_of("critical", "warning"),
                    "path": LabelMatch("=", 'C:\\a "b"\nc, {d}'),
                    "component": LabelMatch("=~", r"kafka(-connect)?|post\w+"),
                },
                mute=["closed", "always"],
                continue_=True,
            ),
            Route(matchers={"severity": one_of("critical", "warning")}, routes=[Route(matchers={"team": ""})]),
        ],
    ),
    inhibit=[
        Inhibit(
            source={"signal": "task", "connector": LabelMatch("=~", "mysql.+")},
            target={"signal": one_of("lag", "queue")},
            equal=["job", "connector"],
            equal_or_absent=["task"],
            reason="it delivers nothing",
        )
    ],
    mute_times=[
        MuteTime(
            "closed", [Period(weekdays=["saturday", "sunday"]), Period(times="19:00-24:00")], location="Asia/Tokyo"
        ),
        MuteTime("always", Period()),
    ],
    templates=[
        Template("short", most=3, links={"Board": "dashboard_url"}),
        Template("long", identity=["server", "slot_name"], links={}),
    ],
)  # fmt: skip
FOLDER = PurePosixPath("monitoring/alertmanager")


def compiled(declared: Notifications = EVERYTHING) -> list[Document]:
    file = "alerts/notifications.py"
    configuration = alertmanager_yaml.compile_configuration(declared, FOLDER, file)
    return [configuration, *notification_templates.compile_templates(declared, FOLDER, file)]


def read(document: Document) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(serialize(document))
    return data


def test_the_files_are_alertmanagers_and_one_a_template() -> None:
    assert [(str(document.path), document.kind) for document in compiled()] == [
        ("monitoring/alertmanager/alertmanager.yml", "alertmanager"),
        ("monitoring/alertmanager/templates/short.tmpl", "notification-template"),
        ("monitoring/alertmanager/templates/long.tmpl", "notification-template"),
    ]
    for document in compiled():
        validation.validate(document)


def test_the_file_says_what_is_declared() -> None:
    data = read(compiled()[0])
    assert data["global"] == {
        "smtp_smarthost": "mail.example.com:587",
        "smtp_from": "alerts@example.com",
        "smtp_auth_username": "alerts",
        "smtp_auth_password_file": "/run/secrets/smtp_password",
        "smtp_require_tls": True,
    }
    assert data["templates"] == ["templates/*.tmpl"]
    assert data["route"] == {
        "receiver": "everybody",
        "group_by": ["alertname", "job"],
        "group_wait": "0s",
        "group_interval": "1m",
        "repeat_interval": "1h30m",
        "routes": [
            {
                "receiver": "nobody",
                "matchers": [
                    'severity!~"critical|warning"',
                    'path="C:\\\\a \\"b\\"\\nc, {d}"',
                    'component=~"kafka(-connect)?|post\\\\w+"',
                ],
                "mute_time_intervals": ["closed", "always"],
                "continue": True,
            },
            {"matchers": ['severity=~"critical|warning"'], "routes": [{"matchers": ['team=""']}]},
        ],
    }
    assert data["inhibit_rules"] == [
        {
            "source_matchers": ['signal="task"', 'connector=~"mysql.+"', 'job=~".+"'],
            "target_matchers": ['signal=~"lag|queue"', 'job=~".+"', 'connector=~".+"'],
            "equal": ["job", "connector", "task"],
        }
    ]
    assert data["time_intervals"] == [
        {
            "name": "closed",
            "time_intervals": [
                {"weekdays": ["saturday", "sunday"], "location": "Asia/Tokyo"},
                {"times": [{"start_time": "19:00", "end_time": "24:00"}], "location": "Asia/Tokyo"},
            ],
        },
        {"name": "always", "time_intervals": [{}]},
    ]


def test_a_receiver_says_every_way_to_tell() -> None:
    everybody, nobody = read(compiled()[0])["receivers"]
    assert nobody == {"name": "nobody"}
    templated, plain = everybody["email_configs"]
    assert templated["to"] == "a@example.com, b@example.com"
    assert templated["headers"] == {"Subject": '{{ template "short.title" . }}'}
    assert plain == {"to": "c@example.com", "send_resolved": False}
    templated, plain = everybody["slack_configs"]
    assert (templated["channel"], templated["text"]) == ("#alerts", '{{ template "short.slack.text" . }}')
    assert plain == {"channel": "C0123", "api_url_file": "/run/secrets/slack_url", "send_resolved": True}
    assert everybody["pagerduty_configs"][0]["description"] == '{{ template "long.title" . }}'
    assert everybody["webhook_configs"] == [{"url": "http://localhost:8080/alerts", "send_resolved": True}]


def test_a_webhook_with_a_secret_reads_its_url_from_a_file() -> None:
    declared = Notifications(
        receivers=[Receiver("hook", [Webhook(Secret.file("/run/secrets/hook"))])], route=Route("hook")
    )
    (document,) = compiled(declared)
    validation.validate(document)
    assert read(document)["receivers"][0]["webhook_configs"] == [
        {"url_file": "/run/secrets/hook", "send_resolved": True}
    ]


def test_every_definition_that_a_message_uses_is_written() -> None:
    configuration, *templates = (serialize(document).decode() for document in compiled())
    defined = {name for document in compiled()[1:] for name in document.data["definitions"]}
    used = {
        text.split('"')[1].split("`")[0]
        for content in (configuration, *templates)
        for text in content.replace("`", '"').split("{{ template ")[1:]
    }
    assert used <= defined
    assert {"short.title", "short.html", "long.alertmanager_url"} <= used
    assert all("@" not in content.replace("@example.com", "") for content in (configuration, *templates))


def test_alertmanager_takes_all_of_it(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    amtool = needed_program(request, "amtool")
    for document in compiled():
        file = tmp_path / document.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(serialize(document))
    file = tmp_path / FOLDER / "alertmanager.yml"
    checked = subprocess.run([amtool, "check-config", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "1 inhibit rules" in checked.stdout
    routed = subprocess.run(
        [amtool, "config", "routes", "test", f"--config.file={file}", "severity=critical", "team=x"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert routed.stdout.strip() == "everybody"


def test_the_files_are_the_same_every_time_and_known_as_ours() -> None:
    first, second = ([serialize(document) for document in compiled()] for _ in range(2))
    assert first == second
    configuration, template, _ = first
    assert configuration.startswith(b"# Compiled by dashlib from alerts/notifications.py: change that file, then run ")
    assert alertmanager_yaml.OUTPUT.is_compiled(configuration)
    assert notification_templates.OUTPUT.is_compiled(template)
    assert not notification_templates.OUTPUT.is_compiled(b'{{ define "mine" }}{{ end }}')


def test_every_part_knows_where_it_was_declared() -> None:
    document = compiled()[0]
    own = __file__
    for pointer in ("", "/route", "/route/routes/1/routes/0", "/receivers/0", "/inhibit_rules/0", "/time_intervals/1"):
        assert document.sources[pointer].source.file == own
    lines = [document.sources[pointer].source.line for pointer in ("/receivers/0", "/route", "/inhibit_rules/0")]
    assert lines == sorted(set(lines))


def test_alertmanager_reads_no_environment() -> None:
    for integration in (
        Slack("#alerts", url=Secret.env("SLACK_URL")), Webhook(Secret.env("HOOK")), PagerDuty(Secret.env("KEY")),
    ):  # fmt: skip
        declared = Notifications(receivers=[Receiver("a", [integration])], route=Route("a"))
        with pytest.raises(DeclarationError, match=r"does not read environment .*Secret\.file\('/run/secrets/"):
            compiled(declared)


BROKEN = {
    "unknown receiver": (("route", "receiver"), "someone", '/route/receiver: found "someone"; expected the name of a'),
    "unknown mute time": (("route", "routes", 0, "mute_time_intervals"), ["x"], 'mute_time_intervals/0: found "x"'),
    "matchers at the top": (("route", "matchers"), ['a="b"'], "/route/matchers: found"),
    "matcher without quotes": (("route", "routes", 0, "matchers"), ["a=b"], 'found "a=b"; expected a matcher such as'),
    "duration": (("route", "group_wait"), "30 seconds", 'found "30 seconds"; expected a duration'),
    "a secret where its file belongs": (("receivers", 0, "slack_configs", 0, "api_url_file"), "x", "the absolute"),
    "unknown key": (("receivers", 0, "slack_configs", 0, "api_url"), "x", 'expected perhaps "api_url_file"'),
    "receiver twice": (("receivers", 1, "name"), "everybody", '/receivers/1/name: found the name "everybody" of'),
    "time": (("time_intervals", 0, "time_intervals", 1, "times", 0, "end_time"), "25:00", "a time such as 07:30"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_document_is_refused_with_its_place(path: tuple[Any, ...], value: object, message: str) -> None:
    document = compiled()[0]
    inside: Any = read(document)
    whole = inside
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    with pytest.raises(SchemaError) as caught:
        validation.validate(attrs.evolve(document, data=whole))
    assert message in str(caught.value)
    assert str(caught.value).startswith(__file__)


def test_an_empty_definition_is_refused() -> None:
    document = compiled()[1]
    with pytest.raises(SchemaError, match="expected a string with at least one visible character"):
        validation.validate(attrs.evolve(document, data={"definitions": {"short.title": " "}}))
