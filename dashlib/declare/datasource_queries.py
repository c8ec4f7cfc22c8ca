"""Queries of datasources other than Prometheus, and expressions over a panel's queries.

Each is its datasource's own query model. What a model needs is in one table, `DATASOURCES`; docs/declarations.md says
which models grafana-foundation-sdk has, and which are derived from the datasource's documentation.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypedDict, Unpack

import attrs

from dashlib.declare.arguments import checked, nearest
from dashlib.declare.units import check_unit
from dashlib.errors import DeclarationError
from dashlib.promql.variables import names_in
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashlib.declare.words import CloudWatchPeriod, CloudWatchRegion, CloudWatchStatistic, Legend


class DatasourceKind(NamedTuple):
    """What a datasource's query must say.

    Attributes:
        title: its name in Grafana.
        needs: the fields of its model, of each group at least one; dots lead into objects.
        own: the uid of a datasource that every Grafana has; empty for one that somebody adds.
        of_variable: the field that is all that a variable asks, as text; empty where it asks with the whole model.
    """

    title: str
    needs: tuple[tuple[str, ...], ...]
    own: str = ""
    of_variable: str = ""


EXPRESSION: Final = "__expr__"
DASHBOARD: Final = "datasource"
DATASOURCES: Final[Mapping[str, DatasourceKind]] = MappingProxyType(
    {
        "loki": DatasourceKind("Loki", (("expr",),), of_variable="expr"),
        "tempo": DatasourceKind("Tempo", (("queryType",), ("query", "filters", "serviceMapQuery"))),
        "cloudwatch": DatasourceKind(
            "CloudWatch", (("queryMode",), ("region",), ("metricName", "expression", "sqlExpression"))
        ),
        "grafana-postgresql-datasource": DatasourceKind(
            "PostgreSQL", (("rawSql",), ("format",)), of_variable="rawSql"
        ),
        "mysql": DatasourceKind("MySQL", (("rawSql",), ("format",)), of_variable="rawSql"),
        "mssql": DatasourceKind("Microsoft SQL Server", (("rawSql",), ("format",)), of_variable="rawSql"),
        "elasticsearch": DatasourceKind("Elasticsearch", (("metrics",), ("timeField",)), of_variable="query"),
        "influxdb": DatasourceKind("InfluxDB", (("query", "rawSql"),)),
        "grafana-azure-monitor-datasource": DatasourceKind(
            "Azure Monitor",
            (("queryType",), ("azureMonitor", "azureLogAnalytics", "azureResourceGraph", "azureTraces")),
        ),
        "graphite": DatasourceKind("Graphite", (("target",),), of_variable="target"),
        "grafana-testdata-datasource": DatasourceKind("TestData", (("scenarioId",),)),
        DASHBOARD: DatasourceKind("-- Dashboard --", (("panelId",),), own="-- Dashboard --"),
        EXPRESSION: DatasourceKind("Expression", (("type",), ("expression",)), own=EXPRESSION),
    }
)  # fmt: skip
# Short and old names of them.
_ALSO: Final = MappingProxyType(
    {
        "postgres": "grafana-postgresql-datasource",
        "postgresql": "grafana-postgresql-datasource",
        "azuremonitor": "grafana-azure-monitor-datasource",
        "testdata": "grafana-testdata-datasource",
        "-- Dashboard --": DASHBOARD,
    }
)


def plugin_of(datasource_type: str) -> str:
    """Return Grafana's id of a datasource plugin, by its id or a short name such as `postgres`."""
    return _ALSO.get(datasource_type, datasource_type)


def check_plugin(plugin: str) -> None:
    """Refuse what is nearly the id of a datasource plugin; those that others write have a '-' in their ids."""
    if "-" in plugin or plugin in DATASOURCES or plugin in _ALSO or plugin == "prometheus":
        return
    import difflib  # for a plugin that nobody here knows

    near = difflib.get_close_matches(plugin, ["prometheus", *DATASOURCES, *_ALSO], n=1, cutoff=0.8)
    if near:
        raise DeclarationError(f"Grafana has no datasource plugin {plugin!r}; did you mean {near[0]!r}?")


_REF_ID = re.compile(r"[A-Za-z0-9_]*")


