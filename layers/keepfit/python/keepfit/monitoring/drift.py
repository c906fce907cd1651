"""How far a window moved from the reference: the population stability index, corrected for few rows."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keepfit.errors import EmptyWindow
from keepfit.monitoring.bins import Bins
from keepfit.monitoring.profile import ColumnProfile, ReferenceProfile, WindowProfile
from keepfit.monitoring.report import ColumnDrift, DriftReport

SCORE = "predicted probability"

# Bins with fewer expected rows are judged together: which of them happen to be empty would rule the index.
_LEAST_EXPECTED = 5
# From so many reference rows on, the share of one value among many is known well enough
# to stand alone; rarer ones stand together until they have as many.
_SURE = 30
# An empty bin counts as half a row, so that a value seen for the first time weighs by how often it comes.
_EMPTY = 0.5


def population_stability_index(reference: ArrayLike, current: ArrayLike) -> float:
    """How far ``current`` moved from ``reference``: the sum of (c - r) * ln(c / r) over bins, r and c shares.

    A bin that is empty on one side counts there as half a row; one that is empty on both adds nothing.

    Args:
        reference: (bins,) counts of the baseline window, at least one > 0.
        current: (bins,) counts of the current window over the same bins.

    Returns:
        Dimensionless, >= 0; 0.1 is commonly called a small and 0.25 a large shift.

    Raises:
        EmptyWindow: no row in one of the windows.

    Source: Siddiqi, Credit Risk Scorecards (2006).

    >>> population_stability_index(np.array([50, 50]), np.array([50, 50]))
    0.0
    """
    counts = np.asarray([reference, current], dtype=np.float64)
    totals = counts.sum(axis=1, keepdims=True)
    if not totals.all():
        raise EmptyWindow("a population stability index needs at least one row in both windows")
    filled = counts[:, counts.any(axis=0)]
    shares = np.maximum(filled, _EMPTY) / totals
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def index_without_drift(bins: int, reference_rows: int, window_rows: int) -> float:
    """The population stability index to expect from chance alone, when nothing moved.

    Both windows miss the true shares by chance; the index then follows (1/n + 1/m) times a chi-square with
    bins - 1 degrees of freedom, whose mean this is.

    Source: Yurdakul and Naranjo, Statistical properties of the population stability index, Journal of Risk
    Model Validation 14(4) (2020).

    >>> round(index_without_drift(10, 10_000, 200), 4)
    0.0459
    """
    return max(bins - 1, 0) * (1 / reference_rows + 1 / window_rows)


def compare(
    reference: ReferenceProfile,
    window: WindowProfile,
    *,
    threshold: float,
    minimum_rows: int,
    ignore: Collection[str] = (),
) -> DriftReport:
    """Judges each input of the window, and the score if the window has one.

    The expected index of a window without drift is subtracted rather than the threshold raised, so that one
    threshold, and the one alarm that knows it, fits windows of every size. ``minimum_rows`` keeps out the
    windows where even the spread around that expectation could reach the threshold.

    Args:
        reference: the profile of the champion's training data.
        window: counts in the bins of that profile.
        threshold: the drift score from which a column counts as drifted.
        minimum_rows: columns with fewer rows in the window are skipped, with the reason.
        ignore: inputs that are measured but never count as drifted.
    """
    pairs = {name: (profile, window.columns.get(name)) for name, profile in reference.columns.items()}
    if reference.score is not None:
        pairs[SCORE] = (reference.score, window.score)
    skipped, judged = {}, []
    for name, (profile, current) in pairs.items():
        rows = sum(current or ())
        if current is None or rows < minimum_rows or not rows:
            skipped[name] = f"{rows} rows in the window, at least {minimum_rows} are needed"
        else:
            judged.append(_judge(name, profile, current, math.inf if name in ignore else threshold))
    judged.sort(key=lambda column: (column.ignored, -column.drift_score, column.column))
    return DriftReport(
        rows=window.rows, reference_rows=reference.rows, threshold=threshold, columns=judged, skipped=skipped
    )


def _judge(name: str, profile: ColumnProfile, current: list[int], threshold: float) -> ColumnDrift:
    reference_rows, rows = sum(profile.counts), sum(current)
    judged = _pooled(np.array([profile.counts, current]), profile.bins)
    psi = population_stability_index(judged[0], judged[1])
    score = max(0.0, psi - index_without_drift(int(judged.any(axis=0).sum()), reference_rows, rows))
    return ColumnDrift(
        column=name,
        psi=round(psi, 6),
        drift_score=round(score, 6),
        drifted=score >= threshold,
        ignored=math.isinf(threshold),
        rows=rows,
        labels=profile.bins.labels,
        reference=profile.bins.shown(profile.counts),
        current=profile.bins.shown(current),
    )


def _pooled(counts: NDArray[np.int64], bins: Bins) -> NDArray[np.int64]:
    """(2, judged) of the (2, bins) counts, small bins with their like: known values, unseen ones, the missing.

    Known values share a bin in an order that has nothing to do with how often they came, and one has a bin of its own
    only where its count is sure: judged among those that came oftenest by luck, all would seem to have become rarer.
    """
    reference = counts[0]
    rows, window_rows = counts.sum(axis=1)
    need = _LEAST_EXPECTED * max(1.0, rows / window_rows)
    own = reference >= np.where(np.arange(len(reference)) < bins.known, max(need, _SURE), need)
    small = ~own
    groups = _groups([place for place in bins.order.tolist() if small[place]], reference, max(need, _SURE))
    groups.append([place for place in range(bins.known, len(reference) - 1) if small[place]])
    own[-1] = True
    shared = [counts[:, group].sum(axis=1) for group in groups if group]
    return np.column_stack([counts[:, own], *shared])


def _groups(places: list[int], reference: NDArray[np.int64], need: float) -> list[list[int]]:
    """``places`` in their order, cut as soon as a group has ``need`` reference rows."""
    groups: list[list[int]] = []
    held = need
    for place in places:
        if held >= need:
            groups.append([])
            held = 0.0
        groups[-1].append(place)
        held += float(reference[place])
    return groups
