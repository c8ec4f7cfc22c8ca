"""Where dashboards use variables: `$name`, `${name:format}`, `[[name]]`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.subjects import Dashboard

_VARIABLE: Final = re.compile(
    r"\$(?P<plain>[A-Za-z_]\w*)|\$\{(?P<braced>[A-Za-z_]\w*)(?:\.[^:}]+)?(?::[^}]*)?\}"
    r"|\[\[(?P<old>[A-Za-z_]\w*)(?::[^\]]*)?\]\]"
)
#: Grafana's own, beside those that begin with two underscores.
GLOBAL: Final = frozenset({"timeFilter", "timezone", "interval"})
# What no variable stands in, or only as an example.
_NOT_READ: Final = frozenset({"description", "__inputs", "__requires", "__elements"})


def uses_in(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the variables that a text uses, each with where it begins and ends."""
    for match in _VARIABLE.finditer(text):
        yield match["plain"] or match["braced"] or match["old"], *match.span()


def uses(dashboard: Dashboard) -> Iterator[tuple[str, str, str, int, int]]:
    """Yield every use of a variable in a dashboard: its name, the pointer, the text, where it begins and ends."""
    for pointer, text in _texts(dashboard.data, dashboard.pointer):
        if "$" in text or "[[" in text:
            for name, start, end in uses_in(text):
                yield name, pointer, text, start, end


def _texts(data: Any, prefix: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # JSON
    waiting = [(prefix, data)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, str):
            yield pointer, value
        elif isinstance(value, dict):
            waiting.extend(
                (f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}", item)
                for key, item in value.items()
                if key not in _NOT_READ
            )
        elif isinstance(value, list | tuple):
            waiting.extend((f"{pointer}/{index}", item) for index, item in enumerate(value))


def is_global(name: str) -> bool:
    """Tell whether a variable is one of Grafana's own."""
    return name.startswith("__") or name in GLOBAL
