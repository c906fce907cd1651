"""Measures a column of a window against its reference, each statistic over its bins."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from keepfit.monitoring.drift.pooling import pooled
from keepfit.monitoring.drift.statistic import Compared, Counts, Measurement, Statistic
from keepfit.monitoring.profiles.bins import Bins
from keepfit.monitoring.profiles.column_profile import ColumnProfile
from keepfit.monitoring.profiles.grid import Grid

_NO_ORDER = np.empty(0)


def measure(statistic: Statistic, reference: Counts, window: Counts, bins: Bins) -> Measurement:
    """Compares (bins,) counts of a reference with those of a window, small bins pooled.

    Raises:
        EmptyWindow: no row in one of both.
    """
    judged = pooled(np.array([reference, window], dtype=np.float64), bins)
    return _measured(statistic, Compared(reference=judged[0], window=judged[1], edges=_NO_ORDER))


def measure_column(
    statistics: Mapping[str, Statistic], profile: ColumnProfile, counts: Counts, grid: Counts | None
) -> dict[str, Measurement]:
    """Compares a column with its reference by each of ``statistics`` that is for it.

    Args:
        statistics: what measures it, by name.
        profile: the column's reference.
        counts: (bins,) rows of the window.
        grid: (edges + 1,) rows of the window on the profile's grid; None where it has none.

    Raises:
        EmptyWindow: no row in the reference or the window.
    """
    judged = pooled(np.array([profile.counts, counts], dtype=np.float64), profile.bins)
    over = {"pools": Compared(reference=judged[0], window=judged[1], edges=_NO_ORDER)}
    if grid is not None and profile.grid is not None and np.any(grid):
        over["grid"] = on_grid(profile.grid, profile.grid.counts, grid)
    return {name: _measured(each, over[each.over]) for name, each in statistics.items() if each.over in over}


def on_grid(grid: Grid, reference: Counts, window: Counts) -> Compared:
    """(..., edges + 1) counts of references and windows on ``grid``."""
    return Compared(
        reference=np.asarray(reference, dtype=np.float64),
        window=np.asarray(window, dtype=np.float64),
        edges=np.asarray(grid.edges),
        spread=grid.spread,
    )


def _measured(statistic: Statistic, compared: Compared) -> Measurement:
    return Measurement(
        value=float(statistic.distance(compared)), expected=float(statistic.expected(compared))
    )
