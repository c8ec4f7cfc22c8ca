"""Prometheus' promtool: where it is, and what it says to tests. The only part of a proof that runs a program."""

from __future__ import annotations

import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from dashlib.errors import RemoteError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

#: Seconds after which promtool is taken to hang.
_TIMEOUT: Final = 600
#: So much of what it says is shown, in characters.
_SHOWN: Final = 2000
_SHOWN_OF_A_LINE: Final = 200
#: Go collects garbage that much less often than by default, which saves a fifth of the time for 100 MB more; and each
#: promtool has one core, as some run side by side.
_GO: Final = {"GOGC": "800", "GOMAXPROCS": "1"}
_HOW_TO_GET_IT: Final = (
    "it comes with Prometheus: `apt install prometheus` on Debian and Ubuntu (in dashlib's own repository: `make "
    "promtool`, without root), `brew install prometheus` on macOS, otherwise https://prometheus.io/download. Put it on "
    "PATH or into .tools/, or name it with PROMTOOL=/path/to/promtool"
)
#: What stands before the answers to a file of tests: of promtool 2, and of promtool 3.
_HEADINGS: Final = ("Unit Testing:", "Processing test file:")
_FILE: Final = re.compile(rf"^(?:{'|'.join(_HEADINGS)})\s+(.+?)\s*$", re.MULTILINE)
#: What it says where a rule cannot be evaluated: then none of the checks was looked at.
_BROKEN: Final = re.compile(r"^\s*rule: (?!declared,)\S+, time: [^\n,]*, err: (?P<error>[^\n]*)", re.MULTILINE)
_ALL_TESTS: Final = -1
_UNMET: Final = re.compile(
    r'expr: "(?P<expression>(?:[^"\\]|\\.)*) # (?P<scenario>\d+)/(?P<check>\d+)", time: [^\n,]*,\s*'
    r"(?:err: (?P<error>[^\n]*)|exp:[^\n]*\n\s*got:(?P<got>[^\n]*))"
)


@frozen
class TestFile:
    """Tests of the same rules.

    Attributes:
        rules: what stands in the rule file.
        interval: seconds between two evaluations.
        tests: promtool's tests; the number of each check stands behind its expression, as a comment.
    """

    __test__ = False

    rules: Sequence[Mapping[str, Any]]
    interval: int
    tests: Sequence[Mapping[str, Any]]


Unmet = dict[tuple[int, int], str]


def find_promtool(root: Path) -> str:
    """Return the promtool to use: what PROMTOOL says, or one on PATH, or in the project's `.tools`.

    Args:
        root: the project's folder.

    Raises:
        RemoteError: it is not installed.
    """
    named = os.environ.get("PROMTOOL")
    found = shutil.which(named) if named else shutil.which("promtool") or shutil.which(root / ".tools" / "promtool")
    if found is None:
        missing = f"there is no {named}, which PROMTOOL names" if named else "there is no promtool"
        raise RemoteError(f"{missing}, and alerts are proven by it: {_HOW_TO_GET_IT}")
    return str(found)


def run_tests(
    promtool: str, files: Sequence[TestFile], progress: Callable[[int], None] = lambda _: None
) -> list[Unmet]:
    """Return for each file what it got instead of what was expected, by the number of the test and of its check.

    Args:
        promtool: path of the program.
        files: tests; each runs with its own rules only.
        progress: is called with a number of files when they are done.

    Raises:
        RemoteError: promtool failed otherwise than by a check.
    """
    found: list[Unmet] = [{} for _ in files]
    workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory(prefix="dashlib-test-") as folder:
        names = [_write(Path(folder), number, file) for number, file in enumerate(files)]
        order = sorted(range(len(files)), key=lambda number: -len(files[number].tests))
        batches = [batch for batch in (order[start :: 4 * workers] for start in range(4 * workers)) if batch]
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            running = {
                pool.submit(_run, promtool, Path(folder), [names[number] for number in batch]): batch
                for batch in batches
            }
            for done in concurrent.futures.as_completed(running):
                for number, unmet in zip(running[done], done.result(), strict=True):
                    broken = unmet.pop((_ALL_TESTS, 1), None)
                    of_all = {} if broken is None else {(test, 1): broken for test in range(len(files[number].tests))}
                    found[number] = {**of_all, **unmet}
                progress(len(running[done]))
    return found


