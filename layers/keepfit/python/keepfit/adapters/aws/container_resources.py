"""The resources of a model that a container serves, as its stack names them to its functions."""

from __future__ import annotations

import msgspec

from keepfit.serving.release.slots import Slot


class SlotResources(msgspec.Struct, frozen=True, kw_only=True):
    """The ECS service of a slot, and its target groups: of clients, and of the release that is tested.

    Two of them, because metrics tell target groups apart: what tests ask is not counted with what clients ask.
    """

    service: str
    live: str
    next: str


class ContainerResources(msgspec.Struct, frozen=True, kw_only=True):
    """What serves a model.

    Args:
        cluster: of ECS.
        family: of task definitions; that of a release ends with its Lambda version.
        live: ARN of the listener's rule for requests of clients.
        next: ARN of that for tests.
        slots: what there is of each.
        min_tasks: so many run at least.
        max_tasks: so many run at most.
    """

    cluster: str
    family: str
    live: str
    next: str
    slots: dict[Slot, SlotResources]
    min_tasks: int
    max_tasks: int

    def family_of(self, lambda_version: str) -> str:
        """The family of the task definition of a release."""
        return f"{self.family}-{lambda_version}"


def read_resources(document: str) -> ContainerResources:
    """The resources in a variable of the environment."""
    return msgspec.json.decode(document, type=ContainerResources)
