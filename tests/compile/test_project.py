from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from dashlib.compile.configuration import Configuration, find_root, read_configuration
from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.errors import ConfigurationError, DashlibError, DeclarationError
from dashlib.metrics.profiles import shipped_profiles
from tests.compiled import PROJECT
from tests.conftest import CONFIGURATION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Shell

FIRST_PROFILE = shipped_profiles()[0]


def compile_all(shell: Shell) -> dict[str, str]:
    documents = compile_project(load_project(shell.folder))
    return {str(document.path): document.declared_in for document in documents}


def test_every_declaration_file_is_found(shell: Shell) -> None:
    assert compile_all(shell) == {
        "compiled/dashboards/overview.json": "dashboards/overview.py",
        "compiled/rules/lag.yml": "alerts/lag.py",
        "compiled/rules/recorded.yml": "alerts/lag.py",
    }


def test_a_declaration_file_may_import_its_neighbours(shell: Shell) -> None:
    shell.write("dashboards/_shared.py", "TAGS = ['shared']\n")
    shell.write("common.py", "TITLE = 'From a module beside the folders'\n")
    file = shell.folder / "dashboards/overview.py"
    text = file.read_text().replace('title="Overview"', "title=TITLE, tags=TAGS")
    file.write_text(f"from _shared import TAGS\nfrom common import TITLE\nfrom dashboards._shared import TAGS\n{text}")
    (dashboard, *_) = compile_project(load_project(shell.folder))
    assert dashboard.data["title"] == "From a module beside the folders"
    assert dashboard.data["tags"] == ["shared"]


def test_two_projects_in_one_process_do_not_see_each_others_modules(shell: Shell, tmp_path: Path) -> None:
    shell.write("common.py", "UID = 'first'\n")
    other = type(shell)(tmp_path / "other")
    for name in ("first", "other"):
        folder = shell if name == "first" else other
        folder.write("common.py", f"UID = {name!r}\n")
        folder.write("pyproject.toml", "[tool.dashlib]\n")
        folder.write(
            "dashboards/overview.py",
            "from common import UID\nfrom dashlib import Dashboard\nd = Dashboard(uid=UID, title='T', rows=[])\n",
        )
    (shell.folder / "alerts/lag.py").unlink()
    assert [d.data["uid"] for d in compile_project(load_project(shell.folder))] == ["first"]
    assert [d.data["uid"] for d in compile_project(load_project(other.folder))] == ["other"]


def test_a_list_of_dashboards_is_found_and_an_imported_one_belongs_to_its_own_file(shell: Shell) -> None:
    shell.write(
        "dashboards/all.py",
        "from dashlib import Dashboard\nfrom dashboards.overview import overview\n"
        "teams = [Dashboard(uid=f'team-{n}', title=f'Team {n}', rows=[]) for n in range(2)]\n",
    )
    assert compile_all(shell) == {
        "compiled/dashboards/overview.json": "dashboards/overview.py",
        "compiled/dashboards/team-0.json": "dashboards/all.py",
        "compiled/dashboards/team-1.json": "dashboards/all.py",
        "compiled/rules/lag.yml": "alerts/lag.py",
        "compiled/rules/recorded.yml": "alerts/lag.py",
    }


def test_the_nearest_folder_with_a_configuration_is_the_project(shell: Shell) -> None:
    below = shell.folder / "dashboards" / "deep"
    below.mkdir()
    assert find_root(below) == shell.folder


