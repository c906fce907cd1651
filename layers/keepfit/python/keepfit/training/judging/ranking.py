"""The order of candidates: by validation, which no row of the holdout takes part in."""

from __future__ import annotations

from collections.abc import Sequence

from keepfit.evaluation.metrics.base import Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.judging.evidence import CandidateTrial, Evidence
from keepfit.training.judging.gates.ask import verdicts


def ranked(trials: Sequence[CandidateTrial], metric: Metric) -> list[CandidateTrial]:
    """Best by validation first, and what could not be validated last; between equals in their order."""

    def loss(trial: CandidateTrial) -> tuple[bool, float]:
        value = trial.validation
        return value is None, 0.0 if value is None else float(metric.gain(0.0, value))

    return sorted(trials, key=loss)


def best_trained(
    trials: Sequence[CandidateTrial], task: TrainingTask, gates: GatesDefinition
) -> CandidateTrial | None:
    """The best by validation among those that pass the gates of their trial; None without any."""
    for trial in ranked(trials, task.metric(gates.metric)):
        given = verdicts("trial", Evidence(gates=gates, task=task, trial=trial))
        if trial.validation is not None and not any(verdict.stops for verdict in given):
            return trial
    return None
