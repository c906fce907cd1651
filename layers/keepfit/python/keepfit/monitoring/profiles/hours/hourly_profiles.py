"""The stored profiles of hours: a document a day, by the version in whose bins rows are counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final

from keepfit.errors import NotFound
from keepfit.layout import ModelScope
from keepfit.monitoring.profiles.hours.count_layout import CountLayout
from keepfit.monitoring.profiles.hours.day_profile import HOURS, DayProfile, read_day
from keepfit.registry.artifact_store import ArtifactStore

_AT_ONCE: Final = 8
_FIRST_DAY: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyProfiles:
    """Stores days of hours of one model; days are counted since 1970.

    What is stored is what could be counted again: each hour says what it was made of, so a document that is lost,
    broken or overwritten by another run of the monitor costs a reading of its rows and nothing else.
    """

    files: ArtifactStore
    model: str

    def load(self, layout: CountLayout, days: Collection[int]) -> dict[int, DayProfile]:
        """The stored ones of ``days``, without those that were counted in another way or cannot be read."""
        scope = ModelScope(self.model)
        stored = set(self.files.list(scope.hours(layout.champion)))
        keys = {day: key for day in days if (key := _key(scope, layout, day)) in stored}
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            found = zip(keys, threads.map(lambda key: self._read(key, layout), keys.values()), strict=True)
            return {day: profile for day, profile in found if profile is not None}

    def save(self, layout: CountLayout, days: Mapping[int, DayProfile]) -> None:
        """Replaces the documents of days, each as a whole."""
        keys = [_key(ModelScope(self.model), layout, day) for day in days]
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(lambda key, day: self.files.put(key, day.to_bytes()), keys, days.values()))

    def _read(self, key: str, layout: CountLayout) -> DayProfile | None:
        with suppress(NotFound):  # it was there when it was listed
            return read_day(self.files.get(key), layout)
        return None


def day_of(hour: int) -> tuple[int, int]:
    """The day since 1970 of an hour since then, and the hour's place in it."""
    return divmod(hour, HOURS)


def _key(scope: ModelScope, layout: CountLayout, day: int) -> str:
    return scope.hours_of_day(layout.champion, date.fromordinal(_FIRST_DAY + day))
