"""The tree of errors in `dashlib.errors` tells every error that dashlib raises, and its exit code."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import dashlib
from dashlib import errors

DASHLIB = Path(dashlib.__file__).parent


def raised(parent: type[errors.DashlibError]) -> list[tuple[int, str, int]]:
    """Return an error and all below it: how deep each is, its name and its exit code."""
    found = [(0, parent.__name__, parent.exit_code)]
    for child in parent.__subclasses__():
        if child.__module__.startswith("dashlib."):
            found += [(depth + 1, name, code) for depth, name, code in raised(child)]
    return found


def test_the_tree_tells_every_error_with_its_parent_and_exit_code() -> None:
    for file in DASHLIB.rglob("*.py"):
        if re.search(r"^class \w+Error\(", file.read_text(encoding="utf-8"), re.MULTILINE):
            module = ".".join(("dashlib", *file.relative_to(DASHLIB).with_suffix("").parts))
            importlib.import_module(module.removesuffix(".__init__"))
    lines = re.findall(r"^([│├└─ ]*)(\w+Error) +(\d)  ", errors.__doc__ or "", re.MULTILINE)
    told = [(len(branch) // 4, name, int(code)) for branch, name, code in lines]
    assert sorted(told) == sorted(raised(errors.DashlibError))
