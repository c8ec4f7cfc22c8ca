from __future__ import annotations

from tests.linting import dashboard, found


def said(*queries: tuple[str, str]) -> list[str]:
    variables = [{"type": "query", "name": name, "query": query} for name, query in queries]
    return found("variable-order", dashboard(templating={"list": variables}))


def test_itself_is_not_before_itself() -> None:
    assert "itself" in said(("a", 'label_values(up{a="$a"}, a)'))[0]


def test_two_of_one_name() -> None:
    assert "two variables" in said(("a", "label_values(up, a)"), ("a", "label_values(up, a)"))[0]


def test_the_objects_of_newer_versions_are_read() -> None:
    query = {"query": 'label_values(up{b="$b"}, a)', "refId": "A"}
    variables = [{"type": "query", "name": "a", "query": query}, {"type": "custom", "name": "b"}]
    assert found("variable-order", dashboard(templating={"list": variables}))


def test_nobody_chooses_a_hidden_one_from_left_to_right() -> None:
    first = {"type": "query", "name": "a", "query": 'label_values(up{b="$b"}, a)'}
    second = {"type": "query", "name": "b", "query": "label_values(up, b)"}
    assert found("variable-order", dashboard(templating={"list": [first, second]}))
    for hidden in ([first | {"hide": 2}, second], [first, second | {"hide": 2}]):
        assert not found("variable-order", dashboard(templating={"list": hidden}))


def test_variables_in_a_circle_are_said_once() -> None:
    circle = ("a", 'label_values(up{x="$b"}, a)'), ("b", 'label_values(up{x="$c"}, b)'), ("c", "label_values($a)")
    (message,) = said(*circle)
    assert message == "the variables 'a' and 'b' depend on each other"
    assert len(said(("a", 'label_values(up{x="$b"}, a)'), ("b", 'label_values(up{x="$a"}, b)'))) == 1
