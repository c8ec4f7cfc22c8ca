"""One stack for all tests: started when the first wants it, stopped at the end, logs kept on failure."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, NoReturn

import pytest
from attrs import define

from . import components
from .errors import StackError
from .faults import FAULTS
from .stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from .components import Components


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--fault`, `--short` and `--record`."""
    parser.addoption("--fault", choices=sorted(FAULTS), help="run this fault only")
    parser.addoption("--short", action="store_true", help="of the faults, run one of each kind")
    parser.addoption("--record", action="store_true", help="keep what is recorded in tests/e2e/recordings")


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker `whole`: what waits for minutes by construction, and is held without the stack as well."""
    config.addinivalue_line("markers", "whole: not in `make e2e-short`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out of a short run what is only in the whole one."""
    if config.getoption("--short"):
        left_out = [item for item in items if item.get_closest_marker("whole")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_sessionstart(session: pytest.Session) -> None:
    """End cleanly when asked to from outside: no further test begins, and everything is stopped."""

    def stop(*_: object) -> NoReturn:
        session.shouldstop = "terminated"
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A stack that a test failed on is not trusted any more."""
    report = yield
    if report.failed and isinstance(stacks := getattr(item, "funcargs", {}).get("stacks"), Stacks):
        stacks.trusted = False
    return report


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Return what prints a line past pytest's capture."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    began = time.monotonic()

    def tell(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{time.monotonic() - began:6.1f} s  {line}", end="", flush=True)  # noqa: T201

    return tell


def give_up(request: pytest.FixtureRequest, error: StackError) -> NoReturn:
    """Say in one line what cannot be had; no test can say more."""
    request.session.shouldfail = f"e2e: {error}"
    pytest.fail(f"e2e: {error}", pytrace=False)


@pytest.fixture(scope="session")
def installed(tell: Callable[[str], None], request: pytest.FixtureRequest) -> Components:
    """Return everything that the stack is made of."""
    try:
        return components.install(tell)
    except StackError as error:
        give_up(request, error)


@define
class Stacks:
    """The stack that tests share; another one after a test failed on it.

    Attributes:
        components: what it is made of.
        tell: is given one line a step.
        trusted: whether the next test may have the same stack.
    """

    components: Components
    tell: Callable[[str], None]
    trusted: bool = True
    _current: Stack | None = None

    def get(self) -> Stack:
        """Return a stack that streams under load.

        Raises:
            StackError: neither it comes up nor the one that is tried after it.
        """
        if self._current is not None and not self.trusted:
            self.stop()
        if self._current is None:
            try:
                self._current = self._start()
            except StackError as error:
                # A free port may be taken by others before it is used, and the next one is another.
                self.tell(f"{error}; once more")
                self._current = self._start()
            self.trusted = True
        return self._current

    def _start(self) -> Stack:
        began = time.monotonic()
        stack = Stack(self.components, tell=self.tell)
        stack.start()
        stack.start_load()
        self.tell(f"the stack is ready after {time.monotonic() - began:.0f} s")
        return stack

    def stop(self) -> None:
        """Stop the stack, and remove its folder when no test failed on it."""
        if self._current is None:
            return
        stack, self._current = self._current, None
        self.tell(f"the stack holds {sum(stack.memory().values()) / 2**30:.1f} GB")
        stack.stop()
        if self.trusted:
            stack.discard()
        else:
            self.tell(f"logs are kept in {stack.folder}")


@pytest.fixture(scope="session")
def stacks(installed: Components, tell: Callable[[str], None]) -> Iterator[Stacks]:
    """Return what gives the stack."""
    stacks = Stacks(installed, tell)
    try:
        yield stacks
    finally:
        stacks.stop()


@pytest.fixture
def stack(stacks: Stacks, request: pytest.FixtureRequest) -> Stack:
    """Return a stack that streams under load."""
    try:
        return stacks.get()
    except StackError as error:
        give_up(request, error)
