"""Versions are measured on what came true, as scikit-learn would, and only where that says something."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    mean_absolute_error,
    roc_auc_score,
    root_mean_squared_error,
)

from keepfit.adapters.memory.monitoring import MemoryMetrics, MemoryPredictions
from keepfit.adapters.memory.outcomes import MemoryOutcomePairs
from keepfit.errors import InvalidDefinition
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.instants import Duration
from keepfit.monitoring.estimation.registry import AnyEstimator, estimator_of
from keepfit.monitoring.outcomes.definition import OutcomesDefinition
from keepfit.monitoring.outcomes.measure import AnsweringVersion
from keepfit.monitoring.outcomes.performance import LivePerformance
from keepfit.monitoring.outcomes.report import PerformanceReport
from keepfit.monitoring.outcomes.request import PerformanceRequest, read_performance_request
from keepfit.monitoring.outcomes.untold import UntoldOutcomes
from keepfit.monitoring.prediction_log.parse import Prediction
from keepfit.registry.champion import Champion
from keepfit.tasks.spec import TaskSpec

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BINARY = TaskSpec(kind="binary", threshold=0.3)


@dataclass(slots=True, kw_only=True)
class Model:
    """A model in memory, with what it answered and what came true."""

    metric: str
    tasks: dict[int, TaskSpec]
    judged: dict[str, float] = field(default_factory=dict)
    minimum_rows: int = 50
    champion: int | None = 1
    estimators: dict[int, AnyEstimator] = field(default_factory=dict)
    told: bool = True
    pairs: MemoryOutcomePairs = field(default_factory=MemoryOutcomePairs)
    metrics: MemoryMetrics = field(default_factory=MemoryMetrics)

    def answers(
        self, answers: list[list[float]], outcomes: list[Any], *, version: int = 1, after: int = 0
    ) -> None:
        """Answers of one day, with what came true of them the day after; None where that is not known."""
        for answer, outcome in zip(answers, outcomes, strict=True):
            name, at = f"p{len(self.pairs.predictions):05}", NOON + after * DAY
            self.pairs.predictions.append(
                Prediction(
                    prediction_id=name,
                    version=version,
                    at=at,
                    event_time=at,
                    inputs={},
                    outputs={},
                    answer=answer,
                )
            )
            if outcome is not None:
                told = {"prediction_id": name, "outcome": outcome, "known_at": at + DAY}
                self.pairs.rows.append(told)

    @property
    def predictions(self) -> MemoryPredictions:
        return MemoryPredictions(rows={"batch": self.pairs.predictions})

    @property
    def live(self) -> LivePerformance:
        return LivePerformance(
            model="m",
            dataset="m_outcomes",
            definition=OutcomesDefinition(minimum_rows=self.minimum_rows),
            window=Duration.parse("30d"),
            metric=self.metric,
            pairs=self.pairs if self.told else UntoldOutcomes(predictions=self.predictions),
            predictions=self.predictions,
            version_of=lambda version: AnsweringVersion(
                task=self.tasks[version], judged=self.judged, estimator=self.estimators.get(version)
            ),
            newest_event=lambda: max((each.event_time for each in self.pairs.predictions), default=None),
            champion=lambda: (
                None if self.champion is None else Champion(version=self.champion, lambda_version="1")
            ),
            metrics=self.metrics,
            clock=lambda: NOON + 60 * DAY,
        )

    def report(self, **asked: Any) -> PerformanceReport:
        return self.live.report(PerformanceRequest(**asked))


def _binary(rows: int, seed: int = 0) -> tuple[list[list[float]], list[bool]]:
    random = np.random.default_rng(seed)
    scores = random.uniform(size=rows)
    return [[score] for score in scores.tolist()], (random.uniform(size=rows) < scores).tolist()


def test_a_binary_model_is_measured_as_scikit_learn_does() -> None:
    model = Model(metric="roc_auc", tasks={1: BINARY}, judged={"roc_auc": 0.8})
    answers, outcomes = _binary(400)
    model.answers(answers, outcomes)
    [found] = model.report().versions
    scores = np.array(answers)[:, 0]
    assert found.value == pytest.approx(roc_auc_score(outcomes, scores))
    assert found.figures["log_loss"] == pytest.approx(log_loss(outcomes, scores))
    assert found.figures["f1"] == pytest.approx(f1_score(outcomes, scores >= 0.3))
    assert (found.judged, found.note, found.outcomes, found.pending) == (0.8, None, 400, 0)
    assert found.interval
    low, high = found.interval
    assert low < found.value < high
    assert model.report().versions == [found]


def test_a_model_of_several_classes_is_measured_by_the_classes_of_each_version() -> None:
    tasks = {
        1: TaskSpec(kind="multiclass", classes=["a", "b"]),
        2: TaskSpec(kind="multiclass", classes=["a", "b", "c"]),
    }
    model = Model(metric="accuracy", tasks=tasks, judged={"log_loss": 1.0})
    random = np.random.default_rng(1)
    for version, classes in ((1, 2), (2, 3)):
        answers = random.dirichlet(np.ones(classes), size=120)
        outcomes = [("a", "b", "c")[number] for number in random.integers(0, 3, size=120)]
        model.answers(answers.tolist(), outcomes, version=version)
    first, second = model.report().versions
    decided = [
        ("a", "b", "c")[int(np.argmax(each.answer))] for each in model.pairs.predictions if each.version == 2
    ]
    truth = [row["outcome"] for row in model.pairs.rows]
    assert second.value == pytest.approx(accuracy_score(truth[120:], decided))
    assert first.value is not None  # a class that it never learned is one that it never gets right
    assert first.value < 0.67
    assert (first.judged, second.judged) == (None, None)


def test_a_regression_is_measured_as_scikit_learn_does() -> None:
    model = Model(metric="rmse", tasks={1: TaskSpec(kind="regression")})
    random = np.random.default_rng(2)
    truth = random.normal(size=200)
    values = truth + random.normal(size=200)
    model.answers([[value] for value in values.tolist()], truth.tolist())
    [found] = model.report().versions
    assert found.value == pytest.approx(root_mean_squared_error(truth, values))
    assert found.figures["mae"] == pytest.approx(mean_absolute_error(truth, values))


def test_periods_show_when_a_version_got_worse() -> None:
    model = Model(metric="roc_auc", tasks={1: BINARY, 2: BINARY})
    answers, outcomes = _binary(200)
    model.answers(answers, outcomes)
    model.answers(answers, [not outcome for outcome in outcomes], after=1)
    model.answers(answers, outcomes, version=2, after=1)
    found = model.report(by="day").versions
    midnight = NOON.replace(hour=0)
    assert [(each.version, each.period) for each in found] == [
        (1, midnight),
        (1, midnight + DAY),
        (2, midnight + DAY),
    ]
    good, bad, better = (each.value for each in found)
    assert good == better
    assert bad == pytest.approx(1 - (good or 0))


@pytest.mark.parametrize(
    ("answers", "outcomes", "note"),
    [
        ([[0.5]] * 60, [None] * 60, "no outcome is known"),
        ([[0.5]] * 60, [True] * 30 + [None] * 30, "30 outcomes, and outcomes.minimum_rows is 50"),
        ([[0.5]] * 60, [True] * 60, "60 labelled rows, 60 of them true"),
        (
            [[]] * 60,
            [True, False] * 30,
            "60 answers with outcomes were collected by a release that kept too little",
        ),
        ([[0.5, 0.5]] * 60, [True, False] * 30, "no answers of this version"),
    ],
)
def test_what_says_nothing_is_not_measured(answers: list[Any], outcomes: list[Any], note: str) -> None:
    model = Model(metric="roc_auc", tasks={1: BINARY})
    model.answers(answers, outcomes)
    [found] = model.report().versions
    assert found.value is None
    assert note in str(found.note)
    assert (model.live.publish() is None) == (set(outcomes) == {None})
    assert model.metrics.performances == []


def test_the_champion_is_published_and_no_other() -> None:
    model = Model(metric="roc_auc", tasks={1: BINARY, 2: BINARY}, champion=2)
    model.answers(*_binary(100, seed=1))
    model.answers(*_binary(100, seed=2), version=2)
    report = model.live.publish()
    assert report
    assert model.metrics.performances == [report.versions[1].value]
    model.champion = None
    model.live.publish()
    assert len(model.metrics.performances) == 1


def test_before_the_first_prediction_there_is_nothing_to_measure() -> None:
    report = Model(metric="roc_auc", tasks={}).report()
    assert (report.window, report.versions, report.dataset_version) == (None, [], None)


def test_the_window_ends_with_the_newest_request_and_a_report_can_be_made_again_as_of_then() -> None:
    model = Model(metric="roc_auc", tasks={1: BINARY})
    model.answers(*_binary(100))
    model.answers(*_binary(100, seed=3), after=5)
    then = model.report(window=Duration.parse("2d"), as_of=NOON + 7 * DAY)
    assert then.window == (NOON + 3 * DAY, NOON + 5 * DAY)
    assert [each.predictions for each in then.versions] == [100]
    model.pairs.rows += [
        {**row, "outcome": not row["outcome"], "known_at": NOON + 8 * DAY} for row in model.pairs.rows
    ]
    assert model.report(window=Duration.parse("2d"), as_of=NOON + 7 * DAY) == then
    assert model.report(window=Duration.parse("2d")).told.corrected == 200


def test_a_report_is_json_and_back() -> None:
    model = Model(metric="roc_auc", tasks={1: BINARY})
    model.answers(*_binary(100))
    report = model.report(by="week")
    assert msgspec.convert(msgspec.to_builtins(report), PerformanceReport) == report


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"window": "soon"}, "is not a duration"),
        ({"window": 7}, '"window"'),
        ({"by": "month"}, "is not one of hour, day, week"),
        ({"as_of": "then"}, "is no instant of ISO 8601"),
    ],
)
def test_a_request_that_cannot_be_read_says_why(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidDefinition, match=said):
        read_performance_request(asked)
    assert read_performance_request({}) == PerformanceRequest()


def _estimators() -> dict[int, AnyEstimator]:
    """Of version 1, whose probabilities were right on its holdout."""
    answers, outcomes = _binary(3000, seed=9)
    found = estimator_of(training_task_of(BINARY), np.array(outcomes), np.array(answers)[:, 0])
    assert found is not None
    return {1: found}


def test_estimates_stand_beside_what_came_true_and_are_checked_on_the_same_predictions() -> None:
    model = Model(metric="roc_auc", tasks={1: BINARY}, estimators=_estimators())
    for day in range(6):
        answers, outcomes = _binary(200, seed=day)
        told = [outcome if number < 120 else None for number, outcome in enumerate(outcomes)]
        model.answers(answers, told, after=day)
    report = model.report(by="day")
    for each in report.versions:
        assert each.estimated
        assert each.checked
        assert each.value is not None
        assert each.checked.error == pytest.approx(each.checked.value - each.value)
        assert each.checked.held == each.checked.holds(each.value)
        # Of all 200 predictions more is known than of the 120 with an outcome.
        assert np.ptp(each.estimated.interval) < np.ptp(each.checked.interval)
    errors = [abs(each.checked.error) for each in report.versions if each.checked]
    assert report.honesty
    assert (report.honesty.checked, report.honesty.held) == (6, 1.0)
    assert report.honesty.mean_absolute_error == pytest.approx(np.mean(errors))
    assert msgspec.convert(msgspec.to_builtins(report), PerformanceReport) == report


def test_estimates_that_were_wrong_are_told_once_outcomes_come() -> None:
    model = Model(metric="roc_auc", tasks={1: BINARY}, estimators=_estimators())
    answers, outcomes = _binary(400)
    model.answers(answers, [not outcome for outcome in outcomes])
    report = model.report()
    assert report.honesty
    assert (report.honesty.checked, report.honesty.held) == (1, 0.0)
    assert report.honesty.mean_absolute_error > 0.5


@pytest.mark.parametrize("told", [True, False])
def test_predictions_without_any_outcome_are_estimated(told: bool) -> None:
    model = Model(metric="roc_auc", tasks={1: BINARY, 2: BINARY}, estimators=_estimators(), told=told)
    for day in range(2):
        answers, _ = _binary(100, seed=day)
        model.answers(answers, [None] * 100, after=day)
    model.answers(*_binary(60), version=2, after=1)
    model.pairs.rows.clear()
    report = model.report(by="week")
    [first, second] = report.versions
    assert (first.version, first.predictions, first.pending, first.outcomes) == (1, 200, 200, 0)
    assert first.period == NOON.replace(hour=0)  # a Monday
    assert first.estimated
    assert first.estimated.holds(5 / 6)
    assert (second.version, second.estimated, second.checked) == (2, None, None)
    assert (report.honesty, first.note) == (None, "no outcome is known")


def test_few_answers_are_not_estimated_and_those_that_were_not_kept_do_not_count() -> None:
    model = Model(metric="roc_auc", tasks={1: BINARY}, estimators=_estimators())
    answers, _ = _binary(49)
    model.answers([*answers, *[[]] * 60], [None] * 109)
    [found] = model.report().versions
    assert (found.predictions, found.estimated) == (109, None)


def test_a_turn_of_the_monitor_reads_no_predictions_again(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model(metric="roc_auc", tasks={1: BINARY}, estimators=_estimators())
    model.answers(*_binary(100))
    monkeypatch.setattr(MemoryPredictions, "between", None)
    report = model.live.publish()
    assert report
    assert report.versions[0].estimated is None
    assert report.honesty