def test_everything_in_the_configuration_has_a_default(tmp_path: Path) -> None:
    assert read_configuration(tmp_path) == Configuration()


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ("[tool.dashlib\n", "is not valid TOML"),
        ("[tool.dashlib]\nprofil = 'lab'\n", r':2: \[tool.dashlib\] has no setting "profil"; did you mean "profile"'),
        ("[tool.dashlib]\nprofile = 3\n", "profile: found 3; expected a non-empty string"),
        (
            "[tool.dashlib]\ndeclarations = 'dashboards'\n",
            'found "dashboards"; expected a non-empty list of folders',
        ),
        ("[tool.dashlib]\nrules = '/etc/prometheus'\n", "rules: found .*; expected a folder below the project's root"),
        ("[tool.dashlib]\nrules = '../elsewhere'\n", "rules: found .*; expected a folder below the project's root"),
        (
            "[tool.dashlib]\nprofile = 'nobodys'\n",
            f"no naming profile 'nobodys'; dashlib ships: {FIRST_PROFILE}",
        ),
        ("[tool.dashlib.labels]\nteam = 3\n", r":2: \[tool.dashlib.labels\] team: found 3; expected a string"),
        ("[tool.dashlib.catalog]\nlag = 3\n", r":2: \[tool.dashlib.catalog\] lag: found 3; expected a table"),
        ("[tool.dashlib.catalog.app_lag]\ntype = 'guage'\nunit = 's'\n", "gauge"),
        ("[tool.dashlib]\ndeclarations = ['nowhere']\n", "found no declarations in .*nowhere"),
        ("", r"no 'team'; add team = "),
    ],
)
def test_a_wrong_configuration_says_which_setting(shell: Shell, configuration: str, message: str) -> None:
    shell.write("pyproject.toml", configuration)
    with pytest.raises(ConfigurationError, match=message):
        compile_all(shell)


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ('uid="overview"', 'uid="overview" title', ":6", "not valid Python"),
        ("overview = ", "import nothing_like_it\noverview = ", ":5", "No module named 'nothing_like_it'"),
        ("overview = ", "1 / 0\noverview = ", ":5", "ZeroDivisionError: division by zero"),
        ("overview = ", "raise SystemExit\noverview = ", ":5", "SystemExit"),
        ("stat(CONNECTED)", "stat(CONNECTD)", ":13", "NameError: name 'CONNECTD' is not defined"),
        ("stat(CONNECTED)", "stat(CONNECTED, widht=3)", ":13", "no argument 'widht'; did you mean 'width'"),
        ('uid="overview"', f'uid="{"a" * 41}"', ":5", "at most 40 characters"),
        ("stat(CONNECTED)", "stat(CONNECTED, key='c'), stat(LAG, key='c')", ":13", "has two panels 'c'"),
        ('"connector", "Connector"', '"DS_PROMETHEUS", "C"', ":5", "declares variable 'DS_PROMETHEUS' twice"),
        (
            "overview = ",
            "from grafanalib import core\nmine = core.Notification('x')\noverview = ",
            ":6",
            "a grafanalib",
        ),
    ],
)
def test_a_mistake_in_a_declaration_names_file_and_line(
    shell: Shell, replace_in: Callable[[Path, str, str], None], old: str, new: str, place: str, message: str
) -> None:
    file = shell.folder / "dashboards/overview.py"
    replace_in(file, old, new)
    with pytest.raises(DashlibError, match=message) as raised:
        compile_all(shell)
    assert str(raised.value).startswith(f"{file}{place}: ")


@pytest.mark.parametrize(
    ("uid", "title", "message"),
    [
        ("overview", "Another", "uid 'overview' is also used at .*overview.py:5"),
        ("another", "Overview", "title 'Overview' is also used in folder 'Dashboards' at .*overview.py:5"),
    ],
)
def test_two_dashboards_cannot_share_uid_or_title(shell: Shell, uid: str, title: str, message: str) -> None:
    shell.write(
        "dashboards/second.py",
        f"from dashlib import Dashboard\n\nsecond = Dashboard(uid={uid!r}, title={title!r}, rows=[])\n",
    )
    with pytest.raises(DashlibError, match=message) as raised:
        compile_all(shell)
    assert "second.py:3: " in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        (
            'dashboard="overview"',
            'dashboard="overwiev"',
            ":5",
            "links to dashboard 'overwiev'; declared dashboards: overview",
        ),
        ('severity="warning",', 'severity="warning", panel="Gone",', ":11", "has no panel 'Gone'"),
        ("LAG.above", "CONNECTED.above", ":11", "has no level 'warning' for connected"),
        ('"DebeziumLag"', '"debezium lag"', ":11", "CamelCase"),
    ],
)
def test_a_mistake_in_a_rule_names_file_and_line(
    shell: Shell, replace_in: Callable[[Path, str, str], None], old: str, new: str, place: str, message: str
) -> None:
    file = shell.folder / "alerts/lag.py"
    replace_in(file, "connectors import LAG", "connectors import CONNECTED, LAG")
    replace_in(file, old, new)
    with pytest.raises(DashlibError, match=message) as raised:
        compile_all(shell)
    assert str(raised.value).startswith(f"{file}{place}: ")


def test_an_alert_links_to_the_panel_that_shows_its_signal(shell: Shell) -> None:
    dashboard, rules, _ = compile_project(load_project(shell.folder))
    panels = {panel["title"]: panel["id"] for panel in dashboard.data["panels"]}
    link = rules.data["groups"][0]["rules"][0]["annotations"]["dashboard_url"]
    assert link == (
        f"http://localhost:3000/d/overview?viewPanel={panels['Lag']}&var-connector={{{{ $labels.server | urlquery }}}}"
    )


def test_panels_ask_recording_rules_only_where_they_are_asked_to(shell: Shell) -> None:
    shell.write(
        "dashboards/lag.py",
        "from dashlib import Dashboard, Record, Row, RuleGroup, datasource_variable, timeseries\n"
        "from dashlib.debezium.connectors import LAG\n"
        'lag = Dashboard(uid="lag", title="Lag", variables=[datasource_variable()], rows=[Row([timeseries(LAG)])])\n'
        'recorded = RuleGroup("recorded", file="lag.yml", rules=[Record("server:debezium_lag_seconds:max", LAG)])\n',
    )

    def asked(settings: str) -> str:
        shell.write("pyproject.toml", f"[tool.dashlib]\ndeclarations = ['dashboards']\n{settings}")
        documents = compile_project(load_project(shell.folder))
        (dashboard,) = (each.data for each in documents if each.kind == "dashboard" and each.data["uid"] == "lag")
        expression: str = dashboard["panels"][0]["targets"][0]["expr"]
        return expression

    assert asked("").startswith("max by (job, plugin, server, connector) (debezium_metrics_MilliSecondsBehindSource")
    assert asked("panels_read_records = true") == "server:debezium_lag_seconds:max"


