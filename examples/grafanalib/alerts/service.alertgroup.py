"""The alerts of a service."""

from grafanalib.core import (
    EXP_TYPE_CLASSIC,
    AlertCondition,
    AlertExpression,
    AlertGroup,
    AlertRulev9,
    GreaterThan,
    Target,
)

ERRORS = 'sum by (job) (rate(http_requests_total{code=~"5.."}[5m])) / sum by (job) (rate(http_requests_total[5m]))'

alertgroup = AlertGroup(
    name="Service",
    folder="Services",
    evaluateInterval="1m",
    rules=[
        AlertRulev9(
            title="Too many errors",
            uid="service-errors",
            condition="B",
            triggers=[
                Target(expr=ERRORS, refId="A", datasource="prometheus"),
                AlertExpression(
                    refId="B",
                    expressionType=EXP_TYPE_CLASSIC,
                    expression="A",
                    conditions=[AlertCondition(evaluator=GreaterThan(0.05))],
                ),
            ],
            evaluateFor="10m",
            annotations={"summary": "A service fails more than one request in twenty"},
            labels={"severity": "warning"},
        )
    ],
)
