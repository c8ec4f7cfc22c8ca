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
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

#: Seconds after which promtool is taken to hang.
_TIMEOUT: Final = 600
#: Starting promtool costs as much as a few tests: where there are enough, each runs so many of them.
_TESTS_OF_A_RUN: Final = 16
#: So much of what it says is shown, in characters.
_SHOWN: Final = 2000
_SHOWN_OF_A_LINE: Final = 200
#: Go collects garbage when so much memory is taken, and not before: memory that is used again costs less than fresh
#: memory, which a heap that may grow by a factor asks for at each test. Each promtool has one core, as some run side by
#: side.
_GO: Final = {"GOGC": "off", "GOMEMLIMIT": "100MiB", "GOMAXPROCS": "1"}
_HOW_TO_GET_IT: Final = (
    "it comes with Prometheus: `apt install prometheus` on Debian and Ubuntu (in dashlib's own repository: `make "
    "promtool`, without root), `brew install prometheus` on macOS, otherwise https://prometheus.io/download. Put it on "
    "PATH or into .tools/, or name it with PROMTOOL=/path/to/promtool"
)
#: What stands before the answers to a file of tests: of promtool 2, and of promtool 3.
_HEADINGS: Final = ("Unit Testing:", "Processing test file:")
_FILE: Final = re.compile(rf"^(?:{'|'.join(_HEADINGS)})\s+(.+?)\s*$", re.MULTILINE)
#: What it says where a rule cannot be evaluated: then none of the checks of a test was looked at.
_BROKEN: Final = re.compile(r"^\s*rule: (?P<rule>\S+), time: [^\n,]*, err: (?P<error>[^\n]*)", re.MULTILINE)
#: What it says beside the checks that do not hold.
_RESULTS: Final = frozenset({"SUCCESS", "FAILED:"})
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
#: Name of the alert that says what is declared, beside the compiled one.
DECLARED_ALERT: Final = "declared"
#: Name of the alert that a Grafana-managed rule is, beside both.
MANAGED_ALERT: Final = "in Grafana"
#: The number of the check whether the input does what it should.
PREMISE: Final = 0
#: So begins what a check got that could not be evaluated.
ERROR: Final = "error: "


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
    return str(Path(found).absolute())  # it is run in other folders


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
        for number, file in enumerate(files):
            _write(Path(folder), f"{number}.yml", file, range(len(file.tests)))
        order = sorted(range(len(files)), key=lambda number: -len(files[number].tests))
        parts = max(1, min(workers, sum(len(file.tests) for file in files) // _TESTS_OF_A_RUN))
        batches = [batch for batch in (order[start::parts] for start in range(parts)) if batch]
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            running = {
                pool.submit(_run, promtool, Path(folder), {f"{number}.yml": files[number] for number in batch}): batch
                for batch in batches
            }
            for done in concurrent.futures.as_completed(running):
                for number, unmet in zip(running[done], done.result(), strict=True):
                    found[number] = unmet
                progress(len(running[done]))
    return found


def run_file(promtool: str, file: Path) -> str:
    """Return what promtool says to a file of tests that somebody wrote; nothing when all of it holds.

    Raises:
        RemoteError: promtool cannot be run, or the program is not one.
    """
    return run_files(promtool, file.parent, [file.name])


def run_files(promtool: str, folder: Path, names: Sequence[str]) -> str:
    """Return what promtool says to files of tests in a folder; nothing when all of them hold.

    Raises:
        RemoteError: promtool cannot be run, or the program is not one.
    """
    done = _execute([promtool, "test", "rules", *names], folder)
    _by_file(promtool, done, names)
    return done.stdout.strip() if done.returncode else ""


def _write(folder: Path, name: str, file: TestFile, orders: Iterable[int]) -> None:
    """Write some tests of a file, by their numbers, and the rules."""
    interval = f"{file.interval}s"
    rules = {"groups": [{"name": "proof", "interval": interval, "rules": list(file.rules)}]}
    tests = {
        "rule_files": [f"{name}.rules"],
        "evaluation_interval": interval,
        "tests": _of_each_input([_numbered(file.tests[order], order) for order in orders]),
    }
    # JSON is YAML, and written a hundred times faster.
    (folder / f"{name}.rules").write_text(json.dumps(rules), encoding="utf-8")
    (folder / name).write_text(json.dumps(tests), encoding="utf-8")


def _of_each_input(tests: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return tests with one for each input: what is asked of the same series is asked of it together."""
    found: dict[str, dict[str, Any]] = {}
    for test in tests:
        one = found.setdefault(json.dumps((test["interval"], test["input_series"])), {**test, "promql_expr_test": []})
        one["promql_expr_test"].extend(test["promql_expr_test"])
    return list(found.values())


def _numbered(test: Mapping[str, Any], order: int) -> dict[str, Any]:
    """Return a test with its number before that of each of its checks."""
    checks = [{**check, "expr": _with_number(check["expr"], order)} for check in test["promql_expr_test"]]
    return {**test, "promql_expr_test": checks}


def _with_number(expression: str, order: int) -> str:
    asked, _, check = expression.rpartition(" # ")
    return f"{asked} # {order}/{check}"


def _run(promtool: str, folder: Path, files: Mapping[str, TestFile]) -> list[Unmet]:
    """Return what some files got, by their names in a folder."""
    done = _execute([promtool, "test", "rules", *files], folder)
    said = _by_file(promtool, done, files)
    return [
        _unmet(said[name]) if _is_of_checks(said[name]) else _each_alone(promtool, folder, file)
        for name, file in files.items()
    ]


def _is_of_checks(said: str) -> bool:
    """Tell whether promtool has looked at the checks of all tests: it speaks of nothing else."""
    rest = _UNMET.sub("", said).split()
    return bool(rest) and _RESULTS.issuperset(rest)


def _unmet(said: str) -> Unmet:
    return {
        (int(one["scenario"]), int(one["check"])): ERROR + one["error"] if one["error"] else one["got"].strip()
        for one in _UNMET.finditer(said)
    }


def _each_alone(promtool: str, folder: Path, file: TestFile) -> Unmet:
    """Return what each test of a file got where some could not be looked at: promtool does not say which.

    Raises:
        RemoteError: it cannot read one of them.
    """
    found: Unmet = {}
    with tempfile.TemporaryDirectory(dir=folder) as alone:
        names = [f"{order}.yml" for order in range(len(file.tests))]
        for order, name in enumerate(names):
            _write(Path(alone), name, file, [order])
        done = _execute([promtool, "test", "rules", *names], Path(alone))
        said = _by_file(promtool, done, names)
        broken = [{one["rule"]: one["error"] for one in _BROKEN.finditer(said[name])} for name in names]
    for order, name in enumerate(names):
        if DECLARED_ALERT in broken[order]:  # nothing can be asked of input of which nobody can tell what is declared
            found[order, PREMISE] = broken[order][DECLARED_ALERT]
        elif broken[order]:
            found[order, 1] = ERROR + next(iter(broken[order].values()))
        elif _is_of_checks(said[name]):
            found |= _unmet(said[name])
        else:
            why = said[name].strip()[:_SHOWN] or f"it ended with {done.returncode}"
            raise RemoteError(f"promtool could not run a proof: {why}")
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
