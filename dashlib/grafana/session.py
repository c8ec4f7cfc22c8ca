"""One run against one Grafana: read, plan, check, apply, remember. Called by the commands."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import attrs
import orjson

from dashlib.compile.project import serialize
from dashlib.documents.dashboards import Dashboard
from dashlib.errors import DashlibError, RefusedError, RemoteError
from dashlib.grafana import backups as saved
from dashlib.grafana import datasources, links, objects, preflight
from dashlib.grafana.apply import Interrupted, Outcome, apply, write_state
from dashlib.grafana.edits import Spelled, carried_over
from dashlib.grafana.normal_form import normal_form
from dashlib.grafana.objects import ALERTING, CONTACT_POINT, DASHBOARD, FOLDER, LIBRARY_PANEL, POLICY, Item
from dashlib.grafana.plan import (
    Change,
    Plan,
    PlanOptions,
    announced,
    fits,
    make_plan,
    not_asked_for,
    panels_and_rules,
    remembered,
)
from dashlib.grafana.remote import (
    KIND,
    ChangedMeanwhileError,
    Writing,
    folders_in,
    get_dashboard,
    read_folder,
    read_policies,
    read_present,
)
from dashlib.grafana.secret_references import SecretError, fingerprint, matches, resolve
from dashlib.grafana.state import Entry, PushedSecret, PushState, read_state, state_uid
from dashlib.grafana.targets import connect
from dashlib.servers.grafana import FORBIDDEN, all_library_panels

# The datasource of expressions, which every Grafana has.
EXPRESSION = "__expr__"
GRAFANA_ALERTING = "grafana-alerting"
# What a file of Grafana-managed alerting may contain, with singular and plural.
_SECTIONS = {
    "groups": ("rule group", "rule groups"),
    "contactPoints": ("contact point", "contact points"),
    "policies": ("notification policy", "notification policies"),
    "muteTimes": ("mute timing", "mute timings"),
    "templates": ("template", "templates"),
}
# How many names a message lists.
_MOST_NAMES = 20
_READABLE = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dashlib.compile.loading import Project
    from dashlib.documents.document import Document
    from dashlib.grafana.datasources import Datasource
    from dashlib.grafana.json_types import Json
    from dashlib.grafana.preflight import Instance
    from dashlib.grafana.targets import Target
    from dashlib.servers.access import Access
    from dashlib.servers.grafana import Client


class OnlyError(DashlibError):
    """`--only` matches nothing; exit code 2."""


@attrs.frozen
class PushOptions:
    """How a project is pushed, compared or pulled: the command line over the target.

    Attributes:
        overwrite: overwrite changes made in the UI.
        prune: remove what dashlib created and is no longer declared.
        only: glob for UID or title; empty for everything.
        editable: the UI may edit alerting objects.
        own_root: the root of the policy tree is ours.
        check: check the datasource and each query.
        message: for the version history.
    """

    overwrite: bool = False
    prune: bool = False
    only: str = ""
    editable: bool = False
    own_root: bool = False
    check: bool = True
    message: str = ""


@attrs.frozen
class PushReport:
    """What a push did.

    Attributes:
        plan: the plan.
        outcomes: the outcome of each change.
        run: name of the run.
        backup: the folder with what was overwritten; None if nothing was.
        trouble: why the run is incomplete, apart from failed objects; empty if it is complete.
        interrupted: whether Ctrl-C was pressed.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    run: str
    backup: Path | None
    trouble: str = ""
    interrupted: bool = False

    @property
    def failed(self) -> list[Outcome]:
        """The changes that were not made."""
        return [outcome for outcome in self.outcomes if outcome.status != "done"]


@attrs.frozen
class Pulled:
    """Files with the dashboards of a Grafana.

    Attributes:
        declared: content of each declared dashboard's file, by its path in the project.
        others: content of each other dashboard's and library panel's file.
    """

    declared: Mapping[PurePosixPath, bytes]
    others: Mapping[PurePosixPath, bytes]


