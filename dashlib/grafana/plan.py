"""What a push would do, from the declared, present and remembered objects. Pure; shown before it is done."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Literal

import attrs

from dashlib.grafana.compare import describe
from dashlib.grafana.objects import (
    ALERTING,
    CONTACT_POINT,
    DASHBOARD,
    FOLDER,
    KINDS,
    LIBRARY_PANEL,
    MUTE_TIMING,
    POLICY,
    RULE_GROUP,
    TEMPLATE,
    Item,
    contact_points_named_by,
    library_panels_of,
)
from dashlib.grafana.secret_references import matches
from dashlib.grafana.state import Entry, PushedSecret, PushState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Action = Literal["create", "update", "moved", "unchanged", "conflict", "orphan", "provisioned", "waiting"]
SecretKnown = Literal["changed", "unchanged", "unknown"]

_NOTHING_KNOWN = Entry()


@attrs.frozen
class PlanOptions:
    """The options of a plan.

    Attributes:
        overwrite: overwrite changes made in the UI.
        prune: remove what dashlib created and is no longer declared.
        only: glob for UID or title; empty for everything.
        editable: the UI may edit alerting objects.
        secrets: by item key and pointer, the value of each secret that could be resolved. Never printed.
        missing: by item key, the secret that it needs and that could not be resolved.
        untouched: keys in the state that are left alone: not compared, not forgotten, not orphans.
    """

    overwrite: bool = False
    prune: bool = False
    only: str = ""
    editable: bool = False
    secrets: Mapping[tuple[str, str], str] = attrs.field(factory=dict, repr=False)
    missing: Mapping[str, str] = attrs.field(factory=dict)
    untouched: frozenset[str] = frozenset()


@attrs.frozen
class Change:
    """What happens to one object.

    Attributes:
        kind: one of `KINDS`.
        uid: its identifier within the kind.
        title: its title.
        action: `create`, `update`, `moved` (perhaps with other changes), `unchanged`, `conflict` (it was changed
            since the last push), `orphan` (dashlib pushed it, but it is no longer declared), `provisioned` (a file of
            that Grafana owns it), `waiting` (for a secret that could not be read).
        details: one line per difference: what is in Grafana → what is declared.
        written: whether a push with these options writes or removes it.
        reason: why, if that is not obvious.
        declared: as it is declared; None for an orphan.
        present: as it is in Grafana; None if it does not exist.
    """

    kind: str
    uid: str
    title: str
    action: Action
    details: tuple[str, ...] = ()
    written: bool = False
    reason: str = ""
    declared: Item | None = attrs.field(default=None, repr=False)
    present: Item | None = attrs.field(default=None, repr=False)

    @property
    def key(self) -> str:
        """Its key in the state."""
        return f"{self.kind}/{self.uid}"


@attrs.frozen
class Plan:
    """All changes, in the order in which they are made.

    Attributes:
        changes: one for each object, writes first, then removals.
        state: the state when the plan was made.
        gone: keys in the state that are neither declared nor in Grafana.
    """

    changes: tuple[Change, ...]
    state: PushState
    gone: frozenset[str] = frozenset()

    @property
    def written(self) -> list[Change]:
        """Those that a push writes or removes."""
        return [change for change in self.changes if change.written]

    @property
    def differs(self) -> bool:
        """Whether Grafana differs from the declarations."""
        return any(change.action != "unchanged" for change in self.changes)

    @property
    def left(self) -> list[Change]:
        """Those that differ and are not written: conflicts, provisioned or waiting ones, orphans without `--prune`."""
        return [change for change in self.changes if change.action != "unchanged" and not change.written]


def make_plan(declared: Sequence[Item], present: Mapping[str, Item], state: PushState, options: PlanOptions) -> Plan:
    """Return what a push would do.

    Args:
        declared: the declared objects.
        present: what is in Grafana, by key: each existing object that is declared or remembered.
        state: what is remembered there.
        options: the options.
    """
    shown = _library_panels_shown(declared, options.only)
    changes = [
        _change(item, present.get(item.key), state.objects.get(item.key, _NOTHING_KNOWN), options)
        for item in sorted(declared, key=lambda item: (KINDS.index(item.kind), _depth(item, declared)))
        if item.kind == FOLDER or item.key in shown or _chosen(item, options.only)
    ]
    if options.only:
        changes = _without_needless_folders(changes)
    known = {item.key for item in declared} | options.untouched
    orphans = [
        _orphan(present[key], entry, options)
        for key, entry in state.objects.items()
        if key not in known and key in present and entry.created and _chosen(present[key], options.only)
    ]
    lacking = {
        change.title: options.missing[change.key]
        for change in changes
        if change.kind == CONTACT_POINT and change.written and change.key in options.missing
    }
    if lacking:
        changes = [_held_back(change, lacking) for change in changes]
        orphans = [_kept_for_those_that_wait(change) for change in orphans]
    there = list(present.values())
    orphans.sort(key=lambda change: (-KINDS.index(change.kind), -_depth(present[change.key], there)))
    gone = frozenset(key for key in state.objects if key not in known and key not in present)
    return Plan((*changes, *orphans), state, gone)


def _library_panels_shown(declared: Sequence[Item], only: str) -> set[str]:
    """Return the keys of the library panels that the chosen dashboards cannot do without."""
    if not only:
        return set()
    return {f"{LIBRARY_PANEL}/{uid}" for item in declared if _chosen(item, only) for uid in library_panels_of(item)}


def _depth(item: Item, among: Iterable[Item]) -> int:
    """Return how many of these folders a folder is nested in: an outer one is created first and removed last."""
    if item.kind != FOLDER:
        return 0
    outer = {other.uid: other.folder for other in among if other.kind == FOLDER}
    depth, parent = 0, item.folder
    while parent and depth <= len(outer):
        depth, parent = depth + 1, outer.get(parent, "")
    return depth


def _chosen(item: Item, only: str) -> bool:
    # A rule group's key starts with the UID of its folder, which does not identify the group.
    return fits(only, *((item.title,) if item.kind == RULE_GROUP else (item.uid, item.title)))


def fits(only: str, *names: str) -> bool:
    """Tell whether one of an object's names matches `--only`; everything does if that is empty."""
    return not only or any(fnmatch.fnmatchcase(name.casefold(), only.casefold()) for name in names)


