"""What a person sees on the dashboard of the alerts while a recorded fault lasts, and when nothing is wrong."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest

from dashlib.declare.alerts import SEVERITIES, alerts_of
from dashlib.glance import Answer, Seen, Series, see
from dashlib.glance.questions import Look
from dashlib.recordings.drawing_out import began_at
from dashlib.recordings.recording import Recording
from tests.compiled import PROJECT, rules
from tests.e2e.glances import dashboards, moments
from tests.e2e.glances import rows as rows_of
from tests.e2e.replay import RECORDINGS, replay_and_ask
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = "Firing and Pending"
FIRED = "Fired within a Day"
BROKEN = {"No data", "Data does not have a time field", "Data is missing a time field", "No graphable fields"}
# What nobody who is well is called, and what nobody who is not there is called.
BAD = {"red", "dark-red", "orange", "dark-orange", "yellow"}
WELL = {"green", "dark-green"}


@functools.cache
def alerts_dashboard() -> Mapping[str, Any]:
    return next(each for each in dashboards() if each["uid"] == "debezium-alerts")


@functools.cache
def looked_at(fault: str, promtool: str) -> dict[str, dict[str, Seen]]:
    """Return what is seen of each panel, by moment and title: of a range its last step, of the last day all steps."""
    recording = Recording.read(RECORDINGS / f"{fault}.json.gz")
    planned: dict[tuple[str, str], tuple[Mapping[str, Any], float, list[tuple[str, str, tuple[float, ...]]]]] = {}
    for moment, at in moments(recording).items():
        look = Look(alerts_dashboard(), at)
        for panel in look.panels():
            asked = []
            for question in look.questions(panel):
                times = question.times if panel["title"] == FIRED else question.times[-1:]
                asked.append(
                    (
                        question.ref_id,
                        # Of a range query: promtool asks one step at a time.
                        question.expression.replace("@ end()", f"@ {question.times[-1]:g}"),
                        tuple(time for time in times if time >= 0),
                    )
                )
            planned[moment, panel["title"]] = (panel, at, asked)
    every = {
        (expression, time): None for _, _, asked in planned.values() for _, expression, times in asked for time in times
    }
    _, answers = replay_and_ask(recording, promtool, list(every))
    found: dict[str, dict[str, Seen]] = {}
    for (moment, title), (panel, at, asked) in planned.items():
        given = []
        for ref_id, expression, times in asked:
            series: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
            for time in times:
                for labels, value in answers[expression, time]:
                    series.setdefault(tuple(sorted(labels.items())), []).append((time, value))
            given.append(Answer(ref_id, tuple(Series(dict(key), tuple(values)) for key, values in series.items())))
        found.setdefault(moment, {})[title] = see(panel, given, now=at)
    return found


def table_of(seen: Seen) -> list[tuple[str, ...]]:
    return [tuple(row[title].text for title in ("State", "Severity", "Alert", "What")) for row in rows_of(seen)]


@pytest.fixture
def promtool(request: pytest.FixtureRequest) -> str:
    return needed_promtool(request)


# --- the first row ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_nothing_fires_takes_little_room(promtool: str) -> None:
    for seen in looked_at("healthy", promtool).values():
        assert (seen[NOW].shown, seen[NOW].empty) == ((), "Nothing fires")
        assert [(each.name, each.color) for each in seen[FIRED].shown] == [("Nothing fired", "dark-green")]
    heights = {panel["title"]: panel["gridPos"]["h"] for panel in alerts_dashboard()["panels"]}
    # Five alerts at once are read without scrolling, and the rows below still begin on the first screen.
    assert (heights[NOW], heights[FIRED]) == (8, 5)


FIRST_ROWS: dict[str, dict[str, list[tuple[str, ...]]]] = {
    "database-stopped": {
        "1:00": [
            ("Pending", "critical", "DebeziumConnectorDisconnected", "mariadb-server"),
            ("Pending", "critical", "DebeziumConnectorMetricsVanished", "postgres-server"),
            ("Pending", "critical", "KafkaConnectTaskFailed", "mysql-connector"),
        ],
        "3:00": [
            ("Firing", "critical", "DebeziumConnectorDisconnected", "mariadb-server"),
            ("Firing", "critical", "DebeziumConnectorMetricsVanished", "postgres-server"),
            ("Firing", "critical", "KafkaConnectTaskFailed", "mysql-connector"),
        ],
        "3:00 after the end": [],
    },
    "connector-paused": {
        "3:00": [
            ("Pending", "info", "KafkaConnectConnectorPaused", f"{kind}-connector")
            for kind in ("mariadb", "mysql", "postgres")
        ],
        "10:00": [
            ("Firing", "info", "KafkaConnectConnectorPaused", f"{kind}-connector")
            for kind in ("mariadb", "mysql", "postgres")
        ],
        "3:00 after the end": [],
    },
    "slot-lost": {
        "0:00": [],
        "3:00": [
            ("Pending", "critical", "ReplicationSlotWalLost", "debezium"),
            ("Pending", "warning", "ReplicationSlotInactive", "debezium"),
            ("Pending", "info", "KafkaConnectConnectorPaused", "postgres-connector"),
        ],
        "10:00": [
            ("Firing", "critical", "ReplicationSlotWalLost", "debezium"),
            ("Firing", "info", "KafkaConnectConnectorPaused", "postgres-connector"),
            ("Pending", "warning", "ReplicationSlotInactive", "debezium"),
        ],
    },
}


@pytest.mark.parametrize("fault", FIRST_ROWS)
@pytest.mark.slow
def test_the_first_row_says_what_fires_and_what_is_pending_the_worst_first(fault: str, promtool: str) -> None:
    for moment, expected in FIRST_ROWS[fault].items():
        found = table_of(looked_at(fault, promtool)[moment][NOW])
        assert sorted(found) == sorted(expected), moment
        worst_first = sorted(found, key=lambda row: (row[0] != "Firing", SEVERITIES.index(row[1])))
        assert [row[:2] for row in found] == [row[:2] for row in worst_first], moment


@pytest.mark.parametrize("fault", FIRST_ROWS)
@pytest.mark.slow
def test_state_and_severity_have_their_colors(fault: str, promtool: str) -> None:
    colors = {
        "Firing": "dark-red",
        "Pending": "dark-orange",
        "critical": "red",
        "warning": "yellow",
        "info": "blue",
    }
    for seen in looked_at(fault, promtool).values():
        for row in rows_of(seen[NOW]):
            for title in ("State", "Severity"):
                assert row[title].color == colors[row[title].text]


@pytest.mark.slow
def test_since_when_is_when_it_began(promtool: str) -> None:
    began = began_at(Recording.read(RECORDINGS / "database-stopped.json.gz"))
    for moment, words in (("3:00", "3 minutes ago"), ("10:00", "10 minutes ago")):
        for row in rows_of(looked_at("database-stopped", promtool)[moment][NOW]):
            since = row["Since"].value
            assert isinstance(since, float)
            assert began - 15 <= since / 1000 <= began + 60
            assert row["Since"].text == words


@pytest.mark.slow
def test_it_says_what_it_means_in_the_words_of_the_alert(promtool: str) -> None:
    declared = {alert.name: alert.summary for group, _ in PROJECT.rule_groups for alert in alerts_of(group)}
    for row in rows_of(looked_at("database-stopped", promtool)["3:00"][NOW]):
        assert row["What it means"].text == declared[row["Alert"].text]


def test_the_alert_leads_to_its_own_panel_and_to_its_runbook() -> None:
    (table,) = (panel for panel in alerts_dashboard()["panels"] if panel["title"] == NOW)
    settings: dict[str, dict[str, Any]] = {}
    for override in table["fieldConfig"]["overrides"]:
        found = {each["id"]: each["value"] for each in override["properties"]}
        settings.setdefault(override["matcher"]["options"], {}).update(found)
    graph, runbook = (link["url"] for link in settings["Alert"]["links"])
    assert graph.startswith('/d/debezium-alerts?viewPanel=${__data.fields["Panel"].text}&')
    assert runbook == PROJECT.configuration.runbook_url + '/${__data.fields["Runbook"].text:raw}'
    assert settings["Panel"]["custom.hidden"] is settings["Runbook"]["custom.hidden"] is True
    panel_of, page_of = (
        {name: result["text"] for name, result in settings[column]["mappings"][0]["options"].items()}
        for column in ("Panel", "Runbook")
    )
    ids = {str(panel["id"]): panel for row in alerts_dashboard()["panels"] for panel in row.get("panels", ())}
    for rule in rules():
        assert rule["annotations"]["runbook_url"].endswith(f"/{page_of[rule['alert']]}")
        assert f" {rule['alert']}: {rule['labels']['severity']} when " in ids[panel_of[rule["alert"]]]["description"]
    assert len(set(panel_of.values())) == len(panel_of)


def test_a_storm_of_alerts_is_twenty_rows() -> None:
    (table,) = (panel for panel in alerts_dashboard()["panels"] if panel["title"] == NOW)
    assert table["transformations"][-1] == {"id": "limit", "options": {"limitField": 20}}
    assert all(target["instant"] for target in table["targets"])
    assert all('signal!=""' in target["expr"] for target in table["targets"])


# --- the last day -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_last_day_has_a_lane_for_what_fired_and_for_nothing_else(promtool: str) -> None:
    panel = next(panel for panel in alerts_dashboard()["panels"] if panel["title"] == FIRED)
    assert panel["timeFrom"] == "24h"
    after = looked_at("database-stopped", promtool)["3:00 after the end"][FIRED]
    assert {each.name: each.text for each in after.shown} == {
        "DebeziumConnectorDisconnected": "critical",
        "DebeziumConnectorMetricsVanished": "critical",
        "KafkaConnectTaskFailed": "critical",
    }
    still = looked_at("connector-paused", promtool)["10:00"][FIRED]
    assert [(each.name, each.text, each.color) for each in still.shown] == [
        ("KafkaConnectConnectorPaused", "info", "blue")
    ]


# --- the graphs of the alerts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["healthy", *FIRST_ROWS])
@pytest.mark.slow
def test_no_panel_looks_broken(fault: str, promtool: str) -> None:
    for moment, seen in looked_at(fault, promtool).items():
        broken = [title for title, each in seen.items() if each.empty in BROKEN]
        assert not broken, moment


@pytest.mark.slow
def test_nothing_is_bad_while_all_is_well(promtool: str) -> None:
    for seen in looked_at("healthy", promtool).values():
        bad = {title: each for title, of in seen.items() for each in of.shown if each.color in BAD}
        assert not bad


@pytest.mark.parametrize(
    ("fault", "title", "shown"),
    [
        ("database-stopped", "Failed tasks", {"mysql-connector": "red", "postgres-connector": "green"}),
        ("database-stopped", "Metrics that vanished while the task runs", {"postgres-server": "red"}),
        ("database-stopped", "Connection of MySQL and MariaDB connectors", {"mariadb-server": "red"}),
        ("connector-paused", "Paused and stopped connectors", {"mysql-connector": "blue"}),
        ("slot-lost", "Slots that have lost their WAL", {"postgres-server debezium": "red"}),
        ("slot-lost", "Slots that nobody reads", {"postgres-server debezium": "red"}),
    ],
)
@pytest.mark.slow
def test_what_is_wrong_is_in_its_color(fault: str, title: str, shown: dict[str, str], promtool: str) -> None:
    (seen,) = (each for name, each in looked_at(fault, promtool)["3:00"].items() if name.startswith(f"{title} ("))
    found = {each.name: each.color for each in seen.shown}
    assert {name: found[name] for name in shown} == shown


@pytest.mark.parametrize(
    ("fault", "gone"), [("database-stopped", ("mysql-server", "postgres-server")), ("slot-lost", ("debezium",))]
)
@pytest.mark.slow
def test_no_state_of_what_is_gone_is_green(fault: str, gone: tuple[str, ...], promtool: str) -> None:
    for moment in ("3:00", "10:00"):
        for title, seen in looked_at(fault, promtool)[moment].items():
            if seen.kind == "state-timeline":
                green = [each.name for each in seen.shown if each.name in gone and each.color in WELL]
                assert not green, (moment, title)


def test_rows_have_names_for_people_and_what_may_not_be_here_comes_last() -> None:
    found = [(panel["title"], panel["collapsed"]) for panel in alerts_dashboard()["panels"] if panel["type"] == "row"]
    assert found == [
        ("Now", False),
        ("Within a day", False),
        ("Kafka Connect", True),
        ("All connectors", True),
        ("MySQL and MariaDB connectors", True),
        ("All other connectors", True),
        ("PostgreSQL replication slots", True),
        ("Amazon Aurora", True),
    ]
