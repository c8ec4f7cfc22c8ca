"""The doctor on a real Prometheus: nothing where no problems found, and the cause, and only that, of each fault."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from dashlib.doctor import examination, sets
from dashlib.doctor.report import Style, as_markdown, as_text
from dashlib.servers.prometheus import Prometheus
from tests.doctor.conftest import CONNECTORS, TEXT, compiled, metrics, rest, without
from tests.doctor.running import Pages, ask

if TYPE_CHECKING:
    from pathlib import Path

    from dashlib.doctor.report import DoctorReport
    from tests.conftest import Shell
    from tests.doctor.conftest import Lab, Labs

pytestmark = pytest.mark.slow


def problems(report: DoctorReport) -> set[tuple[str, str]]:
    return {(diagnosis.kind, diagnosis.subject) for diagnosis in report.problems}


def wait_until_gone(lab: Lab, expression: str) -> None:
    deadline = time.monotonic() + 30
    while ask(lab.url, expression):
        assert time.monotonic() < deadline, f"{expression} is still there"


def wait_until_there(lab: Lab, expression: str) -> None:
    deadline = time.monotonic() + 30
    while not ask(lab.url, expression):
        assert time.monotonic() < deadline, f"{expression} gives nothing"


def test_all_is_well(healthy: Lab) -> None:
    report = healthy.examine(with_connect=True)
    assert problems(report) == set()
    assert dict(report.facts)["profile"] == "lab (the set is built for lab)"
    assert dict(report.facts)["connectors"] == "3 with series now; kinds: mysql, mariadb, postgres"
    assert dict(report.facts)["Debezium"] == "3.6.1.Final"
    assert report.asked == report.healthy > 50
    assert report.costs[0].seconds >= report.costs[-1].seconds
    assert any(cost.series for cost in report.costs)


@pytest.mark.parametrize(
    ("capture", "profile"),
    [
        ("streaming.debezium-examples-rules.prom", "debezium-examples"),
        ("streaming.no-rules.prom", "no-rules"),
    ],
)
def test_the_wrong_profile(labs: Labs, capture: str, profile: str) -> None:
    with labs.lab(metrics(capture)) as lab:
        wrong, right = lab.examine(), lab.examine(profile=profile)
    assert problems(wrong) == {("wrong-profile", profile)}
    [diagnosis] = wrong.problems
    assert f"--profile {profile}" in diagnosis.hint
    assert len(diagnosis.places) > 30
    assert {kind for kind, _ in problems(right)} == {"rules-differ"}  # what is loaded is built for the lab


def test_a_variable_that_takes_its_values_from_the_text_of_series(healthy: Lab, tmp_path: Path) -> None:
    def examined(regex: str) -> DoctorReport:
        variable = {
            "name": "plugin",
            "type": "query",
            "query": "debezium_metrics_Connected",
            "regex": regex,
            "datasource": {"type": "prometheus", "uid": "p"},
        }
        panel = {"title": "Panel", "targets": [{"expr": 'debezium_metrics_Connected{plugin="$plugin"}'}]}
        file = tmp_path / "dashboard.json"
        file.write_text(json.dumps({"title": "D", "templating": {"list": [variable]}, "panels": [panel]}))
        return examination.examine(Prometheus(healthy.url), sets.of_files([file], 15.0), None)

    assert examined('/.*plugin="([^"]*).*/').healthy == 2
    assert examined('/.*no_such_label="([^"]*).*/').healthy == 1


def test_an_exporter_rule_that_was_removed(labs: Labs) -> None:
    with labs.lab(without(metrics(), "debezium_metrics_QueueRemainingCapacity")) as lab:
        report = lab.examine()
    assert problems(report) == {("metric-missing", "debezium_metrics_QueueRemainingCapacity")}
    [diagnosis] = report.problems
    assert "Queue Usage %" in {place.name for place in diagnosis.places}
    assert "the exporter's rules" in diagnosis.hint


def test_an_exporter_rule_that_was_removed_while_prometheus_ran(labs: Labs) -> None:
    with labs.lab() as lab:
        lab.exporter.pages["/metrics"] = (without(metrics(), "debezium_metrics_QueueRemainingCapacity"), TEXT)
        wait_until_gone(lab, "debezium_metrics_QueueRemainingCapacity")
        report = lab.examine()
    assert problems(report) == {("metric-missing", "debezium_metrics_QueueRemainingCapacity")}


def spelled(pattern: str, names: str = r"debezium_metrics_(\w+)") -> str:
    """Return the metrics with names of another pattern, in which `\\1` stands for Debezium's attribute."""
    return re.sub(names, pattern, metrics())


