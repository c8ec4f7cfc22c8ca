"""Take the pictures of docs/gallery that are out of date: `gallery.py [--all|--check]`, run by `make gallery`.

Every shipped dashboard, healthy and in four recorded faults, as `dashlib preview --png` draws it, in 256 colors; on a
light page, too, and of one connector and of many. `pictures.json` beside them holds two hashes of each picture: of what
it shows (the compiled dashboard, the recording and how it is drawn), and its own. With --check nothing is taken, and
the exit code is 1 if a picture is missing, out of date or left over.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import attrs

from dashlib.preview.sources import shipped

if TYPE_CHECKING:
    from PIL import Image

ROOT: Final = Path(__file__).resolve().parents[1]
GALLERY: Final = ROOT / "docs/gallery"
DASHBOARDS: Final = ROOT / "labs/monitoring/grafana/dashboards"
INDEX: Final = "pictures.json"
_ALL: Final = ("password-changed", "database-hung", "kafka-slow", "connector-paused")
#: The faults that each dashboard has something to say about; the dashboards in the order of a person who looks for one.
FAULTS: Final = {
    "debezium-fleet": _ALL,
    "debezium-production": _ALL,
    "debezium-mysql": _ALL,
    "debezium-postgres": ("database-hung", "slot-left-behind", "slot-lost", "source-written-elsewhere"),
    "debezium-connect": ("password-changed", "kafka-slow", "worker-killed", "records-skipped"),
    "debezium-snapshots": ("offsets-lost", "blocking-snapshot", "incremental-snapshot", "snapshot-aborted"),
    "debezium-failover": ("database-hung", "connections-flapping", "gtids-off", "binlogs-purged-soon"),
    "debezium-alerts": _ALL,
}
#: The screens whose every picture is taken on a light page, too, and of 1 and of 36 connectors; of the others, some.
SCREENS: Final = ("debezium-fleet", "debezium-postgres", "debezium-snapshots", "debezium-failover", "debezium-connect")
_TITLES: Final = {
    "healthy": "Healthy, under load",
    "password-changed": "A password was changed: the tasks fail",
    "database-hung": "The databases hang",
    "kafka-slow": "Kafka is slow: the queues fill",
    "connector-paused": "The connectors are paused",
    "worker-killed": "A worker is killed",
    "records-skipped": "A transformation fails, and its records are dropped",
    "slot-left-behind": "PostgreSQL's slot is left behind while WAL is written",
    "slot-lost": "PostgreSQL's slot is lost",
    "source-written-elsewhere": "PostgreSQL is written to in another database",
    "offsets-lost": "Offsets are lost, and the databases hang in the new snapshot",
    "blocking-snapshot": "Blocking snapshots",
    "incremental-snapshot": "Incremental snapshots",
    "snapshot-aborted": "Blocking snapshots by a query that fails",
    "connections-flapping": "Connections are killed again and again",
    "gtids-off": "MySQL goes on without GTIDs",
    "binlogs-purged-soon": "Binlogs are about to be purged",
}
#: Faults that a dashboard tells of in rows that begin closed.
_IN_CLOSED_ROWS: Final = ("worker-killed", "records-skipped")
#: Colors that a picture keeps as they are: its surfaces, lines and states.
_KEPT: Final = 64
_ALSO_LIGHT: Final = ("healthy", "database-hung")


@attrs.frozen
class Section:
    """Pictures of one kind.

    Attributes:
        folder: in the gallery.
        title: what they show.
        recording: that they show.
        options: of `dashlib preview`, beside the recording.
        uids: of the dashboards.
    """

    folder: str
    title: str
    recording: str
    options: tuple[str, ...]
    uids: tuple[str, ...]


def _sections() -> tuple[Section, ...]:
    told = {
        recording: tuple(uid for uid, faults in FAULTS.items() if recording in ("healthy", *faults))
        for recording in _TITLES
    }
    counted = [uid for uid in FAULTS if uid in ("debezium-production", *SCREENS)]
    return (
        *(
            Section(recording, title, recording, _rows_of(recording), told[recording])
            for recording, title in _TITLES.items()
        ),
        *(
            Section(
                f"{recording}-light", f"{title}, on a light page", recording, (*_rows_of(recording), "--light"), uids
            )
            for recording, title in _TITLES.items()
            if (uids := tuple(uid for uid in told[recording] if uid in SCREENS or recording in _ALSO_LIGHT))
        ),
        Section(
            "1-connector",
            "One connector",
            "healthy",
            ("--connectors", "1"),
            # The one is MariaDB's; of PostgreSQL's the lab has one in every picture.
            tuple(uid for uid in counted if uid != "debezium-postgres"),
        ),
        Section("36-connectors", "36 connectors", "healthy", ("--connectors", "36"), tuple(counted)),
        Section(
            "36-connectors-kafka-slow",
            "36 connectors, Kafka is slow",
            "kafka-slow",
            ("--connectors", "36"),
            ("debezium-fleet", "debezium-production"),
        ),
    )


def _rows_of(recording: str) -> tuple[str, ...]:
    return ("--all-rows",) if recording in _IN_CLOSED_ROWS else ()


SECTIONS: Final = _sections()
_PAGE: Final = """# Gallery

