"""What a declaration file declares, and what in it is not compiled: that is reported, never ignored silently.

A value at module level is looked at by its type only: whatever its own `__getattr__`, `__eq__` or `__class__` does is
not asked for.
"""

from __future__ import annotations

import collections
import contextlib
import re
import sys
import types
from typing import TYPE_CHECKING, NamedTuple

from dashlib.declare import foreign
from dashlib.declare.dashboards import Dashboard
from dashlib.sources import Source

if TYPE_CHECKING:
    import ast
    from collections.abc import Container, Iterator
    from types import ModuleType
    from typing import TypeAlias, TypeGuard

    from dashlib.declare.alerts import Alert, RuleGroup
    from dashlib.declare.grafana_rules import GrafanaRuleGroup
    from dashlib.declare.library import LibraryPanel
    from dashlib.declare.notifications import Notifications
    from dashlib.declare.objectives import Objective
    from dashlib.declare.placed import PlacedDashboard, WrittenRuleGroup

    Item: TypeAlias = Dashboard | LibraryPanel | RuleGroup | GrafanaRuleGroup | Notifications
    Read: TypeAlias = Item | PlacedDashboard | WrittenRuleGroup

_COMPILED = re.compile(r"\b(?:Dashboard|LibraryPanel|AlertGroup|RuleGroup|GrafanaRuleGroup|Notifications)\b")


class PassedOver(NamedTuple):
    """Something in a declaration file that is not compiled.

    Attributes:
        said: what it is, and what to do.
        file: the declaration file, relative to the project's root.
        source: where it stands.
        is_lost: it was meant to be compiled, so nothing is compiled until it can be.
    """

    said: str
    file: str
    source: Source
    is_lost: bool = True


def declared_in(value: object) -> Iterator[Item]:
    """Yield what a value at module level declares: itself, or what a list or tuple holds."""
    for item in _inside(value):
        if is_declaration(item):
            yield item


