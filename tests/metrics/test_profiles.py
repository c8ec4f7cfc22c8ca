"""Naming profiles: the same declarations for every exporter, and what an exporter is recognized by."""

from __future__ import annotations

import contextlib
import functools
import gzip
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib import none_of, one_of, promql
from dashlib.compile.project import Compiled, compile_for_profile
from dashlib.compile.rendering import Rendering
from dashlib.declare.labels import LabelMatch
from dashlib.errors import ConfigurationError
from dashlib.metrics.catalog import catalog
from dashlib.metrics.exposition import LARGEST, MetricsTextError, decode
from dashlib.metrics.profiles import (
    FamilyNaming,
    MissingInProfileError,
    Profile,
    known_profiles,
    load_profile,
    profile_from_data,
    profile_to_data,
    read_profile,
    shipped_profiles,
)
from dashlib.metrics.recognition import Observed, derive, observe, recognize
from dashlib.promql import tree as promql_tree
from tests.compiled import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dashlib.documents.document import Document
    from tests.conftest import Shell

ROOT = Path(__file__).parents[2]
METRICS = ROOT / "tests" / "metrics"
#: What running connectors gave under these rules; a few connectors of the captures.
CAPTURES = {
    "lab": "streaming.own-rules.prom",
    "debezium-examples": "streaming.debezium-examples-rules.prom",
    "no-rules": "streaming.no-rules.prom",
}
# The lab's configuration has rules for these that the captured one had not: tests/e2e proves them.
NOT_CAPTURED = {
    "debezium_metrics_GtidPosition",
    "debezium_metrics_BinlogFileNumber",
    # No snapshot of the captures read in chunks.
    *(
        f"debezium_{kind}metrics_{name}"
        for kind in ("", ".+_connector_")
        for name in ("TableChunkCounts", "TableChunksCompletedCounts")
    ),
}


def rendering(name: str, **scope: LabelMatch) -> Rendering:
    return Rendering(catalog(), load_profile(name), scope)


@functools.cache  # a second or two each
def compiled(profile: str) -> Compiled:
    return compile_for_profile(PROJECT, profile)


@functools.cache
def observed(profile: str) -> Observed:
    return observe((METRICS / CAPTURES[profile]).read_text())


def expressions(document: Document) -> Iterator[str]:
    """Yield every query of a compiled file: of targets, annotations, variables and rules."""
    waiting: list[Any] = [document.data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            for key, value in item.items():
                if key == "expr" and isinstance(value, str):
                    yield value
                elif key == "definition" and isinstance(value, str):
                    yield re.sub(r"^label_values\((.*), \w+\)$", r"\1", value)
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


# --- how one profile spells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "logical", "rendered"),
    [
        ("debezium-examples", 'Connected{server="a"}', 'debezium_metrics_Connected{name="a"}'),
        ("debezium-examples", "max by (server) (Connected)", "max by (name) (debezium_metrics_Connected)"),
        (
            "no-rules",
            "max by (job, plugin, server) (Connected)",
            'max by (job, server) ({__name__=~"debezium_.+_connector_metrics_Connected"})',
        ),
        ("no-rules", 'Connected{plugin="mysql"}', "debezium_mysql_connector_metrics_Connected"),
        (
            "no-rules",
            'Connected{plugin=~"mysql|mariadb"}',
            '{__name__=~"debezium_(mysql|mariadb)_connector_metrics_Connected"}',
        ),
        (
            "no-rules",
            'Connected{plugin!~"mysql|mariadb"}',
            (
                '{__name__=~"debezium_.+_connector_metrics_Connected",'
                '__name__!~"debezium_(mysql|mariadb)_connector_metrics_Connected"}'
            ),
        ),
        ("rhel-connect", 'Connected{plugin="mysql"}', "debezium_mysql_connector_metrics_connected"),
        (
            "no-rules",
            "max by (table) (RowsScanned)",
            'max by (key) ({__name__=~"debezium_.+_connector_metrics_RowsScanned"})',
        ),
        # JMX exporter 1.x cuts `_total` off what no rule types as a counter.
        (
            "no-rules",
            "rate(source_task_source_record_poll_total[5m])",
            (
                'rate({__name__=~"kafka_connect_source_task_metrics_source_record_poll_total|'
                'kafka_connect_source_task_metrics_source_record_poll"}[5m])'
            ),
        ),
        ("lab-lowercase", "max by (server) (Connected)", "max by (server) (debezium_metrics_connected)"),
        ("no-rules-lowercase", 'Connected{plugin="mysql"}', "debezium_mysql_connector_metrics_connected"),
        # Seconds stay seconds; milliseconds are scaled where the exporter gives them.
        (
            "debezium-server-otel",
            "MilliSecondsBehindSource",
            '{__name__=~"debezium_source_lag_seconds|debezium_source_lag"}',
        ),
        (
            "confluent-jmx-stacks",
            'connector_status{status="failed"}',
            'kafka_connect_connector_metrics{status="failed"}',
        ),
    ],
)
def test_a_profile_spells_metrics_and_labels_in_its_own_way(profile: str, logical: str, rendered: str) -> None:
    assert rendering(profile).render(logical) == rendered
    promql.read(rendered).check()


