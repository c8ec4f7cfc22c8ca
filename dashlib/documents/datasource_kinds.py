"""Which kind of datasource a dashboard asks, as far as it says: what comes before any query is read as PromQL. Pure.

A reference is an object (`{"type": …, "uid": …}`), a name, or missing. Its uid or name may be a variable of the
dashboard (`$datasource`), or an input of an export (`${DS_PROMETHEUS}`); what that stands for decides, as it does in
Grafana, before the `type` beside it. A target without a datasource asks its panel's, a panel without one Grafana's
default.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from dashlib.promql.variables import has_variable, reference_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROMETHEUS: Final = "prometheus"
#: Plugins that take PromQL, and nothing else.
_PROMQL: Final = frozenset(
    {PROMETHEUS, "grafana-amazonprometheus-datasource", "grafana-azureprometheus-datasource", "mimir"}
)
#: What the kind of Grafana's own is called here: other panels, expressions, made-up data.
OWN: Final = "datasource"
_OWN: Final = frozenset({OWN, "grafana", "__expr__"})
# A datasource named after its kind, in dashboards older than Grafana 8.3, which have only its name.
_NAMED: Final = ("cloudwatch", "elasticsearch", "graphite", "influxdb", "loki", "opentsdb", "tempo", "zabbix")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|`[^`]*+`')
_ONLY_LOGQL: Final = re.compile(r"\||\bbytes_(?:rate|over_time)\b")


def takes_promql(kind: str) -> bool:
    """Tell whether a kind of datasource is asked in PromQL; what is not known may be."""
    return not kind or kind in _PROMQL


def is_logql(expression: str) -> bool:
    """Tell whether an expression can be no PromQL, but is LogQL: it has a pipe, or a function of Loki's own."""
    return _ONLY_LOGQL.search(_QUOTED.sub("", expression)) is not None


@frozen
class DatasourceKinds:
    """The kinds of datasource that one dashboard speaks of.

    Attributes:
        dashboard: its JSON.
    """

    dashboard: Mapping[str, Any]

    def of(self, reference: object) -> str:
        """Return the kind of a reference: a plugin's id, empty where it is not known.

        Args:
            reference: an object, a name, or None for Grafana's default.
        """
        uid = _text(reference.get("uid")) if isinstance(reference, dict) else _text(reference)
        kind = _text(reference.get("type")) if isinstance(reference, dict) else ""
        if uid == "-- Mixed --" or has_variable(kind):
            return ""
        if uid.startswith("-- ") or kind in _OWN or uid in _OWN:
            return OWN
        variable = reference_of(uid)
        name = variable.name if variable is not None else uid.removeprefix("${").removesuffix("}")
        known = self._chosen.get(name, "")
        if known or kind:
            return known or kind
        if uid and uid in self._by_uid:
            return self._by_uid[uid]
        if not uid or uid == "default" or has_variable(uid):
            return self._only if not uid or uid == "default" else ""
        return next((each for each in _NAMED if each in uid.lower()), "")

    def of_target(self, target: Mapping[str, Any], panel: Mapping[str, Any]) -> str:
        """Return the kind of datasource that a target of a panel asks; empty where it is not known."""
        own, shared = target.get("datasource"), panel.get("datasource")
        if isinstance(own, dict) and not (own.get("uid") or own.get("type")):
            own = None
        if own is None:
            return "" if _uid(shared) == "-- Mixed --" else self.of(shared)
        kind = self.of(own)
        return kind or (self.of(shared) if _uid(own) in {"", _uid(shared)} else "")

    def asks_promql(self, target: Mapping[str, Any], panel: Mapping[str, Any]) -> bool:
        """Tell whether the `expr` of a target is PromQL; where its datasource is not known, whether it may be."""
        kind = self.of_target(target, panel)
        return takes_promql(kind) and bool(kind or not is_logql(_text(target.get("expr"))))

    @cached_property
    def _chosen(self) -> dict[str, str]:
        """What its datasource variables and its inputs stand for, by name."""
        templating = self.dashboard.get("templating")
        variables = templating.get("list") if isinstance(templating, dict) else None
        found = {
            _text(one.get("name")): _text(one.get("pluginId"))
            for one in _objects(self.dashboard.get("__inputs"))
            if one.get("type") == "datasource"
        }
        for one in _objects(variables):
            if one.get("type") == "datasource":
                found[_text(one.get("name"))] = _text(one.get("query"))
        return {name: kind for name, kind in found.items() if kind and not has_variable(kind)}

    @cached_property
    def _by_uid(self) -> dict[str, str]:
        """What references elsewhere in the dashboard say of the same datasource."""
        found: dict[str, str] = {}
        waiting: list[object] = [self.dashboard.get(key) for key in ("panels", "rows", "templating", "annotations")]
        while waiting:
            value = waiting.pop()
            if isinstance(value, list | tuple):
                waiting.extend(value)
            elif isinstance(value, dict):
                reference = value.get("datasource")
                if isinstance(reference, dict) and _text(reference.get("type")) not in {"", *_OWN}:
                    found.setdefault(_text(reference.get("uid")), _text(reference.get("type")))
                waiting.extend(value.get(key) for key in ("panels", "targets", "list"))
        found.pop("", None)
        return found

    @cached_property
    def _only(self) -> str:
        """The kind of an export that needs one kind only: then that is its author's default."""
        needed = {_text(one.get("id")) for one in _objects(self.dashboard.get("__requires")) if _is_datasource(one)}
        return needed.pop() if len(needed) == 1 else ""


def _is_datasource(required: Mapping[str, Any]) -> bool:
    return required.get("type") == "datasource" and required.get("id") not in _OWN


def _uid(reference: object) -> str:
    return _text(reference.get("uid")) if isinstance(reference, dict) else _text(reference)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _objects(value: object) -> Iterator[dict[str, Any]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list | tuple) else iter(())
