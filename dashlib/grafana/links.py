"""Links below `grafana_url` in what is pushed: they lead to the Grafana that it is pushed to. Pure.

Compiled files keep the configured URL: Prometheus and Alertmanager know of one Grafana only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from dashlib.grafana.json_types import Json


def moved(data: Json, there: str, here: str) -> Json:
    """Return data in which each link below one URL leads below another one.

    Args:
        data: a dashboard, or a document of alerting; it is not changed.
        there: URL that the links begin with.
        here: URL that they are to begin with.
    """
    there, here = there.rstrip("/"), here.rstrip("/")
    encoded = orjson.dumps(data)
    if not there or there == here or there.encode() not in encoded:
        return data
    # Not a port or a host that only begins alike.
    link = re.compile(re.escape(there.encode()) + rb"(?![\w:@-]|\.\w)")
    made: Json = orjson.loads(link.sub(lambda _: here.encode(), encoded))
    return made
