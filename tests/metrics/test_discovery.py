"""`dashlib catalog`: the catalog of what is there, and what it leaves as a person wrote it."""

from __future__ import annotations

import gzip
import http.server
import json
import threading
import tomllib
import urllib.parse
from typing import TYPE_CHECKING, Any

import pytest

from dashlib.errors import ConfigurationError
from dashlib.metrics.catalog import own_catalog
from dashlib.metrics.conventions import unit_in_name
from dashlib.metrics.discovery import discover, merged, series_of
from dashlib.metrics.exposition import announced, series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.metrics.discovery import Discovered
    from tests.conftest import Shell

PAGE = """\
# HELP http_requests_total All requests,\\nby code.
# TYPE http_requests_total counter
http_requests_total{code="200",method="get"} 3
http_requests_total{code="500",method="get",shop="a"} 3
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{code="200",le="+Inf"} 3
http_request_duration_seconds_sum{code="200"} 3
http_request_duration_seconds_count{code="200"} 3
# TYPE gc_duration_milliseconds summary
gc_duration_milliseconds{quantile="0"} 1
gc_duration_milliseconds_sum 1
gc_duration_milliseconds_count 1
# TYPE build_info gauge
build_info{version="1"} 1
process_start_time_seconds 1.7e9
queue_depth 3
# TYPE "my.metric" gauge
{"my.metric", zone="b"} 3
up 1
debezium_metrics_Connected{plugin="mysql",server="a",context="streaming"} 1
"""
OPEN = """\
# TYPE jobs counter
# UNIT jobs jobs
jobs_total{shop="a"} 1
jobs_created{shop="a"} 1
# TYPE state stateset
state{state="on"} 1
# TYPE wait histogram
# UNIT wait seconds
wait_bucket{le="+Inf"} 1
wait_sum 1
wait_count 1
# EOF
"""


def found_in(text: str) -> list[Discovered]:
    labels: dict[str, set[str]] = {}
    for name, of_series in series(text):
        labels.setdefault(name, set()).update(of_series)
    said = announced(text)
    return list(discover(series_of(labels, said), labels, said))


def test_what_an_exporter_announces_is_taken_as_it_is_and_a_guess_is_marked(shell: Shell) -> None:
    shell.write("metrics.txt", PAGE)
    result = shell.dashlib("catalog", "--metrics", "metrics.txt")
    assert result.returncode == 0, result.stderr
    assert tomllib.loads(result.stdout)["tool"]["dashlib"]["catalog"] == {
        "build_info": {"type": "info", "unit": "text", "labels": ["version"]},
        "gc_duration_milliseconds": {"type": "summary", "unit": "ms"},
        "http_request_duration_seconds": {"type": "histogram", "unit": "s", "labels": ["code"]},
        "http_requests_total": {
            "type": "counter",
            "unit": "count",
            "labels": ["code", "method", "shop"],
            "help": "All requests,\nby code.",
        },
        "my.metric": {"type": "gauge", "unit": "count", "labels": ["zone"]},
        "process_start_time_seconds": {"type": "gauge", "unit": "epoch_s"},
        "queue_depth": {"type": "gauge", "unit": "count"},
    }
    assert [line for line in result.stdout.splitlines() if "# guessed" in line] == [
        'unit = "count"  # guessed',
        'type = "gauge"  # guessed',
        'type = "gauge"  # guessed',
        'unit = "count"  # guessed',
    ]
    assert "2 metrics already known to dashlib left out" in result.stderr


def test_what_is_written_is_a_catalog_that_compiles() -> None:
    tables = {metric.name: metric.table() for metric in found_in(PAGE) if metric.name != "up"}
    assert {"http_request_duration_seconds_bucket", "gc_duration_milliseconds_sum", "my.metric"} <= {
        metric.name for metric in own_catalog(tables).metrics("user")
    }


def test_openmetrics_names_a_family_and_its_unit() -> None:
    assert [(each.name, each.type, each.unit, each.labels, each.guessed) for each in found_in(OPEN)] == [
        ("jobs_created", "gauge", "epoch_s", ("shop",), ()),
        ("jobs_total", "counter", "jobs", ("shop",), ()),
        ("state", "gauge", "bool", ("state",), ()),
        ("wait", "histogram", "s", (), ()),
    ]


def test_a_prefix_and_json(shell: Shell) -> None:
    shell.write("metrics.txt", PAGE)
    result = shell.dashlib("catalog", "--metrics", "metrics.txt", "--prefix", "queue_", "--format", "json")
    assert json.loads(result.stdout) == {
        "queue_depth": {"type": "gauge", "unit": "count", "guessed": ["type", "unit"]},
    }
    none = shell.dashlib("catalog", "--metrics", "metrics.txt", "--prefix", "nope_")
    assert (none.returncode, none.stdout) == (1, "")
    assert "no metric begins with 'nope_'" in none.stderr


OWN = """\
# ours
[tool.dashlib.catalog.queue_depth]   # by hand
type = "counter"
unit = "orders"
labels = ["shop"]

[tool.other]
x = 1
"""