def with_context_in_names() -> str:
    """Return the metrics with the context in their names, as an exporter writes it there: without a hyphen."""
    return re.sub(
        r'debezium_metrics_(\w+)\{context="([\w-]+)",',
        lambda found: f"debezium_{found[2].replace('-', '_')}_{found[1]}{{",
        metrics(),
    )


LOWER = re.sub(r"debezium_metrics_\w+", lambda name: name[0].lower(), metrics()).replace('server="', 'name="')


@pytest.mark.parametrize(
    ("text", "pattern", "said"),
    [
        (spelled(r"dbz_\1"), "dbz_{name}", "dbz_Connected instead of debezium_metrics_Connected"),
        (spelled(r"debezium_metrics_\1_value"), "debezium_metrics_{name}_value", "closest is lab, by its labels"),
        (spelled("kc_", "kafka_connect_"), "kc_{name}", "metrics of Kafka Connect are named"),
        (
            with_context_in_names(),
            "debezium_{context}_{name}",
            "metrics of Debezium are named debezium_{context}_{name}",
        ),
        (
            re.sub(r"dbz_\w+", lambda name: name[0].lower(), spelled(r"dbz_\1")),
            "dbz_{lower}",
            "dbz_connected instead of debezium_metrics_Connected",
        ),
    ],
    ids=["prefix", "suffix", "Kafka Connect's prefix", "context in the name", "prefix and lower case"],
)
def test_a_spelling_that_no_profile_has_is_one_finding_and_its_remedy_mends_it(
    labs: Labs, shell: Shell, text: str, pattern: str, said: str
) -> None:
    with labs.lab(text) as lab:
        report = lab.examine(with_connect=True)
        remedy = f"profile --prometheus {lab.url} --write ours.json"
        written = shell.dashlib(*remedy.split())
        mended = lab.examine(profile=str(shell.folder / "ours.json"))
    assert problems(report) == {("wrong-profile", pattern)}
    [diagnosis] = report.problems
    assert said in diagnosis.message
    assert f"dashlib {remedy}, then dashlib build --profile ours.json" in diagnosis.hint
    assert len(diagnosis.places) > 30
    assert dict(report.facts)["profile"] == "none that ships with dashlib (the set is built for lab)"
    assert written.returncode == 0, written.stderr
    assert {kind for kind, _ in problems(mended)} == {"rules-differ"}  # what is loaded is built for the lab


def test_names_in_lower_case_are_those_of_a_variant_of_a_shipped_profile(labs: Labs) -> None:
    text = metrics("streaming.debezium-examples-rules.prom")
    lower = re.sub(r"^\w+", lambda name: name[0].lower(), text, flags=re.MULTILINE)
    with labs.lab(lower) as lab:
        wrong, right = lab.examine(with_connect=True), lab.examine(profile="debezium-examples-lowercase")
    assert problems(wrong) == {("wrong-profile", "debezium-examples-lowercase")}
    [diagnosis] = wrong.problems
    assert "debezium-examples with lower-case names" in diagnosis.message
    assert "dashlib build --profile debezium-examples-lowercase" in diagnosis.hint
    assert f"dashlib profile --prometheus {lab.url} --write ours.json" in diagnosis.hint
    assert len(diagnosis.places) > 30
    assert {kind for kind, _ in problems(right)} == {"rules-differ"}  # what is loaded is built for the lab


def test_names_of_one_profile_with_a_label_of_another_are_one_finding(labs: Labs) -> None:
    with labs.lab(LOWER) as lab:
        report = lab.examine(with_connect=True)
    assert problems(report) == {("wrong-profile", "lab-lowercase")}
    [diagnosis] = report.problems
    assert "lack its label server" in diagnosis.message
    assert diagnosis.hint.startswith(
        f"write a profile for them: dashlib profile --prometheus {lab.url} --write ours.json"
    )


