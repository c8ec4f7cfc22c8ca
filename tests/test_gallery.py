"""The pictures in the docs show what is compiled."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tools import gallery

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 100_000  # bytes of a picture, on average: a clone should stay small


def test_every_picture_shows_what_is_compiled() -> None:
    assert gallery.stale() == [], "run `make gallery`, and look at the pictures"


def test_the_page_shows_every_picture() -> None:
    text = (gallery.GALLERY / "README.md").read_text(encoding="utf-8")
    assert text == gallery.page(), "run `make gallery`"
    assert all(f"]({file})" in text for file in gallery.files())


def test_the_pictures_are_small_enough_for_a_repository() -> None:
    assert sum(file.stat().st_size for file in gallery.GALLERY.rglob("*.png")) < _MOST * len(gallery.files())


def test_every_dashboard_is_pictured_healthy_and_in_four_faults_on_both_themes() -> None:
    for uid, faults in gallery.FAULTS.items():
        of = [each for each in gallery.SECTIONS if uid in each.uids and "--connectors" not in each.options]
        dark = {each.recording for each in of if "--light" not in each.options}
        light = {each.recording for each in of if "--light" in each.options}
        assert dark == {"healthy", *faults}
        assert len(dark) == 5
        assert light == dark if uid in gallery.SCREENS else "healthy" in light and len(light) > 1


def test_the_screens_are_pictured_of_one_connector_and_of_many() -> None:
    for uid in gallery.SCREENS:
        counts = {each.options[1] for each in gallery.SECTIONS if uid in each.uids and "--connectors" in each.options}
        # Of PostgreSQL's the lab has one in every picture, and of one in all there is none.
        assert counts == ({"36"} if uid == "debezium-postgres" else {"1", "36"})


def test_a_picture_is_of_how_it_is_drawn_too() -> None:
    drawn = {gallery.shown_by(file) for file in gallery.files()}
    assert len(drawn) == len(gallery.files())


def test_what_has_changed_since_its_picture_is_named(tmp_path: Path) -> None:
    held = {}
    for file in gallery.files():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(file.encode())
        held[file] = {"shows": gallery.shown_by(file), "picture": hashlib.sha256(file.encode()).hexdigest()}
    first, second, third, *_ = gallery.files()
    held[third]["shows"] = "an older dashboard"
    (tmp_path / gallery.INDEX).write_text(json.dumps(held), encoding="utf-8")
    (tmp_path / first).unlink()
    (tmp_path / second).write_bytes(b"another picture")
    (tmp_path / "healthy/left-over.png").write_bytes(b"of a dashboard that is gone")
    assert gallery.stale(tmp_path) == sorted([first, second, third, "healthy/left-over.png"])
