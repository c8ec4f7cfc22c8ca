"""`dashlib` as a person types it, without starting Python and importing everything each time.

A process that has imported dashlib once becomes a copy of itself for each command: one with a working directory, an
environment and outputs of its own, which ends as `python -m dashlib` does. Tests of what comes before that, and of
signals and terminals, start a real process.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROOT: Final = Path(__file__).parents[1]


def run_dashlib(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], *, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Return what a command printed, and its exit code.

    Args:
        arguments: behind `dashlib`.
        folder: where it is typed.
        environment: all of it.
        seconds: how long it may take.

    Raises:
        TimeoutExpired: it takes longer.
    """
    with tempfile.TemporaryDirectory() as outputs:
        out, err = (Path(outputs, name) for name in ("out", "err"))
        request = {
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": dict(environment),
            "out": str(out),
            "err": str(err),
        }
        code = _SERVER.ask(json.dumps(request), seconds)
        said = [file.read_text(encoding="utf-8") for file in (out, err)]
    return subprocess.CompletedProcess(["dashlib", *arguments], code, *said)


class _Server:
    """The process that has imported dashlib; begins with the first request, and does one at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def ask(self, request: str, seconds: float) -> int:
        with self._lock:
            process = self._process = self._process or self._start()
            assert process.stdin is not None
            assert process.stdout is not None
            late = threading.Timer(seconds, os.killpg, [process.pid, signal.SIGKILL])
            late.start()
            process.stdin.write(f"{request}\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            late.cancel()
            if not answer:
                self.close()
                raise subprocess.TimeoutExpired(request, seconds)
        return int(answer)

    @staticmethod
    def _start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.forking"],
            cwd=_ROOT,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},  # a project's folder holds what a test put there
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.communicate()


_SERVER: Final = _Server()
atexit.register(_SERVER.close)


def _serve() -> None:
    """Answer each request with an exit code; a copy of this process leaves here to be the command."""
    import dashlib

    for module in pkgutil.walk_packages(dashlib.__path__, "dashlib."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(**json.loads(line))
            return
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
    sys.exit()


def _become(arguments: list[str], folder: str, environment: dict[str, str], out: str, err: str) -> None:
    """Let this process be as one that was started for a command."""
    for number, (file, flags) in enumerate([(os.devnull, os.O_RDONLY), (out, os.O_WRONLY), (err, os.O_WRONLY)]):
        opened = os.open(file, flags | os.O_CREAT, mode=0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv = ["dashlib", *arguments]


def _leave(code: str | int | None) -> None:
    """End as Python does, but for taking all modules apart: a copy would first have to copy them, for 50 ms of CPU."""
    if isinstance(code, str):
        sys.exit(code)
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    _serve()
    try:
        runpy.run_module("dashlib", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        _leave(end.code)
    _leave(0)
