"""The doctor's findings, as a report for people, tickets and machines. Pure."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

import attrs

from dashlib.doctor.causes import Severity, listed, readable_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashlib.doctor.causes import Cause
    from dashlib.doctor.questions import Place

_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}
_MOST_EXPENSIVE = 5
_WIDTH = 110
_MOST_PLACES = 4


@attrs.frozen
class Diagnosis:
    """One cause, and everything that it makes empty or wrong.

    Attributes:
        kind: as in `docs/doctor.md`.
        subject: what it is about.
        severity: `error`, `warning` or `info`.
        message: what is wrong.
        hint: what to do.
        places: what is affected.
        unguarded: those of them that only lose a guard: they work, but may fire when they should not.
    """

    kind: str
    subject: str
    severity: Severity
    message: str
    hint: str
    places: tuple[Place, ...] = ()
    unguarded: frozenset[Place] = frozenset()


@attrs.frozen
class Cost:
    """The cost of one query.

    Attributes:
        place: where it is used; the first place, if there are several.
        places: how many places use it.
        series: how many it returned.
        seconds: how long the evaluation took; NaN if Prometheus does not say.
        touched: samples that were read for it.
        in_range: the share of the dashboard's range in which it returns data; NaN if that was not checked.
    """

    place: Place
    places: int
    series: int
    seconds: float
    touched: int
    in_range: float


@attrs.frozen
class FiringAlert:
    """An alert whose condition is met now.

    Attributes:
        place: the alert.
        series: for how many series it is met.
        examples: the labels of a few of them.
        state: its state: `firing`, `pending`, or empty if the rule is not loaded; None if the rules are not known.
    """

    place: Place
    series: int
    examples: tuple[str, ...]
    state: str | None


@attrs.frozen
class DoctorReport:
    """Everything that was found.

    Attributes:
        url: of the Prometheus.
        facts: its properties: names and values, in order.
        diagnoses: the worst first.
        costs: the most expensive first.
        alerts: those whose condition is met now.
        asked: how many distinct queries ran.
        healthy: how many of them are fine.
        requests: how many HTTP requests it took.
        seconds: how long it took in all.
        engine: what answers: `Prometheus`, `VictoriaMetrics`, …
    """

    url: str
    facts: tuple[tuple[str, str], ...]
    diagnoses: tuple[Diagnosis, ...]
    costs: tuple[Cost, ...]
    alerts: tuple[FiringAlert, ...]
    asked: int
    healthy: int
    requests: int
    seconds: float
    engine: str = "Prometheus"

    @property
    def told_costs(self) -> tuple[Cost, ...]:
        """The most expensive queries; none where the engine does not tell what a query costs."""
        return tuple(cost for cost in self.costs[:_MOST_EXPENSIVE] if math.isfinite(cost.seconds))

    @property
    def problems(self) -> tuple[Diagnosis, ...]:
        """The diagnoses that need action."""
        return tuple(diagnosis for diagnosis in self.diagnoses if diagnosis.severity != "info")


def group(placed: Iterable[tuple[Cause, Place | None]]) -> tuple[Diagnosis, ...]:
    """Return diagnoses, one for each kind and subject of cause, with every place that it affects.

    A place with a problem is not listed as one that is as expected.
    """
    found: dict[tuple[str, str], list[tuple[Cause, Place | None]]] = {}
    for cause, place in placed:
        found.setdefault((cause.kind, cause.subject), []).append((cause, place))
    diagnoses = [_diagnosis(members) for members in found.values() if _loses_something(members)]
    wrong = {place for diagnosis in diagnoses if diagnosis.severity != "info" for place in diagnosis.places}
    kept = []
    for diagnosis in diagnoses:
        if diagnosis.severity == "info" and diagnosis.places:
            fine = tuple(place for place in diagnosis.places if place not in wrong)
            if fine:
                kept.append(attrs.evolve(diagnosis, places=fine))
        else:
            kept.append(diagnosis)
    return tuple(sorted(kept, key=lambda diagnosis: (_ORDER[diagnosis.severity], -len(diagnosis.places))))


def _loses_something(members: Sequence[tuple[Cause, Place | None]]) -> bool:
    """Tell whether a cause matters: one of several alternatives may be missing."""
    return any(cause.loses != "alternative" for cause, _ in members)


def _diagnosis(members: Sequence[tuple[Cause, Place | None]]) -> Diagnosis:
    worst = min((cause for cause, _ in members), key=lambda cause: _ORDER[cause.severity])
    places = tuple(dict.fromkeys(place for _, place in members if place is not None))
    more = {place for cause, place in members if cause.loses != "guard"}
    unguarded = frozenset(place for place in places if place not in more)
    return Diagnosis(worst.kind, worst.subject, worst.severity, worst.message, worst.hint, places, unguarded)


# --- to a person -------------------------------------------------------------------------------------------------


def as_text(report: DoctorReport, style: Style) -> str:
    """Return the report for a terminal."""
    lines = [style.bold(f"{report.engine} at {report.url}")]
    width = max((len(name) for name, _ in report.facts), default=0)
    lines += [f"  {name:<{width}}  {value}" for name, value in report.facts]
    lines.append("")
    for diagnosis in report.diagnoses:
        if diagnosis.severity != "info":
            lines += [*_diagnosis_lines(diagnosis, style), ""]
    if not report.problems:
        lines += [style.good("no problems found"), ""]
    quiet = [diagnosis for diagnosis in report.diagnoses if diagnosis.severity == "info"]
    if quiet:
        lines.append(style.bold("as expected"))
        lines += [f"  {diagnosis.message}: {_places(diagnosis.places)}" for diagnosis in quiet]
        lines.append("")
    if report.alerts:
        lines.append(style.bold("alerts whose condition is met now"))
        lines += [f"  {_alert_line(alert)}" for alert in report.alerts]
        lines.append("")
    if report.told_costs:
        lines.append(style.bold("most expensive queries"))
        lines += [f"  {_cost_line(cost)}" for cost in report.told_costs]
        lines.append("")
    lines.append(_summary(report))
    return "\n".join(lines) + "\n"


class Style:
    """Emphasis by color, on terminals that support it."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def _styled(self, text: str, **how: Any) -> str:  # noqa: ANN401 - click's own keywords
        import click

        return click.style(text, **how) if self._color else text

    def bold(self, text: str) -> str:
        """Return a heading."""
        return self._styled(text, bold=True)

    def good(self, text: str) -> str:
        """Return what is as expected."""
        return self._styled(text, fg="green")

    def severity(self, severity: Severity) -> str:
        """Return a severity."""
        return self._styled(severity, fg={"error": "red", "warning": "yellow", "info": "blue"}[severity], bold=True)


