"""How the compiler is mutated in memory: what a name stands for is replaced, wherever dashlib has taken it over."""

from __future__ import annotations

import contextlib
import functools
import importlib
import sys
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType


class NoSuchTargetError(Exception):
    """A mutation names something that the compiler does not have (any more)."""


@frozen
class Mutation:
    """Something that the compiler does wrong.

    Attributes:
        name: of the mutant, in lower case with hyphens.
        says: what the compiler then does, as the end of the sentence "the compiler …".
        target: what is replaced: `dashlib.compile.conditions.guards_held`.
        change: returns the replacement of what stands there.
        profiles: naming profiles, beside the projects' own, that show it.
    """

    name: str
    says: str
    target: str
    change: Callable[[Any], Any]
    profiles: tuple[str, ...] = ()

    @property
    def touches(self) -> str:
        """The target without the package's name, for people."""
        return self.target.removeprefix("dashlib.")

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Let the compiler be wrong for a while.

        Raises:
            NoSuchTargetError: there is no such target.
        """
        owner, attribute = resolve(self.target)
        original = vars(owner)[attribute]
        replacement = _replacement(original, self.change)
        places = [(owner, attribute), *_copies(original, (owner, attribute))]
        for place, name in places:
            setattr(place, name, replacement)
        forget()
        try:
            yield
        finally:
            for place, name in places:
                setattr(place, name, original)
            forget()


def instead(wrapper: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return the change that calls a wrapper, with the original as its first argument."""

    def change(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replacement(*args: object, **keywords: object) -> object:
            return wrapper(original, *args, **keywords)

        return replacement

    return change


def with_result(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the change that converts what a function returns."""
    return instead(lambda original, *args, **keywords: convert(original(*args, **keywords)))


def forget() -> None:
    """Empty every cache of dashlib's functions: what they remember was computed by another compiler."""
    for module in _modules():
        for value in list(vars(module).values()):
            if isinstance(value, functools._lru_cache_wrapper):
                value.cache_clear()


def _modules() -> list[ModuleType]:
    return [module for name, module in list(sys.modules.items()) if name.split(".")[0] == "dashlib" and module]


def resolve(target: str) -> tuple[Any, str]:
    """Return the module or class that a target is in, and its name there."""
    parts = target.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            owner: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:-1]:
            owner = getattr(owner, part, None)
        if owner is not None and parts[-1] in vars(owner):
            return owner, parts[-1]
        break
    raise NoSuchTargetError(f"there is no {target}: name in tests/mutants/mutations.py what has taken its place")


def _replacement(original: object, change: Callable[[Any], Any]) -> object:
    """Return the replacement of a function, method, property or value."""
    if isinstance(original, property):
        return property(change(original.fget))
    if isinstance(original, staticmethod | classmethod):
        return type(original)(change(original.__func__))
    return change(original)


def _copies(original: object, own: tuple[object, str]) -> list[tuple[Any, str]]:
    """Return the other modules of dashlib that have a function or value by `from … import`."""
    if isinstance(original, str | int | float | bool | tuple | frozenset | None):
        return []  # equal ones may be one object without being the same thing
    return [
        (module, name)
        for module in _modules()
        for name, value in list(vars(module).items())
        if value is original and (module, name) != own
    ]
