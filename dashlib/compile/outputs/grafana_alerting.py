"""Grafana-managed alerting: from rule groups and notifications to the files that Grafana provisions at its start.

A Grafana-managed rule is the Prometheus rule of the same alert, taken apart: query `A` measures,
guards included, and a threshold expression compares it with the level. Where nothing is measured (a series that has
vanished is not there to be compared), the query is the whole rule and the expressions ask whether it has a series.

What a rule says when its query has no series, and when Prometheus does not answer:

| rule | no data | no answer | why |
|---|---|---|---|
| of an alert | OK | KeepLast | no series: no task, an unknown lag, a guard that holds, or an absence that is not one |
| `NoAnswerRule` | Alerting | Alerting | it queries a constant: a datasource that does not return it does not answer |

`NoData` is never a default: it would page for each fleet without a connector of the kind, for as long as it has none.
`KeepLast` neither pages nor ends an alert because Prometheus restarts; Grafana has it since 10.4. `Error` would fire
with the rule's own sentence ("A connector is not connected"), which nobody knows then, and once a rule.

A rule that somebody gives another state fires without the query's labels and values. What names them is therefore
written only where they are there: see `_annotations`.

In a provisioning file Grafana replaces `$…` by environment variables, but in annotations, queries, mute timings and
templates. `serialize` writes `$$` where a dollar is meant, and Grafana's own `$__env{…}` where a secret is.
"""

from __future__ import annotations

import re
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import attrs

from dashlib import promql
from dashlib.compile.outputs import Output, notification_templates, rule_yaml
from dashlib.compile.readable import counted, readable_duration
from dashlib.compile.recording import Recording
from dashlib.declare.grafana_rules import LONGEST_UID, GrafanaRule, GrafanaRuleGroup, NoAnswerRule
from dashlib.declare.notifications.receivers import Email, Slack, Webhook
from dashlib.documents.document import Document, LeftOut, Origin
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashlib.compile.outputs import Compilation
    from dashlib.compile.outputs.rule_yaml import RuleSettings
    from dashlib.compile.rendering import Rendering
    from dashlib.declare.alerts import RuleGroup
    from dashlib.declare.notifications import Notifications
    from dashlib.declare.notifications.receivers import Integration
    from dashlib.declare.notifications.routes import Route
    from dashlib.declare.placed import WrittenRuleGroup
    from dashlib.declare.signals import Signal
    from dashlib.declare.thresholds import Level
    from dashlib.sources import Source

RULES_FILE = "rules.yaml"
_API_VERSION = 1
EXPRESSION_DATASOURCE = "__expr__"
MANAGED_BY = ("managed_by", "dashlib")
"""The label of everything that these rules fire, by which the notification policy knows them."""

# Grafana wants a range even for an instant query, which uses its end only.
_RANGE_SECONDS = 600
_IN_MODEL = {"intervalMs": 1000, "maxDataPoints": 43200}
_COMPARISONS = {">": "gt", "<": "lt", "==": "eq"}
_NOT_SAID = ("space", "comment")
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_VALUE = re.compile(r"\$value\b")
_NAMED = re.compile(r"\$labels\.\w+|\$values\.A\b")
_ASKS = re.compile(r"\{\{-? *(?:else )?(?:if|with)\b")
_IN_LINK = re.compile(r"(&[\w-]+=)\{\{ (\$labels\.\w+) \| urlquery \}\}")
_NOTHING_KNOWN = (
    "Nothing is known of what this rule watches: Prometheus did not answer, or has no series for it.\n"
    "See first whether Prometheus runs and Grafana reaches it."
)
_NOT_IN_UID = re.compile(r"[^a-zA-Z0-9_-]+")
_SECRET = re.compile(r"\$\{(env|file):([^}]+)\}")
_NOWHERE = PurePosixPath()


# --- rules -------------------------------------------------------------------------------------------------------


