"""In which forms dashboards and rules come: as they are, in Grafana's API, in objects of Kubernetes, in texts within.

A file is read into values (`foreign`); here each is asked whether it is a dashboard or holds rules, and what is inside
it is asked, too: the items of a list, the texts of a ConfigMap. Of a file with neither, `purposes` says what it is.
"""

from __future__ import annotations

import difflib
import functools
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import frozen

from dashlib.documents import purposes
from dashlib.documents.dashboards import Dashboard
from dashlib.documents.document import Document
from dashlib.documents.foreign import PlainText, SourceText, UnreadableFileError, read_json, read_yaml
from dashlib.documents.reading import Reading
from dashlib.documents.schema_v2 import as_version_1, is_schema_v2
from dashlib.documents.values import escaped, object_of, objects_in, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What Grafana's API, its own resources, grafana-operator and library panels wrap a dashboard in.
_WRAPPERS: Final = ("dashboard", "spec", "model")
_KEYS_OF_A_RULE_FILE: Final = frozenset({"groups", "namespace"})  # a namespace is mimirtool's
_TEXT_FORMS: Final = frozenset({".json", ".yml", ".yaml", ".rules"})
# What is broken and has one of these was meant to be a dashboard, or rules.
_MEANT: Final = re.compile(
    r'"(?:panels|rows|templating|elements)"\s*:|^\s*(?:- )?(?:groups|alert|record)\s*:', re.MULTILINE
)


class NeitherError(UnreadableFileError):
    """A file is neither a dashboard nor a rule file, and not meant to be one.

    Attributes:
        is_template: it is a template, from which one may be made.
    """

    def __init__(self, message: str, offset: int = 0, *, suggestion: str = "", is_template: bool = False) -> None:
        super().__init__(message, offset, suggestion=suggestion)
        self.is_template = is_template