@attrs.frozen(eq=False, repr=False)
class DatasourceQuery(Value):
    """A query of a datasource other than Prometheus; panel builders take it in a signal's place and beside signals.

    Made by `query`, `loki`, `sql` and similar.

    Attributes:
        datasource_type: Grafana's id of the datasource plugin; empty where only a uid or variable is known.
        model: what is asked, in the datasource's own words; sent as it is.
        datasource: a uid or a variable; empty for the dashboard's variable of that type.
        name: the panel's title where that has none.
        unit: Grafana unit id of the result.
        ref_id: the query's name in its panel; empty for the next letter.
        source: where it was declared.
    """

    datasource_type: str
    model: Mapping[str, object]
    datasource: str = attrs.field(kw_only=True, default="")
    name: str = attrs.field(kw_only=True, default="")
    unit: str = attrs.field(kw_only=True, default="")
    ref_id: str = attrs.field(kw_only=True, default="")
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    def asked_of(self) -> set[str]:
        """Return the queries of the same panel that an expression computes with."""
        text = self.model.get("expression")
        if self.datasource_type != EXPRESSION or not isinstance(text, str):
            return set()
        if self.model.get("type") == "math":
            return names_in(text)
        return {text} if self.model.get("type") in ("reduce", "threshold", "resample") else set()


class QueryOptions(TypedDict, total=False):
    """What every query of a datasource takes; all of it optional.

    Attributes:
        datasource: a uid, or a variable such as `$DS_LOKI`; by default the dashboard's variable of that type.
        name: the panel's title where that has none.
        unit: Grafana unit id of the result.
        ref_id: the query's name in its panel, for expressions; by default the next letter.
        hide: ask, and draw nothing: for what only an expression computes with.
        model: more fields of the datasource's query model, by Grafana's name.
    """

    datasource: str
    name: str
    unit: str
    ref_id: str
    hide: bool
    model: Mapping[str, object]


def _made(datasource_type: str, asked: Mapping[str, object], /, **options: Unpack[QueryOptions]) -> DatasourceQuery:
    whole: dict[str, Any] = {name: value for name, value in asked.items() if value not in (None, "")}
    whole |= options.get("model", {})
    if options.get("hide"):
        whole["hide"] = True
    unit, ref_id = options.get("unit", ""), options.get("ref_id", "")
    if unit:
        check_unit(unit)
    check_ref_id(ref_id)
    known = DATASOURCES.get(datasource_type)
    for fields in known.needs if known is not None else ():
        if not any(_says_something(whole.get(field)) for field in fields):
            wanted = " or ".join(map(repr, fields))
            raise DeclarationError(
                f"a query of {known.title if known else datasource_type} needs {wanted}; got "
                + (", ".join(map(repr, whole)) or "nothing")
            )
    return DatasourceQuery(
        datasource_type,
        whole,
        datasource=options.get("datasource", ""),
        name=options.get("name", ""),
        unit=unit,
        ref_id=ref_id,
        source=declared_here(),
    )


_LABELS_OF_LOKI = re.compile(r"label_names\(\)|label_values\((?:.+,\s*)?[A-Za-z_$]\w*\)", re.DOTALL)


def query_of_variable(asked: DatasourceQuery) -> object:
    """Return what a variable asks a datasource with: text where Grafana takes nothing else, or the whole model.

    Raises:
        DeclarationError: that datasource lists values in another way.
    """
    known = DATASOURCES.get(asked.datasource_type)
    if known is None or not known.of_variable:
        return {"refId": asked.ref_id or "A", **asked.model}
    text = str(asked.model.get(known.of_variable, ""))
    if asked.datasource_type == "loki" and not _LABELS_OF_LOKI.fullmatch(text.strip()):
        raise DeclarationError(
            f"Loki gives a variable the values of a label: loki('label_values({{app=\"x\"}}, level)'); got {text!r}"
        )
    if asked.datasource_type == "elasticsearch" and not text.lstrip().startswith("{"):
        raise DeclarationError(
            "Elasticsearch gives a variable the values of a field: "
            f'elasticsearch(\'{{"find": "terms", "field": "host"}}\'); got {text!r}'
        )
    return text


def check_ref_id(ref_id: str) -> None:
    """Refuse what Grafana does not take as a query's name."""
    if not _REF_ID.fullmatch(ref_id):
        raise DeclarationError(f"a query's ref_id is letters, digits and '_', such as 'A'; got {ref_id!r}")


def _says_something(value: object) -> bool:
    return value is not None and value not in ("", [], {}, ())


