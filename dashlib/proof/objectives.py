"""The proof of what follows from an objective's good and bad time: burn rates, the budget that is left, the alerts.

That a time is bad, good or does not count is proven like an alert (`obligations`). Here the recorded bad time is made
up, and promtool says when the alerts fire. What is to come of it is worked out from the objective alone: nothing is
taken from what compiles it.

promtool evaluates all rules at one pace. A rule of a group that is slower is let through only as often as that group
is evaluated.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from dashlib import promql
from dashlib.proof.courses import number
from dashlib.proof.meaning import readable_duration
from dashlib.proof.promtool import TestFile
from dashlib.proof.scenarios.model import Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.declare.objectives import Objective

#: As the SRE workbook has it: what an alert does, percent of the budget, within which part of the period, and the short
#: window's part.
_BURNS: Final = (
    ("page", 2, 1 / 720, 1 / 8640),
    ("page", 5, 1 / 120, 1 / 1440),
    ("ticket", 10, 1 / 10, 1 / 120),
)
#: Times above which a window is told from sums over five minutes, and over hours, in seconds.
_HOUR: Final = 3600
_DAY: Final = 86400
_SUMS: Final = 300
#: How much of what was bad is worse than a burn rate, for the whole of its long window.
_WORSE: Final = 1.5
#: How much of its short window after it an alert still fires: 1.5 times too fast, less a quarter, is too fast.
_GOES_ON: Final = 0.25
#: How near to a limit a course is, beside what a window's edges make of it.
_NEAR: Final = 0.03
_EXACTLY: Final = 1e-4
#: Seconds after which a group is too slow for others to see what it records.
_SEEN: Final = 300
_VALUES: Final = {"job": "connect", "plugin": "mysql", "server": "orders"}


@frozen
class CompiledGroup:
    """A compiled rule group.

    Attributes:
        interval: seconds between two evaluations.
        rules: as compiled.
    """

    interval: float
    rules: tuple[Mapping[str, Any], ...]


@frozen(eq=False)
class BurnRules:
    """The rules that an objective was compiled to, beside what it declares.

    Attributes:
        objective: as declared.
        interval: seconds between two evaluations of its group, as declared.
        labels: of its alerts, but for their severity.
        runbooks: URL of the folder of the runbooks.
        promise: what it promises, in words.
        series: labels of its series, each with the exporter's name of it; none where its signal does not say them.
        groups: of the compiled file.
    """

    objective: Objective
    interval: int
    labels: Mapping[str, str]
    runbooks: str
    promise: str
    series: Mapping[str, str]
    groups: tuple[CompiledGroup, ...] = field(repr=False)

    @property
    def values(self) -> dict[str, str]:
        """A value for each label of its series."""
        return {label: _VALUES.get(label, f"any-{label}") for label in self.series or _VALUES}

    @property
    def who(self) -> str:
        """What its alerts begin with: whose budget it is; empty where nothing says so."""
        told = {label: value for label, value in self.values.items() if label not in ("job", "plugin")}
        if "server" in self.series:
            return f"Connector {told['server']}"
        return ", ".join(f"{label} {value}" for label, value in told.items()) or "It" if self.series else ""

    @property
    def stem(self) -> str:
        """What the names of its recording rules begin with; empty where it has none."""
        end = f"objective_{self.objective.name.lower().replace(' ', '_')}:bad"
        names = [str(rule.get("record", "")) for group in self.groups for rule in group.rules]
        return next((name.removesuffix(":bad") for name in names if name.endswith(end)), "")

    @property
    def budget(self) -> float:
        """Which share may be bad."""
        return float(1 - Decimal(str(self.objective.target)) / 100)


@frozen
class Burn:
    """A rate that an alert fires at.

    Attributes:
        severity: of the alert.
        rate: how many times as fast as it may the budget burns.
        long: seconds.
        short: seconds.
    """

    severity: str
    rate: float
    long: int
    short: int


@frozen
class Time:
    """A time in which an objective is as bad all along.

    Attributes:
        seconds: how long.
        bad: the share of it that is bad; None where nothing counts.
        events: how many events there are at each evaluation, for an objective that counts them.
    """

    seconds: float
    bad: float | None
    events: float = 10


@frozen
class Part:
    """A part of the proof: times, and what has to come of them.

    Attributes:
        name: what it is about.
        fed: what is made up: `bad` (each evaluation), `5m` or `1h` (sums over these times).
        step: seconds between two samples and evaluations.
        times: one after another.
        checks: what has to come of it.
        severity: of the alert that it is about.
        texts: alerts have what they say as a label.
    """

    name: str
    fed: str
    step: int
    times: tuple[Time, ...]
    checks: tuple[Check, ...]
    severity: str
    texts: bool = False

    @property
    def input(self) -> str:
        """What is made up, for people."""
        said = ("nothing counts" if each.bad is None else f"{100 * each.bad:.6g} % bad" for each in self.times)
        lasting = (promql.format_duration(each.seconds) for each in self.times)
        return ", then ".join(f"{what} for {long}" for what, long in zip(said, lasting, strict=True))


def burns_of(rules: BurnRules) -> list[Burn]:
    """Return the rates that an objective's alerts fire at, those that it can reach; the fastest first."""
    period = promql.duration_seconds(rules.objective.window)
    severities = {"page": rules.objective.page, "ticket": rules.objective.ticket}
    found = [
        Burn(severities[use], share / 100 / long, round(long * period), round(short * period))
        for use, share, long, short in _BURNS
    ]
    return [burn for burn in found if burn.rate * rules.budget < 1]


