"""Who won and why: the document that a judgement leaves behind."""

from __future__ import annotations

import msgspec

from keepfit.evaluation.measured import Curves

Interval = tuple[float, float]


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A gate that did not open, and why."""

    gate: str
    reason: str


class CandidateEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What the holdout says of a candidate; it passed where ``failed`` is empty.

    ``interval`` and ``gain_interval`` hold 95 %. ``gain`` is how much better the metric is than the champion's, both on
    the rows that they are compared on, see ``ChampionEvaluation``; None where there is no champion, or no comparison.
    ``curves`` are of the answers that were judged, None where there were none.
    """

    candidate: str
    metric: float | None = None
    interval: Interval | None = None
    gain: float | None = None
    gain_interval: Interval | None = None
    failed: list[Failure] = []
    curves: Curves | None = None


class ChampionEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The champion on the rows of the holdout that it is compared on; ``metric`` is None where there is no comparison.

    ``rows`` are compared; ``left_out`` maps each reason to the number of rows that are not; ``note`` says why none is.
    """

    version: int
    rows: int = 0
    left_out: dict[str, int] = {}
    metric: float | None = None
    interval: Interval | None = None
    note: str | None = None
    curves: Curves | None = None


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Who won and why, with the evidence; ``left_to_person`` says why a person has to release the winner."""

    winner: str | None
    reason: str
    metric: str
    rows: int
    verdicts: list[CandidateEvaluation]
    champion: ChampionEvaluation | None
    left_to_person: str | None = None