@checked
def query(datasource: str | Mapping[str, str], **model: object) -> DatasourceQuery:
    """Return a query of any datasource: `query("loki", expr='{app="x"}')`, `query({"type": …, "uid": …}, …)`.

    Args:
        datasource: a type of which the dashboard has a variable (`loki`, `mysql`, …), a variable (`$DS_LOKI`), a
            uid, or a reference with type and uid.
        model: the query, in the datasource's own words. `refId` names it in its panel; by default the next letter.

    Raises:
        DeclarationError: a field that the datasource needs is missing, or the datasource is a Prometheus.
    """
    reference = {"uid": datasource} if isinstance(datasource, str) else dict(datasource)
    kind, uid = reference.get("type", ""), reference.get("uid", "")
    if not kind and plugin_of(uid) in DATASOURCES:
        kind, uid = uid, ""
    if "prometheus" in (kind, uid):
        raise DeclarationError("a query of a Prometheus is made by promql('…'), which knows its labels and units")
    if not kind and not uid:
        raise DeclarationError(f"a query needs its datasource: a type, a uid or a variable; got {datasource!r}")
    kind = plugin_of(kind)
    ref_id = model.pop("refId", "")
    if not isinstance(ref_id, str):
        raise DeclarationError(f"a query's refId is letters, digits and '_', such as 'A'; got {ref_id!r}")
    return _made(kind, {}, datasource=uid, ref_id=ref_id, model=model)


@checked
def loki(
    expression: str,
    *,
    legend: Legend = "",
    instant: bool = False,
    max_lines: int | None = None,
    **options: Unpack[QueryOptions],
) -> DatasourceQuery:
    """Return a query of Loki.

    Args:
        expression: LogQL.
        legend: name of a series, with labels in double braces.
        instant: ask for this moment only.
        max_lines: how many lines are shown at most; by default the datasource's.
        options: datasource, name, unit and so on; see `QueryOptions`.
    """
    kind = "instant" if instant else "range"
    model = {"expr": expression, "queryType": kind, "legendFormat": legend, "maxLines": max_lines, "editorMode": "code"}
    return _made("loki", model, **options)


@checked
def tempo(expression: str, *, limit: int | None = None, **options: Unpack[QueryOptions]) -> DatasourceQuery:
    """Return a search of Tempo.

    Args:
        expression: TraceQL, or the id of a trace.
        limit: how many traces are listed at most.
        options: datasource, name, unit and so on; see `QueryOptions`.
    """
    model: dict[str, object] = {
        "query": expression,
        "queryType": "traceql",
        "limit": limit,
        "tableType": "traces",
        "filters": [],
    }
    return _made("tempo", model, **options)


@checked
def cloudwatch(
    namespace: str,
    metric: str,
    *,
    dimensions: Mapping[str, str | Sequence[str]] | None = None,
    statistic: CloudWatchStatistic = "Average",
    region: CloudWatchRegion = "default",
    period: CloudWatchPeriod = "",
    label: str = "",
    **options: Unpack[QueryOptions],
) -> DatasourceQuery:
    """Return a query of CloudWatch's metrics.

    Args:
        namespace: `AWS/RDS`.
        metric: `CPUUtilization`.
        dimensions: values by name; `*` for all.
        statistic: `Average`, `Sum`, `p99`.
        region: `default` for the datasource's.
        period: seconds of a sample, or an interval; empty for Grafana's choice.
        label: name of a series, in CloudWatch's own syntax.
        options: datasource, name, unit and so on; see `QueryOptions`.
    """
    model: dict[str, object] = {
        "queryMode": "Metrics", "metricQueryType": 0, "metricEditorMode": 0, "id": "", "region": region,
        "namespace": namespace, "metricName": metric, "statistic": statistic, "dimensions": dict(dimensions or {}),
        "period": period, "label": label, "matchExact": True,
    }  # fmt: skip
    return _made("cloudwatch", model, **options)


@checked
def cloudwatch_logs(
    expression: str, *, log_groups: Sequence[str], region: CloudWatchRegion = "default", **options: Unpack[QueryOptions]
) -> DatasourceQuery:
    """Return a query of CloudWatch's logs.

    Args:
        expression: in CloudWatch Logs Insights' language.
        log_groups: their names.
        region: `default` for the datasource's.
        options: datasource, name, unit and so on; see `QueryOptions`.
    """
    if not log_groups:
        raise DeclarationError("cloudwatch_logs() needs at least one log group; got an empty list")
    model: dict[str, object] = {
        "queryMode": "Logs", "id": "", "region": region, "expression": expression,
        "logGroups": [{"name": name, "arn": name} for name in log_groups],
    }  # fmt: skip
    return _made("cloudwatch", model, **options)


