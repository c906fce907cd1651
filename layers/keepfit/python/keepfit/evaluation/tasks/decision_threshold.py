"""Chooses the threshold from which on true is predicted, by rows that the model did not see."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.metrics.decision import OF_OUTCOMES
from keepfit.evaluation.report import CostCurve
from keepfit.evaluation.tasks.answer_definition import Cost, DecisionDefinition
from keepfit.tasks.base import Outputs, Truths

_POINTS = 101


def best_threshold(decision: DecisionDefinition, labels: Labels, outputs: Outputs) -> float:
    """The threshold whose decisions are best; of equals the one that predicts true least often."""
    thresholds, outcomes = cuts(labels, outputs)
    if decision.cost is None:
        merit = OF_OUTCOMES[decision.maximize or "f1"](outcomes)
    else:
        merit = -outcomes @ [0.0, decision.cost.false_positive, decision.cost.false_negative, 0.0]
    return float(thresholds[np.argmax(merit)])


def cost_curve(labels: Truths, scores: Outputs, cost: Cost, threshold: float) -> CostCurve:
    """The mean cost of decisions at thresholds from 0 to 1, and at the model's own ``threshold``."""
    thresholds = np.linspace(0, 1, _POINTS)
    costs = _costs(labels, scores, cost, np.append(thresholds, threshold))
    return CostCurve(
        false_positive=cost.false_positive,
        false_negative=cost.false_negative,
        threshold=threshold,
        cost=float(costs[-1]),
        points=list(zip(thresholds.tolist(), costs[:-1].tolist(), strict=True)),
    )


def _costs(
    labels: Truths, scores: Outputs, cost: Cost, thresholds: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(thresholds,) the mean cost; true is predicted from a threshold on."""
    false, true = np.sort(scores[~labels]), np.sort(scores[labels])
    alarms = len(false) - np.searchsorted(false, thresholds, side="left")
    misses = np.searchsorted(true, thresholds, side="left")
    return np.asarray((cost.false_positive * alarms + cost.false_negative * misses) / len(labels))


def cuts(labels: Truths, scores: Outputs) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Every way to part rows of different scores, and (cuts, 4) its hits, false alarms, misses and passes.

    The first part predicts true for none, the last for all; a threshold lies midway between two scores.
    """
    order = np.argsort(-scores, kind="stable")
    falling = scores[order].astype(np.float64)
    last = np.append(np.flatnonzero(np.diff(falling)), len(falling) - 1)
    between = (falling[last[:-1]] + falling[last[:-1] + 1]) / 2
    thresholds = np.concatenate([[np.nextafter(max(falling[0], 1.0), 2.0)], between, [0.0]])
    hits = np.append(0, np.cumsum(labels[order])[last])
    found = np.append(0, last + 1)
    return thresholds, np.column_stack(
        [hits, found - hits, hits[-1] - hits, len(labels) - found - (hits[-1] - hits)]
    ).astype(np.float64)
