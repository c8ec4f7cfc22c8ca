"""A proof has eyes of its own: it knows nothing of how a rule is rendered, guarded, counted or written."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import dashlib.proof

ROOM = Path(dashlib.proof.__file__).parent
# What was declared and configured, as it was read: nothing here turns it into PromQL.
READ = {
    "dashlib.compile.configuration", "dashlib.compile.declared_connectors", "dashlib.compile.known",
    "dashlib.compile.loading",
}  # fmt: skip


def test_of_the_compiler_a_proof_imports_only_what_reads_a_project() -> None:
    imported = {
        name
        for file in ROOM.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert {name for name in imported if name.startswith("dashlib.compile")} <= READ


def test_a_proof_runs_without_what_makes_rules() -> None:
    script = (
        "import sys, dashlib.proof.prover, dashlib.proof.reports, dashlib.proof.written\n"
        "made = {'rendering', 'conditions', 'growth', 'outputs', 'project'}\n"
        "assert not {f'dashlib.compile.{each}' for each in made} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