@pytest.mark.parametrize(
    ("metric", "works_no_more", "unguarded"),
    [
        (
            "kafka_connect_connector_task_status",
            {"KafkaConnectTaskFailed", "DebeziumConnectorMetricsVanished"},
            {"KafkaConnectTasksNotRunning", "DebeziumLagWarning", "DebeziumHighBinlogLag", "DebeziumHeartbeatMissing"},
        ),
        (
            "debezium_metrics_SnapshotRunning",
            {"DebeziumSnapshotStalled", "DebeziumSnapshotRestarted"},
            {"DebeziumDisconnected", "DebeziumConnectorDisconnected", "DebeziumQueueSaturation"},
        ),
        ("debezium_metrics_Connected", {"DebeziumDisconnected", "DebeziumConnectorDisconnected"}, set()),
    ],
)
def test_a_metric_that_is_gone_is_one_finding_with_all_that_use_it_and_what_each_loses(
    labs: Labs, metric: str, works_no_more: set[str], unguarded: set[str]
) -> None:
    with labs.lab(without(metrics(), f"^{metric}\\b")) as lab:
        report = lab.examine(with_connect=True)
    assert problems(report) == {("metric-missing", metric)}
    [diagnosis] = report.problems
    alerts = {place.name for place in diagnosis.places if place.kind == "alert"}
    only_a_guard = {place.name for place in diagnosis.unguarded if place.kind == "alert"}
    asking = {
        rule["alert"]
        for document in compiled()[0]
        if document.kind == "rules"
        for group in document.data["groups"]
        for rule in group["rules"]
        if metric in str(rule["expr"]) and "alert" in rule
    }
    assert asking <= alerts
    assert works_no_more <= alerts - only_a_guard
    assert unguarded <= only_a_guard
    fine = {place for each in report.diagnoses if each.severity == "info" for place in each.places}
    assert not fine & set(diagnosis.places), "nothing is missing and as expected at once"
    text = as_text(report, Style(color=False)).replace("\n    ", " ")
    affected, _, held = text.partition("leaves without a guard, so that it may fire when it should not: ")
    assert all(name in affected for name in works_no_more)
    assert all(name in held.partition("\n\n")[0] for name in only_a_guard)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(
    ("label", "now"),
    [
        ("server", "srv"),
        ("server", "name"),
        ("connector", "connector_name"),
        ("connector", "name"),
        ("context", "kind"),
        ("status", "state"),
    ],
)
def test_a_label_that_was_renamed(labs: Labs, label: str, now: str, *, before: bool) -> None:
    renamed = re.sub(rf'\b{label}="', f'{now}="', metrics())
    with labs.lab(renamed if before else None) as lab:
        lab.exporter.pages["/metrics"] = (renamed, TEXT)
        wait_until_gone(lab, f'{{__name__=~"debezium_.*|kafka_connect_.*",{label}!=""}}')
        report = lab.examine(with_connect=True)
    assert problems(report) == {("label-missing", label)}
    [diagnosis] = report.problems
    assert f"probably renamed to {now}:" in diagnosis.hint
    assert "ignoring" not in diagnosis.hint
    assert len(diagnosis.places) > 3


def test_a_rule_file_that_is_not_loaded(labs: Labs) -> None:
    files = labs.rule_files()
    missing = next(file for file in files if file.name == "debezium-mysql.yml")
    with labs.lab(rule_files=[file for file in files if file != missing]) as lab:
        report = lab.examine()
    assert problems(report) == {("rules-not-loaded", "labs/monitoring/prometheus/alerts/debezium-mysql.yml")}


def test_a_rule_that_is_loaded_in_another_version(labs: Labs) -> None:
    files = labs.rule_files()
    changed = next(file for file in files if file.name == "debezium-mysql.yml")
    text = changed.read_text()
    assert "> 300" in text
    changed.write_text(text.replace("> 300", "> 301"))
    with labs.lab(rule_files=files) as lab:
        report = lab.examine()
    assert problems(report) == {("rules-differ", "labs/monitoring/prometheus/alerts/debezium-mysql.yml")}


def test_a_connector_that_was_deleted(labs: Labs) -> None:
    with labs.lab() as lab:
        text = without(metrics(), '"(mysql-server|mysql-connector)"')
        lab.exporter.pages["/metrics"] = (text, TEXT)
        left = {name: kind for name, kind in CONNECTORS.items() if name != "mysql-connector"}
        lab.connect.pages.update(rest(left))
        # the alert that sees it gone carries the label too
        wait_until_gone(lab, '{server="mysql-server",__name__!~"ALERTS.*|.*:.*"}')
        asked, unasked = lab.examine(with_connect=True), lab.examine()
    assert problems(asked) == {("connector-deleted", "mysql-server")}
    assert problems(unasked) == {("connector-vanished", "mysql-server")}


def test_a_task_that_failed_is_told_by_prometheus_alone(labs: Labs) -> None:
    """Its series vanish with it, and Kafka Connect's metrics say why."""
    running, failed = (f'connector="mysql-connector",status="{state}",task' for state in ("running", "failed"))
    assert running in metrics()
    with labs.lab() as lab:
        lab.exporter.pages["/metrics"] = (without(metrics(), '"mysql-server"').replace(running, failed), TEXT)
        wait_until_gone(lab, 'debezium_metrics_Connected{server="mysql-server"}')
        report = lab.examine()
    assert problems(report) == {("connector-vanished", "mysql-server")}
    [diagnosis] = report.problems
    assert "according to Kafka Connect's metrics, a task of connector mysql-connector has failed" in diagnosis.message
    assert "deleted" not in diagnosis.message
    assert "/connectors/mysql-connector/status" in diagnosis.hint
    assert dict(report.facts)["Kafka Connect"] == "2 running, 1 failed (mysql-connector) (from its metrics)"


