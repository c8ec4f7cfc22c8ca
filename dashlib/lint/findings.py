"""What a check is, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dashlib.lint.subjects import Linted

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@frozen
class Check:
    """One check, as a file in `dashlib/checks/` declares it.

    Attributes:
        name: what configuration, suppressions and output call it: words with hyphens.
        severity: `error`: it is broken or empty; `warning`: it will mislead or wake somebody for nothing; `info`: it
            reads worse than it could.
        title: what it wants, in one sentence.
        needs_project: it looks at the whole project and says nothing of single files.
        peers: the same check elsewhere: `pint alerts/comparison`, `dashboard-linter panel-units`, `promtool`.
        together: says in fewer findings what the check found and no comment suppresses; None to say each by itself.
    """

    name: str
    severity: Severity
    title: str
    needs_project: bool = field(default=False, kw_only=True)
    peers: tuple[str, ...] = field(default=(), kw_only=True)
    together: Callable[[Sequence[Problem]], Iterable[Problem]] | None = field(default=None, kw_only=True)


@frozen
class TextFix:
    """Replace a part of a text value.

    Attributes:
        start: offset of the part in the value.
        end: offset behind it.
        text: what stands there instead.
    """

    start: int
    end: int
    text: str


@frozen
class ValueFix:
    """Replace a whole value that stands in the file.

    Attributes:
        value: what stands there instead: a text, number, list or object.
    """

    value: object


@frozen(kw_only=True)
class Problem:
    """What a check found.

    Attributes:
        linted: the document it is in.
        pointer: JSON pointer to the place in it.
        message: what is wrong, and with which value.
        suggestion: what would be right.
        expression: the text in which `span` lies; empty to show none.
        span: the offending part of it.
        fix: what `--fix` does at `pointer`, where that is certain to be right.
        severity: if not the check's own.
    """

    linted: Linted
    pointer: str
    message: str
    suggestion: str = ""
    expression: str = ""
    span: tuple[int, int] | None = None
    fix: TextFix | ValueFix | None = None
    severity: Severity | None = None


@frozen(kw_only=True)
class Finding:
    """A problem, by which check, and where it is for a person.

    Attributes:
        check: name of the check.
        severity: its severity, after configuration.
        problem: what was found.
        file: the file, relative to where the command runs if it lies below.
        line: line in it, from 1.
        column: column in it, from 1.
    """

    check: str
    severity: Severity
    problem: Problem
    file: str
    line: int
    column: int