IN_THE_NAME = Profile(
    "context-in-name",
    {
        "debezium": FamilyNaming("dbz_{plugin}_{context}_{snake}", {"server": "topic"}),
        "kafka_connect": FamilyNaming("kafka_connect_{name}"),
    },
)


@pytest.mark.parametrize(
    ("logical", "rendered"),
    [
        (
            'max by (server, context) (Connected{context="streaming",plugin="mysql"})',
            "max by (topic) (dbz_mysql_streaming_connected)",
        ),
        # a metric of one context has its name whether or not it is filtered by it
        ('Connected{plugin="mysql"}', "dbz_mysql_streaming_connected"),
        ('SnapshotRunning{context="snapshot"}', '{__name__=~"dbz_.+_snapshot_snapshot_running"}'),
        ('QueueTotalCapacity{plugin="mysql"}', '{__name__=~"dbz_mysql_(streaming|snapshot)_queue_total_capacity"}'),
        (
            'QueueTotalCapacity{plugin="mysql",context=~"streaming|snapshot"}',
            '{__name__=~"dbz_mysql_(streaming|snapshot)_queue_total_capacity"}',
        ),
        (
            'QueueTotalCapacity{plugin="mysql",context!="snapshot"}',
            (
                '{__name__=~"dbz_mysql_(streaming|snapshot)_queue_total_capacity",'
                '__name__!~"dbz_.+_(snapshot)_queue_total_capacity"}'
            ),
        ),
        (
            'rate(TotalNumberOfEventsSeen{context="streaming",plugin="mysql",server="a"}[5m])',
            'rate(dbz_mysql_streaming_total_number_of_events_seen{topic="a"}[5m])',
        ),
    ],
)
def test_a_context_in_the_name_is_filtered_by_the_name(logical: str, rendered: str) -> None:
    assert Rendering(catalog(), IN_THE_NAME).render(logical) == rendered
    promql.read(rendered).check()


def test_a_range_of_several_contexts_that_only_the_name_tells_apart_is_refused() -> None:
    with pytest.raises(MissingInProfileError, match="a range needs one context"):
        Rendering(catalog(), IN_THE_NAME).render("rate(TotalNumberOfEventsSeen[5m])")


@pytest.mark.parametrize(
    "pattern", ["debezium_{context}_{name}", "dbz_{snake}_{context}", "cdc_{context}_{lower}_value"]
)
def test_a_context_in_the_name_is_recognized(pattern: str) -> None:
    def spelled(found: re.Match[str]) -> str:
        return FamilyNaming(pattern).names(found[1])[0].replace("{context}", found[2].replace("-", "_")) + "{"

    text = (METRICS / CAPTURES["lab"]).read_text()
    seen = observe(re.sub(r'debezium_metrics_(\w+)\{context="([\w-]+)",', spelled, text))
    derived = derive(seen, catalog(), "own")
    assert derived.family("debezium").metric == pattern
    assert not derived.has_label("context", "debezium")
    best = recognize(seen, catalog(), [derived]).best
    assert best is not None
    assert len(best.fitting) > 20
    shown = Rendering(catalog(), derived)
    for context, metric in (("streaming", "Connected"), ("snapshot", "SnapshotRunning")):
        assert shown.render(f'{metric}{{context="{context}"}}') in seen.names


