"""What dashboards ask, asked of a Prometheus: values of variables, and the answers of every panel."""

from __future__ import annotations

import concurrent.futures
import contextlib
from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs

from dashlib.documents.dashboards import Dashboard, Panel
from dashlib.errors import AnswerError
from dashlib.glance import Answer, GlanceError
from dashlib.glance.questions import ALL, Look, Question
from dashlib.preview.drawing import Answered
from dashlib.preview.repeating import Repeated, repeated, repeats, values_offered
from dashlib.promql import duration_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashlib.documents.dashboards import Annotation, Variable
    from dashlib.glance import Series

#: Seconds between two points of an annotation's query (Grafana's default).
ANNOTATION_STEP: Final = 60.0
#: Queries that run side by side.
_AT_ONCE: Final = 4


class Answering(Protocol):
    """Whoever answers queries."""

    def series(self, question: Question) -> tuple[Series, ...]:
        """Return what a query is answered; raises an AnswerError where it is refused."""
        ...

    def values(self, label: str, begin: float, end: float, selectors: Sequence[str]) -> list[str]:
        """Return the values of a label in a range, sorted; raises an AnswerError where that is refused."""
        ...


@attrs.frozen
class Looked:
    """A dashboard, and what it was answered.

    Attributes:
        dashboard: its compiled JSON, with a panel for each value of the variable that it repeats by.
        now: the moment of looking, Unix seconds.
        seconds: how far back it looks.
        options: values of each variable that has some, by name.
        answers: of each panel, by its place in the order of the file.
        annotations: those that are switched on and ask PromQL, each with the series that it marks.
        repeated: where its panels and rows come from, and the values that they were made for; None where nothing
            repeats.
    """

    dashboard: Mapping[str, Any]
    now: float
    seconds: float
    options: Mapping[str, Sequence[str]]
    answers: Sequence[Answered]
    annotations: Sequence[tuple[Annotation, tuple[Series, ...]]] = ()
    repeated: Repeated | None = None


def look_at(
    dashboards: Sequence[Mapping[str, Any]], answering: Answering, now: float, back: float | None = None
) -> list[Looked]:
    """Ask all that dashboards ask, with every value of their variables chosen.

    A query that is refused is an error of its panel's. Panels that ask the same get one answer.

    Args:
        dashboards: compiled JSON.
        answering: whom to ask.
        now: the moment of looking, Unix seconds.
        back: how far back to look, in seconds; by default as far as each dashboard does.

    Raises:
        RemoteError: Prometheus cannot be reached.
    """
    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:
        asked: dict[tuple[str, tuple[float, ...], bool], concurrent.futures.Future[tuple[Series, ...]]] = {}

        def answer(question: Question) -> concurrent.futures.Future[tuple[Series, ...]]:
            key = (question.expression, question.times, question.is_range)
            if key not in asked:
                asked[key] = pool.submit(answering.series, question)
            return asked[key]

        looks = [_Asking(each, now, back, answering) for each in dashboards]
        for look in looks:
            look.begin(answer)
        return [look.end(answering) for look in looks]


