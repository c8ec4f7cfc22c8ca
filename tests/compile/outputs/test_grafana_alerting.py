from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dashlib import (
    Alert,
    Email,
    GrafanaRule,
    GrafanaRuleGroup,
    Level,
    MuteTime,
    NoAnswerRule,
    Notifications,
    PagerDuty,
    Period,
    Receiver,
    Record,
    Route,
    RuleGroup,
    Secret,
    Signal,
    Slack,
    State,
    Template,
    ThresholdSet,
    Webhook,
    one_of,
    promql,
)
from dashlib.compile.conditions import alert_expression, measured_expression
from dashlib.compile.outputs.grafana_alerting import (
    MANAGED_BY,
    OUTPUT,
    compile_notifications,
    compile_rules,
    rule_uid,
    serialize,
    taken_apart,
)
from dashlib.compile.outputs.rule_yaml import RuleSettings
from dashlib.compile.panel_links import PanelLink
from dashlib.compile.rendering import Rendering
from dashlib.compile.validation import validate
from dashlib.debezium.connectors import CONNECTED, LAG, QUEUE_USED
from dashlib.declare.alerts import alerts_of
from dashlib.documents.go_templates import find_mistake
from dashlib.errors import DashlibError
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import Profile
from tests.compiled import DOCUMENTS, PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashlib.documents.document import Document
    from tests.conftest import Shell

ROOT = Path(__file__).parents[3]
UID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
DISCONNECTS = Signal(
    "disconnects",
    "Disconnects",
    expression="max by (job, server) (increase(NumberOfDisconnects[$__rate_interval]))",
    unit="none",
    description="How often the connection was lost.",
)
PHASE = Signal(
    "phase",
    "Phase",
    expression="max by (job, server) (Connected)",
    unit="none",
    states=[State(0, "Off", "red"), State(1, "Starting", "yellow"), State(2, "On", "green")],
    description="A state between two others.",
)
SET = ThresholdSet(
    "mine",
    [
        Level(LAG, "warning", above=60, for_="5m"),
        Level(LAG, "fraction", above=0.25, for_="5m"),
        Level(LAG, "large", above=5368709120, for_="5m"),
        Level(LAG, "at_once", above=60),
        Level(LAG, "hasty", above=60, for_="1m"),
        Level(CONNECTED, "critical", equals=0, for_="2m"),
        Level(CONNECTED, "is_up", equals=1, for_="2m"),
        Level(PHASE, "starting", equals=1, for_="2m"),
        Level(QUEUE_USED, "warning", below=10, for_="5m"),
        Level(DISCONNECTS, "warning", above=3, for_="2m"),
    ],
)
LINK = PanelLink("http://g/d/mysql?viewPanel=5", {"job": "job", "server": "connector"})
SETTINGS = RuleSettings({"team": "data"}, "https://runbooks.example.com/", lambda _alert, _group: LINK)


def alert(condition: Any = None, name: str = "DebeziumLag", **settings: Any) -> Alert:
    condition = condition or LAG.above("warning")
    description = "{server} is gone." if condition.kind == "absence" else "{server} lags {value}."
    defaults = {"severity": "warning", "summary": "Lag.", "description": description}
    return Alert(name, condition, **{**defaults, **settings})


def prometheus(*rules: Alert | Record, **settings: Any) -> RuleGroup:
    return RuleGroup(settings.pop("name", "lag"), file="lag.yml", rules=rules, thresholds=SET, **settings)


def grafana(*rules: GrafanaRule | NoAnswerRule | RuleGroup, **settings: Any) -> GrafanaRuleGroup:
    return GrafanaRuleGroup(settings.pop("name", "debezium-alerts"), folder="Debezium", rules=rules, **settings)


def compiled(rendering: Rendering, *groups: GrafanaRuleGroup, settings: RuleSettings = SETTINGS) -> Document:
    return compile_rules(groups, rendering, settings, "prom", PurePosixPath("p/alerting/rules.yaml"), "alerts/g.py")


def only_rule(rendering: Rendering, rule: Alert, **settings: Any) -> dict[str, Any]:
    group = grafana(GrafanaRule("Title", prometheus(rule), rule.name), **settings)
    document = compiled(rendering, group)
    validate(document)
    (found,) = document.data["groups"][0]["rules"]
    return dict(found)


def expression(rule: dict[str, Any]) -> str:
    return str(rule["data"][0]["model"]["expr"])


def evaluator(rule: dict[str, Any]) -> tuple[str, str, float]:
    model = rule["data"][-1]["model"]
    (condition,) = model["conditions"]
    (value,) = condition["evaluator"]["params"]
    return model["expression"], condition["evaluator"]["type"], value


