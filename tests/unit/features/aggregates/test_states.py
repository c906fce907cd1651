"""States of windows: merged of parts in any order, they give what the whole gives."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepfit.features.aggregates.base import Aggregate, Event, Events
from keepfit.features.aggregates.distinct import MOST_EXACT, STANDARD_ERROR
from keepfit.features.aggregates.quantile import RELATIVE_ERROR, SMALLEST
from keepfit.features.aggregates.registry import MODULES, aggregate_of
from tests.unit.features.offline.windows import oracle

_numbers = st.floats(allow_nan=False, allow_infinity=False, width=32) | st.integers(-(2**53), 2**53)
_events = st.builds(Event, _numbers, st.integers(0, 5), st.integers(0, 3))
_parts = st.lists(st.lists(_events, max_size=6), max_size=6)
_PARAMETERS: dict[str, Any] = {"quantile": 0.7, "share_of": 0}


def _state(aggregate: Aggregate[Any], events: Sequence[Event], parameter: Any) -> Any:
    state = aggregate.zero()
    for event in events:
        state = aggregate.add(state, event, parameter)
    # As a store keeps it.
    return json.loads(json.dumps(state))


@pytest.mark.parametrize("name", MODULES)
@settings(max_examples=60, deadline=None)
@given(parts=_parts, order=st.randoms())
def test_parts_that_are_merged_in_any_order_are_the_whole(
    name: str, parts: list[list[Event]], order: Any
) -> None:
    aggregate, parameter = aggregate_of(name), _PARAMETERS.get(name)
    whole = _state(aggregate, [event for part in parts for event in part], parameter)
    order.shuffle(parts)
    merged = aggregate.zero()
    for part in parts:
        merged = aggregate.merge(merged, _state(aggregate, part, parameter))
    assert aggregate.finish(merged, parameter) == aggregate.finish(whole, parameter)


@pytest.mark.parametrize("name", MODULES)
@settings(max_examples=30, deadline=None)
@given(parts=_parts, single=st.lists(_events, max_size=6))
def test_parts_and_single_rows_together_are_the_whole_and_parts_stay_as_they_are(
    name: str, parts: list[list[Event]], single: list[Event]
) -> None:
    aggregate, parameter = aggregate_of(name), _PARAMETERS.get(name)
    states = [_state(aggregate, part, parameter) for part in parts]
    before = json.dumps(states)
    rows = Events(*map(list, zip(*single, strict=True))) if single else Events([], [], [])
    found = aggregate.finish(aggregate.together(states, rows, parameter), parameter)
    whole = _state(aggregate, [event for part in [*parts, single] for event in part], parameter)
    assert found == aggregate.finish(whole, parameter)
    assert json.dumps(states) == before


@settings(max_examples=100, deadline=None)
@given(values=st.lists(_numbers, min_size=2, max_size=20))
def test_sums_and_deviations_are_rounded_once(values: list[float]) -> None:
    events = [Event(value) for value in values]
    exact = sum(map(Fraction, values))
    found = {
        name: aggregate_of(name).finish(_state(aggregate_of(name), events, None))
        for name in ("sum", "mean", "std")
    }
    assert found["sum"] == float(exact) == math.fsum(values)
    assert found["mean"] == float(exact) / len(values)
    variance = statistics.variance(map(Fraction, values))
    assert found["std"] == pytest.approx(math.sqrt(variance), rel=1e-15)


@pytest.mark.parametrize("name", MODULES)
def test_an_empty_window_has_no_rows_and_no_values(name: str) -> None:
    aggregate = aggregate_of(name)
    expected = 0 if name in ("count", "distinct") else None
    assert aggregate.finish(aggregate.zero(), _PARAMETERS.get(name)) == expected


def test_one_value_has_no_deviation() -> None:
    std = aggregate_of("std")
    assert std.finish(std.add(std.zero(), Event(3.0))) is None


def test_of_one_event_the_value_known_last_counts_and_of_those_known_at_once_the_largest() -> None:
    events = [Event("b", 1, 5), Event("a", 1, 6), Event("c", 1, 6), Event("z", 2, 2), Event("d", 2, 1)]
    found = [
        aggregate_of(name).finish(_state(aggregate_of(name), events, None)) for name in ("first", "last")
    ]
    assert found == ["c", "z"]


@settings(max_examples=100, deadline=None)
@given(values=st.lists(_numbers, min_size=1, max_size=30), q=st.floats(0, 1))
def test_a_quantile_is_within_its_bound_of_the_value_of_that_rank(values: list[float], q: float) -> None:
    quantile = aggregate_of("quantile")
    found = quantile.finish(_state(quantile, [Event(value) for value in values], q), q)
    exact = sorted(values)[max(1, math.ceil(q * len(values) - 1e-9)) - 1]
    assert abs(found - exact) <= max(RELATIVE_ERROR * 1.000001 * abs(exact), SMALLEST)


@pytest.mark.parametrize("count", [0, 1, MOST_EXACT, 1_000, 20_000])
def test_different_values_are_counted_exactly_while_they_are_few_and_within_a_bound_then(count: int) -> None:
    distinct = aggregate_of("distinct")
    state = distinct.zero()
    for start in range(0, count, 200):
        values = range(start, min(start + 200, count))
        part = distinct.zero()
        for value in values:
            part = distinct.add(part, Event(f"value {value}"))
        state = distinct.merge(distinct.merge(state, part), part)
    bound = 0 if count <= MOST_EXACT else 5 * STANDARD_ERROR * count
    assert abs(distinct.finish(state) - count) <= bound


def test_equal_numbers_of_any_type_are_one_value() -> None:
    distinct = aggregate_of("distinct")
    events = [Event(value) for value in (1, 1.0, True, 0.0, -0.0, 2**53, 2**53 - 1, "1")]
    assert distinct.finish(_state(distinct, events, None)) == 5


def test_a_share_is_of_the_values_that_are_there() -> None:
    share = aggregate_of("share_of")
    events = [Event(value) for value in ("cancelled", "flown", "flown", "cancelled", "flown")]
    assert share.finish(_state(share, events, "cancelled"), "cancelled") == 0.4


@pytest.mark.parametrize("name", [name for name in MODULES if aggregate_of(name).exact])
@settings(max_examples=40, deadline=None)
@given(events=st.lists(_events, max_size=12))
def test_a_state_gives_what_a_training_set_has(name: str, events: list[Event]) -> None:
    aggregate, at = aggregate_of(name), 10
    held = [oracle.Event(0, event.happened, event.known, event.value) for event in events]
    if name == "share_of":
        held = [event._replace(value=event.value == 0) for event in held]
    expected = oracle.answer(held, 0, at, aggregate=name, window=at)
    found = aggregate.finish(_state(aggregate, events, 0), 0)
    assert found == (
        pytest.approx(expected, rel=1e-14) if name == "std" and expected is not None else expected
    )