def test_unknown_is_the_exported_value_that_means_it() -> None:
    shown = rendering("debezium-server-otel").render("max(MilliSecondsBehindSource)", filter_unknown=True)
    assert shown.endswith("!= -0.001)")
    assert "!= -1)" in rendering("lab").render("max(MilliSecondsBehindSource)", filter_unknown=True)


def test_metrics_of_one_exported_name_still_match_each_other() -> None:
    both = "rate(TotalNumberOfCreateEventsSeen[5m]) + rate(TotalNumberOfUpdateEventsSeen[5m])"
    shown = rendering("debezium-server-otel").render(both)
    assert shown.count("sum without (debezium_event_type) (rate(") == 2
    assert shown.count('debezium_event_type="create"') == shown.count('debezium_event_type="update"') == 1
    promql.read(shown).check()
    lag = rendering("debezium-server-otel-legacy").render("SnapshotRunning * MilliSecondsBehindSource")
    assert "sum without (debezium_snapshot_running) (" in lag
    promql.read(lag).check()


def test_a_dashboards_filter_by_kind_becomes_one_by_name() -> None:
    mysql = rendering("no-rules", plugin=one_of("mysql", "mariadb"), server=LabelMatch("=~", "$connector"))
    assert mysql.render("Connected") == (
        '{__name__=~"debezium_(mysql|mariadb)_connector_metrics_Connected",server=~"$connector"}'
    )
    chosen = rendering("no-rules", plugin=LabelMatch("=~", "$kind"))
    assert chosen.render("Connected") == '{__name__=~"debezium_($kind)_connector_metrics_Connected"}'
    others = rendering("no-rules", plugin=none_of("mysql"))
    assert '__name__!~"debezium_(mysql)_connector_metrics_Connected"' in others.render("Connected")


@pytest.mark.parametrize(
    ("profile", "logical", "message"),
    [
        ("debezium-examples", "connector_task_status", "no connector_task_status"),
        ("strimzi", "Connected", "Strimzi's rules have no pattern"),
        ("course", 'AbandonedTransactionCount{connector="a"}', "no label 'connector' on AbandonedTransactionCount"),
        ("no-rules", "count by (plugin) (Connected)", r"by \(plugin\) would merge"),
        ("no-rules", "BinlogFilename", "text needs a rule"),
    ],
)
def test_what_a_profile_lacks_is_refused_and_named(profile: str, logical: str, message: str) -> None:
    with pytest.raises(MissingInProfileError, match=message):
        rendering(profile).render(logical)


def test_other_exporters_keep_their_labels() -> None:
    # The scrape configuration puts the topic prefix on databases' exporters, under its logical name.
    guarded = "max by (server) (pg_replication_slots_active) unless on () max by (server) (SnapshotRunning)"
    shown = rendering("debezium-examples").render(guarded.replace("on () ", "on (job) "))
    assert shown.startswith("max by (server) (pg_replication_slots_active)")
    assert shown.endswith("max by (name) (debezium_metrics_SnapshotRunning)")
    with pytest.raises(MissingInProfileError, match="spells the label 'server' differently"):
        rendering("debezium-examples").render(guarded.replace("on () ", "on (server) "))


def test_a_filter_on_a_label_that_a_profile_never_has_falls_away_where_it_is_optional() -> None:
    scoped = rendering("debezium-examples", connector=LabelMatch("=~", "$connector"))
    assert scoped.render("Connected") == "debezium_metrics_Connected"


