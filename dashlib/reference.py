"""What is known about a name: an alert, signal, guard, metric, check, recorded series, profile or runbook.

Everything is read from where it is declared: the project, the library's signals, catalog, profiles and checks, and the
pages that come with dashlib. Nothing is written for this place.
"""

from __future__ import annotations

import difflib
import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from dashlib.compile.known import catalog_of, connectors_of
from dashlib.compile.outputs import Compilation
from dashlib.compile.outputs.rule_yaml import recording_of
from dashlib.compile.project import compile_for_profile, rendering_of
from dashlib.compile.readable import readable, readable_duration
from dashlib.debezium import alerts, aurora, connectors, databases, kafka_connect, states
from dashlib.declare.alerts import Alert, RuleGroup, alerts_of
from dashlib.declare.panels import note_of
from dashlib.declare.signals import Guard, Signal
from dashlib.documents.rules import groups_in
from dashlib.lint.engine import all_checks
from dashlib.lint.settings import read_settings
from dashlib.metrics.profiles import known_profiles, load_profile
from dashlib.promql import duration_seconds
from dashlib.promql.writing import over_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dashlib.compile.loading import Project
    from dashlib.documents.rules import Rule
    from dashlib.lint.findings import Check
    from dashlib.metrics.catalog import Metric
    from dashlib.metrics.profiles import Profile
    from dashlib.sources import Source

_PACKAGE = Path(__file__).parent
_BUNDLE = _PACKAGE / "bundle"
_MODULES = (connectors, kafka_connect, databases, aurora, states, alerts)
_MOST_NEAR = 5


@attrs.frozen
class Entry:
    """What is known about a name.

    Attributes:
        kind: `alert`, `signal`, `guard`, `metric`, `check`, `recorded`, `profile` or `runbook`.
        name: what it is called.
        title: what it is, in a line.
        facts: what is said in a few words, by heading.
        text: what is said at length, Markdown; empty for nothing.
        declared: where it was declared, `file:line`; empty where that is dashlib's own data.
    """

    kind: str
    name: str
    title: str
    facts: Mapping[str, str]
    text: str = ""
    declared: str = ""


def shipped_project() -> Path:
    """Return the folder of the project that comes with dashlib."""
    return _BUNDLE if _BUNDLE.is_dir() else _PACKAGE.parent


def shipped_docs() -> Path:
    """Return the folder of the pages that come with dashlib."""
    return shipped_project() / "docs"


