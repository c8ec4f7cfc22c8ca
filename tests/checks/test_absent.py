from __future__ import annotations

from tests.linting import in_alert


def test_it_must_last_for_two_scrapes() -> None:
    assert in_alert("absent", 'absent(up{job="a"})', **{"for": "15s"})
    assert not in_alert("absent", 'absent(up{job="a"})', **{"for": "30s"})


def test_absent_over_time_looks_back_itself() -> None:
    assert not in_alert("absent", 'absent_over_time(up{job="a"}[10m])', **{"for": "0s"})


def test_an_operator_inside_loses_the_labels() -> None:
    assert "labels" in in_alert("absent", 'absent(up{job="a"} == 1)')[0]
