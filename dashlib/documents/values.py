"""Values of JSON and YAML that may be anything, read as what they should be, and JSON pointers to them.

Whoever reads a dashboard of somebody else's has a string where an object should be: that is as if nothing stood there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashlib import promql

if TYPE_CHECKING:
    from collections.abc import Iterator


def text_of(value: object) -> str:
    """Return a value that should be a string; empty if it is not."""
    return value if isinstance(value, str) else ""


def object_of(value: object) -> dict[str, Any]:
    """Return a value that should be an object; empty if it is not."""
    return value if isinstance(value, dict) else {}


def objects_in(value: object, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects in a value that should be a list of them, each with its pointer.

    Args:
        value: the value.
        pointer: JSON pointer to it.
    """
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield f"{pointer}/{index}", item


def texts_in(value: object, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string in a value, each with its pointer.

    Args:
        value: the value.
        pointer: JSON pointer to it.
    """
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts_in(item, f"{pointer}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts_in(item, f"{pointer}/{index}")


def seconds_of(value: object) -> float | None:
    """Return the seconds of a value that should be a duration; None if it is not."""
    try:
        return promql.duration_seconds(value) if isinstance(value, str) else None
    except ValueError:
        return None


def escaped(key: str) -> str:
    """Return a key of an object as it stands in a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def unescaped(part: str) -> str:
    """Return the key that a part of a JSON pointer names."""
    return part.replace("~1", "/").replace("~0", "~")


def steps_to(root: object, pointer: str) -> Iterator[Any]:
    """Yield what a JSON pointer passes, from the root to the value that it leads to; it has to be there."""
    here: Any = root
    yield here
    for part in pointer.split("/")[1:]:
        here = here[int(part) if isinstance(here, list) else unescaped(part)]
        yield here