class _Asking:
    """A dashboard whose questions are being asked."""

    def __init__(self, dashboard: Mapping[str, Any], now: float, back: float | None, answering: Answering) -> None:
        self.seconds = _seconds_of(dashboard) if back is None else back
        ranged = {**dashboard, "time": {"from": f"now-{self.seconds:.0f}s", "to": "now"}}
        self.look = Look(ranged, now, chosen=_everything(Dashboard(dashboard).variables))
        variables = {each.name: each for each in Dashboard(dashboard).variables}
        self.repeated = repeated(
            dashboard,
            {
                name: _values_to_repeat(variables[name], answering, self.look, self.seconds)
                for name in repeats(dashboard)
                if name in variables
            },
        )
        self.dashboard = self.repeated.dashboard
        self.pending: list[tuple[Panel, list[Question], list[Any], str]] = []
        self.marking: list[tuple[Annotation, Any]] = []

    def begin(self, answer: Any) -> None:  # noqa: ANN401  # a function of the caller's
        for panel, chosen in zip(Dashboard(self.dashboard).all_panels, self.repeated.chosen, strict=True):
            if panel.kind == "row":
                continue
            look = attrs.evolve(self.look, chosen={**self.look.chosen, **chosen}) if chosen else self.look
            try:
                questions = look.questions(panel.data)
            except GlanceError as error:
                self.pending.append((panel, [], [], error.message))
                continue
            self.pending.append((panel, questions, [answer(each) for each in questions], ""))
        for annotation in Dashboard(self.dashboard).annotations:
            if annotation.asks_promql and annotation.data.get("enable"):
                with contextlib.suppress(GlanceError):  # a variable that the dashboard does not have
                    self.marking.append((annotation, answer(self._marked(annotation))))

    def _marked(self, annotation: Annotation) -> Question:
        step = ANNOTATION_STEP
        last = self.look.now // step * step
        times = tuple(last - step * index for index in range(int(self.seconds // step), -1, -1))
        return Question("", self.look.fill_in(annotation.text, self.seconds, step), times, is_range=True)

    def end(self, answering: Answering) -> Looked:
        return Looked(
            self.dashboard,
            self.look.now,
            self.seconds,
            {
                variable.name: _values(variable, answering, self.look, self.seconds)
                for variable in Dashboard(self.dashboard).variables
                if variable.kind == "query" and not variable.is_hidden
            },
            [self._answered(*each) for each in self.pending],
            [(annotation, _or_nothing(future)) for annotation, future in self.marking],
            self.repeated if any(self.repeated.chosen) else None,
        )

    def _answered(self, panel: Panel, questions: Sequence[Question], futures: Sequence[Any], error: str) -> Answered:
        now, back = self.look.now, _own_range(panel) or self.seconds
        if error:
            return Answered((), now, now - back, error=error)
        try:
            answers = tuple(
                Answer(question.ref_id, future.result()) for question, future in zip(questions, futures, strict=True)
            )
        except AnswerError as refused:
            return Answered((), now, now - back, error=f"Prometheus refused the query: {refused.message}")
        steps = [each.times[1] - each.times[0] for each in questions if each.is_range and len(each.times) > 1]
        return Answered(answers, now, now - back, step=min(steps, default=0.0))


def _or_nothing(future: concurrent.futures.Future[tuple[Series, ...]]) -> tuple[Series, ...]:
    """Return an answer, or nothing where the query is refused: as Grafana, which draws the panels without the marks."""
    try:
        return future.result()
    except AnswerError:
        return ()


def _seconds_of(dashboard: Mapping[str, Any]) -> float:
    try:
        return Look(dashboard, 0.0).range
    except (GlanceError, KeyError):
        return 3600.0


def _own_range(panel: Panel) -> float:
    own = panel.data.get("timeFrom")
    return duration_seconds(own) if isinstance(own, str) and own else 0.0


def _everything(variables: Sequence[Variable]) -> dict[str, str]:
    return {
        variable.name: ALL
        for variable in variables
        if variable.data.get("includeAll") and variable.kind in ("query", "custom")
    }


def _values_to_repeat(variable: Variable, answering: Answering, look: Look, back: float) -> list[str]:
    """Return the values that are chosen: all that the variable offers where everything may be chosen."""
    if variable.kind == "query" and variable.data.get("includeAll"):
        return _values(variable, answering, look, back)
    return values_offered(variable.data)


def _values(variable: Variable, answering: Answering, look: Look, back: float) -> list[str]:
    """Return the values that a query variable offers; none where it asks otherwise than by `label_values`."""
    _, _, asked = variable.asked
    if asked is None or asked.function != "label_values" or not variable.asks_prometheus:
        return []
    try:
        selector = look.fill_in(asked.expression, back, 60.0).strip()
        return answering.values(asked.label, look.now - back, look.now, [selector] if selector else [])
    except (AnswerError, GlanceError):
        return []