@checked
def sql(
    statement: str,
    *,
    database: Literal["postgres", "mysql", "mssql"],
    time_series: bool = False,
    **options: Unpack[QueryOptions],
) -> DatasourceQuery:
    """Return a query of PostgreSQL, MySQL or SQL Server.

    Args:
        statement: SQL, with Grafana's macros (`$__timeFilter(column)`).
        database: which.
        time_series: the answer has a column `time` and is drawn over it; a table of rows otherwise.
        options: datasource, name, unit and so on; see `QueryOptions`.
    """
    model = {
        "rawSql": statement,
        "rawQuery": True,
        "editorMode": "code",
        "format": "time_series" if time_series else "table",
    }
    return _made(plugin_of(database), model, **options)


@checked
def elasticsearch(
    expression: str = "",
    *,
    metrics: Sequence[Mapping[str, object]] = (),
    buckets: Sequence[Mapping[str, object]] = (),
    time_field: str = "@timestamp",
    **options: Unpack[QueryOptions],
) -> DatasourceQuery:
    """Return a query of Elasticsearch.

    Args:
        expression: in Lucene's language; empty for everything.
        metrics: aggregations, as the datasource writes them; by default a count.
        buckets: what they are grouped by; by default a histogram over time.
        time_field: which field has the time.
        options: datasource, name, unit and so on; see `QueryOptions`.
    """
    over_time = {"type": "date_histogram", "id": "2", "field": time_field, "settings": {"interval": "auto"}}
    model: dict[str, object] = {
        "query": expression,
        "metrics": list(metrics) or [{"type": "count", "id": "1"}],
        "bucketAggs": list(buckets) or [over_time],
        "timeField": time_field,
    }
    return _made("elasticsearch", model, **options)


@checked
def influxdb(
    statement: str,
    *,
    language: Literal["flux", "influxql", "sql"] = "flux",
    alias: str = "",
    **options: Unpack[QueryOptions],
) -> DatasourceQuery:
    """Return a query of InfluxDB.

    Args:
        statement: in that language, which the datasource is set up for.
        language: which.
        alias: name of a series, in InfluxQL's way.
        options: datasource, name, unit and so on; see `QueryOptions`.
    """
    if language == "sql":
        return _made("influxdb", {"rawSql": statement, "rawQuery": True, "format": "table"}, **options)
    raw = {"rawQuery": True, "resultFormat": "time_series", "alias": alias} if language == "influxql" else {}
    return _made("influxdb", {"query": statement, **raw}, **options)


@checked
def azure_metrics(
    namespace: str,
    metric: str,
    *,
    resources: Sequence[Mapping[str, str]],
    aggregation: str = "Average",
    time_grain: str = "auto",
    **options: Unpack[QueryOptions],
) -> DatasourceQuery:
    """Return a query of Azure Monitor's metrics.

    Args:
        namespace: `Microsoft.Compute/virtualMachines`.
        metric: `Percentage CPU`.
        resources: each with `subscription`, `resourceGroup`, `resourceName`.
        aggregation: `Average`, `Total`, `Maximum`.
        time_grain: `PT1M`, or `auto`.
        options: datasource, name, unit and so on; see `QueryOptions`.
    """
    if not resources:
        raise DeclarationError("azure_metrics() needs at least one resource; got an empty list")
    asked = {
        "metricNamespace": namespace, "metricName": metric, "aggregation": aggregation, "timeGrain": time_grain,
        "resources": [dict(resource) for resource in resources],
    }  # fmt: skip
    return _made(_ALSO["azuremonitor"], {"queryType": "Azure Monitor", "azureMonitor": asked}, **options)


@checked
def azure_logs(
    expression: str, *, resources: Sequence[str], time_series: bool = False, **options: Unpack[QueryOptions]
) -> DatasourceQuery:
    """Return a query of Azure's Log Analytics.

    Args:
        expression: KQL.
        resources: their ids.
        time_series: the answer is drawn over time; a table of rows otherwise.
        options: datasource, name, unit and so on; see `QueryOptions`.
    """
    if not resources:
        raise DeclarationError("azure_logs() needs the id of at least one resource; got an empty list")
    asked = {
        "query": expression,
        "resources": list(resources),
        "resultFormat": "time_series" if time_series else "table",
    }
    return _made(_ALSO["azuremonitor"], {"queryType": "Azure Log Analytics", "azureLogAnalytics": asked}, **options)