# --- the whole set ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", shipped_profiles())
def test_the_set_compiles_for_every_profile_and_says_what_it_leaves_out(profile: str) -> None:
    result = compiled(profile)
    everything = compiled("lab")
    for document in result.documents:
        for expression in expressions(document):
            promql.read(expression).check()
    names = {(each.of, each.name) for each in result.left_out}
    for document in everything.documents:
        if document.kind != "dashboard":
            continue
        there = next((each for each in result.documents if each.path == document.path), None)
        shown = set(titles(there)) if there is not None else set()
        gone = {title for title in titles(document) if title not in shown}
        assert gone == {name for of, name in names if of == document.data["uid"] and name in titles(document)}
    assert not compiled("lab").left_out


def titles(document: Document) -> list[str]:
    rows = document.data["panels"]
    return [panel["title"] for row in rows for panel in (row, *row.get("panels", ())) if panel["type"] != "row"]


@pytest.mark.parametrize("profile", CAPTURES)
def test_every_metric_and_label_that_is_asked_for_is_in_the_capture(profile: str) -> None:
    seen = observed(profile)
    asked = 0
    for document in compiled(profile).documents:
        if document.kind not in ("dashboard", "rules"):
            continue
        for expression in expressions(document):
            for vector in promql_tree.vectors(promql.read(expression).tree):
                asked += check_vector(vector.selector, seen, profile)
    assert asked > 20


def check_vector(selector: promql.Selector, seen: Observed, profile: str) -> int:
    """Hold a selector against a capture; return how many of its names were looked up."""
    patterns = [selector.metric] if selector.metric else []
    patterns += [each.value for each in selector.matchers if each.label == "__name__" and each.operator == "=~"]
    wanted = re.sub(r"\$\w+", ".*", patterns[0])
    if not wanted.startswith(("debezium", "kafka_connect", "{", "(")):
        return 0  # other exporters' metrics, and recording rules
    if wanted in NOT_CAPTURED:
        return 0
    # Reads are counted since Debezium 3.7, which only the PostgreSQL connector of the capture was.
    wanted = wanted.replace("(mysql|mariadb)", ".+")
    names = [name for name in seen.names if re.fullmatch(wanted, name)]
    assert names, f"{profile}: no {wanted} in {CAPTURES[profile]}"
    labels = {label for name in names for label in seen.names[name] or ()}
    is_added = any(each.label == "server" and each.value == "$connector" for each in selector.matchers)
    for matcher in selector.matchers:
        optional = matcher.value == "" or (matcher.operator == "=~" and matcher.value.endswith("|"))
        # `connector!=""` beside it says that it is for those that carry the label; a variable's All lets others pass.
        optional |= (matcher.label, "!=", "") in selector.matchers
        optional |= is_added and wanted.startswith("kafka_connect")
        if matcher.label not in ("job", "instance", "__name__") and not optional:
            assert matcher.label in labels, f"{profile}: {names[0]} carries {sorted(labels)}, not {matcher.label}"
    return 1


def test_a_panel_that_is_left_out_leaves_neither_a_hole_nor_a_link_to_it() -> None:
    result = compiled("debezium-examples")
    ids = {
        document.data["uid"]: {
            panel["id"] for row in document.data["panels"] for panel in (row, *row.get("panels", ()))
        }
        for document in result.documents
        if document.kind == "dashboard"
    }
    linked = [
        rule["annotations"]["dashboard_url"]
        for document in result.documents
        if document.kind == "rules"
        for group in document.data["groups"]
        for rule in group["rules"]
        if "dashboard_url" in rule.get("annotations", {})
    ]
    assert linked
    for url in linked:
        found = re.search(r"/d/([\w-]+)\?viewPanel=(\d+)", url)
        assert found is None or int(found[2]) in ids[found[1]], url


def test_a_dashboard_without_a_panel_is_not_written() -> None:
    result = compiled("msk-connect")
    written = {document.data["uid"] for document in result.documents if document.kind == "dashboard"}
    assert not written & {"debezium-mysql", "debezium-production", "debezium-snapshots"}
    assert {each.kind for each in result.left_out} >= {"dashboard", "panel", "variable", "rule"}


