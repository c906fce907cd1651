"""A lasting record of the batches ever collected: which hours each has, and which have expired."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import ArtifactStore

_STAMP = "%Y%m%dT%H%M%S%fZ"
_AHEAD = "ahead"
MAX_STRETCHES: Final = 24
"""Of a batch, so many are noted at most; those beside each other count as one beyond."""
_HOUR = timedelta(hours=1)


class Stretch(NamedTuple):
    """Hours beside each other in which a batch has events, from its ``first`` to its ``last`` event there.

    They are ``ahead`` where nobody would believe them: farther after their answers than a window reaches.
    """

    first: datetime
    last: datetime
    batch: str
    ahead: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedBatches:
    """Names and times of a model's batches, as keys of empty files.

    They hold no input of a client, and do not expire.
    """

    files: ArtifactStore
    model: str

    def note(self, batch: str, events: Collection[datetime], *, ahead: Collection[datetime] = ()) -> None:
        """Records the hours of the ``events`` of ``batch``, and of those ``ahead``; idempotent."""
        for instants, mark in ((events, ""), (ahead, f"_{_AHEAD}")):
            for first, last in stretches(instants):
                self.files.put(f"{self._prefix}{_stamp(first)}_{_stamp(last)}_{batch}{mark}", b"")

    def between(self, start: datetime, end: datetime) -> list[Stretch]:
        """The stretches with hours in [start, end].

        A batch of before stretches were noted is one, from its first to its last event.
        """
        opens, closes = _stamp(_begin(start)), _stamp(_begin(end) + _HOUR)
        noted = (key.removeprefix(self._prefix).split("_") for key in self.files.list(self._prefix))
        return [
            Stretch(_instant(first), _instant(last), batch, ahead=bool(mark))
            for first, last, batch, *mark in noted
            if first < closes and last >= opens
        ]

    @property
    def _prefix(self) -> str:
        return ModelScope(self.model).batches


def within(noted: Iterable[Stretch], start: datetime, end: datetime) -> set[str]:
    """The batches with events in [start, end] or around it, but for those ahead."""
    return {each.batch for each in noted if not each.ahead and each.first <= end and each.last >= start}


def stretches(events: Iterable[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """The first and the last event of each run of hours beside each other, the widest gaps between them."""
    ordered = sorted(events)
    gaps = [
        (later - earlier, number)
        for number, (earlier, later) in enumerate(pairwise(ordered), start=1)
        if _begin(later) - _begin(earlier) > _HOUR
    ]
    cuts = sorted(number for _, number in sorted(gaps, reverse=True)[: MAX_STRETCHES - 1])
    for begin, end in pairwise([0, *cuts, len(ordered)]):
        if begin < end:
            yield ordered[begin], ordered[end - 1]


def _begin(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):{_STAMP}}"


def _instant(stamp: str) -> datetime:
    # As ``_STAMP`` has it; strptime takes twenty times as long, and there are thousands.
    return datetime.fromisoformat(f"{stamp[:15]}.{stamp[15:21]}+0000")
