"""Read queries and options into the models of grafana-foundation-sdk, and write them: run by the benchmark's Python.

Reads `[[module, class, JSON], …]` from standard input, and writes each as the model has it.
"""

from __future__ import annotations

import importlib
import json
import sys

from grafana_foundation_sdk.cog.encoder import JSONEncoder

found: list[object] = []
for module, name, value in json.load(sys.stdin):
    model = getattr(importlib.import_module(f"grafana_foundation_sdk.models.{module}"), name)
    found.append(json.loads(json.dumps(model.from_json(value), cls=JSONEncoder)))
json.dump(found, sys.stdout)