def plainly_wrong(rules: BurnRules) -> str:
    """Return what promtool would not see; empty for nothing."""
    return next(_unseen(rules), "") if rules.stem else "no recording rule of its bad time"


def _unseen(rules: BurnRules) -> Iterator[str]:
    own = [(rule, group.interval) for group in rules.groups for rule in group.rules if _is_own(rules, rule)]
    names = alert_names(rules)
    for name in sorted(set(names.values()) - {rule.get("alert") for rule, _ in own}):
        yield f"no rule for {name}"
    for rule, pace in own:
        name = str(rule.get("record", rule.get("alert")))
        # Each sum is of the time since the one before it.
        wanted = next((seconds for end, seconds in (("d_5m", _SUMS), ("d_1h", _HOUR)) if name.endswith(end)), None)
        wanted = rules.interval if name == f"{rules.stem}:bad" else wanted
        if pace != wanted and (wanted is not None or pace >= _SEEN):
            yield f"{name} evaluated every {pace:g} s"
    for severity, name in names.items():
        page, anchor = rules.objective.runbook, name.lower()
        if not page:
            page, anchor = "objectives", f"a-budget-burns-{_speed(rules, severity).lower()}"
        period = promql.duration_seconds(rules.objective.window)
        burns = [each for each in burns_of(rules) if each.severity == severity]
        said = " or ".join(
            f"{100 * each.rate * each.long / period:.0f} % within {readable_duration(each.long)}" for each in burns
        )
        summary = f"The error budget of the objective {rules.objective.name!r} burns too fast: {said}."
        if any(rule["annotations"].get("summary") != summary for rule, _ in own if rule.get("alert") == name):
            yield f"{name} does not say {summary!r}"
        links = {rule["annotations"].get("runbook_url") for rule, _ in own if rule.get("alert") == name}
        if links != {f"{rules.runbooks.rstrip('/')}/{page}.md#{anchor}"}:
            yield f"{name} links to {', '.join(map(str, links))}"


def _is_own(rules: BurnRules, rule: Mapping[str, Any]) -> bool:
    return str(rule.get("record", "")).startswith(f"{rules.stem}:") or rule.get("alert") in alert_names(rules).values()


def alert_names(rules: BurnRules) -> dict[str, str]:
    """Return the names of an objective's alerts, by severity."""
    words = "".join(f"{word[:1].upper()}{word[1:]}" for word in rules.objective.name.split())
    severities = dict.fromkeys(burn.severity for burn in burns_of(rules))
    return {severity: f"{words}BudgetBurns{_speed(rules, severity)}" for severity in severities}


def _speed(rules: BurnRules, severity: str) -> str:
    return "Fast" if severity == rules.objective.page else "Slowly"


# --- parts -------------------------------------------------------------------------------------------------------


def parts_of(rules: BurnRules, severity: str) -> Iterator[Part]:
    """Yield the parts of the proof of an objective's alert."""
    burns = [burn for burn in burns_of(rules) if burn.severity == severity]
    history = max(burn.long for burn in burns)
    for burn in burns:
        yield _burnt(rules, burn, history)
        yield _spared(rules, burn, history)
        yield from _uncounted(rules, burn)
    yield from _exactly(rules, burns[-1])
    # Of a budget that is not yet used up, so that it says how long it lasts.
    yield _told(rules, burns[-1], max(history, round(2 * burns[-1].rate * burns[-1].long)))
    yield _in_time(rules, severity)  # each alert says how much is left
    yield _period_ends(rules, severity)
    if severity == [*alert_names(rules)][-1] and rules.objective.total is not None:
        yield _weighed(rules, burns[0])


