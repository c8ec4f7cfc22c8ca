"""What the dashboards share."""

from grafanalib.core import OPS_FORMAT, SECONDS_FORMAT, Graph, Legend, Target, Template, YAxes, YAxis

PROMETHEUS = "${datasource}"

DATASOURCE = Template(name="datasource", label="Data source", type="datasource", query="prometheus", default="Prometheus")
JOB = Template(
    name="job",
    label="Service",
    dataSource=PROMETHEUS,
    query="label_values(http_requests_total, job)",
    refresh=2,
    sort=1,
)


def requests_graph(title, *queries, **settings):
    """A graph of requests a second, one line for each (legend, query)."""
    return Graph(
        title=title,
        dataSource=PROMETHEUS,
        targets=[
            Target(expr=query, legendFormat=legend, refId=chr(ord("A") + index))
            for index, (legend, query) in enumerate(queries)
        ],
        yAxes=YAxes(YAxis(format=OPS_FORMAT, min=0), YAxis(format=SECONDS_FORMAT)),
        legend=Legend(avg=True, current=True, alignAsTable=True, rightSide=True),
        **settings,
    )
