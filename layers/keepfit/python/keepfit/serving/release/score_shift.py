"""The score shift: how far a challenger's scores are from the champion's, and how much is certain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from keepfit.serving.release.canary import CanaryVerdict, Verdict
from keepfit.serving.release_definition import ReleaseDefinition
from keepfit.tasks.base import ProfileKind, Value

CERTAINTY: Final = 0.999
"""Of a shift: one canary in a thousand is found further away than it is."""
MIN_SCORES: Final = 20
"""Answers of a version below which nothing is compared."""


class ScoreShift(msgspec.Struct, frozen=True, kw_only=True):
    """The largest distance between the scores of two versions, over the columns that are watched.

    Args:
        column: of what is predicted.
        distance: of numbers the largest difference of their distribution functions (Kolmogorov and Smirnov), of
            categories the largest difference of one's share; from 0 to 1.
        certain: the distance that the answers of all requests would have at least, with ``CERTAINTY``.
        champion_rows: compared answers of the champion.
        challenger_rows: those of the challenger.
    """

    column: str
    distance: float
    certain: float
    champion_rows: int
    challenger_rows: int


Scores = Mapping[str, Sequence[Value]]
"""Each watched column, with a value for each answer."""


def score_shift(champion: Scores, challenger: Scores, watched: Mapping[str, ProfileKind]) -> ScoreShift:
    """The shift of the column that is certainly furthest; every column has at least one value of both.

    Each sample is as near to what it is drawn from as the inequality of Dvoretzky, Kiefer and Wolfowitz says with
    Massart's constant, or for shares that of Hoeffding, over all categories and columns at once.
    """
    chance = (1 - CERTAINTY) / (2 * len(watched))
    found = []
    for column, kind in watched.items():
        one, other = champion[column], challenger[column]
        distance, events = _between_numbers(one, other) if kind == "numbers" else _between_shares(one, other)
        certain = distance - sum(_radius(len(rows), events, chance) for rows in (one, other))
        found.append(
            ScoreShift(
                column=column,
                distance=distance,
                certain=max(0.0, certain),
                champion_rows=len(one),
                challenger_rows=len(other),
            )
        )
    return max(found, key=lambda shift: (shift.certain, shift.distance))


def judge_shift(
    definition: ReleaseDefinition, shift: ScoreShift | None, promoted: CanaryVerdict
) -> CanaryVerdict:
    """Rolls back a canary that is to be ``promoted``, where its scores are certainly too far.

    Args:
        definition: the model's limits.
        shift: None where there is too little to compare.
        promoted: the verdict by requests, failures and durations.
    """
    verdict, told = _told(definition, shift)
    return msgspec.structs.replace(promoted, verdict=verdict, reason=f"{promoted.reason}; {told}")


def _told(definition: ReleaseDefinition, shift: ScoreShift | None) -> tuple[Verdict, str]:
    if shift is None:
        return "promote", f"fewer than {MIN_SCORES} of its answers are logged, so scores were not compared"
    told = (
        f"the {shift.column} of {shift.challenger_rows} answers is {shift.distance:.2f} from that of "
        f"{shift.champion_rows} of the champion"
    )
    if shift.certain > definition.max_score_shift:
        return "roll back", f"{told}, certainly more than {definition.max_score_shift:g}"
    return "promote", told


def _between_numbers(one: Sequence[Value], other: Sequence[Value]) -> tuple[float, int]:
    """The largest difference of two empirical distribution functions, and one event."""
    first, second = (np.sort(np.asarray(values, dtype=np.float64)) for values in (one, other))
    every = np.concatenate([first, second])
    shares = (np.searchsorted(values, every, side="right") / len(values) for values in (first, second))
    return float(np.abs(next(shares) - next(shares)).max()), 1


def _between_shares(one: Sequence[Value], other: Sequence[Value]) -> tuple[float, int]:
    """The largest difference of a category's share, and how many categories there are."""
    categories: set[Any] = {*one, *other}
    return max(abs(one.count(each) / len(one) - other.count(each) / len(other)) for each in categories), len(
        categories
    )


def _radius(rows: int, events: int, chance: float) -> float:
    """How far a sample of ``rows`` may be from what it is drawn from, but for ``chance``."""
    return math.sqrt(math.log(2 * events / chance) / (2 * rows))
