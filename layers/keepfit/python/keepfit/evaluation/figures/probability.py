"""Figures of P(true): at which cut scores tell rows apart how well, and whether the odds are true."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.results import CalibrationBin, Figure, Line, Point, calibration_line, roc_line
from keepfit.tasks.base import Outputs

# Enough for a smooth line, little enough to travel with every judgement.
_POINTS = 101
_BINS = 10


def probability_figures(labels: Labels, scores: Outputs) -> list[Figure]:
    """ROC, precision-recall and calibration curve of (rows,) ``scores``; both (rows,) ``labels`` occur."""
    return [
        roc_line(roc_curve(labels, scores)),
        Line(
            title="Precision-recall curve",
            across="recall",
            up="precision",
            points=precision_recall_curve(labels, scores),
            ideal="none",
        ),
        calibration_line(calibration(labels, scores)),
    ]


def roc_curve(labels: Labels, scores: Outputs, most: int = _POINTS) -> list[Point]:
    """At most ``most`` points of the ROC curve; equal scores are one step, a slope.

    >>> roc_curve(np.array([False, False, True, True]), np.array([0.1, 0.4, 0.4, 0.8]))
    [(0.0, 0.0), (0.0, 0.5), (0.5, 1.0), (1.0, 1.0)]
    """
    order = np.argsort(-scores, kind="stable")
    last_of_score = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    true = np.append(0, np.cumsum(labels[order])[last_of_score])
    false = np.append(0, last_of_score + 1) - true
    shown = _thinned(true / true[-1] + false / false[-1], most)
    return [(float(false[at] / false[-1]), float(true[at] / true[-1])) for at in shown]


def precision_recall_curve(labels: Labels, scores: Outputs, most: int = _POINTS) -> list[Point]:
    """At most ``most`` points (recall, precision) of falling cuts, from the highest score on.

    >>> precision_recall_curve(np.array([False, True, True]), np.array([0.1, 0.4, 0.8]))
    [(0.5, 1.0), (1.0, 1.0), (1.0, 0.6666666666666666)]
    """
    order = np.argsort(-scores, kind="stable")
    last_of_score = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    true = np.cumsum(labels[order])[last_of_score]
    recall, precision = true / true[-1], true / (last_of_score + 1)
    shown = _thinned(recall + last_of_score / len(order), most)
    return [(float(recall[at]), float(precision[at])) for at in shown]


def calibration(labels: Labels, scores: Outputs, bins: int = _BINS) -> list[CalibrationBin]:
    """The calibration of scores in bins of similar size, which never part equal scores.

    >>> [found] = calibration(np.array([True, False]), np.array([0.5, 0.5]))
    >>> (found.predicted, found.observed, found.rows)
    (0.5, 0.5, 2)
    """
    bin_of = bin_numbers(scores, bins)
    return [
        CalibrationBin(
            predicted=float(scores[inside].mean()),
            observed=float(labels[inside].mean()),
            rows=int(inside.sum()),
        )
        for inside in (bin_of == number for number in np.unique(bin_of))
    ]


def bin_numbers(scores: Outputs, bins: int = _BINS) -> npt.NDArray[np.int64]:
    """(rows,) the bin of each row: bins of similar size, which never part equal scores."""
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, bins + 1)[1:-1], method="higher"))
    return np.searchsorted(edges, scores, side="right")


def _thinned(progress: Outputs, most: int) -> list[int]:
    """Positions of at most ``most`` points, evenly spread, with the first and the last."""
    if len(progress) <= most:
        return list(range(len(progress)))
    targets = np.linspace(progress[0], progress[-1], most)
    return [int(at) for at in np.unique(np.searchsorted(progress, targets))]
