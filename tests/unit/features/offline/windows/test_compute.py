"""Aggregates of windows, against an oracle that looks at every event for every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keepfit.features.offline.columns import Values
from keepfit.features.offline.windows import parts
from keepfit.features.offline.windows.asking_rows import AskingRows
from keepfit.features.offline.windows.compute import Wanted, compute
from keepfit.features.offline.windows.events import NEVER, Events
from keepfit.features.offline.windows.registry import COMPUTES
from tests.unit.features.offline.windows.oracle import Event, answer

_ENTITIES = 3


@pytest.fixture(scope="module", autouse=True, params=[6, 500_000])
def _events_at_once(request: pytest.FixtureRequest) -> Iterator[None]:
    """Few events, so that entities are computed one after the other, and as many as in earnest."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parts, "EVENTS_AT_ONCE", request.param)
        yield


_WINDOWS = (0, 1, 5, 12, 100)
_QS = (0.0, 0.3, 0.5, 0.9, 1.0)
# Microseconds, seconds, and spans that do not fit one number together with the entity.
_scales = st.sampled_from([1, 1_000_000, 10**15])
_values = st.none() | st.sampled_from([0.0, -0.1, 0.1, 0.2, 1e-9, 3.0, 1e6, -1e6])
_replaced = st.none() | st.integers(0, 15)
Moment = tuple[int, int]


@st.composite
def _events(draw: Any) -> Event:
    entity, happened = draw(st.integers(0, _ENTITIES - 1)), draw(st.integers(0, 20))
    known = happened + draw(st.just(0) | st.integers(-6, 12))
    replaced = draw(_replaced)
    return Event(entity, happened, known, draw(_values), None if replaced is None else known + replaced)


_moments = st.tuples(st.integers(-1, _ENTITIES - 1), st.integers(-1, 40))


def _wanted(scale: int) -> list[Wanted]:
    return [
        Wanted(aggregate, 0, window * scale, q)
        for aggregate in COMPUTES
        if aggregate != "share_of"
        for window in _WINDOWS
        for q in (_QS if aggregate == "quantile" else [None])
    ]


def _computed(
    events: Sequence[Event], moments: Sequence[Moment], wanted: Sequence[Wanted], entities: int = _ENTITIES
) -> list[list[Any]]:
    """For each aggregate its values at the moments, None where missing."""
    column = [event.value for event in events]
    present = np.array([value is not None for value in column], np.bool_)
    given = Events(
        codes=_ints(event.entity for event in events),
        happened=_ints(event.happened for event in events),
        known=_ints(e.known for e in events) if any(e.known != e.happened for e in events) else None,
        replaced=_ints(NEVER if e.replaced is None else e.replaced for e in events)
        if any(e.replaced is not None for e in events)
        else None,
        columns=(Values(np.array([value or 0 for value in column]), None if present.all() else present),),
    )
    rows = AskingRows.of(_ints(e for e, _ in moments), _ints(at for _, at in moments), entities=entities)
    found = []
    for values in compute(rows, given, wanted):
        in_order = np.empty(len(moments), object)
        in_order[rows.place] = np.where(values.presence(), values.values.astype(object), None)
        found.append(in_order.tolist())
    return found


def _ints(values: Any) -> Any:
    return np.array(list(values), np.int64)


@settings(max_examples=80, deadline=None)
@given(
    events=st.lists(_events(), max_size=30),
    moments=st.lists(_moments, min_size=1, max_size=12),
    scale=_scales,
)
@example(events=[Event(0, 5, 5, 1e6), Event(0, 5, 9, 0.1)], moments=[(0, 5), (0, 9), (0, 10)], scale=1)
@example(events=[Event(0, 5, 5, 0.1, 9), Event(0, 5, 5, -0.1)], moments=[(0, 8), (0, 9)], scale=1)
def test_every_aggregate_is_of_what_was_known_and_held(
    events: list[Event], moments: list[Moment], scale: int
) -> None:
    events = [
        Event(
            e.entity,
            e.happened * scale,
            e.known * scale,
            e.value,
            None if e.replaced is None else e.replaced * scale,
        )
        for e in events
    ]
    moments = [(entity, at * scale) for entity, at in moments]
    wanted = _wanted(scale)
    for one, found in zip(wanted, _computed(events, moments, wanted), strict=True):
        expected = [
            answer(events, entity, at, aggregate=one.aggregate, window=one.window, parameter=one.parameter)
            for entity, at in moments
        ]
        if one.aggregate == "std":
            expected = [
                None if value is None else pytest.approx(value, rel=1e-9, abs=1e-9) for value in expected
            ]
        assert found == expected, one


_sizes = st.floats(-1e30, 1e30).filter(lambda value: abs(value) > 1e-200)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(_sizes | st.integers(-(10**9), 10**9).map(float), min_size=1, max_size=40))
@example(values=[1e30, 1.0, -1e30])
@example(values=[2.0**53, 1.0, 2.0**-60])
@example(values=[1.0, 2.0**-53, 2.0**-105, 2.0**-200])
def test_sums_are_rounded_once_whatever_their_sizes(values: list[float]) -> None:
    events = [Event(0, place, place, value) for place, value in enumerate(values)]
    moments = [(0, place) for place in range(len(values))]
    for window in (0, 2, 50):
        [found] = _computed(events, moments, [Wanted("sum", 0, window)])
        assert found == [answer(events, 0, at, aggregate="sum", window=window) for _, at in moments]


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 + 0.1, -1e-300, 12345.678])
def test_what_never_changes_has_no_deviation(value: float) -> None:
    events = [Event(0, place, place, value) for place in range(50)]
    [found] = _computed(
        [*events, Event(1, 0, 0, 1e12)], [(0, place) for place in range(1, 50)], [Wanted("std", 0, 9)]
    )
    assert found == [0.0] * 49


@pytest.mark.parametrize("seed", range(3))
def test_many_events_of_many_entities(seed: int) -> None:
    random = np.random.default_rng(seed)
    events = [
        Event(
            int(entity),
            int(happened),
            int(happened + max(0, late)),
            None if late % 7 == 0 else round(float(value), 3),
            int(happened + 900) if late % 11 == 0 else None,
        )
        for entity, happened, late, value in zip(
            random.integers(0, 20, 2000),
            random.integers(0, 1000, 2000),
            random.integers(-300, 300, 2000),
            random.normal(0, 1000, 2000),
            strict=True,
        )
    ]
    moments = [
        (int(e), int(at))
        for e, at in zip(random.integers(0, 20, 60), random.integers(0, 1500, 60), strict=True)
    ]
    wanted = [
        Wanted(name, 0, 400, 0.9 if name == "quantile" else None) for name in COMPUTES if name != "share_of"
    ]
    for one, found in zip(wanted, _computed(events, moments, wanted, entities=20), strict=True):
        expected = [
            answer(events, entity, at, aggregate=one.aggregate, window=400, parameter=one.parameter)
            for entity, at in moments
        ]
        if one.aggregate == "std":
            expected = [None if value is None else pytest.approx(value, rel=1e-12) for value in expected]
        assert found == expected, one
