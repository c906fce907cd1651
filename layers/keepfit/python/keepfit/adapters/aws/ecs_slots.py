"""The two ECS services of a model: what runs in each, and how many tasks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from keepfit.adapters.aws.clients import client, translated
from keepfit.adapters.aws.container_resources import ContainerResources
from keepfit.errors import NotFound, ServiceUnavailable
from keepfit.serving.release.slots import Slot

READY_S: Final = 240.0
"""How long tasks may take to be there: a machine, the image, the package, and two health checks."""
_POLL_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EcsSlots:
    """Starts and stops the tasks of a slot; ``sleep`` waits for seconds."""

    resources: ContainerResources
    sleep: Callable[[float], object] = time.sleep
    timer: Callable[[], float] = time.monotonic

    def require(self, lambda_version: str) -> None:
        """Raises NotFound where a release has no task definition any more."""
        family = self.resources.family_of(lambda_version)
        if find_task_definition(family) is None:
            raise NotFound(f"there is no task definition {family}")

    def start(self, slot: Slot, lambda_version: str, tasks: int) -> None:
        """Lets a slot run a release, in ``tasks`` tasks or more."""
        self.scale(slot, tasks)
        with translated(f"the service {self._service(slot)}"):
            _ecs().update_service(
                cluster=self.resources.cluster,
                service=self._service(slot),
                taskDefinition=self.resources.family_of(lambda_version),
                desiredCount=tasks,
            )

    def scale(self, slot: Slot, at_least: int) -> None:
        """Bounds the tasks that its autoscaling may have, up to the most of the definition; 0 for none at all."""
        self._bound(slot, at_least, max(at_least, self.resources.max_tasks) if at_least else 0)

    def stop(self, slot: Slot) -> None:
        """Ends the tasks of a slot, each after what it has begun."""
        self._bound(slot, 0, 0)
        with translated(f"the service {self._service(slot)}"):
            _ecs().update_service(cluster=self.resources.cluster, service=self._service(slot), desiredCount=0)

    def running(self, slot: Slot) -> int:
        """How many tasks run in a slot."""
        return int(self._described(slot)["runningCount"])

    def runs(self, slot: Slot, lambda_version: str) -> bool:
        """Whether a slot is to run this release, whether or not its tasks are there yet."""
        service = self._described(slot)
        return service["desiredCount"] > 0 and self._is_of(service["taskDefinition"], lambda_version)

    def wait_ready(self, slot: Slot, lambda_version: str, tasks: int) -> None:
        """Waits until ``tasks`` of a release are healthy in a slot, and nothing else runs there.

        Raises:
            ServiceUnavailable: it takes too long, or ECS gave up; says why.
        """
        deadline = self.timer() + READY_S
        while True:
            service = self._described(slot)
            if service["desiredCount"] < tasks or not self._is_of(service["taskDefinition"], lambda_version):
                self.start(slot, lambda_version, tasks)
            elif self._is_ready(service, tasks):
                return
            elif any(each.get("rolloutState") == "FAILED" for each in service["deployments"]):
                raise ServiceUnavailable(f"the tasks of {self._service(slot)} do not start: {_said(service)}")
            if self.timer() >= deadline:
                raise ServiceUnavailable(
                    f"{service['runningCount']} of {tasks} tasks of {self._service(slot)} run after {READY_S:.0f} s: "
                    f"{_said(service)}"
                )
            self.sleep(_POLL_S)

    def _bound(self, slot: Slot, least: int, most: int) -> None:
        with translated(f"the tasks of {self._service(slot)}"):
            client("application-autoscaling").register_scalable_target(
                ServiceNamespace="ecs",
                ScalableDimension="ecs:service:DesiredCount",
                ResourceId=f"service/{self.resources.cluster}/{self._service(slot)}",
                MinCapacity=least,
                MaxCapacity=most,
            )

    def _described(self, slot: Slot) -> dict[str, Any]:
        name = self._service(slot)
        with translated(f"the service {name}"):
            found = _ecs().describe_services(cluster=self.resources.cluster, services=[name])["services"]
        if not found:
            raise NotFound(f"there is no service {name}; deploy the model's stack")
        service: dict[str, Any] = found[0]
        return service

    def _is_of(self, task_definition: str, lambda_version: str) -> bool:
        family = task_definition.rsplit("/", 1)[-1].partition(":")[0]
        return family == self.resources.family_of(lambda_version)

    @staticmethod
    def _is_ready(service: dict[str, Any], tasks: int) -> bool:
        deployments = service["deployments"]
        return (
            service["runningCount"] >= tasks
            and len(deployments) == 1
            and deployments[0].get("rolloutState") == "COMPLETED"
        )

    def _service(self, slot: Slot) -> str:
        return self.resources.slots[slot].service


def find_task_definition(family: str) -> dict[str, Any] | None:
    """The newest task definition of a family; None where there is none that tasks could have."""
    try:
        with translated(f"the task definition {family}"):
            found: dict[str, Any] = _ecs().describe_task_definition(taskDefinition=family)["taskDefinition"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ClientException":
            return None
        raise
    return found if found["status"] == "ACTIVE" else None


def _said(service: dict[str, Any]) -> str:
    """The newest message of ECS about the service."""
    events = service.get("events") or [{"message": "ECS says nothing"}]
    return str(events[0]["message"])


def _ecs() -> Any:
    return client("ecs")
