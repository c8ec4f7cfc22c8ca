"""Prometheus' HTTP API, also as spoken by Mimir, Thanos and VictoriaMetrics: queries and typed answers.

Answers are validated here, so that callers can rely on their shape. What a compatible server lacks (rules, targets,
status) is None.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import attrs

from dashlib.errors import AnswerError, RefusedError, RemoteError, UnreachableError
from dashlib.metrics.exposition import Announced
from dashlib.promql.tokens import is_plain_label
from dashlib.servers.access import Access
from dashlib.servers.json_api import JsonApi
from dashlib.servers.transport import Server

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Labels = dict[str, str]

_PROMETHEUS = Server("Prometheus", "tls_config.ca_file in a file for --http-config")
_SIGN_IN = "export PROMETHEUS_TOKEN, or PROMETHEUS_USER and PROMETHEUS_PASSWORD, or pass --http-config FILE"

_BUILD = "/api/v1/status/buildinfo"
_NOT_THERE = frozenset({400, 404, 405, 501})
_UNPROCESSABLE = frozenset({400, 422, 500, 503})


class QueryError(AnswerError):
    """Prometheus did not evaluate a query; the message is its own."""


@attrs.frozen
class Sample:
    """One series with its value at one time.

    Attributes:
        labels: its labels, including `__name__`.
        value: the value.
    """

    labels: Labels
    value: float


@attrs.frozen
class QueryResult:
    """The result of an instant query.

    Attributes:
        samples: one for each series.
        seconds: how long the evaluation took; NaN if Prometheus does not say.
        touched: samples that it read; 0 if Prometheus does not say.
        warnings: its warnings.
    """

    samples: tuple[Sample, ...]
    seconds: float = math.nan
    touched: int = 0
    warnings: tuple[str, ...] = ()


@attrs.frozen
class ScrapeTarget:
    """A target that Prometheus scrapes.

    Attributes:
        job: its label `job`.
        instance: its label `instance`.
        is_up: whether the last scrape succeeded, or there was none yet.
        error: why it failed.
        interval: seconds between scrapes; NaN if Prometheus does not say.
        duration: seconds that the last scrape took.
    """

    job: str
    instance: str
    is_up: bool
    error: str
    interval: float
    duration: float


@attrs.frozen
class LoadedRule:
    """A rule that Prometheus has loaded.

    Attributes:
        file: the rule file.
        group: the group's name.
        interval: seconds between evaluations.
        name: of the alert, or of the series that is recorded.
        is_alert: an alert rather than a recording rule.
        expression: as Prometheus writes it.
        lasting: `for`, in seconds.
        labels: added labels.
        annotations: annotations.
        health: `ok`, `err` or `unknown`.
        error: why it could not be evaluated.
        firing: the labels of the alerts that fire now.
        pending: the labels of those that wait for `for` to pass.
    """

    file: str
    group: str
    interval: float
    name: str
    is_alert: bool
    expression: str
    lasting: float
    labels: Labels
    annotations: Labels
    health: str
    error: str
    firing: tuple[Labels, ...] = ()
    pending: tuple[Labels, ...] = ()


@attrs.frozen
class Engine:
    """Which program evaluates the queries.

    Attributes:
        name: `Prometheus`, `VictoriaMetrics`, `Mimir`, `Cortex` or `Thanos`; empty if that cannot be told.
        version: its own version; empty where it does not tell.
        reason: why it cannot be told; empty if it can.
    """

    name: str
    version: str = ""
    reason: str = ""

    @property
    def forwards_rules(self) -> bool:
        """Whether its rules API only passes on what others have loaded: vmalert, Thanos Ruler."""
        return self.name in {"VictoriaMetrics", "Thanos"}


class Prometheus:
    """One Prometheus.

    Attributes:
        api: sends the requests.
    """

    def __init__(self, url: str, access: Access | None = None, *, seconds: float = 20.0, connections: int = 4) -> None:
        """Prepare; nothing is sent yet.

        Args:
            url: its URL, including its path.
            access: the credentials for it.
            seconds: how long one answer may take.
            connections: how many requests run in parallel.
        """
        self._seconds = seconds
        # A second more than Prometheus itself, so that it can report what took so long.
        self.api = JsonApi(_PROMETHEUS, _SIGN_IN, url, access or Access(), seconds=seconds + 1, connections=connections)

    @property
    def url(self) -> str:
        """Its URL."""
        return self.api.url

    def query(self, expression: str, *, at: float | None = None) -> QueryResult:
        """Evaluate an expression at one time.

        Args:
            expression: PromQL, without Grafana's variables.
            at: seconds since 1970; None for now.

        Raises:
            QueryError: Prometheus does not evaluate it.
            RemoteError: Prometheus cannot be reached.
        """
        form: dict[str, str | list[str]] = {"query": expression, "stats": "all", "timeout": f"{self._seconds:g}s"}
        if at is not None:
            form["time"] = f"{at:.3f}"
        data, warnings = self._data("/api/v1/query", form, post=True)
        kind, result = data.get("resultType"), data.get("result")
        stats = data.get("stats")
        seconds, touched = _cost(stats if isinstance(stats, dict) else {})
        if kind in ("scalar", "string"):
            return QueryResult(
                (Sample({}, _value(result, self.url) if kind == "scalar" else math.nan),), seconds, touched
            )
        if kind not in ("vector", "matrix") or not isinstance(result, list):
            raise _not_prometheus(self.url, "/api/v1/query")
        samples = tuple(
            Sample(_labels(each.get("metric"), self.url), _value(_last(each, self.url), self.url))
            for each in map(_table, result)
        )
        return QueryResult(samples, seconds, touched, warnings)

    def times(self, selector: str, range_: float, at: float) -> tuple[tuple[Labels, tuple[float, ...]], ...]:
        """Return when the series of a selector have samples in a range: of each its labels and times, ascending."""
        form: dict[str, str | list[str]] = {"query": f"{selector}[{round(range_)}s]", "time": f"{at:.3f}"}
        data, _ = self._data("/api/v1/query", form, post=True)
        if data.get("resultType") != "matrix":
            raise _not_prometheus(self.url, "/api/v1/query")
        return tuple(
            (
                _labels(each.get("metric"), self.url),
                tuple(_time(pair, self.url) for pair in _list(each.get("values"), self.url)),
            )
            for each in map(_table, _list(data.get("result"), self.url))
        )

    def query_range(
        self, expression: str, start: float, end: float, step: float
    ) -> tuple[tuple[Labels, tuple[tuple[float, float], ...]], ...]:
        """Evaluate an expression over a range; return series with (time, value) pairs."""
        form: dict[str, str | list[str]] = {
            "query": expression,
            "start": f"{start:.3f}",
            "end": f"{end:.3f}",
            "step": f"{step:.3f}",
            "timeout": f"{self._seconds:g}s",
        }
        data, _ = self._data("/api/v1/query_range", form, post=True)
        result = data.get("result")
        if data.get("resultType") != "matrix" or not isinstance(result, list):
            raise _not_prometheus(self.url, "/api/v1/query_range")
        return tuple(
            (
                _labels(each.get("metric"), self.url),
                tuple((_time(pair, self.url), _value(pair, self.url)) for pair in _list(each.get("values"), self.url)),
            )
            for each in map(_table, result)
        )

    def series(self, selectors: Sequence[str], start: float, end: float) -> list[Labels]:
        """Return the labels of the series that any of the selectors matches and that have samples in a range."""
        form: dict[str, str | list[str]] = {
            "match[]": list(selectors),
            "start": f"{start:.3f}",
            "end": f"{end:.3f}",
        }
        answered = self._asked("/api/v1/series", form, post=True)
        return [_labels(each, self.url) for each in _list(answered.get("data"), self.url)]

    def label_values(self, label: str, start: float, end: float, selectors: Sequence[str] = ()) -> list[str]:
        """Return the values that a label has in a range."""
        parameters: dict[str, str | list[str]] = {"start": f"{start:.3f}", "end": f"{end:.3f}"}
        if selectors:
            parameters["match[]"] = list(selectors)
        answered = self._asked(f"/api/v1/label/{in_path(label)}/values", parameters)
        values = _list(answered.get("data"), self.url)
        if not all(isinstance(value, str) for value in values):
            raise _not_prometheus(self.url, f"/api/v1/label/{label}/values")
        return values

    def label_names(self, selectors: Sequence[str], start: float, end: float) -> list[str]:
        """Return the names of the labels that the series of selectors carry in a range."""
        form: dict[str, str | list[str]] = {"match[]": list(selectors), "start": f"{start:.3f}", "end": f"{end:.3f}"}
        names = _list(self._asked("/api/v1/labels", form, post=True).get("data"), self.url)
        if not all(isinstance(name, str) for name in names):
            raise _not_prometheus(self.url, "/api/v1/labels")
        return names

    def metadata(self) -> dict[str, Announced]:
        """Return what exporters announce of their metrics, by name; nothing where the server has no such API."""
        data = self._if_there("/api/v1/metadata") or {}
        first = {name: _table(_list(each, self.url)[0]) for name, each in data.items() if each}
        return {
            name: Announced(*(str(each.get(key) or "") for key in ("type", "help", "unit")))
            for name, each in first.items()
        }

    def rules(self) -> list[LoadedRule] | None:
        """Return the rules that are loaded; None where the server has no rules API."""
        data = self._if_there("/api/v1/rules")
        if data is None:
            return None
        return [
            _rule(_table(rule), _table(group), self.url)
            for group in _list(data.get("groups"), self.url)
            for rule in _list(_table(group).get("rules"), self.url)
        ]

    def targets(self) -> list[ScrapeTarget] | None:
        """Return the targets that are scraped; None where the server scrapes none itself."""
        data = self._if_there("/api/v1/targets", {"state": "active"})
        if data is None:
            return None
        return [_target(_table(each), self.url) for each in _list(data.get("activeTargets"), self.url)]

    def flags(self) -> Mapping[str, str]:
        """Return the flags of the command line; nothing where the server does not tell."""
        data = self._if_there("/api/v1/status/flags") or {}
        return {str(key): str(value) for key, value in data.items()}

    def configuration(self) -> str:
        """Return the configuration file's text; empty where the server does not tell."""
        data = self._if_there("/api/v1/status/config") or {}
        text = data.get("yaml")
        return text if isinstance(text, str) else ""

    def engine(self) -> Engine:
        """Return which engine answers.

        VictoriaMetrics answers `buildinfo` as a Prometheus 2.24 would, so it is recognized by a function that only
        MetricsQL has. Mimir and Cortex name themselves in `buildinfo`; Thanos alone tells of its stores.

        Raises:
            RemoteError: it cannot be reached.
        """
        if self._understands("now()"):
            return Engine("VictoriaMetrics", self._own_version())
        try:
            data = self._if_there(_BUILD)
        except RemoteError as error:
            return Engine("", reason=error.message)
        return self._engine_built(data)

    def _engine_built(self, data: dict[str, Any] | None) -> Engine:
        if data is None:
            return Engine("", reason=f"{self.url} does not answer {_BUILD}")
        application, version = str(data.get("application", "")), str(data.get("version", ""))
        if application:
            return Engine(application.removeprefix("Grafana "), version)
        if version.startswith("0.") and self._if_there("/api/v1/stores") is not None:
            return Engine("Thanos", version)
        if not version or not {"revision", "goVersion"} & data.keys():
            claimed = f"version {version}" if version else "no version"
            return Engine("", reason=f"{self.url} answers {_BUILD} with {claimed} and no build, unlike Prometheus")
        return Engine("Prometheus", version)

    def _understands(self, expression: str) -> bool:
        try:
            self._data("/api/v1/query", {"query": expression}, post=True)
        except (QueryError, RefusedError):
            return False
        return True

    def _own_version(self) -> str:
        """Return the version of a VictoriaMetrics that scrapes itself."""
        try:
            found = self.query('vm_app_version{version=~"(victoria-metrics|vmselect).*"}').samples
        except AnswerError:
            return ""
        versions = {sample.labels.get("short_version", "").removeprefix("v") for sample in found}
        return versions.pop() if len(versions) == 1 else ""

    def loaded_elsewhere(self) -> list[LoadedRule]:
        """Return the rules of a server that was named for its rules: vmalert, a ruler, or a Prometheus.

        Raises:
            RemoteError: it cannot be reached, or serves no rules; the message says what it is if that can be told.
        """
        try:
            found = self.rules()
        except RemoteError as error:
            raise self._not_a_ruler() or error from None
        if found is None:
            raise self._not_a_ruler() or UnreachableError(
                f"{self.url} does not serve /api/v1/rules; --rules-url is the URL of vmalert, a ruler or a Prometheus"
            )
        return found

    def _not_a_ruler(self) -> UnreachableError | None:
        try:
            health = self.api.get("/api/health")
        except RemoteError:
            return None
        if not isinstance(health, dict) or "database" not in health:
            return None
        return UnreachableError(f"{self.url} is a Grafana; --rules-url is the URL of vmalert, a ruler or a Prometheus")

    # --- asking

    def _if_there(self, path: str, parameters: Mapping[str, str | list[str]] | None = None) -> dict[str, Any] | None:
        try:
            data, _ = self._data(path, parameters or {})
        except RefusedError as error:
            if error.status in _NOT_THERE:
                return None
            raise
        return data

    def _data(
        self, path: str, parameters: Mapping[str, str | list[str]], *, post: bool = False
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        answered = self._asked(path, parameters, post=post)
        data = answered.get("data")
        if not isinstance(data, dict):
            raise _not_prometheus(self.url, path)
        warnings = answered.get("warnings")
        return data, tuple(map(str, warnings)) if isinstance(warnings, list) else ()

    def _asked(self, path: str, parameters: Mapping[str, str | list[str]], *, post: bool = False) -> dict[str, Any]:
        try:
            answered = self.api.post(path, parameters) if post else self.api.get(path, parameters)
        except RefusedError as error:
            if post and error.status in _UNPROCESSABLE and error.reason:
                raise QueryError(error.reason) from None
            raise
        if not isinstance(answered, dict) or answered.get("status") != "success":
            raise _not_prometheus(self.url, path)
        return answered


def _not_prometheus(url: str, path: str) -> AnswerError:
    return AnswerError(f"{url} answered {path} with unexpected JSON; is it really Prometheus?")


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def in_path(label: str) -> str:
    """Return a label as a path takes it: for what PromQL quotes, Prometheus 3 has a spelling, `U__http_2e_route`."""
    if is_plain_label(label):
        return label
    escaped = re.sub("[^A-Za-z0-9]", lambda found: "__" if found[0] == "_" else f"_{ord(found[0]):x}_", label)
    return f"U__{escaped}"


def _list(value: object, url: str) -> list[Any]:
    if not isinstance(value, list):
        raise _not_prometheus(url, "a request")
    return value


def _labels(value: object, url: str) -> Labels:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise _not_prometheus(url, "a request")
    return value


def _last(each: dict[str, Any], url: str) -> object:
    if "value" in each:
        return each["value"]
    values = each.get("values") or ([each["histogram"]] if "histogram" in each else [])
    if not isinstance(values, list) or not values:
        raise _not_prometheus(url, "a query")
    return values[-1] if "values" in each else [0, "NaN"]  # a native histogram is not a number


def _value(pair: object, url: str) -> float:
    try:
        return float(pair[1])  # type: ignore[index]  # whatever it is, it is tried
    except (TypeError, ValueError, IndexError, KeyError):
        raise _not_prometheus(url, "a query") from None


def _time(pair: object, url: str) -> float:
    try:
        return float(pair[0])  # type: ignore[index]  # whatever it is, it is tried
    except (TypeError, ValueError, IndexError, KeyError):
        raise _not_prometheus(url, "a query") from None


def _cost(stats: Mapping[str, Any]) -> tuple[float, int]:
    seconds = _table(stats.get("timings")).get("evalTotalTime")
    touched = _table(stats.get("samples")).get("totalQueryableSamples")
    return (
        float(seconds) if isinstance(seconds, int | float) else math.nan,
        touched if isinstance(touched, int) else 0,
    )


def _target(each: dict[str, Any], url: str) -> ScrapeTarget:
    from dashlib import promql

    labels = _labels(each.get("labels"), url)
    try:
        interval = promql.duration_seconds(str(each.get("scrapeInterval", "")))
    except ValueError:
        interval = math.nan
    duration = each.get("lastScrapeDuration")
    return ScrapeTarget(
        job=labels.get("job", ""),
        instance=labels.get("instance", ""),
        is_up=each.get("health") != "down",
        error=str(each.get("lastError", "")),
        interval=interval,
        duration=float(duration) if isinstance(duration, int | float) else math.nan,
    )


def _rule(rule: dict[str, Any], group: dict[str, Any], url: str) -> LoadedRule:
    interval, lasting = group.get("interval"), rule.get("duration")
    alerts = [each for each in rule.get("alerts") or () if isinstance(each, dict)]
    return LoadedRule(
        file=str(group.get("file", "")),
        group=str(group.get("name", "")),
        interval=float(interval) if isinstance(interval, int | float) else math.nan,
        name=str(rule.get("name", "")),
        is_alert=rule.get("type") == "alerting",
        expression=str(rule.get("query", "")),
        lasting=float(lasting) if isinstance(lasting, int | float) else 0.0,
        labels=_labels(rule.get("labels") or {}, url),
        annotations=_labels(rule.get("annotations") or {}, url),
        health=str(rule.get("health", "unknown")),
        error=str(rule.get("lastError", "")),
        firing=tuple(_labels(each.get("labels") or {}, url) for each in alerts if each.get("state") == "firing"),
        pending=tuple(_labels(each.get("labels") or {}, url) for each in alerts if each.get("state") == "pending"),
    )
