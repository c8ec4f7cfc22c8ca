"""Links in what is pushed: those below `grafana_url` lead to the target, and nothing else is touched."""

from __future__ import annotations

import pytest

from dashlib.grafana.links import moved

THERE, HERE = "http://localhost:3000", "https://grafana.example.com/sub"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{THERE}/d/one?viewPanel=4", f"{HERE}/d/one?viewPanel=4"),
        (f"[a]({THERE}/d/one) and {THERE}", f"[a]({HERE}/d/one) and {HERE}"),
        (f'see "{THERE}".', f'see "{HERE}".'),
        (f"Open {THERE}. Then read.", f"Open {HERE}. Then read."),
        (f"{THERE}\n{THERE}?x", f"{HERE}\n{HERE}?x"),
        ("http://localhost:30001/d/one", "http://localhost:30001/d/one"),
        ("http://localhost:3000.example.com/", "http://localhost:3000.example.com/"),
        ("https://localhost:3000/d/one", "https://localhost:3000/d/one"),
        ("/d/one", "/d/one"),
    ],
)
def test_a_link_below_one_url_leads_below_the_other(text: str, expected: str) -> None:
    data = {"links": [{"url": text}], "number": 1.5}
    assert moved(data, f"{THERE}/", f"{HERE}/") == {"links": [{"url": expected}], "number": 1.5}
    assert data["links"] == [{"url": text}], "what was compiled stays"


def test_there_is_a_way_back() -> None:
    data = {"url": f"{THERE}/d/one"}
    assert moved(moved(data, THERE, HERE), HERE, THERE) == data


@pytest.mark.parametrize("there", ["", HERE])
def test_nothing_is_done_where_there_is_nothing_to_do(there: str) -> None:
    data = {"url": f"{HERE}/d/one"}
    assert moved(data, there, HERE) is data
