"""Runs the checks, and sorts what they found."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol, cast

import attrs
from attrs import frozen

from dashlib.compile.known import identity_of
from dashlib.documents import places
from dashlib.documents.document import Document
from dashlib.documents.foreign import SourceText, UnreadableFileError, read_standard_input, read_text
from dashlib.documents.forms import NeitherError, read_documents
from dashlib.documents.library import of_nobody, with_library_panels
from dashlib.lint.findings import SEVERITIES, Check, Finding, Problem, did_you_mean
from dashlib.lint.metric_names import MetricNames, best_profile
from dashlib.lint.settings import Settings, check_names, read_settings
from dashlib.lint.subjects import Lint, Linted
from dashlib.lint.suppressions import Suppression, read_suppressions, suppressions_in_yaml
from dashlib.metrics.recognition import recognize
from dashlib.promql.variables import has_variable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from dashlib.compile.configuration import Configuration
    from dashlib.compile.loading import Project
    from dashlib.metrics.catalog import Catalog
    from dashlib.metrics.profiles import Profile
    from dashlib.metrics.recognition import Observed


class CheckModule(Protocol):
    """A file in `dashlib/lint/checks/`."""

    CHECK: Check
    find: Callable[[Lint], Iterator[Problem]]


#: Findings of the engine itself; they cannot be switched off for one declaration.
UNREADABLE = Check("unreadable-file", "error", "A file is a readable dashboard or rule file.")
SUPPRESSION = Check(
    "suppression", "warning", "A suppression names existing checks, gives a reason, and suppresses something."
)
OWN_CHECKS = (UNREADABLE, SUPPRESSION)

LINTED_KINDS = frozenset({"dashboard", "rules"})


@frozen
class Result:
    """What a run found.

    Attributes:
        findings: sorted by file, line and check.
        files: how many files were looked at.
        checks: how many checks ran.
        passed_over: how many files of folders are neither dashboards nor rules.
        templates: how many of them are templates, from which one may be made.
    """

    findings: tuple[Finding, ...]
    files: int
    checks: int
    passed_over: int = 0
    templates: int = 0


@functools.cache
def check_modules() -> Mapping[str, CheckModule]:
    """Return the checks by name: every module in `dashlib/lint/checks/` is one."""
    import dashlib.lint.checks

    found: dict[str, CheckModule] = {}
    for info in sorted(pkgutil.iter_modules(dashlib.lint.checks.__path__), key=lambda info: info.name):
        module = cast("CheckModule", importlib.import_module(f"dashlib.lint.checks.{info.name}"))
        found[module.CHECK.name] = module
    return found


def all_checks() -> dict[str, Check]:
    """Return every check by name, those of the engine too."""
    return {check.name: check for check in (*(module.CHECK for module in check_modules().values()), *OWN_CHECKS)}


def settings_of(configuration: Configuration, debezium: str = "") -> Settings:
    """Return the settings of `[tool.dashlib.lint]` and the command line.

    Args:
        configuration: of the project.
        debezium: a version that wins over the table's.
    """
    table, file = configuration.lint, configuration.file
    settings = attrs.evolve(read_settings(table, file), engine=configuration.engine)
    if "severities" not in table:
        settings = attrs.evolve(settings, severities=configuration.severities[::-1])
    check_names(settings, all_checks(), file)
    return attrs.evolve(settings, debezium=debezium) if debezium else settings


def catalog_of(configuration: Configuration) -> Catalog:
    """Return the metrics that exist, including the user's own."""
    from dashlib.metrics.catalog import own_catalog

    return own_catalog(configuration.catalog, configuration.file)


