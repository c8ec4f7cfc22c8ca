"""The lab's files: the compose file against its specification, what it mounts against the programs that read it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from . import lab
from .components import VERSIONS, program

if TYPE_CHECKING:
    from pathlib import Path

    from .components import Components

SERVICES = lab.compose()["services"]
# what the lessons name: service, port on this machine, port of the server
PUBLISHED = {
    "postgres": {"5433:5432"},
    "mysql": {"3307:3306"},
    "mariadb": {"3308:3306"},
    "kafka": {"9092:29092"},
    "connect": {"8083:8083", "9404:9404"},
    "postgres-exporter": {"9187:9187"},
    "mysqld-exporter": {"9104:9104"},
    "prometheus": {"9090:9090"},
    "alertmanager": {"9093:9093"},
    "mail": {"8025:8025"},
    "grafana": {"3000:3000"},
}
MOUNTED = {
    "connect": {"./monitoring/jmx-exporter/config.yml:/opt/jmx-exporter/config.yml:ro"},
    "prometheus": {
        "./monitoring/prometheus.yml:/etc/prometheus/prometheus.yml:ro",
        "./monitoring/prometheus/alerts:/etc/prometheus/alerts:ro",
    },
    "alertmanager": {
        "./monitoring/alertmanager:/etc/alertmanager:ro",
        "./monitoring/alertmanager/secrets:/run/secrets:ro",
    },
    "grafana": {
        "./monitoring/grafana/provisioning/datasources:/etc/grafana/provisioning/datasources:ro",
        "./monitoring/grafana/provisioning/dashboards:/etc/grafana/provisioning/dashboards:ro",
        "./monitoring/grafana/dashboards:/var/lib/grafana/dashboards:ro",
    },
}
PINNED = re.compile(r"^[\w./-]+:v?\d+\.\d+[\w.-]*$")


def checked(*command: str | Path) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def images() -> list[str]:
    """Return every image that is pulled: of the compose file, and of the Dockerfile."""
    dockerfile = (lab.LABS / "connect" / "Dockerfile").read_text()
    given = [lab.service(name)["image"] for name, service in SERVICES.items() if "build" not in service]
    return given + re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)


def test_the_compose_file_is_what_the_specification_allows(installed: Components) -> None:
    schema = json.loads(installed.compose_schema.read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [f"{'/'.join(map(str, each.path))}: {each.message}" for each in validator.iter_errors(lab.compose())] == []


def test_what_services_depend_on_is_there() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in SERVICES, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed], f"{name} waits for {needed}, which has no health check"
            # a service that is always there must not need one that only a profile brings
            assert "profiles" in service or "profiles" not in SERVICES[needed], name


def test_everything_is_published_on_the_loopback_only() -> None:
    for name in SERVICES:
        for port in lab.service(name).get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name}: {port}"
    published = {
        name: {port.removeprefix("127.0.0.1:") for port in lab.service(name)["ports"]}
        for name, service in SERVICES.items()
        if "ports" in service
    }
    assert published == PUBLISHED


def test_images_are_pinned() -> None:
    assert len(images()) > 10
    assert [image for image in images() if not PINNED.match(image)] == []


def test_the_example_environment_is_complete_and_needed() -> None:
    text = (lab.LABS / "docker-compose.yml").read_text()
    used = {found["name"] for found in lab._VARIABLE.finditer(text) if found["name"]}
    given = lab.environment()
    assert used == set(given)
    for found in lab._VARIABLE.finditer(text):
        if found["name"] and found["default"] is not None:
            assert given[found["name"]] == found["default"], found["name"]


def test_no_password_stands_in_another_file_than_the_example() -> None:
    passwords = {value for name, value in lab.environment().items() if name.endswith("PASSWORD")}
    assert len(passwords) == 6
    for path in lab.LABS.rglob("*"):
        if path.is_file() and path.name not in {".env.example", ".env"}:
            text = path.read_text()
            assert not [each for each in passwords if each in text], path
            for found in re.finditer(r"""password["']?\s*[:=](?![?'])\s*["']?([^"'\s,]+)""", text, re.IGNORECASE):
                assert found[1].startswith("$"), f"{path}: {found[0]}"


def test_what_is_mounted_is_there() -> None:
    for name, service in SERVICES.items():
        mounted = {volume for volume in service.get("volumes", []) if volume.startswith(".")}
        if name in MOUNTED:
            assert mounted == MOUNTED[name]
        for volume in mounted:
            source = lab.LABS / volume.split(":")[0]
            # what is compiled is proven elsewhere
            assert source.exists() or source in {lab.RULES, lab.DASHBOARDS}, volume


def test_scripts_are_sound() -> None:
    scripts = sorted(lab.LABS.rglob("*.sh"))
    assert len(scripts) >= 4
    for script in scripts:
        checked("sh", "-n", script)
        assert os.access(script, os.X_OK), script


@pytest.mark.parametrize("layout", ["checkout", "container"])
def test_prometheus_takes_its_configuration(layout: str, tmp_path: Path) -> None:
    rules = "prometheus/alerts" if layout == "checkout" else "alerts"
    shutil.copy(lab.LABS / "monitoring" / "prometheus.yml", tmp_path)
    alerts = tmp_path / rules
    alerts.mkdir(parents=True)
    (alerts / "one.yml").write_text("groups: [{name: one, rules: [{alert: One, expr: up == 0}]}]")
    said = checked(program("promtool"), "check", "config", tmp_path / "prometheus.yml")
    assert "1 rules found" in said


def test_alertmanager_takes_its_configuration() -> None:
    checked(program("amtool"), "check-config", lab.LABS / "monitoring" / "alertmanager" / "alertmanager.yml")


def test_prometheus_scrapes_what_the_lab_publishes() -> None:
    for job in lab.prometheus_configuration()["scrape_configs"]:
        for target in (each for given in job["static_configs"] for each in given["targets"]):
            host, _, port = target.partition(":")
            name = "prometheus" if host == "localhost" else host
            assert any(published.endswith(f":{port}") for published in PUBLISHED[name]), target


def test_grafana_is_provisioned_as_the_lessons_say() -> None:
    provisioning = lab.LABS / "monitoring" / "grafana" / "provisioning"
    [source] = yaml.safe_load((provisioning / "datasources" / "datasource.yml").read_text())["datasources"]
    assert source["name"] == "Prometheus"
    assert (source["type"], source["url"], source["isDefault"]) == ("prometheus", "http://prometheus:9090", True)
    [provider] = yaml.safe_load((provisioning / "dashboards" / "dashboards.yml").read_text())["providers"]
    assert (provider["name"], provider["folder"]) == ("debezium", "Debezium")
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"


@pytest.mark.parametrize("name", lab.connector_names())
def test_a_connector_can_be_watched(name: str) -> None:
    configuration = lab.connector(name)
    assert configuration["heartbeat.interval.ms"] == "10000"
    assert "debezium_heartbeat" in configuration["heartbeat.action.query"]
    assert configuration["custom.metric.tags"] == f"connector={name}"
    assert configuration["database.password"] == "${env:DEBEZIUM_PASSWORD}"
    assert configuration["database.hostname"] in SERVICES
    assert all(isinstance(value, str) for value in configuration.values())


def test_connectors_do_not_get_in_each_others_way() -> None:
    connectors = [lab.connector(name) for name in lab.connector_names()]
    assert len({each["topic.prefix"] for each in connectors}) == len(connectors)
    ids = [each["database.server.id"] for each in connectors if "database.server.id" in each]
    servers = [each for name in ("mysql", "mariadb") for each in re.findall(r"server-id=(\d+)", str(SERVICES[name]))]
    assert len(set(ids + servers)) == len(ids + servers)


def test_every_connector_is_registered() -> None:
    registered = [name for service in ("connectors", "mariadb-connectors") for name in SERVICES[service]["command"]]
    assert sorted(registered) == lab.connector_names()


def test_a_database_that_is_watched_has_the_label_of_its_connector() -> None:
    prefixes = {lab.connector(name)["topic.prefix"] for name in lab.connector_names()}
    labelled = {
        each["labels"]["server"]
        for job in lab.prometheus_configuration()["scrape_configs"]
        for each in job["static_configs"]
        if "labels" in each
    }
    assert labelled == {"mysql-server", "postgres-server"} <= prefixes


def test_lab_and_native_stack_have_the_same_exporter() -> None:
    dockerfile = (lab.LABS / "connect" / "Dockerfile").read_text()
    assert f"ARG JMX_EXPORTER_VERSION={VERSIONS['jmx-exporter']['version']}\n" in dockerfile
    assert f"maven-dependency-plugin:{VERSIONS['maven']['dependency-plugin']}:copy" in dockerfile
    options: str = SERVICES["connect"]["environment"]["KAFKA_OPTS"]
    agent, port, configuration = options.removeprefix("-javaagent:").replace("=", ":").split(":")
    assert port == "9404"
    assert agent in dockerfile
    assert any(volume.split(":")[1] == configuration for volume in SERVICES["connect"]["volumes"])
    environment: dict[str, Any] = SERVICES["connect"]["environment"]
    assert not any(name.startswith("JMX") for name in environment)


def test_what_somebody_tries_in_grafana_may_be_saved() -> None:
    """Grafana knows no `editable` of a provider, and takes it without a word: saving was refused all the same."""
    folder = lab.ROOT / "labs/monitoring/grafana/provisioning/dashboards"
    (provider,) = yaml.safe_load((folder / "dashboards.yml").read_text())["providers"]
    assert provider["allowUiUpdates"] is True
    assert "editable" not in provider