# --- what a rule asks and when it fires ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "ends_with", "fires"),
    [
        (LAG.above("warning"), "!= -1) / 1000", ("A", "gt", 60)),
        (LAG.above("fraction"), "!= -1) / 1000", ("A", "gt", 0.25)),
        (LAG.above("large"), "!= -1) / 1000", ("A", "gt", 5368709120)),
        (QUEUE_USED.below("warning"), "))", ("A", "lt", 10)),
        (CONNECTED.is_at("critical"), "})", ("A", "lt", 1)),
        (CONNECTED.is_at("is_up"), "})", ("A", "gt", 0)),
        (PHASE.is_at("starting"), " == 1", ("B", "gt", 0)),
        (DISCONNECTS.increases_above("warning", within="30m"), "[30m]) > bool 0))", ("A", "gt", 3)),
    ],
)
def test_the_query_measures_and_grafana_compares(
    rendering: Rendering, condition: Any, ends_with: str, fires: tuple[str, str, float]
) -> None:
    rule = only_rule(rendering, alert(condition))
    assert expression(rule).endswith(ends_with)
    assert evaluator(rule) == fires
    assert rule["condition"] == rule["data"][-1]["refId"] == "C"
    assert rule["data"][0]["model"]["instant"] is True
    assert rule["data"][0]["datasourceUid"] == "prom"
    promql.read(expression(rule)).check()


def test_an_absence_fires_where_its_query_has_a_series_whatever_the_value(rendering: Rendering) -> None:
    rule = only_rule(rendering, alert(CONNECTED.is_absent(within="1h", for_="2m")))
    query, there, threshold = rule["data"]
    assert query["model"]["expr"].startswith("last_over_time(")
    assert there["model"]["type"] == "math"
    # a series whose last value was 0, or not a number, has vanished just as well
    assert there["model"]["expression"] == "is_number($A) || is_nan($A) || is_inf($A)"
    assert threshold["refId"] == rule["condition"]
    assert evaluator(rule) == ("B", "gt", 0)
    assert rule["for"] == "2m"


def test_a_subquery_looks_back_in_the_steps_of_the_prometheus_group(rendering: Rendering) -> None:
    absence = alert(CONNECTED.is_absent(within="1h", for_="2m"))
    group = grafana(GrafanaRule("Gone", prometheus(absence, interval="30s"), absence.name), interval="1m")
    (rule,) = compiled(rendering, group).data["groups"][0]["rules"]
    assert "[1h:30s]" in expression(rule)


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        ("a > 5", ("a", ">", 5)),
        ("a / 1000 > 5", ("a / 1000", ">", 5)),
        ("(a == 1) > 0.5 unless on (server) (b == 1)", ("(a == 1) unless on (server) (b == 1)", ">", 0.5)),
        ("a < 1 and on (job) b", ("a and on (job) b", "<", 1)),
        ("a == 0", ("a", "==", 0)),
        ('a{b=" > 3 "} > 1e3', ('a{b=" > 3 "}', ">", 1000)),
    ],
)
def test_one_comparison_with_a_number_is_taken_out(whole: str, expected: tuple[str, str, float]) -> None:
    assert taken_apart(whole) == expected


@pytest.mark.parametrize(
    "whole",
    [
        "last_over_time((a)[1h:30s]) unless (a)",
        "a > b",
        "a > 5 or b > 6",
        "a > 5 and b > 6",
        "a > 5 * 2",
        "a > bool 5",
        "a != 5",
        "(a > 5)",
        "a > -1",
    ],
)
def test_what_grafana_could_not_compare_stays_whole(whole: str) -> None:
    assert taken_apart(whole) is None


SERIES = st.sampled_from(["a", "max by (server) (a)", "a / 1000", "(a == 1)", "rate(a[5m])", "(a unless b)"])
GUARDS = st.lists(st.sampled_from([" and on (s) (b == 1)", " unless on (s) (b > 2)", " and on (s) b"]), max_size=3)


@given(SERIES, st.sampled_from([">", "<", "=="]), st.integers(0, 10**12) | st.floats(0, 1e6), GUARDS)
def test_any_guarded_comparison_is_taken_apart_and_stays_promql(
    series: str, operator: str, value: float, guards: list[str]
) -> None:
    whole = f"{series} {operator} {value!r}{''.join(guards)}"
    promql.read(whole).check()
    compared = taken_apart(whole)
    assert compared == (series + "".join(guards), operator, float(value))
    promql.read(compared.measured).check()


def test_all_connectors_unless_the_group_says_which(rendering: Rendering) -> None:
    declared = prometheus(alert(), where={"plugin": one_of("mysql", "mariadb")})
    of_group = compiled(rendering, grafana(declared)).data["groups"][0]["rules"][0]
    of_all = compiled(rendering, grafana(declared, where={})).data["groups"][0]["rules"][0]
    of_one = compiled(rendering, grafana(declared, where={"server": one_of("shop")})).data["groups"][0]["rules"][0]
    assert 'plugin=~"mysql|mariadb"' in expression(of_group)
    assert "plugin=" not in expression(of_all)
    assert 'server="shop"' in expression(of_one)


