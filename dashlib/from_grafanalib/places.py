"""Where grafanalib's objects were made: it notes no line, so it is noted for it while declarations are imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from grafanalib import core

from dashlib.sources import Source

if TYPE_CHECKING:
    from types import FrameType

_NOTE: Final = "_dashlib_source"
_LIBRARIES: Final = ("attr", "attrs", "grafanalib", "dashlib")


def note_places() -> None:
    """Let panels, rows, variables, dashboards and groups of alerts know from now on where they were made."""
    for kind in (core.Panel, core.AlertList, core.Row, core.Template, core.Dashboard, core.AlertGroup, core.Alert,
                 core.AlertRulev8, core.AlertRulev9):  # fmt: skip
        setattr(kind, "__new__", _made)  # noqa: B010  # mypy knows no other way
    if (zabbix := sys.modules.get("grafanalib.zabbix")) is not None:
        setattr(zabbix.ZabbixTriggersPanel, "__new__", _made)  # noqa: B010


def _made(kind: type, *_given: object, **_named: object) -> Any:  # noqa: ANN401  # an object of the class
    found: Any = object.__new__(kind)
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # the only way to know who calls
    while frame is not None and _library(frame) and frame.f_back is not None:
        # A copy with changes is declared where its original was: `auto_panel_ids` copies every panel.
        original = frame.f_locals.get("inst") if frame.f_code.co_name == "evolve" else None
        if original is None and frame.f_code.co_name == "evolve":
            original = (frame.f_locals.get("args") or (None,))[0]
        if (noted := getattr(original, "__dict__", {}).get(_NOTE)) is not None:
            found.__dict__[_NOTE] = noted
            return found
        frame = frame.f_back
    if frame is not None:
        found.__dict__[_NOTE] = Source(frame.f_code.co_filename, frame.f_lineno)
    return found


def _library(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[
        0
    ] in _LIBRARIES or frame.f_code.co_filename.startswith("<attrs")


def place_of(declared: object, otherwise: Source) -> Source:
    """Return where an object was made, where that is known."""
    found = getattr(declared, "__dict__", {}).get(_NOTE)
    return found if isinstance(found, Source) else otherwise
