"""The pages that are generated where the facts are data: Python's names, commands, configuration, alerts, metrics."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import json
import re
import textwrap
import types
from typing import TYPE_CHECKING, Any

import click

import dashlib
from dashlib.cli import COMMANDS, cli
from dashlib.compile.known import catalog_of
from dashlib.compile.loading import load_project
from dashlib.declare.alerts import alerts_of
from dashlib.declare.words import Word
from dashlib.metrics.profiles import load_profile
from dashlib.reference import Reference
from tools.docs_site.pages import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_STUB = ROOT / "dashlib/__init__.pyi"
_SCHEMA = ROOT / "dashlib/schemas/configuration.schema.json"
#: What each module of the stub is about, in the order of a person who learns; what is not here follows in the stub's.
_SECTIONS = {
    "Signals and thresholds": ("signals", "thresholds", "queries"),
    "Dashboards": ("dashboards",),
    "Panels": ("panel_kinds", "panels", "alert_panels", "objective_panels", "fields"),
    "Alerts and objectives": ("alerts", "objectives"),
    "Notifications": ("notifications", "labels"),
    "Grafana-managed alerting": ("grafana_rules",),
    "Everything else": (),
}
_PYTHON_BLOCK = re.compile(r"^ *```python\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_DOCSTRING_SECTION = re.compile(r"^(Args|Attributes|Returns|Yields|Raises|Examples?):$", re.MULTILINE)
_ENTRY = re.compile(r"^(?P<name>[\w*.]+): (?P<text>.*(?:\n {2,}.*|\n(?=\n {2}))*)", re.MULTILINE)
_WIDE = 88
_PYTHON = """# Python

What `from dashlib import …` gives: these names, and [dashlib.debezium](../signals.md), are what a version promises.
Signatures and texts are the docstrings'; each example is compiled by the tests or by the build.
"""
_COMMANDS = """# Commands

What `dashlib COMMAND --help` prints. An option of one name means the same in every command. Exit codes: 0 fine,
1 findings or differences, 2 wrong usage, 3 a server failed, 70 a bug in dashlib.
"""
_CONFIGURATION = """# Keys of the configuration

Every key of `[tool.dashlib]` in `pyproject.toml`, as `dashlib/schemas/configuration.schema.json` has it;
[what they are for](../configuration.md).
"""
_ALERTS = """# Alerts

Every alert that Prometheus evaluates. [What each fault makes fire](../faults.md) was measured; [what they
compare](../recorded.md) is recorded.
"""
_METRICS = """# Metrics

