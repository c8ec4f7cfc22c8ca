"""Library panels: a file each, and the places in which dashboards show them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dashlib import (
    Dashboard,
    DashlibError,
    LibraryPanel,
    Query,
    Row,
    datasource_variable,
    from_library,
    label_variable,
    library_panel,
    of_panel,
    stat,
    text_variable,
    timeseries,
)
from dashlib.compile.configuration import Configuration
from dashlib.compile.loading import Declared, Project
from dashlib.compile.outputs import output_of
from dashlib.compile.project import compile_for_profile, compile_project, serialize
from dashlib.compile.validation import SchemaError, validate
from dashlib.debezium.connectors import CONNECTED, LAG
from dashlib.debezium.thresholds import PRODUCTION
from dashlib.documents.library import with_library_panels
from tests.conftest import DASHBOARD

if TYPE_CHECKING:
    from dashlib.documents.document import Document
    from tests.conftest import Shell

REQUESTS = Query('sum by (code) (rate(http_requests_total{job="$job"}[$__rate_interval]))')
JOB = text_variable("job", "Job")
ERRORS = library_panel(
    "Errors", timeseries(REQUESTS, "Errors by code", width=8), variables=[datasource_variable(), JOB]
)


def overview(*rows: Row, **settings: Any) -> Dashboard:
    return Dashboard(**{"uid": "o", "title": "O", "variables": [datasource_variable(), JOB], "rows": rows, **settings})


def project(*items: Any, **settings: Any) -> Project:
    return Project(
        Path("/nowhere"), Configuration(**settings), tuple(Declared(each, "dashboards/web.py") for each in items)
    )


def compiled(*items: Any, **settings: Any) -> dict[str, Document]:
    documents = compile_project(project(*items, **settings))
    return {each.data.get("name") or each.data["title"]: each for each in documents}


def refused(*items: Any) -> str:
    with pytest.raises(DashlibError) as caught:
        compile_project(project(*items))
    return str(caught.value)


def test_a_dashboard_holds_the_place_and_the_file_of_its_own_the_panel() -> None:
    documents = compiled(ERRORS, overview(Row("Web", [ERRORS, stat(Query("up"), "Up")])))
    element = documents["Errors"]
    assert str(element.path) == f"build/library-panels/{ERRORS.uid}.json"
    assert {**element.data, "model": ...} == {"uid": ERRORS.uid, "name": "Errors", "kind": 1, "model": ...}
    model = element.data["model"]
    assert (model["type"], model["title"]) == ("timeseries", "Errors by code")
    assert model["datasource"] == {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}
    assert 'job="$job"' in model["targets"][0]["expr"]
    assert not {"id", "gridPos"} & set(model)

    _, place, up = documents["O"].data["panels"]
    assert place == {
        "id": place["id"],
        "type": "library-panel-ref",
        "title": "Errors by code",
        "gridPos": {"h": 8, "w": 8, "x": 0, "y": 1},
        "libraryPanel": {"uid": ERRORS.uid, "name": "Errors"},
    }
    assert up["gridPos"] == {"h": 8, "w": 16, "x": 8, "y": 1}, "the line is shared as with any panel"
    assert [each["id"] for each in documents["O"].data["__requires"] if each["type"] == "panel"] == [
        "stat",
        "timeseries",
    ]
    for document in documents.values():
        validate(document)


def test_a_name_says_the_same_as_the_panel_and_a_place_has_a_size_of_its_own() -> None:
    by_name = compiled(ERRORS, overview(Row([from_library("Errors", width=6, height=3)])))["O"]
    by_panel = compiled(ERRORS, overview(Row([from_library(ERRORS, width=6, height=3)])))["O"]
    assert by_name.data == by_panel.data
    assert by_name.data["panels"][0]["gridPos"] == {"h": 3, "w": 6, "x": 0, "y": 0}


def test_one_shown_twice_has_two_ids() -> None:
    panels = compiled(ERRORS, overview(Row([ERRORS, from_library("Errors"), from_library(ERRORS, key="third")])))
    ids = [each["id"] for each in panels["O"].data["panels"]]
    assert len(set(ids)) == 3
    alone = compiled(ERRORS, overview(Row([ERRORS])))["O"].data["panels"][0]["id"]
    assert alone == ids[0], "the first keeps its id"


def test_the_uid_is_made_from_the_name_and_the_folder_is_the_projects() -> None:
    assert ERRORS.uid == library_panel("Errors", stat(Query("up"), "Up")).uid == "errors-3bfd562b"
    assert library_panel("Errors", stat(Query("up"), "Up"), uid="web-errors").uid == "web-errors"
    found, _ = project(ERRORS, folder="Team/Web").library_panels["Errors"]
    assert found.folder == "Team/Web"


def test_signals_take_their_filters_steps_and_lines_from_the_library_panel() -> None:
    connector = label_variable("connector", "Connector", label="server", metric="Connected")
    lag = library_panel("Lag", timeseries(LAG), variables=[datasource_variable(), connector], thresholds=PRODUCTION)
    shown = overview(Row([lag]), variables=[datasource_variable(), connector])
    document = compiled(lag, shown)["Lag"]
    assert 'server=~"$connector"' in document.data["model"]["targets"][0]["expr"]
    steps = document.data["model"]["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [each["value"] for each in steps] == [None, 5, 30]
    assert document.sources["/model/targets/0/expr"].source == LAG.source
    assert document.sources["/model/fieldConfig/defaults/thresholds/steps/2"].level


def test_clusters_are_told_apart_in_the_library_as_in_dashboards() -> None:
    connector = label_variable("connector", "Connector", label="server", metric="Connected")
    lag = library_panel("Lag", timeseries(LAG), variables=[datasource_variable(), connector])
    own = overview(Row([lag, timeseries(LAG, "Own")]), variables=[datasource_variable(), connector])
    documents = compiled(lag, own, identity=("cluster",))
    expression = documents["Lag"].data["model"]["targets"][0]["expr"]
    assert 'cluster=~"$cluster"' in expression
    assert documents["O"].data["panels"][1]["targets"][0]["expr"] == expression


def test_an_alert_links_to_the_place_of_what_it_compares(shell: Shell) -> None:
    shell.write(
        "dashboards/overview.py",
        DASHBOARD.replace("from dashlib import ", "from dashlib import library_panel, ")
        .replace("\noverview =", '\nlag = library_panel("Lag", timeseries(LAG), thresholds=PRODUCTION)\noverview =')
        .replace("timeseries(LAG)])]", "lag])]"),
    )
    assert shell.dashlib("build").returncode == 0
    compiled = {Path(path).name: content for path, content in shell.compiled().items()}
    panels = json.loads(compiled["overview.json"])["panels"]
    place = next(each for each in panels if each["title"] == "Lag")
    assert f"/d/overview?viewPanel={place['id']}" in compiled["lag.yml"].decode()


def test_two_of_one_name_are_an_error_that_names_both_places() -> None:
    other = library_panel("Errors", stat(Query("up"), "Up"), uid="other")
    said = refused(ERRORS, other, overview(Row([ERRORS])))
    assert said.startswith(f"{other.source}: the name of library panel 'Errors' is also used at {ERRORS.source}")
    twin = library_panel("Twin", stat(Query("up"), "Up"), uid=ERRORS.uid)
    assert f"the uid '{ERRORS.uid}' of library panel 'Twin' is also used at {ERRORS.source}" in refused(ERRORS, twin)


def test_an_unknown_name_is_an_error_with_the_nearest() -> None:
    said = refused(ERRORS, overview(Row([from_library("Erors")])))
    assert said.startswith(__file__)
    assert "declares no library panel 'Erors'" in said
    assert said.endswith("did you mean 'Errors'?")
    assert "there are: none" in refused(overview(Row([ERRORS]))), "it is in no declaration file"


@pytest.mark.parametrize(
    ("panel", "said"),
    [
        (ERRORS, "needs $job, which is not a variable of the dashboard; it has $DS_PROMETHEUS"),
        (
            library_panel(
                "Each",
                stat(Query("up"), "Up", repeat="host"),
                variables=[datasource_variable(), text_variable("host", "Host")],
            ),
            "library panel 'Each' of dashboard 'o' is repeated by 'host', which is not a variable of the dashboard",
        ),
    ],
)
def test_a_dashboard_has_the_variables_of_what_it_shows(panel: LibraryPanel, said: str) -> None:
    assert said in refused(panel, overview(Row([panel]), variables=[datasource_variable()]))


@pytest.mark.parametrize(
    ("panel", "said"),
    [
        (library_panel("Errors", timeseries(REQUESTS, "E")), "library panel 'Errors': $job is not a variable of the"),
        (
            library_panel("Errors", timeseries(of_panel("Up"), "E")),
            "a query of library panel 'Errors' shows panel 'Up'",
        ),
    ],
)
def test_a_library_panel_lists_what_it_needs(panel: LibraryPanel, said: str) -> None:
    assert said in refused(panel, overview(Row([panel])))


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: library_panel(" ", stat(Query("up"), "Up")), "needs a name of 1 to 150 characters; got ' '"),
        (lambda: library_panel("A", ERRORS), "library panel 'A' shows a library panel; give it the panel itself"),
        (lambda: library_panel("A", stat(Query("up"), "Up"), uid="a b"), "uid must be letters, digits"),
        (lambda: from_library("A", width=25), "width must be 1 to 24 grid units; got 25"),
    ],
)
def test_a_wrong_argument_is_a_sentence_with_its_place(declare: Any, said: str) -> None:
    with pytest.raises(DashlibError, match=said) as caught:
        declare()
    assert str(caught.value).startswith(__file__)


def test_what_the_profile_lacks_is_left_out_with_its_places() -> None:
    lost = library_panel("Lost", stat(CONNECTED))
    kept = stat(Query("up"), "Up")
    found = compile_for_profile(project(lost, ERRORS, overview(Row([lost, kept]))), "strimzi")
    assert [each.data.get("name") or each.data["title"] for each in found.documents] == ["Errors", "O"]
    assert [each["title"] for each in found.documents[1].data["panels"]] == ["Up"]
    assert {(each.kind, each.name) for each in found.left_out} == {("library panel", "Lost"), ("panel", "Lost")}


def test_readers_see_what_is_in_the_library_at_its_lines() -> None:
    documents = compile_project(project(ERRORS, overview(Row("Web", [ERRORS], collapsed=True))))
    shown = next(each for each in with_library_panels(documents) if each.kind == "dashboard")
    panel = shown.data["panels"][0]["panels"][0]
    assert panel["type"] == "timeseries"
    assert panel["gridPos"] == documents[-1].data["panels"][0]["panels"][0]["gridPos"]
    assert "libraryPanel" not in panel
    assert shown.sources["/panels/0/panels/0"].source == documents[0].sources["/model"].source
    assert shown.sources["/panels/0/panels/0/targets/0/expr"].source == REQUESTS.source
    assert "libraryPanel" in documents[-1].data["panels"][0]["panels"][0], "what is written is left alone"


@pytest.mark.parametrize("key", ["id", "gridPos"])
def test_the_schema_wants_a_panel_without_a_place(key: str) -> None:
    document = compile_project(project(ERRORS))[0]
    document.data["model"][key] = {"h": 8, "w": 8, "x": 0, "y": 0} if key == "gridPos" else 1
    with pytest.raises(SchemaError, match=f"/model/{key}"):
        validate(document)


def test_the_output_says_what_the_rest_of_dashlib_asks() -> None:
    output = output_of("library-panel")
    document = compile_project(project(ERRORS))[0]
    assert output.described(document) == ("Errors", "library panel (Time series)")
    assert output.is_compiled(serialize(document))
    assert not output.is_compiled(b'{"name": "somebody\'s own"}\n')


DECLARED = """\
from dashlib import Dashboard, Row, datasource_variable, library_panel, promql, stat, timeseries

