"""Measures a model over the time of a holdout: whether it gets worse the older it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np

from keepfit.evaluation.report import Period
from keepfit.evaluation.slices.measure import Sliceable, measured

MAX_PERIODS = 12
_ROWS_OF_EACH = 100


def periods(times: Sequence[datetime], model: Sliceable) -> list[Period]:
    """Periods of about equal numbers of rows, which never part rows of one moment.

    Args:
        times: (rows,) in any order.
        model: its outputs for the same rows.
    """
    moments = np.array([time.timestamp() for time in times])
    count = min(MAX_PERIODS, max(len(moments) // max(_ROWS_OF_EACH, model.minimum_rows), 1))
    inner = np.quantile(moments, np.linspace(0, 1, count + 1)[1:-1], method="higher")
    edges = [-np.inf, *np.unique(inner).tolist(), np.inf]
    return [
        _period(times, rows, model)
        for low, high in pairwise(edges)
        if len(rows := np.flatnonzero((moments >= low) & (moments < high)))
    ]


def _period(times: Sequence[datetime], numbers: np.ndarray, model: Sliceable) -> Period:
    rows = np.zeros(len(times), dtype=np.bool_)
    rows[numbers] = True
    slice_, within = measured(model, {}, rows), [times[number] for number in numbers.tolist()]
    return Period(
        first_event=min(within),
        last_event=max(within),
        rows=slice_.rows,
        metric=slice_.metric,
        interval=slice_.interval,
        note=slice_.note,
    )
