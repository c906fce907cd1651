"""Metrics of classes: labels are their numbers, below 0 for a class that was never learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keepfit.errors import EmptyWindow
from keepfit.evaluation.metrics.base import Figures, Labels, Metric, Weights
from keepfit.evaluation.metrics.roc_auc import Ranking
from keepfit.evaluation.metrics.sums import Sums, mean_of
from keepfit.tasks.base import Outputs

# As for P(true), see ``metrics.probability``.
_SMALLEST = 1e-7


@dataclass(frozen=True, slots=True)
class MacroF1:
    """The mean F1 of the classes that occur as (rows,) labels or decisions, each counting alike."""

    labels: npt.NDArray[np.int64]
    decided: npt.NDArray[np.int64]

    def value(self) -> float:
        """Over all rows, each once."""
        return float(self.values(np.ones((1, len(self.labels)), dtype=np.int32))[0])

    def values(self, weights: Weights) -> Figures:
        """(resamples,) in each resample."""
        names, codes = np.unique(np.concatenate([self.labels, self.decided]), return_inverse=True)
        labels, decided = np.split(codes, [len(self.labels)])
        hits = _counts(np.where(labels == decided, labels, len(names)), weights, len(names) + 1)[:, :-1]
        either = _counts(labels, weights, len(names)) + _counts(decided, weights, len(names))
        scores = np.divide(2 * hits, either, out=np.zeros_like(hits), where=either > 0)
        return np.asarray(scores[:, names >= 0].mean(axis=1), dtype=np.float64)


def _counts(codes: npt.NDArray[np.int64], weights: Weights, classes: int) -> npt.NDArray[np.float64]:
    """(resamples, classes) how many rows of each class a resample holds."""
    places = codes + classes * np.arange(len(weights))[:, None]
    counted = np.bincount(places.ravel(), weights=weights.ravel(), minlength=classes * len(weights))
    return counted.reshape(len(weights), classes).astype(np.float64)


class OneAgainstRest:
    """The mean area under the ROC curves of each class against all others.

    Raises:
        EmptyWindow: no class has rows both of it and of others.
    """

    def __init__(self, labels: npt.NDArray[np.int64], outputs: Outputs) -> None:
        of_class = [labels == number for number in range(outputs.shape[1])]
        self._rankings = [
            Ranking(own, outputs[:, number])
            for number, own in enumerate(of_class)
            if own.any() and not own.all()
        ]
        if not self._rankings:
            raise EmptyWindow(
                f"all {len(labels)} holdout rows have the same label; a longer training.holdout may hold more"
            )

    def value(self) -> float:
        """Over all rows, each once."""
        return float(np.mean([ranking.value() for ranking in self._rankings]))

    def values(self, weights: Weights) -> Figures:
        """(resamples,) in each resample."""
        areas = np.zeros(len(weights))
        for ranking in self._rankings:
            areas += ranking.values(weights)
        return areas / len(self._rankings)


def _log_losses(labels: Labels, outputs: Outputs) -> Figures:
    own = outputs[np.arange(len(labels)), np.maximum(labels, 0)].astype(np.float64)
    losses: Figures = -np.log(np.clip(np.where(labels < 0, 0.0, own), _SMALLEST, 1.0))
    return losses


def _hits(labels: Labels, outputs: Outputs) -> Sums:
    return mean_of((outputs.argmax(axis=1) == labels).astype(np.float64))


def _macro_f1(labels: Labels, outputs: Outputs) -> MacroF1:
    return MacroF1(labels, outputs.argmax(axis=1).astype(np.int64))


def _shares(labels: Labels, outputs: Outputs) -> Outputs:
    counts = np.bincount(labels[labels >= 0], minlength=outputs.shape[1]).astype(np.float64)
    return np.tile(counts / max(counts.sum(), 1.0), (len(labels), 1))


LOG_LOSS = Metric(
    name="log_loss",
    title="log loss",
    greater_is_better=False,
    bounds=(0.0, float("inf")),
    prepare=lambda labels, outputs: mean_of(_log_losses(labels, outputs)),
    constant=_shares,
    row_losses=_log_losses,
)
ACCURACY = Metric(
    name="accuracy",
    title="accuracy",
    greater_is_better=True,
    bounds=(0.0, 1.0),
    prepare=_hits,
    constant=_shares,
)
F1_MACRO = Metric(
    name="f1_macro",
    title="macro F1",
    greater_is_better=True,
    bounds=(0.0, 1.0),
    prepare=_macro_f1,
    constant=_shares,
)
# Source: Hand & Till, A simple generalisation of the area under the ROC curve (2001), without its pairs.
ROC_AUC_OVR = Metric(
    name="roc_auc_ovr",
    title="ROC AUC, each class against the rest",
    greater_is_better=True,
    bounds=(0.0, 1.0),
    prepare=OneAgainstRest,
    constant=_shares,
)
