"""Reads files that dashlib did not make: Grafana dashboards in JSON, Prometheus rule files in YAML.

They may be anything, so that all is bounded: the size of a file, how deep and how large it gets once its aliases are
followed. What is wrong with one is a finding with its place, not an end of the run.
"""

from __future__ import annotations

import bisect
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field, frozen

from dashlib.documents import Document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    """

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@frozen
class Span:
    """Where a value stands in a file.

    Attributes:
        start: offset of its first character.
        end: offset behind its last character.
        style: how a text is written: `json`, `plain`, `'`, `"`, `|` or `>`; empty for lists and objects.
    """

    start: int
    end: int
    style: str = ""


@define
class SourceText:
    """The text of a foreign file, and where each value stands in it.

    Attributes:
        text: the whole file.
        spans: by JSON pointer; for JSON found when they are first asked for.
    """

    text: str
    _spans: Mapping[str, Span] | None = None
    _starts: list[int] = field(factory=list)

    @property
    def spans(self) -> Mapping[str, Span]:
        """Where each value stands, by JSON pointer."""
        if self._spans is None:
            self._spans = dict(_json_spans(self.text))
        return self._spans

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from 1."""
        if not self._starts:
            self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


@frozen
class ForeignFile:
    """A file that was read.

    Attributes:
        document: in the shape of compiled ones; `kind` is `dashboard` or `rules`.
        source: its text and places.
        prefix: JSON pointer to the dashboard, or to the object with the rule groups, within `document.data`.
    """

    document: Document
    source: SourceText
    prefix: str = ""


def read_text(file: Path) -> str:
    """Return the text of a file.

    Raises:
        UnreadableFileError: it is too large, is no UTF-8, or cannot be read.
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
    if len(content) > LARGEST_FILE:
        raise UnreadableFileError(f"the file is larger than {LARGEST_FILE // 2**20} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"the file is not UTF-8: byte {error.start} is {content[error.start]:#04x}") from None


def read_documents(text: str, name: str) -> list[ForeignFile]:
    """Return the dashboards or rule groups in a text.

    Args:
        text: JSON or YAML, by its name's ending; by its first character where that does not tell.
        name: the file's path, for messages.

    Raises:
        UnreadableFileError: it is neither, or exceeds a bound.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    is_json = path.suffix == ".json" or (path.suffix not in {".yml", ".yaml"} and text.lstrip()[:1] == "{")
    if not is_json:
        return [_rules(data, spans, text, path) for data, spans in _yaml_documents(text)]
    data = _json(text)
    source = SourceText(text)
    if isinstance(data, dict) and isinstance(data.get("groups"), list):
        return [ForeignFile(Document(path, "rules", data, {}, str(path)), source)]
    return [_dashboard(data, source, path)]


def _dashboard(data: object, source: SourceText, path: PurePosixPath) -> ForeignFile:
    if not isinstance(data, dict):
        raise UnreadableFileError(f"this is no dashboard: found {_kind(data)}; expected an object")
    prefix = ""
    inner: Any = data
    for key in ("dashboard", "spec", "model"):  # what Grafana's API, Kubernetes and library panels wrap it in
        if not _looks_like_dashboard(inner) and isinstance(inner.get(key), dict):
            inner, prefix = inner[key], f"{prefix}/{key}"
    if not _looks_like_dashboard(inner):
        hint = (
            "; dashboards of Grafana's schema version 2 (elements, layout) are not read" if "elements" in inner else ""
        )
        raise UnreadableFileError(f"this is no dashboard: found neither panels nor rows{hint}")
    return ForeignFile(Document(path, "dashboard", data, {}, str(path)), source, prefix)


def _looks_like_dashboard(data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("panels"), list) or isinstance(data.get("rows"), list)


def _rules(data: object, spans: Mapping[str, Span], text: str, path: PurePosixPath) -> ForeignFile:
    source = SourceText(text, spans)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise UnreadableFileError(f"this is no rule file: found {_kind(data)}; expected an object with groups")
    spec = data.get("spec")
    prefix = "/spec" if "groups" not in data and isinstance(spec, dict) and "groups" in spec else ""
    return ForeignFile(Document(path, "rules", data, {}, str(path)), source, prefix)


def _kind(data: object) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(data), "nothing" if data is None else "an object")


# --- JSON ------------------------------------------------------------------------------------------------------


def _json(text: str) -> object:
    import orjson

    depth = deepest = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', text):
        character = match[0]
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if depth > DEEPEST:
                raise UnreadableFileError(f"more than {DEEPEST} lists and objects inside each other", match.start())
        elif character in "]}":
            depth -= 1
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableFileError(f"this is no JSON: {error.msg}", error.pos) from None


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
            pointer = f"{stack[-1][0]}/{_escape(str(stack[-1][2][0]))}"
        if mark in {"[", "{"}:
            expects_key = mark == "{"
            stack.append((pointer, match.start(), ["" if expects_key else 0]))
            continue
        yield pointer, Span(match.start(), match.end(), "json" if match["string"] else "")


def _json_text(token: str) -> str:
    import orjson

    text: str = orjson.loads(token)
    return text


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


# --- YAML ------------------------------------------------------------------------------------------------------


def _yaml_documents(text: str) -> list[tuple[object, Mapping[str, Span]]]:
    import yaml

    try:
        return [_YamlDocument(events).read() for events in _documents(text)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise UnreadableFileError(f"this is no YAML: {what}", _offset(text, mark) if mark else 0) from None
    except yaml.reader.ReaderError as error:
        raise UnreadableFileError(f"this is no YAML: {error.reason}", int(error.position)) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UnreadableFileError(f"this is no YAML: {error}") from None


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
    for count, event in enumerate(yaml.parse(text, Loader=loader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise UnreadableFileError(f"more than {DEEPEST} lists and objects inside each other", _start(event))
        if count > MOST_NODES:
            raise UnreadableFileError(f"more than {MOST_NODES} values in the file", _start(event))
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
            raise UnreadableFileError("its aliases stand for more than dashlib reads", _start(event))
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors or event.anchor in within:
                raise UnreadableFileError(f"the alias *{event.anchor} stands for nothing", _start(event))
            value, _ = self._value(self.anchors[event.anchor][0], pointer, depth + 1, (*within, event.anchor))
            self.spans[pointer] = Span(_start(event), _end(event))
            return value, index + 1
        if event.anchor:
            self.anchors[event.anchor] = (index, index)
        inside = (*within, event.anchor) if event.anchor else within
        if isinstance(event, yaml.ScalarEvent):
            self.spans[pointer] = Span(_start(event), _end(event), event.style or "plain")
            is_null = not event.style and event.tag is None and event.value in {"", "~", "null", "Null", "NULL"}
            return None if is_null else event.value, index + 1
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
        index += 1
        while not isinstance(self.events[index], yaml.MappingEndEvent):
            key_event = self.events[index]
            if not isinstance(key_event, yaml.ScalarEvent):
                raise UnreadableFileError("a key is no text", _start(key_event))
            key = key_event.value
            if key in values:
                raise UnreadableFileError(f'the key "{key}" stands twice', _start(key_event))
            inner = f"{pointer}/{_escape(key)}"
            values[key], index = self._value(index + 1, inner, depth + 1, within)
        self.spans[pointer] = Span(start, _end(self.events[index]))
        return values, index + 1