class Session:
    """A project and a Grafana.

    Attributes:
        client: the connection.
        notes: what the user should know but need not act on.
    """

    def __init__(
        self,
        project: Project,
        documents: Sequence[Document],
        target: Target,
        access: Access,
        options: PushOptions,
        *,
        environment: Mapping[str, str] | None = None,
        client: Client | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.project = project
        self.documents = [item for item in documents if target.alerting or item.kind != GRAFANA_ALERTING]
        self.target = target
        self.options = options
        self.client = client or connect(target, access)
        self.notes: list[str] = []
        self.chosen: dict[str, Datasource] = {}
        self._listed: tuple[Sequence[Json] | None] | None = None
        self._environment = os.environ if environment is None else environment
        self._now = now
        self._left_out = [] if target.alerting else [item for item in documents if item.kind == GRAFANA_ALERTING]
        self._instance: Instance | None = None
        self._state_version: int | str | None = None
        self._state_folder = ""
        self._remembered: dict[str, Entry] = {}
        self._may_write_to_root: bool | None = None

    # --- read and plan

    @property
    def instance(self) -> Instance:
        """What that Grafana reports about itself; requested once."""
        if self._instance is None:
            self._instance = preflight.ask_instance(self.client)
        return self._instance

    def plan(self) -> Plan:
        """Read the objects and return what a push would do.

        Raises:
            DashlibError: something declared cannot be pushed, or Grafana cannot be read.
        """
        org_id = self.instance.org_id
        state = self._state()
        policy, state = self._own_policy(state)
        folders, items = self._folders()
        items += self.library_panels(folders)
        items += self.dashboards(folders)
        items += objects.alerting_items(self._alerting(), folders, own_root=self.options.own_root, policy=policy)
        compared = state if self.target.alerting else _without_alerting(state)
        present = self._as_it_asks(read_present(self.client, items, compared, org_id))
        options = self._plan_options(items)
        if not self.target.alerting:
            options = attrs.evolve(options, untouched=not_asked_for(state, present))
            self._note_what_is_left_out(state)
        plan = make_plan(items, present, state, options)
        if self.options.only and not plan.changes:
            named = [item.title if item.kind in ALERTING else item.uid for item in items if item.kind != FOLDER]
            raise _fits_nothing(self.options.only, named, "; alerting is left out" if self._left_out else "")
        plan = preflight.keep_shown_library_panels(self.client, plan)
        return preflight.keep_used_folders(self.client, plan)

    def _note_what_is_left_out(self, state: PushState) -> None:
        """Note which alerting is declared but not pushed, what is in Grafana, and how to include it."""
        declared = []
        for section, names in _SECTIONS.items():
            count = sum(len(item.data.get(section, ())) for item in self._left_out)
            declared += [f"{count} {names[count != 1]}"] if count else []
        pushed = sum(_is_alerting(key) for key in state.objects)
        if not declared and not pushed:
            return
        which = f" ({', '.join(declared)})" if declared else ""
        stays = "; what was pushed before stays as it is" if pushed else ""
        self.notes.append(
            f"Grafana-managed alerting is left out{which}{stays}. Pass --alerting, or set alerting = true for the "
            "target, if this Grafana evaluates the alerts instead of Prometheus; with both, every alert is sent twice"
        )

    def rollback_plan(self, run: str) -> Plan:
        """Return the plan to restore what a run overwrote or removed."""
        org_id = self.instance.org_id
        state = self._state()
        items = saved.load(self.project.root, run, self.target.url)
        present = read_present(self.client, items, attrs.evolve(state, objects={}), org_id)
        missing = [item for item in items if item.key not in present]
        for item in missing:
            if item.kind == CONTACT_POINT and '"[REDACTED]"' in item.encoded.decode():
                raise DashlibError(
                    f"cannot restore contact point {item.title!r}: its backup lacks the secret, because Grafana hides "
                    "it; declare the contact point and push, or create it by hand"
                )
        plan = make_plan(items, present, state, attrs.evolve(self._plan_options(items), only="", prune=False))
        return attrs.evolve(plan, gone=frozenset())  # the other remembered objects were not read

    def _plan_options(self, items: Iterable[Item]) -> PlanOptions:
        values: dict[tuple[str, str], str] = {}
        missing: dict[str, str] = {}
        for item in items:
            for pointer, reference in item.secrets.items():
                try:
                    values[item.key, pointer] = resolve(reference, self._environment, item.title)
                except SecretError as error:
                    missing[item.key] = error.needs
        options = self.options
        return PlanOptions(options.overwrite, options.prune, options.only, options.editable, values, missing)

    def _state(self) -> PushState:
        uid = state_uid(self.target.owner)
        self._state_version, self._state_folder, self._remembered = None, "", {}
        found = get_dashboard(self.client, uid)
        if found is None:
            return PushState(self.target.owner)
        data, meta = found["dashboard"], found["meta"]
        state = read_state(data, self.target.owner, data.get("version"), str(meta.get("folderUid") or ""))
        self._state_version, self._state_folder = state.version, state.folder
        self._remembered = dict(state.objects)
        if not state.readable:
            self.notes.append(f"the state dashboard {uid} is unreadable, so everything that differs is a conflict")
        return state

    def _own_policy(self, state: PushState) -> tuple[str, PushState]:
        """Return the UID of our part of the notification policies, and the state without another owner's part.

        The first owner on a Grafana has the route `managed_by=dashlib`; every other one has a value of its own.
        """
        own, first = objects.policy_uid(self.target.owner), f"{POLICY}/{objects.POLICY_UID}"
        if f"{POLICY}/{own}" in state.objects:
            return own, state
        if not any(item.kind == GRAFANA_ALERTING and item.data.get("policies") for item in self.documents):
            return objects.POLICY_UID, state
        tree = read_policies(self.client)
        if not objects.policy_item(tree, own_root=False, uid=own).content["routes"]:
            there = objects.policy_item(tree, own_root=self.options.own_root)
            known = state.objects.get(first)
            if not there.content["routes"] or (known is not None and known.knows(there.hashes)):
                return objects.POLICY_UID, state
            states = preflight.states_of_others(self.client, self.target.owner)
            theirs = [other.objects[first] for other in states if first in other.objects]
            # We pushed it once, and no owner remembers it as it is now, so a person changed it.
            if not theirs or (known is not None and not any(entry.knows(there.hashes) for entry in theirs)):
                return objects.POLICY_UID, state
        self.notes.append(
            f"the route {objects.MANAGED_LABEL}={objects.MANAGED_VALUE} in that Grafana belongs to another owner; the "
            f"alerts of {self.target.owner} have {objects.MANAGED_LABEL}={own} and their own route"
        )
        kept = {key: entry for key, entry in state.objects.items() if key != first}
        return own, attrs.evolve(state, objects=kept)

    def _linked(self, data: Json) -> Json:
        """Return what is pushed, with links to the Grafana that it is pushed to."""
        return links.moved(data, self.project.configuration.grafana_url, self.target.grafana_url or self.target.url)

    def _folders(self) -> tuple[dict[str, str], list[Item]]:
        """Return the UID of each folder that the declarations name, and the folders themselves."""
        compiled = {document.data["uid"] for document in self.documents if document.kind == "dashboard"}
        of_dashboards = [folder for uid, folder in self.project.folders_by_uid.items() if uid in compiled]
        of_library = [self.project.library_panels[each.data["name"]][0].folder for each in self._library()]
        paths = list(dict.fromkeys((*of_dashboards, *of_library)))
        paths += [path for path in objects.folders_of(self.documents) if path not in paths]
        if self.target.folder:
            found = preflight.find_folder(self.client, self.target.folder)
            return dict.fromkeys(paths, found.uid), [found]
        uids: dict[str, str] = {"": ""}
        items: dict[str, Item] = {}
        for path in paths:
            titles = objects.title_path(path)
            for depth in range(len(titles)):
                inner, outer = "/".join(titles[: depth + 1]), "/".join(titles[:depth])
                if inner not in uids:
                    item = self._folder(inner, titles[depth], uids[outer])
                    uids[inner], items[inner] = item.uid, item
            uids[path] = uids["/".join(titles)]
        return uids, list(items.values())

    def _folder(self, path: str, title: str, parent: str) -> Item:
        """Return the folder of a title path: ours by its UID, an existing one with that title, or a new one."""
        uid = objects.folder_uid(path)
        if read_folder(self.client, uid) is not None:
            return objects.folder_item(uid, title, parent)
        there = [other for other, name in folders_in(self.client, parent) if name == title]
        if len(there) > 1:
            raise RemoteError(
                f"Grafana at {self.client.url} has {len(there)} folders {title!r}: {', '.join(there)}; choose "
                "one: folder = … in the configuration, or --folder"
            )
        return objects.folder_item(there[0] if there else uid, title, parent)

    def dashboards(self, folders: Mapping[str, str]) -> list[Item]:
        """Return the declared dashboards as that Grafana should have them."""
        paths = self.project.folders_by_uid
        floor = self.instance.refresh_floor
        items = []
        for document in self.documents:
            if document.kind != "dashboard":
                continue
            data = datasources.with_datasources(self._linked(document.data), self._chosen_for(document))
            if "refresh" in data:
                data["refresh"] = preflight.floored(data["refresh"], floor)
            items.append(objects.dashboard_item(data, folders[paths[data["uid"]]]))
        return items

    def _library(self) -> list[Document]:
        """Return the compiled library panels."""
        return [document for document in self.documents if document.kind == "library-panel"]

    def library_panels(self, folders: Mapping[str, str]) -> list[Item]:
        """Return the declared library panels as that Grafana should have them.

        They keep referring to the datasource by the variable of the dashboard that shows them.
        """
        if self._library():
            self.choose_datasource()  # it answers their queries in the check
        paths = {panel.uid: panel.folder for panel, _ in self.project.library_panels.values()}
        return [
            objects.library_panel_item(self._linked(document.data), folders[paths[document.data["uid"]]])
            for document in self._library()
        ]

    def _as_it_asks(self, present: Mapping[str, Item]) -> dict[str, Item]:
        """Return the present objects, dashboards with the other names of the chosen datasources."""
        names = _names_of(self.chosen)
        return {
            key: attrs.evolve(item, datasources=names) if item.kind == DASHBOARD else item
            for key, item in present.items()
        }

    def _chosen_for(self, document: Document) -> datasources.Chosen:
        """Return the datasources that replace the placeholders of a dashboard, by their type."""
        asked = datasources.asked_for(document.data)
        chosen = {kind: self.choose_datasource(kind) for kind in asked if kind != datasources.DEFAULT}
        default = self._default_datasource if datasources.DEFAULT in asked else None
        return chosen if default is None else {**chosen, datasources.DEFAULT: default}

    @cached_property
    def _default_datasource(self) -> Datasource | None:
        found, notes = preflight.default_datasource(self.client, self._list_datasources())
        self.notes += notes
        return found

    def choose_datasource(self, kind: str = datasources.DATASOURCE_TYPE) -> Datasource:
        """Return the datasource of a type; it is chosen once.

        Raises:
            RemoteError: that Grafana has none of this type, or several of which none is the default or named.
        """
        if kind not in self.chosen:
            self.chosen[kind], notes = preflight.choose_datasource(
                self.client, kind, self.target.datasource_of(kind), self._list_datasources, check=self.options.check
            )
            self.notes += notes
        return self.chosen[kind]

    def _list_datasources(self) -> Sequence[Json] | None:
        if self._listed is None:
            self._listed = (preflight.list_datasources(self.client),)
        return self._listed[0]

    def _alerting(self) -> list[Document]:
        """Return the alerting documents with the datasource filled in; one of another type stays as it is named."""
        made = []
        for document in self.documents:
            if document.kind != GRAFANA_ALERTING:
                continue
            data = orjson.loads(orjson.dumps(self._linked(document.data)))
            for group in data.get("groups", ()):
                for rule in group["rules"]:
                    for query in rule["data"]:
                        if query.get("datasourceUid") != EXPRESSION and _asks_prometheus(query):
                            query["datasourceUid"] = self.choose_datasource().uid
            made.append(attrs.evolve(document, data=data))
        return made

    # --- check

    def check(self, plan: Plan) -> None:
        """Check a plan against that Grafana: permissions, collisions, sizes, queries. Writes nothing.

        Raises:
            DashlibError: a check failed.
        """
        preflight.check_rights(self.client, plan)
        self.notes += preflight.check_collisions(self.client, plan)
        self.notes += preflight.check_links(self.client, plan, self.target.grafana_url or self.target.url)
        if self.options.check:
            written = panels_and_rules(plan.written)
            self.notes += preflight.check_named(self.client, written, self._list_datasources)
        prometheus = self.chosen.get(datasources.DATASOURCE_TYPE)
        if self.options.check and (prometheus is None or prometheus.verified):
            self.notes += preflight.check_queries(self.client, panels_and_rules(plan.written), prometheus)

    # --- apply

    def push(self, plan: Plan, on_done: Callable[[Outcome], None] = lambda _: None) -> PushReport:
        """Carry out a plan, and remember what was done.

        What is about to be written is recorded in that Grafana first, so that the next run recognizes what an aborted
        one has written.
        """
        writing = Writing(self.options.message, self.options.editable, self.instance.org_id, self._environment)
        run = saved.run_name(self._now())
        backups = saved.Backups(self.project.root, run, self.target.url)
        interrupted = Interrupted()
        outcomes: list[Outcome] = []

        def carry_out(changes: Iterable[Change]) -> bool:
            outcomes.extend(apply(self.client, list(changes), writing, backups, interrupted, on_done))
            return not any(outcome.status != "done" for outcome in outcomes)

        written = plan.written
        made = [change for change in written if change.kind == FOLDER and change.declared is not None]
        emptied = [change for change in written if change.kind == FOLDER and change.declared is None]
        others = [change for change in written if change.kind != FOLDER]
        trouble = ""
        with interrupted.held_back():
            if carry_out(made):
                trouble = self._remember(plan, announced(plan)) if others or emptied else ""
                if not trouble and carry_out(others):
                    carry_out(emptied)
            tried = {outcome.change.key for outcome in outcomes}
            reason = trouble or "an earlier change failed"
            outcomes += [Outcome(change, "not tried", reason) for change in written if change.key not in tried]
            if not trouble:
                done = [outcome.change for outcome in outcomes if outcome.status == "done"]
                trouble = self._remember(plan, remembered(plan, done, self._pushed_secrets(plan, done)))
        return PushReport(
            plan, tuple(outcomes), run, backups.folder if backups.saved else None, trouble, interrupted.asked
        )

    def _pushed_secrets(self, plan: Plan, done: Iterable[Change]) -> dict[str, dict[str, PushedSecret]]:
        pushed: dict[str, dict[str, PushedSecret]] = {}
        for change in done:
            if change.declared is None or not change.declared.secrets:
                continue
            known = plan.state.objects[change.key].secrets if change.key in plan.state.objects else {}
            pushed[change.key] = {}
            for pointer, reference in change.declared.secrets.items():
                value = resolve(reference, self._environment, change.title)
                old = known.get(pointer)
                made = old.fingerprint if old and matches(value, old.fingerprint) else fingerprint(value)
                pushed[change.key][pointer] = PushedSecret(reference, made)
        return pushed

    def _remember(self, plan: Plan, entries: Mapping[str, Entry]) -> str:
        """Write the state; return why that failed, empty if it did not."""
        home = ""
        try:
            home = self._home(plan)
            if dict(entries) == self._remembered and (self._state_version is None or self._state_folder == home):
                return ""
            self._state_version = write_state(
                self.client, PushState(self.target.owner, dict(entries)), home, self._state_version
            )
        except ChangedMeanwhileError:
            return "the state dashboard was changed during this run, perhaps by another run of dashlib; push again"
        except RefusedError as error:
            if error.status != FORBIDDEN:
                return error.message
            where = f" to the folder {home}" if home else ""
            return (
                f"the token may not write the state dashboard {state_uid(self.target.owner)}{where}, and nothing is "
                "pushed without it; if it exists, move it to a folder that the token may write to, and push again"
            )
        except RemoteError as error:
            return error.message
        self._remembered, self._state_folder = dict(entries), home
        return ""

    # --- pull

    def pull(self) -> tuple[Pulled, list[str]]:
        """Return the files of the declared dashboards and library panels, and the UIDs of those that are missing.

        With `only`, these are the library panels and dashboards that match, declared or not.

        Raises:
            OnlyError: `only` matches nothing, neither what is declared nor what this Grafana has.
        """
        _ = self.instance
        compiled = {str(item.data["uid"]): item for item in self.documents if item.kind == "dashboard"}
        documents = {
            uid: item for uid, item in compiled.items() if fits(self.options.only, uid, str(item.data.get("title", "")))
        }
        there = preflight.list_dashboards(self.client) if self.options.only else {}
        uids = dict.fromkeys([*documents, *(uid for uid in there if fits(self.options.only, uid, there[uid]))])
        library = [item for item in self._library() if fits(self.options.only, item.data["uid"], item.data["name"])]
        own = {each.data["uid"] for each in self._library()}
        kept = all_library_panels(self.client) if self.options.only else {}
        others_kept = {uid: each for uid, each in kept.items() if uid not in own}
        fitting = {uid: each for uid, each in others_kept.items() if fits(self.options.only, uid, str(each["name"]))}
        if self.options.only and not uids and not library and not fitting:
            raise _fits_nothing(self.options.only, [*compiled, *there, *own, *others_kept])
        declared: dict[PurePosixPath, bytes] = {}
        others: dict[PurePosixPath, bytes] = {}
        missing: list[str] = []
        for uid in uids:
            found = get_dashboard(self.client, uid)
            if found is None:
                missing.append(uid)
            elif uid in documents:
                declared[documents[uid].path] = self._as_compiled(found["dashboard"], documents[uid])
            else:
                data = {key: value for key, value in found["dashboard"].items() if key not in ("id", "version")}
                others[PurePosixPath(f"{uid}.json")] = orjson.dumps(data, option=_READABLE)
        for uid, each in fitting.items():
            data = {key: each[key] for key in ("uid", "name", "kind", "model")}
            others[PurePosixPath(f"library-panels/{uid}.json")] = orjson.dumps(data, option=_READABLE)
        for document in library:
            item = objects.library_panel_item(self._linked(document.data), "")
            present = KIND[LIBRARY_PANEL].read(self.client, item)
            if present is None:
                missing.append(item.uid)
            else:
                declared[document.path] = self._library_panel_as_compiled(present, item, document)
        return Pulled(declared, others), missing

    def _library_panel_as_compiled(self, present: Item, declared: Item, document: Document) -> bytes:
        """Return the file of a declared library panel with the edits made in Grafana, as `_as_compiled` does."""
        if present.compared == declared.compared:
            return serialize(document)
        # Edits are carried into dashboards: this one has no other panel.
        alone = [{"panels": [{"id": 1, **item.content["model"]}]} for item in (declared, present)]
        pulled = Dashboard(carried_over(*(Spelled(each, normal_form(each, {})) for each in alone))).panels[0]
        model = {key: value for key, value in pulled.data.items() if key != "id"}
        there = self.target.grafana_url or self.target.url
        model = links.moved(model, there, self.project.configuration.grafana_url)
        model = datasources.in_order_of(model, document.data["model"])
        return orjson.dumps({**document.data, "name": present.title, "model": model}, option=_READABLE)

    def _as_compiled(self, present: Mapping[str, Any], document: Document) -> bytes:
        """Return the file of a declared dashboard with the edits made in Grafana; without edits, the compiled bytes."""
        chosen = self._chosen_for(document)
        data = datasources.with_datasources(self._linked(document.data), chosen)
        if "refresh" in data:
            data["refresh"] = preflight.floored(data["refresh"], self.instance.refresh_floor)
        declared = Spelled(data, normal_form(data, {}))
        pulled = carried_over(declared, Spelled(present, normal_form(present, _names_of(chosen))))
        if pulled == data:
            return serialize(document)
        if pulled.get("refresh") == data.get("refresh") and "refresh" in document.data:
            pulled["refresh"] = document.data["refresh"]
        pulled = datasources.without_datasources(pulled, document.data, chosen)
        pulled = links.moved(pulled, self.target.grafana_url or self.target.url, self.project.configuration.grafana_url)
        return orjson.dumps(pulled, option=_READABLE)

    def _home(self, plan: Plan) -> str:
        """Return the folder of the state dashboard: none, so that it is not deleted with a folder.

        Once there, it stays. If one folder takes everything, it is in that folder, because the least permission allows
        nothing else; likewise in a declared folder if the token may not write outside of folders.
        """
        if self._state_version is not None and not self._state_folder:
            return ""
        declared = [change for change in plan.changes if change.declared is not None]
        folders = [change.uid for change in declared if change.kind == FOLDER]
        if self.target.folder and folders:
            return folders[0]
        if self._may_write_to_root is None:
            self._may_write_to_root = preflight.may_write_to_root(self.client)
        if self._may_write_to_root:
            return ""
        holding = [change.declared.folder for change in declared if change.kind == DASHBOARD and change.declared]
        stays = "" if self._state_folder in _removed_folders(plan) else self._state_folder
        return next((folder for folder in (*holding, *folders) if folder), stays)


def _fits_nothing(only: str, names: Iterable[str], left_out: str = "") -> OnlyError:
    there = list(dict.fromkeys(names))
    shown = ", ".join(there[:_MOST_NAMES]) or "none"
    more = f", and {len(there) - _MOST_NAMES} more" if len(there) > _MOST_NAMES else ""
    return OnlyError(f"--only {only!r} matches nothing; available: {shown}{more}{left_out}")


def _asks_prometheus(query: Mapping[str, Any]) -> bool:
    """Tell whether a query of a rule asks a Prometheus, as those do that name no type."""
    named = query.get("model", {}).get("datasource")
    kind = named.get("type") if isinstance(named, dict) else None
    return not kind or datasources.is_of(datasources.DATASOURCE_TYPE, kind)


def _names_of(chosen: datasources.Chosen) -> Mapping[str, Mapping[str, str]]:
    """Return the other names of chosen datasources, by their type."""
    return {kind: datasource.other_names for kind, datasource in chosen.items()}


def _is_alerting(key: str) -> bool:
    return key.partition("/")[0] in ALERTING


def _without_alerting(state: PushState) -> PushState:
    return attrs.evolve(state, objects={key: entry for key, entry in state.objects.items() if not _is_alerting(key)})


def _removed_folders(plan: Plan) -> set[str]:
    return {change.uid for change in plan.written if change.declared is None and change.kind == FOLDER}
