"""The double's HTTP server: one thread a connection, kept alive, on a free port of loopback."""

from __future__ import annotations

import functools
import pickle
import threading
from typing import TYPE_CHECKING, Any, Self

import attrs
import orjson
from cheroot import wsgi
from flask import Flask, Response, g, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from tests.grafana.double import (
    access,
    alert_rules,
    dashboards,
    datasources,
    folders,
    kubernetes,
    library,
    notifications,
)
from tests.grafana.double.answers import STATE, Refused, answer, as_go_reads, made_uid, refused, state
from tests.grafana.double.state import Datasource, Identity, Integration, Json, State, Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType

PROMETHEUS = Datasource("prometheus", "Prometheus", default=True)
AREAS = (access, folders, dashboards, datasources, alert_rules, notifications, library, kubernetes)
SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization"}
OPEN_PATHS = {"/api/health", "/healthz"}
QUERY = "/api/ds/query"
REMEMBERED = [field.name for field in attrs.fields(State) if field.name != "lock"]
THREADS = 24


@attrs.frozen
class Request:
    """A request that the double received.

    Attributes:
        path: with the query string, without the sub-path.
        headers: without those that carry secrets.
        body: parsed JSON, or text where it is none, or None.
        identity: the name of who sent it, or empty where nobody logged in.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    identity: str
    status: int

    @property
    def writes(self) -> bool:
        """Whether it may have changed something: no reading, no query, no dry run."""
        reads = self.method in {"GET", "HEAD"} or self.path == QUERY
        return not reads and "dryRun=All" not in self.path


@attrs.frozen
class Answer:
    """What `GrafanaDouble.call` returns: status and parsed body (None where it is empty, text where it is no JSON)."""

    status: int
    body: Any
    content_type: str


def parsed(content: bytes) -> Any:
    """Return a body as JSON if it is some."""
    if not content:
        return None
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return content.decode("utf-8", "replace")


class GrafanaDouble:
    """A Grafana on loopback: `with GrafanaDouble() as grafana: requests.get(grafana.url + "/api/health")`.

    Args:
        datasources: what is there to query; without any, there is one living Prometheus, uid `prometheus`.
        version: what `/api/health` says.
        unified: dashboards lie in unified storage.
        kubernetes: `/apis` is there.
        sub_path: where Grafana lies on its host, as `/grafana`.
        caches_permissions: a folder made by somebody else is invisible until `forget_cached_permissions()`.

    Attributes:
        url: its address, with the sub-path and without a slash at the end.
        requests: what came in over HTTP, in order.
        state: all that it remembers; change it under `state.lock`.
    """

    def __init__(
        self,
        *,
        datasources: Sequence[Datasource] | None = None,
        version: str = "12.3.0",
        unified: bool = False,
        kubernetes: bool = True,
        sub_path: str = "",
        caches_permissions: bool = False,
    ) -> None:
        self.state = State(
            version=version, unified=unified, kubernetes=kubernetes, caches_permissions=caches_permissions
        )
        self.sub_path = sub_path.rstrip("/")
        self.requests: list[Request] = []
        self.admin = Identity(next(self.state.identity_ids), made_uid(), "admin", "admin", "Admin", "admin")
        self.state.identities.append(self.admin)
        self.provisioner = Identity(-1, "provisioning", "Anonymous", "", "Admin")
        for datasource in [PROMETHEUS] if datasources is None else datasources:
            self.add_datasource(attrs.evolve(datasource))
        self.application = application()
        self._server = wsgi.Server(("127.0.0.1", 0), self.wsgi, numthreads=THREADS, request_queue_size=128)
        self._server.expiration_interval = 0.02
        self._thread = threading.Thread(target=self._server.serve, daemon=True)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.bind_addr[1]}{self.sub_path}"

    def __enter__(self) -> Self:
        self._server.prepare()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._thread.join()

    # What a test prepares

    def token(self, role: str = "Admin", *, seconds: float | None = None, name: str = "") -> str:
        """Make a service account (`Admin`, `Editor`, `Viewer`, `None`) and return a token of it.

        With `seconds`, the token lives that long; 0 is one that has expired.
        """
        with self.state.lock:
            name = name or f"{role}-{len(self.state.identities)}"
            account = access.service_account(self.state, name, role)
            return access.add_token(self.state, account, name, seconds).key

    def grant(self, token: str, folder: str, level: int = access.EDIT) -> None:
        """Let the owner of a token do something in a folder: 1 view, 2 edit, 4 administer."""
        with self.state.lock:
            owner = next(known.owner for known in self.state.tokens if known.key == token)
            self.state.folders[folder].permissions.append({"userId": owner.id, "permission": level})

    def forget_cached_permissions(self) -> None:
        """Let the minute pass after which Grafana reads everybody's permissions anew."""
        with self.state.lock:
            access.forget_cached_permissions(self.state)

    def add_datasource(self, datasource: Datasource) -> Datasource:
        """Add a data source."""
        with self.state.lock:
            return datasources.add(self.state, datasource)

    def add_folder(self, uid: str, title: str, parent: str = "") -> None:
        """Make a folder as an administrator."""
        with self.state.lock:
            folders.create(self.state, self.admin, uid, title, parent)

    def provision_dashboard(self, spec: Json, folder: str = "", file: str = "dashboard.json") -> None:
        """Put a dashboard there as a provisioning file does."""
        with self.state.lock:
            uid = spec["uid"]
            dashboard, _ = dashboards.write(
                self.state, self.provisioner, uid, as_go_reads(spec), folder, stored_as="v0alpha1"
            )
            dashboard.provisioned = file

    def provision_alerting(self, file: Json) -> None:
        """Put alerting objects there as a provisioning file does: its parsed content; folders are made by title."""
        with self.state.lock:
            provision(self.state, self.provisioner, as_go_reads(file))

    def call(
        self, method: str, path: str, body: object = None, *, token: str = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Do what somebody else does to this Grafana (as `admin` without a token); it is not in `requests`."""
        sent = dict(headers or {})
        auth: Any = ("admin", "admin")
        if token:
            sent["Authorization"], auth = f"Bearer {token}", None
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        content = body if isinstance(body, bytes) else None if body is None else orjson.dumps(body)
        found = self.application.test_client().open(
            path, method=method, data=content, headers=sent, auth=auth, environ_overrides={STATE: self.state}
        )
        return Answer(found.status_code, parsed(found.data), found.content_type or "")

    def writes(self) -> list[Request]:
        """Return the requests that may have changed something."""
        return [received for received in self.requests if received.writes]

    def remember(self) -> bytes:
        """Return all that this Grafana remembers, for `restore`."""
        with self.state.lock:
            fields = {name: getattr(self.state, name) for name in REMEMBERED}
            return pickle.dumps(fields)

    def restore(self, remembered: bytes) -> None:
        """Make this Grafana what it was, and forget the requests since."""
        with self.state.lock:
            for name, value in pickle.loads(remembered).items():  # noqa: S301  (our own, of this process)
                setattr(self.state, name, value)
            self.admin = next(identity for identity in self.state.identities if identity.login == "admin")
            self.requests.clear()

    # The server

    def wsgi(self, environ: Json, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve below the sub-path, and note what came in with what it was answered."""
        path = environ["PATH_INFO"].replace("%2F", "/")  # cheroot leaves a quoted slash quoted
        if self.sub_path and not f"{path}/".startswith(f"{self.sub_path}/"):
            page = Response("<!DOCTYPE html><title>404</title>", 404, content_type="text/html; charset=UTF-8")
            return page(environ, start_response)
        environ["PATH_INFO"] = path[len(self.sub_path) :] or "/"
        environ[STATE] = self.state
        with self.application.request_context(environ):
            response = self.application.full_dispatch_request()
            self.requests.append(
                Request(
                    request.method,
                    request.full_path.rstrip("?"),
                    {name: text for name, text in request.headers.items() if name.lower() not in SECRET_HEADERS},
                    parsed(request.get_data()),
                    g.get("identity_name", ""),
                    response.status_code,
                )
            )
        return response(environ, start_response)


# The routes are the same for every double, and werkzeug compiles them slowly; the state comes with each request.


@functools.cache
def application() -> Flask:
    """Return what answers the requests to all doubles."""
    application = Flask(__name__, static_folder=None)
    application.url_map.merge_slashes = False
    application.before_request(enter)
    application.teardown_request(leave)
    application.register_error_handler(Refused, refuse)
    application.register_error_handler(NotFound, no_route)
    application.register_error_handler(MethodNotAllowed, no_route)
    for area in AREAS:
        application.register_blueprint(area.routes)
    application.add_url_rule("/api/health", view_func=health)
    application.add_url_rule("/api/frontend/settings", view_func=settings)
    application.add_url_rule("/healthz", view_func=lambda: Response("Ok", content_type="text/plain; charset=utf-8"))
    return application


def enter() -> None:
    """Log in and take the lock; the body is read before, so that a slow client holds up nobody."""
    known = state()
    request.get_data()
    g.identity_name = ""
    if request.method not in {"GET", "HEAD"} and request.blueprint == notifications.routes.name:
        notifications.arrive(known)
    known.lock.acquire()
    g.locked = True
    if request.path in OPEN_PATHS or request.url_rule is None:
        return
    g.identity = access.log_in(known, request.headers.get("Authorization"))
    g.identity_name = g.identity.name
    if request.headers.get("X-Grafana-Org-Id", "1") != "1":
        g.identity = access.outside(g.identity)
    if known.caches_permissions and g.identity.seen is None:
        access.see_now(known, g.identity)
    if request.path.startswith("/apis") and not known.kubernetes:
        raise refused(404, "Not found")


def leave(error: BaseException | None) -> None:
    """Give the lock back."""
    del error
    if g.pop("locked", False):
        state().lock.release()


def settings() -> Response:
    """Tell the UI how to behave; of the recording, which has its beginning only, the part that push reads."""
    return answer({"defaultDatasource": "-- Grafana --", "minRefreshInterval": f"{state().minimal_refresh}s"})


def health() -> Response:
    """Say that the database is fine; nobody needs to log in."""
    body = {"database": "ok", "version": state().version, "commit": "double"}
    return answer(body, content_type="application/json; charset=UTF-8")


def refuse(refusal: Refused) -> Response:
    """Answer what a rule refused."""
    return answer(refusal.body, refusal.status)


def no_route(error: NotFound | MethodNotAllowed) -> Response:
    """Answer a path or method that the double does not know, as Grafana answers one that it does not know."""
    if request.path.startswith(("/api/", "/apis")):
        return answer({"message": "Not found"}, 404, "application/json; charset=UTF-8")
    if request.path.startswith("//"):
        return Response("<!DOCTYPE html><title>Grafana</title>", 404, content_type="text/html; charset=UTF-8")
    del error
    wish = "" if request.path == "/" else f"?redirectTo={request.path.replace('/', '%2F')}"
    page = f'<a href="/login{wish}">Found</a>.\n\n'
    return Response(page, 302, {"Location": f"/login{wish}"}, content_type="text/html; charset=utf-8")


def provision(known: State, provisioner: Identity, file: Json) -> None:
    """Put the content of a provisioning file there, with provenance `file`."""
    for group in file.get("groups", []):
        uid = next((uid for uid, folder in known.folders.items() if folder.title == group["folder"]), "")
        folder = known.folders[uid] if uid else folders.create(known, provisioner, made_uid(), group["folder"])
        for entry in group["rules"]:
            rule = alert_rules.read_rule(entry)
            rule |= {"folderUID": folder.uid, "ruleGroup": group["name"], "orgID": 1}
            alert_rules.store(known, rule, "file")
        seconds = alert_rules.milliseconds(group["interval"]) // 1000
        known.intervals[(folder.uid, group["name"])] = seconds
    manager = known.alertmanager
    for point in file.get("contactPoints", []):
        for entry in point["receivers"]:
            settings, silent = entry["settings"], entry.get("disableResolveMessage", False)
            integration = Integration(entry["uid"], point["name"], point["name"], entry["type"], settings, silent)
            integration.provenance = "file"
            manager.integrations.append(integration)
    for timing in file.get("muteTimes", []):
        manager.mute_timings[timing["name"]] = Stored(notifications.read_timing(timing, timing["name"]), "file")
    for template in file.get("templates", []):
        body = notifications.read_template(template["name"], template["template"])
        manager.templates[template["name"]] = Stored(body, "file")
    for tree in file.get("policies", []):
        manager.policies, manager.policies_provenance = notifications.read_route(tree), "file"
