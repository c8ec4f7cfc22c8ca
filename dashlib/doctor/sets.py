"""What can be examined: the declarations of a project, any files, the dashboards of a Grafana."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

import attrs

from dashlib.doctor import questions
from dashlib.doctor.causes import Cause
from dashlib.doctor.examination import Examined
from dashlib.doctor.installation import RuleFile, promql_seconds
from dashlib.documents.forms import dashboard_in
from dashlib.documents.library import with_models
from dashlib.documents.rules import groups_in
from dashlib.documents.values import object_of
from dashlib.errors import DashlibError
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import known_profiles, load_profile
from dashlib.promql.variables import has_variable
from dashlib.servers.grafana import all_library_panels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dashlib.compile.rendering import Rendering
    from dashlib.doctor.installation import Placed
    from dashlib.doctor.questions import Choose, Question
    from dashlib.documents.document import Document
    from dashlib.documents.rules import RuleGroup
    from dashlib.servers.grafana import Client

#: The maximum number of dashboards to read from a Grafana.
MOST_DASHBOARDS = 1000
LARGEST_FILE = 64 * 1024 * 1024
_NAME = re.compile(r"[a-zA-Z_:][\w:]*")
_DEEPEST = 64


class FileError(DashlibError):
    """A given file is neither a dashboard nor a rule file."""


def of_project(documents: Sequence[Document], rendering: Rendering, interval: float) -> Examined:
    """Return the declarations of a project, to be examined.

    Args:
        documents: the compiled documents.
        rendering: the metrics and the profile with which they are compiled.
        interval: scrape interval that Grafana assumes for the datasource, in seconds.
    """
    return Examined(
        lambda choose: [each for document in documents for each in questions.of_document(document, choose, interval)],
        [RuleFile(str(document.path), groups_in(document.data)) for document in documents if document.kind == "rules"],
        rendering.catalog,
        rendering.profile,
        identity=rendering.identity,
    )


def of_files(paths: Iterable[Path], interval: float) -> Examined:
    """Return any files, to be examined: dashboards (`.json`), rule files (`.yml`, `.yaml`).

    Raises:
        FileError: one cannot be read, or is neither.
    """
    contents = [(str(path), path.suffix == ".json", _content(path)) for path in paths]

    def ask(choose: Choose) -> list[Question]:
        found: list[Question] = []
        for name, is_dashboard, data in contents:
            if is_dashboard:
                found += questions.of_dashboard(data, name, choose, interval)
            else:
                found += questions.of_rules(data, name)
        return found

    rule_files = [RuleFile(name, _groups(data)) for name, is_dashboard, data in contents if not is_dashboard]
    return Examined(ask, rule_files, catalog(), None)


def of_grafana(client: Client, rules: Sequence[Document], rendering: Rendering, interval: float) -> Examined:
    """Return the dashboards of a Grafana that use Debezium's or Kafka Connect's metrics, to be examined.

    Args:
        client: the Grafana.
        rules: compiled rule files, to be examined as well.
        rendering: the metrics and the profile with which they are compiled.
        interval: scrape interval that Grafana assumes for a datasource, in seconds; NaN to ask Grafana.

    Raises:
        RemoteError: Grafana cannot be reached.
    """
    found = client.get("/api/search", params={"type": "dash-db", "limit": str(MOST_DASHBOARDS)}).data
    uids = [str(each.get("uid", "")) for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    answers = {uid: client.get(f"/api/dashboards/uid/{uid}").data for uid in uids if uid}
    if "libraryPanel" in str(answers):
        models = {uid: each["model"] for uid, each in all_library_panels(client).items()}
        answers = {uid: _with_library_panels(data, models) for uid, data in answers.items()}
    ours = _names(rendering)
    dashboards = {uid: data for uid, data in answers.items() if _asks_for(ours, data)}
    datasources = _datasources(client)
    if math.isnan(interval):
        told = [promql_seconds(each.interval) for each in datasources if each.kind == "prometheus" and each.interval]
        interval = min((each for each in told if math.isfinite(each)), default=questions.DEFAULT_DATASOURCE_INTERVAL)
    base = of_project(rules, rendering, interval)

    def ask(choose: Choose) -> list[Question]:
        asked = [
            each
            for uid, data in dashboards.items()
            for each in questions.of_dashboard(data, f"{client.url}/d/{uid}", choose, interval)
        ]
        return [*asked, *base.questions(choose)]

    asked = ask(lambda _selector, _label: "")
    wrong = tuple(_wrong_datasources(asked, datasources))
    titles = [dashboard_in(data).title or uid for uid, data in dashboards.items()]
    asking = "dashboard uses" if len(answers) == 1 else "dashboards use"
    looked_at = (
        ("Grafana", f"{client.url}: {len(titles)} of {len(answers)} {asking} these metrics"),
        ("dashboards", ", ".join(titles) or "none"),
        ("datasources", _described_datasources(asked, datasources)),
    )
    return Examined(ask, base.rule_files, base.catalog, base.profile, wrong, looked_at)


def _names(rendering: Rendering) -> frozenset[str]:
    """Return every name of Debezium's and Kafka Connect's metrics, in the set's profile and in those of dashlib."""
    profiles = [rendering.profile, *map(load_profile, known_profiles())]
    return frozenset(name for profile in profiles for name in profile.exported_names(rendering.catalog))


