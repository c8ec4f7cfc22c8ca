"""A comment switches a check off for what it stands beside, with a reason; a useless one is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib.lint.suppressions import suppressions_in_python, suppressions_in_yaml
from tests.linting import linted, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Shell

RULES = """\
groups:
  - name: g
    interval: 30s
    rules:
      - alert: A  {beside}
        {above}
        expr: up{{job=~"a"}} == 0
        for: 5m
"""


def checks(text: str) -> set[str]:
    return {finding.check for finding in run(linted(text))}


def test_on_the_line_or_above_it() -> None:
    assert "needless-regexp" in checks(RULES.format(beside="", above=""))
    comment = "# dashlib: ignore[needless-regexp] the value comes from a template"
    assert "needless-regexp" not in checks(RULES.format(beside=comment, above=""))
    assert not checks(RULES.format(beside="", above=comment)) & {"needless-regexp", "suppression"}


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# dashlib: ignore[needless-regexp]", "gives no reason"),
        ("# dashlib: ignore why", "names no check"),
        ("# dashlib: ignore[needles-regexp] why", "did you mean 'needless-regexp'"),
        ("# dashlib: ignore[raw-counter] why", "suppresses nothing"),
    ],
)
def test_a_useless_one_is_found(comment: str, said: str) -> None:
    findings = run(linted(RULES.format(beside="", above=comment)))
    (found,) = [one for one in findings if one.check == "suppression"]
    assert said in f"{found.problem.message} {found.problem.suggestion}"
    assert found.line == 6
    assert "needless-regexp" in {one.check for one in findings}


def test_two_checks_and_stacked_comments() -> None:
    text = "# dashlib: ignore[a-b, c-d] why\n# more\n\nx = 1  # dashlib: ignore[e-f] because\n"
    one, other = suppressions_in_python("x.py", text)
    assert (one.checks, one.applies_to, one.reason) == (("a-b", "c-d"), 4, "why")
    assert (other.checks, other.applies_to) == (("e-f",), 4)


def test_a_text_is_no_comment_in_python() -> None:
    assert not suppressions_in_python("x.py", 'x = "# dashlib: ignore[a] b"\n')
    assert not suppressions_in_python("x.py", "dashlib: (")
    assert suppressions_in_yaml("x.yml", "a: b # dashlib: ignore[a] b")


def test_beside_a_declaration(shell: Shell, replace_in: Callable[[Path, str, str], None]) -> None:
    before = shell.dashlib("lint")
    assert "alerts/lag.py:10:9  warning  idle-lag" in before.stdout or "idle-lag" in before.stdout
    replace_in(
        shell.folder / "alerts/lag.py",
        "        Alert(\n",
        "        # dashlib: ignore[idle-lag] the sources are never idle\n        Alert(\n",
    )
    after = shell.dashlib("lint")
    assert "idle-lag" not in after.stdout
    assert "suppression" not in after.stdout
