"""Accepts a list of resource types that do nothing on a laptop, for unchanged templates."""

from __future__ import annotations

from typing import Any

from ministack.core import responses
from ministack.services.cloudformation import provisioners

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect

# Resource type: the service in the ARN it gets. docs/reference/embedded-cloud.md lists them.
ACCEPTED = {
    "AWS::ApiGatewayV2::VpcLink": "apigateway",
    "AWS::ApplicationAutoScaling::ScalableTarget": "application-autoscaling",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "application-autoscaling",
    "AWS::Budgets::Budget": "budgets",
    "AWS::CloudTrail::Trail": "cloudtrail",
    "AWS::EC2::FlowLog": "ec2",
    "AWS::EC2::SecurityGroupEgress": "ec2",
    "AWS::EC2::SecurityGroupIngress": "ec2",
    "AWS::EC2::VPCCidrBlock": "ec2",
    "AWS::ECS::ClusterCapacityProviderAssociations": "ecs",
    "AWS::Events::Archive": "events",
    "AWS::Logs::QueryDefinition": "logs",
}


def install(cloud: CloudContext) -> None:
    """Accepts the listed types that the emulator does not know."""
    handlers = expect(provisioners, "_RESOURCE_HANDLERS")
    for resource_type, service in ACCEPTED.items():
        handlers.setdefault(resource_type, {"create": _creator(service), "delete": _delete})


def _creator(service: str) -> Any:
    def create(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
        physical_id = f"{stack_name}-{logical_id}"
        arn = f"arn:aws:{service}:{responses.get_region()}:{responses.get_account_id()}:{physical_id}"
        return physical_id, {"Arn": arn, "Id": physical_id}

    return create


def _delete(physical_id: str, props: dict[str, Any]) -> None:
    return None
