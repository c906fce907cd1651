"""The gates of a challenger: it answers as trained, surely beats a constant and the champion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from keepfit.evaluation.bootstrap import bootstrap, interval
from keepfit.evaluation.metrics.base import Figures, Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.tasks.base import Outputs
from keepfit.training.definition import GatesDefinition
from keepfit.training.judging.comparison import Gain, Scored
from keepfit.training.judging.judgement import BaselineEvaluation, Failure

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
    fault: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a candidate answers of the holdout.

    Args:
        served: its outputs through the serving code; None where it gave no usable answer.
        native: those for the same rows by the estimator that was trained; None where it left none.
        task: its own, with its own threshold; None for the run's.
        fault: what kept it from answering.
    """

    served: Outputs | None = None
    native: Outputs | None = None
    task: TrainingTask | None = None
    fault: Failure | None = None


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


def trial_failures(trial: CandidateTrial, gates: GatesDefinition) -> Iterator[Failure]:
    """The failures of a candidate's training and parity, before any row of the holdout."""
    if trial.fault is not None:
        yield trial.fault
        return
    if trial.max_difference > gates.parity_tolerance or trial.flipped_labels > gates.max_flipped_labels:
        allowed = f"{gates.parity_tolerance:.2g} and {gates.max_flipped_labels} are allowed"
        found = f"differs by up to {trial.max_difference:.2g} and flips {trial.flipped_labels} labels"
        yield Failure(gate="parity", reason=f"the exported model {found} against the trained one; {allowed}")


def answer_failures(answers: Answers, gates: GatesDefinition, task: TrainingTask) -> Iterator[Failure]:
    """The failures in answering the holdout, or in answering it as training did."""
    if answers.fault is not None or answers.served is None:
        yield answers.fault or Failure(gate="answers", reason="it gave no scores")
        return
    skew = _skew(answers, gates, task)
    if skew is not None:
        yield Failure(gate="serving_parity", reason=skew)


def _skew(answers: Answers, gates: GatesDefinition, task: TrainingTask) -> str | None:
    """The difference between serving's outputs on the holdout and training's on the same rows."""
    if answers.native is None or answers.served is None or answers.native.shape != answers.served.shape:
        return "training left no scores for these holdout rows to compare with"
    difference = task.serving.difference(answers.native, answers.served)
    if difference.passes(tolerance=gates.parity_tolerance, max_flipped_labels=gates.max_flipped_labels):
        return None
    apart, row = difference.difference > gates.parity_tolerance, int(np.argmax(difference.difference))
    return (
        f"serving answers {int(apart.sum())} of {len(apart)} holdout rows otherwise than training "
        f"({difference.flipped_labels} labels flip), most in row {row}: "
        f"{_shown(answers.served[row])} instead of {_shown(answers.native[row])}"
    )


def _shown(outputs: Any) -> str:
    """One row of outputs, for messages."""
    return ", ".join(f"{output:.6f}" for output in np.atleast_1d(outputs))


def merit_failures(measured: Measured, gain: Gain | None, gates: GatesDefinition) -> Iterator[Failure]:
    """The failures in merit of the chosen candidate; ``gain`` is over the champion, if compared."""
    metric = measured.metric
    found = f"{metric.name} {measured.value:.4f}"
    if gates.min_value is not None and metric.gain(measured.value, gates.min_value) < 0:
        beyond = "below" if metric.greater_is_better else "above"
        yield Failure(gate="min_value", reason=f"{found} is {beyond} {gates.min_value:.4f}")
    above, _ = interval(measured.above_constant)
    if above <= 0:
        low, high = interval(measured.resampled)
        constant = f"a constant has {measured.constant:.4g}"
        reason = f"{found} may be chance: it is {low:.4f} to {high:.4f} (95 %), and {constant}"
        yield Failure(gate="better_than_constant", reason=reason)
    if gain is not None:
        yield from _gain_failures(found, gain, gates)


def _gain_failures(found: str, gain: Gain, gates: GatesDefinition) -> Iterator[Failure]:
    asked = f"more than {gates.min_gain:+.4f} is asked"
    # Strictly: the same data and seed give the champion again, which is nothing to release.
    if gain.value <= gates.min_gain:
        yield Failure(gate="min_gain", reason=f"{found} is {gain.value:+.4f} from the champion's; {asked}")
        return
    certainty = gain.certainty(gates.min_gain)
    if certainty < gates.certainty:
        reason = (
            f"{found} is {gain.value:+.4f} from the champion's, and {certainty:.0%} certain to be enough; {asked}, "
            f"with a certainty of {gates.certainty:.0%}"
        )
        yield Failure(gate="certainty", reason=reason)
