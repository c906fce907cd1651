"""The registry of what computes aggregates in windows, by the names in definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from keepfit.features.offline.windows import distinct, ends, extremes, moments, quantiles
from keepfit.features.offline.windows.column import Compute

COMPUTES: Final[Mapping[str, Compute]] = {
    "count": moments.count,
    "sum": moments.total,
    "mean": moments.mean,
    "min": extremes.smallest,
    "max": extremes.largest,
    "std": moments.deviation,
    "last": ends.newest,
    "first": ends.oldest,
    "distinct": distinct.distinct,
    # Of a column that says whether a value is the one that is counted.
    "share_of": moments.mean,
    "quantile": quantiles.quantile,
}
