"""The judgement of a run: the winner and the evidence, as a document."""

from __future__ import annotations

import msgspec

from keepfit.evaluation.results import Curves, Figure
from keepfit.registry.verdicts import Verdict

Interval = tuple[float, float]


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A gate that stops the release of a candidate, and the reason."""

    gate: str
    reason: str


class CandidateEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The evaluation of a candidate by validation, and on the holdout where it was chosen.

    Only one candidate is chosen; of the others all but ``validation`` and ``failed`` is None. ``interval`` and
    ``gain_interval`` hold 95 %. ``gain`` is how much better the metric is than the champion's, both on the rows that
    they are compared on, see ``ChampionEvaluation``; None where there is no champion, or no comparison.
    ``gain_certainty`` is the share of resamples in which it is more than ``min_gain``. ``metrics`` are all that the
    task has, ``curves`` are of the answers that were judged, see ``figures_of``. ``gates`` are the verdicts, of which
    ``failed`` names those that stop it. Judgements of before asked every candidate on the holdout, and kept of gates
    no more than the failures.
    """

    candidate: str
    validation: float | None = None
    metric: float | None = None
    interval: Interval | None = None
    gain: float | None = None
    gain_interval: Interval | None = None
    gain_certainty: float | None = None
    failed: list[Failure] = []
    gates: list[Verdict] = []
    metrics: dict[str, float] = {}
    curves: list[Figure] | Curves | None = None

    @property
    def verdicts(self) -> list[Verdict]:
        """The verdicts of gates, also of a judgement that kept the failures alone."""
        return self.gates or [
            Verdict(gate=each.gate, passed=False, reason=each.reason) for each in self.failed
        ]


class BaselineEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The evaluation of the best constant answer: the candidate that is never released.

    ``gain`` is how much better the chosen candidate is, in all and in 95 % of resamples.
    """

    metric: float
    gain: float
    gain_interval: Interval


class ChampionEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The evaluation of the champion on the comparable rows; ``metric`` is None without any.

    ``rows`` are compared; ``left_out`` maps each reason to the number of rows that are not; ``note`` says why none is.
    """

    version: int
    rows: int = 0
    left_out: dict[str, int] = {}
    metric: float | None = None
    interval: Interval | None = None
    note: str | None = None
    curves: list[Figure] | Curves | None = None


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The winner, the reason and the evidence.

    ``soft`` says why the holdout's figures prove little, if so; ``left_to_person`` is the reason why a person has to
    release the winner, if any.
    """

    winner: str | None
    reason: str
    metric: str
    rows: int
    evaluations: list[CandidateEvaluation] = msgspec.field(name="verdicts")
    champion: ChampionEvaluation | None
    baseline: BaselineEvaluation | None = None
    soft: str | None = None
    left_to_person: str | None = None

    @property
    def chosen(self) -> CandidateEvaluation | None:
        """The evaluation of the candidate that was measured on the holdout; None where none could be."""
        measured = [each for each in self.evaluations if each.metric is not None]
        return next(
            (each for each in measured if each.candidate == self.winner), measured[0] if measured else None
        )


def figures_of(evaluation: CandidateEvaluation | ChampionEvaluation) -> list[Figure]:
    """What a page draws of an evaluation, also of one that was kept while there were but two curves."""
    kept = evaluation.curves or []
    return kept.figures() if isinstance(kept, Curves) else kept


def failures(verdicts: list[Verdict]) -> list[Failure]:
    """What stops a release, of the verdicts of gates."""
    return [Failure(gate=each.gate, reason=each.reason) for each in verdicts if each.stops]
