"""The sum of profiles of hours: what a window counts to, at a price that goes by its hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.profiles.hours.count_layout import CountLayout, Vector
from keepfit.monitoring.profiles.hours.day_profile import DayProfile
from keepfit.monitoring.profiles.hours.hour_counts import HourCounts
from keepfit.monitoring.profiles.window import Window


@dataclass(slots=True)
class HoursTotal:
    """Adds hours up, each once; see ``CountLayout`` for ``counts`` and ``sums``."""

    layout: CountLayout
    counts: Vector = field(init=False)
    sums: NDArray[np.float64] = field(init=False)
    rows_by_version: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.counts, self.sums = np.zeros(self.layout.width, np.int64), np.zeros(self.layout.sums)

    def add_stored(self, day: DayProfile, places: Collection[int]) -> None:
        """Adds the hours of a day at these places of it."""
        chosen = sorted(places)
        self.counts[day.used] += day.counts[chosen].sum(axis=0, dtype=np.int64)
        if self.layout.sums:
            self.sums += day.sums[chosen].sum(axis=0)
        for place in chosen:
            self.rows_by_version.update(day.rows_by_version[place])

    def add_counted(self, counted: HourCounts) -> None:
        """Adds all hours that were counted from rows."""
        self.counts += counted.counts.sum(axis=0)
        self.sums += counted.sums.sum(axis=0)
        for rows in counted.rows_by_version:
            self.rows_by_version.update(rows)

    def window(self) -> Window:
        """The window of all hours that were added."""
        return self.layout.window(self.counts, self.sums, dict(self.rows_by_version))
