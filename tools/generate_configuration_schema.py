"""Write `dashlib/schemas/configuration.schema.json`, which editors read, from the classes that the tables are read as.

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

FILE = Path(__file__).parents[1] / "dashlib/schemas/configuration.schema.json"


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
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "[tool.dashlib] in pyproject.toml",
        **whole,
    }


def text() -> str:
    """Return the content of the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _described(of: type) -> dict[str, Any]:
    found: dict[str, Any] = tables.schema(of)
    said = dict(re.findall(r"^    (\w+): ((?:.|\n)+?)(?=\n    \w|\n*\Z)", inspect.getdoc(of) or "", re.MULTILINE))
    for key, setting in found["properties"].items():
        field = tables.settings_of(of)[key].name
        setting["description"] = " ".join(said[field].split()).replace("`", "")
    return found


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
