"""How a message reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from dashlib.declare.arguments import checked
from dashlib.declare.labels import texts
from dashlib.declare.notifications.matchers import are_label_names, check_label_name
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPLATE_NAME = re.compile(r"[a-z][a-z0-9_-]*")


def _links() -> dict[str, str]:
    return {"Graph": "dashboard_url", "Runbook": "runbook_url"}


@checked
@attrs.frozen(eq=False, repr=False)
class Template(Value):
    """How a message reads: what fires, on what, since when, how bad it is, and where to look.

    Its headline is the alerts' annotation `summary`; each alert then gets a line with the labels of
    `identity`, the time, the annotation `description` (which holds the value) and the links.

    Attributes:
        name: what integrations call it; lowercase letters, digits, `_` and `-`.
        identity: labels that say what an alert is about, in the order in which they are shown; those that an alert
            does not have are left out.
        links: caption → annotation that holds the URL.
        most: how many alerts of a group are shown one by one; the message says how many more there are.
        source: where it was declared.
    """

    name: str = attrs.field()
    identity: tuple[str, ...] = attrs.field(
        kw_only=True, default=("connector", "server", "job"), converter=texts, validator=are_label_names
    )
    links: Mapping[str, str] = attrs.field(kw_only=True, factory=_links)
    most: int = attrs.field(kw_only=True, default=10)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    @name.validator
    def _check_name(self, _attribute: attrs.Attribute[str], value: str) -> None:
        if not _TEMPLATE_NAME.fullmatch(value):
            raise DeclarationError(
                f"a template name must be lowercase letters, digits, '_' and '-', for example 'debezium'; got {value!r}"
            )

    @identity.validator
    def _check_identity(self, _attribute: attrs.Attribute[object], value: tuple[str, ...]) -> None:
        if not value:
            raise DeclarationError(f"template {self.name!r} needs at least one label that identifies an alert")

    @links.validator
    def _check_links(self, _attribute: attrs.Attribute[object], value: Mapping[str, str]) -> None:
        for caption, annotation in value.items():
            check_label_name(f"template {self.name!r}: links", annotation)
            if not re.fullmatch(r"[^\"`{}<>|&\n]+", caption):
                raise DeclarationError(f"template {self.name!r}: a link caption must be plain text; got {caption!r}")

    @most.validator
    def _check_most(self, _attribute: attrs.Attribute[int], value: int) -> None:
        if value < 1:
            raise DeclarationError(f"template {self.name!r} must show at least 1 alert; got {value!r}")
