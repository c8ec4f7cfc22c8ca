"""A test double of Grafana's HTTP API: a real server on loopback that answers as Grafana 12.3 was recorded to answer.

`tests/contract/test_grafana_double.py` holds it against the recording. A module here is an area of the API; its rules
are plain functions over one `State`, so that a reader can compare them with the recording.
"""

from tests.grafana.double.server import GrafanaDouble, Request
from tests.grafana.double.state import Datasource

__all__ = ["Datasource", "GrafanaDouble", "Request"]
