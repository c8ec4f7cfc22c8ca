"""`--fix` changes what it names and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Shell

RULES = """\
# A comment that must stay.
groups:
  - name:   g      # and this one
    interval: 30s
    rules:
      - {alert: A, expr: 'up{job=~"a", x=''y''} == 0', for: 5m}
      - alert: B
        expr: |
          up{
            job=~"b"   # here, too
          } == 0
      - alert: C
        expr: "up{job=~\\"c\\"} == 0"
      - alert: D
        expr: up{job=~"d", instance!~"e"} == 0
"""

DASHBOARD = """\
{
  "title":   "Spaces stay",
  "templating": {"list": [{"type": "query", "name": "job", "query": "label_values(up, job)", "refresh": 1}]},
  "panels": [
    {"id": 1, "type": "stat", "title": "$job", "targets": [
      {"refId": "A", "expr": "rate(a_total{job=~\\"x\\"}[1m])"},
      {"refId": "A", "expr": "up"}
    ], "fieldConfig": {"defaults": {"unit": "none", "thresholds": {"steps": [{"value": 0}, {"value": 5}]}}}}
  ]
}
"""


def test_a_rule_file(shell: Shell) -> None:
    file = shell.write("rules.yml", RULES)
    done = shell.dashlib("lint", "--fix", "rules.yml")
    fixed = RULES
    for before, after in [
        ('job=~"a"', 'job="a"'),
        ('job=~"b"', 'job="b"'),
        ('job=~"d", instance!~"e"', 'job="d", instance!="e"'),
    ]:
        fixed = fixed.replace(before, after)
    assert file.read_text(encoding="utf-8") == fixed
    assert "rules.yml:6" in done.stderr
    assert yaml.safe_load(fixed)["groups"][0]["rules"][2]["expr"] == 'up{job=~"c"} == 0'
    assert done.stdout.count("needless-regexp") == 1  # the one in double quotes is not certain
    assert shell.dashlib("lint", "--fix", "rules.yml").stderr == ""


def test_a_dashboard(shell: Shell) -> None:
    file = shell.write("dashboard.json", DASHBOARD)
    shell.dashlib("lint", "--fix", "dashboard.json")
    fixed = DASHBOARD
    for before, after in [
        ('job=~\\"x\\"}[1m]', 'job=\\"x\\"}[$__rate_interval]'),
        ('{"refId": "A", "expr": "up"}', '{"refId": "B", "expr": "up"}'),
        ('"refresh": 1', '"refresh": 2'),
    ]:
        fixed = fixed.replace(before, after)
    first = file.read_text(encoding="utf-8")
    shell.dashlib("lint", "--fix", "dashboard.json")
    assert file.read_text(encoding="utf-8") == fixed, first


def test_a_declaration_that_holds_it_once(shell: Shell, replace_in: Callable[[Path, str, str], None]) -> None:
    signal = (
        "from dashlib import Signal, stat\n"
        'MINE = Signal("mine", "Mine", unit="none", description="Mine.",\n'
        """    expression='max by (server) (Connected{context=~"streaming"})')\n"""
    )
    file = shell.folder / "dashboards/overview.py"
    replace_in(file, "overview = ", f"{signal}\noverview = ")
    replace_in(file, "stat(CONNECTED)", "stat(MINE)")
    assert "needless-regexp" in shell.dashlib("lint").stdout
    done = shell.dashlib("lint", "--fix")
    assert "dashboards/overview.py" in done.stderr
    assert "needless-regexp" not in done.stdout
    assert '(Connected{context="streaming"})' in file.read_text(encoding="utf-8")
