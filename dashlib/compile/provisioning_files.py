"""What is wrong with a folder of Grafana's provisioning files: what stops Grafana from starting, and what it ignores.

A file with a bad duration, no YAML, an unknown integration or a policy for a contact point that is not there makes
Grafana refuse to start. A broken query, a condition that names no query or a datasource that is not there does not:
the rule then never fires, and only its health says so.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from dashlib import promql
from dashlib.compile.project import serialize
from dashlib.documents import files, go_templates
from dashlib.documents.values import escaped, texts_in
from dashlib.schemas import findings
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import yaml

    from dashlib.compile.loading import Project
    from dashlib.documents.document import Document

SECTIONS = ("alerting", "datasources", "dashboards")
"""Folders of Grafana's provisioning that are looked at; what else is there is not ours to know."""

SUFFIXES = (".yaml", ".yml", ".json")
_SCHEDULER_SECONDS = 10
_EXPRESSIONS = ("__expr__", "-100")
_EXPRESSION_TYPES = ("math", "reduce", "resample", "threshold", "classic_conditions", "sql")
_EVALUATORS = (
    "gt", "lt", "eq", "ne", "gte", "lte", "within_range", "outside_range", "within_range_included",
    "outside_range_included",
)  # fmt: skip
_TWO_VALUES = 2
_RULE_VARIABLES = ("$labels", "$values", "$value")
_REFERENCE = re.compile(r"\$\{?(\w+)\}?")
_VALUES_OF = re.compile(r"\$values\.(\w+)")
_IN_TEMPLATE = re.compile(r"(?<!\$)\$(?:labels|values|value)\b")
# What each integration cannot be without: one of these sets of settings (Grafana's documentation of each).
_NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "discord": (("url",),),
    "email": (("addresses",),),
    "googlechat": (("url",),),
    "opsgenie": (("apiKey",),),
    "pagerduty": (("integrationKey",),),
    "prometheus-alertmanager": (("url",),),
    "slack": (("url",), ("token", "recipient")),
    "teams": (("url",),),
    "telegram": (("bottoken", "chatid"),),
    "victorops": (("url",),),
    "webhook": (("url",),),
}
# Grafana brings it along.
_DEFAULT_CONTACT_POINT = "grafana-default-email"


class Finding(NamedTuple):
    """One thing that is wrong with a provisioning file.

    Attributes:
        path: of the file, within the provisioning folder.
        line: from 1; 0 where it is about the whole file.
        pointer: JSON pointer to the place.
        message: what was found, and what is expected.
    """

    path: str
    line: int
    pointer: str
    message: str

    def __str__(self) -> str:
        """Return it as compilers write a finding."""
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.pointer}: {self.message}" if self.pointer else f"{place}: {self.message}"


@attrs.frozen(repr=False)
class _File(Value):
    path: str
    section: str
    data: dict[str, Any]
    lines: Mapping[str, int]

    def finding(self, pointer: str, message: str) -> Finding:
        nearest = pointer
        while nearest not in self.lines and nearest:
            nearest = nearest.rpartition("/")[0]
        return Finding(self.path, self.lines.get(nearest, 0), pointer, message)


def check(files: Mapping[PurePosixPath, bytes]) -> list[Finding]:
    """Return what is wrong with the files of a provisioning folder, by path and line. Pure.

    Args:
        files: content by path within the folder, for example `alerting/rules.yaml`. All of them, so that what one
            names is found in another; files outside `SECTIONS` are passed over.
    """
    found: list[Finding] = []
    sound: list[_File] = []
    for path, content in sorted(files.items()):
        section = path.parts[0]
        if section not in SECTIONS:
            continue
        if len(path.parts) != _TWO_VALUES or path.suffix not in SUFFIXES:
            # Elsewhere such a file disturbs nobody; here older Grafanas stop at it, and newer ones pass over it.
            if section == "alerting":
                expected = f"a file directly in it that ends in {', '.join(SUFFIXES)}"
                found.append(Finding(str(path), 0, "", f"Grafana does not read it; expected {expected}"))
            continue
        file = _read(str(path), section, content, found)
        if file is None:
            continue
        of_schema = [file.finding(*finding) for finding in findings(f"provisioning-{section}", file.data)]
        found += of_schema
        if not of_schema:
            sound.append(file)
    found += _Folder(sound).findings()
    return sorted(set(found))


