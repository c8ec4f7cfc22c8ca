from __future__ import annotations

from dashlib.metrics.identity import Identity
from dashlib.metrics.recognition import Observed, observe, together
from tests.linting import dashboard, found

OF_CONNECT = 'debezium_metrics_Connected{job="connect",cluster="eu",plugin="mysql",server="orders"} 1\n'
OF_DATABASE = 'pg_up{job="postgres",server="orders"} 1\n'

SOME_LACK = [
    "series lack the label cluster, which [tool.dashlib] identity lists: debezium_metrics_Connected of job connect"
]


def said(metrics: str, identity: Identity) -> list[str]:
    return found_in(observe(metrics), identity)


def found_in(scraped: Observed, identity: Identity) -> list[str]:
    return found("identity-missing", dashboard(), is_project=True, scraped=scraped, identity=identity)


def test_a_label_that_no_series_has() -> None:
    assert said(OF_CONNECT, Identity(("cluster",))) == []
    assert said(OF_CONNECT, Identity(("clustr",))) == [
        "no series has the label clustr, which [tool.dashlib] identity lists"
    ]


def test_a_label_that_only_some_have_unless_the_configuration_says_so() -> None:
    both = OF_CONNECT + OF_DATABASE
    assert said(both, Identity(("cluster",))) == [
        "series lack the label cluster, which [tool.dashlib] identity lists: pg_up of job postgres"
    ]
    assert said(both, Identity(("cluster",), {"postgres_exporter": ()})) == []


def test_a_label_that_some_series_of_a_metric_have() -> None:
    other = OF_CONNECT.replace('cluster="eu",', "")
    for page in (OF_CONNECT + other, other + OF_CONNECT):
        assert said(page, Identity(("cluster",))) == SOME_LACK


def test_a_label_that_the_series_of_one_page_have() -> None:
    pages = [observe(OF_CONNECT), observe(OF_CONNECT.replace('cluster="eu",', ""))]
    own = observe('debezium_metrics_Connected{plugin="mysql",server="orders"} 1\n')
    assert found_in(together(pages), Identity(("cluster",))) == SOME_LACK
    assert found_in(together([pages[0], own]), Identity(("cluster",))) == []


def test_an_exporter_itself_says_nothing_of_the_labels_of_targets() -> None:
    own = 'debezium_metrics_Connected{plugin="mysql",server="orders"} 1\n'
    assert said(own, Identity(("cluster",))) == []
