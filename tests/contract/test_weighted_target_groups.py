"""Weights of target groups beside the contract of LiveRouting: slots, tasks and rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.container_resources import ContainerResources
from keepfit.adapters.aws.weighted_target_groups import NextTargetGroup, WeightedTargetGroups
from keepfit.errors import Conflict, NotFound, ServiceUnavailable
from keepfit.serving.release.routing import Routing
from tests.contract.containers import (
    CLUSTER,
    FAMILY,
    placement,
    register,
    shares,
    target_groups,
)


class Stage:
    """A model's containers with three releases, and moves of what serves."""

    def __init__(self, resources: ContainerResources) -> None:
        for number in (2, 3, 4):
            register(f"{FAMILY}-{number}", {})
        self.resources = resources
        self.groups: WeightedTargetGroups = target_groups(resources)
        self.record = placement()

    def move(self, champion: str, canary: str | None = None, weight: float = 0.0) -> None:
        routing = Routing(lambda_version=champion, canary=canary, weight=weight)
        self.groups.move(routing, revision=self.groups.read().revision)

    def test(self, release: str) -> None:
        tested = NextTargetGroup(groups=self.groups)
        tested.move(Routing(lambda_version=release), revision=tested.read().revision)

    def service(self, slot: str) -> dict[str, Any]:
        found = client("ecs").describe_services(cluster=CLUSTER, services=[f"m-{slot}"])["services"][0]
        return {"runs": found["taskDefinition"].rsplit("-", 1)[-1], "tasks": found["desiredCount"]}

    def bounds(self, slot: str) -> tuple[int, int]:
        targets = client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace="ecs", ResourceIds=[f"service/{CLUSTER}/m-{slot}"]
        )["ScalableTargets"]
        return targets[0]["MinCapacity"], targets[0]["MaxCapacity"]


@pytest.fixture
def stage(container_resources: ContainerResources) -> Stage:
    return Stage(container_resources)


def test_a_release_is_tested_tried_promoted_and_its_predecessor_ended(stage: Stage) -> None:
    stage.move("2")
    assert shares(stage.resources) == {"blue": 999, "green": 0}

    stage.test("3")
    assert shares(stage.resources) == {"blue": 999, "green": 0}
    assert shares(stage.resources, stage.resources.next, "next") == {"blue": 0, "green": 999}

    stage.move("2", "3", 0.1)
    assert shares(stage.resources) == {"blue": 900, "green": 100}
    assert stage.service("green") == {"runs": "3", "tasks": 2}

    stage.move("3")
    assert shares(stage.resources) == {"blue": 0, "green": 999}
    assert stage.service("blue") == {"runs": "2", "tasks": 2}, "it may come back until the run has ended"

    assert stage.groups.stop_idle(lambda _: None) == ["2"]
    assert stage.service("blue")["tasks"] == 0
    assert [stage.bounds(slot) for slot in ("blue", "green")] == [(0, 0), (2, 6)]


def test_a_canary_has_as_many_tasks_as_the_champion_that_it_may_follow(stage: Stage) -> None:
    stage.move("2")
    client("ecs").update_service(cluster=CLUSTER, service="m-blue", desiredCount=5)
    stage.move("2", "3", 0.1)
    assert stage.service("green") == {"runs": "3", "tasks": 5}
    assert stage.bounds("green") == (5, 6)


def test_a_rollback_waits_for_no_task(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.move("2")
    stage.move("2", "3", 0.1)
    client("ecs").update_service(cluster=CLUSTER, service="m-blue", desiredCount=1)
    monkeypatch.setattr(type(stage.groups.slots), "wait_ready", lambda *_: pytest.fail("it waits"))
    stage.move("2")
    assert shares(stage.resources) == {"blue": 999, "green": 0}


def test_what_served_before_comes_back_with_its_own_task_definition(stage: Stage) -> None:
    stage.move("2")
    stage.move("3")
    stage.groups.stop_idle(lambda _: None)
    stage.move("2")
    assert shares(stage.resources) == {"blue": 999, "green": 0}
    assert stage.service("blue") == {"runs": "2", "tasks": 2}


def test_a_version_that_takes_the_slot_of_a_canary_ends_its_share_first(stage: Stage) -> None:
    stage.move("2")
    stage.move("2", "3", 0.5)
    seen: list[dict[str, int]] = []
    start = type(stage.groups.slots).start

    def noting(slots: Any, *asked: Any) -> None:
        seen.append(shares(stage.resources))
        start(slots, *asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(stage.groups.slots), "start", noting)
        stage.move("4")
    assert seen == [{"blue": 999, "green": 0}]
    assert shares(stage.resources) == {"blue": 0, "green": 999}


def test_a_rule_whose_mover_died_gets_the_weights_on_record(stage: Stage) -> None:
    stage.move("2")
    stage.move("2", "3", 0.25)
    seen = stage.record.get()
    stage.record.replace(seen, msgspec.structs.replace(seen, routing=Routing(lambda_version="2")))
    assert shares(stage.resources) == {"blue": 750, "green": 250}
    stage.groups.read()
    assert shares(stage.resources) == {"blue": 999, "green": 0}


def test_of_two_who_move_at_once_the_weights_of_the_later_one_stay(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.move("2")
    stage.move("2", "3", 0.25)
    set_rule, others = WeightedTargetGroups._set, iter([True])

    def overtaken(groups: WeightedTargetGroups, *asked: Any) -> None:
        if next(others, None):
            seen = stage.record.get()
            stage.record.replace(
                seen, msgspec.structs.replace(seen, routing=Routing(lambda_version="2"), revision="later")
            )
        set_rule(groups, *asked)

    read = stage.groups.read().revision
    monkeypatch.setattr(WeightedTargetGroups, "_set", overtaken)
    stage.groups.move(Routing(lambda_version="3"), revision=read)
    assert shares(stage.resources) == {"blue": 999, "green": 0}
    assert stage.groups.read().revision == "later"


def test_tasks_that_do_not_start_get_no_request(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.move("2")
    time = iter(range(0, 10_000, 100))
    impatient = replace(stage.groups.slots, timer=lambda: float(next(time)))
    slow = replace(stage.groups, slots=impatient)
    monkeypatch.setattr(type(slow.slots), "_is_ready", staticmethod(lambda *_: False))
    with pytest.raises(ServiceUnavailable, match="2 of 2 tasks of m-green run after 240 s"):
        slow.move(Routing(lambda_version="2", canary="3", weight=0.1), revision=slow.read().revision)
    assert shares(stage.resources) == {"blue": 999, "green": 0}
    assert stage.record.get().routing == Routing(lambda_version="2")


def test_a_release_without_a_task_definition_cannot_be_tested(stage: Stage) -> None:
    with pytest.raises(NotFound, match=f"{FAMILY}-9"):
        stage.test("9")


def test_a_test_that_comes_second_is_a_conflict(stage: Stage) -> None:
    tested = NextTargetGroup(groups=stage.groups)
    seen = tested.read().revision
    stage.test("2")
    with pytest.raises(Conflict):
        tested.move(Routing(lambda_version="3"), revision=seen)
