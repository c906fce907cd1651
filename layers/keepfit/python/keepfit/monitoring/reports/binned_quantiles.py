"""Quantiles of a number that a report has in bins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_MISSING: Final = "missing"


def quantiles(labels: Sequence[str], counts: Sequence[int], shares: Sequence[float]) -> list[float] | None:
    """The quantile at each of ``shares``, by lines through the bins; None without numbers.

    Beyond the outermost edges nothing is known but that, so that a quantile there is the edge.

    >>> quantiles(["<= 0", "0 - 10", "> 10", "missing"], [0, 4, 0, 9], [0.5])
    [5.0]
    """
    bins = _ranges(labels)
    total = sum(counts[: len(bins)]) if bins else 0
    if not bins or not total:
        return None
    found = []
    for share in shares:
        left = share * total
        for (low, high), count in zip(bins, counts, strict=False):
            if count and left <= count:
                found.append(low + (high - low) * left / count)
                break
            left -= count
        else:
            found.append(bins[-1][1])
    return found


def _ranges(labels: Sequence[str]) -> list[tuple[float, float]] | None:
    """The range of each bin of values, by labels of ``profiles.bins.NumericBins``; None of others."""
    *values, last = labels or [""]
    if last != _MISSING or len(values) < 2 or not (values[0][:3] == "<= " and values[-1][:2] == "> "):
        return None
    try:
        inner = [[float(end) for end in label.split(" - ")] for label in values[1:-1]]
        low, high = float(values[0][3:]), float(values[-1][2:])
    except ValueError:
        return None
    return [(low, low), *((ends[0], ends[-1]) for ends in inner), (high, high)]