def _alert(rules: BurnRules, severity: str) -> str:
    labels = "".join(f',{label}="{value}"' for label, value in rules.labels.items())
    return f'ALERTS{{alertname="{alert_names(rules)[severity]}",alertstate="firing",severity="{severity}"{labels}}}'


def _grain(seconds: float, rules: BurnRules) -> int:
    """Return the seconds between two samples of what a window is told from."""
    return rules.interval if seconds <= _HOUR else _SUMS if seconds < _DAY else _HOUR


def _fed(burn: Burn, rules: BurnRules) -> tuple[str, int]:
    """Return what is made up for a window, and the seconds between two samples: a tenth of the short window."""
    if burn.long <= _DAY / 2:
        often = [step for step in (150, 100, 60) if step % rules.interval == 0 and step <= burn.short / 10]
        return "bad", next(iter(often), rules.interval)
    often = [step for step in (1800, 900, 600) if step <= burn.short / 10]
    return "5m", next(iter(often), _SUMS)


def _near(burn: Burn, rules: BurnRules) -> float:
    return _NEAR + 2 * _grain(burn.long, rules) / burn.long


def _lag(seconds: float, rules: BurnRules) -> int:
    """Return how much later than at once a window sees what happens."""
    return 0 if seconds <= _HOUR else 2 * _SUMS if seconds >= _DAY else _SUMS + rules.interval


def _whole(seconds: float, step: int) -> int:
    return max(1, round(seconds / step)) * step


def _burnt(rules: BurnRules, burn: Burn, history: int) -> Part:
    """Return the part in which a budget burns just fast enough, for long enough: then it fires, and soon it ends."""
    times, seen = _burning(rules, burn, history)
    fed, step = _fed(burn, rules)
    begin, end = times[0].seconds, times[0].seconds + times[1].seconds
    ends = round(end + _whole(0.6 * burn.short, step) + _lag(burn.short, rules) + step)
    ends = ends // step * step
    goes_on = round(end) + _whole(_GOES_ON * burn.short, step) - step
    still = (times[1].bad or 0.0) * (1 - _GOES_ON) > burn.rate * rules.budget * (1 + _NEAR)  # not where all was bad
    alert = _alert(rules, burn.severity)
    limit, over = number(burn.rate * rules.budget), promql.format_duration(burn.long)
    least, most = _left(rules, times, seen)
    left = f"{rules.stem}:budget_left_percent"
    told = Check("what is left is known", f"count(({left} > {least:.6f}) < {most:.6f})", seen, 1.0)
    return Part(
        f"{burn.rate:g} times too fast",
        fed,
        step,
        (*times, Time(ends - end + burn.short + step, 0.0)),
        (
            Check("silent before", f"count(count_over_time({alert}[{begin:.0f}s]))", round(begin) - step),
            Check("fires", f"count({alert})", seen, 1.0),
            *([told] if _lag(burn.long, rules) else []),
            *([Check("goes on for a while", f"count({alert})", goes_on, 1.0)] if still else []),
            Check("ends soon after", f"count({alert})", ends),
            Check("the long window knows it still", f"count({rules.stem}:bad_ratio_{over} > {limit})", ends, 1.0),
        ),
        burn.severity,
    )


def _burning(rules: BurnRules, burn: Burn, history: int) -> tuple[tuple[Time, Time], int]:
    """Return good time, then time that is bad enough for an alert, and when it fires, in seconds."""
    _, step = _fed(burn, rules)
    enough = burn.rate * rules.budget * (1 + _near(burn, rules))
    bad = min(1.0, _WORSE * enough)
    late = _lag(burn.long, rules)
    lasting = _whole(enough / bad * burn.long, step) + (_whole(late, step) if late else 0)
    times = Time(_whole(history, step), 0.0), Time(lasting, bad)
    return times, round(sum(each.seconds for each in times)) - step


