"""A project that is compiled for several Kafka Connect clusters: whatever names `job` names what tells them apart."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from dashlib import promql
from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.documents.dashboards import Dashboard
from dashlib.errors import ConfigurationError, DeclarationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dashlib.documents.document import Document
    from tests.conftest import Shell

ROOT = Path(__file__).parents[2]
IDENTITY = ("cluster", "namespace")
CLUSTERS = "job, cluster, namespace"


@functools.cache
def compiled() -> tuple[Document, ...]:
    project = load_project(ROOT)
    configuration = attrs.evolve(
        project.configuration, identity=IDENTITY, identity_of={"postgres_exporter": ("cluster",)}
    )
    return tuple(compile_project(attrs.evolve(project, configuration=configuration)))


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [document.data for document in compiled() if document.kind == kind]


def rules() -> dict[str, dict[str, Any]]:
    return {
        rule["alert"]: rule
        for data in of_kind("rules")
        for group in data["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }


def dashboard(uid: str) -> dict[str, Any]:
    return next(data for data in of_kind("dashboard") if data["uid"] == uid)


def expressions() -> Iterator[str]:
    for data in of_kind("rules"):
        yield from (rule["expr"] for group in data["groups"] for rule in group["rules"])
    for data in of_kind("dashboard"):
        for panel in Dashboard(data).all_panels:
            yield from (target["expr"] for target in panel.data.get("targets", ()) if "expr" in target)


def test_wherever_series_are_grouped_or_joined_by_job_clusters_are_kept_apart() -> None:
    for expression in expressions():
        read = promql.read(expression)
        read.check()
        for grouping in read.groupings:
            labels = [token.text for token in grouping.labels]
            if "job" in labels:
                assert "cluster" in labels, expression
                assert "namespace" in labels or "pg_" in expression or "up" in read.metrics, expression


def test_a_guard_is_joined_by_what_both_sides_have() -> None:
    panels = {
        panel.title: panel.data["targets"][0]["expr"]
        for panel in Dashboard(dashboard("debezium-alerts")).all_panels
        if panel.data.get("targets")
    }
    delivered = next(each for title, each in panels.items() if "where the database is written to" in title)
    assert (
        "and on (server, cluster) (sum by (server, cluster) (delta(pg_replication_slots_pg_wal_lsn_diff{" in delivered
    )
    assert f"and on ({CLUSTERS}, plugin, server) (min by ({CLUSTERS}, plugin, server)" in delivered
    waits = next(each for title, each in panels.items() if title.startswith("Slots that nobody reads"))
    assert "unless on (cluster) (max by (job, cluster, namespace, plugin, server)" in waits  # a snapshot in its cluster


def test_somebody_chooses_cluster_then_namespace_then_connector() -> None:
    variables = dashboard("debezium-production")["templating"]["list"]
    assert [(each["name"], each["label"], each["query"]) for each in variables[1:]] == [
        ("cluster", "Cluster", "label_values(debezium_metrics_Connected, cluster)"),
        ("namespace", "Namespace", 'label_values(debezium_metrics_Connected{cluster=~"$cluster"}, namespace)'),
        (
            "job",
            "Connect cluster",
            'label_values(debezium_metrics_Connected{cluster=~"$cluster",namespace=~"$namespace"}, job)',
        ),
        (
            "connector",
            "Connector",
            'label_values(debezium_metrics_Connected{cluster=~"$cluster",namespace=~"$namespace",job=~"$job"}, server)',
        ),
    ]
    assert variables[1]["includeAll"]
    trend = next(each for each in dashboard("debezium-production")["panels"] if each["title"] == "Lag Trend")
    assert 'cluster=~"$cluster",namespace=~"$namespace",job=~"$job"' in trend["targets"][0]["expr"]
    assert trend["targets"][0]["legendFormat"] == "{{cluster}} {{namespace}} {{server}}"


def test_an_exporter_without_a_label_is_not_filtered_by_it() -> None:
    panels = Dashboard(dashboard("debezium-alerts")).all_panels
    slots = next(each.data for each in panels if each.title.startswith("Slots that nobody reads"))
    assert 'pg_replication_slots_active{cluster=~"$cluster",job=~"$job"}' in slots["targets"][0]["expr"]
    assert slots["targets"][0]["legendFormat"] == "{{cluster}} {{server}} {{slot_name}}"


def test_a_table_says_the_cluster_and_a_row_links_into_it() -> None:
    panel = next(each for each in dashboard("debezium-production")["panels"] if each["title"] == "Connector Status")
    organized = panel["transformations"][-1]["options"]
    assert list(organized["renameByName"].values())[:2] == ["Cluster", "Namespace"]
    links = [
        link["url"]
        for override in panel["fieldConfig"]["overrides"]
        for each in override["properties"]
        if each["id"] == "links"
        for link in each["value"]
    ]
    assert len(links) == 4
    for url in links:
        assert (
            '&var-job=${job}&var-cluster=${__data.fields["Cluster"]}&var-namespace=${__data.fields["Namespace"]}&'
        ) in url


def test_an_alert_says_its_cluster_and_links_into_it() -> None:
    annotations = rules()["DebeziumLagWarning"]["annotations"]
    assert annotations["summary"].endswith("(cluster {{ $labels.cluster }}, namespace {{ $labels.namespace }}).")
    assert (
        "&var-job={{ $labels.job | urlquery }}&var-cluster={{ $labels.cluster | urlquery }}"
        "&var-namespace={{ $labels.namespace | urlquery }}"
    ) in annotations["dashboard_url"]
    slot = rules()["ReplicationSlotInactive"]["annotations"]
    assert slot["summary"].endswith("(cluster {{ $labels.cluster }}).")


def test_alerts_of_another_cluster_are_grouped_apart_and_silence_nothing() -> None:
    [alertmanager] = of_kind("alertmanager")
    assert alertmanager["route"]["group_by"] == ["alertname", "job", *IDENTITY]
    for rule in alertmanager["inhibit_rules"]:
        assert "cluster" in rule["equal"]
        assert "namespace" in rule["equal"] or "job" not in rule["equal"]  # of exporters that have no namespace
        assert not any("cluster" in each for each in (*rule["source_matchers"], *rule["target_matchers"]))
    [policy] = [data for data in of_kind("grafana-alerting") if "policies" in data]
    assert policy["policies"][0]["group_by"] == ["alertname", "job", *IDENTITY]


def test_texts_that_name_the_cluster_themselves_are_left_alone(
    shell: Shell, replace_in: Callable[[Path, str, str], None]
) -> None:
    shell.write("pyproject.toml", CONFIGURED)
    replace_in(shell.folder / "alerts/lag.py", "{server}", "{server} in {cluster}")
    documents = compile_project(load_project(shell.folder))
    [rule] = next(each.data for each in documents if each.kind == "rules")["groups"][0]["rules"]
    assert "{{ $labels.server }} in {{ $labels.cluster }}" in rule["annotations"]["description"]
    assert "cluster" not in rule["annotations"]["summary"]


CONFIGURED = '[tool.dashlib]\nidentity = ["cluster"]\n[tool.dashlib.labels]\nteam = "platform"\n'


def test_the_level_of_one_connector_is_found_behind_its_cluster(
    shell: Shell, replace_in: Callable[[Path, str, str], None]
) -> None:
    own = '[tool.dashlib.connectors.orders]\nplugin = "mysql"\n'
    own += "[tool.dashlib.overrides.orders.alerts.DebeziumLag]\nthreshold = 90\n"
    replace_in(shell.folder / "dashboards/overview.py", "stat(CONNECTED)", "stat(LAG, 'Now')")
    for settings, matcher in (
        (CONFIGURED, {"id": "byRegexp", "options": r"/^.*\ orders$/"}),
        (CONFIGURED.replace("identity", "target_labels"), {"id": "byName", "options": "orders"}),
    ):
        shell.write("pyproject.toml", settings + own)
        data = next(each.data for each in compile_project(load_project(shell.folder)) if each.kind == "dashboard")
        shown = next(each for each in data["panels"] if each["type"] == "stat")
        assert [each["matcher"] for each in shown["fieldConfig"]["overrides"]] == [matcher]


def test_a_variable_of_that_name_that_lists_something_else_is_refused(
    shell: Shell, replace_in: Callable[[Path, str, str], None]
) -> None:
    shell.write("pyproject.toml", CONFIGURED)
    replace_in(shell.folder / "dashboards/overview.py", '"connector", "Connector"', '"cluster", "Connector"')
    with pytest.raises(DeclarationError, match="variable 'cluster' of dashboard 'overview' has the name of a label"):
        compile_project(load_project(shell.folder))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('identity = ["my-cluster"]', "identity: found .*; expected a list of label names"),
        ('identity = "cluster"', 'identity: found "cluster"; expected a list of label names'),
        (
            'identity = ["job"]',
            "identity lists 'job', which does not tell Kafka Connect clusters apart; list",
        ),
        ('identity = ["server"]', "identity lists 'server', which does not tell"),
        ('identity = ["connector"]', "identity lists 'connector', which does not tell"),
        ('identity = ["cluster", "plugin"]', "identity lists 'plugin', which does not tell"),
        (
            'identity = ["table"]',
            "identity lists 'table', which NumberOfCreateEventsSeen has whatever its cluster; list",
        ),
        ('identity = ["__address__"]', "identity lists '__address__', which does not tell"),
        ('identity = ["cluster", "cluster"]', "identity lists 'cluster' twice; list each label once"),
        ("identity_of = { pg_exporter = [] }", "names the family .*pg_exporter.*; .*postgres_exporter"),
        (
            'identity_of = { postgres_exporter = ["cluster"] }',
            "identity_of says that postgres_exporter has 'cluster', which identity does not list",
        ),
    ],
)
def test_an_identity_that_is_none_is_refused_in_one_sentence(shell: Shell, settings: str, message: str) -> None:
    shell.write("pyproject.toml", f"[tool.dashlib]\n{settings}\n")
    with pytest.raises(ConfigurationError, match=message) as raised:
        compile_project(load_project(shell.folder))
    assert "\n" not in str(raised.value)
    assert re.search(r"pyproject\.toml", str(raised.value))


def test_a_wrong_identity_is_wrong_use(shell: Shell) -> None:
    shell.write("pyproject.toml", '[tool.dashlib]\nidentity = ["job"]\n')
    result = shell.dashlib("build")
    assert (result.returncode, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


def test_a_check_says_which_series_lack_a_label(shell: Shell) -> None:
    federated = str(ROOT / "tests/metrics/federated.prom")
    shell.write("pyproject.toml", CONFIGURED)
    assert shell.dashlib("build").returncode == 0
    checked = shell.dashlib("build", "--check", "--metrics", federated)
    assert checked.returncode == 1
    assert "no series has the label cluster, which [tool.dashlib] identity lists" in checked.stdout
    shell.write("pyproject.toml", CONFIGURED.replace('"cluster"', '"namespace"'))
    assert shell.dashlib("build").returncode == 0
    assert shell.dashlib("build", "--check", "--metrics", federated).returncode == 0
    assert shell.dashlib("build", "--metrics", federated).returncode == 2