# --- on the command line ---------------------------------------------------------------------------------------------


def test_build_names_what_it_leaves_out(shell: Shell) -> None:
    built = shell.dashlib("build", "--profile", "strimzi", "--format", "json")
    assert built.returncode == 0, built.stderr
    left_out = json.loads(built.stdout)["left_out"]
    assert (left_out[-1]["kind"], left_out[-1]["name"]) == ("dashboard", "Overview")
    said = shell.dashlib("build", "--profile", "strimzi")
    assert "left out (profile strimzi):" in said.stderr
    assert not shell.compiled()


def test_a_profile_of_ones_own_is_named_by_its_path(shell: Shell, replace_in: Callable[[Path, str, str], None]) -> None:
    own = profile_to_data(
        attrs.evolve(
            load_profile("lab"),
            name="own",
            families={**load_profile("lab").families, "debezium": FamilyNaming("acme_{snake}", {"server": "topic"})},
            metrics={},
        )
    )
    shell.write("own.json", json.dumps(own))
    replace_in(shell.folder / "pyproject.toml", "[tool.dashlib]\n", '[tool.dashlib]\nprofile = "own.json"\n')
    assert shell.dashlib("build").returncode == 0
    dashboard = (shell.folder / "compiled/dashboards/overview.json").read_text()
    assert 'acme_milli_seconds_behind_source{context=\\"streaming\\",topic=~\\"$connector\\"}' in dashboard


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not valid JSON"),
        ('{"name": "Own"}', "expected"),
        (
            '{"name": "own", "families": {"debezium": {"metric": "a-{name}"}, "kafka_connect": {"metric": ""}}}',
            "pattern",
        ),
        (
            '{"name": "own", "families": {"debezium": {"metric": ""}, "kafka_connect": {"metric": "", "labls": {}}}}',
            '#/families/kafka_connect: unknown key "labls"; did you mean "labels"?',
        ),
        (
            '{"name": "own", "families": {"debezium": {"labels": {}}, "kafka_connect": {"metric": ""}}}',
            "#/families/debezium: key is missing: metric",
        ),
        ('{"name": "own", "families": {"debezium": {"metric": ""}}}', "#/families: key is missing: kafka_connect"),
        (
            '{"name": "own", "families": {"debezium": {"metric": "", "total": "keep"}}}',
            '#/families/debezium/total: found "keep"; expected one of "kept", "cut", "either"; did you mean "kept"?',
        ),
        ("[]", "an object"),
    ],
)
def test_a_profile_that_is_none_is_refused_by_its_place(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "own.json"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match=re.escape(str(file))) as error:
        read_profile(file)
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["labb", "../lab", "", "nothing.json"])
def test_a_profile_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        load_profile(name)
    ships = f"dashlib ships: {shipped_profiles()[0]}"
    assert ships in str(error.value) or "nothing.json cannot be read" in str(error.value)


@pytest.mark.parametrize("name", shipped_profiles())
def test_a_shipped_profile_fits_its_schema_and_is_written_as_it_is_read(name: str) -> None:
    profile = load_profile(name)
    file = ROOT / "dashlib" / "metrics" / "data" / "profiles" / f"{name}.json"
    assert read_profile(file) == profile
    assert profile.name == name
    assert profile.title
    assert profile.source
    assert profile_from_data(profile_to_data(profile)) == profile


def test_the_command_tells_the_profile_of_a_page(shell: Shell) -> None:
    page = METRICS / CAPTURES["debezium-examples"]
    said = shell.dashlib("profile", "--metrics", str(page))
    assert said.returncode == 0
    assert said.stdout.startswith("debezium-examples: the exporter rules of debezium-examples")
    assert "label that identifies a connector: name; connectors: mysql, mariadb, postgres" in said.stdout
    assert "to use it: dashlib build --profile debezium-examples" in said.stdout
    data = json.loads(shell.dashlib("profile", "--metrics", str(page), "--format", "json").stdout)
    assert data["profile"] == "debezium-examples"
    assert data["unexplained"] == []


