"""The compiled files of a project as they were at a git revision."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import yaml
from attrs import evolve

from dashlib.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dashlib.documents.document import Document


# What is read of them, by the key that tells one.
_KINDS = {"panels": "dashboard", "model": "library-panel", "groups": "rules"}


def documents_at(revision: str, documents: Sequence[Document], root: Path) -> list[Document]:
    """Return dashboards, library panels and rules as they were committed at a revision, at the paths of today.

    What a file beside them held that is gone now is among them, too.

    Args:
        revision: anything that git knows: `main`, `HEAD~1`, a tag.
        documents: as they are compiled now.
        root: the project's folder.

    Raises:
        ConfigurationError: git is not installed, does not know the revision, or it holds no compiled file.
    """
    kinds = {document.path.parent: document for document in documents if document.kind in _KINDS.values()}
    found: list[Document] = []
    for folder, example in kinds.items():
        # A prefix of ./ makes paths relative to the project, which may lie below the repository's root.
        for name in _git(root, "ls-tree", "--name-only", revision, f"./{folder}/").splitlines():
            path = folder / name.rpartition("/")[2]
            text = _git(root, "show", f"{revision}:./{path}")
            data = _read(path.suffix, text)
            known = data if isinstance(data, dict) else {}
            kind = next((kind for key, kind in _KINDS.items() if key in known), "")
            if kind:
                found.append(evolve(example, path=path, kind=kind, data=data, sources={}, left_out=()))
    if not found:
        folders = ", ".join(map(str, kinds))
        raise ConfigurationError(
            f"{revision} has no compiled file in {folders}: --diff compares with what is committed there; run "
            "`dashlib build` and commit the compiled files"
        )
    return found


def _read(suffix: str, text: str) -> Any:  # noqa: ANN401  # whatever the file holds
    try:
        return json.loads(text) if suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader)
    except (ValueError, yaml.YAMLError):
        return None


def _git(root: Path, *arguments: str) -> str:
    program = shutil.which("git")
    if program is None:
        raise ConfigurationError("--diff reads an older revision with git, which is not on PATH: install git")
    done = subprocess.run(  # noqa: S603  # the git that the user has
        [program, "-C", str(root), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().removeprefix("fatal: ")
        raise ConfigurationError(f"git {arguments[0]} failed: {said}")
    return done.stdout
