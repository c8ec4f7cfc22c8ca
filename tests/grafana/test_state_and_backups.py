"""What is remembered in Grafana, and what is saved on disk."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib.errors import DashlibError, OutputError
from dashlib.grafana import backups
from dashlib.grafana.objects import Item, canonical
from dashlib.grafana.secret_references import SecretError, fingerprint, masked, matches, references, resolve
from dashlib.grafana.state import Entry, PushedSecret, PushState, dashboard_of, read_state

if TYPE_CHECKING:
    from pathlib import Path

HASHES = st.text("0123456789abcdef", min_size=20, max_size=20)
ENTRIES = st.builds(
    Entry,
    hash=HASHES,
    created=st.booleans(),
    pending=st.just("") | HASHES,
    secrets=st.dictionaries(st.text(max_size=9), st.builds(PushedSecret, st.text(), st.text()), max_size=2),
)


@given(st.dictionaries(st.text(min_size=1), ENTRIES, max_size=5))
def test_a_state_comes_back_as_it_was(objects: dict[str, Entry]) -> None:
    state = PushState("mine", objects)
    assert read_state(dashboard_of(state), "mine", 3, "f") == PushState("mine", objects, 3, "f")


@pytest.mark.parametrize(
    "content", ["", "```json\nnothing\n```", "```json\n[]\n```", '```json\n{"format": 99, "objects": {}}\n```']
)
def test_a_state_that_somebody_broke_is_none(content: str) -> None:
    broken: list[dict[str, Any]] = [
        {},
        {"panels": []},
        {"panels": "x"},
        {"panels": [{"options": {"content": content}}]},
    ]
    for data in broken:
        found = read_state(data, "mine", 3, "f")
        assert not found.readable
        assert (found.objects, found.version) == ({}, 3)


def test_people_see_who_manages_the_objects() -> None:
    data = dashboard_of(PushState("mine", {"dashboard/one": Entry("a" * 20, created=True)}))
    text = data["panels"][0]["options"]["content"]
    assert data["title"] == "dashlib state: mine"
    assert text.startswith("**Managed by dashlib: please leave")
    assert '"dashboard/one"' in text


def test_a_fingerprint_tells_a_change_and_not_the_secret() -> None:
    made = fingerprint("secret")
    assert matches("secret", made)
    assert fingerprint("secret") != made, "salted"
    assert not matches("secret", "broken")
    assert len(made.partition(":")[2]) == 4, "16 bits: too few to confirm a guess"
    assert sum(matches(f"guess {number}", made) for number in range(50)) <= 1


def test_references_are_found_resolved_and_hidden(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file\n")
    data = {"a": ["${env:NAME}", {"b": f"x-${{file:{file}}}"}], "c": "plain ${other}"}
    found = dict(references(data))
    assert found == {"/a/0": "${env:NAME}", "/a/1/b": f"x-${{file:{file}}}"}
    assert resolve(found["/a/1/b"], {}, "it") == "x-from a file"
    assert masked(data, dict.fromkeys(found, "?")) == {"a": ["?", {"b": "?"}], "c": "plain ${other}"}
    with pytest.raises(SecretError, match=r"it needs the secret \$\{env:NAME\}: export NAME"):
        resolve("${env:NAME}", {"NAME": ""}, "it")
    with pytest.raises(SecretError, match="cannot be read: No such file"):
        resolve("${file:/nowhere}", {}, "it")


ITEM = Item("rule group", "f/a b/c", "a b/c", canonical({"rules": [], "interval": 60}), "f")


def test_a_backup_comes_back_as_it_was(tmp_path: Path) -> None:
    run = backups.run_name(datetime(2026, 11, 21, 14, 30, tzinfo=UTC))
    assert run.startswith("20261121T143000-")
    saved = backups.Backups(tmp_path, run, "http://there")
    file = saved.save(ITEM, removed=False)
    assert saved.saved == 1
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert backups.load(tmp_path, run, "http://there") == [ITEM]
    with pytest.raises(DashlibError, match=r"pushed to http://there, not to http://elsewhere"):
        backups.load(tmp_path, run, "http://elsewhere")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"grafana": "u", "kind": "x"}', '{"grafana": "u", "kind": 7}'])
def test_a_broken_backup_restores_nothing(tmp_path: Path, content: str) -> None:
    folder = tmp_path / backups.FOLDER / "run"
    folder.mkdir(parents=True)
    (folder / "0000.json").write_text(content)
    with pytest.raises(DashlibError, match=r"is corrupt|pushed to"):
        backups.load(tmp_path, "run", "u")


def test_what_cannot_be_saved_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / ".dashlib").write_text("a file where a folder should be")
    with pytest.raises(OutputError, match=r"cannot save the backup .* was not touched"):
        backups.Backups(tmp_path, "run", "u").save(ITEM, removed=False)
