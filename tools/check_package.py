"""Install a wheel as a pip user would, and try it: `check_package.py dist/dashlib-….whl`. Exits with 1 on a problem."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(wheel: Path) -> int:
    """Install the wheel in a new environment and build the project bundled with it."""
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.partition("/")[0] for name in names}
    if not all(name == "dashlib" or name.endswith(".dist-info") for name in top):
        print(f"{wheel.name} contains top-level names other than dashlib: {sorted(top)}")
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
        dashlib = environment / "bin/dashlib"
        bundle = next(environment.glob("lib/python*/site-packages/dashlib/bundle"))
        out = Path(folder) / "out"
        subprocess.run([dashlib, "--version"], check=True, cwd=folder)
        subprocess.run([dashlib, "build", "--project", bundle, "--out", out], check=True, cwd=folder)
        # Whoever installs the wheel, and nothing else, sees the recorded faults.
        alone = {"PATH": str(environment / "bin"), "HOME": folder}
        preview: list[str | Path] = [
            dashlib,
            "preview",
            "--project",
            bundle,
            "--recording",
            "database-hung",
            "--out",
            Path(folder) / "page",
        ]
        subprocess.run(preview, check=True, cwd=folder, env=alone)
        compiled = sorted(file for file in out.rglob("*") if file.is_file())
        different = [
            str(file.relative_to(out))
            for file in compiled
            if (ROOT / file.relative_to(out)).read_bytes() != file.read_bytes()
        ]
    if not compiled or different:
        print(f"the bundle's compiled files differ from the repository's: {different or 'there are none'}")
        return 1
    print(f"{wheel.name}: {len(names)} files; the bundle compiles to the same {len(compiled)} files as the repository")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
