"""Seasons: counts of a reference by the phase of a week or year, so that like is compared with like."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.profiles.season_names import PHASES, SeasonName

# 1970-01-01 was a Thursday.
_FIRST_WEEKDAY = 3
_DAY = 24 * 3600


class SeasonProfile(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a reference by phase, of which those like a window's are chosen.

    Args:
        season: what has phases.
        rows: (phases,) rows of the reference.
        counts: name to (phases, bins) rows in the bins of a column.
        grids: name to (phases, edges + 1) rows on its grid; of numbers alone.
    """

    season: SeasonName
    rows: list[int]
    counts: dict[str, list[list[int]]]
    grids: dict[str, list[list[int]]]

    def without(self, names: Collection[str]) -> SeasonProfile:
        """The same profile without the columns ``names``."""
        counts, grids = (
            {name: each for name, each in columns.items() if name not in names}
            for columns in (self.counts, self.grids)
        )
        return msgspec.structs.replace(self, counts=counts, grids=grids)


def phases_of(season: SeasonName, seconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """(rows,) the phase of each moment, in seconds since 1970.

    >>> phases_of("week", np.array([0])).tolist(), phases_of("year", np.array([40 * 24 * 3600])).tolist()
    ([3], [1])
    """
    if season == "week":
        return (seconds // _DAY + _FIRST_WEEKDAY) % PHASES[season]
    return seconds.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % PHASES[season]


def by_phase(
    phases: NDArray[np.int64], places: NDArray[np.int64], *, of: int, bins: int
) -> NDArray[np.int64]:
    """(of, bins) rows of each phase in each bin."""
    return np.bincount(phases * bins + places, minlength=of * bins).reshape(of, bins)


def like(counts: Sequence[Sequence[int]], window: Sequence[int]) -> list[int]:
    """(bins,) rows of a reference as if it had the phases of a window.

    Each phase weighs as in the window; a phase that the reference has not is as the whole reference. They are as many
    rows as would be as unsure as that mean is.

    Args:
        counts: (phases, bins) rows of the reference, at least one.
        window: (phases,) rows of the window, at least one.
    """
    of_phases, weights = np.array(counts, dtype=np.float64), np.array(window, dtype=np.float64)
    rows, weights = of_phases.sum(axis=1), weights / weights.sum()
    whole = of_phases.sum(axis=0) / rows.sum()
    shares = np.where(rows[:, None] > 0, of_phases / np.maximum(rows, 1)[:, None], whole)
    sure = 1 / (weights**2 / np.where(rows > 0, rows, rows.sum())).sum()
    found: list[int] = np.rint(weights @ shares * sure).astype(np.int64).tolist()
    # So few rows in so many bins that each rounds to none say nothing of a phase.
    return found if any(found) else of_phases.sum(axis=0).astype(np.int64).tolist()