def test_a_prometheus_group_stands_for_all_its_alerts_under_their_names(rendering: Rendering) -> None:
    declared = prometheus(
        alert(), Record("server:debezium_lag_seconds:max", LAG), alert(CONNECTED.is_at("critical"), "DebeziumGone")
    )
    rules = compiled(rendering, grafana(declared)).data["groups"][0]["rules"]
    assert [rule["title"] for rule in rules] == ["DebeziumLag", "DebeziumGone"]


# --- no data, no answer ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "condition",
    [
        LAG.above("warning"),
        DISCONNECTS.increases_above("warning", within="30m"),
        CONNECTED.is_at("critical"),
        CONNECTED.is_absent(within="1h", for_="2m"),
    ],
)
def test_a_rule_says_nothing_new_while_prometheus_does_not_answer(rendering: Rendering, condition: Any) -> None:
    rule = only_rule(rendering, alert(condition, severity="critical"))
    assert (rule["noDataState"], rule["execErrState"]) == ("OK", "KeepLast")


NO_ANSWER = NoAnswerRule(
    "PrometheusNotAnswering", severity="critical", summary="No answer.", description="None for {for}.", runbook="lag"
)


def test_one_rule_fires_where_prometheus_does_not_answer(rendering: Rendering) -> None:
    """It asks for a constant, so that an answer never fires it, and it needs neither a label nor a value to say so."""
    document = compiled(rendering, grafana(NO_ANSWER))
    validate(document)
    (rule,) = document.data["groups"][0]["rules"]
    assert (rule["noDataState"], rule["execErrState"], rule["for"]) == ("Alerting", "Alerting", "2m")
    assert (expression(rule), evaluator(rule)) == ("vector(1)", ("A", "lt", 1))
    assert rule["annotations"] == {
        "summary": "No answer.",
        "description": "None for 2 minutes.",
        "runbook_url": "https://runbooks.example.com/lag.md#prometheusnotanswering",
    }
    assert rule["labels"] == {"severity": "critical", MANAGED_BY[0]: MANAGED_BY[1]}
    assert document.sources["/groups/0/rules/0"].source == NO_ANSWER.source


def test_a_text_of_no_answer_has_nothing_to_fill_in() -> None:
    with pytest.raises(DashlibError, match="without an answer there is nothing to fill in"):
        NoAnswerRule("A", severity="critical", summary="No.", description="{{ $labels.server }} does not answer.")


def test_a_rule_may_choose_its_states(rendering: Rendering) -> None:
    declared = prometheus(alert())
    rule = GrafanaRule("Lag", declared, "DebeziumLag", no_data="Alerting", on_error="OK")
    (found,) = compiled(rendering, grafana(rule)).data["groups"][0]["rules"]
    assert (found["noDataState"], found["execErrState"]) == ("Alerting", "OK")


# --- texts and labels ------------------------------------------------------------------------------------------------

ACTION = re.compile(r"\{\{-? *(.*?) *-?\}\}", re.DOTALL)


def expanded(text: str, *, known: bool) -> str:
    """Return a text as Grafana expands it, for what ours use of Go's language: names of labels and values for those.

    What is not there Grafana writes as `[no value]`, piped into a function as `<no value>`, and a field of what is not
    there is an error, after which the text is shown as it stands.
    """
    written, position, open_blocks = "", 0, [True]
    dot = ""
    for action in ACTION.finditer(text):
        written += text[position : action.start()] if all(open_blocks) else ""
        position = action.end()
        words = action[1].split()
        names = [word for word in words if word.startswith("$")]
        if words[0] in ("if", "with"):
            assert names, action[0]
            assert words[1] == "and" or len(names) == len(words) - 1 == 1, action[0]
            open_blocks.append(known)
            dot = names[-1]
        elif words[0] == "else":
            open_blocks[-1] = not open_blocks[-1]
        elif words[0] == "end":
            open_blocks.pop()
        elif all(open_blocks):
            name = dot if words[0] == "." else words[0]
            shown = name.removeprefix("$labels.").removeprefix("$values.").removesuffix(".Value")
            written += f"{{{shown}}}" if known else "<no value>"
    assert open_blocks == [True]
    return written + text[position:]


def said(text: str) -> tuple[str, str]:
    """Return a text where all that it names is there, and where nothing is."""
    return expanded(text, known=True), expanded(text, known=False)


