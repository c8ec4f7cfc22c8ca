"""Compiled files on disk: compare, write all or none, remove what nobody declares when asked."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING, NamedTuple

from dashlib.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path, PurePosixPath

NEW_FILE_MODE = 0o644


class Changes(NamedTuple):
    """How the files on disk differ from what is declared; paths are relative to the project's root.

    Attributes:
        created: declared, not on disk.
        updated: on disk with another content.
        unchanged: on disk as declared.
        undeclared: on disk, written by a build, declared by nobody any more.
    """

    created: tuple[PurePosixPath, ...]
    updated: tuple[PurePosixPath, ...]
    unchanged: tuple[PurePosixPath, ...]
    undeclared: tuple[PurePosixPath, ...]

    @property
    def any(self) -> bool:
        """Whether there is a difference."""
        return bool(self.created or self.updated or self.undeclared)


def compare(root: Path, contents: Mapping[PurePosixPath, bytes], undeclared: Sequence[PurePosixPath]) -> Changes:
    """Return how the files below `root` differ from these contents.

    Args:
        root: the project's root.
        contents: what each compiled file should hold.
        undeclared: compiled files that nobody declares.

    Raises:
        OutputError: an existing file cannot be read.
    """
    created: list[PurePosixPath] = []
    updated: list[PurePosixPath] = []
    unchanged: list[PurePosixPath] = []
    for path, content in contents.items():
        present = read(root / path)
        (created if present is None else unchanged if present == content else updated).append(path)
    return Changes(tuple(created), tuple(updated), tuple(unchanged), tuple(undeclared))


def read(file: Path) -> bytes | None:
    """Return a file's content; None if there is no such file.

    Raises:
        OutputError: it is there and cannot be read.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"cannot read {file}: {error.strerror}") from None


def below(root: Path, folder: PurePosixPath, ending: str) -> list[PurePosixPath]:
    """Return the files of a folder, relative to the project's root, in order; none where there is no such folder.

    Args:
        root: the project's root.
        folder: relative to it.
        ending: how their names end.
    """
    return [folder / file.name for file in sorted((root / folder).glob(f"*{ending}")) if file.is_file()]


def write(root: Path, contents: Mapping[PurePosixPath, bytes]) -> None:
    """Write files so that a failure leaves every one of them as it was.

    All contents go to temporary files beside their targets first; only when all are complete do they take the
    targets' names, and Ctrl-C waits for that moment. Should a rename fail, those before it are undone.

    Raises:
        OutputError: a folder cannot be made, or a file not be written: no permission, a full disk.
    """
    staged: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            target = root / path
            try:
                staged[target] = _stage(target, content)
            except OSError as error:
                raise OutputError(
                    f"cannot write {target}: {error.strerror or error}; no compiled file was changed"
                ) from None
        with _interrupts_deferred():
            _commit(staged)
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)


def remove(root: Path, paths: Sequence[PurePosixPath]) -> None:
    """Remove compiled files that nobody declares.

    Raises:
        OutputError: one cannot be removed.
    """
    for path in paths:
        try:
            (root / path).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"cannot remove {root / path}: {error.strerror}") from None


def _stage(target: Path, content: bytes) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        raise IsADirectoryError(21, "there is a folder of that name", str(target))
    mode = target.stat().st_mode & 0o777 if target.exists() else NEW_FILE_MODE
    # Not `tempfile`: its import costs a tenth of a build. "x" refuses a file that is there, as mkstemp does.
    temporary = target.with_name(f".{target.name}.{os.urandom(6).hex()}.tmp")
    stream = temporary.open("xb")
    try:
        with stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(mode)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _commit(staged: Mapping[Path, Path]) -> None:
    done: list[tuple[Path, bytes | None]] = []
    try:
        for target, temporary in staged.items():
            before = read(target)
            temporary.replace(target)
            done.append((target, before))
    except OSError as error:
        for target, before in done:
            if before is None:
                target.unlink(missing_ok=True)
            else:
                _stage(target, before).replace(target)
        raise OutputError(
            f"cannot replace {error.filename2 or error.filename}: {error.strerror}; no compiled file was changed"
        ) from None


@contextlib.contextmanager
def _interrupts_deferred() -> Iterator[None]:
    """Hold Ctrl-C and a request to end back until the files have their names."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    previous = {
        number: signal.signal(number, lambda received, _frame: waiting.append(received))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        for received in waiting:
            signal.raise_signal(received)
