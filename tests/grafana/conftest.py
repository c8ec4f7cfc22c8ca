"""What the tests of `dashlib.grafana` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.grafana.double import GrafanaDouble

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def grafana() -> Iterator[GrafanaDouble]:
    """A fresh Grafana with one Prometheus; `grafana.token("Editor")` makes a token."""
    with GrafanaDouble() as double:
        yield double
