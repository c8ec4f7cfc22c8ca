"""With `--metrics FILE` from Prometheus: series have the labels that tell Kafka Connect clusters apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.metrics.clusters import lacking_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem, Severity
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "identity-missing",
    "error",
    "Series have the labels of `[tool.dashlib] identity` (only with --metrics, from Prometheus' `/federate`).",
    needs_project=True,
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every label of the identity that no series has, and those that only some have."""
    if lint.scraped is None or not lint.documents:
        return
    first = lint.documents[0]
    for each in lacking_in(lint.scraped, lint.identity, lint.catalog, first.names.profile):
        severity: Severity | None = None if each.everywhere else "warning"
        yield first.problem("", each.message, suggestion=each.hint, severity=severity)
