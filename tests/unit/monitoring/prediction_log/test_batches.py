"""Which hours a batch has is noted for ever, at a price that does not grow with its gaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.layout import ModelScope
from keepfit.monitoring.prediction_log.batches import MAX_STRETCHES, CollectedBatches, stretches, within

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
moments = st.integers(0, 60 * 24 * 9).map(lambda minutes: FIRST + timedelta(minutes=minutes))


def _hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


@given(st.lists(moments, max_size=12))
def test_stretches_have_the_hours_of_all_events_and_no_other(events: list[datetime]) -> None:
    found = set()
    for first, last in stretches(events):
        hour = _hour(first)
        while hour <= last:
            found.add(hour)
            hour += timedelta(hours=1)
    assert found == {_hour(event) for event in events}


def test_of_many_gaps_the_widest_are_kept_and_no_event_is_outside() -> None:
    events = [FIRST + timedelta(hours=number**2) for number in range(200)]
    found = list(stretches(events))
    assert len(found) == MAX_STRETCHES
    assert all(any(first <= event <= last for first, last in found) for event in events)
    assert found[-1] == (events[-1], events[-1])
    assert found[0] == (events[0], events[-MAX_STRETCHES])


def test_what_is_noted_is_found_by_the_hours_of_a_window() -> None:
    batches = CollectedBatches(files=MemoryArtifacts(), model="m")
    late, now, ahead = (FIRST + timedelta(days=day, minutes=20) for day in (0, 7, 90))
    for _ in range(2):
        batches.note("b", [now, late], ahead=[ahead])
    [found] = batches.between(now, now)
    assert found == (now, now, "b", False)
    assert batches.between(late + timedelta(hours=1), now - timedelta(hours=1)) == []
    # The hour of an event counts, too, though the window begins later in it.
    [beside] = batches.between(now + timedelta(minutes=30), now + timedelta(hours=2))
    assert beside == found
    assert within([beside], now + timedelta(minutes=30), now + timedelta(hours=2)) == set()
    [far] = batches.between(ahead, ahead)
    assert (far.ahead, within([far], ahead, ahead)) == (True, set())
    assert within([found], FIRST, now) == {"b"}


def test_batches_that_were_noted_as_one_stretch_are_read() -> None:
    files = MemoryArtifacts()
    key = f"{ModelScope('m').batches}20260301T000000000000Z_20260308T010000000001Z_ab12"
    files.put(key, b"")
    [found] = CollectedBatches(files=files, model="m").between(FIRST, FIRST + timedelta(days=1))
    assert found == (FIRST, FIRST + timedelta(days=7, hours=1, microseconds=1), "ab12", False)
