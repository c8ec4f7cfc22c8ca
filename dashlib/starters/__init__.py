"""What `dashlib init` writes: the files of a small project that builds, lints and tests clean.

The files are templates, in folders beside this module: one for each thing to watch, one for each output that needs
declarations of its own, one for each CI, and what all projects have. In a template, `«name»` stands for a value, and
what is between `«if name»` and `«end»` stays only where that is chosen; `«else»` may stand in between.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import attrs

from dashlib.compile.loading import load_project
from dashlib.compile.outputs import offers
from dashlib.compile.project import compile_for_profile
from dashlib.documents.rules import groups_in
from dashlib.errors import DashlibError, OutputError
from dashlib.metrics.kinds import KINDS
from dashlib.starters.scenarios import scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.compile.project import Compiled

_FOLDER = Path(__file__).parent
_ENDING = ".template"
_STARTERS = ("cdc", "service")
_BLOCK = re.compile(
    r"(?P<line>^)?«if (?P<name>\w+)»(?(line)\n)(?P<then>(?:(?!«if ).)*?)"
    r"(?:«else»(?(line)\n)(?P<otherwise>(?:(?!«if ).)*?))?«end»(?(line)\n)",
    re.DOTALL | re.MULTILINE,
)
_NAME = re.compile(r"«(\w+)»")

#: What to watch that is not one kind of connector.
DEBEZIUM, SERVICE = "debezium", "service"
#: The place that is not an output: a running Grafana.
PUSH = "push"
#: The naming profile that a project has which knows none of its exporter's.
DEFAULT_PROFILE = "lab"
#: The name of a naming profile that is made for an exporter, in the new project.
OWN_PROFILE = "exporter.json"
#: Where people open Grafana, if nobody says.
DEFAULT_GRAFANA = "http://localhost:3000"


def watchable() -> dict[str, str]:
    """Return what a project can watch, with a sentence about each: connectors, by kind, and a service."""
    kinds = {kind.name: f"Debezium's {kind.title} connectors" for kind in KINDS if kind.group != "sink"}
    return {DEBEZIUM: "Debezium connectors of every kind", **kinds, SERVICE: "a web service, by its own metrics"}


def destinations() -> dict[str, str]:
    """Return where dashboards and alerts can go beside the files that every project compiles to."""
    of_outputs = {kind: offer.title for kind, offer in offers().items() if not offer.is_basic}
    return {PUSH: "into a running Grafana, by `dashlib push`", **of_outputs}


def continuous_integrations() -> tuple[str, ...]:
    """Return the services whose configuration can be written."""
    return tuple(sorted(folder.name for folder in (_FOLDER / "ci").iterdir()))


@attrs.frozen(kw_only=True)
class Choices:
    """What somebody wants of a new project.

    Attributes:
        watch: of `watchable`; at least one.
        destinations: of `destinations`.
        ci: of `continuous_integrations`; empty for none.
        grafana_url: where people read dashboards.
        profile: naming profile of the exporter; a name, or the path of a file in the project.
        own_profile: content of that file; empty for a profile that dashlib ships.
        version: of dashlib, for the project's requirements.
    """

    watch: tuple[str, ...]
    destinations: tuple[str, ...] = ()
    ci: str = ""
    grafana_url: str = DEFAULT_GRAFANA
    profile: str = DEFAULT_PROFILE
    own_profile: bytes = b""
    version: str

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of connectors that are watched; none for all."""
        return () if DEBEZIUM in self.watch else tuple(kind.name for kind in KINDS if kind.name in self.watch)

    @property
    def starters(self) -> tuple[str, ...]:
        """The folders of templates that watch what is wanted."""
        is_wanted = {"cdc": set(self.watch) != {SERVICE}, "service": SERVICE in self.watch}
        return tuple(name for name in _STARTERS if is_wanted[name])


