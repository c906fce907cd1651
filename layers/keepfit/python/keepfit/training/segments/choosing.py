"""Chooses the segments that keep a model of their own, where it surely loses less than the fallback.

A gain on few rows is mostly chance, and of hundreds of segments the luckiest look best. So gains are drawn to none by
how unsure they are, and what is left must be above none as surely as one standard error says.

What the choice is worth must not be measured on the rows that made it: for that, each fifth of the rows is answered by
what the other four chose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Figures
from keepfit.evaluation.shrinkage import shrink

SURE: Final = 0.84
"""How probable it has to be that the gain is one: about one standard error."""
PARTS: Final = 5
# The deviation of few rows is itself unsure, so that of all segments counts as so many more.
_COMMON_ROWS: Final = 10
_LEAST_DEVIATION: Final = 1e-9

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLosses:
    """What was lost on a segment's rows that validate.

    Args:
        asked: (rows,) their places among all that validate.
        fallback: (rows,) by the fallback.
        own: by each candidate's fit to the segment alone, (rows,).
    """

    asked: Places
    fallback: Figures
    own: Mapping[str, Figures]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What answers a segment.

    Args:
        candidate: its own model; None for the fallback.
        gain: how much less the best candidate loses than the fallback, per row.
        error: the standard error of that.
        shrunken: the gain, drawn to none by how unsure it is.
        certainty: the probability that it is one.
    """

    candidate: str | None
    gain: float
    error: float
    shrunken: float
    certainty: float


def choose(segments: Sequence[SegmentLosses]) -> list[Choice]:
    """What answers each segment, by all rows that validate."""
    return _choose(segments, [np.ones(len(each.asked), dtype=np.bool_) for each in segments])


def choose_unseen(segments: Sequence[SegmentLosses], *, seed: int) -> list[list[str | None]]:
    """What would answer each row of each segment, by a choice that had not seen the row."""
    random = np.random.default_rng(seed)
    parts = [random.permutation(len(each.asked)) % PARTS for each in segments]
    answered: list[list[str | None]] = [[None] * len(each.asked) for each in segments]
    for part in range(PARTS):
        choices = _choose(segments, [of_row != part for of_row in parts])
        for place, (choice, of_row) in enumerate(zip(choices, parts, strict=True)):
            for row in np.flatnonzero(of_row == part).tolist():
                answered[place][row] = choice.candidate
    return answered


def _choose(segments: Sequence[SegmentLosses], seen: Sequence[npt.NDArray[np.bool_]]) -> list[Choice]:
    """The choices by the rows that are ``seen``, of which each segment has some."""
    if not segments:
        return []
    best = [
        min(each.own, key=lambda name: float(each.own[name][rows].mean()))
        for each, rows in zip(segments, seen, strict=True)
    ]
    gains = [
        each.fallback[rows] - each.own[name][rows]
        for each, rows, name in zip(segments, seen, best, strict=True)
    ]
    values = np.array([float(gain.mean()) for gain in gains])
    shrunken = shrink(values, _errors(gains), centre=0.0)
    return [
        _choice(name, value, error, expected, left)
        for name, value, error, expected, left in zip(
            best,
            values.tolist(),
            _errors(gains).tolist(),
            shrunken.values.tolist(),
            shrunken.errors.tolist(),
            strict=True,
        )
    ]


def _errors(gains: Sequence[Figures]) -> Figures:
    """(segments,) the standard error of each mean gain; few rows borrow the deviation of all."""
    rows = np.array([len(gain) for gain in gains], dtype=np.float64)
    squares = np.array([float(((gain - gain.mean()) ** 2).sum()) for gain in gains])
    common = squares.sum() / max(float((rows - 1).sum()), 1.0)
    deviation = (squares + _COMMON_ROWS * common) / (rows - 1 + _COMMON_ROWS)
    errors: Figures = np.maximum(np.sqrt(deviation / rows), _LEAST_DEVIATION)
    return errors


def _choice(name: str, gain: float, error: float, shrunken: float, left: float) -> Choice:
    certainty = NormalDist().cdf(shrunken / left) if left > 0 else 0.5
    return Choice(
        candidate=name if certainty >= SURE else None,
        gain=gain,
        error=error,
        shrunken=shrunken,
        certainty=certainty,
    )
