"""Holds the test double of Grafana's API against every recorded call of a real Grafana 12.3 that push can meet.

The recorded calls are replayed in their order against a fresh double, one double for each Grafana that was recorded,
and status and body are compared. What cannot be compared stands in `LEFT_OUT`, with the reason.
"""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs
import pytest
import yaml

from tests.grafana.double import Datasource, GrafanaDouble

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]

# The files of each recorded Grafana, in the order in which they were recorded.
SESSIONS = {
    "first": ["a-health-auth"],
    "main": [
        "b-folders",
        "b2-folder-rbac-cache",
        "c-dashboards",
        "c2-noop-and-versions",
        "d-k8s",
        "e-alerting",
        "e2-alerting-roles-provenance",
        "f-datasources",
        "h-misc",
        "j-visual-dash",
        "k-grafanalib",
        "l-least-privilege-and-more",
        "m-auth-bruteforce-tokens-unified",
    ],
    "files": ["e3-file-provisioning"],
    "unified": ["c3-noop-unified-storage"],
    "follow-ups": ["n-followups"],
}
FILES = [name for names in SESSIONS.values() for name in names]

PAGE = "a page or document for people, not an answer for a client"
NOT_USED = "push does not call it"
CONVERSION = "the Prometheus conversion API; push uses the provisioning API"
SPEED = "measurements, not calls"
PROXIED = "what a real Prometheus says"
RULER = "the UI's reading of rules; the double has its writing only, to play a person"
MIGRATION = "Grafana rewrites the inside of old panels; the double does not, and the request is cut off"
LEFTOVER = "shows what calls left behind that were not recorded one by one"
UNIFIED = "unified storage mixes up who did it; no rule of it is visible"
ANONYMOUS = "taken with anonymous access on: says nothing (report, first lines)"
RELOAD = "a reload of provisioning files, which the double does not have"
V2 = "the second version of dashboards; push reads the first one"
LIBRARY = "the library under the double refuses such a path before the double sees it"

LEFT_OUT_FILES = {"g-convert": CONVERSION, "i-faults-perf": SPEED, "i2-faults-perf-quiet": SPEED}
# By file: the place of a call in it (its label is in the recording), or a range of places, and why it is left out.
LEFT_OUT: dict[str, dict[int | range, str]] = {
    "a-health-auth": {10: PAGE},
    "c2-noop-and-versions": {65: NOT_USED},
    "c3-noop-unified-storage": {45: UNIFIED, 47: UNIFIED, 54: NOT_USED, 57: NOT_USED},
    "d-k8s": {44: V2, 45: V2, 48: NOT_USED, 63: PAGE},
    "e-alerting": {14: RULER, 78: NOT_USED, 79: NOT_USED},
    "e2-alerting-roles-provenance": {53: RULER},
    "e3-file-provisioning": {range(27, 36): RELOAD},
    "f-datasources": {21: PROXIED, 22: PROXIED},
    "h-misc": {range(1, 7): NOT_USED, range(24, 27): NOT_USED, range(29, 32): PAGE},
    "k-grafanalib": {16: MIGRATION, 17: MIGRATION},
    "l-least-privilege-and-more": {
        32: LEFTOVER,
        33: LEFTOVER,
        range(38, 45): ANONYMOUS,
        47: ANONYMOUS,
        range(54, 56): CONVERSION,
        range(58, 62): CONVERSION,
    },
    "m-auth-bruteforce-tokens-unified": {21: LIBRARY},
    "n-followups": {45: LEFTOVER},
}

MADE_UID = re.compile(r"\b[a-g]g4y[a-z0-9]{10}\b|\bg[0-9a-f]{13}\b")


def recorded(shared: Path, name: str) -> list[Json]:
    """Return the calls and notes of a file."""
    calls: list[Json] = json.loads((shared / "grafana" / "api" / f"{name}.json").read_bytes())
    return calls


def left_out(name: str, place: int) -> str:
    """Return why a call is not compared, or nothing."""
    for places, reason in LEFT_OUT.get(name, {}).items():
        if place == places or (isinstance(places, range) and place in places):
            return reason
    return ""


# Ids, times and what Grafana makes up. Versions of dashboards and folders are compared.
MASKED_KEYS = {
    "commit",
    "connectionId",
    "dashboardId",
    "folderId",
    "grafana.app/deprecatedInternalID",
    "id",
    "key",
    "userId",
}
MASKED_TEXTS = [
    (re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"ACE\d{10}"), "<error>"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uid>"),
    (MADE_UID, "<uid>"),
    (re.compile(r"127\.0\.0\.1:\d{4,5}$"), "<address>"),
    (re.compile(r"^[0-9a-f]{16}$"), "<hash>"),
]


