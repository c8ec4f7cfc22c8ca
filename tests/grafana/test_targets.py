"""Which Grafana, and who we are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from dashlib import schemas
from dashlib.errors import AccessError, ConfigurationError
from dashlib.grafana.targets import (
    Target,
    choose,
    owner_of,
    read_access,
    read_targets,
)

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://grafana.example.com"
EVERYTHING: dict[str, Any] = {
    "url": URL + "/sub",
    "folder": "Team/CDC",
    "datasource": "prometheus",
    "datasources": {"loki": "logs"},
    "alerting": True,
    "prune": True,
    "profile": "lab",
    "org_id": 2,
    "ca": "ca.pem",
    "client_certificate": "me.pem",
    "client_key": "me.key",
    "token_file": "token",
    "provenance": "editable",
    "owner": "cdc",
    "timeout": 12,
    "attempts": 3,
    "grafana_url": "https://people.example.com/grafana",
    "prometheus": "https://prometheus.example.com",
    "http_config": "prometheus.yml",
    "tenant": "cdc",
    "rules_url": "http://vmalert:8880",
    "connect": "http://connect:8083",
}


def test_the_schema_and_the_class_know_the_same_settings() -> None:
    table = schemas.load_schema("configuration")["properties"]["grafana"]["additionalProperties"]
    assert set(table["properties"]) == set(EVERYTHING)
    assert set(EVERYTHING) == {field.name for field in attrs.fields(Target)} - {"name"}


def test_everything_can_be_set() -> None:
    target = read_targets({"production": EVERYTHING})["production"]
    assert attrs.asdict(target) == {**EVERYTHING, "name": "production", "timeout": 12.0}
    assert not list(schemas.findings("configuration", {"grafana": {"production": EVERYTHING}}))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "has no url; expected a URL"),
        ({"url": 7}, "url: found 7"),
        ({"url": URL, "colour": "red"}, 'has no setting "colour"; known: url, folder'),
        ({"url": URL, "prune": "yes"}, 'prune: found "yes"; expected true or false'),
        ({"url": URL, "alerting": "yes"}, 'alerting: found "yes"'),
        ({"url": URL, "org_id": True}, "org_id: found true"),
        ({"url": URL, "organisation": 2}, "organisation is now called org_id"),
        ({"url": URL, "provenance": "open"}, "provenance"),
        ({"url": URL, "owner": "a b"}, 'owner: found "a b"; expected at most 24'),
        ({"url": URL, "grafana_url": "grafana:3000"}, "start with http:// or https://"),
        ({"url": URL, "timeout": 0}, "timeout: found 0; expected more than 0"),
        ({"url": "https://me:s3cret@grafana.example.com"}, "must not contain a user name or password"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, object], expected: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_targets({"production": settings})
    assert str(caught.value).startswith("[tool.dashlib.grafana.production] ")
    assert expected in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_which_one_is_meant() -> None:
    targets = read_targets({"staging": {"url": URL + "/a"}, "production": {"url": URL + "/b", "prune": True}})
    assert choose(targets, "production", "").prune
    assert choose(targets, "production", URL).url == URL
    assert choose(targets, "production", URL).prune
    assert choose(targets, "", URL + "/b").name == "production"
    assert choose(targets, "", URL + "/c", owner="mine").owner == "mine"
    assert choose({"only": targets["staging"]}, "", "").name == "staging"
    for name, url, expected in (
        ("", "", r"Name a target \(staging, production\)"),
        ("nope", "", "configured targets: staging, production; add it with its url, or pass --grafana URL"),
        (URL, "", f"pass --grafana {URL}"),
    ):
        with pytest.raises(AccessError, match=expected):
            choose(targets, name, url)


def test_who_we_are_and_in_which_order(tmp_path: Path) -> None:
    file, other = tmp_path / "token", tmp_path / "other"
    file.write_text("glsa_file\n")
    other.write_text("glsa_other\n")
    target = Target(URL, token_file=str(other))
    everything = {"GRAFANA_TOKEN": "glsa_env", "GRAFANA_USER": "me", "GRAFANA_PASSWORD": "word"}
    assert read_access(target, everything, str(file)).headers["Authorization"] == "Bearer glsa_file"
    assert read_access(target, everything).headers["Authorization"] == "Bearer glsa_env"
    assert read_access(target, {"GRAFANA_USER": "me"}).headers["Authorization"] == "Bearer glsa_other"
    basic = read_access(Target(URL), {"GRAFANA_USER": "me", "GRAFANA_PASSWORD": "wörd"})
    assert basic.headers["Authorization"] == "Basic bWU6d8O2cmQ="
    assert read_access(Target(URL), {}).is_anonymous
    assert "bWU6" not in repr(basic)


@pytest.mark.parametrize("content", [b"", b"two words", b"two\nlines", "ünicode".encode(), b"\xff\xfe"])
def test_a_file_without_a_token_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(AccessError) as caught:
        read_access(Target(URL), {}, str(file))
    assert str(file) in str(caught.value)
    assert "words" not in str(caught.value)


def test_a_user_without_a_password_is_refused() -> None:
    with pytest.raises(AccessError, match="GRAFANA_PASSWORD is not"):
        read_access(Target(URL), {"GRAFANA_USER": "me"})


@pytest.mark.parametrize(
    ("content", "owner"),
    [
        ('[project]\nname = "cdc dashboards of the whole company"\n', "cdc-dashboards-of-the-wh"),
        ("[project]\nname = 7\n", "dashlib"),
        ("no TOML", "dashlib"),
        (None, "dashlib"),
    ],
)
def test_the_owner_is_the_projects_name(tmp_path: Path, content: str | None, owner: str) -> None:
    if content is not None:
        (tmp_path / "pyproject.toml").write_text(content)
    assert owner_of(tmp_path) == owner