def _diagnosis_lines(diagnosis: Diagnosis, style: Style) -> list[str]:
    head = f"{style.severity(diagnosis.severity)}  {diagnosis.kind}"
    body = textwrap.wrap(diagnosis.message, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    hint = textwrap.wrap(diagnosis.hint, _WIDTH, initial_indent="  → ", subsequent_indent="    ")
    lines = [head, *body, *hint]
    for label, places in _affected(diagnosis):
        text = f"{label} {_all_rules(places)}"
        lines += textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    return lines


def _affected(diagnosis: Diagnosis) -> list[tuple[str, list[Place]]]:
    """Return what is affected, and how: what no longer works, and what may fire when it should not."""
    shown = [place for place in diagnosis.places if place not in diagnosis.unguarded]
    held = [place for place in diagnosis.places if place in diagnosis.unguarded]
    parts = [("affects", shown), ("leaves without a guard, so that it may fire when it should not:", held)]
    return [(label, places) for label, places in parts if places]


def _all_rules(places: Sequence[Place]) -> str:
    """Return what is affected: every rule by name, and the number and the first few of the rest."""
    rules = {kind: [place.name for place in places if place.kind == kind] for kind in ("alert", "record")}
    rest = [place for place in places if place.kind not in rules]
    said = []
    for kind, names in rules.items():
        if names:
            unique = list(dict.fromkeys(names))
            said.append(f"{len(names)} {kind}{'' if len(names) == 1 else 's'}: {', '.join(unique)}")
    return "; ".join([*said, *([_places(rest)] if rest else [])])


def _places(places: Sequence[Place]) -> str:
    """Return what is affected: the number of each kind, and the first few."""
    if not places:
        return "-"
    counts: dict[str, int] = {}
    for place in places:
        counts[place.kind] = counts.get(place.kind, 0) + 1
    kinds = ", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items())
    return f"{kinds}: {listed((str(place) for place in places), _MOST_PLACES)}"


def _alert_line(alert: FiringAlert) -> str:
    state = "" if alert.state is None else f"{alert.state or 'rule not loaded'}: "
    return f"{state}{alert.place.name} for {alert.series} series ({listed(alert.examples, 3)})"


def _cost_line(cost: Cost) -> str:
    return f"{cost.seconds * 1000:7.1f} ms  {cost.touched:>8} samples  {cost.series:>6} series  {cost.place}"


def _summary(report: DoctorReport) -> str:
    count = len(report.problems)
    said = "no findings" if not count else f"{count} finding{'' if count == 1 else 's'}"
    return (
        f"{said}; {report.healthy} of {report.asked} queries are fine; "
        f"{report.requests} requests in {readable_seconds(report.seconds)}"
    )


# --- in a ticket -------------------------------------------------------------------------------------------------


def as_markdown(report: DoctorReport) -> str:
    """Return the report as Markdown, for a ticket."""
    lines = [f"## dashlib doctor: {_summary(report)}", "", f"{report.engine} at `{report.url}`", ""]
    lines += ["| | |", "|---|---|", *(f"| {name} | {_cell(value)} |" for name, value in report.facts), ""]
    for diagnosis in report.problems:
        lines += [f"### {diagnosis.severity}: {diagnosis.kind}", "", _prose(diagnosis.message), ""]
        lines += [f"**What to do:** {_prose(diagnosis.hint)}", ""] if diagnosis.hint else []
        for place in diagnosis.places:
            guard = " (loses a guard)" if place in diagnosis.unguarded else ""
            lines.append(f"- {_prose(str(place))}{guard}")
        lines += [""] if diagnosis.places else []
    quiet = [diagnosis for diagnosis in report.diagnoses if diagnosis.severity == "info"]
    if quiet:
        lines += ["### As expected", ""]
        lines += [f"- {_prose(diagnosis.message)}: {_prose(_places(diagnosis.places))}" for diagnosis in quiet] + [""]
    if report.alerts:
        lines += [
            "### Alerts whose condition is met now",
            "",
            *(f"- {_prose(_alert_line(each))}" for each in report.alerts),
        ]
        lines.append("")
    if report.told_costs:
        lines += ["### Most expensive queries", "", "| ms | samples | series | query |", "|---:|---:|---:|---|"]
        for cost in report.told_costs:
            lines.append(f"| {cost.seconds * 1000:.1f} | {cost.touched} | {cost.series} | {_cell(str(cost.place))} |")
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return _prose(text).replace("|", "\\|")


def _prose(text: str) -> str:
    """Return a string escaped for Markdown, on one line: names contain underscores, and labels anything."""
    flat = " ".join(text.split())
    for mark in "\\`*_<>[]#":
        flat = flat.replace(mark, f"\\{mark}")
    return flat


# --- to a machine ------------------------------------------------------------------------------------------------


def as_data(report: DoctorReport) -> dict[str, Any]:
    """Return the report as JSON-like data; unknown numbers are null."""
    return {
        "prometheus": report.url,
        "facts": dict(report.facts),
        "findings": [
            {
                "kind": diagnosis.kind,
                "subject": diagnosis.subject,
                "severity": diagnosis.severity,
                "message": diagnosis.message,
                "hint": diagnosis.hint,
                "places": [
                    {**attrs.asdict(place), "loses": "guard" if place in diagnosis.unguarded else "signal"}
                    for place in diagnosis.places
                ],
            }
            for diagnosis in report.diagnoses
        ],
        "alerts": [
            {"alert": each.place.name, "group": each.place.owner, "series": each.series, "state": each.state}
            for each in report.alerts
        ],
        "queries": [
            {
                "place": attrs.asdict(cost.place),
                "places": cost.places,
                "series": cost.series,
                "milliseconds": _known(cost.seconds * 1000),
                "samples": cost.touched,
                "share_of_range": _known(cost.in_range),
            }
            for cost in report.costs
        ],
        "asked": report.asked,
        "healthy": report.healthy,
        "requests": report.requests,
        "seconds": round(report.seconds, 3),
    }


def _known(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None
