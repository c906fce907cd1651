"""A month's verdict by five statistics, from rows and from profiles of hours.

`python -m tests.bench.drift.with_hours <rows|first|turn|stored|loaded> <folder>`

"rows" reads the month's Parquet files, as the monitor did before there were profiles of hours. "turn" is what it does
now: it lists batches, loads the profiles of 718 whole hours, reads the rows of the two half ones at the ends, sums, and
judges; "first" makes those profiles, too, as after a promotion. "stored" loads, sums and judges, "loaded" sums and
judges alone. Answers are counted as well, as a binary model's are. Objects are in memory: S3 is not measured.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.layout import ModelScope
from keepfit.monitoring.prediction_log.batches import CollectedBatches
from keepfit.monitoring.profiles.hours.count_layout import layout_of
from keepfit.monitoring.profiles.hours.day_profile import HOURS, DayProfile
from keepfit.monitoring.profiles.hours.hour_counts import HourCounts, count_hours, hour_of
from keepfit.monitoring.profiles.hours.hourly_profiles import HourlyProfiles, day_of
from keepfit.monitoring.profiles.hours.hours_total import HoursTotal
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.monitoring.profiles.window import Window, columns_to_read, count_window
from keepfit.monitoring.window_counting import WindowCounting, hours_of
from tests.bench.drift.rows import DAYS, START
from tests.bench.drift.with_keepfit import STATISTICS, TYPES, Found, columns, estimator, indices, judged
from tests.bench.worker import take_turns

HALF = timedelta(minutes=30)
WINDOW = START + HALF, START + timedelta(days=DAYS) - HALF
TICK = timedelta(microseconds=1)
MODEL = "flights"


def has_column(version: int, name: str) -> bool:
    """Whether a version is asked with a column: there is one version, of all."""
    return version == 1 and bool(name)


class Month:
    """The month's files, as it was collected, and the profiles of its hours."""

    def __init__(self, folder: Path) -> None:
        profile = profile_of(columns(folder, "reference"), TYPES)
        self.reference = msgspec.structs.replace(profile, estimator=estimator())
        self.layout = layout_of(self.reference, 1)
        stored = [*(folder / "predictions").rglob("*.parquet")]
        self.files = MemoryArtifacts(
            objects={str(path.relative_to(folder)): path.read_bytes() for path in stored}
        )
        for path in stored:
            self.files.put(f"{ModelScope(MODEL).batches}{path.stem}", b"")
        self.predictions = ParquetPredictions(files=self.files, model=MODEL)
        self.hourly = HourlyProfiles(files=self.files, model=MODEL)
        self.turn()  # makes the profiles
        self.days = self._load()
        self.ends = [self._end(START, WINDOW[0]), self._end(WINDOW[1] - HALF, WINDOW[1] - HALF)]

    def _end(self, hour: datetime, start: datetime) -> HourCounts:
        """The half hour from ``start`` on, both ends included, and the rows that a window ends with."""
        wanted = replace(columns_to_read(self.reference), times=True)
        parts = self.predictions.between(start, min(start + HALF - TICK, WINDOW[1]), wanted)
        return count_hours(parts, self.layout, [hour_of(hour)], has_column=has_column)

    def _load(self) -> dict[int, DayProfile]:
        whole = [*hours_of(WINDOW)][1:-1]
        return self.hourly.load(self.layout, {day_of(hour)[0] for hour in whole})

    def rows(self) -> Window:
        """Every row of the window, as it was before there were profiles of hours."""
        parts = self.predictions.between(*WINDOW, columns_to_read(self.reference))
        return count_window(parts, self.reference, champion=1, has_column=has_column)

    def turn(self) -> Window:
        """A turn of the monitor, where profiles of hours are there."""
        counting = WindowCounting(
            predictions=self.predictions,
            hourly=self.hourly,
            reference=self.reference,
            champion=1,
            has_column=has_column,
        )
        return counting.count(WINDOW, CollectedBatches(files=self.files, model=MODEL).between(*WINDOW))

    def first(self) -> Window:
        """A turn of the monitor, where none are there."""
        for key in self.files.list(ModelScope(MODEL).hours(1)):
            del self.files.objects[key]
        return self.turn()

    def stored(self) -> Window:
        """The sum of profiles that are loaded first, and of what was counted at both ends."""
        return self._sum(self._load())

    def loaded(self) -> Window:
        """The sum of profiles in memory, and of what was counted at both ends."""
        return self._sum(self.days)

    def _sum(self, days: dict[int, DayProfile]) -> Window:
        total = HoursTotal(self.layout)
        for end in self.ends:
            total.add_counted(end)
        for day, profile in days.items():
            first, last = day * HOURS, day * HOURS + HOURS
            whole = hours_of(WINDOW)[1:-1]
            total.add_stored(profile, [hour - first for hour in range(first, last) if hour in whole])
        return total.window()


def verdict(month: Month, how: str) -> Callable[[], Found]:
    """The verdict by five statistics, of what is counted in one of the ways."""
    count: Callable[[], Window] = getattr(month, how)
    return lambda: judged(month.reference, count().profile, STATISTICS)


if __name__ == "__main__":
    take_turns(verdict(Month(Path(sys.argv[2])), sys.argv[1]), answer=indices, packages=("numpy", "duckdb"))
