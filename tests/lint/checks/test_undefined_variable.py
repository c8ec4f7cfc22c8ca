from __future__ import annotations

import pytest

from tests.linting import dashboard, found, in_panel, panel


@pytest.mark.parametrize("use", ["$x", "${x}", "${x:regex}", "${x:date:iso}", "${x.text}", "[[x]]", "[[x:pipe]]"])
def test_each_way_of_writing_one(use: str) -> None:
    assert in_panel("undefined-variable", f'up{{job=~"{use}"}}')


@pytest.mark.parametrize("use", ["$__interval", "${__from:date}", "$connector", "${DS_PROMETHEUS}"])
def test_grafanas_own_and_those_it_has(use: str) -> None:
    assert not in_panel("undefined-variable", f'up{{job=~"{use}"}}')


def test_a_title_uses_them_and_a_text_may_name_a_price() -> None:
    assert in_panel("undefined-variable", "up", title="Lag of $servr")
    assert not in_panel("undefined-variable", "up", description="It costs $five")


def test_an_input_of_an_import_is_known() -> None:
    inputs = [{"name": "DS_X", "type": "datasource", "pluginId": "prometheus"}]
    shown = dashboard(panel("up", datasource="${DS_X}"), __inputs=inputs)
    assert not found("undefined-variable", shown)


@pytest.mark.parametrize("name", ["connectr", "nothing"])
def test_nothing_is_repeated_by_a_variable_that_is_not_there(name: str) -> None:
    assert "repeat" in in_panel("undefined-variable", "up", repeat=name)[0]
    row = {"id": 1, "type": "row", "repeat": name, "panels": []}
    assert found("undefined-variable", dashboard(row))
    assert found("undefined-variable", dashboard(panels=None, rows=[{"repeat": name, "panels": []}]))
    assert not in_panel("undefined-variable", "up", repeat="connector")


@pytest.mark.parametrize(
    ("kind", "key", "query"),
    [
        ("grafana-azure-monitor-datasource", "query", "a | join b on $left.x == $right.x"),
        ("grafana-mongodb-datasource", "query", "db.x.aggregate([{$match: {}}])"),
        ("influxdb", "alias", "$tag_host"),
        ("loki", "expr", '{app="x"} |~ "$word"'),
    ],
)
def test_a_dollar_of_another_language(kind: str, key: str, query: str) -> None:
    source = {"type": kind, "uid": "x"}
    shown = panel(datasource=source, targets=[{"refId": "A", key: query, "datasource": source}])
    assert not found("undefined-variable", dashboard(shown))


def test_a_group_of_a_regular_expression_is_no_variable() -> None:
    expression = 'label_replace(up, "a", "$host", "instance", "(?P<host>.*):.*")'
    assert not in_panel("undefined-variable", expression)


def test_a_dollar_that_a_regular_expression_means() -> None:
    assert not in_panel("undefined-variable", r'up{topic!~"SYSTEM.*|\\$SYS.*"}')
    assert in_panel("undefined-variable", 'up{topic!~"SYSTEM.*|$SYS.*"}')


def test_each_variable_is_one_finding_a_file() -> None:
    panels = [panel('up{a="$x", b="$y"}', id=number) for number in range(3)]
    assert found("undefined-variable", dashboard(*panels)) == [
        f"the dashboard has no variable '{name}' (and 2 more in this file)" for name in "xy"
    ]
