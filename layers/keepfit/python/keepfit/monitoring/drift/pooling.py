"""Pools small bins of one kind, so that empty ones do not dominate a drift statistic."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.profiles.bins import Bins

# Bins with fewer expected rows are judged together: which of them happen to be empty would rule the index.
_MIN_EXPECTED = 5
# From so many reference rows on, the share of one value among many is known well enough
# to stand alone; rarer ones stand together until they have as many.
_SURE = 30


def pooled(counts: NDArray[Any], bins: Bins) -> NDArray[Any]:
    """Pools the small bins of (2, bins) counts into (2, pools) by kind: known, unseen, missing."""
    rows, window_rows = counts.sum(axis=1)
    pool = pools_of(counts[0], bins, rows=rows, window_rows=window_rows)
    return np.stack([np.bincount(pool, weights=each, minlength=pool.max() + 1) for each in counts])


def pools_of(reference: NDArray[Any], bins: Bins, *, rows: float, window_rows: float) -> NDArray[np.int64]:
    """(bins,) the pool of each bin, for a window of ``window_rows`` and a reference of ``rows``.

    Known values share a bin in an order that has nothing to do with how often they came, and one has a bin of its own
    only where its count is sure: judged among those that came oftenest by luck, all would seem to have become rarer.
    """
    need = _MIN_EXPECTED * max(1.0, rows / window_rows)
    own = reference >= np.where(np.arange(len(reference)) < bins.known, max(need, _SURE), need)
    small = ~own
    groups = _groups([place for place in bins.order.tolist() if small[place]], reference, max(need, _SURE))
    groups.append([place for place in range(bins.known, len(reference) - 1) if small[place]])
    own[-1] = True
    pool = np.cumsum(own) - 1
    for number, group in enumerate(filter(None, groups), start=int(own.sum())):
        pool[group] = number
    return pool


def _groups(places: list[int], reference: NDArray[Any], need: float) -> list[list[int]]:
    """Groups of consecutive ``places``, each closed once it has ``need`` reference rows."""
    groups: list[list[int]] = []
    held = need
    for place in places:
        if held >= need:
            groups.append([])
            held = 0.0
        groups[-1].append(place)
        held += float(reference[place])
    return groups
