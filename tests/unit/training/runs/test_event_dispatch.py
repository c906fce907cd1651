"""One event for many models, some of which are gone and some of which cannot be reached just now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.adapters.memory.training import MemoryFunctions, MemoryStarts, MemorySubscriptions
from keepfit.errors import ServiceUnavailable, Throttled
from keepfit.training.runs.event_dispatch import Dispatch, Dispatched
from tests.unit.training.runs.test_event_routing import ended, event, subscription

_NEWS = event("keepfit", "Dataset Updated", dataset="flights", version=3)
_MODELS = tuple(f"model_{n}" for n in range(6))


class Flaky(MemoryStarts):
    """Starts that fail so many times for a machine; with ``after``, once they were made."""

    def __init__(self, machines: set[str], failures: dict[str, int], after: bool) -> None:
        super().__init__(machines=machines)
        self.failures, self.after = dict(failures), after
        self.calls: list[str] = []

    def start(self, machine: str, name: str, event: Mapping[str, Any]) -> bool:
        self.calls.append(machine)
        if not self.failures.get(machine):
            return super().start(machine, name, event)
        self.failures[machine] -= 1
        if self.after:
            super().start(machine, name, event)
        raise Throttled("asked to slow down")


def dispatch_of(starts: MemoryStarts, functions: MemoryFunctions | None = None) -> Dispatch:
    subscriptions = [subscription(model, "flights") for model in _MODELS]
    return Dispatch(
        subscriptions=MemorySubscriptions(subscriptions=subscriptions),
        starts=starts,
        functions=functions or MemoryFunctions(),
        record=lambda done: None,
    )


def machine(model: str) -> str:
    return subscription(model).machine


@given(
    st.dictionaries(st.sampled_from(_MODELS), st.integers(0, 2)),
    st.sets(st.sampled_from(_MODELS)),
    st.booleans(),
)
def test_an_event_delivered_until_it_is_taken_starts_one_execution_of_each_model_that_is_there(
    failures: dict[str, int], gone: set[str], after: bool
) -> None:
    there = {machine(model) for model in _MODELS if model not in gone}
    starts = Flaky(there, {machine(m): n for m, n in failures.items() if m not in gone}, after)
    dispatch = dispatch_of(starts)
    for _ in range(3):
        left = {model for model in _MODELS if starts.failures.get(machine(model))}
        calls = len(starts.calls)
        if left:
            with pytest.raises(ServiceUnavailable, match=f"did not reach {len(left)} of the models"):
                dispatch.dispatch(_NEWS)
        else:
            done = dispatch.dispatch(_NEWS)
            assert {each.model for each in done if each.outcome == "gone"} == gone
        assert len(starts.calls) == calls + len(_MODELS), "one model's trouble held up another"
    assert set(starts.started) == {(each, _NEWS["id"]) for each in there}
    assert all(told == _NEWS for told in starts.started.values())


def test_a_model_whose_machine_is_gone_leaves_the_reason_and_the_others_are_started() -> None:
    starts = MemoryStarts(machines={machine(model) for model in _MODELS[1:]})
    done = dispatch_of(starts).dispatch(_NEWS)
    assert done[0] == Dispatched(
        model="model_0", outcome="gone", reason=f"there is no state machine {machine('model_0')}"
    )
    assert [each.outcome for each in done[1:]] == ["started"] * 5


def test_what_was_done_is_recorded_though_another_model_fails() -> None:
    starts = Flaky({machine(model) for model in _MODELS}, {machine("model_2"): 1}, after=False)
    recorded: list[Dispatched] = []
    subscriptions = MemorySubscriptions(subscriptions=[subscription(model, "flights") for model in _MODELS])
    dispatch = Dispatch(
        subscriptions=subscriptions, starts=starts, functions=MemoryFunctions(), record=recorded.append
    )
    with pytest.raises(ServiceUnavailable, match="model_2: asked to slow down"):
        dispatch.dispatch(_NEWS)
    assert [(each.model, each.outcome) for each in recorded] == [
        (model, "started") for model in _MODELS if model != "model_2"
    ]
    assert [each.outcome for each in dispatch.dispatch(_NEWS)] == [
        "started" if model == "model_2" else "started before" for model in _MODELS
    ]


def test_another_event_is_another_execution() -> None:
    starts = MemoryStarts(machines={machine(model) for model in _MODELS})
    for told in (_NEWS, {**_NEWS, "id": "8"}):
        assert {each.outcome for each in dispatch_of(starts).dispatch(told)} == {"started"}


def test_after_an_execution_that_ended_badly_one_function_that_is_gone_does_not_stop_the_other() -> None:
    close = subscription("model_1").close_run
    functions = MemoryFunctions(functions={close})
    done = dispatch_of(MemoryStarts(), functions).dispatch(ended(machine("model_1"), "TIMED_OUT"))
    assert [(each.model, each.outcome) for each in done] == [("model_1", "gone"), ("model_1", "invoked")]
    assert [name for name, _ in functions.invoked] == [close]
