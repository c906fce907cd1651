"""Anomalies of values: ones that were hardly ever there, and all rows alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from keepfit.monitoring.screening.table import Anomaly, ContingencyTable, Counts, Uploads, among_earlier

_LEAST_ROWS: Final = 50
_RARE: Final = 0.005
_STRANGE: Final = 0.3
_STRANGE_AFTER_ONE: Final = 0.6
"""One earlier upload does not show how much they differ."""
_TIMES_AS_USUAL: Final = 2.0
_CROWDED: Final = 0.6
_NOT_CROWDED: Final = 0.25
_MOMENTS: Final = 10


def strange_values(table: ContingencyTable) -> Iterator[Anomaly]:
    """Values that were hardly ever there before, in a large share of the rows."""
    values = table.values
    earlier, own = values[:-1], values[-1]
    every = earlier.sum(axis=0)
    if own.sum() < _LEAST_ROWS or every[:-1].sum() < _LEAST_ROWS:
        return
    strange = _strange_share(own, every)
    limit = max(
        _STRANGE if len(earlier) > 1 else _STRANGE_AFTER_ONE,
        _TIMES_AS_USUAL * among_earlier(earlier, _strange_share),
    )
    if strange > limit:
        most = int(np.argmax(np.where(_is_rare(every), own, 0)))
        yield Anomaly(
            column=table.column,
            reason=f"is {table.bins[most]} in {own[most] / own.sum():.0%} of the rows, and was in "
            f"{every[most] / every.sum():.1%} before",
        )


def crowded_values(uploads: Uploads) -> Iterator[Anomaly]:
    """One value in most rows where none ever was."""
    if uploads.rows[-1] < _LEAST_ROWS or uploads.rows[:-1].min() < _LEAST_ROWS:
        return
    for column, modes in uploads.modes.items():
        *before, own = [mode.rows / rows for mode, rows in zip(modes, uploads.rows, strict=True)]
        if own > _CROWDED and max(before) < _NOT_CROWDED:
            yield Anomaly(
                column=column,
                reason=f"is {modes[-1].value} in {own:.0%} of the rows, and no value was in more than "
                f"{max(before):.0%}",
            )


def constant_time(uploads: Uploads) -> Iterator[Anomaly]:
    """All rows at one moment where uploads had many."""
    moments = uploads.moments
    if moments is None or uploads.rows[-1] < _LEAST_ROWS or moments[-1] > 1:
        return
    if len(moments) > 1 and moments[:-1].min() >= _MOMENTS:
        yield Anomaly(column="event time", reason=f"is the same in all {uploads.rows[-1]} rows")


def _is_rare(every: Counts) -> np.ndarray:
    return np.asarray(every < _RARE * every.sum())


def _strange_share(own: Counts, others: Counts) -> float:
    return float(own[_is_rare(others)].sum() / max(own.sum(), 1))
