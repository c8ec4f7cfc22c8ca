"""What a declaration of notifications may say, and what is refused with its place."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.declare.labels import LabelMatch
from dashlib.declare.notifications.matchers import show_matcher
from dashlib.declare.notifications.routes import walk
from dashlib.declare.notifications.secrets import find_secret
from dashlib.errors import DeclarationError
from dashlib.promql import passes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Shell

HEADER = """\
from dashlib import *
from dashlib.declare.labels import LabelMatch

"""
WHOLE = """\
notifications = Notifications(
    smtp=Smtp("mail.example.com:587", sender="alerts@example.com"),
    receivers=[
        Receiver("team", [Email("team@example.com", template="short")]),
        Receiver("chat", [Slack("#alerts", url=Secret.file("/run/secrets/slack_url"))]),
    ],
    route=Route(
        "team",
        group_by=["job"],
        routes=[
            Route("chat", matchers={"severity": "critical"}, group_wait="30s", mute=["nights"]),
        ],
    ),
    inhibit=[
        Inhibit(source={"severity": "critical"}, target={"severity": "warning"}, equal=["job", "server"], reason="it"),
    ],
    mute_times=[MuteTime("nights", [Period(times="22:00-24:00")])],
    templates=[Template("short")],
)
"""


@pytest.fixture
def declared(shell: Shell) -> Shell:
    """A project that says who is told, in alerts/notifications.py."""
    shell.write("alerts/notifications.py", HEADER + WHOLE)
    return shell


def test_notifications_are_found_like_a_rule_group(declared: Shell) -> None:
    project = load_project(declared.folder)
    assert project.notifications is not None
    notifications, file = project.notifications
    assert file == "alerts/notifications.py"
    assert [receiver.name for receiver in notifications.receivers] == ["team", "chat"]
    compiled = {str(document.path): document.kind for document in compile_project(project)}
    assert compiled["build/alertmanager/alertmanager.yml"] == "alertmanager"
    assert compiled["build/alertmanager/templates/short.tmpl"] == "notification-template"


def test_a_project_without_notifications_has_none(shell: Shell) -> None:
    project = load_project(shell.folder)
    assert project.notifications is None
    assert {document.kind for document in compile_project(project)} == {"dashboard", "rules"}


def test_the_folder_is_configured_and_may_be_none(
    declared: Shell, replace_in: Callable[[object, str, str], None]
) -> None:
    file = declared.folder / "pyproject.toml"
    replace_in(file, "[tool.dashlib]\n", '[tool.dashlib]\nalertmanager = "compiled/alertmanager"\n')
    assert declared.dashlib("build").returncode == 0
    assert {"compiled/alertmanager/alertmanager.yml", "compiled/alertmanager/templates/short.tmpl"} <= set(
        declared.compiled()
    )
    replace_in(file, '"compiled/alertmanager"', '""')
    kinds = {document.kind for document in compile_project(load_project(declared.folder))}
    assert kinds == {"dashboard", "rules"}
    assert declared.dashlib("build", "--check").returncode == 0


def test_what_is_no_longer_declared_is_reported_and_removed_when_asked(
    declared: Shell, replace_in: Callable[[object, str, str], None]
) -> None:
    replace_in(
        declared.folder / "pyproject.toml",
        "[tool.dashlib]\n",
        '[tool.dashlib]\nalertmanager = "compiled/alertmanager"\n',
    )
    declared.write("compiled/alertmanager/templates/mine.tmpl", '{{ define "mine" }}mine{{ end }}')
    assert declared.dashlib("build").returncode == 0
    (declared.folder / "alerts/notifications.py").unlink()
    ran = declared.dashlib("build", "--prune")
    assert "compiled/alertmanager/alertmanager.yml: removed" in ran.stdout
    assert "compiled/alertmanager/templates/short.tmpl: removed" in ran.stdout
    left = {path for path in declared.compiled() if "alertmanager" in path}
    assert left == {"compiled/alertmanager/templates/mine.tmpl"}


def test_a_list_says_what_there_is(declared: Shell) -> None:
    said = declared.dashlib("list").stdout
    assert "team, chat" in said
    assert "2 receivers" in said


def test_two_notifications_are_refused(declared: Shell) -> None:
    declared.write("alerts/second.py", HEADER + WHOLE)
    with pytest.raises(
        DeclarationError, match=r"second\.py:4: a project can have only one Notifications; .*notifications\.py:4"
    ):
        compile_project(load_project(declared.folder))


BOTH = '            Route("chat", matchers={"severity": one_of("critical", "warning")})'
# what is replaced, by what, line of the message, message
WRONG = {
    "unknown receiver": ('Route("chat"', 'Route("chatt"', 14, "receiver 'chatt' is not defined; did you mean 'chat'?"),
    "unused receiver": ('Route("chat"', 'Route("team"', 8, "no route uses receiver 'chat'"),
    "receiver twice": ('Receiver("chat"', 'Receiver("team"', 8, "receiver 'team' is defined twice; the other"),
    "unknown mute time": ('mute=["nights"]', 'mute=["night"]', 14, "mute time 'night' is not defined"),
    "unused mute time": (', mute=["nights"]', "", 20, "no route uses mute time 'nights'"),
    "unknown template": ('template="short"', 'template="long"', 7, "template 'long' is not defined"),
    "unused template": (', template="short"', "", 21, "no receiver uses template 'short'"),
    "no mail server": ('smtp=Smtp("mail.example.com:587", sender="alerts@example.com"),', "", 7, "needs a mail server"),
    "matcher that is not a valid label": ('"severity": "critical"}, group', '"my-severity": "critical"}, group', 14,
                                 "Route matchers: 'my-severity' is not a valid label name"),
    "matcher that is no text": ('"severity": "critical"}, group', '"severity": 3}, group', 14,
                                "Route matchers['severity'] must be a string or a list of strings or one_of(…)"),
    "regular expression that is none": ('"severity": "critical"}, group', '"severity": LabelMatch("=~", "(a")}, group',
                                        14, r"has a regular expression that Alertmanager rejects: '(a'"),
    "regular expression that Go lacks": ('"severity": "critical"}, group',
                                         '"severity": LabelMatch("=~", "(?!info).*")}, group', 14, "no lookaround"),
    "no duration": ('group_wait="30s"', 'group_wait="30 seconds"', 14, "Route group_wait must be a duration: "),
    "interval of nothing": ('group_wait="30s"', 'repeat_interval="0s"', 14, "repeat_interval must be greater than 0"),
    "repeat sooner than looked at": ('group_wait="30s"', 'repeat_interval="1m"', 14,
                                     "cannot be repeated every 1m when its group is checked every 5m"),
    "group by no label": ('group_by=["job"]', 'group_by=["job name"]', 10, "Route group_by: 'job name' is not a valid"),
    "group by a label twice": ('group_by=["job"]', 'group_by=["job", "job"]', 10, "Route group_by names 'job' twice"),
    "top without receiver": ('"team",\n        group', "group", 10, "the root route needs a receiver"),
    "top with matchers": ('group_by=["job"],', 'matchers={"a": "b"},', 10, "it cannot have matchers"),
    "unreachable, contradiction": ('group_wait="30s"', 'routes=[Route(matchers={"severity": "info"})]', 14,
                                   'no alert can reach this route: it wants severity="info"'),
    "unreachable, taken before": ("routes=[\n", f"routes=[\n{BOTH},\n", 15, "takes them all first"),
    "unreachable, all are taken": ("routes=[\n", 'routes=[\n            Route("chat"),\n', 15, "takes them all first"),
    "inhibition without source": ('source={"severity": "critical"}', "source={}", 18, "it matches every alert"),
    "inhibition without equal": ('equal=["job", "server"]', "equal=[]", 18, "an alert in one cluster silences"),
    "inhibition of itself": ('target={"severity": "warning"}', 'target={"severity": "critical"}', 18,
                             "silences nothing"),
    "equal label that need not be there": ('source={"severity"', 'source={"server": "", "severity"', 18,
                                           "'server' is in equal, so alerts must have it, and server=\"\" lets"),
    "time that is none": ("22:00-24:00", "22:00-25:00", 20, "Period times must be like '22:00-24:00'"),
    "night in one": ("22:00-24:00", "22:00-06:00", 20, "write a night as '22:00-24:00' and '00:00-06:00'"),
    "weekend in one": ('times="22:00-24:00"', 'weekdays="saturday:sunday"', 20, "the week begins on Sunday"),
    "day that is none": ('times="22:00-24:00"', 'weekdays="montag"', 20, "Period weekdays must be like 'monday'"),
    "day of month": ('times="22:00-24:00"', 'days_of_month="0"', 20, "Period days_of_month must be like '1', '1:5'"),
    "month": ('times="22:00-24:00"', 'months="december:january"', 20, "Period months must be like"),
    "year": ('times="22:00-24:00"', 'years="27"', 20, "Period years must be like"),
    "time zone": ('[Period(times="22:00-24:00")]', '[Period()], location="Berlin"', 20, "'Berlin' is not an IANA time"),
    "no period": ('[Period(times="22:00-24:00")]', "[]", 20, "needs at least one Period"),
    "template name": ('Template("short")', 'Template("My template")', 21, "a template name must be lowercase"),
    "template identity": ('Template("short")', 'Template("short", identity=["a-b"])', 21, "'a-b' is not a valid label"),
    "template that shows nothing": ('Template("short")', 'Template("short", most=0)', 21, "must show at least 1 alert"),
    "link that breaks out": ('Template("short")', "Template('short', links={'a|b': 'c'})", 21, "must be plain text"),
    "address": ("team@example.com", "team", 7, "Email to must be an e-mail address"),
    "no address": ('Email("team@example.com"', "Email([]", 7, "Email to needs at least one e-mail address"),
    "mail server without port": ("mail.example.com:587", "mail.example.com", 5, "Smtp host must be host:port"),
    "half a login": ('sender="alerts@example.com"', 'sender="alerts@example.com", user="me"', 5, "or neither"),
    "integration that is none": ('[Slack("#alerts", url=Secret.file("/run/secrets/slack_url"))]', '["#alerts"]', 8,
                                 "must be an Email or a Slack or a Webhook or a PagerDuty; got '#alerts'"),
    "environment": ('Secret.file("/run/secrets/slack_url")', 'Secret.env("SLACK_URL")', 8,
                    "Alertmanager does not read environment variables; put the secret into a file"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_declaration_is_an_error_with_its_place(
    declared: Shell, replace_in: Callable[[object, str, str], None], old: str, new: str, line: int, message: str
) -> None:
    file = declared.folder / "alerts/notifications.py"
    replace_in(file, old, new)
    ran = declared.dashlib("build")
    assert message in ran.stderr
    place = ran.stderr.removeprefix("dashlib: ").split(": ")[0]
    assert place.rpartition(":")[0] == str(file)
    assert int(place.rpartition(":")[2]) == line
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert declared.compiled() == {}


# --- secrets ---------------------------------------------------------------------------------------------------

SECRETS = {
    "Slack": "https://hooks.slack.com/services/T0000/B0000/sesame",
    "Slack for governments": "https://hooks.slack-gov.com/services/T0123ABCDE/B0123ABCDE/sesame0123456789ABCDEFG",
    "user and password": "https://user:sesame@example.com/hook",
    "user": "https://sesame@example.com/hook",
    "token": "https://example.com/hook?token=sesame",
    "key among others": "https://example.com/hook?team=cdc&api_key=sesame",
    "signature": "https://example.com/hook?sig=sesame",
    "Teams": "https://example.webhook.office.com/webhookb2/sesame",
    "Discord": "https://discord.com/api/webhooks/1/sesame",
    "token in the path": "https://example.com/hook/sesame0123456789abcdefg",
    "uuid in the path": "https://example.com/hook/123e4567-e89b-12d3-a456-426614174000",
}
HARMLESS = [
    "https://example.com/hook",
    "http://alerts.example.com:8080/hooks/debezium-alerts-v2-production",
    "https://example.com/hook?team=cdc&monkey=1",
    "https://example.com/an/administrative/organisation_of_connectors",
    "mail.example.com:587",
    "[::1",
]


@pytest.mark.parametrize("url", SECRETS.values(), ids=SECRETS)
def test_a_secret_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(DeclarationError, match=r"must not be in a declaration \(it is not shown\)") as caught:
        Webhook(url)
    assert "sesame" not in str(caught.value)
    assert "123e4567" not in str(caught.value)


@pytest.mark.parametrize("url", HARMLESS)
def test_a_url_without_secret_is_none(url: str) -> None:
    assert find_secret(url) == ""


@pytest.mark.parametrize(
    "declare",
    [
        lambda: Slack("#alerts", url="https://hooks.slack.com/services/sesame"),  # type: ignore[arg-type]
        lambda: PagerDuty("sesame"),  # type: ignore[arg-type]
        lambda: Smtp("mail:25", sender="a@example.com", user="me", password="sesame"),  # type: ignore[arg-type]  # noqa: S106
        lambda: Smtp("me:sesame@mail:25", sender="a@example.com"),
        lambda: Secret.env("https://hooks.slack.com/services/sesame"),
        lambda: Secret.env("sesame"),
        lambda: Secret.file("https://hooks.slack.com/services/sesame"),
        lambda: Secret.file("sesame"),
    ],
)
def test_a_secret_is_named_never_written(declare: Callable[[], object]) -> None:
    with pytest.raises(DeclarationError) as caught:
        declare()
    assert "sesame" not in str(caught.value)
    assert "Secret" in str(caught.value)


def test_a_secret_that_is_written_is_not_in_the_output_of_a_build(
    declared: Shell, replace_in: Callable[[object, str, str], None]
) -> None:
    file = declared.folder / "alerts/notifications.py"
    replace_in(file, 'Secret.file("/run/secrets/slack_url")', '"https://hooks.slack.com/services/T/B/sesame"')
    ran = declared.dashlib("build")
    assert ran.returncode == 2
    assert f"{file}:8: Slack url must be a Secret, which says where to find it" in ran.stderr
    assert "sesame" not in ran.stdout + ran.stderr


def test_a_secret_reads_as_a_reference() -> None:
    assert str(Secret.env("SLACK_URL")) == "${env:SLACK_URL}"
    assert str(Secret.file("/run/secrets/slack_url")) == "${file:/run/secrets/slack_url}"


# --- routes ----------------------------------------------------------------------------------------------------

LABELS = {"severity": ("", "critical", "warning"), "component": ("", "kafka", "mysql")}
_matches = st.one_of(
    st.sampled_from(["", "critical", "warning", "kafka", "mysql"]),
    st.sampled_from([
        one_of("critical", "warning"), one_of("kafka", "mysql"), none_of("critical"), none_of("kafka", "mysql"),
        LabelMatch("=~", ".+"), LabelMatch("=~", ".*"), LabelMatch("=~", "k.*"),
    ]),
)  # fmt: skip
_leaves = st.builds(
    Route, st.just("team"), matchers=st.dictionaries(st.sampled_from(list(LABELS)), _matches), continue_=st.booleans()
)
_routes = st.recursive(
    _leaves,
    lambda below: st.builds(
        Route,
        st.just("team"),
        matchers=st.dictionaries(st.sampled_from(list(LABELS)), _matches),
        continue_=st.booleans(),
        routes=st.lists(below, max_size=3),
    ),
    max_leaves=6,
)


def visited(route: Route, labels: dict[str, str]) -> list[Route]:
    """Return the routes that an alert comes through: the first that fits, and the next ones while it says continue."""
    found = [route]
    for below in route.routes:
        if all(passes(match, labels[name]) for name, match in below.matchers.items()):
            found += visited(below, labels)
            if not below.continue_:
                break
    return found


@given(st.lists(_routes, max_size=4))
def test_a_route_that_is_refused_is_one_that_no_alert_comes_to(routes: list[Route]) -> None:
    top = Route("team", routes=routes)
    reached = {
        id(route)
        for values in itertools.product(*LABELS.values())
        for route in visited(top, dict(zip(LABELS, values, strict=True)))
    }
    try:
        Notifications(receivers=[Receiver("team")], route=top)
    except DeclarationError as error:
        assert "no alert can reach this route" in str(error)  # noqa: PT017
        assert any(id(route) not in reached for route in walk(top))


@pytest.mark.parametrize(
    ("match", "value", "expected"),
    [
        (LabelMatch("=", "a"), "a", True),
        (LabelMatch("=", ""), "", True),
        (LabelMatch("!=", "a"), "", True),
        (LabelMatch("=~", "a|b"), "b", True),
        (LabelMatch("=~", "a"), "ab", False),
        (LabelMatch("=~", ".+"), "", False),
        (LabelMatch("!~", "a|b"), "c", True),
        (LabelMatch("!~", "a|b"), "a", False),
    ],
)
def test_a_matcher_fits_as_alertmanagers_do(match: LabelMatch, value: str, expected: bool) -> None:  # noqa: FBT001
    assert passes(match, value) is expected


def test_a_matcher_is_quoted() -> None:
    assert show_matcher("path", LabelMatch("=", 'C:\\a "b"\nc')) == 'path="C:\\\\a \\"b\\"\\nc"'


# --- mute times ------------------------------------------------------------------------------------------------


def test_a_mute_time_is_written_as_alertmanager_and_grafana_read_it() -> None:
    mute_time = MuteTime(
        "holidays",
        [
            Period(times=["00:00-07:30", "19:00-24:00"], weekdays=["monday:friday"]),
            Period(weekdays=["saturday", "sunday"]),
            Period(days_of_month=["24:26", "-1"], months=["december"], years=["2026:2030"]),
        ],
        location="Europe/Berlin",
    )
    assert mute_time.intervals == [
        {
            "times": [{"start_time": "00:00", "end_time": "07:30"}, {"start_time": "19:00", "end_time": "24:00"}],
            "weekdays": ["monday:friday"],
            "location": "Europe/Berlin",
        },
        {"weekdays": ["saturday", "sunday"], "location": "Europe/Berlin"},
        {
            "days_of_month": ["24:26", "-1"],
            "months": ["december"],
            "years": ["2026:2030"],
            "location": "Europe/Berlin",
        },
    ]
    assert MuteTime("always", Period()).intervals == [{}]


def test_the_receiver_and_the_inhibition_may_be_left_out() -> None:
    lone = Notifications(receivers=[Receiver("nobody")], route=Route("nobody"))
    assert lone.inhibit == ()
    assert Email(["a@example.com", "b@example.com"]).to == ("a@example.com", "b@example.com")
    assert Template("plain").identity == ("connector", "server", "job")
    assert Inhibit(source={"a": "b"}, target={"a": "c"}, equal="job", reason="because").equal == ("job",)