def compile_all(compilation: Compilation) -> list[Document]:
    """Return the files of Grafana-managed alerting of a project: its rules, then its notifications."""
    project, configuration = compilation.project, compilation.project.configuration
    groups, folder = project.grafana_rule_groups, configuration.grafana_provisioning / "alerting"
    rules = compile_rules(
        [group for group, _ in groups],
        compilation.rendering.reading_records if configuration.panels_read_records else compilation.rendering,
        rule_yaml.rule_settings(compilation),
        configuration.grafana_datasource,
        folder / RULES_FILE,
        ", ".join(dict.fromkeys(file for _, file in groups)),
    )
    if project.written_rule_groups:
        rules = with_written(rules, project.written_rule_groups, configuration.grafana_datasource)
    if project.notifications is None:
        return [rules]
    notifications, file = project.notifications
    return [rules, *compile_notifications(notifications, folder, file)]


def compile_rules(
    groups: Sequence[GrafanaRuleGroup],
    rendering: Rendering,
    settings: RuleSettings,
    datasource: str,
    path: PurePosixPath,
    declared_in: str,
) -> Document:
    """Return the provisioning file of Grafana-managed rules. Pure: the same groups give the same document everywhere.

    Args:
        groups: all that the project declares.
        rendering: catalog and profile.
        settings: from the configuration, as for Prometheus' rules.
        datasource: uid of the Prometheus datasource in Grafana.
        path: where the compiled file belongs, relative to the project's root.
        declared_in: the declaration files, for the header.

    Raises:
        DeclarationError: a rule cannot be compiled, or two of them cannot be told apart; the message carries the place.
    """
    _check_apart(groups)
    sources: dict[str, Origin] = {}
    left_out: list[LeftOut] = []
    data: list[dict[str, Any]] = []
    for group in groups:
        pointer = f"/groups/{len(data)}"
        rules: list[dict[str, Any]] = []
        for rule in group.rules:
            if isinstance(rule, NoAnswerRule):
                sources[f"{pointer}/rules/{len(rules)}"] = Origin(rule.source)
                rules.append(_no_answer(rule, group, settings, datasource))
                continue
            compilation = _Rule(rule, group, rendering, settings, datasource)
            for encoded in compilation.encoded():
                sources |= {
                    f"{pointer}/rules/{len(rules)}{within}": origin for within, origin in compilation.origins(encoded)
                }
                rules.append(encoded)
            left_out += compilation.left_out
        if rules:
            sources[pointer] = Origin(group.source)
            data.append(
                {"orgId": 1, "name": group.name, "folder": group.folder, "interval": group.interval, "rules": rules}
            )
    return Document(
        path, "grafana-alerting", {"apiVersion": _API_VERSION, "groups": data}, sources, declared_in, tuple(left_out)
    )


def with_written(document: Document, groups: Sequence[tuple[WrittenRuleGroup, str]], datasource: str) -> Document:
    """Return the file of the rules with groups that somebody wrote query by query. Pure.

    Args:
        document: with the groups that dashlib compiles.
        groups: each with its declaration file.
        datasource: uid of the datasource that a query asks which names none.

    Raises:
        DeclarationError: two groups or rules cannot be told apart.
    """
    sources, encoded = dict(document.sources), list(document.data["groups"])
    names = {(each["folder"], each["name"]) for each in encoded}
    uids = {rule["uid"] for each in encoded for rule in each["rules"]}
    for group, _ in groups:
        if (group.folder, group.name) in names:
            raise DeclarationError(
                f"rule group {group.name!r} is declared twice in folder {group.folder!r}; give one another name",
                group.source,
            )
        names.add((group.folder, group.name))
        pointer = f"/groups/{len(encoded)}"
        sources[pointer] = Origin(group.source)
        rules: list[dict[str, Any]] = []
        for rule in group.rules:
            uid = rule.uid or _uid(f"{group.name}-{rule.data['title']}")
            if uid in uids:
                raise DeclarationError(
                    f"rule {rule.data['title']!r} has the uid {uid!r} of another; give it a uid of its own", rule.source
                )
            uids.add(uid)
            data: Any = rule.data["data"]
            queries = [{**each, "datasourceUid": each["datasourceUid"] or datasource} for each in data]
            sources[f"{pointer}/rules/{len(rules)}"] = Origin(rule.source)
            rules.append({"uid": uid, **rule.data, "data": queries})
        encoded.append(
            {"orgId": 1, "name": group.name, "folder": group.folder, "interval": group.interval, "rules": rules}
        )
    files = [*filter(None, document.declared_in.split(", ")), *(file for _, file in groups)]
    return attrs.evolve(
        document,
        data={**document.data, "groups": encoded},
        sources=sources,
        declared_in=", ".join(dict.fromkeys(files)),
        gone=tuple(dict.fromkeys(each for group, _ in groups for each in group.gone)),
    )


