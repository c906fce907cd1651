"""Chooses a calibration on rows that the model did not see, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.tasks.answer_definition import CalibrationKind
from keepfit.training.calibration.base import Calibration, Probabilities
from keepfit.training.calibration.isotonic import Isotonic
from keepfit.training.calibration.sigmoid import Sigmoid

_FITS: Final[Mapping[CalibrationKind, Callable[[Probabilities, npt.NDArray[np.int64]], Calibration]]] = {
    "sigmoid": Sigmoid.fit,
    "isotonic": Isotonic.fit,
}
# A log loss is better by so many of its standard errors, or by chance.
_SURELY = 2.0
_LEAST_ROWS: Final[Mapping[CalibrationKind, int]] = {"sigmoid": 50, "isotonic": 500}
_LEAST_OF_CLASS = 10
_SMALLEST = 1e-7


def choose_calibration(
    raw: Probabilities,
    labels: npt.NDArray[np.int64],
    *,
    allowed: Sequence[CalibrationKind],
    wished: CalibrationKind | None,
) -> Calibration | None:
    """The calibration that is wished, or the plainest with surely the lower log loss, cross-fitted.

    Args:
        raw: (rows, classes) probabilities of a model that did not see the rows.
        labels: (rows,) numbers of classes.
        allowed: what the task has, the plainest first.
        wished: by the definition; None lets the rows choose.

    Returns:
        None where none is wished or better, or rows are too few to tell.
    """
    kinds = [kind for kind in ([wished] if wished else allowed) if kind in _FITS]
    enough = [kind for kind in kinds if _is_enough(kind, labels, raw.shape[1])]
    if not enough:
        return None
    if wished:
        return _FITS[wished](raw, labels)
    best, losses = None, _losses(raw, labels)
    for kind in enough:
        others = _losses_of_halves(kind, raw, labels)
        gain = losses - others
        if gain.mean() > _SURELY * gain.std() / np.sqrt(len(gain)):
            best, losses = kind, others
    return None if best is None else _FITS[best](raw, labels)


def _is_enough(kind: CalibrationKind, labels: npt.NDArray[np.int64], classes: int) -> bool:
    counts = np.bincount(labels, minlength=classes)
    return len(labels) >= _LEAST_ROWS[kind] and int(np.sort(counts)[-2]) >= _LEAST_OF_CLASS


def _losses_of_halves(
    kind: CalibrationKind, raw: Probabilities, labels: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """(rows,) log losses of each half of the rows, corrected by what was fitted to the other."""
    losses, odd = np.empty(len(labels)), np.arange(len(labels)) % 2 == 1
    for half in (odd, ~odd):
        losses[half] = _losses(_FITS[kind](raw[~half], labels[~half]).apply(raw[half]), labels[half])
    return losses


def _losses(probabilities: Probabilities, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    own = probabilities[np.arange(len(labels)), labels]
    return np.asarray(-np.log(np.clip(own, _SMALLEST, 1.0)))