def test_texts_and_labels_are_the_prometheus_rules_in_grafanas_words(rendering: Rendering) -> None:
    rule = only_rule(
        rendering,
        alert(
            labels={"component": "cdc"},
            summary="Lag is above {threshold}.",
            description="{server} lags {value} for {for}; worth $value {{ $labels.job }}.",
        ),
    )
    assert rule["annotations"]["summary"] == "Lag is above 1 minute."
    whole, nothing = said(rule["annotations"]["description"])
    assert whole == "{server} lags {A} for 5 minutes; worth $value {job}."
    assert nothing.startswith("Nothing is known")
    assert rule["annotations"]["runbook_url"] == "https://runbooks.example.com/lag.md#debeziumlag"
    assert rule["labels"]["severity"] == "warning"
    assert rule["labels"]["component"] == "cdc"
    assert rule["labels"][MANAGED_BY[0]] == MANAGED_BY[1]


def test_a_rule_is_tied_to_its_panel_with_both_annotations(rendering: Rendering) -> None:
    annotations = only_rule(rendering, alert())["annotations"]
    assert annotations["__dashboardUid__"] == "mysql"
    assert annotations["__panelId__"] == "5"
    assert said(annotations["dashboard_url"]) == (
        "http://g/d/mysql?viewPanel=5&var-job={job}&var-connector={server}",
        "http://g/d/mysql?viewPanel=5",
    )


def test_a_rule_without_a_panel_has_neither(rendering: Rendering) -> None:
    settings = RuleSettings({}, "https://r", lambda _alert, _group: None)
    declared = prometheus(alert())
    (rule,) = compiled(rendering, grafana(declared), settings=settings).data["groups"][0]["rules"]
    assert not {"__dashboardUid__", "__panelId__", "dashboard_url"} & set(rule["annotations"])
    assert not {"dashboardUid", "panelId"} & set(rule)


def test_a_query_in_a_text_is_refused_as_grafana_has_none(rendering: Rendering) -> None:
    with pytest.raises(DashlibError, match="runs a Prometheus query, which Grafana cannot"):
        only_rule(rendering, alert(description='{{ with query "up" }}{{ . | first | value }}{{ end }}'))


# --- uids ------------------------------------------------------------------------------------------------------------


def test_a_uid_is_made_of_group_and_alert_and_does_not_change_with_the_title() -> None:
    declared = prometheus(alert())
    rules = [GrafanaRule(title, declared, "DebeziumLag") for title in ("CDC Lag Warning", "Another Title")]
    assert {rule_uid(grafana(rule), rule) for rule in rules} == {"debezium-alerts-DebeziumLag"}


@given(st.text(min_size=1, max_size=190).filter(str.strip), st.from_regex(r"[A-Z][A-Za-z0-9]{0,80}", fullmatch=True))
def test_every_uid_is_one_that_grafana_takes(group_name: str, name: str) -> None:
    rule = GrafanaRule("Title", prometheus(alert(name=name)), name)
    assert UID.fullmatch(rule_uid(grafana(rule, name=group_name), rule))


def test_long_names_that_begin_alike_have_different_uids() -> None:
    names = [f"DebeziumConnectorWithAVeryLongNameThatEndsIn{number}" for number in range(50)]
    group = grafana(prometheus(*(alert(name=name) for name in names)))
    assert len({rule_uid(group, rule) for rule in group.rules}) == len(names)


def test_two_rules_of_one_uid_are_refused_with_both_places(rendering: Rendering) -> None:
    declared = prometheus(alert())
    rules = [GrafanaRule(title, declared, "DebeziumLag") for title in ("One", "Two")]
    with pytest.raises(DashlibError, match=r"rule 'Two' .* has the uid 'debezium-alerts-DebeziumLag' of 'One' at .*py"):
        compiled(rendering, grafana(*rules))
    own = GrafanaRule("Two", declared, "DebeziumLag", uid="two")
    assert [rule["uid"] for rule in compiled(rendering, grafana(rules[0], own)).data["groups"][0]["rules"]] == [
        "debezium-alerts-DebeziumLag",
        "two",
    ]


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: GrafanaRule("T", prometheus(alert()), "Nope"), "rule group 'lag' has no alert 'Nope'; it has: Debezi"),
        (lambda: GrafanaRule("", prometheus(alert()), "DebeziumLag"), "GrafanaRule title must have 1 to 190"),
        (lambda: GrafanaRule("T", prometheus(alert()), "DebeziumLag", uid="a b"), "a rule uid must be at most 40"),
        (lambda: GrafanaRule("T", prometheus(alert()), "DebeziumLag", uid="a" * 41), "a rule uid must be at most 40"),
        (lambda: grafana(prometheus(alert()), interval="15s"), "multiples of 10 s and rejects an interval of 15s"),
        (lambda: grafana(prometheus(alert()), interval="0s"), "rejects an interval of 0s"),
        (lambda: grafana(prometheus(alert()), interval="often"), "'interval' must be a duration"),
        (grafana, "has no rules; Grafana deletes empty groups"),
        (lambda: grafana(alert()), "must be a GrafanaRule or a NoAnswerRule or a RuleGroup; got an Alert"),  # type: ignore[arg-type]
        (
            lambda: grafana(*(GrafanaRule("T", prometheus(alert()), "DebeziumLag", uid=uid) for uid in ("a", "b"))),
            "has two rules titled 'T'",
        ),
    ],
)
def test_a_mistake_is_said_where_it_is_declared(declare: Callable[[], object], message: str) -> None:
    with pytest.raises(DashlibError, match=re.escape(message)) as caught:
        declare()
    assert caught.value.exit_code == 2


