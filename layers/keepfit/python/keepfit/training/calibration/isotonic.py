"""Calibration of P(true) by a rising line through the observed shares of rows of similar scores.

The steps of an isotonic regression are joined from middle to middle, and merged where the line would be so steep that
the rounding of float32 shows.

Source: Zadrozny & Elkan, Transforming classifier scores into accurate multiclass probability estimates (2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import isotonic_regression

from keepfit.training.calibration.base import Probabilities
from keepfit.training.recipes.onnx_tail import GraphTail

# Estimators and their exports differ by a few 1e-7, and so many times that after the steepest piece.
_STEEPEST = 10.0
_MAX_KNOTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Isotonic:
    """See ``base.Calibration``; (knots,) rising ``scores`` and their ``shares``, level beyond both ends."""

    scores: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]

    @classmethod
    def fit(cls, raw: Probabilities, labels: npt.NDArray[np.int64]) -> Isotonic:
        """The rising line nearest to (rows,) ``labels``, 0 or 1."""
        order = np.argsort(raw[:, 1], kind="stable")
        scores, true = raw[order, 1], labels[order].astype(np.float64)
        steps = isotonic_regression(true)
        starts = np.append(0, np.flatnonzero(np.diff(steps)) + 1)
        rows = np.diff(np.append(starts, len(steps))).astype(np.float64)
        blocks = [
            (total / count, share, count)
            for total, share, count in zip(
                np.add.reduceat(scores, starts).tolist(), steps[starts].tolist(), rows.tolist(), strict=True
            )
        ]
        merged = _merged(blocks)
        return cls(
            scores=np.array([score for score, _, _ in merged]),
            shares=np.array([share for _, share, _ in merged]),
        )

    def apply(self, raw: Probabilities) -> Probabilities:
        true = np.interp(raw[:, 1], self.scores, self.shares)
        return np.column_stack([1 - true, true])

    def append(self, tail: GraphTail) -> None:
        pieces = len(self.scores)
        slopes = np.append(np.diff(self.shares) / np.diff(self.scores), 0.0) if pieces > 1 else np.zeros(1)
        true = tail.add("Gather", tail.last, tail.constant([1], np.int64), axis=1)
        # Below the first knot as at it.
        true = tail.then("Clip", float(np.float32(self.scores[0])), 1.0)
        tail.add("GreaterOrEqual", true, tail.constant(self.scores[1:].reshape(1, -1)))
        tail.then("Cast", to=1)
        tail.add("ReduceSum", tail.last, tail.constant([1], np.int64), keepdims=0)
        piece = tail.then("Cast", to=7)
        start, share, slope = (
            tail.add("Gather", tail.constant(table), piece, axis=0)
            for table in (self.scores, self.shares, slopes)
        )
        flat = tail.add("Reshape", true, tail.constant([-1], np.int64))
        beyond = tail.add("Sub", flat, start)
        rise = tail.add("Mul", beyond, slope)
        column = tail.add("Reshape", tail.add("Add", share, rise), tail.constant([-1, 1], np.int64))
        other = tail.add("Sub", tail.constant(1.0), column)
        tail.add("Concat", other, column, axis=1)

    def report(self) -> dict[str, Any]:
        return {"kind": "isotonic", "scores": self.scores.tolist(), "shares": self.shares.tolist()}


Block = tuple[float, float, float]
"""The mean score, the share of true rows, and the rows of a step."""


def _merged(blocks: list[Block]) -> list[Block]:
    """Steps merged from left to right until no piece is too steep, and then until they are few."""
    kept: list[Block] = []
    for block in blocks:
        kept.append(block)
        while len(kept) > 1 and _is_steep(kept[-2], kept[-1]):
            kept[-2:] = [_together(kept[-2], kept[-1])]
    while len(kept) > _MAX_KNOTS:
        nearest = min(range(len(kept) - 1), key=lambda place: kept[place + 1][1] - kept[place][1])
        kept[nearest : nearest + 2] = [_together(kept[nearest], kept[nearest + 1])]
    return kept


def _is_steep(left: Block, right: Block) -> bool:
    return right[1] - left[1] > _STEEPEST * (right[0] - left[0])


def _together(left: Block, right: Block) -> Block:
    rows = left[2] + right[2]
    return (
        (left[0] * left[2] + right[0] * right[2]) / rows,
        (left[1] * left[2] + right[1] * right[2]) / rows,
        rows,
    )