def _left(rules: BurnRules, times: Sequence[Time], at: float) -> tuple[float, float]:
    """Return how much of a budget is left at least and at most when some of its time was bad, in percent."""
    used = [
        100 * sum((each.bad or 0.0) * (each.seconds - late) for each in times) / at / rules.budget
        for late in (0, 2 * _SUMS)
    ]
    return 100 - 1.06 * used[0] - 0.5, 100 - 0.94 * used[1] + 0.5


def _told(rules: BurnRules, burn: Burn, history: int) -> Part:
    """Return the part in which an alert says how fast the budget burns, what is left and how long that lasts."""
    times, seen = _burning(rules, burn, history)
    fed, step = _fed(burn, rules)
    least, most = _left(rules, times, seen)
    left = "|".join(str(percent) for percent in range(math.floor(least), math.ceil(most) + 1))
    rate = burn.rate * (1 + _near(burn, rules))
    rates = "|".join(str(whole) for whole in range(math.floor(0.93 * rate), math.ceil(1.12 * rate) + 1))
    period = promql.duration_seconds(rules.objective.window)
    days = [math.floor(max(each, 0) / 100 * period / rate / _DAY) for each in (0.9 * least, 1.1 * most)]
    lasting = "|".join(f"{day}d .*" if day else "([0-9]+h .*|[0-9.]+m?s?)" for day in range(days[0], days[1] + 1))
    said = (
        f"{_literal(rules.who)}{'' if rules.who else '.*'} uses up .*'{rules.objective.name}' ({rates})[.][0-9] times "
        f"as fast as it may: ({left})[.][0-9] % is left, .* used up in ({lasting})[.] .*: {_literal(rules.promise)}[.]"
    )
    name = alert_names(rules)[burn.severity]
    text = f'count(ALERTS{{alertname="{name}",alertstate="firing",text=~"{said}"}})'
    after = Time(2 * step + _lag(burn.long, rules), 0.0)
    checks = (Check("labels and text", text, seen, 1.0),)
    return Part("its text", fed, step, (*times, after), checks, burn.severity, texts=True)


def _literal(text: str) -> str:
    """Return the pattern of a string, as it stands in a string of PromQL."""
    return re.sub(r"([.+*?()|\[\]{}^$\\])", r"\\\\\1", text).replace('"', ".")


def _spared(rules: BurnRules, burn: Burn, history: int) -> Part:
    """Return the part in which a budget burns just not fast enough."""
    fed, step = _fed(burn, rules)
    enough = burn.rate * rules.budget
    worst = min(1.0, _WORSE * enough)
    begin, lasting = _whole(history, step), _whole(enough / worst * burn.long, step)
    bad = worst * (1 - _near(burn, rules))
    after = _whole(2 * _lag(burn.long, rules), step)
    end = begin + lasting + after
    return Part(
        f"not quite {burn.rate:g} times too fast",
        fed,
        step,
        (Time(begin, 0.0), Time(lasting, bad), Time(after, 0.0)),
        (Check("silent", f"count(count_over_time({_alert(rules, burn.severity)}[{end}s]))", end - step),),
        burn.severity,
    )


def _uncounted(rules: BurnRules, burn: Burn) -> Iterator[Part]:
    """Yield the parts in which most of the long window does not count: what counts decides alone."""
    fed, step = _fed(burn, rules)
    gap = _whole(burn.long + 2 * _grain(burn.long, rules), step)
    lasting = _whole(max(burn.short / 2, 2 * _lag(burn.long, rules), 4 * step), step)
    alert = _alert(rules, burn.severity)
    end = gap + gap + lasting
    for what, share, expected in (("", 1 + _NEAR, 1.0), ("not quite ", 1 - _NEAR, None)):
        bad = min(1.0, burn.rate * rules.budget * share)
        after = _whole(burn.short + 2 * _lag(burn.short, rules) + 2 * step, step)
        yield Part(
            f"{what}{burn.rate:g} times too fast after time that does not count",
            fed,
            step,
            (Time(gap, 0.0), Time(gap, None), Time(lasting, bad), Time(after, None)),
            (
                Check("silent while nothing counts", f"count(count_over_time({alert}[{2 * gap}s]))", 2 * gap - step),
                Check("fires" if expected else "silent", f"count({alert})", end - step, expected),
                Check("silent when nothing counts any more", f"count({alert})", end + after - step),
            ),
            burn.severity,
        )