def test_a_for_that_passes_before_the_next_evaluation_is_refused(rendering: Rendering) -> None:
    with pytest.raises(DashlibError, match="fires after 1m, but its group is evaluated only every 5m"):
        only_rule(rendering, alert(LAG.above("hasty")), interval="5m")
    assert only_rule(rendering, alert(LAG.above("hasty")), interval="1m")["for"] == "1m"
    assert only_rule(rendering, alert(LAG.above("at_once")), interval="5m")["for"] == "0s"


def test_two_groups_of_one_name_in_a_folder_are_refused(rendering: Rendering) -> None:
    first = grafana(prometheus(alert()))
    second = grafana(prometheus(alert(name="Other")))
    with pytest.raises(DashlibError, match="'debezium-alerts' is declared twice in folder 'Debezium'"):
        compiled(rendering, first, second)


# --- who is told -----------------------------------------------------------------------------------------------------


def told(**settings: Any) -> Notifications:
    defaults: dict[str, Any] = {
        "receivers": [
            Receiver("mail", [Email(["a@example.com", "b@example.com"], template="words")]),
            Receiver(
                "chat",
                [
                    Slack("#alerts", url=Secret.env("SLACK_URL"), template="words"),
                    Slack("#more", url=Secret.file("/run/secrets/more"), send_resolved=False),
                    Webhook("https://hooks.example.com/alerts"),
                    PagerDuty(Secret.env("KEY"), template="words"),
                ],
            ),
            Receiver("nobody"),
        ],
        "route": Route(
            "mail",
            group_by=["alertname", "job"],
            group_wait="10s",
            routes=[
                Route("nobody", matchers={"severity": "info"}, routes=[Route(matchers={"team": "a"})]),
                Route("chat", matchers={"severity": one_of("critical", "page")}, repeat_interval="4h", continue_=True),
                Route(matchers={"severity": "warning"}, mute=["nights"]),
            ],
        ),
        "mute_times": [MuteTime("nights", [Period(times=["22:00-24:00"])], location="Europe/Berlin")],
        "templates": [Template("words")],
    }
    return Notifications(**{**defaults, **settings})


def files(notifications: Notifications) -> dict[str, Document]:
    found = compile_notifications(notifications, PurePosixPath("p"), "alerts/n.py")
    for document in found:
        validate(document)
    return {document.path.name: document for document in found}


def test_contact_points_have_grafanas_settings_and_references_for_secrets() -> None:
    mail, chat = files(told())["contact-points.yaml"].data["contactPoints"]
    assert mail["name"] == "mail"
    assert mail["receivers"][0]["settings"]["addresses"] == "a@example.com;b@example.com"
    assert [each["type"] for each in chat["receivers"]] == ["slack", "slack", "webhook", "pagerduty"]
    assert [each["uid"] for each in chat["receivers"]] == [
        "chat-slack", "chat-slack-2", "chat-webhook", "chat-pagerduty",
    ]  # fmt: skip
    assert chat["receivers"][0]["settings"]["url"] == "${env:SLACK_URL}"
    assert chat["receivers"][1]["settings"] == {"recipient": "#more", "url": "${file:/run/secrets/more}"}
    assert [each["disableResolveMessage"] for each in chat["receivers"]] == [False, True, False, False]
    assert chat["receivers"][3]["settings"]["integrationKey"] == "${env:KEY}"


def test_every_message_is_worded_by_a_definition_that_there_is() -> None:
    documents = files(told())
    (template,) = documents["templates.yaml"].data["templates"]
    defined = set(re.findall(r'{{-? ?define "([^"]+)" -?}}', template["template"]))
    named = set(re.findall(r'template "([^"]+)"', serialize(documents["contact-points.yaml"]).decode()))
    assert named
    assert named <= defined
    assert not find_mistake(template["template"])
    assert "Alertmanager" not in template["template"]


