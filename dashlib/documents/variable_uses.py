"""Where dashboards use variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import frozen

from dashlib.documents.values import escaped, object_of, objects_in
from dashlib.promql.variables import Reference, names_in, references

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.documents.dashboards import Dashboard, OldRow, Panel

# What no variable stands in, or only as an example.
_NOT_READ: Final = frozenset({"__inputs", "__requires"})
#: What stands for every variable of the dashboard in a link.
_EVERY_VARIABLE: Final = "__all_variables"


_BRANCHES: Final = (dict, list, tuple)
#: A key or index, with those above it; None at the root.
_Path: TypeAlias = "tuple[_Path, str | int] | None"


@frozen
class Use:
    """A use of a variable in a dashboard.

    Attributes:
        reference: the variable as it is written.
        pointer: JSON pointer to the text.
        text: the text.
    """

    reference: Reference
    pointer: str
    text: str


def uses(dashboard: Dashboard) -> Iterator[Use]:
    """Yield every use of a variable in the texts of a dashboard; `repeated` has the others."""
    for pointer, text in _texts(dashboard.data, dashboard.pointer):
        for reference in references(text):
            yield Use(reference, pointer, text)


def repeated(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    """Yield the variable by which a panel or row is repeated, with the pointer to its name."""
    repeating: list[Panel | OldRow] = [*dashboard.all_panels, *dashboard.old_rows]
    for each in repeating:
        if each.repeat:
            yield each.repeat, f"{each.pointer}/repeat"


def hands_on_all(dashboard: Dashboard) -> bool:
    """Tell whether a link of a dashboard hands on all its variables, or a panel from elsewhere may use any of them."""
    links = [link for _, link in objects_in(dashboard.data.get("links"), "")]
    for panel in dashboard.all_panels:
        if panel.data.get("libraryPanel"):
            return True
        links += [link for _, link in objects_in(panel.data.get("links"), "")]
        links += [link for _, link in objects_in(panel.defaults.get("links"), "")]
        options = object_of(panel.data.get("options"))
        links += [link for _, link in objects_in(options.get("dataLinks"), "")]
        if options.get("includeVars"):  # a list of dashboards
            return True
    return any(link.get("includeVars") for link in links) or any(
        _EVERY_VARIABLE in text and _EVERY_VARIABLE in names_in(text)
        for _, text in _texts(dashboard.data, dashboard.pointer)
    )


def _texts(data: Any, prefix: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # JSON
    """Yield the texts that may hold a variable, with their pointers: few of many, so only theirs are written out."""
    waiting: list[tuple[_Path, Any]] = [(None, data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            yield _pointer(prefix, path), value
        elif isinstance(value, dict):
            waiting += [((path, key), item) for key, item in value.items() if _is_read(item) and key not in _NOT_READ]
        else:
            waiting += [((path, index), item) for index, item in enumerate(value) if _is_read(item)]


def _is_read(value: object) -> bool:
    return ("$" in value or "[[" in value) if isinstance(value, str) else isinstance(value, _BRANCHES)


def _pointer(prefix: str, path: _Path) -> str:
    parts: list[str] = []
    while path is not None:
        path, key = path
        parts.append(escaped(str(key)))
    return "/".join([prefix, *reversed(parts)])
