"""Only `servers/` does HTTP: what is careful about TLS, redirects and secrets stands in one place."""

from __future__ import annotations

import re
from pathlib import Path

import dashlib

DASHLIB = Path(dashlib.__file__).parent
HTTP = re.compile(
    r"^\s*(?:import|from) (?:requests|urllib3|tenacity|httpx|aiohttp|http|socket|ssl|urllib\.request)\b", re.MULTILINE
)


def test_only_the_transport_imports_what_does_http() -> None:
    doing = [
        file.relative_to(DASHLIB).as_posix()
        for file in DASHLIB.rglob("*.py")
        if HTTP.search(file.read_text(encoding="utf-8"))
    ]
    assert doing == ["servers/transport.py"]
