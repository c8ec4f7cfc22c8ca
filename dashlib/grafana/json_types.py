"""Parsed JSON: the only place where a type cannot be more precise."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
JsonValue = Any