def test_the_worst_alone_are_shown_only_where_the_configuration_says_so() -> None:
    many = attrs.evolve(PROJECT, configuration=attrs.evolve(PROJECT.configuration, worst_only=True))
    for project, some in ((PROJECT, []), (many, ["worst"])):
        for document in compile_project(project):
            if document.kind == "dashboard" and document.data["uid"] != "debezium-alerts":
                listed = document.data["templating"]["list"]
                assert [one["name"] for one in listed if one.get("hide")] == some, document.path
                assert ("${worst:pipe}" in str(document.data["panels"])) is bool(some)


def test_the_list_says_what_was_guessed(shell: Shell) -> None:
    shell.write(
        "dashboards/own.py",
        "from dashlib import Dashboard, Row, Signal, datasource_variable, stat\n"
        "AGE = Signal('age', 'Age', expression='max by (shop) (orders_age_seconds)', description='D.')\n"
        "own = Dashboard(uid='own', title='Own', variables=[datasource_variable()], rows=[Row([stat(AGE)])])\n",
    )
    shell.write(
        "pyproject.toml",
        CONFIGURATION + '\n[tool.dashlib.catalog.orders_age_seconds]\ntype = "gauge"\nunit = "s"\nlabels = ["shop"]\n',
    )
    result = shell.dashlib("list")
    assert result.returncode == 0, result.stderr
    place = f"{shell.folder}/dashboards/own.py:2"
    assert result.stdout.splitlines()[-2:] == [
        f"{place}: unit of age is guessed: s",
        f"{place}: legend of age is guessed: {{{{shop}}}}",
    ]


def with_settings(shell: Shell, *lines: str) -> None:
    settings = "\n".join(lines)
    shell.write("pyproject.toml", CONFIGURATION.replace("[tool.dashlib]\n", f"[tool.dashlib]\n{settings}\n", 1))


def test_folder_tags_and_labels_of_alerts_are_the_projects(shell: Shell) -> None:
    assert load_project(shell.folder).dashboards[0][0].folder == "Dashboards"
    with_settings(shell, 'folder = "Team/Kafka"', 'tags = ["team"]', 'alert_labels = { org = "shop", team = "nobody" }')
    project = load_project(shell.folder)
    assert (project.dashboards[0][0].folder, project.dashboards[0][0].tags) == ("Team/Kafka", ("team",))
    rules = next(each for each in compile_project(project) if each.kind == "rules" and "lag" in str(each.path))
    labels = rules.data["groups"][0]["rules"][0]["labels"]
    assert (labels["org"], labels["team"]) == ("shop", "data")


def test_severities_and_their_order_are_the_projects(
    shell: Shell, replace_in: Callable[[Path, str, str], None]
) -> None:
    replace_in(shell.folder / "alerts/lag.py", 'severity="warning"', 'severity="pages"')
    with pytest.raises(
        DeclarationError, match=r"alert DebeziumLag has the severity 'pages'.*\[tool.dashlib\] severities"
    ):
        load_project(shell.folder)
    with_settings(shell, 'severities = ["info", "warning", "page"]')
    with pytest.raises(DeclarationError, match=r'did you mean "page"\?'):
        load_project(shell.folder)
    replace_in(shell.folder / "alerts/lag.py", 'severity="pages"', 'severity="page"')
    rules = next(each for each in compile_project(load_project(shell.folder)) if "lag" in str(each.path))
    assert rules.data["groups"][0]["rules"][0]["labels"]["severity"] == "page"
    replace_in(
        shell.folder / "alerts/lag.py",
        "thresholds=PRODUCTION",
        "thresholds=ThresholdSet('own', [Level(LAG, 'warning', above=9), Level(LAG, 'page', above=3)])",
    )
    replace_in(shell.folder / "alerts/lag.py", "import Alert", "import Level, ThresholdSet, Alert")
    with pytest.raises(DeclarationError, match="page must lie above warning"):
        load_project(shell.folder)


def test_an_override_may_name_a_threshold_set_that_is_declared_for_it_alone(shell: Shell) -> None:
    shell.write(
        "alerts/_teams.py",
        "from dashlib import Level, ThresholdSet\nfrom dashlib.debezium.connectors import LAG\n"
        "PATIENT = ThresholdSet('patient', [Level(LAG, 'warning', above=777, for_='1h')])\n",
    )
    shell.write("alerts/patient.py", "from _teams import PATIENT\n")
    shell.write(
        "pyproject.toml",
        f'{CONFIGURATION}\n[tool.dashlib.connectors.orders]\nplugin = "postgres"\n'
        '[tool.dashlib.overrides.orders]\nthresholds = "patient"\n',
    )
    rules = next(each for each in compile_project(load_project(shell.folder)) if "lag" in str(each.path))
    assert [rule["for"] for rule in rules.data["groups"][0]["rules"]][-1] == "1h"
