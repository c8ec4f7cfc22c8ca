"""Two Kafka Connect clusters in one Prometheus: doctor and profile say what tells them apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs
import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project, rendering_of
from dashlib.doctor import examination, installation, sets
from dashlib.metrics.clusters import lacking
from dashlib.metrics.identity import Identity
from dashlib.servers.prometheus import Prometheus
from tests.doctor.conftest import ROOT, metrics

if TYPE_CHECKING:
    from pathlib import Path

    from dashlib.doctor.report import Diagnosis
    from tests.conftest import Shell
    from tests.doctor.conftest import Labs

OF_CLUSTERS = {"clusters-merged", "identity-missing"}


def in_two_clusters(text: str) -> str:
    """Return the page of an exporter with each series once for each cluster."""

    def twice(line: str) -> str:
        name, brace, rest = line.partition("{")
        if line.startswith("#") or not brace:
            return line
        return "".join(f'{name}{{cluster="{cluster}",{rest}' for cluster in ("eu-1", "us-1"))

    return "".join(map(twice, text.splitlines(keepends=True)))


def diagnosed(url: str, identity: tuple[str, ...]) -> list[Diagnosis]:
    project = load_project(ROOT)
    project = attrs.evolve(project, configuration=attrs.evolve(project.configuration, identity=identity))
    examined = sets.of_project(compile_project(project), rendering_of(project), 15.0)
    report = examination.examine(Prometheus(url), examined)
    return [each for each in report.problems if each.kind in OF_CLUSTERS]


@pytest.mark.slow
def test_clusters_that_a_set_merges_and_the_line_that_keeps_them_apart(labs: Labs, shell: Shell) -> None:
    page = in_two_clusters(metrics()) + '# TYPE pg_up gauge\npg_up{server="postgres-server"} 1\n'
    with labs.lab(page, rule_files=()) as lab:
        [merged] = diagnosed(lab.url, ())
        [missing] = diagnosed(lab.url, ("cluster",))
        wrong = diagnosed(lab.url, ("clustr",))
        said = shell.dashlib("profile", "--prometheus", lab.url)
    assert (merged.kind, merged.subject, merged.severity) == ("clusters-merged", "cluster", "error")
    assert "told apart by cluster (eu-1, us-1) only: " in merged.message
    assert "mysql-server of job kafka-connect" in merged.message
    assert merged.hint == 'add to [tool.dashlib] in pyproject.toml: identity = ["cluster"]'
    assert (missing.kind, missing.severity) == ("identity-missing", "warning")
    assert "lack the label cluster, which [tool.dashlib] identity lists: pg_up of job kafka-connect" in missing.message
    assert "[tool.dashlib.identity_of] postgres_exporter = []" in missing.hint
    assert {(each.kind, each.subject) for each in wrong} == {
        ("clusters-merged", "cluster"),
        ("identity-missing", "clustr"),
    }
    assert re.search(r'add to \[tool.dashlib\] in pyproject.toml: identity = \["cluster"\]', said.stdout)


def test_a_label_that_no_series_has_and_one_that_some_have() -> None:
    connected = [{"job": "connect", "server": "orders", "cluster": "eu"}, {"job": "connect", "server": "stock"}]
    series = {("debezium", "Connected"): connected}
    found = list(installation.identity_lacking(lacking(series, Identity(("cluster", "tenant")))))
    assert [(each.kind, each.subject, each.severity) for each in found] == [
        ("identity-missing", "cluster", "warning"),
        ("identity-missing", "tenant", "error"),
    ]
    assert found[0].message.endswith("identity lists: Connected of job connect")
    assert found[1].message == "no series has the label tenant, which [tool.dashlib] identity lists"


def test_all_is_well_with_a_job_per_cluster() -> None:
    assert list(installation.clusters_merged(None)) == []


def test_a_page_of_two_clusters_proposes_what_tells_them_apart(shell: Shell, tmp_path: Path) -> None:
    page = tmp_path / "federated.txt"
    page.write_text(in_two_clusters(metrics()), encoding="utf-8")
    said = shell.dashlib("profile", "--metrics", str(page)).stdout
    assert 'add to [tool.dashlib] in pyproject.toml: identity = ["cluster"]' in said
    page.write_text(metrics(), encoding="utf-8")
    assert "identity" not in shell.dashlib("profile", "--metrics", str(page)).stdout