def foreign_in(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Yield the objects of grafanalib's that a module declares, each with the name that it stands under.

    Of a file whose name ends in `.NAME.py` that is what the variable NAME holds, where it holds one:
    `generate-dashboard` reads no other.
    """
    values = {name: value for name, value in vars(module).items() if not name.startswith("__")}
    *_, named = (module.__file__ or "").removesuffix(".py").rpartition(".")
    if named in values and any(is_foreign_declaration(each) for each in _inside(values[named])):
        values = {named: values[named]}
    for name, value in values.items():
        for item in _inside(value):
            if is_foreign_declaration(item):
                yield name, item


def is_foreign_declaration(item: object) -> bool:
    """Tell whether something is an object of grafanalib's that is compiled to a file."""
    return bool(foreign.declared_as(type(item)))


def line_of(module: ModuleType, name: str) -> Source:
    """Return where a name of a module was last given a value."""
    text = _Text(module)
    return Source(text.path, text.line(name))


def is_declaration(item: object) -> TypeGuard[Item]:
    """Tell whether something is compiled to a file; a class that nobody imported need not be imported for it."""
    return is_a(item, Dashboard) or any(
        is_one(item) for is_one in (is_library_panel, is_rule_group, is_grafana_rule_group, is_notifications)
    )


def is_library_panel(item: object) -> TypeGuard[LibraryPanel]:
    """Tell whether something is a library panel, without importing the class for it."""
    return _is_one(item, "dashlib.declare.library", "LibraryPanel")


def is_rule_group(item: object) -> TypeGuard[RuleGroup]:
    """Tell whether something is a rule group, without importing the class for it."""
    return _is_one(item, "dashlib.declare.alerts", "RuleGroup")


def is_grafana_rule_group(item: object) -> TypeGuard[GrafanaRuleGroup]:
    """Tell whether something is a group of Grafana-managed rules, without importing the class for it."""
    return _is_one(item, "dashlib.declare.grafana_rules", "GrafanaRuleGroup")


def is_notifications(item: object) -> TypeGuard[Notifications]:
    """Tell whether something is the notifications, without importing the class for it."""
    return _is_one(item, "dashlib.declare.notifications", "Notifications")


def is_a(item: object, kind: type | tuple[type, ...]) -> bool:
    """Tell whether something is of a class, without asking it: its `__class__` may be a property that raises."""
    return issubclass(type(item), kind)


def _is_one(item: object, module: str, name: str) -> bool:
    # To import the three modules for an `isinstance` would take 35 ms, a tenth of the build of one dashboard.
    found = sys.modules.get(module)
    return found is not None and is_a(item, getattr(found, name))


def _inside(value: object) -> Iterator[object]:
    """Yield a value, or the contents of a list or tuple, however deep, whatever its own class makes of them."""
    kind = type(value)
    if issubclass(kind, (list, tuple)):
        base = list if issubclass(kind, list) else tuple
        items: Iterator[object] = base.__iter__(value)  # type: ignore[arg-type]  # it is one of the two
        for each in items:
            if each is not value:
                yield from _inside(each)
    else:
        yield value


def passed_over(
    module: ModuleType, file: str, compiled: Container[int], places: Container[Source], *, is_shared: bool = False
) -> list[PassedOver]:
    """Return what a module holds that is not compiled.

    Args:
        module: an imported declaration file.
        file: its path, relative to the project's root.
        compiled: identities of all that is compiled, and of the rules in it.
        places: where that was declared.
        is_shared: others import it, and it need not declare anything.
    """
    found: list[PassedOver] = []
    text = _Text(module)
    seen: set[int] = set()
    declares = False
    for name, value in list(vars(module).items()):
        if name.startswith("__"):
            continue
        if is_a(value, types.FunctionType):
            found.extend(_of_function(name, value, file, text, places))
        for item in _inside(value):
            if id(item) in seen:
                continue
            seen.add(id(item))
            declares = declares or is_declaration(item) or is_foreign_declaration(item)
            found.extend(_of_value(name, item, file, text, compiled))
    if not found and not declares and not is_shared:
        found.extend(_makers(module, file, text))
    if not found and not declares and not is_shared:
        found.append(
            PassedOver(
                "the file declares nothing to compile; if others only import it, begin its name with '_'",
                file, Source(text.path, 1), is_lost=False,
            )
        )  # fmt: skip
    return found


def _makers(module: ModuleType, file: str, text: _Text) -> Iterator[PassedOver]:
    """Yield the functions of a file that would make something, of which it does not say that they return it."""
    for name, value in vars(module).items():
        code = value.__code__ if is_a(value, types.FunctionType) else None
        if code is None or code.co_filename != text.path or text.uses(name):
            continue
        made = next((each for each in code.co_names if _COMPILED.fullmatch(each)), None)
        if made is not None:
            yield _uncalled(name, f"makes a {made}", file, Source(text.path, code.co_firstlineno))


def _uncalled(name: str, does: str, file: str, source: Source) -> PassedOver:
    said = f"{name}() {does} but is never called; write made = {name}(…) at module level"
    return PassedOver(said, file, source, is_lost=False)


def _of_value(name: str, item: object, file: str, text: _Text, compiled: Container[int]) -> Iterator[PassedOver]:
    refused = None if id(item) in compiled else _not_compiled(item)
    if refused is not None:
        kind, what_to_do = refused
        yield PassedOver(f"{name} is a grafanalib {kind}, {what_to_do}", file, Source(text.path, text.line(name)))
        return
    if _is_one(item, "dashlib.declare.alerts", "Alert"):
        alert: Alert = item  # type: ignore[assignment]  # see above
        if id(alert) not in compiled and alert.source.file == text.path:
            yield PassedOver(f"alert {alert.name} is not in any RuleGroup", file, alert.source, is_lost=False)
    elif _is_one(item, "dashlib.declare.objectives", "Objective"):
        objective: Objective = item  # type: ignore[assignment]  # see above
        if id(objective) not in compiled and objective.source.file == text.path:
            said = f"objective {objective.name!r} is not in any RuleGroup"
            yield PassedOver(said, file, objective.source, is_lost=False)
    elif type(item) is types.MethodType and (is_declaration(item.__self__) or is_foreign_declaration(item.__self__)):
        of = type(item.__self__).__name__
        said = f"{name} is the method {item.__name__} of a {of}, which is not called; write {item.__name__}()"
        yield PassedOver(said, file, Source(text.path, text.line(name)))
    elif type(item) is types.GeneratorType:
        said = f"{name} is a generator, and dashlib does not run generators; make it a list if it makes dashboards"
        yield PassedOver(said, file, Source(text.path, text.line(name)), is_lost=False)
    else:
        holder, values = _held_by(item, text)
        lost = [
            each
            for value in values
            for each in _inside(value)
            if id(each) not in compiled and (is_declaration(each) or is_foreign_declaration(each))
        ]
        if lost:
            kinds = ", ".join(dict.fromkeys(type(each).__name__ for each in lost))
            many = "classes" if holder == "class" else f"{holder}s"
            a = "an" if holder == "object" else "a"
            said = f"{name} is {a} {holder} that holds {kinds}, and dashlib does not look into {many}; make it a list"
            yield PassedOver(said, file, Source(text.path, text.line(name)))


def _held_by(item: object, text: _Text) -> tuple[str, list[object]]:
    """Return what a container is called that is not looked into, and what it holds."""
    if type(item) is dict:
        return "dict", list(item.values())
    if type(item) in (set, frozenset):
        return "set", list(item)  # type: ignore[call-overload]  # it is one of the two
    if type(item) is type and vars(item).get("__module__") == text.module:
        return "class", list(vars(item).values())
    if type(item) is collections.deque:
        return "deque", list(item)
    if type(item) is types.SimpleNamespace or type(item).__module__ == text.module:
        with contextlib.suppress(Exception):  # a class of the author's may do anything
            return "object", list(vars(item).values())
    return "", []


def _not_compiled(item: object) -> tuple[str, str] | None:
    """Return the class of an object of grafanalib's that is not compiled, and what to do instead."""
    if not any(map(foreign.is_foreign, type(item).__mro__)):
        return None
    from dashlib.from_grafanalib import not_compiled

    return not_compiled(item)


def _of_function(
    name: str, function: types.FunctionType, file: str, text: _Text, places: Container[Source]
) -> Iterator[PassedOver]:
    """Yield what an uncalled function would return; a called one has made what is compiled."""
    code = function.__code__
    returned = function.__annotations__.get("return")
    said = returned if isinstance(returned, str) else repr(returned)  # `list[Dashboard]` has the name of a list
    kind = _COMPILED.search(said)
    if kind is None or code.co_filename != text.path or text.uses(name):
        return
    lines = {line for _, _, line in code.co_lines() if line is not None}
    if not any(Source(text.path, line) in places for line in lines):
        yield _uncalled(name, f"returns a {kind.group()}", file, Source(text.path, code.co_firstlineno))


class _Text:
    """The text of a module, parsed when a place in it is asked for."""

    def __init__(self, module: ModuleType) -> None:
        self.path = module.__file__ or module.__name__
        self.module = module.__name__
        self._nodes: list[ast.AST] | None = None

    def line(self, name: str) -> int:
        """Return the line in which a name was last given a value, or imported."""
        import ast

        lines = [
            node.lineno
            for node in self._all()
            if (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store))
            or (isinstance(node, ast.alias) and name in (node.name, node.asname))
            or (isinstance(node, ast.ClassDef) and node.name == name)
        ]
        return max(lines, default=1)

    def uses(self, name: str) -> bool:
        """Tell whether a name is read."""
        import ast

        return any(
            isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) for node in self._all()
        )

    def _all(self) -> list[ast.AST]:
        import ast
        from pathlib import Path

        if self._nodes is None:
            self._nodes = list(ast.walk(ast.parse(Path(self.path).read_bytes())))
        return self._nodes