def not_asked_for(state: PushState, present: Mapping[str, Item]) -> frozenset[str]:
    """Return the keys of the remembered alerting objects, and of the folders of their rule groups."""
    alerting = {key for key in state.objects if key.partition("/")[0] in ALERTING}
    outer = {key.split("/")[1] for key in alerting if key.startswith(f"{RULE_GROUP}/")}
    folders: set[str] = set()
    while outer:
        folders |= outer
        outer = {present[f"{FOLDER}/{uid}"].folder for uid in outer if f"{FOLDER}/{uid}" in present} - folders - {""}
    return frozenset(alerting | {f"{FOLDER}/{uid}" for uid in folders})


def _held_back(change: Change, lacking: Mapping[str, str]) -> Change:
    """Return a change that waits if it is, or refers to, a contact point that lacks a secret.

    Args:
        change: the planned change.
        lacking: by the contact point's name, which secret it needs.
    """
    if not change.written or change.declared is None:
        return change
    if change.kind == CONTACT_POINT and change.title in lacking:
        reason = lacking[change.title]
    else:
        named = [name for name in contact_points_named_by(change.declared) if name in lacking]
        reason = "; ".join(f"uses contact point {name!r}, which {lacking[name]}" for name in named)
    return attrs.evolve(change, action="waiting", written=False, reason=reason) if reason else change


def _kept_for_those_that_wait(orphan: Change) -> Change:
    """Return an orphan that is kept if a waiting object may still refer to it in Grafana."""
    if orphan.kind not in (CONTACT_POINT, MUTE_TIMING, TEMPLATE):
        return orphan
    reason = "no longer declared; kept until the objects that wait for a secret are pushed, which may refer to it"
    return attrs.evolve(orphan, written=False, reason=reason)


def _without_needless_folders(changes: list[Change]) -> list[Change]:
    """Leave out folders that contain none of the selected objects."""
    needed: set[str] = set()
    parents = {change.uid: change.declared.folder for change in changes if change.kind == FOLDER and change.declared}
    for change in changes:
        folder = change.declared.folder if change.kind != FOLDER and change.declared is not None else ""
        while folder and folder not in needed:
            needed.add(folder)
            folder = parents.get(folder, "")
    return [change for change in changes if change.kind != FOLDER or change.uid in needed]


def _change(item: Item, present: Item | None, known: Entry, options: PlanOptions) -> Change:
    made = Change(item.kind, item.uid, item.title, "create", written=True, declared=item, present=present)
    if present is None:
        reason = "removed in Grafana since the last push" if known.hash else ""
        return attrs.evolve(made, reason=reason)
    secrets = _secrets(item, present, known, options)
    if present.same(item) and not _pushes_a_secret(item, secrets, options):
        return attrs.evolve(made, action="unchanged", written=False)
    details = (*describe(present, item), *(f"{_named(pointer)}: (secret, {said})" for pointer, said in secrets.items()))
    made = attrs.evolve(made, details=details)
    if present.provenance not in ("", "api"):
        return attrs.evolve(
            made,
            action="provisioned",
            written=False,
            reason=f"provisioned in that Grafana ({present.provenance}); change it there, or remove it there first",
        )
    if options.editable and present.provenance == "api" and _is_locked_for_life(item):
        return attrs.evolve(
            made,
            action="conflict",
            written=False,
            reason="was pushed locked, and Grafana cannot unlock it: push with --locked, or remove it first",
        )
    if _nobody_changed(item, present, known) and not _secret_was_replaced(present, known):
        action: Action = "moved" if present.folder != item.folder and item.kind != FOLDER else "update"
        return attrs.evolve(made, action=action)
    reason = (
        "changed in Grafana since the last push" if known.hash else "differs, and dashlib has no record of pushing it"
    )
    return attrs.evolve(made, action="conflict", written=options.overwrite, reason=reason)


