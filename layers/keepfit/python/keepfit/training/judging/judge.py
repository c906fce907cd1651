"""Which candidate, if any, may serve: all are measured on the same newest holdout, then every gate is asked.

A challenger and the champion are compared on the rows that both can answer and neither could have trained on. Where
those are too few to tell, the winner is left to a person.

The scores judged are those of the exported models asked through the serving code, the champion's too. What the
candidate's own estimator says is only compared with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from keepfit.errors import NoCandidate
from keepfit.evaluation.curves import curves_of
from keepfit.evaluation.difference import agreement
from keepfit.evaluation.roc_auc import Labels, Scores, bootstrap, interval, roc_auc
from keepfit.training.definition import GatesDefinition
from keepfit.training.judging.comparison import ChampionScores, Comparison, compare, on_rows, standing
from keepfit.training.judging.judgement import CandidateEvaluation, Failure, Interval, Judgement

# What a model that answers everyone alike has under its ROC curve.
_CONSTANT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateScores:
    """A candidate as it comes to judgement.

    Args:
        name: the candidate's.
        served: (rows,) P(true) on the holdout through the serving code; None where it gave no usable answer.
        native: (rows,) P(true) on the same rows by the estimator that was trained; None where training failed.
        max_difference: of P(true), between the estimator and its export on rows chosen to part them.
        flipped_labels: how many of those rows get another label from the export.
        fault: what kept it from being trained or asked.
    """

    name: str
    served: Scores | None = None
    native: Scores | None = None
    max_difference: float = 0.0
    flipped_labels: int = 0
    fault: Failure | None = None


def judge(
    labels: Labels,
    entrants: list[CandidateScores],
    incumbent: ChampionScores | None,
    gates: GatesDefinition,
    *,
    seed: int,
) -> Judgement:
    """The best of those that pass every gate, or nobody.

    Args:
        labels: (rows,) the holdout's answers, both of which occur.
        entrants: the candidates; between equals the first wins.
        incumbent: the champion, None before the first release.
        gates: what is asked.
        seed: of the resampling.

    Raises:
        NoCandidate: not one candidate came as far as giving scores.
        EmptyWindow: the holdout holds only one of both answers.
    """
    scored = {e.name: e.served for e in entrants if e.served is not None}
    if not scored:
        reasons = "; ".join(f"{e.name}: {e.fault.reason}" for e in entrants if e.fault)
        raise NoCandidate(f"no candidate can be judged: {reasons or 'none was trained'}")
    areas = bootstrap(labels, scored, seed=seed)
    compared = compare(labels, scored, incumbent, gates, seed=seed)
    verdicts = [_verdict(entrant, labels, areas, compared, gates) for entrant in entrants]
    passed = [verdict for verdict in verdicts if not verdict.failed]
    winner = max(passed, key=lambda verdict: verdict.metric or 0.0, default=None)
    undecided = None
    if winner is not None and incumbent is not None and compared.short is not None:
        undecided = f"version {incumbent.version} serves and cannot be compared with it: {compared.short}"
    return Judgement(
        winner=winner.candidate if winner else None,
        reason=_why(winner, verdicts, gates, undecided, on_rows(compared, incumbent)),
        metric=gates.metric,
        rows=len(labels),
        verdicts=verdicts,
        champion=standing(incumbent, compared),
        left_to_person=undecided,
    )


def _verdict(
    entrant: CandidateScores,
    labels: Labels,
    areas: Mapping[str, Scores],
    compared: Comparison,
    gates: GatesDefinition,
) -> CandidateEvaluation:
    if entrant.fault is not None or entrant.served is None:
        fault = entrant.fault or Failure(gate="answers", reason="it gave no scores")
        return CandidateEvaluation(candidate=entrant.name, failed=[fault])
    metric, sure = roc_auc(labels, entrant.served), interval(areas[entrant.name])
    gain, gain_interval = compared.gain(entrant.name)
    return CandidateEvaluation(
        candidate=entrant.name,
        metric=metric,
        interval=sure,
        gain=gain,
        gain_interval=gain_interval,
        failed=[*_parity(entrant, gates), *_merit(metric, sure, gain, gates)],
        curves=curves_of(labels, entrant.served),
    )


def _parity(entrant: CandidateScores, gates: GatesDefinition) -> Iterator[Failure]:
    allowed = f"{gates.parity_tolerance:.2g} and {gates.max_flipped_labels} are allowed"
    if entrant.max_difference > gates.parity_tolerance or entrant.flipped_labels > gates.max_flipped_labels:
        found = f"differs by up to {entrant.max_difference:.2g} and flips {entrant.flipped_labels} labels"
        yield Failure(gate="parity", reason=f"the exported model {found} against the trained one; {allowed}")
    skew = _skew(entrant, gates)
    if skew is not None:
        yield Failure(gate="serving_parity", reason=skew)


def _skew(entrant: CandidateScores, gates: GatesDefinition) -> str | None:
    """What the serving code makes of the holdout's instances, against what training made of the same rows."""
    if entrant.native is None or entrant.served is None or len(entrant.native) != len(entrant.served):
        return "training left no scores for these holdout rows to compare with"
    found = agreement(entrant.native, entrant.served)
    if found.passes(tolerance=gates.parity_tolerance, max_flipped_labels=gates.max_flipped_labels):
        return None
    apart, row = found.difference > gates.parity_tolerance, int(np.argmax(found.difference))
    return (
        f"serving answers {int(apart.sum())} of {len(apart)} holdout rows otherwise than training "
        f"({found.flipped_labels} labels flip), most in row {row}: "
        f"{entrant.served[row]:.6f} instead of {entrant.native[row]:.6f}"
    )


def _merit(metric: float, sure: Interval, gain: float | None, gates: GatesDefinition) -> Iterator[Failure]:
    found = f"{gates.metric} {metric:.4f}"
    if metric < gates.min_value:
        yield Failure(gate="min_value", reason=f"{found} is below {gates.min_value:.4f}")
    if sure[0] <= _CONSTANT:
        reason = f"{found} may be chance: it is {sure[0]:.4f} to {sure[1]:.4f} (95 %), and a constant has 0.5"
        yield Failure(gate="better_than_constant", reason=reason)
    # Strictly: the same data and seed give the champion again, which is nothing to release.
    if gain is not None and gain <= gates.min_gain:
        asked = f"more than {gates.min_gain:+.4f} is asked"
        yield Failure(gate="min_gain", reason=f"{found} is {gain:+.4f} from the champion's; {asked}")


def _why(
    winner: CandidateEvaluation | None,
    verdicts: list[CandidateEvaluation],
    gates: GatesDefinition,
    undecided: str | None,
    on: str,
) -> str:
    if winner is None:
        return "no candidate passed: " + "; ".join(f"{v.candidate}: {v.failed[0].reason}" for v in verdicts)
    best = f"{winner.candidate} is best with {gates.metric} {winner.metric:.4f}"
    if undecided is not None:
        return f"{best}, but {undecided}; a person decides"
    if winner.gain is None or winner.gain_interval is None:
        return f"{best}; there is no champion to compare with"
    low, high = winner.gain_interval
    return f"{best}, {winner.gain:+.4f} ({low:+.4f} to {high:+.4f}) from the champion's{on}"
