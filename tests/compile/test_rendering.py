from __future__ import annotations

import attrs
import pytest

from dashlib import none_of, one_of, promql
from dashlib.compile.rendering import Rendering
from dashlib.declare.labels import LabelMatch
from dashlib.errors import DeclarationError
from dashlib.metrics.catalog import UnknownMetricError, catalog, own_metrics
from dashlib.metrics.profiles import FamilyNaming, MetricNaming, load_profile


@pytest.mark.parametrize(
    ("logical", "rendered"),
    [
        ("Connected", "debezium_metrics_Connected"),
        ('Connected{context="streaming"}', 'debezium_metrics_Connected{context="streaming"}'),
        ("sum(connector_task_status) by (connector)", "sum(kafka_connect_connector_task_status) by (connector)"),
        # Milliseconds become seconds: behind the whole expression where that is the same, else at the metric.
        ("MilliSecondsBehindSource", "debezium_metrics_MilliSecondsBehindSource / 1000"),
        (
            "max by (server) (MilliSecondsBehindSource)",
            "max by (server) (debezium_metrics_MilliSecondsBehindSource) / 1000",
        ),
        (
            "MilliSecondsBehindSource > 3 * SnapshotDurationInSeconds",
            "(debezium_metrics_MilliSecondsBehindSource / 1000) > 3 * debezium_metrics_SnapshotDurationInSeconds",
        ),
        ("deriv(MilliSecondsBehindSource[10m])", "deriv(debezium_metrics_MilliSecondsBehindSource[10m]) / 1000"),
        (
            "1 + deriv(MilliSecondsBehindSource[10m])",
            "1 + (deriv(debezium_metrics_MilliSecondsBehindSource[10m]) / 1000)",
        ),
        (
            "MilliSecondsBehindSource offset 5m - MilliSecondsBehindSource",
            (
                "(debezium_metrics_MilliSecondsBehindSource offset 5m / 1000)"
                " - (debezium_metrics_MilliSecondsBehindSource / 1000)"
            ),
        ),
        # What the author wrote stays to the letter.
        ("Connected  ==bool   1 # why", "debezium_metrics_Connected  ==bool   1 # why"),
    ],
)
def test_logical_metrics_become_the_exporters(rendering: Rendering, logical: str, rendered: str) -> None:
    assert rendering.render(logical) == rendered
    promql.read(rendered).check()


@pytest.mark.parametrize(
    ("logical", "rendered"),
    [
        ("MilliSecondsBehindSource", "(debezium_metrics_MilliSecondsBehindSource != -1) / 1000"),
        (
            "max(MilliSecondsBehindSource)",
            "max(debezium_metrics_MilliSecondsBehindSource != -1) / 1000",
        ),
        (
            "2 * MilliSecondsBehindSource",
            "2 * ((debezium_metrics_MilliSecondsBehindSource != -1) / 1000)",
        ),
        ("Connected", "debezium_metrics_Connected"),
    ],
)
def test_sentinels_are_dropped_before_anything_compares_them(rendering: Rendering, logical: str, rendered: str) -> None:
    assert rendering.render(logical, filter_unknown=True) == rendered
    promql.read(rendered).check()


def test_a_panel_in_milliseconds_shows_what_the_exporter_gives(rendering: Rendering) -> None:
    shown = rendering.render("max(MilliSecondsBehindSource)", factor=1000)
    assert shown == "max(debezium_metrics_MilliSecondsBehindSource)"
    assert rendering.render("1 + Connected", factor=1000) == "(1 + debezium_metrics_Connected) * 1000"


def test_the_scope_filters_every_metric_that_carries_the_label(rendering: Rendering) -> None:
    scoped = attrs.evolve(
        rendering,
        scope={"plugin": one_of("mysql", "mariadb"), "job": LabelMatch("=~", "$job"), "server": one_of("a")},
    )
    assert scoped.render('Connected{context="streaming"} and on (job) up') == (
        'debezium_metrics_Connected{context="streaming",plugin=~"mysql|mariadb",job=~"$job",server="a"}'
        ' and on (job) up{job=~"$job"}'
    )


def test_an_authors_own_filter_wins_over_the_scope(rendering: Rendering) -> None:
    scoped = attrs.evolve(rendering, scope={"plugin": none_of("mysql", "mariadb")})
    assert scoped.render('Connected{plugin="postgres"}') == 'debezium_metrics_Connected{plugin="postgres"}'
    assert scoped.render("Connected") == 'debezium_metrics_Connected{plugin!~"mysql|mariadb"}'


def test_a_label_that_not_every_installation_sets_does_not_hide_the_series_without_it(rendering: Rendering) -> None:
    scoped = attrs.evolve(rendering, scope={"connector": LabelMatch("=~", "$connector")})
    assert scoped.render("Connected") == 'debezium_metrics_Connected{connector=~"$connector|"}'
    assert scoped.render("connector_status") == 'kafka_connect_connector_status{connector=~"$connector"}'