def test_our_policies_hang_below_one_route_that_only_our_alerts_come_to() -> None:
    (root,) = files(told())["policies.yaml"].data["policies"]
    assert root["receiver"] == "mail"
    (ours,) = root["routes"]
    assert ours["object_matchers"] == [["managed_by", "=", "dashlib"]]
    assert (ours["receiver"], ours["group_by"], ours["group_wait"]) == ("mail", ["alertname", "job"], "10s")
    silent, chat, warning = ours["routes"]
    assert silent["mute_time_intervals"] == ["dashlib-always"]
    assert silent["routes"][0]["mute_time_intervals"] == ["dashlib-always"], "a muted route does not mute those below"
    assert chat["object_matchers"] == [["severity", "=~", "critical|page"]]
    assert (chat["receiver"], chat["repeat_interval"], chat["continue"]) == ("chat", "4h", True)
    assert (warning["receiver"], warning["mute_time_intervals"]) == ("mail", ["nights"])


def test_a_receiver_that_tells_nobody_is_a_route_that_is_always_muted() -> None:
    timings = files(told())["mute-timings.yaml"].data["muteTimes"]
    assert [timing["name"] for timing in timings] == ["nights", "dashlib-always"]
    assert timings[0]["time_intervals"][0]["location"] == "Europe/Berlin"
    assert timings[1]["time_intervals"] == [{"times": [{"start_time": "00:00", "end_time": "24:00"}]}]
    without = told(
        receivers=[Receiver("mail", [Email("a@example.com")])], route=Route("mail"), mute_times=[], templates=[]
    )
    assert set(files(without)) == {"contact-points.yaml", "policies.yaml"}


def test_a_topmost_route_that_tells_nobody_is_refused() -> None:
    notifications = told(receivers=[Receiver("nobody")], route=Route("nobody"), mute_times=[], templates=[])
    with pytest.raises(DashlibError, match="the root route goes to 'nobody', which has no integration"):
        files(notifications)


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_file_names_its_declaration_and_reads_back_as_the_document(rendering: Rendering) -> None:
    document = compiled(rendering, grafana(prometheus(alert())))
    content = serialize(document)
    assert content.startswith(b"# Compiled by dashlib from alerts/g.py: ")
    assert OUTPUT.is_compiled(content)
    assert not OUTPUT.is_compiled(b"apiVersion: 1\n")
    assert yaml.safe_load(content) == document.data


def test_secrets_become_grafanas_own_references_in_the_file() -> None:
    text = serialize(files(told())["contact-points.yaml"]).decode()
    assert "$__env{SLACK_URL}" in text
    assert "$__file{/run/secrets/more}" in text
    assert "${env:" not in text


def test_a_dollar_is_written_twice_where_grafana_would_take_it_for_a_variable(rendering: Rendering) -> None:
    notifications = told(
        route=Route(
            "mail",
            routes=[
                Route("chat", matchers={"server": "costs$5"}),
                Route("nobody"),
            ][:1],
        ),
        receivers=[
            Receiver("mail", [Email("a@example.com")]),
            Receiver("chat", [Webhook("https://hooks.example.com/$path")]),
        ],
        mute_times=[],
        templates=[],
    )
    documents = files(notifications)
    assert "https://hooks.example.com/$$path" in serialize(documents["contact-points.yaml"]).decode()
    assert "costs$$5" in serialize(documents["policies.yaml"]).decode()
    rules = serialize(compiled(rendering, grafana(prometheus(alert(labels={"a": "{{ $labels.job }}"}))))).decode()
    assert "a: '{{ $$labels.job }}'" in rules
    assert "{{ $labels.server }} lags {{ $values.A.Value | humanizeDuration }}." in rules


def test_a_rule_that_the_profile_cannot_have_is_left_out_and_named() -> None:
    bare = Rendering(catalog(), Profile("bare", {}))
    document = compiled(bare, grafana(GrafanaRule("CDC Lag", prometheus(alert()), "DebeziumLag")))
    assert document.data["groups"] == []
    (left_out,) = document.left_out
    assert (left_out.kind, left_out.name, left_out.of) == ("rule", "CDC Lag", "debezium-alerts")


# --- the project's own -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own() -> dict[str, dict[str, Any]]:
    return {document.path.name: document.data for document in DOCUMENTS if document.kind == "grafana-alerting"}


def rules_by_title(own: dict[str, dict[str, Any]], group_name: str) -> dict[str, dict[str, Any]]:
    (group,) = [group for group in own["rules.yaml"]["groups"] if group["name"] == group_name]
    return {rule["title"]: rule for rule in group["rules"]}


@pytest.mark.parametrize(
    ("title", "fires", "lasting", "severity"),
    [
        ("CDC Lag Warning", ("A", "gt", 5), "2m", "warning"),
        ("CDC Lag Critical", ("A", "gt", 30), "5m", "critical"),
        ("Connector Disconnected", ("A", "lt", 1), "1m", "critical"),
        ("Queue Saturation", ("A", "gt", 90), "5m", "warning"),
    ],
)
def test_the_lessons_rules(
    own: dict[str, dict[str, Any]], title: str, fires: tuple[str, str, float], lasting: str, severity: str
) -> None:
    rule = rules_by_title(own, "debezium-alerts")[title]
    assert evaluator(rule) == fires
    assert (rule["for"], rule["labels"]["severity"], rule["noDataState"]) == (lasting, severity, "OK")
    assert rule["labels"]["team"] == "platform"
    assert rule["labels"]["component"] == "cdc"


