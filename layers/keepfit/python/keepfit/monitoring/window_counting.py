"""Counts a window as the sum of its hours; profiles of whole ones are made where they are missing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
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
from keepfit.monitoring.profiles.window import Instants, Window, columns_to_read, count_window

# Of hours that are counted at once: so many counts of eight bytes fit in memory.
_MAX_COUNTS: Final = 8_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)


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
        whole = {hour: source for hour, source in sources.items() if is_whole(hour, window)}
        days = self.hourly.load(layout, {day_of(hour)[0] for hour in whole})
        made = [hour for hour, source in whole.items() if _made_of(days, hour) == source]
        total, changed = HoursTotal(layout), set[int]()
        for day, places in _by_day(made).items():
            total.add_stored(days[day], places)
        missing = sorted(sources.keys() - {*made})
        at_once = max(1, _MAX_COUNTS // layout.width)
        for begin in range(0, len(missing), at_once):
            counted = self._read_hours(window, layout, missing[begin : begin + at_once])
            total.add_counted(counted)
            changed |= _keep(days, layout, counted, whole)
        self.hourly.save(layout, {day: days[day] for day in sorted(changed)})
        return total.window()

    def _read_hours(self, window: Instants, layout: CountLayout, hours: list[int]) -> HourCounts:
        """Counts hours as far as they are in the window, in one reading of their rows."""
        pieces = [
            (max(window[0], _begin(first)), min(window[1], _begin(last + 1) - _TICK))
            for first, last in _runs(hours)
        ]
        wanted = columns_to_read(self.reference)
        answers = wanted.answers if layout.answers.stop > layout.answers.start else 0
        parts = self.predictions.among(pieces, replace(wanted, times=True, answers=answers))
        return count_hours(parts, layout, hours, has_column=self.has_column)


def hours_of(window: Instants) -> range:
    """The hours since 1970 that a window reaches into."""
    return range(hour_of(window[0]), hour_of(window[1]) + 1)


def made_of(noted: Iterable[Stretch], window: Instants) -> dict[int, str]:
    """Of each hour of a window with events, a digest of the names of the batches that have them."""
    hours, batches = hours_of(window), dict[int, set[str]]()
    for each in noted:
        for hour in range(max(hour_of(each.first), hours[0]), min(hour_of(each.last), hours[-1]) + 1):
            batches.setdefault(hour, set()).add(each.batch)
    return {
        hour: hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest() for hour, names in batches.items()
    }


def is_whole(hour: int, window: Instants) -> bool:
    """Whether all moments of an hour are in a window."""
    return _begin(hour) >= window[0] and _begin(hour + 1) - _TICK <= window[1]


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


def _runs(hours: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each run of hours beside each other, of ascending ones."""
    cuts = [place for place in range(1, len(hours)) if hours[place] > hours[place - 1] + 1]
    for begin, end in pairwise([0, *cuts, len(hours)]):
        yield hours[begin], hours[end - 1]


def _keep(
    days: dict[int, DayProfile], layout: CountLayout, counted: HourCounts, whole: Mapping[int, str]
) -> set[int]:
    """Puts whole hours that were counted into their days, and returns which days those are."""
    place_of = {hour: place for place, hour in enumerate(counted.hours) if hour in whole}
    by_day = _by_day(place_of)
    for day, places in by_day.items():
        begun = day * HOURS
        kept = {place: (place_of[begun + place], whole[begun + place]) for place in places}
        days.setdefault(day, DayProfile(layout=layout)).put(counted, kept)
    return set(by_day)