def rule_uid(group: GrafanaRuleGroup, rule: GrafanaRule | NoAnswerRule) -> str:
    """Return the uid of a rule: its own, or one made from the names of the group and the alert.

    Of a name that Grafana would not take the beginning is kept, and a checksum of the whole.
    """
    if rule.uid:
        return rule.uid
    return _uid(f"{group.name}-{rule.name}")


def _uid(name: str) -> str:
    made = _NOT_IN_UID.sub("-", name)
    if made == name and len(made) <= LONGEST_UID:
        return made
    checksum = f"{zlib.crc32(name.encode()):08x}"
    return f"{made[: LONGEST_UID - len(checksum) - 1]}-{checksum}"


def _check_apart(groups: Sequence[GrafanaRuleGroup]) -> None:
    """Refuse groups of one name in a folder, and rules of one uid: the second would take the first's place."""
    names: dict[tuple[str, str], GrafanaRuleGroup] = {}
    uids: dict[str, GrafanaRule | NoAnswerRule] = {}
    for group in groups:
        other = names.setdefault((group.folder, group.name), group)
        if other is not group:
            raise DeclarationError(
                f"Grafana rule group {group.name!r} is declared twice in folder {group.folder!r}; the other is at "
                f"{other.source}",
                group.source,
            )
        for rule in group.rules:
            uid = rule_uid(group, rule)
            same = uids.setdefault(uid, rule)
            if same is not rule:
                raise DeclarationError(
                    f"rule {rule.title!r} of Grafana rule group {group.name!r} has the uid {uid!r} of {same.title!r} "
                    f"at {same.source}; Grafana would replace one with the other: give it a different uid",
                    rule.source,
                )


def _check_for(title: str, lasting: str, group: GrafanaRuleGroup, source: Source) -> None:
    if 0 < promql.duration_seconds(lasting) < promql.duration_seconds(group.interval):
        raise DeclarationError(
            f"rule {title!r} fires after {lasting}, but its group is evaluated only every {group.interval}; make "
            f"the group's interval at most {lasting}",
            source,
        )


def _no_answer(rule: NoAnswerRule, group: GrafanaRuleGroup, settings: RuleSettings, datasource: str) -> dict[str, Any]:
    """Return the rule that fires while Prometheus does not answer.

    With the error state `Alerting`, and not `Error`, it waits for its `for` and fires under its own name.
    """
    _check_for(rule.title, rule.for_, group, rule.source)
    lasting = readable_duration(promql.duration_seconds(rule.for_))
    annotations = {"summary": rule.summary, "description": rule.description.replace("{for}", lasting)}
    if rule.runbook:
        anchor = rule.title.lower().replace(" ", "-")
        annotations["runbook_url"] = f"{settings.runbook_url.rstrip('/')}/{rule.runbook}.md#{anchor}"
    return {
        "uid": rule_uid(group, rule),
        "title": rule.title,
        "condition": "C",
        "data": [_query("vector(1)", datasource), _expression("C", _threshold("A", ("lt", 1)))],
        "noDataState": "Alerting",
        "execErrState": "Alerting",
        "for": rule.for_,
        "annotations": annotations,
        "labels": {
            "severity": rule.severity,
            **settings.alert_labels,
            **rule_yaml.resolved_labels(rule.labels, settings, rule.source),
            MANAGED_BY[0]: MANAGED_BY[1],
        },
        "isPaused": False,
    }