def _is_locked_for_life(item: Item) -> bool:
    """Tell whether Grafana refuses to unlock an object once it is locked; rule groups can be unlocked."""
    return item.kind == CONTACT_POINT or (item.kind == POLICY and "root" in item.content)


def _nobody_changed(item: Item, present: Item, known: Entry) -> bool:
    if item.kind == POLICY and not present.content["routes"] and "root" not in present.content:
        return True  # none of the tree is ours yet: our routes are added to the others
    # Only a secret has changed: the rest is as declared, so no one's work is overwritten.
    return present.same(item) or known.knows(present.hashes)


def _secrets(item: Item, present: Item, known: Entry, options: PlanOptions) -> dict[str, SecretKnown]:
    """Return for each secret whether Grafana already has the value that we would push."""
    found: dict[str, SecretKnown] = {}
    for pointer in item.secrets:
        value = options.secrets.get((item.key, pointer))
        if value is None:
            found[pointer] = "unknown"
        elif pointer in present.plain:
            found[pointer] = "unchanged" if present.plain[pointer] == value else "changed"
        elif pointer in known.secrets:
            found[pointer] = "unchanged" if matches(value, known.secrets[pointer].fingerprint) else "changed"
        else:
            found[pointer] = "unknown"
    return found


def _pushes_a_secret(item: Item, secrets: Mapping[str, SecretKnown], options: PlanOptions) -> bool:
    """Tell whether a secret alone is reason to write: it is available, and not known to be in Grafana already."""
    return any(
        said == "changed" or (said == "unknown" and (item.key, pointer) in options.secrets)
        for pointer, said in secrets.items()
    )


def _secret_was_replaced(present: Item, known: Entry) -> bool:
    """Tell whether a secret that Grafana does not hide has been replaced there."""
    return any(
        pointer in known.secrets and not matches(value, known.secrets[pointer].fingerprint)
        for pointer, value in present.plain.items()
    )


def _named(pointer: str) -> str:
    return pointer.removeprefix("/").removeprefix("settings/").replace("/", ".")


def _orphan(present: Item, known: Entry, options: PlanOptions) -> Change:
    made = Change(present.kind, present.uid, present.title, "orphan", written=options.prune, present=present)
    if present.provenance not in ("", "api"):
        return attrs.evolve(made, written=False, reason=f"provisioned in that Grafana ({present.provenance}); kept")
    if known.knows(present.hashes) or present.kind == FOLDER:
        return made
    return attrs.evolve(
        made,
        written=options.prune and options.overwrite,
        reason="no longer declared, and changed in Grafana since the last push",
    )


def remembered(
    plan: Plan, done: Iterable[Change], pushed: Mapping[str, Mapping[str, PushedSecret]]
) -> dict[str, Entry]:
    """Return what to remember after a run.

    Args:
        plan: the plan.
        done: the changes that were completed.
        pushed: by item key and pointer, the secrets that were pushed.
    """
    objects = announced(plan)
    finished = {change.key for change in done}
    for change in plan.changes:
        known = objects.get(change.key, _NOTHING_KNOWN)
        if change.key in finished and change.declared is None:
            objects.pop(change.key, None)
        elif change.declared is not None and (change.action == "unchanged" or change.key in finished):
            created = known.created or (change.action == "create" and change.present is None)
            secrets = pushed.get(change.key, known.secrets)
            kept = {pointer: secrets[pointer] for pointer in change.declared.secrets if pointer in secrets}
            objects[change.key] = Entry(change.declared.hash, created, "", kept)
    # A folder that dashlib did not create is of no use, once undeclared.
    declared = {change.key for change in plan.changes if change.declared is not None}
    return {
        key: entry
        for key, entry in objects.items()
        if key not in plan.gone and (key in declared or entry.created or not key.startswith(f"{FOLDER}/"))
    }


def announced(plan: Plan) -> dict[str, Entry]:
    """Return what to remember before a run: for each object that it writes, what it is about to write."""
    objects = dict(plan.state.objects)
    for change in plan.written:
        if change.declared is not None:
            known = objects.get(change.key, _NOTHING_KNOWN)
            created = known.created or change.present is None
            objects[change.key] = attrs.evolve(known, pending=change.declared.hash, created=created)
    return objects


def panels_and_rules(changes: Iterable[Change]) -> list[Item]:
    """Return the declared items of changes that hold queries and will be written."""
    return [
        change.declared
        for change in changes
        if change.written and change.declared is not None and change.kind in (DASHBOARD, LIBRARY_PANEL, RULE_GROUP)
    ]