def lint_of_project(
    project: Project,
    documents: Iterable[Document],
    settings: Settings,
    catalog: Catalog,
    profile: Profile,
    scraped: Observed | None = None,
) -> Lint:
    """Return what is looked at for a whole project.

    Args:
        project: from `load_project`.
        documents: from `compile_project`.
        settings: from `settings_of`.
        catalog: the metrics that there are, the user's own too.
        profile: the profile that the documents were compiled for.
        scraped: what the exporters serve; None where nobody has said.
    """
    names = MetricNames(catalog, profile)
    documents = list(documents)
    shown = [Linted(each, names=names) for each in with_library_panels(documents) if each.kind in LINTED_KINDS]
    of_library = [Linted(each, names=names, moved={"/panels/0": "/model"}) for each in of_nobody(documents)]
    return Lint(
        (*shown, *of_library),
        settings,
        catalog,
        root=project.root,
        is_project=True,
        grafana_url=project.configuration.grafana_url,
        runbook_url=project.configuration.runbook_url,
        identity=identity_of(project),
        scraped=scraped,
    )


def lint_of_files(
    files: Sequence[tuple[Path, str]],
    settings: Settings,
    catalog: Catalog,
    profile: Profile,
    *,
    guess: bool,
    scraped: Observed | None = None,
    in_folders: Collection[Path] = (),
) -> Lint:
    """Return what is looked at for files that dashlib did not make.

    Args:
        files: each file, and how it is called in messages; `-` is standard input.
        settings: from `settings_of`.
        catalog: the metrics that there are.
        profile: how their metrics are spelled.
        guess: take the profile that fits what the exporters serve, or else what a file asks for, where another does.
        scraped: what the exporters serve; None where nobody has said.
        in_folders: files that nobody named, only their folder: those that are neither dashboards nor rules are passed
            over.
    """
    followed = recognize(scraped, catalog).best if guess and scraped is not None else None
    profile = followed.profile if followed is not None else profile
    names = MetricNames(catalog, profile)
    documents: list[Linted] = []
    passed_over = templates = 0
    for file, name in files:
        try:
            documents += _read(file, name, names, is_named=file not in in_folders)
        except NeitherError as error:
            passed_over += 1
            templates += error.is_template
    lint = Lint(tuple(documents), settings, catalog, scraped=scraped, passed_over=passed_over, templates=templates)
    if guess and followed is None:
        asked = _asked(lint)
        known: dict[str, MetricNames] = {}  # what they know by name is worked out once a profile
        renamed = []
        for one in documents:
            best = best_profile(catalog, asked.get(id(one), {}), profile)
            best = attrs.evolve(best, target_labels=(*best.target_labels, *profile.target_labels))
            names = known.setdefault(best.name, MetricNames(catalog, best, is_guessed=True))
            renamed.append(attrs.evolve(one, names=names))
        return attrs.evolve(lint, documents=tuple(renamed))
    return lint


def _asked(lint: Lint) -> dict[int, dict[str, frozenset[str]]]:
    """Return the metrics that each document asks for, with the labels that it asks of each, by the document's `id`."""
    from dashlib.promql.tree import vectors

    found: dict[int, dict[str, frozenset[str]]] = {}
    for query in lint.queries:
        of_document = found.setdefault(id(query.linted), {})
        for vector in vectors(query.tree) if query.tree is not None else ():
            if vector.metric:
                labels = {matcher.label for matcher in vector.selector.matchers if not has_variable(matcher.label)}
                labels |= {query.values_of} if query.values_of else set()
                of_document[vector.metric] = of_document.get(vector.metric, frozenset()) | labels
    return found


def _read(file: Path, name: str, names: MetricNames, *, is_named: bool) -> list[Linted]:
    """Return what a file holds.

    Raises:
        NeitherError: it is neither a dashboard nor a rule file, and nobody named it.
    """
    text = ""
    try:
        text = read_standard_input() if str(file) == "-" else read_text(file)
        found = read_documents(text, name)
    except UnreadableFileError as error:
        if isinstance(error, NeitherError) and not is_named:
            raise
        empty = Document(PurePosixPath(name), "rules", {}, {}, name)
        return [Linted(empty, SourceText(text, {}), error=error, names=names)]
    return [Linted.of(one, names) for one in found]


