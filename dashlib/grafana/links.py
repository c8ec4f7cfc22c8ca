"""Links of dashboards: those below `grafana_url` are pointed to the Grafana that is pushed to. Pure.

Compiled files keep the configured URL: Prometheus and Alertmanager know only one Grafana.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.grafana.json_types import Json, JsonValue

_DASHBOARD = re.compile(r"/d/([\w-]+)(?![\w$-])")


def moved(data: Json, there: str, here: str) -> Json:
    """Return data in which each link below one URL is moved below another.

    Args:
        data: a dashboard, or a document of alerting; it is not changed.
        there: the URL that the links start with.
        here: the URL that they should start with.
    """
    there, here = there.rstrip("/"), here.rstrip("/")
    encoded = orjson.dumps(data)
    if not there or there == here or there.encode() not in encoded:
        return data
    # Not a port or host that merely starts the same.
    link = re.compile(re.escape(there.encode()) + rb"(?![\w:@-]|\.\w)")
    made: Json = orjson.loads(link.sub(lambda _: here.encode(), encoded))
    return made


def dashboards_linked(data: JsonValue, here: str) -> Iterator[str]:
    """Yield the UID of each dashboard of the same Grafana that a dashboard leads to, wherever the link stands in it.

    Args:
        data: the dashboard.
        here: the URL of that Grafana. A link without a host leads there, too.
    """
    if isinstance(data, dict):
        url = data.get("url")
        if isinstance(url, str) and (found := _DASHBOARD.match(url.removeprefix(here.rstrip("/")))):
            yield found[1]
    for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from dashboards_linked(value, here)
