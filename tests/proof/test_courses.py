"""How the courses of series are written for promtool."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from dashlib.proof.courses import ABSENT, Burst, Course, Line, Segment, Series, Voice, input_series, number, samples

SCRAPE = 15


def expanded(text: str) -> list[float | str]:
    """Return the samples of promtool's notation, one a scrape; `_` for none."""
    found: list[float | str] = []
    for part in text.split():
        gap = re.fullmatch(r"_x(\d+)", part)
        line = re.fullmatch(r"(-?[\d.]+)([+-])([\d.]+)x(\d+)", part)
        if gap:
            found.extend(["_"] * int(gap[1]))
        elif line:
            step = float(f"{line[2]}{line[3]}")
            found.extend(float(line[1]) + step * index for index in range(int(line[4]) + 1))
        else:
            found.append(part if part == "stale" else float(part))
    return found


numbers = st.floats(-1e12, 1e12, allow_nan=False).map(lambda value: round(value, 6))
courses = st.one_of(
    st.just(ABSENT),
    st.builds(Line, numbers | st.none(), st.sampled_from([0.0, 1.0, -0.5, 0.003])),
    st.builds(Burst, st.sampled_from(["resets", "changes"]), st.integers(1, 4)),
)


@given(st.lists(st.tuples(courses, st.integers(0, 30)), min_size=1, max_size=5))
def test_there_is_one_sample_a_scrape_and_none_where_the_series_is_absent(laid_out: list[tuple[Course, int]]) -> None:
    found = expanded(samples(laid_out, SCRAPE))
    assert len(found) == sum(count for _, count in laid_out)
    position = 0
    for course, count in laid_out:
        there = [isinstance(value, float) for value in found[position : position + count]]
        assert there == [course is not ABSENT] * count
        position += count


@given(numbers, st.integers(1, 20), st.integers(1, 20))
def test_a_series_that_ends_is_marked_stale_at_once(value: float, first: int, second: int) -> None:
    found = expanded(samples([(Line(value), first), (ABSENT, second)], SCRAPE))
    assert found[first] == "stale"
    assert found[:first] == [value] * first


@given(numbers, st.sampled_from([0.5, 2.0, -1.0]), st.integers(2, 20))
def test_a_line_without_a_beginning_goes_on_from_where_the_series_is(value: float, slope: float, count: int) -> None:
    *_, last = expanded(samples([(Line(value), 3), (Line(None, slope), count)], SCRAPE))
    assert isinstance(last, float)
    assert abs(last - (value + slope * SCRAPE * count)) < 1e-3


@given(st.integers(1, 10))
def test_a_burst_of_resets_has_so_many(times: int) -> None:
    found = expanded(samples([(Line(None), 3), (Burst("resets", times), 40)], SCRAPE))
    values = [value for value in found if isinstance(value, float)]
    assert sum(later < earlier for earlier, later in itertools.pairwise(values)) == times


@given(st.integers(1, 10))
def test_a_burst_of_changes_has_so_many(times: int) -> None:
    values = expanded(samples([(Line(None), 3), (Burst("changes", times), 40)], SCRAPE))
    assert sum(later != earlier for earlier, later in itertools.pairwise(values)) == times


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_exactly_and_without_an_exponent(value: float) -> None:
    assert float(number(value)) == value
    assert re.fullmatch(r"-?\d+(\.\d+)?", number(value))


def test_a_series_that_is_never_there_is_no_input() -> None:
    there, gone = Series("up", (("job", "a"),)), Series("up", (("job", "b"),))
    segments = [Segment(60, {there: Line(1.0), gone: ABSENT}), Segment(30, {there: ABSENT})]
    assert input_series(segments, SCRAPE, lambda series: [Voice(series)]) == [
        {"series": 'up{job="a"}', "values": "1+0x3 stale _x1"}
    ]


def test_a_series_is_heard_scaled_and_without_what_means_unknown() -> None:
    lag = Series("Lag", (("job", "a"),))
    segments = [Segment(60, {lag: Line(60.001)}), Segment(30, {lag: Line(-0.001)}), Segment(30, {lag: Line(0.0)})]
    voices = [Voice(Series("known:Lag", lag.labels), hidden=(-0.001,)), Voice(Series("lag_ms", lag.labels), 1000.0)]
    assert input_series(segments, SCRAPE, lambda _: voices) == [
        {"series": 'known:Lag{job="a"}', "values": "60.001+0x3 stale _x1 0+0x1"},
        {"series": 'lag_ms{job="a"}', "values": "60001+0x3 -1+0x1 0+0x1"},
    ]


def test_what_comes_after_a_value_that_is_hidden_goes_on_from_it() -> None:
    courses: list[tuple[Course, int]] = [(Line(5.0), 2), (Line(-1.0), 2), (Line(None, 0.1), 2)]
    assert expanded(samples(courses, 10, hidden=[-1.0])) == [5.0, 5.0, "stale", "_", 0.0, 1.0]


def test_label_values_are_escaped() -> None:
    assert str(Series("up", (("path", 'a"b\\c'),))) == 'up{path="a\\"b\\\\c"}'