def test_a_task_that_failed_before_the_range_is_told_by_prometheus_alone(labs: Labs) -> None:
    running, failed = (f'connector="postgres-connector",status="{state}",task' for state in ("running", "failed"))
    with labs.lab(without(metrics(), '"postgres-server"').replace(running, failed)) as lab:
        report = lab.examine()
    assert problems(report) == {("task-failed", "postgres-connector")}


def test_a_connector_that_vanished_while_no_task_failed_is_not_said_to_have_failed(labs: Labs) -> None:
    with labs.lab() as lab:
        lab.exporter.pages["/metrics"] = (without(metrics(), '"(mysql-server|mysql-connector)"'), TEXT)
        wait_until_gone(lab, '{server="mysql-server",__name__!~"ALERTS.*|.*:.*"}')
        [diagnosis] = lab.examine().problems
    assert "failed" not in diagnosis.message


def test_a_connector_that_was_deleted_after_an_hour(labs: Labs) -> None:
    """What only this connector had is not another finding, nor is the alert that looks back and sees it gone."""
    tasks = "kafka_connect_worker_task_count"
    assert f"{tasks} 6.0" in metrics()
    text = without(metrics(), '"(mysql-server|mysql-connector)"').replace(f"{tasks} 6.0", f"{tasks} 5.0")
    left = {name: kind for name, kind in CONNECTORS.items() if name != "mysql-connector"}
    with labs.lab(text, history=past(metrics(), 60, 60, ended=360)) as lab:
        lab.connect.pages.update(rest(left))
        wait_until_there(lab, "count_over_time(server:debezium_lag_seconds:max[1m]) > 2")
        asked, unasked = lab.examine(with_connect=True), lab.examine()
    assert problems(asked) == {("connector-deleted", "mysql-server")}
    assert problems(unasked) == {("connector-vanished", "mysql-server")}
    assert "Snapshot Progress (Rows)" in {place.name for diagnosis in asked.problems for place in diagnosis.places}


def test_what_has_recovered_is_well(labs: Labs) -> None:
    """Series of a state vanish when the state ends: of a task that failed, of a schema history that was read."""
    well = metrics()
    ill = well
    for there, then in (
        ('connector="mysql-connector",status="running",task', 'connector="mysql-connector",status="failed",task'),
        ('connector="mysql-connector",status="running"}', 'connector="mysql-connector",status="paused"}'),
        ('value="RUNNING"', 'value="RECOVERING"'),
    ):
        assert there in ill, there
        ill = ill.replace(there, then)
    with labs.lab(ill) as lab:
        failed = 'kafka_connect_connector_task_status{status="failed"}'
        assert ask(lab.url, failed)
        lab.exporter.pages["/metrics"] = (well, TEXT)
        wait_until_gone(lab, failed)
        report = lab.examine(with_connect=True)
    assert problems(report) == set()


def test_a_connector_without_series_and_series_without_a_connector(healthy: Lab) -> None:
    known = {**CONNECTORS, "oracle-connector": "oracle"}
    del known["postgres-connector"]
    with Pages(rest(known)) as connect:
        report = healthy.examine(connect_url=connect.url)
    assert problems(report) == {
        ("connector-without-series", "oracle-connector"),
        ("series-without-connector", "postgres-server"),
    }


def test_a_scrape_interval_of_two_minutes(labs: Labs) -> None:
    with labs.lab(interval="2m", history=past(metrics(), 120, 8)) as lab:
        report = lab.examine()
    assert {kind for kind, _ in problems(report)} == {"scrape-interval"}
    diagnosis = next(each for each in report.problems if each.subject == "kafka-connect")
    assert "every 2m" in diagnosis.message
    assert "Event Throughput" in {place.name for place in diagnosis.places}


def past(text: str, interval: int, samples: int, *, ended: int = 1) -> str:
    """Return a page of metrics as OpenMetrics text with so many samples at a distance, the last one seconds ago."""
    now = time.time() - ended
    lines = [line.strip() for line in text.splitlines() if line and not line.startswith("#")]
    told = []
    for line in lines:
        series, _, value = line.rpartition(" ")
        name, brace, labels = series.partition("{")
        labelled = f'{name}{{job="kafka-connect",instance="past"{"," + labels if brace else "}"}'
        told += [f"{labelled} {value} {now - interval * (samples - 1 - n):.3f}" for n in range(samples)]
    return "\n".join([*told, "# EOF", ""])