def test_another_profile_changes_names_labels_and_scale() -> None:
    lab = load_profile("lab")
    families = {**lab.families, "debezium": FamilyNaming("dbz_{name}", {"server": "name"})}
    seconds = {"MilliSecondsBehindSource": MetricNaming("debezium_source_lag_seconds", 1.0)}
    other = Rendering(catalog(), attrs.evolve(lab, families=families, metrics=seconds))
    assert other.render('max by (server) (Connected{server="a"})') == 'max by (name) (dbz_Connected{name="a"})'
    assert other.render("MilliSecondsBehindSource") == "debezium_source_lag_seconds"


def test_unknown_values_are_marked_by_the_only_value_that_grafana_marks(rendering: Rendering) -> None:
    assert rendering.unknown("max by (server) (MilliSecondsBehindSource)") == (
        "group by (job, plugin, server) (debezium_metrics_MilliSecondsBehindSource == -1)"
    )
    with pytest.raises(DeclarationError, match="no metric of 'Connected' has a sentinel value"):
        rendering.unknown("Connected")


@pytest.mark.parametrize(
    ("logical", "message"),
    [
        ("MilliSecondsBehindSorce", 'did you mean "MilliSecondsBehindSource"'),
        ("SecondsBehindMaster", r"1\.2\.0"),
        ("SecondsBehindMaster", "MilliSecondsBehindSource"),
        ("debezium_metrics_Connected", "Connected"),
    ],
)
def test_a_metric_that_is_not_in_the_catalog_does_not_compile(rendering: Rendering, logical: str, message: str) -> None:
    with pytest.raises(UnknownMetricError, match=message):
        rendering.render(logical)


@pytest.mark.parametrize(
    ("logical", "message"),
    [
        ('{__name__=~"debezium.*"}', "names no metric"),
        ("1 + changes(MilliSecondsBehindSource[5m])", r"changes\(\) of MilliSecondsBehindSource cannot be converted"),
    ],
)
def test_what_has_no_known_unit_is_refused(rendering: Rendering, logical: str, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        rendering.render(logical)


def test_a_users_own_metric_is_as_good_as_ours(rendering: Rendering) -> None:
    own = own_metrics("app_lag_ms", {"type": "gauge", "unit": "ms", "labels": ["server"]})[0]
    mine = attrs.evolve(rendering, catalog=catalog().extended([own]), scope={"server": one_of("a")})
    assert mine.render("app_lag_ms") == 'app_lag_ms{server="a"} / 1000'


def test_a_rule_has_a_fixed_rate_interval_and_a_panel_has_grafanas(rendering: Rendering) -> None:
    logical = "rate(TotalNumberOfEventsSeen[$__rate_interval])"
    assert "[$__rate_interval]" in rendering.render(logical)
    assert "[5m]" in attrs.evolve(rendering, rate_interval="5m").render(logical)


def test_a_metric_that_lacks_a_label_may_be_filtered_by_what_is_chosen_for_it(rendering: Rendering) -> None:
    logical = 'connector_status{server=~"$__chosen", status="failed"}'
    scoped = attrs.evolve(rendering, scope={"server": LabelMatch("=~", "$connector"), "job": LabelMatch("=~", "$job")})
    assert scoped.render(logical) == (
        'kafka_connect_connector_status{status="failed",job=~"$job",server=~"$connector"}'
    )
    assert rendering.render(logical) == 'kafka_connect_connector_status{status="failed"}'


def test_what_a_database_s_exporter_is_not_labeled_with_hides_nothing_of_it(rendering: Rendering) -> None:
    logical = 'pg_replication_slots_active{job!="", server=~"$__chosen", server=~"$__listed"}'
    scope = {"server": LabelMatch("=~", "$connector"), "job": LabelMatch("=~", "$job")}
    scoped = attrs.evolve(rendering, scope=scope, listed={"server": LabelMatch("=~", "${worst:pipe}")})
    assert scoped.render(logical) == (
        'pg_replication_slots_active{job!="",server=~"$connector|",server=~"${worst:pipe}|"}'
    )
    assert rendering.render(logical) == 'pg_replication_slots_active{job!=""}'


@pytest.mark.parametrize(
    ("longest", "servers"),
    [("5s", '=""'), ("10s", '=~"a[.]b|fast"'), ("1m", '=~"a[.]b|fast|slow"'), ("1h", '=~"a[.]b|fast|slow"')],
)
def test_connectors_are_taken_by_how_often_their_heartbeat_table_is_written(
    rendering: Rendering, longest: str, servers: str
) -> None:
    tables = attrs.evolve(rendering, heartbeat_tables={"slow": 60, "fast": 8, "a.b": 10})
    shown = tables.render(f'Connected{{heartbeat_table="{longest}"}}')
    assert shown == f"debezium_metrics_Connected{{server{servers}}}".replace("[.]", "\\\\.")
    assert rendering.render('Connected{heartbeat_table="1h"}') == 'debezium_metrics_Connected{server=""}'


def test_of_several_expressions_the_first_is_taken_that_the_profile_can_spell() -> None:
    several = ["BinlogFilename", "connector_task_status", "worker_connector_failed_task_count"]
    assert Rendering(catalog(), load_profile("lab")).known(several) == "BinlogFilename"
    assert Rendering(catalog(), load_profile("no-rules")).known(several) == several[-1]
    assert Rendering(catalog(), load_profile("strimzi")).known(["BinlogFilename", "Connected"]) == "BinlogFilename"