errors = library_panel("Errors", timeseries(promql("sum(rate(http_requests_total[5m]))"), "Errors"))
spare = library_panel("Spare", stat(promql("up"), "Up"))
web = Dashboard(uid="web", title="Web", variables=[datasource_variable()], rows=[Row([errors, errors])])
"""


def test_a_project_on_disk_from_build_to_prune(shell: Shell) -> None:
    settings = shell.folder / "pyproject.toml"
    settings.write_text(settings.read_text().replace("[tool.dashlib]\n", '[tool.dashlib]\nlibrary_panels = "lib"\n'))
    shell.write("dashboards/web.py", DECLARED)
    built = shell.dashlib("build")
    assert built.returncode == 0, built.stderr
    assert "dashboards/web.py:4: library panel 'Spare' is shown by no dashboard of the project" in built.stderr
    files = sorted(file.name.partition("-")[0] for file in (shell.folder / "lib").iterdir())
    assert files == ["errors", "spare"]
    element = json.loads(next((shell.folder / "lib").glob("errors-*")).read_bytes())
    assert element["model"]["type"] == "timeseries"
    assert shell.dashlib("build", "--check").returncode == 0
    assert "library panel (Stat)" in shell.dashlib("list").stdout

    shell.write("dashboards/web.py", DECLARED.replace('spare = library_panel("Spare", stat(promql("up"), "Up"))\n', ""))
    assert "no longer declared" in shell.dashlib("build").stdout
    shell.dashlib("build", "--prune")
    assert [file.name.partition("-")[0] for file in (shell.folder / "lib").iterdir()] == ["errors"]


def test_lint_says_once_at_its_line_what_is_wrong_in_the_library(shell: Shell) -> None:
    shell.write("dashboards/web.py", DECLARED)
    found = shell.dashlib("lint", "--format", "json")
    lines = [each["line"] for each in json.loads(found.stdout)["findings"] if each["check"] == "panel-text"]
    assert lines == [3, 4], "the first is shown twice, the second nowhere"
