"""Where the tests find the programs of Prometheus and of VictoriaMetrics."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[1]
# The names that a program goes by: Debian calls Alertmanager otherwise than its authors do.
NAMES = {
    "promtool": ["promtool"],
    "prometheus": ["prometheus"],
    "amtool": ["amtool"],
    "alertmanager": ["alertmanager", "prometheus-alertmanager"],
    "victoria-metrics": ["victoria-metrics"],
    "vmalert-tool": ["vmalert-tool"],
}


#: What Debian's Alertmanager reads wherever it stands, and only an installed package has.
DEBIANS_TEMPLATE = Path("/usr/share/prometheus/alertmanager/default.tmpl")


def variable_of(name: str) -> str:
    """Return the environment variable that may name a program."""
    return name.upper().replace("-", "_")


def find_program(name: str) -> str | None:
    """Return the program to use: that of the variable of its name in capitals, or one on PATH, or in .tools."""
    named = os.environ.get(variable_of(name))
    if named:
        return shutil.which(named)
    places = [*NAMES[name], *(str(ROOT / ".tools" / program) for program in NAMES[name])]
    return next((found for place in places if (found := shutil.which(place))), None)


def needed_program(request: pytest.FixtureRequest, name: str) -> str:
    """Return the program to use; where there is none the test ends here, saying so, and fails in CI."""
    program = find_program(name)
    if program is None:
        variable = variable_of(name)
        named = os.environ.get(variable)
        missing = f"there is no {named}, which {variable} names" if named else f"there is no {name}"
        reason = (
            f"NOT RUN: {request.node.name}: {missing}; `make promtool` installs one without root on Debian and Ubuntu, "
            f"or name one with {variable}=/path/to/{name}"
        )
        _not_run(reason)
    if name == "alertmanager" and str(ROOT / ".tools") in program and not DEBIANS_TEMPLATE.is_file():
        _not_run(
            f"NOT RUN: {request.node.name}: Debian's Alertmanager reads {DEBIANS_TEMPLATE}, which only its installed "
            "package has: apt-get install prometheus-alertmanager, or name another with ALERTMANAGER=/path/to/it"
        )
    return program


def _not_run(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
