from __future__ import annotations

from pathlib import PurePosixPath

import attrs

from tests.linting import dashboard, found, linted, run


def test_it_has_at_most_40_characters() -> None:
    assert not found("duplicate-uid", dashboard(uid="x" * 40))
    assert "41 characters" in found("duplicate-uid", dashboard(uid="x" * 41))[0]


def test_dashboards_without_one_get_one_from_grafana() -> None:
    assert not found("duplicate-uid", dashboard(uid="", title="One"), dashboard(uid="", title="Other"))


def test_two_folders_may_hold_two_versions() -> None:
    def severities(*paths: str) -> list[str]:
        documents = [
            attrs.evolve(one, document=attrs.evolve(one.document, path=PurePosixPath(path)))
            for one, path in zip(linted(*(dashboard(title=path) for path in paths)), paths, strict=True)
        ]
        return [one.severity for one in run(documents) if one.check == "duplicate-uid"]

    assert severities("v1/a.json", "v2/a.json") == ["warning"]
    assert severities("v1/a.json", "v1/b.json") == ["error"]