def test_the_command_writes_a_profile_for_an_exporter_that_is_not_known(shell: Shell) -> None:
    text = (METRICS / CAPTURES["lab"]).read_text().replace("debezium_metrics_", "acme_cdc_")
    page = shell.write("metrics.txt", text)
    unknown = shell.dashlib("profile", "--metrics", str(page))
    assert unknown.returncode == 1
    assert unknown.stdout.startswith("no profile that comes with dashlib matches (found ")
    written = shell.dashlib("profile", "--metrics", str(page), "--write", "monitoring/ours.json")
    assert written.returncode == 0, written.stderr
    assert read_profile(shell.folder / "monitoring" / "ours.json").name == "ours"
    assert shell.dashlib("build", "--profile", "monitoring/ours.json").returncode == 0
    assert "acme_cdc_Connected{" in (shell.folder / "compiled/dashboards/overview.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "pass either --metrics FILE or --prometheus URL"),
        (("--metrics", "page.html", "--prometheus", "http://a"), "pass either --metrics FILE or --prometheus URL"),
        (("--metrics", "page.html"), "text of /metrics"),
        (("--metrics", "page.html", "--write", "ours.yml"), "--write expects a .json file; got ours.yml"),
        (("--prometheus", "localhost:9090"), "must start with http://"),
    ],
)
def test_the_command_refuses_what_it_cannot_read(shell: Shell, arguments: tuple[str, ...], said: str) -> None:
    shell.write("page.html", "<html>")
    answer = shell.dashlib("profile", *arguments)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert not (shell.folder / "ours.yml").exists()


def refused(content: bytes, name: str = "metrics.txt") -> str:
    with pytest.raises(MetricsTextError) as error:
        observe(decode(content, name), name)
    said = str(error.value)
    assert said.startswith(name)
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "HTML"),
        (b"\n\n  <html>", "HTML"),
        (gzip.compress(b"up 1\n", mtime=0), "gzip"),
        (b"PK\x03\x04rest", "zip"),
        ("up 1\n".encode("utf-16"), "UTF-16"),
        (b"up 1\n\x00\x00\n", "not text"),
        (b"\x7fELF\x02\xff\xfe", "not text"),
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b'{"status": "success"}', "JSON"),
        (b"[1, 2]", "JSON"),
        (b"x" * (LARGEST + 1), "larger than 64 MiB"),
        (b"up 1\ndebezium_metrics_Conn", "cut off"),
        (b'up 1\ndebezium_metrics_Connected{server="a', "cut off"),
        (b"up 1\ndebezium_metrics_Connected 1.", "cut off"),
        (b"up 1\n# HELP debezium_metr", "cut off"),
        (
            b"# TYPE a gauge\n# UNIT a seconds\na 1\n",
            "cut off, not the whole text of /metrics: it does not end with # EOF",
        ),
        (b"rules:\n  - pattern: a\n", "line 1 is 'rules:'"),
        (b"up 1\nup one\n", "line 2 is 'up one'"),
        (b'up{a="b",,c} 1\n', "line 1"),
    ],
)
def test_what_is_no_scrape_is_said_in_one_sentence(content: bytes, said: str) -> None:
    assert said in refused(content)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('a{b="c"} 1\n', {"a": {"b": {"c"}}}),
        ('a {b="c", } 1 1700000000000\n', {"a": {"b": {"c"}}}),
        ('a{b="}{\\"\\\\ # \\n"} NaN\r\n', {"a": {"b": {'}{"\\ # \n'}}}),
        ('{"my.name", b="c"} +Inf\n', {"my.name": {"b": {"c"}}}),
        ('a{"my.label"="c"} 1e-3\n', {"a": {"my.label": {"c"}}}),
        (
            '# TYPE a counter\n# UNIT a seconds\na_total{b="c"} 1 1.5 # {trace_id="x"} 0.5 1.2\na_created 1\n# EOF',
            {"a_total": {"b": {"c"}}, "a_created": {}},
        ),
        ('a{b="1"} 1\n# EOF\na{b="2"} 1\n# EOF\n', {"a": {"b": {"1", "2"}}}),
        ("a 1\n\n# a comment\n", {"a": {}}),
    ],
)
def test_both_text_formats_are_read(text: str, names: dict[str, dict[str, set[str]]]) -> None:
    seen = observe(text).names
    assert {name: {label: set(values) for label, values in (seen[name] or {}).items()} for name in seen} == names


