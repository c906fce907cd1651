"""Judges candidates: measures all on the same newest holdout, and applies every gate.

A challenger and the champion are compared on the rows that both can answer and neither could have trained on. Where
those are too few to tell, the winner is left to a person.

The scores judged are those of the exported models asked through the serving code, the champion's too. What the
candidate's own estimator says is only compared with them.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepfit.errors import NoCandidate
from keepfit.evaluation.bootstrap import interval
from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.definition import GatesDefinition
from keepfit.training.judging.comparison import (
    ChampionScores,
    Comparison,
    compare,
    evaluate_champion,
    on_rows,
)
from keepfit.training.judging.gates import CandidateScores, Measured, measure, merit_failures, parity_failures
from keepfit.training.judging.judgement import CandidateEvaluation, Failure, Judgement


def judge(
    labels: Labels,
    candidates: list[CandidateScores],
    champion: ChampionScores | None,
    gates: GatesDefinition,
    *,
    task: TrainingTask,
    seed: int,
) -> Judgement:
    """The best candidate that passes every gate, or none.

    Args:
        labels: (rows,) the holdout's answers, as the task encodes them.
        candidates: the candidates; between equals the first wins.
        champion: the champion, None before the first release.
        gates: what is asked.
        task: what labels and outputs mean.
        seed: of the resampling.

    Raises:
        NoCandidate: not one candidate came as far as giving scores.
        EmptyWindow: the metric means nothing for the holdout, such as where it holds only one of both answers.
    """
    scored = {candidate.name: candidate.served for candidate in candidates if candidate.served is not None}
    if not scored:
        faults = {candidate.name: candidate.fault for candidate in candidates if candidate.fault}
        reasons = "; ".join(f"{name}: {fault.reason}" for name, fault in faults.items())
        raise NoCandidate(f"no candidate can be judged: {reasons or 'none was trained'}")
    measured = measure(labels, candidates, task, task.metric(gates.metric), seed)
    compared = compare(labels, candidates, champion, gates, task=task, metric=measured.metric, seed=seed)
    evaluations = [_evaluate(candidate, labels, measured, compared, gates, task) for candidate in candidates]
    winner = _best(measured.metric, [evaluation for evaluation in evaluations if not evaluation.failed])
    undecided = None
    if winner is not None and champion is not None and compared.short is not None:
        undecided = f"version {champion.version} serves and cannot be compared with it: {compared.short}"
    return Judgement(
        winner=winner.candidate if winner else None,
        reason=_why(winner, evaluations, measured.metric, undecided, on_rows(compared, champion)),
        metric=measured.metric.name,
        rows=len(labels),
        evaluations=evaluations,
        champion=evaluate_champion(champion, compared),
        left_to_person=undecided,
    )


def _best(metric: Metric, passed: Sequence[CandidateEvaluation]) -> CandidateEvaluation | None:
    """The first candidate with the best metric."""
    best = None
    for evaluation in passed:
        if best is None or metric.gain(evaluation.metric, best.metric) > 0:
            best = evaluation
    return best


def _evaluate(
    candidate: CandidateScores,
    labels: Labels,
    measured: Measured,
    compared: Comparison,
    gates: GatesDefinition,
    task: TrainingTask,
) -> CandidateEvaluation:
    if candidate.fault is not None or candidate.served is None:
        fault = candidate.fault or Failure(gate="answers", reason="it gave no scores")
        return CandidateEvaluation(candidate=candidate.name, failed=[fault])
    gain, gain_interval = compared.gain(candidate.name)
    return CandidateEvaluation(
        candidate=candidate.name,
        metric=measured.values[candidate.name],
        interval=interval(measured.resampled[candidate.name]),
        gain=gain,
        gain_interval=gain_interval,
        failed=[
            *parity_failures(candidate, gates, task),
            *merit_failures(candidate.name, measured, gain, gates),
        ],
        curves=task.figures(labels, candidate.served),
    )


def _why(
    winner: CandidateEvaluation | None,
    evaluations: list[CandidateEvaluation],
    metric: Metric,
    undecided: str | None,
    on: str,
) -> str:
    if winner is None:
        reasons = "; ".join(f"{each.candidate}: {each.failed[0].reason}" for each in evaluations)
        return f"no candidate passed: {reasons}"
    best = f"{winner.candidate} is best with {metric.name} {winner.metric:.4f}"
    if undecided is not None:
        return f"{best}, but {undecided}; a person decides"
    if winner.gain is None or winner.gain_interval is None:
        return f"{best}; there is no champion to compare with"
    low, high = winner.gain_interval
    return f"{best}, {winner.gain:+.4f} ({low:+.4f} to {high:+.4f}) from the champion's{on}"
