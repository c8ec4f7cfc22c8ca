"""Output of findings: for people, for machines, for code hosts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dashlib.lint.engine import all_checks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dashlib.lint.engine import Result
    from dashlib.lint.findings import Finding

_WINDOW = 100
_GITHUB_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}
_SARIF_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def text(result: Result) -> str:
    """Return the findings for people: a line each, then the expression with a caret, then what would be right."""
    lines = [line for finding in result.findings for line in _lines(finding)]
    lines.append(summary(result))
    return "\n".join(lines)


def summary(result: Result) -> str:
    """Return how many findings there are, and what was checked."""
    looked = f"{_count(result.files, 'file')}, {_count(result.checks, 'check')}"
    passed_over = _passed_over(result)
    if not result.findings:
        return f"no findings ({looked}){passed_over}"
    by_severity: dict[str, int] = {}
    for finding in result.findings:
        by_severity[finding.severity] = by_severity.get(finding.severity, 0) + 1
    kinds = ", ".join(f"{count} {name}" for name, count in by_severity.items())
    return f"{_count(len(result.findings), 'finding')}: {kinds} ({looked}){passed_over}"


def _passed_over(result: Result) -> str:
    """Return how many files of folders were skipped."""
    if not result.passed_over:
        return ""
    said = (
        "1 file is neither a dashboard nor a rule file"
        if result.passed_over == 1
        else f"{result.passed_over} files are neither dashboards nor rules"
    )
    if result.templates:
        said += f", {result.templates} of them a template: helm template … | dashlib lint -"
    return f"; {said}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _lines(finding: Finding) -> Iterator[str]:
    problem = finding.problem
    place = f"{finding.file}:{finding.line}:{finding.column}"
    yield shown(f"{place}  {finding.severity}  {finding.check}  {problem.message}")
    if problem.expression and problem.span is not None:
        yield from (f"    {line}" for line in marked(problem.expression, *problem.span))
    if problem.suggestion:
        yield shown(f"    {problem.suggestion}")
    if problem.linted.is_declared and problem.pointer:
        yield shown(f"    in {problem.linted.document.path}#{problem.linted.written(problem.pointer)}")


def shown(message: str) -> str:
    """Return a string on one line, with nothing in it that would steer a terminal."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", message.replace("\n", " "))


def marked(expression: str, start: int, end: int) -> tuple[str, ...]:
    """Return the line of an expression that a part of it is on, and carets under the part.

    Args:
        expression: the whole.
        start: where the part begins.
        end: where it ends.

    Returns:
        Line and carets, each at most about two windows long; the line alone when the part is all of it.
    """
    begin = expression.rfind("\n", 0, start) + 1
    stop = expression.find("\n", start)
    stop = len(expression) if stop < 0 else stop
    end = min(max(min(end, stop), start + 1), start + _WINDOW)
    left = begin if start - begin <= _WINDOW else start - _WINDOW // 2
    right = min(stop, end + _WINDOW // 2)
    prefix = "…" if left > begin else ""
    suffix = "…" if right < stop else ""
    shown_part = expression[left:right].replace("\t", " ")
    line = _CONTROL.sub("·", f"{prefix}{shown_part}{suffix}")
    if start == begin and end >= min(stop, start + _WINDOW):
        return (line,)
    return line, " " * (len(prefix) + start - left) + "^" * (end - start)


def json(result: Result) -> str:
    """Return the findings as JSON."""
    return _dumped(
        {
            "findings": [as_data(finding) for finding in result.findings],
            "files": result.files,
            "passed_over": result.passed_over,
        }
    )


def as_data(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON-like data."""
    problem = finding.problem
    data: dict[str, Any] = {
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "severity": finding.severity,
        "check": finding.check,
        "message": problem.message,
        "document": str(problem.linted.document.path),
        "pointer": problem.linted.written(problem.pointer),
    }
    if problem.expression:
        data["expression"] = problem.expression
        data["span"] = list(problem.span or (0, len(problem.expression)))
    if problem.suggestion:
        data["suggestion"] = problem.suggestion
    data["fixable"] = problem.fix is not None
    return data


def sarif(result: Result) -> str:
    """Return the findings as SARIF 2.1.0, which code hosts show beside the lines."""
    from importlib.metadata import version

    checks = all_checks()
    used = dict.fromkeys(finding.check for finding in result.findings)
    rules = [
        {
            "id": name,
            "shortDescription": {"text": checks[name].title},
            "defaultConfiguration": {"level": _SARIF_LEVELS[checks[name].severity]},
        }
        for name in used
    ]
    results = [
        {
            "ruleId": finding.check,
            "ruleIndex": list(used).index(finding.check),
            "level": _SARIF_LEVELS[finding.severity],
            "message": {"text": ". ".join(filter(None, (finding.problem.message, finding.problem.suggestion)))},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": _uri(finding.file)},
                        "region": {"startLine": finding.line, "startColumn": finding.column},
                    }
                }
            ],
        }
        for finding in result.findings
    ]
    driver = {"name": "dashlib lint", "version": version("dashlib"), "rules": rules}
    return _dumped(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
        }
    )


def _uri(file: str) -> str:
    from urllib.parse import quote

    return quote(file) if not file.startswith("/") else f"file://{quote(file)}"


def github(result: Result) -> str:
    """Return the findings as GitHub's workflow commands, which mark the lines of a pull request."""
    return "\n".join([*_commands(result.findings), summary(result)])


def _commands(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        message = "\n".join(filter(None, (finding.problem.message, finding.problem.suggestion)))
        place = f"file={_property(finding.file)},line={finding.line},col={finding.column}"
        title = f"title={_property(finding.check)}"
        yield f"::{_GITHUB_LEVELS[finding.severity]} {place},{title}::{_escaped(message)}"


def _escaped(message: str) -> str:
    return message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _escaped(value).replace(":", "%3A").replace(",", "%2C")


def _dumped(data: object) -> str:
    import orjson

    return orjson.dumps(data, option=orjson.OPT_INDENT_2).decode()


FORMATS: Mapping[str, Callable[[Result], str]] = {"text": text, "json": json, "sarif": sarif, "github": github}
