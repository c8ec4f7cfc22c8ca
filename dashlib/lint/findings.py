"""What a check is, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
from attrs import field, frozen

from dashlib.documents import places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dashlib.documents.places import Place
    from dashlib.documents.reading import Reading

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@frozen
class Check:
    """One check, as a file in `dashlib/lint/checks/` declares it.

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
    """Replace a part of a string.

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
        value: the replacement: a string, number, list or object.
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
        also: those of the same kind in the same file that this one stands for.
    """

    linted: Reading
    pointer: str
    message: str
    suggestion: str = ""
    expression: str = ""
    span: tuple[int, int] | None = None
    fix: TextFix | ValueFix | None = None
    severity: Severity | None = None
    also: tuple[Problem, ...] = ()

    @property
    def place(self) -> Place:
        """Where it is, for a person."""
        return places.place_of(self.linted, self.pointer, self.span[0] if self.span is not None else None)


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


def did_you_mean(name: str, known: Iterable[str], written: str = "{!r}", *, cutoff: float = 0.6) -> str:
    """Return the suggestion that the closest of some names was meant; empty when none is close.

    Args:
        name: what was found.
        known: what it may be.
        written: how to show the name: a format with one field.
        cutoff: how alike the two must be, from 0 to 1.
    """
    import difflib  # for a mistake only

    near = difflib.get_close_matches(name, known, n=1, cutoff=cutoff)
    return f"did you mean {written.format(near[0])}?" if near else ""


def once_a_file(
    problems: Sequence[Problem], *, alike: Callable[[Problem], object] = lambda problem: problem.suggestion
) -> Iterator[Problem]:
    """Yield one problem for all of the same kind in a file that dashlib did not make, at the first, with their number.

    A large file of somebody else's lacks the same in a hundred places; what differs hides among them. `--fix` still
    mends each. Those of declarations stay, each at its place.

    Args:
        problems: what a check found.
        alike: what those of the same kind have in common.
    """
    kinds: dict[tuple[int, object, Severity | None], list[Problem]] = {}
    for problem in problems:
        if problem.linted.is_declared:
            yield problem
        else:
            kinds.setdefault((id(problem.linted), alike(problem), problem.severity), []).append(problem)
    for first, *others in kinds.values():
        more = f" (and {len(others)} more in this file)" if others else ""
        yield attrs.evolve(first, message=first.message + more, also=tuple(others))


def hints_once_a_file(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yield problems that are but a hint as `once_a_file` does, and each of the others."""
    yield from once_a_file([problem for problem in problems if problem.severity == "info"])
    yield from (problem for problem in problems if problem.severity != "info")
