"""The objectives on one dashboard: what is left of each budget, how fast it burns, and whose it is."""

from alerts.objectives import CONNECTED, FRESH

from dashlib import Dashboard, datasource_variable, label_variable, objective_row
from dashlib.debezium.thresholds import PRODUCTION

dashboard = Dashboard(
    uid="debezium-objectives",
    title="Debezium Objectives",
    thresholds=PRODUCTION,
    variables=[
        datasource_variable(),
        label_variable("connector", "Connector", label="server", metric="Connected"),
    ],
    rows=[objective_row(FRESH), objective_row(CONNECTED)],
)
