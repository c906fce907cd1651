"""The profile of one column of a reference: its bins, and the rows in each."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.profiles.bins import (
    Binned,
    Bins,
    CategoryBins,
    Column,
    NumericBins,
    in_order,
    numbers,
)
from keepfit.monitoring.profiles.grid import Grid
from keepfit.monitoring.profiles.null_distribution import NullDistribution
from keepfit.monitoring.profiles.ordered import Ordered
from keepfit.tasks.base import ProfileKind


class ColumnProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the reference: bins and the rows in each; of numbers, a fine grid too."""

    bins: Bins
    counts: list[int]
    grid: Grid | None = None
    nulls: dict[str, NullDistribution] = {}

    @property
    def coarse_place(self) -> NDArray[np.int64]:
        """The bin of each finest bin, see ``places``."""
        if self.grid is None or not isinstance(self.bins, NumericBins):
            return np.arange(len(self.counts))
        # A cell of the grid ends at its edge, and all edges of bins are edges of the grid.
        found = np.searchsorted(self.bins.edges, [*self.grid.edges, np.inf], side="left")
        return np.append(found, len(self.counts) - 1)

    def places(self, column: Column) -> NDArray[np.int64]:
        """(rows,) the finest bin of each row of the reference: on its grid, or else of its bins.

        Of a grid the last one, after its cells, is of missing values.

        What the reference's counts have as unseen, because it came too seldom, is unseen here too.
        """
        if isinstance(self.bins, NumericBins):
            edges = self.bins.edges if self.grid is None else self.grid.edges
            given = numbers(column)
            return np.where(np.isnan(given), len(edges) + 1, np.searchsorted(edges, given, side="left"))
        return self.bins.places(column, self.counts)

    def count(self, column: Column | Binned | Ordered) -> list[int]:
        """Counts rows of another window per bin."""
        if isinstance(column, Binned):
            counted: list[int] = np.bincount(column.bins, minlength=len(self.counts)).tolist()
            return counted
        if isinstance(self.bins, NumericBins):
            return self.bins.count(column)
        return self.bins.count([] if isinstance(column, Ordered) else column)


def column_profile(bins: ProfileKind, column: Column) -> ColumnProfile:
    """The profile of a reference's column, in bins of a kind; numbers have a grid, too."""
    if bins == "numbers":
        ordered = in_order(column)
        numeric = NumericBins.of(ordered)
        grid = Grid.of(ordered, numeric.edges)
        return ColumnProfile(bins=numeric, counts=numeric.count(ordered), grid=grid)
    if bins == "truths":  # there is no third value that the reference could have missed
        both = CategoryBins(values=["false", "true"], unseen=1)
        return ColumnProfile(bins=both, counts=both.count(column))
    categories, counts = CategoryBins.reference_of(column)
    return ColumnProfile(bins=categories, counts=counts)
