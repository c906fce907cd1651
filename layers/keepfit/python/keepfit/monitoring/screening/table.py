"""Contingency tables of a dataset's uploads: what screening knows of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContingencyTable:
    """A column against a label, in bins and classes that the earlier uploads give.

    Args:
        column: its name.
        label: the label's name.
        bins: what each bin is called; the last one is of missing values.
        known: how many bins, from the first on, hold values that the earlier uploads had.
        classes: what each class is called; the last one is of rows without a label.
        counts: (uploads, bins, classes) rows; the upload that is screened is the last.
        own: (bins, classes) rows of that one, in bins that its own values give.
        numeric: whether bins are ranges of numbers; behind the known ones are those far below and far above.
    """

    column: str
    label: str
    bins: list[str]
    known: int
    classes: list[str]
    counts: Counts
    own: Counts
    numeric: bool = False

    @property
    def values(self) -> Counts:
        """(uploads, bins) rows, with a label or without."""
        return np.asarray(self.counts.sum(axis=2))

    @property
    def labelled(self) -> Counts:
        """(uploads, bins, classes) rows that have a label."""
        return self.counts[:, :, :-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """The most frequent value of a column, and in how many rows it is."""

    value: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """The uploads of a dataset, the screened one last.

    Args:
        rows: (uploads,) of each.
        moments: (uploads,) different event times in each; None without an event time.
        modes: of each column, one for each upload.
        tables: of each label with each other column.
    """

    rows: Counts
    moments: Counts | None
    modes: dict[str, list[Mode]]
    tables: list[ContingencyTable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """What stands out in an upload, in words."""

    column: str
    reason: str


Measure = Callable[[Counts, Counts], float]
"""How far one upload is from others: of its own counts, and of theirs."""


def among_earlier(counts: Counts, measure: Measure) -> float:
    """The most that any of the earlier uploads is from the others; 0 where there are no others.

    Args:
        counts: (uploads, ...) of the earlier ones.
        measure: see ``Measure``.
    """
    if len(counts) < 2:
        return 0.0
    every = counts.sum(axis=0)
    return max(measure(own, every - own) for own in counts)


def divergence(own: npt.NDArray[np.number], expected: npt.NDArray[np.number]) -> float:
    """The Kullback-Leibler divergence of a distribution from an expected one, in nats.

    Classes that are empty on one side count there as half a row.

    >>> round(divergence(np.array([20, 80]), np.array([800, 200])), 3)
    0.832
    """
    shares = own / own.sum()
    others = np.maximum(expected, 0.5) / np.maximum(expected, 0.5).sum()
    held = shares > 0
    return float(np.sum(shares[held] * np.log(shares[held] / others[held])))
