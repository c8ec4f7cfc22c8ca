"""The pages of the repository, as a generator of sites reads them."""

from __future__ import annotations

import fnmatch
import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dashlib.commands.output import ISSUES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
#: What is not a page of the site is read in the repository.
REPOSITORY = ISSUES.removesuffix("/issues")
#: Pages that stand outside `docs/`, by their place in the site.
_OUTSIDE = {
    "index.md": ROOT / "README.md",
    "contributing.md": ROOT / "CONTRIBUTING.md",
    "changelog.md": ROOT / "CHANGELOG.md",
}
_PAGE_TYPES = {".md", ".png", ".svg"}
_FENCE = re.compile(r" *(```+|~~~+)")
_LINK = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")
_ITEM = re.compile(r"(?P<indent> *)(?P<marker>[-*]|\d+\.)(?P<gap> +)")
#: What Python-Markdown indents the content of a list by, whatever its marker.
_STEP = 4


def sources() -> dict[str, Path]:
    """Return the files of the site that stand in the repository, by their place in the site."""
    found = {
        file.relative_to(DOCS).as_posix(): file
        for file in sorted(DOCS.rglob("*"))
        if file.suffix in _PAGE_TYPES and file.is_file()
    }
    # A README.md is what a person reads of a folder; a site calls it index.md.
    return {re.sub(r"README\.md$", "index.md", place): file for place, file in found.items()} | _OUTSIDE


def text_of(place: str, known: Mapping[str, Path]) -> str:
    """Return a page with links as the site has them, and lists as Python-Markdown reads them."""
    places = {file.resolve(): each for each, file in known.items()}
    file = known[place]
    lines = [
        line if in_code else _LINK.sub(lambda found: _link(found[1], place, file, places), line)
        for line, in_code in _lines(file.read_text(encoding="utf-8"))
    ]
    return widened("\n".join(lines)) + "\n"


def widened(text: str) -> str:
    """Return Markdown whose lists' content is indented by four, which CommonMark and Python-Markdown both read."""
    result: list[str] = []
    open_items: list[int] = []  # where the content of each open item begins in the original
    for line, in_code in _lines(text):
        indent = len(line) - len(line.lstrip(" "))
        if line.strip():
            while open_items and indent < open_items[-1]:
                open_items.pop()
        base = open_items[-1] if open_items else 0
        result.append(" " * (_STEP * len(open_items) - base) + line if line.strip() else line)
        item = _ITEM.match(line)
        if item and not in_code and indent - base < _STEP:
            open_items.append(item.end())
    return "\n".join(result)


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line of Markdown, and whether it belongs to a block of code."""
    fence = ""
    for line in text.splitlines():
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
            yield line, True
        elif fence:
            yield line, True
            if found and line.strip() == fence:
                fence = ""
        else:
            yield line, False


def _link(target: str, place: str, file: Path, places: Mapping[Path, str]) -> str:
    path, hash_, anchor = target.partition("#")
    if not path or re.match(r"[a-z]+:", target):
        return target
    leads_to = (file.parent / path).resolve()
    if leads_to not in places:
        leads_to = leads_to / "README.md" if leads_to / "README.md" in places else leads_to
    if leads_to in places:
        return os.path.relpath(places[leads_to], PurePosixPath(place).parent) + hash_ + anchor
    return f"{REPOSITORY}/blob/main/{leads_to.relative_to(ROOT).as_posix()}{hash_}{anchor}"


def title_of(text: str) -> str:
    """Return a page's first heading."""
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1].replace("`", "") if found else ""


def first_sentence(text: str) -> str:
    """Return the first sentence of a page, without Markdown's marks; empty where it does not begin with one."""
    below = re.sub(r"\A.*?^# [^\n]*\n+", "", text, flags=re.DOTALL | re.MULTILINE)
    paragraph = below.partition("\n\n")[0]
    if not re.match(r"[\w*`\[]", paragraph):
        return ""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(paragraph.split())).replace("**", "")
    return re.split(r"(?<=[.:])(?: |$)", plain)[0].rstrip(":")


def expanded(nav: list[Any], places: set[str]) -> list[Any]:
    """Return the navigation with the pages that a pattern fits in its place, an index first.

    Raises:
        ValueError: a page stands nowhere in it.
    """
    named: set[str] = set()

    def each(entry: Any) -> list[Any]:  # noqa: ANN401  # MkDocs' own format: a path, or one title and what is below it
        if isinstance(entry, dict):
            [(title, below)] = entry.items()
            inside = [found for one in (below if isinstance(below, list) else [below]) for found in each(one)]
            return [{title: inside}] if inside else []
        if "*" not in entry:
            named.add(entry)
            return [entry]
        fitting = sorted(fnmatch.filter(places, entry), key=lambda place: (not place.endswith("index.md"), place))
        named.update(fitting)
        return fitting

    result = [found for entry in nav for found in each(entry)]
    missing = sorted(places - named)
    if missing:
        raise ValueError(f"mkdocs.yml: no entry of nav leads to {', '.join(missing)}; add one")
    return result