def test_the_lessons_group_folder_and_titles(own: dict[str, dict[str, Any]]) -> None:
    (group,) = [group for group in own["rules.yaml"]["groups"] if group["name"] == "debezium-alerts"]
    assert (group["folder"], group["interval"]) == ("Debezium", "1m")
    assert [rule["title"] for rule in group["rules"]] == [
        "CDC Lag Warning", "CDC Lag Critical", "Connector Disconnected", "Queue Saturation",
    ]  # fmt: skip


def test_the_lessons_contact_points_and_policy(own: dict[str, dict[str, Any]]) -> None:
    points = {point["name"]: point["receivers"] for point in own["contact-points.yaml"]["contactPoints"]}
    assert points["platform-team-email"][0]["type"] == "email"
    assert points["platform-alerts-slack"][0]["type"] == "slack"
    (root,) = own["policies.yaml"]["policies"]
    assert root["receiver"] == "platform-team-email"
    (critical,) = [
        route for route in root["routes"][0]["routes"] if ["severity", "=", "critical"] in route["object_matchers"]
    ]
    assert critical["receiver"] == "platform-alerts-slack"
    assert [critical[key] for key in ("group_wait", "group_interval", "repeat_interval")] == ["30s", "5m", "4h"]


def test_each_alert_of_ours_is_taken_apart_into_what_it_measures_and_its_level(rendering: Rendering) -> None:
    """What is cut out of the rule is what `measured_expression` has never put in, and the level is the set's."""
    taken = 0
    for group, _ in PROJECT.rule_groups:
        for each in alerts_of(group):
            level = each.level(group.thresholds)
            if level is None:
                continue
            in_scope = rendering.within(group.where, group.rate_interval)
            compared = taken_apart(alert_expression(each, group, level, in_scope, {}))
            measured = measured_expression(each, group, in_scope, {})
            assert compared is not None, each.name
            assert compared.measured in (measured, f"({measured})"), each.name
            assert compared.value == level.value, each.name
            assert {">": "above", "<": "below", "==": "equals"}[compared.operator] == level.direction, each.name
            taken += 1
    assert taken > 20


