"""One module does HTTP: what is careful about TLS, redirects and secrets stands in one place."""

from __future__ import annotations

import re
from pathlib import Path

import dashlib

DASHLIB = Path(dashlib.__file__).parent
HTTP = re.compile(
    r"^\s*(?:import|from) (?:requests|urllib3|tenacity|httpx|aiohttp|http|socket|ssl|urllib\.request)\b", re.MULTILINE
)


#: What speaks to this machine only: to a Prometheus of its own, and to the browser that shows the preview.
ON_THIS_MACHINE = {"preview/serving.py", "servers/local_prometheus.py", "servers/remote_write.py"}


def test_only_the_transport_imports_what_does_http() -> None:
    doing = [
        file.relative_to(DASHLIB).as_posix()
        for file in DASHLIB.rglob("*.py")
        if HTTP.search(file.read_text(encoding="utf-8"))
    ]
    assert set(doing) == {"servers/transport.py", *ON_THIS_MACHINE}


def test_what_speaks_to_this_machine_names_no_other() -> None:
    for name in ON_THIS_MACHINE - {"servers/remote_write.py"}:
        assert "127.0.0.1" in (DASHLIB / name).read_text(encoding="utf-8"), name
