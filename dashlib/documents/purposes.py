"""What a file is that is neither a dashboard nor a rule file: one true sentence for whoever named it.

Only what shows in the file itself counts, by the keys that the program has which reads it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from dashlib.documents.values import object_of, objects_in, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_NEITHER: Final = "neither a dashboard nor a rule file"
_HELM: Final = "helm template … | dashlib lint -"

# What only Helm's templates have, even where they are valid YAML: alerts and legends have $labels and .Labels.
_OF_HELM: Final = re.compile(
    r"\{\{-?\s*(?:[^{}`\"]*[\s(])?(?:\$?\.(?:Values|Release|Chart|Capabilities)\.|(?:include|tpl)\s+[\"(.$])"
)
# An action where no text is: alone on its line, or as a whole value. `$labels` is in alerts' texts, `{{job}}: {{x}}` in
# legends.
_OF_GO: Final = re.compile(
    r"^[\s-]*(?:\"?[\w./-]+\"?:[ \t]*)?\{\{(?!-?\s*\$(?:labels|value)\b)|\"\s*:\s*\{\{", re.MULTILINE
)
_OF_JINJA: Final = re.compile(r"\{%-?\s*\w+")
_LOGQL: Final = re.compile(
    r"\}\s*(?:\|[=~>]|!~\s*[\"`]|!=\s*[\"`]|\|\s*(?:json|logfmt|pattern|regexp|unwrap|line_format))"
)


_JSONNET: Final = ("Jsonnet, which is not JSON until it is evaluated", "lint its output: jsonnet … | dashlib lint -")
#: Files from which a program makes dashboards or rules, by their ending: what they are, and what to lint instead.
OF_PROGRAMS: Final[Mapping[str, tuple[str, str]]] = {
    ".jsonnet": _JSONNET,
    ".libsonnet": _JSONNET,
    ".py": ("a Python file", "lint the project that it belongs to: dashlib lint, without a file"),
}


@frozen
class Template:
    """A template from which a file is made.

    Attributes:
        message: what it is.
        offset: offset of what shows it.
        todo: how what it makes is linted.
        is_certain: it is one even if it can be read as it is.
    """

    message: str
    offset: int
    todo: str
    is_certain: bool = False


def template(text: str) -> Template | None:
    """Return which kind of template a string is; None if it does not look like one."""
    helm = _OF_HELM.search(text)
    if helm is not None:
        return Template(
            "this is a Helm template",
            helm.start(),
            f"lint its output: {_HELM}",
            is_certain=True,
        )
    jinja = _OF_JINJA.search(text)
    if jinja is not None:
        return Template(
            "this is a Jinja template, as Ansible uses",
            jinja.start(),
            "lint its output",
        )
    go = _OF_GO.search(text)
    if go is not None:
        return Template(
            "this looks like a Helm template, which is not YAML until it is rendered",
            go.start(),
            f"lint its output: {_HELM}",
        )
    return None


def is_logql(groups: object) -> bool:
    """Tell whether rule groups ask Loki, not Prometheus."""
    return any(
        _LOGQL.search(text_of(rule.get("expr"))) is not None
        for _, group in objects_in(groups, "")
        for _, rule in objects_in(group.get("rules"), "")
    )


def of(values: Sequence[object]) -> tuple[str, str]:
    """Return what a file is, and what to do with it instead.

    Args:
        values: the documents in it, none of which holds dashboards or rules.
    """
    said = [_of(value) for value in values]
    if len(said) == 1:
        return said[0]
    kinds = dict.fromkeys(text_of(object_of(value).get("kind")) for value in values)
    if all(kinds):
        return f"these are Kubernetes objects ({', '.join(kinds)}) without a dashboard or rules in them", ""
    return f"these are {len(said)} YAML documents without a dashboard or rules in them", ""


def _of(value: object) -> tuple[str, str]:
    if not isinstance(value, dict):
        return f"this is {_NEITHER}: found {_kind(value)}; expected an object with panels or with groups", ""
    for is_one, what, todo in _KNOWN:
        if is_one(value):
            return f"this is {what}, {_NEITHER}", todo
    kind = text_of(value.get("kind"))
    if kind and "apiVersion" in value:
        return f"this is a Kubernetes object ({kind}) without a dashboard or rules in it", ""
    keys = [str(key) for key in value][:4]
    found = f"the keys {', '.join(keys)}{', …' * (len(value) > len(keys))}" if keys else "an empty object"
    return f"this is {_NEITHER}: found {found}; expected panels (a dashboard) or groups (a rule file)", ""


def _kind(data: object) -> str:
    if isinstance(data, str):
        return "a string"
    return {list: "a list", bool: "true or false", type(None): "nothing"}.get(type(data), "a number")


def _has(*names: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda value: all(name in value for name in names)


def _has_one_of(*names: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda value: any(name in value for name in names)


def _is_provisioning(*names: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda value: "apiVersion" in value and "kind" not in value and any(name in value for name in names)


def _is_api(prefix: str, *kinds: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda value: (
        text_of(value.get("apiVersion")).startswith(prefix) and (not kinds or value.get("kind") in kinds)
    )


def _encoded(value: Mapping[str, Any]) -> dict[str, Any]:
    return object_of(value.get("data" if value.get("kind") == "Secret" else "binaryData"))


def _is_jmx_exporter(value: Mapping[str, Any]) -> bool:
    keys = {
        "lowercaseOutputName", "lowercaseOutputLabelNames", "whitelistObjectNames", "blacklistObjectNames",
        "includeObjectNames", "excludeObjectNames", "jmxUrl", "hostPort", "startDelaySeconds",
        "autoExcludeObjectNameAttributes",
    }  # fmt: skip
    return not keys.isdisjoint(value) or any("pattern" in rule for _, rule in objects_in(value.get("rules"), ""))


def _is_connector(value: Mapping[str, Any]) -> bool:
    config = value.get("config")
    return "connector.class" in value or (isinstance(config, dict) and "name" in value and set(value) <= {
        "name", "config", "tasks", "type", "initial_state",
    })  # fmt: skip


#: In this order: how it shows, what it is, what to do instead.
_KNOWN: Final[tuple[tuple[Callable[[Mapping[str, Any]], bool], str, str], ...]] = (
    (
        lambda value: (
            "tests" in value
            and ("rule_files" in value or any("input_series" in test for _, test in objects_in(value["tests"], "")))
        ),
        "a promtool test",
        "run it with promtool test rules",
    ),
    (
        _is_provisioning("groups"),
        "a provisioning file of Grafana-managed rules",
        "",
    ),
    (
        _is_provisioning("contactPoints", "policies", "muteTimes", "templates", "deleteRules"),
        "a provisioning file of Grafana Alerting",
        "",
    ),
    (_is_provisioning("datasources", "deleteDatasources"), "a provisioning file of Grafana datasources", ""),
    (
        _is_provisioning("providers"),
        "a provisioning file of Grafana dashboards",
        "lint the folder that it names",
    ),
    (_is_provisioning("apps"), "a provisioning file of Grafana plugins", ""),
    (
        lambda value: isinstance(value.get("services"), dict) and "pipelines" not in object_of(value.get("service")),
        "a compose file",
        "",
    ),
    (
        lambda value: is_logql(value.get("groups")) or _is_api("loki.")(value),
        "a Loki rule file, in LogQL",
        "",
    ),
    (
        _has("groups"),
        "an object with groups that contain no rules",
        "",
    ),
    (
        lambda value: ("slos" in value and "version" in value) or _is_api("sloth.slok.dev")(value),
        "a Sloth definition",
        "generate its rules with sloth generate, and lint those",
    ),
    (_is_api("openslo"), "an OpenSLO definition", "lint the rules generated from it"),
    (_is_api("pyrra.dev"), "a Pyrra definition", "lint the rules generated from it"),
    (
        _has("route", "receivers"),
        "Alertmanager's configuration",
        "check it with amtool check-config",
    ),
    (
        lambda value: "exporters" in value and "receivers" in value,
        "an OpenTelemetry Collector configuration",
        "",
    ),
    (
        lambda value: "scrape_configs" in value and "clients" in value,
        "a Promtail configuration",
        "",
    ),
    (
        lambda value: "scrape_configs" in value or ("global" in value and "rule_files" in value),
        "Prometheus' configuration",
        "check it with promtool check config; lint the files listed in rule_files",
    ),
    (_has_one_of("schema_config"), "a Loki configuration", ""),
    (_is_jmx_exporter, "a JMX exporter configuration", ""),
    (_is_connector, "a Kafka Connect connector configuration", ""),
    (
        lambda value: value.get("kind") == "GrafanaDashboard" and "gzipJson" in object_of(value.get("spec")),
        "a GrafanaDashboard whose dashboard is compressed, which dashlib does not read",
        "lint that dashboard: base64 -d | gunzip | dashlib lint -",
    ),
    (
        lambda value: text_of(value.get("kind")) in {"Secret", "ConfigMap"} and bool(_encoded(value)),
        "a Kubernetes object whose texts are encoded in base64, which dashlib does not read",
        "lint what is in it: base64 -d | dashlib lint -",
    ),
    (
        lambda value: value.get("kind") == "GrafanaDashboard",
        "a GrafanaDashboard whose dashboard is stored elsewhere",
        "lint that dashboard",
    ),
    (
        lambda value: text_of(value.get("kind")) in {"PrometheusRule", "VMRule"},
        "a Kubernetes object without groups in its spec",
        "",
    ),
    (
        lambda value: "apiVersion" in value and "name" in value and "version" in value and "kind" not in value,
        "a Helm chart description",
        _HELM,
    ),
    (lambda value: "jobs" in value and ("on" in value or "name" in value), "a GitHub workflow", ""),
    (_has("openapi"), "an API description", ""),
    (
        lambda value: "panels" not in value and "gridPos" in value,
        "a single panel",
        "lint the dashboard that it is in",
    ),
    (
        lambda value: text_of(value.get("status")) in {"success", "error"} and "data" in value,
        "a response of the Prometheus API",
        "",
    ),
)
