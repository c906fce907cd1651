"""The newest value as of a moment agrees with an oracle."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.features.offline import spine_index
from keepfit.features.offline.columns import Values
from keepfit.features.offline.newest_value import NewestValue
from keepfit.features.offline.spine_index import Ints, SpineIndex
from tests.drawn import examples


class Event(NamedTuple):
    entity: int
    happened: int
    known: int
    value: int | None


class Column:
    """Values of events as a batch has them."""

    def __init__(self, values: list[int | None]) -> None:
        self._values = np.array([value or 0 for value in values], np.int64)
        self._present = np.array([value is not None for value in values], np.bool_)

    def take(self, rows: Ints) -> Values:
        return Values(self._values.take(rows), self._present.take(rows))


@pytest.fixture(scope="module", autouse=True, params=[3, 1 << 14])
def _slots_at_a_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Few slots, so that an entity goes on from one block to the next, and as many as in earnest."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(spine_index, "_BLOCK", request.param)
        yield


_ENTITIES = 3
# Microseconds, seconds, and spans that do not fit one number together with the entity.
_scales = st.sampled_from([1, 1_000_000, 10**15])
_events = st.builds(
    lambda entity, happened, until_known, value: Event(entity, happened, happened + until_known, value),
    st.integers(0, _ENTITIES - 1),
    st.integers(0, 40),
    st.integers(-6, 12),
    st.none() | st.integers(0, 3),
)
_moments = st.tuples(st.integers(-1, _ENTITIES - 1), st.integers(0, 60))


@examples(200)
@given(
    events=st.lists(_events, max_size=40),
    moments=st.lists(_moments, min_size=1, max_size=30),
    timely=st.lists(st.booleans(), min_size=40, max_size=40),
    size=st.integers(1, 12),
    delay=st.sampled_from([0, 3, 10]),
    ttl=st.sampled_from([0, 1, 10, 3000]),
    scale=_scales,
)
def test_each_moment_gets_the_newest_event_that_counted_in_time(
    events: list[Event],
    moments: list[tuple[int, int]],
    timely: list[bool],
    size: int,
    delay: int,
    ttl: int,
    scale: int,
) -> None:
    """Batches say when their events were known, or that all were when they happened."""
    events = [
        event._replace(known=event.happened) if timely[place // size] else event
        for place, event in enumerate(events)
    ]
    events = [e._replace(happened=e.happened * scale, known=e.known * scale) for e in events]
    moments = [(entity, at * scale) for entity, at in moments]
    delay, ttl = delay * scale, ttl * scale
    newest = NewestValue(_index(moments), delay=delay, ttl=ttl, kinds=[np.int64])
    for start in range(0, len(events), size):
        _add(newest, events[start : start + size], timely=timely[start // size])
    assert _found(newest) == [_oracle(events, entity, at, delay=delay, ttl=ttl) for entity, at in moments]


@examples(50)
@given(seed=st.integers(0, 2**32 - 1))
def test_moments_that_crowd_in_one_instant_of_a_long_span_are_found(seed: int) -> None:
    random = np.random.default_rng(seed)
    moments = [(0, 0), (0, 10**12), *((0, 5 * 10**11 + int(random.integers(0, 50))) for _ in range(200))]
    events = [
        Event(0, at, at, value) for value, at in enumerate(5 * 10**11 + random.integers(-20, 60, 100)) if at
    ]
    newest = NewestValue(_index(moments), delay=0, ttl=10**6, kinds=[np.int64])
    _add(newest, events, timely=True)
    assert _found(newest) == [_oracle(events, entity, at, delay=0, ttl=10**6) for entity, at in moments]


def test_entities_and_spans_may_be_many_and_long() -> None:
    random, century = np.random.default_rng(0), 100 * 365 * 86_400 * 10**6
    entities = 2**62 // century + 1
    moments = [(entity, int(at)) for entity in (0, 7, entities - 1) for at in random.integers(0, century, 40)]
    events = [
        Event(entity, happened, happened + int(random.integers(-century, century) // 50), value)
        for value, (entity, happened) in enumerate(moments)
    ]
    newest = NewestValue(_index(moments, entities=entities), delay=0, ttl=century // 20, kinds=[np.int64])
    _add(newest, events, timely=False)
    oracle = [_oracle(events, entity, at, delay=0, ttl=century // 20) for entity, at in moments]
    assert _found(newest) == oracle
    assert 20 < sum(value is not None for value in oracle) < 120


def test_events_of_one_instant_are_settled_feature_by_feature() -> None:
    newest = NewestValue(_index([(0, 10)]), delay=0, ttl=100, kinds=[np.int64, np.int64])
    first, second = [2, 3, None, 3], [9, 1, 9, 2]
    at = np.array([5, 5, 5, 5])
    for rows in ([0], [1, 2], [3]):
        columns = [Column([feature[row] for row in rows]) for feature in (first, second)]
        newest.add(np.zeros(len(rows), np.int64), at[rows], None, columns)
    assert [values.values.tolist() for values in newest.found()] == [[3], [2]]


def test_a_spine_without_rows_finds_nothing() -> None:
    newest = NewestValue(_index([]), delay=0, ttl=1, kinds=[np.int64])
    assert _found(newest) == []


def test_one_entity_may_have_all_rows_and_another_a_single_one() -> None:
    random = np.random.default_rng(1)
    moments = [(1, int(at)) for at in random.integers(0, 10**6, 400)] + [(2, 5 * 10**5)]
    events = [
        Event(entity, at, at + int(random.integers(-50, 2000)), value)
        for value, at in enumerate(map(int, random.integers(0, 10**6, 300)))
        for entity in range(_ENTITIES)
    ]
    newest = NewestValue(_index(moments), delay=10, ttl=20_000, kinds=[np.int64])
    for start in range(0, len(events), 250):
        _add(newest, events[start : start + 250], timely=False)
    assert _found(newest) == [_oracle(events, entity, at, delay=10, ttl=20_000) for entity, at in moments]


@pytest.mark.parametrize(
    ("least", "most", "bytes_each"), [(-128, 127, 1), (-129, 0, 2), (0, 128, 2), (-(2**15), 2**15, 4)]
)
def test_numbers_below_and_above_zero_take_as_few_bytes_as_they_fit(
    least: int, most: int, bytes_each: int
) -> None:
    numbers = np.array([least, 0, most], np.int64)
    narrowed = spine_index._narrowed(numbers)
    assert narrowed.itemsize == bytes_each
    assert narrowed.tolist() == numbers.tolist()


@pytest.mark.parametrize("batches", [5, 50])
def test_memory_does_not_grow_with_the_events(batches: int) -> None:
    random = np.random.default_rng(0)
    moments = [(entity, int(at)) for entity in range(_ENTITIES) for at in random.integers(0, 10**9, 1000)]
    newest = NewestValue(_index(moments), delay=0, ttl=10**9, kinds=[np.int64])
    tracemalloc.start()
    for _ in range(batches):
        happened = random.integers(0, 10**9, 20_000)
        column = Column([1] * len(happened))
        newest.add(random.integers(0, _ENTITIES, len(happened)), happened, None, [column])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * 2**20  # a batch and what it is compared with


def _index(moments: list[tuple[int, int]], *, entities: int = _ENTITIES) -> SpineIndex:
    codes, instants = (
        np.array(column, np.int64) for column in (zip(*moments, strict=True) if moments else ([], []))
    )
    return SpineIndex(codes, instants, entities=entities)


def _add(newest: NewestValue, events: list[Event], *, timely: bool) -> None:
    codes, happened, known = (
        np.array([event[position] for event in events], np.int64) for position in range(3)
    )
    newest.add(codes, happened, None if timely else known, [Column([event.value for event in events])])


def _found(newest: NewestValue) -> list[int | None]:
    [found] = newest.found()
    return [
        int(value) if there else None for value, there in zip(found.values, found.presence(), strict=True)
    ]


def _oracle(events: list[Event], entity: int, moment: int, *, delay: int, ttl: int) -> int | None:
    seen = moment - delay
    counted = [
        (event.happened, event.known, -1 if event.value is None else event.value)
        for event in events
        if event.entity == entity and max(event.happened, event.known) <= seen
    ]
    if not counted:
        return None
    happened, _, value = max(counted)
    return None if value < 0 or happened < seen - ttl else value
