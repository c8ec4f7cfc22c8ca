"""Prepare the site of the documentation in build/docs: pages, generated reference, navigation, llms.txt.

    python -m tools.docs_site && zensical build --strict -f build/docs/mkdocs.yml && python -m tools.docs_site --finish

`make docs` does that. With `--finish` each built page gets its Markdown beside it, for assistants and whoever reads in
a terminal, and it is checked that no page asks another host for anything.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import PurePosixPath

import yaml

from tools.docs_site import pages, reference

OUT = pages.ROOT / "build/docs"
_PAGES, _SITE = OUT / "pages", OUT / "site"
_LLMS = """# dashlib

> Grafana dashboards and Prometheus alert rules for Debezium change data capture, declared in Python and proven against
> a Debezium that really runs.

Nothing is ever sent anywhere: dashlib has no telemetry, no update check and no model. It talks only to the Grafana,
Prometheus and Kafka Connect that a command is given. `dashlib explain NAME` prints in a terminal what these pages say
about an alert, signal, metric, check, recorded series, profile or runbook.
"""
_FETCHED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?(?:https?:)?//[^\">\s]+|<link\b[^>]*>")
_FOREIGN_LINK = re.compile(r'href="?(?:https?:)?//')


def prepare() -> None:
    """Write the pages and their configuration."""
    shutil.rmtree(OUT, ignore_errors=True)
    known = pages.sources()
    texts = {place: pages.text_of(place, known) for place in known if place.endswith(".md")}
    texts |= {place: pages.widened(text) for place, text in reference.all_pages().items()}
    configuration = yaml.safe_load((pages.ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    configuration["nav"] = pages.expanded(configuration["nav"], set(texts))
    for place, text in texts.items():
        file = _PAGES / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for place in known.keys() - texts.keys():
        file = _PAGES / place
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(known[place], file)
    (_PAGES / "llms.txt").write_text(llms_txt(configuration["nav"], texts), encoding="utf-8")
    (OUT / "mkdocs.yml").write_text(yaml.safe_dump(configuration, sort_keys=False), encoding="utf-8")


def llms_txt(nav: list[dict[str, object]], texts: dict[str, str]) -> str:
    """Return the index for assistants: each page's Markdown, with its first sentence."""
    parts = [_LLMS]
    for section in nav:
        [(title, below)] = section.items()
        lines = []
        for place in _places(below):
            sentence = pages.first_sentence(texts[place])
            lines.append(f"- [{pages.title_of(texts[place])}]({place})" + (f": {sentence}" if sentence else ""))
        parts.append(f"## {title}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _places(below: object) -> list[str]:
    if isinstance(below, str):
        return [below]
    entries = below.values() if isinstance(below, dict) else below if isinstance(below, list) else ()
    return [place for entry in entries for place in _places(entry)]


def asked_of_others(html: str) -> list[str]:
    """Return the tags of a page with which a browser fetches something from another host."""
    return [
        found
        for found in _FETCHED.findall(html)
        if not found.startswith("<link") or ("canonical" not in found and _FOREIGN_LINK.search(found))
    ]


def finish() -> int:
    """Put each page's Markdown beside it; return 1 if a page asks another host for something."""
    asking = [
        f"{page.relative_to(_SITE)}: asks another host: {found}"
        for page in sorted(_SITE.rglob("*.html"))
        for found in asked_of_others(page.read_text(encoding="utf-8"))
    ]
    for file in sorted(_PAGES.rglob("*.md")):
        target = _SITE / PurePosixPath(file.relative_to(_PAGES))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    print("\n".join(asking) if asking else f"{(_SITE / 'index.html').relative_to(pages.ROOT)}")
    return int(bool(asking))


def main() -> int:
    """Prepare or finish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--finish", action="store_true", help="after Zensical: Markdown beside each page, and a last check"
    )
    if parser.parse_args().finish:
        return finish()
    try:
        prepare()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
