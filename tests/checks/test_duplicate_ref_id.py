from __future__ import annotations

from dashlib.lint.findings import ValueFix
from tests.linting import dashboard, found, linted, panel, run


def test_the_fix_takes_a_free_letter() -> None:
    targets = [{"refId": "A", "expr": "up"}, {"refId": "B", "expr": "up"}, {"refId": "A", "expr": "up"}]
    (finding,) = [one for one in run(linted(dashboard(panel(targets=targets)))) if one.check == "duplicate-ref-id"]
    assert finding.problem.fix == ValueFix("C")
    assert finding.problem.pointer == "/panels/0/targets/2/refId"


def test_two_panels_may_use_the_same() -> None:
    assert not found("duplicate-ref-id", dashboard(panel("up", id=1), panel("up", id=2)))
