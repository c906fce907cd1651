"""Monitoring progress: which log objects are collected, and the newest event among them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec

# Log delivery keeps trying for a day, and writes under the hour in which the first line came: an object may appear
# that long behind others.
_LATENESS = timedelta(hours=25)
# What fits into one DynamoDB item with room to spare; more than one object in six seconds for a day.
_MAX_RECENT = 15_000
_HOUR = "YYYY/MM/DD/HH"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """The progress record of one model.

    ``last_key`` is the greatest log key collected. ``recent`` holds the collected keys of the hours in which delivery
    may still add others, as digests by hour. ``newest_event`` ends the window to compare; ``last_report`` is the key of
    the newest report on it; ``gain_of`` is the greatest version whose gain was measured, or cannot be
    for the reason ``gain_note``.
    """

    last_key: str = ""
    recent: dict[str, list[str]] = {}
    newest_event: datetime | None = None
    last_report: str | None = None
    gain_of: int = 0
    gain_note: str | None = None

    @property
    def look_after(self) -> str:
        """The key after which log objects may be uncollected: the delivery's lateness before the last."""
        return _hours_before(self.last_key)

    def uncollected(self, keys: Iterable[str]) -> Iterable[str]:
        """Those of ``keys``, all greater than ``look_after``, that were not collected, in order."""
        collected = {digest for digests in self.recent.values() for digest in digests}
        return (key for key in keys if _digest(key) not in collected)

    def merged(self, other: Progress) -> Progress:
        """The union of both records; ``other`` counts as the later one for ``last_report``."""
        last_key = max(self.last_key, other.last_key)
        floor = _hours_before(last_key)
        pairs = {
            (hour, d) for record in (self, other) for hour, digests in record.recent.items() for d in digests
        }
        recent: dict[str, list[str]] = {}
        for hour, digest in sorted(entry for entry in pairs if entry[0] >= floor)[-_MAX_RECENT:]:
            recent.setdefault(hour, []).append(digest)
        events = [event for event in (self.newest_event, other.newest_event) if event is not None]
        return Progress(
            last_key=last_key,
            recent=recent,
            newest_event=max(events, default=None),
            last_report=other.last_report or self.last_report,
            gain_of=max(self.gain_of, other.gain_of),
            gain_note=max(self, other, key=lambda record: record.gain_of).gain_note,
        )


def progress_of(keys: list[str], newest_event: datetime | None) -> Progress:
    """The progress made by collecting the log objects ``keys``, with the newest event if any."""
    recent: dict[str, list[str]] = {}
    for key in keys:
        recent.setdefault(key[: len(_HOUR)], []).append(_digest(key))
    return Progress(last_key=max(keys, default=""), recent=recent, newest_event=newest_event)


def _hours_before(key: str) -> str:
    try:
        hour = datetime.strptime(key[: len(_HOUR)], "%Y/%m/%d/%H").replace(tzinfo=UTC)
    except ValueError:  # no key yet, or one that log delivery did not write: look at everything
        return ""
    return f"{hour - _LATENESS:%Y/%m/%d/%H}"


def _digest(key: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
