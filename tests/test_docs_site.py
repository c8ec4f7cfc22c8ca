"""What a reader of the site relies on: every page is reachable, and what is generated is complete."""

from __future__ import annotations

import pytest
import yaml

import dashlib
from dashlib.cli import COMMANDS
from dashlib.compile.configuration import Configuration
from dashlib.tables import settings_of
from tests.test_docs import ROOT
from tools.docs_site import pages, reference
from tools.docs_site.__main__ import asked_of_others, llms_txt

GENERATED = {f"reference/{name}.md" for name in ("python", "commands", "configuration", "alerts", "metrics")}
NAV = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]


def test_the_navigation_leads_to_every_page() -> None:
    places = {place for place in pages.sources() if place.endswith(".md")} | GENERATED
    assert pages.expanded(NAV, places)


def test_a_page_to_which_nothing_leads_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match=r"no entry of nav leads to lost\.md"):
        pages.expanded([{"Start": ["index.md"]}], {"index.md", "lost.md"})


def test_a_pattern_stands_for_its_pages_the_index_first_and_an_empty_section_goes() -> None:
    places = {"runbooks/lag.md", "runbooks/index.md"}
    assert pages.expanded([{"Runbooks": "runbooks/*"}, {"Look": ["gallery/*"]}], places) == [
        {"Runbooks": ["runbooks/index.md", "runbooks/lag.md"]}
    ]


def test_links_lead_to_pages_of_the_site_and_to_the_repository_for_all_else() -> None:
    text = pages.text_of("index.md", pages.sources())
    assert "(start.md)" in text
    assert "(runbooks/index.md)" in text
    assert "(contributing.md)" in text
    assert f"({pages.REPOSITORY}/blob/main/labs/monitoring/prometheus/alerts)" in text


def test_what_belongs_to_an_item_of_a_list_stays_in_it() -> None:
    assert pages.widened("- a\n\n  ```sh\n  x\n  ```\n1. b\n   c\n   - d\n     e\n\nf") == (
        "- a\n\n    ```sh\n    x\n    ```\n1. b\n    c\n    - d\n        e\n\nf"
    )


def test_every_public_name_is_described() -> None:
    page = reference.python_page()
    assert [name for name in dashlib.__all__ if f"\n### {name}\n" not in page] == []
    assert "legend_calculations: Sequence[Calculations] = ('max',)" in page
    assert "- `stacked`: stack the series." in page


def test_every_command_and_option_is_described() -> None:
    page = reference.commands_page()
    assert [name for name in COMMANDS if f"\n## dashlib {name}\n" not in page] == []
    assert "| `--dry-run` | Run every check and show the plan, but write nothing. |" in page


def test_every_key_of_the_configuration_is_described() -> None:
    page = reference.configuration_page()
    assert [key for key in settings_of(Configuration) if f"\n| `{key}` |" not in page] == []


def test_assistants_read_that_nothing_is_sent_and_where_the_markdown_is() -> None:
    text = llms_txt([{"Start": ["start.md"]}], {"start.md": "# Start\n\nBegin **here**. Then go on.\n"})
    assert "Nothing is ever sent anywhere" in text
    assert text.endswith("## Start\n\n- [Start](start.md): Begin here.\n")


def test_a_page_that_fetches_from_another_host_is_found() -> None:
    assert asked_of_others('<script src="https://cdn.example/x.js"></script>')
    assert asked_of_others('<link rel="stylesheet" href="https://fonts.example/x.css">')
    assert not asked_of_others('<link rel="stylesheet" href="assets/x.css"><a href="https://debezium.io">')