class _Rule:
    """One rule of an alert on its way to its document."""

    def __init__(
        self, rule: GrafanaRule, group: GrafanaRuleGroup, rendering: Rendering, settings: RuleSettings, datasource: str
    ) -> None:
        self.rule = rule
        self.alert = rule.alert
        self.group = group
        self.datasource = datasource
        self.rendering = rendering
        # The Prometheus rule in a group of its own, whose interval stays what subqueries of the alert look back with.
        where = rule.group.where if group.where is None else group.where
        self.prometheus: RuleGroup = attrs.evolve(rule.group, rules=(self.alert,), where=where)
        self.settings = settings
        self.left_out: list[LeftOut] = []

    def encoded(self) -> list[dict[str, Any]]:
        """Return the rules of the alert; none where the profile has no metric for it, as in Prometheus' file."""
        # Signals stay raw; only which connectors a rule is for, where they are too many to be named, is recorded.
        recording = Recording() if self.rendering.reads_records else None
        document = rule_yaml.compile_rule_file(
            [self.prometheus], self.rendering, self.settings, _NOWHERE, self.rule.source.file, recording
        )
        self.left_out = [each._replace(name=self.rule.title, of=self.group.name) for each in document.left_out]
        compiled = [rule for group in document.data["groups"] for rule in group["rules"]]
        return [self._rule(prometheus, number) for number, prometheus in enumerate(compiled, 1)]

    def _rule(self, prometheus: dict[str, Any], number: int) -> dict[str, Any]:
        lasting = prometheus.get("for", "0s")
        _check_for(self.rule.title, lasting, self.group, self.rule.source)
        uid, title = rule_uid(self.group, self.rule), self.rule.title
        annotations = _annotations(prometheus["annotations"])
        encoded: dict[str, Any] = {
            "uid": uid if number == 1 else _uid(f"{uid}-{number}"),
            "title": title if number == 1 else f"{title} ({number})",
            "condition": "C",
            "data": self._data(prometheus["expr"]),
        }
        if "__panelId__" in annotations:
            encoded["dashboardUid"] = annotations["__dashboardUid__"]
            encoded["panelId"] = int(annotations["__panelId__"])
        encoded["noDataState"] = self.rule.no_data
        encoded["execErrState"] = self.rule.on_error
        encoded["for"] = lasting
        encoded["annotations"] = annotations
        encoded["labels"] = {**prometheus["labels"], MANAGED_BY[0]: MANAGED_BY[1]}
        encoded["isPaused"] = False
        return encoded

    @property
    def level(self) -> Level | None:
        return self.alert.level(self.prometheus.thresholds)

    def _data(self, expression: str) -> list[dict[str, Any]]:
        """Return query and expressions, the last of which is the condition `C`."""
        # An absence compares nothing; a comparison in it would be a guard's.
        compared = taken_apart(expression) if self.level is not None else None
        evaluator = _evaluator(self.alert.signal, compared) if compared is not None else None
        if compared is None or evaluator is None:
            there = {"type": "math", "expression": "is_number($A) || is_nan($A) || is_inf($A)"}
            return [
                _query(expression, self.datasource),
                _expression("B", there),
                _expression("C", _threshold("B", ("gt", 0))),
            ]
        return [_query(compared.measured, self.datasource), _expression("C", _threshold("A", evaluator))]

    def origins(self, encoded: dict[str, Any]) -> Iterator[tuple[str, Origin]]:
        """Yield where each part of the rule was declared, by JSON pointer within it."""
        signal, level = self.alert.signal, self.level
        named = ""
        if level is not None:
            named = f"{(self.alert.thresholds or self.prometheus.thresholds).name}/{level.name}"
        yield "", Origin(self.rule.source, signal.name, named)
        yield "/data/0/model/expr", Origin(signal.source, signal.name, named)
        yield "/annotations", Origin(self.alert.source, signal.name, named)
        yield "/labels", Origin(self.alert.source, signal.name, named)
        if level is not None:
            last = len(encoded["data"]) - 1
            yield f"/data/{last}/model/conditions", Origin(level.source, signal.name, named)
            yield "/for", Origin(level.source, signal.name, named)


