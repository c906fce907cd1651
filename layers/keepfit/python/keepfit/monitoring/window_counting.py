"""Counts a window: whole hours from their profiles, which are made where they are missing, the rest from rows."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from keepfit.monitoring.prediction_log.batches import Stretch
from keepfit.monitoring.profiles.hours.count_layout import CountLayout, layout_of, tally_of
from keepfit.monitoring.profiles.hours.day_profile import HOURS, DayProfile
from keepfit.monitoring.profiles.hours.hour_counts import HasColumn, HourCounts, count_hours, hour_of
from keepfit.monitoring.profiles.hours.hourly_profiles import HourlyProfiles, day_of
from keepfit.monitoring.profiles.hours.hours_total import HoursTotal
from keepfit.monitoring.profiles.ports import Predictions
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.profiles.window import Window, columns_to_read, count_window

# So many counts of hours that are made at once fit in memory, eight bytes each.
_MAX_COUNTS: Final = 8_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
Instants = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCounting:
    """Counts windows of one model in the bins of the version ``champion``."""

    predictions: Predictions
    hourly: HourlyProfiles
    reference: ReferenceProfile
    champion: int
    has_column: HasColumn

    def count(self, window: Instants, noted: Iterable[Stretch]) -> Window:
        """Counts a window, given the stretches of batches that are noted of its hours.

        Where the reference has rows, rows of the window are read, and nothing is gained by hours.
        """
        if self.reference.sample is not None:
            return self._count_rows(window, self.reference)
        counted = self._count_hours(window, made_of(noted, window))
        estimator = self.reference.estimator
        if estimator is None or tally_of(self.reference) is not None:
            return counted
        # Of more than two classes answers are sampled, which no sum of hours is.
        answers = msgspec.structs.replace(self.reference, columns={}, outputs={}, segments=None, season=None)
        return msgspec.structs.replace(counted, answers=self._count_rows(window, answers).answers)

    def _count_rows(self, window: Instants, reference: ReferenceProfile) -> Window:
        parts = self.predictions.between(*window, columns_to_read(reference))
        return count_window(parts, reference, champion=self.champion, has_column=self.has_column)

    def _count_hours(self, window: Instants, sources: Mapping[int, str]) -> Window:
        layout = layout_of(self.reference, self.champion)
        days = self.hourly.load(layout, {day_of(hour)[0] for hour in sources})
        made = [hour for hour, source in sources.items() if _made_of(days, hour) == source]
        total, changed = HoursTotal(layout), set[int]()
        for day, places in _by_day(made).items():
            total.add_stored(days[day], places)
        for first, last in _runs(hours_of(window), without=set(made), most=_MAX_COUNTS // layout.width):
            counted = self._read_hours(window, layout, first, last)
            total.add_counted(counted)
            changed |= _keep(days, layout, counted, first, sources)
        self.hourly.save(layout, {day: days[day] for day in sorted(changed)})
        return total.window()

    def _read_hours(self, window: Instants, layout: CountLayout, first: int, last: int) -> HourCounts:
        start, end = max(window[0], _begin(first)), min(window[1], _begin(last + 1) - _TICK)
        columns = replace(columns_to_read(self.reference), times=True)
        return count_hours(
            self.predictions.between(start, end, columns),
            layout,
            first=first,
            hours=last - first + 1,
            has_column=self.has_column,
        )


def hours_of(window: Instants) -> range:
    """The hours since 1970 that a window reaches into."""
    return range(hour_of(window[0]), hour_of(window[1]) + 1)


def made_of(noted: Iterable[Stretch], window: Instants) -> dict[int, str]:
    """Of each hour that is whole in a window, a digest of the names of the batches that have events in it."""
    start, end = window
    whole = [hour for hour in hours_of(window) if _begin(hour) >= start and _begin(hour + 1) - _TICK <= end]
    batches: dict[int, set[str]] = {hour: set() for hour in whole}
    for each in noted:
        for hour in range(
            max(hour_of(each.first), hour_of(start)), min(hour_of(each.last), hour_of(end)) + 1
        ):
            if hour in batches:
                batches[hour].add(each.batch)
    return {
        hour: hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest() for hour, names in batches.items()
    }


def _begin(hour: int) -> datetime:
    return _EPOCH + timedelta(hours=hour)


def _made_of(days: Mapping[int, DayProfile], hour: int) -> str | None:
    day, place = day_of(hour)
    return days[day].made_of[place] if day in days else None


def _by_day(hours: Iterable[int]) -> dict[int, list[int]]:
    """Day to the places of its hours."""
    found = dict[int, list[int]]()
    for day, place in map(day_of, hours):
        found.setdefault(day, []).append(place)
    return found


def _runs(hours: range, *, without: Collection[int], most: int) -> Iterator[tuple[int, int]]:
    """The first and the last of each run of hours beside each other, of at most so many, without some."""
    first: int | None = None
    for hour in hours:
        if hour in without:
            continue
        first = hour if first is None else first
        if hour == hours[-1] or hour + 1 in without or hour - first + 1 >= most:
            yield first, hour
            first = None


def _keep(
    days: dict[int, DayProfile],
    layout: CountLayout,
    counted: HourCounts,
    first: int,
    sources: Mapping[int, str],
) -> set[int]:
    """Puts whole hours that were counted into their days, and returns which days those are."""
    hours = [hour for hour in range(first, first + len(counted.counts)) if hour in sources]
    by_day = _by_day(hours)
    for day, places in by_day.items():
        begun = day * HOURS
        kept = {place: (begun + place - first, sources[begun + place]) for place in places}
        days.setdefault(day, DayProfile(layout=layout)).put(counted, kept)
    return set(by_day)