def masked(value: Any, key: str = "") -> Any:
    """Return an answer without what differs from run to run."""
    if key in MASKED_KEYS and value not in (None, ""):
        return f"<{key}>"
    if isinstance(value, dict):
        return masked_object(value)
    if isinstance(value, list):
        return [masked(entry) for entry in value]
    if isinstance(value, str):
        for pattern, mask in MASKED_TEXTS:
            value = pattern.sub(mask, value)
    return value


def masked_object(value: Json) -> Json:
    """Return an object without what differs; metadata of the Kubernetes API has its own uid and revision."""
    found = {key: masked(entry, key) for key, entry in value.items()}
    if "namespace" in value or "continue" in value or set(value) == {"resourceVersion"}:
        for key in {"uid", "resourceVersion"} & set(found):
            found[key] = f"<{key}>" if key == "uid" or len(value["resourceVersion"]) > 8 else found[key]
        if "continue" in value or set(value) == {"resourceVersion"}:
            found["resourceVersion"] = "<resourceVersion>"
    if value.get("kind") in {"dashboards", "Dashboard"} and "group" in value and "uid" in value:
        found["uid"] = "<uid>"
    if "frames" in value and value.get("status") == 200:
        found["frames"] = "<series>"
    return found


def pairs(theirs: Any, ours: Any) -> list[tuple[Any, Any]]:
    """Return what stands in the same place of two answers: text with text, number with number."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return [pair for key in theirs.keys() & ours.keys() for pair in pairs(theirs[key], ours[key])]
    if isinstance(theirs, list) and isinstance(ours, list):
        return [pair for one, other in zip(theirs, ours, strict=False) for pair in pairs(one, other)]
    return [(theirs, ours)] if type(theirs) is type(ours) and theirs != ours else []


@attrs.define
class Replay:
    """One recorded Grafana, replayed: the double, the tokens by role, and what is called otherwise here.

    Attributes:
        names: what Grafana made (uids, large ids), by what the recorded one made in its place.
    """

    double: GrafanaDouble
    shared: Path
    tokens: dict[str, str]
    names: dict[Any, Any] = attrs.Factory(dict)

    def ask(self, name: str, place: int, call: Json) -> tuple[int, Any]:
        """Send a recorded call; return status and body."""
        path = self.renamed(call["path"])
        headers = {"User-Agent": "python-requests"} | (call["headers"] or {}) | self.login(name, place, call)
        body = self.body_of(name, place, call)
        address = urlsplit(self.double.url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
        try:
            connection.request(call["method"], path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        return answer.status, json_or_text(content)

    def renamed(self, value: Any) -> Any:
        """Return a request with what the recorded Grafana made replaced by what the double made."""
        if isinstance(value, dict):
            return {key: self.renamed(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self.renamed(entry) for entry in value]
        if isinstance(value, str):
            return MADE_UID.sub(lambda found: str(self.names.get(found[0], found[0])), value)
        return self.names.get(value, value) if isinstance(value, int) and value > 2**40 else value

    def learn(self, theirs: Any, ours: Any) -> None:
        """Remember what the double calls otherwise."""
        for one, other in pairs(theirs, ours):
            if isinstance(one, str) and (found := MADE_UID.fullmatch(one)):
                self.names[found[0]] = other
            if isinstance(one, int) and one > 2**40:
                self.names[one] = other
            if one == "glsa_REDACTED":
                self.tokens["newest"] = other

    def login(self, name: str, place: int, call: Json) -> dict[str, str]:
        """Return the header by which a recorded call logged in; the recording keeps the kind only."""
        label, auth = call["label"], call["auth"]
        if "malformed" in label:
            return {"Authorization": "Bearer"}
        if "trailing newline" in label or "bad bearer" in label:
            return {"Authorization": "Bearer glsa_wrong"}
        if auth.startswith("basic"):
            user = auth.removeprefix("basic ")
            password = "admin" if user == "admin" else "wrong" if "bad" in label else "right-pass1"
            return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
        if auth == "token":
            return {"Authorization": f"Bearer {self.token_of(name, place, label)}"}
        return {}

    def token_of(self, name: str, place: int, label: str) -> str:
        """Return the token that a recorded call used, by its label."""
        if name in {"l-least-privilege-and-more", "m-auth-bruteforce-tokens-unified"}:
            if label == "expired token":
                self.double.state.tokens[-1].expires = 0
            return self.tokens["newest"]
        for role in ("Viewer", "Editor", "Admin"):
            if role.lower() in label.lower():
                return self.tokens[role]
        if name == "b2-folder-rbac-cache":
            return self.tokens["Editor"]
        raise AssertionError(f"{name} {place}: whose token is it? {label}")

    def body_of(self, name: str, place: int, call: Json) -> bytes | None:
        """Return the recorded body, or one of the same size where the recording cut it off."""
        body = call["request"]
        if body is None:
            return None
        if body == "<bytes>":
            return gzip.compress(b"{}")
        if isinstance(body, str):
            size = CUT_OFF.search(body)
            return self.rebuilt(name, place, body, int(size[1])) if size else body.encode()
        return json.dumps(self.renamed(body)).encode()

    def rebuilt(self, name: str, place: int, begun: str, size: int) -> bytes:
        """Return a request that the recording cut off: as it was read back, or one of the same size."""
        if name == "k-grafanalib":
            return rebuilt_from_answer(recorded(self.shared, name), place)
        beginning = re.match(r'{"dashboard": {"uid": "(\w+)", "title": "(\w+)", "tags": \["probe"\]', begun)
        assert beginning, f"{name} {place}: the beginning is not what this test can complete: {begun[:80]}"
        dashboard = {"uid": beginning[1], "title": beginning[2], "tags": ["probe"], "padding": ""}
        dashboard["padding"] = "x" * (size - len(json.dumps({"dashboard": dashboard})))
        return json.dumps({"dashboard": dashboard}).encode()


def rebuilt_from_answer(calls: list[Json], place: int) -> bytes:
    """Return a push of grafanalib's dashboard: what is read back later, with grafanalib's id and version."""
    read_at = 4 if place < 13 else 14
    dashboard = calls[read_at]["response"]["dashboard"] | {"id": None, "version": 0}
    body: Json = {"dashboard": dashboard, "overwrite": place in {7, 13}}
    return json.dumps(body if place == 13 else body | {"folderUid": "dash-f"}).encode()


def json_or_text(content: bytes) -> Any:
    """Return a body as the recording keeps it."""
    try:
        return json.loads(content) if content else ""
    except ValueError:
        return content.decode("utf-8", "replace")


def prepared(session: str, shared: Path) -> GrafanaDouble:
    """Return a double with what a recorded Grafana had before the first recorded call."""
    double = GrafanaDouble(datasources=[], unified=session == "unified", caches_permissions=session == "main")
    if session == "files":
        provision_as_recorded(double, shared)
    return double


def provision_as_recorded(double: GrafanaDouble, shared: Path) -> None:
    """Put there what the files of the recorded Grafana had, as its first answers tell."""
    calls = recorded(shared, "e3-file-provisioning")
    rules, points, policies, timings, templates, folders = (call["response"] for call in calls[:6])
    titles = {folder["uid"]: folder["title"] for folder in folders}
    groups = [{"name": "fg", "folder": titles[rules[0]["folderUID"]], "interval": "1m", "rules": rules}]
    written = [point for point in points if point.get("provenance") == "file"]
    double.provision_alerting(
        {
            "groups": groups,
            "contactPoints": [{"name": point["name"], "receivers": [point]} for point in written],
            "muteTimes": timings,
            "templates": templates,
            "policies": [policies],
        }
    )
    double.add_datasource(Datasource("prom1", "Prom One", default=True, read_only=True, json_data={}))
    double.add_folder("prov-f", "Prov Folder")
    spec = calls[20]["response"]["dashboard"]
    double.provision_dashboard(spec, "prov-f", "p1.json")


def tokens_of(double: GrafanaDouble, session: str) -> dict[str, str]:
    """Make the service accounts of a recorded Grafana; the first one makes its own."""
    if session == "first":
        return {}
    names = {"Viewer": "probe-viewer", "Editor": "probe-editor", "Admin": "probe-admin", "None": "probe-none"}
    return {role: double.token(role, name=name) for role, name in names.items()}


@attrs.frozen
class Compared:
    """How one call came out: `difference` is empty where the double answered as recorded."""

    file: str
    place: int
    label: str
    difference: str


def difference(theirs: tuple[int, Any], ours: tuple[int, Any]) -> str:
    """Say how two answers differ, or nothing."""
    if theirs[0] != ours[0]:
        return f"status {theirs[0]} was recorded, the double answered {ours[0]}: {ours[1]}"
    one, other = masked(as_data(theirs[1])), masked(as_data(ours[1]))
    if isinstance(theirs[1], str) and CUT_OFF.search(theirs[1]):
        one = complete_entries(theirs[1])
        known = {entry["uid"]: entry for entry in ours[1]}
        other = [known[entry["uid"]] for entry in one if entry["uid"] in known]
        one, other = masked(one), masked(other)
    return "\n".join(differences(one, other, ""))


CUT_OFF = re.compile(r"…\((\d+) chars\)$")


def complete_entries(text: str) -> list[Json]:
    """Return the entries of a list whose end the recording cut off, as far as they are complete."""
    decoder, entries, place = json.JSONDecoder(), [], 1
    while True:
        try:
            entry, place = decoder.raw_decode(text, place)
        except ValueError:
            break
        entries.append(entry)
        place += len(", ")
    assert entries, f"no entry is complete: {text[:100]}"
    return entries


def as_data(body: Any) -> Any:
    """Return an export in YAML as what it says; its spelling is the library's."""
    return yaml.safe_load(body) if isinstance(body, str) and body.startswith("apiVersion:") else body