class Compared(NamedTuple):
    """A rule's expression, taken apart.

    Attributes:
        measured: what is compared, guards included.
        operator: `>`, `<` or `==`.
        value: what it is compared with.
    """

    measured: str
    operator: str
    value: float


def taken_apart(expression: str) -> Compared | None:
    """Take the one comparison with a number out of a rule's expression, `X > 5 unless on (server) Y`.

    `and` and `unless` hand on what stands on their left, so that it may as well be compared afterwards. None where
    there is no such comparison, or where an `or` gives each side its own.
    """
    depth = 0
    found: list[tuple[promql.Token, promql.Token]] = []
    tokens = [token for token in promql.read(expression).tokens if token.kind not in _NOT_SAID]
    for token, following, after in zip(tokens, [*tokens[1:], None], [*tokens[2:], None, None], strict=False):
        depth += (token.text in "([{") - (token.text in ")]}")
        if depth:
            continue
        if token.text == "or":
            return None
        if token.text in _COMPARISONS and following is not None and following.kind == "number":
            if after is not None and after.text not in ("and", "unless"):
                return None
            found.append((token, following))
    if len(found) != 1:
        return None
    (operator, number), *_ = found
    measured = expression[: operator.start].rstrip() + expression[number.end :]
    return Compared(measured, operator.text, float(number.text))


def _evaluator(signal: Signal, compared: Compared) -> tuple[str, float] | None:
    """Return comparison and value of the threshold expression; None where every Grafana has none that says the same.

    Only newer ones know `eq`. A state at either end of a signal's states is on one side of its neighbor, as the
    lessons say it: disconnected is below 1.
    """
    if compared.operator != "==":
        return _COMPARISONS[compared.operator], compared.value
    values = sorted(state.value for state in signal.states)
    if len(values) > 1 and compared.value == values[0]:
        return "lt", values[1]
    if len(values) > 1 and compared.value == values[-1]:
        return "gt", values[-2]
    return None


def _threshold(of: str, evaluator: tuple[str, float]) -> dict[str, Any]:
    comparison, value = evaluator
    number = int(value) if float(value).is_integer() else value
    return {
        "type": "threshold",
        "expression": of,
        "conditions": [{"evaluator": {"params": [number], "type": comparison}}],
    }


def _query(expression: str, datasource: str) -> dict[str, Any]:
    promql.read(expression).check_composed()
    return {
        "refId": "A",
        "relativeTimeRange": {"from": _RANGE_SECONDS, "to": 0},
        "datasourceUid": datasource,
        "model": {"expr": expression, "instant": True, **_IN_MODEL, "refId": "A"},
    }


def _expression(name: str, model: dict[str, Any]) -> dict[str, Any]:
    return {
        "refId": name,
        "relativeTimeRange": {"from": 0, "to": 0},
        "datasourceUid": EXPRESSION_DATASOURCE,
        "model": {**model, **_IN_MODEL, "refId": name},
    }


