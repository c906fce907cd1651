"""Judges candidates: the best by validation must pass every gate on a holdout that chose nothing.

Candidates are asked on the holdout in the order of their validation, only until one answers as it was trained. That one
wins or nobody does: to try the next where the holdout speaks against it would be to choose by the holdout.

It and the champion are compared on the rows that both can answer and neither could have trained on. Where those are too
few to tell, the winner is left to a person.

The scores judged are those of the exported models asked through the serving code, the champion's too. What the
candidate's own estimator says is only compared with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from keepfit.errors import NoCandidate
from keepfit.evaluation.bootstrap import interval
from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.registry.verdicts import Verdict
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.judging.comparison import (
    ChampionScores,
    Comparison,
    Scored,
    compare,
    evaluate_champion,
    on_rows,
)
from keepfit.training.judging.evidence import (
    Answers,
    CandidateTrial,
    Evidence,
    Measured,
    baseline,
    measure,
)
from keepfit.training.judging.gates.ask import verdicts
from keepfit.training.judging.holdout_warnings import soft_note
from keepfit.training.judging.judgement import CandidateEvaluation, Judgement, failures
from keepfit.training.judging.ranking import ranked
from keepfit.training.judging.trusted_rows import gains_by_part


def judge(
    labels: Labels,
    trials: Sequence[CandidateTrial],
    ask: Callable[[str], Answers],
    champion: ChampionScores | None,
    gates: GatesDefinition,
    *,
    task: TrainingTask,
    seed: int,
) -> Judgement:
    """The candidate that is best by validation where it passes every gate, or none.

    Args:
        labels: (rows,) the holdout's answers, as the task encodes them.
        trials: the candidates; between equals the first is chosen.
        ask: what the candidate of a name answers of the holdout; called for as few as possible.
        champion: the champion, None before the first release.
        gates: what is asked.
        task: what labels and outputs mean.
        seed: of the resampling.

    Raises:
        NoCandidate: not one candidate came as far as giving outputs.
        EmptyWindow: the metric means nothing for the holdout, such as where it holds only one of both answers.
    """
    metric = task.metric(gates.metric)
    evaluations = {trial.name: _tried(trial, gates, task) for trial in trials}
    chosen, answers = _first_that_answers(trials, evaluations, ask, gates, task)
    if chosen is None or answers.served is None:
        return _nobody(labels, evaluations, champion, metric, task)
    scored = Scored(answers.served, answers.task or task)
    measured = measure(labels, scored, task, metric, seed)
    compared = compare(labels, scored, champion, gates, task=task, metric=metric, seed=seed)
    evidence = Evidence(
        gates=gates,
        task=scored.task,
        trial=chosen,
        answers=answers,
        measured=measured,
        gain=compared.gain(),
        parts=gains_by_part(labels, scored, champion, gates, task=task, metric=metric),
        labels=labels,
    )
    evaluation = _evaluated(evaluations[chosen.name], labels, scored, evidence, measured)
    evaluations[chosen.name] = evaluation
    undecided = None if evaluation.failed else _undecided(champion, compared)
    return Judgement(
        winner=None if evaluation.failed else chosen.name,
        reason=_why(evaluation, len(trials), metric, undecided, on_rows(compared, champion)),
        metric=metric.name,
        rows=len(labels),
        soft=soft_note(task.summarize(labels), len(labels)),
        evaluations=list(evaluations.values()),
        baseline=baseline(measured),
        champion=evaluate_champion(champion, compared),
        left_to_person=undecided,
    )


def _tried(trial: CandidateTrial, gates: GatesDefinition, task: TrainingTask) -> CandidateEvaluation:
    """The evaluation of a candidate by its trial alone."""
    return _with_verdicts(
        CandidateEvaluation(candidate=trial.name, validation=trial.validation),
        verdicts("trial", Evidence(gates=gates, task=task, trial=trial)),
    )


def _first_that_answers(
    trials: Sequence[CandidateTrial],
    evaluations: dict[str, CandidateEvaluation],
    ask: Callable[[str], Answers],
    gates: GatesDefinition,
    task: TrainingTask,
) -> tuple[CandidateTrial | None, Answers]:
    """The best by validation that answers as trained; ``evaluations`` get the failures of others."""
    for trial in ranked(trials, task.metric(gates.metric)):
        if evaluations[trial.name].failed:
            continue
        answers = ask(trial.name)
        evidence = Evidence(gates=gates, task=answers.task or task, trial=trial, answers=answers)
        evaluation = _with_verdicts(evaluations[trial.name], verdicts("answers", evidence))
        evaluations[trial.name] = evaluation
        if not evaluation.failed:
            return trial, answers
    return None, Answers()


def _with_verdicts(evaluation: CandidateEvaluation, given: list[Verdict]) -> CandidateEvaluation:
    """The evaluation with the verdicts of one more stage."""
    both = [*evaluation.gates, *given]
    return msgspec.structs.replace(evaluation, gates=both, failed=failures(both))


def _undecided(champion: ChampionScores | None, compared: Comparison) -> str | None:
    if champion is None or compared.short is None:
        return None
    return f"version {champion.version} serves and cannot be compared with it: {compared.short}"


def _nobody(
    labels: Labels,
    evaluations: dict[str, CandidateEvaluation],
    champion: ChampionScores | None,
    metric: Metric,
    task: TrainingTask,
) -> Judgement:
    """The judgement where no candidate answers as it was trained, so that nothing is measured."""
    failures = [(name, each.failed[0]) for name, each in evaluations.items() if each.failed]
    reasons = "; ".join(f"{name}: {failure.reason}" for name, failure in failures)
    if all(failure.gate in ("trained", "answers") for _, failure in failures):
        raise NoCandidate(f"no candidate can be judged: {reasons or 'none was trained'}")
    return Judgement(
        winner=None,
        reason=f"no candidate passed: {reasons}",
        metric=metric.name,
        rows=len(labels),
        soft=soft_note(task.summarize(labels), len(labels)),
        evaluations=list(evaluations.values()),
        champion=evaluate_champion(champion, Comparison(metric=metric, short="no candidate was asked")),
    )


def _evaluated(
    tried: CandidateEvaluation, labels: Labels, scored: Scored, evidence: Evidence, measured: Measured
) -> CandidateEvaluation:
    """The evaluation of the candidate that was chosen."""
    gain = evidence.gain
    evaluation = msgspec.structs.replace(
        tried,
        metric=measured.value,
        interval=interval(measured.resampled),
        gain=gain.value if gain else None,
        gain_interval=interval(gain.resampled) if gain else None,
        gain_certainty=gain.certainty(evidence.gates.min_gain) if gain else None,
        metrics=scored.task.measure(labels, scored.outputs),
        curves=scored.task.figures(labels, scored.outputs),
    )
    return _with_verdicts(evaluation, verdicts("holdout", evidence))


def _why(chosen: CandidateEvaluation, candidates: int, metric: Metric, undecided: str | None, on: str) -> str:
    among = f", best of {candidates} by validation," if candidates > 1 else ""
    if chosen.failed:
        return f"{chosen.candidate}{among} is not released: {chosen.failed[0].reason}"
    best = f"{chosen.candidate}{among} has {metric.name} {chosen.metric:.4f} on the holdout"
    if undecided is not None:
        return f"{best}, but {undecided}; a person decides"
    if chosen.gain is None or chosen.gain_interval is None:
        return f"{best}; there is no champion to compare with"
    low, high = chosen.gain_interval
    return f"{best}, {chosen.gain:+.4f} ({low:+.4f} to {high:+.4f}) from the champion's{on}"