def test_a_prometheus_that_scrapes_nothing(labs: Labs) -> None:
    with labs.lab("up_and_empty 1\n") as lab:
        report = lab.examine()
    assert {("family-missing", "debezium"), ("family-missing", "kafka_connect")} == problems(report)


def test_labels_may_hold_anything(labs: Labs) -> None:
    odd = "\n".join(
        line.replace("mariadb-", r"a \"quoted\" one, \\ \n a new line and 😀 {}|.* ")
        for line in metrics().splitlines()
        if "mariadb-" in line
    )
    with labs.lab(metrics() + odd + "\n") as lab:
        report = lab.examine()
    assert problems(report) == set()
    assert dict(report.facts)["connectors"].startswith("4 with series now")
    assert as_text(report, Style(color=False)).isprintable() is False
    assert "### " in as_markdown(report)


# --- on the command line ---------------------------------------------------------------------------------------------


def test_the_command_says_it_in_three_forms(healthy: Lab, shell: Shell) -> None:
    asked = ("doctor", "--prometheus", healthy.url, "--connect", healthy.connect.url)
    text = shell.dashlib(*asked)
    assert (text.returncode, text.stderr) == (1, "")
    assert "error  rules-not-loaded\n  Prometheus has not loaded compiled/rules/lag.yml" in text.stdout
    assert "\x1b" not in text.stdout
    assert text.stdout.splitlines()[-1].startswith("2 findings; ")
    markdown = shell.dashlib(*asked, "--format", "markdown").stdout
    assert "### error: rules-not-loaded" in markdown
    data = json.loads(shell.dashlib(*asked, "--format", "json").stdout)
    kinds = [each["kind"] for each in data["findings"] if each["severity"] == "error"]
    assert kinds == ["rules-not-loaded"] * 2  # lag.yml, and recorded.yml with what it compares
    assert data["queries"][0]["milliseconds"] > 0
    shell.write("alerts/lag.py", "")
    fine = shell.dashlib(*asked)
    assert fine.returncode == 0
    assert "no problems found" in fine.stdout


def test_the_profile_of_a_prometheus(healthy: Lab, shell: Shell) -> None:
    said = shell.dashlib("profile", "--prometheus", healthy.url)
    assert (said.returncode, said.stdout.splitlines()[0][:4]) == (0, "lab:")
    written = shell.dashlib("profile", "--prometheus", healthy.url, "--write", "own.json")
    assert written.returncode == 0, written.stderr
    assert shell.dashlib("build", "--profile", "own.json").returncode == 0


def test_files_of_others(healthy: Lab, shell: Shell) -> None:
    dashboard = {
        "title": "Ours",
        "time": {"from": "now-30m", "to": "now"},
        "templating": {"list": [{"name": "name", "type": "query", "query": "label_values(up, instance)"}]},
        "panels": [
            {"title": "Lag", "targets": [{"expr": 'debezium_metrics_MilliSecondsBehindSorce{context="streaming"}'}]},
            {"title": "Typo", "targets": [{"expr": 'debezium_metrics_Connected{context="streamin"}'}]},
            {"title": "Up", "targets": [{"expr": 'up{instance="$name"}'}]},
            {
                "title": "Join",
                "targets": [{"expr": "debezium_metrics_Connected * on (connector) kafka_connect_connector_status"}],
            },
            {"title": "Logs", "datasource": {"type": "loki"}, "targets": [{"expr": "{a=1}"}]},
        ],
    }
    file = shell.write("ours.json", json.dumps(dashboard))
    rules = shell.write(
        "ours.yml",
        "groups: [{name: ours, rules: [{alert: A, expr: up == 0}, {alert: B, expr: debezium_lag > 5}]}]",
    )
    said = shell.dashlib("doctor", "--prometheus", healthy.url, str(file), str(rules), "--format", "json")
    data = json.loads(said.stdout)
    found = {place["name"]: each for each in data["findings"] for place in each["places"]}
    assert said.returncode == 1
    assert found["Lag"]["hint"].endswith("debezium_metrics_MilliSecondsBehindSource?")
    assert found["Typo"]["hint"] == "did you mean 'streaming'?"
    assert "Up" not in found
    assert "A" not in found
    assert found["Join"]["kind"] == "join"
    assert "connector" in found["Join"]["message"]
    assert found["B"]["kind"] == "metric-missing"
    assert "Logs" not in found
