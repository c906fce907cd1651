"""Releases in containers: each a Lambda version, and a task definition of the same package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from keepfit import variables
from keepfit.adapters.aws.clients import client, translated
from keepfit.adapters.aws.container_resources import ContainerResources
from keepfit.adapters.aws.dynamodb_placement import DynamoPlacement
from keepfit.adapters.aws.ecs_slots import find_task_definition
from keepfit.adapters.aws.lambda_releases import LambdaReleases
from keepfit.errors import Conflict, NotFound
from keepfit.serving.release.invocation import Invocation

# What RegisterTaskDefinition takes of what DescribeTaskDefinition tells.
_COPIED: Final = (
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "runtimePlatform",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerReleases:
    """See ``serving.ports.ReleaseTarget``.

    The Lambda version is the release: it has the number, and answers who asks for a version by its number. What clients
    ask goes to tasks of its task definition, which is that of the model's stack at the time, image and all, with the
    package of the release. Neither changes afterwards, so a release that is brought back is what it was.
    """

    functions: LambdaReleases
    resources: ContainerResources
    record: DynamoPlacement

    def publish(self, *, bucket: str, key: str, code_sha256: str, description: str) -> str:
        lambda_version = self.functions.publish(
            bucket=bucket, key=key, code_sha256=code_sha256, description=description
        )
        package = {
            variables.PACKAGE: key,
            variables.PACKAGE_SHA256: code_sha256,
            variables.RELEASE: lambda_version,
        }
        family = self.resources.family_of(lambda_version)
        found = find_task_definition(family)
        if found is None or not package.items() <= _environment(found).items():
            self._register(
                family, self.functions.environment(lambda_version)[variables.TASK_DEFINITION], package
            )
        return lambda_version

    def published(self) -> list[str]:
        return self.functions.published()

    def delete(self, lambda_version: str) -> None:
        placement = self.record.get()
        if lambda_version in (placement.routing.lambda_version, placement.routing.canary, placement.next):
            raise Conflict(f"release {lambda_version} answers, or is tested")
        self.functions.delete(lambda_version)
        found = find_task_definition(self.resources.family_of(lambda_version))
        while found is not None:
            with translated(f"the task definition of release {lambda_version}"):
                _ecs().deregister_task_definition(taskDefinition=found["taskDefinitionArn"])
            found = find_task_definition(self.resources.family_of(lambda_version))

    def code_sha256(self, lambda_version: str) -> str:
        code = self.functions.code_sha256(lambda_version)
        family = self.resources.family_of(lambda_version)
        found = find_task_definition(family)
        if found is None:
            raise NotFound(f"there is no task definition {family}")
        of_tasks = _environment(found)[variables.PACKAGE_SHA256]
        # Both run the package on record, or what is told is not what is on record.
        return code if of_tasks == code else of_tasks

    def invoke(self, lambda_version: str, event: Mapping[str, Any]) -> Invocation:
        return self.functions.invoke(lambda_version, event)

    def _register(self, family: str, template: str, package: Mapping[str, str]) -> None:
        with translated(f"the task definition {template}"):
            of_stack = _ecs().describe_task_definition(taskDefinition=template)["taskDefinition"]
        [container] = of_stack["containerDefinitions"]
        environment = {**_environment(of_stack), **package}
        container["environment"] = [
            {"name": name, "value": value} for name, value in sorted(environment.items())
        ]
        with translated(f"the task definition {family}"):
            _ecs().register_task_definition(
                family=family,
                containerDefinitions=[container],
                **{name: of_stack[name] for name in _COPIED if of_stack.get(name)},
            )


def _environment(task_definition: Mapping[str, Any]) -> dict[str, str]:
    [container] = task_definition["containerDefinitions"]
    return {each["name"]: each["value"] for each in container.get("environment") or []}


def _ecs() -> Any:
    return client("ecs")
