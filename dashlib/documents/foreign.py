"""Reads files that dashlib did not make, JSON and YAML, into values of which each knows where it stands.

They may be anything, so that all is bounded: the size of a file, how deep and how large it gets once its aliases are
followed. What is wrong with one is a finding with its place, not an end of the run. What the values are, dashboards or
rules or neither, `forms` tells.
"""

from __future__ import annotations

import bisect
import re
import sys
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field, frozen

from dashlib.documents.spelling import Spelling
from dashlib.documents.values import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LARGEST_FILE: Final = 16 * 2**20
"""Bytes. The largest dashboards that people have are a few megabytes."""
DEEPEST: Final = 100
"""Levels of lists and objects inside each other. Dashboards have about 15."""
MOST_NODES: Final = 200_000
"""Values in a YAML file once its aliases are followed: a few lines of aliases can stand for billions."""


class UnreadableFileError(Exception):
    """A file is not what it should be.

    Attributes:
        message: what is wrong.
        offset: offset in the text, if that is known.
        suggestion: what to do about it; empty where the message says it.
    """

    def __init__(self, message: str, offset: int = 0, *, suggestion: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.suggestion = suggestion


class PlainText(str):
    """A YAML scalar without quotes: a string to Prometheus, and what it looks like to readers of dashboards."""

    __slots__ = ()

    @property
    def resolved(self) -> object:
        """The number, boolean or string that it stands for."""
        if self in {"true", "True", "TRUE", "false", "False", "FALSE"}:
            return self.lower() == "true"
        if _INTEGER.fullmatch(self):
            return int(self)
        return float(self) if _FLOAT.fullmatch(self) else str(self)


_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")


@frozen
class Span:
    """Where a value stands in a file.

    Attributes:
        start: offset of its first character.
        end: offset behind its last character.
        style: how a string is written: `json`, `plain`, `'`, `"`, `|` or `>`; empty for lists and objects.
    """

    start: int
    end: int
    style: str = ""


@define
class SourceText:
    """A text of a foreign file, and where each value stands in it.

    Attributes:
        text: the whole file; or a string within it, such as the dashboard in a ConfigMap.
    """

    text: str
    _spans: Mapping[str, Span] | None = None
    _outer: SourceText | None = field(default=None, repr=False)
    _start: int = 0
    _spelling: Spelling | None = None
    _starts: list[int] = field(factory=list)

    @property
    def spans(self) -> Mapping[str, Span]:
        """Where each value stands, by JSON pointer; in JSON found when they are first asked for."""
        if self._spans is None:
            self._spans = dict(_json_spans(self.text))
        return self._spans

    @property
    def is_embedded(self) -> bool:
        """Whether it is a string within another file."""
        return self._outer is not None

    @property
    def file_text(self) -> str:
        """The text of the file that it stands in."""
        return self.text if self._outer is None else self._outer.file_text

    @property
    def begin(self) -> tuple[int, int]:
        """Line and column of the value that it is, if it is a string within another file."""
        return self._outer.line_and_column(self._start) if self._outer is not None else (1, 1)

    def embedded(self, pointer: str, text: str) -> SourceText:
        """Return a string as a source of its own, whose places are those in the file.

        Args:
            pointer: JSON pointer to the value.
            text: the value.
        """
        span = self.spans[pointer]
        return SourceText(
            text, outer=self, start=span.start, spelling=Spelling(self.text[span.start : span.end], span.style)
        )

    def with_spans(self, spans: Mapping[str, Span]) -> SourceText:
        """Return the same text with the places of one of its YAML documents."""
        return SourceText(self.text, spans, self._outer, self._start, self._spelling, self._starts)

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from 1, in the file."""
        if self._outer is not None and self._spelling is not None:
            return self._outer.line_and_column(self._start + self._spelling.place(offset))
        if not self._starts:
            self._starts.extend([0, *(match.end() for match in re.finditer("\n", self.text))])
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def read_text(file: Path) -> str:
    """Return the text of a file.

    Raises:
        UnreadableFileError: it is too large, is not UTF-8, or cannot be read.
    """
    try:
        size = file.stat().st_size
        if size > LARGEST_FILE:
            raise UnreadableFileError(
                f"the file has {size / 2**20:.0f} MiB; dashlib reads at most {LARGEST_FILE // 2**20} MiB"
            )
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise UnreadableFileError(f"the file cannot be read: {error.strerror}") from None
    return _decoded(content)


def read_standard_input() -> str:
    """Return what stands in standard input.

    Raises:
        UnreadableFileError: there is nothing, it is too large, or it is not UTF-8.
    """
    text = _decoded(sys.stdin.buffer.read(LARGEST_FILE + 1))
    if not text.strip():
        raise UnreadableFileError("standard input is empty", suggestion="check the output of the command before it")
    return text


def _decoded(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise UnreadableFileError(f"the file is larger than {LARGEST_FILE // 2**20} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"the file is not UTF-8: byte {error.start} is {content[error.start]:#04x}") from None


# --- JSON ------------------------------------------------------------------------------------------------------


def read_json(text: str) -> object:
    """Return the value of a JSON text.

    Raises:
        UnreadableFileError: it is not JSON, or nested too deeply.
    """
    import orjson

    depth = deepest = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', text):
        character = match[0]
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if depth > DEEPEST:
                raise UnreadableFileError(f"lists and objects are nested deeper than {DEEPEST} levels", match.start())
        elif character in "]}":
            depth -= 1
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableFileError(f"invalid JSON: {error.msg}", error.pos) from None


_JSON_TOKEN: Final = re.compile(r'(?P<string>"(?:[^"\\]|\\.)*+")|(?P<mark>[\[\]{},:])|(?P<bare>[^\s\[\]{},:"]++)')


def _json_spans(text: str) -> Iterator[tuple[str, Span]]:
    """Yield where each value of valid JSON stands, by pointer."""
    # one entry a list or object that is open: its pointer, its start, and the key or index that is next
    stack: list[tuple[str, int, list[str | int]]] = []
    key: str | None = None
    expects_key = False
    for match in _JSON_TOKEN.finditer(text):
        mark = match["mark"]
        if mark == ":":
            expects_key = False
            continue
        if mark == ",":
            expects_key = text[stack[-1][1]] == "{"
            if not expects_key:
                stack[-1][2][0] = int(stack[-1][2][0]) + 1
            continue
        if mark in {"]", "}"}:
            pointer, start, _ = stack.pop()
            expects_key = False
            yield pointer, Span(start, match.end())
            continue
        if expects_key and match["string"]:
            key = _json_text(match[0])
            stack[-1][2][0] = key
            continue
        pointer = ""
        if stack:
            pointer = f"{stack[-1][0]}/{escaped(str(stack[-1][2][0]))}"
        if mark in {"[", "{"}:
            expects_key = mark == "{"
            stack.append((pointer, match.start(), ["" if expects_key else 0]))
            continue
        yield pointer, Span(match.start(), match.end(), "json" if match["string"] else "")


def _json_text(token: str) -> str:
    import orjson

    text: str = orjson.loads(token)
    return text


# --- YAML ------------------------------------------------------------------------------------------------------


def read_yaml(text: str) -> list[tuple[object, Mapping[str, Span]]]:
    """Return the documents of a YAML text, each with where its values stand, by JSON pointer.

    Raises:
        UnreadableFileError: it is not YAML, or exceeds a limit.
    """
    import yaml

    try:
        return [_YamlDocument(events).read() for events in _documents(text)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise UnreadableFileError(f"invalid YAML: {what}", _offset(text, mark) if mark else 0) from None
    except yaml.reader.ReaderError as error:
        raise UnreadableFileError(f"invalid YAML: {error.reason}", int(error.position)) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UnreadableFileError(f"invalid YAML: {error}") from None


def _offset(text: str, mark: Any) -> int:  # noqa: ANN401  # PyYAML's marks have no type
    # libyaml counts characters from the start in `index`, but not for every error: line and column are certain.
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: mark.line]) + int(mark.column)


def _start(event: Any) -> int:  # noqa: ANN401  # an event of PyYAML
    return int(event.start_mark.index)


def _end(event: Any) -> int:  # noqa: ANN401  # an event of PyYAML
    return int(event.end_mark.index)


def _documents(text: str) -> Iterator[list[Any]]:
    """Yield the events of each YAML document, within bounds: reading them is iterative, building objects is not."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    events: list[Any] = []
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise UnreadableFileError(f"lists and objects are nested deeper than {DEEPEST} levels", _start(event))
        if len(events) > MOST_NODES:
            raise UnreadableFileError(f"more than {MOST_NODES} values in one document", _start(event))
        if isinstance(event, yaml.DocumentStartEvent):
            events = []
        elif isinstance(event, yaml.DocumentEndEvent):
            yield events
        elif not isinstance(event, yaml.StreamStartEvent | yaml.StreamEndEvent):
            events.append(event)


@define
class _YamlDocument:
    """Builds the value of one document from its events. Scalars stay texts: Prometheus reads most of them as such."""

    events: list[Any]
    spans: dict[str, Span] = field(factory=dict)
    anchors: dict[str, tuple[int, int]] = field(factory=dict)
    expanded: int = 0

    def read(self) -> tuple[object, Mapping[str, Span]]:
        value, _ = self._value(0, "", 0, ())
        return value, self.spans

    def _value(self, index: int, pointer: str, depth: int, within: tuple[str, ...]) -> tuple[object, int]:
        """Return the value whose first event is at an index, and the index behind its last."""
        import yaml

        event = self.events[index]
        self.expanded += 1
        if self.expanded > MOST_NODES or depth > DEEPEST:
            raise UnreadableFileError("its aliases expand to more than dashlib reads", _start(event))
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors or event.anchor in within:
                raise UnreadableFileError(f"the alias *{event.anchor} is not defined", _start(event))
            value, _ = self._value(self.anchors[event.anchor][0], pointer, depth + 1, (*within, event.anchor))
            self.spans[pointer] = Span(_start(event), _end(event))
            return value, index + 1
        if event.anchor:
            self.anchors[event.anchor] = (index, index)
        inside = (*within, event.anchor) if event.anchor else within
        if isinstance(event, yaml.ScalarEvent):
            self.spans[pointer] = Span(_start(event), _end(event), event.style or "plain")
            is_null = not event.style and event.tag is None and event.value in {"", "~", "null", "Null", "NULL"}
            is_plain = not event.style and event.tag is None
            return None if is_null else PlainText(event.value) if is_plain else event.value, index + 1
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(index, pointer, depth, inside)
        return self._object(index, pointer, depth, inside)

    def _list(self, index: int, pointer: str, depth: int, within: tuple[str, ...]) -> tuple[list[object], int]:
        import yaml

        start = _start(self.events[index])
        values: list[object] = []
        index += 1
        while not isinstance(self.events[index], yaml.SequenceEndEvent):
            value, index = self._value(index, f"{pointer}/{len(values)}", depth + 1, within)
            values.append(value)
        self.spans[pointer] = Span(start, _end(self.events[index]))
        return values, index + 1

    def _object(self, index: int, pointer: str, depth: int, within: tuple[str, ...]) -> tuple[dict[str, object], int]:
        import yaml

        start = _start(self.events[index])
        values: dict[str, object] = {}
        merged: tuple[object, dict[str, Span]] | None = None
        index += 1
        while not isinstance(self.events[index], yaml.MappingEndEvent):
            key_event = self.events[index]
            if not isinstance(key_event, yaml.ScalarEvent):
                raise UnreadableFileError("a key is not a string", _start(key_event))
            key = key_event.value
            is_merge = _is_merge(key_event)
            if key in values or (is_merge and merged is not None):
                raise UnreadableFileError(f'the key "{key}" is duplicated', _start(key_event))
            if is_merge:
                spans, self.spans = self.spans, {}
                value, index = self._value(index + 1, "", depth + 1, within)
                merged, self.spans = (value, self.spans), spans
                if not isinstance(value, dict) and not (isinstance(value, list) and all(map(_is_object, value))):
                    raise UnreadableFileError("<< can merge only an object or a list of objects", _start(key_event))
                continue
            inner = f"{pointer}/{escaped(key)}"
            values[key], index = self._value(index + 1, inner, depth + 1, within)
        if merged is not None:
            self._merge(*merged, values, pointer)
        self.spans[pointer] = Span(start, _end(self.events[index]))
        return values, index + 1

    def _merge(self, found: Any, spans: dict[str, Span], values: dict[str, object], pointer: str) -> None:  # noqa: ANN401  # a list or object
        """Add what a merge key `<<` brings: existing keys stay, and the first of several objects wins."""
        moved: dict[str, str] = {}
        for number, one in enumerate(found if isinstance(found, list) else [found]):
            for key, value in one.items():
                if key not in values:
                    values[key] = value
                    old = f"/{number}/{escaped(key)}" if isinstance(found, list) else f"/{escaped(key)}"
                    moved[old] = f"{pointer}/{escaped(key)}"
        parts = 3 if isinstance(found, list) else 2
        for name, span in spans.items():
            old = "/".join(name.split("/", parts)[:parts])
            if old in moved:
                self.spans[f"{moved[old]}{name[len(old) :]}"] = span


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_merge(event: Any) -> bool:  # noqa: ANN401  # an event of PyYAML
    """Tell whether a key is the merge key: `<<` without quotes."""
    return event.value == "<<" and (event.tag == "tag:yaml.org,2002:merge" or (event.tag is None and not event.style))
