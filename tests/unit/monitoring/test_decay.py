"""Decay is published as far as it is sure, and its alarms stand for as long as it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.adapters.memory.monitoring import MemoryMetrics
from keepfit.evaluation.tasks.registry import LISTINGS, training_task_of
from keepfit.monitoring.decay import DecayAlarm, DecayWatch, least_decay
from keepfit.monitoring.metrics import DECAY, ESTIMATED_DECAY
from keepfit.tasks.spec import TaskSpec

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
METRICS = [
    metric
    for kind in LISTINGS
    for metric in training_task_of(TaskSpec(kind=kind, classes=["a", "b"])).metrics.values()
]
figures = st.floats(0.01, 0.99)


@given(st.sampled_from(METRICS), figures, figures, figures)
def test_decay_is_what_even_the_better_end_of_an_interval_lacks(
    metric: Any, judged: float, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    decay = least_decay(metric, judged, (low, high))
    worse = judged - high if metric.greater_is_better else low - judged
    assert decay == pytest.approx(max(0.0, worse))
    if low <= judged <= high:
        assert decay == 0


def test_decay_of_what_chance_alone_makes_is_hardly_ever_published() -> None:
    accuracy = training_task_of(TaskSpec(kind="binary")).metrics["accuracy"]
    random = np.random.default_rng(0)
    values = random.normal(0.8, 0.01, 2_000)
    found = [least_decay(accuracy, 0.8, (value - 0.0196, value + 0.0196)) for value in values]
    assert np.mean(np.array(found) > 0) == pytest.approx(0.025, abs=0.01)


@dataclass(slots=True)
class World:
    """A model with both alarms on decay."""

    stands: dict[str, datetime] = field(default_factory=dict)
    metrics: MemoryMetrics = field(default_factory=MemoryMetrics)
    sent: list[str] = field(default_factory=list)

    def standing_since(self, alarm: str) -> datetime | None:
        return self.stands.get(alarm)

    def put(self, detail_type: str, detail: dict[str, Any]) -> None:
        assert detail_type == "Alarm Standing"
        assert (detail["model"], detail["since"]) == ("m", "2026-01-01T00:00:00.000000Z")
        self.sent.append(detail["alarm"])

    def turn(self, *, repeats: bool = True, **found: float | None) -> bool:
        watch = DecayWatch(
            model="m",
            watched={
                DECAY: DecayAlarm(name="m-decay", threshold=0.05),
                ESTIMATED_DECAY: DecayAlarm(name="m-estimated-decay", threshold=0.02),
            },
            alarms=self,
            metrics=self.metrics,
            events=self,
        )
        return watch.publish(found, watch.standing(), repeats=repeats)


def test_what_is_known_is_published_and_an_alarm_that_this_turn_raises_tells_of_itself() -> None:
    world = World()
    assert not world.turn(decay=None, estimated_decay=0.3)
    assert not world.turn(decay=0.0, estimated_decay=0.0)
    assert not world.turn(decay=None, estimated_decay=None)
    assert world.metrics.decays == [{ESTIMATED_DECAY: 0.3}, {DECAY: 0.0, ESTIMATED_DECAY: 0.0}]
    assert world.sent == []


def test_an_alarm_that_stands_is_repeated_while_decay_lasts_and_no_longer() -> None:
    world = World(stands={"m-decay": SINCE})
    assert world.turn(decay=0.05, estimated_decay=0.3)
    assert world.sent == ["m-decay"]
    assert not world.turn(decay=0.04)
    assert not world.turn(decay=None)
    assert world.sent == ["m-decay"]


def test_after_a_release_decay_is_published_and_nothing_repeated() -> None:
    world = World(stands={"m-decay": SINCE})
    assert not world.turn(repeats=False, decay=0.2)
    assert (world.metrics.decays, world.sent) == ([{DECAY: 0.2}], [])