def read_documents(text: str, name: str) -> list[Reading]:
    """Return the dashboards and rules in a string.

    Args:
        text: JSON or YAML, by its name's ending; by its first character where that does not tell.
        name: the file's path, for messages.

    Raises:
        NeitherError: it holds none, and does not look like it should.
        UnreadableFileError: it cannot be read.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.suffix in purposes.OF_PROGRAMS:
        what, todo = purposes.OF_PROGRAMS[path.suffix]
        raise NeitherError(f"this is {what}", suggestion=todo)
    template = purposes.template(text)
    try:
        values = _values(SourceText(text), path.suffix)
    except UnreadableFileError as error:
        if template is not None:
            raise NeitherError(template.message, template.offset, suggestion=template.todo, is_template=True) from None
        if _MEANT.search(text):
            raise
        raise NeitherError(error.message, error.offset) from None
    # JSON that can be read is what it says, and a placeholder in one of its texts is a text
    if template is not None and template.is_certain and path.suffix != ".json":
        raise NeitherError(template.message, template.offset, suggestion=template.todo, is_template=True)
    if all(value is None or (value == {} and path.suffix != ".json") for value, _ in values):
        # Prometheus takes an empty rule file
        return [Reading(Document(path, "rules", {}, {}, str(path)), values[0][1] if values else SourceText(text, {}))]
    found = list(_in_values(values, path))
    if not found:
        message, todo = purposes.of([value for value, _ in values if value is not None])
        raise NeitherError(message, suggestion=todo)
    return found


def dashboard_in(value: object) -> Dashboard:
    """Return the dashboard that an answer of Grafana's, or a file's value, holds; an empty one where it holds none.

    Args:
        value: a dashboard, or what wraps one; of schema version 2, too.
    """
    inner, pointer = _unwrapped(object_of(value), "")
    if is_schema_v2(inner):
        uid = text_of(object_of(object_of(value).get("metadata")).get("name"))
        return Dashboard(as_version_1(inner, pointer, uid)[0])
    return Dashboard(inner, pointer)


def _unwrapped(value: dict[str, Any], pointer: str) -> tuple[dict[str, Any], str]:
    """Return the dashboard inside what wraps it, and the JSON pointer to it."""
    for key in _WRAPPERS:
        if not _is_dashboard(value) and isinstance(value.get(key), dict):
            value, pointer = value[key], f"{pointer}/{key}"
    return value, pointer


def _values(source: SourceText, suffix: str) -> list[tuple[object, SourceText]]:
    """Return the values in a string: one if JSON, or one for each YAML document."""
    is_yaml = suffix in {".yml", ".yaml"}
    if suffix == ".json" or (not is_yaml and source.text.lstrip()[:1] in {"{", "["}):
        return [(read_json(source.text), source)]
    return [(data, source.with_spans(spans)) for data, spans in read_yaml(source.text)]


def _in_values(values: list[tuple[object, SourceText]], path: PurePosixPath) -> Iterator[Reading]:
    """Yield what the values of one text hold; Prometheus reads the first document of a rule file only."""
    first = values[0][0]
    for number, (value, source) in enumerate(values):
        is_behind_rules = value is not None if _is_rule_file(first) else first is None and _is_rule_file(value)
        if number and is_behind_rules:
            yield Reading(Document(path, "rules", {}, {}, str(path)), source, is_surplus=True)
        else:
            yield from _Forms(path, source, value).within(value, "")


@frozen
class _Forms:
    """One value of a file, with all that is inside it."""

    path: PurePosixPath
    source: SourceText
    root: Any

    def within(self, value: object, pointer: str) -> Iterator[Reading]:
        """Yield the dashboards and rules in a part of the value."""
        if not isinstance(value, dict):
            return
        kind = text_of(value.get("kind"))
        inner = object_of(value.get("spec"))
        items = {"items": kind.endswith("List"), "objects": kind == "Template"}  # a Template is OpenShift's
        texts = {"ConfigMap": "data", "Secret": "stringData"}.get(kind)
        if texts is not None:
            for name, text in object_of(value.get(texts)).items():
                yield from self._text(f"{pointer}/{texts}/{escaped(name)}", text, name)
        elif any(found and isinstance(value.get(key), list) for key, found in items.items()):
            for key in items:
                for place, item in objects_in(value.get(key), f"{pointer}/{key}"):
                    yield from self.within(item, place)
        elif kind == "GrafanaAlertRuleGroup":
            yield Reading(self._document("grafana-alerting"), self.source, f"{pointer}/spec")
        elif kind == "GrafanaDashboard" and isinstance(inner.get("json"), str):
            yield from self._text(f"{pointer}/spec/json", inner["json"], "dashboard.json")
        elif _is_rule_file(value):
            if not purposes.is_logql(value["groups"]):
                yield Reading(self._document("rules"), self.source, pointer)
        elif _holds_rules(value):
            yield Reading(self._document("rules"), self.source, f"{pointer}/spec")
        else:
            yield from self._dashboard(value, pointer)

    def _document(self, kind: Literal["rules", "grafana-alerting"]) -> Document:
        return Document(self.path, kind, self.root, {}, str(self.path))

    def _dashboard(self, value: dict[str, Any], pointer: str) -> Iterator[Reading]:
        uid = text_of(object_of(value.get("metadata")).get("name"))
        inner, pointer = _unwrapped(value, pointer)
        if is_schema_v2(inner):
            data, moved = as_version_1(_resolved(inner), pointer, uid)
            yield Reading(Document(self.path, "dashboard", data, {}, str(self.path)), self.source, moved=moved)
        elif _is_dashboard(inner):
            document = Document(self.path, "dashboard", self._resolved_root, {}, str(self.path))
            yield Reading(document, self.source, pointer)

    @functools.cached_property
    def _resolved_root(self) -> Any:  # noqa: ANN401  # JSON
        return _resolved(self.root)

    def _text(self, pointer: str, text: object, name: str) -> Iterator[Reading]:
        """Yield the dashboards and rules in a string within the file."""
        if not isinstance(text, str):
            return
        suffix = PurePosixPath(name).suffix
        is_meant = _MEANT.search(text) is not None
        if suffix not in _TEXT_FORMS and not is_meant:
            return
        source = self.source.embedded(pointer, text)
        try:
            values = _values(source, suffix)
        except UnreadableFileError as error:
            if is_meant:
                empty = Document(self.path, "rules", {}, {}, str(self.path))
                yield Reading(empty, source, error=error)
            return
        if values:
            yield from _in_values(values, self.path)


def _resolved(value: Any) -> Any:  # noqa: ANN401  # JSON
    """Return a value of YAML with its plain scalars as what they look like: Prometheus alone reads them as texts."""
    if isinstance(value, dict):
        return {key: _resolved(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item) for item in value]
    return value.resolved if isinstance(value, PlainText) else value


def _is_dashboard(data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("panels"), list) or isinstance(data.get("rows"), list) or is_schema_v2(data)


def _is_rule_file(value: object) -> bool:
    """Tell whether a value is what Prometheus reads as a rule file, or was meant to be."""
    if not isinstance(value, dict) or "groups" not in value or "apiVersion" in value:
        return False
    if _has_rules(value["groups"]):
        return True
    # somebody's own data may be in groups as well
    return set(value) <= _KEYS_OF_A_RULE_FILE and not _has_other_groups(value["groups"])


def _holds_rules(value: Mapping[str, Any]) -> bool:
    """Tell whether an object of Kubernetes holds rules as a rule file does: a PrometheusRule, a VMRule, …."""
    spec = object_of(value.get("spec"))
    if "kind" not in value or "groups" not in spec or text_of(value.get("apiVersion")).startswith("loki."):
        return False
    return text_of(value["kind"]) in {"PrometheusRule", "VMRule"} or _has_rules(spec["groups"])


def _has_other_groups(groups: object) -> bool:
    """Tell whether all groups have a list or an object of another name than `rules`: they are of something else."""
    found = [group for _, group in objects_in(groups, "")]
    return bool(found) and all(
        "rules" not in group
        and any(
            isinstance(part, list | dict) and key != "labels" and not difflib.get_close_matches(key.lower(), ["rules"])
            for key, part in group.items()
        )
        for group in found
    )


def _has_rules(groups: object) -> bool:
    return isinstance(groups, list) and any(
        "alert" in rule or "record" in rule or "expr" in rule
        for _, group in objects_in(groups, "")
        for _, rule in objects_in(group.get("rules"), "")
    )
