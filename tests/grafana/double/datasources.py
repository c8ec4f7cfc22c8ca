"""Data sources and queries: section f of the recording."""

from __future__ import annotations

import time

from flask import Blueprint, Response
from promql_parser import parse

from tests.grafana.double.access import need_role
from tests.grafana.double.answers import Refused, answer, coded, made_uid, read_object, refused, state
from tests.grafana.double.state import Datasource, Json, State

routes = Blueprint("datasources", __name__)


def described(datasource: Datasource) -> Json:
    """Return a data source as the API shows a single one."""
    return {
        "id": datasource.id,
        "uid": datasource.uid,
        "orgId": 1,
        "name": datasource.name,
        "type": datasource.type,
        "typeLogoUrl": f"public/plugins/{datasource.type}/img/{datasource.type}_logo.svg",
        "access": "proxy",
        "url": datasource.url,
        "user": "",
        "database": "",
        "basicAuth": False,
        "basicAuthUser": "",
        "withCredentials": False,
        "isDefault": datasource.default,
        "jsonData": datasource.json_data,
        "secureJsonFields": {},
        "version": 1,
        "readOnly": datasource.read_only,
        "apiVersion": "",
    }


def found(known: State, *, uid: str = "", name: str = "") -> Datasource:
    """Return a data source by uid or name."""
    for datasource in known.datasources:
        if (uid and datasource.uid == uid) or (name and datasource.name == name):
            return datasource
    raise refused(404, "Data source not found")


def add(known: State, datasource: Datasource) -> Datasource:
    """Keep a new data source."""
    datasource.id = next(known.datasource_ids)
    if datasource.default:
        for other in known.datasources:
            other.default = False
    known.datasources.append(datasource)
    return datasource


@routes.get("/api/datasources")
def get_datasources() -> Response:
    """List the data sources by name; role None may not."""
    need_role("Viewer", "datasources:read")
    left_out = {"basicAuthUser", "withCredentials", "secureJsonFields", "version", "apiVersion"}
    listed = []
    for datasource in sorted(state().datasources, key=lambda entry: entry.name.lower()):
        shown = {key: entry for key, entry in described(datasource).items() if key not in left_out}
        listed.append(shown | {"typeName": datasource.type.capitalize()})
    return answer(listed)


@routes.post("/api/datasources")
def post_datasource() -> Response:
    """Make a data source."""
    need_role("Admin", "datasources:create")
    body, known = read_object(), state()
    if any(entry.name == body["name"] for entry in known.datasources):
        raise refused(409, "data source with the same name already exists")
    uid = body.get("uid") or made_uid()
    if any(entry.uid == uid for entry in known.datasources):
        raise refused(409, "data source with the same uid already exists")
    datasource = Datasource(uid, body["name"], body.get("url", ""), body["type"], bool(body.get("isDefault")))
    datasource.json_data = body.get("jsonData") or {}
    datasource.answers = not datasource.url.endswith(":9")
    add(known, datasource)
    shown = described(datasource)
    return answer({"datasource": shown, "id": datasource.id, "message": "Datasource added", "name": datasource.name})


@routes.get("/api/datasources/uid/<uid>")
def get_by_uid(uid: str) -> Response:
    """Show a data source by uid."""
    need_role("Viewer", "datasources:read")
    return answer(described(found(state(), uid=uid)))


@routes.get("/api/datasources/name/<path:name>")
def get_by_name(name: str) -> Response:
    """Show a data source by name."""
    need_role("Viewer", "datasources:read")
    return answer(described(found(state(), name=name)))


@routes.get("/api/datasources/id/<path:name>")
def get_id(name: str) -> Response:
    """Tell the internal id of a data source."""
    need_role("Viewer", "datasources.id:read")
    return answer({"id": found(state(), name=name).id})


