"""Sentences that a person meets are idiomatic English: phrases that a native engineer would not write stay out."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
# What is wrong, and what to write instead.
PHRASES = {
    r"(?<![Tt]here )\b(?:is|are) no (?!longer\b|more\b|one\b|need\b|other\b|better\b|worse\b|reason\b)": "is not a …",
    r"\b(?:is|are) none\b(?! of\b)": "is not a …; there is none",
    r"\bnobody answers\b": "cannot connect to …",
    r"\blets? us in\b": "authentication failed",
    r"\bwhat was given\b": "the given value",
    r"\bsays something\b": "must not be empty",
    r"\btake(?:s)? long(?:er)? than it may\b": "timed out",
    r"\bthat (?:is|are) there\b": "existing",
    r"\barranged otherwise\b": "only the order differs",
    r"\bit cannot turn\b": "cannot invert",
    r"\ba text\b": "a string",
    r"\bUid\b": "UID",
    r"\bby its own hand\b|\bby itself\b, ": "on its own",
}
PAGES = [
    page
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
    # A log of what was; the words of alerts and signals are the field's.
    if page.name not in {"CHANGELOG.md", "signals.md", "alerts.md"} and "runbooks" not in page.parts
]
MODULES = [
    module
    for module in sorted(ROOT.glob("dashlib/**/*.py"))
    if not module.is_relative_to(ROOT / "dashlib" / "debezium")
]


def prose(module: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each string of a module, docstrings too."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


def unidiomatic(text: str) -> Iterator[str]:
    flat = re.sub(r"\s+", " ", re.sub(r"`[^`]*`|\"[^\"]*\"", "…", text))
    for phrase, better in PHRASES.items():
        for match in re.finditer(phrase, flat):
            yield f"{flat[max(0, match.start() - 30) : match.end() + 30]!r}: write {better!r}"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_what_a_module_says(module: Path) -> None:
    found = [f"{module}:{line}: {each}" for line, text in prose(module) for each in unidiomatic(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_says(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = list(unidiomatic(text))
    assert not found, "\n".join(found)