QUEUES = """\
# TYPE queue_depth gauge
queue_depth{queue="a"} 3
# TYPE other_bytes gauge
other_bytes 1
"""


def test_what_a_person_wrote_stays_and_a_contradiction_is_said(shell: Shell) -> None:
    shell.write("metrics.txt", QUEUES)
    file = shell.write("own.toml", OWN)
    result = shell.dashlib("catalog", "--metrics", "metrics.txt", "--out", "own.toml")
    assert result.returncode == 1
    assert result.stdout == "own.toml: 1 metric added, 1 in it already\n"
    assert 'queue_depth is declared with type = "counter", but there it is "gauge"' in result.stderr
    assert "queue_depth is declared with the label shop, but no series has it there" in result.stderr
    assert "queue_depth has the label queue there, which its table does not list" in result.stderr
    assert file.read_text() == f'{OWN}\n[tool.dashlib.catalog.other_bytes]\ntype = "gauge"\nunit = "bytes"\n'
    before = file.read_bytes()
    shell.dashlib("catalog", "--metrics", "metrics.txt", "--out", "own.toml")
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[tool.dashlib]\ncatalog = { a = { type = "gauge", unit = "s" } }\n', "as one value, to which nothing can be"),
        ("[tool.dashlib]\ncatalog = 3\n", r"\[tool.dashlib.catalog\] is not a table of tables"),
        ("[tool.dashlib\n", "own.toml is not valid TOML"),
        (
            '[tool.dashlib.catalog.wait_bucket]\ntype = "counter"\nunit = "count"\n',
            'found a metric "wait_bucket" in the family user already',
        ),
    ],
)
def test_a_file_that_cannot_be_added_to_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        merged(text, found_in(OPEN), "own.toml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>", "HTML"),
        (gzip.compress(b"up 1\n", mtime=0), "gzip"),
        (b"up 1\nqueue_dep", "cut off"),
        (b"# nothing\n", "has no series"),
    ],
)
def test_bad_input_is_refused_as_profile_refuses_it(shell: Shell, content: bytes, said: str) -> None:
    (shell.folder / "metrics.txt").write_bytes(content)
    result = shell.dashlib("catalog", "--metrics", "metrics.txt")
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("http_request_duration_seconds", "s"),
        ("cpu_seconds_total", "s"),
        ("export_ms", "ms"),
        ("disk_bytes", "bytes"),
        ("cache_hit_ratio", "ratio"),
        ("cert_not_after_timestamp_seconds", "epoch_s"),
        ("jobs_created", "epoch_s"),
        ("wait_seconds_count", ""),
        ("seconds_since_restart", ""),
        ("distance_m", ""),
        ("job:wait_seconds:rate5m", ""),
        ("http.server.duration", ""),
    ],
)
def test_a_name_tells_its_unit_or_nothing(name: str, unit: str) -> None:
    assert unit_in_name(name) == unit


SERIES = {
    "up": ["team"],
    "shop_orders_total": ["team", "shop"],
    "shop_wait_seconds": ["team"],
    "job:shop_orders:rate5m": ["shop"],
}
ANSWERS: dict[str, Any] = {
    "/api/v1/query": {"resultType": "scalar", "result": [1.7e9, "1700000000"]},
    "/api/v1/label/__name__/values": list(SERIES),
    "/api/v1/metadata": {
        "shop_orders_total": [{"type": "counter", "help": "Orders.", "unit": ""}],
        "shop_wait_seconds": [{"type": "histogram", "help": "", "unit": ""}],
    },
}


@pytest.fixture
def prometheus() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            path = urllib.parse.urlsplit(self.path).path
            if path == "/api/v1/labels":
                asked = urllib.parse.parse_qs(form)["match[]"][0]
                data = ["__name__", "job", "instance", *next(of for name, of in SERIES.items() if f'"{name}"' in asked)]
            else:
                data = ANSWERS[path]
            body = json.dumps({"status": "success", "data": data}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - what http.server calls

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_catalog_of_a_prometheus(shell: Shell, prometheus: str) -> None:
    result = shell.dashlib("catalog", "--prometheus", prometheus)
    assert result.returncode == 0, result.stderr
    assert tomllib.loads(result.stdout)["tool"]["dashlib"]["catalog"] == {
        "shop_orders_total": {"type": "counter", "unit": "count", "labels": ["shop"], "help": "Orders."},
        "shop_wait_seconds": {"type": "histogram", "unit": "s", "buckets": "native"},
        "job:shop_orders:rate5m": {"type": "gauge", "unit": "count", "labels": ["shop"]},
    }
    assert 'target_labels = ["team"]' in result.stderr


def test_a_label_that_prometheus_3_keeps_is_written_as_it_is(shell: Shell) -> None:
    shell.write("metrics.txt", '# TYPE "http.requests" gauge\n{"http.requests","http.route"="/a",code="200"} 1\n')
    printed = shell.dashlib("catalog", "--metrics", "metrics.txt").stdout
    assert 'labels = ["code", "http.route"]' in printed
    own_catalog(tomllib.loads(printed)["tool"]["dashlib"]["catalog"])
