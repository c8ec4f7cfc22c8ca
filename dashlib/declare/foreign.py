"""Classes that are not dashlib's: grafanalib's, told by name so that none is imported, and those derived from others.

Only `dashlib.from_grafanalib` imports grafanalib, and only where an object of its classes is declared.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

import attrs

from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from grafanalib.core import (
        DashboardLink,
        DataLink,
        Panel,
        RowPanel,
        StatRangeMappings,
        StatValueMappings,
        Template,
    )

    __all__ = ["DashboardLink", "DataLink", "Panel", "RowPanel", "StatRangeMappings", "StatValueMappings", "Template"]
else:

    class _Foreign(abc.ABC):  # noqa: B024  # never made
        """A class of grafanalib's, which has those as subclasses that are derived from the one of that name."""

        @classmethod
        def __subclasshook__(cls, other: type) -> bool:
            return any(each.__name__ == cls.__name__ and is_foreign(each) for each in other.__mro__)

    class DashboardLink(_Foreign):
        """A link at the top of a dashboard or panel."""

    class DataLink(_Foreign):
        """A link that a click on a value offers."""

    class Panel(_Foreign):
        """A panel; two of grafanalib's are not derived from its class of that name."""

        @classmethod
        def __subclasshook__(cls, other: type) -> bool:
            names = ("Panel", "AlertList", "ZabbixTriggersPanel")
            return any(each.__name__ in names and is_foreign(each) for each in other.__mro__)

    class RowPanel(_Foreign):
        """The heading of a row."""

    class StatRangeMappings(_Foreign):
        """A text and color for a range of values."""

    class StatValueMappings(_Foreign):
        """Texts and colors for values."""

    class Template(_Foreign):
        """A variable."""


def declared_as(kind: type) -> str:
    """Return the name of the class of grafanalib's that a file declares; empty for what is not declared for itself."""
    names = (each.__name__ for each in kind.__mro__ if is_foreign(each))
    return next((name for name in names if name in _DECLARED), "")


_DECLARED = ("Dashboard", "AlertGroup", "AlertFileBasedProvisioning")


def is_foreign(kind: type) -> bool:
    """Tell whether a class is one of grafanalib's own; a class derived from one has it in its `__mro__`."""
    return kind.__module__.partition(".")[0] == "grafanalib"


def says_more(kind: type, known: type) -> str:
    """Return what a class says that an encoder of one that it is derived from cannot know; empty for nothing."""
    if kind is known:
        return ""
    derived = kind.__mro__[: kind.__mro__.index(known)]
    own = [name for each in derived for name in vars(each) if name in ("to_json_data", "panel_json")]
    if own:
        return f", which has a {own[0]} of its own"
    had = {field.name for field in attrs.fields(known)} if attrs.has(known) else set()
    added = [field.name for field in attrs.fields(kind) if field.name not in had] if attrs.has(kind) else []
    return f", which has {', '.join(added)} beyond {known.__qualname__}" if added else ""


def no_encoder(kind: type, more: str = "") -> DeclarationError:
    """Return the error that a class cannot be encoded; `more` says why an encoder of its parent does not serve."""
    if kind.__module__ == "builtins":
        a = "an " if kind.__name__[0] in "aeiou" else "a "
        found = "None" if kind is type(None) else a + kind.__name__
        return DeclarationError(f"found {found} where an object of grafanalib's or dashlib's is due")
    if kind.__module__.startswith("dashlib."):
        return DeclarationError(
            f"found a {kind.__qualname__} of dashlib's, which stands in a Dashboard of dashlib's; grafanalib's takes "
            "grafanalib's panels"
        )
    return DeclarationError(
        f"dashlib has no encoder for {kind.__module__}.{kind.__qualname__}{more}; register one with "
        "@dashlib.encode.register, or use one of dashlib's panel builders"
    )