def _exactly(rules: BurnRules, burn: Burn) -> Iterator[Part]:
    """Yield the parts in which a budget burns for ever at just a rate, and at just not that rate."""
    step = 150 if 150 % rules.interval == 0 else rules.interval
    lasting = _whole(2 * _HOUR, step)
    alert = _alert(rules, burn.severity)
    for share, expected in ((1 + _EXACTLY, 1.0), (1 - _EXACTLY, None)):
        bad = burn.rate * rules.budget * share
        yield Part(
            f"{'just' if expected else 'just not'} {burn.rate:g} times too fast, all the time",
            "bad",
            step,
            (Time(lasting, bad),),
            (Check("fires" if expected else "silent", f"count({alert})", lasting - step, expected),),
            burn.severity,
        )


def _in_time(rules: BurnRules, severity: str) -> Part:
    """Return the part in which the budget that is left is known minutes after it was used, each minute once."""
    step = 150 if 150 % rules.interval == 0 else rules.interval
    bad = rules.budget / 4
    times = (Time(2 * _HOUR, 0.0), Time(_HOUR, bad), Time(_HOUR / 4, None), Time(35 * 60, 4 * bad))
    end = round(sum(each.seconds for each in times))
    late = 2 * _SUMS

    def is_left(name: str, at: int, after: int) -> Check:
        """Return the check of what is left after the bad hour, and after time that is four times as bad."""
        worst = 4 if after else 1
        used = [25 * (_HOUR + 4 * after - worst * ago) / (3 * _HOUR + after - ago) for ago in (0, late)]
        least, most = sorted((100 - used[0], 100 - used[1]))
        margin = 0.5
        left = f"{rules.stem}:budget_left_percent"
        kept = f"count(({left} > {number(round(least - margin, 6))}) < {number(round(most + margin, 6))})"
        return Check(name, kept, at, 1.0)

    soon = 3 * _HOUR + _HOUR // 6  # an hour has ended, most of whose time would be counted twice
    return Part(
        "what is left is known in time",
        "bad",
        step,
        times,
        (
            is_left("what is left soon after an hour", soon - soon % step, 0),
            is_left("what is left", end - step, 35 * 60),
        ),
        severity,
    )


def _period_ends(rules: BurnRules, severity: str) -> Part:
    """Return the part in which what was bad a whole period ago is forgotten."""
    period = promql.duration_seconds(rules.objective.window)
    bad_for, good_for = _whole(0.2 * period, _HOUR), _whole(0.9 * period, _HOUR)
    bad = rules.budget / 2
    before, after = bad_for + good_for - _whole(0.15 * period, _HOUR), bad_for + good_for
    left = f"{rules.stem}:budget_left_percent"

    def is_left(at: float) -> str:
        inside = max(0.0, bad_for - max(0.0, at - period))
        used = 100 * 0.5 * inside / min(at, period)
        return f"count(abs({left} - {number(round(100 - used, 6))}) < {number(round(0.6 + 0.02 * used, 6))})"

    return Part(
        "the period slides",
        "1h",
        _HOUR,
        (Time(bad_for, bad), Time(good_for, 0.0)),
        (
            Check("what is left before its end", is_left(before), before - _HOUR, 1.0),
            Check("what is left after its end", is_left(after), after - _HOUR, 1.0),
        ),
        severity,
    )


def _weighed(rules: BurnRules, burn: Burn) -> Part:
    """Return the part in which few events are bad, for long: they count by their number."""
    step = rules.interval
    history, lasting = _whole(burn.long, step), _whole(burn.short, step)
    bad = _WORSE * burn.rate * rules.budget
    end = history + lasting + step
    return Part(
        "few events are bad",
        "bad",
        step,
        (Time(history, 0.0, 1000), Time(lasting, min(1.0, bad), 1), Time(step, 0.0, 1000)),
        (Check("silent", f"count(count_over_time({_alert(rules, burn.severity)}[{end}s]))", end - step),),
        burn.severity,
    )


# --- what promtool is given --------------------------------------------------------------------------------------


def in_files(rules: BurnRules, parts: Sequence[Part]) -> list[tuple[TestFile, list[Part]]]:
    """Return the tests of some parts, those together that need the same rules."""
    together: dict[tuple[str, int, bool, tuple[str, ...]], list[Part]] = {}
    for part in parts:
        names = [name for check in part.checks for name in promql.read(check.expression).metrics]
        asked = tuple(sorted({f"{each} {part.severity}" if each == "ALERTS" else each for each in names}))
        together.setdefault((part.fed, part.step, part.texts, asked), []).append(part)
    return [
        (TestFile(_rules(rules, alike[0]), alike[0].step, [_test(rules, part) for part in alike]), alike)
        for alike in together.values()
    ]


