"""The target of a fit: the label or its logarithm, with the way back."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels

# Of an exponential distribution the skewness is 2, of a normal one 0.
_SKEWED = 1.0
# A hundred times as much as was ever seen, or as little.
_BEYOND = math.log(100)


class Target(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A label, or its natural logarithm, less ``shift`` and divided by ``scale``.

    A logarithm is predicted within ``bounds`` only: a straight line may else lead to amounts that are no numbers. What
    is predicted of one is ``factor`` times as much as what was learned.
    """

    shift: float = 0.0
    scale: float = 1.0
    is_logarithm: bool = False
    bounds: tuple[float, float] | None = None
    factor: float = 1.0

    @property
    def is_label(self) -> bool:
        """Whether nothing is changed."""
        return not self.is_logarithm and (self.shift, self.scale) == (0.0, 1.0)

    @property
    def predicted_shift(self) -> float:
        """What is added to a scaled prediction; more than what was taken away where there is a factor."""
        return self.shift + math.log(self.factor)

    def learned(self, labels: Labels) -> Labels:
        """(rows,) what is learned of the labels."""
        if self.is_label:
            return labels
        numbers = np.log(labels) if self.is_logarithm else labels
        return (numbers - self.shift) / self.scale

    def predicted(self, raw: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(rows,) labels of what a model says in their place."""
        numbers = raw * self.scale + self.predicted_shift
        return np.exp(np.clip(numbers, *self.bounds)) if self.bounds else numbers

    def multiplied(self, factor: float) -> Target:
        """The target whose predictions are ``factor`` times as large."""
        return msgspec.structs.replace(self, factor=self.factor * factor)


def standardized(labels: Labels) -> Target:
    """Of mean 0 and deviation 1, so that float32 holds all digits that matter and defaults fit any unit."""
    return Target(shift=float(labels.mean()), scale=float(labels.std()) or 1.0)


def logarithm(labels: Labels) -> Target:
    """The logarithm of positive labels, standardized."""
    logarithms = np.log(labels)
    return Target(
        shift=float(logarithms.mean()),
        scale=float(logarithms.std()) or 1.0,
        is_logarithm=True,
        bounds=(float(logarithms.min()) - _BEYOND, float(logarithms.max()) + _BEYOND),
    )


def is_skewed(labels: Labels) -> bool:
    """Whether labels are positive amounts with a long tail that their logarithms have not."""
    if labels.min() <= 0:
        return False
    plain = _skewness(labels)
    return plain > _SKEWED and abs(_skewness(np.log(labels))) < plain


def _skewness(numbers: Labels) -> float:
    """The third standardized moment."""
    deviation = float(numbers.std())
    return float((((numbers - numbers.mean()) / deviation) ** 3).mean()) if deviation else 0.0