def test_each_rule_of_ours_says_what_the_prometheus_rule_of_its_alert_says(own: dict[str, dict[str, Any]]) -> None:
    theirs = {
        rule["alert"]: rule
        for document in DOCUMENTS
        if document.kind == "rules"
        for group in document.data["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
    ours = {rule["uid"]: rule for group in own["rules.yaml"]["groups"] for rule in group["rules"]}
    checked = 0
    for group, _ in PROJECT.grafana_rule_groups:
        for rule in group.rules:
            mine = ours.get(rule_uid(group, rule))
            if isinstance(rule, NoAnswerRule):
                checked += 1
                continue
            if mine is None:
                assert rule.name not in theirs, "left out of both, or of neither"
                continue
            same = theirs[rule.name]
            assert mine["for"] == same.get("for", "0s")
            assert mine["annotations"]["summary"] == same["annotations"]["summary"]
            assert mine["annotations"]["runbook_url"] == same["annotations"]["runbook_url"]
            assert same["labels"].items() <= mine["labels"].items()
            checked += 1
    assert checked == len(ours)


def test_whoever_chooses_grafana_loses_no_alert(own: dict[str, dict[str, Any]]) -> None:
    """Every alert of the Prometheus groups is there; the lesson's rules stand for lag, connection and queue."""
    chosen = {
        (rule.group.name, rule.name)
        for group, _ in PROJECT.grafana_rule_groups
        for rule in group.rules
        if isinstance(rule, GrafanaRule)
    }
    declared = {(group.name, each.name): each for group, _ in PROJECT.rule_groups for each in alerts_of(group)}
    assert chosen <= set(declared)
    covered = {
        rule.alert.signal.base
        for group, _ in PROJECT.grafana_rule_groups
        if group.name == "debezium-alerts"
        for rule in group.rules
        if isinstance(rule, GrafanaRule)
    }
    missing = [name for name, each in declared.items() if name not in chosen and each.signal.base not in covered]
    assert missing == []
    assert own["rules.yaml"]["groups"]


def test_every_query_of_ours_is_promql_without_a_dashboards_variable(own: dict[str, dict[str, Any]]) -> None:
    queries = [expression(rule) for group in own["rules.yaml"]["groups"] for rule in group["rules"]]
    assert queries
    for query in queries:
        promql.read(query).check()
        assert not [token.text for token in promql.read(query).tokens if token.kind == "variable"]


def test_one_alert_of_ours_says_that_prometheus_does_not_answer_and_all_others_keep_their_state(
    own: dict[str, dict[str, Any]],
) -> None:
    states = {
        rule["title"]: (rule["noDataState"], rule["execErrState"])
        for group in own["rules.yaml"]["groups"]
        for rule in group["rules"]
    }
    assert states.pop("PrometheusNotAnswering") == ("Alerting", "Alerting")
    assert set(states.values()) == {("OK", "KeepLast")}


def test_every_text_and_link_of_ours_reads_well_without_labels_and_values(own: dict[str, dict[str, Any]]) -> None:
    """As `DatasourceError` and `DatasourceNoData` have none, which somebody may choose for a rule."""
    named = 0
    for rule in (rule for group in own["rules.yaml"]["groups"] for rule in group["rules"]):
        for name, text in rule["annotations"].items():
            whole, nothing = said(text)
            assert "no value" not in whole + nothing, (rule["title"], name)
            assert "{" not in nothing, (rule["title"], name)
            named += "{" in whole
            if name == "dashboard_url":
                assert re.fullmatch(r"http://[\w:/-]+\?viewPanel=\d+", nothing), rule["title"]
                assert "&var-" in whole, rule["title"]
    assert named > 40


def test_a_text_that_asks_for_a_label_itself_needs_no_more(rendering: Rendering) -> None:
    text = "Lags.{{ with $labels.job }} See {{ . }}.{{ end }}"
    assert only_rule(rendering, alert(description=text))["annotations"]["description"] == text


def test_a_project_without_grafana_rules_does_not_pay_for_them(shell: Shell) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom dashlib.compile.loading import load_project\n"
        "from dashlib.compile.project import compile_project\n"
        "documents = compile_project(load_project(Path('.')))\nassert documents\n"
        "unneeded = 'dashlib.grafana.', 'dashlib.compile.outputs.grafana'\n"
        "loaded = {name for name in sys.modules if name.startswith(unneeded)}\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=shell.folder, check=True, timeout=60)


def test_the_lab_mounts_the_rules_only_where_alertmanager_is_not_started() -> None:
    usual, chosen = (
        yaml.safe_load((ROOT / "labs" / name).read_text())["services"]
        for name in ("docker-compose.yml", "docker-compose.grafana-alerting.yml")
    )
    mounted = "./monitoring/grafana/provisioning/alerting:/etc/grafana/provisioning/alerting:ro"
    assert not [volume for volume in usual["grafana"]["volumes"] if "alerting" in volume]
    assert "profiles" not in usual["alertmanager"]
    assert mounted in chosen["grafana"]["volumes"]
    assert chosen["alertmanager"]["profiles"], "started only for somebody who asks for it"
    assert not [name for name, service in usual.items() if "alertmanager" in service.get("depends_on", {})]


def test_the_lab_gives_grafana_every_secret_that_its_files_name(own: dict[str, dict[str, Any]]) -> None:
    """Without one of them Grafana does not start."""
    compose = yaml.safe_load((ROOT / "labs" / "docker-compose.grafana-alerting.yml").read_text())
    service = compose["services"]["grafana"]
    there = {config["target"] for config in service["configs"]}
    named = set(re.findall(r"\$\{(env|file):([^}]+)\}", str(own["contact-points.yaml"])))
    assert named
    assert {name for kind, name in named if kind == "file"} <= there
    assert {name for kind, name in named if kind == "env"} <= set(service["environment"])
    assert {config["source"] for config in service["configs"]} == set(compose["configs"])


GRAFANA = """\
from alerts.lag import lag
from dashlib import GrafanaRule, GrafanaRuleGroup

group = GrafanaRuleGroup("lag", folder="Debezium", rules=[GrafanaRule("Lag", lag, "DebeziumLag")])
"""


def test_a_build_writes_the_rules_and_removes_them_when_nobody_declares_them(shell: Shell) -> None:
    file = shell.write("alerts/grafana.py", GRAFANA)
    shell.write(
        "pyproject.toml",
        (shell.folder / "pyproject.toml")
        .read_text()
        .replace(
            'rules = "compiled/rules"', 'rules = "compiled/rules"\ngrafana_provisioning = "compiled/provisioning"'
        ),
    )
    assert shell.dashlib("build").returncode == 0
    assert "compiled/provisioning/alerting/rules.yaml" in shell.compiled()
    assert shell.dashlib("build", "--check").returncode == 0
    file.unlink()
    undeclared = shell.dashlib("build", "--check")
    assert undeclared.returncode == 1
    assert "compiled/provisioning/alerting/rules.yaml: no longer declared" in undeclared.stdout
    assert shell.dashlib("build", "--prune").returncode == 0
    assert "compiled/provisioning/alerting/rules.yaml" not in shell.compiled()