def _annotations(prometheus: dict[str, str]) -> dict[str, str]:
    """Return a Prometheus rule's annotations as Grafana understands them.

    Prometheus' `$value` is a number; Grafana's is a string of all values, and the number is `$values.A.Value`. The
    functions are the same: Grafana expands with Prometheus' own code, but for `query`, which it does not have.

    What is not there is an empty string in Prometheus and `<no value>` in Grafana, which has neither the query's labels
    nor its values where there is no answer or no data. So an annotation is written only where everything it names
    exists, and a link goes without the variables that are not.
    """
    annotations = {}
    for name, text in prometheus.items():
        for action in _ACTION.findall(text):
            if re.search(r"\bquery\b", action):
                raise DeclarationError(
                    f"annotation {name!r} runs a Prometheus query, which Grafana cannot do: {action}"
                )
        grafanas = _ACTION.sub(lambda action: _VALUE.sub("$values.A.Value", action[0]), text)
        annotations[name] = _where_known(_IN_LINK.sub(r"{{ with \2 }}\1{{ . | urlquery }}{{ end }}", grafanas))
    panel = _panel(annotations.get("dashboard_url", ""))
    if panel is not None:
        annotations["__dashboardUid__"], annotations["__panelId__"] = panel
    return annotations


def _where_known(text: str) -> str:
    """Return an annotation that says so where a label or value is missing that it names without testing for it."""
    actions = _ACTION.findall(text)
    asked = {name for action in actions if _ASKS.match(action) for name in _NAMED.findall(action)}
    named = [name for action in actions for name in _NAMED.findall(action) if name not in asked]
    if not named:
        return text
    condition = " ".join(dict.fromkeys(named))
    return (
        f"{{{{ if {'and ' if ' ' in condition else ''}{condition} }}}}{text}{{{{ else }}}}{_NOTHING_KNOWN}{{{{ end }}}}"
    )


def _panel(url: str) -> tuple[str, str] | None:
    """Return uid and panel id of the panel that a link goes to; None where it goes to no panel."""
    parts = urlsplit(url.partition("{{")[0])
    found = re.search(r"/d/([^/]+)", parts.path)
    panels = parse_qs(parts.query).get("viewPanel", ())
    if found is None or not panels:
        return None
    return found[1], panels[0].removeprefix("panel-")


# --- who is told -------------------------------------------------------------------------------------------------

ALWAYS = "dashlib-always"
"""The mute timing of routes to receivers that tell nobody: Grafana has no contact point without an integration."""

# Grafana's root URL ends with a slash.
_ALERTS_URL = "{{ .ExternalURL }}alerting/groups"
_TYPES = {"Email": "email", "Slack": "slack", "Webhook": "webhook", "PagerDuty": "pagerduty"}


def compile_notifications(notifications: Notifications, folder: PurePosixPath, declared_in: str) -> list[Document]:
    """Return the provisioning files of contact points, notification policies, mute timings and templates. Pure.

    The tree of policies has one route of ours below its root, for what carries the label `MANAGED_BY`; it is what
    `push` merges into somebody else's tree. In a file the root is ours, too: a file replaces the whole tree.

    Args:
        notifications: who is told of an alert.
        folder: where the compiled files belong, relative to the project's root.
        declared_in: the declaration file, for the header.

    Raises:
        DeclarationError: the root route notifies nobody, which Grafana does not support.
    """
    tree = _Policies(notifications)
    policy = tree.root()
    files: list[tuple[str, str, list[dict[str, Any]], dict[str, Origin]]] = [
        ("contact-points.yaml", "contactPoints", *_contact_points(notifications)),
        ("policies.yaml", "policies", [{"orgId": 1, **policy}], {"/policies/0": Origin(notifications.route.source)}),
        ("mute-timings.yaml", "muteTimes", *_mute_timings(notifications, always=tree.mutes_always)),
        ("templates.yaml", "templates", *_templates(notifications)),
    ]
    return [
        Document(folder / name, "grafana-alerting", {"apiVersion": _API_VERSION, key: items}, sources, declared_in)
        for name, key, items, sources in files
        if items
    ]


