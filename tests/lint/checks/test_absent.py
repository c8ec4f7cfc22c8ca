from __future__ import annotations

import pytest

from tests.linting import in_alert, linted, rule_file, run


def test_it_must_last_for_two_scrapes() -> None:
    assert in_alert("absent", 'absent(up{job="a"})', **{"for": "15s"})
    assert not in_alert("absent", 'absent(up{job="a"})', **{"for": "30s"})


def test_a_scrape_that_fails_leaves_up() -> None:
    at_once = {"for": "0s"}
    assert not any("failed scrape" in said for said in in_alert("absent", 'absent(up{job="a"})', **at_once))
    assert any("failed scrape" in said for said in in_alert("absent", 'absent(queue_length{job="a"})', **at_once))


def test_absent_over_time_looks_back_itself() -> None:
    assert not in_alert("absent", 'absent_over_time(up{job="a"}[10m])', **{"for": "0s"})


def test_an_operator_inside_loses_the_labels() -> None:
    assert "labels" in in_alert("absent", 'absent(up{job="a"} == 1)')[0]


@pytest.mark.parametrize(
    "expression",
    [
        'increase((max(changes_seen{job=~"a|b"}) or 0 * absent(changes_seen{job=~"a|b"}))[15m:1m]) >= 4',
        "started > 0 and absent(completed) and time() - started > 3600",
        "up == 0 unless absent(maintenance)",
    ],
)
def test_absent_beside_other_conditions_does_not_fire_by_itself(expression: str) -> None:
    assert not in_alert("absent", expression, **{"for": "0s"})


def test_the_last_of_one_job_is_worth_a_note() -> None:
    (finding,) = run(linted(rule_file({"expr": 'absent(up{job="kubelet"} == 1)'})))
    assert (finding.check, finding.severity) == ("absent", "info")
