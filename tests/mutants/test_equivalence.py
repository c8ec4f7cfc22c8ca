"""What no proof can tell apart is no change, and what one could tell apart never counts as the same."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.mutants.equivalence import Values, same


def alert(expression: str, *records: tuple[str, str], every: str = "30s", **more: str) -> tuple[Any, ...]:
    asked = tuple(({"record": name, "expr": text}, every) for name, text in records)
    return ({"alert": "A", "expr": expression, **more}, asked, "30s")


LAG = ("server:lag:max", "max by (server) (lag != -1) / 1000")
THERE = ("there", "group by (job) (a)")


def seen(seconds: int) -> tuple[str, str]:
    return ("seen", f"timestamp(there) or last_over_time(seen[1h]) >= time() - {seconds}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (alert("((lag)) / 1000 > 60"), alert("lag / 1000 > 6e1")),
        (alert("max(lag / 1000) > 60"), alert("max(lag) / 1000 > 60")),
        (alert("server:lag:max > 60", LAG), alert("max by (server) (lag) / 1000 > 60")),
        (alert("min by (server) (lag != 100) < 5"), alert("min by (server) (lag) < 5")),
        (alert("up == 0 unless on (job) lag / 1000 < 0"), alert("up == 0 unless on (job) lag / 10 < 0")),
        (alert("a{job='x'} > 1 and on (job) b"), alert("a > 1 and on (job) b{job='x'}")),
        (alert("a{job='x'} > 1 unless on (job) b{job='x'}"), alert("a{job='x'} > 1 unless on (job) b")),
        (alert("a{x!~'t.*'} > 1 and on (x) b{x!='t.*'}"), alert("a{x!~'t.*'} > 1 and on (x) b{x!~'t.*'}")),
        (alert("max(a) * 10 == 0"), alert("max(a) == 0")),
        (alert("max(resets(a[5m])) > 3"), alert("max(resets(a[5m])) > 3.03")),
        (alert("count(a) > 0"), alert("count(a)")),
        (alert("(count(a) and on () b) > 0"), alert("(count(a) and on () b) >= 0")),
        (alert("a > 1 and on (job) count(b)"), alert("a > 1 and on (job) max(b)")),
        (alert("timestamp(sum by (job) (a)) > 60"), alert("timestamp(max by (job) (a)) > 60")),
        (alert("increase(a[1m]) * (rate(a[5m]) > bool 0)"), alert("rate(a[1m]) * 60 * (increase(a[5m]) > bool 0)")),
        (alert("seen >= time() - 86400", THERE, seen(86400)), alert("seen >= time() - 172800", THERE, seen(86400))),
        (alert("seen >= time() - 3000", THERE, seen(86400)), alert("seen >= time() - 3000", THERE, seen(3000))),
        (alert("seen >= time() - 3000", THERE, seen(3000)), alert("seen", THERE, seen(3000))),
        (alert("a unless count by (job) (b)"), alert("a unless max by (job) (b)")),
        (alert("deriv((max(a / 10))[5m:1m]) > 1"), alert("deriv((max(a))[5m:1m]) / 10 > 1")),
        (alert("max by (x, y, x) (a) > 1"), alert("max by (x, y) (a) > 1")),
        (alert("(a / 1000) / (b / 1000) > 3"), alert("a / b > 3")),
        (alert("max(a / 10) / on (x) b > 5"), alert("max(a) / on (x) b / 10 > 5")),
        (alert("c and on (x) max(a / 1000) < 0"), alert("c and on (x) max(a) < 0 / 1000")),
        (alert("r > 1", ("r", "max(a)"), every="30s"), alert("r > 1", ("r", "max(a)"), every="15s")),
        (alert("a and on (x) max by (x) (b)"), alert("a and on (x) max by (x, y) (b)")),
        (
            alert("a and on (x) (last_over_time(r[1d]) or group by (x) (b))", ("r", "group by (x) (c)")),
            alert("a and on (x) (last_over_time(r[1d]) or group by (x, y) (b))", ("r", "group by (x, y) (c)")),
        ),
        (
            alert("a unless on (x) (max by (x, y) (b) and on (y) c)"),
            alert("a unless on (x) (max by (x, y, z) (b) and on (y) c)"),
        ),
    ],
)
def test_what_says_the_same_of_every_input_is_recognized(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (alert("a > 1"), alert("a > 1", **{"for": "5m"})),
        (alert("a / 1000 > 60"), alert("a / 100 > 60")),
        (alert("a * 10 > 60"), alert("a > 6")),  # the value in the text is another
        (alert("min by (server) (lag != -1) < 5"), alert("min by (server) (lag) < 5")),
        (alert("sum(lag != -1) > 5"), alert("sum(lag) > 5")),
        (alert("a{job='x'} > 1 unless on (job) b"), alert("a > 1 unless on (job) b{job='x'}")),
        (alert("a{job='x'} > 1 unless on (server) b{job='x'}"), alert("a{job='x'} > 1 unless on (server) b")),
        (alert("max(a{job='x'}) > 1 and on () b"), alert("max(a) > 1 and on () b{job='x'}")),
        (alert("a{x!='t'} > 1 and on (x) b{x!~'t.*'}"), alert("a{x!='t'} > 1 and on (x) b")),
        (alert("max(a) * 10 == 1"), alert("max(a) == 0.1")),
        (alert("a and on (x) b"), alert("a unless on (x) b")),
        (alert("a and on (x) b"), alert("a and on (x, y) b")),
        (alert("a and on (x, y) max by (x) (b)"), alert("a and on (x, y) max by (x, y) (b)")),
        (alert("max by (x) (a) and on (x) b"), alert("max by (x, y) (a) and on (x) b")),
        (alert("a and on (x) (max by (x) (b) > 1)"), alert("a and on (x) (avg by (x, y) (b) > 1)")),
        (alert("a and on (x) max without (x) (b)"), alert("a and on (x) max without (x, y) (b)")),
        (
            alert("a unless on (x) (max by (x) (b) and on (y) c)"),
            alert("a unless on (x) (max by (x, y) (b) and on (y) c)"),
        ),
        (alert("max(rate(a[5m])) > 3"), alert("max(rate(a[5m])) > 3.03")),
        (alert("max_over_time(a[5m:1m]) > 1"), alert("max_over_time(a[10m:1m]) > 1")),
        (alert("a offset 10m > 1"), alert("a > 1")),
        (alert("-1 * a > 1"), alert("1 * a > 1")),
        (alert("count(a) > 1"), alert("count(a)")),
        (alert("count(a) > 1"), alert("group(a) > 1")),
        (alert("count(a) > 0"), alert("group(a) > 0")),  # the value in the text is another
        (alert("timestamp(a > 1) > 60"), alert("timestamp(a > 2) > 60")),
        (alert("increase(a[5m]) > 0"), alert("rate(a[5m]) > 0")),
        (alert("increase(a[5m]) * (rate(a[5m]) > bool 0)"), alert("increase(a[5m]) * (irate(a[5m]) > bool 0)")),
        (alert("seen >= time() - 86400", THERE, seen(86400)), alert("seen >= time() - 3000", THERE, seen(86400))),
        (alert("seen >= time() - 3000", THERE, seen(86400)), alert("seen >= time() - 3000", THERE, seen(1500))),
        (alert("a >= time() - 3000"), alert("a >= time() - 6000")),
        (alert("a >= time() - 3000"), alert("a")),
        (alert("seen >= time() - 3000", THERE, seen(86400)), alert("seen", THERE, seen(86400))),
        (alert("a + count by (job) (b)"), alert("a + max by (job) (b)")),
        (alert("max_over_time(r[5m]) > 1", ("r", "max(a)")), alert("max_over_time(r[5m]) > 1", ("r", "min(a)"))),
        (alert("(a / 1000) / (b / 10) > 3"), alert("a / b > 3")),
        (alert("max(a / 10) * on (x) b > 5"), alert("max(a) / on (x) b / 10 > 5")),
        (alert("max(a) < 1 / 1000"), alert("max(a) < 1")),
        (alert("max(a) < 0 / 0"), alert("max(a) < 0")),
        (alert("r > 1", ("r", "max(a)"), every="30s"), alert("r > 1", ("r", "max(a)"), every="60s")),
        (alert("rate(r[5m]) > 1", ("r", "a"), every="30s"), alert("rate(r[5m]) > 1", ("r", "a"), every="15s")),
        (
            alert("max_over_time((r)[5m:]) > 1", ("r", "a")),
            alert("max_over_time((r)[5m:]) > 1", ("r", "a"), every="15s"),
        ),
        (alert("b > 1", ("a", "x"), ("b", "a")), alert("b > 1", ("b", "a"), ("a", "x"))),  # a value of before
    ],
)
def test_what_some_input_tells_apart_is_not_the_same(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert not same(one, other)


def values(name: str) -> Values:
    """Return what is known of `is_…`, which is 0 or 1, and of counters."""
    return Values(0, 1, whole=True) if name.startswith("is_") else Values(0 if name.endswith("_total") else -math.inf)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("is_up == 1", "is_up >= 1"),
        ("max by (job) (is_up{job='x'}) == 0", "max by (job) (is_up{job='x'}) < 1"),
        ("is_up != 1", "is_up == 0"),
        (
            "a > 1 and on (job) (min by (job) (is_up offset 5m) == 1)",
            "a > 1 and on (job) (avg by (job) (is_up offset 5m) >= 1)",
        ),
        ("max by (job) (is_up) == 0", "avg by (job) (is_up) == 0"),
        ("sum by (job) (a_total) == 0", "max by (job) (a_total) <= 0"),
        ("sum by (job) (is_up) > 2.5", "sum by (job) (is_up) >= 3"),
        ("min_over_time(is_up[5m]) == 1", "avg_over_time(is_up[5m]) == 1"),
    ],
)
def test_of_what_is_0_or_1_a_limit_is_a_value(one: str, other: str) -> None:
    assert same(alert(one), alert(other), values)
    assert not same(alert(one), alert(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("min(is_up) == 0", "avg(is_up) == 0"),
        ("max(is_up) == 1", "avg(is_up) == 1"),
        ("avg(is_up) > 0.5", "avg(is_up) >= 1"),
        ("sum(is_up) == 1", "max(is_up) == 1"),
        ("max(is_up) == 0", "min(is_up) == 0"),
        ("a == 1", "a >= 1"),
        ("a_total == 1", "a_total >= 1"),
        ("a_total > 0", "a_total >= 1"),
        ("10 * is_up == 1", "10 * is_up >= 1"),
        ("sum(a) == 0", "max(a) == 0"),
    ],
)
def test_of_what_is_0_or_1_other_numbers_are_told_apart(one: str, other: str) -> None:
    assert not same(alert(one), alert(other), values)
