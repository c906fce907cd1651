"""Means of the distributions that statistics follow where nothing drifts."""

from __future__ import annotations

from math import exp, lgamma, sqrt


def mean_of_chi(freedom: int) -> float:
    """The mean of the root of a chi-square with ``freedom`` degrees; 0 where there are none.

    >>> round(mean_of_chi(1), 4)
    0.7979
    """
    if freedom < 1:
        return 0.0
    return sqrt(2) * exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2))