def check_provisioning(project: Project, documents: Sequence[Document]) -> list[Finding]:
    """Return what is wrong with the project's folder of Grafana's provisioning files, as it would be after a build.

    What a person wrote there is checked together with what is compiled: one may name the other's datasources, contact
    points and mute timings.

    Args:
        project: its configuration names the folder.
        documents: the compiled ones.
    """
    folder = project.configuration.grafana_provisioning
    contents: dict[PurePosixPath, bytes] = {}
    for section in SECTIONS:
        for file in sorted((project.root / folder / section).rglob("*")):
            content = files.read(file) if file.is_file() else None
            if content is not None:
                contents[PurePosixPath(file.relative_to(project.root / folder))] = content
    contents |= {
        document.path.relative_to(folder): serialize(document)
        for document in documents
        if document.kind == "grafana-alerting"
    }
    return [finding._replace(path=str(folder / finding.path)) for finding in check(contents)]


def check_alerting(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield pointer and message of what is wrong with one alerting file that fits the schema, taken by itself."""
    file = _File("", "alerting", data, {})
    for finding in _Folder([file], alone=True).findings():
        yield finding.pointer, finding.message


# --- reading ---------------------------------------------------------------------------------------------------------


def _read(path: str, section: str, content: bytes, found: list[Finding]) -> _File | None:
    """Return a file's data and lines; None, and a finding, where Grafana cannot read it as YAML."""
    import yaml

    try:
        text = content.decode()
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        found.append(Finding(path, 0, "", f"not UTF-8 text: {error.reason} at byte {error.start}"))
        return None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        found.append(
            Finding(path, mark.line + 1 if mark else 0, "", f"not valid YAML, so Grafana does not start: {problem}")
        )
        return None
    if root is None:
        return None  # nothing but comments: nothing is provisioned
    lines: dict[str, int] = {}
    for pointer, line in _twice(root, "", lines):
        found.append(Finding(path, line, pointer, "duplicate key: Grafana reads only one of them"))
    if not isinstance(data, dict):
        found.append(Finding(path, 1, "", "expected apiVersion and lists of what to provision"))
        return None
    return _File(path, section, data, lines)


def _twice(node: yaml.Node, pointer: str, lines: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Note the line of every place, and yield the keys that stand twice."""
    import yaml

    lines.setdefault(pointer, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            below = f"{pointer}/{escaped(name)}"
            if name in seen:
                yield below, key.start_mark.line + 1
            seen.add(name)
            lines[below] = key.start_mark.line + 1
            yield from _twice(value, below, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _twice(item, f"{pointer}/{index}", lines)


# --- the whole folder ------------------------------------------------------------------------------------------------


class _Folder:
    """Sound files, and what they name in each other."""

    def __init__(self, files: list[_File], *, alone: bool = False) -> None:
        """Collect what is defined.

        Args:
            files: that fit their schemas.
            alone: whether there are others that were not given, so that a name may be defined there.
        """
        self.files = files
        self.datasources = {
            str(item["uid"]): item for _, _, item in self._items("datasources", "datasources") if "uid" in item
        }
        self.contact_points = {item["name"] for _, _, item in self._items("alerting", "contactPoints")}
        self.mute_timings = {item["name"] for _, _, item in self._items("alerting", "muteTimes")}
        self.alone = alone
        self.seen: dict[tuple[object, ...], str] = {}

    def _items(self, section: str, key: str) -> Iterator[tuple[_File, str, dict[str, Any]]]:
        for file in self.files:
            if file.section == section:
                for index, item in enumerate(file.data.get(key) or ()):
                    yield file, f"/{key}/{index}", item

    def findings(self) -> Iterator[Finding]:
        for section, key, check_item in (
            ("datasources", "datasources", self._datasource),
            ("dashboards", "providers", self._provider),
            ("alerting", "groups", self._group),
            ("alerting", "contactPoints", self._contact_point),
            ("alerting", "policies", self._root_policy),
            ("alerting", "muteTimes", self._mute_timing),
            ("alerting", "templates", self._template),
        ):
            for file, pointer, item in self._items(section, key):
                for within, message in check_item(item, f"{file.path}#{pointer}"):
                    yield file.finding(f"{pointer}{within}", message)

    def _once(self, where: str, what: str, *key: object) -> Iterator[str]:
        """Yield a message if this name was seen before."""
        first = self.seen.setdefault((what, *key), where)
        if first != where:
            yield f"found the {what} {key[-1]!r} of {first.removeprefix('#')}; expected a different one"

    def _datasource(self, item: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
        organization = item.get("orgId", 1)
        for message in self._once(where, "datasource name", organization, item["name"]):
            yield "/name", message
        if "uid" in item:
            for message in self._once(where, "datasource uid", organization, item["uid"]):
                yield "/uid", message
        if item.get("isDefault") and list(self._once(where, "default datasource", organization)):
            yield (
                "/isDefault",
                "found a second default datasource of the organization; expected one: Grafana does not start",
            )

    def _provider(self, item: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
        for message in self._once(where, "provider", item["name"]):
            yield "/name", message
        if item["options"].get("foldersFromFilesStructure") and (item.get("folder") or item.get("folderUid")):
            yield "/folder", "found folder and foldersFromFilesStructure; expected only one of them"

    def _group(self, group: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
        for message in self._once(where, "rule group", group.get("orgId", 1), group["folder"], group["name"]):
            yield "/name", message
        if "$" not in group["interval"]:
            seconds = promql.duration_seconds(group["interval"])
            if seconds <= 0 or seconds % _SCHEDULER_SECONDS:
                message = f"found {group['interval']!r}; expected a multiple of Grafana's {_SCHEDULER_SECONDS} s"
                yield "/interval", message
        titles: set[str] = set()
        for index, rule in enumerate(group["rules"]):
            place = f"/rules/{index}"
            for message in self._once(f"{where}{place}", "rule uid", rule["uid"]):
                yield f"{place}/uid", message
            if rule["title"] in titles:
                yield f"{place}/title", f"found a second rule {rule['title']!r} in the group; expected another title"
            titles.add(rule["title"])
            for pointer, message in self._rule(rule):
                yield f"{place}{pointer}", message

    def _rule(self, rule: dict[str, Any]) -> Iterator[tuple[str, str]]:
        names = [query["refId"] for query in rule["data"]]
        for index, name in enumerate(names):
            if name in names[:index]:
                yield f"/data/{index}/refId", f"found a second {name!r}; expected a unique name"
        condition = rule.get("condition", rule.get("record", {}).get("from"))
        if condition not in names:
            yield (
                "/condition" if "condition" in rule else "/record/from",
                f"found {condition!r}; expected one of {', '.join(names)}: the rule would never fire",
            )
        for index, query in enumerate(rule["data"]):
            for pointer, message in self._query(query, names):
                yield f"/data/{index}{pointer}", message
        yield from _annotations(rule, names)
        for key, text in rule.get("labels", {}).items():
            yield from self._interpolated(str(text), f"/labels/{key}")
        receiver = rule.get("notification_settings", {}).get("receiver")
        if receiver is not None:
            yield from self._receiver(receiver, "/notification_settings/receiver")

    def _query(self, query: dict[str, Any], names: list[str]) -> Iterator[tuple[str, str]]:
        model, uid = query["model"], query["datasourceUid"]
        if uid in _EXPRESSIONS:
            yield from _expression(query["refId"], model, names)
            return
        datasource = self.datasources.get(uid)
        if self.datasources and datasource is None and "$" not in uid:
            known = ", ".join(sorted(self.datasources))
            yield "/datasourceUid", f"found {uid!r}; expected the uid of a provisioned datasource: {known}"
        span = query.get("relativeTimeRange", {"from": 0, "to": 0})
        if span["from"] <= span["to"]:
            yield (
                "/relativeTimeRange",
                f"found {span['from']} s to {span['to']} s ago; expected from to be the longer time ago",
            )
        if datasource is not None and datasource["type"] != "prometheus":
            return
        if isinstance(model.get("expr"), str):
            try:
                promql.read(model["expr"]).check()
            except promql.PromQLError as error:
                yield "/model/expr", f"not valid PromQL: {error.message}"
                return
            for token in promql.read(model["expr"]).tokens:
                if token.kind == "variable":
                    yield "/model/expr", f"found {token.text}, which only a dashboard has; expected a duration or value"

    def _contact_point(self, item: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
        for message in self._once(where, "contact point", item.get("orgId", 1), item["name"]):
            yield "/name", message
        for index, receiver in enumerate(item["receivers"]):
            place = f"/receivers/{index}"
            for message in self._once(f"{where}{place}", "integration uid", receiver["uid"]):
                yield f"{place}/uid", message
            settings = receiver["settings"]
            needed = _NEEDED.get(receiver["type"], ((),))
            if not any(all(settings.get(name) for name in names) for names in needed):
                expected = " or ".join(" and ".join(names) for names in needed)
                yield f"{place}/settings", f"found {receiver['type']} without {expected}; Grafana does not start"
            for pointer, text in texts_in(settings):
                yield from self._interpolated(text, f"{place}/settings{pointer}")
                mistake = go_templates.find_mistake(text)
                if mistake:
                    yield f"{place}/settings{pointer}", f"not a valid template: {mistake}"

    def _interpolated(self, text: str, pointer: str) -> Iterator[tuple[str, str]]:
        # A document that is not serialized yet means its dollars.
        if not self.alone and _IN_TEMPLATE.search(text):
            yield pointer, "found a template variable, which Grafana reads as an environment variable; expected '$$'"

    def _root_policy(self, item: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
        if list(self._once(where, "policy tree", item.get("orgId", 1))):
            yield "", "found a second policy tree of the organization; expected one: it replaces the existing tree"
        yield from self._policy(item)

    def _policy(self, item: dict[str, Any]) -> Iterator[tuple[str, str]]:
        if "receiver" in item:
            yield from self._receiver(item["receiver"], "/receiver")
        for key in ("mute_time_intervals", "active_time_intervals"):
            for index, name in enumerate(item.get(key, ())):
                if name not in self.mute_timings and not self.alone:
                    known = ", ".join(sorted(self.mute_timings)) or "none exists"
                    yield (
                        f"/{key}/{index}",
                        f"found {name!r}; expected a provisioned mute timing ({known}): Grafana does not start",
                    )
        for index, (_, operator, value) in enumerate(item.get("object_matchers", ())):
            if operator in ("=~", "!~"):
                try:
                    re.compile(value)
                except re.error as error:
                    yield f"/object_matchers/{index}/2", f"found {value!r}, not a valid regular expression: {error}"
        for index, below in enumerate(item.get("routes", ())):
            for pointer, message in self._policy(below):
                yield f"/routes/{index}{pointer}", message

    def _receiver(self, name: str, pointer: str) -> Iterator[tuple[str, str]]:
        if name not in self.contact_points and name != _DEFAULT_CONTACT_POINT and not self.alone:
            known = ", ".join(sorted(self.contact_points)) or "none exists"
            yield pointer, f"found {name!r}; expected a provisioned contact point ({known}): Grafana does not start"

    def _mute_timing(self, item: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
        for message in self._once(where, "mute timing", item.get("orgId", 1), item["name"]):
            yield "/name", message
        for index, interval in enumerate(item["time_intervals"]):
            for number, times in enumerate(interval.get("times", ())):
                if times["start_time"] >= times["end_time"]:
                    found = f"found {times['start_time']} to {times['end_time']}"
                    message = f"{found}; expected the start before the end: split a night into two intervals"
                    yield f"/time_intervals/{index}/times/{number}", message

    def _template(self, item: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
        for message in self._once(where, "template", item.get("orgId", 1), item["name"]):
            yield "/name", message
        mistake = go_templates.find_mistake(item["template"])
        if mistake:
            yield "/template", f"not a valid template: {mistake}"


def _expression(name: str, model: dict[str, Any], names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a server-side expression."""
    kind = model.get("type")
    if kind not in _EXPRESSION_TYPES:
        yield "/model/type", f"found {kind!r}; expected one of {', '.join(_EXPRESSION_TYPES)}"
        return
    others = [other for other in names if other != name]
    said = str(model.get("expression", ""))
    if kind == "math":
        asked = _REFERENCE.findall(said)
    elif kind in ("classic_conditions", "sql"):
        asked = []
    else:
        asked = [said.removeprefix("$")]
    for other in asked:
        if other not in others:
            yield "/model/expression", f"found {other!r}; expected one of {', '.join(others) or 'no expression at all'}"
    if kind != "threshold":
        return
    conditions = model.get("conditions")
    if not isinstance(conditions, list) or len(conditions) != 1:
        yield "/model/conditions", "expected exactly one condition"
        return
    evaluator = conditions[0].get("evaluator", {}) if isinstance(conditions[0], dict) else {}
    place = "/model/conditions/0/evaluator"
    comparison, values = evaluator.get("type"), evaluator.get("params")
    if comparison not in _EVALUATORS:
        yield f"{place}/type", f"found {comparison!r}; expected one of {', '.join(_EVALUATORS)}"
        return
    needed = _TWO_VALUES if "range" in comparison else 1
    numbers = values if isinstance(values, list) else []
    if len(numbers) < needed or not all(isinstance(value, int | float) for value in numbers):
        yield f"{place}/params", f"found {values!r}; expected {needed} number{'s' if needed > 1 else ''}"


def _annotations(rule: dict[str, Any], names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a rule's annotations and labels."""
    annotations = rule.get("annotations", {})
    if ("__dashboardUid__" in annotations) != ("__panelId__" in annotations):
        yield "/annotations", "found one of __dashboardUid__ and __panelId__; expected both, or neither"
    for place in ("annotations", "labels"):
        for key, text in rule.get(place, {}).items():
            pointer = f"/{place}/{key}"
            mistake = go_templates.find_mistake(
                str(text), variables=_RULE_VARIABLES, functions=go_templates.RULE_FUNCTIONS
            )
            if mistake:
                yield pointer, f"not a valid template: {mistake}"
            for name in _VALUES_OF.findall(str(text)):
                if name not in names:
                    yield pointer, f"found $values.{name}; expected one of {', '.join(names)}"
