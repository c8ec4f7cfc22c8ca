"""Servers as processes: started with a log each, frozen, killed and stopped by process id and nothing else."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field

from .errors import StackError
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LAST_LINES = 3


def _stat(pid: int) -> list[str]:
    """Return what the kernel says of a process behind its name: state, parent, …"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def start_time(pid: int) -> str:
    """Return when a process began, which tells it from a later one with the same id; empty when there is none."""
    stat = _stat(pid)
    return stat[19] if stat and stat[0] != "Z" else ""


def children(pid: int) -> Iterator[int]:
    """Yield the ids of all processes below a process."""
    parents = {int(each.name): _stat(int(each.name)) for each in Path("/proc").iterdir() if each.name.isdigit()}
    wanted = [pid]
    while wanted:
        above = wanted.pop()
        for child, stat in parents.items():
            if stat and int(stat[1]) == above:
                wanted.append(child)
                yield child


@define
class Process:
    """A server that runs.

    Attributes:
        name: what messages call it.
        pid: its process id.
        began: its start time, as the kernel counts.
        log: where its output goes.
    """

    name: str
    pid: int
    began: str
    log: Path
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        user: str | None = None,
    ) -> Process:
        """Start a server that writes to a log, in a session of its own so that Ctrl-C here does not reach it.

        Raises:
            StackError: the program cannot be run.
        """
        with log.open("ab") as output:
            try:
                child = subprocess.Popen(
                    [str(part) for part in command],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **(environment or {})},
                    cwd=folder,
                    user=user,
                    group=user,
                    extra_groups=None if user is None else [],
                    start_new_session=True,
                )
            except OSError as error:
                raise StackError(f"{name} cannot be started: {error}") from None
        return cls(name, child.pid, start_time(child.pid), log, child)

    @property
    def is_running(self) -> bool:
        """Whether the process is there and no zombie."""
        if self._child is not None and self._child.poll() is not None:
            return False
        runs = bool(self.began) and start_time(self.pid) == self.began
        if not runs and self._child is not None:
            self._child.wait()  # a zombie: as long as it is there, others find its process id in use
        return runs

    def check(self) -> None:
        """Raise `StackError` with the end of the log when the process has ended."""
        if not self.is_running:
            raise StackError(f"{self.name} ended by itself: {self.last_words()} (log: {self.log})")

    def last_words(self) -> str:
        """Return the last lines of the log, as one line."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return "no log"
        return " / ".join(line.strip() for line in lines[-LAST_LINES:] if line.strip())[-400:] or "its log is empty"

    def send(self, number: signal.Signals, *, with_children: bool = False) -> None:
        """Send a signal, if the process is still the one that was started."""
        if not self.is_running:
            return
        for pid in [self.pid, *(children(self.pid) if with_children else ())]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def hang(self) -> None:
        """Freeze the process and everything below it: connections stay open and nothing answers."""
        self.send(signal.SIGSTOP, with_children=True)

    def wake(self) -> None:
        """Let a frozen process go on."""
        self.send(signal.SIGCONT, with_children=True)

    def kill(self) -> None:
        """End the process without a chance to clean up, and return when it is gone."""
        self.send(signal.SIGKILL)
        self._wait(10)

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 30) -> None:
        """Ask the process to end; end it by force when it does not in time. Returns when it is gone."""
        self.wake()
        self.send(number)
        if not self._wait(seconds):
            self.kill()

    def _wait(self, seconds: float) -> bool:
        try:
            wait_until(lambda: not self.is_running, f"{self.name} does not end", seconds=seconds, every=0.05)
        except StackError:
            return False
        return True

    def memory(self) -> int:
        """Return how many bytes of memory the process and those below it hold, shared pages counted once."""
        return sum(_proportional_memory(pid) for pid in (self.pid, *children(self.pid))) if self.is_running else 0


def _proportional_memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def run(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    stdin: Path | None = None,
    user: str | None = None,
    seconds: float = 120,
) -> str:
    """Run a command to its end and return what it printed; what it complains goes to the log.

    Raises:
        StackError: the command failed or took too long.
    """
    with (
        log.open("ab") as complaints,
        stdin.open("rb") if stdin else contextlib.nullcontext(subprocess.DEVNULL) as source,
    ):
        try:
            done = subprocess.run(
                [str(part) for part in command],
                check=False,
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env={**os.environ, **(environment or {})},
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            raise StackError(f"{name} took longer than {seconds:.0f} s (log: {log})") from None
        except OSError as error:
            raise StackError(f"{name} cannot be run: {error}") from None
        complaints.write(done.stdout if done.returncode else b"")
    if done.returncode:
        words = Process(name, 0, "", log).last_words()
        raise StackError(f"{name} failed with exit code {done.returncode}: {words} (log: {log})")
    return done.stdout.decode(errors="replace")
