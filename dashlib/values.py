"""What the values that declarations are made of have in common, beside what attrs gives each class."""

from __future__ import annotations

import attrs


class Value:
    """Shows its attributes, by one function for all classes.

    attrs would write and compile a `__repr__` for each class, a third of what defining one takes: a command that is
    started anew a hundred times a day defines them each time. So every class that a build imports says `repr=False`,
    and is derived from this one.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        """Return `Class(attribute=…, …)`, without what is declared not to be shown."""
        kind = type(self)
        fields = attrs.fields(kind)  # type: ignore[arg-type]  # attrs makes every class that is derived
        shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields if each.repr)
        return f"{kind.__qualname__}({', '.join(shown)})"
