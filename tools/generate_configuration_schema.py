"""Write the JSON Schemas of the configuration and of naming profiles, for editors, from the classes that read them.

A setting's description is what its class's docstring says of the attribute.

    python -m tools.generate_configuration_schema
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

from dashlib import tables
from dashlib.compile.configuration import Configuration
from dashlib.compile.declared_connectors import AlertOverride, DeclaredConnector, OverrideTable
from dashlib.grafana.targets import Target
from dashlib.lint.settings import Settings
from dashlib.metrics.catalog import METRIC_NAME, OwnMetric
from dashlib.metrics.profiles import REQUIRED_FAMILIES, FamilyNaming, MetricNaming, Profile

_FOLDER = Path(__file__).parents[1] / "dashlib/schemas"
FILE = _FOLDER / "configuration.schema.json"
PROFILE_FILE = _FOLDER / "profile.schema.json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the schema of `[tool.dashlib]`, with the tables that parts of dashlib read for themselves."""
    whole = _described(Configuration)
    settings = whole["properties"]
    names = {"propertyNames": {"pattern": f"^(?:{METRIC_NAME.pattern})$"}}
    overrides = _described(OverrideTable)
    overrides["properties"]["alerts"]["additionalProperties"] = _described(AlertOverride)
    settings["catalog"] |= {**names, "additionalProperties": _described(OwnMetric)}
    settings["grafana"] |= {"additionalProperties": _described(Target)}
    settings["connectors"] |= {"additionalProperties": _described(DeclaredConnector)}
    settings["overrides"] |= {"additionalProperties": overrides}
    settings["lint"] |= _described(Settings)
    return {
        "$schema": _DIALECT,
        "title": "[tool.dashlib] in pyproject.toml",
        **whole,
    }


def profile_schema() -> dict[str, Any]:
    """Return the schema of a naming profile's file."""
    whole = _described(Profile)
    settings = whole["properties"]
    settings["families"] |= {"additionalProperties": _described(FamilyNaming), "required": list(REQUIRED_FAMILIES)}
    settings["metrics"] |= {"additionalProperties": _described(MetricNaming)}
    whole["properties"] = {"$schema": {"type": "string"}, **settings}
    return {"$schema": _DIALECT, "title": "A naming profile of dashlib: how an exporter spells metrics", **whole}


def text(of: dict[str, Any]) -> str:
    """Return the content of a schema's file."""
    return json.dumps(of, indent=2, ensure_ascii=False) + "\n"


def _described(of: type) -> dict[str, Any]:
    found: dict[str, Any] = tables.schema(of)
    said = dict(re.findall(r"^    (\w+): ((?:.|\n)+?)(?=\n    \w|\n*\Z)", inspect.getdoc(of) or "", re.MULTILINE))
    for key, setting in found["properties"].items():
        field = tables.settings_of(of)[key].name
        setting["description"] = " ".join(said[field].split()).replace("`", "")
    return found


if __name__ == "__main__":
    FILE.write_text(text(schema()), encoding="utf-8")
    PROFILE_FILE.write_text(text(profile_schema()), encoding="utf-8")