The catalog: the logical names that signals are written in, and what an exporter with the naming profile `PROFILE` calls
them ([profiles](../profiles.md)). `dashlib explain NAME` says more.
"""
#: Python's own, and where a thing was declared, which fills itself in.
_HIDDEN = {"self", "cls", "source"}


def all_pages() -> dict[str, str]:
    """Return the generated pages, by their place in the site."""
    return {
        "reference/python.md": python_page(),
        "reference/commands.md": commands_page(),
        "reference/configuration.md": configuration_page(),
        "reference/alerts.md": alerts_page(),
        "reference/metrics.md": metrics_page(),
    }


# --- Python ------------------------------------------------------------------------------------------------------


def python_page() -> str:
    """Return what the docstrings say of each public name, with its signature and an example that the tests run."""
    homes = _homes()
    parts = [_PYTHON]
    rest = dict(homes)
    for title, modules in _SECTIONS.items():
        names = [
            name for module in modules or ("",) for name, home in homes.items() if name in rest and f".{module}" in home
        ]
        parts.append(f"## {title}\n")
        for name in dict.fromkeys(names):
            del rest[name]
            parts.append(_python_name(name, homes[name]))
    return "\n".join(parts)


def _homes() -> dict[str, str]:
    """Return the module of each public name, in the stub's order; `promql` is a package that is called."""
    found = {
        alias.name: node.module or ""
        for node in ast.parse(_STUB.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return found | {name: f"dashlib.{name}" for name in dashlib.__all__ if name not in found}


def _python_name(name: str, home: str) -> str:
    found = getattr(dashlib, name)
    if isinstance(found, types.ModuleType):
        return f"### {name}\n\n`{name}(…)` makes a [`Query`](#query), with its arguments.\n"
    parts = [f"### {name}\n"]
    words = [each.said for each in getattr(found, "__metadata__", ()) if isinstance(each, Word)]
    if inspect.isclass(found):
        parts += [_code(_signature(name, found)), _docstring(found)]
        for method, function in _methods(found):
            parts += [f"**{name}.{method}**", _code(_signature(method, function)), _docstring(function)]
    elif inspect.isroutine(found) or type(found).__module__.startswith("dashlib."):
        parts += [_code(_signature(name, found)), _docstring(found)]
    else:
        parts += [f"A string: {words[0]}."] if words else _alias(name, home)
    example = _examples().get(name)
    if example:
        code, link = example
        parts.append(f"{link}\n\n{_code(code)}")
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _methods(found: type) -> Iterator[tuple[str, Any]]:
    """Yield what a class defines for its users."""
    for method, value in vars(found).items():
        function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if not method.startswith("_") and isinstance(function, types.FunctionType) and inspect.getdoc(function):
            yield method, function


def _parameters(found: Any) -> list[inspect.Parameter]:  # noqa: ANN401  # whatever is called
    """Return the parameters that a caller may set."""
    try:
        every = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return []
    return [_shown(parameter) for parameter in every if parameter.name not in _HIDDEN]


def _signature(name: str, found: Any) -> str:  # noqa: ANN401  # whatever is called
    kept = _parameters(found)
    if inspect.isclass(found) and not kept:
        return ""  # a dict of arguments
    returned = "" if inspect.isclass(found) else _returned(inspect.signature(found).return_annotation)
    keyword = next((i for i, each in enumerate(kept) if each.kind is inspect.Parameter.KEYWORD_ONLY), None)
    texts = [_unquoted(str(each)) for each in kept]
    if keyword is not None and not any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in kept):
        texts.insert(keyword, "*")
    line = f"{name}({', '.join(texts)}){returned}"
    return line if len(line) <= _WIDE else f"{name}(\n    " + ",\n    ".join(texts) + f",\n){returned}"


def _shown(parameter: inspect.Parameter) -> inspect.Parameter:
    """Return a parameter whose default is one that a person reads."""
    default = parameter.default
    is_plain = isinstance(default, str | int | float | tuple | bool | None) or default is inspect.Parameter.empty
    return parameter if is_plain else parameter.replace(default=...)


def _returned(annotation: object) -> str:
    return "" if annotation is inspect.Signature.empty else f" -> {str(annotation).strip(chr(39))}"


def _unquoted(text: str) -> str:
    """Return a parameter whose annotation, a string to Python, is shown as code."""
    text = re.sub(r"ForwardRef\((['\"])(.*?)\1\)", r"\2", text)
    return re.sub(
        r": '((?:[^'\\]|\\.)*)'|: \"([^\"]*)\"", lambda found: f": {found[1] or found[2]}", text, count=1
    ).replace("Ellipsis", "…")


def _alias(name: str, home: str) -> list[str]:
    """Return how a type is written, and what the comment above says of it."""
    source = inspect.getsource(importlib.import_module(home))
    lines = source.splitlines()
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            above: list[str] = []
            for line in reversed(lines[: node.lineno - 1]):
                if not line.startswith("#"):
                    break
                above.insert(0, line.lstrip("#: "))
            return [" ".join(above), _code(ast.get_source_segment(source, node) or "")]
    return ["A type for annotations."]


def _docstring(found: Any) -> str:  # noqa: ANN401  # whatever is called
    """Return a docstring as Markdown: its sections as lists, of parameters only those that a caller may set."""
    taken = {parameter.name for parameter in _parameters(found)}
    head, *sections = _DOCSTRING_SECTION.split(inspect.getdoc(found) or "")
    parts = [head.strip()]
    for title, rest in zip(sections[::2], sections[1::2], strict=True):
        body, behind = _split_section(rest)
        entries = [
            f"- `{found['name']}`: {' '.join(found['text'].split())}"
            for found in _ENTRY.finditer(textwrap.dedent(body))
            if not taken or found["name"].lstrip("*") in taken
        ]
        said = "\n".join(entries) if entries else " ".join(body.split())
        parts.append(
            said if title in {"Args", "Attributes"} else f"{title}:\n\n{said}" if entries else f"{title}: {said}"
        )
        parts.append(behind.strip())
    return "\n\n".join(part for part in parts if part)


def _split_section(body: str) -> tuple[str, str]:
    """Return a section's indented lines, and the text that follows it."""
    found = re.search(r"^\S", body, re.MULTILINE)
    return (body[: found.start()], body[found.start() :]) if found else (body, "")


def _code(text: str) -> str:
    return f"```python\n{text}\n```" if text else ""


@functools.cache
def _examples() -> dict[str, tuple[str, str]]:
    """Return the shortest call of each public name that a page or declaration of the project makes, and where."""
    found: dict[str, tuple[str, str]] = {}
    for link, source in _python_of_the_project():
        for node in ast.walk(ast.parse(source)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in dashlib.__all__):
                continue
            if not node.args and not node.keywords:
                continue
            call = textwrap.dedent(ast.get_source_segment(source, node, padded=True) or "")
            if node.func.id not in found or len(call) < len(found[node.func.id][0]):
                found[node.func.id] = call, link
    return found


def _python_of_the_project() -> Iterator[tuple[str, str]]:
    for page in [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]:
        where = "index.md" if page.parent == ROOT else page.name
        for block in _PYTHON_BLOCK.findall(page.read_text(encoding="utf-8")):
            yield f"[For example](../{where}):", textwrap.dedent(block)
    for folder in ("dashboards", "alerts"):
        for file in sorted((ROOT / folder).glob("*.py")):
            yield f"For example, in `{folder}/{file.name}`:", file.read_text(encoding="utf-8")


# --- commands ----------------------------------------------------------------------------------------------------


def commands_page() -> str:
    """Return what each command takes, as `dashlib COMMAND --help` says it."""
    parts = [_COMMANDS]
    whole = click.Context(cli, info_name="dashlib")
    for name in COMMANDS:
        command = cli.get_command(whole, name)
        if command is None:
            raise ValueError(f"dashlib {name}: the command has no module")
        context = click.Context(command, info_name=name, parent=whole)
        usage = " ".join(command.collect_usage_pieces(context))
        parts.append(f"## dashlib {name}\n\n```text\ndashlib {name} {usage}\n```\n")
        parts.append(_help(command.help or ""))
        rows = [
            f"| `{record[0].replace('|', chr(92) + '|')}` | {_cell(record[1])} |"
            for parameter in command.get_params(context)
            if (record := parameter.get_help_record(context)) is not None and record[1]
        ]
        parts.append("| Option | What it does |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _help(text: str) -> str:
    """Return the help of a command as Markdown: what click leaves as it is written is code."""
    parts = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        marked = paragraph.startswith("\b\n")
        lines = paragraph.removeprefix("\b\n").splitlines()
        if marked and lines[0].endswith(":") and len(lines) > 1:
            parts.append(f"{lines[0]}\n\n```text\n{textwrap.dedent(chr(10).join(lines[1:]))}\n```")
        elif marked:
            parts.append(f"```text\n{textwrap.dedent(chr(10).join(lines))}\n```")
        else:
            parts.append(_plain(" ".join(lines)))
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return _plain(" ".join(text.split())).replace("|", r"\|")


def _plain(text: str) -> str:
    """Return text in which nothing is taken for Markdown or HTML."""
    return re.sub(r"([*_<\[\]])", r"\\\1", text)


# --- configuration -----------------------------------------------------------------------------------------------


def configuration_page() -> str:
    """Return every key of `[tool.dashlib]`, as its schema has it."""
    whole = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    return "\n".join([_CONFIGURATION, *_tables("tool.dashlib", whole)])


def _tables(path: str, schema: dict[str, Any]) -> Iterator[str]:
    """Yield a table of a table's keys, then those of the tables in it."""
    required = set(schema.get("required", ()))
    rows, below = [], []
    for key, held in schema.get("properties", {}).items():
        default = json.dumps(held["default"], ensure_ascii=False) if "default" in held else ""
        default = "needed" if key in required else f"`{default}`" if default else "\N{EN DASH}"
        rows.append(f"| `{key}` | {_kind(held)} | {default} | {_cell(held.get('description', ''))} |")
        values = held.get("additionalProperties")
        if held.get("properties"):
            below.append((f"{path}.{key}", held))
        if isinstance(values, dict) and values.get("properties"):
            below.append((f"{path}.{key}.NAME", values))
    yield f"## [{path}]\n\n| Key | Type | Default | What it is |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    for name, held in below:
        yield from _tables(name, held)


def _kind(held: dict[str, Any]) -> str:
    """Return what a value must be, in a word."""
    if "enum" in held:
        return ", ".join(f"`{json.dumps(each)}`" for each in held["enum"])
    if held.get("type") == "array":
        return f"list of {_kind(held['items'])}s" if held.get("items", {}).get("type") else "list"
    kinds = held.get("type", "")
    words = {"object": "table", "boolean": "true or false", "integer": "whole number"}
    return " or ".join(words.get(each, each) for each in ([kinds] if isinstance(kinds, str) else kinds)) or "any"


# --- alerts and metrics ------------------------------------------------------------------------------------------


def alerts_page() -> str:
    """Return every alert with what it says, where it fires, and its runbook."""
    project = load_project(ROOT)
    known = Reference(project)
    parts = [_ALERTS]
    for group, _ in project.rule_groups:
        rows = []
        for alert in alerts_of(group):
            [entry] = [each for each in known.entries(alert.name) if each.kind == "alert"]
            link = re.search(r"runbooks/([\w-]+\.md#[\w-]+)$", entry.facts.get("runbook", ""))
            name = f"[{alert.name}](../runbooks/{link[1]})" if link else alert.name
            lasting = entry.facts.get("for", "\N{EN DASH}")
            rows.append(
                f"| {name} | {alert.severity} | {entry.facts.get('fires', '')} | {lasting} | {_cell(entry.title)} |"
            )
        if rows:
            head = "| Alert | Severity | Fires | For | What it says |\n|---|---|---|---|---|\n"
            parts.append(f"## {group.name}\n\n{head}" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def metrics_page() -> str:
    """Return the catalog of the metrics that dashlib knows."""
    project = load_project(ROOT)
    profile = load_profile(project.configuration.profile, project.root)
    families: dict[str, list[str]] = {}
    for metric in catalog_of(project).metrics():
        exported = (
            ", ".join(f"`{each}`" for each in profile.names(metric)) if profile.exports(metric) else "\N{EN DASH}"
        )
        labels = ", ".join(metric.labels)
        of = ", ".join(metric.connectors)
        row = f"| `{metric.name}` | {metric.type} | {metric.unit} | {labels} | {of} | {exported} |"
        families.setdefault(metric.family, []).append(row)
    head = "| Metric | Type | Unit | Labels | Connectors | Exported as |\n|---|---|---|---|---|---|\n"
    tables = [f"## {_plain(family)}\n\n{head}" + "\n".join(rows) + "\n" for family, rows in families.items()]
    return "\n".join([_METRICS.replace("PROFILE", profile.name), *tables])
