"""Try a wheel in other environments, by uv: `verify_environments.py dependencies|pythons WHEEL`.

Exits with 1 on a problem. `dependencies` installs each dependency at its lowest and at its newest version; a lower
bound that cannot be installed (yanked, or in contradiction to another) is a problem. `pythons` takes every Python that
the classifiers name; one that is not on this machine is named as not run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from tools.check_package import ROOT, bundle_differs, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_UV = Path(sys.executable).parent / "uv"


def main(what: str, wheel: Path) -> int:
    """Try the wheel in each environment; print a line for each."""
    problems = 0
    for name, problem in {"dependencies": dependencies, "pythons": pythons}[what](wheel):
        print(f"{name}: {problem or 'fine'}")
        problems += bool(problem) and not problem.startswith("not run")
    return int(problems > 0)


def dependencies(wheel: Path) -> Iterator[tuple[str, str]]:
    """Yield how the wheel does with its dependencies at their lowest, and at their newest."""
    for resolution in ("lowest-direct", "highest"):
        with tempfile.TemporaryDirectory() as folder:
            environment = Path(folder) / "environment"
            problem = install(environment, wheel, "--resolution", resolution)
            if not problem and resolution == "lowest-direct":
                problem = bounds_not_met(environment)
            yield resolution, problem or bundle_differs(environment) or walk(environment)


def pythons(wheel: Path) -> Iterator[tuple[str, str]]:
    """Yield how the wheel does on each Python that it says it supports."""
    for classifier in _PROJECT["classifiers"]:
        found = re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", classifier)
        if found is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            environment = Path(folder) / "environment"
            there = uv("python", "find", "--no-python-downloads", "--system", found[1])
            if there.returncode:
                yield f"Python {found[1]}", "not run: there is none on this machine"
                continue
            problem = install(environment, wheel, python=there.stdout.strip())
            yield f"Python {found[1]}", problem or bundle_differs(environment) or walk(environment)


def install(environment: Path, wheel: Path, *options: str, python: str = sys.executable) -> str:
    """Install the wheel in a new environment; return what uv says where it cannot."""
    made = uv("venv", "--quiet", "--python", python, str(environment))
    if made.returncode:
        return made.stderr
    # Of what is only behind the wheel, uv would take the newest.
    named = _PROJECT["dependencies"] if options else []
    installed = uv(
        "pip", "install", "--quiet", "--python", str(environment / "bin/python"), *options, str(wheel), *named
    )
    return installed.stderr if installed.returncode else ""


def bounds_not_met(environment: Path) -> str:
    """Return which lower bounds of the project's dependencies were not installed as they stand."""
    frozen = uv("pip", "freeze", "--python", str(environment / "bin/python")).stdout
    installed = {normal(name): version for name, version in re.findall(r"^(\S+)==(\S+)$", frozen, re.MULTILINE)}
    bounds = [re.fullmatch(r"([A-Za-z0-9-]+)(?:>=|==)([\d.]+)", each) for each in _PROJECT["dependencies"]]
    wrong = [
        f"{bound[1]} {bound[2]} (got {installed.get(normal(bound[1]))})"
        for bound in bounds
        if bound is not None and not is_same(installed.get(normal(bound[1]), ""), bound[2])
    ]
    return f"lower bounds that cannot be installed: {', '.join(wrong)}" if wrong else ""


def normal(name: str) -> str:
    """Return the name of a package as all spellings of it are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_same(first: str, second: str) -> bool:
    """Tell whether two versions are one: 8.1 is 8.1.0."""
    return re.sub(r"(\.0)+$", "", first) == re.sub(r"(\.0)+$", "", second)


def uv(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run uv, which stands beside this Python."""
    # The programs that pyenv puts on PATH run only for the version that is chosen there.
    of_pyenv = sorted(Path.home().glob(".pyenv/versions/3.*/bin"))
    path = os.pathsep.join([*map(str, of_pyenv), os.environ.get("PATH", "")])
    return subprocess.run(
        [_UV, *arguments], capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]).resolve()))
