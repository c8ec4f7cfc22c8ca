"""What JSON is once it is parsed: the one place where nothing more can be said of a type."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
JsonValue = Any
