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
_OF_GO: Final = re.compile(r"^\s*\{\{-?|\{\{-|:\s*\{\{", re.MULTILINE)
_OF_JINJA: Final = re.compile(r"\{%-?\s*\w+")
_LOGQL: Final = re.compile(
    r"\}\s*(?:\|[=~>]|!~\s*[\"`]|!=\s*[\"`]|\|\s*(?:json|logfmt|pattern|regexp|unwrap|line_format))"
)


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
    """Return which kind of template a text is; None when it shows no sign of one."""
    helm = _OF_HELM.search(text)
    if helm is not None:
        return Template(
            "this is a Helm template, from which Helm makes the file",
            helm.start(),
            f"lint what it makes: {_HELM}",
            is_certain=True,
        )
    jinja = _OF_JINJA.search(text)
    if jinja is not None:
        return Template(
            "this is a Jinja template, from which Ansible or its like makes the file",
            jinja.start(),
            "lint what it makes",
        )
    go = _OF_GO.search(text)
    if go is not None:
        return Template(
            "this is a template, of Helm's by its looks, and no YAML until it is filled in",
            go.start(),
            f"lint what it makes: {_HELM}",
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
        return f"these are objects of Kubernetes ({', '.join(kinds)}), without a dashboard or rules in them", ""
    return f"these are {len(said)} YAML documents, without a dashboard or rules in them", ""


def _of(value: object) -> tuple[str, str]:
    if not isinstance(value, dict):
        return f"this is {_NEITHER}: found {_kind(value)}; expected an object with panels or with groups", ""
    for is_one, what, todo in _KNOWN:
        if is_one(value):
            return f"this is {what}, {_NEITHER}", todo
    kind = text_of(value.get("kind"))
    if kind and "apiVersion" in value:
        return f"this is an object of Kubernetes ({kind}), without a dashboard or rules in it", ""
    keys = [str(key) for key in value][:4]
    found = f"the keys {', '.join(keys)}{', …' * (len(value) > len(keys))}" if keys else "an empty object"
    return f"this is {_NEITHER}: found {found}; expected panels (a dashboard) or groups (a rule file)", ""


def _kind(data: object) -> str:
    if isinstance(data, str):
        return "a text"
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
        "a test for promtool",
        "promtool test rules runs it",
    ),
    (
        _is_provisioning("groups"),
        "Grafana's provisioning of rules that Grafana manages",
        "",
    ),
    (
        _is_provisioning("contactPoints", "policies", "muteTimes", "templates", "deleteRules"),
        "Grafana's provisioning of alerting",
        "",
    ),
    (_is_provisioning("datasources", "deleteDatasources"), "Grafana's provisioning of datasources", ""),
    (
        _is_provisioning("providers"),
        "Grafana's provisioning of dashboards",
        "lint the folder that it names",
    ),
    (_is_provisioning("apps"), "Grafana's provisioning of plugins", ""),
    (
        lambda value: isinstance(value.get("services"), dict) and "pipelines" not in object_of(value.get("service")),
        "a compose file",
        "",
    ),
    (
        lambda value: is_logql(value.get("groups")) or _is_api("loki.")(value),
        "a file of Loki's rules, in LogQL",
        "",
    ),
    (
        _has("groups"),
        "an object with groups that hold no rules",
        "",
    ),
    (
        lambda value: ("slos" in value and "version" in value) or _is_api("sloth.slok.dev")(value),
        "a definition of Sloth's",
        "sloth generate makes rules of it: lint those",
    ),
    (_is_api("openslo"), "a definition of OpenSLO", "lint the rules that are made of it"),
    (_is_api("pyrra.dev"), "a definition of Pyrra's", "lint the rules that are made of it"),
    (
        _has("route", "receivers"),
        "Alertmanager's configuration",
        "amtool check-config checks it",
    ),
    (
        lambda value: "exporters" in value and "receivers" in value,
        "a configuration of the OpenTelemetry collector",
        "",
    ),
    (
        lambda value: "scrape_configs" in value and "clients" in value,
        "a configuration of Promtail",
        "",
    ),
    (
        lambda value: "scrape_configs" in value or ("global" in value and "rule_files" in value),
        "Prometheus' configuration",
        "promtool check config checks it; lint the files that rule_files names",
    ),
    (_has_one_of("schema_config"), "a configuration of Loki", ""),
    (_is_jmx_exporter, "a configuration of the JMX exporter", ""),
    (_is_connector, "a configuration of a connector of Kafka Connect", ""),
    (
        lambda value: value.get("kind") == "GrafanaDashboard",
        "a GrafanaDashboard whose dashboard stands elsewhere",
        "lint that dashboard",
    ),
    (
        lambda value: text_of(value.get("kind")) in {"PrometheusRule", "VMRule"},
        "an object of Kubernetes without groups in its spec",
        "",
    ),
    (
        lambda value: "apiVersion" in value and "name" in value and "version" in value and "kind" not in value,
        "the description of a Helm chart",
        _HELM,
    ),
    (lambda value: "jobs" in value and ("on" in value or "name" in value), "a workflow of GitHub's", ""),
    (_has("openapi"), "a description of an API", ""),
    (
        lambda value: "panels" not in value and "gridPos" in value,
        "a single panel",
        "lint the dashboard that it is in",
    ),
    (
        lambda value: text_of(value.get("status")) in {"success", "error"} and "data" in value,
        "an answer of Prometheus' API",
        "",
    ),
)
