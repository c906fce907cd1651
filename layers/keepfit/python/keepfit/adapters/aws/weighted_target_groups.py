"""LiveRouting by the weights of target groups behind a load balancer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import msgspec

from keepfit.adapters.aws.clients import client, translated
from keepfit.adapters.aws.container_resources import ContainerResources
from keepfit.adapters.aws.dynamodb_placement import DynamoPlacement
from keepfit.adapters.aws.ecs_slots import EcsSlots
from keepfit.errors import Conflict
from keepfit.registry.champion import UNRELEASED
from keepfit.serving.release.routing import Alias, Routing
from keepfit.serving.release.slots import SLOTS, WHOLE, Placement, Slot, placed, weights

SETTLED_S: Final = 15.0
"""After which every node of a load balancer knows a changed rule, and what it forwarded before is answered."""
_UNRELEASED: Final = (
    '{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"no model is released yet: '
    'upload data, or see `keepfit runs` for why training released none","code":"not_released","errors":[]}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedTargetGroups:
    """See ``serving.ports.LiveRouting``.

    The record decides, by one conditional write; the rule of the load balancer follows it. Who replaced the rule looks
    at the record once more, so that of two who move at once the later one's weights stay; and whoever reads here gives
    the rule the weights of the record, should its mover have died in between.

    A release that is to answer is brought into a slot first, and its tasks are healthy before it gets a weight.
    """

    record: DynamoPlacement
    slots: EcsSlots
    now: Callable[[], datetime]

    def read(self) -> Alias:
        placement = self.record.get()
        if placement.change:
            self._follow(placement)
        return _alias(placement)

    def move(self, routing: Routing, *, revision: str) -> Alias:
        releases = [
            each for each in (routing.lambda_version, routing.canary) if each not in (None, UNRELEASED)
        ]
        for release in releases:
            self.slots.require(release)
        before = self._expect(revision)
        for release in releases:
            # The champion is there: nobody waits for anything where it is to answer alone again.
            if release != before.routing.lambda_version or before.slot_of(release) is None:
                self._bring(release)
        seen = self._expect(revision)
        moved = self.record.replace(
            seen,
            msgspec.structs.replace(seen, routing=routing, revision=str(uuid4()), moved_at=self.now()),
        )
        self._follow(moved)
        champion = moved.slot_of(routing.lambda_version)
        if champion is not None and routing.canary is None:
            self.slots.scale(champion, self._resources.min_tasks)
        return _alias(moved)

    def point_next(self, lambda_version: str) -> None:
        """Brings a release into a slot, where only who tests can ask it; its tasks may not be there yet."""
        self.slots.require(lambda_version)
        seen = self.record.get()
        self.record.replace(
            seen, msgspec.structs.replace(placed(seen, lambda_version, self.now()), next=lambda_version)
        )
        self._follow(self.record.get())
        slot, tasks = self._wanted(lambda_version)
        self.slots.start(slot, lambda_version, tasks)

    def stop_idle(self, sleep: Callable[[float], object] = time.sleep) -> list[str]:
        """Stops the tasks that answer no client any more; returns the releases that they ran.

        Before, it waits until nothing is forwarded to them.

        Raises:
            Conflict: others moved something meanwhile.
        """
        seen = self.record.get()
        idle = seen.idle
        if not idle:
            return []
        if seen.moved_at is not None:
            sleep(max(0.0, (seen.moved_at + timedelta(seconds=SETTLED_S) - self.now()).total_seconds()))
        left = {slot: release for slot, release in seen.slots.items() if slot not in idle}
        following = None if seen.next in idle.values() else seen.next
        self._follow(self.record.replace(seen, msgspec.structs.replace(seen, slots=left, next=following)))
        for slot in idle:
            self.slots.stop(slot)
        return list(idle.values())

    @property
    def _resources(self) -> ContainerResources:
        return self.slots.resources

    def _expect(self, revision: str) -> Placement:
        seen = self.record.get()
        if seen.revision != revision:
            raise Conflict("the weights were moved by another process")
        return seen

    def _bring(self, lambda_version: str) -> None:
        """Brings a release into a slot, and waits until as many of its tasks are healthy as the champion has."""
        seen = self.record.get()
        if seen.slot_of(lambda_version) is None:
            self._follow(self.record.replace(seen, placed(seen, lambda_version, self.now())))
        slot, tasks = self._wanted(lambda_version)
        self.slots.wait_ready(slot, lambda_version, tasks)

    def _wanted(self, lambda_version: str) -> tuple[Slot, int]:
        """Where a release has its place, and how many tasks it is to have."""
        placement = self.record.get()
        slot, champion = (
            placement.slot_of(lambda_version),
            placement.slot_of(placement.routing.lambda_version),
        )
        if slot is None:
            raise Conflict(f"the slot of release {lambda_version} was taken by another one")
        answering = 0 if champion is None else self.slots.running(champion)
        return slot, max(self._resources.min_tasks, answering)

    def _follow(self, placement: Placement) -> None:
        """Gives both rules what the record says, until it says the same afterwards."""
        while True:
            self._set(self._resources.live, weights(placement), "live")
            tested = placement.slot_of(placement.next)
            alone = {slot: WHOLE if slot == tested else 0 for slot in SLOTS} if tested else {}
            self._set(self._resources.next, alone, "next")
            newest = self.record.get()
            if newest.change == placement.change:
                return
            placement = newest

    def _set(self, rule: str, shares: Mapping[Slot, int], kind: str) -> None:
        groups = {getattr(each, kind): shares.get(slot, 0) for slot, each in self._resources.slots.items()}
        wanted = _forward(groups) if shares else _REFUSAL
        with translated(f"the rule {rule}"):
            found = _elb().describe_rules(RuleArns=[rule])["Rules"][0]["Actions"]
            if not _is_done(found, groups if shares else None):
                _elb().modify_rule(RuleArn=rule, Actions=[wanted])


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTargetGroup:
    """See ``serving.ports.LiveRouting``: the release that is tested, which no client can ask."""

    groups: WeightedTargetGroups

    def read(self) -> Alias:
        placement = self.groups.record.get()
        tested, slot = placement.next, placement.slot_of(placement.next)
        # One that is on record and was not started yet is pointed to once more.
        if tested is None or slot is None or not self.groups.slots.runs(slot, tested):
            tested = UNRELEASED
        return Alias(routing=Routing(lambda_version=tested), revision=str(placement.change))

    def move(self, routing: Routing, *, revision: str) -> Alias:
        if str(self.groups.record.get().change) != revision:
            raise Conflict("another release is tested by another process")
        self.groups.point_next(routing.lambda_version)
        return self.read()


_REFUSAL: Final[dict[str, Any]] = {
    "Type": "fixed-response",
    "FixedResponseConfig": {
        "StatusCode": "503",
        "ContentType": "application/json",
        "MessageBody": _UNRELEASED,
    },
}


def _forward(groups: Mapping[str, int]) -> dict[str, Any]:
    return {
        "Type": "forward",
        "ForwardConfig": {
            "TargetGroups": [
                {"TargetGroupArn": arn, "Weight": weight} for arn, weight in _bounded(groups).items()
            ],
            "TargetGroupStickinessConfig": {"Enabled": False},
        },
    }


def _is_done(actions: list[dict[str, Any]], groups: Mapping[str, int] | None) -> bool:
    """Whether a rule does already what it should."""
    if groups is None:
        return bool(actions[0]["Type"] == "fixed-response")
    found = (actions[0].get("ForwardConfig") or {}).get("TargetGroups") or []
    told = {each["TargetGroupArn"]: each.get("Weight", 1) for each in found}
    return told == _bounded(groups)


def _bounded(groups: Mapping[str, int]) -> dict[str, int]:
    """The weights as a rule takes them: of one group alone the highest says the same."""
    return {arn: min(weight, WHOLE - 1) for arn, weight in groups.items()}


def _alias(placement: Placement) -> Alias:
    return Alias(routing=placement.routing, revision=placement.revision)


def _elb() -> Any:
    return client("elbv2")
