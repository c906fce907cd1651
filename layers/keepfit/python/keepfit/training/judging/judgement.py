"""The judgement of a run: the winner and the evidence, as a document."""

from __future__ import annotations

import msgspec

from keepfit.evaluation.measured import Curves, Figure

Interval = tuple[float, float]


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A failed gate and the reason."""

    gate: str
    reason: str


class CandidateEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The evaluation of a candidate on the holdout; it passed where ``failed`` is empty.

    ``interval`` and ``gain_interval`` hold 95 %. ``gain`` is how much better the metric is than the champion's, both on
    the rows that they are compared on, see ``ChampionEvaluation``; None where there is no champion, or no comparison.
    ``curves`` are of the answers that were judged, None where there were none; see ``figures_of``.
    """

    candidate: str
    metric: float | None = None
    interval: Interval | None = None
    gain: float | None = None
    gain_interval: Interval | None = None
    failed: list[Failure] = []
    curves: list[Figure] | Curves | None = None


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

    ``left_to_person`` is the reason why a person has to release the winner, if any.
    """

    winner: str | None
    reason: str
    metric: str
    rows: int
    evaluations: list[CandidateEvaluation] = msgspec.field(name="verdicts")
    champion: ChampionEvaluation | None
    left_to_person: str | None = None


def figures_of(evaluation: CandidateEvaluation | ChampionEvaluation) -> list[Figure]:
    """What a page draws of an evaluation, also of one that was kept while there were but two curves."""
    kept = evaluation.curves or []
    return kept.figures() if isinstance(kept, Curves) else kept
