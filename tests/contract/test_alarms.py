"""The contract of Alarms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.cloudwatch_alarms import CloudWatchAlarms
from keepfit.adapters.memory.training import MemoryAlarms
from keepfit.instants import now
from keepfit.monitoring.ports import AlarmStates
from keepfit.training.runs.ports import Alarms

SetState = Callable[[str], None]


class WatchedAlarms(Alarms, AlarmStates, Protocol):
    """What one adapter is for both nouns."""


@pytest.fixture(params=["memory", "cloudwatch"])
def watched(request: pytest.FixtureRequest) -> tuple[WatchedAlarms, SetState]:
    if request.param == "memory":
        memory = MemoryAlarms()

        def become(state: str) -> None:
            memory.standing = {"drift": now()} if state == "ALARM" else {}
            memory.quiet = {"drift"} if state == "OK" else set()

        return memory, become
    request.getfixturevalue("aws")
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="drift",
        Namespace="keepfit",
        MetricName="worst_drift",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.25,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    return CloudWatchAlarms(), lambda state: cloudwatch.set_alarm_state(
        AlarmName="drift", StateValue=state, StateReason="test"
    )


def test_an_alarm_stands_since_it_went_to_alarm(watched: tuple[WatchedAlarms, SetState]) -> None:
    alarms, become = watched
    become("ALARM")
    since = alarms.standing_since("drift")
    assert since is not None
    assert since.tzinfo is UTC
    assert abs(datetime.now(UTC) - since) < timedelta(minutes=1)


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_an_alarm_in_another_state_does_not_stand(
    watched: tuple[WatchedAlarms, SetState], state: str
) -> None:
    alarms, become = watched
    become("ALARM")
    become(state)
    assert alarms.standing_since("drift") is None


def test_an_alarm_that_does_not_exist_does_not_stand(watched: tuple[WatchedAlarms, SetState]) -> None:
    alarms, become = watched
    become("ALARM")
    assert alarms.standing_since("decay") is None


@pytest.mark.parametrize("state", ["OK", "ALARM", "INSUFFICIENT_DATA"])
def test_an_alarm_is_in_the_state_that_it_went_to_last(
    watched: tuple[WatchedAlarms, SetState], state: str
) -> None:
    alarms, become = watched
    become("ALARM")
    become(state)
    assert alarms.states(["drift"]) == {"drift": state}


def test_of_an_alarm_that_does_not_exist_no_data_is_known(watched: tuple[WatchedAlarms, SetState]) -> None:
    alarms, become = watched
    become("OK")
    assert alarms.states(["drift", "decay"]) == {"drift": "OK", "decay": "INSUFFICIENT_DATA"}
