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
_FAR: Final = 0.05
_FAR_AFTER_ONE: Final = 0.25
_ENOUGH_UPLOADS: Final = 3
_LEAST_MOVED: Final = 200
_MOVED: Final = 0.1
"""What chance adds: bins of a few hundred rows differ by a few rows."""
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


def far_values(table: ContingencyTable) -> Iterator[Anomaly]:
    """Numbers far beyond all that were there, in more than a few rows."""
    if not table.numeric:
        return
    values = table.values
    earlier, own = values[:-1], values[-1]
    if own.sum() < _LEAST_ROWS or earlier.sum() < _LEAST_ROWS:
        return
    far = own[table.known : table.known + 2]
    share = float(far.sum() / own.sum())
    if share > (_FAR if len(earlier) > 1 else _FAR_AFTER_ONE):
        most = table.bins[table.known + int(np.argmax(far))]
        yield Anomaly(column=table.column, reason=f"is {most} in {share:.0%} of the rows, and never was")


def moved_values(table: ContingencyTable) -> Iterator[Anomaly]:
    """Numbers that are distributed otherwise, far more than they ever were from upload to upload."""
    values = table.values
    earlier, own = values[:-1], values[-1]
    if (
        not table.numeric
        or len(earlier) < _ENOUGH_UPLOADS
        or min(own.sum(), *earlier.sum(axis=1)) < _LEAST_MOVED
    ):
        return
    moved = _distance(own, earlier.sum(axis=0))
    usual = among_earlier(earlier, _distance)
    if moved > _MOVED + _TIMES_AS_USUAL * usual:
        yield Anomaly(
            column=table.column,
            reason=f"is distributed otherwise in {moved:.0%} of the rows, and up to {usual:.0%} was usual before",
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


def _distance(own: Counts, others: Counts) -> float:
    """The total variation distance: the share of rows that would have to lie elsewhere."""
    return float(np.abs(own / max(own.sum(), 1) - others / max(others.sum(), 1)).sum() / 2)


def _is_rare(every: Counts) -> np.ndarray:
    return np.asarray(every < _RARE * every.sum())


def _strange_share(own: Counts, others: Counts) -> float:
    return float(own[_is_rare(others)].sum() / max(own.sum(), 1))
