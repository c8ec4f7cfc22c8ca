"""The pictures in the docs show what is compiled."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tools import gallery

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 200_000  # bytes of a picture, on average: a clone should stay small


def test_every_picture_shows_what_is_compiled() -> None:
    assert gallery.stale() == [], "run `make gallery`, and look at the pictures"


def test_the_page_shows_every_picture() -> None:
    text = (gallery.GALLERY / "README.md").read_text(encoding="utf-8")
    assert text == gallery.page(), "run `make gallery`"
    assert all(f"]({file})" in text for file in gallery.files())


def test_the_pictures_are_small_enough_for_a_repository() -> None:
    assert sum(file.stat().st_size for file in gallery.GALLERY.rglob("*.png")) < _MOST * len(gallery.files())


def test_what_has_changed_since_its_picture_is_named(tmp_path: Path) -> None:
    copy = tmp_path / "gallery"
    shutil.copytree(gallery.GALLERY, copy)
    first, second, third, *_ = gallery.files()
    (copy / first).unlink()
    (copy / second).write_bytes(b"another picture")
    index = copy / gallery.INDEX
    index.write_text(index.read_text().replace(gallery.shown_by(third), "an older dashboard"))
    (copy / "healthy/left-over.png").write_bytes(b"of a dashboard that is gone")
    assert gallery.stale(copy) == sorted([first, second, third, "healthy/left-over.png"])
