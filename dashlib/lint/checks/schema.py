"""A compiled file matches dashlib's own schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check("schema", "error", "A compiled file matches dashlib's own schema.")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield the first mistake of each compiled file."""
    from dashlib.compile import validation

    for linted in lint.documents:
        if not linted.is_declared:
            continue
        try:
            validation.validate(linted.document)
        except validation.SchemaError as error:
            message = error.message.partition(": ")[2]
            yield linted.problem(error.pointer, message, suggestion="")
