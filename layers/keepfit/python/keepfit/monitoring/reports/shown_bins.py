"""The bins of a column as a plot shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from keepfit.pages.plots.bars import Bin

_MAX_BINS: Final = 24


def shown_bins(labels: Sequence[str], reference: Sequence[int], current: Sequence[int]) -> list[Bin]:
    """Shares of rows by bin, without empty bins; of many bins those that changed most."""
    bins = [
        Bin(label=label, before=before, after=after)
        for label, before, after in zip(labels, _shares(reference), _shares(current), strict=True)
        if before or after
    ]
    if len(bins) > _MAX_BINS:
        bins = sorted(bins, key=lambda each: -abs(each.before - each.after))[:_MAX_BINS]
    return bins


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) or 1
    return [count / total for count in counts]
