"""The adapters of a model that containers serve; see ``keepfit.runtime.live``."""

from __future__ import annotations

from typing import Final

from keepfit import instants, variables
from keepfit.adapters.aws.container_releases import ContainerReleases
from keepfit.adapters.aws.container_resources import ContainerResources, read_resources
from keepfit.adapters.aws.dynamodb_placement import DynamoPlacement
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.aws.ecs_slots import READY_S, EcsSlots
from keepfit.adapters.aws.lambda_releases import LambdaReleases
from keepfit.adapters.aws.load_balancer_requests import LoadBalancerRequests
from keepfit.adapters.aws.weighted_target_groups import NextTargetGroup, WeightedTargetGroups
from keepfit.errors import Conflict
from keepfit.runtime.registry_items import registry_items
from keepfit.runtime.settings import setting

PATIENCE_S: Final = READY_S
"""How long the tasks of a release may take until they answer."""


def record() -> DynamoPlacement:
    """What serves, and in which slots."""
    return DynamoPlacement(items=registry_items(), stack=setting(variables.STACK_ID))


def target_groups() -> WeightedTargetGroups:
    """The slots, and the weights of their target groups."""
    return WeightedTargetGroups(record=record(), slots=EcsSlots(resources=_resources()), now=instants.now)


def next_target_group() -> NextTargetGroup:
    """What is tested."""
    return NextTargetGroup(groups=target_groups())


def releases(functions: LambdaReleases) -> ContainerReleases:
    """Publishes releases as versions of ``functions`` and as task definitions."""
    return ContainerReleases(functions=functions, resources=_resources(), record=record())


def requests() -> LoadBalancerRequests:
    """Counts what clients asked of a slot."""
    return LoadBalancerRequests(resources=_resources(), record=record())


def stop_idle_slots(run_id: str | None) -> list[str]:
    """Stops tasks that answer no client; returns the releases that they ran.

    ``run_id`` is the run that asks, None for a person.

    While another run is under way none is ended: it may be testing one, and does this itself when it ends. Nor is one
    where somebody moves something meanwhile, who does it afterwards.
    """
    if DynamoRuns(registry_items()).admission().lock_run not in (None, run_id):
        return []
    try:
        return target_groups().stop_idle()
    except Conflict:
        return []


def _resources() -> ContainerResources:
    return read_resources(setting(variables.CONTAINER))