@given(st.text(max_size=200))
def test_whatever_text_is_given_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(MetricsTextError):
        recognize(observe(text), catalog())


# --- recognition -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", CAPTURES)
def test_an_exporter_is_recognized_by_what_it_serves(profile: str) -> None:
    recognition = recognize(observed(profile), catalog())
    assert recognition.best is not None
    assert recognition.best.profile.name == profile
    assert not recognition.best.missing_labels
    assert recognition.kinds == ("mysql", "mariadb", "postgres")
    assert recognition.servers == 3


# Under `lowercaseOutputName` the agent without rules spells as Debezium's image for RHEL does.
@pytest.mark.parametrize("name", sorted(set(known_profiles()) - {"msk-connect", "no-rules-lowercase"}))
def test_every_profile_is_recognized_by_its_own_spelling(name: str) -> None:
    profile = load_profile(name)
    names: dict[str, dict[str, frozenset[str]]] = {}
    for exported, logical in profile.exported_names(catalog()).items():
        metric = catalog().find(logical[0])
        assert metric is not None
        labels = [each for each in metric.labels if profile.has_label(each, metric.family)]
        names[exported] = {profile.label(each, metric.family): frozenset({"a"}) for each in labels}
        names[exported] |= {label: frozenset({value}) for label, value in profile.matchers(metric).items()}
    recognition = recognize(Observed(names), catalog())
    assert recognition.best is not None
    assert recognition.best.profile.name == name


def test_a_renamed_label_is_told_from_another_profile() -> None:
    text = (METRICS / CAPTURES["lab"]).read_text().replace('server="', 'srv="')
    best = recognize(observe(text), catalog()).best
    assert best is not None
    assert best.profile.name == "lab"
    assert set(best.missing_labels) == {"server"}


@pytest.mark.parametrize("profile", CAPTURES)
def test_a_derived_profile_compiles_to_what_the_exporter_serves(profile: str) -> None:
    seen = observed(profile)
    derived = derive(seen, catalog(), "own")
    assert profile_from_data(profile_to_data(derived)) == derived
    best = recognize(seen, catalog(), [derived]).best
    assert best is not None
    assert not best.missing_labels
    shown = Rendering(catalog(), derived).render('max by (server) (Connected{context="streaming"})')
    assert shown == rendering(profile).render('max by (server) (Connected{context="streaming"})')


def test_an_unknown_exporter_gets_a_profile_of_its_own() -> None:
    text = (METRICS / CAPTURES["lab"]).read_text()
    for old, new in (("debezium_metrics_", "acme_cdc_"), ('server="', 'dbserver="'), ('plugin="', 'db="')):
        text = text.replace(old, new)
    assert recognize(observe(text), catalog()).best is None
    derived = derive(observe(text), catalog(), "acme", "a test")
    assert Rendering(catalog(), derived).render('max by (server) (Connected{plugin="mysql"})') == (
        'max by (dbserver) (acme_cdc_Connected{db="mysql"})'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "too few"),
        ("up 1\n", "too few"),
        ("<html><body>no</body></html>", "text of /metrics"),
        ("{}{}{}", "text of /metrics"),
        ('a{b="c" 1', "text of /metrics"),
        (
            """\
debezium_metrics_Connected{a="x",b="y"} 1
debezium_metrics_QueueTotalCapacity 1
debezium_metrics_MilliSecondsBehindSource 1
""",
            "no label tells connectors apart",
        ),
    ],
)
def test_what_tells_nothing_is_refused(text: str, message: str) -> None:
    with pytest.raises(MetricsTextError, match=message):
        derive(observe(text), catalog(), "own")