def _rules(rules: BurnRules, part: Part) -> list[Mapping[str, Any]]:
    """Return the rules that compute what a part asks for and is not made up, each as often as its group."""
    made_up = {"bad": {"bad", "events", "last_seen"}}
    made_up["5m"] = made_up["bad"] | {"bad_5m", "counted_5m"}
    made_up["1h"] = made_up["5m"] | {"bad_1h", "counted_1h"}
    records: list[Mapping[str, Any]] = []
    alerts: list[Mapping[str, Any]] = []
    asked = {name for check in part.checks for name in promql.read(check.expression).metrics}
    for group in rules.groups:
        for rule in group.rules:
            name = str(rule.get("record", ""))
            if rule.get("alert") == alert_names(rules)[part.severity] and "ALERTS" in asked:
                alerts.append(_with_text(rule) if part.texts else _without_text(rule))
            elif name.endswith(":hour_ended") or (
                name.startswith(f"{rules.stem}:") and name.rpartition(":")[2] not in made_up[part.fed]
            ):
                slow = group.interval >= _SEEN
                paced = f"({rule['expr']}) and on () (vector(time()) % {group.interval:g} == 0)"
                records.append({**rule, "expr": paced} if slow else rule)
    waiting = [*alerts, *(rule for rule in records if rule["record"] in asked)]
    texts = [str(rule.get("labels", {}).get("text", "")) for rule in alerts]
    waiting += [rule for rule in records if any(str(rule["record"]) in text for text in texts)]
    needed: set[str] = set()
    while waiting:
        rule = waiting.pop()
        new = {str(rule.get("record", "")), *promql.read(str(rule["expr"])).metrics} - needed
        needed |= new
        waiting += [each for each in records if each["record"] in new]
    records = [rule for rule in records if rule["record"] in needed]
    order = {"_5m": 1, "_1h": 2, ":hour_ended": 3, "_open": 4, "_percent": 6}
    records.sort(key=lambda rule: next((at for end, at in order.items() if _is_sum(rule, end)), 5))
    return [*records, *alerts]


def _without_text(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in rule.items() if key != "annotations"}


def _with_text(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an alert that has what it says first as a label: of annotations promtool can be asked only as a whole."""
    said = str(rule["annotations"].get("description", "")).partition("\n")[0]
    return {"alert": rule["alert"], "expr": rule["expr"], "labels": {"text": said}}


def _is_sum(rule: Mapping[str, Any], end: str) -> bool:
    name = str(rule["record"])
    return name.endswith(end) and "ratio" not in name


def _test(rules: BurnRules, part: Part) -> dict[str, Any]:
    labels = ",".join(f'{rules.series.get(label, label)}="{value}"' for label, value in rules.values.items())
    return {
        "interval": f"{part.step}s",
        "input_series": [
            {"series": f"{rules.stem}:{name}{{{labels}}}", "values": values}
            for name, values in _input(rules, part).items()
        ],
        "promql_expr_test": [
            {
                "expr": f"{check.expression} # {order}",
                "eval_time": f"{check.at}s",
                "exp_samples": [] if check.expected is None else [{"labels": "{}", "value": check.expected}],
            }
            for order, check in enumerate(part.checks, 1)
        ],
    }


def _input(rules: BurnRules, part: Part) -> dict[str, str]:
    """Return the values of the series that are made up, by the ends of their names."""
    counts = rules.objective.total is not None
    each = {"bad": 1.0, "5m": _SUMS / rules.interval, "1h": _HOUR / rules.interval}[part.fed]

    def of(time: Time) -> tuple[float | None, float | None]:
        whole = each * (time.events if counts else 1)
        return (None, None) if time.bad is None else (time.bad * whole, whole)

    bad = _samples([(of(time)[0], time.seconds) for time in part.times], part.step)
    counted = _samples([(of(time)[1], time.seconds) for time in part.times], part.step)
    if part.fed == "bad":
        return {"bad": bad, "events": counted} if counts else {"bad": bad}
    return {f"bad_{part.fed}": bad, f"counted_{part.fed}": counted}


def _samples(values: Sequence[tuple[float | None, float]], step: int) -> str:
    written = []
    for value, seconds in values:
        count = round(seconds / step)
        written.append(f"stale _x{count - 1}" if value is None else f"{number(value)}+0x{count - 1}")
    return " ".join(written)
