"""Shrinkage: estimates of many groups, each drawn to what all have in common by how unsure it is.

Source: Efron & Morris, Data Analysis Using Stein's Estimator and its Generalizations (1975); the spread between groups
by moments: DerSimonian & Laird, Meta-Analysis in Clinical Trials (1986).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunken:
    """Estimates of groups after what was seen of all.

    Args:
        values: (groups,) what to expect of each.
        errors: (groups,) the standard error of that.
        centre: what they are drawn to.
        spread: the standard deviation between groups, chance apart; 0 where all differences may be chance.
    """

    values: Floats
    errors: Floats
    centre: float
    spread: float


def shrink(values: Floats, errors: Floats, *, centre: float | None = None) -> Shrunken:
    """Draws estimates to a centre, the unsure ones farther.

    Args:
        values: (groups,) an estimate of each, at least one.
        errors: (groups,) its standard error, above 0.
        centre: what to draw them to; None for their own mean, each weighing by how sure it is.

    >>> shrunken = shrink(np.array([0.0, 10.0, 10.0]), np.array([1.0, 1.0, 9.0]), centre=0.0)
    >>> shrunken.values.round(1).tolist()
    [0.0, 9.8, 3.8]
    """
    precision = 1 / errors**2
    total = precision.sum()
    mean = float((precision * values).sum() / total) if centre is None else centre
    apart = float((precision * (values - mean) ** 2).sum())
    if centre is None:
        degrees, scale = len(values) - 1, total - (precision**2).sum() / total
    else:
        degrees, scale = len(values), total
    variance = max(0.0, (apart - degrees) / scale) if scale > 0 else 0.0
    if centre is None and variance:
        weights = 1 / (errors**2 + variance)
        mean = float((weights * values).sum() / weights.sum())
    trust = variance / (variance + errors**2)
    return Shrunken(
        values=mean + trust * (values - mean),
        errors=np.sqrt(trust) * errors,
        centre=mean,
        spread=float(np.sqrt(variance)),
    )
