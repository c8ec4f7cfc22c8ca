"""A document as readers have it: compiled from Python, or found in a file, with the places of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from dashlib.documents.dashboards import Dashboard
from dashlib.documents.rules import Rule, RuleGroup, groups_in
from dashlib.documents.values import object_of, steps_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.documents.document import Document
    from dashlib.documents.foreign import SourceText, UnreadableFileError


@frozen(eq=False)
class Reading:
    """A dashboard, or rules, that was compiled or that a file holds.

    Attributes:
        document: in the shape of compiled ones; of a file, `kind` is `dashboard`, `rules` or `grafana-alerting`.
        source: the text of a file that dashlib did not make, and its places; None for what is declared in Python.
        prefix: JSON pointer to the dashboard, or to the object with the rule groups, within `document.data`.
        moved: where its parts stand in the file, by JSON pointer into `document.data`, for those that stand elsewhere.
        error: what is wrong with the file itself, if it cannot be read; the document is empty then.
        is_surplus: it is a further YAML document of a rule file, which Prometheus does not read; the document is empty
            then.
    """

    document: Document
    source: SourceText | None = None
    prefix: str = ""
    moved: Mapping[str, str] = field(factory=dict, kw_only=True)
    error: UnreadableFileError | None = field(default=None, kw_only=True)
    is_surplus: bool = field(default=False, kw_only=True)

    @property
    def is_declared(self) -> bool:
        """Whether it is compiled from Python."""
        return self.source is None

    @property
    def is_of_victoria_metrics(self) -> bool:
        """Whether it is a VMRule, whose expressions are MetricsQL: all of PromQL, and more."""
        passed = steps_to(self.document.data, self.prefix)
        return any(object_of(value).get("kind") == "VMRule" for value in passed)

    @property
    def data(self) -> dict[str, Any]:
        """The dashboard, or the object with the rule groups."""
        *_, data = steps_to(self.document.data, self.prefix)
        return object_of(data)

    @property
    def dashboard(self) -> Dashboard | None:
        """The dashboard; None where it holds none."""
        return Dashboard(self.data, self.prefix) if self.document.kind == "dashboard" else None

    @property
    def groups(self) -> tuple[RuleGroup, ...]:
        """The groups of rules that Prometheus evaluates."""
        return groups_in(self.data, self.prefix) if self.document.kind == "rules" else ()

    @property
    def managed_rules(self) -> tuple[Rule, ...]:
        """The rules that Grafana manages: those of a provisioning file's groups, or of one group in Kubernetes."""
        if self.document.kind != "grafana-alerting":
            return ()
        is_one_group = "rules" in self.data
        groups = (RuleGroup(self.data, self.prefix),) if is_one_group else groups_in(self.data, self.prefix)
        return tuple(rule for group in groups for rule in group.rules)

    def written(self, pointer: str) -> str:
        """Return where a part of the document stands in its file, as a JSON pointer."""
        here = pointer
        while here not in self.moved:
            if not here:
                return pointer
            here = here.rpartition("/")[0]
        return self.moved[here] + pointer[len(here) :]