def run(lint: Lint, progress: Callable[[int, int], None] = lambda _done, _all: None) -> Result:
    """Run the checks that the settings leave on.

    Args:
        lint: from `lint_of_project` or `lint_of_files`.
        progress: is told how many checks are done, of how many.
    """
    modules = {name: module for name, module in check_modules().items() if name not in lint.settings.disable}
    if not lint.is_project:
        modules = {name: module for name, module in modules.items() if not module.CHECK.needs_project}
    suppressions = _suppressions(lint)
    findings = [
        _finding(
            UNREADABLE,
            Problem(linted=one, pointer="", message=one.error.message, suggestion=one.error.suggestion),
            lint,
        )
        for one in lint.documents
        if one.error is not None
    ]
    for index, (name, module) in enumerate(modules.items()):
        progress(index, len(modules))
        check = module.CHECK
        problems = [problem for problem in module.find(lint) if not _is_suppressed(name, problem, suppressions)]
        said = check.together(problems) if check.together is not None else problems
        findings.extend(_finding(check, problem, lint) for problem in said)
    if SUPPRESSION.name not in lint.settings.disable:
        findings.extend(_about_suppressions(lint, suppressions, set(modules)))
    # what a signal's own expression says wrong is said once, not for every panel that shows the signal
    unique = {(one.file, one.line, one.column, one.check, one.problem.message): one for one in reversed(findings)}
    ordered = sorted(
        unique.values(),
        key=lambda one: (
            one.file,
            one.line,
            one.column,
            SEVERITIES.index(one.severity),
            one.check,
            one.problem.message,
        ),
    )
    return Result(
        tuple(ordered),
        len({one.document.path for one in lint.documents}),
        len(modules) + len(OWN_CHECKS),
        lint.passed_over,
        lint.templates,
    )


def _finding(check: Check, problem: Problem, lint: Lint, at: Suppression | None = None) -> Finding:
    place = at or problem.place
    severity = lint.settings.severity.get(check.name) or problem.severity or check.severity
    return Finding(
        check=check.name,
        severity=severity,
        problem=problem,
        file=place.file,
        line=place.line,
        column=place.column,
    )


# --- suppressions ----------------------------------------------------------------------------------------------


def _suppressions(lint: Lint) -> list[Suppression]:
    found: list[Suppression] = []
    files: dict[str, str] = {}
    in_yaml: dict[str, str] = {}
    for one in lint.documents:
        if one.source is not None:
            in_yaml.setdefault(str(one.document.path), one.source.file_text)
            continue
        for origin in one.document.sources.values():
            files.setdefault(origin.source.file, "")
        if lint.root is not None:
            for declared in one.document.declared_in.split(", "):
                files.setdefault(str(lint.root / declared), "")
    for path, text in in_yaml.items():
        if text.lstrip()[:1] != "{":  # JSON has no comments
            found.extend(suppressions_in_yaml(path, text))
    for file in files:
        found.extend(read_suppressions(Path(file), places.shown(file)))
    return found


def _is_suppressed(check: str, problem: Problem, suppressions: Iterable[Suppression]) -> bool:
    candidates = [one for one in suppressions if check in one.checks and one.reason]
    if not candidates:
        return False
    where = {(place.file, place.line) for place in _places(problem)}
    for one in candidates:
        if (one.file, one.applies_to) in where:
            one.used.add(check)
            return True
    return False


def _places(problem: Problem) -> Iterator[places.Place]:
    if problem.linted.source is None:
        yield from places.declarations(problem.linted, problem.pointer)
        return
    yield problem.place
    yield from places.around(problem.linted, problem.pointer)


def _about_suppressions(lint: Lint, suppressions: Iterable[Suppression], ran: set[str]) -> Iterator[Finding]:
    known = all_checks()
    for one in suppressions:
        messages = []
        if not one.checks:
            messages.append(("this suppression names no check", "write # dashlib: ignore[check-name] why"))
        elif not one.reason:
            messages.append(
                ("this suppression gives no reason, so it suppresses nothing", "give the reason after the bracket")
            )
        for name in one.checks:
            if name not in known:
                messages.append((f'there is no check "{name}"', did_you_mean(name, known)))
            elif one.reason and name in ran and name not in one.used:
                messages.append((f"this suppression of {name} suppresses nothing", "remove it"))
        for message, suggestion in messages:
            problem = Problem(linted=lint.documents[0], pointer="", message=message, suggestion=suggestion)
            yield _finding(SUPPRESSION, problem, lint, one)
