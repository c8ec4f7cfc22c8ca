"""The one reader of configuration: a class declares what its table holds, and tables are read by that declaration.

```python
@attrs.frozen
class Heartbeat:
    table: str = attrs.field(metadata=holds(Text()))
    every: str = attrs.field(default="10s", metadata=holds(Duration()))

read(Heartbeat, {"table": "beat", "everi": "5s"}, Place(("heartbeat",), Path("pyproject.toml")))
# pyproject.toml:7: [tool.dashlib.heartbeat] has no setting "everi"; did you mean "every"?
```

A setting without a default is required. `schema` returns the same declaration as JSON Schema, for editors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import attrs

from dashlib.errors import ConfigurationError, DashlibError
from dashlib.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# The kinds are named tuples: a dozen attrs classes would take 5 ms of every command to make.

T = TypeVar("T")

_KIND = "dashlib.tables"
_LONGEST_FOUND = 60
_KEY = r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*\.?"""


class Place(NamedTuple):
    """A place in the configuration.

    Attributes:
        keys: of the table or setting, below `tool.dashlib`; in a JSON file, of the object or its key.
        file: the `pyproject.toml`, or the JSON file; None where that is not known.
        is_json: the file is a JSON file of its own, such as a naming profile.
    """

    keys: tuple[str, ...] = ()
    file: Path | None = None
    is_json: bool = False

    def __str__(self) -> str:
        """Return the table as its header in the file."""
        return f"[{'.'.join(('tool', 'dashlib', *self.keys))}]"

    def within(self, key: str) -> Place:
        """Return the place of a setting or table within this table."""
        return self._replace(keys=(*self.keys, key))

    def error(self, said: str, at: str = "") -> ConfigurationError:
        """Return an error at this table, or at its setting `at`, with file and line where they are known."""
        if self.is_json:
            pointer = "".join(f"/{key}" for key in self.keys)
            return ConfigurationError(f"{self.file}#{pointer}: {said}")
        message = f"{self} {said}"
        if self.file is None:
            return ConfigurationError(message)
        line = _line_of(self.file, (*self.keys, at) if at else self.keys)
        return (
            ConfigurationError(message, Source(str(self.file), line))
            if line
            else ConfigurationError(f"{self.file}: {message}")
        )

    def wrong(self, value: object, expected: str) -> ConfigurationError:
        """Return the error of a setting that holds something else than is expected; this is the setting's place."""
        found = f"found {shown(value)}; expected {expected}"
        if self.is_json or not self.keys:
            return self.error(found)
        *table, key = self.keys
        return self._replace(keys=tuple(table)).error(f"{key}: {found}", key)


class Kind(Protocol):
    """What a setting may hold."""

    @property
    def expected(self) -> str:
        """What is expected, in words."""

    def read(self, value: object, place: Place) -> object:
        """Return the value of a setting, as its class takes it.

        Raises:
            ConfigurationError: it is something else.
        """

    def schema(self) -> dict[str, object]:
        """Return the same as JSON Schema."""