class _Policies:
    """The tree of notification policies."""

    def __init__(self, notifications: Notifications) -> None:
        self.top = notifications.route
        self.telling = {receiver.name for receiver in notifications.receivers if receiver.integrations}
        self.mutes_always = False

    def root(self) -> dict[str, Any]:
        if self.top.receiver not in self.telling:
            raise DeclarationError(
                f"the root route goes to {self.top.receiver!r}, which has no integration; Grafana's root policy "
                "needs a contact point: give the root route another receiver, and silence routes below it",
                self.top.source,
            )
        ours = self._policy(self.top, "")
        name, value = MANAGED_BY
        return {
            "receiver": self.top.receiver,
            **({"group_by": list(self.top.group_by)} if self.top.group_by else {}),
            "routes": [{"receiver": ours.pop("receiver"), "object_matchers": [[name, "=", value]], **ours}],
        }

    def _policy(self, route: Route, inherited: str) -> dict[str, Any]:
        receiver = route.receiver or inherited
        muted = list(route.mute)
        policy: dict[str, Any] = {}
        if receiver not in self.telling:
            muted.append(ALWAYS)
            self.mutes_always = True
        elif route.receiver or inherited:
            policy["receiver"] = receiver
        if route.matchers:
            policy["object_matchers"] = [[name, match.operator, match.value] for name, match in route.matchers.items()]
        if route.group_by:
            policy["group_by"] = list(route.group_by)
        for name in ("group_wait", "group_interval", "repeat_interval"):
            if getattr(route, name):
                policy[name] = getattr(route, name)
        if muted:
            policy["mute_time_intervals"] = muted
        if route.continue_:
            policy["continue"] = True
        if route.routes:
            policy["routes"] = [self._policy(below, receiver) for below in route.routes]
        return policy


def _contact_points(notifications: Notifications) -> tuple[list[dict[str, Any]], dict[str, Origin]]:
    items: list[dict[str, Any]] = []
    sources: dict[str, Origin] = {}
    for receiver in notifications.receivers:
        if not receiver.integrations:
            continue
        sources[f"/contactPoints/{len(items)}"] = Origin(receiver.source)
        encoded = []
        counts: dict[str, int] = {}
        for integration in receiver.integrations:
            kind = _TYPES[type(integration).__name__]
            counts[kind] = counts.get(kind, 0) + 1
            number = f"-{counts[kind]}" if counts[kind] > 1 else ""
            encoded.append(
                {
                    "uid": _uid(f"{receiver.name}-{kind}{number}"),
                    "type": kind,
                    "settings": _settings(integration),
                    "disableResolveMessage": not integration.send_resolved,
                }
            )
        items.append({"orgId": 1, "name": receiver.name, "receivers": encoded})
    return items, sources


def _settings(integration: Integration) -> dict[str, Any]:
    """Return an integration's settings as Grafana calls them."""
    if isinstance(integration, Email):
        addressed: dict[str, Any] = {"addresses": ";".join(integration.to), "singleEmail": True}
        return addressed | _worded(integration.template, subject="title", message="text")
    if isinstance(integration, Slack):
        posted = {"recipient": integration.channel, "url": str(integration.url)}
        return posted | _worded(integration.template, title="slack.title", text="slack.text")
    if isinstance(integration, Webhook):
        return {"url": str(integration.url)}
    return {"integrationKey": str(integration.routing_key)} | _worded(integration.template, summary="title")


def _worded(template: str, **definitions: str) -> dict[str, str]:
    """Return the settings that a template words, each by one of its definitions; none for Grafana's own words."""
    if not template:
        return {}
    return {setting: f'{{{{ template "{template}.{name}" . }}}}' for setting, name in definitions.items()}