def new_project(choices: Choices) -> dict[PurePosixPath, bytes]:
    """Return the files of a new project; they have been compiled once, somewhere else.

    Raises:
        DashlibError: the naming profile has nothing of what is to be watched.
    """
    files = {path: text.encode() for path, text in _written(choices)}
    if choices.own_profile:
        files[PurePosixPath(choices.profile)] = choices.own_profile
    with tempfile.TemporaryDirectory() as folder:
        for path, content in files.items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        compiled = compile_for_profile(load_project(Path(folder)))
    if not compiled.documents:
        raise DashlibError(
            f"the naming profile {choices.profile} has no metric of a Debezium connector or of its Kafka Connect, so "
            "there is nothing to watch; `dashlib profile --prometheus URL` says which profile your exporter follows"
        )
    files.update((path, text.encode()) for path, text in _scenarios(choices, compiled))
    return dict(sorted(files.items()))


def refuse_existing(folder: Path, files: Mapping[PurePosixPath, bytes]) -> None:
    """Refuse to write over an existing file.

    Raises:
        OutputError: names the files.
    """
    there = [str(path) for path in files if (folder / path).exists() or (folder / path).is_symlink()]
    if there:
        raise OutputError(
            f"nothing was written: {folder} has {', '.join(there)} already; name another folder (dashlib init "
            "monitoring), or move them away"
        )


def _written(choices: Choices) -> Iterator[tuple[PurePosixPath, str]]:
    chosen = {
        **{name: name in choices.starters for name in _STARTERS},
        **{name: name in choices.destinations for name in destinations()},
        "kinds": bool(choices.kinds),
        "heartbeat": bool(choices.kinds)
        and all(each.when_idle == "heartbeat" for each in KINDS if each.name in choices.kinds),
    }
    texts = {
        "version": choices.version,
        "profile": choices.profile,
        "grafana": choices.grafana_url,
        "first": _first(choices),
        "kinds": ", ".join(f'"{kind}"' for kind in choices.kinds),
        "imports": "\n".join(f"from alerts.{name} import {name}" for name in choices.starters),
        "groups": ", ".join(choices.starters),
        "settings": "\n".join(_settings(choices)),
    }
    folders = ["common", *choices.starters, *(f"outputs/{name}" for name in choices.destinations)]
    if choices.ci:
        folders.append(f"ci/{choices.ci}")
    for folder in folders:
        for path, template in _templates(_FOLDER / folder):
            if path.parts[0] != "scenarios":
                yield path, _filled(template, chosen, texts)


def _first(choices: Choices) -> str:
    """Return the kind of connector that examples are of."""
    return next(iter(choices.kinds), "postgres")


def _settings(choices: Choices) -> Iterator[str]:
    for kind, offer in offers().items():
        is_wanted = offer.is_basic or kind in choices.destinations or offer.unless_chosen is None
        yield f'{offer.setting} = "{offer.folder if is_wanted else offer.unless_chosen}"'


def _scenarios(choices: Choices, compiled: Compiled) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield scenarios, which name the compiled rule files and groups."""
    rules = [document for document in compiled.documents if document.kind == "rules"]
    # What others ask for is evaluated first.
    recorded = [document for document in rules if document.path.name == "recorded.yml"]
    ordered = [*recorded, *(document for document in rules if document not in recorded)]
    groups = [group for document in ordered for group in groups_in(document.data)]
    texts = {
        "rule_files": "\n".join(f"  - ../{document.path}" for document in ordered),
        "groups": "\n".join(f"  - {group.name}" for group in groups),
    }
    if "service" in choices.starters:
        for path, template in _templates(_FOLDER / "service"):
            if path.parts[0] == "scenarios":
                yield path, _filled(template, {}, texts)
    if "cdc" in choices.starters:
        alerts = {rule.name for group in groups for rule in group.rules if rule.is_alert}
        text = scenario(compiled.profile, _first(choices), alerts)
        if text:
            yield PurePosixPath("scenarios/cdc.yml"), _filled(text, {}, texts)


def _templates(folder: Path) -> Iterator[tuple[PurePosixPath, str]]:
    for file in sorted(folder.rglob(f"*{_ENDING}")):
        path = file.relative_to(folder).as_posix().removesuffix(_ENDING)
        yield PurePosixPath(path), file.read_text(encoding="utf-8")


def _filled(template: str, chosen: Mapping[str, bool], texts: Mapping[str, str]) -> str:
    """Return what a template says for these choices."""

    def kept(block: re.Match[str]) -> str:
        return (block["then"] if chosen[block["name"]] else block["otherwise"]) or ""

    return _NAME.sub(lambda found: texts[found[1]], _BLOCK.sub(kept, template))
