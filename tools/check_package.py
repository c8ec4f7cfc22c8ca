"""Install a wheel as a pip user would, and try it: `check_package.py dist/dashlib-….whl`. Exits with 1 on a problem."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: What the wheel carries beside the package's own modules, a file of each.
CARRIED = (
    "dashlib/bundle/pyproject.toml",
    "dashlib/bundle/dashboards/production.py",
    "dashlib/bundle/docs/runbooks/lag.md",
    "dashlib/bundle/docs/checks/absent.md",
    "dashlib/starters/ci/github/.github/workflows/dashboards.yml.template",
    "dashlib/starters/ci/gitlab/.gitlab-ci.yml.template",
    "dashlib/starters/common/.pre-commit-config.yaml.template",
    "dashlib/schemas/configuration.schema.json",
    "dashlib/py.typed",
)


def main(wheel: Path) -> int:
    """Install the wheel in a new environment, build the project bundled with it, and walk from nothing to alerts."""
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.partition("/")[0] for name in names}
    if not all(name == "dashlib" or name.endswith(".dist-info") for name in top):
        print(f"{wheel.name} contains top-level names other than dashlib: {sorted(top)}")
        return 1
    missing = [name for name in CARRIED if name not in names]
    if missing:
        print(f"{wheel.name} lacks {', '.join(missing)}")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "environment"
        venv.create(environment, with_pip=True)
        pip: list[str | Path] = [
            environment / "bin/python",
            "-m",
            "pip",
            "--quiet",
            "--disable-pip-version-check",
            "install",
        ]
        subprocess.run([*pip, "--require-hashes", "-r", ROOT / "requirements/runtime.txt"], check=True)
        subprocess.run([*pip, "--no-deps", wheel], check=True)
        problem = bundle_differs(environment) or walk(environment)
    if problem:
        print(problem)
        return 1
    print(f"{wheel.name}: {len(names)} files; it builds its own project, and new ones")
    return 0


def bundle_differs(environment: Path) -> str:
    """Compile the bundled project; return what is wrong with it, empty if it compiles to the repository's files."""
    bundle = next(environment.glob("lib/python*/site-packages/dashlib/bundle"))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        run(environment, ["build", "--quiet", "--project", str(bundle), "--out", str(out)], Path(folder))
        # Whoever installs the wheel, and nothing else, sees the recorded faults.
        preview: list[str | Path] = [
            environment / "bin/dashlib",
            "preview",
            "--project",
            bundle,
            "--recording",
            "database-hung",
            "--out",
            Path(folder) / "page",
        ]
        alone = {"PATH": str(environment / "bin"), "HOME": folder}
        subprocess.run(preview, check=True, cwd=folder, env=alone)
        compiled = sorted(file for file in out.rglob("*") if file.is_file())
        different = [
            str(file.relative_to(out))
            for file in compiled
            if (ROOT / file.relative_to(out)).read_bytes() != file.read_bytes()
        ]
    if not compiled or different:
        return f"the bundle's compiled files differ from the repository's: {different or 'there are none'}"
    return ""


def walk(environment: Path) -> str:
    """Go from an empty folder to proven alerts, as somebody who has only installed dashlib; return what went wrong."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for watch in (["--watch", "debezium"], ["--watch", "service"]):
            project = Path(folder) / watch[1]
            run(environment, ["init", project.name, "--yes", "--ci", "github", *watch], Path(folder))
            for arguments in (["build"], ["build", "--check"], ["lint"], ["test"], ["explain", "lag"]):
                result = run(environment, arguments, project)
                if result.returncode:
                    return (
                        f"dashlib {' '.join(arguments)} in a new project ({watch[1]}): {result.stdout}{result.stderr}"
                    )
                print(f"  {time.monotonic() - started:5.1f} s  {watch[1]}: dashlib {' '.join(arguments)}")
    return ""


def run(environment: Path, arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Type a command of an environment's dashlib in a folder; promtool is the repository's where PATH has none."""
    path = os.pathsep.join([os.environ.get("PATH", ""), str(ROOT / ".tools")])
    return subprocess.run(
        [environment / "bin/dashlib", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