def _mute_timings(notifications: Notifications, *, always: bool) -> tuple[list[dict[str, Any]], dict[str, Origin]]:
    items: list[dict[str, Any]] = []
    sources: dict[str, Origin] = {}
    for mute_time in notifications.mute_times:
        sources[f"/muteTimes/{len(items)}"] = Origin(mute_time.source)
        items.append({"orgId": 1, "name": mute_time.name, "time_intervals": mute_time.intervals})
    if always:
        whole_day = [{"times": [{"start_time": "00:00", "end_time": "24:00"}]}]
        items.append({"orgId": 1, "name": ALWAYS, "time_intervals": whole_day})
    return items, sources


def _templates(notifications: Notifications) -> tuple[list[dict[str, Any]], dict[str, Origin]]:
    """Return the templates: Alertmanager's, with a link to Grafana's own list of alerts in the place of its."""
    items: list[dict[str, Any]] = []
    sources: dict[str, Origin] = {}
    for template in notifications.templates:
        definitions = notification_templates.definitions(template)
        definitions[f"{template.name}.alertmanager_url"] = _ALERTS_URL
        text = "\n".join(f'{{{{ define "{name}" }}}}{text}{{{{ end }}}}' for name, text in definitions.items())
        text = text.replace("Alertmanager: ", "Grafana: ").replace(">Alertmanager<", ">Grafana<")
        sources[f"/templates/{len(items)}"] = Origin(template.source)
        items.append({"orgId": 1, "name": template.name, "template": text})
    return items, sources


# --- files -------------------------------------------------------------------------------------------------------


def serialize(document: Document) -> bytes:
    """Return the bytes of a provisioning file: a header that names its source, then YAML with Grafana's dollars.

    A secret's reference becomes Grafana's own `$__env{NAME}` or `$__file{/path}`; every other dollar is written twice
    where Grafana would take what follows for an environment variable.
    """
    return rule_yaml.serialize(attrs.evolve(document, data=_for_file(document.data, ())))


def is_interpolated(pointer: tuple[str, ...]) -> bool:
    """Tell whether Grafana replaces `$…` at a place of an alerting file.

    It does not in annotations, in the model of a query, in mute timings and in templates (since 9.1.7; Grafana's own
    source, `pkg/services/provisioning`).
    """
    if pointer[:1] in (("muteTimes",), ("templates",)):
        return False
    return not (pointer[:1] == ("groups",) and ("annotations" in pointer[4:5] or "model" in pointer[6:7]))


def _for_file(value: Any, pointer: tuple[str, ...]) -> Any:  # noqa: ANN401  # any JSON-like value
    if isinstance(value, dict):
        return {key: _for_file(item, (*pointer, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_for_file(item, (*pointer, str(index))) for index, item in enumerate(value)]
    if isinstance(value, str) and "$" in value and is_interpolated(pointer):
        literal, *rest = _SECRET.split(value)
        text = literal.replace("$", "$$")
        for kind, name, following in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
            text += f"$__{kind}{{{name}}}" + following.replace("$", "$$")
        return text
    return value


# What a document holds, and how `dashlib list` counts it.
_HELD = {
    "contactPoints": "contact point", "policies": "policy tree", "muteTimes": "mute timing", "templates": "template",
}  # fmt: skip


def _described(document: Document) -> tuple[str, str]:
    held = {key: items for key, items in document.data.items() if isinstance(items, list)}
    title = ", ".join(item.get("name", "policies") for items in held.values() for item in items)
    rules = [rule for group in held.get("groups", ()) for rule in group["rules"]]
    return title, counted(len(rules), "rule") if rules else ", ".join(
        counted(len(held[key]), _HELD[key]) for key in held
    )


OUTPUT = Output(
    kind="grafana-alerting",
    compile=compile_all,
    serialize=serialize,
    mark=rule_yaml.HEADER,
    schema="provisioning-alerting",
    holds="groups",
    described=_described,
    api_version=f"apiVersion {_API_VERSION}",
)