class Text(NamedTuple):
    """A string.

    Attributes:
        pattern: regular expression that the whole of it matches; empty for any.
        expected: what is expected, in words.
        says_more: the class has a validator that judges the text and says more than this could: `read` leaves it to
            that, and the pattern is for editors.
    """

    pattern: str = ""
    expected: str = "a string"
    says_more: bool = False

    def read(self, value: object, place: Place) -> object:
        """Return the text."""
        if not isinstance(value, str) or (
            self.pattern and not self.says_more and re.fullmatch(self.pattern, value) is None
        ):
            raise place.wrong(value, self.expected)
        return value

    def schema(self) -> dict[str, object]:
        """Return the same as JSON Schema."""
        return {"type": "string", **({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {})}


class Flag(NamedTuple):
    """True or false."""

    expected: str = "true or false"

    def read(self, value: object, place: Place) -> object:
        """Return the flag."""
        if not isinstance(value, bool):
            raise place.wrong(value, self.expected)
        return value

    def schema(self) -> dict[str, object]:
        """Return the same as JSON Schema."""
        return {"type": "boolean"}


class Number(NamedTuple):
    """A number.

    Attributes:
        expected: what is expected, in words.
        whole: it has no fraction.
        least: the smallest that it may be; None for any.
        more_than: what it has to exceed; None for nothing.
        most: the largest that it may be; None for any.
    """

    expected: str = "a number"
    whole: bool = False
    least: int | None = None
    more_than: int | None = None
    most: int | None = None

    def read(self, value: object, place: Place) -> object:
        """Return the number."""
        if (
            isinstance(value, bool)
            or not isinstance(value, int if self.whole else int | float)
            or (self.least is not None and value < self.least)
            or (self.more_than is not None and not value > self.more_than)
            or (self.most is not None and not value <= self.most)
        ):
            raise place.wrong(value, self.expected)
        return value

    def schema(self) -> dict[str, object]:
        """Return the same as JSON Schema."""
        limits = {"minimum": self.least, "exclusiveMinimum": self.more_than, "maximum": self.most}
        return {
            "type": "integer" if self.whole else "number",
            **{keyword: limit for keyword, limit in limits.items() if limit is not None},
        }


class Duration(NamedTuple):
    """A duration as Prometheus writes it.

    Attributes:
        or_empty: an empty string may stand for none.
    """

    or_empty: bool = False
    expected: str = "a duration such as 30s, 5m or 1h30m"

    def read(self, value: object, place: Place) -> object:
        """Return the text of the duration."""
        from dashlib.promql import duration_seconds  # for a setting that is a duration only

        if not isinstance(value, str):
            raise place.wrong(value, self.expected)
        try:
            duration_seconds("0" if self.or_empty and not value else value)
        except ValueError:
            raise place.wrong(value, self.expected) from None
        return value

    def schema(self) -> dict[str, object]:
        """Return the same as JSON Schema."""
        return {"type": "string", "pattern": f"^(([0-9]+(y|w|d|h|m|s|ms))+|0{'|' if self.or_empty else ''})$"}


class OneOf(NamedTuple):
    """One of some words."""

    words: tuple[str, ...]

    @property
    def expected(self) -> str:
        """What is expected, in words."""
        return f"one of {', '.join(map(shown, self.words))}"

    def read(self, value: object, place: Place) -> object:
        """Return the word."""
        if not isinstance(value, str) or value not in self.words:
            near = nearest(value, self.words) if isinstance(value, str) else ""
            hint = f"; {near}" if near.startswith("did you mean") else ""
            raise place.wrong(value, self.expected + hint)
        return value

    def schema(self) -> dict[str, object]:
        """Return the same as JSON Schema."""
        return {"enum": list(self.words)}


def _repeats(items: list[object]) -> bool:
    return any(item in items[:index] for index, item in enumerate(items))


class ListOf(NamedTuple):
    """A list, read as a tuple.

    Attributes:
        kind: what each of its items is.
        expected: what is expected, in words.
        least: how many items it has at least.
        each_once: no item stands in it twice.
    """

    kind: Kind
    expected: str
    least: int = 0
    each_once: bool = False

    def read(self, value: object, place: Place) -> object:
        """Return the items."""
        if not isinstance(value, list) or len(value) < self.least or (self.each_once and _repeats(value)):
            raise place.wrong(value, self.expected)
        try:
            return tuple(self.kind.read(item, place) for item in value)
        except ConfigurationError:
            raise place.wrong(value, self.expected) from None

    def schema(self) -> dict[str, object]:
        """Return the same as JSON Schema."""
        more: dict[str, object] = {"minItems": self.least} if self.least else {}
        more |= {"uniqueItems": True} if self.each_once else {}
        return {"type": "array", "items": self.kind.schema(), **more}


class MapOf(NamedTuple):
    """A table whose keys are names.

    Attributes:
        kind: what stands under each name.
        expected: what is expected, in words.
        names: what a name is.
    """

    kind: Kind
    expected: str = "a table"
    names: Text = Text()

    def read(self, value: object, place: Place) -> object:
        """Return the table."""
        if not isinstance(value, dict):
            raise place.wrong(value, self.expected)
        found: dict[str, object] = {}
        for name, item in value.items():
            self.names.read(name, place)
            found[name] = self.kind.read(item, place.within(name))
        return found

    def schema(self) -> dict[str, object]:
        """Return the same as JSON Schema."""
        names = {"propertyNames": {"pattern": f"^(?:{self.names.pattern})$"}} if self.names.pattern else {}
        return {"type": "object", **names, "additionalProperties": self.kind.schema()}


class Table(NamedTuple):
    """A table that a class declares.

    Attributes:
        of: the class.
    """

    of: type
    expected: str = "a table"

    def read(self, value: object, place: Place) -> object:
        """Return the table as the class."""
        return read(self.of, value, place)

    def schema(self) -> dict[str, object]:
        """Return the same as JSON Schema."""
        return schema(self.of)


class AnyTable(NamedTuple):
    """A table that another part of dashlib reads later, by its own declaration."""

    expected: str = "a table"

    def read(self, value: object, place: Place) -> object:
        """Return the table as it is."""
        if not isinstance(value, dict):
            raise place.wrong(value, self.expected)
        return value

    def schema(self) -> dict[str, object]:
        """Return the same as JSON Schema."""
        return {"type": "object"}


# A folder or file below the project's root.
FOLDER = Text(r"(?!/)(?!(.*/)?\.\.(/|$)).+", "a folder below the project's root")
LABEL_NAME = Text(r"[a-zA-Z_][a-zA-Z0-9_]*", "a label name: letters, digits and '_', not starting with a digit")
# Prometheus 3 keeps any text as a label's name; PromQL quotes what is not a plain one.
ANY_LABEL_NAME = Text(
    r"[^\x00-\x1f\x7f{}\"\\]+", "a label name: letters, digits, '_' and, with Prometheus 3, '.' and others"
)
SOMETHING = Text(r"[\s\S]*\S[\s\S]*", "a non-empty string")


def holds(kind: Kind) -> dict[str, object]:
    """Return the metadata of an attribute that is a setting, for `attrs.field(metadata=…)`."""
    return {_KIND: kind}


def valid(_instance: object, attribute: attrs.Attribute[T], value: T) -> None:
    """Check an attribute against its kind where it does not come from a table; an attrs validator.

    Raises:
        ConfigurationError: it is something else.
    """
    kind: Kind = attribute.metadata[_KIND]
    try:
        kind.read(value, Place((attribute.name,)))
    except ConfigurationError:
        raise ConfigurationError(f"{attribute.name}: found {shown(value)}; expected {kind.expected}") from None


def settings_of(of: type) -> dict[str, attrs.Attribute[object]]:
    """Return the attributes of a class that are settings, by their keys; `for_` is the key `for`."""
    fields: Iterable[attrs.Attribute[object]] = attrs.fields(of)
    return {field.name.rstrip("_"): field for field in fields if _KIND in field.metadata}


def read(of: type[T], table: object, place: Place, **given: object) -> T:
    """Return a table as the class that declares it.

    Args:
        of: an attrs class; each attribute that is a setting says with `holds` what it holds.
        table: what the file says there.
        place: of the table, for messages.
        **given: attributes that the table does not hold, and values in the place of defaults.

    Raises:
        ConfigurationError: a key or value is wrong; the message says where, what was found and what is expected.
    """
    if not isinstance(table, Mapping):
        raise place.wrong(table, "an object" if place.is_json else "a table")
    known = settings_of(of)
    values: dict[str, object] = {}
    for key, value in table.items():
        if key not in known:
            what = "unknown key" if place.is_json else "has no setting"
            raise place.error(f"{what} {shown(key)}; {nearest(str(key), known)}", str(key))
        kind: Kind = known[key].metadata[_KIND]
        values[known[key].name] = kind.read(value, place.within(key))
    for key, field in known.items():
        if key not in table and field.default is attrs.NOTHING and field.name not in given:
            what = "key is missing:" if place.is_json else "has no"
            raise place.error(f"{what} {key}; expected {field.metadata[_KIND].expected}")
    try:
        return of(**{**given, **values})
    except DashlibError as error:  # a validator's
        raise place.error(error.message) from None


def schema(of: type) -> dict[str, object]:
    """Return the JSON Schema of the table that a class declares."""
    properties: dict[str, object] = {}
    for key, field in settings_of(of).items():
        kind: Kind = field.metadata[_KIND]
        default = field.default
        is_plain = isinstance(default, str | int | float | tuple | PurePath)
        properties[key] = {**kind.schema(), **({"default": _plain(default)} if is_plain else {})}
    required = [key for key, field in settings_of(of).items() if field.default is attrs.NOTHING]
    return {
        "type": "object",
        **({"required": required} if required else {}),
        "properties": properties,
        "additionalProperties": False,
    }


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the nearest of some names as a question; all of them if none is near."""
    import difflib  # for a mistake only

    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {shown(near[0])}?" if near else f"known: {', '.join(names) or 'none'}"


def shown(value: object) -> str:
    """Return a value as TOML writes it, nearly; what is long is cut."""
    import json

    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_FOUND else text[: _LONGEST_FOUND - 1] + "…"


def _plain(default: object) -> object:
    if isinstance(default, tuple):
        return [_plain(item) for item in default]
    return str(default) if isinstance(default, PurePath) else default


def _line_of(file: Path, keys: tuple[str, ...]) -> int:
    """Return the line of a table or setting below `tool.dashlib`; 0 where none is found.

    It is the line that names most of the keys: a value within an inline table is found by the line of that.
    """
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    wanted = ("tool", "dashlib", *keys)
    header: tuple[str, ...] = ()
    found, named = 0, 2
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text.startswith("["):
            path = header = _split(text.lstrip("[").partition("]")[0])
        else:
            path = (*header, *_split(text.partition("=")[0])) if "=" in text else ()
        if len(path) > named and path == wanted[: len(path)]:
            found, named = number, len(path)
    return found


def _split(dotted: str) -> tuple[str, ...]:
    return tuple("".join(parts) for parts in re.findall(_KEY, dotted))