@checked
def graphite(target: str, **options: Unpack[QueryOptions]) -> DatasourceQuery:
    """Return a query of Graphite: `graphite("aliasByNode(servers.*.cpu, 1)")`.

    Args:
        target: of Graphite's render API.
        options: datasource, name, unit and so on; see `QueryOptions`.
    """
    return _made("graphite", {"target": target}, **options)


@checked
def sample_data(scenario: str = "random_walk", **options: Unpack[QueryOptions]) -> DatasourceQuery:
    """Return a query of Grafana's TestData, for trying a panel out.

    Args:
        scenario: Grafana's id of one: `random_walk`, `logs`, `node_graph`, `csv_content`.
        options: datasource, name, unit and so on; see `QueryOptions`.
    """
    return _made(_ALSO["testdata"], {"scenarioId": scenario}, **options)


@checked
def of_panel(panel: str, **options: Unpack[QueryOptions]) -> DatasourceQuery:
    """Return what another panel of the same dashboard has asked for, once (`-- Dashboard --`).

    Args:
        panel: its key, which is its title unless it has another.
        options: name, unit and so on; see `QueryOptions`.
    """
    return _made(DASHBOARD, {"panelId": panel}, **options)


@checked
def math(expression: str, **options: Unpack[QueryOptions]) -> DatasourceQuery:
    """Return what Grafana computes from a panel's other queries: `math("$A / $B * 100", unit="percent")`.

    Args:
        expression: with `$A` for the query of that ref_id.
        options: name, unit and so on; see `QueryOptions`.
    """
    if "$" not in expression:
        raise DeclarationError(
            f"math() expression computes with no query: write $A for the query A; got {expression!r}"
        )
    return _made(EXPRESSION, {"type": "math", "expression": expression}, **options)


@checked
def reduce(
    of: str,
    calculation: Literal["count", "last", "max", "mean", "median", "min", "sum"] = "mean",
    *,
    drop_nulls: bool = False,
    **options: Unpack[QueryOptions],
) -> DatasourceQuery:
    """Return one number for each series of another query of the panel.

    Args:
        of: its ref_id.
        calculation: how.
        drop_nulls: leave out null, NaN and infinity.
        options: name, unit and so on; see `QueryOptions`.
    """
    mode = {"settings": {"mode": "dropNN"}} if drop_nulls else {}
    return _made(EXPRESSION, {"type": "reduce", "expression": of, "reducer": calculation, **mode}, **options)


@checked
def threshold(
    of: str, *, above: float | None = None, below: float | None = None, **options: Unpack[QueryOptions]
) -> DatasourceQuery:
    """Return 1 where another query of the panel is above or below a number, else 0.

    Args:
        of: its ref_id, of numbers (see `reduce`).
        above: that number; or
        below: that number.
        options: name, unit and so on; see `QueryOptions`.
    """
    if (above is None) == (below is None):
        raise DeclarationError("threshold() needs exactly one of above and below")
    kind, number = ("gt", above) if below is None else ("lt", below)
    conditions = [{"evaluator": {"type": kind, "params": [number]}}]
    return _made(EXPRESSION, {"type": "threshold", "expression": of, "conditions": conditions}, **options)


def check_references(queries: Sequence[object], ref_ids: Sequence[str]) -> None:
    """Refuse two queries of one name in a panel, and an expression over a query that the panel does not have."""
    twice = next((each for each in ref_ids if list(ref_ids).count(each) > 1), None)
    if twice is not None:
        raise DeclarationError(f"a panel has two queries with the ref_id {twice!r}; give one another")
    for each, ref_id in zip(queries, ref_ids, strict=True):
        asked = each.asked_of() if isinstance(each, DatasourceQuery) else set[str]()
        if ref_id in asked:
            raise DeclarationError(f"the expression {ref_id!r} computes with itself; name another query of the panel")
        missing = sorted(asked - set(ref_ids))
        if missing:
            raise DeclarationError(
                f"an expression computes with {missing[0]!r}, which the panel does not ask; "
                + nearest(missing[0], ref_ids, fallback="it has")
            )
