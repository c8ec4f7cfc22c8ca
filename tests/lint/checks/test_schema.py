from __future__ import annotations

from tests.linting import dashboard, declared, found, run


def test_files_that_dashlib_did_not_make_are_not_held_to_it() -> None:
    assert not found("schema", dashboard(schemaVersion=16))


def test_the_place_in_the_document_is_named() -> None:
    (finding,) = [one for one in run(declared({"groups": [{"name": 5, "rules": []}]})) if one.check == "schema"]
    assert finding.problem.pointer.startswith("/groups/0")
