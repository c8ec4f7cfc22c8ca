"""An output is one file: all that dashlib must know of it is its `OUTPUT`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import TYPE_CHECKING

import attrs
import pytest

from dashlib import schemas
from dashlib.commands import list as list_command
from dashlib.compile import outputs
from dashlib.compile.loading import load_project
from dashlib.compile.outputs import Compilation, Output
from dashlib.compile.project import compile_project, serialize
from dashlib.compile.validation import SchemaError, validate
from dashlib.documents.document import Document
from tests.compiled import DOCUMENTS

if TYPE_CHECKING:
    from tests.conftest import Shell

FOLDER = Path(outputs.__file__).parent


def test_every_output_is_registered_under_its_kind() -> None:
    by_module = {outputs.output_of(kind).compile.__module__.rpartition(".")[2]: kind for kind in outputs.kinds()}
    assert [outputs.output_of(kind).kind for kind in outputs.kinds()] == list(by_module.values())
    declaring = {file.stem for file in FOLDER.glob("*.py") if "\nOUTPUT = " in file.read_text()}
    assert declaring == set(by_module)


@pytest.mark.parametrize("kind", outputs.kinds())
def test_an_output_says_what_the_rest_of_dashlib_asks(kind: str) -> None:
    output = outputs.output_of(kind)
    schema = schemas.load_schema(output.schema) if isinstance(output.schema, str) else output.schema
    assert schema["title"]
    assert output.api_version
    compiled = [document for document in DOCUMENTS if document.kind == kind]
    assert compiled or kind == "library-panel", "this project has none of those; see test_library_panels.py"
    for document in compiled:
        assert output.is_compiled(serialize(document))
        assert all(output.described(document))
    assert not output.is_compiled(b"somebody's own\n")


def test_a_build_imports_no_output_that_it_does_not_need(shell: Shell) -> None:
    (shell.folder / "alerts/lag.py").unlink()
    code = (
        "import sys; sys.argv = ['dashlib', 'build']; from dashlib.cli import main\n"
        "try: main()\n"
        "finally: print(sorted(name for name in sys.modules if name.startswith('dashlib.compile.outputs.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=shell.folder, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "['dashlib.compile.outputs.dashboard_json']"


def test_a_new_output_is_its_file_and_a_line(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled(compilation: Compilation) -> list[Document]:
        names = [document.data["title"] for document in compilation.documents if document.kind == "dashboard"]
        return [Document(PurePosixPath("names/names.txt"), "names", {"names": names}, {}, "dashboards/overview.py")]

    module = ModuleType("names")
    module.OUTPUT = Output(  # type: ignore[attr-defined]
        kind="names",
        compile=compiled,
        serialize=lambda document: ("# names\n" + "\n".join(document.data["names"])).encode(),
        mark="# names\n",
        schema={"title": "Names", "required": ["names"], "properties": {"names": {"items": {"const": "Overview"}}}},
        holds="names",
        described=lambda document: (document.path.stem, f"{len(document.data['names'])} names"),
        api_version="1",
    )
    monkeypatch.setitem(sys.modules, "dashlib.compile.outputs.names", module)
    registered = outputs._Registered("names", lambda _: True, lambda _: PurePosixPath("names"), ".txt")
    monkeypatch.setitem(outputs._REGISTERED, "names", registered)

    project = load_project(shell.folder)
    document = compile_project(project)[-1]
    assert serialize(document) == b"# names\nOverview"
    validate(document)
    with pytest.raises(SchemaError, match=r'names/names.txt#/names/1: found "Other"; expected "Overview"'):
        validate(attrs.evolve(document, data={"names": ["Overview", "Other"]}))
    assert list_command._described(document)["holds"] == "1 names"
    shell.write("names/names.txt", "# names\n")
    shell.write("names/gone.txt", "# names\nGone")
    shell.write("names/mine.txt", "mine")
    assert outputs.find_undeclared(project, [document]) == [PurePosixPath("names/gone.txt")]


def test_files_that_nobody_declares_are_found_where_two_outputs_share_a_folder(shell: Shell) -> None:
    settings = shell.folder / "pyproject.toml"
    text = settings.read_text().replace("compiled/dashboards", "one").replace("compiled/rules", "one")
    settings.write_text(text.replace("[tool.dashlib]\n", '[tool.dashlib]\nalertmanager = "one"\n'))
    project = load_project(shell.folder)
    for document in compile_project(project):
        file = shell.folder / document.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.with_stem("gone").write_bytes(serialize(document))
    found = outputs.find_undeclared(project, [])
    assert sorted(map(str, found)) == ["one/gone.json", "one/gone.yml"]
