"""Take the pictures of docs/gallery: `gallery.py [--check]`, run by `make gallery`.

Every shipped dashboard, healthy and in four recorded faults, as `dashlib preview --png` draws it. `pictures.json`
beside them holds two hashes of each picture: of what it shows (the compiled dashboard and the recording), and its own.
With --check nothing is taken, and the exit code is 1 if a picture is missing, out of date or left over.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from dashlib.preview.sources import shipped

ROOT: Final = Path(__file__).resolve().parents[1]
GALLERY: Final = ROOT / "docs/gallery"
DASHBOARDS: Final = ROOT / "labs/monitoring/grafana/dashboards"
INDEX: Final = "pictures.json"
#: The recordings that are shown, and what each of them is.
SHOWN: Final = {
    "healthy": "Healthy, under load",
    "password-changed": "A password was changed: the tasks fail",
    "database-hung": "The databases hang",
    "kafka-slow": "Kafka is slow: the queues fill",
    "connector-paused": "The connectors are paused",
}
#: In the order of a person who looks for a fault.
UIDS: Final = (
    "debezium-fleet", "debezium-production", "debezium-mysql", "debezium-postgres", "debezium-connect",
    "debezium-snapshots", "debezium-failover", "debezium-alerts",
)  # fmt: skip
_PAGE: Final = """# Gallery

The dashboards, healthy and in four faults, each recorded in the running lab and drawn until just before it is mended
([all recorded faults](../faults.md)). `make gallery` takes the pictures anew; a test fails when a dashboard or a
recording has changed since.
"""


def files() -> list[str]:
    """Return the pictures, by their paths in the gallery."""
    return [f"{recording}/{uid}.png" for recording in SHOWN for uid in UIDS]


def shown_by(file: str) -> str:
    """Return the hash of what a picture shows: its compiled dashboard, and its recording."""
    recording, name = file.split("/")
    dashboard = (DASHBOARDS / name).with_suffix(".json").read_bytes()
    return hashlib.sha256(dashboard + shipped()[recording].read_bytes()).hexdigest()


def stale(gallery: Path = GALLERY) -> list[str]:
    """Return the pictures that are missing, do not show what is compiled today, or belong to nothing.

    Args:
        gallery: folder of the pictures and their index.
    """
    index = gallery / INDEX
    held = json.loads(index.read_bytes()) if index.is_file() else {}
    found = {file.relative_to(gallery).as_posix(): file for file in gallery.rglob("*.png")}
    outdated = [
        file
        for file in files()
        if file not in found or held.get(file) != {"shows": shown_by(file), "picture": _hash(found[file])}
    ]
    return sorted([*outdated, *(found.keys() - files())])


def page() -> str:
    """Return the gallery's page."""
    parts = [_PAGE]
    for recording, title in SHOWN.items():
        parts.append(f"## {title}\n\n`dashlib preview --recording {recording}`\n")
        parts += [f"![{uid}: {title}]({recording}/{uid}.png)\n" for uid in UIDS]
    return "\n".join(parts)


def take() -> None:
    """Take all pictures, and write their index and page."""
    with tempfile.TemporaryDirectory(prefix="dashlib-gallery-") as name:
        folder = Path(name) / "gallery"
        for recording in SHOWN:
            print(f"{recording} …", flush=True)
            subprocess.run(  # our own command
                [
                    sys.executable, "-m", "dashlib", "preview", "--quiet", "--project", ROOT,
                    "--recording", recording, "--png", folder / recording, *UIDS,
                ],
                check=True,
            )  # fmt: skip
        shutil.rmtree(GALLERY, ignore_errors=True)
        shutil.copytree(folder, GALLERY)
    held = {file: {"shows": shown_by(file), "picture": _hash(GALLERY / file)} for file in files()}
    (GALLERY / INDEX).write_text(json.dumps(held, indent=2) + "\n", encoding="utf-8")
    (GALLERY / "README.md").write_text(page(), encoding="utf-8")


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main() -> int:
    """Take the pictures, or list those that are out of date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="take nothing; exit 1 if a picture is out of date")
    if not parser.parse_args().check:
        try:
            take()
        except subprocess.CalledProcessError as error:
            return int(error.returncode)
    old = stale()
    for file in old:
        print(f"{GALLERY.relative_to(ROOT)}/{file}: out of date; run `make gallery`")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
