"""Anomalies of labels: their shares in the whole upload, and in the rows of one value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from keepfit.monitoring.screening.table import Anomaly, ContingencyTable, Counts, among_earlier, divergence

_LEAST_ROWS: Final = 50
_SHIFT: Final = 0.35
"""In nats: a fifth of the rows true becomes six in ten, or the other way round."""
_LEAST_SHIFT: Final = 0.12
_ENOUGH_UPLOADS: Final = 4
_TIMES_AS_USUAL_OF_SEVERAL: Final = 3.0
_EXPECTED: Final = 20.0
_TIMES_AS_USUAL: Final = 2.0
_SPEND: Final = 6.0


def label_shift(table: ContingencyTable) -> Iterator[Anomaly]:
    """Labels whose shares changed far more than they did from upload to upload before."""
    counts = table.labelled.sum(axis=1)
    earlier, own = counts[:-1], counts[-1]
    if own.sum() < _LEAST_ROWS or earlier.sum() < _LEAST_ROWS:
        return
    every = earlier.sum(axis=0)
    gone = (every / every.sum() * own.sum() >= _EXPECTED) & (own == 0) & (earlier > 0).all(axis=0)
    shift = divergence(own, every)
    if gone.any():
        name = table.classes[int(np.flatnonzero(gone)[0])]
        share = every[gone][0] / every.sum()
        yield Anomaly(column=table.label, reason=f"is never {name}, which was {share:.0%} of the rows before")
    elif shift > _limit(earlier):
        most = int(np.argmax(np.abs(own / own.sum() - every / every.sum())))
        yield Anomaly(
            column=table.label,
            reason=f"is {table.classes[most]} in {own[most] / own.sum():.0%} of the rows, and was in "
            f"{every[most] / every.sum():.0%} before",
        )


def _limit(earlier: Counts) -> float:
    """The largest shift to expect: several uploads show how much they differ by themselves."""
    if len(earlier) < _ENOUGH_UPLOADS:
        return _SHIFT
    return max(_LEAST_SHIFT, _TIMES_AS_USUAL_OF_SEVERAL * among_earlier(earlier, divergence))


def slice_shift(table: ContingencyTable) -> Iterator[Anomaly]:
    """A value whose labels changed while those of other rows did not."""
    earlier, own = table.labelled[:-1], table.labelled[-1]
    every = earlier.sum(axis=0)
    if own.sum() < _LEAST_ROWS or every.sum() < _LEAST_ROWS:
        return
    # A few uploads do not show how much the rows of one value differ.
    least = _SHIFT if len(earlier) >= _ENOUGH_UPLOADS else 2 * _SHIFT
    for place in range(len(table.bins)):
        if own[place].sum() < _LEAST_ROWS or every[place].sum() < _LEAST_ROWS:
            continue
        expected = _moved(every[place], _beside(every, place), _beside(own, place))
        shift = divergence(own[place], expected)
        usual = among_earlier(earlier[:, place], _of_enough_rows)
        if shift > max(least, _TIMES_AS_USUAL * usual) and shift * own[place].sum() > _SPEND:
            most = int(np.argmax(np.abs(own[place] / own[place].sum() - expected / expected.sum())))
            yield Anomaly(
                column=table.label,
                reason=f"is {table.classes[most]} in {own[place][most] / own[place].sum():.0%} of the rows whose "
                f"{table.column} is {table.bins[place]}, and was in {every[place][most] / every[place].sum():.0%}",
            )


def _of_enough_rows(own: Counts, others: Counts) -> float:
    return divergence(own, others) if own.sum() >= _LEAST_ROWS else 0.0


def _beside(counts: Counts, place: int) -> Counts:
    """(classes,) labels of the rows outside one bin."""
    return np.asarray(counts.sum(axis=0) - counts[place])


def _moved(before: Counts, others: Counts, now: Counts) -> npt.NDArray[np.float64]:
    """The labels of some rows before, as they would be had they moved like those of all others."""
    factor = np.maximum(now, 0.5) / max(now.sum(), 1) / (np.maximum(others, 0.5) / max(others.sum(), 1))
    moved = before * factor
    return np.asarray(moved / moved.sum() * before.sum())