@attrs.frozen(eq=False)
class Reference:
    """All that is known in a project.

    Attributes:
        project: the project.
        profile: naming profile, a name or path; empty for the project's.
    """

    project: Project
    profile: str = ""

    def entries(self, name: str) -> list[Entry]:
        """Return what is known about a name, whatever its case; a name may be of several kinds."""
        wanted = name.lower()
        return [make() for known in self._known.values() for each, make in known.items() if each.lower() == wanted]

    def nearest(self, name: str) -> list[str]:
        """Return the names most like one that is unknown."""
        known = {each.lower(): each for names in self._known.values() for each in names}
        near = difflib.get_close_matches(name.lower(), known, n=_MOST_NEAR)
        inside = [each for each in known if name.lower() in each] if len(name) > 2 else []  # noqa: PLR2004
        return [known[each] for each in dict.fromkeys((*near, *inside))][:_MOST_NEAR]

    @functools.cached_property
    def _known(self) -> dict[str, dict[str, Callable[[], Entry]]]:
        """What there is, by kind and name."""
        return {
            "alert": {
                alert.name: functools.partial(self._alert, alert, group)
                for group, _ in self.project.rule_groups
                for alert in alerts_of(group)
            },
            "signal": {
                name: functools.partial(self._signal, signal)
                for name, signal in self._declared
                if isinstance(signal, Signal)
            },
            "guard": {
                name: functools.partial(self._guard, name, guard)
                for name, guard in self._declared
                if isinstance(guard, Guard)
            },
            "metric": {name: functools.partial(self._metric, metric) for name, metric in self._metrics()},
            "check": {name: functools.partial(_check, check) for name, check in all_checks().items()},
            "recorded": {rule.name: functools.partial(self._recorded, rule) for rule in self._records},
            "profile": {name: functools.partial(_profile, name) for name in known_profiles()},
            "runbook": {page.stem: functools.partial(_runbook, page) for page in self._runbooks()},
        }

    @functools.cached_property
    def _rules(self) -> list[Rule]:
        compiled = compile_for_profile(self.project, self.profile)
        return [
            rule
            for document in compiled.documents
            if document.kind == "rules"
            for group in groups_in(document.data)
            for rule in group.rules
        ]

    @property
    def _records(self) -> Iterator[Rule]:
        return (rule for rule in self._rules if not rule.is_alert)

    @functools.cached_property
    def _declared(self) -> list[tuple[str, Signal | Guard]]:
        """Signals and guards: dashlib's by their constants' names and their own, the project's by their own."""
        found: dict[str, Signal | Guard] = {}
        for group, _ in self.project.rule_groups:
            for rule in group.rules:
                subject = rule.signal
                found.setdefault(getattr(subject, "recorded_as", "") or subject.name, subject)
        panels = [panel for board, _ in self.project.dashboards for row in board.rows for panel in row.panels]
        panels += [panel for panel, _ in self.project.library_panels.values()]
        for panel in panels:
            note = note_of(panel)
            for signal in note.signals if note is not None else ():
                found.setdefault(signal.recorded_as or signal.name, signal)
        for module in _MODULES:
            for constant, value in vars(module).items():
                if isinstance(value, Signal | Guard):
                    found[constant] = value
                    if isinstance(value, Signal):
                        found.setdefault(value.recorded_as or value.name, value)
        # A constant that differs from the name in its case alone is the same.
        lower = {name for name in found if name.islower()}
        return [(name, value) for name, value in found.items() if name.islower() or name.lower() not in lower]

    def _metrics(self) -> Iterator[tuple[str, Metric]]:
        """Yield metrics by their logical names, and by those that the exporter gives them."""
        catalog = catalog_of(self.project)
        profile = self._profile()
        for metric in catalog.metrics():
            yield metric.name, metric
        for exported, logical in profile.exported_names(catalog).items():
            known = catalog.find(logical[0])
            if known is not None:
                yield exported, known

    def _profile(self) -> Profile:
        return load_profile(self.profile or self.project.configuration.profile, self.project.root)

    def _runbooks(self) -> Iterator[Path]:
        settings = read_settings(self.project.configuration.lint, self.project.configuration.file)
        pages: dict[str, Path] = {}
        for folder in (shipped_docs() / "runbooks", self.project.root / settings.runbooks):
            pages |= {page.stem: page for page in sorted(folder.glob("*.md"))}
        yield from pages.values()

    def _place(self, source: Source) -> str:
        file = Path(source.file)
        shown = file.relative_to(self.project.root) if file.is_relative_to(self.project.root) else file
        return f"{shown}:{source.line}"

    # --- the kinds -----------------------------------------------------------------------------------------------

    def _alert(self, alert: Alert, group: RuleGroup) -> Entry:
        level = alert.level(group.thresholds)
        compiled = next((rule for rule in self._rules if rule.is_alert and rule.name == alert.name), None)
        facts = {"severity": alert.severity, "signal": alert.signal.recorded_as or alert.signal.name}
        if level is not None:
            facts["fires"] = f"{level.direction.replace('equals', 'at')} {readable(level.value, alert.signal.unit)}"
        lasting = level.for_ if level is not None else alert.condition.for_
        if lasting:
            facts["for"] = readable_duration(duration_seconds(lasting))
        if compiled is None:
            facts["left out"] = f"the naming profile {self._profile().name} lacks what it needs"
        else:
            facts["expression"] = compiled.text
            facts["runbook"] = compiled.annotations.get("runbook_url", "")
        facts["means"] = alert.description.replace("\n", " ")
        page = alert.runbook or alert.signal.runbook
        file = next((each for each in self._runbooks() if each.stem == page), None)
        title = alert.summary.replace("{threshold}", facts.get("fires", "").partition(" ")[2])
        text = _section(file, alert.name)
        return Entry("alert", alert.name, title, _filled(facts), text, self._place(alert.source))

    def _signal(self, signal: Signal) -> Entry:
        users = [
            alert.name
            for group, _ in self.project.rule_groups
            for alert in alerts_of(group)
            if alert.signal.base.name == signal.base.name
        ]
        guards = [f"{'when' if each.keyword == 'and' else 'unless'} {each.guard.name}" for each in signal.guards]
        facts = {
            "means": signal.description,
            "no series": signal.absent,
            "unit": signal.unit,
            "states": ", ".join(f"{state.value} {state.text}" for state in signal.states),
            "only": "; ".join(guards),
            "expression": signal.expression,
            "runbook": signal.runbook,
            "alerts": ", ".join(users),
        }
        name = signal.recorded_as or signal.name
        return Entry("signal", name, signal.title, _filled(facts), declared=self._place(signal.source))

    def _guard(self, name: str, guard: Guard) -> Entry:
        facts = {"expression": guard.expression, "without it": guard.if_missing}
        return Entry("guard", name, guard.name, _filled(facts), declared=self._place(guard.source))

    def _metric(self, metric: Metric) -> Entry:
        profile = self._profile()
        exported = ", ".join(profile.names(metric)) if profile.exports(metric) else f"not by profile {profile.name}"
        facts = {
            "exported as": exported,
            "type": metric.type,
            "unit": metric.unit,
            "labels": ", ".join(metric.labels),
            "contexts": ", ".join(metric.contexts),
            "connectors": ", ".join(metric.connectors),
            "unknown": ", ".join(f"{value:g}" for value in metric.unknown),
            "since": metric.since or "",
            "gone since": metric.gone_since or "",
            "instead": metric.replacement or "",
        }
        return Entry("metric", metric.name, f"{metric.family} {metric.type}", _filled(facts))

    def _recorded(self, rule: Rule) -> Entry:
        recording = recording_of(
            Compilation(self.project, rendering_of(self.project, self.profile), connectors_of(self.project))
        )
        derived = next((each for each in recording.rules if each.name == rule.name), None)
        users = [each.name for each in self._rules if each.is_alert and rule.name in each.text]
        facts = {
            "means": derived.meaning if derived is not None else "",
            "computes": over_lines(derived.computes if derived is not None else rule.text),
            "alerts": ", ".join(users),
        }
        declared = self._place(derived.subject.source) if derived is not None else ""
        return Entry("recorded", rule.name, "a series that a recording rule makes", _filled(facts), "", declared)