def differences(one: Any, other: Any, path: str) -> list[str]:
    """List the places where two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted(one.keys() | other.keys())
        missing = object()
        return [
            line
            for key in keys
            for line in differences(one.get(key, missing), other.get(key, missing), f"{path}/{key}")
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            line
            for place, (left, right) in enumerate(zip(one, other, strict=True))
            for line in differences(left, right, f"{path}/{place}")
        ]
    return [] if one == other else [f"{path}: recorded {shown(one)}, the double has {shown(other)}"]


def shown(value: Any) -> str:
    """Return a value for an error message."""
    return "nothing" if type(value) is object else json.dumps(value, ensure_ascii=False)[:300]


def replay_session(session: str, shared: Path) -> list[Compared]:
    """Replay all files of a recorded Grafana."""
    found: list[Compared] = []
    with prepared(session, shared) as double:
        replay = Replay(double, shared, tokens_of(double, session))
        if session == "files":
            calls = recorded(shared, "e3-file-provisioning")
            made = next(uid for uid, folder in double.state.folders.items() if folder.title == "Alerts From File")
            replay.names[calls[0]["response"][0]["folderUID"]] = made
        for name in SESSIONS[session]:
            # Between two files the minute has passed after which Grafana reads permissions anew; not before this one.
            if name != "b2-folder-rbac-cache":
                double.forget_cached_permissions()
            found += replay_file(replay, name, shared)
    return found


def replay_file(replay: Replay, name: str, shared: Path) -> list[Compared]:
    """Replay one file; what is left out is not even sent, unless later calls build on it."""
    found = []
    for place, call in enumerate(recorded(shared, name)):
        if not call.get("method"):
            if call["label"].startswith("editor sees admin-created folder"):
                replay.double.forget_cached_permissions()
            continue
        if left_out(name, place):
            continue
        ours = replay.ask(name, place, call)
        replay.learn(call["response"], ours[1])
        if call["label"].startswith("create token"):
            replay.tokens.setdefault(call["label"].rsplit(" ", 1)[1], replay.tokens.get("newest", ""))
        theirs = (call["status"], call["response"])
        found.append(Compared(name, place, call["label"], difference(theirs, ours)))
    return found


class Known:
    """What the specification says about paths, methods and statuses."""

    def __init__(self, shared: Path) -> None:
        paths: dict[str, Json] = json.loads((shared / "grafana" / "openapi.json").read_bytes())["paths"]
        self.operations = {
            (method.upper(), path): set(operation["responses"])
            for path, operations in paths.items()
            for method, operation in operations.items()
            if isinstance(operation, dict) and "responses" in operation
        }
        # A path with fewer parameters is meant before one with more: `/folders/id/{id}` before `/folders/{uid}/{x}`.
        self.patterns = sorted(
            ((re.compile("/api" + re.sub(r"{\w+}", "[^/]+", path) + "/?"), path) for path in paths),
            key=lambda entry: entry[1].count("{"),
        )

    def template(self, path: str) -> str:
        """Return the path of the specification that a called path is an instance of, or nothing."""
        path = path.partition("?")[0]
        return next((template for pattern, template in self.patterns if pattern.fullmatch(path)), "")


@pytest.fixture(scope="module")
def specification(shared: Path) -> Known:
    return Known(shared)


@pytest.fixture(scope="module")
def compared(shared: Path) -> list[Compared]:
    """Replay everything once."""
    return [entry for session in SESSIONS for entry in replay_session(session, shared)]


@pytest.mark.parametrize("name", FILES)
def test_the_double_answers_as_recorded(name: str, compared: list[Compared]) -> None:
    of_file = [entry for entry in compared if entry.file == name]
    assert of_file, f"nothing of {name} was compared"
    wrong = [f"{entry.place} {entry.label}: {entry.difference}" for entry in of_file if entry.difference]
    assert not wrong, f"{len(wrong)} of {len(of_file)} calls of {name}:\n" + "\n".join(wrong)


def test_every_recorded_call_is_compared_or_left_out_with_a_reason(
    shared: Path, compared: list[Compared], capsys: pytest.CaptureFixture[str]
) -> None:
    names = {file.stem for file in (shared / "grafana" / "api").glob("*.json")}
    assert names == {*FILES, *LEFT_OUT_FILES}
    calls = {(name, place) for name in names for place, call in enumerate(recorded(shared, name)) if call.get("method")}
    done = {(entry.file, entry.place) for entry in compared}
    reasons = {
        (name, place): LEFT_OUT_FILES.get(name) or left_out(name, place)
        for name, place in calls
        if LEFT_OUT_FILES.get(name) or left_out(name, place)
    }
    assert done | set(reasons) == calls
    assert not done & set(reasons)
    listed = {(name, place) for name, table in LEFT_OUT.items() for places in table for place in as_range(places)}
    assert listed <= set(reasons), f"these places are no calls: {listed - set(reasons)}"
    with capsys.disabled():
        print(f"\n{len(done)} of {len(calls)} recorded calls compared; left out {len(reasons)}:")  # noqa: T201
        for reason in sorted(set(reasons.values())):
            count = sum(1 for entry in reasons.values() if entry == reason)
            print(f"  {count:4} {reason}")  # noqa: T201


def as_range(places: int | range) -> range:
    """Return a place, or a range of places, as a range."""
    return range(places, places + 1) if isinstance(places, int) else places


# Answers of the double that neither the specification nor the recording has. Push writes no data source.
GUESSED = {
    ("POST", "/datasources", "400"): "a body that cannot be read is 400 wherever it was recorded",
    ("PUT", "/datasources/uid/{uid}", "400"): "a body that cannot be read is 400 wherever it was recorded",
    ("PUT", "/datasources/uid/{uid}", "404"): "a data source that is not there is 404 for GET",
}


def contradictions(shared: Path, specification: Known) -> dict[tuple[str, str, str], str]:
    """Return where the recording contradicts the specification: file, place and label by method, path and status."""
    found: dict[tuple[str, str, str], str] = {}
    for name in FILES:
        for place, call in enumerate(recorded(shared, name)):
            template = specification.template(call["path"]) if call.get("method") else ""
            statuses = specification.operations.get((call.get("method", ""), template))
            if statuses is not None and str(call["status"]) not in statuses:
                key = (call["method"], template, str(call["status"]))
                found.setdefault(key, f"{name} {place}: {call['label']}")
    return found


def probes(double: GrafanaDouble) -> list[tuple[str, str]]:
    """Return a method and path for each route of the double, with names of things that are not there."""
    found = []
    for rule in double.application.url_map.iter_rules():
        path = re.sub(r"<int:\w+>", "987", re.sub(r"<(?:path:)?\w+>", "absent", rule.rule))
        found += [(method, path) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return sorted(found)


def test_no_answer_has_a_status_that_neither_the_specification_nor_the_recording_knows(
    shared: Path, specification: Known, capsys: pytest.CaptureFixture[str]
) -> None:
    known = contradictions(shared, specification)
    unknown, tried, used = [], 0, set()
    with GrafanaDouble() as double:
        viewer, nobody = double.token("Viewer"), double.token("None")
        for method, path in probes(double):
            statuses = specification.operations.get((method, specification.template(path)))
            if statuses is None:
                continue
            for token in ("", viewer, nobody, "glsa_wrong"):
                bodies: tuple[object, ...] = ({}, [], {"name": "x", "title": "x", "receiver": "x", "role": "Viewer"})
                for body in bodies:
                    sent = None if method in {"GET", "DELETE"} else body
                    answered = double.call(method, path, sent, token=token)
                    key = (method, specification.template(path), str(answered.status))
                    tried += 1
                    if key in GUESSED:
                        used.add(key)
                    # 401 and 403 are what any path may answer to somebody who may not.
                    elif key not in known and key[2] not in statuses and not (key[2] in {"401", "403"} and token):
                        unknown.append(f"{method} {path} as {token[:6] or 'admin'} {sent}: {answered}")
    assert not unknown, "\n".join(unknown)
    assert tried > 300
    assert used == set(GUESSED), "a guess is not needed any more"
    with capsys.disabled():
        print(f"\n{tried} probes; the recording contradicts the specification in {len(known)} answers:")  # noqa: T201
        for (method, path, status), where in sorted(known.items()):
            print(f"  {method} {path} {status} ({where})")  # noqa: T201
