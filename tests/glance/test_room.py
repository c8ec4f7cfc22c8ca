"""The reader of panels stands alone: it knows nothing of how a panel is compiled, and asks nobody."""

from __future__ import annotations

import ast
from pathlib import Path

import dashlib.glance

ROOM = Path(dashlib.glance.__file__).parent
PURE = {
    "__future__", "attrs", "collections", "datetime", "decimal", "functools", "itertools", "math", "re", "sys",
    "typing", "unicodedata",
}  # fmt: skip
# What every part of dashlib may read, and what reads nothing of how a panel is compiled.
BELOW = {
    "dashlib.declare.calculations",
    "dashlib.documents.dashboards",
    "dashlib.errors",
    "dashlib.promql.variables",
    "dashlib.promql",
}


def test_the_reader_imports_nothing_but_itself_and_what_is_pure() -> None:
    for file in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [str(node.module)]
            for name in names:
                own = name in {"dashlib.glance", *BELOW} or name.startswith("dashlib.glance.")
                assert own or name.split(".")[0] in PURE, f"{file.name} imports {name}"