@routes.put("/api/datasources/uid/<uid>")
def put_datasource(uid: str) -> Response:
    """Change a data source, unless a file made it."""
    need_role("Admin", "datasources:write")
    body, datasource = read_object(), found(state(), uid=uid)
    if datasource.read_only:
        raise refused(403, "Cannot update read-only data source")
    datasource.name, datasource.url = body["name"], body.get("url", "")
    datasource.json_data = body.get("jsonData") or {}
    message = {"id": datasource.id, "message": "Datasource updated", "name": datasource.name}
    return answer({"datasource": described(datasource)} | message)


@routes.delete("/api/datasources/uid/<uid>")
def delete_datasource(uid: str) -> Response:
    """Remove a data source, unless a file made it."""
    need_role("Admin", "datasources:delete")
    known = state()
    datasource = found(known, uid=uid)
    if datasource.read_only:
        raise refused(403, "Cannot delete read-only data source")
    known.datasources.remove(datasource)
    return answer({"id": datasource.id, "message": "Data source deleted"})


def refusal_of_server(datasource: Datasource) -> str:
    """Return what Go says when nobody listens at the address."""
    host = datasource.url.removeprefix("http://")
    return f'Post "{datasource.url}/api/v1/query": dial tcp {host}: connect: connection refused'


@routes.get("/api/datasources/uid/<uid>/health")
def get_health(uid: str) -> Response:
    """Ask the data source's server whether it answers; a dead one is 400, an unknown uid 500."""
    need_role("Viewer", "datasources:query")
    known = state()
    if not any(entry.uid == uid for entry in known.datasources):
        raise refused(500, "Unable to load datasource metadata")
    datasource = found(known, uid=uid)
    if not datasource.answers:
        reason = refusal_of_server(datasource)
        message = f"{reason} - There was an error returned querying the Prometheus API."
        raise refused(400, message, status="ERROR")
    details = {"application": "Prometheus", "features": {"rulerApiEnabled": False}}
    message = "Successfully queried the Prometheus API."
    return answer({"details": details, "message": message, "status": "OK"})


def result_of(query: Json, datasource: Datasource) -> Json:
    """Return the result of one query: an empty series, or what is wrong with it."""
    expression = query.get("expr", "")
    if not datasource.answers:
        reason = refusal_of_server(datasource)
        return {"error": reason, "errorSource": "downstream", "status": 502, "frames": []}
    steps = {"calculatedMinStep": 2000}
    executed = f"Expr: {expression}\nStep: 2s"
    try:
        parse(expression)
    except ValueError as error:
        text = f'bad_data: invalid parameter "query": 1:{len(expression) + 1}: parse error: {error}'
        told = {"typeVersion": [0, 0], "custom": steps, "executedQueryString": executed}
        frame = {"schema": {"refId": query["refId"], "meta": told, "fields": []}, "data": {"values": []}}
        return {"error": text, "errorSource": "downstream", "status": 400, "frames": [frame]}
    instant = bool(query.get("instant"))
    told = {
        "type": "numeric-multi" if instant else "timeseries-multi",
        "typeVersion": [0, 1],
        "custom": steps | {"resultType": "vector" if instant else "matrix"},
        "executedQueryString": executed,
    }
    fields = [
        {"name": "Time", "type": "time", "typeInfo": {"frame": "time.Time"}, "config": {"interval": 2000}},
        {"name": "Value", "type": "number", "typeInfo": {"frame": "float64"}, "labels": {}, "config": {}},
    ]
    frame = {"schema": {"refId": query["refId"], "meta": told, "fields": fields}}
    return {"status": 200, "frames": [frame | {"data": {"values": [[int(time.time() * 1000)], [1]]}}]}


@routes.post("/api/ds/query")
def query_datasources() -> Response:
    """Run queries; one bad query makes the whole answer 400."""
    need_role("Viewer", "datasources:query")
    body, known = read_object(), state()
    if not body.get("queries"):
        raise coded(400, "query.noQueries", "No queries found")
    results = {
        query["refId"]: result_of(query, found(known, uid=(query.get("datasource") or {}).get("uid", "")))
        for query in body["queries"]
    }
    if any("error" in result for result in results.values()):
        raise Refused(400, {"results": results})
    return answer({"results": results})
