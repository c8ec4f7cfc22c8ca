"""What an objective compiles to: what is recorded, at which pace, the alerts, the panels; and what is refused."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from dashlib import GrafanaRuleGroup, Guard, Level, Objective, RuleGroup, Signal, State, ThresholdSet
from dashlib.compile.declared_connectors import DeclaredConnector, DeclaredConnectors, ThresholdOverride
from dashlib.compile.loading import load_project
from dashlib.compile.outputs.rule_yaml import RuleSettings, compile_rule_file
from dashlib.compile.project import compile_project
from dashlib.compile.recording import derive
from dashlib.compile.rendering import Rendering
from dashlib.errors import DeclarationError
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from dashlib.proof.obligations import obligations

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashlib.compile.loading import Project
    from dashlib.documents.document import Document

ROOT = Path(__file__).parents[2]
LAG = Signal(
    "delay",
    "Delay",
    expression='max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    description="Delay.",
)
PAUSED = Guard("it is paused", expression='max by (job, plugin, server) (SnapshotPaused{context="snapshot"}) == 1')
CONNECTED = Signal(
    "up",
    "Up",
    expression='min by (job, plugin, server) (Connected{context="streaming"})',
    unit="none",
    states=[State(0, "Down", "red"), State(1, "Up", "green")],
    description="Up.",
)
LEVELS = ThresholdSet(
    "mine", [Level(LAG, "warning", above=5, for_="2m"), Level(CONNECTED, "critical", equals=0, for_="1m")]
)
FRESH = Objective("orders fresh", good=LAG.unless(PAUSED).within("warning"), target=99.9)
STEM = "server:debezium_objective_orders_fresh"
NOBODY = DeclaredConnectors()


def events(name: str, metric: str, labels: str = "job, plugin, server") -> Signal:
    return Signal(
        name,
        name.title(),
        expression=f'sum by ({labels}) (increase({metric}{{context="streaming"}}[$__rate_interval]))',
        unit="short",
        description="Events.",
    )


TOTAL = events("events", "TotalNumberOfEventsSeen")
GOOD = events("creates", "TotalNumberOfCreateEventsSeen")


def document(
    *objectives: Objective, connectors: DeclaredConnectors = NOBODY, profile: str = "lab", **more: Any
) -> Document:
    group = RuleGroup("objectives", file="o.yml", rules=objectives, thresholds=LEVELS, **more)
    rendering = Rendering(catalog(), load_profile(profile))
    settings = RuleSettings({}, "https://example.com/runbooks", lambda *_: None, connectors)
    recording = derive([group], rendering, connectors)
    return compile_rule_file([group], rendering, settings, PurePosixPath("o.yml"), "o.py", recording)


def compiled(*objectives: Objective, **more: Any) -> dict[str, dict[str, Any]]:
    found = document(*objectives, **more)
    return {
        str(rule.get("record", rule.get("alert"))): {**rule, "expr": " ".join(str(rule["expr"]).split())}
        for group in found.data["groups"]
        for rule in group["rules"]
    }


def test_time_is_bad_beyond_the_level_good_within_it_and_does_not_count_where_a_guard_says_so() -> None:
    recorded = "server:debezium_delay_unless_is_paused_seconds:max"
    assert compiled(FRESH)[f"{STEM}:bad"]["expr"] == f"{recorded} > bool 5"


def test_each_sum_is_recorded_at_the_pace_of_the_time_that_it_is_over() -> None:
    paces = {
        str(rule.get("record", rule.get("alert"))): group["interval"]
        for group in document(FRESH, interval="20s").data["groups"]
        for rule in group["rules"]
    }
    assert {name.rpartition(":")[2]: pace for name, pace in paces.items() if ":" in name} == {
        "bad": "20s", "bad_ratio_5m": "20s", "bad_ratio_30m": "20s", "bad_ratio_1h": "20s", "bad_ratio_2h": "20s",
        "bad_ratio_6h": "20s", "bad_5m": "5m", "counted_5m": "5m", "bad_1h": "1h", "counted_1h": "1h",
        "hour_ended": "1h", "bad_open": "2m", "counted_open": "2m", "bad_ratio_1d": "2m", "bad_ratio_3d": "2m",
        "bad_ratio_30d": "2m", "budget_left_percent": "2m",
    }  # fmt: skip
    assert {paces["OrdersFreshBudgetBurnsFast"], paces["OrdersFreshBudgetBurnsSlowly"]} == {"20s"}


def test_long_averages_ask_sums_over_hours_and_never_each_evaluation() -> None:
    rules = compiled(FRESH)
    for window in ("1d", "3d", "30d"):
        text = rules[f"{STEM}:bad_ratio_{window}"]["expr"]
        assert f"sum_over_time({STEM}:bad_1h[{window}])" in text
        assert f"{STEM}:bad[" not in text
        assert f"{STEM}:bad_5m[" not in text


def test_the_alerts_have_the_windows_of_the_workbook() -> None:
    rules = compiled(FRESH)
    assert rules["OrdersFreshBudgetBurnsFast"]["expr"] == (
        f"( {STEM}:bad_ratio_1h / 0.001 > 14.4 and {STEM}:bad_ratio_5m / 0.001 > 14.4 )"
        f" or ( {STEM}:bad_ratio_6h / 0.001 > 6 and {STEM}:bad_ratio_30m / 0.001 > 6 )"
    )
    assert rules["OrdersFreshBudgetBurnsSlowly"]["expr"] == (
        f"{STEM}:bad_ratio_3d / 0.001 > 1 and {STEM}:bad_ratio_6h / 0.001 > 1"
    )
    assert rules["OrdersFreshBudgetBurnsFast"]["labels"] == {
        "severity": "critical", "signal": "orders_fresh_budget", "objective": "orders fresh",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("window", "long", "short"), [("7d", "14m", "1m10s"), ("28d", "56m", "4m40s"), ("90d", "3h", "15m")]
)
def test_the_windows_of_another_period_are_in_proportion(window: str, long: str, short: str) -> None:
    objective = Objective("orders fresh", good=LAG.within("warning"), target=99, window=window)
    text = compiled(objective)["OrdersFreshBudgetBurnsFast"]["expr"]
    assert text.startswith(f"( {STEM}:bad_ratio_{long} / 0.01 > 14.4 and {STEM}:bad_ratio_{short} / 0.01 > 14.4 )")


def test_an_alert_that_could_never_fire_is_not_compiled() -> None:
    """Of a budget of a tenth no more than ten times as much burns as it may."""
    text = compiled(Objective("orders fresh", good=LAG.within("warning"), target=90))
    assert text["OrdersFreshBudgetBurnsFast"]["expr"].count("> 6") == 2
    assert "14.4" not in text["OrdersFreshBudgetBurnsFast"]["expr"]
    assert "OrdersFreshBudgetBurnsFast" not in compiled(
        Objective("orders fresh", good=LAG.within("warning"), target=80)
    )


def test_texts_say_what_is_left_when_it_ends_and_what_was_promised() -> None:
    said = compiled(FRESH)["OrdersFreshBudgetBurnsFast"]["annotations"]
    assert said["summary"].endswith("burns too fast: 2 % within 1 hour or 5 % within 6 hours.")
    assert f'with printf "{STEM}:budget_left_percent{{job=%q,plugin=%q,server=%q}}" $labels.job' in said["description"]
    assert "/ 100 * 2592000 / %f" in said["description"]
    assert "99.9 % of the time that counts within 30 days, Delay is not above 5 seconds" in said["description"]
    assert said["runbook_url"] == "https://example.com/runbooks/objectives.md#a-budget-burns-fast"
    own = Objective("orders fresh", good=LAG.within("warning"), target=99, runbook="orders")
    link = compiled(own)["OrdersFreshBudgetBurnsSlowly"]["annotations"]["runbook_url"]
    assert link == "https://example.com/runbooks/orders.md#ordersfreshbudgetburnsslowly"


def test_time_without_a_sample_counts_only_where_that_is_declared() -> None:
    text = compiled(FRESH)
    assert f"{STEM}:last_seen" not in text
    missing = compiled(
        Objective("orders fresh", good=CONNECTED.unless(PAUSED).within("critical"), target=99, missing="bad")
    )
    bad = missing[f"{STEM}:bad"]["expr"]
    assert "== bool 0 or ( 0 * ( server:debezium_objective_orders_fresh:last_seen unless min by" in bad
    assert bad.endswith("== 1 ) )")  # a paused one that is gone does not count either
    assert missing[f"{STEM}:last_seen"]["expr"].endswith(">= time() - 86400")


def test_events_are_good_by_their_number_and_none_count_where_there_are_none() -> None:
    rules = compiled(Objective("orders fresh", good=GOOD, total=TOTAL, target=99))
    assert rules[f"{STEM}:events"]["expr"].endswith(") > 0")
    assert rules[f"{STEM}:bad"]["expr"].startswith(f"clamp_min( {STEM}:events - sum by (job, plugin, server) (")
    assert rules[f"{STEM}:bad"]["expr"].endswith(f", 0 ) or {STEM}:events")
    assert rules[f"{STEM}:counted_5m"]["expr"] == f"sum_over_time({STEM}:events[5m])"


def test_a_connector_with_a_level_of_its_own_has_a_rule_of_its_own() -> None:
    orders = DeclaredConnector("orders", "mysql")
    override = ThresholdOverride(orders, thresholds=ThresholdSet("slow", [Level(LAG, "warning", above=60)]))
    connectors = DeclaredConnectors({"orders": orders}, (override,))
    rules = [
        " ".join(rule["expr"].split())
        for group in document(FRESH, connectors=connectors).data["groups"]
        for rule in group["rules"]
        if rule.get("record") == f"{STEM}:bad"
    ]
    assert [text.partition("{")[2] for text in rules] == ['server!="orders"} > bool 5', 'server="orders"} > bool 60']


def test_a_profile_without_the_metric_leaves_the_objective_out_and_says_so() -> None:
    signal = Signal(
        "binlog",
        "Binlog",
        expression="max by (job, plugin, server) (BinlogPosition)",
        unit="bytes",
        description="Position.",
    )
    far = ThresholdSet("far", [Level(signal, "warning", above=5)])
    found = document(
        Objective("binlog near", good=signal.within("warning"), target=99, thresholds=far),
        FRESH,
        profile="debezium-server-otel",
    )
    assert [(each.name, each.kind) for each in found.left_out] == [("binlog near", "rule")]
    names = [str(rule.get("record", "")) for each in found.data["groups"] for rule in each["rules"]]
    assert any("orders_fresh" in name for name in names)
    assert not any("binlog" in name for name in names)


def test_clusters_are_told_apart_and_the_names_stay() -> None:
    project = load_project(ROOT / "examples" / "objectives")
    documents = compile_project(evolve(project, configuration=evolve(project.configuration, identity=("cluster",))))
    rules = {
        str(rule.get("record", rule.get("alert"))): rule
        for each in documents
        if each.kind == "rules"
        for found in each.data["groups"]
        for rule in found["rules"]
    }
    assert "server:debezium_objective_changes_fresh:bad" in rules
    alert = rules["ChangesFreshBudgetBurnsFast"]
    assert "cluster=%q" in alert["annotations"]["description"]
    assert "(cluster {{ $labels.cluster }})" in alert["annotations"]["summary"]


# what is refused


def refused(make: Callable[[], object]) -> str:
    with pytest.raises(DeclarationError) as caught:
        make()
    assert caught.value.source is not None
    assert caught.value.source.file == __file__, caught.value
    return caught.value.message


def objective(**more: Any) -> Objective:
    return Objective(more.pop("name", "orders fresh"), **{"good": LAG.within("warning"), "target": 99.9, **more})


def group(*rules: Objective, **more: Any) -> RuleGroup:
    return RuleGroup(more.pop("name", "g"), file="g.yml", rules=rules, thresholds=LEVELS, **more)


MANY = Signal(
    "state", "State", expression="Connected", unit="none", description="State.",
    states=[State(number, str(number), "red") for number in range(3)],
)  # fmt: skip
BARE = Signal("bare", "Bare", expression="Connected", unit="none", description="Bare.")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: objective(target=100), "above 0 and below 100 percent"),
        (lambda: objective(target=0), "above 0 and below 100 percent"),
        (lambda: objective(window="a month"), "must be a duration"),
        (lambda: group(objective(window="10s")), "make the window at least 6d, or the group's interval shorter"),
        (lambda: group(objective(), interval="10m"), "make the window at least 120d"),
        (lambda: group(objective(), objective()), "has two rules named orders fresh; the other is at "),
        (lambda: objective(good=BARE.within("warning")), "whose unit is 'none'"),
        (lambda: objective(good=MANY.within("warning")), "whose 3 states have no order"),
        (lambda: objective(good=GOOD), "got a signal without total"),
        (lambda: objective(total=TOTAL), "got a level and a total"),
        (lambda: objective(good=GOOD, total=TOTAL, missing="bad"), "leave out missing='bad'"),
        (lambda: objective(page="page", ticket="page"), "the severity 'page' for both of its alerts"),
        (lambda: objective(name="orders/fresh"), "must be words of letters and digits"),
        (lambda: document(objective(good=LAG.within("warnin"))), "did you mean 'warning'"),
        (lambda: document(objective(good=events("x", "TotalNumberOfEventsSeen", "job"), total=TOTAL)), "other labels"),
        (
            lambda: GrafanaRuleGroup("g", folder="f", rules=[group(objective())]),
            "Grafana-managed rules record nothing",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_with_its_place(make: Callable[[], object], said: str) -> None:
    assert said in refused(make)


SEVERITIES_OF_ONES_OWN = (
    "from dashlib import Dashboard, Objective, RuleGroup, datasource_variable, objective_row\n"
    "from dashlib.debezium.connectors import LIVE_LAG\n"
    "from dashlib.debezium.thresholds import PRODUCTION\n"
    "FRESH = Objective('Orders fresh', good=LIVE_LAG.within('warning'), target=99{more})\n"
    "group = RuleGroup('a', file='a.yml', thresholds=PRODUCTION, dashboard='a', rules=[FRESH])\n"
    "board = Dashboard(uid='a', title='A', variables=[datasource_variable()], rows=[objective_row(FRESH)])\n"
)


def project_with(folder: Path, more: str) -> Project:
    (folder / "pyproject.toml").write_text(
        '[tool.dashlib]\ndeclarations = ["alerts"]\nseverities = ["to-do", "page"]\n'
    )
    (folder / "alerts").mkdir()
    (folder / "alerts" / "one.py").write_text(SEVERITIES_OF_ONES_OWN.replace("{more}", more))
    return load_project(folder)


def test_a_project_with_severities_of_its_own_is_told_to_name_two_of_them(tmp_path: Path) -> None:
    said = r"one\.py:4: objective 'Orders fresh' has .* lists 'to-do', 'page': name two of them, Objective\(…, page="
    with pytest.raises(DeclarationError, match=said):
        project_with(tmp_path, "")


def test_its_alerts_have_the_severities_that_it_names_and_are_proven_with_them(tmp_path: Path) -> None:
    project = project_with(tmp_path, ", page='page', ticket='to-do'")
    documents = compile_project(project)
    alerts = {
        rule["alert"]: rule["labels"]["severity"]
        for each in documents
        if each.kind == "rules"
        for found in each.data["groups"]
        for rule in found["rules"]
        if "alert" in rule
    }
    assert alerts == {"OrdersFreshBudgetBurnsFast": "page", "OrdersFreshBudgetBurnsSlowly": "to-do"}
    burns = {each.alert: each.labels["severity"] for each in obligations(project, documents, "") if each.burn}
    assert burns == alerts


def test_two_objectives_of_one_name_are_refused_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.dashlib]\ndeclarations = ["alerts"]\n')
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts" / "two.py").write_text(
        "from dashlib import Objective, RuleGroup\n"
        "from dashlib.debezium.connectors import LIVE_LAG\n"
        "from dashlib.debezium.thresholds import PRODUCTION, OPERATIONS\n"
        "groups = [RuleGroup(name, file=f'{name}.yml', thresholds=PRODUCTION, rules=[\n"
        "    Objective('Orders fresh', good=LIVE_LAG.within('warning'), target=99)]) for name in ('a', 'b')]\n"
    )
    with pytest.raises(DeclarationError, match=r"two\.py:5: two objectives are named 'Orders fresh'; the other is at"):
        compile_project(load_project(tmp_path))


# panels


def test_the_row_asks_recorded_series_of_what_is_chosen() -> None:
    documents = compile_project(load_project(ROOT / "examples" / "objectives"))
    [dashboard] = [each.data for each in documents if each.kind == "dashboard"]
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    stem = "server:debezium_objective_changes_fresh"
    chosen = '{server=~"$connector"}'
    assert asked[:6] == [
        f"bottomk(1, {stem}:budget_left_percent{chosen})",
        f"bottomk(20, {stem}:budget_left_percent{chosen})",
        f"topk(20, {stem}:bad_ratio_1h{chosen} / 0.001)",
        f"topk(20, {stem}:bad_ratio_6h{chosen} / 0.001)",
        f"topk(20, {stem}:bad_ratio_3d{chosen} / 0.001)",
        f"bottomk(20, 100 - 100 * {stem}:bad_ratio_1h{chosen})",
    ]


def test_an_alert_links_to_its_panel() -> None:
    documents = compile_project(load_project(ROOT / "examples" / "objectives"))
    [dashboard] = [each.data for each in documents if each.kind == "dashboard"]
    panels = {panel["id"]: panel["title"] for panel in dashboard["panels"]}
    links = [
        rule["annotations"]["dashboard_url"]
        for each in documents
        if each.kind == "rules"
        for found in each.data["groups"]
        for rule in found["rules"]
        if "alert" in rule
    ]
    titles = [panels[int(link.partition("viewPanel=")[2].partition("&")[0])] for link in links]
    assert titles == ["Burn Rate", "Budget Left, the Worst 20"] * 2
