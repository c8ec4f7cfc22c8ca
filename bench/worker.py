"""Make dashboards with one library, in one process: `python -m bench.worker dashlib 1000`.

The process that `bench/run.py` measures. It imports one library only, declares every dashboard anew, each under
a uid and title of its own, and gives up each dashboard once it is bytes, as the libraries' own command
lines do. It prints how many bytes that were or, with `--show`, the bytes of one dashboard.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def with_dashlib() -> Callable[[str, str], bytes]:
    """Return what makes a dashboard's bytes the way `dashlib build` does."""
    from pathlib import PurePosixPath  # one library a process: each imports its own

    from bench.dashboards import with_dashlib as declared
    from dashlib.compile.outputs import dashboard_json
    from dashlib.compile.rendering import Rendering
    from dashlib.metrics.catalog import catalog
    from dashlib.metrics.profiles import load_profile

    rendering = Rendering(catalog(), load_profile("lab"))

    def make(uid: str, title: str) -> bytes:
        dashboard = declared.make(uid, title)
        document = dashboard_json.compile_dashboard(dashboard, rendering, PurePosixPath(f"{uid}.json"), "bench.py")
        return dashboard_json.serialize(document)

    return make


def with_grafanalib() -> Callable[[str, str], bytes]:
    """Return what makes a dashboard's bytes the way `generate-dashboard` does: with the function that it calls."""
    import io

    from grafanalib import _gen

    from bench.dashboards import with_grafanalib as declared

    def make(uid: str, title: str) -> bytes:
        stream = io.StringIO()
        _gen.write_dashboard(declared.make(uid, title), stream)  # type: ignore[no-untyped-call]  # it is untyped
        return stream.getvalue().encode()

    return make


def with_foundation_sdk() -> Callable[[str, str], bytes]:
    """Return what makes a dashboard's bytes the way the foundation SDK's documentation does."""
    from grafana_foundation_sdk.cog.encoder import JSONEncoder

    from bench.dashboards import with_foundation_sdk as declared

    def make(uid: str, title: str) -> bytes:
        text: str = JSONEncoder(sort_keys=True, indent=2).encode(declared.make(uid, title))
        return text.encode()

    return make


LIBRARIES = {"dashlib": with_dashlib, "grafanalib": with_grafanalib, "foundation-sdk": with_foundation_sdk}


def main(library: str, count: str) -> None:
    """Make the dashboards and print their size, or one of them."""
    make = LIBRARIES[library]()
    if count == "--show":
        sys.stdout.buffer.write(make("bench", "Benchmark"))
        return
    print(sum(len(make(f"bench-{number}", f"Benchmark {number}")) for number in range(int(count))))


if __name__ == "__main__":
    main(*sys.argv[1:])