def _check(check: Check) -> Entry:
    page = shipped_docs() / "checks" / f"{check.name}.md"
    facts = {"severity": check.severity, "elsewhere": ", ".join(check.peers)}
    return Entry("check", check.name, check.title, _filled(facts), _body(page))


def _profile(name: str) -> Entry:
    profile = load_profile(name)
    facts = {
        f"{family} metrics": naming.metric or f"none ({naming.why})" for family, naming in profile.families.items()
    }
    labels = {family: naming.labels for family, naming in profile.families.items() if naming.labels}
    facts |= {
        f"{family} labels": ", ".join(f"{logical} is {exported}" for logical, exported in spelled.items())
        for family, spelled in labels.items()
    }
    facts |= {"from": profile.source, "notes": " ".join(profile.notes)}
    return Entry("profile", name, profile.title, _filled(facts))


def _runbook(page: Path) -> Entry:
    text = page.read_text(encoding="utf-8")
    title = next((line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")), page.stem)
    return Entry("runbook", page.stem, title, {"page": str(page)}, _body(page))


def _filled(facts: Mapping[str, str]) -> dict[str, str]:
    return {heading: said for heading, said in facts.items() if said}


def _body(page: Path) -> str:
    """Return the text of a page below its title; empty without the page."""
    return re.sub(r"\A# .*\n+", "", page.read_text(encoding="utf-8")).strip() if page.is_file() else ""


def _section(page: Path | None, heading: str) -> str:
    """Return what a page says below a heading, up to the next of its rank; empty where it has none."""
    text = page.read_text(encoding="utf-8") if page is not None else ""
    found = re.search(rf"^## {re.escape(heading)}\n+(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""
