from __future__ import annotations

import errno
import os
import signal
from pathlib import Path, PurePosixPath

import pytest

from dashlib.documents import files
from dashlib.errors import OutputError

A, B, C = PurePosixPath("one/a.json"), PurePosixPath("one/b.json"), PurePosixPath("two/c.yml")


def everything(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files.write(tmp_path, {A: b"old a", B: b"old b"})
    return tmp_path


def test_compare_tells_new_changed_and_unchanged_files(root: Path) -> None:
    changes = files.compare(root, {A: b"old a", B: b"new b", C: b"c"}, [])
    assert changes == files.Changes(created=(C,), updated=(B,), unchanged=(A,), undeclared=())
    assert changes.any


def test_written_files_have_their_content_and_can_be_read_by_others(root: Path) -> None:
    files.write(root, {B: b"new b", C: b"c"})
    assert everything(root) == {"one/a.json": b"old a", "one/b.json": b"new b", "two/c.yml": b"c"}
    assert (root / C).stat().st_mode & 0o777 == 0o644


def test_a_files_own_permissions_are_kept(root: Path) -> None:
    (root / A).chmod(0o640)
    files.write(root, {A: b"new"})
    assert (root / A).stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_full_disk_leaves_every_file_as_it_was(root: Path, monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
    calls = 0

    def fsync(_handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    before = everything(root)
    with pytest.raises(OutputError, match=r"cannot write .*: No space left on device; no compiled file was changed"):
        files.write(root, {A: b"new a", B: b"new b", C: b"new c"})
    assert everything(root) == before


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_rename_that_fails_undoes_those_before_it(root: Path, monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
    calls = 0
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise PermissionError(errno.EPERM, "Operation not permitted", str(self), None, str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    before = everything(root)
    with pytest.raises(OutputError, match=r"cannot replace .*Operation not permitted; no compiled file was changed"):
        files.write(root, {A: b"new a", B: b"new b", C: b"new c"})
    monkeypatch.undo()
    assert everything(root) == before


def test_an_interrupt_waits_until_all_files_have_their_names(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        signal.raise_signal(signal.SIGINT)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write(root, {A: b"new a", B: b"new b"})
    assert everything(root) == {"one/a.json": b"new a", "one/b.json": b"new b"}


def test_an_interrupt_before_that_leaves_every_file_as_it_was(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def interrupted(_handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(os, "fsync", interrupted)
    before = everything(root)
    with pytest.raises(KeyboardInterrupt):
        files.write(root, {A: b"new a", B: b"new b"})
    assert everything(root) == before


def test_a_folder_in_the_way_is_named(root: Path) -> None:
    (root / C).mkdir(parents=True)
    with pytest.raises(OutputError, match=r"cannot write .*c\.yml: there is a folder of that name"):
        files.write(root, {A: b"new a", C: b"c"})
    assert everything(root) == {"one/a.json": b"old a", "one/b.json": b"old b"}


def test_the_files_of_a_folder_are_found_by_their_ending(root: Path) -> None:
    (root / "one/mine.yml").write_bytes(b"mine")
    (root / "one/folder.json").mkdir()
    assert files.below(root, PurePosixPath("one"), ".json") == [A, B]
    assert files.below(root, PurePosixPath("nowhere"), ".json") == []
    files.remove(root, [B])
    assert files.below(root, PurePosixPath("one"), ".json") == [A]
