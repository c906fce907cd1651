"""The evidence on a candidate, by which gates decide: its trial, its answers, how good those are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from keepfit.evaluation.bootstrap import bootstrap, interval
from keepfit.evaluation.metrics.base import Figures, Labels, Metric
from keepfit.evaluation.report import Evaluation
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.tasks.base import Outputs
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.judging.comparison import Gain, Scored
from keepfit.training.judging.judgement import BaselineEvaluation
from keepfit.training.judging.trusted_rows import NO_PARTS, PartGains
from keepfit.training.model_tests.base import ModelTestResult

_CHOSEN, _CONSTANT = "chosen", "constant"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateTrial:
    """A candidate as its trial left it.

    Args:
        name: the candidate's.
        validation: the metric on rows that validate; None where it could not be validated.
        max_difference: between the estimator's and its export's outputs on rows chosen to part them, as the task
            measures it.
        flipped_labels: for how many of those rows the export decides otherwise.
        fault: what kept it from being trained.
    """

    name: str
    validation: float | None = None
    max_difference: float = 0.0
    flipped_labels: int = 0
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequests:
    """The answers to requests that clients sent before.

    Args:
        requests: how many were asked.
        refused: those that the candidate refuses, a line each.
        compared: how many both it and the champion answer.
        changed: those of them that it decides otherwise, a line each.
    """

    requests: int
    refused: Sequence[str] = ()
    compared: int = 0
    changed: Sequence[str] = ()


class ServedCandidate(Protocol):
    """A candidate in the code that serves; each is measured when a gate asks, and not before."""

    @property
    def model_bytes(self) -> int:
        """The size of its file."""
        ...

    def p95_ms(self) -> float:
        """The time, in milliseconds, in which 95 % of single requests are answered."""
        ...

    def logged_requests(self, limit: int) -> LoggedRequests:
        """Its answers to up to ``limit`` of the newest logged requests."""
        ...

    def evaluation(self) -> Evaluation:
        """Slices, groups and calibration of its answers to the holdout."""
        ...

    def tests(self) -> Sequence[ModelTestResult]:
        """The results of the model's own tests."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a candidate answers of the holdout.

    Args:
        served: its outputs through the serving code; None where it gave no usable answer.
        native: those for the same rows by the estimator that was trained; None where it left none.
        task: its own, with its own threshold; None for the run's.
        fault: what kept it from answering.
        candidate: itself, for what else gates ask; None where it gave no usable answer.
    """

    served: Outputs | None = None
    native: Outputs | None = None
    task: TrainingTask | None = None
    fault: str | None = None
    candidate: ServedCandidate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The chosen candidate and the best constant on the same resamples of the whole holdout."""

    metric: Metric
    value: float
    resampled: Figures
    constant: float
    constant_resampled: Figures

    @property
    def above_constant(self) -> Figures:
        """(resamples,) how much better the candidate is."""
        return np.asarray(self.metric.gain(self.resampled, self.constant_resampled))

    @property
    def words(self) -> str:
        """The metric and its value, for messages."""
        return f"{self.metric.name} {self.value:.4f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of a candidate at a stage of its judgement.

    Args:
        gates: what is asked.
        task: the candidate's own.
        trial: how its training ended.
        answers: what it answers of the holdout; nothing before it was asked.
        measured: how good those answers are; None before they were measured.
        gain: how much better it is than the champion; None where they are not compared.
        parts: the same on rows known before and on those that came since.
        labels: (rows,) the holdout's, as the task encodes them; None before it was asked.
    """

    gates: GatesDefinition
    task: TrainingTask
    trial: CandidateTrial
    answers: Answers = Answers()
    measured: Measured | None = None
    gain: Gain | None = None
    parts: PartGains = NO_PARTS
    labels: Labels | None = None


def measure(labels: Labels, chosen: Scored, task: TrainingTask, metric: Metric, seed: int) -> Measured:
    """Measures a candidate and the best constant, which is the baseline that no run can do without."""
    prepared = {
        _CHOSEN: chosen.task.metric(metric.name).prepare(labels, chosen.outputs),
        _CONSTANT: metric.prepare(labels, metric.constant(labels, chosen.outputs)),
    }
    resampled = bootstrap(prepared, strata=task.strata(labels), seed=seed)
    return Measured(
        metric=metric,
        value=prepared[_CHOSEN].value(),
        resampled=resampled[_CHOSEN],
        constant=prepared[_CONSTANT].value(),
        constant_resampled=resampled[_CONSTANT],
    )


def baseline(measured: Measured) -> BaselineEvaluation:
    """The evaluation of the best constant, and how much better the candidate is."""
    return BaselineEvaluation(
        metric=measured.constant,
        gain=float(measured.metric.gain(measured.value, measured.constant)),
        gain_interval=interval(measured.above_constant),
    )