def run_file(promtool: str, file: Path) -> str:
    """Return what promtool says to a file of tests that somebody wrote; nothing when all of it holds.

    Raises:
        RemoteError: promtool cannot be run, or the program is not one.
    """
    done = _execute([promtool, "test", "rules", file.name], file.parent)
    _by_file(promtool, done, [file.name])
    return done.stdout.strip() if done.returncode else ""


def _write(folder: Path, number: int, file: TestFile) -> str:
    interval = f"{file.interval}s"
    rules = {"groups": [{"name": "proof", "interval": interval, "rules": list(file.rules)}]}
    tests = {
        "rule_files": [f"{number}.rules.yml"],
        "evaluation_interval": interval,
        "tests": [_numbered(test, order) for order, test in enumerate(file.tests)],
    }
    # JSON is YAML, and written a hundred times faster.
    (folder / f"{number}.rules.yml").write_text(json.dumps(rules), encoding="utf-8")
    (folder / f"{number}.yml").write_text(json.dumps(tests), encoding="utf-8")
    return f"{number}.yml"


def _numbered(test: Mapping[str, Any], order: int) -> dict[str, Any]:
    """Return a test with its number before that of each of its checks."""
    checks = [{**check, "expr": _with_number(check["expr"], order)} for check in test["promql_expr_test"]]
    return {**test, "promql_expr_test": checks}


def _with_number(expression: str, order: int) -> str:
    asked, _, check = expression.rpartition(" # ")
    return f"{asked} # {order}/{check}"


def _run(promtool: str, folder: Path, names: Sequence[str]) -> list[Unmet]:
    done = _execute([promtool, "test", "rules", *names], folder)
    by_name = _by_file(promtool, done, names)
    found: list[Unmet] = []
    for name in names:
        text = by_name[name]
        broken = _BROKEN.search(text)
        if broken:
            found.append({(_ALL_TESTS, 1): broken["error"]})
            continue
        if "SUCCESS" not in text and not _UNMET.search(text):
            why = text.strip()[:_SHOWN] or f"it ended with {done.returncode}"
            raise RemoteError(f"promtool could not run a proof: {why}")
        found.append(
            {
                (int(one["scenario"]), int(one["check"])): (one["got"] or one["error"] or "").strip()
                for one in _UNMET.finditer(text)
            }
        )
    return found


def _by_file(promtool: str, done: subprocess.CompletedProcess[str], names: Collection[str]) -> dict[str, str]:
    """Return what promtool says to each file of tests.

    Raises:
        RemoteError: it does not speak of each of them, so that nobody knows whether it ran.
    """
    _, *parts = _FILE.split(done.stdout)
    by_name = dict(zip(parts[::2], parts[1::2], strict=True))
    if set(names) <= by_name.keys():
        return by_name
    said = next((line.strip() for line in done.stdout.splitlines() if line.strip()), "nothing")
    raise RemoteError(
        f"{promtool} answered {said[:_SHOWN_OF_A_LINE]!r} (exit code {done.returncode}) where {_HEADINGS[0]!r} or "
        f"{_HEADINGS[1]!r} and the name of a file were expected; dashlib needs Prometheus' promtool, 2.42 or newer"
    )


def _execute(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603  # the promtool that the user has
            # What fails goes to another stream than the name of its file: only together they are in order.
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd=folder,
            env={**_GO, **os.environ},
            timeout=_TIMEOUT,
        )
    except OSError as error:
        raise RemoteError(f"{command[0]} cannot be run: {error.strerror}; {_HOW_TO_GET_IT}") from None
    except subprocess.TimeoutExpired:
        raise RemoteError(f"{command[0]} has not answered for {_TIMEOUT} seconds") from None