The dashboards, healthy and in four faults that each has something to say about, recorded in the running lab and drawn
until just before they are mended ([all recorded faults](../faults.md)); then on a light page, and of one connector and
of 36 (of PostgreSQL's the lab has one). `make gallery` takes the pictures anew; a test fails when a dashboard or a
recording has changed since.
"""


def files() -> list[str]:
    """Return the pictures, by their paths in the gallery."""
    return [f"{section.folder}/{uid}.png" for section in SECTIONS for uid in section.uids]


def shown_by(file: str) -> str:
    """Return the hash of what a picture shows: its compiled dashboard, its recording, and how it is drawn."""
    folder, name = file.split("/")
    (section,) = [each for each in SECTIONS if each.folder == folder]
    dashboard = (DASHBOARDS / name).with_suffix(".json").read_bytes()
    drawn = " ".join(section.options).encode()
    return hashlib.sha256(dashboard + shipped()[section.recording].read_bytes() + drawn).hexdigest()


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
    for section in SECTIONS:
        command = " ".join(["dashlib preview --recording", section.recording, *section.options])
        parts.append(f"## {section.title}\n\n`{command}`\n")
        parts += [f"![{uid}: {section.title}]({section.folder}/{uid}.png)\n" for uid in section.uids]
    return "\n".join(parts)


def take(*, every: bool = False) -> None:
    """Take the pictures that are out of date, a section at a time, and write their index and page.

    Args:
        every: those that are not, too.
    """
    index = GALLERY / INDEX
    outdated = set(files() if every else stale())
    for file in outdated - {*files()}:
        (GALLERY / file).unlink()
    for folder in [each for each in GALLERY.iterdir() if each.is_dir() and not any(each.iterdir())]:
        folder.rmdir()
    (GALLERY / "README.md").write_text(page(), encoding="utf-8")
    for section in SECTIONS:
        pictures = [f"{section.folder}/{uid}.png" for uid in section.uids]
        if outdated.isdisjoint(pictures):
            continue
        print(f"{section.folder} …", flush=True)
        take_section(section, GALLERY)
        held = json.loads(index.read_bytes()) if index.is_file() else {}
        held |= {file: {"shows": shown_by(file), "picture": _hash(GALLERY / file)} for file in pictures}
        index.write_text(json.dumps({file: held[file] for file in files() if file in held}, indent=2) + "\n", "utf-8")


def take_section(section: Section, folder: Path) -> None:
    """Take the pictures of a section into its folder below another one.

    Raises:
        subprocess.CalledProcessError: `dashlib preview` failed, and said why.
    """
    subprocess.run(  # our own command
        [
            sys.executable, "-m", "dashlib", "preview", "--quiet", "--project", ROOT,
            "--recording", section.recording, *section.options, "--png", folder / section.folder, *section.uids,
        ],
        check=True,
    )  # fmt: skip
    for uid in section.uids:
        make_small(folder / section.folder / f"{uid}.png")


def make_small(picture: Path) -> None:
    """Write a picture in 256 colors, in a third of its size; what is lost are shades at the edges of letters."""
    from PIL import Image

    with Image.open(picture) as found:
        full = found.convert("RGB")
    common = [color for _, color in sorted(_counted(full), reverse=True)[:_KEPT]]
    others = full.quantize(256 - _KEPT, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for color in common for value in color] + others)
    small = full.quantize(palette=palette, dither=Image.Dither.NONE)
    # Pillow looks a color up a little coarsely: each is drawn as what it stands for most often.
    chosen = Image.frombytes("L", small.size, small.tobytes())
    colors = small.getpalette() or []
    for _, (red, green, blue, place) in sorted(_counted(Image.merge("RGBA", (*full.split(), chosen)))):
        colors[3 * place : 3 * place + 3] = (red, green, blue)
    small.putpalette(colors)
    small.save(picture, optimize=True)


def _counted(picture: Image.Image) -> list[tuple[int, tuple[int, ...]]]:
    """Return how often a picture has each of its colors."""
    return cast("list[tuple[int, tuple[int, ...]]]", picture.getcolors(picture.width * picture.height))


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main() -> int:
    """Take the pictures, or list those that are out of date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="take those that are not out of date, too")
    parser.add_argument("--check", action="store_true", help="take nothing; exit 1 if a picture is out of date")
    chosen = parser.parse_args()
    if not chosen.check:
        try:
            take(every=chosen.all)
        except subprocess.CalledProcessError as error:
            return int(error.returncode)
    old = stale()
    for file in old:
        print(f"{GALLERY.relative_to(ROOT)}/{file}: out of date; run `make gallery`")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
