"""The gates of a candidate: parity with training, better than a constant and the champion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keepfit.evaluation.bootstrap import bootstrap, interval
from keepfit.evaluation.metrics.base import Figures, Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.tasks.base import Outputs
from keepfit.training.definition import GatesDefinition
from keepfit.training.judging.judgement import Failure

# The best model that answers everyone alike; the names of candidates are identifiers.
CONSTANT = "(constant)"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateScores:
    """The outputs of a candidate on the holdout, for a judgement.

    Args:
        name: the candidate's.
        served: its outputs on the holdout through the serving code; None where it gave no usable answer.
        native: those for the same rows by the estimator that was trained; None where training failed.
        max_difference: between the estimator's and its export's on rows chosen to part them, as the task measures it.
        flipped_labels: for how many of those rows the export decides otherwise.
        task: its own, with its own threshold; None for the run's.
        fault: what kept it from being trained or asked.
    """

    name: str
    served: Outputs | None = None
    native: Outputs | None = None
    max_difference: float = 0.0
    flipped_labels: int = 0
    task: TrainingTask | None = None
    fault: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The metrics of all models on the whole holdout, the best constant among them."""

    metric: Metric
    values: Mapping[str, float]
    resampled: Mapping[str, Figures]


def measure(
    labels: Labels, candidates: Sequence[CandidateScores], task: TrainingTask, metric: Metric, seed: int
) -> Measured:
    """Measures all candidates that gave outputs, and the best constant, on the same resamples."""
    scored = {each.name: (each.task or task, each.served) for each in candidates if each.served is not None}
    _, outputs = next(iter(scored.values()))
    everyone = {**scored, CONSTANT: (task, metric.constant(labels, outputs))}
    prepared = {
        name: own.metric(metric.name).prepare(labels, given) for name, (own, given) in everyone.items()
    }
    return Measured(
        metric=metric,
        values={name: each.value() for name, each in prepared.items()},
        resampled=bootstrap(prepared, strata=task.strata(labels), seed=seed),
    )


def parity_failures(
    candidate: CandidateScores, gates: GatesDefinition, task: TrainingTask
) -> Iterator[Failure]:
    """The differences of a candidate between export and estimator, serving and training."""
    allowed = f"{gates.parity_tolerance:.2g} and {gates.max_flipped_labels} are allowed"
    if (
        candidate.max_difference > gates.parity_tolerance
        or candidate.flipped_labels > gates.max_flipped_labels
    ):
        difference = (
            f"differs by up to {candidate.max_difference:.2g} and flips {candidate.flipped_labels} labels"
        )
        yield Failure(
            gate="parity", reason=f"the exported model {difference} against the trained one; {allowed}"
        )
    skew = _skew(candidate, gates, candidate.task or task)
    if skew is not None:
        yield Failure(gate="serving_parity", reason=skew)


def _skew(candidate: CandidateScores, gates: GatesDefinition, task: TrainingTask) -> str | None:
    """The difference between serving's outputs on the holdout and training's on the same rows."""
    if (
        candidate.native is None
        or candidate.served is None
        or candidate.native.shape != candidate.served.shape
    ):
        return "training left no scores for these holdout rows to compare with"
    difference = task.serving.difference(candidate.native, candidate.served)
    if difference.passes(tolerance=gates.parity_tolerance, max_flipped_labels=gates.max_flipped_labels):
        return None
    apart, row = difference.difference > gates.parity_tolerance, int(np.argmax(difference.difference))
    return (
        f"serving answers {int(apart.sum())} of {len(apart)} holdout rows otherwise than training "
        f"({difference.flipped_labels} labels flip), most in row {row}: "
        f"{_shown(candidate.served[row])} instead of {_shown(candidate.native[row])}"
    )


def _shown(outputs: Any) -> str:
    """One row of outputs, for messages."""
    return ", ".join(f"{output:.6f}" for output in np.atleast_1d(outputs))


def merit_failures(
    name: str, measured: Measured, gain: float | None, gates: GatesDefinition
) -> Iterator[Failure]:
    """The failed gates of merit; ``gain`` is over the champion, None without a comparison."""
    metric, value = measured.metric, measured.values[name]
    figure = f"{metric.name} {value:.4f}"
    if gates.min_value is not None and metric.gain(value, gates.min_value) < 0:
        beyond = "below" if metric.greater_is_better else "above"
        yield Failure(gate="min_value", reason=f"{figure} is {beyond} {gates.min_value:.4f}")
    above, _ = interval(metric.gain(measured.resampled[name], measured.resampled[CONSTANT]))
    if above <= 0:
        low, high = interval(measured.resampled[name])
        constant = f"a constant has {measured.values[CONSTANT]:.4g}"
        reason = f"{figure} may be chance: it is {low:.4f} to {high:.4f} (95 %), and {constant}"
        yield Failure(gate="better_than_constant", reason=reason)
    # Strictly: the same data and seed give the champion again, which is nothing to release.
    if gain is not None and gain <= gates.min_gain:
        required = f"more than {gates.min_gain:+.4f} is required"
        yield Failure(gate="min_gain", reason=f"{figure} is {gain:+.4f} from the champion's; {required}")
