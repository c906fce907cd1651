"""The contract of CanaryRequests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.cloudwatch_requests import CloudWatchRequests
from keepfit.adapters.aws.container_resources import ContainerResources
from keepfit.adapters.aws.load_balancer_requests import LoadBalancerRequests
from keepfit.adapters.memory.serving import MemoryRequests
from keepfit.serving.release.canary import RequestCounts
from keepfit.serving.release.ports import CanaryRequests
from keepfit.serving.release.slots import Placement, Slot
from tests.contract.containers import placement

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(minutes=10)
Answered = Callable[..., None]
FINE, FAILED = "fine", "failed"


@pytest.fixture(params=["memory", "cloudwatch", "load balancer"])
def places(request: pytest.FixtureRequest) -> tuple[CanaryRequests, Answered]:
    if request.param == "memory":
        memory = MemoryRequests()
        return memory, lambda version, at, how, took=4.0: memory.answered.append(
            (version, at, how == FAILED, took)
        )
    if request.param == "load balancer":
        resources: ContainerResources = request.getfixturevalue("container_resources")
        seen = placement().get()
        placement().replace(seen, Placement(slots={"blue": "2", "green": "3"}))
        return LoadBalancerRequests(resources=resources, record=placement()), _answered_behind(resources)
    request.getfixturevalue("aws")
    return CloudWatchRequests(function="predict"), _answered_on_lambda


def _answered_behind(resources: ContainerResources, kind: str = "live") -> Answered:
    def answered(version: str, at: datetime, how: str, took: float = 4.0) -> None:
        slot: Slot = "blue" if version == "2" else "green"
        put(resources, slot, "RequestCount", 1, at, kind)
        put(resources, slot, "HTTPCode_Target_5XX_Count", how == FAILED, at, kind)
        put(resources, slot, "TargetResponseTime", took / 1000, at, kind)

    return answered


def put(
    resources: ContainerResources, slot: Slot, metric: str, value: float, at: datetime, kind: str = "live"
) -> None:
    """A value of a metric of a slot's target group, as AWS puts it."""
    balancer = "/".join(resources.live.rpartition(":")[2].split("/")[1:4])
    names = {
        "LoadBalancer": balancer,
        "TargetGroup": getattr(resources.slots[slot], kind).rpartition(":")[2],
    }
    dimensions = [{"Name": name, "Value": value} for name, value in names.items()]
    datum = {"MetricName": metric, "Dimensions": dimensions, "Timestamp": at, "Value": float(value)}
    client("cloudwatch").put_metric_data(Namespace="AWS/ApplicationELB", MetricData=[datum])


def _answered_on_lambda(
    version: str, at: datetime, how: str, took: float = 4.0, resource: str = "predict:live"
) -> None:
    names = {"FunctionName": "predict", "Resource": resource, "ExecutedVersion": version}
    dimensions = [{"Name": name, "Value": value} for name, value in names.items()]
    for metric, value in (("Invocations", 1), ("Errors", int(how == FAILED)), ("Duration", took)):
        client("cloudwatch").put_metric_data(
            Namespace="AWS/Lambda",
            MetricData=[{"MetricName": metric, "Dimensions": dimensions, "Timestamp": at, "Value": value}],
        )


def test_no_requests_are_zero(places: tuple[CanaryRequests, Answered]) -> None:
    counts = places[0].count("3", since=SINCE, until=NOW)
    assert counts == RequestCounts(requests=0, failures=0)


def test_requests_and_failures_are_summed_over_the_window(places: tuple[CanaryRequests, Answered]) -> None:
    requests, answered = places
    for minute in range(10):
        answered("3", SINCE + timedelta(minutes=minute, seconds=5), FINE if minute % 4 else FAILED)
    assert requests.count("3", since=SINCE, until=NOW) == RequestCounts(
        requests=10, failures=3, duration_ms=4.0
    )


def test_other_versions_and_earlier_requests_do_not_count(places: tuple[CanaryRequests, Answered]) -> None:
    requests, answered = places
    answered("2", SINCE + timedelta(minutes=2), FAILED)
    answered("3", SINCE - timedelta(minutes=5), FAILED)
    answered("3", NOW, FINE)
    assert requests.count("3", since=SINCE, until=NOW) == RequestCounts(
        requests=1, failures=0, duration_ms=4.0
    )


def test_a_minute_of_slow_starts_is_not_how_long_requests_take(
    places: tuple[CanaryRequests, Answered],
) -> None:
    requests, answered = places
    for minute, durations in enumerate([(900.0, 20.0), (4.0, 6.0), (8.0,)]):
        for took in durations:
            answered("3", SINCE + timedelta(minutes=minute, seconds=5), FINE, took)
    assert requests.count("3", since=SINCE, until=NOW).duration_ms == 8.0


def test_golden_requests_which_name_the_version_do_not_count(aws: None) -> None:
    _answered_on_lambda("3", NOW, FAILED, resource="predict:3")
    counts = CloudWatchRequests(function="predict").count("3", since=SINCE, until=NOW)
    assert counts == RequestCounts(requests=0, failures=0)


def test_what_tests_ask_of_a_release_in_a_container_does_not_count(
    container_resources: ContainerResources,
) -> None:
    placement().replace(placement().get(), Placement(slots={"green": "3"}))
    _answered_behind(container_resources, "next")("3", NOW, FAILED)
    requests = LoadBalancerRequests(resources=container_resources, record=placement())
    assert requests.count("3", since=SINCE, until=NOW) == RequestCounts(requests=0, failures=0)


def test_what_another_release_did_in_the_minute_in_which_it_left_its_slot_does_not_count(
    container_resources: ContainerResources,
) -> None:
    """Target groups are counted by the minute, and a slot may be another release's before a minute is over."""
    minute, answered = SINCE.replace(second=0), _answered_behind(container_resources)
    taken = Placement(slots={"green": "3"}, taken_at={"green": minute + timedelta(seconds=20)})
    placement().replace(placement().get(), taken)
    for second, how in ((10, FAILED), (40, FINE), (75, FINE)):
        answered("3", minute + timedelta(seconds=second), how)
    requests, since = LoadBalancerRequests(resources=container_resources, record=placement()), minute
    for until, found in ((minute, 0), (minute + timedelta(minutes=1), 1), (NOW, 1)):
        counts = requests.count("3", since=since, until=until)
        assert (counts.requests, counts.failures) == (found, 0)


def test_a_release_that_is_in_no_slot_was_asked_nothing(container_resources: ContainerResources) -> None:
    requests = LoadBalancerRequests(resources=container_resources, record=placement())
    assert requests.count("9", since=SINCE, until=NOW) == RequestCounts(requests=0, failures=0)


@pytest.mark.parametrize(("healthy", "down"), [((1, 0), False), ((0, 0), True)])
def test_a_release_without_a_healthy_task_for_a_whole_minute_is_down(
    container_resources: ContainerResources, healthy: tuple[int, int], down: bool
) -> None:
    placement().replace(placement().get(), Placement(slots={"green": "3"}))
    for number in healthy:
        put(container_resources, "green", "HealthyHostCount", number, NOW)
    requests = LoadBalancerRequests(resources=container_resources, record=placement())
    assert requests.count("3", since=SINCE, until=NOW).down is down