def _with_library_panels(data: object, models: Mapping[str, Mapping[str, object]]) -> object:
    if not isinstance(data, dict) or not isinstance(data.get("dashboard"), dict):
        return data
    return {**data, "dashboard": with_models(data["dashboard"], models)}


def _asks_for(names: frozenset[str], data: object) -> bool:
    """Tell whether a dashboard uses one of some metrics, or a similarly named one."""
    found = set(_NAME.findall(str(data)))
    return not names.isdisjoint(found) or any(each.startswith(("debezium_", "kafka_connect_")) for each in found)


def _described_datasources(asked: Iterable[Question], known: Sequence[Datasource]) -> str:
    """Return how many queries use which datasource, the most used first."""
    by_name = {name: each for each in known for name in (each.uid, each.name)}
    counts: Counter[str] = Counter()
    for question in asked:
        if question.place.kind in ("alert", "record"):
            continue
        named = question.datasource
        found = by_name.get(named)
        if found is not None:
            counts[f"{found.name} (uid {found.uid}{f', {found.url}' if found.url else ''})"] += 1
        else:
            counts["chosen by a variable" if has_variable(named) else named or "the default"] += 1
    said = ", ".join(f"{name}: {count} {'query' if count == 1 else 'queries'}" for name, count in counts.most_common())
    return said or "none"


@attrs.frozen
class Datasource:
    """A datasource of a Grafana.

    Attributes:
        uid: its UID.
        name: its name.
        kind: its type: `prometheus`, ….
        interval: its configured scrape interval; empty for Grafana's default.
        url: its URL as seen from Grafana, without credentials.
    """

    uid: str
    name: str
    kind: str
    interval: str
    url: str


def _datasources(client: Client) -> list[Datasource]:
    found = client.get("/api/datasources", accept=(200, 403)).data
    return [
        Datasource(
            str(each.get("uid", "")),
            str(each.get("name", "")),
            str(each.get("type", "")),
            str(object_of(each.get("jsonData")).get("timeInterval", "") or ""),
            re.sub(r"//[^/@]*@", "//", str(each.get("url", "") or "")),
        )
        for each in (found if isinstance(found, list) else ())
        if isinstance(each, dict)
    ]


def _wrong_datasources(asked: Iterable[Question], known: Sequence[Datasource]) -> Iterator[Placed]:
    """Yield the queries whose datasource does not exist in that Grafana, or is not a Prometheus."""
    by_name = {name: each for each in known for name in (each.uid, each.name)}
    for question in asked:
        named = question.datasource
        if not known or not named or named.startswith("--") or has_variable(named):
            continue
        found = by_name.get(named)
        if found is None or found.kind != "prometheus":
            what = f"is of type {found.kind}" if found is not None else "does not exist"
            others = ", ".join(each.name for each in known if each.kind == "prometheus") or "none"
            yield (
                Cause(
                    "datasource",
                    named,
                    f"datasource {named!r} {what} in this Grafana; its Prometheus datasources are: {others}",
                    "choose one of them in the panel, or push the dashboard again",
                ),
                question.place,
            )


# --- files -----------------------------------------------------------------------------------------------------------


def _content(path: Path) -> object:
    import orjson
    import yaml

    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FileError(f"{path} is larger than {LARGEST_FILE >> 20} MB, too large for a dashboard or rule file")
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}") from None
    if path.suffix == ".json":
        try:
            data = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise FileError(f"{path}:{error.lineno}:{error.colno}: not valid JSON: {error.msg}") from None
        if not isinstance(data, dict) or not isinstance(data.get("dashboard", data), dict):
            raise FileError(f"{path} is not a dashboard: expected an object")
        return data
    if path.suffix not in (".yml", ".yaml"):
        raise FileError(f"{path} is neither a dashboard (.json) nor a rule file (.yml)")
    try:
        data = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise FileError(
            f"{path}{place}: not valid YAML: {getattr(error, 'problem', None) or 'nested too deeply'}"
        ) from None
    if not isinstance(data, dict) or not _groups(data):
        raise FileError(f"{path} is not a rule file: expected groups with rules")
    return data


def _groups(data: object) -> list[RuleGroup]:
    """Return the groups of a rule file that have a name and a list of rules."""
    return [group for group in groups_in(data) if "name" in group.data and isinstance(group.data.get("rules"), list)]
