"""The range of a value axis and its texts."""

from __future__ import annotations

import pytest

from dashlib.glance.formatting import formatted
from dashlib.preview.axes import Bounds, Scale, axis


def texts(values: list[float], unit: str, decimals: int | None = None, bounds: Bounds | None = None) -> list[str]:
    found = axis(values, bounds or Bounds(), unit, lambda value: "".join(formatted(value, unit, decimals)), decimals)
    return [text for _, text in found.ticks]


@pytest.mark.parametrize(
    ("values", "unit", "expected"),
    [
        ([0, 1000], "ms", ["0 ms", "250 ms", "500 ms", "750 ms", "1 s"]),
        ([0, 1500], "s", ["0 s", "10 mins", "20 mins"]),
        ([0, 0], "none", ["0", "20", "40", "60", "80", "100"]),
        ([0, 4096], "bytes", ["0 B", "1 KiB", "2 KiB", "3 KiB", "4 KiB"]),
        ([float("nan"), 4, float("inf")], "none", ["0", "2", "4", "6", "8"]),
    ],
)
def test_steps_are_those_of_the_unit(values: list[float], unit: str, expected: list[str]) -> None:
    assert texts(values, unit) == expected


def test_an_axis_holds_its_bounds() -> None:
    assert texts([30], "percent", 0, Bounds(low=0, high=100)) == ["0%", "20%", "40%", "60%", "80%", "100%"]
    assert axis([5], Bounds(soft_high=50), "none", str).high == 50
    assert axis([80], Bounds(soft_high=50), "none", str).high > 80


def test_no_two_lines_have_the_same_text_and_none_is_rounded_into_a_wrong_one() -> None:
    found = texts([0, 1.0], "none", 1)
    assert found == ["0.0", "0.5", "1.0"]
    crowded = texts([0, 0.0002], "percent", 0, Bounds(low=0, high=0.0002))
    assert len([text for text in crowded if text]) == len({text for text in crowded if text})


def test_what_is_below_zero_is_on_the_axis() -> None:
    found = axis([-3, 2], Bounds(), "none", str)
    assert found.low < -3
    assert found.high > 2


@pytest.mark.parametrize(
    ("values", "scale", "bounds", "expected"),
    [
        ([3, 2000], Scale("log", 10), Bounds(), ["1", "10", "100", "1000", "10000"]),
        ([0, -5, 3, 20], Scale("log", 2), Bounds(), ["2", "4", "8", "16", "32"]),
        ([3, 2000], Scale("log", 10), Bounds(low=0, high=1000), ["1", "10", "100", "1000"]),
        ([], Scale("log", 10), Bounds(), ["1", "10"]),
        ([-30, 400], Scale("symlog", 10), Bounds(), ["-100", "-10", "-1", "0", "1", "10", "100", "1000"]),
        ([0, 0], Scale("symlog", 10), Bounds(), ["0", "1"]),
    ],
)
def test_an_axis_of_powers(values: list[float], scale: Scale, bounds: Bounds, expected: list[str]) -> None:
    found = axis(values, bounds, "none", lambda value: f"{value:g}", scale=scale)
    assert [text for _, text in found.ticks] == expected
    assert found.scale == scale
    assert found.low <= found.ticks[0][0]
    assert found.ticks[-1][0] <= found.high


def test_an_axis_of_many_powers_has_a_text_for_some() -> None:
    found = axis([1e-9, 1e30], Bounds(), "none", str, scale=Scale("log", 10))
    assert 4 <= len(found.ticks) <= 10
